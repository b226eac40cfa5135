//! The objects, their versions and their history.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::kinds::{self, Kind};
use super::patch;
use super::status::Refusal;

/// Plural, namespace (empty for cluster-scoped kinds), name.
pub(crate) type Key = (&'static str, String, String);

/// One change: an object before and after.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) plural: &'static str,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Merge,
    Json,
}

#[derive(Debug)]
pub(crate) struct Store {
    objects: BTreeMap<Key, Value>,
    pub(crate) history: Vec<Change>,
    pub(crate) revision: u64,
    identities: u64,
    /// What new objects carry as `creationTimestamp`.
    pub(crate) created: String,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            history: Vec::new(),
            revision: 100,
            identities: 0,
            created: "2026-01-01T00:00:00Z".into(),
        }
    }
}

fn name_of(object: &Value) -> (String, String) {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

fn key_of(kind: &Kind, object: &Value) -> Key {
    let (namespace, name) = name_of(object);
    (kinds::of_plural(kind.plural).plural, if kind.namespaced { namespace } else { String::new() }, name)
}

impl Store {
    /// The manifests of a YAML text, created or replaced. Returns the kinds that were met.
    pub(crate) fn load(&mut self, yaml: &str) -> Vec<&'static Kind> {
        let documents: Vec<Value> = serde_yaml::from_multiple(yaml).expect("the fixture is YAML");
        let mut met = Vec::new();
        for object in documents.into_iter().filter(|document| !document.is_null()) {
            let (version, kind) = (object["apiVersion"].as_str(), object["kind"].as_str());
            let kind = kinds::of_manifest(version.unwrap_or_default(), kind.unwrap_or_default())
                .unwrap_or_else(|| panic!("the fake serves no {version:?} {kind:?}"));
            self.apply(kind, object);
            met.push(kind);
        }
        met
    }

    /// Creates or replaces an object as it stands; metadata that is missing is filled in.
    pub(crate) fn apply(&mut self, kind: &'static Kind, mut object: Value) {
        if kind.namespaced && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = "default".into();
        }
        let key = key_of(kind, &object);
        if let Some(uid) = self.objects.get(&key).map(|before| before["metadata"]["uid"].clone()) {
            object["metadata"]["uid"] = uid;
        }
        self.fill(kind, &mut object);
        self.put(key, Some(object));
    }

    pub(crate) fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Result<&Value, Refusal> {
        let key = (kind.plural, namespace.to_owned(), name.to_owned());
        self.objects.get(&key).ok_or_else(|| Refusal::not_found(kind, name))
    }

    /// All objects of a kind, by namespace and name; an empty namespace is all of them.
    pub(crate) fn list<'a>(&'a self, kind: &'static Kind, namespace: &'a str) -> impl Iterator<Item = &'a Value> {
        let here = move |key: &Key| key.0 == kind.plural && (namespace.is_empty() || key.1 == namespace);
        self.objects.iter().filter(move |(key, _)| here(key)).map(|(_, object)| object)
    }

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
        if self.objects.contains_key(&key) {
            return Err(Refusal::already_exists(kind, &key.2));
        }
        for system in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "generation"] {
            object["metadata"].as_object_mut().and_then(|metadata| metadata.remove(system));
        }
        self.fill(kind, &mut object);
        if !dry {
            object = self.put(key, Some(object)).unwrap_or_default();
        }
        Ok(object)
    }

    pub(crate) fn patch(
        &mut self,
        (kind, namespace, name): (&'static Kind, &str, &str),
        style: Style,
        body: &Value,
        dry: bool,
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
        Ok(self.put(key, (!gone).then(|| after.clone())).unwrap_or(after))
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
                self.put(key_of(kind, &object), None);
            }
            let details =
                json!({"name": name, "group": kind.group, "kind": kind.plural, "uid": object["metadata"]["uid"]});
            return Ok(
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
            );
        }
        let mut marked = object;
        if marked["metadata"]["deletionTimestamp"].is_null() {
            marked["metadata"]["deletionTimestamp"] = self.created.clone().into();
            marked["metadata"]["deletionGracePeriodSeconds"] = 0.into();
            if !dry {
                marked = self.put(key_of(kind, &marked), Some(marked)).unwrap_or_default();
            }
        }
        Ok(marked)
    }

    /// Removes an object whatever holds it.
    pub(crate) fn remove(&mut self, kind: &'static Kind, namespace: &str, name: &str) {
        self.put((kind.plural, namespace.to_owned(), name.to_owned()), None);
    }

    fn fill(&mut self, kind: &Kind, object: &mut Value) {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.name.into();
        let metadata = &mut object["metadata"];
        if metadata["uid"].is_null() {
            self.identities += 1;
            metadata["uid"] = format!("00000000-0000-4000-8000-{:012}", self.identities).into();
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = self.created.clone().into();
        }
        if metadata["generation"].is_null() {
            metadata["generation"] = 1.into();
        }
    }

    fn put(&mut self, key: Key, object: Option<Value>) -> Option<Value> {
        self.revision += 1;
        let plural = key.0;
        let after = object.map(|mut object| {
            object["metadata"]["resourceVersion"] = self.revision.to_string().into();
            object
        });
        let before = match &after {
            Some(object) => self.objects.insert(key, object.clone()),
            None => self.objects.remove(&key),
        };
        self.history.push(Change { revision: self.revision, plural, before, after: after.clone() });
        after
    }
}

fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
}
