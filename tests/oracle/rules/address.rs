//! Reservations and EIPs: did each get what was asked, of its own, and can it be used?

use crate::oracle::address::{canonical, odd_mac, overlap};
use crate::oracle::rules::case::Case;
use crate::oracle::rules::judge::{Not, broken, maybe_broken};
use crate::oracle::rules::stage::{Look, Question};
use crate::oracle::tools::{text, texts};
use serde_json::Value;

/// The subnet its address is of.
pub(crate) fn home(object: &Value) -> String {
    let label = text(object, "/metadata/labels/ovn.kubernetes.io~1subnet");
    let named = text(object, if text(object, "/kind") == "OvnEip" { "/spec/externalSubnet" } else { "/spec/subnet" });
    if named.is_empty() { label } else { named }.to_owned()
}

/// What it has.
pub(crate) fn addresses(object: &Value) -> Vec<String> {
    let fields = match text(object, "/kind") {
        "Vip" => ["/status/v4ip", "/status/v6ip"],
        "IP" => ["/spec/v4IpAddress", "/spec/v6IpAddress"],
        _ => ["/status/v4Ip", "/status/v6Ip"],
    };
    fields.into_iter().map(|field| text(object, field)).filter(|one| !one.is_empty()).map(canonical).collect()
}

/// Who else has the address.
pub(crate) fn owner(look: &Look, case: &Case, question: &Question) -> Option<String> {
    let kinds = ["IP", "Vip", "OvnEip"];
    for (key, object) in look.objects.iter().filter(|(key, _)| **key != case.key()) {
        if kinds.contains(&text(object, "/kind"))
            && home(object) == question.subnet
            && addresses(object).contains(&question.address)
        {
            return Some(key.clone());
        }
    }
    let subnet = look.get("Subnet", &question.subnet)?;
    let gateway = text(subnet, "/spec/gateway").split(',').any(|one| canonical(one) == question.address);
    gateway.then(|| format!("the gateway of {}", question.subnet))
}

pub(crate) fn judge(case: &Case, object: &Value, made: &Look) -> Result<(bool, String), Not> {
    let got = addresses(object);
    for field in ["v4IpAddress", "v6IpAddress", "v4Ip", "v6Ip"] {
        let asked = case.asked(field);
        if asked.is_empty() {
            continue;
        }
        if !got.contains(&canonical(asked)) {
            return broken(format!("spec.{field} {asked} was ignored"));
        }
        let subnet = made.get("Subnet", &home(object));
        let block = subnet.map_or("", |one| text(one, "/spec/cidrBlock"));
        if !block.split(',').any(|block| overlap(block, asked)) {
            return broken(format!("the status repeats {asked}, which is no address of {}", home(object)));
        }
        if asked.contains(':') != field.starts_with("v6") {
            return broken(format!("an address of the other family is in {field}"));
        }
    }
    if case.kind.api == "OvnEip" { eip(case, object, made) } else { reservation(case, object, made) }
}

