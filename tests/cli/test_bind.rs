//! EIPs and bindings against a played controller: what is read, written and refused, and when it is believed.
//!
//! That a controller does this, and that packets pass, is shown on the control plane (`tests/controlplane_suite`).

use serde_json::{Value, json};

use crate::support::apiserver::journal::Recorded;
use crate::support::apiserver::react::Act;
use crate::support::{Environment, scenes};

const WORLD: &str = "---
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: {name: external204, finalizers: [kubeovn.io/kube-ovn-controller]}
spec: {protocol: IPv4, cidrBlock: 10.5.204.0/24, gateway: 10.5.204.254, vlan: vlan204, vpc: ovn-cluster, provider: ovn}
status: {conditions: [{type: Ready, status: 'True'}], v4availableIPrange: 10.5.204.106-10.5.204.253}
---
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: {name: vpc1-subnet1, finalizers: [kubeovn.io/kube-ovn-controller]}
spec: {protocol: IPv4, cidrBlock: 192.168.0.0/24, gateway: 192.168.0.1, vpc: vpc1, provider: ovn}
status: {conditions: [{type: Ready, status: 'True'}], v4availableIPs: 100}
---
apiVersion: kubeovn.io/v1
kind: Vpc
metadata: {name: vpc1}
spec: {enableExternal: true, extraExternalSubnets: [external204], namespaces: [vpc1]}
status: {standby: true, subnets: [vpc1-subnet1]}
---
apiVersion: kubeovn.io/v1
kind: OvnEip
metadata: {name: e1, uid: u-e1, finalizers: [kubeovn.io/kube-ovn-controller], labels: {ovn.kubernetes.io/subnet: external204}}
spec: {externalSubnet: external204, type: nat, v4Ip: 10.5.204.105}
status: {v4Ip: 10.5.204.105, macAddress: '02:00:00:00:01:05', type: nat, ready: true}
---
apiVersion: kubeovn.io/v1
kind: IP
metadata: {name: web-1.vpc1, finalizers: [kubeovn.io/kube-ovn-controller]}
spec: {subnet: vpc1-subnet1, podName: web-1, namespace: vpc1, v4IpAddress: 192.168.0.2, ipAddress: 192.168.0.2, macAddress: '02:00:00:00:00:02'}
---
apiVersion: kubeovn.io/v1
kind: IP
metadata: {name: web-2.vpc1, finalizers: [kubeovn.io/kube-ovn-controller]}
spec: {subnet: vpc1-subnet1, podName: web-2, namespace: vpc1, v4IpAddress: 192.168.0.3, ipAddress: 192.168.0.3, macAddress: '02:00:00:00:00:03'}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: vpc1}
spec: {hostNetwork: true, nodeName: node-a, containers: [{name: c, image: x}]}
";

/// A FIP of e1 at web-1, as the controller leaves it.
pub(super) fn bound() -> Value {
    json!({
        "metadata": {"name": "e1", "uid": "u-f1", "finalizers": ["kubeovn.io/kube-ovn-controller"]},
        "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1"},
        "status": status_of(1),
    })
}

fn status_of(web: u8) -> Value {
    json!({"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.105", "v4Ip": format!("192.168.0.{}", web + 1)})
}

pub(super) fn nat_row() -> Value {
    row_of(1)
}

/// The row of a FIP of e1 at that web pod; one external address has one row.
fn row_of(web: u8) -> Value {
    let (inside, mac) = (format!("192.168.0.{}", web + 1), format!("02:00:00:00:00:0{}", web + 1));
    json!({"_uuid": ["uuid", "n1"], "type": "dnat_and_snat", "external_ip": "10.5.204.105", "logical_ip": inside,
        "logical_port": format!("web-{web}.vpc1"), "external_mac": mac, "options": ["map", [["stateless", "false"]]]})
}

