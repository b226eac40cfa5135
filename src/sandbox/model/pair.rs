//! Allowed address pairs: the virtual port of a Vip, its parents, and what their ports say of it (Kube-OVN: pkg/controller/vip.go,
//! `handleUpdateVirtualParents`; pkg/controller/pod.go, `handleUpdatePodSecurity`).
//!
//! The real controller forgets every third virtual port; this one makes them all.

use std::collections::BTreeMap;

use serde_json::Value;

use super::book::joined;
use super::{Event, Hand, Handled, rows, text};
use crate::api::{Pod, names};

/// Makes the virtual port of a Vip, if it is to have one, and lists who may hold its address.
pub(super) fn parents(hand: &mut Hand<'_>, name: &str) -> Handled {
    let Some(vip) = hand.get("vips", "", name).cloned() else { return Ok(()) };
    let (namespace, kind) = (text(&vip, "/spec/namespace"), text(&vip, "/spec/type"));
    let address = joined(text(&vip, "/status/v4ip"), text(&vip, "/status/v6ip"));
    if kind == "kube_host_vm_vip" || address.is_empty() || namespace.is_empty() {
        return Ok(());
    }
    let switch = text(&vip, "/spec/subnet");
    let options = [("virtual-ip", address.as_str())];
    let port = rows::Port { name, switch, kind: "virtual", addresses: "", options: &options, ids: &[], chassis: None };
    rows::add_port(hand, port)?;
    if kind == "switch_lb_vip" {
        return Ok(());
    }
    let wanted = selector(&vip);
    let matching: Vec<Pod> = hand
        .list("pods")
        .filter(|pod| pod["metadata"]["namespace"] == namespace)
        .filter(|pod| wanted.iter().all(|(key, value)| pod["metadata"]["labels"][key] == value.as_str()))
        .filter_map(|pod| serde_json::from_value(pod.clone()).ok())
        .filter(|pod: &Pod| names::aaps_entitle(pod.metadata.annotation(names::ANNOTATION_AAPS), name))
        .collect();
    let ports: Vec<String> = matching
        .iter()
        .filter_map(|pod| pod.interfaces().into_iter().find(|interface| interface.subnet == switch))
        .map(|interface| interface.port)
        .collect();
    let list = ports.join(",");
    rows::note(hand, name, "options", "virtual-parents", Some(list.as_str()).filter(|list| !list.is_empty()));
    for pod in &matching {
        secure(hand, pod);
    }
    Ok(())
}

/// `key: value` items; others are dropped, and of two with one key the later counts.
fn selector(vip: &Value) -> BTreeMap<String, String> {
    let items = vip["spec"]["selector"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let pairs = items.filter_map(|item| item.split_once(':').filter(|(_, value)| !value.contains(':')));
    pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Writes to the ports of a pod which Vips it names.
fn secure(hand: &mut Hand<'_>, pod: &Pod) {
    let named: Vec<&str> = names::aaps_meant(pod.metadata.annotation(names::ANNOTATION_AAPS)).collect();
    for interface in pod.interfaces().into_iter().filter(|interface| !interface.subnet.is_empty()) {
        let vips = named.iter().filter_map(|name| hand.get("vips", "", name)).filter(|vip| {
            vip["spec"]["subnet"] == interface.subnet.as_str()
                && vip["spec"]["namespace"] == pod.metadata.namespace.as_str()
        });
        let addresses: Vec<String> = vips
            .map(|vip| joined(text(vip, "/status/v4ip"), text(vip, "/status/v6ip")))
            .filter(|one| !one.is_empty())
            .collect();
        let list = addresses.join(",");
        let some = !list.is_empty();
        rows::note(hand, &interface.port, "external_ids", "vips", some.then_some(list.as_str()));
        rows::note(hand, &interface.port, "external_ids", "attach-vips", some.then_some("true"));
        rows::note(hand, &interface.port, "external_ids", "security_groups", Some(""));
    }
}

/// Follows the annotation and the labels of a pod.
pub(super) fn pod_seen(hand: &mut Hand<'_>, event: &Event) {
    let named = |pod: &Option<Value>| -> Vec<String> {
        let annotation = pod.as_ref().map(|pod| text(pod, "/metadata/annotations/ovn.kubernetes.io~1aaps").to_owned());
        annotation.unwrap_or_default().split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let labels = |pod: &Option<Value>| pod.as_ref().map(|pod| pod["metadata"]["labels"].clone());
    let (before, after) = (named(&event.before), named(&event.after));
    if before == after && labels(&event.before) == labels(&event.after) {
        return;
    }
    if let Some(pod) = event.after.clone().and_then(|pod| serde_json::from_value::<Pod>(pod).ok()) {
        secure(hand, &pod);
    }
    let all: std::collections::BTreeSet<String> = before.into_iter().chain(after).collect();
    for name in all {
        // a port that cannot be made is not spoken of
        drop(parents(hand, &name));
    }
}
