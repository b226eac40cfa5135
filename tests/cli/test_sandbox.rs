//! The sandbox: its file, its banner, and what it refuses.

#![expect(clippy::expect_used, reason = "a file that cannot be made or read must stop the test")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use kubectl_ko::sandbox::server::Live;
use kubectl_ko::sandbox::state::State;

use crate::support::Environment;

const BANNER: &str = "sandbox: this is the sandbox, no cluster: nothing here proves what Kube-OVN does";

/// A file with the documents' objects; a snapshot when `taken`.
fn file(ko: &Environment, taken: Option<&str>, release: &str) -> PathBuf {
    let path = ko.path().join("made.json");
    let mut live = Live::empty();
    live.store.load(include_str!("../fixtures/documents.yaml")).expect("the fixture");
    live.save(&path).expect("a file");
    let mut state = State::read(&path).expect("a state").expect("a file");
    (state.taken, state.release) = (taken.map(str::to_owned), release.to_owned());
    state.write(&path).expect("a file");
    path
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

/// Names of the Vips in a file.
fn vips(path: &Path) -> Vec<String> {
    let state = State::read(path).expect("a state").expect("a file");
    let names = state.objects["vips.kubeovn.io"].iter();
    names.map(|vip| vip.get()["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_sandbox_is_made_where_state_belongs_and_says_what_it_is() {
    let mut ko = Environment::new();
    let home = ko.path();
    ko.ko("--sandbox vip list").success().says(BANNER).done();
    let own = home.join(".local/state/kubectl-ko/sandbox.json");
    assert!(own.is_file());
    assert_eq!(ko.ko("sandbox path").success().stdout, "$HOME/.local/state/kubectl-ko/sandbox.json\n");
    ko.set("XDG_STATE_HOME", home.join("elsewhere"));
    ko.set("KUBECTL_KO_SANDBOX", "1");
    ko.ko("vip list").success().says(BANNER).done();
    assert!(home.join("elsewhere/kubectl-ko/sandbox.json").is_file());
    ko.set("KUBECTL_KO_SANDBOX", "0");
    ko.ko("vip list").success().never_says("sandbox").done();
    assert!(!ko.server.requests().is_empty(), "without the sandbox the cluster is asked");
}

#[test]
fn the_sandbox_asks_no_cluster() {
    let mut ko = Environment::new();
    ko.ko("--sandbox vip list").success().done();
    ko.set("KUBECONFIG", "/no/such/file");
    ko.ko("--sandbox vip list").success().done();
    assert!(ko.server.requests().is_empty());
    for flag in ["--context=x", "--kubeconfig=x", "--server=http://x", "--cluster=x", "--user=x", "--token=x", "--as=x"]
    {
        ko.ko(&format!("--sandbox vip list {flag}")).exits(2).says("the sandbox is none").done();
    }
    ko.set("KUBECTL_KO_SANDBOX", "true");
    ko.ko("vip list --context x").exits(2).says("leave --context out, or --sandbox and KUBECTL_KO_SANDBOX").done();
    ko.ko("vip list --sandbox= --save").exits(2).says("--save is about a snapshot").done();
}

#[test]
fn what_was_changed_is_there_the_next_time() {
    let ko = Environment::new();
    let path = file(&ko, None, "v1.16.2");
    let flag = format!("--sandbox={}", path.display());
    ko.ko(&format!("{flag} vip create spare --subnet vpc1-subnet1 --ip 192.168.0.77")).success().done();
    let shown = ko.ko(&format!("{flag} vip list spare -o name")).success();
    assert_eq!(shown.stdout, "vip.kubeovn.io/spare\n");
    ko.ko(&format!("{flag} vip create spare2 --subnet vpc1-subnet1 --ip 192.168.0.78 --dry-run=server"))
        .success()
        .done();
    assert!(!vips(&path).contains(&"spare2".to_owned()), "nothing is written by a dry run");
    ko.ko(&format!("{flag} sandbox reset")).success().done();
    assert!(!text(&path).contains("spare"));
}

#[test]
fn changes_of_commands_at_the_same_time_are_all_kept() {
    let ko = Environment::new();
    let path = file(&ko, None, "v1.16.2");
    let children: Vec<_> = (0..8)
        .map(|n| {
            let line = format!(
                "--sandbox={} vip create many-{n} --subnet vpc1-subnet1 --ip 192.168.0.{} --wait=false",
                path.display(),
                100 + n
            );
            ko.command(line.split(' ')).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("its end").success());
    }
    let made = vips(&path).into_iter().filter(|name| name.starts_with("many-")).count();
    assert_eq!(made, 8);
}

#[test]
fn a_file_of_something_else_is_said_and_never_overwritten() {
    let ko = Environment::new();
    for (name, content, said) in [
        ("foreign", "apiVersion: v1\n", "it is no sandbox and no snapshot of this program, or it is damaged"),
        (
            "damaged",
            "{\"format\":1,\"objects\":{",
            "it is no sandbox and no snapshot of this program, or it is damaged",
        ),
        ("newer", "{\"format\":2}", "it has format 2, and this program knows format 1: a newer kubectl-ko wrote it"),
    ] {
        let path = ko.write(name, content);
        let flag = format!("--sandbox={}", path.display());
        ko.ko(&format!("{flag} vip list")).exits(4).says(&format!("cannot use $HOME/{name}: {said}")).done();
        ko.ko(&format!("{flag} sandbox reset")).exits(4).says("nothing was changed").done();
        assert_eq!(text(&path), content);
    }
    ko.ko("--sandbox=nosuch vip list").exits(4).says("there is no sandbox and no snapshot nosuch").done();
    assert!(!ko.path().join("nosuch").exists());
    ko.ko("--sandbox=nosuch sandbox reset").success().done();
    ko.ko("--sandbox=nosuch vip list").success().done();
}

#[test]
fn a_snapshot_is_changed_in_memory_unless_it_is_to_be_kept() {
    let ko = Environment::new();
    let path = file(&ko, Some("2026-11-20T10:00:00Z"), "v1.16.2");
    let (before, flag) = (text(&path), format!("--sandbox={}", path.display()));
    let create = format!("{flag} vip create spare --subnet vpc1-subnet1 --ip 192.168.0.77 --wait=false");
    ko.ko(&create)
        .success()
        .says("this is a snapshot of 2026-11-20T10:00:00Z, no cluster")
        .says("changes are not kept")
        .done();
    assert_eq!(text(&path), before);
    ko.ko(&format!("{flag} sandbox reset")).exits(6).says("it is not overwritten").done();
    ko.ko(&format!("{create} --save")).success().says("changes are made to it").done();
    assert!(vips(&path).contains(&"spare".to_owned()));
}

#[test]
fn a_snapshot_of_a_release_without_a_model_is_read_and_not_changed() {
    let ko = Environment::new();
    let path = file(&ko, Some("2026-11-20T10:00:00Z"), "v1.13.0");
    let (before, flag) = (text(&path), format!("--sandbox={}", path.display()));
    ko.ko(&format!("{flag} vip list")).success().done();
    let create = format!("{flag} --save vip create spare --subnet vpc1-subnet1 --ip 192.168.0.77 --wait=false");
    ko.ko(&create)
        .exits(4)
        .says("the snapshot is of Kube-OVN v1.13.0, and the sandbox is a model of v1.16.x alone")
        .done();
    assert_eq!(text(&path), before);
}

#[test]
#[cfg(unix)]
fn a_command_that_is_killed_loses_nothing_that_it_wrote() {
    let ko = Environment::new();
    let path = file(&ko, None, "v1.16.2");
    let line = format!("--sandbox={} vip create spare --subnet vpc1-subnet1 --ip 192.168.0.77", path.display());
    let mut command = ko.command(line.split(' '));
    command.env("KUBECTL_KO_SANDBOX_FAULTS", "GET /apis/kubeovn.io/v1/vips hang query=watch=true");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !vips(&path).contains(&"spare".to_owned()) {
        assert!(Instant::now() < deadline, "nothing was written");
        std::thread::yield_now();
    }
    child.kill().expect("a kill");
    child.wait().expect("its end");
    let flag = format!("--sandbox={}", path.display());
    let shown = ko.ko(&format!("{flag} vip list spare")).success();
    assert!(shown.stdout.contains("192.168.0.77"), "the controller answered to it as well\n{shown}");
}

#[test]
fn rows_that_a_command_writes_are_kept() {
    let ko = Environment::new();
    ko.ko("--sandbox=here sandbox reset").success().done();
    let path = ko.path().join("here");
    let rows = |path: &Path| {
        let state = State::read(path).expect("a state").expect("a file");
        state.tables.rows("OVN_Northbound", "NAT").len()
    };
    ko.ko("--sandbox=here eip bind web pod/web-1 -n vpc1 --create --subnet external204").success().done();
    assert_eq!(rows(&path), 1);
    ko.ko("--sandbox=here eip unbind web").success().done();
    assert_eq!(rows(&path), 0);
    ko.ko("--sandbox=here nat list").success().says(BANNER).done();
}

#[test]
fn a_hint_to_run_kubectl_says_that_it_asks_a_real_cluster() {
    let ko = Environment::new();
    ko.ko("--sandbox vip create web --subnet vpc1-subnet1 -n nowhere")
        .exits(6)
        .says("hint: on a real cluster: kubectl get namespaces")
        .done();
    // what this program can do itself is not marked
    ko.ko("--sandbox vip create web --subnet vpc1-subnet1").success().done();
    ko.ko("--sandbox eip create web --subnet external204").success().done();
    ko.ko("--sandbox fip create web vip/nosuch --eip web")
        .exits(1)
        .says("hint: kubectl ko vip list")
        .never_says("on a real cluster")
        .done();
    // and on a cluster nothing is
    ko.ko("vip create web --subnet nosuch").never_says("on a real cluster").done();
}
