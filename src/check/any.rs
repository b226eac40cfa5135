//! An object of any kind that has rules.

use serde_json::Value;

use super::Finding;
use super::ip::{self, IpIntent};
use super::nat::dnat::{self, DnatIntent};
use super::nat::eip::{self, EipIntent};
use super::nat::fip::{self, FipIntent};
use super::nat::snat::{self, SnatIntent};
use super::vip::{self, VipIntent};
use crate::api::{Ip, Kind, Metadata, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Resource as _, Vip};
use crate::world::{Wanted, World};

/// An object as a manifest wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A Vip.
    Vip(VipIntent),
    /// A reservation.
    Ip(IpIntent),
    /// An `OvnEip`.
    Eip(EipIntent),
    /// An `OvnFip`.
    Fip(FipIntent),
    /// An `OvnSnatRule`.
    Snat(SnatIntent),
    /// An `OvnDnatRule`.
    Dnat(DnatIntent),
}

impl Intent {
    /// Reads a manifest; `None` for a kind without rules.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Option<Self> {
        let group = object["apiVersion"].as_str()?.split('/').next()?;
        let is = |kind: &Kind| group == kind.group && object["kind"] == kind.kind;
        Some(match () {
            () if is(&Vip::KIND) => Self::Vip(VipIntent::from_manifest(object)),
            () if is(&Ip::KIND) => Self::Ip(ip::from_manifest(object)),
            () if is(&OvnEip::KIND) => Self::Eip(eip::from_manifest(object)),
            () if is(&OvnFip::KIND) => Self::Fip(fip::from_manifest(object)),
            () if is(&OvnSnatRule::KIND) => Self::Snat(snat::from_manifest(object)),
            () if is(&OvnDnatRule::KIND) => Self::Dnat(dnat::from_manifest(object)),
            () => return None,
        })
    }

    /// What stands before the name: `vip/NAME`, as kubectl takes it.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Vip(_) => "vip",
            Self::Ip(_) => "ip",
            Self::Eip(_) => "ovn-eip",
            Self::Fip(_) => "ovn-fip",
            Self::Snat(_) => "ovn-snat-rule",
            Self::Dnat(_) => "ovn-dnat-rule",
        }
    }

    /// What has to be read to check it.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        match self {
            Self::Vip(intent) => vip::wanted([intent]),
            Self::Ip(intent) => ip::wanted([intent]),
            Self::Eip(intent) => eip::wanted([intent]),
            Self::Fip(intent) => fip::wanted([intent]),
            Self::Snat(intent) => snat::wanted([intent]),
            Self::Dnat(intent) => dnat::wanted([intent]),
        }
    }

    /// The findings about it, worst first.
    #[must_use]
    pub fn check(&self, world: &World) -> Vec<Finding> {
        match self {
            Self::Vip(intent) => vip::check(world, intent),
            Self::Ip(intent) => ip::check(world, intent),
            Self::Eip(intent) => eip::check(world, intent),
            Self::Fip(intent) => fip::check(world, intent),
            Self::Snat(intent) => snat::check(world, intent),
            Self::Dnat(intent) => dnat::check(world, intent),
        }
    }

    /// Puts it into the picture for the documents behind it.
    pub fn plan(self, world: &mut World) {
        let named = |name: String| Metadata { name, ..Metadata::default() };
        match self {
            Self::Vip(one) => {
                world.planned_vips.push(Vip { metadata: named(one.name), spec: one.spec, ..Vip::default() });
            }
            Self::Ip(one) => world.planned.ips.push(Ip { metadata: named(one.name), spec: one.spec }),
            Self::Eip(one) => {
                world.planned.eips.push(OvnEip { metadata: named(one.name), spec: one.spec, ..OvnEip::default() });
            }
            Self::Fip(one) => {
                world.planned.fips.push(OvnFip { metadata: named(one.name), spec: one.spec, ..OvnFip::default() });
            }
            Self::Snat(one) => {
                let rule = OvnSnatRule { metadata: named(one.name), spec: one.spec, ..OvnSnatRule::default() };
                world.planned.snats.push(rule);
            }
            Self::Dnat(one) => {
                let rule = OvnDnatRule { metadata: named(one.name), spec: one.spec, ..OvnDnatRule::default() };
                world.planned.dnats.push(rule);
            }
        }
    }
}
