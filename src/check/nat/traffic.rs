//! Rules about whose traffic a SNAT is about.

use ipnetwork::IpNetwork;

use super::aim::{Aim, aim};
use super::inside::{on_router, told};
use super::key::{logical_ip, overlap, parse_source};
use super::present::{NatKind, others, present};
use super::snat::SnatIntent;
use super::source::{named, of, of_present, vpc};
use super::target::{missing, reachable};
use crate::api::SnatSpec;
use crate::check::{Finding, Severity, codes};
use crate::net::{SubnetCidr, parse_network};
use crate::world::World;

/// KO444: one form.
pub(super) fn one_form(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let cidr = !spec.v4_ip_cidr.is_empty() || !spec.v6_ip_cidr.is_empty();
    let forms: Vec<&str> = [
        ("vpcSubnet", !spec.vpc_subnet.is_empty()),
        ("ipName", !spec.ip_name.is_empty()),
        ("v4IpCidr or v6IpCidr", cidr),
    ]
    .into_iter()
    .filter_map(|(form, there)| there.then_some(form))
    .collect();
    let hint = "give one of vpcSubnet, ipName, or v4IpCidr with vpc";
    let finding = match forms[..] {
        [] => Finding::new(codes::KO444, "a SNAT without a source: the controller never makes it"),
        [_] if cidr && spec.vpc.is_empty() => {
            return vec![
                Finding::new(codes::KO444, "a CIDR without the VPC it lies in: the controller never makes such a SNAT")
                    .hint("set spec.vpc; kubectl get vpcs"),
            ];
        }
        [_] => {
            let own = vpc(world, spec).filter(|own| !spec.vpc.is_empty() && *own != spec.vpc);
            let Some(own) = own else { return Vec::new() };
            let what = forms[0];
            return vec![
                Finding::new(
                    codes::KO444,
                    format!("{what} and vpc {}: {what} wins, and it lies in vpc {own}", spec.vpc),
                )
                .hint("leave vpc out"),
            ];
        }
        _ => Finding::new(
            codes::KO444,
            format!(
                "{} at once: only one of them counts, v4IpCidr before vpcSubnet before ipName",
                forms.join(" and ")
            ),
        ),
    };
    vec![finding.hint(hint)]
}

/// The IP that a SNAT names, when it names one.
fn aim_of<'w>(world: &'w World, intent: &SnatIntent) -> Option<Aim<'w>> {
    if intent.spec.ip_name.is_empty() { None } else { aim(world, &named(&intent.spec)) }
}

/// KO430: the IP is there; a Vip does not count.
pub(super) fn exists(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let name = &intent.spec.ip_name;
    if name.is_empty() || aim_of(world, intent).is_some() {
        return Vec::new();
    }
    if world.vip(name).is_some() {
        return vec![
            Finding::new(
                codes::KO430,
                format!("there is no IP \"{name}\"; a Vip has that name, which a SNAT cannot use"),
            )
            .hint("give the Vip's address: v4IpCidr with vpc"),
        ];
    }
    missing(world, name, false)
}

/// KO431: the IP has an address, and stays.
pub(super) fn has_address(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    aim_of(world, intent).map_or_else(Vec::new, |aim| reachable(&aim))
}

/// KO118, KO432: a router reaches the source's Subnet.
pub(super) fn routed(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let aim = aim_of(world, intent);
    let (name, noun) = match &aim {
        Some(aim) => (aim.subnet, aim.noun.as_str()),
        None => (intent.spec.vpc_subnet.as_str(), "the source"),
    };
    world.subnet(name).map_or_else(Vec::new, |subnet| on_router(subnet, noun))
}

/// The fields that hold a CIDR.
fn texts(spec: &SnatSpec) -> impl Iterator<Item = (&'static str, &str)> {
    [("v4IpCidr", spec.v4_ip_cidr.as_str()), ("v6IpCidr", spec.v6_ip_cidr.as_str())]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
}

/// KO445, KO102: a CIDR is one, of its field's family.
pub(super) fn written(intent: &SnatIntent) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, text) in texts(&intent.spec) {
        match parse_source(text) {
            Err(reason) => findings.push(
                Finding::new(
                    codes::KO445,
                    format!("{field}: {reason}; the controller writes any text to OVN and calls the rule ready"),
                )
                .hint("write an address or a CIDR, such as 192.168.0.2 or 192.168.0.0/24"),
            ),
            Ok(found) if found.is_ipv4() != (field == "v4IpCidr") => findings.push(
                Finding::new(
                    codes::KO102,
                    format!("{field} holds {text}, which is IPv{}", if found.is_ipv4() { 4 } else { 6 }),
                )
                .hint("put it into the other field"),
            ),
            Ok(found) if found.ip() != found.network() => findings.push(
                Finding::new(
                    codes::KO445,
                    format!("{field} {text} has bits behind its mask: OVN takes it for {}", logical_ip(&found)),
                )
                .severity(Severity::Note)
                .hint(format!("write {}", logical_ip(&found))),
            ),
            Ok(_) => {}
        }
    }
    findings
}

