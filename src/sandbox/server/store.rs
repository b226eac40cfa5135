//! The objects, their versions and their history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;

use serde_json::{Value, json};

use super::kinds::{self, Kind};
use super::patch;
use super::shelf::{Shelf, key};
use super::status::Refusal;
use crate::sandbox::lazy::Lazy;

/// One change: an object before and after.
#[derive(Clone, Debug)]
pub struct Change {
    /// The `resourceVersion` it made.
    pub revision: u64,
    /// Of which kind.
    pub plural: &'static str,
    /// `None` when it is new.
    pub before: Option<Value>,
    /// `None` when it is gone.
    pub after: Option<Value>,
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// RFC 7386.
    Merge,
    /// RFC 6902.
    Json,
}

/// All objects.
#[derive(Debug)]
pub struct Store {
    /// By plural and group; those of kinds that are not served are kept as they are.
    shelves: BTreeMap<String, Shelf>,
    history: Vec<Change>,
    revision: u64,
    /// Versions up to this one have no history.
    oldest: u64,
    identities: u64,
    /// What new objects carry as `creationTimestamp`; `None` is the time of the change.
    pub created: Option<String>,
}

/// A manifest that cannot be taken.
#[derive(Clone, Debug)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

fn key_of(kind: &Kind, object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    key(if kind.namespaced { text("namespace") } else { "" }, text("name"))
}

impl Store {
    /// No objects, and all of their history.
    #[must_use]
    pub fn empty() -> Self {
        Self { identities: 0, oldest: 0, ..Self::open(BTreeMap::new(), 100) }
    }

    /// The objects of a file, by plural and group, at the version it was left at.
    #[must_use]
    pub fn open(objects: BTreeMap<String, Vec<Lazy<Value>>>, revision: u64) -> Self {
        let shelves = objects.into_iter().map(|(resource, objects)| (resource, objects.into())).collect();
        // an identity is given at most once a version, so that none comes again
        Self { shelves, history: Vec::new(), revision, oldest: revision, identities: revision, created: None }
    }

    /// The objects as somebody else left them; what differs is history, so that a watch tells of it.
    pub(crate) fn follow(&mut self, objects: BTreeMap<String, Vec<Lazy<Value>>>, revision: u64) {
        let new = Self::open(objects, revision);
        let mut changes = Vec::new();
        for kind in kinds::KINDS {
            let both = [&self.shelves, &new.shelves].map(|shelves| shelves.get(&kind.resource()).map(Shelf::get));
            let keys: BTreeSet<&String> = both.iter().flatten().flat_map(|objects| objects.keys()).collect();
            for key in keys {
                let [before, after] = both.map(|objects| Some(objects?.get(key)?.get()));
                let version = |object: Option<&Value>| Some(object?["metadata"]["resourceVersion"].clone());
                if version(before) != version(after) {
                    let given = after.and_then(|object| object["metadata"]["resourceVersion"].as_str()?.parse().ok());
                    changes.push(Change {
                        revision: given.unwrap_or(revision).clamp(self.revision + 1, revision.max(self.revision + 1)),
                        plural: kind.plural,
                        before: before.cloned(),
                        after: after.cloned(),
                    });
                }
            }
        }
        changes.sort_by_key(|change| change.revision);
        self.history.extend(changes);
        (self.shelves, self.revision, self.identities) = (new.shelves, revision.max(self.revision), revision);
    }

    /// As [`Store::open`] takes them.
    pub(crate) fn shelves(&self) -> &BTreeMap<String, Shelf> {
        &self.shelves
    }

    /// The last version that was given.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What changed behind a version, in order; `None` when that is too long ago.
    #[must_use]
    pub fn since(&self, revision: u64) -> Option<&[Change]> {
        let first = self.history.partition_point(|change| change.revision <= revision);
        (revision >= self.oldest).then(|| self.history.get(first..).unwrap_or_default())
    }

