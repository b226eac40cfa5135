//! `cidrBlock` of a Subnet: one CIDR, or one of each family.

use std::fmt;
use std::net::IpAddr;

use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};

use super::address::{AddressError, parse_address};
use super::family::{Family, Protocol, from_number, to_number};
use super::range::AddressRange;

/// Why a text is no `cidrBlock`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// The part before the slash is no address.
    #[error("in the CIDR {text:?}: {source}")]
    Address {
        /// The whole item.
        text: String,
        /// What is wrong with the address.
        source: AddressError,
    },
    /// No slash.
    #[error("{0:?} has no prefix length: write it as {0}/N")]
    NoPrefix(String),
    /// The part after the slash is no prefix length of the family.
    #[error("{text:?} needs a prefix length from 0 to {bits}")]
    Prefix {
        /// The whole item.
        text: String,
        /// The family's number of bits.
        bits: u8,
    },
    /// A prefix of the whole length has no host (Kube-OVN `pkg/util/net.go`, `InvalidNetworkMask`).
    #[error("{0:?} is a single address, and Kube-OVN refuses it as a subnet")]
    SingleAddress(String),
    /// Two networks of one family, or more than two.
    #[error("{text:?} has two {family} networks: at most one of each family")]
    FamilyTwice {
        /// The whole text.
        text: String,
        /// The family that is there twice.
        family: Family,
    },
}

/// Where an address lies with respect to a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// In none of the subnet's networks, or the subnet lacks the family. Kube-OVN: `AddressOutOfRange`.
    Outside,
    /// The first address of the network: IPv4's network address, IPv6's subnet-router anycast address (RFC 4291 §2.6.1).
    First,
    /// The last address of the network: IPv4's broadcast address. Kube-OVN leaves it out of IPv6 as well.
    Last,
    /// An address that IPAM may hand out.
    Host,
}

/// The networks of a Subnet, each reduced to its network address.
///
/// Kube-OVN's IPAM counts from the second to the last but one address **in both families** (`pkg/util/net.go`, `FirstIP`, `LastIP`), so
/// the first and last address of an IPv6 network are refused with `AddressOutOfRange` exactly as IPv4's network and broadcast address are
/// (`pkg/ipam/subnet.go`, `GetStaticAddress`: in the CIDR, but in no pool). In a `/31` and a `/127` both addresses are hosts.
///
/// `v6,v4` is read too; note that Kube-OVN 1.16 takes the first of two for IPv4 (`NewSubnet`), so we always write IPv4 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubnetCidr {
    v4: Option<Ipv4Network>,
    v6: Option<Ipv6Network>,
}

impl SubnetCidr {
    /// Reads `v4`, `v6`, `v4,v6` or `v6,v4`. Host bits are cleared, as Kube-OVN does; spaces around the comma are passed over.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let mut cidr = Self { v4: None, v6: None };
        for part in text.split(',') {
            let network = parse_network(part.trim())?;
            if network.prefix() == Family::of(&network.ip()).bits() {
                return Err(CidrError::SingleAddress(part.trim().to_owned()));
            }
            let twice = match network {
                IpNetwork::V4(v4) => cidr.v4.replace(v4).map(|_| Family::V4),
                IpNetwork::V6(v6) => cidr.v6.replace(v6).map(|_| Family::V6),
            };
            if let Some(family) = twice {
                return Err(CidrError::FamilyTwice { text: text.to_owned(), family });
            }
        }
        Ok(cidr)
    }

    /// Which families there are, in Kube-OVN's word for it.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match (self.v4, self.v6) {
            (Some(_), Some(_)) => Protocol::Dual,
            (Some(_), None) => Protocol::IPv4,
            _ => Protocol::IPv6,
        }
    }

    /// The families, IPv4 first.
    pub fn families(&self) -> impl Iterator<Item = Family> + use<> {
        self.networks().map(|network| Family::of(&network.ip()))
    }

    /// The networks, IPv4 first.
    pub fn networks(&self) -> impl Iterator<Item = IpNetwork> + use<> {
        let Self { v4, v6 } = *self;
        v4.map(IpNetwork::V4).into_iter().chain(v6.map(IpNetwork::V6))
    }

    /// The network of a family.
    #[must_use]
    pub fn network(&self, family: Family) -> Option<IpNetwork> {
        match family {
            Family::V4 => self.v4.map(IpNetwork::V4),
            Family::V6 => self.v6.map(IpNetwork::V6),
        }
    }

    /// Whether the address is in the network of its family, be it allocatable or not.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        self.placement(address) != Placement::Outside
    }

    /// Where the address lies; only [`Placement::Host`] can be allocated.
    #[must_use]
    pub fn placement(&self, address: &IpAddr) -> Placement {
        let Some(network) = self.network(Family::of(address)).filter(|network| network.contains(*address)) else {
            return Placement::Outside;
        };
        let all = AddressRange::of_network(&network);
        if hosts_of(&network).contains(address) {
            Placement::Host
        } else if *address == all.first() {
            Placement::First
        } else {
            Placement::Last
        }
    }

    /// The addresses of a family that IPAM may hand out, before `excludeIps` are taken off.
    #[must_use]
    pub fn hosts(&self, family: Family) -> Option<AddressRange> {
        self.network(family).map(|network| hosts_of(&network))
    }

    /// The number of [`Self::hosts`] (Kube-OVN `AddressCountBigInt`); 0 when the subnet lacks the family.
    #[must_use]
    pub fn host_count(&self, family: Family) -> u128 {
        self.hosts(family).map_or(0, |hosts| hosts.count())
    }
}

