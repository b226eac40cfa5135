//! Rules about a Subnet that is there already.

use std::net::IpAddr;

use serde_json::Value;

use super::{SubnetIntent, existing};
use crate::api::Subnet;
use crate::check::{Difference, Finding, codes};
use crate::net::SubnetCidr;
use crate::world::{World, lenient};

/// In what a Subnet differs from what is asked for, as far as it is asked for. What the controller completed does not differ.
#[must_use]
pub fn differences(there: &Value, intent: &SubnetIntent) -> Vec<Difference> {
    let is = &there["spec"];
    let mut found = Vec::new();
    for (field, asked) in &intent.fields {
        let Some(name) = super::SHAPE.name(field) else { continue };
        if !alike(name, &is[field], asked) {
            found.push(Difference { field: name, is: shown(&is[field]), asked: shown(asked) });
        }
    }
    found
}

fn alike(field: &str, is: &Value, asked: &Value) -> bool {
    if is == asked {
        return true;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match field {
        "cidrBlock" => {
            let (is, asked) = (SubnetCidr::parse(&text(is)), SubnetCidr::parse(&text(asked)));
            is.is_ok() && is == asked
        }
        // to the one gateway of a subnet of both families the controller adds the other
        "gateway" => text(asked)
            .split(',')
            .all(|one| text(is).split(',').any(|other| lenient(one).is_some() && lenient(one) == lenient(other))),
        "excludeIps" => set(asked).subtract(&set(is)).is_empty(),
        _ => {
            is.is_null()
                && (*asked == Value::Bool(false)
                    || *asked == ""
                    || *asked == 0
                    || asked.as_array().is_some_and(Vec::is_empty))
        }
    }
}

fn set(value: &Value) -> crate::net::RangeSet {
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    crate::net::RangeSet::read(items).0
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// KO413: it is not being deleted.
pub(super) fn stays(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    if !existing(world, intent).is_some_and(|subnet| subnet.metadata.is_terminating()) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO413, format!("subnet/{} is being deleted", intent.name))
            .hint(format!("kubectl ko subnet show {} says what keeps it", intent.name)),
    ]
}

/// KO542: what a live Subnet was built with does not change under those who have its addresses.
pub(super) fn keeps_its_addresses(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let Some(there) = existing(world, intent).filter(|subnet| !subnet.metadata.is_terminating()) else {
        return Vec::new();
    };
    let held = held(world, &intent.name);
    if held.is_empty() {
        return Vec::new();
    }
    let again = "make another subnet and move the workloads, or delete what holds the addresses first";
    let mut findings = Vec::new();
    if let Some(cidr) =
        intent.cidr().filter(|cidr| SubnetCidr::parse(&there.spec.cidr_block).is_ok_and(|is| is != *cidr))
    {
        let outside: Vec<&(String, IpAddr)> = held.iter().filter(|(_, address)| !cidr.contains(address)).collect();
        if let Some((who, address)) = outside.first() {
            let more = if outside.len() > 1 { format!(" and {} more", outside.len() - 1) } else { String::new() };
            findings.push(
                Finding::new(codes::KO542, format!("cidrBlock {cidr} leaves out {address} of {who}{more}: they keep addresses that are no longer of the subnet"))
                    .hint(again),
            );
        }
    }
    for (field, is, asked) in [
        ("vpc", there.spec.vpc.as_str(), intent.vpc()),
        ("provider", provider(there), if intent.spec.provider.is_empty() { "ovn" } else { &intent.spec.provider }),
        ("vlan", there.spec.vlan.as_str(), intent.spec.vlan.as_str()),
    ] {
        if is != asked {
            let difference = Difference { field, is: is.to_owned(), asked: asked.to_owned() };
            findings.push(
                Finding::new(
                    codes::KO542,
                    format!(
                        "{difference}: {} addresses of the subnet are held, and their ports stay where they are",
                        held.len()
                    ),
                )
                .hint(again),
            );
        }
    }
    findings
}

fn provider(subnet: &Subnet) -> &str {
    if subnet.spec.provider.is_empty() { "ovn" } else { &subnet.spec.provider }
}

/// Everybody who has an address of the Subnet.
fn held(world: &World, name: &str) -> Vec<(String, IpAddr)> {
    let mut held = Vec::new();
    let mut add = |who: String, texts: [&str; 2]| {
        held.extend(
            texts
                .into_iter()
                .flat_map(|text| text.split(','))
                .filter_map(lenient)
                .map(|address| (who.clone(), address)),
        );
    };
    for ip in world.ips.known().into_iter().flatten().filter(|ip| ip.subnet == name) {
        add(format!("ip/{}", ip.name), [&ip.v4, &ip.v6]);
    }
    for vip in world.vips.known().into_iter().flatten().filter(|vip| vip.spec.subnet == name && vip.is_ready()) {
        add(format!("vip/{}", vip.metadata.name), [&vip.status.v4_ip, &vip.status.v6_ip]);
    }
    for eip in world.ovn_eips.known().into_iter().flatten().filter(|eip| eip.subnet() == name) {
        add(format!("ovn-eip/{}", eip.metadata.name), [&eip.status.v4_ip, &eip.status.v6_ip]);
    }
    for eip in world.iptables_eips.known().into_iter().flatten().filter(|eip| eip.subnet() == name) {
        add(format!("iptables-eip/{}", eip.metadata.name), [&eip.status.ip, ""]);
    }
    held
}
