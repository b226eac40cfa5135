//! The objects of one kind, which stay a list of texts until somebody asks for one.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::sandbox::lazy::Lazy;

/// Objects by `NAMESPACE/NAME`, or by `NAME`: the order of the keys in etcd, which is that of a list.
pub(crate) type Keyed = BTreeMap<String, Lazy<Value>>;

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// As they came from a file.
    listed: RefCell<Vec<Lazy<Value>>>,
    /// The same, once somebody looked.
    read: OnceCell<Keyed>,
    /// The objects, once somebody changed one.
    own: Keyed,
    changed: bool,
}

impl From<Vec<Lazy<Value>>> for Shelf {
    fn from(listed: Vec<Lazy<Value>>) -> Self {
        Self { listed: RefCell::new(listed), ..Self::default() }
    }
}

impl Shelf {
    pub(crate) fn get(&self) -> &Keyed {
        if self.changed { &self.own } else { self.read.get_or_init(|| keyed(self.listed.take())) }
    }

    pub(crate) fn get_mut(&mut self) -> &mut Keyed {
        if !self.changed {
            self.own = self.read.take().unwrap_or_else(|| keyed(self.listed.take()));
            self.changed = true;
        }
        &mut self.own
    }
}

impl Serialize for Shelf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.changed {
            serializer.collect_seq(self.own.values())
        } else if let Some(read) = self.read.get() {
            serializer.collect_seq(read.values())
        } else {
            serializer.collect_seq(self.listed.borrow().iter())
        }
    }
}

/// Where an object stands.
pub(crate) fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// As little of an object as its key needs.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    metadata: Names,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    namespace: String,
    name: String,
}

fn keyed(listed: Vec<Lazy<Value>>) -> Keyed {
    let key_of = |object: &Lazy<Value>| {
        if let Some(text) = object.text() {
            let named: Named = serde_json::from_str(text).unwrap_or_default();
            key(&named.metadata.namespace, &named.metadata.name)
        } else {
            let text = |field: &str| object.get()["metadata"][field].as_str().unwrap_or_default();
            key(text("namespace"), text("name"))
        }
    };
    listed.into_iter().map(|object| (key_of(&object), object)).collect()
}
