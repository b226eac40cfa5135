//! Rules about the place that a rule's inside address has: Subnet, router, and who answers there.

use super::aim::{aim, is_vip, raw};
use super::present::NatRule;
use crate::api::{Subnet, names};
use crate::check::{Finding, codes};
use crate::net::{Family, Placement, SubnetCidr, parse_address};
use crate::world::{World, lenient};

/// KO118, KO432: OVN carries the target's Subnet, and a router has a port on it.
pub(super) fn routed<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(aim) = rule.target().and_then(|target| aim(world, target)) else { return Vec::new() };
    world.subnet(aim.subnet).map_or_else(Vec::new, |subnet| on_router(subnet, &aim.noun))
}

/// The same for any Subnet; `noun` is who lies in it.
pub(super) fn on_router(subnet: &Subnet, noun: &str) -> Vec<Finding> {
    let name = &subnet.metadata.name;
    if !subnet.is_ovn() {
        return vec![
            Finding::new(
                codes::KO118,
                format!(
                    "subnet {name} of {noun} is carried by {}, not by OVN: no router of OVN reaches it",
                    subnet.spec.provider
                ),
            )
            .hint("point at the address of an interface whose subnet has the provider ovn, or one that ends with .ovn"),
        ];
    }
    if !subnet.has_router_port() {
        return vec![
            Finding::new(codes::KO432, format!("subnet {name} of {noun} is an underlay network (vlan {}): no VPC has a router port on it, so no NAT leads there", subnet.spec.vlan))
                .hint("choose a target in a subnet of the VPC"),
        ];
    }
    Vec::new()
}

/// KO101, KO102: a bare address is one plain address of its field's family.
pub(super) fn written<R: NatRule>(rule: &R) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, text) in rule.target().into_iter().flat_map(raw) {
        match parse_address(text) {
            Err(reason) => findings.push(
                Finding::new(
                    codes::KO101,
                    format!("{field} {reason}; the controller writes any text to OVN and calls the rule ready"),
                )
                .hint("write one address without mask, such as 192.168.0.2"),
            ),
            Ok(found) if found.is_ipv4() != (field == "v4Ip") => findings.push(
                Finding::new(codes::KO102, format!("{field} holds {text}, which is {}", Family::of(&found)))
                    .hint("put it into the other field"),
            ),
            Ok(_) => {}
        }
    }
    findings
}

/// KO433, KO104, KO105: a bare address lies in a Subnet of the VPC, and is one that a workload may have.
pub(super) fn inside<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target().filter(|target| target.ip_name.is_empty()) else { return Vec::new() };
    let vpc = target.vpc.as_str();
    if world.vpc(vpc).is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (field, text) in raw(target) {
        let Ok(address) = parse_address(text) else { continue };
        let subnets = world.subnets_of(vpc);
        let holds =
            |subnet: &&&Subnet| SubnetCidr::parse(&subnet.spec.cidr_block).is_ok_and(|cidr| cidr.contains(&address));
        let Some(subnet) = subnets.iter().find(holds) else {
            findings.push(
                Finding::new(
                    codes::KO433,
                    format!("{field} {text} lies in no subnet of vpc {vpc}: the rule would be ready and lead nowhere"),
                )
                .hint(format!("kubectl get subnets; those of the vpc: {}", told(&subnets))),
            );
            continue;
        };
        let name = &subnet.metadata.name;
        let edge = SubnetCidr::parse(&subnet.spec.cidr_block).map(|cidr| cidr.placement(&address));
        if subnet.spec.gateway.split(',').any(|gateway| lenient(gateway) == Some(address)) {
            findings.push(
                Finding::new(
                    codes::KO105,
                    format!("{field} {text} is the gateway of subnet {name}, which is the router itself"),
                )
                .hint("choose the address of a workload"),
            );
        } else if matches!(edge, Ok(Placement::First | Placement::Last)) {
            findings.push(
                Finding::new(
                    codes::KO104,
                    format!("{field} {text} is the network's own address in subnet {name}; no workload can have it"),
                )
                .hint("choose the address of a workload"),
            );
        }
    }
    findings
}

/// Names and CIDRs of some Subnets, for a hint.
pub(super) fn told(subnets: &[&Subnet]) -> String {
    let told: Vec<String> =
        subnets.iter().map(|subnet| format!("{} ({})", subnet.metadata.name, subnet.spec.cidr_block)).collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

/// KO435: a Vip that pods share leads nowhere until one of them may hold it.
pub(super) fn held<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target().filter(|target| is_vip(target)) else { return Vec::new() };
    let Some(vip) = world.vip(&target.ip_name).filter(|vip| vip.is_ready() && vip.wants_virtual_port()) else {
        return Vec::new();
    };
    // a pod that took it as its own address answers for it
    if !vip.metadata.label(names::LABEL_IP_RESERVED).is_empty() || vip.spec.kind == "switch_lb_vip" {
        return Vec::new();
    }
    let port = world.northbound.known().and_then(|northbound| northbound.port(&target.ip_name));
    let name = &target.ip_name;
    match port {
        Some(port) if !port.virtual_parents().is_empty() => Vec::new(),
        Some(_) => vec![
            Finding::new(codes::KO435, format!("no pod may hold vip/{name} yet: the rule will be ready, and packets find nobody"))
                .hint(format!("kubectl ko vip attach {name} POD -n {}", vip.spec.namespace)),
        ],
        None => vec![
            Finding::new(codes::KO435, format!("vip/{name} has no virtual port in OVN, so no pod holds it: the rule will be ready, and packets find nobody"))
                .hint(format!("kubectl ko vip attach {name} POD -n {} makes it", vip.spec.namespace)),
        ],
    }
}

/// KO466: the address of a load balancer's Vip is nobody's, unless a pod took it as its own.
pub(super) fn no_balancer<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(target) = rule.target().filter(|target| is_vip(target)) else { return Vec::new() };
    let name = &target.ip_name;
    let planned = || world.planned_vips.iter().find(|vip| vip.metadata.name == *name);
    let Some(vip) = world.vip(name).or_else(planned).filter(|vip| vip.spec.kind == "switch_lb_vip") else {
        return Vec::new();
    };
    if !vip.metadata.label(names::LABEL_IP_RESERVED).is_empty() {
        return Vec::new();
    }
    let message = format!(
        "vip/{name} is the address of a load balancer, which no pod has: the rule will be ready, and packets find nobody"
    );
    vec![Finding::new(codes::KO466, message).hint("point at a pod behind it, or at a Vip that pods hold")]
}
