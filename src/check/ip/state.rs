//! Rules about an IP as it is: what does not fit together between the object, its pod and OVN's port.

use std::collections::BTreeSet;

use crate::api::pod::Interface;
use crate::api::{Ip, Pod, Resource as _, Subnet, names};
use crate::check::{Finding, codes};
use crate::ovn::northbound::LogicalSwitchPort;
use crate::world::lenient;

/// An IP and what was read about it; `None` is what could not be read, of which nothing is said.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The object.
    pub ip: &'a Ip,
    /// Its Subnet, when there is one.
    pub subnet: Option<&'a Subnet>,
    /// The pod it is for, when there is one.
    pub pod: Option<&'a Pod>,
    /// OVN's port of its name, and whether there is one.
    pub port: Option<Option<&'a LogicalSwitchPort>>,
}

/// All that does not fit together, in the order of the codes.
#[must_use]
pub fn problems(state: &State<'_>) -> Vec<Finding> {
    let ip = state.ip;
    if ip.is_claim() {
        return vec![claims(ip)];
    }
    let mut findings: Vec<Finding> = stays(ip).or_else(|| has_address(ip)).into_iter().collect();
    findings.extend(is_handled(state));
    findings.extend(is_its_pods(state));
    findings.extend(has_port(state));
    findings.extend(is_in_ovn(state));
    findings
}

/// KO318. It holds its address until somebody finishes the deletion.
fn stays(ip: &Ip) -> Option<Finding> {
    let name = ip.name();
    let foreign = ip.metadata.finalizers.iter().find(|finalizer| !names::is_own_finalizer(finalizer));
    let finding = match foreign {
        Some(finalizer) => Finding::new(
            codes::KO318,
            format!("ip/{name} is being deleted and held by the finalizer {finalizer}, which is not Kube-OVN's"),
        )
        .hint("whoever set that finalizer has to remove it"),
        None => Finding::new(codes::KO318, format!("ip/{name} is being deleted and not gone"))
            .hint(format!("kubectl ko ip release ip/{name} finishes it")),
    };
    ip.metadata.is_terminating().then_some(finding)
}

/// KO319. Without an address nothing is reserved.
fn has_address(ip: &Ip) -> Option<Finding> {
    let name = ip.name();
    let finding = Finding::new(codes::KO319, format!("ip/{name} has no address"))
        .hint(format!("kubectl ko ip release ip/{name}, then reserve it anew: reserve says why it fails"));
    (!ip.is_ready()).then_some(finding)
}

/// KO320. What keeps an address during a reservation, and is left by one that was interrupted.
fn claims(ip: &Ip) -> Finding {
    let message =
        format!("ip/{} keeps {} for ip/{} while that is being reserved", ip.name(), wanted(ip), ip.claimed_for());
    Finding::new(codes::KO320, message)
        .hint(format!("if that was interrupted: run ip reserve again, or kubectl ko ip release ip/{}", ip.name()))
}

/// The address or the MAC that a claim keeps.
fn wanted(ip: &Ip) -> &str {
    ip.addresses().next().unwrap_or(&ip.spec.mac_address)
}

/// KO321. The controller passes over an IP whose name is not that of the pod's logical port, and nobody keeps its address.
fn is_handled(state: &State<'_>) -> Option<Finding> {
    let (ip, name) = (state.ip, state.ip.name());
    // nodes and routers have IPs too
    let subnet = state.subnet.filter(|_| !ip.spec.namespace.is_empty())?;
    // an attachment of the pod may have its address from a subnet of another provider
    if own_interface(state).is_some() {
        return None;
    }
    let right = names::port_name(&ip.spec.pod_name, &ip.spec.namespace, &subnet.spec.provider);
    let message = format!("the controller passes over ip/{name}: its name would have to be {right}");
    let hint = format!("kubectl ko ip release ip/{name}, then reserve it with kubectl ko ip reserve");
    (right != name).then(|| Finding::new(codes::KO321, message).hint(hint))
}

/// KO322. A pod keeps what it was made with, whatever the IP says later.
fn is_its_pods(state: &State<'_>) -> Option<Finding> {
    let ip = state.ip;
    let interface = own_interface(state)?;
    let set = |text: &str| text.split(',').filter_map(lenient).collect::<BTreeSet<_>>();
    let message =
        format!("the pod of ip/{} has {}, the IP says {}", ip.name(), interface.addresses, ip.spec.ip_address);
    let finding = Finding::new(codes::KO322, message).hint("an edit of an IP has no effect: set it back");
    (set(&interface.addresses) != set(&ip.spec.ip_address)).then_some(finding)
}

