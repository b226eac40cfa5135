//! More of what docs/documents.md says of Kube-OVN's documents: reservations, what a restart frees, networks, and Vips.

use serde_json::{Value, json};

use super::bench::{
    Outcome, apply, check, kubectl, kubectl_words, object, ready_rule, restart_controller, same, seconds, text, until,
};
use super::cluster::{Mine, port};
use super::errata::{address, dnat, eip, now, reservation, rule, says};
use super::nat::nbctl;
use super::things::{Things, documents_pods, eip_is_whole};

fn patch(what: &str, spec: &Value) -> Outcome {
    let patch = json!({"spec": spec}).to_string();
    let words: Vec<&str> = ["patch"].into_iter().chain(what.split(' ')).chain(["--type=merge", "-p", &patch]).collect();
    kubectl_words(&words, "").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn reservations_are_not_counted_as_used() -> Outcome {
    let _things = Things::of(&["vip errata-counted", "ip errata-counted.default"])?;
    let used = || Ok::<_, super::bench::Wrong>(object("subnet ovn-default")?["status"].clone());
    let before = used()?;
    apply(&reservation("errata-counted", "", Some("10.16.0.77")))?;
    address("errata-counted.default")?;
    // the range is written with the next change of the subnet
    rule("Vip", "errata-counted", &json!({"subnet": "ovn-default"}))?;
    until("the range", seconds(10), || Ok(text(&used()?, "/v4usingIPrange").contains("10.16.0.77")))?;
    let count = |status: &Value| status["v4usingIPs"].as_f64().unwrap_or_default();
    same("V4USED, with the Vip", &count(&used()?), &(count(&before) + 1.0))
}

/// "These properties are not allowed to change": the API server takes each edit.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_reservation_shows_an_address_that_nobody_has() -> Outcome {
    let _things = Things::of(&["vip errata-taken", "ip errata-edited.default"])?;
    apply(&reservation("errata-edited", "", Some("10.16.0.78")))?;
    address("errata-edited.default")?;
    let since = now()?;
    patch("ip errata-edited.default", &json!({"v4IpAddress": "10.16.0.79"}))?;
    says(&since, "v4IPAddress can not change")?;
    same("what is shown", &text(&object("ip errata-edited.default")?, "/spec/v4IpAddress"), &"10.16.0.79")?;
    rule("Vip", "errata-taken", &json!({"subnet": "ovn-default", "v4ip": "10.16.0.79"}))?;
    until("a Vip with that address", seconds(10), || {
        Ok(text(&object("vip errata-taken")?, "/status/v4ip") == "10.16.0.79")
    })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_reservation_of_another_name_is_never_ready_and_a_mac_alone_is_ignored() -> Outcome {
    let _things = Things::of(&["ip errata-name.default.ovn", "ip errata-mac.default"])?;
    let since = now()?;
    let named = |name: &str, pod: &str| {
        json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": name}, "spec": {"subnet": "ovn-default",
            "podType": "", "namespace": "default", "podName": pod, "macAddress": "02:00:00:00:07:77"}})
    };
    apply(&named("errata-name.default.ovn", "errata-name").to_string())?;
    // the second is looked at after the first
    apply(&named("errata-mac.default", "errata-mac").to_string())?;
    address("errata-mac.default")?;
    let mac = text(&object("ip errata-mac.default")?, "/spec/macAddress").to_owned();
    check(mac != "02:00:00:00:07:77", || "the MAC was given".to_owned())?;
    let never = object("ip errata-name.default.ovn")?;
    same("its address", &text(&never, "/spec/ipAddress"), &"")?;
    check(never["metadata"]["finalizers"].is_null(), || never.to_string())?;
    let log = kubectl(&format!("logs -n kube-system kube-ovn-controller-0 --since-time={since}"))?;
    let why: Vec<&str> = log.lines().filter(|line| line.contains("errata-name") && line.contains("error")).collect();
    same("why, in the log", &why, &Vec::new())
}

/// Reservations of nobody, and an EIP without `externalSubnet`.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_restart_frees_what_was_reserved_and_garbage_collection_deletes_it() -> Outcome {
    let ips = ["pod-static-01", "vm-dynamic-01"];
    let _things = Things::of(&["vip errata-thief", "ip vm-dynamic-01.default", "ip pod-static-01.default"])?;
    apply(&reservation(ips[0], "", Some("10.16.0.80")))?;
    apply(&reservation(ips[1], "VirtualMachine", None))?;
    for ip in ips {
        address(&format!("{ip}.default"))?;
    }
    restart_controller("")?;
    rule("Vip", "errata-thief", &json!({"subnet": "ovn-default", "v4ip": "10.16.0.80"}))?;
    until("the Vip", seconds(10), || Ok(text(&object("vip errata-thief")?, "/status/v4ip") == "10.16.0.80"))?;
    same("what the IP shows", &address("pod-static-01.default")?.as_str(), &"10.16.0.80")?;
    let since = now()?;
    restart_controller("--gc-interval=360")?;
    for ip in ips {
        says(&since, &format!("gc ip {ip}.default"))?;
        check(object(&format!("ip {ip}.default"))?.is_null(), || format!("{ip} is there"))?;
    }
    restart_controller("")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn two_rules_of_one_port_are_both_ready() -> Outcome {
    let _pods = documents_pods()?;
    let _things = Things::of(&["odnat eip-dnat", "odnat eip-dnat-2", "oeip eip-dnat"])?;
    eip("eip-dnat", "external204")?;
    eip_is_whole("eip-dnat")?;
    for (name, pod) in [("eip-dnat", "vpc-1-busybox01.vpc1"), ("eip-dnat-2", "vpc-1-busybox02.vpc1")] {
        rule("OvnDnatRule", name, &dnat("", pod))?;
        until(name, seconds(10), || ready_rule(&format!("odnat {name}")))?;
    }
    let listed = nbctl("lr-lb-list vpc1")?;
    same("load balancers of the port", &listed.lines().filter(|line| line.contains(":22 ")).count(), &2)
}

