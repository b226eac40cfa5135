//! Which rules of an EIP lead to a target, whatever their names: rule and target may each say a name, or an address in its VPC.

use std::net::IpAddr;

use crate::api::nat::TargetSpec;
use crate::check::nat::aim::{aim, is_vip, want};
use crate::world::nat_rule::{Key, NatRule};
use crate::world::{Lack, Need, Wanted, World, lenient};

use super::ask::Ask;
use super::bind::{self, points_alike, spec_is};
use super::target::Target;

/// An address and the VPC it lies in.
type Place = (String, IpAddr);

/// What has to be read before [`is_bound_to`] can tell of each of the rules; nothing where names alone decide.
#[must_use]
pub fn wanted(rules: &[&NatRule], ask: &Ask) -> Wanted {
    let mut wanted = Wanted::default();
    for rule in rules.iter().filter(|rule| by_name(rule, ask).is_none()) {
        // what was written is in the status
        if rule.status().vpc.is_empty() {
            wanted.extend(bind::wanted(rule));
        }
        if let Some(target) = aimed_at(ask) {
            want(&mut wanted, &target);
        }
        if let Ok(snat) = ask.snat() {
            wanted.extend(bind::wanted(&NatRule::Snat(snat)));
        }
        wanted.needs = [Need::NamedIps, Need::Own, Need::Subnets, Need::Vpcs].into();
    }
    wanted
}

/// Whether a rule binds its EIP to what `ask` names. The error is why that cannot be told.
pub fn is_bound_to(world: &World, rule: &NatRule, ask: &Ask) -> Result<bool, Lack> {
    if let Some(known) = by_name(rule, ask) {
        return Ok(known);
    }
    if rule.target().is_none() {
        return is_source(world, rule, ask);
    }
    let Some(target) = aimed_at(ask) else { return Ok(false) };
    let asked = places(world, &target)?;
    Ok(places_of(world, rule)?.iter().any(|place| asked.contains(place)))
}

/// The answer where both name an object, or both say the same.
fn by_name(rule: &NatRule, ask: &Ask) -> Option<bool> {
    let Some(target) = rule.target() else {
        return ask.snat().is_ok_and(|snat| spec_is(rule, &NatRule::Snat(snat))).then_some(true);
    };
    let Some(asked) = aimed_at(ask) else { return Some(false) };
    let named = |target: &TargetSpec| !target.ip_name.is_empty();
    if points_alike(target, &asked) { Some(true) } else { (named(target) && named(&asked)).then_some(false) }
}

/// What a FIP or DNAT to the target would point at; a network is nothing that one points at.
fn aimed_at(ask: &Ask) -> Option<TargetSpec> {
    let network = matches!(ask.target, Target::Subnet(_) | Target::Cidr(_));
    ask.target_spec().ok().filter(|_| !network)
}

/// Whether a SNAT is of the target's traffic alone.
fn is_source(world: &World, rule: &NatRule, ask: &Ask) -> Result<bool, Lack> {
    let of_rule = rule.key(world);
    let Ok(snat) = ask.snat() else {
        // a SNAT cannot name a Vip, and can have its address
        let asked = aimed_at(ask).map_or(Ok(Vec::new()), |target| places(world, &target))?;
        return Ok(asked.into_iter().any(|(vpc, address)| of_rule == Key::Snat(vpc, address.to_string())));
    };
    let asked = NatRule::Snat(snat).key(world);
    let found_out = |key: &Key| !matches!(key, Key::Snat(vpc, _) if vpc.is_empty());
    let lack = [Need::NamedIps, Need::Subnets].into_iter().find_map(|need| world.unknown(need));
    match lack {
        Some(lack) if !found_out(&of_rule) || !found_out(&asked) => Err(lack.clone()),
        _ => Ok(of_rule == asked),
    }
}

/// Where a FIP or DNAT leads: what the controller wrote, else what it asks for.
fn places_of(world: &World, rule: &NatRule) -> Result<Vec<Place>, Lack> {
    let vpc = &rule.status().vpc;
    if !vpc.is_empty() {
        return Ok(at(vpc, rule.inside_addresses()));
    }
    rule.target().map_or(Ok(Vec::new()), |target| places(world, target))
}

/// The places of a target: one that is not there has none.
fn places(world: &World, target: &TargetSpec) -> Result<Vec<Place>, Lack> {
    if target.ip_name.is_empty() {
        return Ok(at(&target.vpc, [target.v4_ip.as_str(), target.v6_ip.as_str()].into_iter()));
    }
    let need = if is_vip(target) { Need::Own } else { Need::NamedIps };
    if let Some(lack) = world.unknown(need).or_else(|| world.unknown(Need::Subnets)) {
        return Err(lack.clone());
    }
    let Some(aim) = aim(world, target) else { return Ok(Vec::new()) };
    let vpc = world.subnet(aim.subnet).map(|subnet| subnet.spec.vpc.as_str()).unwrap_or_default();
    Ok(at(vpc, aim.addresses.into_iter()))
}

