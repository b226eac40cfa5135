//! Rules about `ip_pool`: the name of an `IPPool`, or a list of addresses of which each pod gets one
//! (Kube-OVN: pkg/controller/pod.go, `acquireStaticAddressHelper`).

use super::address::{self, cidr, home, port_end};
use super::{Maker, PodIntent};
use crate::api::Resource as _;
use crate::check::{Finding, Severity, codes};
use crate::net::{did_you_mean, parse_address};
use crate::world::World;
use crate::world::interface::Interface;
use crate::world::owner::Owner;

/// What `ip_pool` says, as the controller reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pool {
    /// The name of an `IPPool`.
    Named(String),
    /// Addresses, of a dual-stack list pairs with a comma between.
    List(Vec<String>),
}

/// The family of what stands alone, as the controller tells it: what is no address has none.
fn family(text: &str) -> u8 {
    match text.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => 4,
        Ok(std::net::IpAddr::V6(_)) => 6,
        Err(_) => 0,
    }
}

fn read(text: &str) -> Pool {
    let items: Vec<&str> = if text.contains(';') { text.split(';').collect() } else { text.split(',').collect() };
    // two of different families are one pair
    let items = if !text.contains(';') && items.len() == 2 && family(items[0]) != family(items[1]) {
        vec![text]
    } else {
        items
    };
    let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
    match &items[..] {
        [name] if !name.contains(',') && family(name) == 0 => Pool::Named(name.clone()),
        _ => Pool::List(items),
    }
}

fn pools(world: &World, intent: &PodIntent) -> Vec<(Interface, String, Pool)> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    // an address goes before a pool
    let asked = interfaces.into_iter().filter(|one| one.ip.is_none()).filter_map(|one| {
        let (key, text) = one.pool.clone()?;
        Some((one, key, read(&text)))
    });
    asked.collect()
}

/// KO612. A list is written so that the controller can read each item.
pub(super) fn written(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let lists = pools(world, intent).into_iter().filter_map(|(interface, key, pool)| match pool {
        Pool::List(items) => Some((interface, key, items)),
        Pool::Named(_) => None,
    });
    lists
        .flat_map(|(interface, key, items)| {
            let (_, text) = interface.pool.unwrap_or_default();
            let is_bad = |item: &&String| item.split(',').any(|one| parse_address(one).is_err());
            let bad: Vec<String> = items.iter().filter(is_bad).cloned().collect();
            let items = items.len();
            bad.into_iter().map(move |item| {
                let what = if items == 1 && item.contains(',') {
                    "is taken for one address, an IPv4 and an IPv6 one, and cannot be read as such: the pod gets none"
                        .to_owned()
                } else {
                    format!("is no address to the controller, and passed over: of {text:?} it takes the others")
                };
                let finding = Finding::new(codes::KO612, format!("{key}: {item:?} {what}"));
                finding.hint(
                    "write plain addresses with commas and no spaces between; a range or a CIDR belongs into an IPPool",
                )
            })
        })
        .collect()
}

/// KO610. A pool that is named exists.
pub(super) fn exists(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let missing = pools(world, intent).into_iter().filter_map(|(_, key, pool)| match pool {
        Pool::Named(name) if pool_subnet(world, &name).is_none() => Some((key, name)),
        _ => None,
    });
    missing
        .map(|(key, name)| {
            let known = world.pools.known().into_iter().flatten().map(crate::api::Resource::name);
            let finding = Finding::new(codes::KO610, format!("{key}: there is no ippool \"{name}\""));
            match did_you_mean(&name, known) {
                Some(near) => finding.hint(format!("did you mean {near}?")),
                None if name.contains("..") || name.contains('/') => finding.hint(
                    "a range or a CIDR belongs into an IPPool; here stand its name, or addresses with commas between",
                ),
                None => finding.hint("kubectl get ippools"),
            }
        })
        .collect()
}

fn pool_subnet<'w>(world: &'w World, name: &str) -> Option<&'w str> {
    let known = world.pools.known().into_iter().flatten().chain(&world.planned.pools);
    known.into_iter().find(|pool| pool.name() == name).map(|pool| pool.spec.subnet.as_str())
}

/// KO611. A pool of another Subnet gives an address that the interface's network does not have.
pub(super) fn of_the_subnet(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let wrong = pools(world, intent).into_iter().filter_map(|(interface, key, pool)| {
        let Pool::Named(name) = pool else { return None };
        let of = pool_subnet(world, &name)?;
        let own = interface.subnet_name();
        (of != own && !own.is_empty() && !of.is_empty()).then(|| {
            let message = format!("{key}: ippool {name} is of subnet {of}, the interface of subnet {own}: the pod gets an address of {of} on the network of {own}");
            let repair = if interface.selection.is_none() { format!("set {}: {of} as well, or choose a pool of {own}", interface.key("logical_switch")) } else { format!("choose a pool of {own}") };
            Finding::new(codes::KO611, message).hint(repair)
        })
    });
    wrong.collect()
}

