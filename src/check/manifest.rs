//! What only a manifest can get wrong: its version, the types of its fields, fields that the kind does not have. One reading for
//! every kind.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Finding, codes};
use crate::api::Kind;
use crate::net::did_you_mean;

/// The fields of a kind's `spec` (Kube-OVN 1.16: charts/kube-ovn/templates/kube-ovn-crd.yaml).
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The kind.
    pub kind: Kind,
    /// Fields that hold text.
    pub texts: &'static [&'static str],
    /// Fields that hold lists of text.
    pub lists: &'static [&'static str],
    /// Fields of another JSON type.
    pub others: &'static [(&'static str, Json)],
}

/// A JSON type that is neither text nor a list of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Json {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Number,
    /// An object.
    Object,
    /// A list of objects.
    Objects,
}

impl Json {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Bool => value.is_boolean(),
            Self::Number => value.is_i64() || value.is_u64(),
            Self::Object => value.is_object(),
            Self::Objects => value.as_array().is_some_and(|items| items.iter().all(Value::is_object)),
        }
    }
}

impl Shape {
    /// Every field of the kind.
    fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.texts.iter().chain(self.lists).copied().chain(self.others.iter().map(|(name, _)| *name))
    }

    /// A field as it is written here; `None` when the kind does not have it.
    #[must_use]
    pub fn name(&self, field: &str) -> Option<&'static str> {
        self.fields().find(|name| *name == field)
    }

    /// Whether the value of a field is of its type. Of a field that the kind does not have nobody can say.
    #[must_use]
    pub fn fits(&self, field: &str, value: &Value) -> Option<bool> {
        if !self.fields().any(|name| name == field) {
            return None;
        }
        let json = self.others.iter().find(|(name, _)| *name == field);
        Some(match json {
            _ if value.is_null() => true,
            Some((_, json)) => json.fits(value),
            None if self.texts.contains(&field) => value.is_string(),
            None => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        })
    }

    /// The fields of a `spec` that are of their type, as an object.
    #[must_use]
    pub fn readable(&self, object: &Value) -> Value {
        let fields = object["spec"].as_object().into_iter().flatten();
        let right = fields.filter(|(name, value)| self.fits(name, value) == Some(true));
        Value::Object(right.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

/// What only a manifest can get wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// It writes `status`.
    pub has_status: bool,
    /// Fields of the wrong JSON type: path and what is there.
    pub wrong_types: Vec<String>,
    /// Fields of `spec` that the kind does not have.
    pub unknown_fields: Vec<String>,
    /// Fields of `spec` that are written as empty text.
    pub emptied: Vec<String>,
    /// All fields of `spec` that are written; `None` when there is no manifest.
    pub fields: Option<BTreeSet<String>>,
}

impl Manifest {
    /// Looks at a manifest of the kind, whatever is wrong with it.
    #[must_use]
    pub fn read(object: &Value, shape: &Shape) -> Self {
        let spec = &object["spec"];
        let mut manifest = Self {
            has_status: object
                .get("status")
                .is_some_and(|status| *status != Value::Null && *status != serde_json::json!({})),
            ..Self::default()
        };
        for (field, value) in spec.as_object().into_iter().flatten() {
            match shape.fits(field, value) {
                Some(true) => {}
                Some(false) => manifest.wrong_types.push(format!("spec.{field} is {value}")),
                None => manifest.unknown_fields.push(field.clone()),
            }
        }
        let empty = spec.as_object().into_iter().flatten().filter(|(_, value)| *value == "");
        manifest.emptied = empty.map(|(field, _)| field.clone()).collect();
        manifest.fields = Some(spec.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect());
        let version = text(&object["apiVersion"]);
        if version != shape.kind.api_version() {
            manifest.wrong_types.push(format!("apiVersion is {version}, the server has {}", shape.kind.api_version()));
        }
        if !(spec.is_null() || spec.is_object()) {
            manifest.wrong_types.push("spec is no object".to_owned());
        }
        manifest
    }
}

/// A value as text; anything else than text is empty, and a wrong type besides.
#[must_use]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The text fields of a `spec` as JSON, empty ones left out.
#[must_use]
pub fn filled(texts: &[(&str, &str)]) -> serde_json::Map<String, Value> {
    let filled = texts.iter().filter(|(_, text)| !text.is_empty());
    filled.map(|(key, text)| ((*key).to_owned(), Value::from(*text))).collect()
}

/// KO218. The API server refuses a value of another type.
#[must_use]
pub fn field_types(manifest: &Manifest) -> Vec<Finding> {
    let wrong = manifest.wrong_types.iter();
    wrong
        .map(|what| {
            Finding::new(codes::KO218, format!("{what}: the API server refuses it"))
                .hint("fields are text, in quotes where YAML reads a number; selector is a list of text")
        })
        .collect()
}

/// KO219. kubectl refuses a field that the kind does not have; other clients have it dropped in silence.
#[must_use]
pub fn fields_known(manifest: &Manifest, shape: &Shape) -> Vec<Finding> {
    let known: Vec<&str> = shape.fields().collect();
    let kind = shape.kind.kind;
    let article = if kind.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
    let unknown = manifest.unknown_fields.iter();
    unknown
        .map(|field| {
            let finding = Finding::new(
                codes::KO219,
                format!(
                    "spec.{field} is no field of {article} {kind}: kubectl refuses the manifest, other clients have it dropped"
                ),
            );
            match did_you_mean(field, known.iter().copied()) {
                Some(near) => finding.hint(format!("did you mean {near}?")),
                None => finding.hint(format!("kubectl explain {}.spec lists the fields", kind.to_lowercase())),
            }
        })
        .collect()
}
