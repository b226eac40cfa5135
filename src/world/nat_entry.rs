//! An EIP or a rule of either family as one line of a list, read of the server's cells or of the object.
//!
//! The cells (`additionalPrinterColumns`) are what the controller wrote to `status`; they say nothing of a rule that never got
//! ready, and those of `OvnFip` and `OvnSnatRule` do not name the EIP (Kube-OVN: charts/kube-ovn/templates/kube-ovn-crd.yaml).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::nat::RuleStatus;
use crate::api::nat_kind::{NatKind, Role};
use crate::api::{
    IptablesDnatRule, IptablesEip, IptablesFipRule, IptablesSnatRule, Metadata, OvnDnatRule, OvnEip, OvnFip,
    OvnSnatRule, TargetSpec,
};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub kind: NatKind,
    /// Its name.
    pub name: String,
    /// Its EIP's name, its own for an EIP; `None` where the cells do not say it.
    pub eip: Option<String>,
    /// External addresses, IPv4 and IPv6, each may be empty.
    pub external: [String; 2],
    /// Inside addresses, or CIDRs of a SNAT, IPv4 and IPv6, each may be empty.
    pub inside: [String; 2],
    /// External and inside port and protocol of a DNAT.
    pub ports: [String; 3],
    /// What it points at by name: an IP, a Vip or, for a SNAT, a Subnet.
    pub target: String,
    /// VPC of a rule of OVN's.
    pub vpc: String,
    /// Gateway of what is of the iptables family.
    pub gateway: String,
    /// External Subnet of an EIP.
    pub subnet: String,
    /// MAC of an EIP.
    pub mac: String,
    /// `spec.type` of a FIP, `status.type` of an EIP.
    pub of_type: String,
    /// `status.nat` of an EIP: the kinds of rules that the controller counts.
    pub nat: String,
    /// `true`, `false`, or `Terminating`; cells do not say the last.
    pub ready: String,
}

impl Entry {
    fn new(kind: NatKind, name: String) -> Self {
        let [external, inside] = [(); 2].map(|()| [const { String::new() }; 2]);
        let text = String::new;
        Self {
            kind,
            name,
            eip: None,
            external,
            inside,
            ports: [const { String::new() }; 3],
            target: text(),
            vpc: text(),
            gateway: text(),
            subnet: text(),
            mac: text(),
            of_type: text(),
            nat: text(),
            ready: "false".to_owned(),
        }
    }

    /// `oeip/NAME`
    #[must_use]
    pub fn named(&self) -> String {
        self.kind.named(&self.name)
    }

    /// Where it is: the external Subnet of an `OvnEip`, the VPC of a rule of OVN's, the gateway of everything else.
    #[must_use]
    pub fn place(&self) -> &str {
        match self.kind {
            _ if self.kind.is_iptables() => &self.gateway,
            NatKind::OvnEip => &self.subnet,
            _ => &self.vpc,
        }
    }

    /// The external addresses with the port of a DNAT, as OVN writes them.
    #[must_use]
    pub fn external_shown(&self) -> String {
        shown(&self.external, &self.ports[0])
    }

    /// The inside addresses with the port of a DNAT.
    #[must_use]
    pub fn inside_shown(&self) -> String {
        shown(&self.inside, &self.ports[1])
    }
}

fn shown(addresses: &[String; 2], port: &str) -> String {
    let one = |address: &String| match (port, address.contains(':')) {
        ("", _) => address.clone(),
        (port, true) => format!("[{address}]:{port}"),
        (port, false) => format!("{address}:{port}"),
    };
    let some: Vec<String> = addresses.iter().filter(|address| !address.is_empty()).map(one).collect();
    if some.is_empty() && !port.is_empty() { format!(":{port}") } else { some.join(",") }
}

