//! The rules between the documents of one file, and against what is there: pairs that a page with one manifest cannot show.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{eip, eip_differences};
use crate::api::{Ip, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Resource, Subnet, Vpc};
use crate::check::Severity;
use crate::check::any::Intent;
use crate::ovn::northbound::{LogicalRouter, LogicalRouterPort, Northbound, PortBinding};
use crate::world::{Source, World};

const OBJECTS: &str = concat!(
    include_str!("../../../tests/fixtures/documents.yaml"),
    "---\n",
    include_str!("../../../tests/fixtures/nat.yaml")
);

fn all<T: Resource + serde::de::DeserializeOwned>(objects: &[Value]) -> Vec<T> {
    let of_kind = objects.iter().filter(|object| object["kind"] == T::KIND.kind);
    of_kind.filter_map(|object| serde_json::from_value(object.clone()).ok()).collect()
}

/// The cluster of the pages, as far as rules look at it.
fn world() -> World {
    let objects: Vec<Value> = serde_yaml::from_multiple(OBJECTS).unwrap_or_default();
    let subnets: Vec<Subnet> = all(&objects);
    let by_name = |name: &str| LogicalRouterPort { name: name.to_owned(), ..LogicalRouterPort::default() };
    let router = |name: &str| LogicalRouter { name: name.to_owned(), ..LogicalRouter::default() };
    World {
        subnets: Source::Known(subnets.iter().map(|one| (one.metadata.name.clone(), Some(one.clone()))).collect()),
        all_subnets: Source::Known(subnets),
        own: Source::Known(
            all(&objects).into_iter().map(|one: crate::api::Vip| (one.metadata.name.clone(), one)).collect(),
        ),
        vips: Source::Known(Vec::new()),
        ips: Source::Known(Vec::new()),
        pools: Source::Known(Vec::new()),
        waiting_pods: Source::Known(Vec::new()),
        named_ips: Source::Known(all(&objects).into_iter().map(|one: Ip| (one.metadata.name.clone(), one)).collect()),
        ovn_eips: Source::Known(all::<OvnEip>(&objects)),
        iptables_eips: Source::Known(Vec::new()),
        vpcs: Source::Known(all(&objects).into_iter().map(|one: Vpc| (one.metadata.name.clone(), Some(one))).collect()),
        fips: Source::Known(all::<OvnFip>(&objects)),
        snats: Source::Known(all::<OvnSnatRule>(&objects)),
        dnats: Source::Known(all::<OvnDnatRule>(&objects)),
        northbound: Source::Known(Northbound {
            router_ports: ["vpc1-external204", "vpc1-external206"].map(by_name).to_vec(),
            routers: ["vpc1", "vpc2", "ovn-cluster"].map(router).to_vec(),
            ..Northbound::default()
        }),
        gateways: Source::Known(vec![PortBinding {
            logical_port: "cr-vpc1-external204".to_owned(),
            chassis: "c".to_owned(),
            ..PortBinding::default()
        }]),
        controller: Source::Known(crate::world::Controller::default()),
        ..World::default()
    }
}

fn manifest(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// The codes of errors about one document.
fn errors(world: &World, object: &Value) -> Vec<&'static str> {
    let intent = Intent::from_manifest(object);
    let findings = intent.map(|intent| intent.check(world)).unwrap_or_default();
    let errors = findings.iter().filter(|finding| matches!(finding.severity, Severity::Error | Severity::Unknown(_)));
    errors.map(|finding| finding.code.id).collect()
}

/// The codes of errors about the documents of a file, one after the other.
fn of_file(documents: &[Value]) -> Vec<Vec<&'static str>> {
    let mut world = world();
    let mut found = Vec::new();
    for document in documents {
        found.push(errors(&world, document));
        if let Some(intent) = Intent::from_manifest(document) {
            intent.plan(&mut world);
        }
    }
    found
}

fn eip(name: &str) -> Value {
    manifest("OvnEip", name, &json!({"externalSubnet": "external204"}))
}

fn fip(name: &str, eip: &str, ip: &str) -> Value {
    manifest("OvnFip", name, &json!({"ovnEip": eip, "ipName": ip}))
}

fn snat(name: &str, eip: &str, source: &Value) -> Value {
    let mut spec = source.clone();
    spec["ovnEip"] = json!(eip);
    manifest("OvnSnatRule", name, &spec)
}

fn dnat(name: &str, protocol: &str, port: &str) -> Value {
    let spec = json!({"ovnEip": "new", "ipName": "web-1.vpc1", "protocol": protocol, "externalPort": port, "internalPort": "80"});
    manifest("OvnDnatRule", name, &spec)
}

#[test]
fn a_rule_may_use_an_eip_that_stands_before_it() {
    assert_eq!(of_file(&[eip("new"), fip("f", "new", "web-1.vpc1")]), [vec![""; 0], vec![]]);
    assert_eq!(of_file(&[fip("f", "new", "web-1.vpc1"), eip("new")]), [vec!["KO421"], vec![]]);
}

#[test]
fn the_second_fip_of_an_eip_in_a_file_is_refused_and_its_repetition_is_not() {
    let (first, second) = (fip("f", "new", "web-1.vpc1"), fip("g", "new", "web-2.vpc1"));
    assert_eq!(of_file(&[eip("new"), first.clone(), second]), [vec![], vec![], vec!["KO440"]]);
    assert_eq!(of_file(&[eip("new"), first.clone(), first]), [vec![""; 0], vec![], vec![]]);
}

