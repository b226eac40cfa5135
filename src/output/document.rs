//! What `-o json` and `-o yaml` print: one object, or kubectl's `List`.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};

/// Objects to print. Keys come out sorted, as kubectl's do for custom resources.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    objects: Objects<'a>,
    managed_fields: bool,
}

#[derive(Debug, Clone, Copy)]
enum Objects<'a> {
    One(&'a Value),
    List(&'a [Value]),
}

impl<'a> Document<'a> {
    /// One object by itself: what kubectl prints for one name.
    #[must_use]
    pub fn one(object: &'a Value) -> Self {
        Self { objects: Objects::One(object), managed_fields: false }
    }

    /// A `v1` `List`, be it of no or one object: what kubectl prints without names or with several.
    #[must_use]
    pub fn list(objects: &'a [Value]) -> Self {
        Self { objects: Objects::List(objects), managed_fields: false }
    }

    /// What is printed, in order.
    #[must_use]
    pub fn objects(&self) -> &'a [Value] {
        match self.objects {
            Objects::One(value) => std::slice::from_ref(value),
            Objects::List(values) => values,
        }
    }

    /// Whether `metadata.managedFields` is printed (`--show-managed-fields`); it is left out otherwise.
    #[must_use]
    pub fn with_managed_fields(self, shown: bool) -> Self {
        Self { managed_fields: shown, ..self }
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = |value| Object { value, managed_fields: self.managed_fields };
        match self.objects {
            Objects::One(value) => object(value).serialize(serializer),
            Objects::List(values) => {
                let mut map = serializer.serialize_map(Some(4))?;
                map.serialize_entry("apiVersion", "v1")?;
                map.serialize_entry("items", &Items { values, managed_fields: self.managed_fields })?;
                map.serialize_entry("kind", "List")?;
                map.serialize_entry("metadata", &serde_json::json!({"resourceVersion": ""}))?;
                map.end()
            }
        }
    }
}

struct Items<'a> {
    values: &'a [Value],
    managed_fields: bool,
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.values.len()))?;
        for value in self.values {
            sequence.serialize_element(&Object { value, managed_fields: self.managed_fields })?;
        }
        sequence.end()
    }
}

/// An object whose managed fields are passed over while it is written, so that 20,000 objects need no copy.
struct Object<'a> {
    value: &'a Value,
    managed_fields: bool,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Value::Object(fields), false) = (self.value, self.managed_fields) else {
            return self.value.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (key, value) in fields {
            if let (Value::Object(metadata), "metadata") = (value, key.as_str()) {
                map.serialize_entry(key, &Metadata(metadata))?;
            } else {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

struct Metadata<'a>(&'a Map<String, Value>);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kept = || self.0.iter().filter(|(key, _)| *key != "managedFields");
        let mut map = serializer.serialize_map(Some(kept().count()))?;
        for (key, value) in kept() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