/// `v4`, `v6` or `v4,v6`.
impl fmt::Display for SubnetCidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.networks().enumerate() {
            write!(formatter, "{}{network}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// Reads one CIDR, host bits cleared; `/32` and `/128` are allowed here.
///
/// The address is parsed as strictly as [`parse_address`]; masks such as `/255.255.0.0` and prefixes such as `/+8` or `/08` are refused, as Go does.
pub fn parse_network(text: &str) -> Result<IpNetwork, CidrError> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    let address = parse_address(address).map_err(|source| CidrError::Address { text: text.to_owned(), source })?;
    if !text.contains('/') {
        return Err(CidrError::NoPrefix(text.to_owned()));
    }
    let bits = Family::of(&address).bits();
    let wrong = || CidrError::Prefix { text: text.to_owned(), bits };
    let plain = prefix.bytes().all(|byte| byte.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let prefix: u8 = prefix.parse().ok().filter(|prefix| plain && *prefix <= bits).ok_or_else(wrong)?;
    let network = IpNetwork::new(address, prefix).map_err(|_| wrong())?;
    IpNetwork::new(network.network(), prefix).map_err(|_| wrong())
}

fn hosts_of(network: &IpNetwork) -> AddressRange {
    let all = AddressRange::of_network(network);
    if all.count() <= 2 {
        return all;
    }
    let family = all.family();
    AddressRange::between(
        from_number(family, to_number(&all.first()) + 1),
        from_number(family, to_number(&all.last()) - 1),
    )
    .unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dual_subnet_is_read_in_either_order() -> Result<(), CidrError> {
        let cidr = SubnetCidr::parse("fd00:10:16::/112,10.16.3.4/16")?;
        assert_eq!(cidr.to_string(), "10.16.0.0/16,fd00:10:16::/112");
        assert_eq!(cidr.protocol(), Protocol::Dual);
        assert_eq!((cidr.host_count(Family::V4), cidr.host_count(Family::V6)), (65_534, 65_534));
        Ok(())
    }

    #[test]
    fn first_and_last_are_no_hosts_in_either_family() -> Result<(), CidrError> {
        let cidr = SubnetCidr::parse("10.0.0.0/24,fd00::/64")?;
        for (address, expected) in [
            ("10.0.0.0", Placement::First),
            ("10.0.0.1", Placement::Host),
            ("10.0.0.255", Placement::Last),
            ("10.0.1.0", Placement::Outside),
            ("fd00::", Placement::First),
            ("fd00::ffff:ffff:ffff:ffff", Placement::Last),
            ("fd00::ffff", Placement::Host),
        ] {
            assert_eq!(parse_address(address).map(|address| cidr.placement(&address)), Ok(expected), "{address}");
        }
        let pair = SubnetCidr::parse("10.0.0.0/31,fd00::/127")?;
        assert_eq!((pair.host_count(Family::V4), pair.host_count(Family::V6)), (2, 2));
        assert_eq!(SubnetCidr::parse("::/0")?.host_count(Family::V6), u128::MAX - 1);
        assert_eq!(SubnetCidr::parse("10.0.0.0/8")?.host_count(Family::V6), 0);
        Ok(())
    }

    #[test]
    fn wrong_blocks_are_refused_with_the_reason() {
        let sentence = |text: &str| {
            SubnetCidr::parse(text).map_or_else(|error| error.to_string(), |cidr| format!("accepted as {cidr}"))
        };
        insta::assert_snapshot!(
            ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/255.0.0.0", "10.0.0.1/32", "fd00::/129", "10.0.0.0/8,11.0.0.0/8", "10.0.0.0/8,", "10.0.0.00/8"].map(sentence).join("\n"),
            @r#"
        in the CIDR "": the address is empty
        "10.0.0.0" has no prefix length: write it as 10.0.0.0/N
        "10.0.0.0/33" needs a prefix length from 0 to 32
        "10.0.0.0/08" needs a prefix length from 0 to 32
        "10.0.0.0/255.0.0.0" needs a prefix length from 0 to 32
        "10.0.0.1/32" is a single address, and Kube-OVN refuses it as a subnet
        "fd00::/129" needs a prefix length from 0 to 128
        "10.0.0.0/8,11.0.0.0/8" has two IPv4 networks: at most one of each family
        in the CIDR "": the address is empty
        in the CIDR "10.0.0.00/8": "10.0.0.00" has a part with leading zeros: write "10.0.0.0" if they mean nothing
        "#
        );
    }
}
