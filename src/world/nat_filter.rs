//! Which lines of a list of EIPs and rules are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnetwork::IpNetwork;

use super::lenient;
use super::nat_entry::Entry;
use crate::api::nat_kind::{NatKind, NatName, Role};

/// What a rule may lead to, or whose traffic it may be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targeted {
    /// Names of IPs.
    pub ips: BTreeSet<String>,
    /// Name of a Vip.
    pub vip: Option<String>,
    /// Name of a Subnet.
    pub subnet: Option<String>,
    /// Its addresses, or the CIDR.
    pub networks: Vec<IpNetwork>,
    /// Its VPC; empty when it is not known, then it may be any.
    pub vpc: String,
}

/// What is asked for; what is not asked for is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A VPC.
    pub vpc: Option<String>,
    /// An EIP.
    pub eip: Option<NatName>,
    /// An external address.
    pub external: Option<IpAddr>,
    /// A target.
    pub target: Option<Targeted>,
    /// VPCs of gateways, by gateway.
    pub gateways: BTreeMap<String, String>,
}

impl Filter {
    /// Whether everything is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vpc.is_none() && self.eip.is_none() && self.external.is_none() && self.target.is_none()
    }

    /// Leaves the rules that fit, and the EIPs: those that fit themselves, and those of the rules.
    pub fn apply(&self, entries: &mut Vec<Entry>) {
        if self.is_empty() {
            return;
        }
        // an edit of a ready rule's EIP has no effect: the one that it was written with has it all the same
        let named = |entry: &&Entry| {
            entry.kind == NatKind::OvnEip && self.eip.as_ref().is_some_and(|wanted| wanted.is(entry.kind, &entry.name))
        };
        let own = entries.iter().filter(named).flat_map(|entry| entry.external.clone());
        let own: BTreeSet<String> = own.filter(|address| !address.is_empty()).collect();
        let used: BTreeSet<(bool, String)> = entries
            .iter()
            .filter(|entry| entry.kind.role() != Role::Eip && self.rule_fits(entry, &own))
            .filter_map(|entry| Some((entry.kind.is_iptables(), entry.eip.clone()?)))
            .collect();
        entries.retain(|entry| match entry.kind.role() {
            Role::Eip => self.eip_fits(entry) || used.contains(&(entry.kind.is_iptables(), entry.name.clone())),
            _ => self.rule_fits(entry, &own),
        });
    }

    fn vpc_of<'e>(&'e self, entry: &'e Entry) -> &'e str {
        if entry.kind.is_iptables() { self.gateways.get(&entry.gateway).map_or("", String::as_str) } else { &entry.vpc }
    }

    fn rule_fits(&self, entry: &Entry, own: &BTreeSet<String>) -> bool {
        let eip = self.eip.as_ref().is_none_or(|wanted| {
            let family = wanted.kind.is_none_or(|kind| kind.is_iptables() == entry.kind.is_iptables());
            let written = !entry.kind.is_iptables() && entry.external.iter().any(|address| own.contains(address));
            family && (entry.eip.as_deref() == Some(&wanted.name) || written)
        });
        let vpc = self.vpc.as_ref().is_none_or(|wanted| self.vpc_of(entry) == wanted);
        let target = self.target.as_ref().is_none_or(|target| target.fits(entry, self.vpc_of(entry)));
        eip && vpc && target && self.has_external(entry)
    }

    /// An EIP is shown without a rule where nothing about rules is asked: by itself, or as a router's own in a VPC.
    fn eip_fits(&self, entry: &Entry) -> bool {
        let itself = self.eip.as_ref().is_none_or(|wanted| wanted.is(entry.kind, &entry.name));
        let vpc = self.vpc.as_ref().is_none_or(|wanted| {
            // the EIP of a router's own port is named VPC-SUBNET
            let of_router = entry.kind == NatKind::OvnEip
                && entry.of_type == "lrp"
                && entry.name.strip_prefix(wanted.as_str()).is_some_and(|rest| rest == format!("-{}", entry.subnet));
            of_router || (entry.kind.is_iptables() && self.vpc_of(entry) == wanted)
        });
        itself && vpc && self.target.is_none() && self.has_external(entry)
    }

    fn has_external(&self, entry: &Entry) -> bool {
        let is = |wanted: &IpAddr| entry.external.iter().any(|address| lenient(address) == Some(*wanted));
        self.external.as_ref().is_none_or(is)
    }
}

impl Targeted {
    /// Whether a rule names it, or carries an address of its inside.
    fn fits(&self, entry: &Entry, vpc: &str) -> bool {
        let by_name = match entry.kind {
            NatKind::OvnFip | NatKind::OvnDnat => {
                self.ips.contains(&entry.target) || self.vip.as_ref() == Some(&entry.target)
            }
            NatKind::OvnSnat => self.ips.contains(&entry.target) || self.subnet.as_ref() == Some(&entry.target),
            _ => false,
        };
        let same_vpc = self.vpc.is_empty() || vpc.is_empty() || self.vpc == vpc;
        let inside = entry.inside.iter().filter_map(|text| text.trim().parse::<IpNetwork>().ok());
        let mut inside = inside.filter(|network| self.networks.iter().any(|one| overlap(*one, *network)));
        (!entry.target.is_empty() && by_name) || (same_vpc && inside.next().is_some())
    }
}

