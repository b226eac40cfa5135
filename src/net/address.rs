//! One address as a user types it, and the `v4,v6` pair.
//!
//! Kube-OVN answers `abc`, `192.168.0.60/24`, ` 192.168.0.61`, `192.168.0.062` or a list in `Vip.spec.v4ip` with a random address and no
//! word of it; IPv6 in upper case is refused only in the controller's log (both tried on a live control plane). Hence one strict parser.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::family::Family;

/// Why a text is not one address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("the address is empty")]
    Empty,
    /// White space before or after the address.
    #[error("{0:?} has white space around the address")]
    WhiteSpace(String),
    /// A list where one address belongs.
    #[error("{0:?} is a list where one address is expected")]
    List(String),
    /// An address with a prefix length.
    #[error("{text:?} has a mask: write {address:?}")]
    Mask {
        /// What was given.
        text: String,
        /// The part before the slash.
        address: String,
    },
    /// An IPv6 address with a zone (RFC 4007 §11), which means nothing to another host.
    #[error("{text:?} has a zone: write {address:?}")]
    Zone {
        /// What was given.
        text: String,
        /// The part before the percent sign.
        address: String,
    },
    /// A decimal part of an IPv4 address starts with a zero: octal to some readers, decimal to others, refused by Go.
    #[error("{text:?} has a part with leading zeros: write \"{decimal}\" if they mean nothing")]
    LeadingZero {
        /// What was given.
        text: String,
        /// The same parts read as decimal numbers.
        decimal: Ipv4Addr,
    },
    /// An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), which Go takes for IPv4.
    #[error("{text:?} is an IPv4 address in IPv6 form: write \"{v4}\"")]
    Mapped {
        /// What was given.
        text: String,
        /// The address it stands for.
        v4: Ipv4Addr,
    },
    /// Two addresses of one family where one of each may stand.
    #[error("{text:?} has two {family} addresses: at most one of each family")]
    FamilyTwice {
        /// What was given.
        text: String,
        /// The family that is there twice.
        family: Family,
    },
    /// Neither IPv4 nor IPv6.
    #[error("{0:?} is not an IP address")]
    Unparsable(String),
}

/// Reads one address exactly: nothing around it, no mask, no list, no zone, no leading zeros in IPv4.
///
/// IPv6 may be upper case or uncompressed; send [`canonical`] of the result.
pub fn parse_address(text: &str) -> Result<IpAddr, AddressError> {
    if text.trim().is_empty() {
        return Err(AddressError::Empty);
    }
    if text.contains([',', ';']) {
        return Err(AddressError::List(text.to_owned()));
    }
    if text.trim() != text {
        return Err(AddressError::WhiteSpace(text.to_owned()));
    }
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => Err(AddressError::Mapped { text: text.to_owned(), v4 }),
            None => Ok(IpAddr::V6(v6)),
        },
        Ok(v4) => Ok(v4),
        Err(_) => Err(explain(text)),
    }
}

fn explain(text: &str) -> AddressError {
    if let Some((address, _)) = text.split_once('/')
        && address.parse::<IpAddr>().is_ok()
    {
        return AddressError::Mask { text: text.to_owned(), address: address.to_owned() };
    }
    if let Some((address, _)) = text.split_once('%')
        && address.parse::<Ipv6Addr>().is_ok()
    {
        return AddressError::Zone { text: text.to_owned(), address: address.to_owned() };
    }
    match without_leading_zeros(text) {
        Some(decimal) => AddressError::LeadingZero { text: text.to_owned(), decimal },
        None => AddressError::Unparsable(text.to_owned()),
    }
}

fn without_leading_zeros(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// The one spelling that Kube-OVN, OVN and we use: IPv4 in decimal, IPv6 lower case and compressed (RFC 5952).
#[must_use]
pub fn canonical(address: &IpAddr) -> String {
    address.to_string()
}

/// At most one address of each family: what `spec.v4ip` and `spec.v6ip`, a gateway, or a pod's annotation hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// The IPv6 address.
    pub v6: Option<Ipv6Addr>,
}

