//! The columns of a row as they stand in its JSON (RFC 7047 §5.1), where their types are known: texts, sets, maps.

use serde_json::{Value, json};

/// The UUID of a row.
pub(crate) fn uuid(row: &Value) -> &str {
    row["_uuid"][1].as_str().unwrap_or_default()
}

/// A column that holds one text, or nothing.
pub(super) fn text<'r>(row: &'r Value, column: &str) -> &'r str {
    row[column].as_str().unwrap_or_default()
}

/// The value of a key in a column that is a map of texts.
pub(crate) fn key<'r>(row: &'r Value, column: &str, key: &str) -> Option<&'r str> {
    let pairs = row[column][1].as_array()?;
    pairs.iter().find(|pair| pair[0] == key)?[1].as_str()
}

/// The items of a set, of which one alone is no list.
pub(crate) fn items(cell: &Value) -> &[Value] {
    match cell.as_array().map(Vec::as_slice) {
        Some([tag, Value::Array(items)]) if tag == "set" => items,
        _ if cell.is_null() => &[],
        _ => std::slice::from_ref(cell),
    }
}

/// A set of these items, in their order.
pub(crate) fn set_of(items: Vec<Value>) -> Value {
    match <[Value; 1]>::try_from(items) {
        Ok([one]) => one,
        Err(items) => json!(["set", items]),
    }
}

/// A map of texts, in the order of its keys.
pub(crate) fn map_of<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Value {
    let mut pairs: Vec<(&str, &str)> = pairs.into_iter().collect();
    pairs.sort_unstable();
    json!(["map", pairs])
}

/// Sets or removes an entry of a column that is a map of texts.
pub(crate) fn set_key(row: &mut Value, column: &str, key: &str, value: Option<&str>) {
    let before = pairs(row, column);
    let others = before.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(|(one, _)| *one != key);
    row[column] = map_of(others.chain(value.map(|value| (key, value))));
}

/// Adds a reference to a column of a row, or takes it away.
pub(crate) fn refer(row: &mut Value, column: &str, uuid: &Value, wanted: bool) {
    let mut others: Vec<Value> = items(&row[column]).iter().filter(|item| *item != uuid).cloned().collect();
    others.extend(wanted.then(|| uuid.clone()));
    others.sort_by_cached_key(Value::to_string);
    row[column] = set_of(others);
}

/// The texts or UUIDs of a column, in OVSDB's order.
pub(super) fn set(row: &Value, column: &str) -> Vec<String> {
    let atom = |value: &Value| value.as_str().or_else(|| value[1].as_str()).unwrap_or_default().to_owned();
    let mut found: Vec<String> = items(&row[column]).iter().map(atom).collect();
    found.sort_unstable();
    found
}

/// The pairs of a column that is a map of texts, in OVSDB's order.
pub(super) fn pairs(row: &Value, column: &str) -> Vec<(String, String)> {
    let part = |pair: &Value, at: usize| pair[at].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> =
        row[column][1].as_array().into_iter().flatten().map(|pair| (part(pair, 0), part(pair, 1))).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_one_is_that_one() {
        let mut row = json!({"ports": ["set", []]});
        let [a, b] = ["a", "b"].map(|name| json!(["uuid", name]));
        refer(&mut row, "ports", &b, true);
        assert_eq!(row["ports"], b);
        refer(&mut row, "ports", &a, true);
        refer(&mut row, "ports", &a, true);
        assert_eq!(row["ports"], json!(["set", [a, b]]));
        refer(&mut row, "ports", &b, false);
        assert_eq!(row["ports"], a);
        assert_eq!(items(&Value::Null), &[] as &[Value]);
    }

    #[test]
    fn an_entry_of_a_map_is_set_and_removed() {
        let mut row = json!({"options": ["map", [["b", "2"]]]});
        set_key(&mut row, "options", "a", Some("1"));
        assert_eq!(row["options"], json!(["map", [["a", "1"], ["b", "2"]]]));
        set_key(&mut row, "options", "b", None);
        assert_eq!((key(&row, "options", "a"), key(&row, "options", "b")), (Some("1"), None));
    }
}
