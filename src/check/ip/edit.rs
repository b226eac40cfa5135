//! Rules about an IP that is there already.

use std::fmt;

use super::IpIntent;
use crate::api::{Ip, names};
use crate::check::{Finding, codes};
use crate::world::lenient;

/// One field that an IP has otherwise than it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the field.
    pub field: &'static str,
    /// What it is.
    pub is: String,
    /// What was asked for.
    pub asked: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { text.to_owned() };
        write!(f, "{} is {}, asked for was {}", self.field, or_none(&self.is), or_none(&self.asked))
    }
}

/// In what `ip` is not as wanted. What is not asked for may be anything: an address that the controller chose, and the type
/// of a pod that is there.
#[must_use]
pub fn differences(ip: &Ip, intent: &IpIntent) -> Vec<Difference> {
    let (have, want) = (&ip.spec, &intent.spec);
    let same = |one: &str, other: &str| one == other || (lenient(one).is_some() && lenient(one) == lenient(other));
    let fields = [
        ("subnet", ip.subnet(), want.subnet.as_str(), ip.subnet() == want.subnet),
        ("podName", &have.pod_name, &want.pod_name, have.pod_name == want.pod_name),
        ("namespace", &have.namespace, &want.namespace, have.namespace == want.namespace),
        ("podType", &have.pod_type, &want.pod_type, have.pod_type == want.pod_type),
        ("v4IpAddress", &have.v4_ip_address, &want.v4_ip_address, same(&have.v4_ip_address, &want.v4_ip_address)),
        ("v6IpAddress", &have.v6_ip_address, &want.v6_ip_address, same(&have.v6_ip_address, &want.v6_ip_address)),
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
    let existing = world.ip(&intent.name).filter(|ip| ip.is_ready() && !ip.metadata.is_terminating());
    let Some(ip) = existing else { return Vec::new() };
    let emptied = [
        ("subnet", &ip.spec.subnet),
        ("podName", &ip.spec.pod_name),
        ("namespace", &ip.spec.namespace),
        ("podType", &ip.spec.pod_type),
        ("v4IpAddress", &ip.spec.v4_ip_address),
        ("v6IpAddress", &ip.spec.v6_ip_address),
        ("macAddress", &ip.spec.mac_address),
    ];
    let emptied = emptied
        .into_iter()
        .filter(|(field, value)| !value.is_empty() && intent.manifest.emptied.iter().any(|one| one == field));
    let emptied = emptied.map(|(field, is)| Difference { field, is: is.clone(), asked: String::new() });
    let all = differences(ip, intent).into_iter().chain(emptied);
    all.map(|difference| {
        Finding::new(codes::KO305, format!("ip/{} is there and cannot change: {difference}", intent.name))
            .hint(format!("kubectl ko ip release ip/{}, then reserve it anew", intent.name))
    })
    .collect()
}

/// KO313. The label decides whether the address outlives the pod: the controller sets it on an IP that a user made, and leaves it
/// alone on one that came with a pod.
pub(super) fn is_reserved(world: &crate::world::World, intent: &IpIntent) -> Vec<Finding> {
    if intent.manifest.fields.is_none() {
        return Vec::new();
    }
    let key = names::LABEL_IP_RESERVED;
    let written = intent.labels.get(key).map(String::as_str);
    let existing = world.ip(&intent.name).filter(|ip| !ip.metadata.finalizers.is_empty());
    let after = written.or_else(|| existing.map(|ip| ip.metadata.label(key)));
    let what = match (after, existing) {
        (Some("true"), _) | (None, None) => return Vec::new(),
        // the controller overwrites any other text of an IP that it handles
        (Some(text), None) if text != "false" => return Vec::new(),
        (_, Some(_)) if written.is_none() => {
            format!("ip/{} is a pod's own address, and stays so: the manifest does not reserve it", intent.name)
        }
        _ => "its label says that it is not reserved".to_owned(),
    };
    vec![
        Finding::new(codes::KO313, format!("{what}: it goes when the pod goes"))
            .hint(format!("write the label {key}: \"true\"")),
    ]
}
