//! A whole command against a played controller: what is written, in which order, and when it is believed.
//!
//! That a controller does this is not shown here but on the control plane (tests/controlplane).

use std::time::Duration;

use serde_json::json;

use crate::support::apiserver::journal::Recorded;
use crate::support::apiserver::react::Act;
use crate::support::{Environment, scenes};

/// Gives every new Vip an address after 30 ms.
fn allocates(ko: &Environment) {
    ko.server.on_create("vips", |vip| {
        let status = json!({"v4ip": "10.16.0.7", "mac": "02:00:00:00:00:07", "type": ""});
        vec![Act::merge("vips", vip, json!({"status": status})).after(30)]
    });
}

#[test]
fn a_vip_is_created_and_waited_for() {
    let ko = Environment::with(&scenes::cluster());
    allocates(&ko);
    let output = ko.ko("vip create web --subnet ovn-default").success();
    assert!(output.stdout.contains("10.16.0.7"), "{output}");
    let requests = ko.server.requests().into_iter().filter(Recorded::is_write);
    let writes: Vec<String> = requests.map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(writes, ["POST /apis/kubeovn.io/v1/vips"]);
    assert_eq!(ko.server.object("vips", "", "web")["spec"]["subnet"], "ovn-default");
}

#[test]
fn a_dry_run_writes_nothing() {
    for mode in ["client", "server"] {
        let ko = Environment::with(&scenes::cluster());
        allocates(&ko);
        ko.ko(&format!("vip create web --subnet ovn-default --dry-run={mode}")).success().done();
        assert_eq!(ko.server.writes(), "", "{mode}");
        assert_eq!(ko.server.names("vips"), [""; 0], "{mode}");
    }
}

/// A controller that says why in its log is quoted, and the wait ends there.
#[test]
fn a_vip_that_gets_no_address_ends_with_the_reason() {
    let ko = Environment::with(&scenes::cluster());
    ko.server.on_create("vips", |_| {
        let line = scenes::complaint("add vip", "web", "no available address");
        vec![Act::log("kube-system", "kube-ovn-controller-0", line).after(30)]
    });
    let output = ko.ko("vip create web --subnet ovn-default --timeout 10s");
    output.exits(5).says("no available address").within(Duration::from_secs(8)).done();
}

/// The sentence stands in the log of whoever leads by then, whether the first log ended or its node went away without a word.
#[test]
fn the_reason_is_heard_from_the_next_leader() {
    for ends in [true, false] {
        let ko = Environment::with(&scenes::cluster());
        let next = "kube-ovn-controller-1";
        ko.server.load(&scenes::pod("kube-system", next, "kube-ovn-controller", "app: kube-ovn-controller", true));
        if ends {
            ko.server.end_log("kube-system", "kube-ovn-controller-0");
        }
        ko.server.on_create("vips", move |_| {
            let lease = json!({"metadata": {"namespace": "kube-system", "name": "kube-ovn-controller"}});
            let takes_over = json!({"spec": {"holderIdentity": next}});
            let line = scenes::complaint("add vip", "web", "no available address");
            vec![Act::merge("leases", &lease, takes_over).after(1500), Act::log("kube-system", next, line).after(1500)]
        });
        let output = ko.ko("vip create web --subnet ovn-default --timeout 20s").exits(5).says("no available address");
        output.within(Duration::from_secs(15)).done();
    }
}

/// Who may not read logs is not asked again and again.
#[test]
fn a_log_that_may_not_be_read_is_asked_for_once() {
    let ko = Environment::with(&scenes::cluster());
    ko.server.deny("*", "get", "pods/log");
    ko.ko("vip create web --subnet ovn-default --timeout 3s").exits(5).says("pods/log").done();
    let asked = ko.server.requests().into_iter().filter(|request| request.query.get("follow") == "true");
    assert_eq!(asked.count(), 1);
}

#[test]
fn a_name_that_is_taken_by_another_is_left_alone() {
    let ko = Environment::with(&scenes::cluster());
    ko.server.apply("vips", json!({"metadata": {"name": "web"}, "spec": {"subnet": "other"}, "status": {"v4ip": "10.17.0.2", "mac": "02:00:00:00:00:02"}}));
    let output = ko.ko("vip create web --subnet ovn-default");
    assert_eq!(output.code, 6, "{output}");
    assert_eq!(ko.server.writes(), "");
}
