//! `show` of a rule of OVN's: its EIP, its target and who stands behind it, its rows, the way out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::report::{Looked, Ovn, Report, readable};
use crate::api::nat_kind::NatKind;
use crate::api::{Ip, OvnEip, Resource as _, Subnet, Vip};
use crate::check::nat::rows::{self, Seen};
use crate::check::nat::state::{self, Target};
use crate::check::{self, Finding, Severity};
use crate::cluster::Cluster;
use crate::failure::Result;
use crate::ovn::northbound::{LoadBalancer, Nat, Northbound, PortBinding};
use crate::world::nat_rows;
use crate::world::nat_rule::{Named, NatRule};

/// What was read of OVN for one rule.
struct Read {
    northbound: Northbound,
    /// The gateway port's binding and node; `None` when it is bound nowhere or nobody could look.
    gateway: Looked<Option<(PortBinding, String)>>,
}

/// Reads all of it.
pub(super) async fn report(cluster: &Cluster, kind: NatKind, object: Value, rule: NatRule) -> Result<Report> {
    let eip = async { if rule.eip().is_empty() { Ok(None) } else { cluster.find::<OvnEip>("", rule.eip()).await } };
    let (eip, target) = tokio::join!(eip, target(cluster, &rule));
    let (eip, mut target) = (eip?, target?);
    let vip = match &target {
        Target::Vip(vip, ..) if vip.wants_virtual_port() => Some(vip.name().to_owned()),
        _ => None,
    };
    let (ovn, holder) = tokio::join!(read(cluster, &rule, eip.as_ref(), vip.as_deref()), async {
        match &vip {
            Some(vip) => cluster.holder(vip).await,
            None => Ok(None),
        }
    });
    let (ovn, holder) = (readable(ovn)?, readable(holder)?);
    let vip_seen = ovn.is_ok() && holder.is_ok();
    if let (Target::Vip(vip, port, held), Ok(ovn)) = (&mut target, &ovn) {
        *port = ovn.northbound.port(vip.name()).filter(|port| port.is_virtual()).cloned();
        *held = holder.ok().flatten().map(|(binding, _)| binding.virtual_parent).filter(|parent| !parent.is_empty());
    }
    let row = ovn.as_ref().ok().and_then(|ovn| rows::row_of(&rule, &ovn.northbound));
    let mut problems = state::rule(&rule, eip.as_ref(), &target, vip_seen, row);
    if !rule.status().ready && !rule.metadata().is_terminating() {
        problems.extend(Box::pin(refused(cluster, kind, &object)).await?);
    }
    if let Ok(ovn) = &ovn {
        let bound: Vec<PortBinding> = ovn.gateway.iter().flatten().map(|(binding, _)| binding.clone()).collect();
        let addresses = target.addresses();
        let seen = Seen {
            rule: &rule,
            eip: eip.as_ref(),
            northbound: &ovn.northbound,
            gateways: ovn.gateway.is_ok().then_some(bound.as_slice()),
            target: &addresses,
            mac: target.mac(),
        };
        problems.extend(rows::check(&seen));
    }
    let ready = rule.status().ready;
    Ok(Report {
        kind,
        metadata: rule.metadata().clone(),
        ready,
        lines: lines(&rule, eip.as_ref(), &target),
        data: data(&rule, eip.as_ref(), &target),
        users: None,
        ovn: Some(ovn.map(|ovn| shown(&rule, eip.as_ref(), &ovn))),
        problems: check::sorted(problems),
        object,
    })
}

/// What the rule names, as it is now.
async fn target(cluster: &Cluster, rule: &NatRule) -> Result<Target> {
    Ok(match rule.names() {
        Named::Nothing => Target::Bare,
        Named::Subnet(name) => {
            let found = cluster.find::<Subnet>("", name).await?;
            found.map_or_else(|| Target::Gone(format!("subnet/{name}")), |one| Target::Subnet(Box::new(one)))
        }
        Named::Vip(name) => {
            let found = cluster.find::<Vip>("", name).await?;
            found.map_or_else(|| Target::Gone(format!("vip/{name}")), |one| Target::Vip(Box::new(one), None, None))
        }
        Named::Ip(name) => {
            let found = cluster.find::<Ip>("", name).await?;
            found.map_or_else(|| Target::Gone(format!("ip/{name}")), |one| Target::Ip(Box::new(one)))
        }
    })
}

