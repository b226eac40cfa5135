//! Rows as OVSDB sends them (RFC 7047 §5.1): an atom is a JSON scalar or `["uuid", …]`, a set `["set", […]]`, a map
//! `["map", [[key, value], …]]`; a set of one is the bare atom.

use std::collections::BTreeMap;

use serde_json::Value;

/// One row: column name to value, as sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(serde_json::Map<String, Value>);

/// Why the answer to a transaction is no list of rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A `wait` operation ran out of time.
    #[error("timed out")]
    TimedOut,
    /// An operation failed; the database's own words.
    #[error("{0}")]
    Failed(String),
    /// It is not the JSON of an answer.
    #[error("the answer is no OVSDB result")]
    NoAnswer,
}

/// The rows of each operation of a transaction, in order; an operation without rows (`wait`) gives none.
pub fn results(answer: &str, operations: usize) -> Result<Vec<Vec<Row>>, Unreadable> {
    let results: Vec<Value> = serde_json::from_str(answer.trim()).map_err(|_| Unreadable::NoAnswer)?;
    for result in &results {
        match (result["error"].as_str(), result["details"].as_str()) {
            (None, _) => {}
            (Some("timed out"), _) => return Err(Unreadable::TimedOut),
            (Some(error), details) => {
                return Err(Unreadable::Failed(format!("{error}: {}", details.unwrap_or("no details"))));
            }
        }
    }
    if results.len() < operations {
        return Err(Unreadable::NoAnswer);
    }
    let rows = |result: &Value| -> Vec<Row> {
        let rows = result["rows"].as_array().into_iter().flatten();
        rows.filter_map(|row| row.as_object().cloned().map(Row)).collect()
    };
    Ok(results.iter().map(rows).collect())
}

impl Row {
    /// A scalar column as text; empty when the optional column is unset.
    #[must_use]
    pub fn text(&self, column: &str) -> String {
        self.set(column).into_iter().next().unwrap_or_default()
    }

    /// A set column, in the database's order; UUIDs as their text.
    #[must_use]
    pub fn set(&self, column: &str) -> Vec<String> {
        match self.0.get(column) {
            None => Vec::new(),
            Some(value) => match tagged(value, "set") {
                Some(items) => items.iter().map(atom).collect(),
                None => vec![atom(value)],
            },
        }
    }

    /// A map column.
    #[must_use]
    pub fn map(&self, column: &str) -> BTreeMap<String, String> {
        let pairs = self.0.get(column).and_then(|value| tagged(value, "map")).into_iter().flatten();
        pairs.filter_map(|pair| Some((atom(pair.get(0)?), atom(pair.get(1)?)))).collect()
    }
}

fn tagged<'a>(value: &'a Value, tag: &str) -> Option<&'a Vec<Value>> {
    let pair = value.as_array().filter(|pair| pair.len() == 2 && pair[0] == tag)?;
    pair[1].as_array()
}

fn atom(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(pair) if pair.len() == 2 && pair[0] == "uuid" => pair[1].as_str().unwrap_or_default().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_maps_and_uuids_are_read_as_sent() {
        let answer = r#"[{},{"rows":[{"name":"web","type":"virtual","up":["set",[]],"tag":7,"addresses":["set",["a","b"]],
            "options":["map",[["virtual-ip","10.0.0.9"]]],"_uuid":["uuid","1-2"]}]}]"#;
        let rows = results(answer, 2).unwrap_or_default();
        assert_eq!(rows[0], []);
        let row = &rows[1][0];
        assert_eq!(
            (row.text("name"), row.text("up"), row.text("tag"), row.text("_uuid")),
            ("web".into(), String::new(), "7".into(), "1-2".into())
        );
        assert_eq!(row.set("addresses"), ["a", "b"]);
        assert_eq!(row.map("options")["virtual-ip"], "10.0.0.9");
        assert_eq!(row.set("none"), [""; 0]);
    }

    #[test]
    fn an_error_in_any_operation_is_the_answer() {
        assert_eq!(results(r#"[{"error":"timed out","details":"x"}]"#, 2), Err(Unreadable::TimedOut));
        assert_eq!(
            results(r#"[{},{"error":"unknown column","details":"no x"}]"#, 2),
            Err(Unreadable::Failed("unknown column: no x".into()))
        );
        assert_eq!(results("ovsdb-client: failed", 1), Err(Unreadable::NoAnswer));
        assert_eq!(results("[{}]", 2), Err(Unreadable::NoAnswer));
    }
}