fn at<'a>(vpc: &str, addresses: impl Iterator<Item = &'a str>) -> Vec<Place> {
    addresses.filter_map(lenient).filter(|_| !vpc.is_empty()).map(|address| (vpc.to_owned(), address)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;
    use crate::world::Source;

    fn of<T: DeserializeOwned>(object: Value) -> T {
        serde_json::from_value(object).expect("an object")
    }

    fn ask(target: &str) -> Ask {
        Ask {
            eip: "e1".to_owned(),
            target: Target::parse(target).expect("a target"),
            namespace: "vpc1".to_owned(),
            vpc: "vpc1".to_owned(),
            ports: Vec::new(),
            way: None,
            fip_type: String::new(),
            name: None,
        }
    }

    /// web-1 has 192.168.0.2, the Vip 192.168.0.7.
    fn world() -> World {
        let ip = of(json!({"metadata": {"name": "web-1.vpc1"}, "spec": {"subnet": "s", "v4IpAddress": "192.168.0.2"}}));
        let vip =
            of(json!({"metadata": {"name": "shared"}, "spec": {"subnet": "s"}, "status": {"v4ip": "192.168.0.7"}}));
        let subnet = of(json!({"metadata": {"name": "s"}, "spec": {"vpc": "vpc1", "cidrBlock": "192.168.0.0/24"}}));
        World {
            named_ips: Source::Known(BTreeMap::from([("web-1.vpc1".to_owned(), ip)])),
            own: Source::Known(BTreeMap::from([("shared".to_owned(), vip)])),
            subnets: Source::Known(BTreeMap::from([("s".to_owned(), Some(subnet))])),
            ..World::default()
        }
    }

    fn dnat(spec: &Value, status: &Value) -> NatRule {
        NatRule::Dnat(of(json!({"metadata": {"name": "d"}, "spec": spec, "status": status})))
    }

    #[test]
    fn a_name_and_its_address_are_one_target() {
        let bare = |address: &str, vpc: &str| dnat(&json!({"v4Ip": address, "vpc": vpc}), &json!({}));
        let named = dnat(&json!({"ipName": "web-1.vpc1"}), &json!({}));
        let status = json!({"vpc": "vpc1", "v4Ip": "192.168.0.9"});
        let written = dnat(&json!({"ipName": "web-1.vpc1"}), &status);
        let snat =
            NatRule::Snat(of(json!({"metadata": {"name": "s"}, "spec": {"v4IpCidr": "192.168.0.7", "vpc": "vpc1"}})));
        for (rule, target, expected) in [
            (&bare("192.168.0.2", "vpc1"), "pod/web-1", true),
            (&bare("192.168.0.2", "vpc2"), "pod/web-1", false),
            (&bare("192.168.0.3", "vpc1"), "pod/web-1", false),
            (&bare("192.168.0.7", "vpc1"), "vip/shared", true),
            (&bare("192.168.0.2", "vpc1"), "pod/nosuch", false),
            (&named, "192.168.0.2", true),
            (&named, "192.168.0.3", false),
            (&named, "pod/web-1", true),
            (&named, "pod/web-2", false),
            (&named, "subnet/s", false),
            // OVN has what was written
            (&written, "192.168.0.9", true),
            (&written, "192.168.0.2", false),
            (&snat, "vip/shared", true),
            (&snat, "192.168.0.7", true),
            (&snat, "pod/web-1", false),
            (&snat, "subnet/s", false),
        ] {
            assert_eq!(is_bound_to(&world(), rule, &ask(target)), Ok(expected), "{} {target}", rule.leads_to());
        }
    }

    #[test]
    fn what_may_not_be_read_is_unknown_and_names_need_no_reading() {
        let blind = World::default();
        let bare = dnat(&json!({"v4Ip": "192.168.0.2", "vpc": "vpc1"}), &json!({}));
        let named = dnat(&json!({"ipName": "web-1.vpc1"}), &json!({}));
        assert!(is_bound_to(&blind, &bare, &ask("pod/web-1")).is_err());
        assert!(is_bound_to(&blind, &named, &ask("192.168.0.2")).is_err());
        assert_eq!(is_bound_to(&blind, &named, &ask("pod/web-2")), Ok(false));
        assert!(wanted(&[&named], &ask("pod/web-2")).needs.is_empty());
        assert!(wanted(&[&named, &bare], &ask("pod/web-2")).ips.contains("web-2.vpc1"));
    }
}
