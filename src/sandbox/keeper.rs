//! What stands around the server in the program: the controller's model, OVN's tools, and the file.
//!
//! A change is in the file before its answer is on its way, so that nothing is lost however a command ends; and it is made to
//! what the file says at that moment, so that two commands see each other as two clients of a cluster do.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::{self, Event, Hand};
use super::ovn;
use super::place::{self, Stamp};
use super::server::{Call, Hooks, Live, Refusal, Script, Shared, Wrote};
use super::state::State;
use crate::failure::Failure;

/// How often the controller may answer its own changes before something is wrong with it.
const ROUNDS: usize = 100;
/// How many lines of the controller's log are kept.
const LINES: usize = 1000;

/// What becomes of changes.
#[derive(Debug)]
pub(super) enum Keeping {
    /// They are written to this file.
    File(PathBuf),
    /// They are gone when the command ends.
    Memory,
    /// They are refused, in these words.
    Refused(String),
}

pub(super) struct Keeper {
    keeping: Keeping,
    now: Mutex<Now>,
}

/// About the write that is under way, and the one before.
#[derive(Default)]
struct Now {
    /// The file as it was read or written last.
    stamp: Option<Stamp>,
    lock: Option<File>,
    /// The last version before the write.
    revision: u64,
}

impl Keeper {
    /// `stamp` is that of the file that was read.
    pub(super) fn new(keeping: Keeping, stamp: Option<Stamp>) -> Self {
        Self { keeping, now: Mutex::new(Now { stamp, ..Now::default() }) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the controller see what changed behind a version, and what it did itself, until there is nothing more.
pub(super) fn control(live: &mut Live, from: u64) -> Result<(), Refusal> {
    let (mut seen, now) = (from, jiff::Timestamp::now());
    for _ in 0..ROUNDS {
        let changes = live.store.since(seen).unwrap_or_default().iter();
        let events: Vec<Event> = changes
            .map(|change| Event { plural: change.plural, before: change.before.clone(), after: change.after.clone() })
            .collect();
        if events.is_empty() {
            let old = live.log.len().saturating_sub(LINES);
            live.log.drain(..old);
            return Ok(());
        }
        seen = live.store.revision();
        for event in &events {
            model::react(&mut Hand::new(live, now), event);
        }
    }
    Err(broken("the controller of the sandbox does not come to rest: this is a defect of kubectl-ko"))
}

fn broken(why: impl Into<String>) -> Refusal {
    Refusal::new(500, "InternalError", why)
}

fn told(failure: &Failure) -> Refusal {
    broken(&failure.message)
}

impl Hooks for Keeper {
    fn before(&self, live: &mut Live) -> Result<(), Refusal> {
        let mut now = self.now();
        match &self.keeping {
            Keeping::Refused(why) => return Err(Refusal::new(405, "MethodNotAllowed", why.clone())),
            Keeping::Memory => {}
            Keeping::File(path) => {
                now.lock = Some(place::lock(path).map_err(|failure| told(&failure))?);
                let found = Stamp::of(path);
                if found != now.stamp {
                    let state = State::read(path).map_err(|failure| told(&failure))?;
                    live.follow(state.ok_or_else(|| broken(format!("{} is gone", path.display())))?);
                    now.stamp = found;
                }
            }
        }
        now.revision = live.store.revision();
        Ok(())
    }

    fn after(&self, _: &Arc<Shared>, live: &mut Live, wrote: Option<Wrote<'_>>) -> Result<(), Refusal> {
        let mut now = self.now();
        let lock = now.lock.take();
        let outcome = wrote.map_or(Ok(()), |_| control(live, now.revision));
        if let (Some(_), Keeping::File(path)) = (wrote, &self.keeping) {
            live.save(path).map_err(|failure| {
                // what is in memory alone is no part of this sandbox: the next write reads the file again
                now.stamp = None;
                told(&failure)
            })?;
            now.stamp = Stamp::of(path);
        }
        drop(lock);
        outcome
    }

    fn exec(&self, shared: &Arc<Shared>, call: &Call) -> Option<Script> {
        if call.runs("ovsdb-client") {
            // the server's own business: it may have to wait
            return None;
        }
        let answer = shared.change(|live| match live.status.get(&call.pod).filter(|_| call.runs("ovn-appctl")) {
            Some(status) => ovn::Answer { stdout: status.clone(), ..ovn::Answer::default() },
            None => ovn::answer(&call.argv, &mut live.tables),
        });
        Some(Script::prints(answer.stdout).stderr(answer.stderr).exit(answer.code.into()))
    }
}
