//! What a target's name stands for: names of IPs, addresses, the VPC.

use std::collections::BTreeSet;

use ipnetwork::IpNetwork;

use super::Cluster;
use crate::api::{Ip, Resource as _, Subnet, Vip, names};
use crate::failure::Result;
use crate::world::lenient;
use crate::world::nat_filter::Targeted;

fn networks<'a>(addresses: impl Iterator<Item = &'a str>) -> Vec<IpNetwork> {
    addresses.filter_map(lenient).map(IpNetwork::from).collect()
}

impl Cluster {
    /// The IP of a pod, a VM or a `StatefulSet`'s pod, on its first interface or on an attachment (`NAD` or `NAMESPACE/NAD`).
    pub async fn targeted_port(&self, name: &str, namespace: &str, attachment: Option<&str>) -> Result<Targeted> {
        let provider = attachment.map_or_else(String::new, |attachment| {
            let (place, name) = attachment.split_once('/').unwrap_or((namespace, attachment));
            format!("{name}.{place}.ovn")
        });
        self.targeted_ip(&names::port_name(name, namespace, &provider)).await
    }

    /// Every pod of a `StatefulSet`: the IPs whose names are the set's with an ordinal.
    pub async fn targeted_set(&self, set: &str, namespace: &str) -> Result<Targeted> {
        let is_pod = |name: &str| {
            let ordinal = name.strip_prefix(set).and_then(|rest| rest.strip_prefix('-'));
            ordinal.and_then(|rest| rest.split_once('.')).is_some_and(|(ordinal, rest)| {
                let place = rest.strip_prefix(namespace).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
                place && ordinal.parse::<u32>().is_ok()
            })
        };
        let ips: BTreeSet<String> = self.names(Ip::KIND).await?.into_iter().filter(|name| is_pod(name)).collect();
        let mut all = Targeted::default();
        for ip in self.named::<Ip>(&ips).await?.into_values().flatten() {
            all.networks.extend(networks(ip.addresses()));
            if all.vpc.is_empty() {
                all.vpc = self.vpc_of(&ip.spec.subnet).await?;
            }
        }
        Ok(Targeted { ips, ..all })
    }

    /// An IP by its own name; one that is not there has its name alone.
    pub async fn targeted_ip(&self, name: &str) -> Result<Targeted> {
        let named = Targeted { ips: [name.to_owned()].into(), ..Targeted::default() };
        let Some(ip) = self.find::<Ip>("", name).await? else { return Ok(named) };
        let vpc = self.vpc_of(&ip.spec.subnet).await?;
        Ok(Targeted { networks: networks(ip.addresses()), vpc, ..named })
    }

    /// A Vip; one that is not there has its name alone.
    pub async fn targeted_vip(&self, name: &str) -> Result<Targeted> {
        let named = Targeted { vip: Some(name.to_owned()), ..Targeted::default() };
        let Some(vip) = self.find::<Vip>("", name).await? else { return Ok(named) };
        let vpc = self.vpc_of(&vip.spec.subnet).await?;
        Ok(Targeted { networks: networks(vip.status.addresses()), vpc, ..named })
    }

    /// A Subnet; one that is not there has its name alone.
    pub async fn targeted_subnet(&self, name: &str) -> Result<Targeted> {
        let named = Targeted { subnet: Some(name.to_owned()), ..Targeted::default() };
        let Some(subnet) = self.find::<Subnet>("", name).await? else { return Ok(named) };
        let networks = subnet.spec.cidr_block.split(',').filter_map(|cidr| cidr.trim().parse().ok()).collect();
        Ok(Targeted { networks, vpc: subnet.spec.vpc, ..named })
    }

    async fn vpc_of(&self, subnet: &str) -> Result<String> {
        if subnet.is_empty() {
            return Ok(String::new());
        }
        Ok(self.find::<Subnet>("", subnet).await?.map(|subnet| subnet.spec.vpc).unwrap_or_default())
    }
}
