//! Keys and values of labels (Kubernetes: apimachinery/pkg/util/validation, `IsQualifiedName`, `IsValidLabelValue`).

const LONGEST: usize = 63;

fn is_word(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().last())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Checks a key: `name` or `prefix/name`.
pub(super) fn key(text: &str) -> Result<(), &'static str> {
    let (prefix, name) = text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if prefix.is_some_and(|prefix| crate::net::check_subdomain(prefix).is_err()) {
        return Err("what stands before the slash is no DNS name");
    }
    match name {
        _ if name.len() > LONGEST => Err("it is longer than 63 characters"),
        _ if !is_word(name) => Err("a label key has letters, digits, `-`, `_` and `.` only"),
        _ => Ok(()),
    }
}

/// Checks a value; an empty one is one.
pub(super) fn value(text: &str) -> Result<(), &'static str> {
    match text {
        "" => Ok(()),
        _ if text.len() > LONGEST => Err("it is longer than 63 characters"),
        _ if !is_word(text) => Err("a label value has letters, digits, `-`, `_` and `.` only"),
        _ => Ok(()),
    }
}
