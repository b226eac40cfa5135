//! Selectors as the controller reads them, and the virtual parents that come of them.

use crate::oracle::observe::Port;
use crate::oracle::world::World;
use serde_json::Value;

pub(super) fn parents(port: &Port) -> String {
    port.options.get("virtual-parents").cloned().unwrap_or_default()
}

pub(super) fn or_none(text: String) -> String {
    if text.is_empty() { "none".into() } else { text }
}

/// A selector item as the controller reads it.
pub(super) fn pair(item: &str) -> Option<(&str, &str)> {
    let (key, value) = item.split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty() && !value.contains(':')).then_some((key, value))
}

pub(super) fn matching(namespace: &str, selector: &[String], world: &World) -> Vec<String> {
    let prefix = format!("Pod/{namespace}/");
    let has = |pod: &Value, item: &String| {
        pair(item).is_some_and(|(key, value)| {
            pod.pointer("/metadata/labels").and_then(|labels| labels.get(key)) == Some(&Value::from(value))
        })
    };
    let all = world
        .objects
        .iter()
        .filter(|(key, pod)| key.starts_with(&prefix) && selector.iter().all(|item| has(pod, item)));
    all.map(|(key, _)| key.trim_start_matches(&prefix).to_owned()).collect()
}
