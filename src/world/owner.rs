//! Who holds an address or a MAC in a Subnet, in any of the ways Kube-OVN has.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use super::{World, lenient};
use crate::api::{Subnet, names};
use crate::net::{AddressRange, RangeSet};

/// Who holds an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An IP object: a pod, a VM or a node.
    Ip(String),
    /// A reservation: an IP object that a user made.
    Reservation(String),
    /// A Vip.
    Vip(String),
    /// A Vip that lent its address to the pod with this logical port.
    LentVip(String, String),
    /// A document of the same file that comes first: `vip/NAME`, `ovn-eip/NAME`.
    Planned(String),
    /// The same, an IP.
    PlannedIp(String),
    /// An `OvnEip`.
    OvnEip(String),
    /// An `IptablesEIP`.
    IptablesEip(String),
    /// A router port of OVN.
    RouterPort(String),
    /// The underlay-to-overlay port of the Subnet.
    Interconnection,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(name) => write!(f, "ip/{name}"),
            Self::Reservation(name) => write!(f, "the reservation ip/{name}"),
            Self::Vip(name) => write!(f, "vip/{name}"),
            Self::LentVip(name, port) => write!(f, "vip/{name}, which lent it to {port}"),
            Self::Planned(name) => write!(f, "{name}, which stands before it in the same file"),
            Self::PlannedIp(name) => write!(f, "ip/{name}, which stands before it in the same file"),
            Self::OvnEip(name) => write!(f, "ovn-eip/{name}"),
            Self::IptablesEip(name) => write!(f, "iptables-eip/{name}"),
            Self::RouterPort(name) => write!(f, "the router port {name}"),
            Self::Interconnection => f.write_str("the subnet's underlay-to-overlay port"),
        }
    }
}

impl World {
    /// Everybody who holds `wanted` in `subnet`, the object `except` left out. Sources that are not known contribute
    /// nothing: the rule that asks declares them as needs.
    #[must_use]
    pub fn owners(&self, subnet: &Subnet, wanted: IpAddr, except: &str) -> Vec<Owner> {
        let mut owners = Vec::new();
        self.holdings(subnet, except, |address, owner| {
            if address == wanted {
                owners.push(owner());
            }
        });
        owners
    }

    /// Everybody who holds an address of `subnet`, the object `except` left out: the address, and who it is, which is made
    /// only when it is asked for. An address comes as often as it is held.
    pub(super) fn holdings(&self, subnet: &Subnet, except: &str, mut visit: impl FnMut(IpAddr, &dyn Fn() -> Owner)) {
        let name = subnet.metadata.name.as_str();
        let mut held = BTreeSet::new();
        let mut each = |text: &str, owner: &dyn Fn() -> Owner| {
            for address in text.split(',').filter_map(lenient) {
                held.insert(address);
                visit(address, owner);
            }
        };
        for ip in self.ips.known().into_iter().flatten().filter(|ip| ip.subnet == name) {
            let owner = || if ip.reserved { Owner::Reservation(ip.name.clone()) } else { Owner::Ip(ip.name.clone()) };
            for text in [&ip.v4, &ip.v6] {
                each(text, &owner);
            }
        }
        for vip in self.vips.known().into_iter().flatten() {
            // an address stands in status alone after an edit that allocated nothing: only a ready Vip holds it
            if vip.is_ready() && vip.spec.subnet == name && vip.metadata.name != except {
                let owner = || match vip.metadata.label(names::LABEL_IP_RESERVED) {
                    "" => Owner::Vip(vip.metadata.name.clone()),
                    port => Owner::LentVip(vip.metadata.name.clone(), port.to_owned()),
                };
                vip.status.addresses().for_each(|text| each(text, &owner));
            }
        }
        for vip in self.planned_vips.iter().filter(|vip| vip.spec.subnet == name && vip.metadata.name != except) {
            let owner = || Owner::Planned(format!("vip/{}", vip.metadata.name));
            for text in [&vip.spec.v4_ip, &vip.spec.v6_ip] {
                each(text, &owner);
            }
        }
        for ip in self.planned.ips.iter().filter(|ip| ip.spec.subnet == name) {
            let owner = || Owner::PlannedIp(ip.metadata.name.clone());
            for text in [&ip.spec.v4_ip_address, &ip.spec.v6_ip_address] {
                each(text, &owner);
            }
        }
        let planned =
            self.planned.eips.iter().filter(|eip| eip.spec.external_subnet == name && eip.metadata.name != except);
        for eip in planned {
            each(&eip.spec.v4_ip, &|| Owner::Planned(format!("ovn-eip/{}", eip.metadata.name)));
        }
        for eip in self.ovn_eips.known().into_iter().flatten().filter(|eip| eip.subnet() == name) {
            let owner = || Owner::OvnEip(eip.metadata.name.clone());
            for text in [&eip.status.v4_ip, &eip.status.v6_ip] {
                each(text, &owner);
            }
        }
        for eip in self.iptables_eips.known().into_iter().flatten().filter(|eip| eip.subnet() == name) {
            each(&eip.status.ip, &|| Owner::IptablesEip(eip.metadata.name.clone()));
        }
        each(&subnet.status.u2o_address, &|| Owner::Interconnection);
        // a router port's address is the gateway's in an overlay, and an EIP's outside; what is left was set by hand
        // (ConfigMap ovn-external-gw-config, key nic-ip)
        held.extend(subnet.spec.gateway.split(',').filter_map(lenient));
        let suffix = format!("-{name}");
        let ports = self.northbound.known().into_iter().flat_map(|northbound| &northbound.router_ports);
        for port in ports.filter(|port| port.name.ends_with(&suffix)) {
            let addresses = port.networks.iter().filter_map(|network| lenient(network.split('/').next()?));
            for address in addresses.filter(|address| !held.contains(address)) {
                visit(address, &|| Owner::RouterPort(port.name.clone()));
            }
        }
    }

