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
    /// UUIDs of its gateway chassis: not empty for a port on an external network.
    pub gateway_chassis: Vec<String>,
}

impl LogicalRouterPort {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["name", "mac", "networks", "gateway_chassis"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            name: row.text("name"),
            mac: row.text("mac"),
            networks: row.set("networks"),
            gateway_chassis: row.set("gateway_chassis"),
        }
    }
}

/// A row of `NAT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nat {
    /// Its UUID: a router lists it.
    pub uuid: String,
    /// `snat`, `dnat` or `dnat_and_snat` (a FIP).
    pub kind: String,
    /// External address.
    pub external_ip: String,
    /// Inside address, or for a SNAT an address or CIDR.
    pub logical_ip: String,
    /// Port whose chassis answers for a distributed FIP; empty where none was given.
    pub logical_port: String,
    /// MAC that answers for the external address; empty means the router port's.
    pub external_mac: String,
    /// `stateless` is `true` for a distributed FIP.
    pub options: BTreeMap<String, String>,
}

impl Nat {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] =
        &["_uuid", "type", "external_ip", "logical_ip", "logical_port", "external_mac", "options"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self {
            uuid: row.text("_uuid"),
            kind: row.text("type"),
            external_ip: row.text("external_ip"),
            logical_ip: row.text("logical_ip"),
            logical_port: row.text("logical_port"),
            external_mac: row.text("external_mac"),
            options: row.map("options"),
        }
    }

    /// Whether it was written for a distributed FIP. Kube-OVN misspelt the option up to 1.15.
    #[must_use]
    pub fn is_stateless(&self) -> bool {
        ["stateless", "staleless"].iter().any(|key| self.options.get(*key).is_some_and(|value| value == "true"))
    }
}

/// A row of `Load_Balancer`: Kube-OVN makes one for each DNAT, named like it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its UUID: a router or switch lists it.
    pub uuid: String,
    /// Name; not unique by itself, but Kube-OVN takes it for unique.
    pub name: String,
    /// `tcp`, `udp`, `sctp`, or empty.
    pub protocol: String,
    /// `ADDRESS:PORT` to `ADDRESS:PORT,…`.
    pub vips: BTreeMap<String, String>,
}

impl LoadBalancer {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["_uuid", "name", "protocol", "vips"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self { uuid: row.text("_uuid"), name: row.text("name"), protocol: row.text("protocol"), vips: row.map("vips") }
    }
}

/// An address and port as OVN writes them: `10.5.204.101:80`, `[fd00::1]:80`.
#[must_use]
pub fn front(address: &str, port: &str) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// A row of `Logical_Router`: a VPC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalRouter {
    /// Name: the VPC's.
    pub name: String,
    /// UUIDs of its `NAT` rows.
    pub nats: Vec<String>,
    /// UUIDs of its load balancers.
    pub load_balancers: Vec<String>,
}

impl LogicalRouter {
    /// The columns a row must have been selected with.
    pub const COLUMNS: &'static [&'static str] = &["name", "nat", "load_balancer"];

    /// From a row.
    #[must_use]
    pub fn from_row(row: &Row) -> Self {
        Self { name: row.text("name"), nats: row.set("nat"), load_balancers: row.set("load_balancer") }
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
    /// All routers, when NAT was asked for.
    pub routers: Vec<LogicalRouter>,
    /// The NAT rows of the external and inside addresses that were asked for.
    pub nats: Vec<Nat>,
    /// The load balancers of the names that were asked for, and those with a front end that was.
    pub load_balancers: Vec<LoadBalancer>,
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

    /// The router of that VPC.
    #[must_use]
    pub fn router(&self, vpc: &str) -> Option<&LogicalRouter> {
        self.routers.iter().find(|router| router.name == vpc)
    }

    /// The NAT rows of a VPC's router.
    pub fn nats_of<'n>(&'n self, vpc: &str) -> impl Iterator<Item = &'n Nat> + use<'n> {
        let router = self.router(vpc);
        self.nats.iter().filter(move |nat| router.is_some_and(|router| router.nats.contains(&nat.uuid)))
    }
}
