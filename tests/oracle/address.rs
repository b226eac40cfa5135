//! Just enough arithmetic of addresses to say whose one is.

use crate::oracle::tools::text;
use crate::oracle::world::World;
use std::net::IpAddr;

/// A CIDR block.
struct Net {
    first: u128,
    last: u128,
    v4: bool,
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

impl Net {
    fn parse(block: &str) -> Option<Self> {
        let (address, length) = block.trim().split_once('/')?;
        let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
        let rest = (if address.is_ipv4() { 32 } else { 128_u32 }).checked_sub(length)?;
        let mask = 1_u128.checked_shl(rest).map_or(u128::MAX, |size| size - 1);
        Some(Self { first: number(address) & !mask, last: number(address) | mask, v4: address.is_ipv4() })
    }
}

/// One spelling for an address; anything else stays as it is.
pub(crate) fn canonical(address: &str) -> String {
    address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), |address| address.to_string())
}

fn net(text: &str) -> Option<Net> {
    let text = text.trim();
    let whole = if text.contains(':') { 128 } else { 32 };
    Net::parse(&if text.contains('/') { text.to_owned() } else { format!("{text}/{whole}") })
}

/// Have two blocks, or an address and a block, anything in common?
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    matches!((net(one), net(other)), (Some(one), Some(other)) if one.v4 == other.v4 && one.first <= other.last && other.first <= one.last)
}

/// Is all of a block in another?
pub(crate) fn within(inner: &str, outer: &str) -> bool {
    matches!((net(inner), net(outer)), (Some(inner), Some(outer)) if inner.v4 == outer.v4 && outer.first <= inner.first && inner.last <= outer.last)
}

fn blocks(world: &World, subnet: &str) -> Vec<Net> {
    world
        .subnet(subnet)
        .map_or_else(Vec::new, |subnet| text(subnet, "/spec/cidrBlock").split(',').filter_map(Net::parse).collect())
}

/// Has the subnet so few addresses that two cases would be in each other's way?
pub(crate) fn scarce(world: &World, subnet: &str) -> bool {
    blocks(world, subnet).iter().any(|net| net.last - net.first < 32)
}

/// Is it one of those that are given first to who asks for any?
pub(crate) fn near_the_beginning(world: &World, subnet: &str, address: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let near = |net: &Net| {
        net.v4 == address.is_ipv4() && number(address).checked_sub(net.first).is_some_and(|place| place < 48)
    };
    blocks(world, subnet).iter().any(near)
}

/// Who holds an address of a subnet before the case comes.
pub(crate) fn owners(world: &World, subnet: &str, address: &str) -> Vec<String> {
    let Ok(wanted) = address.parse::<IpAddr>() else { return Vec::new() };
    let is = |text: &str| text.parse() == Ok(wanted);
    let mut all = Vec::new();
    for (kind, home, v4, v6) in [
        ("IP", "/spec/subnet", "/spec/v4IpAddress", "/spec/v6IpAddress"),
        ("Vip", "/spec/subnet", "/status/v4ip", "/status/v6ip"),
        ("OvnEip", "/spec/externalSubnet", "/status/v4Ip", "/status/v6Ip"),
    ] {
        let holds =
            world.of_kind(kind).filter(|one| text(one, home) == subnet && (is(text(one, v4)) || is(text(one, v6))));
        all.extend(holds.map(|one| format!("{kind} {}", text(one, "/metadata/name"))));
    }
    if let Some(found) = world.subnet(subnet) {
        if text(found, "/spec/gateway").split(',').any(|gateway| is(gateway.trim())) {
            all.push(format!("the gateway of {subnet}"));
        }
        for net in
            text(found, "/spec/cidrBlock").split(',').filter_map(Net::parse).filter(|net| net.v4 == wanted.is_ipv4())
        {
            if number(wanted) == net.first {
                all.push(format!("the network {subnet} itself"));
            } else if net.v4 && number(wanted) == net.last {
                all.push(format!("the broadcasts of {subnet}"));
            }
        }
    }
    all
}

/// What is wrong with a MAC that the controller takes all the same, and whether firmly.
pub(crate) fn odd_mac(mac: &str) -> Option<(bool, &'static str)> {
    let bytes = |by: char| -> Option<Vec<u8>> {
        let parts: Vec<_> = mac.split(by).collect();
        let all = parts.len() == 6 && parts.iter().all(|part| part.len() == 2);
        all.then(|| parts.iter().map(|part| u8::from_str_radix(part, 16).ok()).collect()).flatten()
    };
    match (mac.is_empty(), bytes(':').as_deref()) {
        (true, _) => None,
        (_, Some([0, 0, 0, 0, 0, 0])) => Some((false, "no interface has the zero address")),
        (_, Some([first, ..])) => (first & 1 == 1).then_some((false, "no interface has a multicast address")),
        _ if bytes('-').is_some() => Some((false, "OVN knows only colons")),
        _ => Some((true, "it is none")),
    }
}
