//! Snapshots: what is in the file and what never is, what is left when one is interrupted, and what became of a cluster since.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a program that cannot be run or read must stop the test")]

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::documents::{ROWS, cluster_with_rules};
use crate::support::{Environment, Fault};

const LEADER: &str = "apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: kube-ovn-controller, namespace: kube-system}
spec: {holderIdentity: kube-ovn-controller-0, leaseDurationSeconds: 15}
";

fn cluster() -> Environment {
    let ko = cluster_with_rules();
    ko.server.load(LEADER);
    ko.server.log("kube-system", "kube-ovn-controller-0", "I0101 12:00:00 1 vip.go:1] add vip web\n");
    std::fs::create_dir(ko.path().join("out")).expect("a folder");
    ko
}

fn file(ko: &Environment, name: &str) -> PathBuf {
    ko.path().join("out").join(name)
}

fn take(ko: &Environment, name: &str) -> Value {
    drop(ko.run(["snapshot", "--out", file(ko, name).to_str().unwrap()]).success());
    serde_json::from_slice(&std::fs::read(file(ko, name)).unwrap()).unwrap()
}

fn names(objects: &Value) -> Vec<&str> {
    objects.as_array().unwrap().iter().map(|object| object["metadata"]["name"].as_str().unwrap()).collect()
}

#[test]
fn a_snapshot_has_objects_rows_status_and_log() {
    let ko = cluster();
    let state = take(&ko, "a.json");
    assert_eq!((&state["format"], &state["release"], &state["missing"]), (&json!(1), &json!("v1.16.2"), &json!({})));
    assert!(state["taken"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(names(&state["objects"]["subnets.kubeovn.io"]), ko.server.names("subnets"));
    let pod = &state["objects"]["pods"][0];
    assert_eq!((&pod["kind"], &pod["apiVersion"]), (&json!("Pod"), &json!("v1")));
    let recorded: Value = serde_json::from_str(ROWS).unwrap();
    let rows = |state: &Value| state["tables"]["OVN_Northbound"]["Logical_Switch_Port"].clone();
    assert_eq!(rows(&state), rows(&recorded), "rows come as the tool lists them");
    assert_eq!(state["status"]["ovn-central-0"], "Role: leader\nRole: leader\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file(&ko, "a.json")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn a_file_that_is_there_is_not_written_over_unasked() {
    let ko = cluster();
    let path = file(&ko, "a.json");
    std::fs::write(&path, "mine").unwrap();
    let line = ["snapshot", "--out", path.to_str().unwrap()];
    drop(ko.run(line).exits(1).says("is there already, nothing was written"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    drop(ko.run([&line[..], &["--force"]].concat()).success());
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"format\":1"));
}

#[test]
fn no_secret_is_read_or_kept() {
    let ko = cluster();
    ko.server.apply(
        "pods",
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "db", "namespace": "default",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "s3cret", "example.org/token": "s3cret"}},
            "spec": {"containers": [{"name": "db", "image": "db", "args": ["--password=s3cret"],
                "env": [{"name": "PASSWORD", "value": "s3cret"}]}]}}),
    );
    ko.server.apply(
        "vpc-nat-gateways",
        json!({"apiVersion": "kubeovn.io/v1", "kind": "VpcNatGateway", "metadata": {"name": "gw",
            "managedFields": [{"manager": "s3cret"}]}, "spec": {"bgpSpeaker": {"asn": 65000, "password": "s3cret"}}}),
    );
    let state = take(&ko, "a.json");
    let text = state.to_string();
    assert!(!text.contains("s3cret") && !text.contains("last-applied"));
    assert_eq!(state["objects"]["vpc-nat-gateways.kubeovn.io"][0]["spec"]["bgpSpeaker"], json!({"asn": 65000}));
    assert!(names(&state["objects"]["pods"]).contains(&"db"));
    let asked = ko.server.requests();
    assert!(!asked.iter().any(|request| request.path.contains("secrets")), "{}", ko.server.journal());
}

