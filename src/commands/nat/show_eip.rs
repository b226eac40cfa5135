//! `show` of an `OvnEip`: who uses it, OVN's rows of its address, and what is broken with any of its rules.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::report::{Looked, Ovn, Report, readable};
use super::show_rule::{nat_json, nat_line, way_out};
use crate::api::nat_kind::NatKind;
use crate::api::{EipType, OvnEip, Resource as _};
use crate::check::nat::rows::{self, Seen};
use crate::check::nat::state;
use crate::check::{self, Finding, codes};
use crate::cluster::Cluster;
use crate::cluster::rest::typed;
use crate::failure::Result;
use crate::ovn::northbound::{Northbound, PortBinding};
use crate::world::nat_rule::NatRule;
use crate::world::nat_users::{NatRules, NatUser};

/// Up to so many rules of an EIP are looked at in OVN; there is one FIP, and a DNAT for each port.
const RULES: usize = 64;

struct Read {
    northbound: Northbound,
    /// Where gateway ports are bound, as far as that could be looked at.
    gateways: Looked<Vec<PortBinding>>,
    /// The router port that an EIP of type lrp is the address of.
    bound: Looked<Option<(PortBinding, String)>>,
}

/// Reads all of it.
pub(super) async fn report(cluster: &Cluster, object: Value) -> Result<Report> {
    let eip: OvnEip = typed(object.clone(), OvnEip::KIND)?;
    let found = readable(cluster.ovn_rules().await)?;
    let users = found.as_ref().map(|rules| rules.users_of_eip(&eip)).map_err(Clone::clone);
    let rules = found.map(|rules| used(rules, users.as_deref().unwrap_or_default())).unwrap_or_default();
    let ovn = readable(read(cluster, &eip, &rules).await)?;
    // who uses it is not known to a user who may not list rules: then nothing is said about it
    let mut problems = match &users {
        Ok(users) => state::eip(&eip, users),
        Err(_) => state::eip(&OvnEip { status: without_count(&eip), ..eip.clone() }, &[]),
    };
    if let Ok(ovn) = &ovn {
        for rule in &rules {
            let seen = Seen {
                rule,
                eip: Some(&eip),
                northbound: &ovn.northbound,
                gateways: ovn.gateways.as_deref().ok(),
                target: &[],
                mac: "",
            };
            for finding in rows::check(&seen) {
                // the way out is the same for all rules of one VPC
                if !problems.iter().any(|known: &Finding| known.message == finding.message) {
                    problems.push(finding);
                }
            }
        }
        problems.extend(router_port(&eip, ovn));
    }
    let spec = &eip.spec;
    let kind = eip
        .kind()
        .map_or_else(|| format!("{} (unknown to the controller)", spec.kind), |kind| kind.as_spec().to_owned());
    let lines = vec![
        ("Type", kind),
        ("Subnet", eip.subnet().to_owned()),
        ("Address", eip.addresses().collect::<Vec<_>>().join(", ")),
        ("MAC", eip.status.mac_address.clone()),
        ("Counted", eip.status.nat.clone()),
    ];
    Ok(Report {
        kind: NatKind::OvnEip,
        metadata: eip.metadata.clone(),
        ready: eip.status.ready,
        lines,
        data: Map::new(),
        users: Some(users),
        ovn: Some(ovn.map(|ovn| shown(&eip, &ovn))),
        problems: check::sorted(problems),
        object,
    })
}

fn without_count(eip: &OvnEip) -> crate::api::eip::OvnEipStatus {
    crate::api::eip::OvnEipStatus { nat: String::new(), ..eip.status.clone() }
}

/// The rules themselves, for the users found.
fn used(rules: NatRules, users: &[NatUser]) -> Vec<NatRule> {
    let fips = rules.fips.into_iter().map(NatRule::Fip);
    let snats = rules.snats.into_iter().map(NatRule::Snat);
    let dnats = rules.dnats.into_iter().map(NatRule::Dnat);
    let all = fips.chain(snats).chain(dnats);
    let is_used = |rule: &NatRule| users.iter().any(|user| user.metadata.uid == rule.metadata().uid);
    all.filter(is_used).take(RULES).collect()
}

