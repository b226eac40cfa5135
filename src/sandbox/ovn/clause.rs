//! The parts of an operation: conditions (RFC 7047 §5.1 `<condition>`), columns, values, changes.

use serde_json::{Value, json};

use super::datum::{Atom, Datum};
use super::schema::{self, Column, Table, UUID_COLUMN};
use super::view::datum;

/// The kind of an error and its details; `parse` is one of the operation's form.
pub(super) type Refusal = (&'static str, String);

/// How a column is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Set,
    Insert,
    Delete,
    Add,
}

impl Change {
    /// A column's value once it is changed.
    pub(super) fn of(self, mut have: Datum, value: &Datum) -> Datum {
        match self {
            Self::Set => return value.clone(),
            Self::Add => {
                if let (Some(Atom::Integer(have)), Some(Atom::Integer(more))) =
                    (have.keys.first_mut(), value.keys.first())
                {
                    *have = have.saturating_add(*more);
                }
            }
            Self::Insert => {
                for (at, key) in
                    value.keys.iter().enumerate().filter(|(_, key)| !have.keys.contains(key)).collect::<Vec<_>>()
                {
                    let place = have.keys.partition_point(|one| one < key);
                    have.keys.insert(place, key.clone());
                    if let Some(value) = value.values.get(at) {
                        have.values.insert(place, value.clone());
                    }
                }
            }
            Self::Delete => {
                for (at, key) in value.keys.iter().enumerate() {
                    let Some(place) = have.keys.iter().position(|one| one == key) else { continue };
                    // a pair goes only when both halves are the same
                    if value.values.get(at).is_none_or(|value| have.values.get(place) == Some(value)) {
                        have.keys.remove(place);
                        if place < have.values.len() {
                            have.values.remove(place);
                        }
                    }
                }
            }
        }
        have
    }
}

/// What a row's column must be.
pub(super) struct Condition {
    column: Column,
    function: String,
    value: Datum,
}

/// The conditions of an operation.
pub(super) fn conditions(table: &Table, clauses: &Value) -> Result<Vec<Condition>, Refusal> {
    let condition = |clause: &Value| {
        let column = column(table, &clause[0])?;
        let function = clause[1].as_str().unwrap_or_default();
        if !["==", "!=", "includes", "excludes", "<", "<=", ">", ">="].contains(&function) {
            return Err(("unknown function", format!("No function named {function}.")));
        }
        // what is in a set of one or none may be compared with any number
        let kind = match function {
            "includes" | "excludes" => schema::Type { many: true, some: false, ..column.kind },
            _ => column.kind,
        };
        Ok(Condition { column, function: function.to_owned(), value: typed(Column { kind, ..column }, &clause[2])? })
    };
    clauses.as_array().into_iter().flatten().map(condition).collect()
}

/// Whether a row fulfils all of them.
pub(super) fn fits(row: &Value, conditions: &[Condition]) -> bool {
    conditions.iter().all(|Condition { column, function, value }| {
        let have = datum(row, *column);
        match function.as_str() {
            "==" => have == *value,
            "!=" => have != *value,
            "includes" => value.is_within(&have),
            "excludes" => value.is_apart(&have),
            "<" => !have.keys.is_empty() && have < *value,
            "<=" => !have.keys.is_empty() && have <= *value,
            ">" => !have.keys.is_empty() && have > *value,
            _ => !have.keys.is_empty() && have >= *value,
        }
    })
}

/// The column that an operation names.
pub(super) fn column(table: &Table, name: &Value) -> Result<Column, Refusal> {
    let name = name.as_str().unwrap_or_default();
    table.column(name).ok_or_else(|| ("unknown column", format!("No column {name} in table {}.", table.name)))
}

/// Whether a table has all columns of a row.
pub(super) fn known(table: &Table, row: &Value) -> Result<(), Refusal> {
    row.as_object().into_iter().flatten().try_for_each(|(name, _)| column(table, &json!(name)).map(drop))
}

/// The columns that were asked for; all of them when none were.
pub(super) fn columns(table: &Table, names: &Value) -> Result<Vec<Column>, Refusal> {
    let Some(names) = names.as_array() else {
        return Ok(std::iter::once(UUID_COLUMN).chain(table.columns.iter().copied()).collect());
    };
    let column = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        table.column(name).ok_or_else(|| ("syntax error", format!("{name} is not a valid column name")))
    };
    names.iter().map(column).collect()
}

/// A value of the type that a column has.
pub(super) fn typed(column: Column, value: &Value) -> Result<Datum, Refusal> {
    let datum = Datum::from_json(column.kind, value);
    datum.ok_or_else(|| ("syntax error", format!("{value} is no value of column {}", column.name)))
}