/// Of a list: the items that the interface's Subnets have and that nobody else holds, and the first holder of another.
fn usable(
    world: &World,
    intent: &PodIntent,
    interface: &Interface,
    items: &[String],
) -> (Vec<String>, Option<(String, Owner)>) {
    let (begin, end) = (format!("{}-", intent.name), port_end(intent, interface));
    let own = |owner: &Owner| {
        let (Owner::Ip(name) | Owner::Reservation(name) | Owner::PlannedIp(name)) = owner else { return false };
        let of_template = intent.maker.is_some() && name.starts_with(&begin) && name.ends_with(&end);
        of_template || intent.port(interface).as_ref() == Some(name)
    };
    let (mut good, mut held) = (Vec::new(), None);
    for item in items {
        let Some(address) = item.split(',').next().and_then(|one| parse_address(one).ok()) else { continue };
        let name = home(world, interface, item);
        let Some((subnet, cidr)) = world.subnet(name).zip(cidr(world, name)) else { continue };
        if !cidr.contains(&address) {
            continue;
        }
        match world.owners(subnet, address, "").into_iter().find(|owner| !own(owner)) {
            Some(owner) => held = held.or(Some((address::plain(item), owner))),
            None => good.push(item.clone()),
        }
    }
    good.sort();
    good.dedup();
    (good, held)
}

/// KO625. One of the list is to be had.
pub(super) fn has_a_free_one(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let empty = pools(world, intent).into_iter().filter_map(|(interface, key, pool)| {
        let Pool::List(items) = pool else { return None };
        world.subnet(interface.subnet_name())?;
        let (good, held) = usable(world, intent, &interface, &items);
        if !good.is_empty() {
            return None;
        }
        let why = match held {
            Some((address, owner)) => format!("{address} is held by {owner}, the others are taken or outside as well"),
            None => format!("none is in subnet {}", interface.subnet_name()),
        };
        Some(
            Finding::new(codes::KO625, format!("{key}: no address of the list is to be had: {why}"))
                .hint("list free addresses of the subnet"),
        )
    });
    empty.collect()
}

/// How many addresses an interface's annotations name, and by which key; `None` when they name none.
fn named(world: &World, intent: &PodIntent, interface: &Interface) -> Option<(String, u64)> {
    if let Some((key, _)) = &interface.ip {
        return Some((key.clone(), 1));
    }
    let (key, text) = interface.pool.clone()?;
    let Pool::List(items) = read(&text) else { return None };
    let (good, _) = usable(world, intent, interface, &items);
    Some((key, u64::try_from(good.len()).unwrap_or(u64::MAX)))
}

fn all_named(world: &World, intent: &PodIntent) -> Vec<(String, u64)> {
    let vip = (!intent.asks.vip().is_empty()).then(|| (crate::api::names::ANNOTATION_VIP.to_owned(), 1));
    let (interfaces, _) = world.interfaces(&intent.asks);
    let named = interfaces.iter().filter_map(|interface| named(world, intent, interface));
    vip.into_iter().chain(named).collect()
}

fn told(count: u64) -> String {
    if count == 1 { "one address".to_owned() } else { format!("{count} addresses that can be had") }
}

/// KO614. As many addresses as pods.
pub(super) fn suffices(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let Some(Maker { count, numbered, .. }) = intent.maker else { return Vec::new() };
    let short = all_named(world, intent)
        .into_iter()
        .filter(|(_, addresses)| *addresses > 0 && count.is_none_or(|count| *addresses < count));
    short
        .map(|(key, addresses)| {
            let what = format!("{}/{}", intent.noun, intent.name);
            let Some(count) = count else {
                let message = format!("{key}: {what} makes a pod on each node, and names {}", told(addresses));
                return Finding::new(codes::KO614, message)
                    .severity(Severity::Warning)
                    .hint("name an IPPool, or leave it out");
            };
            let how = if numbered { ", each takes the one of its number" } else { "" };
            let message =
                format!("{key} names {} for the {count} pods of {what}{how}: the others stay without", told(addresses));
            Finding::new(codes::KO614, message)
                .hint("ip_pool takes a list with an address for each pod, or the name of an IPPool")
        })
        .collect()
}

/// KO615. An update that waits for a new pod needs one address more.
pub(super) fn suffices_for_an_update(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let Some(Maker { count: Some(count), new_first: true, .. }) = intent.maker else { return Vec::new() };
    let exact = all_named(world, intent).into_iter().filter(|(_, addresses)| *addresses == count);
    exact
        .map(|(key, _)| {
            let message = format!(
                "{key} names as many addresses as {}/{} has pods: an update makes a new pod before an old one goes, and it waits for an address for ever",
                intent.noun, intent.name
            );
            Finding::new(codes::KO615, message).hint("name one more, or set spec.strategy.type to Recreate, or rollingUpdate.maxUnavailable to 1")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_read_as_the_controller_reads_it() {
        let list = |items: &[&str]| Pool::List(items.iter().map(|item| (*item).to_owned()).collect());
        assert_eq!(read("pool"), Pool::Named("pool".to_owned()));
        assert_eq!(read("10.0.0.1..10.0.0.9"), Pool::Named("10.0.0.1..10.0.0.9".to_owned()));
        assert_eq!(read("10.0.0.1"), list(&["10.0.0.1"]));
        assert_eq!(read("10.0.0.1,10.0.0.2"), list(&["10.0.0.1", "10.0.0.2"]));
        assert_eq!(read("10.0.0.1,fd00::1"), list(&["10.0.0.1,fd00::1"]));
        assert_eq!(read("10.0.0.1,fd00::1;10.0.0.2,fd00::2"), list(&["10.0.0.1,fd00::1", "10.0.0.2,fd00::2"]));
        // a space makes the second of two no address: both are taken for a pair
        assert_eq!(read("10.0.0.1, 10.0.0.2"), list(&["10.0.0.1, 10.0.0.2"]));
        assert_eq!(read("10.0.0.1, 10.0.0.2, 10.0.0.3"), list(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]));
    }
}
