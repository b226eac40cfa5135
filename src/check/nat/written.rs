//! What a ready rule asks for against what was written for it: an edit of a ready rule has no effect (docs/kube-ovn-behaviour.md).

use crate::api::{DnatSpec, FipSpec, OvnDnatRule, OvnFip, OvnSnatRule, TargetSpec};
use crate::check::Difference;
use crate::net::{parse_address, parse_network};
use crate::ovn::northbound::Nat;
use crate::world::nat_rule::NatRule;

/// The fields of a ready rule's spec that were edited since: [`Difference::is`] is what OVN was written with. Addresses behind a name
/// are not looked at, nor the EIP's: those change under a rule that nobody edited. `row` is the NAT row of a FIP, which alone tells
/// its type.
#[must_use]
pub fn spec_vs_written(rule: &NatRule, row: Option<&Nat>) -> Vec<Difference> {
    let status = rule.status();
    if !status.ready {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut compare = |field, is: &str, asked: &str, alike: fn(&str, &str) -> bool| {
        // a field that is not written, such as the IPv6 address of a FIP, says nothing
        if !is.is_empty() && !asked.is_empty() && !alike(is, asked) {
            found.push(Difference { field, is: is.to_owned(), asked: asked.to_owned() });
        }
    };
    match rule {
        NatRule::Fip(OvnFip { spec: FipSpec { target, .. }, .. })
        | NatRule::Dnat(OvnDnatRule { spec: DnatSpec { target, .. }, .. })
            if target.ip_name.is_empty() =>
        {
            let TargetSpec { vpc, v4_ip, v6_ip, .. } = target;
            compare("vpc", &status.vpc, vpc, same_text);
            compare("v4Ip", &status.v4_ip, v4_ip, same_address);
            compare("v6Ip", &status.v6_ip, v6_ip, same_address);
        }
        NatRule::Snat(OvnSnatRule { spec, .. }) if !(spec.v4_ip_cidr.is_empty() && spec.v6_ip_cidr.is_empty()) => {
            compare("vpc", &status.vpc, &spec.vpc, same_text);
            compare("v4IpCidr", &status.v4_ip_cidr, &spec.v4_ip_cidr, same_network);
            compare("v6IpCidr", &status.v6_ip_cidr, &spec.v6_ip_cidr, same_network);
        }
        _ => {}
    }
    match rule {
        NatRule::Dnat(OvnDnatRule { spec, .. }) => {
            compare("protocol", &status.protocol, &spec.protocol, str::eq_ignore_ascii_case);
            compare("externalPort", &status.external_port, &spec.external_port, same_text);
            compare("internalPort", &status.internal_port, &spec.internal_port, same_text);
        }
        NatRule::Fip(OvnFip { spec, .. }) => {
            if let Some(row) = row {
                let word = |distributed| if distributed { "distributed" } else { "centralized" };
                // anything but `distributed` makes a centralized one
                let asked = if spec.kind.is_empty() { "" } else { word(spec.kind == "distributed") };
                compare("type", word(row.is_stateless()), asked, same_text);
            }
        }
        NatRule::Snat(_) => {}
    }
    found
}

fn same_text(one: &str, other: &str) -> bool {
    one == other
}

fn same_address(one: &str, other: &str) -> bool {
    one == other || parse_address(one).is_ok_and(|one| parse_address(other).is_ok_and(|other| one == other))
}

fn same_network(one: &str, other: &str) -> bool {
    // an address alone and one with its whole length are the same source
    let network = |text: &str| parse_network(text).ok().or_else(|| Some(parse_address(text).ok()?.into()));
    one == other || network(one).is_some_and(|one| network(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read<T: serde::de::DeserializeOwned + Default>(value: Value) -> T {
        serde_json::from_value(value).unwrap_or_default()
    }

    /// Kube-OVN writes nothing anew for an edited rule: its status keeps what OVN has.
    #[test]
    fn an_edit_of_a_ready_rule_is_told_field_by_field() {
        let of = |noun: &str, spec: Value, status: Value, row: Option<&Nat>| {
            let mut value = json!({"metadata": {"name": "f1"}, "spec": spec, "status": status});
            value["status"]["ready"] = json!(true);
            let rule = match noun {
                "fip" => NatRule::Fip(read(value)),
                "snat" => NatRule::Snat(read(value)),
                _ => NatRule::Dnat(read(value)),
            };
            let found = spec_vs_written(&rule, row).into_iter();
            found.map(|edit| format!("{} {}", edit.field, edit.asked)).collect::<Vec<_>>()
        };
        let dnat = json!({"ipName": "web", "protocol": "TCP", "externalPort": "8080", "internalPort": "80"});
        let written = |protocol: &str, external: &str, internal: &str| json!({"v4Ip": "10.0.0.1", "protocol": protocol, "externalPort": external, "internalPort": internal});
        assert_eq!(of("dnat", dnat.clone(), written("tcp", "8080", "80"), None), [""; 0]);
        assert_eq!(of("dnat", dnat.clone(), json!({}), None), [""; 0], "nothing is known");
        assert_eq!(
            of("dnat", dnat, written("udp", "80", "81"), None),
            ["protocol TCP", "externalPort 8080", "internalPort 80"]
        );
        let raw = json!({"vpc": "v", "v4Ip": "10.0.0.2"});
        assert_eq!(of("fip", raw.clone(), json!({"vpc": "v", "v4Ip": "10.0.0.2"}), None), [""; 0]);
        assert_eq!(of("fip", raw, json!({"vpc": "w", "v4Ip": "10.0.0.1"}), None), ["vpc v", "v4Ip 10.0.0.2"]);
        let behind_a_name = json!({"ipName": "web", "vpc": "v", "v4Ip": "10.0.0.2"});
        assert_eq!(of("fip", behind_a_name, json!({"vpc": "w", "v4Ip": "10.0.0.1"}), None), [""; 0]);
        for (cidr, told) in [("10.0.0.0/24", &[][..]), ("10.0.0.7/24", &[]), ("10.0.1.0/24", &["v4IpCidr 10.0.1.0/24"])]
        {
            let (spec, status) =
                (json!({"vpc": "v", "v4IpCidr": cidr}), json!({"vpc": "v", "v4IpCidr": "10.0.0.0/24"}));
            assert_eq!(of("snat", spec, status, None), told, "{cidr}");
        }
        let row = |key: &str, value: &str| Nat { options: [(key.into(), value.into())].into(), ..Nat::default() };
        for (kind, row, told) in [
            ("distributed", row("stateless", "true"), &[][..]),
            ("distributed", row("staleless", "true"), &[]),
            ("distributed", row("stateless", "false"), &["type distributed"]),
            ("centralized", row("stateless", "true"), &["type centralized"]),
            ("", row("stateless", "true"), &[]),
        ] {
            assert_eq!(of("fip", json!({"ipName": "web", "type": kind}), json!({}), Some(&row)), told, "{kind}");
        }
    }
}
