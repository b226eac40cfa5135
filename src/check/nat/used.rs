//! Rules about the EIP that a rule uses.

use ipnetwork::IpNetwork;

use super::aim::aim;
use super::present::{NatKind, NatRule, Present, eip, present, subnet_of};
use super::source;
use crate::api::{EipType, TargetSpec};
use crate::check::{Finding, Severity, codes};
use crate::net::{Family, SubnetCidr, did_you_mean};
use crate::world::{World, lenient};

/// KO420: an EIP is named.
pub(super) fn named<R: NatRule>(rule: &R) -> Vec<Finding> {
    if !rule.eip().is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO420, format!("a {} without an EIP: the controller never makes it", R::KIND.word()))
            .hint("set spec.ovnEip; kubectl ko eip list"),
    ]
}

/// KO421: it is there.
pub(super) fn exists<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let name = rule.eip();
    if eip(world, name).is_some() {
        return Vec::new();
    }
    let finding = Finding::new(codes::KO421, format!("there is no OvnEip \"{name}\""));
    let iptables = world.iptables_eips.known().into_iter().flatten().any(|one| one.metadata.name == name);
    let known = world.ovn_eips.known().into_iter().flatten().map(|one| one.metadata.name.as_str());
    vec![match did_you_mean(name, known) {
        _ if iptables => finding.hint("an IptablesEIP has that name: its rules are of the kinds IptablesFIPRule, IptablesSnatRule and IptablesDnatRule"),
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None => finding.hint("kubectl ko eip list"),
    }]
}

/// KO422, KO423: it has an address, and stays.
pub(super) fn has_address<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let name = rule.eip();
    let Some(found) = eip(world, name).filter(|found| !found.planned) else { return Vec::new() };
    if found.object.metadata.is_terminating() {
        return vec![Finding::new(codes::KO423, format!("ovn-eip/{name} is being deleted")).hint("choose another EIP")];
    }
    // one of type lsp has its own finding
    if found.object.has_address() || found.object.kind() == Some(EipType::Lsp) {
        return Vec::new();
    }
    if found.object.lost_status() {
        let message = format!(
            "the controller lost the status of ovn-eip/{name}, and never writes it again: the rule would wait for it for ever"
        );
        let mends = format!("kubectl ko eip create {name} --subnet {} mends it", found.object.subnet());
        return vec![Finding::new(codes::KO422, message).hint(mends)];
    }
    vec![
        Finding::new(codes::KO422, format!("ovn-eip/{name} has no address yet: the rule would wait for it"))
            .hint(format!("kubectl get ovn-eip {name} -o yaml")),
    ]
}

/// KO424: it is one for NAT rules.
pub(super) fn for_rules<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let name = rule.eip();
    let Some(found) = eip(world, name) else { return Vec::new() };
    let port = || format!("{}-{}", vpc(world, rule).unwrap_or_default(), subnet_of(world, found.object));
    let finding = match found.object.kind() {
        Some(EipType::Lsp) => Finding::new(codes::KO424, format!("ovn-eip/{name} is of type lsp, a node's own port: the controller refuses rules on it")),
        Some(EipType::Lrp) if vpc(world, rule).is_some() && port() != name => Finding::new(
            codes::KO424,
            format!("ovn-eip/{name} is of type lrp, and not the address of this VPC's router port: packets for it go elsewhere"),
        ),
        Some(EipType::Lrp) if R::KIND == NatKind::Fip => Finding::new(
            codes::KO424,
            format!("ovn-eip/{name} is the address of the VPC's router port: a FIP would send all that is meant for the router to its target"),
        ),
        Some(EipType::Lrp) => Finding::new(codes::KO424, format!("ovn-eip/{name} is the address of the VPC's router port: it goes when the VPC leaves the external network"))
            .severity(Severity::Warning),
        Some(EipType::Nat) | None => return Vec::new(),
    };
    vec![finding.hint("use an EIP of type nat: kubectl ko eip list")]
}

/// KO403: its Subnet is an external network.
pub(super) fn external<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(found) = eip(world, rule.eip()) else { return Vec::new() };
    let noun = format!("ovn-eip/{} has an address of subnet", rule.eip());
    super::external::underlay(world, subnet_of(world, found.object), &noun)
}

