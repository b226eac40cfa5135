//! `ip` against a played controller: what is written, in which order, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Fault;
use crate::support::apiserver::journal::Recorded;
use crate::support::apiserver::react::Act;
use crate::support::{Environment, scenes};

const KEPT: &str = "ovn.kubernetes.io/ip_reserved";

/// The documents' cluster without its OVN: namespace `default` is bound to `ovn-default`, pod `web` runs there.
fn cluster() -> Environment {
    let ko = Environment::with(&scenes::cluster());
    ko.server.apply(
        "namespaces",
        json!({"metadata": {"name": "default", "annotations": {"ovn.kubernetes.io/logical_switch": "ovn-default"}}}),
    );
    ko.server.apply(
        "pods",
        json!({
        "metadata": {"name": "web", "namespace": "default", "annotations": {"ovn.kubernetes.io/allocated": "true",
            "ovn.kubernetes.io/ip_address": "10.16.0.2", "ovn.kubernetes.io/logical_switch": "ovn-default"}},
        "spec": {"nodeName": "node-a", "containers": [{"name": "c"}]}, "status": {"phase": "Running"}}),
    );
    ko.server.apply("ips", ip("web", "10.16.0.2", "false"));
    // as the real one: it gives whatever is asked for, also what somebody has, and passes over what is named like no port
    let gives = |ip: &Value| {
        let text = |key: &str| ip["spec"][key].as_str().unwrap_or_default().to_owned();
        let named = ip["metadata"]["name"] == format!("{}.{}", text("podName"), text("namespace"));
        if !named || ip["metadata"]["finalizers"].is_array() {
            return Vec::new();
        }
        let address = Some(text("v4IpAddress")).filter(|text| !text.is_empty()).unwrap_or("10.16.0.7".to_owned());
        let last = address.rsplit('.').next().unwrap_or_default();
        let mac =
            Some(text("macAddress")).filter(|text| !text.is_empty()).unwrap_or(format!("02:00:00:00:01:{last:0>2}"));
        let spec = json!({"v4IpAddress": address, "ipAddress": address, "macAddress": mac});
        let finalizers = json!(["kubeovn.io/kube-ovn-controller"]);
        let patch = json!({"metadata": {"finalizers": finalizers, "labels": {KEPT: "true"}}, "spec": spec});
        vec![Act::merge("ips", ip, patch).after(20)]
    };
    ko.server.on_create("ips", gives);
    ko.server.on_patch("ips", gives);
    ko.server.on_delete("ips", |ip| vec![Act::remove("ips", ip).after(20)]);
    ko
}

fn ip(pod: &str, address: &str, reserved: &str) -> Value {
    json!({
        "metadata": {"name": format!("{pod}.default"), "finalizers": ["kubeovn.io/kube-ovn-controller"],
            "labels": {KEPT: reserved, "ovn.kubernetes.io/subnet": "ovn-default"}},
        "spec": {"podName": pod, "namespace": "default", "subnet": "ovn-default", "v4IpAddress": address,
            "ipAddress": address, "macAddress": "02:00:00:00:00:02", "podType": "", "nodeName": ""}})
}

fn writes(ko: &Environment) -> Vec<String> {
    let requests = ko.server.requests().into_iter().filter(Recorded::is_write);
    requests.map(|request| format!("{} {}", request.method, request.path)).collect()
}

const ALL: &str = "/apis/kubeovn.io/v1/ips";

#[test]
fn an_address_that_the_controller_chooses_is_one_write() {
    let ko = cluster();
    let output = ko.ko("ip reserve pod/app").success();
    assert!(output.stdout.contains("ip.kubeovn.io/app.default reserved: 10.16.0.7"), "{output}");
    assert!(output.stderr.contains("KO307"), "{output}");
    assert_eq!(writes(&ko), [format!("POST {ALL}")]);
    let spec = &ko.server.object("ips", "", "app.default")["spec"];
    assert_eq!(
        (&spec["podName"], &spec["namespace"], &spec["subnet"]),
        (&json!("app"), &json!("default"), &json!("ovn-default"))
    );
}

