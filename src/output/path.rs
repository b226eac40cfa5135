//! The field paths of `--sort-by`: `.spec.v4ip`, `{.spec.v4ip}`, `spec.v4ip`, `metadata.labels['a.b/c']`, `spec.list[0]`.

use serde_json::Value;

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A path to one field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(Vec<Step>);

/// The text is no path to one field. The sentence is kubectl's (`get/customcolumn.go`, `RelaxedJSONPathExpression`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unexpected path string {0:?}, expected a 'name1.name2' or '.name1.name2' or '{{name1.name2}}' or '{{.name1.name2}}'"
)]
pub struct PathError(pub String);

impl FieldPath {
    /// Reads kubectl's relaxed path. A dot in a key is written `\.` or in brackets; `[*]`, filters and ranges, which name many fields, are
    /// refused.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let wrong = || PathError(text.to_owned());
        let inner = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}').ok_or_else(wrong)?,
            None => text,
        };
        let mut steps = Vec::new();
        let mut rest = inner.strip_prefix('.').unwrap_or(inner);
        while !rest.is_empty() {
            let (step, after) = if let Some(bracket) = rest.strip_prefix('[') {
                bracketed(bracket).ok_or_else(wrong)?
            } else {
                let plain = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(wrong)? };
                dotted(plain).ok_or_else(wrong)?
            };
            steps.push(step);
            rest = after;
        }
        if steps.is_empty() { Err(wrong()) } else { Ok(Self(steps)) }
    }

    /// The field, if the object has it.
    #[must_use]
    pub fn find<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}

fn bracketed(text: &str) -> Option<(Step, &str)> {
    if let Some(quote @ ('\'' | '"')) = text.chars().next() {
        let (key, after) = text[1..].split_once(quote)?;
        return Some((Step::Key(key.to_owned()), after.strip_prefix(']')?));
    }
    let (index, after) = text.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), after))
}

fn dotted(text: &str) -> Option<(Step, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    let mut end = text.len();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => key.push(characters.next()?.1),
            '.' | '[' => {
                end = index;
                break;
            }
            '{' | '}' | ']' | '*' | '?' | '(' | ')' | ' ' => return None,
            other => key.push(other),
        }
    }
    (!key.is_empty()).then(|| (Step::Key(key), &text[end..]))
}

/// The paths of all single values of an object, sorted: what `--sort-by` could have named. At most `limit` of them.
#[must_use]
pub fn leaf_paths(object: &Value, limit: usize) -> Vec<String> {
    let mut paths = Vec::new();
    collect(object, "", limit, &mut paths);
    paths
}

fn collect(value: &Value, prefix: &str, limit: usize, paths: &mut Vec<String>) {
    if paths.len() >= limit {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key.contains(['.', '/', '[']) || key == "managedFields" {
                    continue;
                }
                collect(field, &format!("{prefix}.{key}"), limit, paths);
            }
        }
        Value::Array(_) => {}
        _ => paths.push(prefix.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_spelling_finds_the_field() -> Result<(), PathError> {
        let object = json!({"spec": {"v4ip": "10.0.0.1", "list": [{"a": 7}]}, "metadata": {"labels": {"a.b/c": "x"}}});
        for (text, expected) in [
            (".spec.v4ip", json!("10.0.0.1")),
            ("{.spec.v4ip}", json!("10.0.0.1")),
            ("{spec.v4ip}", json!("10.0.0.1")),
            ("spec.v4ip", json!("10.0.0.1")),
            ("spec['v4ip']", json!("10.0.0.1")),
            (r".metadata.labels.a\.b/c", json!("x")),
            (".metadata.labels['a.b/c']", json!("x")),
            (".spec.list[0].a", json!(7)),
        ] {
            assert_eq!(FieldPath::parse(text)?.find(&object), Some(&expected), "{text}");
        }
        assert_eq!(FieldPath::parse(".spec.none")?.find(&object), None);
        assert_eq!(leaf_paths(&object, 9), [".spec.v4ip"]);
        Ok(())
    }

    #[test]
    fn what_names_no_single_field_is_refused() {
        for text in [
            "",
            ".",
            "{}",
            "{.a",
            "{.a}{.b}",
            ".a..b",
            ".items[*]",
            ".a[?(@.x)]",
            ".a[",
            ".a['b]",
            ".a[-1]",
            "a b",
            r"a\",
        ] {
            assert_eq!(FieldPath::parse(text), Err(PathError(text.into())));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in prop_oneof![any::<String>(), r"[a-c.\[\]'{}\\0-9]{0,12}"]) {
            let _ = FieldPath::parse(&text);
        }
    }
}
