//! Rules about `cidrBlock` (Kube-OVN: pkg/controller/subnet.go, `formatCIDR`; pkg/util/validator.go, `ValidateSubnet`).

use ipnetwork::IpNetwork;

use super::SubnetIntent;
use crate::check::{Finding, codes};
use crate::net::{AddressRange, Family, SubnetCidr, parse_address, parse_network};

/// Blocks that the controller takes for no subnet (Kube-OVN: pkg/util/const.go, `IPv4Broadcast` and those below).
const RESERVED: [(&str, &str); 9] = [
    ("255.255.255.255/32", "IPv4 broadcast"),
    ("224.0.0.0/4", "IPv4 multicast"),
    ("127.0.0.0/8", "IPv4 loopback"),
    ("0.0.0.0/32", "the address 0.0.0.0"),
    ("169.254.0.0/16", "IPv4 link-local"),
    ("::/128", "the address ::"),
    ("::1/128", "IPv6 loopback"),
    ("ff00::/8", "IPv6 multicast"),
    ("fe80::/10", "IPv6 link-local"),
];

/// KO530: one network, or one of each family with a comma between.
pub(super) fn written(intent: &SubnetIntent) -> Vec<Finding> {
    let cidr = intent.spec.cidr_block.as_str();
    let example = "write it as 10.40.0.0/24, or 10.40.0.0/24,fd00:40::/64 for both families";
    let told = |what: String| vec![Finding::new(codes::KO530, what).hint(example)];
    if cidr.is_empty() {
        return told("no cidrBlock: the controller tries for ever, and no condition says so".to_owned());
    }
    if cidr.contains(char::is_whitespace) {
        return told(format!(
            "cidrBlock {cidr:?} has white space: the controller tries for ever, and no condition says so"
        ));
    }
    match SubnetCidr::parse(cidr) {
        Ok(_) => Vec::new(),
        Err(reason) => told(format!("cidrBlock {reason}; the subnet never gets ready")),
    }
}

/// KO121: the controller takes the first of two for IPv4.
pub(super) fn ordered(intent: &SubnetIntent) -> Vec<Finding> {
    let swapped = intent.cidr().filter(|_| {
        let (first, second) = intent.spec.cidr_block.split_once(',').unwrap_or_default();
        first.contains(':') && !second.contains(':')
    });
    let Some(cidr) = swapped else { return Vec::new() };
    vec![
        Finding::new(
            codes::KO121,
            format!("cidrBlock {} is written IPv6 first: it gets ready with the families swapped, and no address can be asked for", intent.spec.cidr_block),
        )
        .hint(format!("write {cidr}")),
    ]
}

/// KO532: the controller clears the bits behind the prefix and writes the spec anew.
pub(super) fn no_host_bits(intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    let has = |part: &str| {
        let address = part.split('/').next().and_then(|text| parse_address(text).ok());
        parse_network(part).is_ok_and(|network| address.is_some_and(|address| address != network.network()))
    };
    if !intent.spec.cidr_block.split(',').any(has) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO532,
            format!(
                "cidrBlock {} has host bits: the controller writes {cidr}, and the manifest keeps differing",
                intent.spec.cidr_block
            ),
        )
        .hint(format!("write {cidr}")),
    ]
}

/// KO531: none of the blocks that are for something else.
pub(super) fn not_reserved(intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    let mut findings = Vec::new();
    for network in cidr.networks() {
        let range = AddressRange::of_network(&network);
        let hit = RESERVED.iter().find(|(block, _)| {
            parse_network(block).is_ok_and(|block| AddressRange::of_network(&block).overlaps(&range))
        });
        if let Some((block, what)) = hit {
            findings.push(
                Finding::new(codes::KO531, format!("{network} overlaps {what} ({block}): the controller refuses it"))
                    .hint(private(&network)),
            );
        }
    }
    findings
}

fn private(network: &IpNetwork) -> &'static str {
    match Family::of(&network.ip()) {
        Family::V4 => "choose one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
        Family::V6 => "choose one of fd00::/8",
    }
}
