//! Reactions: a test plays the controller for one scene.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::kinds;
use super::state::{Shared, State};
use super::store::Style;
use super::watch::Line;

/// What is reacted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Create,
    Patch,
    /// An object was removed, or marked because a finalizer holds it.
    Delete,
}

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
        Self::now(Deed::Merge(kinds::of_plural(plural).plural, text("namespace"), text("name"), patch))
    }

    pub(crate) fn apply(plural: &str, object: Value) -> Self {
        Self::now(Deed::Apply(kinds::of_plural(plural).plural, object))
    }

    pub(crate) fn remove(plural: &str, object: &Value) -> Self {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        Self::now(Deed::Remove(kinds::of_plural(plural).plural, text("namespace"), text("name")))
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

/// Does what the reactions to this event say. Runs on the server's own thread.
pub(crate) fn react(shared: &Arc<Shared>, on: On, plural: &str, object: &Value) {
    let acts: Vec<Act> = {
        let state = shared.lock();
        let reactions = state.reactions.iter().filter(|reaction| reaction.on == on && reaction.plural == plural);
        reactions.flat_map(|reaction| (reaction.act)(object)).collect()
    };
    for act in acts {
        if act.delay.is_zero() {
            shared.change(|state| perform(state, act.deed));
        } else {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                tokio::time::sleep(act.delay).await;
                shared.change(|state| perform(state, act.deed));
            });
        }
    }
}

pub(crate) fn perform(state: &mut State, deed: Deed) {
    match deed {
        Deed::Merge(plural, namespace, name, patch) => {
            // the object may be gone by now, as it may be for a real controller
            drop(state.store.patch((kinds::of_plural(plural), &namespace, &name), Style::Merge, &patch, false));
        }
        Deed::Apply(plural, object) => state.store.apply(kinds::of_plural(plural), object),
        Deed::Remove(plural, namespace, name) => state.store.remove(kinds::of_plural(plural), &namespace, &name),
        Deed::Log(namespace, pod, text) => {
            let line = Line { at: Some(jiff::Timestamp::now()), text };
            state.logs.entry((namespace, pod)).or_default().lines.push(line);
        }
        Deed::Row(database, table, row) => state.tables.entry((database, table)).or_default().push(row),
        Deed::NoRow(database, table, uuid) => {
            state.tables.entry((database, table)).or_default().retain(|row| row["_uuid"][1] != uuid.as_str());
        }
    }
}
