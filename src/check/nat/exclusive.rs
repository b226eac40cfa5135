//! Rules about what two rules must not share.

use super::dnat::DnatIntent;
use super::fip::FipIntent;
use super::key::parse_port;
use super::present::{NatKind, NatRule, Present, eip, existing, others, present};
use super::snat::SnatIntent;
use super::source;
use crate::api::{DnatSpec, OvnEip};
use crate::check::{Finding, codes};
use crate::world::World;

/// Label by which the controller looks for a second DNAT of a port, whatever the protocol; nobody sets it by itself.
pub(super) const LABEL_PORT: &str = "ovn.kubernetes.io/vpc_dnat_eport";

fn object<'w>(world: &'w World, name: &str) -> Option<&'w OvnEip> {
    eip(world, name).filter(|found| !found.planned).map(|found| found.object)
}

fn first(rule: &Present<'_>) -> String {
    format!("kubectl delete {}/{} first, and wait until it is gone", rule.kind.noun(), rule.metadata.name)
}

/// KO440: an EIP carries one FIP.
pub(super) fn one_fip(world: &World, intent: &FipIntent) -> Vec<Finding> {
    let name = intent.eip();
    let users =
        others(world, intent).filter(|one| one.uses(name, object(world, name)) && !one.metadata.is_terminating());
    let findings = users.map(|one| {
        Finding::new(
            codes::KO440,
            format!("ovn-eip/{name} is used by {} already; the controller never makes a second FIP", one.told()),
        )
        .hint(first(&one))
    });
    findings.collect()
}

/// KO441: a FIP beside other rules of one EIP.
pub(super) fn beside<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let name = rule.eip();
    let kinds: &[NatKind] = if R::KIND == NatKind::Fip { &[NatKind::Snat, NatKind::Dnat] } else { &[NatKind::Fip] };
    let mut users = Vec::new();
    for kind in kinds {
        users.extend(present(world, *kind).into_iter().filter(|one| one.uses(name, object(world, name))));
    }
    let Some(one) = users.first() else { return Vec::new() };
    let how = if R::KIND == NatKind::Dnat || one.kind == NatKind::Dnat {
        "packets to the DNAT's port go to its target, all others to the FIP's"
    } else {
        "what comes in goes to the FIP's target"
    };
    vec![Finding::new(codes::KO441, format!("ovn-eip/{name} is used by {} too: {how}", one.told()))]
}

fn same_port(one: &DnatSpec, other: &DnatSpec) -> bool {
    // the controller takes the text as it is, OVN the number
    match (parse_port(one.external_port.trim()), parse_port(other.external_port.trim())) {
        (Ok(one), Ok(other)) => one == other,
        _ => one.external_port == other.external_port,
    }
}

fn same_forward(world: &World, intent: &DnatIntent, other: &Present<'_>) -> bool {
    let same =
        |spec: &DnatSpec| same_port(&intent.spec, spec) && intent.spec.protocol.eq_ignore_ascii_case(&spec.protocol);
    let status = other.status;
    let written = DnatSpec {
        external_port: status.external_port.clone(),
        protocol: status.protocol.clone(),
        ..DnatSpec::default()
    };
    let name = intent.eip();
    other.uses(name, object(world, name)) && (other.dnat.is_some_and(same) || (status.ready && same(&written)))
}

/// KO462: a port of an EIP is forwarded once.
pub(super) fn one_forward(world: &World, intent: &DnatIntent) -> Vec<Finding> {
    let (name, spec) = (intent.eip(), &intent.spec);
    let mut findings = Vec::new();
    for one in others(world, intent).filter(|one| !one.metadata.is_terminating()) {
        if same_forward(world, intent, &one) {
            findings.push(
                Finding::new(codes::KO462, format!("{} of ovn-eip/{name} port {} is forwarded by {} already: both would be ready, and one of them would get every packet", spec.protocol, spec.external_port, one.told()))
                    .hint(first(&one)),
            );
        } else if one.eip == name
            && one.metadata.label(LABEL_PORT) == spec.external_port
            && !spec.external_port.is_empty()
        {
            findings.push(
                Finding::new(codes::KO462, format!("{} has the label {LABEL_PORT}, so the controller refuses another rule of ovn-eip/{name} port {}, of any protocol", one.told(), spec.external_port))
                    .hint(format!("kubectl label {}/{} {LABEL_PORT}-", one.kind.noun(), one.metadata.name)),
            );
        }
    }
    findings
}

/// KO464: the label forbids a second protocol on the port.
pub(super) fn unlabelled(intent: &DnatIntent) -> Vec<Finding> {
    if !intent.labels.contains_key(LABEL_PORT) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO464, format!("the label {LABEL_PORT} makes the controller refuse every other rule of this port of the EIP, of another protocol too"))
            .hint("leave the label out: a second rule of the same port and protocol is refused here"),
    ]
}

/// KO436: one that hangs because its row is gone takes the next row of its key with it (docs/kube-ovn-behaviour.md).
fn zombie(one: &Present<'_>) -> Finding {
    let name = &one.metadata.name;
    Finding::new(codes::KO436, format!("{} has the same key and is being deleted: one that hangs takes the new rule's row with it, and leaves the new rule ready without one", one.told()))
        .hint(format!("wait until it is gone: kubectl wait --for=delete {}/{name}", one.kind.noun()))
}

/// KO436, of a FIP: its EIP.
pub(super) fn no_leaving_fip(world: &World, intent: &FipIntent) -> Vec<Finding> {
    let name = intent.eip();
    let leaving =
        others(world, intent).filter(|one| one.metadata.is_terminating() && one.uses(name, object(world, name)));
    leaving.map(|one| zombie(&one)).collect()
}

/// KO436, of a SNAT: its source.
pub(super) fn no_leaving_snat(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    let leaving = others(world, intent).filter(|one| one.metadata.is_terminating() && source::same(world, intent, one));
    leaving.map(|one| zombie(&one)).collect()
}

/// KO436, of a DNAT: its EIP, protocol and port.
pub(super) fn no_leaving_dnat(world: &World, intent: &DnatIntent) -> Vec<Finding> {
    let leaving = others(world, intent).filter(|one| one.metadata.is_terminating() && same_forward(world, intent, one));
    leaving.map(|one| zombie(&one)).collect()
}

/// KO413: no rule of that very name is being deleted.
pub(super) fn name_free<R: NatRule>(world: &World, rule: &R) -> Vec<Finding> {
    let Some(one) = existing(world, rule).filter(|one| one.metadata.is_terminating()) else { return Vec::new() };
    vec![gone_first(one.kind.noun(), rule.name())]
}

/// KO413 of any kind.
pub(super) fn gone_first(noun: &str, name: &str) -> Finding {
    Finding::new(codes::KO413, format!("{noun}/{name} is being deleted"))
        .hint(format!("wait until it is gone: kubectl wait --for=delete {noun}/{name}"))
}
