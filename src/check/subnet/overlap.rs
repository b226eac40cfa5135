//! Rules about who else has addresses of the block (Kube-OVN: pkg/controller/subnet.go, `checkSubnetConflict`).

use super::{SubnetIntent, existing};
use crate::api::vpc::DEFAULT_VPC;
use crate::check::{Finding, Severity, codes};
use crate::net::{AddressRange, RangeSet, SubnetCidr, parse_address, parse_network};
use crate::world::World;

fn ranges(cidr: &SubnetCidr) -> RangeSet {
    cidr.networks().map(|network| AddressRange::of_network(&network)).collect()
}

/// KO536: no other Subnet of the VPC and vlan overlaps. One that never got ready counts too, and one that is being deleted.
pub(super) fn subnets(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    // OVN carries none of it: nobody compares
    if !intent.is_ovn() {
        return Vec::new();
    }
    let ours = ranges(&cidr);
    let vpc_of = |spec: &crate::api::subnet::SubnetSpec| {
        let implied = spec.vpc.is_empty() && crate::api::names::is_ovn_provider(&spec.provider);
        if implied { DEFAULT_VPC.to_owned() } else { spec.vpc.clone() }
    };
    let all = world.all_subnets.known().into_iter().flatten().chain(&world.planned.subnets);
    let beside = all.filter(|other| {
        other.metadata.name != intent.name && vpc_of(&other.spec) == intent.vpc() && other.spec.vlan == intent.spec.vlan
    });
    let mut findings = Vec::new();
    for other in beside {
        let Ok(theirs) = SubnetCidr::parse(&other.spec.cidr_block) else { continue };
        if ours.intersect(&ranges(&theirs)).is_empty() {
            continue;
        }
        let place = if intent.spec.vlan.is_empty() { String::new() } else { format!(" and vlan {}", intent.spec.vlan) };
        let name = &other.metadata.name;
        findings.push(
            Finding::new(codes::KO536, format!("{cidr} overlaps subnet {name} ({}) of the same vpc{place}: the subnet does not get ready, and changes of {name} fail as well while it is there", other.spec.cidr_block))
                .hint("kubectl ko subnet list shows what is taken"),
        );
    }
    findings
}

/// KO536: no node has an address of an overlay Subnet of the default VPC.
pub(super) fn nodes(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    let mut findings = Vec::new();
    for node in world.nodes.known().into_iter().flatten() {
        let inside =
            node.internal_addresses().filter(|text| parse_address(text).is_ok_and(|address| cidr.contains(&address)));
        findings.extend(inside.map(|address| {
            Finding::new(
                codes::KO536,
                format!(
                    "{cidr} has the address {address} of node {}: the subnet does not get ready",
                    node.metadata.name
                ),
            )
            .hint("choose a block without the nodes' addresses: kubectl get nodes -o wide")
        }));
    }
    findings
}

/// KO536 as a warning: addresses of Services. The controller compares only with the API server's, and only where it knows that address.
pub(super) fn services(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let (Some(cidr), Some(controller)) = (intent.cidr(), world.controller.known()) else { return Vec::new() };
    if existing(world, intent).is_some_and(|there| there.spec.cidr_block == intent.spec.cidr_block) {
        return Vec::new();
    }
    let services = controller.flag("service-cluster-ip-range", "10.96.0.0/12");
    let theirs: RangeSet = services
        .split(',')
        .filter_map(|text| parse_network(text).ok())
        .map(|network| AddressRange::of_network(&network))
        .collect();
    if ranges(&cidr).intersect(&theirs).is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO536, format!("{cidr} overlaps the addresses of Services ({services}): a pod with the address of a Service is not reached"))
            .severity(Severity::Warning)
            .hint("choose a block outside the Services' range"),
    ]
}
