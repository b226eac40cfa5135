//! RFC 7386 merge patches and the operations of RFC 6902 that are used.

use serde_json::Value;

/// Given fields replace, `null` removes.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    for (key, value) in fields {
        if value.is_null() {
            target.as_object_mut().and_then(|object| object.remove(key));
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// Applies a list of operations; on an error `target` is unusable.
pub(crate) fn json(target: &mut Value, operations: &[Value]) -> Result<(), String> {
    operations.iter().try_for_each(|operation| apply(target, operation))
}

fn apply(target: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |key: &str| operation[key].as_str().unwrap_or_default();
    let (op, path, value) = (text("op"), text("path"), &operation["value"]);
    let missing = || format!("{op} operation does not apply: doc is missing path: \"{path}\": missing value");
    if op == "test" {
        // a path that is not there equals null, as in the library the server uses
        let found = target.pointer(path).unwrap_or(&Value::Null);
        return if found == value { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) };
    }
    if op == "replace" {
        *target.pointer_mut(path).ok_or_else(missing)? = value.clone();
        return Ok(());
    }
    let (parent, last) = path.rsplit_once('/').ok_or_else(missing)?;
    let last = last.replace("~1", "/").replace("~0", "~");
    let parent = target.pointer_mut(parent).ok_or_else(missing)?;
    match (op, parent) {
        ("add", Value::Object(object)) => {
            object.insert(last, value.clone());
        }
        ("add", Value::Array(items)) => {
            let at = if last == "-" { items.len() } else { last.parse().map_err(|_| missing())? };
            if at > items.len() {
                return Err(missing());
            }
            items.insert(at, value.clone());
        }
        ("remove", Value::Object(object)) => {
            object.remove(&last).ok_or_else(missing)?;
        }
        ("remove", Value::Array(items)) => {
            let at: usize = last.parse().map_err(|_| missing())?;
            if at >= items.len() {
                return Err(missing());
            }
            items.remove(at);
        }
        _ => return Err(format!("unexpected kind: {op}")),
    }
    Ok(())
}
