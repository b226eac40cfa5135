//! What the rules of the three kinds have in common, and those that are there already.

use std::collections::BTreeSet;

use crate::api::nat::TargetSpec;
use crate::api::{DnatSpec, FipSpec, Metadata, OvnEip, RuleStatus, SnatSpec};
use crate::check::draft::Draft;
use crate::check::manifest::Manifest;
use crate::world::World;

/// A kind of NAT rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatKind {
    /// One external address for one inside address.
    Fip,
    /// Outgoing traffic.
    Snat,
    /// A forwarded port.
    Dnat,
}

impl NatKind {
    /// As kubectl takes it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Fip => "ovn-fip",
            Self::Snat => "ovn-snat-rule",
            Self::Dnat => "ovn-dnat-rule",
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fip => "FIP",
            Self::Snat => "SNAT",
            Self::Dnat => "DNAT",
        }
    }
}

/// A NAT rule as somebody wants it.
pub trait NatRule {
    /// Its kind.
    const KIND: NatKind;
    /// Its name.
    fn name(&self) -> &str;
    /// The EIP it uses.
    fn eip(&self) -> &str;
    /// The manifest it was read from.
    fn manifest(&self) -> &Manifest;
    /// Where it points, of a FIP or DNAT.
    fn target(&self) -> Option<&TargetSpec>;
    /// Whose traffic, of a SNAT.
    fn source(&self) -> Option<&SnatSpec>;
}

macro_rules! nat_rule {
    ($spec:ty, $kind:ident, $eip:expr, $target:expr, $source:expr) => {
        impl NatRule for Draft<$spec> {
            const KIND: NatKind = NatKind::$kind;
            fn name(&self) -> &str {
                &self.name
            }
            fn eip(&self) -> &str {
                let eip: fn(&$spec) -> &str = $eip;
                eip(&self.spec)
            }
            fn manifest(&self) -> &Manifest {
                &self.manifest
            }
            fn target(&self) -> Option<&TargetSpec> {
                let target: fn(&$spec) -> Option<&TargetSpec> = $target;
                target(&self.spec)
            }
            fn source(&self) -> Option<&SnatSpec> {
                let source: fn(&$spec) -> Option<&SnatSpec> = $source;
                source(&self.spec)
            }
        }
    };
}

nat_rule!(FipSpec, Fip, |spec| &spec.target.ovn_eip, |spec| Some(&spec.target), |_| None);
nat_rule!(SnatSpec, Snat, |spec| &spec.ovn_eip, |_| None, |spec| Some(spec));
nat_rule!(DnatSpec, Dnat, |spec| &spec.target.ovn_eip, |spec| Some(&spec.target), |_| None);

/// For what every rule is asked.
pub(super) fn always<R: NatRule>(_: &R) -> bool {
    true
}

/// Whether it names an EIP.
pub(super) fn has_eip<R: NatRule>(rule: &R) -> bool {
    !rule.eip().is_empty()
}

/// Whether it points at an object by name.
pub(super) fn by_name<R: NatRule>(rule: &R) -> bool {
    rule.target().is_some_and(|target| !target.ip_name.is_empty())
}

/// Whether it points at a bare address.
pub(super) fn by_address<R: NatRule>(rule: &R) -> bool {
    !by_name(rule)
}

/// A rule that is there, or will be once the documents before it are applied.
#[derive(Clone, Copy, Debug)]
pub struct Present<'w> {
    /// Its kind.
    pub kind: NatKind,
    /// Its metadata.
    pub metadata: &'w Metadata,
    /// The EIP it names.
    pub eip: &'w str,
    /// What the controller wrote to OVN for it.
    pub status: &'w RuleStatus,
    /// Whether it is only in the file.
    pub planned: bool,
    /// Where it points, of a FIP or DNAT.
    pub target: Option<&'w TargetSpec>,
    /// Its spec as a SNAT.
    pub snat: Option<&'w SnatSpec>,
    /// Its spec as a DNAT.
    pub dnat: Option<&'w DnatSpec>,
}

