//! Manifests of pods, and of what makes pods, as text and with other annotations.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use super::asked::GIVEN;
use crate::api::names;
use crate::check::pod::PodIntent;
use crate::failure::{Exit, Failure, Result};

/// The documents of a file, or of standard input.
pub(super) fn read(file: &Path) -> Result<Vec<Value>> {
    let name = file.display().to_string();
    let failed = |error: &std::io::Error| Failure::because(Exit::Usage, format!("cannot read {name}"), error);
    let mut text = String::new();
    if name == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| failed(&error))?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    }
    let parsed: Vec<Value> = serde_yaml::from_multiple(&text).map_err(|error| {
        Failure::usage(format!("{name} is no YAML: {}", error.to_string().lines().next().unwrap_or_default()))
    })?;
    Ok(parsed.into_iter().filter(|object| !object.is_null()).collect())
}

/// The annotations of the pods of an object.
fn place(intent: &PodIntent) -> &'static str {
    match intent.noun {
        "pod" => "/metadata",
        "cronjob" => "/spec/jobTemplate/spec/template/metadata",
        _ => "/spec/template/metadata",
    }
}

/// Sets the annotations of the pods of an object; an empty value takes one away.
pub(super) fn edit(object: &mut Value, intent: &PodIntent, changes: &BTreeMap<String, String>) {
    let path = place(intent);
    if object.pointer(path).is_none()
        && let Some(template) = path.strip_suffix("/metadata").and_then(|path| object.pointer_mut(path))
        && template.is_object()
    {
        template["metadata"] = json!({});
    }
    let Some(metadata) = object.pointer_mut(path).filter(|metadata| metadata.is_object()) else { return };
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = json!({});
    }
    let Some(annotations) = metadata["annotations"].as_object_mut() else { return };
    for (key, value) in changes {
        if value.is_empty() {
            annotations.remove(key);
        } else {
            annotations.insert(key.clone(), value.as_str().into());
        }
    }
}

/// A manifest that makes the pod anew: without what the cluster wrote into it.
pub(super) fn anew(pod: &Value) -> Value {
    let metadata = &pod["metadata"];
    let annotations: serde_json::Map<String, Value> = metadata["annotations"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| {
            let (provider, word) = key.split_once(".kubernetes.io/").unwrap_or_default();
            let given = metadata["annotations"][names::provider_annotation(provider, "allocated")] == "true";
            let result = !["ip_address", "mac_address", "logical_switch"].contains(&word) && GIVEN.contains(&word);
            *key != names::ANNOTATION_LAST_APPLIED && !(given && result)
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut kept = json!({"name": metadata["name"], "namespace": metadata["namespace"], "annotations": annotations});
    if metadata["labels"].is_object() {
        kept["labels"] = metadata["labels"].clone();
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": kept, "spec": pod["spec"]})
}