#[test]
fn a_source_is_one_however_it_is_written() {
    let subnet = json!({"vpcSubnet": "vpc1-subnet1"});
    for same in ["192.168.0.0/24", "192.168.0.9/24"] {
        let cidr = json!({"vpc": "vpc1", "v4IpCidr": same});
        let found = of_file(&[snat("s", "office", &subnet), snat("t", "front", &cidr)]);
        assert_eq!(found, [vec![], vec!["KO446"]], "{same}");
    }
    let part = json!({"vpc": "vpc1", "v4IpCidr": "192.168.0.0/25"});
    assert_eq!(of_file(&[snat("s", "office", &subnet), snat("t", "front", &part)]), [vec![""; 0], vec![]]);
    let (pod, address) = (json!({"ipName": "web-1.vpc1"}), json!({"vpc": "vpc1", "v4IpCidr": "192.168.0.2/32"}));
    assert_eq!(of_file(&[snat("s", "office", &pod), snat("t", "front", &address)]), [vec![], vec!["KO446"]]);
}

#[test]
fn one_port_of_two_protocols_is_two_ports() {
    let found = of_file(&[
        eip("new"),
        dnat("a", "tcp", "53"),
        dnat("b", "udp", "53"),
        dnat("c", "tcp", "54"),
        dnat("d", "tcp", "53"),
    ]);
    assert_eq!(found, [vec![], vec![], vec![], vec![], vec!["KO462"]]);
}

#[test]
fn a_static_address_is_given_once_in_a_file() {
    let fixed =
        |name: &str| manifest("OvnEip", name, &json!({"externalSubnet": "external204", "v4Ip": "10.5.204.180"}));
    assert_eq!(of_file(&[fixed("a"), fixed("b")]).last().cloned(), Some(vec!["KO106"]));
}

#[test]
fn what_is_there_can_be_applied_again_and_not_otherwise() {
    let world = world();
    let again = manifest("OvnSnatRule", "pooled-out", &json!({"ovnEip": "front", "vpcSubnet": "vpc1-pooled"}));
    assert_eq!(errors(&world, &again), [""; 0]);
    for (field, value) in
        [("ovnEip", "office"), ("vpcSubnet", "vpc1-subnet1"), ("vpc", "vpc2"), ("ipName", "web-1.vpc1")]
    {
        let mut other = again.clone();
        other["spec"][field] = json!(value);
        assert!(errors(&world, &other).contains(&"KO438"), "{field}");
    }
    let eip = |spec: Value| errors(&world, &manifest("OvnEip", "office", &spec));
    assert_eq!(eip(json!({"externalSubnet": "external204", "type": "nat"})), [""; 0]);
    assert_eq!(eip(json!({"externalSubnet": "external204", "type": ""})), [""; 0]);
    assert!(eip(json!({"externalSubnet": "external206"})).contains(&"KO414"));
}

/// A command says what it wants and takes nothing away: what the manifest once had is no difference then.
#[test]
fn an_eip_that_was_applied_is_the_one_that_a_command_asks_for_without_its_address() {
    let before = json!({"spec": {"externalSubnet": "external204", "v4Ip": "10.5.204.110"}}).to_string();
    let there: OvnEip = serde_json::from_value(json!({
        "metadata": {"name": "web", "annotations": {crate::api::names::ANNOTATION_LAST_APPLIED: before}},
        "spec": {"externalSubnet": "external204", "type": "nat", "v4Ip": "10.5.204.110"},
        "status": {"v4Ip": "10.5.204.110", "ready": true}}))
    .unwrap_or_default();
    for (subnet, address, kind, fields) in [
        ("external204", "", "", &[][..]),
        ("", "10.5.204.110", "nat", &[]),
        ("external205", "10.5.204.111", "lrp", &["externalSubnet", "type", "v4Ip"]),
    ] {
        let mut intent = eip::EipIntent { name: "web".to_owned(), ..eip::EipIntent::default() };
        (intent.spec.external_subnet, intent.spec.v4_ip, intent.spec.kind) =
            (subnet.to_owned(), address.to_owned(), kind.to_owned());
        let mut found: Vec<&str> = eip_differences(&there, &intent).iter().map(|one| one.field).collect();
        found.sort_unstable();
        assert_eq!(found, fields, "{subnet} {address} {kind}");
    }
}

#[test]
fn a_field_that_the_manifest_lost_is_an_edit_where_kubectl_would_take_it_away() {
    let mut world = world();
    let lost = manifest("OvnFip", "busy-fip", &json!({"ovnEip": "busy"}));
    assert!(!errors(&world, &lost).contains(&"KO438"), "nobody applied it before");
    if let Source::Known(fips) = &mut world.fips {
        let before = json!({"spec": {"ovnEip": "busy", "ipName": "web-2.vpc1"}}).to_string();
        for fip in fips.iter_mut().filter(|fip| fip.metadata.name == "busy-fip") {
            fip.metadata.annotations =
                BTreeMap::from([(crate::api::names::ANNOTATION_LAST_APPLIED.to_owned(), before.clone())]);
        }
    }
    assert!(errors(&world, &lost).contains(&"KO438"));
}

#[test]
fn what_could_not_be_read_is_unknown_and_never_fine() {
    let blind = World { northbound: Source::default(), ..world() };
    let found = errors(&blind, &fip("f", "office", "web-1.vpc1"));
    assert!(found.contains(&"KO425") && found.contains(&"KO437"), "{found:?}");
}

#[test]
fn a_vpc_of_the_same_file_may_bring_its_router_port_later() {
    let mut world = world();
    let planned: Option<Vpc> = serde_json::from_value(json!({"metadata": {"name": "vpc2"}, "spec": {"enableExternal": true, "extraExternalSubnets": ["external204"]}})).ok();
    let rule = fip("f", "office", "far-1.vpc2");
    assert_eq!(errors(&world, &rule), ["KO425"]);
    world.planned.vpcs.extend(planned);
    assert_eq!(errors(&world, &rule), [""; 0]);
}
