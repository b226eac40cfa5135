//! `-o name`: one line `kind.group/name` for each object.

use serde_json::Value;

/// The line of an object, without a newline: `vip.kubeovn.io/web`, or `pod/web` of the core group (kubectl `printers/name.go`).
#[must_use]
pub fn name_line(kind: &str, group: &str, name: &str) -> String {
    let kind = kind.to_lowercase();
    if group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{group}/{name}") }
}

/// The line of a manifest, from its `kind`, `apiVersion` and `metadata.name`; none when it has no kind or name.
#[must_use]
pub fn name_of(object: &Value) -> Option<String> {
    let kind = object.get("kind")?.as_str()?;
    let name = object.pointer("/metadata/name")?.as_str()?;
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    Some(name_line(kind, version.split_once('/').map_or("", |(group, _)| group), name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_group_follows_the_kind() {
        let object =
            |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}});
        assert_eq!(name_of(&object("kubeovn.io/v1", "OvnEip")).as_deref(), Some("ovneip.kubeovn.io/web"));
        assert_eq!(name_of(&object("v1", "Pod")).as_deref(), Some("pod/web"));
        assert_eq!(name_of(&json!({"kind": "Pod"})), None);
    }
}
