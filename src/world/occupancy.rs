//! Every address of a Subnet at once: who has it, or why nobody gets it unasked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::owner::Owner;
use super::{World, lenient};
use crate::api::Subnet;
use crate::net::{AddressRange, Family, RangeSet, SubnetCidr};

/// What becomes of an address, in one word. The order is that of a legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// Several hold it that should not.
    Twice,
    /// A pod, VM or node has it.
    Pod,
    /// Reserved for a pod or VM.
    Reservation,
    /// A Vip, lent to a pod or not.
    Vip,
    /// An EIP of either family.
    Eip,
    /// A router port of OVN's own, or the underlay-to-overlay port.
    Router,
    /// The gateway.
    Gateway,
    /// Network or broadcast address: never given out.
    End,
    /// In `excludeIps`: given to who names it.
    Excluded,
    /// In an `IPPool`: given to who names the address or the pool.
    Pool,
    /// Given to anybody.
    Free,
}

impl Use {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 11] = [
        Self::Pod,
        Self::Reservation,
        Self::Vip,
        Self::Eip,
        Self::Router,
        Self::Gateway,
        Self::Twice,
        Self::Excluded,
        Self::Pool,
        Self::End,
        Self::Free,
    ];

    /// One letter for it.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Twice => '!',
            Self::Pod => 'p',
            Self::Reservation => 'r',
            Self::Vip => 'v',
            Self::Eip => 'e',
            Self::Router => 'l',
            Self::Gateway => 'g',
            Self::End => '-',
            Self::Excluded => 'x',
            Self::Pool => 'o',
            Self::Free => '.',
        }
    }

    /// What it is called in a legend.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Twice => "held twice",
            Self::Pod => "pod, VM or node",
            Self::Reservation => "reserved",
            Self::Vip => "Vip",
            Self::Eip => "EIP",
            Self::Router => "router port",
            Self::Gateway => "gateway",
            Self::End => "network, broadcast",
            Self::Excluded => "excluded",
            Self::Pool => "in a pool",
            Self::Free => "free",
        }
    }

    /// What it is called in reports that programs read.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Pod => "pod",
            Self::Reservation => "reservation",
            Self::Vip => "vip",
            Self::Eip => "eip",
            Self::Router => "routerPort",
            Self::Gateway => "gateway",
            Self::End => "end",
            Self::Excluded => "excluded",
            Self::Pool => "pool",
            Self::Free => "free",
        }
    }

    /// Whether somebody has it.
    #[must_use]
    pub fn is_held(self) -> bool {
        matches!(self, Self::Twice | Self::Pod | Self::Reservation | Self::Vip | Self::Eip | Self::Router)
    }
}

/// A Subnet with everything that is known of its addresses.
#[derive(Clone, Debug, Default)]
pub struct Occupancy {
    /// Its CIDRs as ranges, IPv4 first, their ends included.
    pub blocks: Vec<AddressRange>,
    /// What IPAM could give out of them.
    hosts: RangeSet,
    /// Who holds an address; one outside of the blocks is here too.
    pub held: BTreeMap<IpAddr, Vec<Owner>>,
    gateways: BTreeSet<IpAddr>,
    excluded: RangeSet,
    pooled: RangeSet,
}

impl World {
    /// Every address of a Subnet. Sources that are not known contribute nothing.
    #[must_use]
    pub fn occupancy(&self, subnet: &Subnet) -> Occupancy {
        let cidr = SubnetCidr::parse(&subnet.spec.cidr_block).ok();
        let mut held: BTreeMap<IpAddr, Vec<Owner>> = BTreeMap::new();
        self.holdings(subnet, "", |address, owner| held.entry(address).or_default().push(owner()));
        Occupancy {
            blocks: cidr
                .iter()
                .flat_map(SubnetCidr::networks)
                .map(|network| AddressRange::of_network(&network))
                .collect(),
            hosts: cidr.iter().flat_map(|cidr| cidr.families().filter_map(|family| cidr.hosts(family))).collect(),
            held,
            gateways: subnet.spec.gateway.split(',').filter_map(lenient).collect(),
            excluded: RangeSet::read(subnet.spec.exclude_ips.iter().map(String::as_str)).0,
            pooled: self.pooled(&subnet.metadata.name),
        }
    }
}

impl Occupancy {
    /// What becomes of an address of the blocks.
    #[must_use]
    pub fn of(&self, address: IpAddr) -> Use {
        match self.held.get(&address).map_or(&[][..], Vec::as_slice) {
            [] if self.gateways.contains(&address) => Use::Gateway,
            [] if !self.hosts.contains(&address) => Use::End,
            [] if self.excluded.contains(&address) => Use::Excluded,
            [] if self.pooled.contains(&address) => Use::Pool,
            [] => Use::Free,
            [owner] => kind(owner),
            // the pod that a Vip lent its address to has it too
            [Owner::Ip(port), Owner::LentVip(_, lent)] | [Owner::LentVip(_, lent), Owner::Ip(port)] if port == lent => {
                Use::Vip
            }
            _ => Use::Twice,
        }
    }