impl Pair {
    /// Reads `v4`, `v6` or both with a comma between, in either order, each as strictly as [`parse_address`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut pair = Self::default();
        for part in text.split(',') {
            let address = parse_address(part)?;
            if pair.get(Family::of(&address)).is_some() {
                return Err(AddressError::FamilyTwice { text: text.to_owned(), family: Family::of(&address) });
            }
            pair.set(address);
        }
        Ok(pair)
    }

    /// Reads what the cluster returned: white space, masks and unreadable parts are passed over, the first address of a family counts.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut pair = Self::default();
        for part in text.split([',', ';']) {
            let address = part.split('/').next().unwrap_or_default().trim();
            if let Ok(address) = address.parse::<IpAddr>()
                && pair.get(Family::of(&address.to_canonical())).is_none()
            {
                pair.set(address.to_canonical());
            }
        }
        pair
    }

    /// The address of a family.
    #[must_use]
    pub fn get(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.v4.map(IpAddr::V4),
            Family::V6 => self.v6.map(IpAddr::V6),
        }
    }

    /// Puts the address in the place of its family.
    pub fn set(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.v4 = Some(v4),
            IpAddr::V6(v6) => self.v6 = Some(v6),
        }
    }

    /// The addresses that are there, IPv4 first.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let Self { v4, v6 } = *self;
        v4.map(IpAddr::V4).into_iter().chain(v6.map(IpAddr::V6))
    }

    /// Whether neither family has an address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_none() && self.v6.is_none()
    }
}

/// `v4`, `v6` or `v4,v6`, canonical; nothing when empty.
impl fmt::Display for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.iter().enumerate() {
            write!(formatter, "{}{address}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse_address(text).map_or_else(|error| error.to_string(), |address| format!("accepted as {address}"))
    }

    #[test]
    fn each_wrong_spelling_gets_its_own_sentence() {
        insta::assert_snapshot!(
            [
                "", "  ", "192.168.0.60/24", "fd00::1/64", " 192.168.0.61", "192.168.0.61\n", "192.168.0.062", "10.77.0.52,fd00:77::52", "1.2.3.4;1.2.3.5", "fe80::1%eth0",
                "::ffff:192.168.0.1", "abc", "192.168.0", "192.168.0.256", "1.2.3.4.5", "fd00:::1", "web/24", "1.2.3.4:80", "[::1]", "0x7f.0.0.1", "\u{661}.2.3.4",
            ]
            .map(refusal)
            .join("\n"),
            @r#"
        the address is empty
        the address is empty
        "192.168.0.60/24" has a mask: write "192.168.0.60"
        "fd00::1/64" has a mask: write "fd00::1"
        " 192.168.0.61" has white space around the address
        "192.168.0.61\n" has white space around the address
        "192.168.0.062" has a part with leading zeros: write "192.168.0.62" if they mean nothing
        "10.77.0.52,fd00:77::52" is a list where one address is expected
        "1.2.3.4;1.2.3.5" is a list where one address is expected
        "fe80::1%eth0" has a zone: write "fe80::1"
        "::ffff:192.168.0.1" is an IPv4 address in IPv6 form: write "192.168.0.1"
        "abc" is not an IP address
        "192.168.0" is not an IP address
        "192.168.0.256" is not an IP address
        "1.2.3.4.5" is not an IP address
        "fd00:::1" is not an IP address
        "web/24" is not an IP address
        "1.2.3.4:80" is not an IP address
        "[::1]" is not an IP address
        "0x7f.0.0.1" is not an IP address
        "١.2.3.4" is not an IP address
        "#
        );
    }

    #[test]
    fn ipv6_is_lowered_and_compressed() -> Result<(), AddressError> {
        for (typed, expected) in [
            ("FD00:66::52", "fd00:66::52"),
            ("fd00:0066:0:0:0:0:0:52", "fd00:66::52"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("0:0:0:0:0:0:0:0", "::"),
        ] {
            assert_eq!(canonical(&parse_address(typed)?), expected);
        }
        Ok(())
    }

    #[test]
    fn a_pair_is_read_in_either_order_and_written_v4_first() -> Result<(), AddressError> {
        assert_eq!(Pair::parse("fd00::1,10.0.0.1")?.to_string(), "10.0.0.1,fd00::1");
        assert_eq!(Pair::parse("10.0.0.1")?, Pair { v4: Some(Ipv4Addr::new(10, 0, 0, 1)), v6: None });
        assert_eq!(
            Pair::parse("10.0.0.1,10.0.0.2"),
            Err(AddressError::FamilyTwice { text: "10.0.0.1,10.0.0.2".into(), family: Family::V4 })
        );
        assert_eq!(Pair::parse("10.0.0.1,"), Err(AddressError::Empty));
        assert_eq!(Pair::parse("10.0.0.1, fd00::1"), Err(AddressError::WhiteSpace(" fd00::1".into())));
        Ok(())
    }

    #[test]
    fn the_clusters_text_is_read_leniently() {
        assert_eq!(Pair::read(" 10.0.0.1/24, FD00::1/64,nonsense").to_string(), "10.0.0.1,fd00::1");
        assert_eq!(Pair::read("::ffff:10.0.0.1").to_string(), "10.0.0.1");
        assert!(Pair::read("").is_empty());
    }
}
