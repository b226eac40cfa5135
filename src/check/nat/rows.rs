//! What OVN has of a rule that the controller calls ready: rows, the router they are on, and the way out. Ready says none of it.

use super::way::{Way, way};
use crate::api::OvnEip;
use crate::check::{Finding, Severity, codes};
use crate::ovn::northbound::{Nat, Northbound, PortBinding};
use crate::world::nat_rows::fronts;
pub use crate::world::nat_rows::{balancer_of, row_of};
use crate::world::nat_rule::NatRule;

/// What is looked at for one rule.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The rule; what was written is taken from its status.
    pub rule: &'a NatRule,
    /// Its EIP, which says on which external network the router needs a port.
    pub eip: Option<&'a OvnEip>,
    /// Routers, router ports, and the NAT rows and load balancers of the rule's addresses and name.
    pub northbound: &'a Northbound,
    /// Where gateway ports are bound; `None` when the southbound database could not be read.
    pub gateways: Option<&'a [PortBinding]>,
    /// The addresses its target has now; empty when nobody looked.
    pub target: &'a [String],
    /// The MAC that the IP it names has now; empty when it names none, or nobody looked.
    pub mac: &'a str,
}

/// The links from the rule to the wire that are broken, the first one first; nothing about a rule that was never ready.
#[must_use]
pub fn check(seen: &Seen<'_>) -> Vec<Finding> {
    let status = seen.rule.status();
    if status.vpc.is_empty() {
        return Vec::new();
    }
    let name = seen.rule.named();
    let again = format!("kubectl ko {} delete {}, then create it anew", seen.rule.noun(), seen.rule.name());
    if seen.northbound.router(&status.vpc).is_none() {
        let message = format!("OVN has no router {}: {name} does nothing", status.vpc);
        return vec![Finding::new(codes::KO450, message).hint(format!("kubectl get vpc {}", status.vpc))];
    }
    let mut findings = match seen.rule {
        NatRule::Dnat(_) => balancers(seen),
        NatRule::Fip(_) | NatRule::Snat(_) => nats(seen),
    };
    if seen.rule.metadata().is_terminating() {
        // its row is to go: that it is there is right, that it is not holds the deletion up for ever
        let gone = findings.iter().any(|finding| [codes::KO451, codes::KO453].contains(&finding.code));
        let message =
            format!("{name} is being deleted, and the row that the controller is to delete is gone: it fails for ever");
        let release = format!("kubectl ko {} delete {} --release", seen.rule.noun(), seen.rule.name());
        return gone.then(|| Finding::new(codes::KO459, message).hint(release)).into_iter().collect();
    }
    for finding in &mut findings {
        finding.hint.get_or_insert_with(|| again.clone());
    }
    findings.extend(way_out(seen));
    findings.extend(stale(seen));
    findings
}

fn nats(seen: &Seen<'_>) -> Vec<Finding> {
    let (rule, northbound) = (seen.rule, seen.northbound);
    let status = rule.status();
    let name = rule.named();
    let inside = rule.inside_addresses().next().unwrap_or_default();
    let external = rule.external_addresses().next().unwrap_or_default();
    let Some(row) = row_of(rule, northbound) else {
        // a SNAT whose source another rule was first with: the row has that one's address
        let others = northbound.nats_of(&status.vpc);
        let other = others.filter(|row| row.kind == "snat" && row.logical_ip == inside).map(|row| &row.external_ip);
        if let (NatRule::Snat(_), Some(other)) = (rule, other.into_iter().next()) {
            let message = format!(
                "{inside} leaves with {other}: OVN has one SNAT a source on router {}, and it is not {name}'s",
                status.vpc
            );
            let show = format!("kubectl ko nbctl lr-nat-list {}", status.vpc);
            return vec![Finding::new(codes::KO452, message).hint(show)];
        }
        let kind = if matches!(rule, NatRule::Fip(_)) { "dnat_and_snat" } else { "snat" };
        let message = format!(
            "router {} has no NAT row {kind} {external} {inside}, though {name} is ready: OVN does nothing for it",
            status.vpc
        );
        let release = format!("kubectl ko {} delete {} --release, then create it anew", rule.noun(), rule.name());
        return vec![Finding::new(codes::KO451, message).hint(release)];
    };
    if row.logical_ip != inside {
        let message = format!("{external} leads to {} in OVN, not to {inside} as {name} says", row.logical_ip);
        return vec![Finding::new(codes::KO452, message)];
    }
    answers(seen, row)
}

