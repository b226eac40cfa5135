//! The rules of Subnets and of what they stand on, on small worlds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::provider_network::{self, ProviderNetworkIntent};
use super::vlan::{self, VlanIntent};
use super::vpc::{self, VpcIntent};
use super::{SubnetIntent, check};
use crate::api::{Node, Subnet, Vlan, Vpc};
use crate::world::{Controller, Held, Source, World};

fn read<T: serde::de::DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// A cluster with the default VPC, a VPC of its own with a namespace, a vlan with a rival, and two nodes.
fn world() -> World {
    let subnet = |name: &str, cidr: &str, vpc: &str| -> Subnet {
        read(object("Subnet", name, &json!({"cidrBlock": cidr, "vpc": vpc, "provider": "ovn"})))
    };
    let vpc = |name: &str, namespaces: &[&str]| -> Vpc {
        let mut vpc = object("Vpc", name, &json!({"namespaces": namespaces}));
        vpc["status"] = json!({"standby": true});
        read(vpc)
    };
    let vlan = |name: &str, id: u16, conflict: bool| -> Vlan {
        let mut vlan = object("Vlan", name, &json!({"id": id, "provider": "net1"}));
        vlan["status"] = json!({"conflict": conflict});
        read(vlan)
    };
    let node: Node = read(
        json!({"metadata": {"name": "node-a"}, "status": {"addresses": [{"type": "InternalIP", "address": "10.50.0.11"}]}}),
    );
    let vpcs = [vpc("ovn-cluster", &[]), vpc("vpc1", &["ns1"])];
    World {
        all_subnets: Source::Known(vec![
            subnet("ovn-default", "10.16.0.0/16", "ovn-cluster"),
            subnet("vpc1-net", "10.20.0.0/24,fd00:20::/64", "vpc1"),
        ]),
        vpcs: Source::Known(vpcs.iter().map(|vpc| (vpc.metadata.name.clone(), Some(vpc.clone()))).collect()),
        all_vpcs: Source::Known(vpcs.to_vec()),
        vlans: Source::Known(vec![vlan("v1", 7, false), vlan("v2", 7, true)]),
        provider_networks: Source::Known(vec![read(object(
            "ProviderNetwork",
            "net1",
            &json!({"defaultInterface": "eth1"}),
        ))]),
        nodes: Source::Known(vec![node]),
        controller: Source::Known(Controller::default()),
        namespaces: Source::Known(BTreeMap::from([
            ("ns1".to_owned(), true),
            ("ns2".to_owned(), true),
            ("nosuch".to_owned(), false),
        ])),
        ips: Source::Known(vec![Held {
            name: "a.ns1".into(),
            subnet: "vpc1-net".into(),
            v4: "10.20.0.9".into(),
            ..Held::default()
        }]),
        vips: Source::Known(Vec::new()),
        ovn_eips: Source::Known(Vec::new()),
        iptables_eips: Source::Known(Vec::new()),
        ..World::default()
    }
}

