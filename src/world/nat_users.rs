//! Who uses an EIP or a gateway: every rule that names it in its spec, and every one whose label or status says that the controller
//! counts it there. Labels lag, and an edit of a ready rule's spec changes nothing in OVN: either alone would miss a user.

use crate::api::nat_kind::NatKind;
use crate::api::{
    IptablesDnatRule, IptablesEip, IptablesFipRule, IptablesSnatRule, Metadata, OvnDnatRule, OvnEip, OvnFip,
    OvnSnatRule, Resource as _, names,
};

/// A rule that uses an EIP, or an EIP that uses a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatUser {
    /// Its kind.
    pub kind: NatKind,
    /// Its metadata: name and uid for who deletes it, `deletionTimestamp` for who waits.
    pub metadata: Metadata,
    /// How it uses it, in words.
    pub how: String,
}

impl NatUser {
    /// `ofip/web`
    #[must_use]
    pub fn named(&self) -> String {
        self.kind.named(&self.metadata.name)
    }
}

/// Every rule there is, of both families.
#[derive(Clone, Debug, Default)]
pub struct NatRules {
    /// Floating IPs.
    pub fips: Vec<OvnFip>,
    /// Outgoing NAT.
    pub snats: Vec<OvnSnatRule>,
    /// Forwarded ports.
    pub dnats: Vec<OvnDnatRule>,
    /// Floating IPs of gateways.
    pub iptables_fips: Vec<IptablesFipRule>,
    /// Outgoing NAT of gateways.
    pub iptables_snats: Vec<IptablesSnatRule>,
    /// Forwarded ports of gateways.
    pub iptables_dnats: Vec<IptablesDnatRule>,
}

/// What ties a rule to an EIP.
struct Ties<'a> {
    kind: NatKind,
    metadata: &'a Metadata,
    /// Name in the spec.
    spec: &'a str,
    /// External addresses in the status.
    addresses: [&'a str; 2],
    /// What it does with the EIP.
    does: String,
}

impl Ties<'_> {
    /// How the rule uses the EIP of that name and these addresses, if it does.
    fn user_of(&self, eip: &str, addresses: &[&str]) -> Option<NatUser> {
        let has = |text: &str| !text.is_empty() && addresses.contains(&text);
        let by_spec = self.spec == eip;
        let why = if by_spec {
            ""
        } else if self.addresses.into_iter().any(has) {
            " (by its status; its spec names another)"
        } else if has(self.metadata.label(names::LABEL_EIP_V4)) || has(self.metadata.label(names::LABEL_EIP_V6)) {
            " (by its label; its spec names another)"
        } else if self.metadata.annotation(names::ANNOTATION_VPC_EIP) == eip && self.addresses == ["", ""] {
            // behind a status of another EIP's address the annotation is what an earlier edit left
            " (by its annotation; its spec names another)"
        } else {
            return None;
        };
        let how = format!("{}{why}", self.does);
        Some(NatUser { kind: self.kind, metadata: self.metadata.clone(), how })
    }
}

fn or<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

impl NatRules {
    /// The rules that use an `OvnEip`: FIPs, then SNATs, then DNATs.
    #[must_use]
    pub fn users_of_eip(&self, eip: &OvnEip) -> Vec<NatUser> {
        let addresses: Vec<&str> = eip.addresses().collect();
        let fips = self.fips.iter().map(|OvnFip { metadata, spec, status }| Ties {
            kind: NatKind::OvnFip,
            metadata,
            spec: &spec.target.ovn_eip,
            addresses: [&status.v4_eip, &status.v6_eip],
            does: format!("points it at {}", target(&spec.target.ip_name, &status.v4_ip, &spec.target.v4_ip)),
        });
        let snats = self.snats.iter().map(|OvnSnatRule { metadata, spec, status }| Ties {
            kind: NatKind::OvnSnat,
            metadata,
            spec: &spec.ovn_eip,
            addresses: [&status.v4_eip, &status.v6_eip],
            does: format!(
                "is what {} leaves with",
                target(or(&spec.vpc_subnet, &spec.ip_name), &status.v4_ip_cidr, &spec.v4_ip_cidr)
            ),
        });
        let dnats = self.dnats.iter().map(|OvnDnatRule { metadata, spec, status }| Ties {
            kind: NatKind::OvnDnat,
            metadata,
            spec: &spec.target.ovn_eip,
            addresses: [&status.v4_eip, &status.v6_eip],
            does: format!(
                "points its {}/{} at {}, port {}",
                spec.protocol,
                spec.external_port,
                target(&spec.target.ip_name, &status.v4_ip, &spec.target.v4_ip),
                spec.internal_port
            ),
        });
        let ties = fips.chain(snats).chain(dnats);
        ties.filter_map(|ties| ties.user_of(eip.name(), &addresses)).collect()
    }

