//! Bindings that are moved, and rules that are released: what is written in which order, against a played controller.

use serde_json::json;

use super::test_bind::{bound, cluster, nat_row, writes};
use crate::support::Environment;
use crate::support::apiserver::journal::Recorded;
use crate::support::apiserver::react::Act;

/// A cluster with e1 bound to web-1, whose controller carries deletions out.
fn bound_cluster() -> Environment {
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    for plural in ["ovn-fips", "ovn-dnat-rules"] {
        ko.server.on_delete(plural, move |rule| {
            vec![Act::no_row("OVN_Northbound", "NAT", "n1"), Act::remove(plural, rule).after(20)]
        });
    }
    ko
}

#[test]
fn a_reassigned_eip_is_taken_first_and_bound_then() {
    let ko = bound_cluster();
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign").success();
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "ovnfip.kubeovn.io/e1 deleted: it led to ip/web-1.vpc1",
            "ovnfip.kubeovn.io/e1 created: 10.5.204.105 <-> 192.168.0.3 (ip/web-2.vpc1)",
        ]
    );
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1", "POST /apis/kubeovn.io/v1/ovn-fips"]);
    // who is outside knows the MAC of before
    output.says("02:00:00:00:00:03 now, and with 02:00:00:00:00:02 before").done();
    ko.server.forget();
    let again = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign").success();
    assert!(again.stdout.contains("unchanged"), "{again}");
    assert_eq!(ko.server.writes(), "");
}

/// A name that is another rule's, and a dry run.
#[test]
fn what_is_not_reassigned_stays() {
    let ko = bound_cluster();
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign --dry-run=client").success();
    assert_eq!(
        output.stdout.lines().collect::<Vec<_>>(),
        ["ovnfip.kubeovn.io/e1 deleted: it led to ip/web-1.vpc1 (dry run)", "ovnfip.kubeovn.io/e1 created (dry run)",]
    );
    // a new target that is refused costs the old one nothing
    ko.ko("eip bind e1 pod/agent -n vpc1 --reassign").exits(6).says("its node's own network").done();
    ko.ko("eip bind e1 fd00::5 --vpc vpc1 --reassign").exits(6).says("KO434").done();
    ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign --ip 10.0.0.1").exits(2).done();
    assert_eq!(ko.server.writes(), "");
    assert_eq!(ko.server.object("ovn-fips", "", "e1")["spec"]["ipName"], "web-1.vpc1");
}

