//! IPv6 and EIPs: what Kube-OVN 1.16 cannot is refused, and its own objects show why; the IPv4 half of a dual-stack target works.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl, object, same, script, seconds, text, until};
use super::cluster::{in_pod, northbound};
use super::nat::{Eips, address, rows};
use super::nat_packets::{Server, answers, leaves_as};
use super::things::Things;

fn of(kind: &str, name: &str, spec: &Value) -> String {
    json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string()
}

/// External networks with IPv6, on the provider network of the scene.
fn external() -> Outcome<Things> {
    let things = Things::of(&["subnet fam-dual", "subnet fam-v6", "vlan fam-dual", "vlan fam-v6"])?;
    for (number, name, cidr, gateway) in [
        (205, "fam-dual", "10.5.205.0/24,fd00:205::/64", "10.5.205.254,fd00:205::fe"),
        (206, "fam-v6", "fd00:206::/64", "fd00:206::fe"),
    ] {
        apply(&of("Vlan", name, &json!({"id": number, "provider": "external204"})))?;
        apply(&of("Subnet", name, &json!({"cidrBlock": cidr, "gateway": gateway, "vlan": name})))?;
        until(name, seconds(20), || Ok(!object(&format!("subnet {name}"))?["status"]["conditions"].is_null()))?;
    }
    Ok(things)
}

/// A VPC with a dual-stack Subnet and a pod, joined to the external networks named.
fn inside(externals: &[&str]) -> Outcome<Things> {
    let things = Things::of(&["pod -n fam fam-pod", "subnet fam-net", "vpc fam", "namespace fam"])?;
    kubectl("create namespace fam")?;
    apply(&of(
        "Vpc",
        "fam",
        &json!({"namespaces": ["fam"], "enableExternal": true, "extraExternalSubnets": externals}),
    ))?;
    let net = json!({"vpc": "fam", "cidrBlock": "192.168.6.0/24,fd00:6::/64", "gateway": "192.168.6.1,fd00:6::1", "namespaces": ["fam"]});
    apply(&of("Subnet", "fam-net", &net))?;
    until("the namespace's subnet", seconds(20), || {
        let annotations = &object("namespace fam")?["metadata"]["annotations"];
        Ok(annotations["ovn.kubernetes.io/logical_switch"] == "fam-net")
    })?;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "fam-pod", "namespace": "fam"},
        "spec": {"nodeName": "node-a", "terminationGracePeriodSeconds": 0, "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "c", "image": "busybox"}]}});
    apply(&pod.to_string())?;
    until(
        "the pod's addresses",
        seconds(20),
        || Ok(!text(&object("ip fam-pod.fam")?, "/spec/v6IpAddress").is_empty()),
    )?;
    Ok(things)
}

fn router_port(name: &str) -> Outcome<bool> {
    Ok(!northbound("Logical_Router_Port", &json!([["name", "==", name]]), &["name"])?.is_empty())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn no_eip_has_ipv6() -> Outcome {
    let _eips = Eips::of("fam")?;
    let _external = external()?;
    for subnet in ["fam-dual", "fam-v6"] {
        ko(&format!("eip create fam-ours --subnet {subnet}")).exits(6)?.says("KO404")?;
        ko(&format!("eip bind fam-ours pod/web-1 -n vpc1 --create --subnet {subnet}")).exits(6)?.says("KO404")?;
        check(object("ovn-eip fam-ours")?.is_null(), || "something was written".to_owned())?;
        // it is so: the controller's own sentence, in plain words
        ko(&format!("eip create fam-ours --subnet {subnet} --ignore KO404 --timeout 10s"))
            .exits(5)?
            .says("which no EIP can have up to Kube-OVN 1.16")?
            .says("kube-ovn-controller: ")?;
        for line in ["pod/web-1 -n vpc1", "pod/web-1 -n vpc1 --tcp 80:80", "pod/web-1 -n vpc1 --as snat"] {
            ko(&format!("eip bind fam-ours {line} --timeout 5s")).exits(6)?.says("nothing was written")?;
        }
        same("rules", &super::nat::rules("fam-ours")?.len(), &0)?;
        ko("eip show fam-ours").exits(0)?.prints("KO480")?;
        ko("eip delete fam-ours").exits(0)?;
    }
    Ok(())
}

/// The one that cannot be joined is in the way of those behind it.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vpc_that_names_an_ipv6_network_first_is_joined_to_none() -> Outcome {
    let _eips = Eips::of("fam")?;
    let _external = external()?;
    let _inside = inside(&["fam-dual", "external204"])?;
    ko("eip create fam-e --subnet external204").exits(0)?;
    ko("eip bind fam-e pod/fam-pod -n fam").exits(6)?.says("KO425")?;
    for port in ["fam-fam-dual", "fam-external204"] {
        check(!router_port(port)?, || format!("{port} is there"))?;
    }
    kubectl_patch("vpc fam", &json!({"spec": {"extraExternalSubnets": ["external204"]}}))?;
    until("the router's port", seconds(20), || router_port("fam-external204"))?;
    ko("eip bind fam-e pod/fam-pod -n fam").exits(0)?;
    ko("eip delete fam-e --with-rules").exits(0).map(drop)
}

