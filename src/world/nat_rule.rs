//! A rule of any of OVN's three kinds as one thing: what it uses, what it is about, what the controller wrote for it.

use std::fmt;

use crate::api::nat::RuleStatus;
use crate::api::{Kind, Metadata, OvnDnatRule, OvnFip, OvnSnatRule, Resource as _, TargetSpec};

use super::World;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NatRule {
    /// One external address for one inside address.
    Fip(OvnFip),
    /// Traffic of a source leaves with an external address.
    Snat(OvnSnatRule),
    /// A forwarded port.
    Dnat(OvnDnatRule),
}

/// What a rule is about: of two rules with one key OVN carries out one at most (docs/kube-ovn-behaviour.md).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A FIP: its EIP.
    Fip(String),
    /// A SNAT: its VPC, and its source as an address or CIDR. The VPC is empty and the source `subnet/NAME` or `ip/NAME` where
    /// they could not be found out.
    Snat(String, String),
    /// A DNAT: its EIP, protocol and external port.
    Dnat(String, String, String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fip(eip) => write!(f, "the FIP of oeip/{eip}"),
            Self::Snat(vpc, source) if vpc.is_empty() => write!(f, "the SNAT of {source}"),
            Self::Snat(vpc, source) => write!(f, "the SNAT of {source} in vpc/{vpc}"),
            Self::Dnat(eip, protocol, port) => write!(f, "{protocol}/{port} of oeip/{eip}"),
        }
    }
}

/// The object that a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'r> {
    /// A bare address or CIDR.
    Nothing,
    /// A Subnet.
    Subnet(&'r str),
    /// A Vip.
    Vip(&'r str),
    /// An IP.
    Ip(&'r str),
}

impl NatRule {
    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::Fip(rule) => &rule.metadata,
            Self::Snat(rule) => &rule.metadata,
            Self::Dnat(rule) => &rule.metadata,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata().name
    }

    /// What the controller wrote to OVN.
    #[must_use]
    pub fn status(&self) -> &RuleStatus {
        match self {
            Self::Fip(rule) => &rule.status,
            Self::Snat(rule) => &rule.status,
            Self::Dnat(rule) => &rule.status,
        }
    }

    /// The EIP it names.
    #[must_use]
    pub fn eip(&self) -> &str {
        match self {
            Self::Fip(rule) => &rule.spec.target.ovn_eip,
            Self::Snat(rule) => &rule.spec.ovn_eip,
            Self::Dnat(rule) => &rule.spec.target.ovn_eip,
        }
    }

    /// Where the API server keeps it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Fip(_) => OvnFip::KIND,
            Self::Snat(_) => OvnSnatRule::KIND,
            Self::Dnat(_) => OvnDnatRule::KIND,
        }
    }

    /// The noun of its commands: `fip`.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Fip(_) => "fip",
            Self::Snat(_) => "snat",
            Self::Dnat(_) => "dnat",
        }
    }

    /// `ofip/NAME`: kubectl's short name.
    #[must_use]
    pub fn named(&self) -> String {
        format!("o{}/{}", self.noun(), self.name())
    }

    /// Whether a FIP or DNAT points at what `target` says, or for a SNAT nothing.
    #[must_use]
    pub fn target(&self) -> Option<&TargetSpec> {
        match self {
            Self::Fip(rule) => Some(&rule.spec.target),
            Self::Snat(_) => None,
            Self::Dnat(rule) => Some(&rule.spec.target),
        }
    }

    /// What it is about; a ready SNAT by what was written, another one by what it asks for.
    #[must_use]
    pub fn key(&self, world: &World) -> Key {
        match self {
            Self::Fip(rule) => Key::Fip(rule.spec.target.ovn_eip.clone()),
            Self::Dnat(rule) => Key::Dnat(
                rule.spec.target.ovn_eip.clone(),
                rule.spec.protocol.to_ascii_lowercase(),
                rule.spec.external_port.clone(),
            ),
            Self::Snat(rule) => {
                let status = &rule.status;
                match [&status.v4_ip_cidr, &status.v6_ip_cidr].into_iter().find(|text| !text.is_empty()) {
                    Some(source) if !status.vpc.is_empty() => Key::Snat(status.vpc.clone(), network(source)),
                    _ => source_of(rule, world),
                }
            }
        }
    }

    /// The object that it points at or whose traffic it is about. The order in which the controller reads the forms of a source
    /// is `v4IpCidr`, `vpcSubnet`, `ipName` (Kube-OVN: `pkg/controller/ovn_snat.go`).
    #[must_use]
    pub fn names(&self) -> Named<'_> {
        match self {
            Self::Snat(rule) => match &rule.spec {
                spec if !(spec.v4_ip_cidr.is_empty() && spec.v6_ip_cidr.is_empty()) => Named::Nothing,
                spec if !spec.vpc_subnet.is_empty() => Named::Subnet(&spec.vpc_subnet),
                spec if spec.ip_name.is_empty() => Named::Nothing,
                spec => Named::Ip(&spec.ip_name),
            },
            Self::Fip(_) | Self::Dnat(_) => match self.target() {
                Some(target) if target.ip_name.is_empty() => Named::Nothing,
                Some(target) if target.ip_type == "vip" => Named::Vip(&target.ip_name),
                Some(target) => Named::Ip(&target.ip_name),
                None => Named::Nothing,
            },
        }
    }

    /// What it leads to or whose traffic it is about, in words: `ip/web-1.vpc1`.
    #[must_use]
    pub fn leads_to(&self) -> String {
        match self {
            Self::Fip(rule) => pointed_at(&rule.spec.target),
            Self::Dnat(rule) => format!("{} port {}", pointed_at(&rule.spec.target), rule.spec.internal_port),
            Self::Snat(rule) => {
                let spec = &rule.spec;
                match [&spec.v4_ip_cidr, &spec.v6_ip_cidr].into_iter().find(|text| !text.is_empty()) {
                    Some(source) => format!("{source} in vpc/{}", spec.vpc),
                    None if spec.vpc_subnet.is_empty() => format!("ip/{}", spec.ip_name),
                    None => format!("subnet/{}", spec.vpc_subnet),
                }
            }
        }
    }

    /// The external addresses that were written, IPv4 first.
    pub fn external_addresses(&self) -> impl Iterator<Item = &str> {
        let status = self.status();
        [status.v4_eip.as_str(), status.v6_eip.as_str()].into_iter().filter(|address| !address.is_empty())
    }

    /// The inside addresses or CIDRs that were written, IPv4 first.
    pub fn inside_addresses(&self) -> impl Iterator<Item = &str> {
        let status = self.status();
        let pair = match self {
            Self::Snat(_) => [status.v4_ip_cidr.as_str(), status.v6_ip_cidr.as_str()],
            _ => [status.v4_ip.as_str(), status.v6_ip.as_str()],
        };
        pair.into_iter().filter(|address| !address.is_empty())
    }
}