fn reservation(case: &Case, object: &Value, made: &Look) -> Result<(bool, String), Not> {
    let (asked, got) = (case.asked("ipAddress"), text(object, "/spec/ipAddress"));
    if !asked.is_empty() && asked != got {
        return broken(format!("spec.ipAddress {asked} was ignored"));
    }
    let mac = case.asked("macAddress");
    if !mac.is_empty() && mac != text(object, "/spec/macAddress") {
        return broken("spec.macAddress was ignored");
    }
    if let Some((firm, why)) = odd_mac(mac) {
        return Err(Not { class: "broken", firm, why: format!("{mac:?} was accepted as a MAC address: {why}") });
    }
    let subnet = home(object);
    let twin = made.objects.values().find(|one| {
        let theirs = if text(one, "/kind") == "IP" { "/spec/macAddress" } else { "/status/mac" };
        matches!(text(one, "/kind"), "IP" | "Vip")
            && text(one, "/metadata/name") != case.name
            && home(one) == subnet
            && !text(one, theirs).is_empty()
            && text(one, theirs).eq_ignore_ascii_case(text(object, "/spec/macAddress"))
    });
    if let Some(twin) = twin {
        return broken(format!("same MAC as {} {}", text(twin, "/kind"), text(twin, "/metadata/name")));
    }
    if let Some(net) = made.get("Subnet", &subnet) {
        let v6_only = text(net, "/spec/cidrBlock").split(',').all(|one| one.contains(':'));
        for one in &addresses(object) {
            if !one.contains(':') && v6_only {
                return broken("an IPv4 address of an IPv6 subnet");
            }
        }
    }
    let namespace = case.asked("namespace");
    if made.get("Namespace", namespace).is_none() {
        return maybe_broken(format!("namespace {namespace} does not exist"));
    }
    let ordinal = |name: &str| name.rsplit_once('-').is_some_and(|(_, tail)| tail.parse::<u32>().is_ok());
    if case.asked("podType") == "StatefulSet" && !ordinal(case.asked("podName")) {
        return maybe_broken("no pod of a StatefulSet has that name");
    }
    if subnet == "join" {
        return maybe_broken("pods get no address of the nodes' own network");
    }
    // the pod of that name is put where its namespace's subnet is, unless an annotation says otherwise
    let provider = made.get("Subnet", &subnet).map_or("", |one| text(one, "/spec/provider"));
    let bound = |one: &&Value| {
        text(one, "/kind") == "Subnet" && texts(one, "/spec/namespaces").iter().any(|name| name == namespace)
    };
    let owner = case.asked("podName").rsplit_once('-').map_or("", |(owner, _)| owner);
    let annotated = made
        .get("StatefulSet", owner)
        .map_or("", |one| text(one, "/spec/template/metadata/annotations/ovn.kubernetes.io~1logical_switch"));
    let default = made.objects.values().find(bound).map_or("ovn-default", |one| text(one, "/metadata/name"));
    let default = if annotated.is_empty() { default } else { annotated };
    if provider == "ovn" && default != subnet {
        return Ok((false, format!("address reserved; pods of {namespace} are put into {default} unless annotated")));
    }
    let network = provider.split('.').next().unwrap_or_default();
    if provider != "ovn" && made.get("StatefulSet", owner).is_some_and(|one| !asks(one, network)) {
        return Ok((false, format!("address reserved; the pods of StatefulSet {owner} do not ask for {network}")));
    }
    Ok((true, "address reserved".into()))
}

/// Do the pods of a StatefulSet ask for an attachment?
fn asks(owner: &Value, network: &str) -> bool {
    text(owner, "/spec/template/metadata/annotations/k8s.v1.cni.cncf.io~1networks").contains(network)
}

fn eip(case: &Case, object: &Value, made: &Look) -> Result<(bool, String), Not> {
    let mac = case.asked("macAddress");
    if !mac.is_empty() && mac != text(object, "/spec/macAddress") {
        return broken("spec.macAddress was replaced by another");
    }
    let subnet = home(object);
    let carried = made.north.ports.values().any(|port| port.switch == subnet && port.kind == "localnet");
    if !carried {
        return broken(format!("{subnet} leads out of nothing: no port of its switch is on a physical network"));
    }
    match text(object, "/status/type") {
        "nat" => {}
        "lrp" => {
            let vpc = case.name.strip_suffix(&format!("-{subnet}"));
            if vpc.is_none_or(|vpc| made.get("Vpc", vpc).is_none()) {
                return maybe_broken("of type lrp, but named like no router's port on the external network");
            }
            return Ok((true, "the router's address when its VPC is attached".into()));
        }
        other => return maybe_broken(format!("type {other:?} is none")),
    }
    let attached = made
        .north
        .routers
        .values()
        .flat_map(|router| &router.ports)
        .any(|port| port.name.ends_with(&format!("-{subnet}")));
    if !attached {
        return Ok((false, format!("no VPC is attached to {subnet} yet")));
    }
    Ok((true, "address held".into()))
}
