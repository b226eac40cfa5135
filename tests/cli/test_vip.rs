//! What the verbs of `vip` print, refuse and ask of the server. Verdicts about Kube-OVN are the control plane's.

use serde_json::{Value, json};

use crate::support::apiserver::react::Act;
use crate::support::{CommandOutput, Environment};

const VIPS: &str = "/apis/kubeovn.io/v1/vips";

/// The cluster of the documents, without OVN's rows.
fn documents() -> Environment {
    Environment::with(include_str!("../fixtures/documents.yaml"))
}

fn vip(ko: &Environment, name: &str, address: &str) {
    let spec = json!({"subnet": "vpc1-subnet1", "v4ip": address, "macAddress": "02:00:00:00:00:61"});
    let status = json!({"v4ip": address, "mac": "02:00:00:00:00:61", "type": ""});
    ko.server.apply("vips", json!({"metadata": {"name": name}, "spec": spec, "status": status}));
}

fn yaml(output: &CommandOutput) -> Vec<Value> {
    serde_yaml::from_multiple(&output.stdout).unwrap_or_default()
}

#[test]
fn several_objects_of_attach_and_detach_are_one_list() {
    let ko = documents();
    for verb in ["attach", "detach"] {
        for format in ["yaml", "json"] {
            let several = ko.ko(&format!("vip {verb} shared web-1 web-2 --dry-run -o {format}")).success();
            let documents = yaml(&several);
            assert_eq!(documents.len(), 1, "{several}");
            assert_eq!(documents[0]["kind"], "List", "{several}");
            assert_eq!(documents[0]["items"].as_array().map(Vec::len), Some(2), "{several}");
            let one = ko.ko(&format!("vip {verb} shared web-1 --dry-run -o {format}")).success();
            assert_eq!(yaml(&one)[0]["kind"], "Pod", "{one}");
        }
        let names = ko.ko(&format!("vip {verb} shared web-1 web-2 --dry-run -o name")).success();
        assert_eq!(names.stdout, "pod/web-1\npod/web-2\n");
    }
}

#[test]
fn formats_that_kubectl_refuses_are_refused() {
    let ko = documents();
    for (line, said) in [
        ("vip delete reserved -o json", "unexpected -o output mode: json. We only support '-o name'"),
        ("vip delete reserved -o wide", "We only support '-o name'"),
        ("vip create web --subnet vpc1-subnet1 -o wide", "allowed formats are: json,name,yaml"),
        ("vip attach shared web-2 -o wide", "allowed formats are: json,name,yaml"),
        ("vip list -o name --sort-by bad", "there is no column \"bad\""),
        ("vip list shared -o name --sort-by bad", "there is no column \"bad\""),
        ("vip list -n nosuch --sort-by bad", "there is no column \"bad\""),
    ] {
        ko.ko(line).exits(2).says(said).done();
    }
    assert_eq!(ko.server.writes(), "");
    let sorted = ko.ko("vip list shared reserved -o name --sort-by v4ip").success();
    assert_eq!(sorted.stdout, "vip.kubeovn.io/reserved\nvip.kubeovn.io/shared\n");
    ko.ko("vip delete reserved -o name --dry-run").success().done();
}

/// Somebody begins to use the second while the first goes.
#[test]
fn users_are_looked_for_again_before_each_deletion() {
    let ko = documents();
    vip(&ko, "first", "192.168.0.61");
    vip(&ko, "second", "192.168.0.62");
    ko.server.on_delete("vips", |_| {
        let spec = json!({"ovnEip": "office", "ipType": "vip", "ipName": "second"});
        vec![Act::apply("ovn-fips", json!({"metadata": {"name": "late"}, "spec": spec}))]
    });
    let output = ko.ko("vip delete first second --wait=false").exits(7);
    let output =
        output.says("vip/second came into use meanwhile and was left alone:\n  ovn-fip/late points office at it");
    output.says("written before that: the deletion of first").done();
    assert!(ko.server.names("vips").contains(&"second".to_owned()));
    assert!(!ko.server.names("vips").contains(&"first".to_owned()));
}

#[test]
fn a_rule_on_the_bare_address_keeps_a_vip_from_deletion() {
    let rule = |vpc: &str| json!({"metadata": {"name": "raw"}, "spec": {"ovnEip": "office", "vpc": vpc, "v4Ip": "192.168.0.50"}});
    for kind in ["ovn-fips", "ovn-dnat-rules"] {
        let ko = documents();
        ko.server.apply(kind, rule("vpc1"));
        ko.ko("vip delete reserved --wait=false").exits(1).says("office at its address").done();
        // the same address of another VPC is another one
        ko.server.apply(kind, rule("ovn-cluster"));
        ko.ko("vip delete reserved --wait=false").success().done();
    }
}

#[test]
fn a_name_that_dangles_in_an_annotation_is_detached() {
    let ko = documents();
    ko.server.remove("vips", "", "shared");
    ko.ko("vip detach shared web-1").exits(1).done();
    ko.ko("vip detach shared web-2 -n vpc1").exits(1).says("none of these names it in namespace vpc1 either").done();
    ko.ko("vip detach nosuch --all -n vpc1").exits(1).says("nobody names it").done();
    let output = ko.ko("vip detach shared --all -n vpc1").success();
    assert_eq!(output.stdout, "pod/web-1 detached\n");
    let aaps = &ko.server.object("pods", "vpc1", "web-1")["metadata"]["annotations"]["ovn.kubernetes.io/aaps"];
    assert_eq!(*aaps, Value::Null);
}