/// The columns that a kind's cells must have.
fn columns(kind: NatKind) -> &'static [&'static str] {
    match kind {
        NatKind::OvnEip => &["V4IP", "V6IP", "Mac", "Type", "Nat", "Ready", "ExternalSubnet"],
        NatKind::OvnFip => &["Vpc", "Type", "V4Eip", "V6Eip", "V4Ip", "V6Ip", "Ready", "IpName"],
        NatKind::OvnSnat => &["Vpc", "V4Eip", "V6Eip", "V4IpCidr", "V6IpCidr", "Ready"],
        NatKind::OvnDnat => &[
            "Vpc",
            "Eip",
            "Protocol",
            "V4Eip",
            "V6Eip",
            "V4Ip",
            "V6Ip",
            "InternalPort",
            "ExternalPort",
            "IpName",
            "Ready",
        ],
        NatKind::IptablesEip => &["IP", "Mac", "Nat", "NatGwDp", "Ready"],
        NatKind::IptablesFip => &["Eip", "V4ip", "InternalIp", "Ready", "NatGwDp"],
        NatKind::IptablesSnat => &["Eip", "V4ip", "InternalCIDR", "NatGwDp", "Ready"],
        NatKind::IptablesDnat => {
            &["Eip", "Protocol", "V4ip", "InternalIp", "ExternalPort", "InternalPort", "NatGwDp", "Ready"]
        }
    }
}

/// The entries that the server's cells make; `None` where the release lacks a column.
#[must_use]
pub fn of_cells(kind: NatKind, headers: &[String], rows: Vec<Vec<String>>) -> Option<Vec<Entry>> {
    if rows.is_empty() {
        return Some(Vec::new());
    }
    let position = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let name = position("Name")?;
    let at: BTreeMap<&str, usize> =
        columns(kind).iter().map(|column| Some((*column, position(column)?))).collect::<Option<_>>()?;
    let entry = |mut row: Vec<String>| {
        let mut take = |at: usize| row.get_mut(at).map(std::mem::take).unwrap_or_default();
        let mut entry = Entry::new(kind, take(name));
        // a column that the kind does not have is no column of it
        let mut cell = |column: &str| at.get(column).map(|at| take(*at)).unwrap_or_default();
        entry.ready = (cell("Ready") == "true").to_string();
        entry.nat = cell("Nat");
        entry.mac = cell("Mac");
        entry.of_type = cell("Type");
        entry.vpc = cell("Vpc");
        entry.gateway = cell("NatGwDp");
        entry.subnet = cell("ExternalSubnet");
        entry.ports = ["ExternalPort", "InternalPort", "Protocol"].map(&mut cell);
        entry.target = cell("IpName");
        match kind {
            NatKind::OvnEip => entry.external = ["V4IP", "V6IP"].map(&mut cell),
            NatKind::IptablesEip => entry.external[0] = cell("IP"),
            NatKind::OvnFip | NatKind::OvnDnat => {
                entry.external = ["V4Eip", "V6Eip"].map(&mut cell);
                entry.inside = ["V4Ip", "V6Ip"].map(&mut cell);
            }
            NatKind::OvnSnat => {
                entry.external = ["V4Eip", "V6Eip"].map(&mut cell);
                entry.inside = ["V4IpCidr", "V6IpCidr"].map(&mut cell);
            }
            NatKind::IptablesFip | NatKind::IptablesDnat => {
                entry.external[0] = cell("V4ip");
                entry.inside[0] = cell("InternalIp");
            }
            NatKind::IptablesSnat => {
                entry.external[0] = cell("V4ip");
                entry.inside[0] = cell("InternalCIDR");
            }
        }
        entry.eip = match kind.role() {
            Role::Eip => Some(entry.name.clone()),
            _ => Some(cell("Eip")).filter(|eip| !eip.is_empty()),
        };
        entry
    };
    Some(rows.into_iter().map(entry).collect())
}

