//! Interfaces of pods: each example of multi-nic-ipam.en.txt by our command beside the manifest of the document, and what the
//! controller passes over in silence with the sentence of the tool.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl, object, same, seconds, text, until};
use super::killed::{Cut, calls, kill_at};
use super::run::ko_with;
use super::things::Things;
use super::upstream::Upstream;

const NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";

/// A pod's manifest on a node of the bed, with annotations.
fn pod(name: &str, annotations: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
        "spec": {"nodeName": "node-a", "tolerations": [{"operator": "Exists"}], "containers": [{"name": "c", "image": "alpine"}]},
    })
}

/// The annotations of the controller's, and what is asked by `line`, in a manifest that our command makes.
fn annotated(name: &str, line: &str) -> Outcome<Value> {
    let plain = pod(name, &json!({})).to_string();
    ko_with(&format!("pod annotate -f - -n default -o json {line}"), plain.as_bytes()).exits(0)?.json()
}

/// Waits until a pod has all of its addresses: those of these providers.
fn addresses(name: &str, providers: &[&str]) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    until(&format!("addresses of {name}"), seconds(20), || {
        let now = object(&format!("pod -n default {name}"))?;
        let note = |provider: &&str, word: &str| {
            now["metadata"]["annotations"][format!("{provider}.kubernetes.io/{word}")]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        found = providers.iter().map(|provider| note(provider, "ip_address")).collect();
        Ok(providers.iter().all(|provider| note(provider, "allocated") == "true"))
    })?;
    Ok(found)
}

