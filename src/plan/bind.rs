//! What `eip bind` has to do: from the rules wanted and what is there to what is created, moved, or there already.

use crate::api::nat::TargetSpec;
use crate::api::{OvnDnatRule, OvnEip, OvnFip, names};
use crate::check::draft::Draft;
use crate::check::nat::written::spec_vs_written;
use crate::check::nat::{dnat, eip, fip, snat};
use crate::check::{self, Finding};
use crate::net::canonical;
use crate::world::nat_rows::row_of;
use crate::world::nat_rule::NatRule;
use crate::world::nat_users::NatRules;
use crate::world::{Wanted, World};

/// The manifest that asks for a rule.
#[must_use]
pub fn manifest(rule: &NatRule) -> serde_json::Value {
    match rule {
        NatRule::Fip(rule) => fip::to_manifest(&draft(&rule.metadata.name, &rule.spec)),
        NatRule::Snat(rule) => snat::to_manifest(&draft(&rule.metadata.name, &rule.spec)),
        NatRule::Dnat(rule) => dnat::to_manifest(&draft(&rule.metadata.name, &rule.spec)),
    }
}

/// What has to be read for the checks of a rule.
#[must_use]
pub fn wanted(rule: &NatRule) -> Wanted {
    match rule {
        NatRule::Fip(rule) => fip::wanted([&draft(&rule.metadata.name, &rule.spec)]),
        NatRule::Snat(rule) => snat::wanted([&draft(&rule.metadata.name, &rule.spec)]),
        NatRule::Dnat(rule) => dnat::wanted([&draft(&rule.metadata.name, &rule.spec)]),
    }
}

/// What the checks find about a rule.
#[must_use]
pub fn findings(world: &World, rule: &NatRule) -> Vec<Finding> {
    match rule {
        NatRule::Fip(rule) => fip::check(world, &draft(&rule.metadata.name, &rule.spec)),
        NatRule::Snat(rule) => snat::check(world, &draft(&rule.metadata.name, &rule.spec)),
        NatRule::Dnat(rule) => dnat::check(world, &draft(&rule.metadata.name, &rule.spec)),
    }
}

/// What the checks that need no cluster find.
#[must_use]
pub fn offline(rule: &NatRule) -> Vec<Finding> {
    match rule {
        NatRule::Fip(rule) => check::run_offline(fip::RULES, &draft(&rule.metadata.name, &rule.spec)),
        NatRule::Snat(rule) => check::run_offline(snat::RULES, &draft(&rule.metadata.name, &rule.spec)),
        NatRule::Dnat(rule) => check::run_offline(dnat::RULES, &draft(&rule.metadata.name, &rule.spec)),
    }
}

fn draft<S: Clone + Default>(name: &str, spec: &S) -> Draft<S> {
    Draft { name: name.to_owned(), spec: spec.clone(), ..Draft::default() }
}

/// What is there of a rule that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The rule.
    pub wanted: NatRule,
    /// What has to be done.
    pub step: Step,
    /// Rules with its key, or its name, that are being deleted: they have to be gone before.
    pub going: Vec<NatRule>,
    /// Other rules with its key, besides the one of [`Step::Same`].
    pub rivals: Vec<NatRule>,
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Create it.
    Create,
    /// It is there as wanted.
    Same(NatRule),
    /// Its key is another's, for the reason told; `--reassign` moves it.
    Taken(NatRule, String),
    /// Its name is that of a rule about something else.
    Named(NatRule),
}

