//! Who has addresses of a Subnet, and what is left of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::World;
use super::owner::Owner;
use crate::api::Subnet;
use crate::net::{AddressRange, Family, RangeSet, SubnetCidr};

/// One who has addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its kind in the plural: `pods`, `reservations`, `vips`, ….
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// The use of a Subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetUse {
    /// Who has addresses.
    pub holders: Vec<Holder>,
    /// Everything that IPAM may hand out.
    pub hosts: RangeSet,
    /// Of that, what is set aside: excludeIps and gateways.
    pub excluded: RangeSet,
    /// Addresses of pools, by pool.
    pub pools: Vec<(String, RangeSet)>,
}

/// The order in which kinds are told.
const KINDS: [&str; 8] =
    ["pods", "nodes", "reservations", "vips", "vips lent to pods", "ovn-eips", "iptables-eips", "the interconnection"];

impl SubnetUse {
    /// The use of `subnet`, as far as it was read.
    #[must_use]
    pub fn of(world: &World, subnet: &Subnet) -> Self {
        let name = subnet.metadata.name.as_str();
        let mut found = Self::default();
        if let Ok(cidr) = SubnetCidr::parse(&subnet.spec.cidr_block) {
            found.hosts = cidr.families().filter_map(|family| cidr.hosts(family)).collect();
        }
        let aside = subnet.spec.exclude_ips.iter().map(String::as_str).chain(subnet.spec.gateway.split(','));
        found.excluded = RangeSet::read(aside).0.intersect(&found.hosts);
        let mut at: BTreeMap<(usize, String), usize> = BTreeMap::new();
        world.holdings(subnet, "", |address, owner| {
            let Some((kind, name)) = kind(owner()) else { return };
            let holders = &mut found.holders;
            let index = *at.entry((kind, name.clone())).or_insert(holders.len());
            if index == holders.len() {
                holders.push(Holder { kind: KINDS[kind], name, addresses: Vec::new() });
            }
            holders[index].addresses.push(address);
        });
        let pools = world.pools.known().into_iter().flatten().filter(|pool| pool.spec.subnet == name);
        found.pools = pools
            .map(|pool| (pool.metadata.name.clone(), RangeSet::read(pool.spec.ips.iter().map(String::as_str)).0))
            .collect();
        found
    }

    /// Names of who has addresses, by kind, in a fixed order. The interconnection goes with the Subnet, and is none.
    #[must_use]
    pub fn kinds(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut kinds: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for holder in self.holders.iter().filter(|holder| holder.kind != "the interconnection") {
            let at = KINDS.iter().position(|kind| *kind == holder.kind).unwrap_or_default();
            kinds.entry(at).or_default().push(holder.name.clone());
        }
        kinds.into_iter().map(|(at, names)| (KINDS[at], names)).collect()
    }

    /// Every address that somebody has.
    #[must_use]
    pub fn held(&self) -> RangeSet {
        self.holders.iter().flat_map(|holder| holder.addresses.iter().copied()).collect()
    }

    /// What is left: neither set aside nor held. Pools are part of it.
    #[must_use]
    pub fn free(&self) -> RangeSet {
        self.hosts.subtract(&self.excluded).subtract(&self.held())
    }

    /// Every address that is in a pool.
    #[must_use]
    pub fn pooled(&self) -> RangeSet {
        self.pools.iter().flat_map(|(_, ranges)| ranges.ranges().iter().copied()).collect()
    }

    /// The largest run of free addresses of a family that are in no pool: given out unasked, and free for another pool.
    #[must_use]
    pub fn largest(&self, family: Family) -> Option<AddressRange> {
        let free = self.free().subtract(&self.pooled()).only(family);
        free.ranges().iter().copied().max_by_key(|range| (range.count(), std::cmp::Reverse(range.first())))
    }
}

/// The place of its kind in [`KINDS`], and its name; `None` for what goes with the Subnet, or is not there yet.
fn kind(owner: Owner) -> Option<(usize, String)> {
    let (kind, name) = match owner {
        Owner::Ip(name) if name.starts_with("u2o-interconnection.") => ("the interconnection", name),
        // the port of a pod has a dot, that of a node has none
        Owner::Ip(name) if name.starts_with("node-") && !name.contains('.') => ("nodes", name),
        Owner::Ip(name) => ("pods", name),
        Owner::Reservation(name) => ("reservations", name),
        Owner::Vip(name) => ("vips", name),
        Owner::LentVip(name, _) => ("vips lent to pods", name),
        Owner::OvnEip(name) => ("ovn-eips", name),
        Owner::IptablesEip(name) => ("iptables-eips", name),
        Owner::Planned(_) | Owner::PlannedIp(_) | Owner::RouterPort(_) | Owner::Interconnection => return None,
    };
    Some((KINDS.iter().position(|one| *one == kind)?, name))
}

/// Names in a line; of many the first eight.
#[must_use]
pub fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{} ({}{more})", names.len(), shown.join(", "))
}

/// Ranges as the controller writes them in a status: `a-b,c`.
#[must_use]
pub fn book(text: &str) -> RangeSet {
    RangeSet::read(text.replace('-', "..").split(',')).0
}