/// What a FIP or DNAT points at, in words.
#[must_use]
pub fn pointed_at(target: &TargetSpec) -> String {
    match target {
        TargetSpec { ip_name, v4_ip, v6_ip, vpc, .. } if ip_name.is_empty() => {
            let address = if v4_ip.is_empty() { v6_ip } else { v4_ip };
            format!("{address} in vpc/{vpc}")
        }
        TargetSpec { ip_name, ip_type, .. } if ip_type == "vip" => format!("vip/{ip_name}"),
        TargetSpec { ip_name, .. } => format!("ip/{ip_name}"),
    }
}

/// The source of a SNAT as its spec asks for it, in the order in which the controller reads the forms.
fn source_of(rule: &OvnSnatRule, world: &World) -> Key {
    let spec = &rule.spec;
    if let Some(source) = [&spec.v4_ip_cidr, &spec.v6_ip_cidr].into_iter().find(|text| !text.is_empty()) {
        return Key::Snat(spec.vpc.clone(), network(source));
    }
    if !spec.vpc_subnet.is_empty() {
        return match world.subnet(&spec.vpc_subnet) {
            Some(subnet) => Key::Snat(subnet.spec.vpc.clone(), network(&first(&subnet.spec.cidr_block))),
            None => Key::Snat(String::new(), format!("subnet/{}", spec.vpc_subnet)),
        };
    }
    let ip = world.ip(&spec.ip_name);
    let found = ip.and_then(|ip| Some((ip.addresses().next()?, world.subnet(&ip.spec.subnet)?)));
    match found {
        Some((address, subnet)) => Key::Snat(subnet.spec.vpc.clone(), address.to_owned()),
        None => Key::Snat(String::new(), format!("ip/{}", spec.ip_name)),
    }
}

/// A source as one text whatever its spelling: host bits cleared, an address alone without its length.
fn network(text: &str) -> String {
    match crate::net::parse_network(text) {
        Ok(network) if [32, 128].contains(&network.prefix()) && network.ip().is_ipv4() == (network.prefix() == 32) => {
            network.ip().to_string()
        }
        Ok(network) => network.to_string(),
        Err(_) => text.to_owned(),
    }
}

fn first(list: &str) -> String {
    list.split(',').next().unwrap_or_default().to_owned()
}

impl World {
    /// Every rule that was read, FIPs first.
    #[must_use]
    pub fn nat_rules(&self) -> Vec<NatRule> {
        let fips = self.fips.known().into_iter().flatten().cloned().map(NatRule::Fip);
        let snats = self.snats.known().into_iter().flatten().cloned().map(NatRule::Snat);
        let dnats = self.dnats.known().into_iter().flatten().cloned().map(NatRule::Dnat);
        fips.chain(snats).chain(dnats).collect()
    }

    /// The same picture without these rules and what OVN has of them: as it will be once they are gone.
    #[must_use]
    pub fn without_rules(&self, gone: &[NatRule]) -> Self {
        let mut world = self.clone();
        let stays = |metadata: &Metadata| !gone.iter().any(|rule| rule.metadata().uid == metadata.uid);
        if let super::Source::Known(fips) = &mut world.fips {
            fips.retain(|rule| stays(&rule.metadata));
        }
        if let super::Source::Known(snats) = &mut world.snats {
            snats.retain(|rule| stays(&rule.metadata));
        }
        if let super::Source::Known(dnats) = &mut world.dnats {
            dnats.retain(|rule| stays(&rule.metadata));
        }
        if let super::Source::Known(northbound) = &mut world.northbound {
            for rule in gone {
                let rows: Vec<String> = northbound
                    .nats_of(&rule.status().vpc)
                    .filter(|row| {
                        rule.external_addresses().any(|one| one == row.external_ip)
                            && rule.inside_addresses().any(|one| one == row.logical_ip)
                    })
                    .map(|row| row.uuid.clone())
                    .collect();
                northbound.nats.retain(|row| !rows.contains(&row.uuid));
                if let NatRule::Dnat(dnat) = rule {
                    northbound.load_balancers.retain(|row| row.name != dnat.metadata.name);
                }
            }
        }
        world
    }
}