/// An address of the default external network, without the field: somebody else may ask for it after a restart.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_eip_without_its_subnet_is_free_after_a_restart() -> Outcome {
    let _things = Things::of(&["oeip errata-thief", "oeip errata-bare"])?;
    rule("OvnEip", "errata-bare", &json!({"type": "nat"}))?;
    let given = || Ok::<_, super::bench::Wrong>(text(&object("oeip errata-bare")?, "/status/v4Ip").to_owned());
    until("its address", seconds(10), || Ok(!given()?.is_empty()))?;
    restart_controller("")?;
    let spec = json!({"externalSubnet": "external204", "type": "nat", "v4Ip": given()?});
    rule("OvnEip", "errata-thief", &spec)?;
    until("another with that address", seconds(10), || {
        Ok(text(&object("oeip errata-thief")?, "/status/v4Ip") == given()?)
    })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vpc_without_gateway_nodes_has_a_ready_eip_and_no_port() -> Outcome {
    let _things = Things::of(&["vpc errata-vpc", "oeip errata-vpc-external204"])?;
    let since = now()?;
    kubectl("label node node-a node-b ovn.kubernetes.io/external-gw=false --overwrite")?;
    let made = (|| -> Outcome {
        rule("Vpc", "errata-vpc", &json!({"enableExternal": true, "extraExternalSubnets": ["external204"]}))?;
        says(&since, r#"vpc \"errata-vpc\": no external gw nodes"#)?;
        check(ready_rule("oeip errata-vpc-external204")?, || "its EIP is not ready".to_owned())?;
        let ports = nbctl("lrp-list errata-vpc")?;
        same("its ports", &ports.trim(), &"")
    })();
    kubectl("label node node-a ovn.kubernetes.io/external-gw=true --overwrite")?;
    made?;
    until("its port", seconds(60), || Ok(nbctl("lrp-list errata-vpc")?.contains("errata-vpc-external204")))?;
    // "the route currently supports automatic maintenance"
    let routes = nbctl("lr-route-list errata-vpc")?;
    check(!routes.contains("0.0.0.0/0"), || routes)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_attachment_whose_provider_no_subnet_has_is_of_the_pods_own_subnet() -> Outcome {
    let _things = Things::of(&["net-attach-def errata-net"])?;
    let mut mine = Mine::vips(&[])?;
    let config = json!({"cniVersion": "0.3.0", "type": "kube-ovn", "server_socket": "/run/openvswitch/kube-ovn-daemon.sock",
        "provider": "errata-net.default.ovn"});
    apply(
        &json!({"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition",
            "metadata": {"name": "errata-net", "namespace": "default"}, "spec": {"config": config.to_string()}})
        .to_string(),
    )?;
    for (pod, network, subnet) in
        [("errata-own", "errata-net", "vpc1-subnet1"), ("errata-attached", "attachnet", "attach-net")]
    {
        let asked = json!({"k8s.v1.cni.cncf.io/networks": format!("default/{network}")});
        mine.pod("vpc1", pod, &json!({}), &asked)?;
        let ip = object(&format!("ip {pod}.vpc1.{network}.default.ovn"))?;
        same("its subnet", &text(&ip, "/spec/subnet"), &subnet)?;
    }
    drop(mine);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_switch_lb_vip_without_a_namespace_has_a_port_that_ends_with_a_dot() -> Outcome {
    let _things = Things::of(&["vip slr-01"])?;
    rule("Vip", "slr-01", &json!({"subnet": "ovn-default", "type": "switch_lb_vip"}))?;
    until("its port", seconds(10), || Ok(port("slr-01.")?.is_some()))?;
    let spec =
        &object("crd vips.kubeovn.io")?["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    // "the same format as the NodeSelector"
    same("its selector", &spec["properties"]["selector"]["type"], &json!("array"))?;
    same("of", &spec["properties"]["selector"]["items"]["type"], &json!("string"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_command_in_a_pod_needs_two_dashes() -> Outcome {
    match kubectl_words(&["exec", "-n", "vpc1", "vpc-1-busybox04", "bash"], "") {
        Ok(out) => Err(out.into()),
        Err(why) => check(why.to_string().contains("is not supported anymore"), || why.to_string()),
    }
}
