//! Rules about an address or a MAC in a Subnet; every kind that asks for one calls these.

use std::net::IpAddr;

use super::codes;
use super::{Finding, Severity};
use crate::api::{Resource as _, Subnet, names};
use crate::net::{
    AddressRange, Family, Mac, MacError, Placement, RangeSet, SubnetCidr, canonical, did_you_mean, parse_address,
};
use crate::world::owner::Owner;
use crate::world::{World, lenient};

/// What one object asks of a Subnet.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The object's name, left out when it is looked for who else holds the address.
    pub name: &'a str,
    /// Name of the Subnet.
    pub subnet: &'a str,
    /// Field and text of the IPv4 address; the text is empty when none is asked for.
    pub v4: (&'a str, &'a str),
    /// Field and text of the IPv6 address.
    pub v6: (&'a str, &'a str),
    /// Field and text of the MAC.
    pub mac: (&'a str, &'a str),
    /// Whether the object has its address already: then the rules about giving one out say nothing.
    pub settled: bool,
    /// Of an IP: its own name, left out among the IPs.
    pub ip: Option<&'a str>,
    /// Of the pods of a template: what their names begin with, and what stands behind the pod's name in those of their IPs.
    pub made_by: Option<(&'a str, &'a str)>,
}

impl<'a> Asked<'a> {
    fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        [self.v4, self.v6].into_iter().filter(|(_, text)| !text.is_empty())
    }

    /// Whether an address is asked for.
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.texts().next().is_some()
    }

    /// Whether an owner is the object itself.
    fn is_itself(&self, owner: &Owner) -> bool {
        let (Owner::Ip(name) | Owner::Reservation(name) | Owner::PlannedIp(name)) = owner else { return false };
        let made = |(begin, end): (&str, &str)| {
            let pod = name.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
            pod.is_some_and(|rest| !rest.is_empty() && !rest.contains('.'))
        };
        self.ip == Some(name) || self.made_by.is_some_and(made)
    }

    /// The addresses that can be read, with their field.
    fn addresses(&self) -> impl Iterator<Item = (&'a str, IpAddr)> {
        self.texts().filter_map(|(field, text)| Some((field, parse_address(text).ok()?)))
    }

    /// The Subnet, its CIDR, and each address that lies inside it; nothing when the Subnet is not there.
    fn inside<'w>(&self, world: &'w World) -> Option<Inside<'w, 'a>> {
        let subnet = world.subnet(self.subnet)?;
        let cidr = SubnetCidr::parse(&subnet.spec.cidr_block).ok()?;
        let addresses = self.addresses().filter(|(_, address)| cidr.contains(address)).collect();
        Some(Inside { subnet, cidr, addresses })
    }
}

/// The addresses asked for that lie in their Subnet.
struct Inside<'w, 'a> {
    subnet: &'w Subnet,
    cidr: SubnetCidr,
    /// Field and address.
    addresses: Vec<(&'a str, IpAddr)>,
}

/// KO101, KO102: each address is one plain address, of the family of its field.
#[must_use]
pub fn written(asked: &Asked<'_>) -> Vec<Finding> {
    let fields = [(asked.v4, true), (asked.v6, false)].into_iter().filter(|((_, text), _)| !text.is_empty());
    let mut findings = Vec::new();
    for ((field, text), wants_v4) in fields {
        match parse_address(text) {
            Err(reason) => findings.push(
                Finding::new(
                    codes::KO101,
                    format!("{field} {reason}; the controller would give another one without a word"),
                )
                .hint("write one address without mask, such as 192.168.0.60 or fd00::60"),
            ),
            Ok(found) if found.is_ipv4() != wants_v4 => findings.push(
                Finding::new(
                    codes::KO102,
                    format!("{field} holds {text}, which is IPv{}", if found.is_ipv4() { 4 } else { 6 }),
                )
                .hint("put it into the other field"),
            ),
            Ok(_) => {}
        }
    }
    findings
}

/// KO113: IPv6 is written as the controller wants it.
#[must_use]
pub fn spelled(asked: &Asked<'_>) -> Vec<Finding> {
    let (field, text) = asked.v6;
    let Ok(found) = parse_address(text) else { return Vec::new() };
    let right = canonical(&found);
    if text == right {
        return Vec::new();
    }
    let finding = if text.chars().any(char::is_uppercase) {
        Finding::new(codes::KO113, format!("{field} {text} has upper-case letters, which the controller refuses"))
    } else {
        Finding::new(codes::KO113, format!("{field} {text} is kept as it is written, not as {right}"))
            .severity(Severity::Note)
    };
    vec![finding.hint(format!("write {right}"))]
}

/// KO115, KO116: the Subnet is named and exists.
#[must_use]
pub fn subnet_exists(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    if asked.subnet.is_empty() || world.subnet(asked.subnet).is_some() {
        return Vec::new();
    }
    let finding = Finding::new(codes::KO115, format!("there is no subnet \"{}\"", asked.subnet));
    vec![match did_you_mean(asked.subnet, world.subnet_names.iter().map(String::as_str)) {
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None => finding.hint("kubectl get subnets"),
    }]
}

/// KO116: a Subnet is named.
#[must_use]
pub fn subnet_named(asked: &Asked<'_>) -> Vec<Finding> {
    if !asked.subnet.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO116, "no subnet is named; the controller never gives an address")
            .hint("set spec.subnet; kubectl get subnets lists them"),
    ]
}

