//! The way of a VPC's traffic to an external network, as OVN has it: the port of the VPC's router, and the node that the port is
//! bound to. What a rule will need (KO425, KO426) and what one has (KO456, KO457) is looked up here.

use crate::ovn::northbound::{LogicalRouterPort, Northbound, PortBinding};

/// How far the way is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way<'r> {
    /// The router has no port of this name.
    NoPort(String),
    /// The port is there, and no node is at work for it.
    Unbound(&'r LogicalRouterPort),
    /// The port is there and bound, or nobody could look whether it is.
    Open,
}

/// Looks it up; `gateways` are the bindings of gateway ports, `None` when the southbound database could not be read.
#[must_use]
pub(super) fn way<'r>(
    northbound: &'r Northbound,
    gateways: Option<&[PortBinding]>,
    vpc: &str,
    subnet: &str,
) -> Way<'r> {
    let name = format!("{vpc}-{subnet}");
    let Some(port) = northbound.router_port(&name) else { return Way::NoPort(name) };
    let binding = binding_of(&name);
    let is_bound = |one: &PortBinding| one.logical_port == binding && !one.chassis.is_empty();
    if gateways.is_none_or(|all| all.iter().any(is_bound)) { Way::Open } else { Way::Unbound(port) }
}

/// The name under which the southbound database has the port of a gateway.
#[must_use]
pub(super) fn binding_of(port: &str) -> String {
    format!("cr-{port}")
}