#[test]
fn a_rule_that_would_hang_is_not_reassigned() {
    let ko = bound_cluster();
    ko.server.rows("OVN_Northbound", "NAT", &json!([]));
    ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign")
        .exits(1)
        .says("would hang")
        .says("fip delete e1 --release")
        .done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn a_reassignment_that_stops_half_way_says_how_far_it_came() {
    // the old rule does not go: the new one is not begun
    let ko = cluster(true);
    ko.server.apply("ovn-fips", bound());
    ko.server.rows("OVN_Northbound", "NAT", &json!([nat_row()]));
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign --timeout 1s").exits(5);
    output.says("ofip/e1 is marked for deletion, but does not go").done();
    assert_eq!(writes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1"]);
    // the new one cannot be written: the old one is gone, and that is said
    let ko = bound_cluster();
    ko.server.fault(crate::support::Fault::status("/apis/kubeovn.io/v1/ovn-fips", 500).method("POST"));
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign").exits(7);
    output.says("ofip/e1, which led to ip/web-1.vpc1, was deleted").done();
    // and run again it ends as it should
    ko.server.clear_faults();
    let again = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign").success();
    assert_eq!(again.stdout, "ovnfip.kubeovn.io/e1 created: 10.5.204.105 <-> 192.168.0.3 (ip/web-2.vpc1)\n");
}

/// The rule of e1 that somebody else made between the check and the write of ours, and which stays.
fn contested(ko: &Environment) {
    let mut first = bound();
    first["metadata"] = json!({"name": "a-first", "uid": "u-a", "creationTimestamp": "2020-01-01T00:00:00Z", "finalizers": ["kubeovn.io/kube-ovn-controller"]});
    ko.server.on_create("ovn-fips", move |_| vec![Act::apply("ovn-fips", first.clone())]);
}

#[test]
fn a_reassignment_that_loses_says_that_the_old_binding_is_gone() {
    let ko = bound_cluster();
    contested(&ko);
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign --timeout 3s").exits(7);
    let output = output.says("ofip/a-first").says("ofip/e1 was withdrawn");
    let told = "written before that: ofip/e1, which led to ip/web-1.vpc1, was deleted";
    assert!(output.stderr.contains(told) && !output.stderr.contains("was created"), "{output}");
    assert_eq!(ko.server.names("ovn-fips"), ["a-first"]);
}

/// Of a binding that made nothing but its own rule, nothing is left.
#[test]
fn a_binding_that_loses_is_refused() {
    let ko = bound_cluster();
    ko.server.remove("ovn-fips", "", "e1");
    ko.server.rows("OVN_Northbound", "NAT", &json!([]));
    contested(&ko);
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --timeout 3s").exits(6);
    assert!(!output.stderr.contains("written before that"), "{output}");
    assert_eq!(ko.server.names("ovn-fips"), ["a-first"]);
}

/// Nobody plays the controller of DNATs: a new one does not get ready.
#[test]
fn a_reassignment_that_is_not_proven_says_what_is_gone() {
    let ko = bound_cluster();
    let mut dnat = written_dnat("80");
    dnat["metadata"]["name"] = json!("d");
    ko.server.apply("ovn-dnat-rules", dnat);
    let router = json!([{"name": "vpc1", "nat": ["uuid", "n1"], "load_balancer": ["uuid", "l1"]}]);
    ko.server.rows("OVN_Northbound", "Logical_Router", &router);
    let balancer = json!([{"_uuid": ["uuid", "l1"], "name": "d", "protocol": "tcp", "vips": ["map", [["10.5.204.105:80", "192.168.0.2:80"]]]}]);
    ko.server.rows("OVN_Northbound", "Load_Balancer", &balancer);
    ko.server.on_delete("ovn-dnat-rules", |_| vec![Act::no_row("OVN_Northbound", "Load_Balancer", "l1")]);
    let output = ko.ko("eip bind e1 pod/web-2 -n vpc1 --tcp 80:80 --reassign --timeout 1s").exits(5);
    output
        .says("odnat/e1-tcp-80 was written, but is not ready")
        .says("written before that: odnat/d, which led to ip/web-1.vpc1 port 80, was deleted; odnat/e1-tcp-80 was created")
        .done();
    // what the message is about is not told again
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 --tcp 81:80 --timeout 1s").exits(5);
    assert!(!output.stderr.contains("written before that"), "{output}");
}

/// A DNAT of e1 that was made ready with port 80, and asks for another one by now.
fn written_dnat(asked: &str) -> serde_json::Value {
    json!({
        "metadata": {"name": format!("e1-tcp-{asked}"), "uid": "u-d", "finalizers": ["kubeovn.io/kube-ovn-controller"]},
        "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1", "protocol": "tcp", "externalPort": asked, "internalPort": "80"},
        "status": {"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.105", "v4Ip": "192.168.0.2", "protocol": "tcp",
            "externalPort": "80", "internalPort": "80"},
    })
}

/// A ready rule that was edited keeps its rows: what is asked for is there by its spec alone.
#[test]
fn an_edit_of_a_ready_rule_is_not_taken_for_what_ovn_does() {
    let ko = bound_cluster();
    ko.server.remove("ovn-fips", "", "e1");
    ko.server.apply("ovn-dnat-rules", written_dnat("8080"));
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 --tcp 8080:80").exits(6);
    output.says("made with externalPort 80, and the edit to 8080 has no effect in OVN").says("--reassign").done();
    assert_eq!(ko.server.writes(), "");
    let shown = ko.ko("dnat show e1-tcp-8080");
    assert!(shown.stdout.contains("KO485 warning: odnat/e1-tcp-8080 says externalPort 8080"), "{shown}");
}

#[test]
fn a_dry_run_prints_the_rule_that_is_there_by_its_own_name() {
    let ko = bound_cluster();
    let mut other = bound();
    other["metadata"]["name"] = json!("by-hand");
    ko.server.remove("ovn-fips", "", "e1");
    ko.server.apply("ovn-fips", other);
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 --dry-run=client -o yaml").success();
    assert!(output.stdout.contains("name: by-hand"), "{output}");
}

#[test]
fn a_rule_that_went_meanwhile_is_not_printed_as_null() {
    let ko = bound_cluster();
    let text = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"not found","reason":"NotFound","details":{"name":"e1","kind":"ovn-fips"},"code":404}"#;
    let gone = crate::support::Fault::text("/apis/kubeovn.io/v1/ovn-fips/e1", 404, text);
    ko.server.fault(gone.method("GET"));
    let output = ko.ko("eip bind e1 pod/web-1 -n vpc1 -o json").exits(7);
    assert!(!output.stdout.contains("null"), "{output}");
    output.says("ofip/e1 was written, and deleted by somebody else meanwhile").done();
}

