//! What `ip reserve` has to do.

use serde_json::{Value, json};

use crate::api::{Ip, names};
use crate::check::ip::{Difference, IpIntent, differences, is_static, to_manifest};
use crate::world::World;

/// What has to be done so that an address is reserved as wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// There is none of that name: create it.
    Create,
    /// An earlier call wrote a claim and did not come to its end: go on with it.
    Claimed(Box<Ip>),
    /// It is there and the controller has not finished with it.
    Unready(Box<Ip>),
    /// It is there as wanted.
    Reserved(Box<Ip>),
    /// It came with a pod: mark it.
    Mark(Box<Ip>),
    /// One of that name is there and differs.
    Differs(Vec<Difference>),
}

/// Looks what is there.
#[must_use]
pub fn plan(world: &World, intent: &IpIntent) -> Plan {
    // one that is being deleted is refused by the rule KO306
    let Some(ip) = world.ip(&intent.name).filter(|ip| !ip.metadata.is_terminating()) else { return Plan::Create };
    let differences = differences(ip, intent);
    let ip = Box::new(ip.clone());
    match () {
        () if !differences.is_empty() => Plan::Differs(differences),
        () if ip.is_claim() => Plan::Claimed(ip),
        () if !ip.is_ready() => Plan::Unready(ip),
        () if ip.is_reserved() => Plan::Reserved(ip),
        () => Plan::Mark(ip),
    }
}

/// What is sent first. The controller gives a static address to whoever asks, also one that somebody has, and taking such a
/// reservation back spoils the other's entry in its address book (docs/kube-ovn-behaviour.md). So it gets to see a static one
/// only when nobody else asks: until then the Subnet, without which it does nothing, stands in an annotation.
#[must_use]
pub fn manifest(intent: &IpIntent) -> Value {
    let mut manifest = to_manifest(intent);
    if is_static(intent) {
        if let Some(spec) = manifest["spec"].as_object_mut() {
            spec.remove("subnet");
        }
        // the label is what others look for, and the controller would set it
        manifest["metadata"]["labels"] = json!({names::LABEL_IP_RESERVED: "true"});
        manifest["metadata"]["annotations"] = json!({names::ANNOTATION_CLAIM: intent.spec.subnet});
    }
    manifest
}

/// The patch that hands a claim to the controller.
#[must_use]
pub fn handing(claim: &Ip) -> Value {
    json!({
        "metadata": {
            "resourceVersion": claim.metadata.resource_version,
            "annotations": {names::ANNOTATION_CLAIM: null},
        },
        "spec": {"subnet": claim.subnet()},
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::check::ip::from_manifest;
    use crate::world::Source;

    fn db(more: &Value) -> IpIntent {
        let mut spec = json!({"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet"});
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        from_manifest(
            &json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": "db-0.vpc1"}, "spec": spec}),
        )
    }

    #[test]
    fn the_controller_sees_a_static_address_only_when_it_is_ours() {
        let intent = db(&json!({"v4IpAddress": "192.168.0.60"}));
        assert!(is_static(&intent));
        let sent = manifest(&intent);
        assert_eq!(sent["spec"]["subnet"], Value::Null);
        let mut claim: Ip = serde_json::from_value(sent).unwrap_or_default();
        claim.metadata.resource_version = "7".to_owned();
        assert!(claim.is_claim());
        assert_eq!(claim.subnet(), "web-net");
        assert_eq!(handing(&claim)["spec"]["subnet"], "web-net");
        assert_eq!(manifest(&db(&json!({})))["spec"]["subnet"], "web-net");
    }

    #[test]
    fn what_is_there_decides_what_is_to_be_done() {
        let intent = db(&json!({}));
        let mut world = World::default();
        let ip = |label: &str, finalizers: Value, spec: Value| {
            let metadata = json!({"name": "db-0.vpc1", "labels": {"ovn.kubernetes.io/ip_reserved": label}, "finalizers": finalizers});
            let ip: Ip = serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap_or_default();
            ip
        };
        let spec = json!({"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet", "ipAddress": "192.168.0.9", "v4IpAddress": "192.168.0.9"});
        let kubeovn = json!(["kubeovn.io/kube-ovn-controller"]);
        let mut seen = |ip: Ip| {
            world.named_ips = Source::Known(BTreeMap::from([("db-0.vpc1".to_owned(), ip)]));
            plan(&world, &intent)
        };
        assert!(matches!(seen(ip("true", kubeovn.clone(), spec.clone())), Plan::Reserved(_)));
        assert!(matches!(seen(ip("false", kubeovn.clone(), spec.clone())), Plan::Mark(_)));
        assert!(matches!(seen(ip("", json!([]), spec.clone())), Plan::Unready(_)));
        let mut other = spec;
        other["subnet"] = json!("other-net");
        assert!(matches!(seen(ip("true", kubeovn, other)), Plan::Differs(_)));
        world.named_ips = Source::Known(BTreeMap::new());
        assert_eq!(plan(&world, &intent), Plan::Create);
    }
}
