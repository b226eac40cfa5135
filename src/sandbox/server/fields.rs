//! Which fields the kinds of Kube-OVN have: what kube-apiserver does with those it does not know, and with values of another type.
//!
//! `fields.txt` is the schemas of the CRDs of Kube-OVN 1.16.2 and of Multus in a short form, a kind a line; `/status` says that the status
//! has a path of its own. The control plane's suite makes it and the answers that are tested against it
//! (`tests/controlplane_suite/fields.rs`). A kind that has no line is not looked at. In the form of a schema:
//!
//! - `"s"`, `"i"`, `"n"`, `"b"`, `"t"`: a string, an integer, a number, a boolean, a time. Behind it, a blank before each: `max=LENGTH`,
//!   `default=JSON`, and at last `pattern=EXPRESSION`;
//! - `["s"]`: a list; `{"*": "s"}`: a map; `{"name!": "s", "other": "i"}`: an object, `!` marks what it must have.

use serde_json::{Map, Value};

use super::kinds::Kind;
use super::status::{Cause, Refusal};

const TEXT: &str = include_str!("fields.txt");

/// Fields of metadata, and their types in the server's words (apimachinery: pkg/apis/meta/v1/types.go).
const METADATA: [(&str, &str); 15] = [
    ("annotations", "map[string]string"),
    ("creationTimestamp", ""),
    ("deletionGracePeriodSeconds", "int64"),
    ("deletionTimestamp", ""),
    ("finalizers", "[]string"),
    ("generateName", "string"),
    ("generation", "int64"),
    ("labels", "map[string]string"),
    ("managedFields", ""),
    ("name", "string"),
    ("namespace", "string"),
    ("ownerReferences", ""),
    ("resourceVersion", "string"),
    ("selfLink", "string"),
    ("uid", "types.UID"),
];

/// The fields of a kind.
#[derive(Debug)]
pub(crate) struct Fields {
    /// Whether the status is written at a path of its own, and only there.
    pub(crate) status: bool,
    root: Value,
}

/// The fields of a kind; `None` when they are not known.
pub(crate) fn of(kind: &Kind) -> Option<Fields> {
    let resource = kind.resource();
    let (head, schema) = TEXT
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(head, _)| head.strip_suffix("/status").unwrap_or(head) == resource)?;
    Some(Fields { status: head.ends_with("/status"), root: serde_json::from_str(schema).ok()? })
}

impl Fields {
    /// Takes away what the kind does not have, and what is null, and fills in what has a default (apiextensions-apiserver:
    /// pkg/apiserver/schema). Returns the fields that are not known, in order; fails when the metadata cannot be read.
    pub(crate) fn prune(&self, object: &mut Value) -> Result<Vec<String>, String> {
        let mut unknown = Vec::new();
        if let Some(fields) = object.as_object_mut() {
            let head = ["apiVersion", "kind", "metadata"].map(|field| (field, fields.remove(field)));
            let mut rest = Value::Object(std::mem::take(fields));
            prune(Some(&self.root), &mut rest, "", &mut unknown);
            if let Value::Object(rest) = rest {
                fields.extend(rest);
            }
            fields.extend(head.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))));
            if let Some(metadata) = fields.get_mut("metadata") {
                read_metadata(metadata, &mut unknown)?;
            }
        }
        unknown.sort_unstable();
        Ok(unknown)
    }

    /// Whether an object is as the kind wants it; of a write to the status, its status.
    pub(crate) fn check(&self, kind: &Kind, object: &Value, status: bool) -> Result<(), Refusal> {
        let mut causes = Vec::new();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        if status {
            if let (Some(schema), Some(found)) = (child(&self.root, "status"), object.get("status")) {
                // the server speaks of such a field as if the status were the whole
                let mut of_status = Vec::new();
                check(schema, found, "", &mut of_status);
                causes.extend(
                    of_status.into_iter().map(|cause| Cause { field: format!("status.{}", cause.field), ..cause }),
                );
            }
        } else {
            if name.is_empty() {
                causes.push(Cause::required("metadata.name", ": name or generateName is required"));
            } else if !is_subdomain(name) {
                causes.push(Cause::invalid("metadata.name", name, SUBDOMAIN));
            }
            check(&self.root, object, "", &mut causes);
        }
        if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(kind, kind.name, name, &causes)) }
    }
}