/// The entry of an object: what was written where it was, what was asked for elsewhere.
#[must_use]
pub fn of_object(kind: NatKind, object: &Value) -> Entry {
    match kind {
        NatKind::OvnEip => ovn_eip(read(object)),
        NatKind::OvnFip => {
            let OvnFip { metadata, spec, status } = read(object);
            let entry = started(kind, &metadata, status.ready, &spec.target.ovn_eip);
            Entry { of_type: spec.kind, ..pointing(entry, spec.target, status) }
        }
        NatKind::OvnSnat => {
            let OvnSnatRule { metadata, spec, status } = read(object);
            let entry = started(kind, &metadata, status.ready, &spec.ovn_eip);
            Entry {
                external: [status.v4_eip, status.v6_eip],
                inside: either([status.v4_ip_cidr, status.v6_ip_cidr], [spec.v4_ip_cidr, spec.v6_ip_cidr]),
                vpc: or(status.vpc, spec.vpc),
                target: or(spec.vpc_subnet, spec.ip_name),
                ..entry
            }
        }
        NatKind::OvnDnat => {
            let OvnDnatRule { metadata, spec, status } = read(object);
            let entry = started(kind, &metadata, status.ready, &spec.target.ovn_eip);
            let ports = [
                or(status.external_port.clone(), spec.external_port),
                or(status.internal_port.clone(), spec.internal_port),
                or(status.protocol.clone(), spec.protocol),
            ];
            Entry { ports, ..pointing(entry, spec.target, status) }
        }
        NatKind::IptablesEip => {
            let eip: IptablesEip = read(object);
            let subnet = eip.subnet().to_owned();
            let IptablesEip { metadata, spec, status } = eip;
            Entry {
                external: [or(status.ip, spec.v4_ip), String::new()],
                gateway: spec.nat_gw_dp,
                subnet,
                mac: spec.mac_address,
                nat: status.nat,
                ..started(kind, &metadata, status.ready, &metadata.name)
            }
        }
        NatKind::IptablesFip => {
            let IptablesFipRule { metadata, spec, status } = read(object);
            iptables(kind, &metadata, spec, status)
        }
        NatKind::IptablesSnat => {
            let IptablesSnatRule { metadata, spec, status } = read(object);
            iptables(kind, &metadata, spec, status)
        }
        NatKind::IptablesDnat => {
            let IptablesDnatRule { metadata, spec, status } = read(object);
            iptables(kind, &metadata, spec, status)
        }
    }
}

fn read<T: serde::de::DeserializeOwned + Default>(object: &Value) -> T {
    serde_json::from_value(object.clone()).unwrap_or_default()
}

fn started(kind: NatKind, metadata: &Metadata, ready: bool, eip: &str) -> Entry {
    let ready = if metadata.is_terminating() { "Terminating".to_owned() } else { ready.to_string() };
    Entry { eip: Some(eip.to_owned()), ready, ..Entry::new(kind, metadata.name.clone()) }
}

fn ovn_eip(eip: OvnEip) -> Entry {
    let subnet = eip.subnet().to_owned();
    let OvnEip { metadata, spec, status } = eip;
    Entry {
        external: either([status.v4_ip, status.v6_ip], [spec.v4_ip, spec.v6_ip]),
        subnet,
        mac: status.mac_address,
        of_type: or(status.kind, spec.kind),
        nat: status.nat,
        ..started(NatKind::OvnEip, &metadata, status.ready, &metadata.name)
    }
}

fn pointing(entry: Entry, target: TargetSpec, status: RuleStatus) -> Entry {
    Entry {
        external: [status.v4_eip, status.v6_eip],
        inside: either([status.v4_ip, status.v6_ip], [target.v4_ip, target.v6_ip]),
        vpc: or(status.vpc, target.vpc),
        target: target.ip_name,
        ..entry
    }
}

fn iptables(
    kind: NatKind,
    metadata: &Metadata,
    spec: crate::api::iptables::IptablesRuleSpec,
    status: crate::api::iptables::IptablesRuleStatus,
) -> Entry {
    Entry {
        external: [status.v4_ip, String::new()],
        inside: [or(spec.internal_ip, spec.internal_cidr), String::new()],
        ports: [spec.external_port, spec.internal_port, spec.protocol],
        gateway: status.nat_gw_dp,
        ..started(kind, metadata, status.ready, &spec.eip)
    }
}

fn or(first: String, second: String) -> String {
    if first.is_empty() { second } else { first }
}

/// What was written, or where nothing was, what was asked for.
fn either(status: [String; 2], spec: [String; 2]) -> [String; 2] {
    if status.iter().any(|text| !text.is_empty()) { status } else { spec }
}