/// Who answers for the address of a FIP whose row has a MAC: the node of the row's port, with that MAC. The controller writes the name
/// and the MAC of the IP.
fn answers(seen: &Seen<'_>, row: &Nat) -> Vec<Finding> {
    let NatRule::Fip(fip) = seen.rule else { return Vec::new() };
    let (name, external, ip) = (seen.rule.named(), &row.external_ip, &fip.spec.target.ip_name);
    let mut findings = Vec::new();
    // without a MAC the gateway's node answers, whatever the port
    if !row.external_mac.is_empty() && !ip.is_empty() && row.logical_port != *ip {
        let port = if row.logical_port.is_empty() { "none" } else { &row.logical_port };
        let message = format!("the node of port {port} answers for {external} in OVN, not that of {ip} as {name} says");
        findings.push(Finding::new(codes::KO452, message));
    }
    if !row.external_mac.is_empty() && !seen.mac.is_empty() && !row.external_mac.eq_ignore_ascii_case(seen.mac) {
        let message =
            format!("{external} answers with the MAC {} in OVN; ip/{ip} has {} now", row.external_mac, seen.mac);
        // whoever asks for the address takes any MAC
        findings.push(Finding::new(codes::KO452, message).severity(Severity::Warning));
    }
    findings
}

fn balancers(seen: &Seen<'_>) -> Vec<Finding> {
    let (rule, northbound) = (seen.rule, seen.northbound);
    let status = rule.status();
    let name = rule.named();
    let Some(balancer) = balancer_of(rule, northbound) else {
        let front = fronts(rule).into_iter().next().unwrap_or_default().0;
        let message = format!("OVN has no load balancer {} with {front}, though {name} is ready", rule.name());
        let release = format!("kubectl ko dnat delete {} --release, then create it anew", rule.name());
        return vec![Finding::new(codes::KO453, message).hint(release)];
    };
    let mut findings = Vec::new();
    for (front, back) in fronts(rule) {
        match balancer.vips.get(&front) {
            Some(found) if *found == back => {}
            found => {
                let found = found.map_or("nothing", String::as_str);
                let message = format!("{front} leads to {found} in OVN, not to {back} as {name} says");
                findings.push(Finding::new(codes::KO454, message));
            }
        }
    }
    // an empty protocol means tcp (ovn-nb(5))
    let protocol = if balancer.protocol.is_empty() { "tcp" } else { &balancer.protocol };
    if !status.protocol.is_empty() && protocol != status.protocol {
        let message = format!(
            "load balancer {} is for {protocol} in OVN, not for {} as {name} says",
            rule.name(),
            status.protocol
        );
        findings.push(Finding::new(codes::KO454, message));
    }
    let on_router = northbound.router(&status.vpc).is_some_and(|router| router.load_balancers.contains(&balancer.uuid));
    if !on_router {
        let message = format!("router {} does not use load balancer {}: {name} does nothing", status.vpc, rule.name());
        findings.push(Finding::new(codes::KO455, message));
    }
    findings
}

/// The router's port on the external network, and the chassis it is bound to.
fn way_out(seen: &Seen<'_>) -> Option<Finding> {
    let vpc = &seen.rule.status().vpc;
    let subnet = seen.eip.map(OvnEip::subnet).filter(|subnet| !subnet.is_empty())?;
    let port = match way(seen.northbound, seen.gateways, vpc, subnet) {
        Way::Open => return None,
        Way::NoPort(_) => {
            let message = format!("router {vpc} has no port on subnet {subnet}: nothing goes out or comes in");
            return Some(Finding::new(codes::KO456, message).hint(format!(
                "kubectl patch vpc {vpc} --type=merge -p '{{\"spec\":{{\"enableExternal\":false}}}}', and then true, makes the port anew; it needs a node labelled ovn.kubernetes.io/external-gw=true"
            )));
        }
        Way::Unbound(port) => &port.name,
    };
    let message = format!("the gateway port {port} is bound to no node: traffic by way of it is lost");
    let finding = Finding::new(codes::KO457, message)
        .hint("kubectl get nodes -l ovn.kubernetes.io/external-gw=true: each needs a running ovs-ovn pod");
    // a FIP with a MAC of its own is answered for by the node of its port
    let own = row_of(seen.rule, seen.northbound).is_some_and(|row| !row.external_mac.is_empty());
    Some(if own { finding.severity(Severity::Warning) } else { finding })
}