/// apimachinery: pkg/util/validation/validation.go, `IsDNS1123Subdomain`.
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and \
end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn is_subdomain(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split('.').all(|part| {
        let bytes = part.as_bytes();
        is_end(bytes.first()) && is_end(bytes.last()) && bytes.iter().all(|byte| *byte == b'-' || is_end(Some(byte)))
    })
}

/// The schema of a field, of an object or of a map.
fn child<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    let fields = schema.as_object()?;
    fields.get(name).or_else(|| fields.get(&format!("{name}!"))).or_else(|| fields.get("*"))
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a field has that is not there.
fn default_of(schema: &Value) -> Option<Value> {
    let words = schema.as_str()?.split(' ');
    words.filter_map(|word| word.strip_prefix("default=")).find_map(|text| serde_json::from_str(text).ok())
}

fn prune(schema: Option<&Value>, value: &mut Value, path: &str, unknown: &mut Vec<String>) {
    if schema.is_some_and(|schema| schema == "any") {
        return;
    }
    match value {
        Value::Object(fields) => {
            let known = |name: &str| schema.and_then(|schema| child(schema, name));
            fields.retain(|name, value| match known(name) {
                None => {
                    unknown.push(joined(path, name));
                    false
                }
                Some(_) => !value.is_null(),
            });
            for (name, value) in fields.iter_mut() {
                prune(known(name), value, &joined(path, name), unknown);
            }
            for (name, schema) in schema.and_then(Value::as_object).into_iter().flatten() {
                let name = name.trim_end_matches('!');
                if let (false, Some(default)) = (fields.contains_key(name), default_of(schema)) {
                    fields.insert(name.to_owned(), default);
                }
            }
        }
        Value::Array(items) => {
            let of_item = schema.and_then(|schema| schema.get(0));
            for (at, item) in items.iter_mut().enumerate() {
                prune(of_item, item, &format!("{path}[{at}]"), unknown);
            }
        }
        _ => {}
    }
}

/// What a value is in the words of encoding/json.
fn of_go(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn read_metadata(metadata: &mut Value, unknown: &mut Vec<String>) -> Result<(), String> {
    let Value::Object(fields) = metadata else {
        return Err(format!("json: cannot unmarshal {} into Go value of type v1.ObjectMeta", of_go(metadata)));
    };
    fields.retain(|name, _| {
        let known = METADATA.iter().any(|(field, _)| field == name);
        if !known {
            unknown.push(format!("metadata.{name}"));
        }
        known
    });
    for (name, of) in METADATA {
        let Some(value) = fields.get_mut(name).filter(|value| !value.is_null()) else { continue };
        let strange = |value: &Value, of: &str| {
            format!("json: cannot unmarshal {} into Go struct field ObjectMeta.{name} of type {of}", of_go(value))
        };
        let item = |item: &mut Value| match item {
            // as Go has it
            Value::Null => {
                *item = "".into();
                Ok(())
            }
            Value::String(_) => Ok(()),
            other => Err(strange(other, "string")),
        };
        match (of, value) {
            ("", _) | ("string" | "types.UID", Value::String(_)) | ("int64", Value::Number(_)) => {}
            ("map[string]string", Value::Object(entries)) => entries.values_mut().try_for_each(item)?,
            ("[]string", Value::Array(items)) => items.iter_mut().try_for_each(item)?,
            (of, other) => return Err(strange(other, of)),
        }
    }
    Ok(())
}

/// What a value is in the words of a schema.
fn of_schema(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "integer",
        other => of_go(other),
    }
}

/// JSON does not tell 1 from 1.0.
fn is_integer(value: &Value) -> bool {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    value.is_i64()
        || (!value.is_u64() && value.as_f64().is_some_and(|float| float.fract() == 0.0 && float.abs() <= LARGEST))
}

