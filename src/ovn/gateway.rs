//! Rows about the way out of a router: which chassis its gateway ports may be on, where they are, and its routes (ovn-nb(5),
//! ovn-sb(5)).

use super::row::Row;

/// A row of `Gateway_Chassis`: one chassis that a gateway port may be on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayChassis {
    /// Its UUID: a router port lists it.
    pub uuid: String,
    /// Name of the chassis in the southbound database.
    pub chassis_name: String,
    /// 0 to 32767; the highest of those that live has the port.
    pub priority: i64,
}

impl GatewayChassis {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["_uuid", "chassis_name", "priority"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        let priority = row.text("priority").parse().unwrap_or_default();
        Self { uuid: row.text("_uuid"), chassis_name: row.text("chassis_name"), priority }
    }
}

/// A row of `Chassis` in the southbound database: a node whose ovn-controller was there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chassis {
    /// Its UUID: a port binding names it.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// The node.
    pub hostname: String,
}

impl Chassis {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["_uuid", "name", "hostname"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self { uuid: row.text("_uuid"), name: row.text("name"), hostname: row.text("hostname") }
    }
}

/// A row of `Logical_Router`, as far as its ports and routes go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouterWays {
    /// Name: the VPC's.
    pub name: String,
    /// UUIDs of its ports.
    pub ports: Vec<String>,
    /// UUIDs of its routes.
    pub routes: Vec<String>,
}

impl RouterWays {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["name", "ports", "static_routes"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self { name: row.text("name"), ports: row.set("ports"), routes: row.set("static_routes") }
    }
}

/// A row of `Logical_Router_Static_Route`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Its UUID: a router lists it.
    pub uuid: String,
    /// Destination, or source by policy `src-ip`.
    pub prefix: String,
    /// Where it leads.
    pub next_hop: String,
    /// `dst-ip`, `src-ip`, or nothing, which means the first.
    pub policy: String,
    /// UUID of the BFD session that watches it; empty when nothing does.
    pub bfd: String,
}

impl Route {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["_uuid", "ip_prefix", "nexthop", "policy", "bfd"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            uuid: row.text("_uuid"),
            prefix: row.text("ip_prefix"),
            next_hop: row.text("nexthop"),
            policy: row.text("policy"),
            bfd: row.text("bfd"),
        }
    }

    /// Whether everything without another way goes here.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.policy != "src-ip" && matches!(self.prefix.as_str(), "0.0.0.0/0" | "::/0")
    }
}

/// A row of `BFD`: a next hop that is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bfd {
    /// Its UUID.
    pub uuid: String,
    /// The router port it goes out of.
    pub port: String,
    /// Who is watched.
    pub address: String,
    /// `up`, `down`, `init`, `admin_down`; empty before anybody looked.
    pub status: String,
}

impl Bfd {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["_uuid", "logical_port", "dst_ip", "status"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            uuid: row.text("_uuid"),
            port: row.text("logical_port"),
            address: row.text("dst_ip"),
            status: row.text("status"),
        }
    }
}
