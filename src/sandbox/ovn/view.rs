//! One database as a tool sees it: tables by abbreviated names, rows by name or UUID, columns by their type.

use std::collections::HashMap;

use serde_json::Value;

use super::Tables;
use super::cell::{key, uuid};
use super::datum::Datum;
use super::schema::{self, Column, Table};

/// Tables that no snapshot takes: logical flows, of which there are more than of all else together, and keys' places.
const LEFT_OUT: [&str; 3] = ["Logical_Flow", "Logical_DP_Group", "SSL"];

/// The tables of a database that a snapshot takes.
pub fn recorded(database: &str) -> impl Iterator<Item = &'static str> {
    schema::names(database).filter(|table| !LEFT_OUT.contains(table))
}

/// One database of the tables.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) database: &'static str,
    pub(super) tables: &'a Tables,
}

/// What a row has in a column; the default where it says nothing.
pub(super) fn datum(row: &Value, column: Column) -> Datum {
    row.get(column.name)
        .and_then(|value| Datum::from_json(column.kind, value))
        .unwrap_or_else(|| Datum::zero(column.kind))
}

impl<'a> View<'a> {
    /// The rows of a table.
    pub(super) fn rows(self, table: &str) -> &'a [Value] {
        self.tables.rows(self.database, table)
    }

    /// The rows of a table by their UUID.
    pub(super) fn by_uuid(self, table: &str) -> HashMap<&'a str, &'a Value> {
        self.rows(table).iter().map(|row| (uuid(row), row)).collect()
    }

    /// The table of a name that may be cut short or spelt in another case.
    pub(super) fn table(self, name: &str) -> Result<Table, String> {
        match best(schema::names(self.database), name) {
            Best::None => Err(format!("unknown table \"{name}\"")),
            Best::One(found) if LEFT_OUT.contains(&found) => {
                Err(format!("this is the sandbox, which has no rows of {found}: no snapshot takes them"))
            }
            Best::One(found) => schema::table(self.database, found).ok_or_else(|| format!("unknown table \"{name}\"")),
            Best::Many(names) => Err(format!("\"{name}\" matches multiple table names: {names}")),
        }
    }

    /// The row of a UUID, a name, or the beginning of a UUID; `None` when there is none.
    pub(super) fn find(self, table: &Table, id: &str) -> Result<Option<&'a Value>, String> {
        let rows = self.rows(table.name);
        if let Some(row) = rows.iter().find(|row| uuid(row).eq_ignore_ascii_case(id)) {
            return Ok(Some(row));
        }
        if id == "."
            && let [row] = rows
        {
            return Ok(Some(row));
        }
        for (column, of_key) in names(self.database, table.name) {
            let mut named = rows.iter().filter(|row| match of_key {
                None => row[column] == id,
                Some(name) => key(row, column, name) == Some(id),
            });
            match (named.next(), named.next()) {
                (Some(_), Some(_)) => return Err(format!("multiple rows in {} match \"{id}\"", table.name)),
                (Some(row), None) => return Ok(Some(row)),
                _ => {}
            }
        }
        if id.len() < 4 || !id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return Ok(None);
        }
        let start = id.to_ascii_lowercase();
        let mut begin = rows.iter().filter(|row| uuid(row).starts_with(&start));
        match (begin.next(), begin.next()) {
            (Some(one), Some(other)) => Err(format!(
                "{} contains 2 or more rows whose UUIDs begin with {id}: at least {} and {}",
                table.name,
                uuid(one),
                uuid(other)
            )),
            (found, _) => Ok(found),
        }
    }
}

/// The column of a name that may be cut short.
pub(super) fn column(table: &Table, name: &str) -> Result<Column, String> {
    match best(table.columns.iter().map(|column| column.name), name) {
        Best::One(found) => table.column(found).ok_or_else(|| format!("no column {found}")),
        Best::None => Err(format!("{} does not contain a column whose name matches \"{name}\"", table.name)),
        Best::Many(names) => {
            Err(format!("{} contains more than one column whose name matches \"{name}\": {names}", table.name))
        }
    }
}

/// In which columns, and under which key of a map, a row's names stand (ovn-nbctl.c and ovn-sbctl.c: `tables`).
fn names(database: &str, table: &str) -> &'static [(&'static str, Option<&'static str>)] {
    match (database, table) {
        (_, "NAT") => &[("external_ip", None)],
        (_, "HA_Chassis") => &[("chassis_name", None)],
        (_, "Load_Balancer_Health_Check") => &[("vip", None)],
        (_, "Connection") => &[("target", None)],
        (_, "Chassis_Template_Var") => &[("chassis", None)],
        (_, "RBAC_Permission") => &[("table", None)],
        (_, "MAC_Binding" | "Service_Monitor") => &[("logical_port", None)],
        (_, "Port_Binding") => &[("logical_port", None), ("external_ids", Some("name"))],
        (_, "Datapath_Binding") => &[
            ("external_ids", Some("name")),
            ("external_ids", Some("name2")),
            ("external_ids", Some("logical-switch")),
            ("external_ids", Some("logical-router")),
        ],
        ("OVN_Northbound", "DHCP_Options" | "Gateway_Chassis" | "Copp" | "BFD" | "Mirror") => &[],
        _ => &[("name", None)],
    }
}

enum Best {
    None,
    One(&'static str),
    Many(String),
}

/// The name that is meant: itself, itself in another spelling, or what it alone begins.
fn best(names: impl Iterator<Item = &'static str>, typed: &str) -> Best {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(typed);
    let mut starting = Vec::new();
    for name in names {
        if name == typed || plain(name) == wanted {
            return Best::One(name);
        }
        if !wanted.is_empty() && plain(name).starts_with(&wanted) {
            starting.push(name);
        }
    }
    starting.sort_unstable();
    match starting[..] {
        [] => Best::None,
        [one] => Best::One(one),
        _ => Best::Many(starting.join(", ")),
    }
}