fn kubectl_patch(thing: &str, patch: &Value) -> Outcome {
    let patch = patch.to_string();
    let words: Vec<&str> =
        ["patch"].into_iter().chain(thing.split(' ')).chain(["--type=merge", "-p", &patch]).collect();
    super::bench::kubectl_words(&words, "").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn of_a_dual_stack_target_the_ipv4_half_is_bound() -> Outcome {
    let _eips = Eips::of("fam")?;
    let _inside = inside(&["external204"])?;
    until("the router's port", seconds(20), || router_port("fam-external204"))?;
    script("datapath")?;
    let ip = object("ip fam-pod.fam")?;
    let (v4, v6) = (text(&ip, "/spec/v4IpAddress"), text(&ip, "/spec/v6IpAddress"));
    ko("eip create fam-e --subnet external204").exits(0)?;
    let eip = address("fam-e")?;
    // families that do not meet
    for line in [
        format!("{v6} --vpc fam"),
        format!("{v6} --vpc fam --tcp 80:80"),
        format!("{v6} --vpc fam --as snat"),
        "fd00:6::/64 --vpc fam".to_owned(),
    ] {
        ko(&format!("eip bind fam-e {line}")).exits(6)?.says("KO434")?;
    }
    same("rules", &super::nat::rules("fam-e")?.len(), &0)?;
    let _servers = [Server::start("fam-pod.fam", 7201)?, Server::start("outside", 7007)?];
    ko("eip bind fam-e pod/fam-pod -n fam").exits(0)?;
    same("FIP", &rows(&eip)?, &BTreeSet::from([format!("fam dnat_and_snat {eip} {v4}")]))?;
    in_pod("outside", "ip neigh flush all")?;
    answers("tcp", &eip, 7201, "fam-pod")?;
    ko("eip unbind fam-e").exits(0)?;
    ko("eip bind fam-e pod/fam-pod -n fam --tcp 8201:7201").exits(0)?;
    same("DNAT", &rows(&eip)?, &BTreeSet::from([format!("fam tcp {eip}:8201 {v4}:7201")]))?;
    in_pod("outside", "ip neigh flush all")?;
    answers("tcp", &eip, 8201, "fam-pod")?;
    ko("eip unbind fam-e").exits(0)?;
    for (target, inside) in [("pod/fam-pod -n fam --as snat", v4), ("subnet/fam-net", "192.168.6.0/24")] {
        ko(&format!("eip bind fam-e {target}")).exits(0)?;
        same(target, &rows(&eip)?, &BTreeSet::from([format!("fam snat {eip} {inside}")]))?;
        leaves_as("fam-pod.fam", &eip)?;
        ko("eip unbind fam-e").exits(0)?;
        same(target, &rows(&eip)?, &BTreeSet::new())?;
    }
    // nothing of IPv6 is left of any of them
    let left = northbound("NAT", &json!([["logical_ip", "==", v6]]), &["external_ip"])?;
    check(left.is_empty(), || format!("{left:?}"))?;
    ko("eip delete fam-e").exits(0).map(drop)
}
