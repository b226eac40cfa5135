//! Rules about `gateway` (Kube-OVN: pkg/controller/subnet.go, `formatGateway`; pkg/util/validator.go, `ValidateSubnet`).

use super::SubnetIntent;
use crate::check::{Finding, codes};
use crate::net::{Family, Placement, SubnetCidr, canonical, parse_address};

/// KO533: one address a family, IPv4 first, each of them a host of the subnet.
pub(super) fn inside(intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    let wrong =
        |what: String| Finding::new(codes::KO533, what).hint(format!("leave gateway out, or write {}", first(&cidr)));
    let gateway = intent.spec.gateway.as_str();
    let mut found: Vec<Family> = Vec::new();
    let mut findings = Vec::new();
    for part in gateway.split(',') {
        let address = match parse_address(part) {
            Ok(address) => address,
            Err(reason) => {
                findings.push(wrong(format!("gateway {reason}")));
                continue;
            }
        };
        let family = Family::of(&address);
        if found.contains(&family) {
            findings.push(wrong(format!("gateway {gateway} has two addresses of {family}")));
            continue;
        }
        found.push(family);
        if part.chars().any(char::is_uppercase) {
            findings.push(
                Finding::new(
                    codes::KO533,
                    format!("gateway {part} has upper-case letters, which the controller refuses"),
                )
                .hint(format!("write {}", canonical(&address))),
            );
        }
        match cidr.placement(&address) {
            Placement::Outside => findings.push(wrong(format!("gateway {part} lies outside {cidr}"))),
            Placement::First => {
                findings.push(wrong(format!("gateway {part} is the first address of its network, which is nobody's")));
            }
            Placement::Last => {
                findings.push(wrong(format!("gateway {part} is the last address of its network, which is nobody's")));
            }
            Placement::Host => {}
        }
    }
    if findings.is_empty() {
        findings.extend(both_families(intent, &found, &cidr).map(wrong));
    }
    findings
}

/// In a subnet of both families: both, IPv4 first, or IPv4 alone. To IPv6 alone the controller adds the IPv4 one in front, does not find what
/// it looks for, and adds it again, as fast as it can.
fn both_families(intent: &SubnetIntent, found: &[Family], cidr: &SubnetCidr) -> Option<String> {
    // of one that is written IPv6 first the order is the other one, and another rule tells it
    if cidr.families().count() < 2 || intent.spec.cidr_block.split(',').next().is_some_and(|first| first.contains(':'))
    {
        return None;
    }
    let gateway = &intent.spec.gateway;
    match found {
        [Family::V6] => Some(format!(
            "gateway {gateway} leaves IPv4 out: the controller completes it again and again without an end, and other subnets wait meanwhile"
        )),
        [Family::V6, Family::V4] => {
            Some(format!("gateway {gateway} is written IPv6 first: the subnet never gets ready"))
        }
        _ => None,
    }
}

/// The gateways that the controller chooses when none is written.
fn first(cidr: &SubnetCidr) -> String {
    let hosts = cidr.families().filter_map(|family| cidr.hosts(family));
    hosts.map(|hosts| canonical(&hosts.first())).collect::<Vec<_>>().join(",")
}
