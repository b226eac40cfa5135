//! One inclusive range of addresses: an item of `excludeIps` (`a`, `a..b`) or of an `IPPool` (those, or a CIDR).

use std::fmt;
use std::net::IpAddr;

use ipnetwork::IpNetwork;

use super::address::{AddressError, parse_address};
use super::cidr::{CidrError, parse_network};
use super::family::{Family, from_number, to_number};

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// One end is no address.
    #[error("in the range {text:?}: {source}")]
    Address {
        /// The whole item.
        text: String,
        /// What is wrong with the address.
        source: AddressError,
    },
    /// The ends are of different families.
    #[error("the range {0:?} starts in one family and ends in the other")]
    MixedFamilies(String),
    /// The end lies before the start.
    #[error("the range {0:?} ends before it starts")]
    Reversed(String),
    /// A CIDR where Kube-OVN takes only addresses and `a..b`.
    #[error("{text:?} is a CIDR, which excludeIps does not take: write {range:?}")]
    CidrNotAllowed {
        /// The whole item.
        text: String,
        /// The same addresses as a range.
        range: String,
    },
    /// A CIDR that cannot be read.
    #[error(transparent)]
    Cidr(#[from] CidrError),
}

/// The addresses from a first to a last, both included, of one family. Sorts by family, then by the first address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    family: Family,
    first: u128,
    last: u128,
}

impl AddressRange {
    /// Reads an item of `excludeIps`: `a` or `a..b` (Kube-OVN `pkg/util/validator.go`, `ValidateSubnet`).
    pub fn parse_exclude(text: &str) -> Result<Self, RangeError> {
        if text.contains('/') {
            let range = Self::of_network(&parse_network(text)?).to_string();
            return Err(RangeError::CidrNotAllowed { text: text.to_owned(), range });
        }
        let end =
            |part: &str| parse_address(part).map_err(|source| RangeError::Address { text: text.to_owned(), source });
        match text.split_once("..") {
            Some((first, last)) => Self::between(end(first)?, end(last)?),
            None => end(text).map(Self::single),
        }
    }

    /// Reads an item of `IPPool.spec.ips`: `a`, `a..b` or a CIDR, whose first and last address count too.
    pub fn parse_pool(text: &str) -> Result<Self, RangeError> {
        if text.contains('/') { Ok(Self::of_network(&parse_network(text)?)) } else { Self::parse_exclude(text) }
    }

    /// The range between two addresses of one family, the first not after the last.
    pub fn between(first: IpAddr, last: IpAddr) -> Result<Self, RangeError> {
        let family = Family::of(&first);
        let text = || format!("{first}..{last}");
        if family != Family::of(&last) {
            return Err(RangeError::MixedFamilies(text()));
        }
        if first > last {
            return Err(RangeError::Reversed(text()));
        }
        Ok(Self { family, first: to_number(&first), last: to_number(&last) })
    }

    /// The range of one address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        let number = to_number(&address);
        Self { family: Family::of(&address), first: number, last: number }
    }

    /// All addresses of a network, the first and last included.
    #[must_use]
    pub fn of_network(network: &IpNetwork) -> Self {
        let (first, last) = match network {
            IpNetwork::V4(v4) => (IpAddr::V4(v4.network()), IpAddr::V4(v4.broadcast())),
            IpNetwork::V6(v6) => (IpAddr::V6(v6.network()), IpAddr::V6(v6.broadcast())),
        };
        Self { family: Family::of(&first), first: to_number(&first), last: to_number(&last) }
    }

    /// From numbers of which the caller knows that they are in order and fit the family.
    pub(crate) fn of_numbers(family: Family, first: u128, last: u128) -> Self {
        Self { family, first, last }
    }

    /// The ends as numbers.
    pub(crate) fn numbers(&self) -> (u128, u128) {
        (self.first, self.last)
    }

    /// The family of both ends.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// The first address.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        from_number(self.family, self.first)
    }

    /// The last address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        from_number(self.family, self.last)
    }

    /// Whether the address is one of these.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        self.family == Family::of(address) && (self.first..=self.last).contains(&to_number(address))
    }

    /// Whether an address is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.family == other.family && self.first <= other.last && other.first <= self.last
    }

    /// The number of addresses. Exact, but that the whole of IPv6 (2^128) is told as 2^128 − 1.
    #[must_use]
    pub fn count(&self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }

    /// The addresses in ascending order, made one by one.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let family = self.family;
        (self.first..=self.last).map(move |number| from_number(family, number))
    }
}

/// `a` or `a..b`, canonical.
impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(formatter, "{}", self.first())
        } else {
            write!(formatter, "{}..{}", self.first(), self.last())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_as_kube_ovn_writes_them() -> Result<(), RangeError> {
        for (text, shown, count) in [
            ("10.0.0.1", "10.0.0.1", 1),
            ("10.0.0.5..10.0.0.10", "10.0.0.5..10.0.0.10", 6),
            ("FD00::A..fd00::14", "fd00::a..fd00::14", 11),
            ("10.0.0.9..10.0.0.9", "10.0.0.9", 1),
        ] {
            let range = AddressRange::parse_exclude(text)?;
            assert_eq!((range.to_string().as_str(), range.count()), (shown, count));
            assert_eq!(AddressRange::parse_pool(text)?, range);
        }
        assert_eq!(AddressRange::parse_pool("10.0.0.77/30")?.to_string(), "10.0.0.76..10.0.0.79");
        assert_eq!(AddressRange::parse_pool("fd00::/64")?.count(), 1 << 64);
        assert_eq!(AddressRange::parse_pool("::/0")?.count(), u128::MAX);
        assert_eq!(AddressRange::parse_pool("0.0.0.0/0")?.count(), 1 << 32);
        Ok(())
    }

    #[test]
    fn wrong_items_are_refused_with_the_reason() {
        let sentence = |text: &str| {
            AddressRange::parse_exclude(text)
                .map_or_else(|error| error.to_string(), |range| format!("accepted as {range}"))
        };
        insta::assert_snapshot!(
            ["", "..", "10.0.0.1..", "10.0.0.1..10.0.0.0", "10.0.0.1..fd00::1", "10.0.0.1...10.0.0.3", "10.0.0.1-10.0.0.9", "10.0.0.0/30", "10.0.0.0/99"].map(sentence).join("\n"),
            @r#"
        in the range "": the address is empty
        in the range "..": the address is empty
        in the range "10.0.0.1..": the address is empty
        the range "10.0.0.1..10.0.0.0" ends before it starts
        the range "10.0.0.1..fd00::1" starts in one family and ends in the other
        in the range "10.0.0.1...10.0.0.3": ".10.0.0.3" is not an IP address
        in the range "10.0.0.1-10.0.0.9": "10.0.0.1-10.0.0.9" is not an IP address
        "10.0.0.0/30" is a CIDR, which excludeIps does not take: write "10.0.0.0..10.0.0.3"
        "10.0.0.0/99" needs a prefix length from 0 to 32
        "#
        );
    }
}
