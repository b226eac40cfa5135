//! Rules about the nodes that are gateways.

use super::{AttachIntent, Finding, Severity, codes};
use crate::api::Resource as _;
use crate::api::vpc::DEFAULT_VPC;
use crate::world::external::External;

/// KO503. There is a gateway node: without one the EIP of the router gets ready, and no port comes.
pub(super) fn enough(world: &External, intent: &AttachIntent) -> Vec<Finding> {
    if let Some(lack) = world.nodes.unknown() {
        return vec![Finding::unchecked(codes::KO503, lack)];
    }
    if world.gateway_nodes().next().is_some() || !intent.gateway_nodes.is_empty() {
        return Vec::new();
    }
    let known: Vec<&str> = world.nodes.known().into_iter().flatten().take(3).map(crate::api::Node::name).collect();
    let node = known.first().copied().unwrap_or("NODE");
    vec![
        Finding::new(
            codes::KO503,
            "no node is labelled ovn.kubernetes.io/external-gw=true: the router would get no port, while its EIP gets ready",
        )
        .hint(format!(
            "kubectl ko external attach {} --vpc {} --gateway-node {node}",
            intent.subnet, intent.vpc
        )),
    ]
}

/// KO504. Every gateway node is one that OVN knows: one that it does not blocks all of them.
pub(super) fn ready(world: &External, wanted: &[String]) -> Vec<Finding> {
    if world.nodes.known().is_none() {
        return Vec::new();
    }
    let labelled = world.gateway_nodes().map(crate::api::Node::name);
    let mut names: Vec<&str> = labelled.chain(wanted.iter().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let finding = |name: &str| {
        let Some(node) = world.node(name) else {
            return Some(Finding::new(codes::KO504, format!("there is no node \"{name}\"")).hint("kubectl get nodes"));
        };
        let unseen = world.southbound.known().is_some_and(|places| {
            !node.chassis().is_empty() && !places.chassis.iter().any(|chassis| chassis.name == node.chassis())
        });
        let why = match node {
            _ if !node.is_allocated() => "the controller has not seen it yet, and would write false over its label",
            _ if node.chassis().is_empty() => "it has no chassis: kube-ovn-cni is not at work there",
            _ if unseen => "OVN has no chassis of it: ovn-controller is not at work there",
            _ if !node.is_ready() => {
                let text = format!("gateway node {name} is not ready: while its OVS is away, SNAT and DNAT may be too");
                return Some(Finding::new(codes::KO504, text).severity(Severity::Warning));
            }
            _ => return None,
        };
        Some(
            Finding::new(codes::KO504, format!("gateway node {name} cannot be one, and stops all others with it: {why}"))
                .hint(format!("kubectl label node {name} ovn.kubernetes.io/external-gw-, or repair it: kubectl get pods -A -o wide --field-selector spec.nodeName={name}")),
        )
    };
    names.into_iter().filter_map(finding).collect()
}

/// KO505. Without the ConfigMap every start of the controller writes `false` over the labels
/// (Kube-OVN: `pkg/controller/external_gw.go`, `resyncExternalGateway`).
pub(super) fn labels_last(world: &External) -> Vec<Finding> {
    let (Some(config), Some(_)) = (world.config.known(), world.controller.known()) else { return Vec::new() };
    let kept = config.as_ref().is_some_and(|config| config.value("enable-external-gw") != "false");
    let extra = world.vpc(DEFAULT_VPC).is_some_and(|vpc| !vpc.spec.extra_external_subnets.is_empty());
    if kept || extra || !world.by_config() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO505,
            "the labels of gateway nodes last until kube-ovn-controller starts again: without the ConfigMap ovn-external-gw-config it writes false over them then; ports that are made keep working, and no further VPC gets one",
        )
        .hint(format!(
            "kubectl ko external attach {} --vpc {DEFAULT_VPC} writes it, or start the controller with --enable-eip-snat=false",
            world.switch()
        )),
    ]
}

/// KO508. The gateway nodes have the bridge of the network.
pub(super) fn network(world: &External, subnet: &str, wanted: &[String]) -> Vec<Finding> {
    let Some(found) = world.subnet(subnet).filter(|subnet| !subnet.spec.vlan.is_empty()) else { return Vec::new() };
    if world.networks.known().is_none() || world.vlans.known().is_none() {
        return Vec::new();
    }
    let Some(vlan) = world.vlan(&found.spec.vlan) else {
        return vec![
            Finding::new(codes::KO508, format!("subnet {subnet} is on vlan {}, which is not there", found.spec.vlan))
                .hint("kubectl get vlans"),
        ];
    };
    let Some(network) = world.network_of(found) else {
        let text = format!("subnet {subnet} is on provider network {}, which is not there", vlan.spec.provider);
        return vec![Finding::new(codes::KO508, text).hint("kubectl get provider-networks")];
    };
    let gateways = super::attach::gateways(world, wanted);
    let has = |node: &&String| network.status.ready_nodes.contains(node);
    let (with, without): (Vec<&String>, Vec<&String>) = gateways.iter().partition(has);
    if without.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = without.iter().map(|node| node.as_str()).collect();
    let said = network
        .status
        .conditions
        .iter()
        .find(|one| names.contains(&one.node.as_str()) && one.condition.status != "True");
    let said = said.map(|one| format!(" ({}: {})", one.node, one.condition.message)).unwrap_or_default();
    let finding = Finding::new(
        codes::KO508,
        format!(
            "provider network {} has no bridge on gateway node {}: no packet passes there{said}",
            network.name(),
            names.join(", ")
        ),
    )
    .hint(format!(
        "kubectl get provider-network {} -o yaml; kubectl get pods -A -l app=kube-ovn-cni -o wide",
        network.name()
    ));
    vec![if with.is_empty() { finding } else { finding.severity(Severity::Warning) }]
}
