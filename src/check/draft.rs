//! An object as somebody wants it, of any kind whose `spec` is all text.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::manifest::{Manifest, Shape, text};

/// An object as somebody wants it: typed on a command line, or read of a manifest whatever is wrong with that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft<S> {
    /// `metadata.name`.
    pub name: String,
    /// Labels, as written.
    pub labels: BTreeMap<String, String>,
    /// Finalizers, as written.
    pub finalizers: Vec<String>,
    /// Its spec, as written; a field of the wrong type is empty.
    pub spec: S,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

impl<S: DeserializeOwned + Default> Draft<S> {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value, shape: &Shape) -> Self {
        let fields = object["spec"].as_object().into_iter().flatten();
        let right = fields.filter(|(name, value)| shape.texts.contains(&name.as_str()) && value.is_string());
        let spec: serde_json::Map<String, Value> = right.map(|(name, value)| (name.clone(), value.clone())).collect();
        let metadata = &object["metadata"];
        let labels = metadata["labels"].as_object().into_iter().flatten();
        Self {
            name: text(&metadata["name"]),
            labels: labels.map(|(key, value)| (key.clone(), text(value))).collect(),
            finalizers: metadata["finalizers"].as_array().into_iter().flatten().map(text).collect(),
            spec: serde_json::from_value(spec.into()).unwrap_or_default(),
            manifest: Manifest::read(object, shape),
        }
    }

    /// The manifest that asks for it; `spec` are its fields that are not empty.
    #[must_use]
    pub fn manifest_with(&self, shape: &Shape, spec: &serde_json::Map<String, Value>) -> Value {
        let mut metadata = json!({"name": self.name});
        if !self.labels.is_empty() {
            metadata["labels"] = json!(self.labels);
        }
        if !self.finalizers.is_empty() {
            metadata["finalizers"] = json!(self.finalizers);
        }
        json!({"apiVersion": shape.kind.api_version(), "kind": shape.kind.kind, "metadata": metadata, "spec": spec})
    }
}
