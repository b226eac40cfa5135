//! Rules about `excludeIps` (Kube-OVN: pkg/controller/subnet.go, `formatExcludeIPRanges`; pkg/util/validator.go, `ValidateSubnet`).

use super::SubnetIntent;
use crate::check::{Finding, codes};
use crate::net::{AddressRange, RangeSet};

/// KO534: addresses and ranges `first..last`.
pub(super) fn written(intent: &SubnetIntent) -> Vec<Finding> {
    let items = intent.spec.exclude_ips.iter();
    let wrong = items.filter_map(|item| {
        let reason = AddressRange::parse_exclude(item).err()?;
        Some(
            Finding::new(
                codes::KO534,
                format!("excludeIps: {reason}; the controller writes the list anew with what it made of that"),
            )
            .hint("write each item as an address, or as FIRST..LAST"),
        )
    });
    wrong.collect()
}

/// KO535: inside the subnet, or they exclude nothing.
pub(super) fn inside(intent: &SubnetIntent) -> Vec<Finding> {
    let Some(cidr) = intent.cidr() else { return Vec::new() };
    let all: RangeSet = cidr.networks().map(|network| AddressRange::of_network(&network)).collect();
    let mut findings = Vec::new();
    for item in &intent.spec.exclude_ips {
        let Ok(range) = AddressRange::parse_exclude(item) else { continue };
        let outside = RangeSet::from_iter([range]).subtract(&all);
        if outside.is_empty() {
            continue;
        }
        let what = if outside.ranges() == [range] { "lies" } else { "lies partly" };
        findings.push(
            Finding::new(codes::KO535, format!("excludeIps: {item} {what} outside {cidr}, where it has no effect"))
                .hint(format!("take {outside} out")),
        );
    }
    let free: RangeSet = cidr.families().filter_map(|family| cidr.hosts(family)).collect();
    let set_aside = RangeSet::read(intent.spec.exclude_ips.iter().map(String::as_str)).0;
    if findings.is_empty() && !free.is_empty() && free.subtract(&set_aside).is_empty() {
        findings.push(
            Finding::new(codes::KO535, format!("excludeIps take all of {cidr}: no address is ever given unasked"))
                .hint("leave some addresses out of excludeIps"),
        );
    }
    findings
}
