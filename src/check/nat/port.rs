//! Rules about the ports and the protocol of a DNAT.

use super::dnat::DnatIntent;
use super::key::parse_port;
use crate::check::{Finding, codes};

/// KO460: a protocol that OVN takes (ovn-nb(5), `Load_Balancer`, `protocol`).
pub(super) fn protocol(intent: &DnatIntent) -> Vec<Finding> {
    let text = intent.spec.protocol.as_str();
    let finding = match text {
        "tcp" | "udp" | "sctp" => return Vec::new(),
        "" => Finding::new(codes::KO460, "a DNAT without a protocol: the controller never makes it"),
        _ => Finding::new(
            codes::KO460,
            format!("protocol `{text}` is none that OVN takes; the controller would try for ever"),
        ),
    };
    let lower = text.trim().to_lowercase();
    vec![if ["tcp", "udp", "sctp"].contains(&lower.as_str()) {
        finding.hint(format!("write {lower}, in lower case"))
    } else {
        finding.hint("write tcp, udp or sctp")
    }]
}

/// KO461: ports are numbers.
pub(super) fn ports(intent: &DnatIntent) -> Vec<Finding> {
    let fields = [("externalPort", &intent.spec.external_port), ("internalPort", &intent.spec.internal_port)];
    let wrong = fields.into_iter().filter_map(|(field, text)| Some((field, text, parse_port(text).err()?)));
    let findings = wrong.map(|(field, text, reason)| {
        let finding = if text.is_empty() {
            Finding::new(codes::KO461, format!("a DNAT without {field}: the controller never makes it"))
        } else {
            Finding::new(
                codes::KO461,
                format!("{field} {reason}; the controller writes any text to OVN and calls the rule ready"),
            )
        };
        finding.hint("write one number from 1 to 65535; several ports are several rules")
    });
    findings.collect()
}
