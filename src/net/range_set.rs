//! A set of addresses of both families, held as merged ranges: what is excluded, used, pooled or free.

use std::fmt;
use std::net::IpAddr;

use super::family::{Family, to_number};
use super::range::{AddressRange, RangeError};

/// Addresses as ranges that neither overlap nor touch, sorted: IPv4 before IPv6, ascending.
///
/// A `/64` takes as much room as one address, so all of IPv6 can be reckoned with. Two equal sets hold equal ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeSet {
    ranges: Vec<AddressRange>,
}

impl RangeSet {
    /// Reads what the cluster returned (`excludeIps`, a pool's `ips`, a status' `a,b..c` list split at commas): what can be read is in the
    /// set, what cannot is told.
    pub fn read<'a>(items: impl IntoIterator<Item = &'a str>) -> (Self, Vec<RangeError>) {
        let mut errors = Vec::new();
        let ranges = items
            .into_iter()
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .filter_map(|item| AddressRange::parse_pool(item).map_err(|error| errors.push(error)).ok());
        let set = ranges.collect();
        (set, errors)
    }

    /// The ranges, merged and sorted.
    #[must_use]
    pub fn ranges(&self) -> &[AddressRange] {
        &self.ranges
    }

    /// Whether there is no address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the address is in the set: a binary search.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        let (family, number) = (Family::of(address), to_number(address));
        let after = self.ranges.partition_point(|range| (range.family(), range.numbers().0) <= (family, number));
        after.checked_sub(1).and_then(|index| self.ranges.get(index)).is_some_and(|range| range.contains(address))
    }

    /// The number of addresses of a family; 2^128 is told as 2^128 − 1.
    #[must_use]
    pub fn count(&self, family: Family) -> u128 {
        self.ranges
            .iter()
            .filter(|range| range.family() == family)
            .fold(0, |sum, range| sum.saturating_add(range.count()))
    }

    /// All addresses in ascending order, IPv4 first, made one by one: take only as many as you need.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.ranges.iter().flat_map(AddressRange::addresses)
    }

    /// The part of one family.
    #[must_use]
    pub fn only(&self, family: Family) -> Self {
        Self { ranges: self.ranges.iter().filter(|range| range.family() == family).copied().collect() }
    }

    /// The addresses in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.ranges.iter().chain(&other.ranges).copied().collect()
    }

    /// The addresses in this set and not in the other, in time linear in both.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut holes = other.ranges.iter().peekable();
        for range in &self.ranges {
            let family = range.family();
            let (mut start, last) = range.numbers();
            let mut rest = true;
            while let Some(hole) = holes.peek() {
                let (hole_first, hole_last) = hole.numbers();
                if (hole.family(), hole_last) < (family, start) {
                    holes.next();
                    continue;
                }
                if (hole.family(), hole_first) > (family, last) {
                    break;
                }
                if hole_first > start {
                    ranges.push(AddressRange::of_numbers(family, start, hole_first - 1));
                }
                // the hole may reach into the next range: it stays
                if hole_last >= last {
                    rest = false;
                    break;
                }
                start = hole_last + 1;
                holes.next();
            }
            if rest {
                ranges.push(AddressRange::of_numbers(family, start, last));
            }
        }
        Self { ranges }
    }

    /// The addresses in both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        self.subtract(&self.subtract(other))
    }
}

impl FromIterator<AddressRange> for RangeSet {
    fn from_iter<I: IntoIterator<Item = AddressRange>>(ranges: I) -> Self {
        let mut sorted: Vec<_> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<AddressRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(before)
                    if before.family() == range.family()
                        && range.numbers().0 <= before.numbers().1.saturating_add(1) =>
                {
                    let (first, last) = before.numbers();
                    *before = AddressRange::of_numbers(range.family(), first, last.max(range.numbers().1));
                }
                _ => merged.push(range),
            }
        }
        Self { ranges: merged }
    }
}

impl FromIterator<IpAddr> for RangeSet {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addresses: I) -> Self {
        addresses.into_iter().map(AddressRange::single).collect()
    }
}

/// `a,b..c`, as Kube-OVN's `…availableIPrange` in a Subnet's status.
impl fmt::Display for RangeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.ranges.iter().enumerate() {
            write!(formatter, "{}{range}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> RangeSet {
        RangeSet::read(items.iter().copied()).0
    }

    #[test]
    fn touching_and_overlapping_ranges_become_one() {
        assert_eq!(
            set(&["10.0.0.5..10.0.0.9", "10.0.0.10", "fd00::1", "10.0.0.1..10.0.0.6", "10.0.0.12"]).to_string(),
            "10.0.0.1..10.0.0.10,10.0.0.12,fd00::1"
        );
        assert_eq!(
            set(&["255.255.255.255", "::", "::/0"]).to_string(),
            "255.255.255.255,::..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        );
    }

    #[test]
    fn unreadable_items_are_told_and_passed_over() {
        let (read, errors) = RangeSet::read(["10.0.0.1", "", "10.0.0.9..10.0.0.2", " 10.0.0.3 "]);
        assert_eq!((read.to_string().as_str(), errors.len()), ("10.0.0.1,10.0.0.3", 1));
    }

    #[test]
    fn free_is_hosts_less_excluded_less_used() {
        let free = set(&["10.0.0.1..10.0.0.14", "fd00::/64"]).subtract(&set(&[
            "10.0.0.1",
            "10.0.0.5..10.0.0.7",
            "10.0.0.14",
            "fd00::..fd00::ff",
            "fd00:0:0:1::/64",
        ]));
        assert_eq!(free.to_string(), "10.0.0.2..10.0.0.4,10.0.0.8..10.0.0.13,fd00::100..fd00::ffff:ffff:ffff:ffff");
        assert_eq!(free.count(Family::V6), (1 << 64) - 256);
        assert_eq!(free.addresses().nth(9).map(|address| address.to_string()), Some("fd00::100".into()));
        assert_eq!(free.only(Family::V4).count(Family::V6), 0);
    }

    #[test]
    fn the_ends_of_ipv6_do_not_overflow() {
        let everything = set(&["::/0"]);
        assert_eq!(
            everything.subtract(&set(&["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"])).count(Family::V6),
            u128::MAX - 1
        );
        assert!(everything.subtract(&everything).is_empty());
        assert_eq!(everything.addresses().nth(2).map(|address| address.to_string()), Some("::2".into()));
    }
}