const CLAIM: &str = "ko-claim-10-16-0-60-ovn-default";

/// A claim of 10.16.0.60 that a call for `pod` left.
fn claim(pod: &str) -> Value {
    json!({
        "metadata": {"name": CLAIM, "annotations": {"kubectl-ko/claim": format!("{pod}.default")}},
        "spec": {"podName": pod, "namespace": "default", "subnet": "ovn-default", "v4IpAddress": "10.16.0.60"}})
}

/// The writes of a reservation of 10.16.0.60: claim, IP, and the claim goes.
fn claimed(pod: &str) -> [String; 3] {
    let ip = format!("POST {ALL} {pod}.default");
    [format!("POST {ALL} {CLAIM}"), ip, format!("DELETE {ALL}/{CLAIM}")]
}

/// Writes with the name of what was created; those that were only tried are left out.
fn named_writes(ko: &Environment) -> Vec<String> {
    let requests = ko
        .server
        .requests()
        .into_iter()
        .filter(|one| one.is_write() && !one.query.0.iter().any(|(key, _)| key == "dryRun"));
    let line = |request: Recorded| {
        let name = request.json()["metadata"]["name"].as_str().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{} {}{name}", request.method, request.path)
    };
    requests.map(line).collect()
}

#[test]
fn a_static_address_is_claimed_before_the_controller_sees_it() {
    let ko = cluster();
    ko.ko("ip reserve pod/app --ip 10.16.0.60").success().done();
    assert_eq!(named_writes(&ko), claimed("app"));
    let object = ko.server.object("ips", "", "app.default");
    assert_eq!(object["metadata"]["labels"][KEPT], "true", "others look for it before the controller does: {object}");
    // the very same again changes nothing
    let before = writes(&ko);
    let again = ko.ko("ip reserve pod/app --ip 10.16.0.60").success();
    assert!(again.stdout.contains("unchanged: 10.16.0.60"), "{again}");
    assert_eq!(writes(&ko), before);
    ko.ko("ip reserve pod/app --ip 10.16.0.61").exits(6).says("KO305").done();
    // a MAC is claimed as an address is
    ko.ko("ip reserve pod/mac --ip 10.16.0.61 --mac 02:00:00:00:00:60").success().done();
    assert!(named_writes(&ko).contains(&format!("POST {ALL} ko-claim-02-00-00-00-00-60-ovn-default")));
    assert_eq!(ko.server.names("ips"), ["app.default", "mac.default", "web.default"]);
}

/// Somebody takes the address between the look and the write: the claim is taken back, and nobody was harmed.
#[test]
fn whoever_comes_second_takes_the_claim_back() {
    let ko = cluster();
    ko.server.on_create("ips", |one| {
        let first = one["metadata"]["name"] == CLAIM;
        if first { vec![Act::apply("ips", ip("other", "10.16.0.60", "true"))] } else { Vec::new() }
    });
    let output = ko.ko("ip reserve pod/app --ip 10.16.0.60");
    output.exits(6).says("ip/other.default").says("somebody was first").done();
    assert_eq!(ko.server.names("ips"), ["other.default", "web.default"]);
    assert_eq!(named_writes(&ko), [format!("POST {ALL} {CLAIM}"), format!("DELETE {ALL}/{CLAIM}")]);
}

#[test]
fn a_claim_keeps_others_away_and_its_maker_goes_on_with_it() {
    let ko = cluster();
    // the server's clock stands still
    ko.server.created_ago(Duration::ZERO);
    ko.server.apply("ips", claim("app"));
    let late = ko.ko("ip reserve pod/late --ip 10.16.0.60");
    late.exits(6).says("is being reserved for ip/app.default, since 0 s").says("counts no longer after 120 s").done();
    let shown = ko.ko(&format!("ip show {CLAIM}"));
    assert!(shown.stdout.contains("claim of an address"), "{shown}");
    ko.ko("ip reserve pod/app --ip 10.16.0.60").success().done();
    assert_eq!(ko.server.names("ips"), ["app.default", "web.default"]);
}

