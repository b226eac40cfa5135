//! Which rows of OVN carry out a rule, by what its status says was written.

use super::nat_rule::NatRule;
use crate::ovn::northbound::{LoadBalancer, Nat, Northbound, front};

/// The NAT row that a FIP or SNAT is carried out by.
#[must_use]
pub fn row_of<'n>(rule: &NatRule, northbound: &'n Northbound) -> Option<&'n Nat> {
    match rule {
        NatRule::Fip(_) => of_key(rule, northbound).into_iter().next(),
        NatRule::Snat(_) => own_row(rule, northbound),
        NatRule::Dnat(_) => None,
    }
}

/// The row that says exactly what a FIP or SNAT says.
#[must_use]
pub fn own_row<'n>(rule: &NatRule, northbound: &'n Northbound) -> Option<&'n Nat> {
    let says = |row: &&Nat| {
        rule.external_addresses().any(|one| one == row.external_ip)
            && rule.inside_addresses().any(|one| one == row.logical_ip)
    };
    of_key(rule, northbound).into_iter().find(says)
}

/// All rows of the key of a FIP or SNAT on its router, whatever they say.
#[must_use]
pub fn of_key<'n>(rule: &NatRule, northbound: &'n Northbound) -> Vec<&'n Nat> {
    let has_key = |row: &&Nat| match rule {
        NatRule::Fip(_) => row.kind == "dnat_and_snat" && rule.external_addresses().any(|one| one == row.external_ip),
        NatRule::Snat(_) => row.kind == "snat" && rule.inside_addresses().any(|one| one == row.logical_ip),
        NatRule::Dnat(_) => false,
    };
    northbound.nats_of(&rule.status().vpc).filter(has_key).collect()
}

/// The load balancer a DNAT is carried out by, when it still has the DNAT's front end.
#[must_use]
pub fn balancer_of<'n>(rule: &NatRule, northbound: &'n Northbound) -> Option<&'n LoadBalancer> {
    let fronts = fronts(rule);
    let mut named = northbound.load_balancers.iter().filter(|row| row.name == rule.name());
    named.find(|row| fronts.iter().any(|(front, _)| row.vips.contains_key(front)))
}

/// The front ends and back ends of a DNAT, as OVN writes them: `10.5.204.101:80`, `[fd00::1]:80`.
#[must_use]
pub fn fronts(rule: &NatRule) -> Vec<(String, String)> {
    let status = rule.status();
    let pairs = [(&status.v4_eip, &status.v4_ip), (&status.v6_eip, &status.v6_ip)];
    let pairs = pairs.into_iter().filter(|(external, inside)| !external.is_empty() && !inside.is_empty());
    pairs
        .map(|(external, inside)| (front(external, &status.external_port), front(inside, &status.internal_port)))
        .collect()
}

/// Whether OVN still has anything that the controller wrote for a rule.
#[must_use]
pub fn is_there(rule: &NatRule, northbound: &Northbound) -> bool {
    row_of(rule, northbound).is_some() || balancer_of(rule, northbound).is_some()
}
