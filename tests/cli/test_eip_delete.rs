//! `eip delete` and the `delete` of rules: who still needs it is looked for again, and what was typed twice goes once.

use serde_json::{Value, json};

use super::test_bind::{bound, cluster, nat_row, writes};
use crate::support::Environment;
use crate::support::apiserver::react::Act;

/// A cluster with e1 bound to web-1, whose controller carries deletions out.
fn bound_cluster() -> Environment {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    ko.server.on_delete("ovn-fips", |rule| {
        vec![Act::no_row("OVN_Northbound", "NAT", "n1"), Act::remove("ovn-fips", rule).after(20)]
    });
    ko.server.on_delete("ovn-eips", |eip| vec![Act::remove("ovn-eips", eip).after(20)]);
    ko
}

#[test]
fn a_name_that_was_typed_twice_is_deleted_once() {
    let ko = bound_cluster();
    let output = ko.ko("fip delete e1 e1 ofip/e1").success();
    assert_eq!(output.stdout, "ovnfip.kubeovn.io \"e1\" deleted\n");
    let output = ko.ko("eip delete e1 e1 oeip/e1").success();
    assert_eq!(output.stdout, "ovneip.kubeovn.io \"e1\" deleted\n");
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1", "DELETE /apis/kubeovn.io/v1/ovn-eips/e1"]);
}

/// While its rules go somebody else binds it.
#[test]
fn an_eip_that_was_bound_meanwhile_is_left_alone() {
    let ko = bound_cluster();
    ko.server.on_delete("ovn-fips", |rule| {
        let mut late = bound();
        late["metadata"] = json!({"name": "late", "uid": "u-late"});
        late["spec"]["ipName"] = json!("web-2.vpc1");
        let gone = Act::remove("ovn-fips", rule).after(20);
        vec![Act::no_row("OVN_Northbound", "NAT", "n1"), Act::apply("ovn-fips", late), gone]
    });
    let output = ko.ko("eip delete e1 --with-rules").exits(7);
    output
        .says("oeip/e1 is in use since it was looked at, so it was left alone\n  ofip/late: ip/web-2.vpc1")
        .says("written before that: ofip/e1 deleted")
        .done();
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1"]);
}

fn vpc_with(spec: &Value) -> Value {
    json!({"metadata": {"name": "vpc1"}, "spec": spec, "status": {"standby": true}})
}

#[test]
fn the_eip_of_a_node_that_vpcs_leave_over_is_refused() {
    let ko = bound_cluster();
    let eip = json!({
        "metadata": {"name": "node-a", "uid": "u-n", "finalizers": ["kubeovn.io/kube-ovn-controller"]},
        "spec": {"externalSubnet": "external204", "type": "lsp", "v4Ip": "10.5.204.110"},
        "status": {"v4Ip": "10.5.204.110", "macAddress": "02:00:00:00:01:10", "type": "lsp", "ready": true},
    });
    ko.server.apply("ovn-eips", eip);
    let route =
        json!([{"cidr": "192.168.0.0/24", "nextHopIP": "10.5.204.110", "policy": "policySrc", "ecmpMode": "ecmp"}]);
    ko.server.apply("vpcs", vpc_with(&json!({"enableExternal": true, "staticRoutes": route})));
    ko.ko("eip delete node-a")
        .exits(1)
        .says("  vpc/vpc1: its static route of 192.168.0.0/24 leads to 10.5.204.110\n")
        .says("hint: kubectl edit vpc vpc1")
        .done();
    // by what has the controller make such a route
    let subnet = |ecmp: bool| {
        let spec = json!({"vpc": "vpc1", "cidrBlock": "192.168.0.0/24", "provider": "ovn", "enableEcmp": ecmp});
        json!({"metadata": {"name": "vpc1-subnet1"}, "spec": spec})
    };
    ko.server.apply("vpcs", vpc_with(&json!({"enableExternal": true, "enableBfd": true})));
    ko.server.apply("subnets", subnet(true));
    ko.ko("eip delete node-a").exits(1).says("its subnet vpc1-subnet1 enableEcmp").done();
    assert_eq!(ko.server.writes(), "");
    ko.server.apply("subnets", subnet(false));
    ko.ko("eip delete node-a").success().done();
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-eips/node-a"]);
}

/// A deletion goes by name and uid: of what cannot be read neither is known.
#[test]
fn an_object_of_a_gateway_that_cannot_be_read_is_not_deleted() {
    let ko = bound_cluster();
    let rule = json!({"metadata": {"name": "g1", "uid": "u-g1", "ownerReferences": "none"}, "spec": {"eip": "g"}});
    ko.server.apply("iptables-fip-rules", rule);
    ko.ko("fip delete iptables-fip/g1").exits(4).says("cannot be understood").done();
    assert_eq!(ko.server.writes(), "");
}

/// One that kubectl made has its address and no finalizer: it would go while rules use it.
#[test]
fn an_address_of_choice_that_is_there_gets_the_finalizer() {
    let ko = bound_cluster();
    let eip = json!({
        "metadata": {"name": "e7", "uid": "u-e7", "finalizers": ["example.com/mine"], "labels": {"ovn.kubernetes.io/subnet": "external204"}},
        "spec": {"externalSubnet": "external204", "type": "nat", "v4Ip": "10.5.204.77"},
        "status": {"v4Ip": "10.5.204.77", "macAddress": "02:00:00:00:01:77", "type": "nat", "ready": true},
    });
    ko.server.apply("ovn-eips", eip);
    let create = "eip create e7 --subnet external204 --ip 10.5.204.77";
    let dry = ko.ko(&format!("{create} --dry-run=client")).success();
    assert_eq!(dry.stdout, "ovneip.kubeovn.io/e7 configured (dry run)\n");
    assert_eq!(ko.server.writes(), "");
    let output = ko.ko(create).success();
    assert!(output.stdout.starts_with("ovneip.kubeovn.io/e7 configured: 10.5.204.77"), "{output}");
    let finalizers = ko.server.object("ovn-eips", "", "e7")["metadata"]["finalizers"].clone();
    assert_eq!(finalizers, json!(["example.com/mine", "kubeovn.io/kube-ovn-controller"]));
    ko.server.forget();
    let again = ko.ko(create).success();
    assert!(again.stdout.starts_with("ovneip.kubeovn.io/e7 unchanged"), "{again}");
    assert_eq!(ko.server.writes(), "");
}
