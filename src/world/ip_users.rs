//! Who uses an IP object besides its pod: rules that point at it by name, or at its address.

use std::collections::BTreeMap;

use super::users::{User, aims_at};
use crate::api::nat::RuleStatus;
use crate::api::{Ip, OvnDnatRule, OvnFip, OvnSnatRule, TargetSpec};

/// The rules that could point at an IP.
#[derive(Clone, Debug, Default)]
pub struct IpCandidates {
    /// Floating IPs.
    pub fips: Vec<OvnFip>,
    /// Forwarded ports.
    pub dnats: Vec<OvnDnatRule>,
    /// Rules for what leaves.
    pub snats: Vec<OvnSnatRule>,
    /// VPCs of the IPs' Subnets, by Subnet; one that could not be read is not in it.
    pub vpcs: BTreeMap<String, String>,
}

impl IpCandidates {
    /// The rules that use `ip`.
    #[must_use]
    pub fn users_of(&self, ip: &Ip) -> Vec<User> {
        let name = ip.metadata.name.as_str();
        let user = |kind, name: &str, how: String| User { kind, name: name.to_owned(), how, may_hold: false };
        let mut users = Vec::new();
        for fip in &self.fips {
            if let Some(at) = self.points(ip, &fip.spec.target, &fip.status) {
                users.push(user("ovn-fip", &fip.metadata.name, format!("points {} at {at}", fip.spec.target.ovn_eip)));
            }
        }
        for dnat in &self.dnats {
            if let Some(at) = self.points(ip, &dnat.spec.target, &dnat.status) {
                let how = format!("points a port of {} at {at}", dnat.spec.target.ovn_eip);
                users.push(user("ovn-dnat-rule", &dnat.metadata.name, how));
            }
        }
        for snat in &self.snats {
            let spec = &snat.spec;
            // of several forms of a source the address wins, then the Subnet; a CIDR of more is about others too
            let typed = [&spec.v4_ip_cidr, &spec.v6_ip_cidr];
            let by_name = typed.iter().all(|text| text.is_empty()) && spec.vpc_subnet.is_empty();
            let of_rule = [&snat.status.vpc, &spec.vpc];
            if by_name && spec.ip_name == name || aims_at(ip.addresses(), typed, of_rule, self.vpc_of(ip)) {
                users.push(user("ovn-snat-rule", &snat.metadata.name, format!("lets it leave as {}", spec.ovn_eip)));
            }
        }
        users
    }

    /// At what of an IP a rule points: at it by name, or at its address.
    fn points(&self, ip: &Ip, spec: &TargetSpec, status: &RuleStatus) -> Option<&'static str> {
        if spec.ip_type != "vip" && spec.ip_name == ip.metadata.name {
            return Some("it");
        }
        let addresses = [&spec.v4_ip, &spec.v6_ip];
        let typed = addresses.into_iter().filter(|_| spec.ip_name.is_empty());
        let targets = typed.chain([&status.v4_ip, &status.v6_ip]);
        aims_at(ip.addresses(), targets, [&status.vpc, &spec.vpc], self.vpc_of(ip)).then_some("its address")
    }

    fn vpc_of(&self, ip: &Ip) -> Option<&String> {
        self.vpcs.get(&ip.spec.subnet)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn users(kind: &str, spec: &Value, vpc: Option<&str>) -> Vec<String> {
        let ip = json!({"metadata": {"name": "web.ns"}, "spec": {"subnet": "s", "v4IpAddress": "10.0.0.9", "v6IpAddress": "fd00::9"}});
        let ip: Ip = serde_json::from_value(ip).expect("an IP");
        let rule = json!({"metadata": {"name": "r"}, "spec": spec});
        let mut candidates = IpCandidates {
            vpcs: vpc.map(|vpc| ("s".to_owned(), vpc.to_owned())).into_iter().collect(),
            ..IpCandidates::default()
        };
        match kind {
            "fip" => candidates.fips.extend(serde_json::from_value(rule)),
            "dnat" => candidates.dnats.extend(serde_json::from_value(rule)),
            _ => candidates.snats.extend(serde_json::from_value(rule)),
        }
        candidates.users_of(&ip).into_iter().map(|user| user.how).collect()
    }

    #[test]
    fn a_rule_on_the_bare_address_uses_the_reservation_in_the_same_vpc() {
        let raw = |address: &str| json!({"ovnEip": "e", "vpc": "v", "v4Ip": address});
        for kind in ["fip", "dnat"] {
            assert_eq!(users(kind, &raw("10.0.0.9"), Some("v")).len(), 1, "{kind}");
            assert_eq!(users(kind, &raw("10.0.0.99"), Some("v")).len(), 0, "{kind}");
            assert_eq!(users(kind, &raw("10.0.0.9"), Some("other")).len(), 0, "{kind}");
            assert_eq!(users(kind, &raw("10.0.0.9"), None).len(), 1, "{kind}: a VPC that is not known may be any");
        }
        assert_eq!(users("fip", &raw("10.0.0.9"), Some("v")), ["points e at its address"]);
        assert_eq!(users("fip", &json!({"ovnEip": "e", "vpc": "v", "v6Ip": "fd00:0::9"}), Some("v")).len(), 1);
        // the name wins over the address beside it
        let beside = json!({"ovnEip": "e", "ipName": "other.ns", "v4Ip": "10.0.0.9"});
        assert_eq!(users("fip", &beside, Some("v")).len(), 0);
    }

    #[test]
    fn a_snat_of_the_one_address_uses_it_and_one_of_its_network_does_not() {
        let source = |cidr: &str| json!({"ovnEip": "e", "vpc": "v", "v4IpCidr": cidr});
        assert_eq!(users("snat", &source("10.0.0.9"), Some("v")), ["lets it leave as e"]);
        assert_eq!(users("snat", &source("10.0.0.9/32"), Some("v")).len(), 1);
        assert_eq!(users("snat", &source("10.0.0.0/24"), Some("v")).len(), 0);
        assert_eq!(users("snat", &source("10.0.0.9"), Some("other")).len(), 0);
        assert_eq!(users("snat", &json!({"ovnEip": "e", "ipName": "web.ns"}), Some("v")).len(), 1);
    }
}