/// The transactions that change OVN, and the requests that change the cluster, in their order.
fn changes(ko: &Environment) -> Vec<String> {
    let told = |request: Recorded| {
        let asked = format!("{:?}", request.query);
        let words =
            ["insert", "mutate", "delete"].into_iter().filter(|word| asked.contains(&format!("op\\\":\\\"{word}")));
        match (request.is_write(), words.collect::<Vec<_>>().join(" ")) {
            (true, _) if !request.path.ends_with("/exec") => Some(format!("{} {}", request.method, request.path)),
            (_, words) if !words.is_empty() => Some(format!("OVN: {words}")),
            _ => None,
        }
    };
    ko.server.requests().into_iter().filter_map(told).collect()
}

#[test]
fn a_lost_row_is_put_back_before_its_rule_is_deleted() {
    let ko = bound_cluster();
    ko.server.rows("OVN_Northbound", "NAT", &json!([]));
    ko.server.rows(
        "OVN_Northbound",
        "Logical_Router",
        &json!([{"name": "vpc1", "nat": ["set", []], "load_balancer": ["set", []]}]),
    );
    let output = ko.ko("fip delete e1 --release").success();
    assert_eq!(output.stdout, "ovnfip.kubeovn.io \"e1\" deleted\n");
    output.says("its row is put back on router vpc1").done();
    assert_eq!(changes(&ko), ["OVN: insert mutate", "DELETE /apis/kubeovn.io/v1/ovn-fips/e1"]);
    assert!(ko.server.names("ovn-fips").is_empty());
}