impl Present<'_> {
    /// `ovn-fip/NAME`, and where it stands when that is not the cluster.
    #[must_use]
    pub fn told(&self) -> String {
        let planned = if self.planned { ", which stands before it in the same file," } else { "" };
        format!("{}/{}{planned}", self.kind.noun(), self.metadata.name)
    }

    /// Whether it uses an EIP: it names it, or the controller wrote the EIP's address for it.
    #[must_use]
    pub fn uses(&self, eip: &str, object: Option<&OvnEip>) -> bool {
        let address = object.map_or("", |object| object.status.v4_ip.as_str());
        self.eip == eip || (!address.is_empty() && self.status.v4_eip == address)
    }
}

/// The rules of a kind, those of the cluster first. One that the file writes anew is told once, as the file has it.
#[must_use]
pub fn present(world: &World, kind: NatKind) -> Vec<Present<'_>> {
    let mut found = Vec::new();
    let mut add = |metadata, eip, status, planned, target, snat, dnat| {
        found.push(Present { kind, metadata, eip, status, planned, target, snat, dnat });
    };
    match kind {
        NatKind::Fip => {
            for (rule, planned) in both(world.fips.known(), &world.planned.fips) {
                add(
                    &rule.metadata,
                    rule.spec.target.ovn_eip.as_str(),
                    &rule.status,
                    planned,
                    Some(&rule.spec.target),
                    None,
                    None,
                );
            }
        }
        NatKind::Snat => {
            for (rule, planned) in both(world.snats.known(), &world.planned.snats) {
                add(&rule.metadata, &rule.spec.ovn_eip, &rule.status, planned, None, Some(&rule.spec), None);
            }
        }
        NatKind::Dnat => {
            for (rule, planned) in both(world.dnats.known(), &world.planned.dnats) {
                add(
                    &rule.metadata,
                    &rule.spec.target.ovn_eip,
                    &rule.status,
                    planned,
                    Some(&rule.spec.target),
                    None,
                    Some(&rule.spec),
                );
            }
        }
    }
    let known: BTreeSet<&str> = found.iter().filter(|one| !one.planned).map(|one| one.metadata.name.as_str()).collect();
    found.retain(|one| !one.planned || !known.contains(one.metadata.name.as_str()));
    found
}

fn both<'w, T>(there: Option<&'w Vec<T>>, planned: &'w [T]) -> impl Iterator<Item = (&'w T, bool)> {
    there.into_iter().flatten().map(|rule| (rule, false)).chain(planned.iter().map(|rule| (rule, true)))
}

/// The rule of that name, when it is in the cluster.
#[must_use]
pub fn existing<'w, R: NatRule>(world: &'w World, rule: &R) -> Option<Present<'w>> {
    present(world, R::KIND).into_iter().find(|one| !one.planned && one.metadata.name == rule.name())
}

/// The others of its kind.
pub fn others<'w, R: NatRule>(world: &'w World, rule: &R) -> impl Iterator<Item = Present<'w>> {
    present(world, R::KIND).into_iter().filter(move |one| one.metadata.name != rule.name())
}

/// An EIP that a rule names.
#[derive(Clone, Copy, Debug)]
pub struct NamedEip<'w> {
    /// The object.
    pub object: &'w OvnEip,
    /// Whether it is only in the file.
    pub planned: bool,
}

/// The EIP of that name, in the cluster or in the file.
#[must_use]
pub fn eip<'w>(world: &'w World, name: &str) -> Option<NamedEip<'w>> {
    let there = world.eip(name).map(|object| NamedEip { object, planned: false });
    there.or_else(|| {
        let object = world.planned.eips.iter().find(|eip| eip.metadata.name == name)?;
        Some(NamedEip { object, planned: true })
    })
}

/// The external Subnet of an EIP: its own, or the controller's default when that is known.
#[must_use]
pub fn subnet_of<'w>(world: &'w World, eip: &'w OvnEip) -> &'w str {
    match eip.subnet() {
        "" => super::external::default_switch(world).unwrap_or_default(),
        name => name,
    }
}
