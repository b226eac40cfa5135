//! The scene every case starts from: `world.yaml`, applied phase by phase. A controller that sees everything at once leaves some of it half
//! done: an AAP port made before its subnet settles is removed again.

use crate::oracle::observe::{Objects, Ports, key, objects, ports, ready, settled_ports};
use crate::oracle::tools::{Outcome, each, kubectl, kubectl_with, ms, text, texts, until};
use kubectl_ko::api::names;
use serde_json::{Value, json as object};

const WORLD: &str = include_str!("world.yaml");
pub(super) const KINDS: &str =
    "vips,ips,ovn-eips,ovn-fips,ovn-snat-rules,ovn-dnat-rules,subnets,vpcs,ippools,pods,namespaces,statefulsets";
/// They never become ready, and that is what they are for.
const NEVER: [&str; 3] = ["vip-pending", "eip-pending", "eip-lsp"];

const SPENT: &str = r"jsonpath={.metadata.annotations.oracle\.kubeovn\.io/spent}";

/// After its restart a controller no longer holds what it held: IPv6 Vips, reservations without a pod type. No later run may start from there.
pub(crate) fn spend() -> Outcome<()> {
    kubectl(&["annotate", "namespace", "ns1", "oracle.kubeovn.io/spent=yes", "--overwrite"])
        .output("annotate")
        .map(drop)
}

/// The scene: what there was before any case.
pub(crate) struct World {
    pub(crate) objects: Objects,
    pub(crate) ports: Ports,
}

impl World {
    /// Brings it up unless it is there, and looks at it.
    pub(crate) fn up() -> Outcome<Self> {
        if !kubectl(&["get", "namespace", "ns1", "-o", SPENT]).out.is_empty() {
            return Err("the controller was restarted since the world was made and has forgotten some addresses: start a new control plane".into());
        }
        if !kubectl(&["get", "ovn-dnat-rule", "dnat-dns"]).ok() {
            if kubectl(&["get", "vpc", "vpc1"]).ok() {
                return Err("another scene is there: the oracle needs an empty control plane".into());
            }
            bring_up(WORLD)?;
        }
        Self::look()
    }

    pub(crate) fn look() -> Outcome<Self> {
        let found = objects(KINDS)?;
        let names: Vec<_> = found.values().filter(|vip| wants_port(vip) && ready(vip)).cloned().collect();
        touch_missing(&names);
        Ok(Self { objects: found, ports: settled_ports()? })
    }

    pub(crate) fn vip(&self, name: &str) -> Option<&Value> {
        self.objects.get(&format!("Vip/{name}"))
    }

    pub(crate) fn subnet(&self, name: &str) -> Option<&Value> {
        self.objects.get(&format!("Subnet/{name}"))
    }

    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let prefix = format!("{kind}/");
        self.objects.iter().filter(move |(key, _)| key.starts_with(&prefix)).map(|(_, object)| object)
    }
}

/// Applies a scene phase by phase.
pub(super) fn bring_up(scene: &str) -> Outcome<()> {
    scene.split("# == phase: ").skip(1).try_for_each(apply)
}

/// Does the controller owe this Vip a virtual port?
pub(crate) fn wants_port(object: &Value) -> bool {
    text(object, "/kind") == "Vip"
        && !text(object, "/spec/namespace").is_empty()
        && text(object, "/spec/type") != "kube_host_vm_vip"
}

/// The controller may read its own cache too early and make no virtual port; it makes one when the selector changes.
pub(crate) fn touch_missing(vips: &[Value]) {
    let missing = |from: &[Value]| -> Outcome<Vec<Value>> {
        let now = ports()?;
        Ok(from.iter().filter(|vip| !now.contains_key(text(vip, "/metadata/name"))).cloned().collect())
    };
    let mut left = vips.to_vec();
    until(ms(700), || {
        left = missing(&left).unwrap_or_default();
        left.is_empty()
    });
    each(&left, touch);
    until(ms(2000), || left.is_empty() || missing(&left).is_ok_and(|none| none.is_empty()));
}

/// Has the controller look for virtual parents again.
pub(crate) fn touch(vip: &Value) {
    let (name, selector) = (text(vip, "/metadata/name"), texts(vip, "/spec/selector"));
    for items in [[selector.clone(), vec!["touch:touch".to_owned()]].concat(), selector] {
        let patch = object!({"spec": {"selector": items}}).to_string();
        kubectl(&["patch", "vip", name, "--type=merge", "-p", &patch]);
    }
}

