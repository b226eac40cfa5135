//! Rules about what a Vip is for.

use super::{Finding, VipIntent, codes, existing};
use crate::api::{Resource as _, Vip, VipType};
use crate::net::{Family, SubnetCidr};
use crate::world::World;

/// KO204. Another type behaves like none when it is made and like a typed one when it is deleted.
pub(super) fn known(intent: &VipIntent) -> Vec<Finding> {
    if intent.kind().is_some() {
        return Vec::new();
    }
    let text = &intent.spec.kind;
    let finding = Finding::new(
        codes::KO204,
        format!("type `{text}` is none that the controller knows; it would make a plain Vip of it"),
    );
    let near = ["switch_lb_vip", "kube_host_vm_vip"]
        .into_iter()
        .find(|kind| kind.eq_ignore_ascii_case(&text.replace('-', "_")));
    vec![match near {
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None => finding.hint("leave it out, or write switch_lb_vip or kube_host_vm_vip"),
    }]
}

/// KO205. The port of a typed Vip is named `NAME.NAMESPACE`.
pub(super) fn has_namespace(intent: &VipIntent) -> Vec<Finding> {
    let typed = matches!(intent.kind(), Some(VipType::SwitchLb | VipType::HostVm));
    if !typed || !intent.spec.namespace.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO205,
            format!("a {} without a namespace: its logical port would be named \"{}.\"", intent.spec.kind, intent.name),
        )
        .hint("name the namespace: -n NAMESPACE, or spec.namespace"),
    ]
}

/// KO216. A `switch_lb_vip` answers with the MAC of the subnet's router port.
pub(super) fn mac_of_router(intent: &VipIntent) -> Vec<Finding> {
    if intent.kind() != Some(VipType::SwitchLb) || intent.spec.mac_address.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO216,
            format!(
                "macAddress {} is discarded: a switch_lb_vip gets the MAC of the subnet's router port",
                intent.spec.mac_address
            ),
        )
        .hint("leave the MAC out"),
    ]
}

/// KO210. A `kube_host_vm_vip` never gets virtual parents.
pub(super) fn selector_of_host(intent: &VipIntent) -> Vec<Finding> {
    if intent.kind() != Some(VipType::HostVm) || intent.spec.selector.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO210, "a kube_host_vm_vip is a VM's own address: its selector does nothing")
            .hint("leave the selector out"),
    ]
}

/// KO118. Without a logical switch there is no port that could answer for the address.
pub(super) fn carried(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let Some(subnet) = world.subnet(&intent.spec.subnet).filter(|subnet| !subnet.is_ovn()) else { return Vec::new() };
    vec![
        Finding::new(codes::KO118, format!("subnet {} is carried by {}, not by OVN: nothing there can hold the address of a Vip, no pod can take it", subnet.name(), subnet.spec.provider))
            .hint("choose a subnet whose provider is ovn or ends with .ovn; to keep an address out of use, list it in excludeIps"),
    ]
}

/// KO206. The controller takes the MAC of the router port `VPC-SUBNET`.
pub(super) fn has_router_port(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let subnet = world.subnet(&intent.spec.subnet).filter(|subnet| subnet.is_ovn() && !subnet.has_router_port());
    let Some(subnet) = subnet.filter(|_| intent.kind() == Some(VipType::SwitchLb)) else { return Vec::new() };
    vec![
        Finding::new(codes::KO206, format!("subnet {} is an underlay network (vlan {}) without a router port, which a switch_lb_vip needs; the controller would keep the address and never be ready", subnet.name(), subnet.spec.vlan))
            .hint("choose an overlay subnet"),
    ]
}

/// The families a Vip in that Subnet gets: IPv4, IPv6.
fn families(world: &World, intent: &VipIntent) -> (bool, bool) {
    let cidr = world.subnet(&intent.spec.subnet).and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok());
    cidr.map_or((false, false), |cidr| (cidr.network(Family::V4).is_some(), cidr.network(Family::V6).is_some()))
}

/// Whether the controller makes a virtual port for it.
fn is_pair(intent: &VipIntent) -> bool {
    intent.kind() == Some(VipType::Plain) && !intent.spec.namespace.is_empty()
}

/// KO211. `virtual-ip` takes one address; ovn-northd passes over a port with two (ovn-nb(5)).
pub(super) fn one_family(world: &World, intent: &VipIntent) -> Vec<Finding> {
    if !is_pair(intent) || families(world, intent) != (true, true) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO211, format!("subnet {} is dual-stack: the virtual port would get both addresses, which OVN does not read, so no pod could hold either", intent.spec.subnet))
            .hint("use a single-stack subnet for an allowed address pair; leave the namespace out to reserve the addresses only"),
    ]
}

/// KO222. Whoever asks for one family gets a random address of the other as well.
pub(super) fn both_families(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let one = intent.spec.v4_ip.is_empty() != intent.spec.v6_ip.is_empty();
    if !one || families(world, intent) != (true, true) || existing(world, intent).is_some_and(Vip::is_ready) {
        return Vec::new();
    }
    let other = if intent.spec.v4_ip.is_empty() { "an IPv4" } else { "an IPv6" };
    vec![Finding::new(
        codes::KO222,
        format!("subnet {} is dual-stack: {other} address is given as well", intent.spec.subnet),
    )]
}

/// KO214. At its start the controller registers `status.v4ip` of Vips and no IPv6 address.
pub(super) fn found_after_restart(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let (_, v6) = families(world, intent);
    if !v6 {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO214, "its IPv6 address lasts until kube-ovn-controller restarts: after that the address is free for others, though the Vip stays")
            .hint(format!("list the address in excludeIps of subnet {} as well", intent.spec.subnet)),
    ]
}

/// KO215. At its start, and when the Subnet's spec changes, the controller removes virtual ports that `subnet.spec.vips` does
/// not list (Kube-OVN: pkg/controller/subnet.go, `reconcileVips`).
pub(super) fn port_after_restart(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let makes_port =
        is_pair(intent) && families(world, intent) != (true, true) && families(world, intent) != (false, false);
    let carried = world.subnet(&intent.spec.subnet).is_some_and(crate::api::Subnet::is_ovn);
    if !makes_port || !carried {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO215, "its virtual port lasts until kube-ovn-controller restarts or the subnet is edited: the controller removes it then and does not make it again")
            .hint(format!("kubectl ko vip show {0} says so when it happened, kubectl ko vip attach {0} POD makes it again", intent.name)),
    ]
}
