//! The lists of ovn-nbctl that are no tables: switches, routers, their ports, NAT rules and load balancers (ovn-nbctl.c).

use std::collections::HashMap;

use serde_json::Value;

use super::cell::{key, pairs, set, text, uuid};
use super::order::sorted;
use super::view::View;

/// A name of a switch or its UUID.
pub(super) fn find_switch<'a>(view: View<'a>, id: &str, must: bool) -> Result<Option<&'a Value>, String> {
    named(view, "Logical_Switch", ("switch", "switches"), id, must)
}

/// A name of a router or its UUID.
pub(super) fn find_router<'a>(view: View<'a>, id: &str, must: bool) -> Result<Option<&'a Value>, String> {
    named(view, "Logical_Router", ("router", "routers"), id, must)
}

fn named<'a>(
    view: View<'a>,
    table: &str,
    (one, many): (&str, &str),
    id: &str,
    must: bool,
) -> Result<Option<&'a Value>, String> {
    let rows = view.rows(table);
    let by_uuid = rows.iter().find(|row| uuid(row).eq_ignore_ascii_case(id));
    let mut by_name = rows.iter().filter(|row| text(row, "name") == id);
    match (by_uuid, by_name.next(), by_name.next()) {
        (Some(row), ..) | (None, Some(row), None) => Ok(Some(row)),
        (None, Some(_), Some(_)) => Err(format!("Multiple logical {many} named '{id}'.  Use a UUID.")),
        (None, None, _) if must => Err(missing(one, id)),
        (None, None, _) => Ok(None),
    }
}

fn missing(what: &str, id: &str) -> String {
    format!("{id}: {what} {} not found", if super::datum::is_uuid(id) { "UUID" } else { "name" })
}

/// `ls-list`, `lr-list`.
pub(super) fn all(view: View<'_>, table: &str) -> String {
    uuids_and_names(view.rows(table).iter())
}

/// `lsp-list SWITCH`, `lrp-list ROUTER`.
pub(super) fn ports(view: View<'_>, of_switch: bool, id: &str) -> Result<String, String> {
    let (owner, table) = if of_switch {
        (find_switch(view, id, true)?, "Logical_Switch_Port")
    } else {
        (find_router(view, id, true)?, "Logical_Router_Port")
    };
    let rows = view.by_uuid(table);
    let uuids = owner.map(|row| set(row, "ports")).unwrap_or_default();
    Ok(uuids_and_names(uuids.iter().filter_map(|uuid| rows.get(uuid.as_str()).copied())))
}

fn uuids_and_names<'r>(rows: impl Iterator<Item = &'r Value>) -> String {
    let line = |row: &Value| (text(row, "name").to_owned(), format!("{} ({})\n", uuid(row), text(row, "name")));
    values(sorted(rows.map(line).collect()))
}

fn values(entries: Vec<(String, String)>) -> String {
    entries.into_iter().map(|(_, value)| value).collect()
}

/// Cut to some bytes, then filled up to a width: `%-17.13s`.
fn cell(text: &str, width: usize, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned() + &" ".repeat(width.saturating_sub(end))
}

/// `lr-nat-list ROUTER`.
pub(super) fn nats(view: View<'_>, id: &str) -> Result<String, String> {
    let router = find_router(view, id, true)?;
    let (rows, ports) = (view.by_uuid("NAT"), view.by_uuid("Logical_Router_Port"));
    let line = |nat: &Value| {
        let gateway =
            set(nat, "gateway_port").first().and_then(|uuid| ports.get(uuid.as_str())).map(|port| text(port, "name"));
        let key = [
            cell(text(nat, "type"), 17, 13),
            cell(gateway.unwrap_or_default(), 22, 18),
            cell(text(nat, "match"), 22, 18),
            cell(text(nat, "external_ip"), 19, 15),
        ];
        let range = cell(text(nat, "external_port_range"), 17, 13);
        let inside = text(nat, "logical_ip");
        let value = match (nat["external_mac"].as_str(), nat["logical_port"].as_str()) {
            (Some(mac), Some(port)) => format!("{range}{}{}{port}", cell(inside, 20, 16), cell(mac, 21, 17)),
            _ => format!("{range}{inside}"),
        };
        (key.concat(), value)
    };
    let uuids = router.map(|row| set(row, "nat")).unwrap_or_default();
    let entries = sorted(uuids.iter().filter_map(|uuid| rows.get(uuid.as_str())).map(|nat| line(nat)).collect());
    if entries.is_empty() {
        return Ok(String::new());
    }
    let head = [
        ("TYPE", 17),
        ("GATEWAY_PORT", 22),
        ("MATCH", 22),
        ("EXTERNAL_IP", 19),
        ("EXTERNAL_PORT", 17),
        ("LOGICAL_IP", 20),
        ("EXTERNAL_MAC", 21),
    ];
    let head: String = head.map(|(word, width)| cell(word, width, width)).concat();
    let lines = entries.iter().map(|(key, value)| format!("{}{value}\n", cell(key, 80, 86)));
    Ok(format!("{head}LOGICAL_PORT\n") + &lines.collect::<String>())
}

