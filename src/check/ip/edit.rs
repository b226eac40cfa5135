//! Rules about an IP that is there already.

use super::IpIntent;
use crate::api::{Ip, names};
use crate::check::{Difference, Finding, codes};
use crate::world::same;

/// In what `ip` is not as wanted. What is not asked for may be anything: an address that the controller chose, and the type
/// of a pod that is there.
#[must_use]
pub fn differences(ip: &Ip, intent: &IpIntent) -> Vec<Difference> {
    let (have, want) = (&ip.spec, &intent.spec);
    let fields = [
        ("subnet", &have.subnet, &want.subnet, have.subnet == want.subnet),
        ("podName", &have.pod_name, &want.pod_name, have.pod_name == want.pod_name),
        ("namespace", &have.namespace, &want.namespace, have.namespace == want.namespace),
        ("podType", &have.pod_type, &want.pod_type, have.pod_type == want.pod_type),
        ("v4IpAddress", &have.v4_ip_address, &want.v4_ip_address, same(&have.v4_ip_address, &want.v4_ip_address)),
        ("v6IpAddress", &have.v6_ip_address, &want.v6_ip_address, same(&have.v6_ip_address, &want.v6_ip_address)),
        ("nodeName", &have.node_name, &want.node_name, have.node_name == want.node_name),
        ("macAddress", &have.mac_address, &want.mac_address, have.mac_address.eq_ignore_ascii_case(&want.mac_address)),
    ];
    let changed = fields.into_iter().filter(|(_, _, asked, same)| !asked.is_empty() && !same);
    changed.map(|(field, is, asked, _)| Difference { field, is: is.to_owned(), asked: asked.to_owned() }).collect()
}

/// KO306. The controller is still at work on it.
pub(super) fn not_terminating(world: &crate::world::World, intent: &IpIntent) -> Vec<Finding> {
    let Some(ip) = world.ip(&intent.name).filter(|ip| ip.metadata.is_terminating()) else { return Vec::new() };
    vec![
        Finding::new(codes::KO306, format!("ip/{} is being deleted", ip.metadata.name))
            .hint(format!("kubectl ko ip release ip/{} waits until it is gone", ip.metadata.name)),
    ]
}

/// KO305. Once an IP has its address nothing of it can change: most edits are written and have no effect, one of the subnet
/// makes the deletion free the wrong address.
pub(super) fn keeps_what_it_has(world: &crate::world::World, intent: &IpIntent) -> Vec<Finding> {
    let Some(ip) = world.ip(&intent.name).filter(|ip| !ip.metadata.is_terminating()) else { return Vec::new() };
    if !ip.is_ready() {
        return recreated_not_edited(ip, intent);
    }
    let removed = removed(ip, intent);
    let emptied = [
        ("subnet", &ip.spec.subnet),
        ("podName", &ip.spec.pod_name),
        ("namespace", &ip.spec.namespace),
        ("podType", &ip.spec.pod_type),
        ("v4IpAddress", &ip.spec.v4_ip_address),
        ("v6IpAddress", &ip.spec.v6_ip_address),
        ("macAddress", &ip.spec.mac_address),
    ];
    let emptied = emptied.into_iter().filter(|(field, value)| {
        !value.is_empty() && intent.manifest.emptied.iter().chain(&removed).any(|one| one == field)
    });
    let emptied = emptied.map(|(field, is)| Difference { field, is: is.clone(), asked: String::new() });
    let all = differences(ip, intent).into_iter().chain(emptied);
    all.map(|difference| {
        Finding::new(codes::KO305, format!("ip/{} is there and cannot change: {difference}", intent.name))
            .hint(format!("kubectl ko ip release ip/{}, then reserve it anew", intent.name))
    })
    .collect()
}

/// Fields that the manifest leaves out and the one applied before had: `kubectl apply` removes them.
fn removed(ip: &Ip, intent: &IpIntent) -> Vec<String> {
    let Some(fields) = &intent.manifest.fields else { return Vec::new() };
    let applied: serde_json::Value =
        serde_json::from_str(ip.metadata.annotation(names::ANNOTATION_LAST_APPLIED)).unwrap_or_default();
    let before = applied["spec"].as_object().into_iter().flatten();
    before.filter(|(field, value)| **value != "" && !fields.contains(*field)).map(|(field, _)| field.clone()).collect()
}

/// KO305 of one that never got an address: the address that it asked for may be taken in its name already.
fn recreated_not_edited(ip: &Ip, intent: &IpIntent) -> Vec<Finding> {
    let mut changed = differences(ip, intent);
    changed.retain(|difference| ["v4IpAddress", "v6IpAddress", "macAddress"].contains(&difference.field));
    let told = changed.iter().map(|difference| {
        let what = format!("ip/{} is there, never got an address, and is not to be edited: {difference}", intent.name);
        Finding::new(codes::KO305, what).hint(format!("kubectl ko ip release ip/{}, then reserve it anew", intent.name))
    });
    told.collect()
}

/// KO313. The label decides whether the address outlives the pod: the controller sets it on an IP that a user made, unless the
/// user says otherwise.
pub(super) fn is_reserved(world: &crate::world::World, intent: &IpIntent) -> Vec<Finding> {
    let key = names::LABEL_IP_RESERVED;
    let handled = world.ip(&intent.name).is_some_and(|ip| !ip.metadata.finalizers.is_empty());
    let not_reserved = match intent.labels.get(key).map(String::as_str) {
        None | Some("true") => false,
        Some("false") => true,
        // of an IP that it handles anew the controller overwrites any other text
        Some(_) => handled,
    };
    if !not_reserved {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO313, "its label says that it is not reserved: it goes when the pod goes")
            .hint(format!("write the label {key}: \"true\"")),
    ]
}

/// KO317. An IP that came with a pod stays the pod's own whatever is applied over it, and deleting the manifest deletes the pod's
/// port.
pub(super) fn leaves_a_pods_own(world: &crate::world::World, intent: &IpIntent) -> Vec<Finding> {
    let key = names::LABEL_IP_RESERVED;
    let own = world.ip(&intent.name).filter(|ip| !ip.metadata.finalizers.is_empty() && !ip.is_reserved());
    let Some(ip) = own.filter(|_| intent.manifest.fields.is_some()) else { return Vec::new() };
    if intent.labels.get(key).is_some_and(|text| text == "true") {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO317,
            format!(
                "ip/{} is the own address of pod {}/{}: the manifest does not reserve it, and deleting it would take the pod's network away",
                intent.name, ip.spec.namespace, ip.spec.pod_name
            ),
        )
        .hint(format!("kubectl ko ip reserve pod/{} -n {}", ip.spec.pod_name, ip.spec.namespace)),
    ]
}
