//! What docs/documents.md says of Kube-OVN's documents: their manifests as they are printed, applied with kubectl.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, kubectl, kubectl_words, object, ready_rule, same, seconds, text, until};
use super::cluster::{Mine, northbound};
use super::things::{Things, documents_pods, eip_is_whole};

/// The log of the controller since `since`.
fn log(since: &str) -> Outcome<String> {
    kubectl(&format!("logs -n kube-system kube-ovn-controller-0 --since-time={since}"))
}

/// The server's idea of now, to the second before.
pub(super) fn now() -> Outcome<String> {
    let words =
        ["create", "configmap", "errata-now", "--dry-run=server", "-o", "jsonpath={.metadata.creationTimestamp}"];
    kubectl_words(&words, "")
}

pub(super) fn says(since: &str, line: &str) -> Outcome {
    until(&format!("`{line}` in the log"), seconds(10), || Ok(log(since)?.contains(line)))
}

pub(super) fn reservation(name: &str, kind: &str, address: Option<&str>) -> String {
    let mut spec = json!({"subnet": "ovn-default", "podType": kind, "namespace": "default", "podName": name});
    if let Some(address) = address {
        spec["v4IpAddress"] = json!(address);
        spec["v6IpAddress"] = Value::Null;
    }
    json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": format!("{name}.default")}, "spec": spec})
        .to_string()
}

