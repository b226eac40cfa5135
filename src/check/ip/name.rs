//! Rules about the name of a reservation and the form of its manifest.

use super::{IpIntent, holder};
use crate::api::{Ip, PodType, names};
use crate::check::{Finding, codes};
use crate::net::{Family, SubnetCidr, check_subdomain};
use crate::world::World;

/// KO301. The controller computes the port's name and passes over every IP that is named otherwise, without a line in its log.
pub(super) fn as_the_controller_computes(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let Some(subnet) = world.subnet(&spec.subnet) else { return Vec::new() };
    let name = names::port_name(&spec.pod_name, &spec.namespace, &subnet.spec.provider);
    if name == intent.name {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO301,
            format!(
                "the name has to be {name}, the logical port of {} in subnet {}: the controller passes over any other without a word",
                holder(spec).told(),
                spec.subnet
            ),
        )
        .hint(format!("name it {name}")),
    ]
}

/// KO302. Without them the controller cannot compute the name, and passes over the IP.
pub(super) fn names_its_pod(intent: &IpIntent) -> Vec<Finding> {
    let fields = [("podName", &intent.spec.pod_name), ("namespace", &intent.spec.namespace)];
    let wrong = fields.into_iter().filter_map(|(field, text)| {
        let why = match check_subdomain(text) {
            _ if text.is_empty() => {
                format!("spec.{field} is empty: the controller passes over the IP without a word")
            }
            Err(reason) => format!("spec.{field}: {reason}"),
            Ok(()) => return None,
        };
        Some(
            Finding::new(codes::KO302, why)
                .hint("write the name and the namespace of the pod or VM that is to have the address"),
        )
    });
    wrong.collect()
}

/// KO303. Any other type is an error in the controller's log, for ever.
pub(super) fn known_type(intent: &IpIntent) -> Vec<Finding> {
    let text = &intent.spec.pod_type;
    if PodType::parse(text).is_some() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO303,
            format!("podType {text} is none that the controller knows: it never gives an address"),
        )
        .hint("write StatefulSet, VirtualMachine, or leave it out for a pod of its own"),
    ]
}

/// KO310. The name up to the last dash is taken for the StatefulSet's.
pub(super) fn has_ordinal(intent: &IpIntent) -> Vec<Finding> {
    let holder = holder(&intent.spec);
    if PodType::parse(&holder.pod_type) != Some(PodType::StatefulSet) || holder.ordinal().is_some() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO310,
            format!("{} is no pod of a StatefulSet: such a name ends with a dash and a number", holder.name),
        )
        .hint(format!("write {}-0 for the first pod of StatefulSet {}", holder.name, holder.name)),
    ]
}

/// KO219, of what stands beside `spec`: an IP has no status.
pub(super) fn no_status(intent: &IpIntent) -> Vec<Finding> {
    if !intent.manifest.has_status {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO219,
            "status is no field of an IP: kubectl refuses the manifest, other clients have it dropped",
        )
        .hint("remove status from the manifest"),
    ]
}

/// KO314. An IP with a finalizer counts as handled: it never gets an address.
pub(super) fn no_finalizer(world: &World, intent: &IpIntent) -> Vec<Finding> {
    // one that is there has what it has: an exported list can be applied again
    let handled = world.ip(&intent.name).is_some_and(|ip| !ip.metadata.finalizers.is_empty());
    if intent.finalizers.is_empty() || handled {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO314,
            "the manifest writes a finalizer: the controller takes the IP for handled, and never gives it an address",
        )
        .hint("remove finalizers from the manifest"),
    ]
}

/// KO304. `ipAddress` is what the controller writes; it does not read it.
pub(super) fn in_its_own_field(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let same = world.ip(&intent.name).is_some_and(|ip| ip.spec.ip_address == spec.ip_address);
    let mut own = [&spec.v4_ip_address, &spec.v6_ip_address].into_iter().filter(|text| !text.is_empty());
    let told = own.clone().map(String::as_str).collect::<Vec<_>>().join(",");
    if spec.ip_address.is_empty() || same || told == spec.ip_address {
        return Vec::new();
    }
    let what = if own.next().is_none() { "a random address is given" } else { "the others count" };
    vec![
        Finding::new(codes::KO304, format!("ipAddress {} is not read by the controller: {what}", spec.ip_address))
            .hint("write it as v4IpAddress or v6IpAddress"),
    ]
}

/// KO316. Where OVN carries no port there is no MAC either (Kube-OVN: pkg/controller/ip.go, `ipAcquireAddress`).
pub(super) fn mac_of_ovn(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let subnet = world.subnet(&intent.spec.subnet).filter(|subnet| !names::is_ovn_provider(&subnet.spec.provider));
    let Some(subnet) = subnet else { return Vec::new() };
    vec![
        Finding::new(
            codes::KO316,
            format!(
                "macAddress {}: provider {} of subnet {} is not OVN, the controller keeps no MAC there",
                intent.spec.mac_address, subnet.spec.provider, intent.spec.subnet
            ),
        )
        .hint("leave the MAC out, and set it in the attachment"),
    ]
}

/// KO222.
pub(super) fn both_families(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let one = spec.v4_ip_address.is_empty() != spec.v6_ip_address.is_empty();
    let cidr = world.subnet(&spec.subnet).and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok());
    let dual = cidr.is_some_and(|cidr| cidr.network(Family::V4).is_some() && cidr.network(Family::V6).is_some());
    if !one || !dual || world.ip(&intent.name).is_some_and(Ip::is_ready) {
        return Vec::new();
    }
    let other = if spec.v4_ip_address.is_empty() { "an IPv4" } else { "an IPv6" };
    vec![Finding::new(codes::KO222, format!("subnet {} is dual-stack: {other} address is given as well", spec.subnet))]
}

/// KO311. The controller tells a pod's own IP from a reservation by the port: where there is one, it gives no address.
pub(super) fn no_port_of_that_name(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let port = world.northbound.known().and_then(|northbound| northbound.port(&intent.name));
    if port.is_none() || world.ip(&intent.name).is_some() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO311,
            format!(
                "OVN has a logical port {} without an IP object: the controller takes the address for given, and gives none",
                intent.name
            ),
        )
        .hint(format!("kubectl ko nbctl list logical_switch_port {}", intent.name)),
    ]
}