fn overlap(one: IpNetwork, other: IpNetwork) -> bool {
    one.contains(other.ip())
        || other.contains(one.ip())
        || one.contains(other.network())
        || other.contains(one.network())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::nat_entry::of_object;
    use super::*;

    fn entries() -> Vec<Entry> {
        let object = |kind, name: &str, spec: Value, status: Value| {
            of_object(kind, &json!({"metadata": {"name": name}, "spec": spec, "status": status}))
        };
        let written = |vpc: &str, eip: &str, key: &str, inside: &str| json!({"ready": true, "vpc": vpc, "v4Eip": eip, key: inside});
        vec![
            object(NatKind::OvnEip, "e1", json!({"externalSubnet": "x"}), json!({"v4Ip": "10.5.204.1"})),
            object(NatKind::OvnEip, "e2", json!({"externalSubnet": "x"}), json!({"v4Ip": "10.5.204.2"})),
            object(
                NatKind::OvnEip,
                "vpc1-x",
                json!({"externalSubnet": "x", "type": "lrp"}),
                json!({"v4Ip": "10.5.204.9"}),
            ),
            object(
                NatKind::OvnFip,
                "f1",
                json!({"ovnEip": "e1", "ipName": "web-1.vpc1"}),
                written("vpc1", "10.5.204.1", "v4Ip", "192.168.0.2"),
            ),
            object(
                NatKind::OvnSnat,
                "s1",
                json!({"ovnEip": "e2", "vpcSubnet": "vpc1-subnet1"}),
                written("vpc1", "10.5.204.2", "v4IpCidr", "192.168.0.0/24"),
            ),
            object(
                NatKind::OvnSnat,
                "s2",
                json!({"ovnEip": "e2", "vpcSubnet": "vpc2-subnet1"}),
                written("vpc2", "10.5.204.2", "v4IpCidr", "192.168.0.0/24"),
            ),
            object(NatKind::IptablesEip, "e1", json!({"natGwDp": "gw1"}), json!({"ip": "10.6.0.1"})),
            object(
                NatKind::IptablesFip,
                "g1",
                json!({"eip": "e1", "internalIp": "192.168.0.2"}),
                json!({"v4ip": "10.6.0.1", "natGwDp": "gw1"}),
            ),
        ]
    }

    fn shown(filter: &Filter) -> String {
        let gateways = [("gw1".to_owned(), "vpc1".to_owned())].into();
        let mut entries = entries();
        Filter { gateways, ..filter.clone() }.apply(&mut entries);
        entries.iter().map(Entry::named).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rules_come_with_their_eips() {
        let vpc = |vpc: &str| Filter { vpc: Some(vpc.to_owned()), ..Filter::default() };
        assert_eq!(shown(&vpc("vpc1")), "oeip/e1 oeip/e2 oeip/vpc1-x ofip/f1 osnat/s1 iptables-eip/e1 iptables-fip/g1");
        assert_eq!(shown(&vpc("vpc2")), "oeip/e2 osnat/s2");
        let eip = |text| Filter { eip: NatName::parse(text, Role::Eip).ok(), ..Filter::default() };
        assert_eq!(shown(&eip("e1")), "oeip/e1 ofip/f1 iptables-eip/e1 iptables-fip/g1");
        assert_eq!(shown(&eip("oeip/e1")), "oeip/e1 ofip/f1");
        let mut edited = entries();
        edited.retain(|entry| entry.kind != NatKind::OvnSnat && !entry.kind.is_iptables());
        let moved = edited.iter_mut().find(|entry| entry.name == "f1");
        assert!(moved.is_some_and(|entry| entry.eip.replace("e2".into()).is_some()));
        for named in ["e1", "e2"] {
            let mut left = edited.clone();
            eip(named).apply(&mut left);
            assert!(left.iter().any(|entry| entry.name == "f1"), "by what was written, and by its spec: {named}");
        }
        let external = Filter { external: lenient("10.5.204.2"), ..Filter::default() };
        assert_eq!(shown(&external), "oeip/e2 osnat/s1 osnat/s2");
    }

    #[test]
    fn a_pod_has_the_rules_of_its_name_its_address_and_its_subnet_in_its_vpc() {
        let pod = Targeted {
            ips: ["web-1.vpc1".to_owned()].into(),
            networks: vec![IpNetwork::from(IpAddr::from([192, 168, 0, 2]))],
            vpc: "vpc1".to_owned(),
            ..Targeted::default()
        };
        let of = |target: &Targeted| shown(&Filter { target: Some(target.clone()), ..Filter::default() });
        assert_eq!(of(&pod), "oeip/e1 oeip/e2 ofip/f1 osnat/s1 iptables-eip/e1 iptables-fip/g1");
        let gone = Targeted { networks: Vec::new(), ..pod.clone() };
        assert_eq!(of(&gone), "oeip/e1 ofip/f1", "a pod that is gone is still named by its FIP");
        let other = Targeted { ips: ["x.vpc2".to_owned()].into(), vpc: "vpc2".to_owned(), ..pod };
        assert_eq!(of(&other), "oeip/e2 osnat/s2");
    }
}