    /// The rules that use an `IptablesEIP`: FIPs, then SNATs, then DNATs.
    #[must_use]
    pub fn users_of_iptables_eip(&self, eip: &IptablesEip) -> Vec<NatUser> {
        let addresses: Vec<&str> =
            [eip.status.ip.as_str(), eip.spec.v4_ip.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        let fips = self.iptables_fips.iter().map(|IptablesFipRule { metadata, spec, status }| Ties {
            kind: NatKind::IptablesFip,
            metadata,
            spec: &spec.eip,
            addresses: [&status.v4_ip, ""],
            does: format!("points it at {}", spec.internal_ip),
        });
        let snats = self.iptables_snats.iter().map(|IptablesSnatRule { metadata, spec, status }| Ties {
            kind: NatKind::IptablesSnat,
            metadata,
            spec: &spec.eip,
            addresses: [&status.v4_ip, ""],
            does: format!("is what {} leaves with", spec.internal_cidr),
        });
        let dnats = self.iptables_dnats.iter().map(|IptablesDnatRule { metadata, spec, status }| Ties {
            kind: NatKind::IptablesDnat,
            metadata,
            spec: &spec.eip,
            addresses: [&status.v4_ip, ""],
            does: format!(
                "points its {}/{} at {}, port {}",
                spec.protocol, spec.external_port, spec.internal_ip, spec.internal_port
            ),
        });
        let ties = fips.chain(snats).chain(dnats);
        ties.filter_map(|ties| ties.user_of(eip.name(), &addresses)).collect()
    }
}

/// What a rule points at, in words: the name, with its address when that is known.
fn target(name: &str, status: &str, spec: &str) -> String {
    let address = or(status, spec);
    match (name, address) {
        ("", "") => "nothing".to_owned(),
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} ({address})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn eip() -> OvnEip {
        let eip =
            json!({"metadata": {"name": "e1"}, "status": {"v4Ip": "10.5.204.1", "macAddress": "x", "ready": true}});
        serde_json::from_value(eip).unwrap_or_default()
    }

    fn users(fip: Value) -> Vec<String> {
        let rules = NatRules { fips: serde_json::from_value(fip).into_iter().collect(), ..NatRules::default() };
        rules.users_of_eip(&eip()).into_iter().map(|user| format!("{} {}", user.named(), user.how)).collect()
    }

    #[test]
    fn a_rule_uses_an_eip_by_spec_by_status_and_by_label() {
        let status = json!({"v4Eip": "10.5.204.1", "v4Ip": "192.168.0.2"});
        let named = |eip: &str| json!({"ovnEip": eip, "ipName": "web-1.vpc1"});
        assert_eq!(
            users(json!({"metadata": {"name": "f"}, "spec": named("e1"), "status": status})),
            ["ofip/f points it at web-1.vpc1 (192.168.0.2)"]
        );
        assert_eq!(
            users(json!({"metadata": {"name": "f"}, "spec": named("e1")})),
            ["ofip/f points it at web-1.vpc1"],
            "a rule that is not ready holds it all the same"
        );
        let edited = users(json!({"metadata": {"name": "f"}, "spec": named("e2"), "status": status}));
        assert!(edited.len() == 1 && edited[0].ends_with("(by its status; its spec names another)"), "{edited:?}");
        let labels = json!({"ovn.kubernetes.io/eip_v4_ip": "10.5.204.1"});
        let labelled = users(json!({"metadata": {"name": "f", "labels": labels}, "spec": named("e2")}));
        assert!(labelled.len() == 1 && labelled[0].contains("by its label"), "{labelled:?}");
    }

    #[test]
    fn a_rule_of_another_eip_is_no_user() {
        let of_another = json!({
            "metadata": {"name": "f", "annotations": {"ovn.kubernetes.io/vpc_eip": "e1"}},
            "spec": {"ovnEip": "e2"}, "status": {"v4Eip": "10.5.204.2"},
        });
        assert_eq!(users(of_another), [""; 0]);
        assert_eq!(users(json!({"metadata": {"name": "f"}, "spec": {"ovnEip": "e10"}})), [""; 0]);
    }

    #[test]
    fn rules_of_both_families_are_kept_apart() {
        let dnat = json!({
            "metadata": {"name": "d"}, "spec": {"eip": "e1", "protocol": "tcp", "externalPort": "80", "internalIp": "10.0.1.2", "internalPort": "8080"},
        });
        let rules =
            NatRules { iptables_dnats: serde_json::from_value(dnat).into_iter().collect(), ..NatRules::default() };
        assert_eq!(rules.users_of_eip(&eip()), []);
        let eip = serde_json::from_value(json!({"metadata": {"name": "e1"}})).unwrap_or_default();
        let users: Vec<String> = rules.users_of_iptables_eip(&eip).iter().map(|user| user.how.clone()).collect();
        assert_eq!(users, ["points its tcp/80 at 10.0.1.2, port 8080"]);
    }
}
