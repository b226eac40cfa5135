//! Every rule of a reservation, by what it says and by the nearest thing that it does not mind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{IpIntent, check, from_manifest, holder, taken};
use crate::api::{Metadata, Pod, Subnet};
use crate::world::holder::Maker;
use crate::world::{Controller, Held, Source, World};

fn subnet(name: &str, cidr: &str, provider: &str) -> Subnet {
    let status =
        json!({"conditions": [{"type": "Ready", "status": "True"}], "v4availableIPrange": "192.168.0.20-192.168.0.90"});
    let spec = json!({"cidrBlock": cidr, "gateway": "192.168.0.1", "provider": provider, "vpc": "vpc1"});
    serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec, "status": status})).unwrap_or_default()
}

/// A namespace bound to `web-net`, a StatefulSet `db` of two pods, nobody with an address.
fn world(intent: &IpIntent) -> World {
    let whom = holder(&intent.spec);
    let maker = Maker { told: "StatefulSet db".to_owned(), ordinals: (0, 2), ..Maker::default() };
    let maker = (whom.maker() == Some("db")).then_some(maker);
    let bound = BTreeMap::from([("ovn.kubernetes.io/logical_switch".to_owned(), "web-net".to_owned())]);
    let mut world = World {
        subnets: Source::Known(BTreeMap::from([
            ("web-net".to_owned(), Some(subnet("web-net", "192.168.0.0/24", "ovn"))),
            ("other-net".to_owned(), Some(subnet("other-net", "192.168.0.0/24", "ovn"))),
            ("nad-net".to_owned(), Some(subnet("nad-net", "192.168.0.0/24", "net1.vpc1.ovn"))),
        ])),
        named_ips: Source::Known(BTreeMap::new()),
        vips: Source::Known(Vec::new()),
        ips: Source::Known(Vec::new()),
        ovn_eips: Source::Known(Vec::new()),
        iptables_eips: Source::Known(Vec::new()),
        pools: Source::Known(Vec::new()),
        waiting_pods: Source::Known(Vec::new()),
        northbound: Source::Known(crate::ovn::northbound::Northbound::default()),
        controller: Source::Known(Controller::default()),
        ..World::default()
    };
    world.holders.pods = Source::Known(BTreeMap::from([(whom.clone(), None)]));
    world.holders.makers = Source::Known(BTreeMap::from([(whom, maker)]));
    world.holders.namespaces = Source::Known(BTreeMap::from([(
        "vpc1".to_owned(),
        Some(Metadata { annotations: bound, ..Metadata::default() }),
    )]));
    world
}

fn intent(name: &str, spec: &Value) -> IpIntent {
    from_manifest(&json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": name}, "spec": spec}))
}

/// A reservation for the first pod of `db`, with more fields.
fn db(more: &Value) -> IpIntent {
    let mut spec = json!({"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet"});
    for (key, value) in more.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    intent("db-0.vpc1", &spec)
}

fn codes(world: &World, intent: &IpIntent) -> Vec<&'static str> {
    let mut codes: Vec<&str> = check(world, intent).into_iter().map(|finding| finding.code.id).collect();
    codes.dedup();
    codes
}

fn held(name: &str, v4: &str) -> Held {
    let (name, v4) = (name.to_owned(), v4.to_owned());
    Held { name, v4, subnet: "web-net".to_owned(), reserved: true, ..Held::default() }
}

#[test]
fn a_reservation_for_a_pod_of_a_stateful_set_is_fine() {
    for more in [json!({}), json!({"v4IpAddress": "192.168.0.60", "macAddress": "02:00:00:00:00:60"})] {
        let intent = db(&more);
        assert_eq!(codes(&world(&intent), &intent), [""; 0], "{more}");
    }
}

#[test]
fn what_is_wrong_by_itself_is_told() {
    for (more, code) in [
        (json!({"podName": ""}), "KO302"),
        (json!({"namespace": ""}), "KO302"),
        (json!({"podType": "Deployment"}), "KO303"),
        (json!({"ipAddress": "192.168.0.60"}), "KO304"),
        (json!({"v4IpAddress": "abc"}), "KO101"),
        (json!({"v6IpAddress": "FD00::60"}), "KO113"),
        (json!({"v4IpAddress": "192.168.0.1"}), "KO105"),
        (json!({"macAddress": "02:00:00:00:00:60"}), "KO112"),
        (json!({"macAddress": "zz", "v4IpAddress": "192.168.0.60"}), "KO109"),
        (json!({"subnet": ""}), "KO116"),
        (json!({"subnet": "other-net"}), "KO308"),
        (json!({"podName": "db-9x"}), "KO310"),
    ] {
        let intent = db(&more);
        assert!(codes(&world(&intent), &intent).contains(&code), "{more}: {:?}", codes(&world(&intent), &intent));
    }
}

#[test]
fn the_name_follows_the_provider() {
    let spec = json!({"podName": "web", "namespace": "vpc1", "subnet": "nad-net"});
    for (name, is_right) in [("web.vpc1.net1.vpc1.ovn", true), ("web.vpc1", false), ("web.vpc1.net1.vpc1", false)] {
        let intent = intent(name, &spec);
        assert_eq!(!codes(&world(&intent), &intent).contains(&"KO301"), is_right, "{name}");
    }
}