/// A cluster whose controller makes a FIP ready, with its row in OVN or without.
pub(super) fn cluster(with_row: bool) -> Environment {
    let ko = Environment::with(&(scenes::cluster() + WORLD));
    ko.server.rows(
        "OVN_Northbound",
        "Logical_Router",
        &json!([{"name": "vpc1", "nat": ["uuid", "n1"], "load_balancer": ["set", []]}]),
    );
    let port = json!([{"name": "vpc1-external204", "mac": "02:00:00:00:00:01", "networks": "10.5.204.101/24", "gateway_chassis": ["uuid", "g1"]}]);
    ko.server.rows("OVN_Northbound", "Logical_Router_Port", &port);
    ko.server.rows("OVN_Northbound", "NAT", &json!([]));
    ko.server.rows("OVN_Northbound", "Load_Balancer", &json!([]));
    let binding = json!([{"logical_port": "cr-vpc1-external204", "type": "chassisredirect", "chassis": ["uuid", "c1"], "virtual_parent": ["set", []]}]);
    ko.server.rows("OVN_Southbound", "Port_Binding", &binding);
    ko.server.on_create("ovn-fips", move |fip| {
        let web = if fip["spec"]["ipName"] == "web-2.vpc1" { 2 } else { 1 };
        let ready = Act::merge("ovn-fips", fip, json!({"status": status_of(web)})).after(20);
        if with_row { vec![Act::row("OVN_Northbound", "NAT", row_of(web)), ready] } else { vec![ready] }
    });
    ko
}

pub(super) fn writes(ko: &Environment) -> Vec<String> {
    let requests = ko.server.requests().into_iter().filter(Recorded::is_write);
    requests.map(|request| format!("{} {}", request.method, request.path)).collect()
}

#[test]
fn a_pod_is_bound_and_seen_in_ovn_without_a_list_of_addresses() {
    let ko = cluster(true);
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1").success();
    assert!(output.stdout.contains("ovnfip.kubeovn.io/e1 created: 10.5.204.105 <-> 192.168.0.2"), "{output}");
    assert_eq!(writes(&ko), ["POST /apis/kubeovn.io/v1/ovn-fips"]);
    let lists: Vec<String> = ko.server.requests().iter().map(|one| one.path.clone()).collect();
    assert!(lists.contains(&"/apis/kubeovn.io/v1/ips/web-1.vpc1".to_owned()), "{lists:?}");
    assert!(!lists.contains(&"/apis/kubeovn.io/v1/ips".to_owned()), "{lists:?}");
}

#[test]
fn a_rule_that_is_ready_without_a_row_gets_it() {
    let ko = cluster(false);
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1").success();
    assert!(output.stderr.contains("e1 was ready without its row in OVN: it was written again"), "{output}");
    let rows = ko.ko("fip show e1").success();
    assert!(rows.stdout.contains("dnat_and_snat"), "{rows}");
}

/// A load balancer is not ours to write: what the controller did not make is told.
#[test]
fn a_dnat_that_is_ready_without_a_load_balancer_is_not_believed() {
    let ko = cluster(false);
    ko.server.on_create("ovn-dnat-rules", |dnat| {
        let status = json!({"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.105", "v4Ip": "192.168.0.2",
            "externalPort": "80", "internalPort": "80", "protocol": "tcp", "ipName": "web-1.vpc1"});
        vec![Act::merge("ovn-dnat-rules", dnat, json!({"status": status})).after(20)]
    });
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 --tcp 80:80");
    output.exits(5).says("KO453").says("hint: ").done();
}

