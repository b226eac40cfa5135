//! `metadata` of an object, and how tolerant reading is done.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// `metadata` as far as it is used here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Name; unique per kind (and namespace).
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Namespace; empty for cluster-scoped kinds.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// Identity: a deleted and recreated object of the same name has another one.
    #[serde(deserialize_with = "or_default")]
    pub uid: String,
    /// Version of this very state; a write that carries it fails when somebody wrote in between.
    #[serde(deserialize_with = "or_default")]
    pub resource_version: String,
    /// Number of changes of the spec.
    pub generation: u64,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// Finalizers, in the object's order.
    #[serde(deserialize_with = "or_default")]
    pub finalizers: Vec<String>,
    /// When it was created, RFC 3339; empty in a manifest.
    #[serde(deserialize_with = "or_default")]
    pub creation_timestamp: String,
    /// Set while the object is being deleted, RFC 3339.
    pub deletion_timestamp: Option<String>,
    /// Who owns it.
    #[serde(deserialize_with = "or_default")]
    pub owner_references: Vec<Owner>,
}

impl Metadata {
    /// Whether deletion was asked for.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    /// The value of a label, empty when it is not there.
    #[must_use]
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// The value of an annotation, empty when it is not there.
    #[must_use]
    pub fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).map_or("", String::as_str)
    }
}

/// One entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owner {
    /// Kind of the owner.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
    /// Whether the owner manages this object.
    pub controller: bool,
}

/// Reads `null` as the default value; a missing field is handled by `#[serde(default)]`.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
