//! What does not fit together about external networks as they are.

use super::{Finding, Severity, attach, codes, nodes, settings};
use crate::api::Resource as _;
use crate::api::vpc::DEFAULT_VPC;
use crate::check::sorted;
use crate::world::external::{External, Link, port_name};

/// About a network and the VPCs on it, worst first.
#[must_use]
pub fn of_network(world: &External, subnet: &str) -> Vec<Finding> {
    let mut findings = attach::subnet(world, subnet);
    let links = world.links(subnet);
    if !links.is_empty() {
        findings.extend(nodes::ready(world, &[]));
        findings.extend(nodes::labels_last(world));
        findings.extend(nodes::network(world, subnet, &[]));
    }
    findings.extend(links.iter().flat_map(|link| of_link(world, link)));
    sorted(findings)
}

/// About the external networks of a VPC, worst first.
#[must_use]
pub fn of_vpc(world: &External, links: &[Link<'_>]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = links.iter().flat_map(|link| of_link(world, link)).collect();
    if let Some(link) = links.first() {
        findings.extend(bfd(world, link));
    }
    sorted(findings)
}

/// About a VPC on one external network.
#[must_use]
pub fn of_link(world: &External, link: &Link<'_>) -> Vec<Finding> {
    let mut findings = there(world, link);
    if link.asked {
        findings.extend(settings::flags(world, link.vpc.name(), &link.subnet));
    }
    findings.extend(bound(world, link));
    findings.extend(at_labels(world, link));
    findings.extend(left(world, link));
    if link.asked
        && link.port.is_some()
        && link.vpc.name() != DEFAULT_VPC
        && world.default_routes(link.vpc.name()).is_empty()
    {
        findings.push(attach::no_route(link.vpc.name(), &link.subnet));
    }
    findings
}

/// KO511. Who asks for a port has one, with an address.
fn there(world: &External, link: &Link<'_>) -> Vec<Finding> {
    let (vpc, subnet) = (link.vpc.name(), &link.subnet);
    if !link.asked || world.northbound.known().is_none() || link.port.is_some_and(|port| !port.networks.is_empty()) {
        return Vec::new();
    }
    let so = if link.port.is_some() { "whose port there has no address" } else { "whose router has no port there" };
    let eip = if link.eip.is_some_and(|eip| eip.status.ready) { ", though the EIP for it is ready" } else { "" };
    let why = match world.gateway_nodes().next() {
        None if world.nodes.known().is_some() => "; no node is labelled ovn.kubernetes.io/external-gw=true",
        _ => "",
    };
    vec![
        Finding::new(
            codes::KO511,
            format!("vpc {vpc} asks for {subnet}, {so}{eip}: nothing of it goes out or comes in{why}"),
        )
        .hint(format!("kubectl ko external attach {subnet} --vpc {vpc} makes it, or says why not")),
    ]
}

/// KO512. A node has the port.
fn bound(world: &External, link: &Link<'_>) -> Vec<Finding> {
    let Some(port) = link.port.filter(|_| world.southbound.known().is_some() && link.bound.is_none()) else {
        return Vec::new();
    };
    let name = &port.name;
    let (why, hint) = match link.gateways.as_slice() {
        [] => (
            "it has no gateway chassis".to_owned(),
            format!("kubectl ko external attach {} --vpc {}", link.subnet, link.vpc.name()),
        ),
        nodes => (
            format!("none of {} has it; a gateway without a living OVS keeps the others from it", nodes.join(", ")),
            "kubectl get pods -A -l app=ovs -o wide; kubectl label node NODE ovn.kubernetes.io/external-gw- takes one out".to_owned(),
        ),
    };
    vec![
        Finding::new(
            codes::KO512,
            format!("the gateway port cr-{name} is on no node: {why}; SNAT and DNAT do not work"),
        )
        .hint(hint),
    ]
}

/// KO513. The port may be on the nodes that are labelled now.
fn at_labels(world: &External, link: &Link<'_>) -> Vec<Finding> {
    let Some(port) = link.port.filter(|_| link.asked && world.nodes.known().is_some()) else { return Vec::new() };
    let labelled: Vec<String> = world.gateway_nodes().map(|node| node.name().to_owned()).collect();
    let lacking: Vec<&str> = labelled.iter().filter(|node| !link.gateways.contains(node)).map(String::as_str).collect();
    let besides: Vec<&str> = link.gateways.iter().filter(|node| !labelled.contains(node)).map(String::as_str).collect();
    let again = format!("kubectl ko external attach {} --vpc {}", link.subnet, link.vpc.name());
    let finding = |text: String| Finding::new(codes::KO513, format!("router port {} {text}", port.name));
    vec![match (lacking.as_slice(), besides.as_slice()) {
        ([], []) => return Vec::new(),
        // the labels are gone, which a start of the controller does: the port keeps working
        ([], besides) => {
            finding(format!("keeps working on {}, without the label external-gw=true", besides.join(", ")))
                .severity(Severity::Note)
                .hint(format!("{again} --gateway-node {} labels again", besides.join(",")))
        }
        (lacking, _) => finding(format!("was made before {} got its label, and cannot go there", lacking.join(", ")))
            .hint(format!("{again} --rebuild makes it anew")),
    }]
}

/// KO514. What a VPC left behind.
fn left(world: &External, link: &Link<'_>) -> Vec<Finding> {
    if link.asked || world.config.known().is_none() {
        return Vec::new();
    }
    let (vpc, name) = (link.vpc.name(), port_name(link.vpc.name(), &link.subnet));
    let what = match (link.port, link.eip) {
        (Some(_), _) => format!("the router port {name}"),
        (None, Some(eip)) if eip.status.kind == "lrp" || eip.spec.kind == "lrp" => {
            format!("ovn-eip/{name} ({})", eip.status.v4_ip)
        }
        _ => return Vec::new(),
    };
    vec![
        Finding::new(codes::KO514, format!("{what} is there, and vpc {vpc} asks for {} no more", link.subnet))
            .hint(format!("kubectl ko external detach {} --vpc {vpc}", link.subnet)),
    ]
}

/// KO515. A way out that is watched is up, and is watched at all (Kube-OVN: pkg/controller/vpc.go, `handleUpdateVpcExternal`).
fn bfd(world: &External, link: &Link<'_>) -> Vec<Finding> {
    let Some(ways) = world.northbound.known().filter(|_| link.vpc.spec.enable_bfd) else { return Vec::new() };
    let (vpc, switch) = (link.vpc.name(), world.switch());
    let port = port_name(vpc, switch);
    let sessions: Vec<&crate::ovn::gateway::Bfd> = ways.bfds.iter().filter(|bfd| bfd.port == port).collect();
    if sessions.is_empty() {
        return vec![
            Finding::new(codes::KO515, format!("vpc {vpc} has enableBfd, and nothing watches its way out: the controller does it on {switch} alone (--external-gateway-switch)"))
                .hint(format!("kubectl ko external attach {switch} --vpc {vpc}")),
        ];
    }
    let down = sessions.iter().filter(|bfd| bfd.status != "up");
    down.map(|bfd| {
        let status = if bfd.status.is_empty() { "not looked at yet" } else { &bfd.status };
        Finding::new(
            codes::KO515,
            format!("the BFD session of vpc {vpc} with {} is {status}: its routes do not count", bfd.address),
        )
        .hint("the other side has to answer BFD; kubectl ko nbctl list bfd")
    })
    .collect()
}

/// `ofip/web`, or `ofip/web and 3 more rules`.
#[must_use]
pub fn counted(rules: &[String]) -> String {
    match rules {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}