/// KO117, KO119: the Subnet is one for users, and stays.
#[must_use]
pub fn subnet_usable(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(subnet) = world.subnet(asked.subnet) else { return Vec::new() };
    let name = subnet.name();
    let mut findings = Vec::new();
    if name == names::JOIN_SUBNET {
        findings.push(
            Finding::new(
                codes::KO117,
                "subnet join holds the nodes' own addresses; nothing routes to another one there",
            )
            .hint("kubectl get subnets: choose one of workloads"),
        );
    }
    if subnet.metadata.is_terminating() {
        findings
            .push(Finding::new(codes::KO119, format!("subnet {name} is being deleted")).hint("choose another subnet"));
    } else if !subnet.is_ready() {
        let why =
            subnet.status.conditions.iter().find(|condition| condition.kind == "Error" && condition.status == "True");
        let why = why.map_or("the controller has not finished with it", |condition| condition.message.as_str());
        findings.push(
            Finding::new(codes::KO119, format!("subnet {name} is not ready: {why}"))
                .hint(format!("kubectl describe subnet {name}")),
        );
    }
    findings
}

/// KO102, KO103: each address is of a family of the Subnet and inside it.
#[must_use]
pub fn inside(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(subnet) = world.subnet(asked.subnet) else { return Vec::new() };
    let Ok(cidr) = SubnetCidr::parse(&subnet.spec.cidr_block) else { return Vec::new() };
    let name = subnet.name();
    let block = &subnet.spec.cidr_block;
    let outside = asked.addresses().filter(|(_, address)| !cidr.contains(address));
    outside
        .map(|(field, address)| {
            let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
            if cidr.network(Family::of(&address)).is_some() {
                Finding::new(
                    codes::KO103,
                    format!("{field} {} is outside subnet {name} ({block})", canonical(&address)),
                )
                .hint(format!("choose one inside {block}, or leave it out and get a free one"))
            } else {
                Finding::new(
                    codes::KO102,
                    format!(
                        "{field} {} is {family}, subnet {name} is {} only ({block})",
                        canonical(&address),
                        cidr.protocol()
                    ),
                )
                .hint("kubectl get subnets shows which protocol each has")
            }
        })
        .collect()
}

/// KO104, KO105: each address is one that a workload may have.
#[must_use]
pub fn assignable(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(Inside { subnet, cidr, addresses }) = asked.inside(world) else { return Vec::new() };
    let name = subnet.name();
    let mut findings = Vec::new();
    for (field, address) in addresses {
        let text = canonical(&address);
        let edge = match cidr.placement(&address) {
            Placement::First => Some("first address"),
            Placement::Last => Some("last address"),
            Placement::Host | Placement::Outside => None,
        };
        if let Some(role) = edge {
            findings.push(
                Finding::new(
                    codes::KO104,
                    format!("{field} {text} is the {role} of subnet {name}; the controller refuses it"),
                )
                .hint("choose another address, or leave it out and get a free one"),
            );
        }
        if subnet.spec.gateway.split(',').any(|gateway| lenient(gateway) == Some(address)) {
            findings.push(
                Finding::new(codes::KO105, format!("{field} {text} is the gateway of subnet {name}; the controller would give it out all the same, and the subnet would lose its gateway"))
                    .hint("choose another address, or leave it out and get a free one"),
            );
        }
    }
    findings
}

