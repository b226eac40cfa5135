//! Reactions: a test plays the controller for one scene.

use std::sync::Arc;
use std::time::Duration;

use kubectl_ko::sandbox::server::{Deed as On, Line, Live, Shared};
use serde_json::Value;

use super::kind;

/// What the played controller does about an object.
pub(crate) type Play = Box<dyn Fn(&Value) -> Vec<Act> + Send>;

pub(crate) struct Reaction {
    pub(crate) on: On,
    pub(crate) plural: &'static str,
    pub(crate) act: Play,
}

/// One thing the played controller does, at once or [`Act::after`] a while.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) delay: Duration,
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Merges into an object: plural, namespace, name, patch. Nothing happens when it is gone.
    Merge(&'static str, String, String, Value),
    /// Creates or replaces an object of a plural.
    Apply(&'static str, Value),
    /// Removes an object whatever holds it: plural, namespace, name.
    Remove(&'static str, String, String),
    /// Writes a line to a pod's log, now: namespace, pod, line.
    Log(String, String, String),
    /// Adds a row to an OVN table: database, table, row.
    Row(String, String, Value),
    /// Takes the row with this UUID out of an OVN table: database, table, UUID.
    NoRow(String, String, String),
}

impl Act {
    fn now(deed: Deed) -> Self {
        Self { delay: Duration::ZERO, deed }
    }

    /// Merges `patch` into the object that is reacted to.
    pub(crate) fn merge(plural: &str, object: &Value, patch: Value) -> Self {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        Self::now(Deed::Merge(kind(plural).plural, text("namespace"), text("name"), patch))
    }

    pub(crate) fn apply(plural: &str, object: Value) -> Self {
        Self::now(Deed::Apply(kind(plural).plural, object))
    }

    pub(crate) fn remove(plural: &str, object: &Value) -> Self {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        Self::now(Deed::Remove(kind(plural).plural, text("namespace"), text("name")))
    }

    pub(crate) fn log(namespace: &str, pod: &str, line: impl Into<String>) -> Self {
        Self::now(Deed::Log(namespace.to_owned(), pod.to_owned(), line.into()))
    }

    pub(crate) fn row(database: &str, table: &str, row: Value) -> Self {
        Self::now(Deed::Row(database.to_owned(), table.to_owned(), row))
    }

    pub(crate) fn no_row(database: &str, table: &str, uuid: &str) -> Self {
        Self::now(Deed::NoRow(database.to_owned(), table.to_owned(), uuid.to_owned()))
    }

    /// The same, `milliseconds` later.
    pub(crate) fn after(mut self, milliseconds: u64) -> Self {
        self.delay = Duration::from_millis(milliseconds);
        self
    }
}

/// Does what the reactions say: at once, or later. Runs on the server's own thread.
pub(crate) fn play(shared: &Arc<Shared>, live: &mut Live, acts: Vec<Act>) {
    for act in acts {
        if act.delay.is_zero() {
            perform(live, act.deed);
        } else {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                tokio::time::sleep(act.delay).await;
                shared.change(|live| perform(live, act.deed));
            });
        }
    }
}

fn perform(live: &mut Live, deed: Deed) {
    match deed {
        Deed::Merge(plural, namespace, name, patch) => {
            // the object may be gone by now, as it may be for a real controller
            live.store.merge(kind(plural), &namespace, &name, &patch);
        }
        Deed::Apply(plural, object) => live.store.apply(kind(plural), object),
        Deed::Remove(plural, namespace, name) => live.store.remove(kind(plural), &namespace, &name),
        Deed::Log(namespace, pod, text) => {
            let said = Line { at: Some(jiff::Timestamp::now()), text };
            live.logs.entry((namespace, pod)).or_default().lines.push(said);
        }
        Deed::Row(database, table, row) => live.tables.rows_mut(&database, &table).push(row),
        Deed::NoRow(database, table, uuid) => {
            live.tables.rows_mut(&database, &table).retain(|row| row["_uuid"][1] != uuid.as_str());
        }
    }
}
