//! What a ready rule asks for against what was written for it: an edit of a ready rule has no effect (docs/kube-ovn-behaviour.md).

use crate::api::{DnatSpec, FipSpec, OvnDnatRule, OvnFip, OvnSnatRule, TargetSpec};
use crate::check::Difference;
use crate::net::{parse_address, parse_network};
use crate::ovn::northbound::Nat;
use crate::world::nat_rule::NatRule;

/// The fields of a ready rule's spec that were edited since: [`Difference::is`] is what OVN was written with. Addresses behind a name
/// are not looked at, nor the EIP's: those change under a rule that nobody edited. `row` is the NAT row of a FIP, which alone tells
/// its type.
#[must_use]
pub fn spec_vs_written(rule: &NatRule, row: Option<&Nat>) -> Vec<Difference> {
    let status = rule.status();
    if !status.ready {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut compare = |field, is: &str, asked: &str, alike: fn(&str, &str) -> bool| {
        // a field that is not written, such as the IPv6 address of a FIP, says nothing
        if !is.is_empty() && !asked.is_empty() && !alike(is, asked) {
            found.push(Difference { field, is: is.to_owned(), asked: asked.to_owned() });
        }
    };
    match rule {
        NatRule::Fip(OvnFip { spec: FipSpec { target, .. }, .. })
        | NatRule::Dnat(OvnDnatRule { spec: DnatSpec { target, .. }, .. })
            if target.ip_name.is_empty() =>
        {
            let TargetSpec { vpc, v4_ip, v6_ip, .. } = target;
            compare("vpc", &status.vpc, vpc, same_text);
            compare("v4Ip", &status.v4_ip, v4_ip, same_address);
            compare("v6Ip", &status.v6_ip, v6_ip, same_address);
        }
        NatRule::Snat(OvnSnatRule { spec, .. }) if !(spec.v4_ip_cidr.is_empty() && spec.v6_ip_cidr.is_empty()) => {
            compare("vpc", &status.vpc, &spec.vpc, same_text);
            compare("v4IpCidr", &status.v4_ip_cidr, &spec.v4_ip_cidr, same_network);
            compare("v6IpCidr", &status.v6_ip_cidr, &spec.v6_ip_cidr, same_network);
        }
        _ => {}
    }
    match rule {
        NatRule::Dnat(OvnDnatRule { spec, .. }) => {
            compare("protocol", &status.protocol, &spec.protocol, str::eq_ignore_ascii_case);
            compare("externalPort", &status.external_port, &spec.external_port, same_text);
            compare("internalPort", &status.internal_port, &spec.internal_port, same_text);
        }
        NatRule::Fip(OvnFip { spec, .. }) => {
            if let Some(row) = row {
                let word = |distributed| if distributed { "distributed" } else { "centralized" };
                // anything but `distributed` makes a centralized one
                let asked = if spec.kind.is_empty() { "" } else { word(spec.kind == "distributed") };
                compare("type", word(row.is_stateless()), asked, same_text);
            }
        }
        NatRule::Snat(_) => {}
    }
    found
}

fn same_text(one: &str, other: &str) -> bool {
    one == other
}

fn same_address(one: &str, other: &str) -> bool {
    one == other || parse_address(one).is_ok_and(|one| parse_address(other).is_ok_and(|other| one == other))
}

fn same_network(one: &str, other: &str) -> bool {
    // an address alone and one with its whole length are the same source
    let network = |text: &str| parse_network(text).ok().or_else(|| Some(parse_address(text).ok()?.into()));
    one == other || network(one).is_some_and(|one| network(other) == Some(one))
}
