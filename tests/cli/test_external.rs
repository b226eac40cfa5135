//! What the verbs of `external` and `vpc` print, refuse and write. Verdicts about Kube-OVN are the control plane's.

use crate::support::documents::cluster_with_rules;
use crate::support::{Environment, Fault};

const CREATE: &str = "external create lab --provider-network labnet --interface eth7 --vlan 300 --cidr 10.5.230.0/24 --gateway 10.5.230.254 --wait=false";

/// A create whose answer is lost may have been carried out: what it stands on stays, and the same command goes on.
#[test]
fn nothing_is_undone_under_a_part_that_may_be_there() {
    let ko = cluster_with_rules();
    ko.server.fault(Fault::torn("/apis/kubeovn.io/v1/subnets").method("POST").times(1));
    let output = ko.ko(CREATE).exits(7).says("whether the create of subnet").never_says("undone");
    output.says("hint: run the same command again").done();
    assert!(!ko.server.object("vlans", "", "vlan300").is_null());
    ko.ko(CREATE).success().done();
}

/// All of it or nothing: what this run made goes again when the last part is refused.
#[test]
fn what_was_made_of_a_network_is_undone_when_a_part_is_refused() {
    let ko = cluster_with_rules();
    ko.server.deny("*", "create", "subnets");
    let output = ko.ko(CREATE);
    let output = output.says("subnet/lab was refused");
    output.says("undone: vlan/vlan300, provider-network/labnet").done();
    assert!(!ko.server.names("vlans").contains(&"vlan300".to_owned()));
    assert!(!ko.server.names("provider-networks").contains(&"labnet".to_owned()));
}

/// What is there is taken, and stays when the rest is refused.
#[test]
fn what_was_there_before_stays() {
    let ko = cluster_with_rules();
    ko.server.deny("*", "create", "subnets");
    let line = CREATE.replace("labnet --interface eth7 --vlan 300", "net1 --vlan 204");
    ko.ko(&line).says("subnets.kubeovn.io").done();
    assert!(ko.server.names("vlans").contains(&"vlan204".to_owned()));
    assert!(ko.server.names("provider-networks").contains(&"net1".to_owned()));
}

#[test]
fn the_same_network_again_changes_nothing_and_another_is_refused() {
    let ko = cluster_with_rules();
    ko.ko(CREATE).success().done();
    let before = ko.server.writes();
    let again = ko.ko(CREATE).success();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
    let other = CREATE.replace("10.5.230.254", "10.5.230.253");
    ko.ko(&other).exits(6).says("gateway is 10.5.230.254, asked for is 10.5.230.253").done();
    assert_eq!(ko.server.writes(), before);
}

/// One refusal a line, and nothing is written.
#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let ko = cluster_with_rules();
    let refused = |ko: &Environment, line: &str, code: i32, said: &str| ko.ko(line).exits(code).says(said).done();
    refused(&ko, &CREATE.replace(" --interface eth7", ""), 2, "--interface says which interface of the nodes it is");
    refused(&ko, &CREATE.replace("300", "4095"), 2, "4095");
    refused(&ko, "external attach external204 --vpc vpc1 --dry-run", 6, "KO503");
    refused(&ko, "external attach external203 --vpc vpc2", 6, "did you mean external20");
    refused(&ko, "external attach external204 --vpc ovn-cluster --default-route", 2, "for VPCs of one's own");
    refused(&ko, "external detach external204 --vpc vpc1", 1, "ofip/busy-fip");
    refused(&ko, "vpc delete vpc1", 1, "vpc/vpc1 is in use, nothing was deleted:\n  subnet/");
    refused(&ko, "vpc delete ovn-cluster --force", 1, "the cluster's own");
    refused(&ko, "vpc create vpc1 --external external205", 6, "is there already and differs");
    refused(&ko, "vpc create new --route 10.0.0.0/8=fd00::1", 2, "two families");
    refused(&ko, "vpc show nosuch", 1, "vpcs.kubeovn.io \"nosuch\" not found");
    assert_eq!(ko.server.writes(), "");
}

/// `-n` can be repeated, as the design of `vpc create` has it.
#[test]
fn a_vpc_is_for_every_namespace_that_is_named() {
    let ko = cluster_with_rules();
    let output =
        ko.ko("vpc create new -n vpc1 -n default --route 0.0.0.0/0=10.5.204.254 --bfd --dry-run -o json").success();
    let object: serde_json::Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    assert_eq!(object["spec"]["namespaces"], serde_json::json!(["vpc1", "default"]), "{output}");
    assert_eq!(object["spec"]["staticRoutes"][0]["policy"], "policyDst", "{output}");
    assert_eq!(object["spec"]["enableBfd"], true, "{output}");
}
