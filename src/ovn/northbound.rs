//! The northbound database as far as it is read (ovn-nb(5)), and what Kube-OVN writes there.

use std::collections::BTreeMap;

use super::row::Row;

/// A row of `Logical_Switch_Port`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalSwitchPort {
    /// Name, unique in the whole database.
    pub name: String,
    /// Empty for a workload's port; `virtual`, `router`, `localnet`, …
    pub kind: String,
    /// `MAC IP…`, one string an interface.
    pub addresses: Vec<String>,
    /// Options; a virtual port has `virtual-ip` and `virtual-parents`.
    pub options: BTreeMap<String, String>,
    /// What Kube-OVN notes: `ls` is the Subnet.
    pub external_ids: BTreeMap<String, String>,
}

impl LogicalSwitchPort {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["name", "type", "addresses", "options", "external_ids"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            name: row.text("name"),
            kind: row.text("type"),
            addresses: row.set("addresses"),
            options: row.map("options"),
            external_ids: row.map("external_ids"),
        }
    }

    /// Whether it is a virtual port: an address that several ports may hold, one at a time.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.kind == "virtual"
    }

    /// The ports that may hold a virtual port's address, by name: the controller writes them in no particular order.
    #[must_use]
    pub fn virtual_parents(&self) -> Vec<&str> {
        let parents = self.options.get("virtual-parents").map_or("", String::as_str);
        let mut parents: Vec<&str> = parents.split(',').filter(|parent| !parent.is_empty()).collect();
        parents.sort_unstable();
        parents
    }
}

/// A row of `Logical_Router_Port`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalRouterPort {
    /// Name: `VPC-SUBNET`.
    pub name: String,
    /// Its MAC.
    pub mac: String,
    /// Its addresses with prefix length.
    pub networks: Vec<String>,
}

impl LogicalRouterPort {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["name", "mac", "networks"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self { name: row.text("name"), mac: row.text("mac"), networks: row.set("networks") }
    }
}

/// A row of `Port_Binding` in the southbound database (ovn-sb(5)): who holds a virtual port's address now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortBinding {
    /// The logical port.
    pub logical_port: String,
    /// The port that was last seen to use the address; empty before anybody did.
    pub virtual_parent: String,
    /// UUID of the chassis it is bound to; empty when it is bound nowhere.
    pub chassis: String,
}

impl PortBinding {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["logical_port", "virtual_parent", "chassis"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            logical_port: row.text("logical_port"),
            virtual_parent: row.text("virtual_parent"),
            chassis: row.text("chassis"),
        }
    }
}

/// What was read of the northbound database for one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Northbound {
    /// The ports of the names that were asked for.
    pub ports: Vec<LogicalSwitchPort>,
    /// All router ports.
    pub router_ports: Vec<LogicalRouterPort>,
}

impl Northbound {
    /// The switch port of that name.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<&LogicalSwitchPort> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// The router port of that name.
    #[must_use]
    pub fn router_port(&self, name: &str) -> Option<&LogicalRouterPort> {
        self.router_ports.iter().find(|port| port.name == name)
    }
}
