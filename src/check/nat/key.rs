//! What two rules must not share, and the names that follow from it: of two people who bind the same thing at the same moment
//! the API server lets one win.

use ipnetwork::IpNetwork;

use crate::net::{Family, parse_address};

/// Name of the FIP of an EIP: an EIP has one.
#[must_use]
pub fn fip_name(eip: &str) -> String {
    eip.to_owned()
}

/// Name of the DNAT of a port: an EIP forwards each port of each protocol once. `protocol` in lower case.
#[must_use]
pub fn dnat_name(eip: &str, protocol: &str, external_port: &str) -> String {
    format!("{eip}-{protocol}-{external_port}")
}

/// Name of the SNAT of a source: a Subnet's name, an IP's, or an address or CIDR as text. What a name cannot hold becomes `-`.
#[must_use]
pub fn snat_name(eip: &str, source: &str) -> String {
    let source = match parse_source(source) {
        Err(_) => source.to_owned(),
        // all eight groups: the shorthand can begin and end with colons
        Ok(IpNetwork::V6(network)) => {
            let groups: Vec<String> = network.network().segments().iter().map(|group| format!("{group:x}")).collect();
            let length = if network.prefix() == 128 { String::new() } else { format!("-{}", network.prefix()) };
            groups.join("-") + &length
        }
        Ok(network) => logical_ip(&network),
    };
    let kept = source.chars().map(|c| if c.is_ascii_alphanumeric() || ".-".contains(c) { c } else { '-' });
    format!("{eip}-{}", kept.collect::<String>().to_lowercase())
}

/// Reads the source of a SNAT: one address, or a CIDR. Bits behind the mask are kept, as they were written.
///
/// # Errors
///
/// What is wrong with the text.
pub fn parse_source(text: &str) -> Result<IpNetwork, String> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address = parse_address(address).map_err(|reason| reason.to_string())?;
    let longest = Family::of(&address).bits();
    let length = match length {
        None => longest,
        Some(digits) => {
            let plain = digits.chars().all(|c| c.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
            let length = digits.parse::<u8>().ok().filter(|length| plain && *length <= longest);
            length.ok_or_else(|| format!("`{text}` has no prefix length from 0 to {longest}"))?
        }
    };
    IpNetwork::new(address, length).map_err(|_| format!("`{text}` is no CIDR"))
}

/// The network of a source, bits behind the mask removed: two sources of one network are one source to OVN.
#[must_use]
pub fn network_of(source: &IpNetwork) -> IpNetwork {
    IpNetwork::new(source.network(), source.prefix()).unwrap_or(*source)
}

/// `logical_ip` of a source as OVN writes it: an address alone without its length.
#[must_use]
pub fn logical_ip(source: &IpNetwork) -> String {
    let network = network_of(source);
    let single = network.prefix() == Family::of(&network.ip()).bits();
    if single { network.ip().to_string() } else { network.to_string() }
}

/// Whether one of two networks holds the other.
#[must_use]
pub fn overlap(one: &IpNetwork, other: &IpNetwork) -> bool {
    let (wide, narrow) = if one.prefix() <= other.prefix() { (one, other) } else { (other, one) };
    wide.is_ipv4() == narrow.is_ipv4() && wide.contains(narrow.ip())
}

/// Reads a port: 1 to 65535, as digits without a leading zero.
///
/// # Errors
///
/// What is wrong with the text.
pub fn parse_port(text: &str) -> Result<u16, String> {
    let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if !digits {
        return Err(format!("`{text}` is no number"));
    }
    match text.parse::<u16>() {
        Ok(0) | Err(_) => Err(format!("{text} is not from 1 to 65535")),
        Ok(_) if text.starts_with('0') => Err(format!("{text} begins with a zero")),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_what_rules_must_not_share() {
        assert_eq!(fip_name("e1"), "e1");
        assert_eq!(dnat_name("e1", "tcp", "8080"), "e1-tcp-8080");
        assert_eq!(snat_name("e1", "vpc1-subnet1"), "e1-vpc1-subnet1");
        assert_eq!(snat_name("e1", "192.168.0.5/24"), "e1-192.168.0.0-24");
        assert_eq!(snat_name("e1", "192.168.0.5/32"), "e1-192.168.0.5");
        assert_eq!(snat_name("e1", "fd00:66::/64"), "e1-fd00-66-0-0-0-0-0-0-64");
    }

    #[test]
    fn a_name_is_one_that_kubernetes_takes() {
        for source in ["192.168.0.0/24", "fd00::/8", "::/0", "::", "web-1.vpc1", "0.0.0.0/0"] {
            let name = snat_name("e1", source);
            assert!(crate::net::check_subdomain(&name).is_ok(), "{source}: {name}");
        }
    }

    #[test]
    fn a_source_is_an_address_or_a_cidr_and_nothing_else() {
        for text in [
            "",
            "abc",
            "192.168.0.0/33",
            "192.168.0.0/",
            "192.168.0.0/024",
            "192.168.0.0/+4",
            "1.2.3/24",
            " 1.2.3.4",
            "192.168.0.062",
            "1.2.3.4/24/24",
        ] {
            assert!(parse_source(text).is_err(), "{text}");
        }
        let with_host_bits = parse_source("192.168.0.5/24").ok();
        assert_eq!(with_host_bits.as_ref().map(logical_ip).as_deref(), Some("192.168.0.0/24"));
    }

    #[test]
    fn networks_overlap_when_one_holds_the_other() {
        let overlaps = |one: &str, other: &str| match (parse_source(one), parse_source(other)) {
            (Ok(one), Ok(other)) => overlap(&one, &other) && overlap(&other, &one),
            _ => false,
        };
        assert!(overlaps("192.168.0.0/24", "192.168.0.7"));
        assert!(overlaps("192.168.0.9/24", "192.168.0.128/25"));
        assert!(!overlaps("192.168.0.0/24", "192.168.1.0/24"));
        assert!(!overlaps("0.0.0.0/0", "fd00::/8"));
    }

    #[test]
    fn a_port_is_digits_in_its_range() {
        assert_eq!(parse_port("1"), Ok(1));
        assert_eq!(parse_port("65535"), Ok(65535));
        for text in ["", "0", "65536", "080", " 80", "80 ", "+80", "80-90", "abc", "99999999999"] {
            assert!(parse_port(text).is_err(), "{text}");
        }
    }
}
