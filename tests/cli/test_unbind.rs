//! `eip unbind` of a target: what is understood, what is the same target in other words, and what is no target at all.

use serde_json::json;

use super::test_bind::{bound, cluster, nat_row, writes};
use crate::support::Environment;
use crate::support::apiserver::react::Act;

/// A cluster with e1 bound to web-1, whose controller carries deletions out.
fn bound_cluster() -> Environment {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    for plural in ["ovn-fips", "ovn-dnat-rules", "ovn-snat-rules"] {
        ko.server.on_delete(plural, move |rule| {
            vec![Act::no_row("OVN_Northbound", "NAT", "n1"), Act::remove(plural, rule).after(20)]
        });
    }
    ko
}

#[test]
fn a_target_that_is_not_understood_is_a_usage_error_and_not_done() {
    let ko = bound_cluster();
    for (target, why) in [
        ("192.168.0.2", "192.168.0.2 says nothing of its VPC: add --vpc VPC"),
        ("192.168.0.0/24", "192.168.0.0/24 says nothing of its VPC: add --vpc VPC"),
        ("sts/web", "sts/web is many pods; name one, such as sts/web-0"),
        ("web-1", "web-1 is no target"),
    ] {
        ko.ko(&format!("eip unbind e1 {target}")).exits(2).says(why).done();
    }
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn an_address_and_the_pod_that_has_it_are_the_same_target() {
    // the rule names the pod
    let ko = bound_cluster();
    let output = ko.ko("eip unbind e1 192.168.0.2 --vpc vpc1").success();
    assert_eq!(output.stdout, "ovnfip.kubeovn.io/e1 deleted: it led to ip/web-1.vpc1\n");
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1"]);
    // the rule has its bare address
    let ko = bound_cluster();
    let mut bare = bound();
    bare["spec"] = json!({"ovnEip": "e1", "v4Ip": "192.168.0.2", "vpc": "vpc1"});
    ko.server.apply("ovn-fips", bare);
    ko.ko("eip unbind e1 pod/web-2 -n vpc1").success().says("oeip/e1 is not bound to pod/web-2").done();
    assert_eq!(ko.server.writes(), "");
    let output = ko.ko("eip unbind e1 pod/web-1 -n vpc1").success();
    assert_eq!(output.stdout, "ovnfip.kubeovn.io/e1 deleted: it led to 192.168.0.2 in vpc/vpc1\n");
}

#[test]
fn what_the_eip_is_bound_by_instead_is_told() {
    let ko = bound_cluster();
    let output = ko.ko("eip unbind e1 pod/web-2 -n vpc1").success();
    output
        .says("oeip/e1 is not bound to pod/web-2, nothing was changed; it is bound by\n  ofip/e1: ip/web-1.vpc1\n")
        .done();
    assert_eq!(ko.server.writes(), "");
}

/// Names that differ are two targets whatever may be read.
#[test]
fn an_address_that_may_not_be_looked_up_is_not_taken_for_another_one() {
    let ko = bound_cluster();
    ko.server.deny("*", "get", "ips");
    ko.ko("eip unbind e1 pod/web-2 -n vpc1").success().says("is not bound to pod/web-2").done();
    let mut bare = bound();
    bare["spec"] = json!({"ovnEip": "e1", "v4Ip": "192.168.0.2", "vpc": "vpc1"});
    ko.server.apply("ovn-fips", bare);
    let output = ko.ko("eip unbind e1 pod/web-1 -n vpc1").exits(4);
    output.says("it cannot be told whether ofip/e1, which leads to 192.168.0.2 in vpc/vpc1, is of pod/web-1").done();
    assert_eq!(ko.server.writes(), "");
}