/// KO323. Without a port the pod's packets go nowhere.
fn has_port(state: &State<'_>) -> Option<Finding> {
    own_interface(state)?;
    // elsewhere OVN has no part in it
    let carried = state.subnet.is_none_or(|subnet| names::is_ovn_provider(&subnet.spec.provider));
    let message = format!("the pod of ip/{} runs and OVN has no port for it: it has no network", state.ip.name());
    let finding = Finding::new(codes::KO323, message).hint("delete the pod; the one made in its place gets a port");
    (carried && state.port?.is_none()).then_some(finding)
}

/// KO324. OVN's port decides which addresses pass.
fn is_in_ovn(state: &State<'_>) -> Vec<Finding> {
    let Some(port) = state.port.flatten() else { return Vec::new() };
    let has = port.addresses.join(" ");
    let missing = state.ip.addresses().filter(|address| !has.split(' ').any(|one| lenient(one) == lenient(address)));
    missing
        .map(|address| {
            let message = format!("OVN's port of ip/{} has {has}, not {address}", state.ip.name());
            Finding::new(codes::KO324, message)
                .hint(format!("kubectl ko nbctl list logical_switch_port {}", state.ip.name()))
        })
        .collect()
}

/// The interface of its pod, when the pod runs with this IP.
fn own_interface(state: &State<'_>) -> Option<Interface> {
    let pod = state.pod.filter(|_| state.ip.is_ready())?;
    pod.interfaces().into_iter().find(|interface| interface.port == state.ip.name())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).expect("an object")
    }

    /// `web-1.vpc1`, its Subnet, its pod and its port, as the documents have them, with a change of the objects.
    fn codes_of(change: impl Fn(&mut Value)) -> Vec<&'static str> {
        let mut all = json!({
            "ip": {"metadata": {"name": "web-1.vpc1", "finalizers": ["kubeovn.io/kube-ovn-controller"]},
                "spec": {"podName": "web-1", "namespace": "vpc1", "subnet": "web-net", "v4IpAddress": "192.168.0.2", "ipAddress": "192.168.0.2"}},
            "subnet": {"metadata": {"name": "web-net"}, "spec": {"provider": "ovn"}},
            "pod": {"metadata": {"name": "web-1", "namespace": "vpc1", "annotations": {
                "ovn.kubernetes.io/allocated": "true", "ovn.kubernetes.io/ip_address": "192.168.0.2", "ovn.kubernetes.io/logical_switch": "web-net"}}},
            "addresses": ["02:00:00:00:00:02 192.168.0.2"],
        });
        change(&mut all);
        let (ip, subnet): (Ip, Subnet) = (read(all["ip"].take()), read(all["subnet"].take()));
        let pod: Option<Pod> = read(all["pod"].take());
        let addresses: Option<Vec<String>> = read(all["addresses"].take());
        let port = addresses.map(|addresses| LogicalSwitchPort { addresses, ..LogicalSwitchPort::default() });
        let state = State { ip: &ip, subnet: Some(&subnet), pod: pod.as_ref(), port: Some(port.as_ref()) };
        problems(&state).iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn what_does_not_fit_together_has_its_code() {
        let none: [&str; 0] = [];
        assert_eq!(codes_of(|_| ()), none);
        let going = |all: &mut Value| all["ip"]["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        assert_eq!(codes_of(going), ["KO318"]);
        assert_eq!(codes_of(|all| all["ip"]["metadata"]["finalizers"] = json!([])), ["KO319"]);
        assert_eq!(
            codes_of(|all| all["ip"]["metadata"]["annotations"] = json!({"kubectl-ko/claim": "web-1.vpc1"})),
            ["KO320"]
        );
        let elsewhere = |all: &mut Value| all["subnet"]["spec"]["provider"] = json!("net1.vpc1.ovn");
        // the pod has it, so the controller took it for its own
        assert_eq!(codes_of(elsewhere), none);
        let nobodys = |all: &mut Value| {
            elsewhere(all);
            all["pod"] = Value::Null;
        };
        assert_eq!(codes_of(nobodys), ["KO321"]);
        let other = |all: &mut Value| all["ip"]["spec"]["ipAddress"] = json!("192.168.0.9");
        assert_eq!(codes_of(other), ["KO322"]);
        assert_eq!(codes_of(|all| all["addresses"] = Value::Null), ["KO323"]);
        assert_eq!(codes_of(|all| all["addresses"] = json!(["02:00:00:00:00:02 192.168.0.9"])), ["KO324"]);
    }

    #[test]
    fn a_reservation_without_its_pod_needs_no_port() {
        let codes = codes_of(|all| {
            all["pod"] = Value::Null;
            all["addresses"] = Value::Null;
        });
        assert_eq!(codes, [""; 0]);
    }
}