pub(super) fn address(ip: &str) -> Outcome<String> {
    until(ip, seconds(5), || Ok(!text(&object(&format!("ip {ip}"))?, "/spec/ipAddress").is_empty()))?;
    Ok(text(&object(&format!("ip {ip}"))?, "/spec/ipAddress").to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn two_reservations_get_one_address() -> Outcome {
    let _mine = Things::of(&["ip vm-dynamic-01.default", "ip pod-static-01.default"])?;
    apply(&reservation("vm-dynamic-01", "VirtualMachine", None))?;
    let first = address("vm-dynamic-01.default")?;
    apply(&reservation("pod-static-01", "", Some(&first)))?;
    same("the address of the second", &address("pod-static-01.default")?, &first)?;
    let second = object("ip pod-static-01.default")?;
    same("its finalizer", &second["metadata"]["finalizers"], &json!(["kubeovn.io/kube-ovn-controller"]))?;
    same("its labels", &second["metadata"]["labels"], &json!({"ovn.kubernetes.io/ip_reserved": "true"}))?;
    let listed = kubectl("get ip -l ovn.kubernetes.io/subnet=ovn-default -o name")?;
    check(!listed.contains("static-01"), || listed)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_pod_takes_what_was_reserved_for_a_vm() -> Outcome {
    let _things = Things::of(&["ip vm-dynamic-01.default"])?;
    let mut mine = Mine::vips(&[])?;
    let since = now()?;
    apply(&reservation("vm-dynamic-01", "VirtualMachine", None))?;
    let reserved = address("vm-dynamic-01.default")?;
    let pod = mine.pod("default", "vm-dynamic-01", &json!({}), &json!({}))?;
    same("its address", &text(&pod, "/metadata/annotations/ovn.kubernetes.io~1ip_address"), &reserved.as_str())?;
    says(&since, "ip vm-dynamic-01.default podType can not change")?;
    same("the type", &text(&object("ip vm-dynamic-01.default")?, "/spec/podType"), &"")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn three_manifests_without_a_separator_are_the_last_one() -> Outcome {
    let text = "apiVersion: kubeovn.io/v1\nkind: ProviderNetwork\nmetadata:\n  name: external205\nspec:\n  defaultInterface: vlan\n\n\
                # cat 02-vlan.yaml\napiVersion: kubeovn.io/v1\nkind: Vlan\nmetadata:\n  name: vlan205\nspec:\n  id: 205\n  provider: external205\n\n\
                # cat 03-vlan-subnet.yaml\napiVersion: kubeovn.io/v1\nkind: Subnet\nmetadata:\n  name: external205\nspec:\n  protocol: IPv4\n  \
                cidrBlock: 10.5.205.0/24\n  gateway: 10.5.205.254\n  vlan: vlan205\n";
    let said = kubectl_words(&["apply", "--dry-run=server", "-f", "-"], text)?;
    same("what kubectl makes", &said.trim(), &"subnet.kubeovn.io/external205 created (server dry run)")
}

pub(super) fn eip(name: &str, subnet: &str) -> Outcome {
    let spec = json!({"externalSubnet": subnet, "type": "nat"});
    apply(
        &json!({"apiVersion": "kubeovn.io/v1", "kind": "OvnEip", "metadata": {"name": name}, "spec": spec}).to_string(),
    )
}

pub(super) fn rule(kind: &str, name: &str, spec: &Value) -> Outcome {
    apply(&json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string())
}

pub(super) fn dnat(ip_type: &str, ip: &str) -> Value {
    json!({"ovnEip": "eip-dnat", "ipType": ip_type, "ipName": ip, "protocol": "tcp", "internalPort": "22", "externalPort": "22"})
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_external_subnet_that_nobody_made_and_one_name_for_two_rules() -> Outcome {
    let _pods = documents_pods()?;
    let _things = Things::of(&["odnat eip-dnat", "oeip eip-dnat", "vip test-dnat-vip"])?;
    let since = now()?;
    eip("eip-dnat", "underlay")?;
    rule("OvnDnatRule", "eip-dnat", &dnat("", "vpc-1-busybox01.vpc1"))?;
    says(&since, r#"syncing add ovn eip \"eip-dnat\": subnet.kubeovn.io \"underlay\" not found"#)?;
    says(&since, r#"syncing add ovn dnat \"eip-dnat\": eip 'eip-dnat' is not ready, has no ip"#)?;
    kubectl_words(
        &["patch", "oeip", "eip-dnat", "--type=merge", "-p", r#"{"spec":{"externalSubnet":"external204"}}"#],
        "",
    )?;
    eip_is_whole("eip-dnat")?;
    until("the rule", seconds(30), || ready_rule("odnat eip-dnat"))?;
    let before = object("odnat eip-dnat")?["status"].clone();

    rule("OvnDnatRule", "eip-dnat", &dnat("vip", "test-dnat-vip"))?;
    says(&since, r#"syncing update ovn dnat \"eip-dnat\": vip.kubeovn.io \"test-dnat-vip\" not found"#)?;
    rule("Vip", "test-dnat-vip", &json!({"subnet": "vpc1-subnet1"}))?;
    says(&since, "not support change internal ip for dnat eip-dnat")?;
    same("the rule", &object("odnat eip-dnat")?["status"], &before)?;
    let shown = kubectl("get odnat eip-dnat")?;
    let pod = text(&before, "/v4Ip");
    check(shown.contains("test-dnat-vip") && shown.contains(pod) && shown.contains("true"), || shown.clone())?;
    let rows = northbound("Load_Balancer", &json!([["name", "==", "eip-dnat"]]), &["vips"])?;
    check(json!(rows).to_string().contains(&format!("{pod}:22")), || format!("{rows:?}"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_snat_takes_no_vip() -> Outcome {
    let _things = Things::of(&["osnat errata-snat", "oeip errata-snat", "vip errata-vip"])?;
    let since = now()?;
    eip("errata-snat", "external204")?;
    rule("Vip", "errata-vip", &json!({"subnet": "vpc1-subnet1"}))?;
    eip_is_whole("errata-snat")?;
    rule("OvnSnatRule", "errata-snat", &json!({"ovnEip": "errata-snat", "ipName": "errata-vip"}))?;
    says(&since, r#"syncing add ovn snat rule \"errata-snat\": ip.kubeovn.io \"errata-vip\" not found"#)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_address_beside_a_name_is_ignored() -> Outcome {
    let _pods = documents_pods()?;
    let _things = Things::of(&["ofip errata-both", "ofip errata-type", "oeip errata-both", "oeip errata-type"])?;
    for name in ["errata-both", "errata-type"] {
        eip(name, "external204")?;
        eip_is_whole(name)?;
    }
    let (pod, other) = (address("vpc-1-busybox01.vpc1")?, address("vpc-1-busybox02.vpc1")?);
    let spec = json!({"ovnEip": "errata-both", "ipName": "vpc-1-busybox01.vpc1", "vpc": "vpc1", "v4Ip": other});
    rule("OvnFip", "errata-both", &spec)?;
    until("the FIP", seconds(5), || ready_rule("ofip errata-both"))?;
    same("where it leads", &text(&object("ofip errata-both")?, "/status/v4Ip"), &pod.as_str())?;
    let spec = json!({"ovnEip": "errata-type", "ipType": "vip", "vpc": "vpc1", "v4Ip": other});
    rule("OvnFip", "errata-type", &spec)?;
    until("the FIP", seconds(5), || ready_rule("ofip errata-type"))?;
    same("where it leads", &text(&object("ofip errata-type")?, "/status/v4Ip"), &other.as_str())
}

const MACVLAN: &str = r#"
apiVersion: "k8s.cni.cncf.io/v1"
kind: NetworkAttachmentDefinition
metadata: {name: macvlan, namespace: default}
spec:
  config: '{"cniVersion": "0.3.0", "type": "macvlan", "master": "eth0", "mode": "bridge", "ipam": {"type": "kube-ovn",
    "server_socket": "/run/openvswitch/kube-ovn-daemon.sock", "provider": "macvlan.default"}}'
---
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: {name: macvlan}
spec: {protocol: IPv4, provider: macvlan.default, cidrBlock: 172.17.0.0/16, gateway: 172.17.0.1, excludeIps: [172.17.0.1..172.17.0.10]}
"#;

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_mac_of_a_macvlan_attachment_is_ignored() -> Outcome {
    let _things = Things::of(&["subnet macvlan", "net-attach-def macvlan"])?;
    let mut mine = Mine::vips(&[])?;
    apply(MACVLAN)?;
    until("the subnet", seconds(10), || Ok(!object("subnet macvlan")?["status"]["v4availableIPs"].is_null()))?;
    let asked = json!({
        "k8s.v1.cni.cncf.io/networks": "macvlan",
        "macvlan.default.kubernetes.io/ip_address": "172.17.0.100",
        "macvlan.default.kubernetes.io/mac_address": "00:00:00:53:6B:BB",
    });
    let pod = mine.pod("default", "errata-macvlan", &json!({}), &asked)?;
    let ip = object("ip errata-macvlan.default.macvlan.default")?;
    same("its address", &text(&ip, "/spec/v4IpAddress"), &"172.17.0.100")?;
    same("its MAC", &text(&ip, "/spec/macAddress"), &"")?;
    let annotation = &pod["metadata"]["annotations"]["macvlan.default.kubernetes.io/mac_address"];
    check(annotation.is_null(), || annotation.to_string())?;
    // applied over the first, the second example changes annotations and nothing else
    kubectl("annotate pod errata-macvlan --overwrite macvlan.default.kubernetes.io/ip_address=172.17.0.101")?;
    same("its address", &address("errata-macvlan.default.macvlan.default")?.as_str(), &"172.17.0.100")?;
    drop(mine);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_pod_in_a_subnet_that_nobody_made_gets_nothing_and_no_event() -> Outcome {
    let _things = Things::of(&["pod spec-subnet"])?;
    let since = now()?;
    let annotations = json!({
        "k8s.v1.cni.cncf.io/networks": "default/attachnet",
        "attachnet.default.ovn.kubernetes.io/logical_switch": "my-subnet",
    });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "spec-subnet", "namespace": "default", "annotations": annotations},
        "spec": {"nodeName": "node-a", "tolerations": [{"operator": "Exists"}], "containers": [{"name": "c", "image": "alpine"}]},
    });
    apply(&pod.to_string())?;
    says(&since, r#"error syncing add/update pod \"default/spec-subnet\": subnet.kubeovn.io \"my-subnet\" not found"#)?;
    let address = &object("pod spec-subnet")?["metadata"]["annotations"]["ovn.kubernetes.io/ip_address"];
    check(address.is_null(), || address.to_string())?;
    let events = kubectl("get events -n default --field-selector involvedObject.name=spec-subnet -o name")?;
    same("its events", &events.trim(), &"")
}

/// What the documents print, and what there is.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn columns_differ_from_the_documents() -> Outcome {
    for (kind, columns) in [
        ("vips", "NAMESPACE V4IP V6IP MAC SUBNET TYPE"),
        ("ovn-eips", "V4IP V6IP MAC TYPE NAT READY EXTERNALSUBNET"),
        ("ovn-fips", "VPC TYPE V4EIP V6EIP V4IP V6IP READY IPTYPE IPNAME"),
        ("ovn-snat-rules", "VPC V4EIP V6EIP V4IPCIDR V6IPCIDR READY"),
        ("ovn-dnat-rules", "VPC EIP PROTOCOL V4EIP V6EIP V4IP V6IP INTERNALPORT EXTERNALPORT IPNAME READY"),
        ("ips", "V4IP V6IP MAC NODE SUBNET"),
    ] {
        let crd = object(&format!("crd {kind}.kubeovn.io"))?;
        let names = crd["spec"]["versions"][0]["additionalPrinterColumns"].as_array().cloned().unwrap_or_default();
        let names: Vec<String> = names.iter().map(|column| text(column, "/name").to_uppercase()).collect();
        same(kind, &names.join(" ").as_str(), &columns)?;
    }
    Ok(())
}