#[test]
fn an_old_claim_is_in_nobodys_way() {
    for pod in ["late", "app"] {
        let ko = cluster();
        ko.server.created_ago(Duration::from_secs(180));
        ko.server.apply("ips", claim("app"));
        ko.server.created_ago(Duration::ZERO);
        let output = ko.ko(&format!("ip reserve pod/{pod} --ip 10.16.0.60")).success();
        assert!(output.stderr.contains("an interrupted reservation of ip/app.default left"), "{output}");
        assert_eq!(ko.server.names("ips"), [format!("{pod}.default"), "web.default".to_owned()]);
    }
}

/// Killed between its IP and the end of its claim: the same again takes the claim away.
#[test]
fn a_claim_that_is_left_behind_its_ip_goes_with_the_next_call() {
    let ko = cluster();
    ko.ko("ip reserve pod/app --ip 10.16.0.60").success().done();
    ko.server.apply("ips", claim("app"));
    ko.ko("ip reserve pod/app --ip 10.16.0.60").success().done();
    assert_eq!(ko.server.names("ips"), ["app.default", "web.default"]);
}

#[test]
fn the_address_of_a_running_pod_is_marked() {
    let ko = cluster();
    let output = ko.ko("ip reserve pod/web").success();
    assert!(output.stdout.contains("web.default reserved: 10.16.0.2"), "{output}");
    assert_eq!(writes(&ko), [format!("PATCH {ALL}/web.default")]);
    assert_eq!(ko.server.object("ips", "", "web.default")["metadata"]["labels"][KEPT], "true");
    ko.ko("ip reserve pod/web --ip 10.16.0.9").exits(6).says("v4IpAddress is 10.16.0.2").done();
}

#[test]
fn a_dry_run_writes_nothing_and_strict_refuses_what_does_not_last() {
    let ko = cluster();
    for mode in ["client", "server"] {
        let output = ko.ko(&format!("ip reserve pod/app --ip 10.16.0.60 --dry-run={mode} -o yaml")).success();
        assert!(output.stdout.contains("subnet: ovn-default"), "{output}");
        ko.ko(&format!("ip reserve pod/web --dry-run={mode}")).success().done();
        ko.ko(&format!("ip release web.default --dry-run={mode}")).success().done();
    }
    ko.ko("ip reserve pod/app --strict").exits(6).says("KO307").done();
    assert_eq!(ko.server.writes(), "");
    assert_eq!(ko.server.names("ips"), ["web.default"]);
}

#[test]
fn a_reservation_under_a_running_pod_is_kept_unless_forced_and_its_port_never_goes() {
    let ko = cluster();
    ko.server.apply("ips", ip("web", "10.16.0.2", "true"));
    ko.ko("ip release pod/web").exits(1).says("pod default/web runs with 10.16.0.2").says("--force").done();
    assert_eq!(ko.server.writes(), "");
    let output = ko.ko("ip release pod/web --force").success();
    assert!(output.stdout.contains("released: its pod keeps the address"), "{output}");
    assert_eq!(writes(&ko), [format!("PATCH {ALL}/web.default")]);
    assert_eq!(ko.server.object("ips", "", "web.default")["metadata"]["labels"][KEPT], "false");
    let again = ko.ko("ip release pod/web").success();
    assert!(again.stdout.contains("unchanged"), "{again}");
}

#[test]
fn a_reservation_that_nobody_uses_is_deleted_and_one_with_rules_is_refused() {
    let ko = cluster();
    ko.server.apply("ips", ip("app", "10.16.0.60", "true"));
    ko.server.apply(
        "ovn-fips",
        json!({"metadata": {"name": "front"}, "spec": {"ovnEip": "office", "ipName": "app.default"}}),
    );
    ko.ko("ip release app.default").exits(1).says("ovn-fip/front points office at it").done();
    let shown = ko.ko("ip show app.default");
    assert!(shown.stdout.contains("ovn-fip/front"), "{shown}");
    assert_eq!(ko.server.writes(), "");
    ko.ko("ip release app.default --force").success().done();
    assert_eq!(ko.server.names("ips"), ["web.default"]);
    ko.ko("ip release app.default").exits(1).says("not found").done();
    ko.ko("ip release app.default --ignore-not-found").success().done();
}