    /// The manifests of a YAML text, created or replaced. Returns the kinds that were met.
    pub fn load(&mut self, yaml: &str) -> Result<Vec<&'static Kind>, Unreadable> {
        let documents: Vec<Value> = serde_yaml::from_multiple(yaml).map_err(|error| Unreadable(error.to_string()))?;
        let mut met = Vec::new();
        for object in documents.into_iter().filter(|document| !document.is_null()) {
            let (version, kind) = (object["apiVersion"].as_str(), object["kind"].as_str());
            let kind = kinds::of_manifest(version.unwrap_or_default(), kind.unwrap_or_default())
                .ok_or_else(|| Unreadable(format!("no {version:?} {kind:?} is served")))?;
            self.apply(kind, object);
            met.push(kind);
        }
        Ok(met)
    }

    /// Creates or replaces an object as it stands; metadata that is missing is filled in.
    pub fn apply(&mut self, kind: &'static Kind, mut object: Value) {
        if kind.namespaced && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = "default".into();
        }
        let key = key_of(kind, &object);
        if let Some(uid) = self.at(kind, &key).map(|before| before["metadata"]["uid"].clone()) {
            object["metadata"]["uid"] = uid;
        }
        self.fill(kind, &mut object);
        self.put(kind, key, Some(object));
    }

    fn at(&self, kind: &Kind, key: &str) -> Option<&Value> {
        self.shelves.get(&kind.resource())?.get().get(key).map(Lazy::get)
    }

    /// One object; the namespace is empty for kinds that have none.
    #[must_use]
    pub fn find(&self, kind: &Kind, namespace: &str, name: &str) -> Option<&Value> {
        self.at(kind, &key(namespace, name))
    }

    /// The same, or the server's refusal.
    pub(crate) fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Result<&Value, Refusal> {
        self.find(kind, namespace, name).ok_or_else(|| Refusal::not_found(kind, name))
    }

    /// All objects of a kind, in the order of a list; an empty namespace is all of them.
    pub fn list(&self, kind: &Kind, namespace: &str) -> impl Iterator<Item = &Value> {
        self.behind(kind, namespace, None).map(|(_, object)| object.get())
    }

    /// Changes all objects of a kind without a word: no new versions, no history.
    pub(crate) fn amend(&mut self, kind: &Kind, change: impl Fn(&mut Value)) {
        for object in self.shelves.get_mut(&kind.resource()).into_iter().flat_map(|shelf| shelf.get_mut().values_mut())
        {
            change(object.get_mut());
        }
    }

    /// The objects of a kind behind a key, in the order of a list, with their keys; an empty namespace is all of them.
    pub(crate) fn behind<'a>(
        &'a self,
        kind: &Kind,
        namespace: &str,
        last: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a Lazy<Value>)> {
        let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let from = match last {
            Some(last) => Bound::Excluded(last),
            None => Bound::Included(prefix.as_str()),
        };
        let objects =
            self.shelves.get(&kind.resource()).map(|shelf| shelf.get().range::<str, _>((from, Bound::Unbounded)));
        objects.into_iter().flatten().take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// What POST does.
    pub(crate) fn create(
        &mut self,
        kind: &'static Kind,
        namespace: &str,
        mut object: Value,
        dry: bool,
    ) -> Result<Value, Refusal> {
        if !object["metadata"].is_object() {
            return Err(Refusal::bad_request("the object has no metadata"));
        }
        if kind.namespaced {
            object["metadata"]["namespace"] = namespace.into();
        }
        if let (None, Some(prefix)) = (object["metadata"]["name"].as_str(), object["metadata"]["generateName"].as_str())
        {
            object["metadata"]["name"] = format!("{prefix}{:05}", self.identities + 1).into();
        }
        let key = key_of(kind, &object);
        if self.at(kind, &key).is_some() {
            return Err(Refusal::already_exists(kind, object["metadata"]["name"].as_str().unwrap_or_default()));
        }
        for system in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "generation"] {
            object["metadata"].as_object_mut().and_then(|metadata| metadata.remove(system));
        }
        self.fill(kind, &mut object);
        if !dry {
            object = self.put(kind, key, Some(object)).unwrap_or_default();
        }
        Ok(object)
    }

    /// What PATCH does. `admit` is shown the object before and after, may change what it is to be, and may refuse it. One that is marked and
    /// has no finalizer any more goes away.
    pub(crate) fn patch(
        &mut self,
        (kind, namespace, name): (&'static Kind, &str, &str),
        style: Style,
        body: &Value,
        dry: bool,
        admit: impl FnOnce(&Value, &mut Value) -> Result<(), Refusal>,
    ) -> Result<Value, Refusal> {
        let before = self.get(kind, namespace, name)?.clone();
        let mut after = before.clone();
        match style {
            Style::Merge => patch::merge(&mut after, body),
            Style::Json => {
                let operations = body.as_array().ok_or_else(|| Refusal::bad_request("a JSON patch is a list"))?;
                patch::json(&mut after, operations).map_err(|why| Refusal::unpatchable(&why))?;
            }
        }
        admit(&before, &mut after)?;
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        if version(&after) != version(&before) {
            return Err(Refusal::modified(kind, name));
        }
        let uid = |object: &Value| object["metadata"]["uid"].clone();
        if uid(&after) != uid(&before) {
            return Err(Refusal::conflict(kind, name, "Precondition failed: UID in precondition differs"));
        }
        if dry || after == before {
            return Ok(after);
        }
        if after["spec"] != before["spec"] {
            after["metadata"]["generation"] = (before["metadata"]["generation"].as_u64().unwrap_or(1) + 1).into();
        }
        let gone = after["metadata"]["deletionTimestamp"].is_string() && !has_finalizers(&after);
        let key = key_of(kind, &before);
        Ok(self.put(kind, key, (!gone).then(|| after.clone())).unwrap_or(after))
    }

    /// Merges into an object; nothing happens when it is gone. One that is marked and loses its last finalizer goes away.
    pub fn merge(&mut self, kind: &'static Kind, namespace: &str, name: &str, patch: &Value) {
        drop(self.patch((kind, namespace, name), Style::Merge, patch, false, |_, _| Ok(())));
    }

    /// Deletes an object, or marks it when a finalizer holds it. Returns what the server answers.
    pub(crate) fn delete(
        &mut self,
        (kind, namespace, name): (&'static Kind, &str, &str),
        options: &Value,
        dry: bool,
    ) -> Result<Value, Refusal> {
        let object = self.get(kind, namespace, name)?.clone();
        for (field, spoken) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
            let (wanted, found) = (&options["preconditions"][field], &object["metadata"][field]);
            if let (Some(wanted), Some(found)) = (wanted.as_str(), found.as_str())
                && wanted != found
            {
                let why = format!(
                    "Precondition failed: {spoken} in precondition: {wanted}, {spoken} in object meta: {found}"
                );
                return Err(Refusal::conflict(kind, name, &why));
            }
        }
        if !has_finalizers(&object) {
            if !dry {
                self.put(kind, key_of(kind, &object), None);
            }
            let details =
                json!({"name": name, "group": kind.group, "kind": kind.plural, "uid": object["metadata"]["uid"]});
            return Ok(
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
            );
        }
        let mut marked = object;
        if marked["metadata"]["deletionTimestamp"].is_null() {
            marked["metadata"]["deletionTimestamp"] = self.now().into();
            marked["metadata"]["deletionGracePeriodSeconds"] = 0.into();
            if !dry {
                marked = self.put(kind, key_of(kind, &marked), Some(marked)).unwrap_or_default();
            }
        }
        Ok(marked)
    }

    /// Removes an object whatever holds it.
    pub fn remove(&mut self, kind: &'static Kind, namespace: &str, name: &str) {
        self.put(kind, key(namespace, name), None);
    }

    /// In whole seconds, as Kubernetes writes times.
    fn now(&self) -> String {
        let now = jiff::Timestamp::now();
        self.created.clone().unwrap_or_else(|| jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string())
    }

    fn fill(&mut self, kind: &Kind, object: &mut Value) {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.name.into();
        let now = self.now();
        let metadata = &mut object["metadata"];
        if metadata["uid"].is_null() {
            self.identities += 1;
            metadata["uid"] = format!("00000000-0000-4000-8000-{:012}", self.identities).into();
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = now.into();
        }
        if metadata["generation"].is_null() {
            metadata["generation"] = 1.into();
        }
    }

    fn put(&mut self, kind: &'static Kind, key: String, object: Option<Value>) -> Option<Value> {
        self.revision += 1;
        let after = object.map(|mut object| {
            object["metadata"]["resourceVersion"] = self.revision.to_string().into();
            // an empty list or map of the metadata is none
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.retain(|_, field| {
                    !field.as_object().is_some_and(serde_json::Map::is_empty)
                        && !field.as_array().is_some_and(Vec::is_empty)
                });
            }
            object
        });
        let objects = self.shelves.entry(kind.resource()).or_default().get_mut();
        let before = match &after {
            Some(object) => objects.insert(key, object.clone().into()),
            None => objects.remove(&key),
        };
        let before = before.map(|before| before.get().clone());
        self.history.push(Change { revision: self.revision, plural: kind.plural, before, after: after.clone() });
        after
    }
}

fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vip(name: &str, version: &str) -> Lazy<Value> {
        json!({"metadata": {"name": name, "resourceVersion": version}}).into()
    }

    #[test]
    fn what_another_process_wrote_is_history() {
        let of = |vips: Vec<Lazy<Value>>| BTreeMap::from([("vips.kubeovn.io".to_owned(), vips)]);
        let mut store = Store::open(of(vec![vip("changed", "1"), vip("gone", "2"), vip("same", "3")]), 3);
        store.follow(of(vec![vip("changed", "5"), vip("new", "4"), vip("same", "3")]), 6);
        let told = |change: &Change| {
            let name = |object: &Option<Value>| object.as_ref().map(|object| object["metadata"]["name"].clone());
            (change.revision, name(&change.before), name(&change.after))
        };
        let seen: Vec<_> = store.since(3).into_iter().flatten().map(told).collect();
        let name = |name: &str| Some(json!(name));
        assert_eq!(seen, [(4, None, name("new")), (5, name("changed"), name("changed")), (6, name("gone"), None)]);
        assert_eq!(store.revision(), 6);
        assert!(store.since(2).is_none(), "what was before the file was opened is not known");
    }
}
