//! `--sort-by`: a field path for objects, or the name of a column for tables. Both sorts are stable.

use std::cmp::Ordering;
use std::net::IpAddr;

use serde_json::Value;

use super::age::parse_duration;
use super::count_text::joined;
use super::path::{FieldPath, PathError, leaf_paths};
use super::table::Table;

/// How many known columns or fields an error lists.
const KNOWN_SHOWN: usize = 20;

/// Why nothing was sorted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SortError {
    /// The path cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
    /// No object has the field. The sentence starts as kubectl's (`get/sorter.go`).
    #[error("couldn't find any field with path {path:?} in the list of objects{}", known_fields(known))]
    UnknownField {
        /// What was asked for.
        path: String,
        /// The fields of the first object, at most 100.
        known: Vec<String>,
    },
    /// The field holds a list or an object.
    #[error("cannot sort by {path:?}: it holds {what}")]
    Unsortable {
        /// What was asked for.
        path: String,
        /// `a list` or `an object`.
        what: &'static str,
    },
    /// The table has no such column.
    #[error("there is no column {column:?}; the columns are {}", joined(known, KNOWN_SHOWN))]
    UnknownColumn {
        /// What was asked for.
        column: String,
        /// The names of the columns, in their order.
        known: Vec<String>,
    },
}

fn known_fields(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; it has {}", joined(known, KNOWN_SHOWN)) }
}

/// Sorts objects by a field: those without it first, then null, false, true, numbers by size, strings.
///
/// Strings compare as kubectl's: those that are Kubernetes quantities (`9`, `10`, `1Gi`) by size, others by their bytes, so `10.0.0.10` stands
/// before `10.0.0.9`. Quantities come before other strings; kubectl's order of such a mixture depends on chance.
pub fn sort_objects(objects: &mut Vec<Value>, path: &str) -> Result<(), SortError> {
    let field = FieldPath::parse(path)?;
    if objects.is_empty() {
        return Ok(());
    }
    let keys = objects.iter().map(|object| Key::of(field.find(object), path)).collect::<Result<Vec<_>, _>>()?;
    if keys.iter().all(|key| matches!(key, Key::Missing)) {
        let known = objects.first().map(|object| leaf_paths(object, 100)).unwrap_or_default();
        return Err(SortError::UnknownField { path: path.to_owned(), known });
    }
    let mut keyed: Vec<_> = keys.into_iter().zip(std::mem::take(objects)).collect();
    keyed.sort_by(|(left, _), (right, _)| left.compare(right));
    objects.extend(keyed.into_iter().map(|(_, object)| object));
    Ok(())
}

/// What an object is sorted by, in ascending order of the variants.
enum Key {
    Missing,
    Null,
    Bool(bool),
    Number(f64),
    Quantity(f64),
    Text(String),
}

