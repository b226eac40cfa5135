//! What rules need of the picture, by name.

use std::collections::BTreeSet;

use super::holder::Holder;

/// A part that a rule may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The Subnets named.
    Subnets,
    /// The objects of the names themselves.
    Own,
    /// Every Vip of the Subnets named.
    Vips,
    /// Every IP of the Subnets named, reservations included.
    Ips,
    /// Every `OvnEip`.
    Eips,
    /// The `OvnEip` of the names themselves.
    NamedEips,
    /// Every `IptablesEIP`: a user of OVN's EIPs need not be allowed to read the other kind.
    IptablesEips,
    /// The `IptablesEIP` of the names themselves.
    NamedIptablesEips,
    /// The IPs of the names that a logical port of theirs could have.
    NamedIps,
    /// Every `IPPool`.
    Pools,
    /// Annotations of the pods that wait for an address.
    WaitingPods,
    /// The namespaces named.
    Namespaces,
    /// Labels and annotations of the pods in the namespaces named.
    Pods,
    /// The logical switch ports of the names themselves, and all router ports.
    Ports,
    /// The Vpcs named, and those of the Subnets that were read.
    Vpcs,
    /// Every Subnet.
    AllSubnets,
    /// Every Vpc.
    AllVpcs,
    /// Every Vlan.
    Vlans,
    /// Every `SwitchLBRule`.
    Slrs,
    /// Every `ProviderNetwork`.
    ProviderNetworks,
    /// Every Node.
    Nodes,
    /// Every `OvnFip`.
    Fips,
    /// Every `OvnSnatRule`.
    Snats,
    /// Every `OvnDnatRule`.
    Dnats,
    /// Routers, and the NAT rows and load balancers that have to do with the rules looked at.
    NatRows,
    /// Where gateway ports are bound.
    Gateways,
    /// The controller's flags and release.
    Controller,
    /// The pods that IPs are for.
    HolderPods,
    /// The StatefulSets and VMs that make those pods.
    Makers,
    /// The namespaces of those pods.
    HolderNamespaces,
}

/// What has to be read for some objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Parts.
    pub needs: BTreeSet<Need>,
    /// Names of the objects that are looked at.
    pub names: BTreeSet<String>,
    /// Names that a logical port of theirs could have.
    pub ports: BTreeSet<String>,
    /// Their Subnets.
    pub subnets: BTreeSet<String>,
    /// Those of the Subnets that SNATs are of: their Vpcs are wanted too, as are those of targets.
    pub sources: BTreeSet<String>,
    /// Their namespaces.
    pub namespaces: BTreeSet<String>,
    /// Names of `OvnEip`s, the objects looked at and those that rules use.
    pub eips: BTreeSet<String>,
    /// Names of IPs, the objects looked at and those that rules point at.
    pub ips: BTreeSet<String>,
    /// Names of Vpcs.
    pub vpcs: BTreeSet<String>,
    /// Names that a load balancer could have.
    pub load_balancers: BTreeSet<String>,
    /// Inside addresses and CIDRs of rules, as text.
    pub insides: BTreeSet<String>,
    /// Whom IPs are for.
    pub holders: BTreeSet<Holder>,
    /// Whether an EIP names no Subnet: then the controller's default one is wanted too.
    pub default_switch: bool,
}

impl Wanted {
    /// Both, in one reading.
    pub fn extend(&mut self, other: Self) {
        let Self {
            needs,
            names,
            ports,
            subnets,
            sources,
            namespaces,
            eips,
            ips,
            vpcs,
            load_balancers,
            insides,
            default_switch,
            holders,
        } = other;
        self.needs.extend(needs);
        self.names.extend(names);
        self.ports.extend(ports);
        self.subnets.extend(subnets);
        self.sources.extend(sources);
        self.namespaces.extend(namespaces);
        self.eips.extend(eips);
        self.ips.extend(ips);
        self.vpcs.extend(vpcs);
        self.load_balancers.extend(load_balancers);
        self.insides.extend(insides);
        self.holders.extend(holders);
        self.default_switch |= default_switch;
    }
}
