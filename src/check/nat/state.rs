//! What does not fit about an EIP or a rule that is there: its state, what it names, who it points at. What OVN has of it is
//! [`super::rows`].

use super::external::{finalizer_set, holds_its_rules};
use super::written::spec_vs_written;
use crate::api::{Ip, IptablesEip, Metadata, OvnEip, Subnet, Vip, names};
use crate::check::{Finding, codes};
use crate::ovn::northbound::{LogicalSwitchPort, Nat};
use crate::world::nat_rule::NatRule;
use crate::world::nat_users::NatUser;

/// What a rule names, as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Target {
    /// A bare address or CIDR: there is nothing to look at.
    #[default]
    Bare,
    /// There is none of that name: `ip/web-1.vpc1`.
    Gone(String),
    /// The address of a pod, VM or node.
    Ip(Box<Ip>),
    /// A Vip; behind it its virtual port, and the port that holds its address now.
    Vip(Box<Vip>, Option<LogicalSwitchPort>, Option<String>),
    /// A Subnet, as the source of a SNAT.
    Subnet(Box<Subnet>),
}

impl Target {
    /// Its addresses, or CIDRs.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        match self {
            Self::Bare | Self::Gone(_) => Vec::new(),
            Self::Ip(ip) => ip.addresses().map(str::to_owned).collect(),
            Self::Vip(vip, ..) => vip.status.addresses().map(str::to_owned).collect(),
            Self::Subnet(subnet) => subnet.spec.cidr_block.split(',').map(str::to_owned).collect(),
        }
    }

    /// The MAC of an IP; a Vip is answered for with that of whoever holds it.
    #[must_use]
    pub fn mac(&self) -> &str {
        if let Self::Ip(ip) = self { &ip.spec.mac_address } else { "" }
    }
}

/// What does not fit about a rule of OVN's. `vip_seen` says whether OVN was asked about the Vip it points at; `row` is the rule's NAT
/// row, as far as it was seen.
#[must_use]
pub fn rule(rule: &NatRule, eip: Option<&OvnEip>, target: &Target, vip_seen: bool, row: Option<&Nat>) -> Vec<Finding> {
    let (name, status) = (rule.named(), rule.status());
    let mut findings = Vec::new();
    if let Some(finding) = foreign_finalizer(&name, rule.metadata()) {
        findings.push(finding);
    }
    if !status.ready && !rule.metadata().is_terminating() {
        let message = format!("{name} is not ready: OVN has nothing of it");
        findings.push(Finding::new(codes::KO480, message).hint(again(rule)));
    }
    match eip {
        None if !rule.eip().is_empty() => {
            let message = if status.ready {
                format!("oeip/{} is gone: its address is free for others, and {name} still carries it", rule.eip())
            } else {
                format!("{name} names oeip/{}, which does not exist", rule.eip())
            };
            let hint = format!("kubectl ko {} delete {}, or create the EIP", rule.noun(), rule.name());
            findings.push(Finding::new(codes::KO481, message).hint(hint));
        }
        None => {}
        Some(eip) => {
            let written = rule.external_addresses().next();
            if let Some(written) = written
                && eip.has_address()
                && !eip.addresses().any(|address| address == written)
            {
                let message = format!(
                    "{name} names oeip/{}, which has {}, but OVN was written with {written}: an edit of a ready rule has no effect",
                    rule.eip(),
                    eip.addresses().collect::<Vec<_>>().join(",")
                );
                let hint = format!(
                    "set spec.ovnEip back to the one that has {written}; or kubectl ko {} delete {}, then create it anew",
                    rule.noun(),
                    rule.name()
                );
                findings.push(Finding::new(codes::KO485, message).hint(hint));
            }
        }
    }
    for edit in spec_vs_written(rule, row) {
        let message = format!(
            "{name} says {} {}, but OVN was written with {}: an edit of a ready rule has no effect",
            edit.field, edit.asked, edit.is
        );
        let hint = format!(
            "set spec.{} back to {}; or kubectl ko {} delete {}, then create it anew",
            edit.field,
            edit.is,
            rule.noun(),
            rule.name()
        );
        findings.push(Finding::new(codes::KO485, message).hint(hint));
    }
    match target {
        Target::Gone(target) => {
            let message = if status.ready {
                format!("{target} is gone: {name} still leads to its address, whoever has it next")
            } else {
                format!("{name} names {target}, which does not exist")
            };
            let hint = format!("kubectl ko {} delete {}", rule.noun(), rule.name());
            findings.push(Finding::new(codes::KO486, message).hint(hint));
        }
        Target::Vip(vip, port, holder) if vip_seen && vip.wants_virtual_port() && status.ready => {
            findings.extend(unheld(&name, vip, port.as_ref(), holder.as_deref()));
        }
        _ => {}
    }
    findings
}

