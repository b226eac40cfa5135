//! Rules about the options of a Subnet (Kube-OVN: pkg/util/validator.go, `ValidateSubnet`; pkg/controller/subnet.go, `formatSubnet`).

use super::SubnetIntent;
use crate::api::vpc::DEFAULT_VPC;
use crate::check::{Finding, Severity, codes};
use crate::net::{Family, Pair, did_you_mean, parse_address, parse_network};
use crate::world::World;

/// The words of a rule of a logical switch (ovn-nb(5), table `ACL`).
const DIRECTIONS: [&str; 2] = ["from-lport", "to-lport"];
const ACTIONS: [&str; 6] = ["allow", "allow-related", "allow-stateless", "drop", "reject", "pass"];
const GATEWAY_TYPES: [&str; 2] = ["distributed", "centralized"];

/// KO540: the options have values that the controller takes.
pub(super) fn taken(intent: &SubnetIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let told = |what: String, hint: &str| Finding::new(codes::KO540, what).hint(hint);
    let mut findings = Vec::new();
    let kind = spec.gateway_type.as_str();
    if !kind.is_empty() && !GATEWAY_TYPES.contains(&kind) {
        let near = did_you_mean(&kind.to_lowercase(), GATEWAY_TYPES).unwrap_or("distributed, or centralized");
        findings.push(told(
            format!("gatewayType {kind} is none that the controller knows: the subnet never gets ready"),
            &format!("write {near}"),
        ));
    }
    let nodes = spec.gateway_node.is_empty() && spec.gateway_node_selectors.is_empty();
    if kind == "centralized" && nodes && intent.is_ovn() && intent.vpc() == DEFAULT_VPC && spec.vlan.is_empty() {
        findings.push(told(
            "gatewayType centralized without gatewayNode: the subnet has no gateway and does not get ready".to_owned(),
            "name the nodes in gatewayNode: kubectl get nodes",
        ));
    }
    for cidr in &spec.allow_subnets {
        if parse_network(cidr).is_err() || cidr.chars().any(char::is_uppercase) {
            findings.push(told(
                format!("allowSubnets: {cidr} is no CIDR that the controller takes"),
                "write CIDRs in lower case, such as 10.16.0.0/16; names of subnets are not taken",
            ));
        }
    }
    for vip in &spec.vips {
        let inside = intent.cidr().is_none_or(|cidr| parse_address(vip).is_ok_and(|address| cidr.contains(&address)));
        if !inside {
            findings.push(told(
                format!("vips: {vip} is no address of the subnet"),
                "leave vips out: kubectl ko vip create makes virtual addresses",
            ));
        }
    }
    if spec.logical_gateway && spec.u2o_interconnection {
        findings.push(told(
            "logicalGateway and u2oInterconnection exclude each other".to_owned(),
            "leave one of the two out",
        ));
    }
    findings.extend(
        interconnection(intent).map(|what| told(what, "write addresses of the subnet, one a family, or leave it out")),
    );
    findings.extend(
        egress(intent).map(|what| told(what, "leave natOutgoing out, and write one address a family of the subnet")),
    );
    if spec.provider.contains(char::is_uppercase) || !provider_has_a_form(&spec.provider) {
        findings.push(told(
            format!("provider {} is neither ovn nor NAME.NAMESPACE of an attachment network: the subnet gets ready, and nobody gets an address of it", spec.provider),
            "write ovn, NAME.NAMESPACE.ovn, or NAME.NAMESPACE for a network that OVN does not carry",
        ));
    }
    for acl in &spec.acls {
        let wrong = if !DIRECTIONS.contains(&acl.direction.as_str()) {
            Some(format!("direction {:?} is neither {}", acl.direction, DIRECTIONS.join(" nor ")))
        } else if !ACTIONS.contains(&acl.action.as_str()) {
            Some(format!("action {:?} is none of {}", acl.action, ACTIONS.join(", ")))
        } else if !(0..=32767).contains(&acl.priority) {
            Some(format!("priority {} is not from 0 to 32767", acl.priority))
        } else {
            None
        };
        findings.extend(wrong.map(|what| {
            told(
                format!("acls: {what}: OVN refuses it, and the subnet does not get ready"),
                "man ovn-nb says what an ACL is",
            )
        }));
    }
    findings
}

/// `ovn`, `NAME.NAMESPACE` or `NAME.NAMESPACE.ovn` (Kube-OVN: pkg/util/subnet.go, `IsOvnProvider`).
fn provider_has_a_form(provider: &str) -> bool {
    let parts: Vec<&str> = provider.split('.').collect();
    let named = parts.iter().all(|part| !part.is_empty());
    match parts.as_slice() {
        ["" | "ovn"] => true,
        [_, _] | [_, _, "ovn"] => named,
        _ => false,
    }
}

fn interconnection(intent: &SubnetIntent) -> Option<String> {
    let text = intent.spec.u2o_address.as_str();
    let cidr = intent.cidr().filter(|_| !text.is_empty() && intent.spec.u2o_interconnection)?;
    let upper = text.chars().any(char::is_uppercase);
    let inside = Pair::parse(text).is_ok_and(|pair| pair.iter().all(|address| cidr.contains(&address)));
    (upper || !inside).then(|| {
        format!("u2oInterconnectionIP {text} is no address of {cidr} in lower case: the subnet never gets ready")
    })
}

