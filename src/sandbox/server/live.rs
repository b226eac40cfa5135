//! Everything the server knows, behind one lock, and a bell for those who wait for a change.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::access::Access;
use super::exec::script::Script;
use super::exec::{self, Call};
use super::fault::Fault;
use super::hooks::Hooks;
use super::kinds::{self, Kind};
use super::shelf::Shelf;
use super::status::Refusal;
use super::store::Store;
use super::target::Target;
use super::watch::Log;
use crate::sandbox::ovn::Tables;
use crate::sandbox::state::{self, State};

/// A [`State`] that is served.
#[derive(Debug)]
pub struct Live {
    /// The objects.
    pub store: Store,
    /// The rows of OVN's databases.
    pub tables: Tables,
    /// The log of the controller's leader; see [`State::log`].
    pub log: Vec<String>,
    /// Logs of pods by namespace and name, in front of that of the leader.
    pub logs: BTreeMap<(String, String), Log>,
    /// Who may do what.
    pub access: Access,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Kinds that were installed or taken away.
    pub installed: BTreeMap<&'static str, bool>,
    /// Exec only in the protocol's version 4, which cannot close standard input.
    pub old_exec: bool,
    taken: Option<String>,
    /// The version of Kubernetes.
    pub server: String,
    release: String,
    /// What `ovn-appctl` says of a member; see [`State::status`].
    pub status: BTreeMap<String, String>,
    /// What is not known of the cluster this is a copy of; see [`State::missing`].
    pub missing: BTreeMap<String, String>,
}

impl From<State> for Live {
    fn from(state: State) -> Self {
        let full = state.objects.iter().filter(|(_, objects)| !objects.is_empty()).map(|(resource, _)| resource);
        let installed = full.filter_map(|resource| kinds::of_resource(resource)).map(|kind| (kind.plural, true));
        Self {
            installed: installed.collect(),
            store: Store::open(state.objects, state.resource_version),
            tables: state.tables,
            log: state.log,
            logs: BTreeMap::new(),
            access: Access::default(),
            faults: Vec::new(),
            old_exec: false,
            taken: state.taken,
            server: state.server,
            release: state.release,
            status: state.status,
            missing: state.missing,
        }
    }
}

/// A [`State`] as it is written, borrowed.
#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    taken: &'a Option<String>,
    server: &'a str,
    release: &'a str,
    resource_version: u64,
    objects: &'a BTreeMap<String, Shelf>,
    tables: &'a Tables,
    status: &'a BTreeMap<String, String>,
    log: &'a [String],
    missing: &'a BTreeMap<String, String>,
}

impl Live {
    /// A cluster with nothing in it, and all of its history.
    #[must_use]
    pub fn empty() -> Self {
        Self { store: Store::empty(), ..State::default().into() }
    }

    /// Goes on with what the file says now: another process wrote to it.
    pub(crate) fn follow(&mut self, state: State) {
        self.store.follow(state.objects, state.resource_version);
        (self.tables, self.log, self.status) = (state.tables, state.log, state.status);
    }

    /// Whether a kind is served: one that is optional only once there is an object of it.
    pub(crate) fn serves(&self, kind: &Kind) -> bool {
        self.installed.get(kind.plural).copied().unwrap_or(!kind.optional)
    }

    /// Refuses what a snapshot could not read, as the server refuses a right that is missing: it is unknown, not empty.
    pub(crate) fn knows(&self, target: &Target) -> Result<(), Refusal> {
        let what = match target.subresource.as_str() {
            "log" => "log".to_owned(),
            "" | "status" => target.kind.resource(),
            _ => return Ok(()),
        };
        let Some(why) = self.missing.get(&what) else { return Ok(()) };
        Err(Refusal::forbidden(target.kind, &target.name, format!("this snapshot has no {what}: {why}")))
    }

    /// Refuses a command about a database whose rows a snapshot could not read.
    pub(crate) fn knows_rows(&self, target: &Target, argv: &[String]) -> Result<(), Refusal> {
        let named = |database: &str| argv.iter().any(|word| word.contains(database));
        let runs = |tool: &str| argv.first().is_some_and(|program| program.ends_with(tool));
        for (database, tool) in [("OVN_Northbound", "ovn-nbctl"), ("OVN_Southbound", "ovn-sbctl")] {
            if let Some(why) = self.missing.get(database).filter(|_| runs(tool) || named(database)) {
                let sentence = format!("this snapshot has no rows of {database}: {why}");
                return Err(Refusal::forbidden(target.kind, &target.name, sentence));
            }
        }
        Ok(())
    }

    /// Writes it as a [`State`] in place of a file, at once or not at all.
    pub fn save(&self, path: &Path) -> crate::failure::Result<()> {
        let written = Written {
            format: state::FORMAT,
            taken: &self.taken,
            server: &self.server,
            release: &self.release,
            resource_version: self.store.revision(),
            objects: self.store.shelves(),
            tables: &self.tables,
            status: &self.status,
            log: &self.log,
            missing: &self.missing,
        };
        state::write(path, &written)
    }
}

/// A server's state, shared by its connections.
pub struct Shared {
    live: Mutex<Live>,
    pub(crate) hooks: Box<dyn Hooks>,
    pub(crate) changed: tokio::sync::watch::Sender<u64>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// A server over a state.
    pub fn new(live: Live, hooks: impl Hooks) -> Arc<Self> {
        Arc::new(Self { live: Mutex::new(live), hooks: Box::new(hooks), changed: tokio::sync::watch::Sender::new(0) })
    }

    /// The state, to look at.
    pub fn lock(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes those who wait.
    pub fn change<T>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// What a command in a pod does.
    pub(crate) fn script(self: &Arc<Self>, call: &Call) -> Option<Script> {
        let script = self.hooks.exec(self, call);
        script.or_else(|| exec::ovsdb::answers(call).then(Script::new))
    }
}
