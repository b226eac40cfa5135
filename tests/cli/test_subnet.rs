//! What the verbs of `subnet`, `ippool` and `slr` print, refuse and ask of the server. Verdicts about Kube-OVN are the control plane's.

use serde_json::{Value, json};

use crate::support::Environment;
use crate::support::apiserver::react::Act;
use crate::support::documents::cluster_with_rules;

const ROWS: &[&str] = &[crate::support::documents::DOCUMENTS_OVN, crate::support::documents::NAT_OVN];

fn spec(environment: &Environment, line: &str) -> Value {
    let output = environment.ko(&format!("{line} --dry-run -o json")).success();
    serde_json::from_str::<Value>(&output.stdout).unwrap_or_default()["spec"].clone()
}

#[test]
fn flags_become_the_fields_of_a_manifest() {
    let ko = cluster_with_rules();
    let line = "subnet create apps --cidr 10.40.0.0/24,fd00:40::/64 --gateway 10.40.0.254 --vpc vpc1 --exclude 10.40.0.1..10.40.0.9 --for vpc1 --private --allow 10.41.0.0/24 --mtu 1400 --dhcp";
    assert_eq!(
        spec(&ko, line),
        json!({"cidrBlock": "10.40.0.0/24,fd00:40::/64", "gateway": "10.40.0.254", "vpc": "vpc1", "excludeIps": ["10.40.0.1..10.40.0.9"],
            "namespaces": ["vpc1"], "private": true, "allowSubnets": ["10.41.0.0/24"], "mtu": 1400, "enableDHCP": true})
    );
    let pool = spec(
        &ko,
        "ippool create p --subnet vpc1-pooled --ip 192.168.30.60..192.168.30.69,192.168.30.71 --address-set --for vpc1",
    );
    assert_eq!(
        pool,
        json!({"subnet": "vpc1-pooled", "ips": ["192.168.30.60..192.168.30.69", "192.168.30.71"], "namespaces": ["vpc1"], "enableAddressSet": true})
    );
    let slr = spec(
        &ko,
        "slr create s --vip 172.20.0.1 -n vpc1 --selector app=web --port http:80:8080 --port dns:53:53/udp --session-affinity ClientIP",
    );
    assert_eq!(
        slr,
        json!({"vip": "172.20.0.1", "namespace": "vpc1", "selector": ["app:web"], "sessionAffinity": "ClientIP", "ports": [
            {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}, {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"}]})
    );
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn what_the_rules_refuse_is_not_written() {
    let ko = cluster_with_rules();
    for (line, said) in [
        (
            "subnet create apps --cidr 10.40.0.0/24,fd00:40::/64 --gateway fd00:40::9",
            "KO533 error: gateway fd00:40::9 leaves IPv4 out",
        ),
        ("subnet create apps --cidr 10.16.7.0/24", "KO536 error: 10.16.7.0/24 overlaps subnet ovn-default"),
        ("subnet create apps --cidr 10.40.0.0/24 --vpc nosuch", "KO427 error: there is no vpc \"nosuch\""),
        ("subnet create apps --cidr 10.40.0.0/24 --vlan 204", "KO538 error: there is no vlan \"204\""),
        (
            "subnet create apps --cidr 10.40.0.0/24 --vpc vpc1 --for default",
            "KO539 error: vpc vpc1 does not have the namespace default",
        ),
        (
            "subnet create vpc1-subnet1 --cidr 192.168.0.0/23 --vpc vpc1",
            "is there already and differs, nothing was written\n  cidrBlock is 192.168.0.0/24, asked for is 192.168.0.0/23",
        ),
        (
            "ippool create p --subnet vpc1-pooled --ip 192.168.30.100",
            "KO552 error: ippool/pool-a has 192.168.30.100 too",
        ),
        ("ippool create p --subnet vpc1-pooled --ip 10.1.0.0/24", "KO551 error"),
        (
            "slr create s --vip 192.168.0.60 -n vpc1 --selector app=web --port http:80:8080",
            "KO564 error: slr/lb has port 80/TCP of 192.168.0.60 already",
        ),
        ("slr create s --vip 172.20.0.1 -n nosuch --selector app=web --port http:80:8080", "KO208 error"),
        ("slr create web.front --vip 172.20.0.1 -n vpc1 --selector app=web --port http:80:8080", "KO566 error"),
    ] {
        ko.ko(line).exits(6).says(said).done();
    }
    ko.ko("slr create s --vip 172.20.0.1 --selector app=web --port 80").exits(2).says("write NAME:PORT:TARGET").done();
    assert_eq!(ko.server.writes(), "");
}

/// The controller completes the Subnet; OVN has its switch and router port.
fn controller_makes(ko: &Environment) {
    ko.server.on_create("subnets", |object| {
        let mut done = object.clone();
        done["spec"]["gateway"] = json!("10.40.0.1");
        done["spec"]["provider"] = json!("ovn");
        done["spec"]["vpc"] = json!("ovn-cluster");
        done["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
        vec![Act::apply("subnets", done)]
    });
}

#[test]
fn a_subnet_is_made_once_it_is_ready_and_in_ovn() {
    let ko = cluster_with_rules();
    controller_makes(&ko);
    let rows = json!({"OVN_Northbound": {"Logical_Switch": [{"name": "apps"}], "Logical_Router_Port": [{"name": "ovn-cluster-apps"}]}});
    ko.ovn(&[ROWS, &[rows.to_string().as_str()]].concat());
    let output = ko.ko("subnet create apps --cidr 10.40.0.0/24").success();
    assert_eq!(output.stdout, "subnet.kubeovn.io/apps created: 10.40.0.0/24 in vpc ovn-cluster, gateway 10.40.0.1\n");
    let again = ko.ko("subnet create apps --cidr 10.40.0.0/24").success();
    assert_eq!(again.stdout, "subnet.kubeovn.io/apps unchanged: 10.40.0.0/24 in vpc ovn-cluster, gateway 10.40.0.1\n");
}

#[test]
fn a_subnet_without_a_switch_is_not_proven() {
    let ko = cluster_with_rules();
    controller_makes(&ko);
    let output = ko.ko("subnet create apps --cidr 10.40.0.0/24 --timeout 1s").exits(5);
    output.says("subnet/apps is ready, but OVN has no logical switch apps").done();
}

#[test]
fn a_subnet_that_somebody_has_addresses_of_stays() {
    let ko = cluster_with_rules();
    let output = ko.ko("subnet delete vpc1-subnet1").exits(1);
    output
        .says("subnet/vpc1-subnet1 is in use, nothing was deleted:")
        .says("  pods: 2 (web-1.vpc1, web-2.vpc1)")
        .says("vips: ")
        .done();
    ko.ko("subnet delete nosuch").exits(1).says("subnets.kubeovn.io \"nosuch\" not found").done();
    ko.ko("subnet delete nosuch --ignore-not-found").success().done();
    assert_eq!(ko.server.writes(), "");
    let output = ko.ko("subnet delete macvlan-net --wait=false").success();
    assert_eq!(output.stdout, "subnet.kubeovn.io \"macvlan-net\" deleted\n");
}

/// Nobody found is not nobody there.
#[test]
fn a_subnet_whose_users_may_not_be_read_stays() {
    for hidden in ["ips", "vips", "ovn-eips"] {
        let ko = cluster_with_rules();
        ko.server.deny("*", "list", hidden);
        let output = ko.ko("subnet delete vpc1-subnet1");
        assert_ne!(output.code, 0, "{hidden}\n{output}");
        output.says("who uses it is not known").says("--force deletes without looking").done();
        assert_eq!(ko.server.writes(), "", "{hidden}");
    }
}

#[test]
fn a_pool_that_a_pod_names_stays() {
    let ko = cluster_with_rules();
    let metadata = json!({"name": "asks", "namespace": "vpc1", "annotations": {"ovn.kubernetes.io/ip_pool": "pool-a"}});
    ko.server.apply("pods", json!({"metadata": metadata, "spec": {}}));
    ko.ko("ippool delete pool-a").exits(1).says("pod/asks of namespace vpc1").done();
    let shown = ko.ko("ippool show pool-a").success();
    assert!(shown.stdout.contains("pod/asks of namespace vpc1"), "{shown}");
    assert!(ko.server.names("ippools").contains(&"pool-a".to_owned()));
}

#[test]
fn lists_show_kubectls_columns() {
    let ko = cluster_with_rules();
    let output = ko.ko("subnet list ovn-default vpc1-dual").success();
    let first: Vec<&str> = output.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, ["NAME", "ovn-default", "vpc1-dual"], "{output}");
    let of_vpc = ko.ko("subnet list --vpc vpc2 -o name").success();
    assert!(of_vpc.stdout.lines().all(|line| line.contains("vpc2")), "{of_vpc}");
    let pools = ko.ko("ippool list --subnet vpc1-pooled").success();
    assert!(pools.stdout.contains("192.168.30.100..192.168.30.199"), "{pools}");
    let balancers = ko.ko("slr list -n vpc1").success();
    assert!(balancers.stdout.contains("vpc1/slr-lb"), "{balancers}");
    let none = ko.ko("slr list -n default").success();
    assert_eq!(none.stdout, "");
}

#[test]
fn lint_of_what_is_there_goes_by_the_rules_of_new_ones() {
    let ko = cluster_with_rules();
    let swapped = ko.ko("subnet lint vpc1-swapped").exits(1);
    assert!(
        swapped.stdout.starts_with("KO121 error subnet/vpc1-swapped") && swapped.stdout.lines().count() == 1,
        "{swapped}"
    );
    ko.ko("subnet lint vpc1-subnet1").success().done();
}

/// The map and the summary say the same: what is in a pool is nobody's for the asking.
#[test]
fn what_is_in_a_pool_is_told_apart() {
    let ko = cluster_with_rules();
    let report = ko.ko("subnet show vpc1-pooled -o json").success().stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let map = ko.ko("subnet map vpc1-pooled -o json").success().stdout;
    let map: Value = serde_json::from_str(&map).expect("JSON");
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<u64>().ok()).expect("a number");
    let family = &report["ipv4"];
    let counts = &map["blocks"][0]["counts"];
    assert_eq!(number(&family["freeInPools"]), number(&counts["pool"]), "{report}\n{map}");
    assert_eq!(number(&family["free"]), number(&counts["pool"]) + number(&counts["free"]), "{report}\n{map}");
}