impl Key {
    fn of(value: Option<&Value>, path: &str) -> Result<Self, SortError> {
        let unsortable = |what| SortError::Unsortable { path: path.to_owned(), what };
        Ok(match value {
            None => Self::Missing,
            Some(Value::Null) => Self::Null,
            Some(Value::Bool(value)) => Self::Bool(*value),
            Some(Value::Number(number)) => Self::Number(number.as_f64().unwrap_or_default()),
            Some(Value::String(text)) => quantity(text).map_or_else(|| Self::Text(text.clone()), Self::Quantity),
            Some(Value::Array(_)) => return Err(unsortable("a list")),
            Some(Value::Object(_)) => return Err(unsortable("an object")),
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Null => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::Quantity(_) => 4,
            Self::Text(_) => 5,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) | (Self::Quantity(left), Self::Quantity(right)) => {
                left.total_cmp(right)
            }
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// A Kubernetes quantity (`resource.ParseQuantity`): a decimal number with an SI or binary suffix, or an exponent.
fn quantity(text: &str) -> Option<f64> {
    let start = text
        .find(|character: char| !(character.is_ascii_digit() || matches!(character, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(start);
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024f64.powi(2),
        "Gi" => 1024f64.powi(3),
        "Ti" => 1024f64.powi(4),
        "Pi" => 1024f64.powi(5),
        "Ei" => 1024f64.powi(6),
        _ => 10f64.powi(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// Sorts a table's rows by a column, whose name is taken in any letter case: empty cells first, then by size when all others are numbers, by
/// address when all are addresses (of `v4,v6` the first), by length when all are ages, otherwise by their bytes.
pub fn sort_rows(table: &mut Table, column: &str) -> Result<(), SortError> {
    let Some(index) = table.columns.iter().position(|known| known.name.eq_ignore_ascii_case(column)) else {
        let known = table.columns.iter().map(|known| known.name.clone()).collect();
        return Err(SortError::UnknownColumn { column: column.to_owned(), known });
    };
    let cell = |row: &Vec<String>| {
        row.get(index).filter(|cell| !matches!(cell.as_str(), "" | "<none>" | "<unknown>" | "<invalid>")).cloned()
    };
    if sort_as(&mut table.rows, cell, |cell| cell.parse::<f64>().ok().filter(|number| !number.is_nan()), f64::total_cmp)
        || sort_as(&mut table.rows, cell, |cell| cell.split(',').next()?.parse::<IpAddr>().ok(), IpAddr::cmp)
        || sort_as(&mut table.rows, cell, parse_duration, u64::cmp)
    {
        return Ok(());
    }
    table.rows.sort_by_cached_key(cell);
    Ok(())
}

/// Sorts if every cell that is there can be read, and says whether it did.
fn sort_as<T>(
    rows: &mut Vec<Vec<String>>,
    cell: impl Fn(&Vec<String>) -> Option<String>,
    read: impl Fn(&str) -> Option<T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> bool {
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        match cell(row) {
            None => keys.push(None),
            Some(text) => match read(&text) {
                Some(key) => keys.push(Some(key)),
                None => return false,
            },
        }
    }
    let mut keyed: Vec<_> = keys.into_iter().zip(std::mem::take(rows)).collect();
    keyed.sort_by(|(left, _), (right, _)| match (left, right) {
        (Some(left), Some(right)) => compare(left, right),
        _ => left.is_some().cmp(&right.is_some()),
    });
    rows.extend(keyed.into_iter().map(|(_, row)| row));
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::table::Column;
    use super::*;

    fn sorted(values: Vec<Value>) -> Result<Vec<Value>, SortError> {
        let mut objects: Vec<_> = values
            .into_iter()
            .map(|value| if value == json!("absent") { json!({"y": 1}) } else { json!({"x": value}) })
            .collect();
        sort_objects(&mut objects, ".x")?;
        Ok(objects.into_iter().map(|object| object.get("x").cloned().unwrap_or_else(|| json!("absent"))).collect())
    }

    #[test]
    fn fields_sort_in_kubectls_order() -> Result<(), SortError> {
        assert_eq!(
            sorted(vec![json!(10), json!(9.5), json!("absent"), json!(-1)])?,
            [json!("absent"), json!(-1), json!(9.5), json!(10)]
        );
        assert_eq!(
            sorted(vec![json!("10"), json!("9"), json!("1Ki"), json!("1k")])?,
            ["9", "10", "1k", "1Ki"].map(Value::from)
        );
        assert_eq!(
            sorted(vec![json!("10.0.0.9"), json!("10.0.0.10"), json!("B"), json!("a")])?,
            ["10.0.0.10", "10.0.0.9", "B", "a"].map(Value::from)
        );
        assert_eq!(sorted(vec![json!(true), json!(null), json!(false)])?, [json!(null), json!(false), json!(true)]);
        Ok(())
    }

    #[test]
    fn unknown_and_unsortable_fields_are_told() {
        let mut objects = vec![json!({"spec": {"v4ip": "a", "list": []}, "kind": "Vip"})];
        let mut refusal = |path: &str| sort_objects(&mut objects, path).map_err(|error| error.to_string());
        assert_eq!(
            refusal(".spec.v4"),
            Err("couldn't find any field with path \".spec.v4\" in the list of objects; it has .kind and .spec.v4ip"
                .into())
        );
        assert_eq!(refusal(".spec.list"), Err("cannot sort by \".spec.list\": it holds a list".into()));
        assert!(refusal(".spec[*]").is_err());
        assert_eq!(sort_objects(&mut Vec::new(), ".x"), Ok(()));
    }

    fn column(cells: &[&str]) -> Result<Vec<String>, SortError> {
        let mut table = Table::new(vec![Column::new("NAME"), Column::new("IP")]);
        for cell in cells {
            table.push(vec!["x".into(), (*cell).into()]);
        }
        sort_rows(&mut table, "ip")?;
        Ok(table.rows.into_iter().filter_map(|row| row.into_iter().nth(1)).collect())
    }

    #[test]
    fn columns_sort_by_what_they_hold() -> Result<(), SortError> {
        assert_eq!(column(&["10", "9", "", "-1"])?, ["", "-1", "9", "10"]);
        assert_eq!(
            column(&["fd00::1", "10.0.0.10,fd00::2", "10.0.0.9"])?,
            ["10.0.0.9", "10.0.0.10,fd00::2", "fd00::1"]
        );
        assert_eq!(column(&["5d", "12h", "<unknown>", "2y10d"])?, ["<unknown>", "12h", "5d", "2y10d"]);
        assert_eq!(column(&["web", "10", "Web"])?, ["10", "Web", "web"]);
        Ok(())
    }

    #[test]
    fn an_unknown_column_is_told_with_the_known_ones() {
        let mut table = Table::new(vec![Column::new("NAME"), Column::wide("NODE")]);
        assert_eq!(
            sort_rows(&mut table, "nod").map_err(|error| error.to_string()),
            Err("there is no column \"nod\"; the columns are NAME and NODE".into())
        );
    }

    proptest! {
        #[test]
        fn sorting_keeps_every_object_and_never_panics(texts in prop::collection::vec(prop_oneof!["[0-9.eEkMi-]{0,5}", any::<String>()], 1..40)) {
            let before: Vec<_> = texts.iter().map(|text| json!(format!("{text} "))).chain(texts.iter().map(|text| json!(text))).collect();
            let mut after = sorted(before.clone()).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let mut before = before;
            before.sort_by_key(ToString::to_string);
            after.sort_by_key(ToString::to_string);
            prop_assert_eq!(before, after);
        }
    }
}
