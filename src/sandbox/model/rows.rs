//! What the controller writes to OVN's northbound database, and what ovn-northd makes of it in the southbound one, as far as commands
//! look there (Kube-OVN: pkg/ovs/ovn-nb-*.go).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};

use super::{Hand, Handled, text};
use crate::sandbox::ovn::cell::{items, key, map_of, refer, set_key};

const NB: &str = "OVN_Northbound";
const SB: &str = "OVN_Southbound";

/// Eight bytes that look random: of what they are for and of the time.
fn noise(hand: &mut Hand<'_>, seed: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (hand.now(), hand.tables().rows(NB, "Logical_Switch_Port").len(), seed).hash(&mut hasher);
    hasher.finish()
}

/// Letters and digits as Kubernetes has them in names it makes up: always the same for one seed.
pub(super) fn letters(seed: &str, count: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let mut number = hasher.finish();
    let mut next = || {
        let letter = LETTERS[usize::try_from(number % 27).unwrap_or_default()];
        number /= 27;
        char::from(letter)
    };
    (0..count).map(|_| next()).collect()
}

/// A MAC of the local kind, of one host.
pub(super) fn mac(hand: &mut Hand<'_>, seed: &str) -> String {
    let bytes = noise(hand, seed).to_be_bytes();
    let pairs = [(bytes[0] & 0xfc) | 2, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]];
    pairs.map(|pair| format!("{pair:02x}")).join(":")
}

fn uuid(hand: &mut Hand<'_>, seed: &str) -> Value {
    let (one, two) = (noise(hand, seed), noise(hand, &format!("{seed}+")));
    let (one, two) = (format!("{one:016x}"), format!("{two:016x}"));
    json!(["uuid", format!("{}-{}-4{}-8{}-{}", &one[..8], &one[8..12], &one[13..], &two[1..4], &two[4..])])
}

fn set() -> Value {
    json!(["set", []])
}

fn row<'a>(hand: &'a mut Hand<'_>, database: &str, table: &str, name: (&str, &str)) -> Option<&'a mut Value> {
    hand.tables().rows_mut(database, table).iter_mut().find(|row| row[name.0] == name.1)
}

fn there(hand: &mut Hand<'_>, table: &str, name: &str) -> Option<Value> {
    hand.tables().rows(NB, table).iter().find(|row| row["name"] == name).cloned()
}

/// The MAC of a router port; `None` when there is no such port.
pub(super) fn router_port_mac(hand: &mut Hand<'_>, name: &str) -> Option<String> {
    there(hand, "Logical_Router_Port", name).map(|row| text(&row, "/mac").to_owned())
}

/// A logical switch port to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port<'a> {
    pub(super) name: &'a str,
    pub(super) switch: &'a str,
    /// Empty for a workload's port.
    pub(super) kind: &'a str,
    /// `MAC IP…`; empty for none.
    pub(super) addresses: &'a str,
    pub(super) options: &'a [(&'a str, &'a str)],
    /// What is noted beside the switch and the vendor.
    pub(super) ids: &'a [(&'a str, &'a str)],
    /// Whether its pod runs on a chassis: the port is up.
    pub(super) chassis: Option<&'a str>,
}

/// Whether there is a port of that name.
pub(super) fn has_port(hand: &mut Hand<'_>, name: &str) -> bool {
    hand.tables().rows(NB, "Logical_Switch_Port").iter().any(|row| row["name"] == name)
}

/// Makes a port, and ovn-northd's row for it. One that is there stays as it is.
pub(super) fn add_port(hand: &mut Hand<'_>, port: Port<'_>) -> Handled {
    if has_port(hand, port.name) {
        return Ok(());
    }
    let uuid_nb = uuid(hand, port.name);
    let switch = row(hand, NB, "Logical_Switch", ("name", port.switch));
    let switch = switch.ok_or_else(|| format!("not found logical switch \"{}\"", port.switch))?;
    refer(switch, "ports", &uuid_nb, true);
    let noted: Vec<(&str, &str)> =
        port.ids.iter().copied().chain([("ls", port.switch), ("vendor", "kube-ovn")]).collect();
    let addresses = if port.addresses.is_empty() { set() } else { json!(port.addresses) };
    let made = json!({
        "_uuid": uuid_nb, "addresses": addresses, "dhcpv4_options": set(), "dhcpv6_options": set(), "dynamic_addresses": set(),
        "enabled": set(), "external_ids": map_of(noted), "ha_chassis_group": set(), "mirror_rules": set(), "name": port.name,
        "options": map_of(port.options.iter().copied()), "parent_name": set(), "peer": set(), "port_security": set(), "tag": set(), "tag_request": set(),
        "type": port.kind, "up": port.chassis.is_some(),
    });
    hand.tables().rows_mut(NB, "Logical_Switch_Port").push(made.clone());
    bind(hand, &made, port);
    Ok(())
}

