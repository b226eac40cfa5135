//! `show` of both tools (ovn-nbctl.c: `print_ls`, `print_lr`; db-ctl-base.c: `cmd_show`).

use std::collections::HashMap;
use std::net::Ipv6Addr;

use serde_json::Value;

use super::cell::{key, set, text, uuid};
use super::lists::{find_router, find_switch};
use super::schema;
use super::view::{View, datum};

/// The northbound one: of everything, or of one switch or router.
pub(super) fn northbound(view: View<'_>, name: Option<&str>) -> Result<String, String> {
    let (switches, routers) = match name {
        Some(name) => (
            find_switch(view, name, false)?.into_iter().collect::<Vec<_>>(),
            find_router(view, name, false)?.into_iter().collect::<Vec<_>>(),
        ),
        None => (view.rows("Logical_Switch").iter().collect(), view.rows("Logical_Router").iter().collect()),
    };
    let ports = view.by_uuid("Logical_Switch_Port");
    let rows = OfRouters {
        ports: view.by_uuid("Logical_Router_Port"),
        nats: view.by_uuid("NAT"),
        chassis: view.by_uuid("Gateway_Chassis"),
    };
    let mut out = String::new();
    for row in switches {
        switch(row, &ports, &mut out);
    }
    for row in routers {
        router(row, &rows, &mut out);
    }
    Ok(out)
}

struct OfRouters<'a> {
    ports: HashMap<&'a str, &'a Value>,
    nats: HashMap<&'a str, &'a Value>,
    chassis: HashMap<&'a str, &'a Value>,
}

fn alias<'r>(row: &'r Value, name: &str) -> [&'r str; 3] {
    match key(row, "external_ids", name) {
        Some(alias) if !alias.is_empty() => [" (aka ", alias, ")"],
        _ => [""; 3],
    }
}

fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// `        NAME: VALUE`, when there is a value.
fn detail(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.extend(["        ", name, ": ", value, "\n"]);
    }
}

fn switch(row: &Value, ports: &HashMap<&str, &Value>, out: &mut String) {
    out.extend(["switch ", uuid(row), " (", text(row, "name"), ")"]);
    out.extend(alias(row, "neutron:network_name"));
    out.push('\n');
    for port in set(row, "ports").iter().filter_map(|uuid| ports.get(uuid.as_str())) {
        out.extend(["    port ", text(port, "name")]);
        out.extend(alias(port, "neutron:port_name"));
        out.push('\n');
        detail(out, "type", Some(text(port, "type")).filter(|kind| !kind.is_empty()));
        detail(out, "parent", port["parent_name"].as_str());
        detail(out, "tag", port["tag"].as_i64().map(|tag| tag.to_string()).as_deref());
        let addresses = set(port, "addresses");
        // of a router's port the tools leave the word `router` out
        if !addresses.is_empty() && addresses != ["router"] {
            detail(out, "addresses", Some(&format!("[{}]", quoted(&addresses))));
        }
        detail(out, "router-port", key(port, "options", "router-port"));
        detail(out, "peer", port["peer"].as_str());
    }
}

fn router(row: &Value, rows: &OfRouters<'_>, out: &mut String) {
    out.extend(["router ", uuid(row), " (", text(row, "name"), ")"]);
    out.extend(alias(row, "neutron:router_name"));
    out.push('\n');
    for port in set(row, "ports").iter().filter_map(|uuid| rows.ports.get(uuid.as_str())) {
        out.extend(["    port ", text(port, "name"), "\n"]);
        detail(out, "mac", Some(&format!("\"{}\"", text(port, "mac"))));
        detail(out, "ipv6-lla", Some(&format!("\"{}\"", link_local(text(port, "mac")))));
        let networks = set(port, "networks");
        detail(
            out,
            "networks",
            Some(&format!("[{}]", quoted(&networks))).filter(|_| !networks.is_empty()).map(String::as_str),
        );
        detail(out, "route-table", key(port, "options", "route_table"));
        let chassis = gateways(port, &rows.chassis);
        let shown = format!("[{}]", chassis.join(" "));
        detail(out, "gateway chassis", Some(shown.as_str()).filter(|_| !chassis.is_empty()));
    }
    for nat in set(row, "nat").iter().filter_map(|uuid| rows.nats.get(uuid.as_str())) {
        out.extend(["    nat ", uuid(nat), "\n"]);
        let lines = [
            ("external ip", "external_ip"),
            ("external port(s)", "external_port_range"),
            ("logical ip", "logical_ip"),
            ("type", "type"),
        ];
        for (name, column) in lines {
            let value = text(nat, column);
            if !(value.is_empty() && column == "external_port_range") {
                detail(out, name, Some(&format!("\"{value}\"")));
            }
        }
    }
}

/// The chassis of a gateway port, the one that is to be it first.
fn gateways<'r>(port: &Value, chassis: &HashMap<&str, &'r Value>) -> Vec<&'r str> {
    let mut found: Vec<&Value> =
        set(port, "gateway_chassis").iter().filter_map(|uuid| chassis.get(uuid.as_str()).copied()).collect();
    let rank = |row: &Value| (row["priority"].as_i64().unwrap_or_default(), text(row, "name").to_owned());
    found.sort_by_key(|row| std::cmp::Reverse(rank(row)));
    found.into_iter().map(|row| text(row, "chassis_name")).collect()
}

/// The IPv6 address that a MAC gives (RFC 4291, appendix A).
fn link_local(mac: &str) -> Ipv6Addr {
    let mut bytes = [0_u8; 6];
    for (byte, part) in bytes.iter_mut().zip(mac.split(':')) {
        *byte = u8::from_str_radix(part, 16).unwrap_or_default();
    }
    let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    let host = [pair(bytes[0] ^ 2, bytes[1]), pair(bytes[2], 0xff), pair(0xfe, bytes[3]), pair(bytes[4], bytes[5])];
    Ipv6Addr::new(0xfe80, 0, 0, 0, host[0], host[1], host[2], host[3])
}

/// The southbound one: chassis, their encapsulations, and the ports that are bound to them.
pub(super) fn southbound(view: View<'_>) -> String {
    let mut out = String::new();
    let encaps = view.by_uuid("Encap");
    let shown = |row: &Value, table: &str, column: &str| {
        let column = schema::table(view.database, table)?.column(column)?;
        let datum = datum(row, column);
        Some((datum.is_default(column.kind), datum.printed(column.kind)))
    };
    let printed =
        |row: &Value, table: &str, column: &str| shown(row, table, column).map_or_else(String::new, |(_, text)| text);
    let detail = |out: &mut String, indent: &str, row: &Value, table: &str, column: &str| {
        if let Some((false, text)) = shown(row, table, column) {
            out.extend([indent, column, ": ", &text, "\n"]);
        }
    };
    for chassis in view.rows("Chassis") {
        out.extend(["Chassis ", &printed(chassis, "Chassis", "name"), "\n"]);
        detail(&mut out, "    ", chassis, "Chassis", "hostname");
        for encap in set(chassis, "encaps").iter().filter_map(|uuid| encaps.get(uuid.as_str())) {
            out.extend(["    Encap ", &printed(encap, "Encap", "type"), "\n"]);
            detail(&mut out, "        ", encap, "Encap", "ip");
            detail(&mut out, "        ", encap, "Encap", "options");
        }
        let bound = view.rows("Port_Binding").iter().filter(|port| port["chassis"] == chassis["_uuid"]);
        for port in bound {
            out.extend(["    Port_Binding ", &printed(port, "Port_Binding", "logical_port"), "\n"]);
        }
    }
    out
}