#[test]
fn what_a_restart_takes_away_is_told_with_what_lasts() {
    let pod = intent("web.vpc1", &json!({"podName": "web", "namespace": "vpc1", "subnet": "web-net"}));
    let vm = json!({"podName": "win", "namespace": "vpc1", "subnet": "web-net", "podType": "VirtualMachine"});
    let none = json!({"podName": "no-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet"});
    for intent in [pod, intent("win.vpc1", &vm), intent("no-0.vpc1", &none)] {
        let world = world(&intent);
        let findings = check(&world, &intent);
        let told = findings.iter().find(|finding| finding.code.id == "KO307");
        assert!(told.is_some_and(|finding| finding.code.until_restart && finding.hint.is_some()), "{findings:?}");
    }
}

#[test]
fn vms_need_a_controller_that_keeps_their_addresses() {
    let spec = json!({"podName": "win", "namespace": "vpc1", "subnet": "web-net", "podType": "VirtualMachine"});
    let intent = intent("win.vpc1", &spec);
    let mut world = world(&intent);
    assert!(!codes(&world, &intent).contains(&"KO312"));
    let flags = BTreeMap::from([("keep-vm-ip".to_owned(), "false".to_owned())]);
    world.controller = Source::Known(Controller { flags, ..Controller::default() });
    assert!(codes(&world, &intent).contains(&"KO312"));
}

#[test]
fn a_pod_that_waits_for_the_very_address_is_who_it_is_for() {
    let intent = intent(
        "web.vpc1",
        &json!({"podName": "web", "namespace": "vpc1", "subnet": "web-net", "v4IpAddress": "192.168.0.60"}),
    );
    let mut world = world(&intent);
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "web", "namespace": "vpc1",
        "annotations": {"ovn.kubernetes.io/ip_address": "192.168.0.60"}}}))
    .unwrap_or_default();
    world.waiting_pods = Source::Known(vec![pod.metadata.clone()]);
    world.holders.pods = Source::Known(BTreeMap::from([(holder(&intent.spec), Some(pod.clone()))]));
    assert!(
        !codes(&world, &intent).iter().any(|code| ["KO120", "KO309"].contains(code)),
        "{:?}",
        codes(&world, &intent)
    );
    let mut other = pod;
    other.metadata.annotations.insert("ovn.kubernetes.io/ip_address".to_owned(), "192.168.0.61".to_owned());
    world.holders.pods = Source::Known(BTreeMap::from([(holder(&intent.spec), Some(other))]));
    assert!(codes(&world, &intent).contains(&"KO309"));
}

#[test]
fn an_address_is_taken_by_whoever_has_it_and_never_by_the_reservation_itself() {
    let intent = db(&json!({"v4IpAddress": "192.168.0.60"}));
    let mut world = world(&intent);
    for (holder, count) in [("db-0.vpc1", 0), ("a.vpc1", 1)] {
        world.ips = Source::Known(vec![held(holder, "192.168.0.60")]);
        assert_eq!(taken(&world, &intent).len(), count, "{holder}");
    }
}

/// `db-0.vpc1` as the controller made it, reserved or a pod's own.
fn there(label: &str) -> crate::api::Ip {
    let applied = json!({"spec": {"podName": "db-0", "v4IpAddress": "192.168.0.9"}}).to_string();
    serde_json::from_value(json!({
        "metadata": {"name": "db-0.vpc1", "labels": {"ovn.kubernetes.io/ip_reserved": label},
            "finalizers": ["kubeovn.io/kube-ovn-controller"], "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
        "spec": {"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet", "ipAddress": "192.168.0.9",
            "v4IpAddress": "192.168.0.9", "macAddress": "02:00:00:00:00:09"}}))
    .unwrap_or_default()
}

#[test]
fn what_is_there_cannot_be_edited_and_the_same_again_is_fine() {
    let own = json!({"v4IpAddress": "192.168.0.9"});
    for (more, wrong) in [
        (json!({}), false),
        (json!({"macAddress": "02:00:00:00:00:09", "ipAddress": "192.168.0.9"}), false),
        (json!({"v4IpAddress": "192.168.0.10"}), true),
        (json!({"v4IpAddress": Value::Null}), false),
        (json!({"nodeName": "node-b"}), true),
        (json!({"podType": ""}), true),
        (json!({"subnet": "other-net"}), true),
    ] {
        let mut spec = own.clone();
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        let intent = db(&spec);
        let mut world = world(&intent);
        world.named_ips = Source::Known(BTreeMap::from([("db-0.vpc1".to_owned(), there("true"))]));
        assert_eq!(codes(&world, &intent).contains(&"KO305"), wrong, "{more}");
    }
    // kubectl apply removes what the manifest before had
    let intent = db(&json!({}));
    let mut world = world(&intent);
    world.named_ips = Source::Known(BTreeMap::from([("db-0.vpc1".to_owned(), there("true"))]));
    assert!(codes(&world, &intent).contains(&"KO305"));
}

#[test]
fn the_own_address_of_a_pod_is_left_alone_unless_it_is_marked() {
    let mut intent = db(&json!({"v4IpAddress": "192.168.0.9"}));
    let mut world = world(&intent);
    world.named_ips = Source::Known(BTreeMap::from([("db-0.vpc1".to_owned(), there("false"))]));
    assert_eq!(codes(&world, &intent), ["KO317"]);
    intent.labels.insert("ovn.kubernetes.io/ip_reserved".to_owned(), "true".to_owned());
    assert_eq!(codes(&world, &intent), [""; 0]);
    intent.finalizers.push("kubeovn.io/kube-ovn-controller".to_owned());
    assert_eq!(codes(&world, &intent), [""; 0]);
    world.named_ips = Source::Known(BTreeMap::new());
    assert_eq!(codes(&world, &intent), ["KO314"]);
}