/// The pods of a template that is changed are made anew: one that was listed may be gone when its turn comes.
#[test]
fn what_is_gone_meanwhile_needs_no_detaching() {
    let ko = documents();
    let mut second = ko.server.object("pods", "vpc1", "web-2");
    second["metadata"]["annotations"]["ovn.kubernetes.io/aaps"] = json!("shared");
    ko.server.apply("pods", second.clone());
    ko.server.on_patch("pods", move |_| vec![Act::remove("pods", &second)]);
    // who names both is told that the second is not there
    ko.ko("vip detach shared web-1 web-2 -n vpc1 --wait=false").exits(7).says("pods \"web-2\" not found").done();
    let mut second = ko.server.object("pods", "vpc1", "web-1");
    second["metadata"]["annotations"]["ovn.kubernetes.io/aaps"] = json!("shared");
    ko.server.apply("pods", second.clone());
    second["metadata"]["name"] = json!("web-2");
    ko.server.apply("pods", second);
    let output = ko.ko("vip detach shared --all --yes -n vpc1 --wait=false").success();
    let output = output.says("pod/web-2 is gone meanwhile.");
    assert_eq!(output.stdout, "pod/web-1 detached\n", "{output}");
}

#[test]
fn a_few_names_are_read_by_name() {
    let ko = documents();
    let table = ko.ko("vip list shared reserved shared").success();
    let paths: Vec<String> = ko.server.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().all(|path| path.starts_with(&format!("{VIPS}/"))), "{paths:?}");
    let rows: Vec<&str> = table.stdout.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(rows, ["shared", "reserved"], "in the order typed, each once\n{table}");
    ko.ko("vip list shared nosuch").exits(1).says("\"nosuch\" not found").done();
    let here = ko.ko("vip list shared reserved -n vpc1").exits(1);
    assert!(here.stdout.is_empty(), "{here}");
}

#[test]
fn a_vip_on_its_way_out_is_not_called_ready() {
    let ko = documents();
    for flags in ["leaving", "-o wide"] {
        let output = ko.ko(&format!("vip list {flags}")).success();
        let line = output.stdout.lines().find(|line| line.starts_with("leaving")).unwrap_or_default();
        assert!(line.contains("Terminating"), "{output}");
    }
}

/// A paused Deployment is written and not waited for.
#[test]
fn pods_that_nobody_restarts_are_said_at_once() {
    let deployment = |paused: bool| {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}});
        json!({"metadata": {"name": "api", "namespace": "vpc1"}, "spec": {"paused": paused, "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}}, "template": template}})
    };
    let ko = documents();
    ko.server.apply("deployments", deployment(true));
    let output = ko.ko("vip attach shared deploy/api").exits(5);
    let output =
        output.says("KO240 deployment.apps/api is paused").says("kubectl rollout resume deployments/api -n vpc1");
    output.says("the template of deployment.apps/api is changed, the pods that run are as they were").done();
    let written = ko.server.object("deployments", "vpc1", "api");
    assert_eq!(written["spec"]["template"]["metadata"]["annotations"]["ovn.kubernetes.io/aaps"], "shared");
    ko.ko("vip detach shared deploy/api").exits(5).says("KO240").done();
    // who does not wait is told the same and gets what was asked for
    ko.ko("vip attach shared deploy/api --wait=false").success().says("KO240").done();
    // one that restarts its pods asks first, and here nobody can be asked
    ko.server.apply("deployments", deployment(false));
    ko.ko("vip attach shared deploy/api").exits(2).says("2 pods of deployment.apps/api").never_says("KO240").done();
}

#[test]
fn a_report_tells_code_severity_message_and_hint() {
    let ko = documents();
    vip(&ko, "old", "192.168.0.61");
    let spec = json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.66", "macAddress": "02:00:00:00:00:61"});
    let status = json!({"v4ip": "192.168.0.61", "mac": "02:00:00:00:00:61"});
    ko.server.apply("vips", json!({"metadata": {"name": "old"}, "spec": spec, "status": status}));
    let output = ko.ko("vip show old -o json");
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    let problem = &report["problems"][0];
    assert_eq!(problem["code"], "KO233", "{output}");
    assert_eq!(problem["severity"], "warning");
    assert!(problem["message"].as_str().is_some_and(|text| text.contains("192.168.0.66")), "{output}");
    assert!(problem["hint"].as_str().is_some_and(|text| text.starts_with("kubectl patch vip old")), "{output}");
}

/// A document counts for those behind it, and for none before it.
#[test]
fn documents_of_a_file_are_laid_over_in_order() {
    let ko = documents();
    let vip = |name: &str| {
        format!(
            "apiVersion: kubeovn.io/v1\nkind: Vip\nmetadata: {{name: {name}}}\nspec: {{subnet: new, namespace: later}}\n---\n"
        )
    };
    let subnet = "apiVersion: kubeovn.io/v1\nkind: Subnet\nmetadata: {name: new}\nspec: {cidrBlock: 10.99.0.0/24, gateway: 10.99.0.1, protocol: IPv4, provider: ovn, vpc: vpc1}\n---\n";
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: later}\n---\n";
    let file = [&vip("one"), subnet, &vip("two"), namespace, &vip("three")].concat();
    let output = ko.run_with_stdin(["lint", "-f", "-", "-o", "json"], &file).exits(1);
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
    let found = |name: &str| -> Vec<&str> {
        let findings = report["findings"].as_array().into_iter().flatten();
        let errors = findings.filter(|one| one["severity"] == "error" && one["object"]["name"] == name);
        errors.filter_map(|one| one["code"].as_str()).collect()
    };
    assert_eq!(found("one"), ["KO115", "KO208"], "{output}");
    assert_eq!(found("two"), ["KO208"], "{output}");
    assert_eq!(found("three"), [""; 0], "{output}");
}
