//! Label and field selectors.

use serde_json::Value;

/// Whether an object answers both selectors. An unknown field selector is the test's mistake and refused by
/// [`check_fields`] before.
pub(crate) fn matches(object: &Value, labels: &str, fields: &str) -> bool {
    split(labels).iter().all(|term| label(object, term)) && fields.split(',').all(|term| field(object, term.trim()))
}

/// Refuses a field selector the real server would refuse for custom resources and pods alike.
pub(crate) fn check_fields(fields: &str) -> Result<(), String> {
    let known = [
        "metadata.name",
        "metadata.namespace",
        "status.phase",
        "spec.nodeName",
        "involvedObject.name",
        "involvedObject.kind",
    ];
    let keys = fields.split(',').filter(|term| !term.trim().is_empty()).map(|term| parse(term).0);
    match keys.into_iter().find(|key| !known.contains(key)) {
        Some(key) => Err(format!("field label not supported: {key}")),
        None => Ok(()),
    }
}

/// At commas outside parentheses.
fn split(labels: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, character) in labels.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                terms.push(labels[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(labels[start..].trim());
    terms.retain(|term| !term.is_empty());
    terms
}

/// `key OP value` with OP one of `==`, `=`, `!=`, or no operator.
fn parse(term: &str) -> (&str, &str, &str) {
    for operator in ["!=", "==", "="] {
        if let Some((key, value)) = term.split_once(operator) {
            return (key.trim(), operator, value.trim());
        }
    }
    (term.trim(), "", "")
}

fn label(object: &Value, term: &str) -> bool {
    let value = |key: &str| object["metadata"]["labels"].get(key).and_then(Value::as_str);
    if let Some((head, list)) = term.split_once('(') {
        let values: Vec<&str> = list.trim_end_matches(')').split(',').map(str::trim).collect();
        return match head.trim().rsplit_once(' ') {
            Some((key, "in")) => value(key.trim()).is_some_and(|value| values.contains(&value)),
            Some((key, "notin")) => value(key.trim()).is_none_or(|value| !values.contains(&value)),
            _ => false,
        };
    }
    match parse(term) {
        (key, "!=", wanted) => value(key) != Some(wanted),
        (key, "", _) => match key.strip_prefix('!') {
            Some(absent) => value(absent.trim()).is_none(),
            None => value(key).is_some(),
        },
        (key, _, wanted) => value(key) == Some(wanted),
    }
}

fn field(object: &Value, term: &str) -> bool {
    if term.is_empty() {
        return true;
    }
    let (key, operator, wanted) = parse(term);
    let pointer = format!("/{}", key.replace('.', "/"));
    let value = object.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
    (value == wanted) != (operator == "!=")
}