/// `lb-list [NAME]`.
pub(super) fn load_balancers(view: View<'_>, name: Option<&str>) -> String {
    let rows = view.rows("Load_Balancer").iter();
    print_load_balancers(&rows.filter(|row| name.is_none_or(|name| text(row, "name") == name)).collect::<Vec<_>>())
}

/// `ls-lb-list SWITCH`, `lr-lb-list ROUTER`.
pub(super) fn load_balancers_of(view: View<'_>, owner: Option<&Value>) -> String {
    let rows = view.by_uuid("Load_Balancer");
    let groups = view.by_uuid("Load_Balancer_Group");
    let of_owner = |column: &str| owner.map(|row| set(row, column)).unwrap_or_default();
    let of_groups = of_owner("load_balancer_group").into_iter();
    let of_groups =
        of_groups.filter_map(|uuid| groups.get(uuid.as_str())).flat_map(|group| set(group, "load_balancer"));
    let uuids = of_owner("load_balancer").into_iter().chain(of_groups);
    print_load_balancers(&uuids.filter_map(|uuid| rows.get(uuid.as_str()).copied()).collect::<Vec<_>>())
}

fn print_load_balancers(rows: &[&Value]) -> String {
    let fronts: HashMap<&str, Vec<(String, String)>> = rows.iter().map(|row| (uuid(row), pairs(row, "vips"))).collect();
    let fronts = |row: &Value| fronts.get(uuid(row)).map(Vec::as_slice).unwrap_or_default();
    let width = rows.iter().flat_map(|row| fronts(row)).map(|(front, _)| front.len()).max().unwrap_or_default();
    let line = |row: &&&Value| {
        let template = key(row, "options", "template") == Some("true");
        let mut value = String::new();
        for (at, (front, backs)) in fronts(row).iter().enumerate() {
            // of a front end without a port the protocol means nothing
            let protocol = if template || has_port(front) { text(row, "protocol") } else { "" };
            let start = match at {
                0 => format!("{}    {}", uuid(row), cell(text(row, "name"), 20, 16)),
                _ => "\n".to_owned() + &" ".repeat(60),
            };
            value.extend([start, cell(protocol, 11, 7), cell(front, width + 4, width), backs.clone()]);
        }
        (cell(text(row, "name"), 20, 16), value + "\n")
    };
    let with_fronts = rows.iter().filter(|row| !fronts(row).is_empty());
    let entries = sorted(with_fronts.map(|row| line(&row)).collect());
    if entries.is_empty() {
        return String::new();
    }
    let head = [cell("UUID", 40, 36), cell("LB", 20, 16), cell("PROTO", 11, 7), cell("VIP", width + 4, width)];
    format!("{}IPs\n", head.concat()) + &values(entries)
}

fn has_port(front: &str) -> bool {
    front.parse::<std::net::SocketAddr>().is_ok_and(|address| address.port() != 0)
}

/// `lsp-get-addresses PORT` and its siblings: what one column says.
pub(super) fn of_port(view: View<'_>, id: &str, command: &str) -> Result<String, String> {
    let rows = view.rows("Logical_Switch_Port");
    let found = rows.iter().find(|row| uuid(row).eq_ignore_ascii_case(id));
    let Some(port) = found.or_else(|| rows.iter().find(|row| text(row, "name") == id)) else {
        return Err(missing("port", id));
    };
    let lines = |texts: Vec<String>| texts.into_iter().map(|text| text + "\n").collect::<String>();
    Ok(match command {
        "lsp-get-type" => text(port, "type").to_owned() + "\n",
        "lsp-get-up" => if port["up"] == true { "up\n" } else { "down\n" }.to_owned(),
        "lsp-get-enabled" => if port["enabled"] == false { "disabled\n" } else { "enabled\n" }.to_owned(),
        "lsp-get-port-security" => lines(set(port, "port_security")),
        _ => {
            let addresses = set(port, "addresses");
            let peer = key(port, "options", "router-port").filter(|_| addresses == ["router"]);
            match view.rows("Logical_Router_Port").iter().find(|row| Some(text(row, "name")) == peer) {
                Some(peer) => {
                    let mut words = vec![text(peer, "mac").to_owned()];
                    words.extend(set(peer, "networks"));
                    words.join(" ") + "\n"
                }
                None => lines(addresses),
            }
        }
    })
}