/// A pod or an EIP that was made anew has another address; the rule keeps the old one.
fn stale(seen: &Seen<'_>) -> Option<Finding> {
    let own: Vec<&str> = seen.eip.map(|eip| eip.addresses().collect()).unwrap_or_default();
    if let Some(external) = seen.rule.external_addresses().next()
        && !own.is_empty()
        && !own.contains(&external)
    {
        let message = format!(
            "{} has the address {external}, and oeip/{} has {} now",
            seen.rule.named(),
            seen.rule.eip(),
            own.join(",")
        );
        let again = format!("kubectl ko {} delete {}, then create it anew", seen.rule.noun(), seen.rule.name());
        return Some(Finding::new(codes::KO458, message).hint(again));
    }
    let inside = seen.rule.inside_addresses().next()?;
    if seen.target.is_empty() || seen.target.iter().any(|address| address == inside) {
        return None;
    }
    let rule = seen.rule;
    let message = format!(
        "{} points at {inside}, which {} had when it was made; now that has {}",
        rule.named(),
        rule.leads_to(),
        seen.target.join(",")
    );
    Some(Finding::new(codes::KO458, message).hint(format!(
        "kubectl ko {} delete {}, then create it anew: a rule does not follow its target",
        rule.noun(),
        rule.name()
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::OvnFip;
    use crate::ovn::northbound::{LoadBalancer, LogicalRouter, LogicalRouterPort};

    fn fip() -> NatRule {
        let fip: OvnFip = serde_json::from_value(json!({
            "metadata": {"name": "e1"}, "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1"},
            "status": {"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.101", "v4Ip": "192.168.0.2"},
        }))
        .unwrap_or_default();
        NatRule::Fip(fip)
    }

    fn dnat() -> NatRule {
        NatRule::Dnat(
            serde_json::from_value(json!({
                "metadata": {"name": "e1-udp-53"}, "spec": {"ovnEip": "e1", "ipName": "web-1.vpc1"},
                "status": {"ready": true, "vpc": "vpc1", "v4Eip": "10.5.204.101", "v4Ip": "192.168.0.2",
                    "externalPort": "53", "internalPort": "5353", "protocol": "udp"},
            }))
            .unwrap_or_default(),
        )
    }

    fn eip() -> OvnEip {
        let eip = json!({"metadata": {"name": "e1"}, "spec": {"externalSubnet": "external204"}});
        serde_json::from_value(eip).unwrap_or_default()
    }

    /// OVN with everything that both rules need.
    fn right() -> (Northbound, Vec<PortBinding>) {
        let nat = Nat {
            uuid: "n".into(),
            kind: "dnat_and_snat".into(),
            external_ip: "10.5.204.101".into(),
            logical_ip: "192.168.0.2".into(),
            logical_port: "web-1.vpc1".into(),
            external_mac: "02:00:00:00:00:02".into(),
            ..Nat::default()
        };
        let vips = [("10.5.204.101:53".to_owned(), "192.168.0.2:5353".to_owned())];
        let balancer =
            LoadBalancer { uuid: "l".into(), name: "e1-udp-53".into(), protocol: "udp".into(), vips: vips.into() };
        let router = LogicalRouter { name: "vpc1".into(), nats: vec!["n".into()], load_balancers: vec!["l".into()] };
        let port = LogicalRouterPort { name: "vpc1-external204".into(), ..LogicalRouterPort::default() };
        let northbound = Northbound {
            router_ports: vec![port],
            routers: vec![router],
            nats: vec![nat],
            load_balancers: vec![balancer],
            ..Northbound::default()
        };
        let bound =
            PortBinding { logical_port: "cr-vpc1-external204".into(), chassis: "c".into(), ..PortBinding::default() };
        (northbound, vec![bound])
    }

    fn codes_of(rule: &NatRule, change: impl Fn(&mut Northbound, &mut Vec<PortBinding>)) -> Vec<String> {
        let (mut northbound, mut gateways) = right();
        change(&mut northbound, &mut gateways);
        let eip = eip();
        let mac = "02:00:00:00:00:02";
        let seen = Seen { rule, eip: Some(&eip), northbound: &northbound, gateways: Some(&gateways), target: &[], mac };
        check(&seen).iter().map(|finding| format!("{} {}", finding.code.id, finding.severity.word())).collect()
    }

    #[test]
    fn a_rule_with_all_its_links_has_no_finding() {
        for rule in [fip(), dnat()] {
            assert_eq!(codes_of(&rule, |_, _| ()), [""; 0], "{rule:?}");
        }
    }

    #[test]
    fn each_broken_link_is_named() {
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.routers.clear()), ["KO450 error"]);
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.nats.clear()), ["KO451 error"]);
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.routers[0].nats.clear()), ["KO451 error"]);
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.nats[0].logical_ip = "192.168.0.9".into()), ["KO452 error"]);
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.nats[0].logical_port = "web-2.vpc1".into()), ["KO452 error"]);
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.nats[0].logical_port.clear()), ["KO452 error"]);
        let other = "02:00:00:00:00:09";
        assert_eq!(codes_of(&fip(), |ovn, _| ovn.nats[0].external_mac = other.into()), ["KO452 warning"]);
        let of_the_gateway = |ovn: &mut Northbound| {
            ovn.nats[0].external_mac.clear();
            ovn.nats[0].logical_port = "web-2.vpc1".into();
        };
        assert_eq!(codes_of(&fip(), |ovn, _| of_the_gateway(ovn)), [""; 0]);
        assert_eq!(codes_of(&dnat(), |ovn, _| ovn.load_balancers.clear()), ["KO453 error"]);
        assert_eq!(codes_of(&dnat(), |ovn, _| ovn.load_balancers[0].vips.clear()), ["KO453 error"]);
        assert_eq!(codes_of(&dnat(), |ovn, _| ovn.load_balancers[0].protocol = "tcp".into()), ["KO454 error"]);
        assert_eq!(codes_of(&dnat(), |ovn, _| ovn.routers[0].load_balancers.clear()), ["KO455 error"]);
        assert_eq!(codes_of(&dnat(), |ovn, _| ovn.router_ports.clear()), ["KO456 error"]);
        assert_eq!(codes_of(&dnat(), |_, gateways| gateways.clear()), ["KO457 error"]);
        assert_eq!(codes_of(&dnat(), |_, gateways| gateways[0].chassis.clear()), ["KO457 error"]);
        assert_eq!(codes_of(&fip(), |_, gateways| gateways[0].chassis.clear()), ["KO457 warning"]);
    }

    #[test]
    fn a_rule_that_goes_needs_its_row_to_go() {
        let mut going = fip();
        if let NatRule::Fip(fip) = &mut going {
            fip.metadata.deletion_timestamp = Some("2026-01-01T00:00:00Z".into());
        }
        assert_eq!(codes_of(&going, |_, _| ()), [""; 0]);
        assert_eq!(codes_of(&going, |ovn, _| ovn.nats.clear()), ["KO459 error"]);
    }

    #[test]
    fn a_target_that_was_made_anew_is_told() {
        let (northbound, _) = right();
        let (rule, target) = (fip(), ["192.168.0.7".to_owned()]);
        let seen = Seen { rule: &rule, eip: None, northbound: &northbound, gateways: None, target: &target, mac: "" };
        let found = check(&seen);
        assert!(found.len() == 1 && found[0].code == codes::KO458, "{found:?}");
        let mut eip = eip();
        eip.status.v4_ip = "10.5.204.199".into();
        let (northbound, gateways) = right();
        let seen = Seen {
            rule: &rule,
            eip: Some(&eip),
            northbound: &northbound,
            gateways: Some(&gateways),
            target: &[],
            mac: "",
        };
        let found = check(&seen);
        assert!(found.len() == 1 && found[0].code == codes::KO458, "{found:?}");
    }
}