async fn read(cluster: &Cluster, eip: &OvnEip, rules: &[NatRule]) -> Result<Read> {
    let externals = eip.addresses().map(str::to_owned).collect();
    let insides = rules.iter().filter(|rule| matches!(rule, NatRule::Snat(_)));
    let insides = insides.flat_map(NatRule::inside_addresses).map(str::to_owned).collect();
    let balancers = rules.iter().filter(|rule| matches!(rule, NatRule::Dnat(_)));
    let balancers = balancers.map(|rule| rule.name().to_owned()).collect();
    let port = format!("cr-{}", eip.name());
    let none = BTreeSet::new();
    let (northbound, found, gateways, bound) = tokio::join!(
        cluster.northbound(&none),
        cluster.nat_rows(&externals, &insides, &balancers),
        async { if rules.is_empty() { Ok(Vec::new()) } else { cluster.gateways().await } },
        async { if eip.kind() == Some(EipType::Lrp) { cluster.holder(&port).await } else { Ok(None) } },
    );
    let (routers, nats, load_balancers) = found?;
    Ok(Read {
        northbound: Northbound { routers, nats, load_balancers, ..northbound? },
        gateways: readable(gateways)?,
        bound: readable(bound)?,
    })
}

/// An EIP of type lrp is ready without its port (docs/kube-ovn-behaviour.md).
fn router_port(eip: &OvnEip, read: &Read) -> Option<Finding> {
    if eip.kind() != Some(EipType::Lrp) || !eip.status.ready || eip.metadata.is_terminating() {
        return None;
    }
    let name = eip.name();
    if read.northbound.router_port(name).is_none() {
        let message = format!("OVN has no router port {name}: oeip/{name} is ready and the router has no way out");
        let hint = "the VPC needs enableExternal set to false and then true, and a node labelled ovn.kubernetes.io/external-gw=true";
        return Some(Finding::new(codes::KO456, message).hint(hint));
    }
    match &read.bound {
        Ok(bound) if bound.as_ref().is_none_or(|(binding, _)| binding.chassis.is_empty()) => {
            let message = format!("the gateway port {name} is bound to no node: traffic by way of it is lost");
            let hint = "kubectl get nodes -l ovn.kubernetes.io/external-gw=true: each needs a running ovs-ovn pod";
            Some(Finding::new(codes::KO457, message).hint(hint))
        }
        _ => None,
    }
}

fn shown(eip: &OvnEip, read: &Read) -> Ovn {
    let mut ovn = Ovn::default();
    let is_own = |external: &str| eip.addresses().any(|address| address == external);
    let rows: Vec<_> = read.northbound.nats.iter().filter(|row| is_own(&row.external_ip)).collect();
    for row in &rows {
        let router = read.northbound.routers.iter().find(|router| router.nats.contains(&row.uuid));
        let router = router.map_or_else(|| "no router".to_owned(), |router| format!("router {}", router.name));
        ovn.lines.push(format!("{} on {router}", nat_line(row)));
    }
    ovn.data.insert("nat".to_owned(), rows.iter().map(|row| nat_json(row)).collect());
    let mut fronts = Vec::new();
    for balancer in &read.northbound.load_balancers {
        for (front, back) in &balancer.vips {
            let address = front.rsplit_once(':').map_or(front.as_str(), |(address, _)| address);
            if is_own(address.trim_matches(['[', ']'])) {
                ovn.lines.push(format!("load balancer {} ({} {front} to {back})", balancer.name, balancer.protocol));
                fronts.push(json!({"loadBalancer": balancer.name, "protocol": balancer.protocol, "vip": front, "backends": back}));
            }
        }
    }
    ovn.data.insert("fronts".to_owned(), fronts.into());
    if eip.kind() == Some(EipType::Lrp) {
        way_out(eip.name(), &read.northbound, &read.bound, &mut ovn);
    }
    ovn
}