/// A Vip with a namespace is held by one of the pods that may; until one does, its address leads nowhere.
fn unheld(name: &str, vip: &Vip, port: Option<&LogicalSwitchPort>, holder: Option<&str>) -> Option<Finding> {
    let vip = &vip.metadata.name;
    let (why, hint) = match (port, holder) {
        (_, Some(_)) => return None,
        (None, None) => ("OVN has no virtual port for it".to_owned(), format!("kubectl ko vip show {vip}")),
        (Some(port), None) if port.virtual_parents().is_empty() => (
            format!("no pod names it in its annotation {}", names::ANNOTATION_AAPS),
            format!("kubectl ko vip attach {vip} POD"),
        ),
        (Some(_), None) => (
            "no pod has answered for its address yet".to_owned(),
            "add the address inside a pod (vip attach prints the line), or send a gratuitous ARP from it".to_owned(),
        ),
    };
    Some(Finding::new(codes::KO487, format!("{name} points at vip/{vip}, and nobody holds that: {why}")).hint(hint))
}

/// What does not fit about an `OvnEip`.
#[must_use]
pub fn eip(eip: &OvnEip, users: &[NatUser]) -> Vec<Finding> {
    let (word, name) = (&eip.metadata.name, format!("oeip/{}", eip.metadata.name));
    let mut findings: Vec<Finding> = foreign_finalizer(&name, &eip.metadata).into_iter().collect();
    if eip.metadata.is_terminating() {
        findings.extend(held(&name, users));
        return findings;
    }
    if !eip.status.ready || !eip.has_address() {
        let message = if eip.has_address() {
            format!("{name} has an address and is not ready: kube-ovn-cni has to set up the node that it is named like")
        } else {
            format!("{name} has no address: no rule can use it")
        };
        let (message, hint) = if eip.lost_status() {
            let message =
                format!("the controller lost the status of {name}, and never writes it again: no rule can use it");
            (message, format!("kubectl ko eip create {word} --subnet {} mends it", eip.subnet()))
        } else {
            (message, format!("kubectl ko eip delete {word}, then create it anew: create says why it fails"))
        };
        findings.push(Finding::new(codes::KO480, message).hint(hint));
        return findings;
    }
    if !holds_its_rules(&eip.metadata.finalizers) {
        let used = if users.is_empty() { "nothing uses it yet" } else { "rules use it" };
        let message = format!(
            "{name} has no finalizer of the controller's ({used}): it can be deleted under its rules, without a word"
        );
        findings.push(Finding::new(codes::KO482, message).hint(finalizer_set(eip)));
    }
    if !eip.spec.v4_ip.is_empty() && eip.spec.v4_ip != eip.status.v4_ip {
        let message = format!(
            "spec.v4Ip of {name} was edited to {}, which has no effect but one: it can be deleted under its rules; it has {}",
            eip.spec.v4_ip, eip.status.v4_ip
        );
        // status is a text that others can write
        let mended = crate::world::lenient(&eip.status.v4_ip).map(|address| {
            format!("kubectl patch ovn-eip {word} --type=merge -p '{{\"spec\":{{\"v4Ip\":\"{address}\"}}}}'")
        });
        let hint = mended.unwrap_or_else(|| "set spec.v4Ip back to what the status has".to_owned());
        findings.push(Finding::new(codes::KO485, message).hint(hint));
    }
    findings.extend(counted(&name, &eip.status.nat, users));
    findings
}

/// `status.nat` against the rules that are there and carry a row.
fn counted(name: &str, said: &str, users: &[NatUser]) -> Option<Finding> {
    let mut there: Vec<&str> = users.iter().map(|user| user.kind.role().noun()).collect();
    there.sort_unstable();
    there.dedup();
    let mut told: Vec<&str> = said.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    told.sort_unstable();
    let stale: Vec<&str> = told.iter().copied().filter(|word| !there.contains(word)).collect();
    if stale.is_empty() {
        return None;
    }
    let message = format!("status.nat of {name} says {said}, but no {} uses it", stale.join(" and no "));
    let hint =
        "the controller writes it anew with the next rule of the EIP that comes or goes; a deletion counts for itself";
    Some(Finding::new(codes::KO483, message).hint(hint))
}

