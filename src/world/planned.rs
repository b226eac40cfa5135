//! What the documents of a file add to the picture.

use std::collections::BTreeSet;

use crate::api::{
    Ip, IpPool, Nad, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, ProviderNetwork, Subnet, SwitchLbRule, Vlan, Vpc,
};

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
    /// Vlans.
    pub vlans: Vec<Vlan>,
    /// Provider networks.
    pub provider_networks: Vec<ProviderNetwork>,
    /// Logical ports of pods that are not there yet: `POD.NAMESPACE`.
    pub pods: BTreeSet<String>,
    /// `NetworkAttachmentDefinition`s, new ones and those that are there, as the file has them.
    pub nads: Vec<Nad>,
    /// Pools.
    pub pools: Vec<IpPool>,
    /// Load balancers in switches.
    pub slrs: Vec<SwitchLbRule>,
}
