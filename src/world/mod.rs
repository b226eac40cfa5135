//! Pure: the joined picture of what was read of a cluster. Rules look at it; nobody here asks the cluster anything.
//!
//! A part that was not asked for, or could not be read, is [`Source::Unknown`], never empty: a rule that needs it says
//! "unknown", never "fine".

pub mod chart;
pub mod holder;
pub mod ip_users;
pub mod lsp_users;
pub mod nat_entry;
pub mod nat_filter;
pub mod nat_rows;
pub mod nat_rule;
pub mod nat_users;
pub mod occupancy;
pub mod owner;
pub mod said;
pub mod slr;
pub mod subnet_use;
pub mod users;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Ip, IpPool, IptablesEip, Metadata, Node, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule};
use crate::api::{ProviderNetwork, Subnet, SwitchLbRule, Vip, Vlan, Vpc};
use crate::ovn::northbound::{Northbound, PortBinding};
use holder::Holders;
pub use wanted::{Need, Wanted};

/// Reads an address as the cluster has it; what is none, or empty, is `None`. What a user typed is parsed strictly instead
/// ([`crate::net::parse_address`]).
#[must_use]
pub fn lenient(text: &str) -> Option<std::net::IpAddr> {
    text.trim().parse().ok()
}

/// Whether two texts mean the same to the controller: the same text, or the same address written otherwise.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    one == other || (lenient(one).is_some() && lenient(one) == lenient(other))
}

/// A part of the picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Source<T> {
    /// As read.
    Known(T),
    /// It is not known.
    Unknown(Lack),
}

/// Why a part is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lack {
    /// Which right is missing, or what did not answer.
    pub why: String,
    /// Commands that would mend it, in order.
    pub repair: Vec<String>,
}

impl<T> Default for Source<T> {
    fn default() -> Self {
        Self::Unknown(Lack { why: "it was not read".to_owned(), repair: Vec::new() })
    }
}

impl<T> Source<T> {
    /// The value, when it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Why it is not known.
    #[must_use]
    pub fn unknown(&self) -> Option<&Lack> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(lack) => Some(lack),
        }
    }
}

/// How kube-ovn-controller was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controller {
    /// Its flags without the dashes: `external-gateway-switch` to `external`. One without a value is `true`.
    pub flags: BTreeMap<String, String>,
    /// Its release as its image's tag says it, such as `v1.16.2`; empty when it does not.
    pub version: String,
}

impl Controller {
    /// A flag's value, or the default of the release when it is not given.
    #[must_use]
    pub fn flag<'c>(&'c self, name: &str, default: &'c str) -> &'c str {
        self.flags.get(name).map_or(default, String::as_str)
    }
}

/// Objects that the documents of a file before the one looked at will have created.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// IPs.
    pub ips: Vec<Ip>,
    /// EIPs.
    pub eips: Vec<OvnEip>,
    /// FIPs.
    pub fips: Vec<OvnFip>,
    /// SNATs.
    pub snats: Vec<OvnSnatRule>,
    /// DNATs.
    pub dnats: Vec<OvnDnatRule>,
    /// Vpcs, new ones and those that are there, as the file has them.
    pub vpcs: Vec<Vpc>,
    /// Subnets that are not there yet.
    pub subnets: Vec<Subnet>,
    /// Pools.
    pub pools: Vec<IpPool>,
    /// Load balancers in switches.
    pub slrs: Vec<SwitchLbRule>,
    /// Vlans.
    pub vlans: Vec<Vlan>,
    /// Provider networks.
    pub provider_networks: Vec<ProviderNetwork>,
    /// Logical ports of pods that are not there yet: `POD.NAMESPACE`.
    pub pods: BTreeSet<String>,
}