fn apply(phase: &str) -> Outcome<()> {
    let (name, manifests) = phase.split_once('\n').unwrap_or((phase, ""));
    let read = |one: &str| serde_yaml::from_str(one).map_err(|why| format!("{name}: {why}"));
    apply_all(name, &manifests.split("\n---\n").map(read).collect::<Outcome<Vec<Value>>>()?)
}

/// As JSON: kubectl takes thirty milliseconds over each document of a YAML stream.
pub(super) fn list(objects: &[Value]) -> String {
    object!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

/// Applies a phase, and returns when the controller and OVN have it.
pub(super) fn apply_all(name: &str, manifests: &[Value]) -> Outcome<()> {
    let first = name == "external networks";
    if first {
        // shortly after it starts, a controller without ConfigMap ovn-external-gw-config unmarks the gateway nodes, once
        let path = r"jsonpath={.items[*].metadata.labels.ovn\.kubernetes\.io/external-gw}";
        until(ms(15_000), || kubectl(&["get", "nodes", "-o", path]).out.contains("false"));
    }
    kubectl_with(&["apply", "-f", "-"], &list(manifests)).output(name)?;
    if first {
        kubectl(&["label", "nodes", "--all", "ovn.kubernetes.io/external-gw=true", "--overwrite"]).output("label")?;
    }
    let wanted: Vec<String> = manifests.iter().map(key).collect();
    let mut left = Vec::new();
    let complete = || {
        let Ok(found) = objects(KINDS) else { return false };
        let router_port = name != "vpcs" || ports().is_ok_and(|all| all.contains_key("external204-vpc1"));
        for one in manifests {
            make_again(one, &found);
        }
        left = wanted.iter().filter(|key| found.get(*key).is_some_and(|one| !settled(one))).cloned().collect();
        router_port && left.is_empty()
    };
    if !until(ms(60_000), complete) {
        return Err(format!("the world does not come up: phase {name}: {}", left.join(", ")));
    }
    settled_ports().map(drop)
}

fn settled(object: &Value) -> bool {
    let marked = text(object, "/metadata/annotations/oracle") == "never-ready";
    marked || NEVER.contains(&text(object, "/metadata/name")) || done(object)
}

/// Seen once in some hundred: the controller writes an EIP's address into the spec, and a status that is ready and empty. It is written
/// again in its place; a new object would wait for finalizers of others.
pub(super) fn make_again(manifest: &Value, found: &Objects) {
    let emptied = |one: &Value| {
        one.pointer("/status/ready") == Some(&Value::Bool(true))
            && text(one, "/kind") == "OvnEip"
            && text(one, "/status/macAddress").is_empty()
            && !text(one, "/spec/macAddress").is_empty()
    };
    if found.get(&key(manifest)).is_some_and(emptied) {
        let (name, spec) = (text(manifest, "/metadata/name"), &found[&key(manifest)]["spec"]);
        let kind = if text(spec, "/type").is_empty() { "nat" } else { text(spec, "/type") };
        let status = object!({"v4Ip": spec["v4Ip"], "v6Ip": spec["v6Ip"], "macAddress": spec["macAddress"], "type": kind, "ready": true});
        let patch = object!({"status": status}).to_string();
        kubectl(&["patch", "ovn-eip", name, "--subresource=status", "--type=merge", "-p", &patch]);
        let labels = object!({names::LABEL_SUBNET: spec["externalSubnet"], names::LABEL_EIP_TYPE: kind,
            names::LABEL_EIP_V4: spec["v4Ip"]});
        let patch = object!({"metadata": {"labels": labels}}).to_string();
        kubectl(&["patch", "ovn-eip", name, "--type=merge", "-p", &patch]);
    }
}

/// Is it as its manifest wants it, by the controller's own account?
pub(super) fn done(object: &Value) -> bool {
    let has = |path| !text(object, path).is_empty();
    let yes = |path: &str| object.pointer(path) == Some(&Value::Bool(true));
    let condition = |kind: &str| {
        let all = object.pointer("/status/conditions").and_then(Value::as_array);
        all.into_iter().flatten().any(|one| text(one, "/type") == kind && text(one, "/status") == "True")
    };
    match text(object, "/kind") {
        "Vip" => ready(object),
        "IP" => has("/spec/ipAddress") && object.pointer("/metadata/finalizers").is_some(),
        "OvnEip" => yes("/status/ready") && has("/status/macAddress"),
        "OvnFip" | "OvnSnatRule" | "OvnDnatRule" => yes("/status/ready"),
        "Subnet" | "IPPool" => condition("Ready") && !condition("Error"),
        "Vpc" => yes("/status/standby"),
        "Pod" => object.pointer("/metadata/annotations/ovn.kubernetes.io~1allocated").is_some(),
        _ => true,
    }
}
