//! Whose traffic a SNAT is about.

use ipnetwork::IpNetwork;

use super::aim::aim;
use super::key::{network_of, parse_source};
use super::present::Present;
use super::snat::SnatIntent;
use crate::api::{SnatSpec, TargetSpec};
use crate::world::World;

/// The traffic of a SNAT, as the controller reads its spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'w> {
    /// VPC.
    pub vpc: &'w str,
    /// One network a family, without bits behind the mask.
    pub networks: Vec<IpNetwork>,
}

/// The IP that a SNAT names, as a target.
pub(super) fn named(spec: &SnatSpec) -> TargetSpec {
    TargetSpec { ip_name: spec.ip_name.clone(), ..TargetSpec::default() }
}

fn networks<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<IpNetwork> {
    texts.into_iter().filter_map(|text| Some(network_of(&parse_source(text).ok()?))).collect()
}

/// Its VPC: that of the Subnet or IP, else the one named.
pub(super) fn vpc<'w>(world: &'w World, spec: &'w SnatSpec) -> Option<&'w str> {
    let subnet = match () {
        () if !spec.v4_ip_cidr.is_empty() => None,
        () if !spec.vpc_subnet.is_empty() => Some(spec.vpc_subnet.as_str()),
        () if !spec.ip_name.is_empty() => Some(aim(world, &named(spec))?.subnet),
        () => None,
    };
    let name = match subnet {
        Some(subnet) => world.subnet(subnet)?.spec.vpc.as_str(),
        None => spec.vpc.as_str(),
    };
    Some(name).filter(|name| !name.is_empty())
}

/// Of several forms `v4IpCidr` wins over `vpcSubnet`, and that over `ipName` (Kube-OVN: `pkg/controller/ovn_snat.go`). Nothing
/// while it cannot be known.
#[must_use]
pub fn of<'w>(world: &'w World, spec: &'w SnatSpec) -> Option<Source<'w>> {
    let vpc = vpc(world, spec)?;
    let networks = match () {
        () if !spec.v4_ip_cidr.is_empty() => networks([spec.v4_ip_cidr.as_str(), &spec.v6_ip_cidr]),
        () if !spec.vpc_subnet.is_empty() => networks(world.subnet(&spec.vpc_subnet)?.spec.cidr_block.split(',')),
        () if !spec.ip_name.is_empty() => {
            let aim = aim(world, &named(spec))?;
            networks(aim.addresses.into_iter().filter(|text| !text.is_empty()))
        }
        () => networks([spec.v6_ip_cidr.as_str()]),
    };
    (!networks.is_empty()).then_some(Source { vpc, networks })
}

/// The source of a SNAT that is there: what was written to OVN, else what its spec says.
#[must_use]
pub fn of_present<'w>(world: &'w World, rule: &Present<'w>) -> Option<Source<'w>> {
    let status = rule.status;
    if !status.vpc.is_empty() {
        let networks = networks([status.v4_ip_cidr.as_str(), &status.v6_ip_cidr]);
        return (!networks.is_empty()).then_some(Source { vpc: &status.vpc, networks });
    }
    of(world, rule.snat?)
}

/// Whether a SNAT has the same source in the same VPC.
pub(super) fn same(world: &World, intent: &SnatIntent, other: &Present<'_>) -> bool {
    let (Some(own), Some(theirs)) = (of(world, &intent.spec), of_present(world, other)) else { return false };
    own.vpc == theirs.vpc && own.networks.iter().any(|network| theirs.networks.contains(network))
}