/// KO106: nobody holds the address.
#[must_use]
pub fn free(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(Inside { subnet, addresses, .. }) = asked.inside(world).filter(|_| !asked.settled) else {
        return Vec::new();
    };
    let taken = addresses.into_iter().filter_map(|(field, address)| {
        let owner = world.owners(subnet, address, asked.name).into_iter().find(|owner| !asked.is_itself(owner))?;
        let text = canonical(&address);
        Some(
            Finding::new(codes::KO106, format!("{field} {text} is held by {owner} in subnet {}", subnet.name()))
                .hint("leave the address out and get a free one, or choose another"),
        )
    });
    taken.collect()
}

/// KO107, KO108: addresses that are kept out of ordinary use on purpose.
#[must_use]
pub fn set_aside(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(Inside { subnet, addresses, .. }) = asked.inside(world).filter(|_| !asked.settled) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (field, address) in addresses {
        let text = canonical(&address);
        let gateway = subnet.spec.gateway.split(',').any(|gateway| lenient(gateway) == Some(address));
        if let Some(item) = subnet
            .spec
            .exclude_ips
            .iter()
            .find(|item| !gateway && AddressRange::parse_exclude(item).is_ok_and(|range| range.contains(&address)))
        {
            findings.push(
                Finding::new(
                    codes::KO107,
                    format!(
                        "{field} {text} is one that subnet {} never gives out by itself (excludeIps {item})",
                        subnet.name()
                    ),
                )
                .hint("make sure that nothing outside the cluster has it"),
            );
        }
    }
    findings
}

/// KO108: no pool lends the address to somebody.
#[must_use]
pub fn unpooled(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(Inside { subnet, addresses, .. }) = asked.inside(world).filter(|_| !asked.settled) else {
        return Vec::new();
    };
    let pooled = addresses.into_iter().flat_map(|(field, address)| {
        let pools = world.pools_with(subnet.name(), address);
        pools.into_iter().map(move |pool| {
            Finding::new(
                codes::KO108,
                format!("{field} {} is one of ippool/{pool}: it is missing there then", canonical(&address)),
            )
            .hint(format!("kubectl get ippool {pool} -o yaml"))
        })
    });
    pooled.collect()
}

/// KO120: no pod waits for the address.
#[must_use]
pub fn unawaited(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(Inside { subnet, addresses, .. }) = asked.inside(world).filter(|_| !asked.settled) else {
        return Vec::new();
    };
    let awaited = addresses.into_iter().flat_map(|(field, address)| {
        let mut pods = world.waiting_for(subnet, address);
        // the very pod that a reservation is for
        let own = |pod: &String| {
            let port =
                pod.split_once('/').map(|(namespace, name)| names::port_name(name, namespace, &subnet.spec.provider));
            port.is_some_and(|port| asked.is_itself(&Owner::Ip(port)))
        };
        pods.retain(|pod| !own(pod));
        pods.into_iter().map(move |pod| {
            Finding::new(
                codes::KO120,
                format!(
                    "{field} {} is asked for by pod {pod}, which waits for its address and would then never get it",
                    canonical(&address)
                ),
            )
            .hint("leave the address out and get a free one, or choose another")
        })
    });
    awaited.collect()
}