/// ovn-northd's row for a port.
fn bind(hand: &mut Hand<'_>, made: &Value, port: Port<'_>) {
    let own = uuid(hand, &format!("{}/binding", port.name));
    let datapaths = hand.tables().rows(SB, "Datapath_Binding");
    let datapath = datapaths.iter().find(|row| key(row, "external_ids", "name") == Some(port.switch));
    let Some(datapath) = datapath.map(|row| row["_uuid"].clone()) else { return };
    let chassis = hand.tables().rows(SB, "Chassis").iter().find(|row| row["hostname"].as_str() == port.chassis);
    let chassis = chassis.filter(|_| port.chassis.is_some()).map_or_else(set, |row| row["_uuid"].clone());
    let bindings = hand.tables().rows_mut(SB, "Port_Binding");
    let keys = bindings.iter().filter(|row| row["datapath"] == datapath).filter_map(|row| row["tunnel_key"].as_u64());
    let key = keys.max().unwrap_or_default() + 1;
    bindings.push(json!({
        "_uuid": own, "additional_chassis": set(), "additional_encap": set(), "chassis": chassis, "datapath": datapath, "encap": set(),
        "external_ids": made["external_ids"], "gateway_chassis": set(), "ha_chassis_group": set(), "logical_port": port.name,
        "mac": made["addresses"], "mirror_rules": set(), "nat_addresses": set(), "options": made["options"], "parent_port": set(),
        "port_security": set(), "requested_additional_chassis": set(), "requested_chassis": set(), "tag": set(), "tunnel_key": key,
        "type": port.kind, "up": port.chassis.is_some(), "virtual_parent": set(),
    }));
}

/// Removes a port wherever it is. One that is not there is no error.
pub(super) fn remove_port(hand: &mut Hand<'_>, name: &str) {
    let Some(port) = there(hand, "Logical_Switch_Port", name) else { return };
    hand.tables().rows_mut(NB, "Logical_Switch_Port").retain(|row| row["name"] != name);
    for switch in hand.tables().rows_mut(NB, "Logical_Switch") {
        if items(&switch["ports"]).contains(&port["_uuid"]) {
            refer(switch, "ports", &port["_uuid"], false);
        }
    }
    hand.tables().rows_mut(SB, "Port_Binding").retain(|row| row["logical_port"] != name);
}

/// Sets or removes an entry of a port's map, in both databases.
pub(super) fn note(hand: &mut Hand<'_>, port: &str, column: &str, of: &str, value: Option<&str>) {
    for (database, table, name) in [(NB, "Logical_Switch_Port", "name"), (SB, "Port_Binding", "logical_port")] {
        if let Some(found) = row(hand, database, table, (name, port))
            && key(found, column, of) != value
        {
            set_key(found, column, of, value);
        }
    }
}

/// A row of `NAT`, as far as it is told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nat<'a> {
    pub(super) router: &'a str,
    /// `snat` or `dnat_and_snat`.
    pub(super) kind: &'a str,
    pub(super) external: &'a str,
    pub(super) logical: &'a str,
}

impl Nat<'_> {
    fn spelled(&self) -> String {
        format!("nat 'type {} external ip {} logical ip {}'", self.kind, self.external, self.logical)
    }

    /// The row with its key: of a SNAT its source, of a FIP its external address.
    fn find(&self, hand: &mut Hand<'_>) -> Handled<Option<Value>> {
        let router = there(hand, "Logical_Router", self.router).ok_or_else(|| {
            format!(
                "get logical router {} {}: not found logical router \"{}\"",
                self.router,
                self.spelled(),
                self.router
            )
        })?;
        let own = items(&router["nat"]);
        let same = |row: &&Value| {
            row["type"] == self.kind
                && if self.kind == "snat" {
                    row["logical_ip"] == self.logical
                } else {
                    row["external_ip"] == self.external
                }
        };
        let rows = hand.tables().rows(NB, "NAT").iter().filter(|row| own.contains(&row["_uuid"]));
        let found: Vec<Value> = rows.filter(same).cloned().collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            _ => Err(format!("more than one {} in logical router {}", self.spelled(), self.router)),
        }
    }
}