fn egress(intent: &SubnetIntent) -> Option<String> {
    let text = intent.spec.external_egress_gateway.as_str();
    if text.is_empty() {
        return None;
    }
    if intent.spec.nat_outgoing {
        return Some("natOutgoing and externalEgressGateway exclude each other".to_owned());
    }
    let Ok(pair) = Pair::parse(text) else {
        return Some(format!("externalEgressGateway {text} is not one address a family"));
    };
    let cidr = intent.cidr()?;
    let fits = pair.iter().all(|address| cidr.network(Family::of(&address)).is_some());
    (!fits || text.chars().any(char::is_uppercase))
        .then(|| format!("externalEgressGateway {text} is of a family that the subnet does not have, or in upper case"))
}

/// KO541: the options have an effect where they are written.
pub(super) fn with_effect(intent: &SubnetIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let lost = |field: &str, why: &str| {
        Finding::new(codes::KO541, format!("{field} has no effect: {why}")).hint(format!("leave {field} out"))
    };
    if !intent.is_ovn() {
        let why = format!("OVN does not carry provider {}, only addresses are given", spec.provider);
        let set = [
            ("vpc", !spec.vpc.is_empty()),
            ("gatewayType", !spec.gateway_type.is_empty()),
            ("gatewayNode", !spec.gateway_node.is_empty()),
            ("natOutgoing", spec.nat_outgoing),
            ("externalEgressGateway", !spec.external_egress_gateway.is_empty()),
            ("private", spec.private),
            ("allowSubnets", !spec.allow_subnets.is_empty()),
            ("logicalGateway", spec.logical_gateway),
            ("u2oInterconnection", spec.u2o_interconnection),
            ("namespaces", !spec.namespaces.is_empty()),
            ("acls", !spec.acls.is_empty()),
        ];
        return set.into_iter().filter(|(_, is)| *is).map(|(field, _)| lost(field, &why)).collect();
    }
    let custom = intent.vpc() != DEFAULT_VPC;
    let overlay = spec.vlan.is_empty();
    let in_vpc = format!("vpc {} is not the default one, where nodes are the way out", intent.vpc());
    let protocol = intent.cidr().map(|cidr| cidr.protocol().to_string());
    let set = [
        ("natOutgoing", custom && spec.nat_outgoing, in_vpc.as_str()),
        (
            "natOutgoing",
            !custom && !overlay && !spec.logical_gateway && spec.nat_outgoing,
            "the way out of an underlay network is not the nodes",
        ),
        (
            "gatewayNode",
            !custom && !spec.gateway_node.is_empty() && spec.gateway_type != "centralized",
            "gatewayType is not centralized",
        ),
        ("logicalGateway", overlay && spec.logical_gateway, "a subnet without a vlan always has it"),
        (
            "u2oInterconnection",
            overlay && spec.u2o_interconnection,
            "the subnet has no vlan, and the controller takes it back",
        ),
        (
            "u2oInterconnectionIP",
            !spec.u2o_interconnection && !spec.u2o_address.is_empty(),
            "u2oInterconnection is not set, and the controller takes it back",
        ),
        ("allowSubnets", !spec.private && !spec.allow_subnets.is_empty(), "private is not set"),
        (
            "default",
            !custom && spec.default && intent.name != "ovn-default",
            "the controller takes it back from all subnets but its --default-ls",
        ),
        (
            "protocol",
            !spec.protocol.is_empty() && protocol.is_some_and(|is| is != spec.protocol),
            "the controller writes what cidrBlock is",
        ),
        ("mtu", spec.mtu < 0, "a packet has no negative size, and the controller takes its own choice"),
    ];
    let mut findings: Vec<Finding> =
        set.into_iter().filter(|(_, is, _)| *is).map(|(field, _, why)| lost(field, why)).collect();
    let least = if intent.cidr().is_some_and(|cidr| cidr.network(Family::V6).is_some()) { 1280 } else { 576 };
    if spec.mtu > 0 && !(least..=65535).contains(&spec.mtu) {
        findings.push(
            Finding::new(
                codes::KO541,
                format!("mtu {} is not from {least} to 65535: packets of that size do not pass", spec.mtu),
            )
            .hint("leave mtu out for the controller's choice"),
        );
    }
    findings
}

/// KO540: the nodes of a centralized gateway are there. Each item is a node, or `NODE:ADDRESS`.
pub(super) fn gateway_nodes(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let Some(nodes) = world.nodes.known() else { return Vec::new() };
    let named: Vec<&str> = intent
        .spec
        .gateway_node
        .split(',')
        .map(|item| item.split(':').next().unwrap_or_default().trim())
        .filter(|name| !name.is_empty())
        .collect();
    let missing: Vec<&str> =
        named.iter().copied().filter(|name| !nodes.iter().any(|node| node.metadata.name == *name)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let finding = Finding::new(codes::KO540, format!("gatewayNode: there is no node {}", missing.join(", ")))
        .hint("kubectl get nodes");
    // one that is there is enough for the subnet to get ready
    vec![if missing.len() == named.len() { finding } else { finding.severity(Severity::Warning) }]
}
