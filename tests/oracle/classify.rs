//! How an observation becomes a class.
//!
//! - works: ready, and the rows say what the manifest asked;
//! - never-ready: the API server or the controller refuses;
//! - trap: ready or silently ignored, but harmful or without effect.

use crate::oracle::address::{canonical, odd_mac, owners};
use crate::oracle::edits::edit;
use crate::oracle::observe::{Ports, ready};
use crate::oracle::selector::{matching, or_none, pair, parents};
use crate::oracle::tools::{text, texts};
use crate::oracle::world::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// Everything seen of one case.
#[derive(Default)]
pub(crate) struct Seen {
    /// What kubectl said when it was refused.
    pub(crate) refusal: Option<String>,
    /// The manifest's spec.
    pub(crate) asked: Value,
    /// The object of the world that the manifest edits.
    pub(crate) before: Option<Value>,
    pub(crate) object: Option<Value>,
    pub(crate) ports: Ports,
    pub(crate) log: Vec<String>,
    pub(crate) flow: bool,
    /// Ports of others that went away with it.
    pub(crate) lost: Vec<String>,
    /// Another Vip got this address while this one, or a pod, had it.
    pub(crate) given_twice: Option<String>,
    pub(crate) crashed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) class: &'static str,
    /// False where a careful person could say otherwise.
    pub(crate) firm: bool,
    pub(crate) why: String,
}

/// Not `works`, and whether firmly.
struct Trap(bool, String);

impl From<Trap> for Verdict {
    fn from(Trap(firm, why): Trap) -> Self {
        Self { class: "trap", firm, why }
    }
}

fn firm<T>(why: impl Into<String>) -> Result<T, Trap> {
    Err(Trap(true, why.into()))
}

fn soft<T>(why: impl Into<String>) -> Result<T, Trap> {
    Err(Trap(false, why.into()))
}

pub(crate) fn classify(name: &str, seen: &Seen, world: &World) -> Verdict {
    let verdict = |class, firm, why: &str| Verdict { class, firm, why: why.to_owned() };
    if let Some(refusal) = &seen.refusal {
        return verdict(
            "never-ready",
            true,
            &format!("refused by the API server: {}", refusal.lines().next().unwrap_or_default()),
        );
    }
    if seen.crashed {
        return verdict("trap", true, "the controller crashes");
    }
    let Some(object) = &seen.object else { return verdict("trap", true, "the object is gone") };
    if let Some(lost) = seen.lost.first().filter(|_| seen.before.is_none()) {
        return verdict("trap", true, &format!("deleting it took away port {lost}"));
    }
    if let Some(before) = &seen.before
        && let Some(known) = edit(seen, before, object, world)
    {
        return known;
    }
    if !ready(object) {
        let why = seen.log.first().map_or("silently ignored: no error, no finalizer, no row", |line| reason(line));
        return verdict(if seen.log.is_empty() { "trap" } else { "never-ready" }, true, why);
    }
    if let Some(address) = seen.given_twice.as_ref().filter(|_| ready(object)) {
        return verdict("trap", true, &format!("ready, but {address} is taken no more: another Vip got it too"));
    }
    match allocation(name, seen, object, world).and_then(|()| effect(name, seen, object, world)) {
        Ok((firm, why)) => Verdict { class: "works", firm, why },
        Err(trap) => trap.into(),
    }
}

/// The sentence of `… err="error syncing add vip \"N\": SENTENCE, requeuing" …`.
pub(super) fn reason(line: &str) -> &str {
    let tail = line.split_once("\\\":").map_or(line, |(_, tail)| tail);
    tail.split(", requeuing").next().unwrap_or(tail).trim()
}

/// Did it get what was asked, and only what nobody else has?
fn allocation(name: &str, seen: &Seen, object: &Value, world: &World) -> Result<(), Trap> {
    for field in ["v4ip", "v6ip"] {
        let (asked, got) = (text(&seen.asked, &format!("/{field}")), text(object, &format!("/status/{field}")));
        if !asked.is_empty() && canonical(asked) != canonical(got) {
            return firm(format!("spec.{field} {asked} was ignored; it got another address"));
        }
        if text(&seen.asked, "/subnet").is_empty() || got.is_empty() {
            continue;
        }
        if got.contains(':') != (field == "v6ip") {
            return firm(format!("an address of the other family is in {field}"));
        }
    }
    let (mac, got) = (text(&seen.asked, "/macAddress"), text(object, "/status/mac"));
    if !mac.is_empty() && mac != got {
        return firm("spec.macAddress was replaced by the router's");
    }
    if let Some((firmly, why)) = odd_mac(mac) {
        return Err(Trap(firmly, format!("{mac:?} was accepted as a MAC address: {why}")));
    }
    let subnet = text(object, "/spec/subnet");
    if let Some(eip) = world
        .of_kind("OvnEip")
        .find(|eip| text(eip, "/metadata/name") == name && text(eip, "/spec/externalSubnet") == subnet)
    {
        return firm(format!(
            "OvnEip {} holds an address of {subnet} under the same name: the two share one entry",
            text(eip, "/metadata/name")
        ));
    }
    let switch_lb = text(&seen.asked, "/type") == "switch_lb_vip";
    let same_mac = |other: &&Value| {
        let theirs =
            if text(other, "/kind") == "IP" { text(other, "/spec/macAddress") } else { text(other, "/status/mac") };
        text(other, "/spec/subnet") == subnet
            && text(other, "/metadata/name") != name
            && theirs.eq_ignore_ascii_case(got)
    };
    if let Some(other) = world.of_kind("Vip").chain(world.of_kind("IP")).find(same_mac).filter(|_| !switch_lb) {
        return firm(format!("same MAC as {} {}", text(other, "/kind"), text(other, "/metadata/name")));
    }
    for address in [text(object, "/status/v4ip"), text(object, "/status/v6ip")] {
        if let Some(owner) = owners(world, subnet, address).into_iter().find(|owner| *owner != format!("Vip {name}")) {
            return firm(format!("accepted, although {address} is of {owner}"));
        }
    }
    Ok(())
}

