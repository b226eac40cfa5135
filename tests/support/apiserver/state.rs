//! Everything the server knows, behind one lock, and a bell for those who wait for a change.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

use super::access::Access;
use super::exec::{ExecCall, Rule};
use super::fault::Fault;
use super::journal::Recorded;
use super::kinds::Kind;
use super::react::Reaction;
use super::store::Store;
use super::watch::Log;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) access: Access,
    pub(crate) faults: Vec<Fault>,
    pub(crate) journal: Vec<Recorded>,
    /// Namespace and pod → log.
    pub(crate) logs: BTreeMap<(String, String), Log>,
    /// Database and table → rows, as OVSDB writes them.
    pub(crate) tables: BTreeMap<(String, String), Vec<Value>>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) execs: Vec<ExecCall>,
    pub(crate) reactions: Vec<Reaction>,
    /// Kinds that were installed or taken away.
    pub(crate) installed: BTreeMap<&'static str, bool>,
    /// Exec only in the protocol's version 4, which cannot close standard input.
    pub(crate) old_exec: bool,
}

impl State {
    pub(crate) fn serves(&self, kind: &Kind) -> bool {
        self.installed.get(kind.plural).copied().unwrap_or(!kind.optional)
    }
}

pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) changed: tokio::sync::watch::Sender<u64>,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Mutex::default(), changed: tokio::sync::watch::Sender::new(0) }
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test failed inside the server")
    }

    /// Changes the state and wakes those who wait.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }
}
