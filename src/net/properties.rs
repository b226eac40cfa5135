//! Laws that hold for every input.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
    ]
}

/// Small ranges near both ends of both families, so that they meet often.
fn near_range() -> impl Strategy<Value = AddressRange> {
    (0..4u8, 0..40u32, 0..12u32).prop_map(|(place, start, length)| {
        let (start, end) = (start, (start + length).min(50));
        let address = |offset: u32| match place {
            0 => IpAddr::V4(Ipv4Addr::from_bits(offset)),
            1 => IpAddr::V4(Ipv4Addr::from_bits(u32::MAX - 50 + offset)),
            2 => IpAddr::V6(Ipv6Addr::from_bits(u128::from(offset))),
            _ => IpAddr::V6(Ipv6Addr::from_bits(u128::MAX - 50 + u128::from(offset))),
        };
        AddressRange::between(address(start), address(end)).unwrap_or(AddressRange::single(address(start)))
    })
}

fn near_set() -> impl Strategy<Value = RangeSet> {
    prop::collection::vec(near_range(), 0..6).prop_map(|ranges| ranges.into_iter().collect())
}

/// Every address that [`near_range`] can make.
fn universe() -> impl Iterator<Item = IpAddr> {
    (0..=50u32).flat_map(|offset| {
        [
            IpAddr::V4(Ipv4Addr::from_bits(offset)),
            IpAddr::V4(Ipv4Addr::from_bits(u32::MAX - 50 + offset)),
            IpAddr::V6(Ipv6Addr::from_bits(u128::from(offset))),
            IpAddr::V6(Ipv6Addr::from_bits(u128::MAX - 50 + u128::from(offset))),
        ]
    })
}

fn is_merged(set: &RangeSet) -> bool {
    *set == set.ranges().iter().copied().collect::<RangeSet>()
}

proptest! {
    #[test]
    fn canonical_is_a_fixed_point(address in any_address()) {
        let text = canonical(&address);
        if let Ok(parsed) = parse_address(&text) {
            prop_assert_eq!(parsed, address);
            prop_assert_eq!(canonical(&parsed), text.clone());
        } else {
            prop_assert!(matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some()));
        }
        prop_assert_eq!(text.to_lowercase(), text);
    }

    #[test]
    fn no_parser_panics(text in prop_oneof![any::<String>(), "[0-9a-fA-F:./,% -]{0,40}"]) {
        let _ = (parse_address(&text), Pair::parse(&text), Pair::read(&text), SubnetCidr::parse(&text), AddressRange::parse_exclude(&text), AddressRange::parse_pool(&text));
        let _ = (text.parse::<Mac>(), check_label(&text), check_subdomain(&text));
        let _ = (did_you_mean(&text, ["ovn-default", "join"]), RangeSet::read(text.split(',')));
    }

    #[test]
    fn what_a_parser_takes_it_takes_again(text in "[0-9a-f:./,]{0,24}") {
        if let Ok(pair) = Pair::parse(&text) { prop_assert_eq!(Pair::parse(&pair.to_string()), Ok(pair)); }
        if let Ok(cidr) = SubnetCidr::parse(&text) { prop_assert_eq!(SubnetCidr::parse(&cidr.to_string()), Ok(cidr)); }
        if let Ok(range) = AddressRange::parse_pool(&text) { prop_assert_eq!(AddressRange::parse_pool(&range.to_string()), Ok(range)); }
    }

    #[test]
    fn a_mac_survives_its_text(octets in any::<[u8; 6]>()) {
        let text = octets.map(|octet| format!("{octet:02X}")).join(":");
        match text.parse::<Mac>() {
            Ok(mac) => { prop_assert_eq!(mac.octets(), octets); prop_assert_eq!(mac.to_string(), text.to_lowercase()); }
            Err(error) => prop_assert!(matches!(error, MacError::Multicast(_) | MacError::Zero)),
        }
    }

    #[test]
    fn small_networks_agree_with_counting(base in any::<u32>(), six in any::<bool>(), free_bits in 1..=8u8) {
        let text = if six { format!("{}/{}", Ipv6Addr::from_bits(u128::from(base) << 4), 128 - free_bits) } else { format!("{}/{}", Ipv4Addr::from_bits(base), 32 - free_bits) };
        let Ok(cidr) = SubnetCidr::parse(&text) else { return Err(TestCaseError::fail(text)); };
        let all: Vec<_> = cidr.networks().flat_map(|network| network.iter()).collect();
        prop_assert_eq!(all.len(), 1 << free_bits);
        prop_assert!(all.iter().all(|address| cidr.contains(address)));
        let hosts: Vec<_> = all.iter().copied().filter(|address| cidr.placement(address) == Placement::Host).collect();
        let family = if six { Family::V6 } else { Family::V4 };
        prop_assert_eq!(u128::try_from(hosts.len()).unwrap_or(0), cidr.host_count(family));
        prop_assert_eq!(hosts, cidr.hosts(family).into_iter().flat_map(|hosts| hosts.addresses()).collect::<Vec<_>>());
    }

    #[test]
    fn sets_agree_with_asking_each_address(left in near_set(), right in near_set()) {
        let (union, difference, both) = (left.union(&right), left.subtract(&right), left.intersect(&right));
        for address in universe() {
            let (l, r) = (left.contains(&address), right.contains(&address));
            prop_assert_eq!(union.contains(&address), l || r);
            prop_assert_eq!(difference.contains(&address), l && !r);
            prop_assert_eq!(both.contains(&address), l && r);
        }
        prop_assert!(is_merged(&union) && is_merged(&difference) && is_merged(&both));
        prop_assert_eq!(&difference.union(&both), &left);
        prop_assert_eq!(union.subtract(&right), difference);
        let counted = left.addresses().count();
        prop_assert_eq!(u128::try_from(counted).unwrap_or(0), left.count(Family::V4) + left.count(Family::V6));
        prop_assert_eq!(&left.addresses().collect::<RangeSet>(), &left);
        let (read, errors) = RangeSet::read(left.to_string().split(','));
        // an IPv4-mapped address cannot be among these, so all can be read back
        prop_assert!(errors.is_empty());
        prop_assert_eq!(read, left);
    }

    #[test]
    fn a_valid_name_is_a_valid_label_when_short_and_dotless(name in "[a-z0-9.-]{1,70}") {
        let expected = name.len() <= 63 && !name.contains('.');
        prop_assert_eq!(check_label(&name).is_ok(), expected && check_subdomain(&name).is_ok());
        let parts_fine = name.split('.').all(|part| !part.is_empty() && !part.starts_with('-') && !part.ends_with('-'));
        prop_assert_eq!(check_subdomain(&name).is_ok(), parts_fine);
    }
}