    /// Who uses a MAC in `subnet`, whatever the case of its letters, the object `except` left out.
    #[must_use]
    pub fn mac_owners(&self, subnet: &str, wanted: &str, except: &str) -> Vec<Owner> {
        let is = |mac: &str| mac.eq_ignore_ascii_case(wanted);
        let mut owners = Vec::new();
        for ip in self.ips.known().into_iter().flatten().filter(|ip| ip.subnet == subnet && is(&ip.mac)) {
            owners.push(Owner::Ip(ip.name.clone()));
        }
        for vip in self.vips.known().into_iter().flatten() {
            if vip.spec.subnet == subnet && is(&vip.status.mac) && vip.metadata.name != except {
                owners.push(Owner::Vip(vip.metadata.name.clone()));
            }
        }
        for vip in self.planned_vips.iter().filter(|vip| vip.spec.subnet == subnet && vip.metadata.name != except) {
            if is(&vip.spec.mac_address) {
                owners.push(Owner::Planned(format!("vip/{}", vip.metadata.name)));
            }
        }
        for ip in self.planned.ips.iter().filter(|ip| ip.spec.subnet == subnet && is(&ip.spec.mac_address)) {
            owners.push(Owner::PlannedIp(ip.metadata.name.clone()));
        }
        for eip in self
            .ovn_eips
            .known()
            .into_iter()
            .flatten()
            .filter(|eip| eip.subnet() == subnet && is(&eip.status.mac_address))
        {
            owners.push(Owner::OvnEip(eip.metadata.name.clone()));
        }
        for eip in self
            .iptables_eips
            .known()
            .into_iter()
            .flatten()
            .filter(|eip| eip.subnet() == subnet && is(&eip.spec.mac_address))
        {
            owners.push(Owner::IptablesEip(eip.metadata.name.clone()));
        }
        owners
    }

    /// The router ports of `subnet` that use a MAC.
    #[must_use]
    pub fn router_ports_with(&self, subnet: &str, wanted: &str) -> Vec<Owner> {
        let suffix = format!("-{subnet}");
        let ports = self.northbound.known().into_iter().flat_map(|northbound| &northbound.router_ports);
        let with = ports.filter(|port| port.name.ends_with(&suffix) && port.mac.eq_ignore_ascii_case(wanted));
        with.map(|port| Owner::RouterPort(port.name.clone())).collect()
    }

    /// The pods that wait for an address and ask for `wanted` by annotation: `NAMESPACE/NAME`.
    #[must_use]
    pub fn waiting_for(&self, subnet: &Subnet, wanted: IpAddr) -> Vec<String> {
        let provider = if subnet.spec.provider.is_empty() { names::PROVIDER_OVN } else { &subnet.spec.provider };
        let keys = ["ip_address", "ip_pool"].map(|key| names::provider_annotation(provider, key));
        let asks = |text: &str| text.split([',', ';']).any(|one| lenient(one) == Some(wanted));
        let switch = names::provider_annotation(provider, "logical_switch");
        let pods = self.waiting_pods.known().into_iter().flatten();
        let allocated = names::provider_annotation(provider, "allocated");
        let waiting = pods.filter(|pod| pod.annotation(&allocated) != "true").filter(|pod| {
            // a pod that says nothing of its subnet gets one whose CIDR holds the address: at least one that may be this one
            let here = ["", subnet.metadata.name.as_str()].contains(&pod.annotation(&switch));
            here && keys.iter().any(|key| asks(pod.annotation(key)))
        });
        waiting.map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect()
    }

    /// All addresses of a Subnet that are in pools.
    #[must_use]
    pub fn pooled(&self, subnet: &str) -> RangeSet {
        let pools = self.pools.known().into_iter().flatten().filter(|pool| pool.spec.subnet == subnet);
        RangeSet::read(pools.flat_map(|pool| pool.spec.ips.iter().map(String::as_str))).0
    }

    /// The pools that hold an address of a Subnet.
    #[must_use]
    pub fn pools_with(&self, subnet: &str, wanted: IpAddr) -> Vec<String> {
        let pools = self.pools.known().into_iter().flatten().filter(|pool| pool.spec.subnet == subnet);
        let with = pools.filter(|pool| {
            pool.spec.ips.iter().any(|item| AddressRange::parse_pool(item).is_ok_and(|range| range.contains(&wanted)))
        });
        with.map(|pool| pool.metadata.name.clone()).collect()
    }
}