/// The codes of a Subnet `new` with that spec.
fn codes(name: &str, spec: &Value) -> String {
    let found = check(&world(), &SubnetIntent::from_manifest(&object("Subnet", name, spec)));
    found
        .iter()
        .map(|finding| format!("{}{}", &finding.code.id[2..], &finding.severity.word()[..1]))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_subnet_is_judged_field_by_field() {
    for (spec, expected) in [
        (json!({"cidrBlock": "10.40.0.0/24"}), ""),
        (json!({"cidrBlock": "10.40.0.0/24,fd00:40::/64"}), ""),
        (json!({}), "530e"),
        (json!({"cidrBlock": "10.40.0.0/24, fd00:40::/64"}), "530e"),
        (json!({"cidrBlock": "10.40.0.0/24,10.41.0.0/24"}), "530e"),
        (json!({"cidrBlock": "10.40.0.1/32"}), "530e"),
        (json!({"cidrBlock": "fd00:40::/64,10.40.0.0/24"}), "121e"),
        (json!({"cidrBlock": "10.40.0.7/24"}), "532n"),
        (json!({"cidrBlock": "224.0.0.0/24"}), "531e"),
        (json!({"cidrBlock": "fe80:1::/64"}), "531e"),
        (json!({"cidrBlock": "10.40.0.0/24", "gateway": "10.40.0.255"}), "533e"),
        (json!({"cidrBlock": "10.40.0.0/24", "gateway": "10.40.0.1,10.40.0.2"}), "533e"),
        (json!({"cidrBlock": "fd00:40::/64", "gateway": "fd00:40::A"}), "533e"),
        (json!({"cidrBlock": "10.40.0.0/24,fd00:40::/64", "gateway": "10.40.0.9"}), ""),
        (json!({"cidrBlock": "10.40.0.0/24,fd00:40::/64", "gateway": "fd00:40::9"}), "533e"),
        (json!({"cidrBlock": "10.40.0.0/24,fd00:40::/64", "gateway": "fd00:40::9,10.40.0.9"}), "533e"),
        (json!({"cidrBlock": "10.40.0.0/24", "excludeIps": ["10.40.0.9..10.40.0.2"]}), "534e"),
        (json!({"cidrBlock": "10.40.0.0/24", "excludeIps": ["10.40.0.250..10.40.1.9"]}), "535w"),
        (json!({"cidrBlock": "10.40.0.0/30", "excludeIps": ["10.40.0.0..10.40.0.3"]}), "535w"),
        (json!({"cidrBlock": "10.16.7.0/24"}), "536e"),
        (json!({"cidrBlock": "10.16.7.0/24", "vpc": "vpc1"}), ""),
        (json!({"cidrBlock": "10.16.7.0/24", "vlan": "v1"}), ""),
        (json!({"cidrBlock": "10.16.7.0/24", "provider": "mac.default"}), ""),
        (json!({"cidrBlock": "10.50.0.0/24"}), "536e"),
        (json!({"cidrBlock": "10.50.0.0/24", "vpc": "vpc1"}), ""),
        (json!({"cidrBlock": "10.96.4.0/24"}), "536w"),
        (json!({"cidrBlock": "10.40.0.0/24", "vpc": "new"}), "537e 427e"),
        (json!({"cidrBlock": "10.40.0.0/24", "vpc": "nope"}), "427e"),
        (json!({"cidrBlock": "10.40.0.0/24", "vlan": "nope"}), "538e"),
        (json!({"cidrBlock": "10.40.0.0/24", "vlan": "v2"}), "538e"),
        (json!({"cidrBlock": "10.40.0.0/24", "vpc": "vpc1", "namespaces": ["ns1"]}), ""),
        (json!({"cidrBlock": "10.40.0.0/24", "vpc": "vpc1", "namespaces": ["ns2"]}), "539e"),
        (json!({"cidrBlock": "10.40.0.0/24", "namespaces": ["ns1"]}), "539e"),
        (json!({"cidrBlock": "10.40.0.0/24", "namespaces": ["nosuch"]}), "208w"),
        (json!({"cidrBlock": "10.40.0.0/24", "gatewayType": "Distributed"}), "540e"),
        (json!({"cidrBlock": "10.40.0.0/24", "gatewayType": "centralized"}), "540e"),
        (json!({"cidrBlock": "10.40.0.0/24", "provider": "OVN"}), "540e"),
        (json!({"cidrBlock": "10.40.0.0/24", "private": true, "allowSubnets": ["ovn-default"]}), "540e"),
        (json!({"cidrBlock": "10.40.0.0/24", "allowSubnets": ["10.1.0.0/16"]}), "541w"),
        (json!({"cidrBlock": "10.40.0.0/24", "vpc": "vpc1", "natOutgoing": true}), "541w"),
        (
            json!({"cidrBlock": "10.40.0.0/24", "provider": "mac.default", "private": true, "natOutgoing": true}),
            "541w 541w",
        ),
        (json!({"cidrBlock": "10.40.0.0/24", "mtu": 60}), "541w"),
        (json!({"cidrBlock": "10.40.0.0/24", "mtu": "1400"}), "218e"),
        (json!({"cidrBlock": "10.40.0.0/24", "natOutgoin": true}), "219e"),
    ] {
        assert_eq!(codes("new", &spec), expected, "{spec}");
    }
}

#[test]
fn a_live_subnet_keeps_the_addresses_that_are_held() {
    for (spec, expected) in [
        (json!({"cidrBlock": "10.20.0.0/24,fd00:20::/64", "vpc": "vpc1"}), ""),
        (json!({"cidrBlock": "10.20.0.0/23,fd00:20::/64", "vpc": "vpc1"}), ""),
        (json!({"cidrBlock": "10.20.0.128/25,fd00:20::/64", "vpc": "vpc1"}), "542e"),
        (json!({"cidrBlock": "10.20.0.0/24,fd00:20::/64"}), "542e"),
        (json!({"cidrBlock": "10.20.0.0/24,fd00:20::/64", "vpc": "vpc1", "vlan": "v1"}), "542e"),
    ] {
        assert_eq!(codes("vpc1-net", &spec), expected, "{spec}");
    }
}

#[test]
fn documents_before_it_are_there() {
    let mut world = world();
    let vpc = VpcIntent::from_manifest(&object("Vpc", "new", &json!({"namespaces": ["ns2"]})));
    world.planned.vpcs.push(vpc.as_created());
    let first = SubnetIntent::from_manifest(&object(
        "Subnet",
        "one",
        &json!({"cidrBlock": "10.40.0.0/24", "vpc": "new", "namespaces": ["ns2"]}),
    ));
    assert_eq!(check(&world, &first), []);
    world.planned.subnets.push(first.as_created());
    let second =
        SubnetIntent::from_manifest(&object("Subnet", "two", &json!({"cidrBlock": "10.40.0.0/25", "vpc": "new"})));
    assert_eq!(check(&world, &second).iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["KO536"]);
}

#[test]
fn vlans_and_provider_networks_are_judged() {
    let vlan_codes = |spec: Value| {
        let found = vlan::check(&world(), &VlanIntent::from_manifest(&object("Vlan", "new", &spec)));
        found.iter().map(|finding| finding.code.id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(vlan_codes(json!({"id": 8, "provider": "net1"})), "");
    assert_eq!(vlan_codes(json!({"id": 0, "provider": "net1"})), "");
    assert_eq!(vlan_codes(json!({"id": 7, "provider": "net1"})), "KO545");
    assert_eq!(vlan_codes(json!({"id": 7, "provider": "net2"})), "KO546");
    assert_eq!(vlan_codes(json!({"id": 5000, "provider": "net1"})), "KO544");
    assert_eq!(vlan_codes(json!({"id": 9})), "KO546");
    let network_codes = |name: &str, spec: Value| {
        let found = provider_network::check(
            &world(),
            &ProviderNetworkIntent::from_manifest(&object("ProviderNetwork", name, &spec)),
        );
        found
            .iter()
            .map(|finding| format!("{} {}", finding.code.id, finding.severity.word()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(network_codes("abcdefghijkl", json!({"defaultInterface": "eth2"})), "");
    assert_eq!(network_codes("abcdefghijklm", json!({"defaultInterface": "eth2"})), "KO543 error");
    assert_eq!(network_codes("n", json!({"defaultInterface": "a/b"})), "KO543 error");
    assert_eq!(network_codes("n", json!({"defaultInterface": "eth1"})), "KO543 warning");
}

#[test]
fn a_vpc_is_judged_field_by_field() {
    let with = |spec: Value| {
        let found = vpc::check(&world(), &VpcIntent::from_manifest(&object("Vpc", "new", &spec)));
        found.iter().map(|finding| finding.code.id).collect::<Vec<_>>().join(" ")
    };
    for (spec, expected) in [
        (json!({}), ""),
        (json!({"staticRoutes": [{"cidr": "0.0.0.0/0", "nextHopIP": "10.0.0.1", "policy": "policyDst"}]}), ""),
        (json!({"staticRoutes": [{"cidr": "0.0.0.0/0", "nextHopIP": "10.0.0.1/24"}]}), "KO547"),
        (json!({"staticRoutes": [{"cidr": "abc", "nextHopIP": "10.0.0.1", "policy": "dst"}]}), "KO547 KO547"),
        (json!({"policyRoutes": [{"priority": 10, "match": "ip4", "action": "accept"}]}), "KO547"),
        (
            json!({"policyRoutes": [{"priority": 10, "match": "ip4", "action": "reroute", "nextHopIP": "10.0.0.1,x"}]}),
            "KO547",
        ),
        (json!({"policyRoutes": [{"priority": 40000, "match": "ip4", "action": "drop"}]}), "KO547"),
        (json!({"vpcPeerings": [{"remoteVpc": "vpc1", "localConnectIP": "169.254.0.1/30"}]}), "KO548"),
        (json!({"vpcPeerings": [{"remoteVpc": "nope", "localConnectIP": "169.254.0.1"}]}), "KO547 KO548"),
        (json!({"enableExternal": true, "extraExternalSubnets": ["ovn-default"]}), "KO548 KO549"),
        (json!({"enableExternal": true}), "KO402 KO549"),
        (json!({"extraExternalSubnets": ["nope"]}), "KO548 KO548"),
        (json!({"namespaces": ["ns1"]}), "KO539"),
    ] {
        assert_eq!(with(spec.clone()), expected, "{spec}");
    }
}