/// Adds a row, unless there is one with its key. `port` and `mac` are those of a FIP, empty for none.
pub(super) fn add_nat(hand: &mut Hand<'_>, nat: Nat<'_>, mac: &str, port: &str, options: &[(&str, &str)]) -> Handled {
    let found = nat.find(hand).map_err(|why| format!("get logical router {} nat: {why}", nat.router))?;
    if found.is_some() {
        return Ok(());
    }
    let own = uuid(hand, &format!("{nat:?}"));
    let optional = |text: &str| if text.is_empty() { set() } else { json!(text) };
    let made = json!({
        "_uuid": own, "allowed_ext_ips": set(), "exempted_ext_ips": set(), "external_ids": map_of([]), "external_ip": nat.external,
        "external_mac": optional(mac), "external_port_range": "", "gateway_port": set(), "logical_ip": nat.logical,
        "logical_port": optional(port), "match": "", "options": map_of(options.iter().copied()), "priority": 0, "type": nat.kind,
    });
    hand.tables().rows_mut(NB, "NAT").push(made);
    if let Some(router) = row(hand, NB, "Logical_Router", ("name", nat.router)) {
        refer(router, "nat", &own, true);
    }
    Ok(())
}

/// Removes the row with that key; one that is not there is an error, and the rule's deletion hangs.
pub(super) fn delete_nat(hand: &mut Hand<'_>, nat: Nat<'_>) -> Handled {
    let found = nat.find(hand)?.ok_or_else(|| format!("not found logical router {} {}", nat.router, nat.spelled()))?;
    hand.tables().rows_mut(NB, "NAT").retain(|row| row["_uuid"] != found["_uuid"]);
    if let Some(router) = row(hand, NB, "Logical_Router", ("name", nat.router)) {
        refer(router, "nat", &found["_uuid"], false);
    }
    Ok(())
}

/// Adds a front end to the load balancer of that name, which is made when there is none, and hands it to the router.
pub(super) fn add_front(hand: &mut Hand<'_>, router: &str, name: &str, protocol: &str, front: (&str, &str)) -> Handled {
    if there(hand, "Load_Balancer", name).is_none() {
        if !matches!(protocol, "tcp" | "udp" | "sctp") {
            return Err(format!("create load balancer {name}: 1 ovsdb operations failed"));
        }
        let own = uuid(hand, &format!("{name}/balancer"));
        hand.tables().rows_mut(NB, "Load_Balancer").push(json!({
            "_uuid": own, "external_ids": map_of([("vendor", "kube-ovn")]), "health_check": set(), "ip_port_mappings": map_of([]),
            "name": name, "options": map_of([]), "protocol": protocol, "selection_fields": set(), "vips": map_of([]),
        }));
    }
    if let Some(balancer) = row(hand, NB, "Load_Balancer", ("name", name)) {
        set_key(balancer, "vips", front.0, Some(front.1));
    }
    attach(hand, router, name, true)
}

/// Takes a front end away; the load balancer stays, empty and of no router.
pub(super) fn delete_front(hand: &mut Hand<'_>, router: &str, name: &str, front: &str) -> Handled {
    let balancer = row(hand, NB, "Load_Balancer", ("name", name));
    let balancer = balancer.ok_or_else(|| format!("not found load balancer \"{name}\""))?;
    set_key(balancer, "vips", front, None);
    attach(hand, router, name, false)
}

fn attach(hand: &mut Hand<'_>, router: &str, name: &str, wanted: bool) -> Handled {
    let balancer = there(hand, "Load_Balancer", name).unwrap_or_default();
    let found = row(hand, NB, "Logical_Router", ("name", router)).ok_or_else(|| {
        let why = format!("get logical router {router}: not found logical router \"{router}\"");
        format!("generate operations for logical router {router} update lbs [{name}]: {why}")
    })?;
    refer(found, "load_balancer", &balancer["_uuid"], wanted);
    Ok(())
}