/// The networks of the document, made by our commands.
fn networks() -> Outcome<Things> {
    let things = Things::of(&[
        "net-attach-def/doc-macvlan -n default",
        "subnet/doc-macvlan",
        "net-attach-def/doc-net -n default",
        "subnet/doc-subnet",
    ])?;
    ko("nad create doc-macvlan -n default --type macvlan --master eth0 --mode bridge --cidr 172.27.0.0/16 --gateway 172.27.0.1 --exclude 172.27.0.1..172.27.0.10").exits(0)?;
    ko("nad create doc-net -n default").exits(0)?;
    apply(
        &json!({"apiVersion": "kubeovn.io/v1", "kind": "Subnet", "metadata": {"name": "doc-subnet"},
        "spec": {"vpc": "ovn-cluster", "protocol": "IPv4", "cidrBlock": "172.28.0.0/16", "gateway": "172.28.0.1"}})
        .to_string(),
    )?;
    until("doc-subnet", seconds(20), || {
        let subnet = object("subnet doc-subnet")?;
        let conditions = subnet["status"]["conditions"].as_array().cloned().unwrap_or_default();
        Ok(conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
    })?;
    Ok(things)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_network_is_what_the_document_writes() -> Outcome {
    let _mine = networks()?;
    let config = |name: &str| -> Outcome<Value> {
        let nad = object(&format!("net-attach-def -n default {name}"))?;
        serde_json::from_str(text(&nad, "/spec/config")).map_err(|why| why.to_string().into())
    };
    let socket = "/run/openvswitch/kube-ovn-daemon.sock";
    let document = json!({"cniVersion": "0.3.0", "type": "macvlan", "master": "eth0", "mode": "bridge",
        "ipam": {"type": "kube-ovn", "server_socket": socket, "provider": "doc-macvlan.default"}});
    same("macvlan", &config("doc-macvlan")?, &document)?;
    let document =
        json!({"cniVersion": "0.3.0", "type": "kube-ovn", "server_socket": socket, "provider": "doc-net.default.ovn"});
    same("ovn", &config("doc-net")?, &document)?;
    let subnet = object("subnet doc-macvlan")?;
    same("provider", &text(&subnet, "/spec/provider").to_owned(), &"doc-macvlan.default".to_owned())?;
    let routes =
        ko("nad create doc-routes -n default --route 19.10.0.0/16 --route 19.20.0.0/16=19.10.0.1 --dry-run -o json")
            .exits(0)?
            .json()?;
    let config: Value = serde_json::from_str(text(&routes, "/spec/config")).map_err(|why| why.to_string())?;
    same("routes", &config["routes"], &json!([{"dst": "19.10.0.0/16"}, {"dst": "19.20.0.0/16", "gw": "19.10.0.1"}]))?;
    ko("nad list -n default").exits(0)?.prints("doc-macvlan.default")?.prints("doc-net.default.ovn").map(drop)
}

/// Name, our flags, the document's annotations, providers, addresses that are known beforehand.
type Example<'e> = (&'e str, &'e str, Value, Vec<&'e str>, Vec<&'e str>);

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn each_example_of_the_document_is_one_command() -> Outcome {
    let _networks = networks()?;
    let (net, mac) = ("doc-net.default.ovn", "doc-macvlan.default");
    let key = |provider: &str, word: &str| format!("{provider}.kubernetes.io/{word}");
    let cases: Vec<Example<'_>> = vec![
        ("doc-random", "--nad doc-macvlan", json!({NETWORKS: "doc-macvlan"}), vec!["ovn", mac], vec![]),
        (
            "doc-static",
            "--ip 10.16.0.215 --mac 00:00:00:53:6B:B6 --nad doc-macvlan --ip 172.27.0.100",
            json!({NETWORKS: "doc-macvlan", key("ovn", "ip_address"): "10.16.0.215", key("ovn", "mac_address"): "00:00:00:53:6b:b6",
                key(mac, "ip_address"): "172.27.0.100"}),
            vec!["ovn", mac],
            vec!["10.16.0.215", "172.27.0.100"],
        ),
        ("doc-attach", "--nad default/doc-net", json!({NETWORKS: "doc-net"}), vec!["ovn", net], vec![]),
        (
            "doc-spec-subnet",
            "--nad default/doc-net --subnet doc-subnet",
            json!({NETWORKS: "doc-net", key(net, "logical_switch"): "doc-subnet"}),
            vec!["ovn", net],
            vec![],
        ),
        (
            "doc-static-ovn",
            "--nad default/doc-net --subnet doc-subnet --ip 172.28.0.21",
            json!({NETWORKS: "doc-net", key(net, "logical_switch"): "doc-subnet", key(net, "ip_address"): "172.28.0.21"}),
            vec![net],
            vec!["172.28.0.21"],
        ),
        (
            "doc-same-subnet",
            "--subnet doc-subnet --nad default/doc-net --subnet doc-subnet",
            json!({NETWORKS: "doc-net", key(net, "logical_switch"): "doc-subnet", key("ovn", "logical_switch"): "doc-subnet"}),
            vec!["ovn", net],
            vec![],
        ),
    ];
    for (name, line, document, providers, known) in cases {
        let _mine = Things::of(&[format!("pod/{name} -n default")])?;
        let made = annotated(name, line)?;
        same(line, &made["metadata"]["annotations"], &document)?;
        apply(&made.to_string())?;
        let found = addresses(name, &providers)?;
        check(found.iter().all(|one| !one.is_empty()), || format!("{name}: {found:?}"))?;
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        check(known.is_empty() || found == known, || format!("{name}: {found:?}, not {known:?}"))?;
        let mut shown = ko(&format!("pod addr {name} -n default")).exits(0)?;
        for address in &found {
            shown = shown.prints(address)?;
        }
    }
    Ok(())
}

/// Rows of verified.md B.7 and F: annotations, what `lint` and `pod addr` say of them, and whether the pod gets an address.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn what_the_controller_passes_over_is_said() -> Outcome {
    let _networks = networks()?;
    let key = |provider: &str, word: &str| format!("{provider}.kubernetes.io/{word}");
    let net = "doc-net.default.ovn";
    let cases = [
        ("nic-typo", json!({"ovn.kubernetes.io/ip_adress": "10.16.0.220"}), "KO603", true),
        (
            "nic-no-ovn",
            json!({NETWORKS: "doc-net", key("doc-net.default", "ip_address"): "10.16.0.221"}),
            "KO604",
            true,
        ),
        ("nic-no-net", json!({key(net, "ip_address"): "10.16.0.222"}), "KO604", true),
        ("nic-twice", json!({NETWORKS: "doc-net,doc-net"}), "KO619", true),
        (
            "nic-macvlan-mac",
            json!({NETWORKS: "doc-macvlan", key("doc-macvlan.default", "mac_address"): "00:00:00:53:6b:b9"}),
            "KO608",
            true,
        ),
        ("nic-two", json!({"ovn.kubernetes.io/ip_address": "10.16.0.223,10.16.0.224"}), "KO613", true),
        ("nic-no-nad", json!({NETWORKS: "nothere"}), "KO602", false),
        ("nic-no-subnet", json!({"ovn.kubernetes.io/logical_switch": "nope"}), "KO115", false),
        ("nic-comma", json!({NETWORKS: "doc-net,"}), "KO602", false),
        ("nic-out", json!({"ovn.kubernetes.io/ip_address": "10.99.0.1"}), "KO103", false),
        ("nic-pool", json!({"ovn.kubernetes.io/ip_pool": "nopool"}), "KO610", false),
    ];
    for (name, annotations, code, runs) in cases {
        let _mine = Things::of(&[format!("pod/{name} -n default")])?;
        let manifest = pod(name, &annotations).to_string();
        let lint = ko_with("lint -f -", manifest.as_bytes());
        check(lint.out.contains(code), || lint.shown())?;
        apply(&manifest)?;
        if runs {
            addresses(name, &["ovn"])?;
        }
        let shown = ko(&format!("pod addr {name} -n default")).exits(1)?.prints(code)?;
        if !runs {
            shown.prints("KO623")?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_deployment_gets_a_list_and_restarts_when_that_is_said() -> Outcome {
    let _networks = networks()?;
    let name = "nic-deploy";
    let _mine = Things::of(&[format!("deployment/{name} -n default")])?;
    let template = json!({"metadata": {"labels": {"app": name}},
        "spec": {"nodeName": "node-a", "tolerations": [{"operator": "Exists"}], "containers": [{"name": "c", "image": "alpine"}]}});
    apply(
        &json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}})
        .to_string(),
    )?;
    let line = format!(
        "pod annotate deploy/{name} -n default --pool 10.16.1.15,10.16.1.16,10.16.1.17 --nad doc-macvlan --pool 172.27.0.200,172.27.0.201,172.27.0.202"
    );
    ko(&line).exits(2)?.says("will restart")?;
    ko(&format!("pod annotate deploy/{name} -n default --ip 10.16.1.15 --yes")).exits(6)?.says("KO614")?;
    ko(&format!("pod annotate deploy/{name} -n default --pool 10.16.1.15,10.16.1.16 --dry-run"))
        .exits(0)?
        .says("KO615")?;
    ko(&format!("{line} --yes")).exits(0)?.prints("annotated")?;
    let pods = object(&format!("pods -n default -l app={name}"))?;
    let given = pods["items"].as_array().cloned().unwrap_or_default();
    let given: Vec<String> = given
        .iter()
        .filter(|one| one["metadata"]["deletionTimestamp"].is_null())
        .map(|one| text(one, "/metadata/annotations/ovn.kubernetes.io~1ip_address").to_owned())
        .collect();
    check(given.len() == 2 && given.iter().all(|one| one.starts_with("10.16.1.1")), || format!("{given:?}"))?;
    let second: Vec<&str> = pods["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["metadata"]["deletionTimestamp"].is_null())
        .map(|one| text(one, "/metadata/annotations/doc-macvlan.default.kubernetes.io~1ip_address"))
        .collect();
    check(second.len() == 2 && second.iter().all(|one| one.starts_with("172.27.0.20")), || format!("{second:?}"))?;
    ko(&line).exits(0)?.prints("annotated already").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_pod_that_has_its_address_is_left_alone() -> Outcome {
    let before = object("pod -n vpc1 web-1")?["metadata"]["annotations"].clone();
    ko("pod annotate web-1 -n vpc1 --ip 192.168.0.77").exits(6)?.says("take effect on a new pod only")?;
    let manifest = ko("pod annotate web-1 -n vpc1 --ip 192.168.0.77 --dry-run -o json").exits(0)?.json()?;
    same(
        "asked",
        &text(&manifest, "/metadata/annotations/ovn.kubernetes.io~1ip_address").to_owned(),
        &"192.168.0.77".to_owned(),
    )?;
    same("results", &manifest["metadata"]["annotations"]["ovn.kubernetes.io/allocated"], &Value::Null)?;
    same("the pod", &object("pod -n vpc1 web-1")?["metadata"]["annotations"], &before)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_network_whose_subnet_cannot_be_had_is_taken_back() -> Outcome {
    let _mine = Things::of(&["net-attach-def/nic-back -n default", "subnet/nic-back"])?;
    // another subnet of the name stands in the way once the definition is there
    ko("nad create nic-back -n default --cidr 172.29.0.0/16 --gateway 10.0.0.1")
        .exits(6)?
        .says("nothing was written")?;
    same("the definition", &object("net-attach-def -n default nic-back")?, &Value::Null)?;
    same("the subnet", &object("subnet nic-back")?, &Value::Null)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn nad_create_killed_at_any_call_is_finished_by_the_same_command() -> Outcome {
    let mine = Things::of(&["net-attach-def/nic-kill -n default", "subnet/nic-kill"])?;
    let line = "nad create nic-kill -n default --cidr 172.30.0.0/16 --gateway 172.30.0.1";
    let end = || -> Outcome<[String; 2]> {
        let nad = object("net-attach-def -n default nic-kill")?;
        let subnet = object("subnet nic-kill")?;
        Ok([text(&nad, "/spec/config").to_owned(), text(&subnet, "/spec/provider").to_owned()])
    };
    let upstream = Upstream::start()?;
    let first = kill_at(&upstream, line, usize::MAX, Cut::Read)?;
    check(first.code == Some(0), || format!("an undisturbed run ends with {:?}", first.code))?;
    let expected = end()?;
    for cut in [Cut::Read, Cut::Withheld] {
        for last in calls(&first.asked) {
            mine.remove()?;
            let run = kill_at(&upstream, line, last, cut)?;
            if run.code.is_some() {
                break;
            }
            ko(line).exits(0)?;
            same(&format!("killed at call {last} ({cut:?}) of\n{}", run.asked.join("\n")), &end()?, &expected)?;
        }
    }
    kubectl("get subnet nic-kill").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_network_that_pods_ask_for_stays() -> Outcome {
    ko("nad delete attachnet -n default").exits(1)?.says("pod vpc1/multi-0")?;
    let _mine = Things::of(&["net-attach-def/nic-gone -n default"])?;
    ko("nad create nic-gone -n default").exits(0)?;
    ko("nad delete nic-gone -n default").exits(0)?.prints("deleted")?;
    ko("nad delete nic-gone -n default").exits(1)?;
    ko("nad delete nic-gone -n default --ignore-not-found").exits(0).map(drop)
}