#[test]
fn what_may_not_be_read_is_named_and_unknown() {
    let ko = cluster();
    let whole = take(&ko, "a.json");
    for verb in ["create", "get"] {
        ko.server.deny("*", verb, "pods/exec");
    }
    ko.server.deny("*", "list", "vips");
    let path = file(&ko, "b.json");
    let taken = ko.run(["snapshot", "--out", path.to_str().unwrap()]).exits(3);
    let taken = taken.says("OVN_Northbound could not be read").says("vips.kubeovn.io could not be read");
    assert!(taken.stdout.contains("0 rows"), "{taken}");
    let state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let missing: Vec<&String> = state["missing"].as_object().unwrap().keys().collect();
    assert_eq!(missing, ["OVN_Northbound", "OVN_Southbound", "status", "vips.kubeovn.io"]);
    assert_eq!(state["objects"]["subnets.kubeovn.io"], whole["objects"]["subnets.kubeovn.io"]);
    assert!(state["objects"]["vips.kubeovn.io"].is_null());
    // and nothing is told to be gone
    let diff = ko.run(["snapshot", "diff", file(&ko, "a.json").to_str().unwrap(), path.to_str().unwrap()]).exits(3);
    assert_eq!(diff.stdout, "");
    drop(diff.says("vips.kubeovn.io was not compared"));
}

#[test]
fn who_may_read_nothing_gets_no_file() {
    let ko = cluster();
    for verb in ["list", "get", "create"] {
        ko.server.deny("*", verb, "*");
    }
    let path = file(&ko, "a.json");
    drop(ko.run(["snapshot", "--out", path.to_str().unwrap()]).exits(4).says("is forbidden"));
    assert!(!path.exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_one_leaves_nothing() {
    use std::process::{Command, Stdio};
    for signal in ["-INT", "-TERM", "-KILL"] {
        let ko = cluster();
        ko.server.fault(Fault::hang("/apis/kubeovn.io/v1/ips"));
        let mut command = ko.command(["snapshot", "--out", file(&ko, "a.json").to_str().unwrap()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while !ko.server.requests().iter().any(|request| request.path.ends_with("/virtualmachines")) {
            assert!(std::time::Instant::now() < deadline, "it is not read side by side:\n{}", ko.server.journal());
            std::thread::yield_now();
        }
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        child.wait().expect("an end");
        let left: Vec<_> =
            std::fs::read_dir(ko.path().join("out")).unwrap().flatten().map(|entry| entry.path()).collect();
        assert!(left.is_empty(), "{signal} leaves {left:?}");
    }
}

#[test]
fn what_changed_since_is_told_field_by_field() {
    let ko = cluster();
    take(&ko, "a.json");
    let diff = |flags: &[&str]| ko.run([&["snapshot", "diff", file(&ko, "a.json").to_str().unwrap()], flags].concat());
    assert_eq!(diff(&[]).success().stdout, "");
    let mut subnet = ko.server.object("subnets", "", "vpc1-subnet1");
    subnet["spec"]["gateway"] = json!("192.168.0.254");
    subnet["metadata"]["resourceVersion"] = json!("");
    ko.server.apply("subnets", subnet);
    let made = json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": "new"}, "spec": {"subnet": "vpc1-subnet1"}});
    ko.server.apply("vips", made);
    insta::assert_snapshot!(diff(&[]), @r"
    CHANGE    KIND                 NAME           FIELD          OLD           NEW
    changed   subnets.kubeovn.io   vpc1-subnet1   spec.gateway   192.168.0.1   192.168.0.254
    added     vips.kubeovn.io      new            <none>         <none>        <none>
    [exit status: 1]
    ");
    let report: Value = serde_json::from_str(&diff(&["-o", "json"]).exits(1).stdout).unwrap();
    assert_eq!((&report["kind"], &report["apiVersion"]), (&json!("SnapshotDiff"), &json!("ko.kubeovn.io/v1alpha1")));
    assert_eq!(
        report["changes"][0]["fields"],
        json!([{"path": "spec.gateway", "old": "192.168.0.1", "new": "192.168.0.254"}])
    );
    drop(ko.run(["snapshot", "diff", "nosuch.json"]).exits(1).says("there is no file nosuch.json"));
}
