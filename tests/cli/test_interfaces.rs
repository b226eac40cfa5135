//! `nad` and `pod` against the cluster of the documents.

use serde_json::{Value, json};

use crate::support::documents::cluster_with_rules;

const SAMPLE: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sample", "namespace": "vpc1"}}"#;

/// The annotations that a command gives a sample pod.
fn annotations(line: &str) -> Value {
    let ko = cluster_with_rules();
    let words = ["pod", "annotate", "-f", "-", "-o", "json"].into_iter().chain(line.split(' '));
    let output = ko.run_with_stdin(words, SAMPLE).exits(0);
    let object: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    object["metadata"]["annotations"].clone()
}

#[test]
fn a_flag_is_for_the_network_that_stands_before_it() {
    assert_eq!(
        annotations("--ip 192.168.0.150 --nad default/attachnet --ip 172.18.0.50 --mac 00:00:00:53:6B:BB"),
        json!({
            "k8s.v1.cni.cncf.io/networks": "default/attachnet",
            "ovn.kubernetes.io/ip_address": "192.168.0.150",
            "attachnet.default.ovn.kubernetes.io/ip_address": "172.18.0.50",
            "attachnet.default.ovn.kubernetes.io/mac_address": "00:00:00:53:6b:bb",
        })
    );
}

#[test]
fn the_same_network_twice_has_keys_with_the_interface() {
    assert_eq!(
        annotations("--nad default/attachnet@e5 --ip 172.18.0.50 --nad default/attachnet@e6 --subnet vpc1-subnet1"),
        json!({
            "k8s.v1.cni.cncf.io/networks": "default/attachnet@e5,default/attachnet@e6",
            "attachnet.default.ovn.e5.kubernetes.io/ip_address": "172.18.0.50",
            "attachnet.default.ovn.e6.kubernetes.io/logical_switch": "vpc1-subnet1",
        })
    );
}

#[test]
fn a_mac_of_another_plugin_is_asked_by_the_interface() {
    assert_eq!(
        annotations("--nad default/macvlan@net9 --mac 00:00:00:53:6b:bb"),
        json!({
            "k8s.v1.cni.cncf.io/networks": "default/macvlan@net9",
            "macvlan.default.kubernetes.io/mac_address.net9": "00:00:00:53:6b:bb",
        })
    );
}

#[test]
fn what_cannot_work_is_refused_and_nothing_is_written() {
    let ko = cluster_with_rules();
    for (line, code) in [
        ("--ip 192.168.0.2", "KO106"),
        ("--ip 192.168.0.1", "KO105"),
        ("--ip 10.0.0.1", "KO103"),
        ("--subnet nope", "KO115"),
        ("--pool nope", "KO610"),
        ("--pool pool-attach", "KO611"),
        ("--nad default/none", "KO602"),
        ("--nad default/lonely", "KO605"),
        ("--nad default/attachnet --subnet macvlan-net", "KO607"),
        ("--mac 01:00:5e:00:00:01", "KO110"),
        ("--vip pending", "KO616"),
    ] {
        let words = ["pod", "annotate", "-f", "-"].into_iter().chain(line.split(' '));
        ko.run_with_stdin(words, SAMPLE).exits(6).says(code).done();
    }
    for line in ["--ip 1 --ip 2", "--ip 192.168.0.150 --pool pool-web", "--nad a,b"] {
        let words = ["pod", "annotate", "-f", "-"].into_iter().chain(line.split(' '));
        ko.run_with_stdin(words, SAMPLE).exits(2).done();
    }
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn a_pod_that_has_its_address_is_not_annotated() {
    let ko = cluster_with_rules();
    let output = ko.run(["pod", "annotate", "web-1", "-n", "vpc1", "--ip", "192.168.0.150"]).exits(6);
    output.says("annotations take effect on a new pod only").done();
    assert_eq!(ko.server.writes(), "");
    let output = ko.run(["pod", "annotate", "web-1", "-n", "vpc1", "--ip", "192.168.0.150", "--dry-run", "-o", "json"]);
    let object: Value = serde_json::from_str(&output.exits(0).stdout).unwrap_or_default();
    assert_eq!(object["metadata"]["annotations"]["ovn.kubernetes.io/ip_address"], "192.168.0.150");
    assert_eq!(object["metadata"]["annotations"]["ovn.kubernetes.io/allocated"], Value::Null);
}

#[test]
fn a_network_is_created_with_its_subnet_or_not_at_all() {
    let ko = cluster_with_rules();
    let words =
        ["nad", "create", "net9", "--cidr", "172.29.0.0/24", "--gateway", "172.29.0.1", "--dry-run", "-o", "json"];
    let list: Value = serde_json::from_str(&ko.run(words).exits(0).stdout).unwrap_or_default();
    let config: Value =
        serde_json::from_str(list["items"][0]["spec"]["config"].as_str().unwrap_or_default()).unwrap_or_default();
    assert_eq!(config["provider"], "net9.default.ovn");
    assert_eq!(list["items"][1]["spec"]["provider"], "net9.default.ovn");
    ko.run(["nad", "create", "net9", "--cidr", "172.29.0.0/24", "--gateway", "10.0.0.1"]).exits(6).done();
    ko.run(["nad", "create", "net9", "--subnet", "vpc1-subnet1"]).exits(6).says("KO607").done();
    ko.run(["nad", "create", "net9", "--mode", "bridge"]).exits(2).done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn a_network_that_is_there_is_left_as_it_is() {
    let ko = cluster_with_rules();
    let output = ko.run(["nad", "create", "attachnet"]).exits(0);
    assert!(output.stdout.contains("unchanged"), "{output}");
    ko.run(["nad", "create", "attachnet", "--type", "macvlan"]).exits(6).says("differs").done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn pod_addr_says_why_it_is_that_subnet() {
    let ko = cluster_with_rules();
    let output = ko.run(["pod", "addr", "web-1", "-n", "vpc1", "-o", "json"]);
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    let interface = &report["interfaces"][0];
    assert_eq!(interface["subnet"], "vpc1-subnet1");
    assert_eq!(interface["subnetBy"], "bound to the namespace, vpc vpc1");
    assert_eq!(interface["addresses"], json!(["192.168.0.2"]));
    ko.run(["pod", "addr", "nobody", "-n", "vpc1"]).exits(1).says("not found").done();
}