/// Looks what is there.
#[must_use]
pub fn plan(world: &World, wanted: &NatRule) -> Planned {
    let key = wanted.key(world);
    let same_kind = |rule: &NatRule| rule.noun() == wanted.noun();
    let all: Vec<NatRule> = world.nat_rules().into_iter().filter(same_kind).collect();
    let (going, there): (Vec<NatRule>, Vec<NatRule>) =
        all.into_iter().partition(|rule| rule.metadata().is_terminating());
    let going = going.into_iter().filter(|rule| rule.key(world) == key || rule.name() == wanted.name()).collect();
    // a source whose address changed has the key of its old address still
    let about = |rule: &NatRule| rule.key(world) == key || spec_is(rule, wanted);
    let (mut holders, others): (Vec<NatRule>, Vec<NatRule>) = there.into_iter().partition(about);
    let same = holders.iter().position(|rule| difference(world, rule, wanted).is_none());
    let step = if let Some(at) = same {
        Step::Same(holders.remove(at))
    } else if !holders.is_empty() {
        let holder = holders.remove(0);
        let why = difference(world, &holder, wanted).unwrap_or_default();
        Step::Taken(holder, why)
    } else if let Some(named) = others.into_iter().find(|rule| rule.name() == wanted.name()) {
        Step::Named(named)
    } else {
        Step::Create
    };
    Planned { wanted: wanted.clone(), step, going, rivals: holders }
}

/// Whether two rules of one kind ask for the very same.
pub(super) fn spec_is(one: &NatRule, other: &NatRule) -> bool {
    match (one, other) {
        (NatRule::Fip(one), NatRule::Fip(other)) => one.spec == other.spec,
        (NatRule::Snat(one), NatRule::Snat(other)) => one.spec == other.spec,
        (NatRule::Dnat(one), NatRule::Dnat(other)) => one.spec == other.spec,
        _ => false,
    }
}

/// How a rule with the same key differs from the one wanted, by what it asks for and by what was written for it; `None` when it is the
/// same binding.
#[must_use]
pub fn difference(world: &World, there: &NatRule, wanted: &NatRule) -> Option<String> {
    let leads = || Some(format!("leads to {}", there.leads_to()));
    match (there, wanted) {
        (NatRule::Fip(there_fip), NatRule::Fip(wanted_fip)) => {
            if !points_alike(&there_fip.spec.target, &wanted_fip.spec.target) {
                return leads();
            }
            if !wanted_fip.spec.kind.is_empty() && wanted_fip.spec.kind != there_fip.spec.kind {
                let kind = if there_fip.spec.kind.is_empty() { "of no type" } else { &there_fip.spec.kind };
                return Some(format!("is {kind}"));
            }
        }
        (NatRule::Dnat(there_dnat), NatRule::Dnat(wanted_dnat)) => {
            let alike = points_alike(&there_dnat.spec.target, &wanted_dnat.spec.target);
            if !alike || there_dnat.spec.internal_port != wanted_dnat.spec.internal_port {
                return leads();
            }
        }
        (NatRule::Snat(there_snat), NatRule::Snat(wanted_snat)) => {
            if there_snat.spec.ovn_eip != wanted_snat.spec.ovn_eip {
                return Some(format!("has it leave with oeip/{}", there_snat.spec.ovn_eip));
            }
        }
        _ => return leads(),
    }
    let row = world.northbound.known().and_then(|northbound| row_of(there, northbound));
    let any_type = matches!(wanted, NatRule::Fip(fip) if fip.spec.kind.is_empty());
    if let Some(edit) = spec_vs_written(there, row).iter().find(|edit| !(any_type && edit.field == "type")) {
        return Some(format!(
            "was made with {} {}, and the edit to {} has no effect in OVN",
            edit.field, edit.is, edit.asked
        ));
    }
    let now = target_addresses(world, there);
    let then = there.inside_addresses().next().unwrap_or_default();
    let is_stale = !then.is_empty() && !now.is_empty() && !now.iter().any(|address| address == then);
    is_stale.then(|| {
        format!("has the address {then}, which {} had before; now that has {}", there.leads_to(), now.join(","))
    })
}

