//! What of a pod that is there does not fit: what was asked, what it got, and what OVN has of it.

use crate::api::{Ip, Pod, Subnet, names};
use crate::check::{Finding, codes, ip};
use crate::ovn::northbound::LogicalSwitchPort;
use crate::world::interface::Interface;
use crate::world::same;

/// What an interface has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Got {
    /// Whether the controller says that it gave an address.
    pub allocated: bool,
    /// Addresses, with a comma between.
    pub addresses: String,
    /// MAC.
    pub mac: String,
    /// Subnet, where OVN carries it.
    pub subnet: String,
    /// Name of its IP object and its logical port.
    pub port: String,
}

impl Got {
    /// From the annotations of a pod.
    #[must_use]
    pub fn of(pod: &Pod, interface: &Interface) -> Self {
        let note = |word: &str| pod.metadata.annotation(&interface.key(word)).to_owned();
        let allocated = note("allocated") == "true";
        let given = |text: String| if allocated { text } else { String::new() };
        Self {
            allocated,
            addresses: given(note("ip_address")),
            mac: given(note("mac_address")),
            subnet: given(note("logical_switch")),
            port: names::port_name(pod.port_base(), &pod.metadata.namespace, &interface.provider),
        }
    }
}

/// A pod as it was read.
#[derive(Debug)]
pub struct Live<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// Its interfaces.
    pub interfaces: &'a [Interface],
    /// What the events of the pod last said: reason and message.
    pub event: Option<(&'a str, &'a str)>,
    /// Its IP objects; `None` when they may not be read.
    pub ips: Option<&'a [Ip]>,
    /// Their Subnets.
    pub subnets: &'a [Subnet],
    /// Its ports; `None` when OVN was not looked at.
    pub ports: Option<&'a [LogicalSwitchPort]>,
}

/// What does not fit together. The rules of annotations ([`super::check`]) stand before these.
#[must_use]
pub fn problems(live: &Live<'_>) -> Vec<Finding> {
    let key = live.pod.key();
    if live.pod.is_finished() || live.pod.spec.host_network {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for interface in live.interfaces {
        let got = Got::of(live.pod, interface);
        let device = &interface.device;
        if !got.allocated {
            let why = live.event.map_or_else(
                || "no event of the pod says why".to_owned(),
                |(reason, message)| format!("the controller says {reason}: {message}"),
            );
            findings.push(Finding::new(codes::KO623, format!("interface {device} of pod {key} has no address: {why}")));
            continue;
        }
        if got.addresses.is_empty() {
            let message = format!("interface {device} of pod {key} is said to have its address, which is empty");
            findings.push(Finding::new(codes::KO623, message).hint(format!(
                "mend what it asks for, then make the pod anew: kubectl delete pod {} -n {}",
                live.pod.metadata.name, live.pod.metadata.namespace
            )));
            continue;
        }
        findings.extend(as_asked(&key, interface, &got));
        findings.extend(in_order(live, interface, &got));
    }
    findings
}

/// KO624. What was asked once an address was given is for the next pod.
fn as_asked(key: &str, interface: &Interface, got: &Got) -> Option<Finding> {
    let (asked_by, asked) = interface.ip.as_ref()?;
    let given: Vec<&str> = got.addresses.split(',').collect();
    let all = asked.split(',').all(|one| given.iter().any(|have| same(have, one.trim())));
    (!all).then(|| {
        let message = format!(
            "interface {} of pod {key} was asked to have {asked} ({asked_by}), and has {}",
            interface.device, got.addresses
        );
        Finding::new(codes::KO624, message).hint("annotations count when a pod is made: make it anew")
    })
}

/// KO622, and the rules of its IP: object and port have what the pod was told.
fn in_order(live: &Live<'_>, interface: &Interface, got: &Got) -> Vec<Finding> {
    let Some(ips) = live.ips else { return Vec::new() };
    let Some(ip) = ips.iter().find(|ip| ip.metadata.name == got.port) else {
        let (name, namespace) = (&live.pod.metadata.name, &live.pod.metadata.namespace);
        let message = format!(
            "interface {} of pod {namespace}/{name} has {}, and there is no ip/{}: the address may be given to another",
            interface.device, got.addresses, got.port
        );
        return vec![
            Finding::new(codes::KO622, message)
                .hint(format!("make the pod anew: kubectl delete pod {name} -n {namespace}")),
        ];
    };
    let subnet = live.subnets.iter().find(|subnet| subnet.metadata.name == ip.spec.subnet);
    let port = live.ports.map(|ports| ports.iter().find(|port| port.name == got.port));
    ip::problems(&ip::State { ip, subnet, pod: Some(live.pod), port })
}
