//! An object of any kind that has rules.

use serde_json::Value;

use super::ip::{self, IpIntent};
use super::ippool::{self, PoolIntent};
use super::nad::{self, NadIntent};
use super::nat::dnat::{self, DnatIntent};
use super::nat::eip::{self, EipIntent};
use super::nat::fip::{self, FipIntent};
use super::nat::snat::{self, SnatIntent};
use super::pod::{self, PodIntent};
use super::slr::{self, SlrIntent};
use super::subnet::provider_network::{self, ProviderNetworkIntent};
use super::subnet::vlan::{self, VlanIntent};
use super::subnet::vpc::{self, VpcIntent};
use super::subnet::{self, SubnetIntent};
use super::vip::{self, VipIntent};
use super::{Finding, codes};
use crate::api::{Ip, Kind, Metadata, Nad, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Resource as _, Vip};
use crate::api::{IpPool, ProviderNetwork, Subnet, SwitchLbRule, Vlan, Vpc};
use crate::net::did_you_mean;
use crate::world::{Source, Wanted, World};

/// The kinds that have rules.
const KINDS: [Kind; 13] = [
    Vip::KIND,
    Ip::KIND,
    OvnEip::KIND,
    OvnFip::KIND,
    OvnSnatRule::KIND,
    OvnDnatRule::KIND,
    Subnet::KIND,
    Vpc::KIND,
    Vlan::KIND,
    ProviderNetwork::KIND,
    IpPool::KIND,
    SwitchLbRule::KIND,
    Nad::KIND,
];

/// KO218. What no API server takes, or what looks like a kind with rules and is none: a misspelling.
#[must_use]
pub fn malformed(object: &Value) -> Option<Finding> {
    let (Some(version), Some(kind)) = (object["apiVersion"].as_str(), object["kind"].as_str()) else {
        let finding = Finding::new(codes::KO218, "a document without apiVersion and kind: the API server refuses it");
        return Some(finding.hint("write both, such as apiVersion: kubeovn.io/v1 and kind: Vip"));
    };
    let group = version.split('/').next().unwrap_or_default();
    let near_group = did_you_mean(group, ["kubeovn.io", Nad::KIND.group]).is_some();
    let ours = |one: &&Kind| {
        if group == one.group { one.kind.eq_ignore_ascii_case(kind) } else { near_group && one.kind == kind }
    };
    let meant = KINDS.iter().find(ours)?;
    let finding = Finding::new(codes::KO218, format!("the API server has no {kind} of {version}"));
    Some(finding.hint(format!("did you mean {} of {}?", meant.kind, meant.api_version())))
}

/// KO241. The second document of one object is an edit of the first, and an address is not changed by an edit.
#[must_use]
pub fn twice(first: &Value, second: &Value) -> Option<Finding> {
    (*first != second["spec"]).then(|| {
        Finding::new(
            codes::KO241,
            "an earlier document of the file has this name and another spec: of the two one counts",
        )
        .hint("give each object a name of its own")
    })
}

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
    /// A Subnet.
    Subnet(SubnetIntent),
    /// A Vpc.
    Vpc(VpcIntent),
    /// A Vlan.
    Vlan(VlanIntent),
    /// A `ProviderNetwork`.
    ProviderNetwork(ProviderNetworkIntent),
    /// An `IPPool`.
    Pool(PoolIntent),
    /// A `SwitchLBRule`.
    Slr(SlrIntent),
    /// A pod, or what makes pods.
    Pod(PodIntent),
    /// A `NetworkAttachmentDefinition`.
    Nad(NadIntent),
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
            () if is(&Subnet::KIND) => Self::Subnet(SubnetIntent::from_manifest(object)),
            () if is(&Vpc::KIND) => Self::Vpc(VpcIntent::from_manifest(object)),
            () if is(&Vlan::KIND) => Self::Vlan(VlanIntent::from_manifest(object)),
            () if is(&IpPool::KIND) => Self::Pool(PoolIntent::from_manifest(object)),
            () if is(&SwitchLbRule::KIND) => Self::Slr(SlrIntent::from_manifest(object)),
            () if is(&ProviderNetwork::KIND) => Self::ProviderNetwork(ProviderNetworkIntent::from_manifest(object)),
            () if is(&Nad::KIND) => Self::Nad(NadIntent::from_manifest(object)),
            () => Self::Pod(PodIntent::from_manifest(object)?),
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
            Self::Subnet(_) => "subnet",
            Self::Vpc(_) => "vpc",
            Self::Vlan(_) => "vlan",
            Self::Pool(_) => "ippool",
            Self::Slr(_) => "slr",
            Self::ProviderNetwork(_) => "provider-network",
            Self::Pod(intent) => intent.noun,
            Self::Nad(_) => "net-attach-def",
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
            Self::Subnet(intent) => subnet::wanted([intent]),
            Self::Vpc(intent) => vpc::wanted([intent]),
            Self::Vlan(intent) => vlan::wanted([intent]),
            Self::Pool(intent) => ippool::wanted([intent]),
            Self::Slr(intent) => slr::wanted([intent]),
            Self::ProviderNetwork(intent) => provider_network::wanted([intent]),
            Self::Pod(intent) => pod::wanted([intent]),
            Self::Nad(intent) => nad::wanted([intent]),
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
            Self::Subnet(intent) => subnet::check(world, intent),
            Self::Vpc(intent) => vpc::check(world, intent),
            Self::Vlan(intent) => vlan::check(world, intent),
            Self::Pool(intent) => ippool::check(world, intent),
            Self::Slr(intent) => slr::check(world, intent),
            Self::ProviderNetwork(intent) => provider_network::check(world, intent),
            Self::Pod(intent) => pod::check(world, intent),
            Self::Nad(intent) => nad::check(world, intent),
        }
    }

    /// The namespace of an object that stands in one; empty where the manifest leaves it to kubectl.
    pub fn namespace(&mut self) -> Option<&mut String> {
        match self {
            Self::Pod(intent) => Some(&mut intent.asks.namespace),
            Self::Nad(intent) => Some(&mut intent.nad.metadata.namespace),
            _ => None,
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
            Self::Subnet(one) => plan_subnet(world, one.as_created()),
            Self::Vpc(one) => plan_vpc(world, one.as_created()),
            Self::Vlan(one) => world.planned.vlans.push(one.as_created()),
            Self::Pool(one) => world.planned.pools.push(one.as_created()),
            Self::Slr(one) => world.planned.slrs.push(one.as_created()),
            Self::ProviderNetwork(one) => world.planned.provider_networks.push(one.as_created()),
            Self::Pod(one) => pod::plan(&one, world),
            Self::Nad(one) => world.planned.nads.push(one.nad),
        }
    }
}

/// A Subnet that is not there yet is, for the documents behind it, there and ready; one that is there stays as it is.
fn plan_subnet(world: &mut World, subnet: Subnet) {
    let name = subnet.metadata.name.clone();
    if !world.all_subnets.known().into_iter().flatten().any(|one| one.metadata.name == name) {
        world.planned.subnets.push(subnet.clone());
    }
    if let Source::Known(subnets) = &mut world.subnets {
        subnets.entry(name).or_default().get_or_insert(subnet);
    }
}

/// The same of a Vpc; as the file has it, it counts even where it is there.
fn plan_vpc(world: &mut World, vpc: Vpc) {
    world.planned.vpcs.push(vpc.clone());
    if let Source::Known(vpcs) = &mut world.vpcs {
        vpcs.entry(vpc.metadata.name.clone()).or_default().get_or_insert(vpc);
    }
}