/// Whether two FIPs or DNATs point at the same, as they say it.
pub(super) fn points_alike(one: &TargetSpec, other: &TargetSpec) -> bool {
    let parts = |target: &TargetSpec| {
        let is_vip = target.ip_type == "vip";
        match target.ip_name.as_str() {
            "" => (false, String::new(), target.vpc.clone(), target.v4_ip.clone(), target.v6_ip.clone()),
            // behind a name the controller does not look at the rest
            name => (is_vip, name.to_owned(), String::new(), String::new(), String::new()),
        }
    };
    parts(one) == parts(other)
}

/// The addresses that a rule's target has now, as far as they were read.
#[must_use]
pub fn target_addresses(world: &World, rule: &NatRule) -> Vec<String> {
    let (is_vip, name) = match rule {
        NatRule::Snat(snat) if snat.spec.v4_ip_cidr.is_empty() && snat.spec.vpc_subnet.is_empty() => {
            (false, snat.spec.ip_name.as_str())
        }
        NatRule::Snat(_) => return Vec::new(),
        NatRule::Fip(OvnFip { spec: crate::api::FipSpec { target, .. }, .. })
        | NatRule::Dnat(OvnDnatRule { spec: crate::api::DnatSpec { target, .. }, .. }) => {
            (target.ip_type == "vip", target.ip_name.as_str())
        }
    };
    let addresses: Option<Vec<String>> = if is_vip {
        world.vip(name).map(|vip| vip.status.addresses().map(str::to_owned).collect())
    } else {
        world.ip(name).map(|ip| ip.addresses().map(str::to_owned).collect())
    };
    addresses.unwrap_or_default()
}

/// The MAC that the IP a FIP or DNAT names has now; empty for a Vip, whose holder's it is, and for a bare address.
#[must_use]
pub fn target_mac<'w>(world: &'w World, rule: &NatRule) -> &'w str {
    let ip = rule.target().filter(|target| target.ip_type != "vip").and_then(|target| world.ip(&target.ip_name));
    ip.map_or("", |ip| ip.spec.mac_address.as_str())
}

/// Which of two rules with one key stays: the earlier one. Of two of the same second the one that somebody else made, who would not
/// step back; then the first by name and by uid.
#[must_use]
pub fn precedes(one: (&NatRule, bool), other: (&NatRule, bool)) -> bool {
    let order = |(rule, ours): (&NatRule, bool)| {
        let metadata = rule.metadata();
        (metadata.creation_timestamp.clone(), ours, metadata.name.clone(), metadata.uid.clone())
    };
    order(one) < order(other)
}

/// The manifest of an EIP that is to be created. One with an address of its own choice gets the finalizer that the controller gives
/// to the others only: without it the EIP goes while rules use it (docs/kube-ovn-behaviour.md).
#[must_use]
pub fn eip_intent(name: &str, external_subnet: &str, address: Option<std::net::IpAddr>, kind: &str) -> eip::EipIntent {
    let mut intent = eip::EipIntent { name: name.to_owned(), ..eip::EipIntent::default() };
    external_subnet.clone_into(&mut intent.spec.external_subnet);
    kind.clone_into(&mut intent.spec.kind);
    if let Some(address) = address {
        let slot = if address.is_ipv4() { &mut intent.spec.v4_ip } else { &mut intent.spec.v6_ip };
        *slot = canonical(&address);
        intent.finalizers.push(names::FINALIZER.to_owned());
    }
    intent
}

/// The rules that use an EIP: by spec as well as by label and status.
#[must_use]
pub fn users<'r>(eip: &OvnEip, rules: &'r [NatRule]) -> Vec<&'r NatRule> {
    let mut all = NatRules::default();
    for rule in rules.iter().cloned() {
        match rule {
            NatRule::Fip(fip) => all.fips.push(fip),
            NatRule::Snat(snat) => all.snats.push(snat),
            NatRule::Dnat(dnat) => all.dnats.push(dnat),
        }
    }
    let users = all.users_of_eip(eip);
    let is_user = |rule: &&NatRule| users.iter().any(|user| user.named() == rule.named());
    rules.iter().filter(is_user).collect()
}

#[cfg(test)]
mod tests;