/// An address that an IP object holds: its printer columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Name of the IP: the logical port.
    pub name: String,
    /// Its Subnet.
    pub subnet: String,
    /// IPv4 address, or empty.
    pub v4: String,
    /// IPv6 address, or empty.
    pub v6: String,
    /// Its MAC, as kept.
    pub mac: String,
    /// Whether a user reserved it.
    pub reserved: bool,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By name; `None` where there is none of that name.
    pub subnets: Source<BTreeMap<String, Option<Subnet>>>,
    /// Names of all Subnets; read only when one is missing, to say what may have been meant.
    pub subnet_names: Vec<String>,
    /// Objects of the names looked at, by name; absent where there is none.
    pub own: Source<BTreeMap<String, Vip>>,
    /// Every Vip of the Subnets.
    pub vips: Source<Vec<Vip>>,
    /// Every IP of the Subnets.
    pub ips: Source<Vec<Held>>,
    /// `OvnEip`s.
    pub ovn_eips: Source<Vec<OvnEip>>,
    /// `IptablesEIP`s.
    pub iptables_eips: Source<Vec<IptablesEip>>,
    /// IPs by name; absent where there is none.
    pub named_ips: Source<BTreeMap<String, Ip>>,
    /// Pools.
    pub pools: Source<Vec<IpPool>>,
    /// Pods that are Pending.
    pub waiting_pods: Source<Vec<Metadata>>,
    /// Namespaces, by name: whether it is there.
    pub namespaces: Source<BTreeMap<String, bool>>,
    /// Pods of the namespaces.
    pub pods: Source<Vec<Metadata>>,
    /// Ports.
    pub northbound: Source<Northbound>,
    /// What the documents of the file looked at will have created before this one.
    pub planned_vips: Vec<Vip>,
    /// The same of the other kinds.
    pub planned: Planned,
    /// By name; `None` where there is none of that name.
    pub vpcs: Source<BTreeMap<String, Option<Vpc>>>,
    /// Every Subnet.
    pub all_subnets: Source<Vec<Subnet>>,
    /// Every Vpc.
    pub all_vpcs: Source<Vec<Vpc>>,
    /// Every Vlan.
    pub vlans: Source<Vec<Vlan>>,
    /// Every `SwitchLBRule`.
    pub slrs: Source<Vec<SwitchLbRule>>,
    /// Every provider network.
    pub provider_networks: Source<Vec<ProviderNetwork>>,
    /// Every Node.
    pub nodes: Source<Vec<Node>>,
    /// Every FIP.
    pub fips: Source<Vec<OvnFip>>,
    /// Every SNAT.
    pub snats: Source<Vec<OvnSnatRule>>,
    /// Every DNAT.
    pub dnats: Source<Vec<OvnDnatRule>>,
    /// The bindings of all gateway ports (`cr-VPC-SUBNET`).
    pub gateways: Source<Vec<PortBinding>>,
    /// How the controller was started.
    pub controller: Source<Controller>,
    /// Whom IPs are for.
    pub holders: Holders,
}

impl World {
    /// Why a part is not known, when it is not.
    #[must_use]
    pub fn unknown(&self, need: Need) -> Option<&Lack> {
        match need {
            Need::Subnets => self.subnets.unknown(),
            Need::Own => self.own.unknown(),
            Need::Vips => self.vips.unknown(),
            Need::Ips => self.ips.unknown(),
            Need::Eips | Need::NamedEips => self.ovn_eips.unknown(),
            Need::IptablesEips | Need::NamedIptablesEips => self.iptables_eips.unknown(),
            Need::NamedIps => self.named_ips.unknown(),
            Need::Pools => self.pools.unknown(),
            Need::WaitingPods => self.waiting_pods.unknown(),
            Need::Namespaces => self.namespaces.unknown(),
            Need::Pods => self.pods.unknown(),
            Need::Ports | Need::NatRows => self.northbound.unknown(),
            Need::Vpcs => self.vpcs.unknown(),
            Need::AllSubnets => self.all_subnets.unknown(),
            Need::AllVpcs => self.all_vpcs.unknown(),
            Need::Vlans => self.vlans.unknown(),
            Need::Slrs => self.slrs.unknown(),
            Need::ProviderNetworks => self.provider_networks.unknown(),
            Need::Nodes => self.nodes.unknown(),
            Need::Fips => self.fips.unknown(),
            Need::Snats => self.snats.unknown(),
            Need::Dnats => self.dnats.unknown(),
            Need::Gateways => self.gateways.unknown(),
            Need::Controller => self.controller.unknown(),
            Need::HolderPods => self.holders.pods.unknown(),
            Need::Makers => self.holders.makers.unknown(),
            Need::HolderNamespaces => self.holders.namespaces.unknown(),
        }
    }

    /// The Subnet of that name.
    #[must_use]
    pub fn subnet(&self, name: &str) -> Option<&Subnet> {
        self.subnets.known()?.get(name)?.as_ref()
    }

    /// The Vpc of that name.
    #[must_use]
    pub fn vpc(&self, name: &str) -> Option<&Vpc> {
        self.vpcs.known()?.get(name)?.as_ref()
    }

    /// The Subnets of a Vpc that its router has a port on, those of the file too.
    #[must_use]
    pub fn subnets_of(&self, vpc: &str) -> Vec<&Subnet> {
        let all = self.all_subnets.known().into_iter().flatten().chain(&self.planned.subnets);
        all.filter(|subnet| subnet.spec.vpc == vpc && subnet.has_router_port()).collect()
    }

    /// The `OvnEip` of that name.
    #[must_use]
    pub fn eip(&self, name: &str) -> Option<&OvnEip> {
        self.ovn_eips.known()?.iter().find(|eip| eip.metadata.name == name)
    }

    /// The IP of that name.
    #[must_use]
    pub fn ip(&self, name: &str) -> Option<&Ip> {
        self.named_ips.known()?.get(name)
    }

    /// The Vip of that name.
    #[must_use]
    pub fn vip(&self, name: &str) -> Option<&Vip> {
        self.own.known()?.get(name)
    }
}
