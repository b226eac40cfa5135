//! Rules about rows of OVN that are in the way.

use super::dnat::DnatIntent;
use super::fip::FipIntent;
use super::key::{network_of, parse_source};
use super::present::{NatKind, NatRule as _, eip, existing, present};
use super::snat::SnatIntent;
use super::source;
use crate::check::{Finding, codes};
use crate::ovn::northbound::Nat;
use crate::world::{World, lenient};

/// KO437: a row that no rule explains. The controller takes it for the new rule's own and changes nothing.
fn foreign(row: &Nat, vpc: &str) -> Finding {
    let told = format!("{} {} {}", row.kind, row.external_ip, row.logical_ip);
    let key = if row.kind == "snat" { &row.logical_ip } else { &row.external_ip };
    Finding::new(codes::KO437, format!("the router of vpc {vpc} has a row `{told}` that no rule explains: the new rule would be ready, and packets would follow the old row"))
        .hint(format!("left over, of a pod's annotation ovn.kubernetes.io/eip or snat, or made by hand: kubectl ko nbctl lr-nat-list {vpc}; kubectl ko nbctl lr-nat-del {vpc} {} {key}", row.kind))
}

fn vpc_of<'w>(world: &'w World, row: &Nat) -> Option<&'w str> {
    let routers = &world.northbound.known()?.routers;
    routers.iter().find(|router| router.nats.contains(&row.uuid)).map(|router| router.name.as_str())
}

/// KO437, of a FIP: rows of its EIP's address, on any router.
pub(super) fn none_of_fip(world: &World, intent: &FipIntent) -> Vec<Finding> {
    let address = eip(world, intent.eip()).and_then(|found| lenient(&found.object.status.v4_ip));
    let (Some(address), Some(northbound)) = (address, world.northbound.known()) else { return Vec::new() };
    let explained = |external: &str| {
        present(world, NatKind::Fip).iter().any(|one| one.status.v4_eip == external || one.status.v6_eip == external)
    };
    let rows =
        northbound.nats.iter().filter(|row| row.kind == "dnat_and_snat" && lenient(&row.external_ip) == Some(address));
    let foreigners = rows.filter(|row| !explained(&row.external_ip));
    foreigners.filter_map(|row| Some(foreign(row, vpc_of(world, row)?))).collect()
}

/// KO437, of a SNAT: rows of its source on its VPC's router.
pub(super) fn none_of_snat(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let (Some(own), Some(northbound)) = (source::of(world, &intent.spec), world.northbound.known()) else {
        return Vec::new();
    };
    let rows = northbound.nats_of(own.vpc).filter(|row| row.kind == "snat");
    let same = rows
        .filter(|row| parse_source(&row.logical_ip).is_ok_and(|network| own.networks.contains(&network_of(&network))));
    // what was written for a rule explains its rows, one that is being deleted too: that one has its own finding
    let written = present(world, NatKind::Snat).into_iter().filter(|one| !one.status.vpc.is_empty());
    let written: Vec<source::Source<'_>> = written.filter_map(|one| source::of_present(world, &one)).collect();
    let explained = |row: &Nat| {
        let network = parse_source(&row.logical_ip).map(|network| network_of(&network));
        written.iter().any(|theirs| {
            theirs.vpc == own.vpc && network.as_ref().is_ok_and(|network| theirs.networks.contains(network))
        })
    };
    same.filter(|row| !explained(row)).map(|row| foreign(row, own.vpc)).collect()
}

/// Load balancers that the controller keeps for Services (Kube-OVN: pkg/controller/config.go, vpc.go).
fn is_kept(name: &str) -> bool {
    let words: Vec<&str> = name.split('-').collect();
    let (["cluster", word, "loadbalancer"]
    | ["cluster", word, "session", "loadbalancer"]
    | ["vpc", _, .., word, "sess", "load"]
    | ["vpc", _, .., word, "load"]) = words[..]
    else {
        return false;
    };
    ["tcp", "udp", "sctp"].contains(&word)
}

/// KO463: a DNAT makes a load balancer of its own name, or adds to the one that has it.
pub(super) fn no_balancer(world: &World, intent: &DnatIntent) -> Vec<Finding> {
    let name = intent.name();
    if existing(world, intent).is_some_and(|one| one.status.ready) {
        return Vec::new();
    }
    let hint = "choose another name";
    if is_kept(name) {
        return vec![
            Finding::new(codes::KO463, format!("{name} is the name of a load balancer that the controller keeps for Services: the rule would be mixed into it"))
                .hint(hint),
        ];
    }
    let balancers = world.northbound.known().into_iter().flat_map(|northbound| &northbound.load_balancers);
    let findings = balancers.filter(|one| one.name == name).filter_map(|one| {
        // a deleted DNAT leaves an empty one until a controller start
        let protocol = if one.protocol.is_empty() { "tcp" } else { &one.protocol };
        let finding = match () {
            () if !one.vips.is_empty() => Finding::new(codes::KO463, format!("OVN has a load balancer {name} already, with {}: the rule would be mixed into it, with its protocol {protocol}", one.vips.keys().cloned().collect::<Vec<_>>().join(", "))),
            () if protocol != intent.spec.protocol => Finding::new(codes::KO463, format!("OVN has an empty load balancer {name} of protocol {protocol}, left over by a deleted rule: this one would become {protocol} too")),
            () => return None,
        };
        Some(finding.hint(hint))
    });
    findings.collect()
}