/// Names the EIPs of rules by their address, as far as one EIP alone has it; the rules whose EIP stays unknown, as kind and name:
/// only the object says it.
#[must_use]
pub fn name_eips(entries: &mut [Entry]) -> Vec<(NatKind, String)> {
    let mut by_address: BTreeMap<String, Option<String>> = BTreeMap::new();
    for eip in entries.iter().filter(|entry| entry.kind == NatKind::OvnEip) {
        for address in eip.external.iter().filter(|address| !address.is_empty()) {
            let known = by_address.entry(address.clone()).or_insert_with(|| Some(eip.name.clone()));
            if known.as_ref().is_some_and(|name| *name != eip.name) {
                *known = None;
            }
        }
    }
    let mut unknown = Vec::new();
    for entry in entries.iter_mut().filter(|entry| entry.eip.is_none()) {
        entry.eip = entry.external.iter().find_map(|address| by_address.get(address).cloned().flatten());
        if entry.eip.is_none() {
            unknown.push((entry.kind, entry.name.clone()));
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cells(kind: NatKind, row: &[(&str, &str)]) -> Option<Vec<Entry>> {
        let headers: Vec<String> = row.iter().map(|(header, _)| (*header).to_owned()).collect();
        of_cells(kind, &headers, vec![row.iter().map(|(_, cell)| (*cell).to_owned()).collect()])
    }

    const FIP: [(&str, &str); 9] = [
        ("Name", "f"),
        ("Vpc", "vpc1"),
        ("Type", ""),
        ("V4Eip", "10.5.204.1"),
        ("V6Eip", ""),
        ("V4Ip", "192.168.0.2"),
        ("V6Ip", ""),
        ("Ready", "true"),
        ("IpName", "web.vpc1"),
    ];

    fn eip(name: &str, address: &str) -> Entry {
        of_object(NatKind::OvnEip, &json!({"metadata": {"name": name}, "status": {"v4Ip": address, "ready": true}}))
    }

    #[test]
    fn cells_and_object_make_the_same_entry_once_the_eip_has_its_name() {
        let object = json!({
            "metadata": {"name": "f"}, "spec": {"ovnEip": "e1", "ipName": "web.vpc1"},
            "status": {"vpc": "vpc1", "v4Eip": "10.5.204.1", "v4Ip": "192.168.0.2", "ready": true},
        });
        let mut entries = cells(NatKind::OvnFip, &FIP).unwrap_or_default();
        entries.push(eip("e1", "10.5.204.1"));
        assert_eq!(name_eips(&mut entries), []);
        assert_eq!(entries[0], of_object(NatKind::OvnFip, &object));
    }

    #[test]
    fn an_eip_that_the_address_does_not_tell_is_asked_for() {
        let of = |eips: &[Entry]| {
            let mut entries = [cells(NatKind::OvnFip, &FIP).unwrap_or_default(), eips.to_vec()].concat();
            (name_eips(&mut entries), entries[0].eip.clone())
        };
        let asked = vec![(NatKind::OvnFip, "f".to_owned())];
        assert_eq!(of(&[]), (asked.clone(), None), "the EIP is gone");
        assert_eq!(of(&[eip("e1", "10.5.204.1"), eip("e2", "10.5.204.1")]), (asked, None), "two networks, one address");
    }

    #[test]
    fn a_release_without_a_column_needs_the_objects() {
        assert_eq!(cells(NatKind::OvnFip, &FIP[..8]), None);
        assert_eq!(of_cells(NatKind::OvnFip, &[], Vec::new()), Some(Vec::new()));
    }

    #[test]
    fn a_rule_that_never_got_ready_shows_what_it_asks_for() {
        let dnat = of_object(
            NatKind::OvnDnat,
            &json!({"metadata": {"name": "d", "deletionTimestamp": "2026-01-01T00:00:00Z"}, "spec":
            {"ovnEip": "e1", "vpc": "vpc1", "v4Ip": "192.168.0.2", "externalPort": "80", "internalPort": "8080", "protocol": "tcp"}}),
        );
        assert_eq!((dnat.external_shown().as_str(), dnat.inside_shown().as_str()), (":80", "192.168.0.2:8080"));
        assert_eq!((dnat.place(), dnat.ready.as_str(), dnat.eip.as_deref()), ("vpc1", "Terminating", Some("e1")));
    }
}
