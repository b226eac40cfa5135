//! Every example of Kube-OVN's document on Vips, made by our commands, against what the document's own manifest makes.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, same, seconds, text, until};
use super::cluster::{Mine, Port, port, ready, remove_vip, vip};

/// What is the same for two objects of one manifest: everything but identities, and addresses that the controller chose.
fn essence(name: &str, fixed: bool) -> Outcome<(Value, Vec<Option<Port>>)> {
    let mut object = vip(name)?;
    let namespace = text(&object, "/spec/namespace").to_owned();
    let chosen: Vec<String> = ["/status/v4ip", "/status/mac"]
        .map(|path| text(&object, path).to_owned())
        .into_iter()
        .skip(usize::from(fixed))
        .collect();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|key, _| matches!(key.as_str(), "name" | "labels" | "finalizers"));
    }
    if let Some(spec) = object["spec"].as_object_mut() {
        // an empty field and none are one to the controller
        spec.retain(|_, value| !(value == "" || value == &json!([]) || value.is_null()));
    }
    let hide = |text: String| {
        chosen.iter().filter(|one| !one.is_empty()).fold(text, |text, one| text.replace(one.as_str(), "CHOSEN"))
    };
    let object = serde_json::from_str(&hide(object.to_string())).map_err(|why| why.to_string())?;
    let mut ports = Vec::new();
    for each in [name.to_owned(), format!("{name}.{namespace}")] {
        let found = port(&each)?.map(|mut port| {
            port.addresses = port.addresses.into_iter().map(&hide).collect();
            port.options = port.options.into_iter().map(|(key, value)| (key, hide(value))).collect();
            port
        });
        ports.push(found);
    }
    Ok((object, ports))
}

/// The manifest's result, once it is complete: its virtual port may need the selector to change.
fn by_manifest(name: &str, spec: &Value, virtual_port: bool, fixed: bool) -> Outcome<(Value, Vec<Option<Port>>)> {
    let manifest =
        |spec: &Value| json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": name}, "spec": spec});
    apply(&manifest(spec).to_string())?;
    until("the document's Vip", seconds(10), || Ok(ready(&vip(name)?)))?;
    if virtual_port && until("its port", seconds(1), || Ok(port(name)?.is_some())).is_err() {
        for patch in [json!({"spec": {"selector": ["a:b"]}}), json!({"spec": {"selector": spec["selector"]}})] {
            super::bench::kubectl_words(&["patch", "vip", name, "--type=merge", "-p", &patch.to_string()], "")?;
        }
        until("its port", seconds(5), || Ok(port(name)?.is_some()))?;
    }
    let made = essence(name, fixed)?;
    remove_vip(name)?;
    Ok(made)
}

fn alike(name: &str, spec: &Value, virtual_port: bool, fixed: bool, line: &str) -> Outcome<Mine> {
    let mine = Mine::vips(&[name])?;
    let theirs = by_manifest(name, spec, virtual_port, fixed)?;
    ko(line).exits(0)?.prints(&format!("vip.kubeovn.io/{name} created: "))?;
    same("what our command made", &essence(name, fixed)?, &theirs)?;
    Ok(mine)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_address_chosen_by_the_controller() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "type": ""});
    drop(alike("vip-dynamic-01", &spec, false, false, "vip create vip-dynamic-01 --subnet ovn-default")?);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_fixed_address() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "v4ip": "10.16.0.121"});
    let _mine =
        alike("static-vip01", &spec, false, true, "vip create static-vip01 --subnet ovn-default --ip 10.16.0.121")?;
    same("the address", &text(&vip("static-vip01")?, "/status/v4ip"), &"10.16.0.121")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_allowed_address_pair_with_namespace_and_selector() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "namespace": "default", "selector": ["app: aap1"]});
    let mine = Mine::vips(&["vip-aap"])?.borrow("default", &["busybox"])?;
    let theirs = by_manifest("vip-aap", &spec, true, false)?;
    ko("vip create vip-aap --subnet ovn-default -n default --selector app=aap1").exits(0)?.says("KO213")?;
    let (mut ours, ports) = essence("vip-aap", false)?;
    same("our selector", &ours["spec"]["selector"], &json!(["app:aap1"]))?;
    // the document writes a blank behind the colon, which the controller trims
    ours["spec"]["selector"] = json!(["app: aap1"]);
    same("what our command made", &(ours, ports), &theirs)?;
    ko("vip attach vip-aap busybox").exits(0)?.says("ip addr add")?;
    let port = port("vip-aap")?.unwrap_or_default();
    same("the port's type", &port.kind.as_str(), &"virtual")?;
    same("who may hold it", &port.parents(), &vec!["busybox.default".to_owned()])?;
    same(
        "its address",
        &port.options.get("virtual-ip").map(String::as_str),
        &Some(text(&vip("vip-aap")?, "/status/v4ip")),
    )?;
    drop(mine);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_front_end_of_a_switch_lb_rule() -> Outcome {
    // without a namespace, as the document has it, the controller makes a port whose name ends with a dot
    ko("vip create slr-01 --subnet ovn-default --type switch-lb").exits(6)?.says("KO205")?.says("\"slr-01.\"")?;
    let spec = json!({"subnet": "ovn-default", "type": "switch_lb_vip", "namespace": "default"});
    let line = "vip create slr-01 --subnet ovn-default --type switch-lb -n default";
    let _mine = alike("slr-01", &spec, true, false, line)?;
    let port = port("slr-01.default")?.ok_or("no port slr-01.default")?;
    let address = text(&vip("slr-01")?, "/status/v4ip").to_owned();
    check(port.addresses.iter().any(|one| one.contains(&address)), || format!("{port:?} lacks {address}"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_fixed_address_of_a_pod() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "type": ""});
    let mut mine = alike("pod-use-vip", &spec, false, false, "vip create pod-use-vip --subnet ovn-default")?;
    let before = vip("pod-use-vip")?;
    let pod = mine.pod("default", "static-ip", &json!({}), &json!({"ovn.kubernetes.io/vip": "pod-use-vip"}))?;
    let annotation = |key: &str| text(&pod, &format!("/metadata/annotations/ovn.kubernetes.io~1{key}")).to_owned();
    same("the pod's address", &annotation("ip_address").as_str(), &text(&before, "/status/v4ip"))?;
    same("the pod's MAC", &annotation("mac_address").as_str(), &text(&before, "/status/mac"))?;
    ko("vip show pod-use-vip").exits(0)?.prints("pod/default/static-ip")?;
    ko("vip list pod-use-vip -o wide").exits(0)?.prints("static-ip.default")?;
    ko("vip delete pod-use-vip").exits(1)?.says("pod/default/static-ip")?;
    super::bench::kubectl("delete pod -n default static-ip --now --wait")?;
    until("the Vip to be free", seconds(20), || Ok(ko("vip delete pod-use-vip").code == 0))?;
    check(vip("pod-use-vip")?.is_null(), || "it is still there".to_owned())
}

/// As users call it: through kubectl, which finds the plugin on PATH, with its flags behind `ko`.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn kubectl_runs_the_plugin() -> Outcome {
    let _mine = Mine::vips(&["through-kubectl"])?;
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_kubectl-ko")).parent().ok_or("the program has no folder")?;
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let line = "ko vip create through-kubectl --subnet ovn-default --context admin";
    let mut kubectl = std::process::Command::new("kubectl");
    kubectl.args(line.split(' ')).env("PATH", path);
    super::run::finish(line, kubectl, b"").exits(0)?.prints("vip.kubeovn.io/through-kubectl created: ")?;
    check(ready(&vip("through-kubectl")?), || "it is not there".to_owned())
}
