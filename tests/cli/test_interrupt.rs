//! Ctrl-C: what was written by then is told, and nothing is told that is not known.

#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a program that cannot be run or ended must stop the test")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::apiserver::journal::Recorded;
use crate::support::{Environment, Fault, scenes};

/// Runs a line, interrupts it once the server has seen such a request, and gives exit code and standard error.
fn interrupted(ko: &Environment, line: &str, once: impl Fn(&Recorded) -> bool) -> (Option<i32>, String) {
    let mut command = ko.command(line.split(' '));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ko.server.requests().iter().any(&once) {
        assert!(Instant::now() < deadline, "the request never came:\n{}", ko.server.journal());
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    let output = child.wait_with_output().expect("an end");
    (output.status.code(), ko.redact(&output.stderr))
}

fn watches(request: &Recorded) -> bool {
    request.query.get("watch") == "true"
}

fn told(written: &str, next: &str) -> (Option<i32>, String) {
    (Some(130), format!("interrupted: {written}\nhint: {next}\n"))
}

const CREATE: &str = "vip create web --subnet ovn-default";

#[test]
fn what_was_created_is_told() {
    let ko = Environment::with(&scenes::cluster());
    let written = "vip/web was created, and was not yet seen ready";
    assert_eq!(interrupted(&ko, CREATE, watches), told(written, "kubectl ko vip show web"));
    assert_eq!(ko.server.names("vips"), ["web"]);
}

#[test]
fn what_may_have_been_created_is_told_as_such() {
    let ko = Environment::with(&scenes::cluster());
    ko.server.fault(Fault::hang("/apis/kubeovn.io/v1/vips").method("POST"));
    let posts = |request: &Recorded| request.method == "POST";
    let known = "whether vip/web was created is not known";
    assert_eq!(interrupted(&ko, CREATE, posts), told(known, "kubectl ko vip show web"));
}

#[test]
fn before_the_first_write_there_is_nothing_to_tell() {
    let ko = Environment::with(&scenes::cluster());
    ko.server.fault(Fault::hang("/apis/kubeovn.io/v1/subnets"));
    let reads = |request: &Recorded| request.path.starts_with("/apis/kubeovn.io/v1/subnets");
    assert_eq!(interrupted(&ko, CREATE, reads), (Some(130), String::new()));
}

#[test]
fn what_was_marked_for_deletion_is_told() {
    let ko = Environment::with(&scenes::cluster());
    let metadata = json!({"name": "web", "finalizers": ["kubeovn.io/kube-ovn-controller"]});
    let status = json!({"v4ip": "10.16.0.7", "mac": "02:00:00:00:00:07"});
    ko.server.apply("vips", json!({"metadata": metadata, "spec": {"subnet": "ovn-default"}, "status": status}));
    let written = "vip/web was marked for deletion, and was not yet seen to go";
    assert_eq!(interrupted(&ko, "vip delete web", watches), told(written, "kubectl ko vip show web"));
}