/// KO433: some Subnet of the VPC has addresses of the CIDR.
pub(super) fn inside(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let vpc = intent.spec.vpc.as_str();
    if world.vpc(vpc).is_none() {
        return Vec::new();
    }
    let subnets = world.subnets_of(vpc);
    let blocks: Vec<IpNetwork> = subnets
        .iter()
        .filter(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).is_ok())
        .flat_map(|subnet| subnet.spec.cidr_block.split(',').filter_map(|block| parse_network(block).ok()))
        .collect();
    let mut findings = Vec::new();
    for (field, text) in texts(&intent.spec) {
        let Ok(source) = parse_source(text) else { continue };
        if !blocks.iter().any(|block| overlap(block, &source)) {
            findings.push(
                Finding::new(
                    codes::KO433,
                    format!(
                        "{field} {text} meets no subnet of vpc {vpc}: the rule would be ready and nobody would use it"
                    ),
                )
                .hint(format!("kubectl get subnets; those of the vpc: {}", told(&subnets))),
            );
        }
    }
    findings
}

/// KO446, KO447: no other SNAT of the VPC has the source, or a part of it.
pub(super) fn alone(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let Some(own) = of(world, &intent.spec) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut overlapping = Vec::new();
    for other in others(world, intent).filter(|one| !one.metadata.is_terminating()) {
        let Some(theirs) = of_present(world, &other).filter(|theirs| theirs.vpc == own.vpc) else { continue };
        let mut pairs = own.networks.iter().flat_map(|mine| theirs.networks.iter().map(move |their| (mine, their)));
        if let Some(same) = own.networks.iter().find(|network| theirs.networks.contains(network)) {
            findings.push(
                Finding::new(codes::KO446, format!("{} translates {} of vpc {} already: this one would be ready without a row in OVN, and deleting it would take the other's", other.told(), logical_ip(same), own.vpc))
                    .hint(format!("kubectl delete {}/{} first, and wait until it is gone", other.kind.noun(), other.metadata.name)),
            );
        } else if let Some((mine, their)) = pairs.find(|(mine, their)| overlap(mine, their)) {
            let wins = if mine.prefix() > their.prefix() { "this rule wins there" } else { "that rule wins there" };
            overlapping.push(format!("{} translates {}: {wins}", other.told(), logical_ip(their)));
        }
    }
    if let Some(first) = overlapping.first() {
        let more = overlapping.len() - 1;
        let more = if more == 0 { String::new() } else { format!("; {more} more overlap") };
        findings.push(Finding::new(codes::KO447, format!("in vpc {} {first}{more}", own.vpc)));
    }
    findings
}

/// KO465: a source of one address has no FIP, which goes before its SNAT.
pub(super) fn without_fip(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let Some(own) = of(world, &intent.spec) else { return Vec::new() };
    let single: Vec<String> = own
        .networks
        .iter()
        .filter(|network| network.prefix() == if network.is_ipv4() { 32 } else { 128 })
        .map(|network| network.ip().to_string())
        .collect();
    let floats = |fip: &super::present::Present<'_>| {
        let written = !fip.status.vpc.is_empty() && fip.status.vpc == own.vpc && single.contains(&fip.status.v4_ip);
        // one that the controller has not written yet, or that stands in the same file
        let named = !intent.spec.ip_name.is_empty()
            && fip.status.vpc.is_empty()
            && fip.target.is_some_and(|target| target.ip_name == intent.spec.ip_name && target.ip_type != "vip");
        !fip.metadata.is_terminating() && !single.is_empty() && (written || named)
    };
    let Some(fip) = present(world, NatKind::Fip).into_iter().find(floats) else { return Vec::new() };
    let message = format!(
        "{} is the FIP of {}: traffic leaves with its address, and this rule will be ready without effect",
        fip.told(),
        single.join(",")
    );
    vec![Finding::new(codes::KO465, message).hint(format!(
        "delete {}/{} if the traffic is to leave with ovn-eip/{}",
        fip.kind.noun(),
        fip.metadata.name,
        intent.spec.ovn_eip
    ))]
}
