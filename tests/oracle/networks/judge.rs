//! What became of a case, as a class.

use super::Case;
use super::seen::{Seen, error, ready};
use crate::oracle::classify::Verdict;
use crate::oracle::tools::{text, texts};
use ipnetwork::IpNetwork;
use serde_json::Value;
use std::net::IpAddr;

fn class(class: &'static str, why: impl Into<String>) -> Verdict {
    Verdict { class, firm: true, why: why.into() }
}

pub(crate) fn verdict(case: &Case, seen: &Seen) -> Verdict {
    if let Some(refusal) = &seen.refusal {
        return class(
            "never-ready",
            format!(
                "refused by the API server: {}",
                refusal.lines().next().unwrap_or_default().chars().take(160).collect::<String>()
            ),
        );
    }
    match case.kind.as_str() {
        "Subnet" => subnet(case, seen),
        "Vpc" => vpc(case, seen),
        "Vlan" => vlan(case, seen),
        "IPPool" => pool(case, seen),
        "SwitchLBRule" => balancer(case, seen),
        _ if case.name.len() > 12 => class("broken", format!("br-{} is no name of an interface", case.name)),
        _ => class("works", "taken"),
    }
}

/// Why it is not ready, in the controller's words.
fn never(seen: &Seen) -> Verdict {
    let told = match error(&seen.object) {
        error if error.is_empty() => seen.said.clone(),
        error => error,
    };
    class("never-ready", if told.is_empty() { "nothing says why".to_owned() } else { told.chars().take(200).collect() })
}

fn asked<'c>(case: &'c Case, field: &str) -> &'c str {
    text(&case.object, &format!("/spec/{field}"))
}

fn on(case: &Case, field: &str) -> bool {
    case.object.pointer(&format!("/spec/{field}")) == Some(&Value::Bool(true))
}

/// The networks of a Subnet as the controller has it.
fn networks(object: &Value) -> Vec<IpNetwork> {
    text(object, "/spec/cidrBlock").split(',').filter_map(|part| part.parse().ok()).collect()
}

fn subnet(case: &Case, seen: &Seen) -> Verdict {
    if !ready(&seen.object) {
        return never(seen);
    }
    let (vpc, provider) = (text(&seen.object, "/spec/vpc"), text(&seen.object, "/spec/provider"));
    let parts: Vec<&str> = provider.split('.').collect();
    let ovn = matches!(parts.as_slice(), ["ovn"] | [_, _, "ovn"]);
    if !ovn && parts.len() != 2 {
        return class("broken", format!("no attachment network has the provider {provider}"));
    }
    if ovn && !seen.rows.switches.contains(&case.name) {
        return class("broken", "no logical switch");
    }
    let routed = asked(case, "vlan").is_empty() || on(case, "logicalGateway") || on(case, "u2oInterconnection");
    let port = format!("{vpc}-{}", case.name);
    if ovn && routed && !seen.rows.router_ports.contains_key(&port) {
        return class("broken", format!("no router port {port}"));
    }
    let given: Vec<IpAddr> = ["v4ip", "v6ip"]
        .iter()
        .filter_map(|field| text(&seen.probe, &format!("/status/{field}")).parse().ok())
        .collect();
    if given.is_empty() {
        return class("broken", "gives nobody an address");
    }
    let v4 = text(&seen.probe, "/status/v4ip");
    if v4.contains(':')
        || given.iter().any(|address| !networks(&seen.object).iter().any(|network| network.contains(*address)))
    {
        return class("broken", format!("a Vip got {v4} as its IPv4 address"));
    }
    match lost(case, seen, ovn, vpc) {
        Some(why) => class("trap", why),
        None => class("works", "ready, with switch and addresses"),
    }
}

/// What was asked and is not so, or has no effect where it is.
fn lost(case: &Case, seen: &Seen, ovn: bool, vpc: &str) -> Option<String> {
    for field in ["u2oInterconnection", "default", "u2oInterconnectionIP", "protocol"] {
        let pointer = format!("/spec/{field}");
        let (was, is) = (case.object.pointer(&pointer), seen.object.pointer(&pointer));
        let nothing = Value::Bool(false);
        if was.is_some_and(|was| *was != *is.unwrap_or(&nothing)) {
            return Some(format!("the controller took {field} back"));
        }
    }
    let excluded = texts(&seen.object, "/spec/excludeIps");
    let nets = networks(&seen.object);
    for item in texts(&case.object, "/spec/excludeIps") {
        let ends: Vec<&str> = item.split("..").collect();
        if ends.len() > 2 || excluded.iter().any(|one| one.contains("nil")) {
            return Some(format!("excludeIps {item} became {}", excluded.join(",")));
        }
        let outside = ends
            .iter()
            .filter_map(|end| end.parse::<IpAddr>().ok())
            .any(|end| !nets.iter().any(|net| net.contains(end)));
        if outside {
            return Some(format!("excludeIps {item} is not of the subnet"));
        }
    }
    // kube-ovn-cni looks at these, and none runs here: pkg/daemon/gateway.go, isSubnetNeedNat; the others end with handleAddOrUpdateSubnet
    if !ovn {
        let none = ["gatewayType", "vpc"].iter().any(|field| !asked(case, field).is_empty())
            || on(case, "private")
            || on(case, "natOutgoing");
        return none.then(|| "an option of the switch on a network without one".to_owned());
    }
    if on(case, "natOutgoing") && vpc != "ovn-cluster" {
        return Some("natOutgoing of a VPC of one's own".to_owned());
    }
    if !texts(&case.object, "/spec/allowSubnets").is_empty() && !on(case, "private") {
        return Some("allowSubnets of a subnet that keeps nobody out".to_owned());
    }
    let mtu = case.object.pointer("/spec/mtu").and_then(Value::as_i64);
    mtu.filter(|mtu| !(576..=65535).contains(mtu)).map(|mtu| format!("no packet has {mtu} bytes"))
}

