//! Rules about the name and the type of an EIP.

use super::eip::{EipIntent, existing};
use super::exclusive::gone_first;
use super::external::subnet;
use crate::api::EipType;
use crate::check::{Finding, Severity, codes};
use crate::net::check_subdomain;
use crate::world::World;

/// KO412: a name that the API server takes.
pub(in crate::check) fn shape(name: &str) -> Vec<Finding> {
    check_subdomain(name).err().map_or_else(Vec::new, |reason| {
        vec![Finding::new(codes::KO412, reason.to_string()).hint("use lower-case letters, digits, `-` and `.`")]
    })
}

/// KO413: no EIP of that name is being deleted.
pub(super) fn name_free(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let leaving = existing(world, intent).is_some_and(|eip| eip.metadata.is_terminating());
    if leaving { vec![gone_first("ovn-eip", &intent.name)] } else { Vec::new() }
}

/// KO406: a type that the controller knows.
pub(super) fn known(intent: &EipIntent) -> Vec<Finding> {
    let text = intent.spec.kind.as_str();
    if EipType::parse(text).is_some() {
        return Vec::new();
    }
    let finding =
        Finding::new(codes::KO406, format!("type `{text}` is none that the controller knows; it keeps any text"));
    let lower = text.trim().to_lowercase();
    vec![if EipType::parse(&lower).is_some_and(|_| !lower.is_empty()) {
        finding.hint(format!("did you mean {lower}?"))
    } else {
        finding.hint("leave it out for an EIP of NAT rules")
    }]
}

/// The Vpc whose router port on the Subnet has the EIP's name.
pub(super) fn vpc_of<'n>(name: &'n str, subnet: &str) -> Option<&'n str> {
    name.strip_suffix(subnet)?.strip_suffix('-').filter(|vpc| !vpc.is_empty())
}

/// KO407: one of type lrp is a VPC's router port on that very Subnet. Deleting it deletes the port of its name, whatever that is.
pub(super) fn of_router(world: &World, intent: &EipIntent) -> Vec<Finding> {
    if EipType::parse(&intent.spec.kind) != Some(EipType::Lrp) {
        return Vec::new();
    }
    let (name, subnet) = (intent.name.as_str(), subnet(world, intent));
    let vpc = vpc_of(name, subnet);
    let known =
        |vpc: &&str| world.vpc(vpc).is_some() || world.planned.vpcs.iter().any(|one| one.metadata.name == **vpc);
    let Some(vpc) = vpc.filter(known) else {
        return vec![
            Finding::new(codes::KO407, format!("type lrp, and {name} is not VPC-{subnet} of any vpc: it is no router's address, and deleting it deletes a router port that has its name"))
                .hint("leave type out for an EIP of NAT rules"),
        ];
    };
    let port = world.northbound.known().and_then(|northbound| northbound.router_port(name));
    match port {
        Some(port) if existing(world, intent).is_none() => vec![
            Finding::new(codes::KO407, format!("the router port {name} is there already, with {}: the EIP would have another address, and deleting it would cut vpc {vpc} off", port.networks.join(", ")))
                .hint("leave the port as it is"),
        ],
        _ => Vec::new(),
    }
}

/// KO408: one of type lsp is a node's port: kube-ovn-cni of the node of that name makes it ready.
pub(super) fn of_node(world: &World, intent: &EipIntent) -> Vec<Finding> {
    if EipType::parse(&intent.spec.kind) != Some(EipType::Lsp) {
        return Vec::new();
    }
    let name = &intent.name;
    if world.ip(&node_ip(name)).is_none() {
        return vec![
            Finding::new(codes::KO408, format!("type lsp, and no node is named {name}: it is never ready, and the controller removes its port after a while"))
                .hint("leave type out for an EIP of NAT rules; kubectl get nodes"),
        ];
    }
    let there = existing(world, intent).is_some();
    let port = world.northbound.known().and_then(|northbound| northbound.port(name));
    if port.is_some() && !there {
        return vec![
            Finding::new(codes::KO408, format!("OVN has a port {name} already: deleting the EIP would delete it"))
                .hint("kubectl ko nbctl find logical_switch_port name=NAME"),
        ];
    }
    vec![
        Finding::new(codes::KO408, format!("type lsp: it is ready once kube-ovn-cni on node {name} has set its interface up, and no NAT rule can use it"))
            .severity(Severity::Note),
    ]
}

/// The name of a node's own IP.
pub(super) fn node_ip(node: &str) -> String {
    format!("node-{node}")
}

/// KO409: a router port has the name, and the EIP is none of type lrp.
pub(super) fn not_a_router_port(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let name = intent.name.as_str();
    let nat = EipType::parse(&intent.spec.kind) == Some(EipType::Nat);
    let vpc = vpc_of(name, subnet(world, intent)).filter(|vpc| world.vpc(vpc).is_some());
    let Some(vpc) = vpc.filter(|_| nat && existing(world, intent).is_none()) else { return Vec::new() };
    vec![
        Finding::new(codes::KO409, format!("{name} is the name that the router port of vpc {vpc} has or will have: the controller would take this address for the router's own"))
            .hint("choose another name, or set type: lrp to choose the router's address"),
    ]
}

/// KO411: the controller's address book knows EIPs, Vips and IPs of a Subnet by name alone.
pub(super) fn name_unshared(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let (name, subnet) = (intent.name.as_str(), subnet(world, intent));
    if existing(world, intent).is_some_and(crate::api::OvnEip::has_address) {
        return Vec::new();
    }
    let vip = world.vip(name).filter(|vip| vip.spec.subnet == subnet).map(|_| "vip");
    let planned = world.planned_vips.iter().find(|vip| vip.metadata.name == name && vip.spec.subnet == subnet);
    let iptables = world.iptables_eips.known().into_iter().flatten();
    let iptables = iptables.filter(|eip| eip.metadata.name == name && eip.subnet() == subnet).map(|_| "iptables-eip");
    let ip = world.ip(name).filter(|ip| ip.spec.subnet == subnet).map(|_| "ip");
    let found = vip.or(planned.map(|_| "vip")).into_iter().chain(iptables).chain(ip);
    let findings = found.map(|kind| {
        Finding::new(codes::KO411, format!("{kind}/{name} has an address of subnet {subnet} too: deleting one of the two would free the other's address"))
            .hint("choose another name")
    });
    findings.collect()
}
