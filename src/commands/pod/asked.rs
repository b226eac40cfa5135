//! What a pod was asked to have. The controller writes what it gave over what was asked, so it is looked for where the asking
//! stands untouched: in the manifest that `kubectl apply` keeps, in the template the pod was made of, in the record of who wrote what.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Context;
use crate::api::{Kind, Metadata, kinds, names};
use crate::cluster::rest::Target;
use crate::failure::{Cause, Result};

/// What the controller writes for each interface (Kube-OVN: pkg/controller/pod.go, `reconcileAllocateSubnets`).
pub(super) const GIVEN: [&str; 12] = [
    "ip_address",
    "mac_address",
    "cidr",
    "gateway",
    "logical_switch",
    "logical_router",
    "pod_nic_type",
    "allocated",
    "routed",
    "vlan_id",
    "provider_network",
    "virtualmachine",
];

/// The annotations as somebody wanted them.
pub(super) async fn annotations(context: &Context<'_>, pod: &Value) -> Result<BTreeMap<String, String>> {
    let metadata: Metadata = serde_json::from_value(pod["metadata"].clone()).unwrap_or_default();
    let texts =
        |object: &Value| -> BTreeMap<String, String> { serde_json::from_value(object.clone()).unwrap_or_default() };
    let applied: Option<Value> = serde_json::from_str(metadata.annotation(names::ANNOTATION_LAST_APPLIED)).ok();
    if let Some(applied) = applied {
        return Ok(texts(&applied["metadata"]["annotations"]));
    }
    if let Some(owner) = metadata.owner_references.iter().find(|owner| owner.controller)
        && let Some(kind) = maker(&owner.kind)
    {
        let cluster = context.cluster().await?;
        match cluster.get(Target::one(kind, &metadata.namespace, &owner.name)).await {
            Ok(Some(object)) => return Ok(texts(&object["spec"]["template"]["metadata"]["annotations"])),
            Err(failure) if !matches!(failure.cause, Cause::Forbidden | Cause::UnknownKind) => return Err(failure),
            _ => {}
        }
    }
    Ok(written_by_others(pod, &metadata.annotations))
}

fn maker(kind: &str) -> Option<Kind> {
    match kind {
        "ReplicaSet" => Some(Kind::apps("ReplicaSet", "replicasets")),
        "StatefulSet" => Some(kinds::STATEFUL_SET),
        "DaemonSet" => Some(kinds::DAEMON_SET),
        "Job" => Some(Kind { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true }),
        _ => None,
    }
}

/// Without what the controller wrote: by the server's record, or where that says nothing, by what it always writes.
fn written_by_others(pod: &Value, all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let fields = pod["metadata"]["managedFields"].as_array().into_iter().flatten();
    let others =
        fields.filter(|field| field["manager"].as_str().is_some_and(|manager| !manager.starts_with("kube-ovn")));
    let keys: Vec<&String> = others
        .filter_map(|field| field["fieldsV1"]["f:metadata"]["f:annotations"].as_object())
        .flat_map(serde_json::Map::keys)
        .collect();
    let allocated =
        |provider: &str| all.get(&names::provider_annotation(provider, "allocated")).is_some_and(|is| is == "true");
    let given = |key: &str| {
        let (provider, word) = key.split_once(".kubernetes.io/").unwrap_or_default();
        allocated(provider) && GIVEN.contains(&word)
    };
    let asked = all.iter().filter(|(key, _)| !given(key) || keys.iter().any(|one| one.strip_prefix("f:") == Some(key)));
    asked.map(|(key, value)| (key.clone(), value.clone())).collect()
}