async fn read(cluster: &Cluster, rule: &NatRule, eip: Option<&OvnEip>, vip: Option<&str>) -> Result<Read> {
    let status = rule.status();
    let set = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::to_owned).collect::<BTreeSet<String>>();
    let externals = set(&mut rule.external_addresses());
    let insides = set(&mut rule.inside_addresses());
    let balancers: BTreeSet<String> =
        matches!(rule, NatRule::Dnat(_)).then(|| rule.name().to_owned()).into_iter().collect();
    let ports = vip.map(str::to_owned).into_iter().collect();
    let gateway = eip.map(OvnEip::subnet).filter(|subnet| !subnet.is_empty() && !status.vpc.is_empty());
    let gateway = gateway.map(|subnet| format!("cr-{}-{subnet}", status.vpc));
    let (northbound, found, gateway) =
        tokio::join!(cluster.northbound(&ports), cluster.nat_rows(&externals, &insides, &balancers), async {
            match &gateway {
                Some(port) => cluster.holder(port).await,
                None => Ok(None),
            }
        });
    let (routers, nats, load_balancers) = found?;
    Ok(Read { northbound: Northbound { routers, nats, load_balancers, ..northbound? }, gateway: readable(gateway)? })
}

/// Why a rule that never got ready would be refused today: the rules of `create`.
async fn refused(cluster: &Cluster, kind: NatKind, object: &Value) -> Result<Vec<Finding>> {
    use crate::check::nat::{dnat, fip, snat};
    let mut manifest = object.clone();
    drop(manifest.as_object_mut().map(|fields| fields.remove("status")));
    let findings = match kind {
        NatKind::OvnFip => {
            let intent = fip::from_manifest(&manifest);
            fip::check(&Box::pin(cluster.gather(&fip::wanted([&intent]))).await?, &intent)
        }
        NatKind::OvnSnat => {
            let intent = snat::from_manifest(&manifest);
            snat::check(&Box::pin(cluster.gather(&snat::wanted([&intent]))).await?, &intent)
        }
        NatKind::OvnDnat => {
            let intent = dnat::from_manifest(&manifest);
            dnat::check(&Box::pin(cluster.gather(&dnat::wanted([&intent]))).await?, &intent)
        }
        _ => Vec::new(),
    };
    Ok(findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect())
}

fn lines(rule: &NatRule, eip: Option<&OvnEip>, target: &Target) -> Vec<(&'static str, String)> {
    let status = rule.status();
    let eip = match eip {
        Some(eip) => format!("{} ({})", rule.eip(), eip.addresses().collect::<Vec<_>>().join(",")),
        None if rule.eip().is_empty() => String::new(),
        None => format!("{} (which does not exist)", rule.eip()),
    };
    let joined = |texts: &mut dyn Iterator<Item = &str>| texts.collect::<Vec<_>>().join(", ");
    let mut lines = vec![("EIP", eip), ("External", joined(&mut rule.external_addresses()))];
    if let NatRule::Dnat(dnat) = rule {
        let spec = &dnat.spec;
        lines.push(("Port", format!("{}/{} to {}", spec.protocol, spec.external_port, spec.internal_port)));
    }
    lines.push(("Target", behind(rule, target)));
    lines.push(("Inside", joined(&mut rule.inside_addresses())));
    lines.push(("VPC", status.vpc.clone()));
    if let NatRule::Fip(fip) = rule
        && !fip.spec.kind.is_empty()
    {
        lines.push(("Type", fip.spec.kind.clone()));
    }
    lines
}

/// The target and who stands behind it.
fn behind(rule: &NatRule, target: &Target) -> String {
    let named = match rule {
        NatRule::Dnat(dnat) => crate::world::nat_rule::pointed_at(&dnat.spec.target),
        NatRule::Fip(_) | NatRule::Snat(_) => rule.leads_to(),
    };
    match target {
        Target::Bare => named,
        Target::Gone(_) => format!("{named} (which does not exist)"),
        Target::Ip(ip) => {
            let addresses = ip.addresses().collect::<Vec<_>>().join(",");
            let pod = &ip.spec.pod_name;
            let who = match (ip.spec.namespace.as_str(), ip.spec.node_name.as_str()) {
                _ if pod.is_empty() => String::new(),
                ("", _) => format!(", node {pod}"),
                (namespace, "") => format!(", reserved for {namespace}/{pod}"),
                (namespace, node) => format!(", pod {namespace}/{pod} on {node}"),
            };
            format!("{named} ({addresses}{who})")
        }
        Target::Vip(vip, _, holder) => {
            let addresses = vip.status.addresses().collect::<Vec<_>>().join(",");
            let who = holder.as_ref().map_or_else(String::new, |port| format!(", held by {port}"));
            format!("{named} ({addresses}{who})")
        }
        Target::Subnet(subnet) => format!("{named} ({})", subnet.spec.cidr_block),
    }
}