    /// What is held outside of the blocks: the Subnet was changed, or somebody wrote it by hand.
    pub fn outside(&self) -> impl Iterator<Item = (&IpAddr, &Vec<Owner>)> {
        self.held.iter().filter(|(address, _)| !self.blocks.iter().any(|block| block.contains(address)))
    }

    /// The blocks cut into ranges of one use each, in order; held addresses stand alone.
    #[must_use]
    pub fn runs(&self) -> Vec<(AddressRange, Use)> {
        let single = |address: &IpAddr| AddressRange::single(*address);
        let alone: RangeSet = self.held.keys().chain(&self.gateways).map(single).collect();
        let blocks: RangeSet = self.blocks.iter().copied().collect();
        let named = self.held.keys().chain(&self.gateways).copied().collect::<BTreeSet<IpAddr>>();
        let mut runs: Vec<(AddressRange, Use)> = named
            .iter()
            .filter(|address| blocks.contains(address))
            .map(|address| (AddressRange::single(*address), self.of(*address)))
            .collect();
        let rest = blocks.subtract(&alone);
        let ends = rest.subtract(&self.hosts);
        let rest = rest.subtract(&ends);
        let excluded = rest.intersect(&self.excluded);
        let rest = rest.subtract(&excluded);
        let pooled = rest.intersect(&self.pooled);
        let free = rest.subtract(&pooled);
        for (set, what) in [(ends, Use::End), (excluded, Use::Excluded), (pooled, Use::Pool), (free, Use::Free)] {
            runs.extend(set.ranges().iter().map(|range| (*range, what)));
        }
        runs.sort_unstable();
        runs
    }

    /// How many addresses of a family have each use; a use that no address has is absent.
    #[must_use]
    pub fn counts(&self, family: Family) -> BTreeMap<Use, u128> {
        let mut counts = BTreeMap::new();
        for (range, what) in self.runs().into_iter().filter(|(range, _)| range.family() == family) {
            let count: &mut u128 = counts.entry(what).or_default();
            *count = count.saturating_add(range.count());
        }
        counts
    }
}

fn kind(owner: &Owner) -> Use {
    match owner {
        Owner::Ip(_) => Use::Pod,
        Owner::Reservation(_) | Owner::PlannedIp(_) => Use::Reservation,
        Owner::Vip(_) | Owner::LentVip(..) | Owner::Planned(_) => Use::Vip,
        Owner::OvnEip(_) | Owner::IptablesEip(_) => Use::Eip,
        Owner::RouterPort(_) | Owner::Interconnection => Use::Router,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Vip;
    use crate::world::{Held, Source};

    fn world() -> (World, Subnet) {
        let mut subnet = Subnet::default();
        subnet.metadata.name = "s".to_owned();
        subnet.spec.cidr_block = "10.0.0.0/28,fd00::/64".to_owned();
        subnet.spec.gateway = "10.0.0.1,fd00::1".to_owned();
        subnet.spec.exclude_ips = ["10.0.0.1..10.0.0.3", "10.0.0.9"].map(str::to_owned).to_vec();
        let held = |name: &str, v4: &str, reserved| Held {
            name: name.to_owned(),
            subnet: "s".to_owned(),
            v4: v4.to_owned(),
            reserved,
            ..Held::default()
        };
        let mut vip = Vip::default();
        vip.metadata.name = "lent".to_owned();
        vip.metadata.labels.insert(crate::api::names::LABEL_IP_RESERVED.to_owned(), "b.n".to_owned());
        vip.spec.subnet = "s".to_owned();
        vip.status.v4_ip = "10.0.0.5".to_owned();
        vip.status.mac = "00:00:00:00:00:01".to_owned();
        let ips = vec![
            held("a.n", "10.0.0.4", false),
            held("b.n", "10.0.0.5", false),
            held("c.n", "10.0.0.9", true),
            held("d.n", "10.0.0.6", false),
            held("e.n", "10.0.0.6", true),
        ];
        (World { ips: Source::Known(ips), vips: Source::Known(vec![vip]), ..World::default() }, subnet)
    }

    #[test]
    fn runs_cover_each_address_once_and_agree_with_single_answers() {
        let (world, subnet) = world();
        let occupancy = world.occupancy(&subnet);
        let runs = occupancy.runs();
        let shown: Vec<String> = runs.iter().map(|(range, what)| format!("{range}{}", what.letter())).collect();
        assert_eq!(
            shown.join(" "),
            "10.0.0.0- 10.0.0.1g 10.0.0.2..10.0.0.3x 10.0.0.4p 10.0.0.5v 10.0.0.6! 10.0.0.7..10.0.0.8. 10.0.0.9r \
             10.0.0.10..10.0.0.14. 10.0.0.15- fd00::- fd00::1g fd00::2..fd00::ffff:ffff:ffff:fffe. \
             fd00::ffff:ffff:ffff:ffff-"
        );
        for (range, what) in &runs {
            assert_eq!((occupancy.of(range.first()), occupancy.of(range.last())), (*what, *what));
        }
        let counts = occupancy.counts(Family::V4);
        assert_eq!(counts.values().sum::<u128>(), 16);
        assert_eq!(counts.get(&Use::Free), Some(&7));
    }
}
