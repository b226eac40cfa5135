//! Rules about the way from a VPC to the external network. Readiness of objects proves none of it
//! (docs/kube-ovn-behaviour.md): the router port is looked for in OVN, and where it is bound.

use super::aim::{aim, is_vip};
use super::present::{NatKind, NatRule, eip, subnet_of};
use super::used::vpc;
use super::way::{Way, binding_of, way};
use crate::api::Vpc;
use crate::api::vpc::DEFAULT_VPC;
use crate::check::{Finding, Severity, codes};
use crate::world::World;

/// KO427: the VPC is there, has its router, and stays.
pub(super) fn vpc_exists<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(name) = vpc(world, rule) else { return Vec::new() };
    let has_router = world.northbound.known().is_none_or(|northbound| northbound.router(name).is_some());
    if planned(world, name).is_some() && !has_router {
        return Vec::new();
    }
    let finding = match world.vpc(name) {
        None => Finding::new(
            codes::KO427,
            format!("there is no vpc \"{name}\": the controller would try for ever, and a DNAT leaves a row behind"),
        )
        .hint("kubectl get vpcs"),
        Some(vpc) if vpc.metadata.is_terminating() => Finding::new(
            codes::KO427,
            format!("vpc {name} is being deleted: rules left in it hang when they are deleted"),
        )
        .hint("choose another vpc"),
        Some(_) if !has_router => Finding::new(codes::KO427, format!("vpc {name} has no router in OVN yet"))
            .hint(format!("kubectl get vpc {name} -o yaml; kubectl ko nbctl show {name}")),
        Some(_) => return Vec::new(),
    };
    vec![finding]
}

/// The Vpc as the file has it.
fn planned<'w>(world: &'w World, name: &str) -> Option<&'w Vpc> {
    world.planned.vpcs.iter().rev().find(|vpc| vpc.metadata.name == name)
}

/// Whether a Vpc asks for a port on that external Subnet (Kube-OVN: pkg/controller/vpc.go, `handleUpdateVpcExternal`).
fn asks(world: &World, vpc: &Vpc, subnet: &str) -> bool {
    let extra = &vpc.spec.extra_external_subnets;
    let default = extra.is_empty() && super::external::default_switch(world).is_none_or(|default| default == subnet);
    vpc.spec.enable_external && (default || extra.iter().any(|one| one == subnet))
}

/// KO425: the VPC's router has a port on the EIP's Subnet.
pub(super) fn attached<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let (Some(name), Some(found)) = (vpc(world, rule), eip(world, rule.eip())) else { return Vec::new() };
    let subnet = subnet_of(world, found.object);
    // what is not there has its own finding
    let known = world.vpc(name).is_some() && !subnet.is_empty() && (found.planned || found.object.has_address());
    if planned(world, name).is_some_and(|vpc| asks(world, vpc, subnet)) || !known {
        return Vec::new();
    }
    let way = world.northbound.known().map(|northbound| way(northbound, None, name, subnet));
    if !matches!(way, Some(Way::NoPort(_))) {
        return Vec::new();
    }
    let wants = world.vpc(name).is_some_and(|vpc| asks(world, vpc, subnet));
    let finding = if wants {
        Finding::new(codes::KO425, format!("vpc {name} asks for a port on {subnet}, and its router has none: no packet passes, though the rule would be ready"))
            .hint(format!("kubectl get nodes -l ovn.kubernetes.io/external-gw=true; with a gateway node set spec.enableExternal of vpc {name} to false and to true again"))
    } else {
        let finding = Finding::new(
            codes::KO425,
            format!(
                "vpc {name} has no router port on {subnet}, where ovn-eip/{} is from: no packet passes, though the rule would be ready",
                rule.eip()
            ),
        );
        if name == DEFAULT_VPC {
            finding.hint("the ConfigMap ovn-external-gw-config joins the default vpc to an external network")
        } else {
            finding.hint(format!("kubectl patch vpc {name} --type merge -p '{{\"spec\":{{\"enableExternal\":true,\"extraExternalSubnets\":[\"{subnet}\"]}}}}'"))
        }
    };
    vec![finding]
}

/// KO426: the router port is at work on a node.
///
/// A FIP of a pod is answered on the pod's own node, with the pod's MAC: it works all the same.
pub(super) fn bound<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let (Some(name), Some(found)) = (vpc(world, rule), eip(world, rule.eip())) else { return Vec::new() };
    let Some(northbound) = world.northbound.known() else { return Vec::new() };
    let gateways = world.gateways.known().map(Vec::as_slice);
    let Way::Unbound(row) = way(northbound, gateways, name, subnet_of(world, found.object)) else { return Vec::new() };
    let (port, binding) = (&row.name, binding_of(&row.name));
    let why =
        if row.gateway_chassis.is_empty() { "has no gateway node" } else { "is bound on none of its gateway nodes" };
    let finding = Finding::new(codes::KO426, format!("the router port {port} {why}: nothing leaves or enters the vpc there"))
        .hint(format!("kubectl ko sbctl find port_binding logical_port={binding}; kubectl get nodes -l ovn.kubernetes.io/external-gw=true"));
    // without a gateway node northd makes no NAT of the router's at all (oracle: fip/gateless)
    let by_pod = R::KIND == NatKind::Fip
        && !row.gateway_chassis.is_empty()
        && rule.target().is_some_and(|target| !is_vip(target) && aim(world, target).is_some_and(|aim| aim.ready));
    vec![if by_pod { finding.severity(Severity::Warning) } else { finding }]
}
