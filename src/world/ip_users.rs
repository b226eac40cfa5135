//! Who uses an IP object besides its pod: rules that point at it by name.

use super::users::User;
use crate::api::{Ip, OvnDnatRule, OvnFip, OvnSnatRule};

/// The rules that could point at an IP.
#[derive(Clone, Debug, Default)]
pub struct IpCandidates {
    /// Floating IPs.
    pub fips: Vec<OvnFip>,
    /// Forwarded ports.
    pub dnats: Vec<OvnDnatRule>,
    /// Rules for what leaves.
    pub snats: Vec<OvnSnatRule>,
}

impl IpCandidates {
    /// The rules that use `ip`, by name.
    #[must_use]
    pub fn users_of(&self, ip: &Ip) -> Vec<User> {
        let name = ip.metadata.name.as_str();
        let points = |spec: &crate::api::TargetSpec| spec.ip_type != "vip" && spec.ip_name == name;
        let user = |kind, name: &str, how: String| User { kind, name: name.to_owned(), how, may_hold: false };
        let fips = self.fips.iter().filter(|rule| points(&rule.spec.target));
        let dnats = self.dnats.iter().filter(|rule| points(&rule.spec.target));
        let snats = self.snats.iter().filter(|rule| rule.spec.ip_name == name);
        fips.map(|rule| user("ovn-fip", &rule.metadata.name, format!("points {} at it", rule.spec.target.ovn_eip)))
            .chain(dnats.map(|rule| {
                user(
                    "ovn-dnat-rule",
                    &rule.metadata.name,
                    format!("points a port of {} at it", rule.spec.target.ovn_eip),
                )
            }))
            .chain(snats.map(|rule| {
                user("ovn-snat-rule", &rule.metadata.name, format!("lets it leave as {}", rule.spec.ovn_eip))
            }))
            .collect()
    }
}
