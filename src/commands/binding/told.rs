//! What rules do, and did, in words.

use super::super::Context;
use crate::cluster::nat::NatView;
use crate::ovn::northbound::Northbound;
use crate::world::nat_rows::row_of;
use crate::world::nat_rule::{NatRule, pointed_at};

/// What a rule did that is deleted.
pub(in super::super) fn old_way(rule: &NatRule) -> String {
    match rule {
        NatRule::Snat(_) => format!("had {} leave with oeip/{}", rule.leads_to(), rule.eip()),
        _ => format!("led to {}", rule.leads_to()),
    }
}

/// What a ready rule does.
pub(super) fn in_words(rule: &NatRule) -> String {
    let status = rule.status();
    let external = rule.external_addresses().next().unwrap_or_default();
    let inside = rule.inside_addresses().next().unwrap_or_default();
    match rule {
        NatRule::Fip(_) => format!("{external} <-> {inside} ({})", rule.leads_to()),
        NatRule::Snat(_) => format!("{inside} in vpc/{} leaves as {external}", status.vpc),
        NatRule::Dnat(dnat) => format!(
            "{} {external}:{} -> {inside}:{} ({})",
            status.protocol,
            status.external_port,
            status.internal_port,
            pointed_at(&dnat.spec.target)
        ),
    }
}

/// Who is outside keeps the MAC that answered for the address before (docs/kube-ovn-behaviour.md).
pub(super) fn neighbours(
    context: &Context<'_>,
    moved: &[NatRule],
    ready: &[(NatRule, bool)],
    old: &Northbound,
    view: &NatView,
) {
    for (rule, _) in ready.iter().filter(|(rule, _)| matches!(rule, NatRule::Fip(_))) {
        let before = moved.iter().find(|one| one.noun() == "fip" && one.eip() == rule.eip());
        let before = before.and_then(|one| row_of(one, old));
        let (Some(before), Some(now)) = (before, row_of(rule, &view.northbound)) else { continue };
        if before.external_mac == now.external_mac {
            continue;
        }
        let of = |mac: &str| if mac.is_empty() { "the router's MAC".to_owned() } else { mac.to_owned() };
        context.ui.warning(&format!(
            "{} answers with {} now, and with {} before: who spoke to it from outside reaches it again when the entry in its ARP table has aged",
            now.external_ip,
            of(&now.external_mac),
            of(&before.external_mac)
        ));
    }
}
