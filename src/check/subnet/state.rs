//! What is wrong with a Subnet that is there.

use crate::api::Subnet;
use crate::check::{Finding, codes};
use crate::world::World;
use crate::world::subnet_use::{SubnetUse, book, listed};

/// What was read about it.
#[derive(Clone, Copy, Debug)]
pub struct State<'s> {
    /// The Subnet.
    pub subnet: &'s Subnet,
    /// Who has addresses of it.
    pub found: &'s SubnetUse,
    /// What was read besides.
    pub world: &'s World,
    /// Whether OVN has its switch, when that is known.
    pub switch: Option<bool>,
}

/// What does not fit together.
#[must_use]
pub fn problems(state: &State<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(leaving(state));
    findings.extend(unready(state.subnet));
    findings.extend(in_ovn(state));
    findings.extend(drift(state));
    findings
}

/// KO570.
fn unready(subnet: &Subnet) -> Option<Finding> {
    if subnet.is_ready() {
        return None;
    }
    let name = &subnet.metadata.name;
    let said = match subnet.error() {
        "" => "no condition says why".to_owned(),
        error => error.to_owned(),
    };
    Some(
        Finding::new(codes::KO570, format!("subnet/{name} is not ready: {said}"))
            .hint(format!("kubectl ko subnet lint {name} goes through its rules")),
    )
}

/// KO573.
fn leaving(state: &State<'_>) -> Option<Finding> {
    let kinds = state.found.kinds();
    if !state.subnet.metadata.is_terminating() || kinds.is_empty() {
        return None;
    }
    let told: Vec<String> = kinds.iter().map(|(kind, names)| format!("{kind} {}", listed(names))).collect();
    Some(
        Finding::new(
            codes::KO573,
            format!(
                "subnet/{} is being deleted, and goes only when nobody has an address of it: {}",
                state.subnet.metadata.name,
                told.join("; ")
            ),
        )
        .hint("delete those first"),
    )
}

/// KO571.
fn in_ovn(state: &State<'_>) -> Option<Finding> {
    let subnet = state.subnet;
    if !subnet.is_ready() || !subnet.is_ovn() {
        return None;
    }
    let name = &subnet.metadata.name;
    let what = if state.switch == Some(false) {
        format!("OVN has no logical switch {name}")
    } else {
        let northbound = state.world.northbound.known().filter(|_| subnet.has_router_port())?;
        northbound
            .router_port(&subnet.router_port())
            .is_none()
            .then(|| format!("OVN has no router port {}", subnet.router_port()))?
    };
    Some(
        Finding::new(codes::KO571, format!("subnet/{name} is ready, but {what}"))
            .hint("a restart of kube-ovn-controller makes it anew"),
    )
}

/// KO572: the address book of the controller, as the status shows it, is what objects hold. Addresses of excludeIps are not in it.
fn drift(state: &State<'_>) -> Vec<Finding> {
    let (subnet, found) = (state.subnet, state.found);
    let sources = [
        state.world.ips.unknown(),
        state.world.vips.unknown(),
        state.world.ovn_eips.unknown(),
        state.world.iptables_eips.unknown(),
    ];
    // what could not be read would look like a leak
    if !subnet.is_ready() || sources.iter().any(Option::is_some) {
        return Vec::new();
    }
    let used = book(&subnet.status.v4_using_range).union(&book(&subnet.status.v6_using_range));
    let held = found.held();
    let name = &subnet.metadata.name;
    let lost = used.subtract(&held).subtract(&found.excluded);
    let given_twice = held.intersect(&found.hosts).subtract(&found.excluded).subtract(&used);
    let restart = "kubectl -n kube-system rollout restart deployment kube-ovn-controller builds the address book anew";
    let mut findings = Vec::new();
    if !lost.is_empty() {
        findings.push(
            Finding::new(
                codes::KO572,
                format!("the address book of subnet {name} has {lost} in use, and no object has it: nobody gets it"),
            )
            .hint(restart),
        );
    }
    if !given_twice.is_empty() {
        let who: Vec<String> = found
            .holders
            .iter()
            .filter(|holder| holder.addresses.iter().any(|address| given_twice.contains(address)))
            .map(|holder| holder.name.clone())
            .collect();
        findings.push(
            Finding::new(codes::KO572, format!("the address book of subnet {name} has {given_twice} free, and objects have it: {}; others may get it", listed(&who)))
                .hint(restart),
        );
    }
    findings
}
