//! What the model sees and may do.

use serde_json::Value;

use crate::sandbox::ovn::Tables;
use crate::sandbox::server::{Live, Store, kinds};

/// One change of an object, by whomever.
#[derive(Clone, Debug)]
pub struct Event {
    /// `vips`, `ovn-eips`, …
    pub plural: &'static str,
    /// As it was; `None` when it is new.
    pub before: Option<Value>,
    /// As it is; `None` when it is gone. One that is marked with a `deletionTimestamp` is still there.
    pub after: Option<Value>,
}

impl Event {
    /// The object: as it is, or as it last was.
    #[must_use]
    pub fn object(&self) -> &Value {
        self.after.as_ref().or(self.before.as_ref()).unwrap_or(&Value::Null)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.object()["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Its namespace; empty for kinds that have none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.object()["metadata"]["namespace"].as_str().unwrap_or_default()
    }
}

/// The model's hand: objects, rows and log lines. A change of an object is an event that the model sees next.
pub struct Hand<'a> {
    store: &'a mut Store,
    tables: &'a mut Tables,
    log: &'a mut Vec<String>,
    now: jiff::Timestamp,
}

impl std::fmt::Debug for Hand<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hand").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Hand<'a> {
    /// A hand on everything the server knows.
    pub fn new(live: &'a mut Live, now: jiff::Timestamp) -> Self {
        Self { store: &mut live.store, tables: &mut live.tables, log: &mut live.log, now }
    }

    /// When the event happened, RFC 3339 in whole seconds, as Kubernetes writes times.
    #[must_use]
    pub fn now(&self) -> String {
        jiff::Timestamp::from_second(self.now.as_second()).unwrap_or(self.now).to_string()
    }

    /// An object; the namespace is empty for kinds that have none.
    #[must_use]
    pub fn get(&self, plural: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.store.find(kinds::of_plural(plural)?, namespace, name)
    }

    /// All objects of a kind, in the order of a list.
    pub fn list(&self, plural: &str) -> impl Iterator<Item = &Value> {
        kinds::of_plural(plural).into_iter().flat_map(|kind| self.store.list(kind, ""))
    }

    /// Creates an object with what the server adds, or replaces it as it stands.
    pub fn apply(&mut self, plural: &str, object: Value) {
        if let Some(kind) = kinds::of_plural(plural) {
            self.store.apply(kind, object);
        }
    }

    /// Merges (RFC 7386) into an object: `spec`, `status`, `metadata`. Nothing happens when nothing differs or when it is gone;
    /// one that is marked and loses its last finalizer goes away.
    pub fn merge(&mut self, plural: &str, namespace: &str, name: &str, patch: &Value) {
        if let Some(kind) = kinds::of_plural(plural) {
            self.store.merge(kind, namespace, name, patch);
        }
    }

    /// Deletes an object as a client does: one with finalizers is marked.
    pub fn delete(&mut self, plural: &str, namespace: &str, name: &str) {
        if let Some(kind) = kinds::of_plural(plural) {
            drop(self.store.delete((kind, namespace, name), &Value::Null, false));
        }
    }

    /// The rows of OVN's databases.
    pub fn tables(&mut self) -> &mut Tables {
        self.tables
    }

    /// The lines of the log so far, each behind its time.
    #[must_use]
    pub fn logged(&self) -> &[String] {
        self.log
    }

    /// Writes a line to the log of the controller's leader.
    pub fn log(&mut self, line: &str) {
        self.log.push(format!("{} {line}", self.now));
    }
}