/// A pod that takes the address writes into the IP: what was looked at is not there any more.
#[test]
fn a_pod_that_starts_meanwhile_keeps_its_reservation() {
    let ko = cluster();
    ko.server.apply("ips", ip("app", "10.16.0.60", "true"));
    let conflict = Fault::says(format!("{ALL}/app.default"), 409, "Conflict", "the object has been modified");
    ko.server.fault(conflict.method("DELETE"));
    ko.ko("ip release app.default").exits(1).says("was left alone").done();
    assert!(ko.server.names("ips").contains(&"app.default".to_owned()));
}

#[test]
fn targets_that_can_have_no_reservation_are_usage_errors() {
    let ko = cluster();
    for (line, says) in [
        ("ip reserve deploy/web", "pod/NAME"),
        ("ip reserve web", "pod/NAME"),
        ("ip reserve sts/db", "--replicas"),
        ("ip reserve pod/web --replicas 2", "sts/NAME"),
        ("ip reserve sts/db --replicas 3 --ip 10.16.0.5 --ip 10.16.0.6", "2 times for 3 pods"),
        ("ip reserve pod/web --ip 10.16.0.5,10.16.0.6", "two addresses of one family"),
        ("ip release x -o wide", "-o name"),
    ] {
        ko.ko(line).exits(2).says(says).done();
    }
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn one_command_reserves_for_every_pod_of_a_set_or_for_none() {
    let ko = cluster();
    ko.server.apply("ips", ip("taken", "10.16.0.61", "true"));
    ko.ko("ip reserve sts/db --replicas 2 --ip 10.16.0.60 --ip 10.16.0.61").exits(6).says("db-1.default").done();
    ko.ko("ip reserve sts/db --replicas 2 --ip 10.16.0.60 --ip 10.16.0.60").exits(6).says("stands before it").done();
    assert_eq!(ko.server.writes(), "");
    ko.ko("ip reserve sts/db --replicas 2 --ip 10.16.0.60 --ip 10.16.0.62").success().done();
    let addresses =
        ["db-0.default", "db-1.default"].map(|name| ko.server.object("ips", "", name)["spec"]["v4IpAddress"].clone());
    assert_eq!(addresses, ["10.16.0.60", "10.16.0.62"]);
}

#[test]
fn lists_tell_reservations_apart_though_they_lack_the_label_of_the_subnet() {
    let ko = cluster();
    let mut bare = ip("app", "10.16.0.60", "true");
    bare["metadata"]["labels"] = json!({KEPT: "true"});
    ko.server.apply("ips", bare);
    let lines = |line: &str| {
        let output = ko.ko(line).success();
        output.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let app = "app.default 10.16.0.60 <none> 02:00:00:00:00:02 <none> ovn-default true";
    let web = "web.default 10.16.0.2 <none> 02:00:00:00:00:02 <none> ovn-default false";
    assert_eq!(lines("ip list --no-headers"), [app, web]);
    assert_eq!(lines("ip list --subnet ovn-default --no-headers"), [app, web]);
    assert_eq!(lines("ip list --reserved --no-headers"), [app]);
    assert_eq!(lines("ip list -n default --no-headers"), [app, web]);
    assert_eq!(lines("ip list -n other"), [""; 0]);
    assert_eq!(lines("ip list --sort-by=V4IP -o name"), ["ip.kubeovn.io/app.default", "ip.kubeovn.io/web.default"]);
    assert!(lines("ip list app.default -o wide")[1].ends_with("default app <none> true"));
}

#[test]
fn what_may_not_be_read_is_not_taken_for_fine() {
    let ko = cluster();
    ko.server.apply("ips", ip("app", "10.16.0.60", "true"));
    ko.server.deny("*", "list", "ovn-fips");
    ko.ko("ip release app.default").exits(4).says("who uses it is not known").done();
    let shown = ko.ko("ip show app.default").exits(3);
    assert!(shown.stdout.contains("not looked at"), "{shown}");
    assert_eq!(ko.server.writes(), "");
}