fn held(name: &str, users: &[NatUser]) -> Option<Finding> {
    let (first, count) = (users.first()?, users.len());
    let rules: Vec<String> = users.iter().take(4).map(NatUser::named).collect();
    let more = if count > 4 { format!(" and {} more", count - 4) } else { String::new() };
    let message = format!("{name} is being deleted and waits for {}{more}", rules.join(", "));
    let hint = format!("kubectl ko {} delete {}", first.kind.role().noun(), first.named());
    Some(Finding::new(codes::KO484, message).hint(hint))
}

fn foreign_finalizer(name: &str, metadata: &Metadata) -> Option<Finding> {
    let foreign = metadata.finalizers.iter().find(|finalizer| !names::is_own_finalizer(finalizer))?;
    let message = format!("{name} is being deleted and held by the finalizer {foreign}, which is not Kube-OVN's");
    let hint = "whoever set that finalizer has to remove it";
    metadata.is_terminating().then(|| Finding::new(codes::KO484, message).hint(hint))
}

/// What is known of an object of the iptables family.
#[derive(Clone, Copy, Debug)]
pub struct Iptables<'a> {
    /// `iptables-eip/NAME`
    pub name: &'a str,
    /// Its metadata.
    pub metadata: &'a Metadata,
    /// Whether the gateway's pod has it.
    pub ready: bool,
    /// Its gateway; empty when no EIP or status names one.
    pub gateway: &'a str,
    /// Whether the gateway is there; `None` when nobody could look.
    pub gateway_exists: Option<bool>,
    /// For a rule: the EIP it names, and that EIP, when it is there.
    pub eip: Option<(&'a str, Option<&'a IptablesEip>)>,
    /// For an EIP: who uses it.
    pub users: &'a [NatUser],
}

/// What does not fit about an object of the iptables family. What its gateway's pod has is not looked at.
#[must_use]
pub fn iptables(seen: &Iptables<'_>) -> Vec<Finding> {
    let name = seen.name;
    let mut findings: Vec<Finding> = foreign_finalizer(name, seen.metadata).into_iter().collect();
    if let Some((eip, None)) = seen.eip {
        let message = format!("{name} names iptables-eip/{eip}, which does not exist");
        findings.push(Finding::new(codes::KO481, message).hint("create the EIP, or delete the rule"));
    }
    if !seen.gateway.is_empty() && seen.gateway_exists == Some(false) {
        let message = format!("{name} is of gateway {}, which does not exist: nothing carries it out", seen.gateway);
        let hint =
            format!("kubectl get vpc-nat-gateways; without {} the object only waits to be deleted", seen.gateway);
        findings.push(Finding::new(codes::KO488, message).hint(hint));
    } else if !seen.ready && !seen.metadata.is_terminating() {
        let message = format!("{name} is not ready: the gateway's pod does not have it");
        let hint =
            format!("kubectl get pods -A --field-selector metadata.name=vpc-nat-gw-{}-0: it has to run", seen.gateway);
        findings.push(Finding::new(codes::KO480, message).hint(hint));
    }
    if seen.metadata.is_terminating() {
        findings.extend(held(name, seen.users));
    }
    findings
}