/// KO434: an external address and an inside one of one family meet.
pub(super) fn families_meet<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let (Some(outside), Some(inside)) = (eip_families(world, rule.eip()), inside_families(world, rule)) else {
        return Vec::new();
    };
    let meets = (0..2).any(|family| outside[family] && inside[family]);
    let what = R::KIND.word();
    if !meets {
        return vec![
            Finding::new(codes::KO434, format!("ovn-eip/{} has {} and the inside of the rule {}: the controller calls such a {what} ready, and never cleans it up", rule.eip(), told(outside), told(inside)))
                .hint("choose a target that has an address of the EIP's family"),
        ];
    }
    // both families in text, one of them with no EIP to leave by
    let cidr = rule.source().is_some_and(|spec| !spec.v6_ip_cidr.is_empty()).then_some("v6IpCidr");
    let address = rule.target().is_some_and(|target| target.ip_name.is_empty() && !target.v6_ip.is_empty());
    let Some(field) = cidr.or(address.then_some("v6Ip")).filter(|_| !outside[1]) else { return Vec::new() };
    vec![
        Finding::new(codes::KO434, format!("{field} gets no row in OVN: ovn-eip/{} has IPv4 only", rule.eip()))
            .hint(format!("leave {field} out")),
    ]
}

fn told(families: [bool; 2]) -> &'static str {
    match families {
        [true, true] => "both families",
        [true, false] => "IPv4 only",
        [false, true] => "IPv6 only",
        [false, false] => "no address",
    }
}

fn families_of(subnet: &crate::api::Subnet) -> Option<[bool; 2]> {
    let cidr = SubnetCidr::parse(&subnet.spec.cidr_block).ok()?;
    Some([Family::V4, Family::V6].map(|family| cidr.network(family).is_some()))
}

/// The families of an EIP: IPv4, IPv6. Nothing while they cannot be known.
fn eip_families(world: &World, name: &str) -> Option<[bool; 2]> {
    let found = eip(world, name)?;
    if found.planned {
        return families_of(world.subnet(subnet_of(world, found.object))?);
    }
    // a status repeats an IPv6 address that was asked for and not given
    let v4 = lenient(&found.object.status.v4_ip).is_some();
    let v6 = !v4 && lenient(&found.object.status.v6_ip).is_some();
    found.object.has_address().then_some([v4, v6])
}

/// The families of what a rule points at. Nothing while they cannot be known.
fn inside_families<R: NatRule>(world: &World, rule: &R) -> Option<[bool; 2]> {
    if rule.source().is_some() {
        let networks = source::of(world, rule.source()?)?.networks;
        return Some([networks.iter().any(IpNetwork::is_ipv4), networks.iter().any(IpNetwork::is_ipv6)]);
    }
    let target = rule.target()?;
    if target.ip_name.is_empty() {
        let found = [&target.v4_ip, &target.v6_ip].map(|text| lenient(text));
        return found.iter().any(Option::is_some).then(|| found.map(|one| one.is_some()));
    }
    let aim = aim(world, target)?;
    if aim.planned {
        return families_of(world.subnet(aim.subnet)?);
    }
    aim.ready.then(|| aim.addresses.map(|text| lenient(text).is_some()))
}

/// KO443: two routers would answer for the address.
pub(super) fn one_vpc<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let (name, Some(own)) = (rule.eip(), vpc(world, rule)) else { return Vec::new() };
    let object = eip(world, name).filter(|found| !found.planned).map(|found| found.object);
    let kinds = [NatKind::Fip, NatKind::Snat, NatKind::Dnat];
    let users = kinds.into_iter().flat_map(|kind| present(world, kind));
    let users = users.filter(|one| (one.kind != R::KIND || one.metadata.name != rule.name()) && one.uses(name, object));
    let foreign = users.filter_map(|one| Some((one, vpc_of_present(world, &one).filter(|theirs| *theirs != own)?)));
    let findings = foreign.take(1).map(|(one, theirs)| {
        Finding::new(codes::KO443, format!("ovn-eip/{name} is used by {} of vpc {theirs}: with this rule of vpc {own} two routers would answer for its address", one.told()))
            .hint("use another EIP for each vpc")
    });
    findings.collect()
}

/// The VPC whose router a rule is written to: that of the target's Subnet, else the one named.
#[must_use]
pub(super) fn vpc<'w, R: NatRule>(world: &'w World, rule: &'w R) -> Option<&'w str> {
    match (rule.source(), rule.target()) {
        (Some(spec), _) => source::vpc(world, spec),
        (None, target) => vpc_of_target(world, target?),
    }
}

/// The same for a rule that is there: what the controller wrote counts.
fn vpc_of_present<'w>(world: &'w World, rule: &Present<'w>) -> Option<&'w str> {
    match (rule.status.vpc.as_str(), rule.snat, rule.target) {
        ("", Some(spec), _) => source::vpc(world, spec),
        ("", None, target) => vpc_of_target(world, target?),
        (written, ..) => Some(written),
    }
}

fn vpc_of_target<'w>(world: &'w World, target: &'w TargetSpec) -> Option<&'w str> {
    if target.ip_name.is_empty() {
        return Some(target.vpc.as_str()).filter(|name| !name.is_empty());
    }
    let subnet = world.subnet(aim(world, target)?.subnet)?;
    Some(subnet.spec.vpc.as_str()).filter(|name| !name.is_empty())
}
