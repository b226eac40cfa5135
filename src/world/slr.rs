//! What OVN has to have of a `SwitchLBRule`.

use crate::api::SwitchLbRule;
use crate::ovn::northbound::front;

/// The front ends of a rule that OVN's load balancers do not have, or have without back ends.
#[must_use]
pub fn lacking(rule: &SwitchLbRule, fronts: &[(String, String)]) -> Vec<String> {
    let vips = rule.spec.vip.split(',').filter(|vip| !vip.is_empty());
    let wanted = vips.flat_map(|vip| rule.spec.ports.iter().map(move |port| front(vip, &port.port.to_string())));
    wanted.filter(|wanted| !fronts.iter().any(|(have, ends)| have == wanted && !ends.is_empty())).collect()
}