fn again(rule: &NatRule) -> String {
    let name = rule.name();
    format!("kubectl ko {} delete {name}, then create it anew: create says why it fails", rule.noun())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::nat_kind::NatKind;

    fn read<T: serde::de::DeserializeOwned + Default>(value: Value) -> T {
        serde_json::from_value(value).unwrap_or_default()
    }

    fn codes_of(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code.id).collect()
    }

    fn right_eip() -> Value {
        json!({
            "metadata": {"name": "e1", "finalizers": ["kubeovn.io/kube-ovn-controller"]},
            "spec": {"externalSubnet": "x", "v4Ip": "10.5.204.1"},
            "status": {"ready": true, "v4Ip": "10.5.204.1", "macAddress": "02:00:00:00:00:01", "nat": "fip"},
        })
    }

    fn user() -> NatUser {
        NatUser { kind: NatKind::OvnFip, metadata: read(json!({"name": "f1"})), how: "points it at web".into() }
    }

    fn of_eip(change: impl Fn(&mut Value), users: &[NatUser]) -> Vec<&'static str> {
        let mut value = right_eip();
        change(&mut value);
        codes_of(&eip(&read(value), users))
    }

    #[test]
    fn what_is_wrong_with_an_eip_is_told() {
        let users = [user()];
        assert_eq!(of_eip(|_| (), &users), [""; 0]);
        assert_eq!(of_eip(|eip| eip["status"] = json!({}), &[]), ["KO480"]);
        assert_eq!(of_eip(|eip| eip["metadata"]["finalizers"] = json!([]), &users), ["KO482"]);
        assert_eq!(of_eip(|_| (), &[]), ["KO483"]);
        assert_eq!(of_eip(|eip| eip["status"]["nat"] = json!("fip,snat"), &users), ["KO483"]);
        assert_eq!(of_eip(|eip| eip["spec"]["v4Ip"] = json!("10.5.204.9"), &users), ["KO485"]);
        let going = |eip: &mut Value| eip["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(of_eip(going, &users), ["KO484"]);
        assert_eq!(of_eip(going, &[]), [""; 0], "it goes as soon as the controller looks");
    }

    fn fip(ready: bool) -> NatRule {
        NatRule::Fip(read(json!({
            "metadata": {"name": "f1"}, "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1"},
            "status": {"ready": ready, "vpc": "vpc1", "v4Eip": "10.5.204.1", "v4Ip": "192.168.0.2"},
        })))
    }

    #[test]
    fn what_a_rule_names_has_to_be_there() {
        let eip: OvnEip = read(right_eip());
        let ip = Target::Ip(Box::new(read(json!({"spec": {"v4IpAddress": "192.168.0.2"}}))));
        assert_eq!(codes_of(&rule(&fip(true), Some(&eip), &ip, true, None)), [""; 0]);
        assert_eq!(codes_of(&rule(&fip(false), Some(&eip), &ip, true, None)), ["KO480"]);
        assert_eq!(codes_of(&rule(&fip(true), None, &ip, true, None)), ["KO481"]);
        let gone = Target::Gone("ip/web-1.vpc1".into());
        assert_eq!(codes_of(&rule(&fip(true), Some(&eip), &gone, true, None)), ["KO486"]);
        let other: OvnEip = read(json!({"status": {"v4Ip": "10.5.204.2", "macAddress": "x", "ready": true}}));
        assert_eq!(codes_of(&rule(&fip(true), Some(&other), &ip, true, None)), ["KO485"]);
    }

    #[test]
    fn a_vip_of_pods_has_to_be_held() {
        let eip: OvnEip = read(right_eip());
        let vip: Vip = read(json!({"metadata": {"name": "v"}, "spec": {"namespace": "vpc1"}}));
        let port = |parents: &str| {
            let options = [("virtual-parents".to_owned(), parents.to_owned())].into();
            Some(LogicalSwitchPort {
                name: "v".into(),
                kind: "virtual".into(),
                options,
                ..LogicalSwitchPort::default()
            })
        };
        let of = |port, holder: Option<&str>, seen| {
            let target = Target::Vip(Box::new(vip.clone()), port, holder.map(str::to_owned));
            let findings = rule(&fip(true), Some(&eip), &target, seen, None);
            findings.first().map(|finding| finding.message.clone()).unwrap_or_default()
        };
        assert!(of(None, None, true).ends_with("OVN has no virtual port for it"));
        assert!(of(port(""), None, true).ends_with("no pod names it in its annotation ovn.kubernetes.io/aaps"));
        assert!(of(port("web-1.vpc1"), None, true).ends_with("no pod has answered for its address yet"));
        assert_eq!(of(port("web-1.vpc1"), Some("web-1.vpc1"), true), "");
        assert_eq!(of(None, None, false), "", "nobody looked");
    }

    #[test]
    fn an_object_of_a_gateway_needs_the_gateway() {
        let metadata = Metadata::default();
        let right = Iptables {
            name: "iptables-fip/g",
            metadata: &metadata,
            ready: true,
            gateway: "gw1",
            gateway_exists: Some(true),
            eip: None,
            users: &[],
        };
        let of = |seen| codes_of(&iptables(&seen));
        assert_eq!(of(right), [""; 0]);
        assert_eq!(of(Iptables { ready: false, ..right }), ["KO480"]);
        assert_eq!(of(Iptables { gateway_exists: Some(false), ready: false, ..right }), ["KO488"]);
        assert_eq!(of(Iptables { eip: Some(("e", None)), ..right }), ["KO481"]);
    }
}
