//! Rows of OVN's databases as OVSDB prints them (RFC 7047 §5.1), by database and table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::lazy::Lazy;

/// `OVN_Northbound`, `OVN_Southbound` → table → rows, each an object of columns with its `_uuid`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Tables(BTreeMap<String, BTreeMap<String, Lazy<Vec<Value>>>>);

impl Tables {
    /// The rows of a table; none when it was never filled.
    #[must_use]
    pub fn rows(&self, database: &str, table: &str) -> &[Value] {
        self.0.get(database).and_then(|tables| tables.get(table)).map_or(&[], |rows| rows.get())
    }

    /// The rows of a table, to change.
    pub fn rows_mut(&mut self, database: &str, table: &str) -> &mut Vec<Value> {
        self.0.entry(database.to_owned()).or_default().entry(table.to_owned()).or_default().get_mut()
    }

    /// The tables of a database that have ever been filled.
    pub fn names(&self, database: &str) -> impl Iterator<Item = &str> {
        self.0.get(database).into_iter().flatten().map(|(table, _)| table.as_str())
    }
}
