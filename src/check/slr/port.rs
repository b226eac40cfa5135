//! Rules about the ports of a `SwitchLBRule`: what a Service takes.

use std::collections::BTreeSet;

use super::SlrIntent;
use crate::api::nat::SwitchLbPort;
use crate::check::{Finding, codes};
use crate::net::check_label;

/// The protocol of a port; a Service takes none for TCP.
pub(super) fn protocol(port: &SwitchLbPort) -> &str {
    if port.protocol.is_empty() { "TCP" } else { &port.protocol }
}

/// KO562: ports that a Service takes.
pub(super) fn written(intent: &SlrIntent) -> Vec<Finding> {
    let ports = &intent.spec.ports;
    let told = |what: String, hint: &str| Finding::new(codes::KO562, what).hint(hint);
    if ports.is_empty() {
        return vec![told(
            "no ports: a Service is made, and OVN gets no load balancer of it".to_owned(),
            "set spec.ports, such as {name: http, port: 80, targetPort: 8080, protocol: TCP}",
        )];
    }
    let refused = "the API server refuses its Service, and the controller tries for ever";
    let mut findings = Vec::new();
    for port in ports {
        for (field, number) in [("port", port.port), ("targetPort", port.target_port)] {
            if !(1..=65535).contains(&number) {
                findings.push(told(
                    format!("ports: {field} {number} is not from 1 to 65535: {refused}"),
                    "write a number from 1 to 65535",
                ));
            }
        }
        if !["TCP", "UDP", "SCTP"].contains(&protocol(port)) {
            findings.push(told(
                format!("ports: protocol {} is none: {refused}", port.protocol),
                "write TCP, UDP or SCTP in capitals",
            ));
        }
        if port.name.is_empty() && ports.len() > 1 {
            findings
                .push(told(format!("ports: {} of several has no name: {refused}", port.port), "give each port a name"));
        }
        if !port.name.is_empty() && check_label(&port.name).is_err() {
            findings.push(told(
                format!("ports: name {} is none that a Service takes: {refused}", port.name),
                "write lower-case letters, digits and -",
            ));
        }
    }
    let mut names = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for port in ports {
        if !port.name.is_empty() && !names.insert(port.name.as_str()) {
            findings.push(told(
                format!("ports: two are called {}: {refused}", port.name),
                "give each port a name of its own",
            ));
        }
        if !numbers.insert((port.port, protocol(port))) {
            findings.push(told(
                format!("ports: {}/{} is there twice: {refused}", port.port, protocol(port)),
                "write each port once",
            ));
        }
    }
    findings
}