/// A FIP of no type, on a bare address, in a cluster whose configuration makes such ones distributed.
#[test]
fn a_row_that_is_put_back_has_the_type_that_the_controller_gives() {
    for (kind, config, option) in [
        ("", "distributed", r#"["stateless","true"]"#),
        ("", "centralized", r#"["stateless","false"]"#),
        ("centralized", "distributed", r#"["stateless","false"]"#),
    ] {
        let ko = bound_cluster();
        let mut raw = bound();
        raw["spec"] = json!({"ovnEip": "e1", "vpc": "vpc1", "v4Ip": "192.168.0.2", "type": kind});
        ko.server.apply("ovn-fips", raw);
        ko.server.apply(
            "configmaps",
            json!({"metadata": {"name": "ovn-external-gw-config", "namespace": "kube-system"}, "data": {"type": config}}),
        );
        ko.server.rows("OVN_Northbound", "NAT", &json!([]));
        let router = json!([{"name": "vpc1", "nat": ["set", []], "load_balancer": ["set", []]}]);
        ko.server.rows("OVN_Northbound", "Logical_Router", &router);
        ko.ko("fip delete e1 --release").success().done();
        let asked =
            ko.server.requests().iter().map(|one| format!("{:?}", one.query).replace('\\', "")).collect::<String>();
        assert!(asked.contains(option), "{kind} {config}: {asked}");
    }
}

#[test]
fn a_rule_of_a_router_that_is_gone_loses_its_finalizer() {
    let ko = cluster(true);
    let status = json!({"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.105", "v4Ip": "192.168.0.2",
        "protocol": "tcp", "externalPort": "80", "internalPort": "8080"});
    let dnat = json!({
        "metadata": {"name": "d", "uid": "u-d", "finalizers": ["kubeovn.io/kube-ovn-controller"]}, "status": status,
        "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1", "protocol": "tcp", "externalPort": "80", "internalPort": "8080"},
    });
    ko.server.apply("ovn-fips", bound());
    ko.server.apply("ovn-dnat-rules", dnat);
    ko.server.rows("OVN_Northbound", "Logical_Router", &json!([]));
    // a load balancer is nobody's child: it is there still
    let balancer = json!([{"_uuid": ["uuid", "l1"], "name": "d", "protocol": "tcp", "vips": ["map", [["10.5.204.105:80", "192.168.0.2:8080"]]]}]);
    ko.server.rows("OVN_Northbound", "Load_Balancer", &balancer);
    for rule in ["fip delete e1", "dnat delete d"] {
        ko.ko(rule).exits(1).says("router vpc1 is gone from OVN").says("--release takes the finalizer off").done();
        ko.ko(&format!("{rule} --dry-run=client --release")).success().done();
    }
    assert_eq!(ko.server.writes(), "");
    ko.ko("fip delete e1 --release").success().says("the finalizer is taken off").done();
    let of = |verb: &str, path: &str| format!("{verb} /apis/kubeovn.io/v1/{path}");
    assert_eq!(changes(&ko), [of("DELETE", "ovn-fips/e1"), of("PATCH", "ovn-fips/e1")]);
    ko.server.forget();
    ko.ko("dnat delete d --release").success().says("the finalizer is taken off").done();
    assert_eq!(
        changes(&ko),
        [of("DELETE", "ovn-dnat-rules/d"), of("PATCH", "ovn-dnat-rules/d"), "OVN: delete".to_owned()]
    );
    assert!(ko.server.names("ovn-fips").is_empty() && ko.server.names("ovn-dnat-rules").is_empty());
    // the second time it is done
    ko.ko("dnat delete d --release").exits(1).says("not found").done();
    ko.ko("dnat delete d --release --ignore-not-found").success().done();
}

/// What is in order is deleted as without the flag.
#[test]
fn a_rule_that_does_not_hang_is_not_touched_in_ovn() {
    let ko = bound_cluster();
    ko.ko("fip delete e1 --release").success().done();
    assert_eq!(changes(&ko), ["DELETE /apis/kubeovn.io/v1/ovn-fips/e1"]);
}

/// How often the pods of OVN's databases were listed.
fn lists_of_members(ko: &Environment) -> usize {
    let requests = ko.server.requests();
    requests.iter().filter(|request| request.query.get("labelSelector") == "app=ovn-central").count()
}

#[test]
fn the_pods_of_the_databases_are_listed_once_and_again_when_they_fail() {
    let ko = bound_cluster();
    ko.ko("eip bind e1 pod/web-2 -n vpc1 --reassign").success().done();
    assert!(ko.server.execs().len() > 3, "{}", ko.server.journal());
    assert_eq!(lists_of_members(&ko), 1, "{}", ko.server.journal());
    // the look behind the deletion finds neither of the members that the first one knew
    let ko = bound_cluster();
    let members = "/api/v1/namespaces/kube-system/pods/ovn-central-";
    ko.server.fault(crate::support::Fault::status(members, 500).after(1).times(2));
    ko.ko("fip delete e1").success().done();
    assert_eq!(lists_of_members(&ko), 2, "{}", ko.server.journal());
    // once, and not for ever
    let ko = bound_cluster();
    ko.server.fault(crate::support::Fault::status(members, 500).after(1));
    ko.ko("fip delete e1").success().says("OVN was not looked at").done();
    assert_eq!(lists_of_members(&ko), 2, "{}", ko.server.journal());
}

/// Whoever may not read the controller's log is not told that it was silent: the rule is gone, and what is not known is said.
#[test]
fn a_rule_that_never_was_ready_is_deleted_without_the_right_to_read_logs() {
    let never_ready = || {
        let ko = bound_cluster();
        ko.server.rows("OVN_Northbound", "NAT", &json!([]));
        let fip = json!({"metadata": {"name": "e1", "uid": "u-f1"}, "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1"}});
        ko.server.apply("ovn-fips", fip);
        ko
    };
    let heard = never_ready().ko("fip delete e1 --timeout 1s").exits(5);
    heard.says("had done nothing with it").done();
    for right in ["pods/log", "leases"] {
        let ko = never_ready();
        ko.server.deny("*", "get", right);
        let output = ko.ko("fip delete e1 --timeout 1s").success();
        assert_eq!(output.stdout, "ovnfip.kubeovn.io \"e1\" deleted\n");
        assert!(!output.stderr.contains("had done nothing"), "{output}");
        output.says("its log may not be read").done();
        assert!(ko.server.names("ovn-fips").is_empty());
    }
}
