//! The sandbox: a cluster inside this program, to try commands on and to look at a copy of a real one.
//!
//! It proves nothing: what is asked of it is answered by an API server of a few hundred lines ([`server`]), a narrow model of
//! Kube-OVN's controller ([`model`]) and a printer over OVN's rows ([`ovn`]), all over one [`state::State`].

mod keeper;
mod lazy;
pub mod model;
pub mod ovn;
mod place;
pub mod seed;
pub mod server;
pub mod snapshot;
pub mod state;

use std::path::Path;
use std::sync::Arc;

use self::keeper::{Keeper, Keeping};
pub use self::lazy::Lazy;
pub use self::place::Place;
use self::place::Stamp;
use self::server::{Live, Shared};
use self::state::State;
use crate::failure::{Exit, Failure, Result};

/// The release of Kube-OVN that the model is of.
const MODEL: &str = "v1.16.";

/// A sandbox or a snapshot, ready to be asked.
#[derive(Debug)]
pub struct Sandbox {
    /// Its server.
    pub server: Arc<Shared>,
    /// What everybody who uses it is told.
    pub banner: String,
}

/// Opens the sandbox of a place, which is made where there is none yet, or the snapshot in a file. `save`: changes of a snapshot are kept.
///
/// Fails when a file that was named does not exist, and when it cannot be used: [`State::read`].
pub fn open(place: &Place, save: bool) -> Result<Sandbox> {
    let path = place.path()?;
    let mut stamp = Stamp::of(&path);
    let state = match State::read(&path)? {
        Some(state) => state,
        None if *place == Place::Own => {
            let (_lock, made) = (place::lock(&path)?, fresh());
            // somebody else may have been first
            if let Some(state) = State::read(&path)? {
                state
            } else {
                made.write(&path)?;
                stamp = Stamp::of(&path);
                made
            }
        }
        None => return Err(absent(&path)),
    };
    let banner = banner(&state, save);
    let keeping = match &state.taken {
        Some(_) if !state.release.starts_with(MODEL) => Keeping::Refused(strange(&state.release)),
        Some(_) if !save => Keeping::Memory,
        _ => Keeping::File(path),
    };
    let now = jiff::Timestamp::now();
    let mut late = now.duration_since(state.taken.as_ref().and_then(|taken| taken.parse().ok()).unwrap_or(now));
    if state.taken.is_none() {
        late = jiff::SignedDuration::MAX;
    }
    let mut live = Live::from(state);
    renew(&mut live, now, late);
    Ok(Sandbox { server: Shared::new(live, Keeper::new(keeping, stamp)), banner })
}

/// Makes the sandbox of a place anew, as it is at its first start, and says which file that is.
///
/// Fails where there is something else than a sandbox: that is never overwritten.
pub fn reset(place: &Place) -> Result<std::path::PathBuf> {
    let path = place.path()?;
    let _lock = place::lock(&path)?;
    let shown = path.display();
    let old = State::read(&path)
        .map_err(|failure| failure.hint(format!("nothing was changed: remove {shown} yourself, if it may go")))?;
    if let Some(taken) = old.and_then(|state| state.taken) {
        return Err(Failure::new(Exit::Refused, format!("{shown} is a snapshot of {taken}: it is not overwritten"))
            .hint("name another file: kubectl ko sandbox reset --sandbox=FILE"));
    }
    fresh().write(&path)?;
    Ok(path)
}

/// The world of a new sandbox.
fn fresh() -> State {
    seed::documents(jiff::Timestamp::now())
}

fn absent(path: &Path) -> Failure {
    let word = crate::failure::shell_word(&path.to_string_lossy());
    Failure::cluster(format!("there is no sandbox and no snapshot {}", path.display()))
        .hint(format!("kubectl ko sandbox reset --sandbox={word} makes a sandbox there"))
}

fn strange(release: &str) -> String {
    let release = if release.is_empty() { "a release that is not known".to_owned() } else { release.to_owned() };
    format!("the snapshot is of Kube-OVN {release}, and the sandbox is a model of {MODEL}x alone: nothing is changed")
}

fn banner(state: &State, save: bool) -> String {
    match &state.taken {
        None => "this is the sandbox, no cluster: nothing here proves what Kube-OVN does".to_owned(),
        Some(taken) => {
            let changes = if save { "changes are made to it" } else { "changes are not kept" };
            format!("this is a snapshot of {taken}, no cluster: nothing here proves what Kube-OVN does, and {changes}")
        }
    }
}

/// Whoever held a lease when the file was written holds it now: it is later by as much as has passed, and never later than now.
fn renew(live: &mut Live, now: jiff::Timestamp, late: jiff::SignedDuration) {
    let Some(kind) = server::kinds::of_plural("leases") else { return };
    live.store.amend(kind, |lease| {
        let renewed: Option<jiff::Timestamp> = lease["spec"]["renewTime"].as_str().and_then(|text| text.parse().ok());
        if let Some(renewed) = renewed {
            let renewed = renewed.checked_add(late).map_or(now, |renewed| renewed.min(now));
            lease["spec"]["renewTime"] = renewed.to_string().into();
        }
    });
}