fn check(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    let mut wrong_type = |wanted: &str, found: &str| {
        causes.push(Cause::of_type(path, found, &format!("{path} in body must be of type {wanted}: \"{found}\"")));
    };
    match schema {
        Value::Object(fields) => match value {
            Value::Object(found) => check_object(fields, found, path, causes),
            other => wrong_type("object", of_schema(other)),
        },
        Value::Array(of) => match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    check(of.first().unwrap_or(&Value::Null), item, &format!("{path}[{at}]"), causes);
                }
            }
            other => wrong_type("array", of_schema(other)),
        },
        Value::String(code) => {
            let (letter, more) = code.split_once(' ').unwrap_or((code, ""));
            match (letter, value) {
                ("s", Value::String(text)) => check_text(more, text, path, causes),
                ("t", Value::String(text)) if text.parse::<jiff::Timestamp>().is_err() => wrong_type("date-time", text),
                ("t", Value::String(_)) => {}
                ("s" | "t", other) => wrong_type("string", of_schema(other)),
                ("i", other) if !is_integer(other) => wrong_type("integer", of_schema(other)),
                ("n", other) if !other.is_number() => wrong_type("number", of_schema(other)),
                ("b", other) if !other.is_boolean() => wrong_type("boolean", of_schema(other)),
                _ => {}
            }
        }
        _ => {}
    }
}

fn check_object(fields: &Map<String, Value>, found: &Map<String, Value>, path: &str, causes: &mut Vec<Cause>) {
    let missing = fields.keys().filter_map(|name| name.strip_suffix('!')).filter(|name| !found.contains_key(*name));
    causes.extend(missing.map(|name| Cause::required(&joined(path, name), "")));
    for (name, value) in found {
        let schema = fields.get(name).or_else(|| fields.get(&format!("{name}!"))).or_else(|| fields.get("*"));
        if let Some(schema) = schema {
            check(schema, value, &joined(path, name), causes);
        }
    }
}

fn check_text(more: &str, text: &str, path: &str, causes: &mut Vec<Cause>) {
    let (more, pattern) = more.split_once("pattern=").unwrap_or((more, ""));
    let longest = more.split(' ').find_map(|word| word.strip_prefix("max=")?.parse::<usize>().ok());
    if let Some(longest) = longest.filter(|longest| text.chars().count() > *longest) {
        causes.push(Cause::too_long(path, longest));
    } else if !fits(pattern, text) {
        causes.push(Cause::invalid(path, text, &format!("{path} in body should match '{pattern}'")));
    }
}

/// Whether a text fits one of the patterns in `fields.txt`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern {
        r"^[^/\s]+$" => !text.is_empty() && !text.contains(|c: char| c == '/' || c.is_ascii_whitespace()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Live, kinds};
    use super::*;

    #[test]
    fn each_line_is_of_a_kind_that_is_served_and_of_patterns_that_are_known() {
        for line in TEXT.lines() {
            let (head, schema) = line.split_once(' ').unwrap();
            let kind = kinds::of_resource(head.strip_suffix("/status").unwrap_or(head)).expect(head);
            assert!(of(kind).is_some(), "{head}");
            for pattern in schema.split("pattern=").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(!fits(&pattern.replace("\\\\", "\\"), "/ /"), "{pattern} is not checked");
            }
        }
        let checked = kinds::KINDS.iter().filter(|kind| kind.group == "kubeovn.io").find(|kind| of(kind).is_none());
        assert!(checked.is_none(), "{checked:?} has no line");
    }

    #[test]
    fn the_first_world_has_only_fields_that_are_known() {
        let live = Live::from(crate::sandbox::seed::documents(jiff::Timestamp::now()));
        for kind in kinds::KINDS {
            let Some(fields) = of(kind) else { continue };
            for object in live.store.list(kind, "") {
                let mut pruned = object.clone();
                assert_eq!(fields.prune(&mut pruned).unwrap(), [] as [&str; 0], "{object}");
                fields.check(kind, object, false).unwrap_or_else(|refusal| panic!("{}", refusal.body));
            }
        }
    }
}