fn vpc(case: &Case, seen: &Seen) -> Verdict {
    if seen.object.pointer("/status/standby") != Some(&Value::Bool(true)) {
        return never(seen);
    }
    let extras = texts(&case.object, "/spec/extraExternalSubnets");
    if on(case, "enableExternal") {
        let default = vec!["external204".to_owned()];
        let wanted = if extras.is_empty() { &default } else { &extras };
        if let Some(missing) =
            wanted.iter().find(|subnet| !seen.rows.router_ports.contains_key(&format!("{}-{subnet}", case.name)))
        {
            return class("never-ready", format!("no router port on {missing}: {}", seen.said));
        }
    } else if !extras.is_empty() {
        return class("trap", "no port on its external subnets");
    }
    for peering in case.object.pointer("/spec/vpcPeerings").and_then(Value::as_array).into_iter().flatten() {
        let remote = text(peering, "/remoteVpc");
        if !["w1", "w2", "ovn-cluster"].contains(&remote) {
            return class("broken", format!("its port to {remote} leads nowhere"));
        }
    }
    for route in case.object.pointer("/spec/policyRoutes").and_then(Value::as_array).into_iter().flatten() {
        if text(route, "/match").is_empty() {
            return class("broken", "a policy that no packet meets");
        }
    }
    for namespace in texts(&case.object, "/spec/namespaces") {
        if namespace == "wns1" {
            return class("trap", "the namespace is of two VPCs");
        }
        if !namespace.starts_with("wns") {
            return class("trap", "no such namespace");
        }
    }
    if asked(case, "defaultSubnet") == "nosuch" {
        return class("trap", "no such default subnet");
    }
    class("works", "its router is there")
}

fn vlan(case: &Case, seen: &Seen) -> Verdict {
    let name = text(&seen.probe, "/metadata/name");
    if !ready(&seen.probe) {
        let said = error(&seen.probe);
        return class(
            "never-ready",
            format!("a subnet on it is not ready: {}", if said.is_empty() { &seen.said } else { &said }),
        );
    }
    let id = case.object.pointer("/spec/id").and_then(Value::as_i64).unwrap_or_default();
    let tag = seen.rows.tags.get(&format!("localnet.{name}")).cloned().unwrap_or_default();
    let wanted = if id == 0 { String::new() } else { id.to_string() };
    if tag == wanted {
        class("works", format!("the tag is {tag:?}"))
    } else {
        class("broken", format!("id {id}, and the tag is {tag:?}"))
    }
}

fn pool(case: &Case, seen: &Seen) -> Verdict {
    if !ready(&seen.object) {
        return never(seen);
    }
    let range = |field: &str| text(&seen.object, &format!("/status/{field}")).to_owned();
    let has =
        [range("v4AvailableIPRange"), range("v6AvailableIPRange"), range("v4UsingIPRange"), range("v6UsingIPRange")]
            .concat();
    if has.is_empty() {
        return class("broken", "ready, and has nothing to give");
    }
    for item in texts(&case.object, "/spec/ips") {
        let ends: Vec<&str> = item.split("..").collect();
        let last = ends.last().copied().unwrap_or_default();
        if ends.len() > 2 {
            return class("broken", format!("of {item} it has {has}"));
        }
        // an end outside the network is not in the book
        if !item.contains('/') && !has.contains(last) && last.parse::<IpAddr>().is_ok_and(|last| last.is_ipv4()) {
            return class("trap", format!("of {item} it has {has}"));
        }
    }
    if on(case, "enableAddressSet") && !seen.rows.sets.contains(&case.name.replace('-', ".")) {
        return class("broken", "no address set");
    }
    if text(&seen.probe, "/status/mac").is_empty() {
        return class("trap", "whoever asks the subnet for any address gets none");
    }
    if texts(&case.object, "/spec/namespaces").iter().any(|namespace| namespace == "nosuch") {
        return class("trap", "no such namespace");
    }
    class("works", format!("has {has}"))
}

fn balancer(case: &Case, seen: &Seen) -> Verdict {
    if text(&seen.object, "/status/service").is_empty() {
        let told: String = seen.said.chars().take(120).collect();
        return class("never-ready", if told.is_empty() { "the controller passes over it".to_owned() } else { told });
    }
    let ports = case.object.pointer("/spec/ports").and_then(Value::as_array).cloned().unwrap_or_default();
    if ports.is_empty() {
        return class("broken", "no port");
    }
    for vip in asked(case, "vip").split(',') {
        if vip.parse::<IpAddr>().is_err() {
            return class("broken", format!("{vip} is no address, and northd passes over it"));
        }
        for port in &ports {
            let number = port.pointer("/port").and_then(Value::as_i64).unwrap_or_default();
            let front = if vip.contains(':') { format!("[{vip}]:{number}") } else { format!("{vip}:{number}") };
            let Some(ends) = seen.rows.fronts.get(&front) else {
                return class("broken", format!("OVN has no {front}"));
            };
            let wanted = texts(&case.object, "/spec/endpoints");
            if let Some(missing) = wanted.iter().find(|end| !ends.contains(end.as_str())) {
                return class("broken", format!("{front} leads to {ends:?}, not to {missing}"));
            }
        }
    }
    if !texts(&case.object, "/spec/endpoints").is_empty() && !texts(&case.object, "/spec/selector").is_empty() {
        return class("trap", "the selector counts for nothing");
    }
    if texts(&case.object, "/spec/selector").iter().any(|item| !item.contains(':')) {
        return class("broken", "the controller passes over the item");
    }
    class("works", "OVN has its front ends")
}
