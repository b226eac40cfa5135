//! Rules about the addresses and MACs that annotations ask for. Those about an address in a Subnet are the ones of every kind.

use super::PodIntent;
use crate::api::Resource as _;
use crate::api::nad::Carrier;
use crate::check::address::{self, Asked};
use crate::check::{Finding, codes};
use crate::net::{Mac, MacError, SubnetCidr, canonical, parse_address};
use crate::world::World;
use crate::world::interface::Interface;

/// Addresses of a wish, each as written.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
}

/// The Subnet in which the controller finds the address asked for: of several that are bound to a namespace the first that has it.
pub(super) fn home<'i>(world: &World, interface: &'i Interface, text: &str) -> &'i str {
    let all = std::iter::once(interface.subnet_name()).chain(interface.also.iter().map(String::as_str));
    let address = parts(text).find_map(|one| parse_address(one.trim()).ok());
    let holds = |name: &&str| {
        let cidr = world.subnet(name).and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok());
        cidr.zip(address).is_some_and(|(cidr, address)| cidr.contains(&address))
    };
    all.into_iter().find(holds).unwrap_or_else(|| interface.subnet_name())
}

/// Calls a rule of addresses for each interface that asks for one, or for a MAC.
fn each(world: &World, intent: &PodIntent, rule: impl Fn(&World, &Asked<'_>) -> Vec<Finding>) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let mut findings = Vec::new();
    for interface in &interfaces {
        let none = (String::new(), String::new());
        let ((ip_key, ip), (mac_key, mac)) =
            (interface.ip.as_ref().unwrap_or(&none), interface.mac.as_ref().unwrap_or(&none));
        if ip.is_empty() && mac.is_empty() {
            continue;
        }
        let family = |six: bool| parts(ip).find(|one| one.contains(':') == six).unwrap_or_default();
        let port = intent.port(interface);
        let behind = port_end(intent, interface);
        let begin = format!("{}-", intent.name);
        let asked = Asked {
            name: "",
            subnet: home(world, interface, ip),
            v4: (ip_key, family(false)),
            v6: (ip_key, family(true)),
            mac: (mac_key, mac),
            settled: false,
            ip: port.as_deref(),
            made_by: intent.maker.map(|_| (begin.as_str(), behind.as_str())),
        };
        findings.extend(rule(world, &asked));
    }
    findings
}

/// What stands behind the pod's name in the name of a port: `.NAMESPACE`, and the provider.
pub(super) fn port_end(intent: &PodIntent, interface: &Interface) -> String {
    crate::api::names::port_name("", &intent.asks.namespace, &interface.provider)
}

/// KO101. Addresses are plain.
pub(super) fn written(world: &World, intent: &PodIntent) -> Vec<Finding> {
    wishes(world, intent, |interface| interface.ip.as_ref())
        .into_iter()
        .flat_map(|(_, key, text)| {
            let wrong =
                parts(&text).filter_map(|one| Some((one.to_owned(), parse_address(one).err()?))).collect::<Vec<_>>();
            wrong.into_iter().map(move |(_, reason)| {
                Finding::new(codes::KO101, format!("{key} {reason}: the pod gets no address")).hint(
                    "write one address without mask, or an IPv4 and an IPv6 one with a comma and no space between",
                )
            })
        })
        .collect()
}

type Wishes = Vec<(Interface, String, String)>;

fn wishes(world: &World, intent: &PodIntent, of: fn(&Interface) -> Option<&(String, String)>) -> Wishes {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let found = interfaces.into_iter().filter_map(|one| {
        let (key, text) = of(&one)?.clone();
        Some((one, key, text))
    });
    found.collect()
}

/// KO613. Two of one family make the address empty.
pub(super) fn one_a_family(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let many = wishes(world, intent, |interface| interface.ip.as_ref()).into_iter().filter(|(_, _, text)| {
        let six = parts(text).filter(|one| one.contains(':')).count();
        six > 1 || parts(text).count() - six > 1
    });
    many.map(|(_, key, text)| {
        Finding::new(
            codes::KO613,
            format!(
                "{key} {text} asks for two addresses of one family: the pod is said to have its address, and has none"
            ),
        )
        .hint("write one; ip_pool takes a list of which each pod gets one")
    })
    .collect()
}

/// KO103, KO102.
pub(super) fn inside(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::inside)
}

/// KO104, KO105.
pub(super) fn assignable(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::assignable)
}

/// KO106.
pub(super) fn free(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::free)
}

/// KO107.
pub(super) fn set_aside(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::set_aside)
}

/// KO108.
pub(super) fn unpooled(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::unpooled)
}

/// KO120.
pub(super) fn unawaited(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(world, intent, address::unawaited)
}

/// KO111.
pub(super) fn mac_free(world: &World, intent: &PodIntent) -> Vec<Finding> {
    each(
        world,
        intent,
        |world, asked| if asked.mac.1.is_empty() { Vec::new() } else { address::mac_free(world, asked) },
    )
}

/// KO109, KO110. The MAC is one that an interface can have; the controller looks less closely than OVN.
pub(super) fn mac_written(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, key, text) in wishes(world, intent, |interface| interface.mac.as_ref()) {
        match text.parse::<Mac>() {
            Err(MacError::Multicast(_)) => findings.push(
                Finding::new(codes::KO110, format!("{key} {text} is a multicast MAC: the controller takes it, and no interface can have it"))
                    .hint("make the second digit even, such as 02:00:00:00:00:01"),
            ),
            Err(reason) => findings.push(
                Finding::new(codes::KO109, format!("{key} {reason}; what the controller can read in any way it keeps as it is written, and OVN understands only colons"))
                    .hint("write it as 02:00:00:00:00:01"),
            ),
            Ok(found) if found.to_string() != text => findings.push(
                Finding::new(codes::KO109, format!("{key} {text} is kept as it is written, and compared letter by letter with others"))
                    .severity(crate::check::Severity::Note)
                    .hint(format!("write {found}")),
            ),
            Ok(_) => {}
        }
    }
    findings
}

/// KO608. Of an interface that OVN does not carry the controller keeps no MAC, unless it is asked for by the interface's name.
pub(super) fn mac_of_ovn(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let asked = wishes(world, intent, |interface| interface.mac.as_ref());
    let lost = asked
        .into_iter()
        .filter(|(interface, key, _)| interface.carrier != Carrier::Ovn && *key == interface.key("mac_address"));
    lost.map(|(interface, key, _)| {
        let message = format!("{key} is taken out again: of {}, which OVN does not carry, the controller keeps the address alone", interface.provider);
        let finding = Finding::new(codes::KO608, message);
        let Some(selection) = &interface.selection else { return finding };
        let (name, namespace) = (&selection.name, &selection.namespace);
        finding.hint(format!("with {namespace}/{name}@IF in the list of networks, {name}.{namespace}.kubernetes.io/mac_address.IF is kept"))
    })
    .collect()
}

/// The addresses of a list as the cluster would have them, for comparing.
pub(super) fn plain(text: &str) -> String {
    parse_address(text.trim()).map_or_else(|_| text.to_owned(), |address| canonical(&address))
}

/// The Subnet of that name, for its CIDR.
pub(super) fn cidr(world: &World, name: &str) -> Option<SubnetCidr> {
    world
        .subnet(name)
        .filter(|subnet| !subnet.name().is_empty())
        .and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok())
}