/// Does what its type, namespace and selector say come true in OVN?
fn effect(name: &str, seen: &Seen, object: &Value, world: &World) -> Result<(bool, String), Trap> {
    let (kind, namespace, subnet) =
        (text(&seen.asked, "/type"), text(&seen.asked, "/namespace"), text(object, "/spec/subnet"));
    let selector = texts(&seen.asked, "/selector");
    if world.ports.contains_key(name) && seen.before.is_none() {
        return firm(format!(
            "a port named {name} existed: no virtual port of its own, and deleting this Vip deletes that port"
        ));
    }
    let typed = matches!(kind, "switch_lb_vip" | "kube_host_vm_vip");
    let own = typed_port(name, namespace, subnet, world);
    if !kind.is_empty() && world.ports.contains_key(&own) && seen.before.is_none() {
        return firm(format!("type and namespace make the port name {own}, which is another's"));
    }
    match kind {
        "" => {}
        _ if !typed => {
            return soft(format!("type {kind:?} is not one the controller knows; it is treated as a plain Vip"));
        }
        _ if namespace.is_empty() => return soft(format!("typed Vip without namespace: its port is named '{name}.'")),
        "kube_host_vm_vip" if !selector.is_empty() => return soft("a kube_host_vm_vip never gets virtual parents"),
        _ if !seen.ports.contains_key(&own) => return firm(format!("ready, but its port {own} was not made")),
        "kube_host_vm_vip" => return Ok((true, "its port exists".into())),
        _ => {}
    }
    if namespace.is_empty() {
        return if selector.is_empty() {
            Ok((true, "address reserved".into()))
        } else {
            firm("selector without namespace: no virtual port is made")
        };
    }
    let Some(port) = seen.ports.get(name).filter(|port| port.kind == "virtual") else {
        return firm(format!("ready, but no virtual port was made in {subnet}"));
    };
    let keys: BTreeSet<_> = selector.iter().filter_map(|item| pair(item)).map(|(key, _)| key).collect();
    if let Some(bad) = selector.iter().find(|item| pair(item).is_none()) {
        return firm(format!(
            "selector item {bad:?} is not key:value and was dropped; the parents are {}",
            or_none(parents(port))
        ));
    }
    if keys.len() < selector.len() {
        return soft("a key is in the selector twice and the last one counts");
    }
    if kind == "switch_lb_vip" {
        return Ok((true, "port with arp_proxy and virtual port exist".into()));
    }
    if !text(object, "/status/v4ip").is_empty() && !text(object, "/status/v6ip").is_empty() {
        return firm("virtual port with two addresses: northd makes no flow for it");
    }
    if !parents(port).is_empty() {
        return if seen.flow {
            Ok((true, format!("virtual port with parents {}", parents(port))))
        } else {
            firm("virtual port, but no flow for it")
        };
    }
    without_parents(namespace, subnet, &selector, world)
}

fn without_parents(namespace: &str, subnet: &str, selector: &[String], world: &World) -> Result<(bool, String), Trap> {
    if !world.objects.contains_key(&format!("Namespace/{namespace}")) {
        return soft(format!("namespace {namespace} does not exist: the virtual port never gets a parent"));
    }
    let pods = matching(namespace, selector, world);
    if !selector.is_empty() && pods.is_empty() {
        return soft("the selector matches no pod of the namespace: virtual port without parents");
    }
    if let Some(pod) = pods.first().filter(|_| !selector.is_empty()) {
        return soft(format!(
            "{pod} matches the selector but is no parent: its annotation does not name this Vip, or it has no port in {subnet}"
        ));
    }
    let home = world.subnet(subnet).map_or("", |subnet| text(subnet, "/spec/vpc"));
    let bound = |vpc: &&Value| texts(vpc, "/spec/namespaces").iter().any(|one| one == namespace);
    let theirs = world.of_kind("Vpc").find(bound).map_or("ovn-cluster", |vpc| text(vpc, "/metadata/name"));
    if home == theirs {
        return Ok((true, "virtual port exists; no pod names this Vip yet".into()));
    }
    Ok((false, "virtual port exists; the namespace's pods are in another VPC".into()))
}

/// The port that a type makes: named like the port of a pod of that name would be.
pub(crate) fn typed_port(name: &str, namespace: &str, subnet: &str, world: &World) -> String {
    match world.subnet(subnet).map_or("", |subnet| text(subnet, "/spec/provider")) {
        "" | "ovn" => format!("{name}.{namespace}"),
        provider => format!("{name}.{namespace}.{provider}"),
    }
}