#[test]
fn the_same_binding_again_changes_nothing() {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1").success();
    assert!(output.stdout.contains("unchanged"), "{output}");
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn an_eip_that_is_taken_is_refused_with_who_has_it() {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1").exits(6);
    output.says("ofip/e1 has oeip/e1 already: it leads to ip/web-1.vpc1").says("--reassign").done();
    assert_eq!(ko.server.writes(), "");
}

/// A pod that was made anew has another address; the rule does not follow.
#[test]
fn a_rule_at_the_address_its_target_had_is_not_the_same_binding() {
    let ko = cluster(true);
    let mut old = bound();
    old["status"]["v4Ip"] = json!("192.168.0.9");
    ko.server.apply("ovn-fips", old);
    ko.ko("eip bind e1 pod/web-1 -n vpc1").exits(6).says("192.168.0.9").says("--reassign").done();
}

#[test]
fn a_target_that_cannot_be_reached_is_refused() {
    let ko = cluster(true);
    ko.ko("eip bind e1 pod/agent -n vpc1").exits(6).says("its node's own network").done();
    ko.ko("eip bind e1 pod/nosuch -n vpc1").exits(1).says("pods \"nosuch\" not found").done();
    ko.ko("eip bind e1 vip/nosuch").exits(1).says("vips.kubeovn.io \"nosuch\" not found").done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn an_eip_that_is_not_there_is_told_with_what_was_meant() {
    let ko = cluster(true);
    ko.ko("eip bind e2 pod/web-1 -n vpc1")
        .exits(1)
        .says("ovn-eips.kubeovn.io \"e2\" not found")
        .says("--create")
        .done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let ko = cluster(true);
    for line in [
        "eip bind e1 pod/web-1 --tcp 0:80",
        "eip bind e1 pod/web-1 --tcp 80:70000",
        "eip bind e1 pod/web-1 --tcp 80:80 --tcp 80:81",
        "eip bind e1 pod/web-1 --as dnat",
        "eip bind e1 subnet/vpc1-subnet1 --tcp 80:80",
        "eip bind e1 subnet/vpc1-subnet1 --as fip",
        "eip bind e1 192.168.0.2",
        "eip bind e1 sts/db",
        "eip bind e1 web-1",
        "eip bind e1 pod/web-1 --create",
        "dnat create d --eip e1 pod/web-1",
        "eip unbind e1 pod/web-1 --all",
    ] {
        ko.ko(line).exits(2).done();
    }
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn an_eip_that_was_made_for_a_rule_that_failed_is_told() {
    let ko = cluster(true);
    ko.server.on_create("ovn-eips", |eip| {
        let status = json!({"v4Ip": "10.5.204.106", "macAddress": "02:00:00:00:01:06", "type": "nat", "ready": true});
        vec![Act::merge("ovn-eips", eip, json!({"status": status}))]
    });
    ko.server.fault(crate::support::Fault::status("/apis/kubeovn.io/v1/ovn-fips", 500).method("POST"));
    let output = ko.ko("eip bind e9 pod/web-1 -n vpc1 --create --subnet external204");
    output.exits(7).says("written before that: oeip/e9 was created").done();
}

/// Now and then the controller fills the spec of an EIP and loses its status, which it never writes again.
#[test]
fn the_status_that_an_eip_lost_is_written_again() {
    let ko = cluster(true);
    ko.server.on_create("ovn-eips", move |eip| {
        let spec = json!({"v4Ip": "10.5.204.107", "macAddress": "02:00:00:00:01:07"});
        vec![Act::merge("ovn-eips", eip, json!({"spec": spec, "status": {"ready": true}}))]
    });
    let output = ko.ko("eip create e8 --subnet external204 --timeout 1s").success();
    assert!(output.stdout.contains("10.5.204.107 (02:00:00:00:01:07)"), "{output}");
    assert!(output.stderr.contains("lost its status"), "{output}");
    let writes = ko.server.writes();
    let verbs: Vec<&str> = writes.lines().filter_map(|line| line.split(' ').next()).collect();
    // the status, and the labels
    assert_eq!(verbs, ["POST", "PATCH", "PATCH"], "{writes}");
}

#[test]
fn a_dry_run_prints_the_manifests_and_writes_nothing() {
    let ko = cluster(true);
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 --tcp 80:8080 --udp 80:8080 --dry-run=client -o yaml").success();
    for part in ["name: e1-tcp-80", "name: e1-udp-80", "ipName: web-1.vpc1", "protocol: udp"] {
        assert!(output.stdout.contains(part), "{part}: {output}");
    }
    assert_eq!(ko.server.writes(), "");
}

/// The controller gives an EIP with an address of its own choice no finalizer, and lets it go while rules use it.
#[test]
fn an_address_of_choice_is_asked_for_with_the_finalizer() {
    let ko = cluster(true);
    let output = ko.ko("eip create e7 --subnet external204 --ip 10.5.204.77 --dry-run=client -o yaml").success();
    assert!(output.stdout.contains("kubeovn.io/kube-ovn-controller"), "{output}");
    let output = ko.ko("eip create e7 --subnet external204 --dry-run=client -o yaml").success();
    assert!(!output.stdout.contains("finalizers"), "{output}");
}

#[test]
fn an_eip_in_use_is_not_deleted_and_several_rules_are_not_unbound_unasked() {
    let ko = cluster(true);
    let dnat = json!({
        "metadata": {"name": "d", "uid": "u-d"}, "spec": {"ovnEip": "e1", "ipName": "web-2.vpc1", "protocol": "tcp", "externalPort": "80", "internalPort": "80"},
    });
    ko.server.apply("ovn-fips", bound());
    ko.server.apply("ovn-dnat-rules", dnat);
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    ko.ko("eip delete e1").exits(1).says("ofip/e1").says("odnat/d").says("--with-rules").done();
    ko.ko("eip unbind e1").exits(2).says("ofip/e1").says("odnat/d").done();
    ko.ko("eip unbind e1 --all").exits(2).says("--yes").done();
    assert_eq!(ko.server.writes(), "");
}

/// A deletion that the controller could never finish is not begun.
#[test]
fn a_rule_whose_row_is_gone_is_not_deleted_unasked() {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.ko("fip delete e1").exits(1).says("would hang").says("kubectl ko fip delete e1 --release").done();
    ko.ko("eip delete e1 --with-rules").exits(1).says("--release").done();
    assert_eq!(ko.server.writes(), "");
}

/// A reservation shows the address it asks for from the start; a rule is written once the controller has given it.
#[test]
fn a_reservation_that_has_no_address_yet_is_waited_for() {
    let asked = || {
        let ip = json!({"metadata": {"name": "web-2.vpc1"},
            "spec": {"subnet": "vpc1-subnet1", "podName": "web-2", "namespace": "vpc1", "v4IpAddress": "192.168.0.3"}});
        let ko = cluster(true);
        ko.server.remove("ips", "", "web-2.vpc1");
        ko.server.apply("ips", ip.clone());
        (ko, ip)
    };
    for target in ["ip/web-2.vpc1", "pod/web-2 -n vpc1"] {
        let (ko, _) = asked();
        ko.ko(&format!("eip bind e1 {target} --timeout 1s")).exits(6).says("has no address within 1 s").done();
        assert_eq!(ko.server.writes(), "");
        let (ko, ip) = asked();
        std::thread::scope(|scope| {
            let bound = scope.spawn(|| ko.ko(&format!("eip bind e1 {target}")).success());
            // the rule comes behind the address
            let watched =
                |one: &Recorded| one.path.ends_with("/ips") && one.query.0.iter().any(|(key, _)| key == "watch");
            while !bound.is_finished() && !ko.server.requests().iter().any(watched) {
                std::thread::yield_now();
            }
            assert_eq!(ko.server.writes(), "");
            let mut given = ip.clone();
            given["metadata"]["finalizers"] = json!(["kubeovn.io/kube-ovn-controller"]);
            given["spec"]["ipAddress"] = "192.168.0.3".into();
            given["spec"]["macAddress"] = "02:00:00:00:00:03".into();
            ko.server.apply("ips", given);
            let output = bound.join().expect("no panic");
            assert!(output.stdout.contains("192.168.0.3"), "{output}");
        });
    }
}
