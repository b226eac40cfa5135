//! What has to be so before a VPC is joined to an external network.

use super::{AttachIntent, Finding, codes, nodes, settings};
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{Resource as _, Subnet};
use crate::check::sorted;
use crate::net::{Family, SubnetCidr, did_you_mean};
use crate::world::external::{External, Link, is_external};

/// All findings about it, worst first.
#[must_use]
pub fn check(world: &External, intent: &AttachIntent) -> Vec<Finding> {
    let mut findings = subnet(world, &intent.subnet);
    findings.extend(vpc(world, &intent.vpc));
    findings.extend(nodes::enough(world, intent));
    findings.extend(nodes::ready(world, &intent.gateway_nodes));
    if intent.vpc != DEFAULT_VPC {
        // joining the default VPC is what makes them last
        findings.extend(nodes::labels_last(world));
    }
    findings.extend(settings::default_vpc(world, &intent.vpc, &intent.subnet));
    findings.extend(settings::flags(world, &intent.vpc, &intent.subnet));
    findings.extend(nodes::network(world, &intent.subnet, &intent.gateway_nodes));
    findings.extend(route(world, intent));
    findings.extend(rebuilt(world, intent));
    sorted(findings)
}

/// KO501. The Subnet is one that hosts outside reach, and that the controller can give the router an address of.
pub(super) fn subnet(world: &External, name: &str) -> Vec<Finding> {
    let Some(subnet) = world.subnet(name) else {
        let finding =
            Finding::new(codes::KO501, format!("there is no subnet \"{name}\": the controller would try for ever"));
        let known = world.names();
        let near = did_you_mean(name, known.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"));
        return vec![finding.hint(near.unwrap_or_else(|| {
            format!("kubectl ko external create {name} --provider-network PN --cidr C --gateway G makes it")
        }))];
    };
    let wrong = |what: String, hint: &str| vec![Finding::new(codes::KO501, format!("subnet {name} {what}")).hint(hint)];
    let choose = "choose one of: kubectl ko external list";
    match subnet {
        _ if subnet.metadata.is_terminating() => wrong("is being deleted".to_owned(), choose),
        _ if !is_external(subnet) && world.switch() != name => wrong(not_external(subnet), choose),
        _ if has_v6(subnet) => wrong(
            format!("has IPv6 ({}): up to Kube-OVN 1.16 the router gets no address there", subnet.spec.cidr_block),
            choose,
        ),
        _ if !subnet.is_ready() => wrong(
            "is not ready: the controller has no address of it to give".to_owned(),
            &format!("kubectl describe subnet {name}"),
        ),
        _ => Vec::new(),
    }
}

fn not_external(subnet: &Subnet) -> String {
    match subnet {
        _ if !subnet.is_ovn() => format!("is carried by {}, not by OVN", subnet.spec.provider),
        _ if subnet.spec.logical_gateway => "has its gateway in OVN (logicalGateway): it leads nowhere else".to_owned(),
        _ => "is an overlay network: the router would get a port there, which leads nowhere".to_owned(),
    }
}

fn has_v6(subnet: &Subnet) -> bool {
    SubnetCidr::parse(&subnet.spec.cidr_block).is_ok_and(|cidr| cidr.network(Family::V6).is_some())
}

/// KO502. The VPC is there and stays.
fn vpc(world: &External, name: &str) -> Vec<Finding> {
    match world.vpc(name) {
        Some(vpc) if vpc.metadata.is_terminating() => {
            vec![Finding::new(codes::KO502, format!("vpc {name} is being deleted")).hint("choose another vpc")]
        }
        Some(_) => Vec::new(),
        None => {
            let near = did_you_mean(name, world.vpcs.iter().map(crate::api::Vpc::name));
            let hint = near.map_or_else(
                || format!("kubectl ko vpc create {name} makes it"),
                |near| format!("did you mean {near}?"),
            );
            vec![Finding::new(codes::KO502, format!("there is no vpc \"{name}\"")).hint(hint)]
        }
    }
}

/// KO509. 1.16 writes no default route of its own into a VPC (docs/kube-ovn-behaviour.md).
fn route(world: &External, intent: &AttachIntent) -> Vec<Finding> {
    let (AttachIntent { vpc, subnet, .. }, Some(found)) = (intent, world.vpc(&intent.vpc)) else { return Vec::new() };
    if vpc == DEFAULT_VPC || found.spec.enable_bfd {
        return Vec::new();
    }
    let routes = world.default_routes(vpc);
    let elsewhere = routes.iter().find(|hop| !world.leads_into(hop, subnet));
    let here = routes.iter().any(|hop| world.leads_into(hop, subnet));
    match (elsewhere, intent.default_route) {
        (Some(hop), true) => vec![
            Finding::new(
                codes::KO509,
                format!(
                    "vpc {vpc} has a default route to {hop} already: with a second one its traffic is spread over both"
                ),
            )
            .hint("leave --default-route out, or take the other route out of spec.staticRoutes"),
        ],
        (None, false) if !here => vec![no_route(vpc, subnet)],
        _ => Vec::new(),
    }
}

/// KO509 of a VPC without a default route.
pub(super) fn no_route(vpc: &str, subnet: &str) -> Finding {
    Finding::new(codes::KO509, format!("vpc {vpc} has no default route: its pods reach {subnet} and nobody behind it"))
        .hint(format!("kubectl ko external attach {subnet} --vpc {vpc} --default-route"))
}

/// Why the port of a VPC that is joined already has to be made anew, `None` when it need not be. The controller joins a VPC once: it looks
/// neither for a port that went away nor at nodes that are labelled later.
#[must_use]
pub fn stale(world: &External, link: &Link<'_>, nodes: &[String]) -> Option<String> {
    // of the default VPC the ConfigMap is compared every second
    let joined = link.vpc.status.enable_external && (link.vpc.name() != DEFAULT_VPC || !world.by_config());
    if !joined || !link.asked || world.northbound.known().is_none() {
        return None;
    }
    if link.port.is_none() {
        return Some("the router has no port there, and the controller takes it for joined".to_owned());
    }
    let lacking: Vec<&str> = nodes.iter().filter(|node| !link.gateways.contains(node)).map(String::as_str).collect();
    (!lacking.is_empty()).then(|| format!("its port was made without {} as gateway", lacking.join(", ")))
}

/// The nodes that will be gateways, by name.
#[must_use]
pub fn gateways(world: &External, wanted: &[String]) -> Vec<String> {
    let labelled = world.gateway_nodes().map(|node| node.name().to_owned());
    let mut all: Vec<String> = labelled.chain(wanted.iter().cloned()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// KO510. What rules use is not taken away in passing.
fn rebuilt(world: &External, intent: &AttachIntent) -> Vec<Finding> {
    let Some(link) = world.vpc(&intent.vpc).and_then(|vpc| world.link(vpc, &intent.subnet)) else { return Vec::new() };
    let wanted = gateways(world, &intent.gateway_nodes);
    let Some(why) = stale(world, &link, &wanted) else { return Vec::new() };
    if intent.rebuild || link.rules.is_empty() || link.port.is_none() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO510,
            format!(
                "{why}; to change that the port is taken away and made anew with another address, and {} would be without a way for a moment",
                crate::check::external::state::counted(&link.rules)
            ),
        )
        .hint("--rebuild does it"),
    ]
}
