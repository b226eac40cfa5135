//! Rules about a Vip's name and the form of its manifest.

use super::{Finding, VipIntent, codes, existing};
use crate::net::check_subdomain;
use crate::world::World;

/// KO201. A name with a dot can be a pod's logical port: with a namespace such a Vip crashes kube-ovn-controller, without one
/// its deletion removes the pod's port (docs/kube-ovn-behaviour.md).
pub(super) fn shape(intent: &VipIntent) -> Vec<Finding> {
    let text = intent.name.as_str();
    let finding = if let Err(reason) = check_subdomain(text) {
        Finding::new(codes::KO201, reason.to_string())
    } else if text.contains('.') {
        Finding::new(
            codes::KO201,
            format!(
                "the name {text} has a dot, as logical ports of pods have: a Vip with the name of such a port crashes the controller, or takes the pod's network away when it is deleted"
            ),
        )
    } else {
        return Vec::new();
    };
    vec![finding.hint("use lower-case letters, digits and `-`")]
}

/// KO202. Deleting a Vip deletes every logical switch port of its name, whoever made it.
pub(super) fn no_port_of_that_name(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let Some(northbound) = world.northbound.known() else { return Vec::new() };
    let typed = intent.typed_port();
    let own = existing(world, intent);
    let mine = |port: &crate::ovn::northbound::LogicalSwitchPort| {
        own.is_some_and(|vip| {
            port.external_ids.get("ls") == Some(&vip.spec.subnet) && (port.is_virtual() || port.name == typed)
        })
    };
    let kinds = |kind: &str| if kind.is_empty() { "workload".to_owned() } else { kind.to_owned() };
    let switch_ports = northbound.ports.iter().filter(|port| {
        (port.name == intent.name || (!intent.spec.kind.is_empty() && port.name == typed)) && !mine(port)
    });
    let found = switch_ports.map(|port| (port.name.clone(), format!("a {} port of OVN", kinds(&port.kind))));
    let router_ports =
        northbound.router_port(&intent.name).map(|port| (port.name.clone(), "a router port of OVN".to_owned()));
    let found = found.chain(router_ports).map(|(port, what)| {
        Finding::new(
            codes::KO202,
            format!(
                "{port} is {what} already: the Vip would get no port of its own, and deleting it would delete that one"
            ),
        )
        .hint("choose another name")
    });
    found.collect()
}

/// KO203. The controller's address book knows Vips and EIPs of a subnet by name alone: two of one name share an entry, and
/// deleting one frees the other's address.
pub(super) fn no_eip_of_that_name(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let subnet = intent.spec.subnet.as_str();
    let ovn = world.ovn_eips.known().into_iter().flatten();
    let ovn = ovn.filter(|eip| eip.metadata.name == intent.name && eip.subnet() == subnet).map(|_| "ovn-eip");
    let iptables = world.iptables_eips.known().into_iter().flatten();
    let iptables =
        iptables.filter(|eip| eip.metadata.name == intent.name && eip.subnet() == subnet).map(|_| "iptables-eip");
    let found = ovn.chain(iptables).map(|kind| {
        Finding::new(codes::KO203, format!("{kind}/{} has an address of subnet {subnet} too: deleting one of the two would free the other's address", intent.name))
            .hint("choose another name")
    });
    found.collect()
}

/// KO223. The controller's address book has one entry for the logical port `NAME.NAMESPACE`, whoever asks: such a Vip takes the
/// pod's own address, and frees it when it is deleted.
pub(super) fn no_pod_of_that_name(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let port = intent.typed_port();
    let ip = world.named_ips.known().and_then(|ips| ips.get(&port));
    let Some(ip) = ip.filter(|ip| ip.spec.subnet == intent.spec.subnet) else { return Vec::new() };
    if existing(world, intent).is_some_and(crate::api::Vip::is_ready) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO223,
            format!(
                "ip/{port} has an address of subnet {} under the same name: the Vip would share the entry of {}/{}, and deleting it would free that pod's address",
                ip.spec.subnet, intent.spec.namespace, intent.name
            ),
        )
        .hint("choose another name"),
    ]
}

/// KO217. A Vip has no status subresource: a written status is kept, and the controller takes the Vip for done.
///
/// One that is there already has the status it has: an exported list can be applied again.
pub(super) fn no_status(world: &World, intent: &VipIntent) -> Vec<Finding> {
    if existing(world, intent).is_some() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO217, "the manifest writes status: the API server keeps it, and the controller takes the Vip for done without giving it an address")
            .hint("remove status from the manifest"),
    ]
}