fn data(rule: &NatRule, eip: Option<&OvnEip>, target: &Target) -> Map<String, Value> {
    let who = match target {
        Target::Ip(ip) => {
            json!({"pod": ip.spec.pod_name, "namespace": ip.spec.namespace, "node": ip.spec.node_name})
        }
        Target::Vip(_, _, holder) => json!({"holder": holder}),
        _ => Value::Null,
    };
    let exists = !matches!(target, Target::Gone(_));
    let target = json!({"name": rule.leads_to(), "exists": exists, "addresses": target.addresses(), "behind": who});
    let eip = json!({
        "name": rule.eip(), "exists": eip.is_some(),
        "addresses": eip.into_iter().flat_map(OvnEip::addresses).collect::<Vec<_>>(),
    });
    // of the EIP's own report the key `eip` is the object
    [("usesEip".to_owned(), eip), ("target".to_owned(), target)].into_iter().collect()
}

fn shown(rule: &NatRule, eip: Option<&OvnEip>, read: &Read) -> Ovn {
    let status = rule.status();
    let mut ovn = Ovn::default();
    let on = |used: bool| if used { format!("on router {}", status.vpc) } else { "on no router of its VPC".to_owned() };
    let row = nat_rows::row_of(rule, &read.northbound);
    if let Some(row) = row {
        ovn.lines.push(format!("{} {}", nat_line(row), on(true)));
        ovn.data.insert("nat".to_owned(), nat_json(row));
    }
    if let Some(balancer) = nat_rows::balancer_of(rule, &read.northbound) {
        let router = read.northbound.router(&status.vpc);
        let used = router.is_some_and(|router| router.load_balancers.contains(&balancer.uuid));
        ovn.lines.push(format!("{} {}", balancer_line(balancer), on(used)));
        ovn.data.insert("loadBalancer".to_owned(), balancer_json(balancer, used));
    }
    if let Some(subnet) = eip.map(OvnEip::subnet).filter(|subnet| !subnet.is_empty() && !status.vpc.is_empty()) {
        way_out(&format!("{}-{subnet}", status.vpc), &read.northbound, &read.gateway, &mut ovn);
    }
    ovn
}

/// The router's port on the external network, and where it is bound.
pub(super) fn way_out(
    port: &str,
    northbound: &Northbound,
    gateway: &Looked<Option<(PortBinding, String)>>,
    ovn: &mut Ovn,
) {
    let Some(found) = northbound.router_port(port) else { return };
    let chassis = found.gateway_chassis.len();
    ovn.lines.push(format!("router port {port} ({}), {chassis} gateway chassis", found.networks.join(",")));
    let bound = match gateway {
        Err(why) => json!({"unknown": why}),
        Ok(Some((binding, node))) if !binding.chassis.is_empty() => {
            let node = if node.is_empty() { &binding.chassis } else { node };
            ovn.lines.push(format!("bound to {node}"));
            json!(node)
        }
        Ok(_) => {
            ovn.lines.push("bound to no node".to_owned());
            Value::Null
        }
    };
    let data = json!({"name": port, "networks": found.networks, "gatewayChassis": chassis, "boundTo": bound});
    ovn.data.insert("routerPort".to_owned(), data);
}

/// A NAT row in a line.
pub(super) fn nat_line(row: &Nat) -> String {
    let port = match row.logical_port.as_str() {
        "" => String::new(),
        port => format!(" (port {port}, MAC {})", or_none(&row.external_mac)),
    };
    format!("NAT {} {} {}{port}", row.kind, row.external_ip, row.logical_ip)
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "of the router" } else { text }
}

/// A NAT row as data.
pub(super) fn nat_json(row: &Nat) -> Value {
    json!({
        "type": row.kind, "externalIP": row.external_ip, "logicalIP": row.logical_ip, "logicalPort": row.logical_port,
        "externalMAC": row.external_mac, "options": row.options,
    })
}

fn balancer_line(balancer: &LoadBalancer) -> String {
    let vips: Vec<String> = balancer.vips.iter().map(|(front, back)| format!("{front} to {back}")).collect();
    format!("load balancer {} ({} {})", balancer.name, balancer.protocol, vips.join(", "))
}

fn balancer_json(balancer: &LoadBalancer, used: bool) -> Value {
    json!({"name": balancer.name, "protocol": balancer.protocol, "vips": balancer.vips, "onRouter": used})
}