/// KO109, KO110, KO112: the MAC is one that an interface can have, and comes with an address.
#[must_use]
pub fn mac_written(asked: &Asked<'_>) -> Vec<Finding> {
    let (field, text) = asked.mac;
    if text.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    match text.parse::<Mac>() {
        Err(MacError::Multicast(_)) => findings.push(
            Finding::new(codes::KO110, format!("{field} {text} is a multicast MAC; no interface can have it"))
                .hint("make the second digit even, such as 02:00:00:00:00:01"),
        ),
        Err(reason) => findings.push(
            Finding::new(
                codes::KO109,
                format!("{field} {reason}; the controller keeps any text, OVN understands only colons"),
            )
            .hint("write it as 02:00:00:00:00:01"),
        ),
        Ok(found) if found.to_string() != text => findings.push(
            Finding::new(
                codes::KO109,
                format!("{field} {text} is kept as it is written, and compared letter by letter with others"),
            )
            .severity(Severity::Note)
            .hint(format!("write {found}")),
        ),
        Ok(_) => {}
    }
    if !asked.is_static() && !asked.settled {
        let then = match asked.ip {
            Some(_) => "the controller then takes a random one, and leaves this one out",
            None => "the controller then looks for the address \"\" for ever",
        };
        findings.push(
            Finding::new(codes::KO112, format!("{field} {text} without an address: {then}"))
                .hint("give an address as well, or leave the MAC out"),
        );
    }
    findings
}

/// KO111: nobody in the Subnet has the MAC.
#[must_use]
pub fn mac_free(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let (field, text) = asked.mac;
    if asked.settled {
        return Vec::new();
    }
    let mut owners = world.mac_owners(asked.subnet, text, asked.name);
    owners.retain(|owner| !asked.is_itself(owner));
    owners.extend(world.router_ports_with(asked.subnet, text));
    let taken = owners.into_iter().take(1).map(|owner| {
        Finding::new(codes::KO111, format!("{field} {text} is used by {owner} in subnet {}", asked.subnet))
            .hint("leave the MAC out and get a free one, or choose another")
    });
    taken.collect()
}

/// KO121: the controller takes the first CIDR for IPv4 (Kube-OVN: pkg/ipam/subnet.go, `NewSubnet`).
#[must_use]
pub fn ordered(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let Some(subnet) = world.subnet(asked.subnet).filter(|subnet| is_swapped(subnet)) else { return Vec::new() };
    let finding = Finding::new(
        codes::KO121,
        format!(
            "subnet {} is written IPv6 first ({}): the controller mixes up the families, and no IPv4 address can be had",
            subnet.name(),
            subnet.spec.cidr_block
        ),
    );
    vec![finding.hint(format!("make subnet {} anew with its IPv4 CIDR first", subnet.name()))]
}

fn is_swapped(subnet: &Subnet) -> bool {
    subnet.spec.cidr_block.split_once(',').is_some_and(|(first, _)| first.contains(':'))
}

/// KO114: of each family that the Subnet has and the object does not ask for, one address is free outside the pools.
///
/// The count in the status is no guide: it takes off addresses of excludeIps twice and keeps those of pools. The ranges are
/// the address book's own, but hold the pools' addresses too.
#[must_use]
pub fn room(world: &World, asked: &Asked<'_>) -> Vec<Finding> {
    let usable = |subnet: &&Subnet| subnet.is_ready() && !asked.settled && !is_swapped(subnet);
    let Some(subnet) = world.subnet(asked.subnet).filter(usable) else { return Vec::new() };
    let Ok(cidr) = SubnetCidr::parse(&subnet.spec.cidr_block) else { return Vec::new() };
    let families = [
        (Family::V4, asked.v4.1, &subnet.status.v4_available_range),
        (Family::V6, asked.v6.1, &subnet.status.v6_available_range),
    ];
    let pooled = world.pooled(subnet.name());
    let asks = families.into_iter().filter(|(family, text, _)| cidr.network(*family).is_some() && text.is_empty());
    let full = asks.filter(|(_, _, range)| available(range).subtract(&pooled).is_empty());
    full.map(|(family, ..)| {
        Finding::new(codes::KO114, format!("subnet {} has no free {family} address outside its pools", subnet.name()))
            .hint(format!("free one (kubectl get ips,vips -l ovn.kubernetes.io/subnet={}), or ask for one of a pool or of excludeIps by name", subnet.name()))
    })
    .collect()
}

/// Ranges as the controller's status writes them: `a-b,c`.
fn available(text: &str) -> RangeSet {
    let items: Vec<String> =
        text.split(',').map(|item| item.replace('-', "..")).filter(|item| !item.is_empty()).collect();
    RangeSet::read(items.iter().map(String::as_str)).0
}
