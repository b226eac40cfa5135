//! `lr-route-list` and `lr-policy-list` (ovn-nbctl.c: `print_route`, `print_routing_policy`).

use std::cmp::Reverse;
use std::net::IpAddr;

use ipnetwork::IpNetwork;
use serde_json::Value;

use super::cell::{key, pairs, set, text};
use super::lists::find_router;
use super::view::View;

/// A static route and what it is sorted by.
struct Route<'r> {
    row: &'r Value,
    table: &'r str,
    rank: u16,
    network: IpAddr,
}

impl Route<'_> {
    /// Routes that are equal here share their traffic.
    fn target(&self) -> (&str, Reverse<u16>, IpAddr) {
        (self.table, Reverse(self.rank), self.network)
    }
}

/// `lr-route-list ROUTER`.
pub(super) fn routes(view: View<'_>, id: &str, only: Option<&str>) -> Result<String, String> {
    let owner = find_router(view, id, true)?;
    let rows = view.by_uuid("Logical_Router_Static_Route");
    let uuids = owner.map(|row| set(row, "static_routes")).unwrap_or_default();
    let mut routes: Vec<Route<'_>> = Vec::new();
    for row in uuids.iter().filter_map(|uuid| rows.get(uuid.as_str()).copied()) {
        let table = text(row, "route_table");
        let Some(network) = prefix(text(row, "ip_prefix")) else { continue };
        if only.is_none_or(|only| only == table) {
            let by_source = row["policy"].as_str().is_some_and(|policy| policy != "dst-ip");
            // a route by destination goes before one by source of the same length
            let rank = u16::from(network.prefix()) * 2 + u16::from(!by_source);
            routes.push(Route { row, table, rank, network: network.network() });
        }
    }
    let details = |route: &Route<'_>| {
        let port = route.row["output_port"].as_str();
        (text(route.row, "nexthop").to_owned(), port.map(str::to_owned))
    };
    routes.sort_by(|one, other| one.target().cmp(&other.target()).then_with(|| details(one).cmp(&details(other))));
    let (v4, v6): (Vec<_>, Vec<_>) = routes.into_iter().partition(|route| route.network.is_ipv4());
    let mut out = String::new();
    for (head, family) in [("IPv4 Routes\n", v4), ("IPv6 Routes\n", v6)] {
        if family.is_empty() {
            continue;
        }
        out.extend([if out.is_empty() { "" } else { "\n" }, head]);
        for (at, route) in family.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| family.get(at));
            if before.is_none_or(|before| before.table != route.table) {
                let name = if route.table.is_empty() { "<main>" } else { route.table };
                out.extend([if at == 0 { "" } else { "\n" }, "Route Table ", name, ":\n"]);
            }
            let same = |other: Option<&Route<'_>>| other.is_some_and(|other| other.target() == route.target());
            print(route.row, same(before) || same(family.get(at + 1)), &mut out);
        }
    }
    Ok(out)
}

fn print(row: &Value, shared: bool, out: &mut String) {
    let next = match text(row, "nexthop") {
        "discard" => "discard".to_owned(),
        next => normal(next),
    };
    let policy = row["policy"].as_str().unwrap_or("dst-ip");
    out.push_str(&[format!("{:>25} {next:>25}", normal(text(row, "ip_prefix"))), policy.to_owned()].join(" "));
    if let Some(port) = row["output_port"].as_str() {
        out.extend([" ", port]);
    }
    let flags = [
        (key(row, "external_ids", "ic-learned-route").is_some(), " (learned)"),
        (shared, " ecmp"),
        (key(row, "options", "ecmp_symmetric_reply") == Some("true"), " ecmp-symmetric-reply"),
        (!set(row, "bfd").is_empty(), " bfd"),
    ];
    out.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word));
    out.push('\n');
}

/// `lr-policy-list ROUTER`.
pub(super) fn policies(view: View<'_>, id: &str) -> Result<String, String> {
    let router = find_router(view, id, true)?;
    let rows = view.by_uuid("Logical_Router_Policy");
    let uuids = router.map(|row| set(row, "policies")).unwrap_or_default();
    let mut found: Vec<&Value> = uuids.iter().filter_map(|uuid| rows.get(uuid.as_str()).copied()).collect();
    let priority = |row: &Value| row["priority"].as_i64().unwrap_or_default();
    found.sort_by_key(|row| (text(row, "chain").to_owned(), Reverse(priority(row)), text(row, "match").to_owned()));
    let with_chains = found.last().is_some_and(|row| !text(row, "chain").is_empty());
    let mut out = if found.is_empty() { String::new() } else { "Routing Policies\n".to_owned() };
    let mut chain = None;
    for row in found {
        if with_chains && chain != Some(text(row, "chain")) {
            chain = Some(text(row, "chain"));
            match text(row, "chain") {
                "" => out.push_str("Chain <Default>:\n"),
                name => out.extend(["\nChain ", name, ":\n"]),
            }
        }
        out.push_str(&policy(row, priority(row)));
    }
    Ok(out)
}

fn policy(row: &Value, priority: i64) -> String {
    let mut line = format!("{priority:>10} {:>50} {:>15}", text(row, "match"), text(row, "action"));
    if text(row, "action") == "jump" && !text(row, "jump_chain").is_empty() {
        line.extend([" -> ", text(row, "jump_chain")]);
    }
    let hops: Vec<String> = set(row, "nexthops").iter().map(|hop| normal(hop)).collect();
    if let [first, others @ ..] = &hops[..] {
        line.extend([format!(" {first:>25}")].into_iter().chain(others.iter().map(|hop| format!(", {hop}"))));
    }
    let bfd = !set(row, "bfd_sessions").is_empty();
    let options: Vec<String> = bfd
        .then(|| "bfd".to_owned())
        .into_iter()
        .chain(pairs(row, "options").into_iter().map(|(key, value)| format!("{key}={value}")))
        .collect();
    if !options.is_empty() {
        line.extend([" ".repeat(15), options.join(",")]);
    }
    line + "\n"
}

/// An address or network.
fn prefix(text: &str) -> Option<IpNetwork> {
    text.parse().ok()
}

/// The same without host bits, and without the length of a single address; nothing when it is neither.
fn normal(text: &str) -> String {
    let Some(network) = prefix(text) else { return String::new() };
    let single = network.prefix() == if network.is_ipv4() { 32 } else { 128 };
    if single { network.network().to_string() } else { format!("{}/{}", network.network(), network.prefix()) }
}
