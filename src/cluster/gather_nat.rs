//! What rules about EIPs and NAT look at. Some of it is known only after other objects were read: the Subnet of a rule's target
//! names the VPC, the EIP's address names the rows of OVN.

use std::collections::{BTreeMap, BTreeSet};

use super::Cluster;
use super::gather::{optional, source};
use super::locate::Database;
use super::ovsdb::Query;
use super::rest::Select;
use crate::api::{
    Node, OvnDnatRule, OvnEip, OvnFip, OvnSnatRule, Pod, ProviderNetwork, Resource as _, Subnet, SwitchLbRule, Vlan,
    Vpc, names,
};
use crate::failure::Result;
use crate::ovn::northbound::{LoadBalancer, LogicalRouter, Nat, PortBinding};
use crate::world::{Controller, Need, Source, Wanted, World};

/// Up to this many rows are asked for one by one; for more the whole table is read.
const ROWS: usize = 24;

impl Cluster {
    /// The parts that can be read at once.
    pub(super) async fn rules(&self, wanted: &Wanted) -> Result<World> {
        let needs = |need| wanted.needs.contains(&need);
        let (fips, snats, dnats, all_subnets, gateways, controller) = tokio::join!(
            optional(needs(Need::Fips), self.list::<OvnFip>(None, Select::default())),
            optional(needs(Need::Snats), self.list::<OvnSnatRule>(None, Select::default())),
            optional(needs(Need::Dnats), self.list::<OvnDnatRule>(None, Select::default())),
            optional(needs(Need::AllSubnets), self.list::<Subnet>(None, Select::default())),
            optional(needs(Need::Gateways), self.gateways()),
            optional(needs(Need::Controller), self.controller()),
        );
        let networks = Box::pin(self.networks(wanted)).await?;
        Ok(World {
            fips: source(fips)?,
            snats: source(snats)?,
            dnats: source(dnats)?,
            all_subnets: source(all_subnets)?,
            gateways: source(gateways)?,
            controller: source(controller)?,
            ..networks
        })
    }

    /// What Subnets stand on.
    async fn networks(&self, wanted: &Wanted) -> Result<World> {
        let needs = |need| wanted.needs.contains(&need);
        let (vpcs, vlans, provider_networks, nodes, slrs) = tokio::join!(
            optional(needs(Need::AllVpcs), self.list::<Vpc>(None, Select::default())),
            optional(needs(Need::Vlans), self.list::<Vlan>(None, Select::default())),
            optional(needs(Need::ProviderNetworks), self.list::<ProviderNetwork>(None, Select::default())),
            optional(needs(Need::Nodes), self.list::<Node>(None, Select::default())),
            optional(needs(Need::Slrs), self.list::<SwitchLbRule>(None, Select::default())),
        );
        Ok(World {
            all_vpcs: source(vpcs)?,
            vlans: source(vlans)?,
            provider_networks: source(provider_networks)?,
            nodes: source(nodes)?,
            slrs: source(slrs)?,
            ..World::default()
        })
    }

    /// The parts that what was read names: Subnets of targets and EIPs, their Vpcs, OVN's rows of their addresses.
    pub(super) async fn follow(&self, wanted: &Wanted, world: &mut World) -> Result<()> {
        let rows = wanted.needs.contains(&Need::NatRows);
        if wanted.needs.contains(&Need::Vpcs) {
            let inside = self.follow_subnets(wanted, world).await?;
            // the Vpc of an external Subnet says nothing about a rule
            let vpc = |name: &String| world.subnet(name).map(|subnet| subnet.spec.vpc.clone());
            let vpcs: BTreeSet<String> = inside
                .iter()
                .filter_map(vpc)
                .chain(wanted.vpcs.iter().cloned())
                .filter(|name| !name.is_empty())
                .collect();
            world.vpcs = source(Some(self.named::<Vpc>(&vpcs).await))?;
        }
        if rows && let Source::Known(northbound) = &mut world.northbound {
            let externals = world.ovn_eips.known().into_iter().flatten().filter(|eip| wanted.eips.contains(eip.name()));
            let externals: BTreeSet<String> = externals.flat_map(OvnEip::addresses).map(str::to_owned).collect();
            let of_subnets = world.subnets.known().into_iter().flat_map(BTreeMap::values).flatten();
            let cidrs = of_subnets.flat_map(|subnet| subnet.spec.cidr_block.split(',').map(str::to_owned));
            let of_ips = world.named_ips.known().into_iter().flat_map(BTreeMap::values);
            let addresses = of_ips.flat_map(|ip| ip.addresses().map(str::to_owned).collect::<Vec<_>>());
            let insides: BTreeSet<String> =
                wanted.insides.iter().cloned().chain(cidrs).chain(addresses).filter(|text| !text.is_empty()).collect();
            match source(Some(self.nat_rows(&externals, &insides, &wanted.load_balancers).await))? {
                Source::Known((routers, nats, load_balancers)) => {
                    northbound.routers = routers;
                    northbound.nats = nats;
                    northbound.load_balancers = load_balancers;
                }
                Source::Unknown(lack) => world.northbound = Source::Unknown(lack),
            }
        }
        Ok(())
    }

    /// The Subnets of targets and EIPs. Returns the names of those that targets and sources are in.
    async fn follow_subnets(&self, wanted: &Wanted, world: &mut World) -> Result<BTreeSet<String>> {
        let Source::Known(subnets) = &mut world.subnets else { return Ok(BTreeSet::new()) };
        let of_ips = world.named_ips.known().into_iter().flat_map(BTreeMap::values).map(|ip| ip.spec.subnet.clone());
        let lent = world.own.known().into_iter().flat_map(BTreeMap::values).map(|vip| vip.spec.subnet.clone());
        let inside: BTreeSet<String> = of_ips.chain(lent).chain(wanted.sources.iter().cloned()).collect();
        let eips = world.ovn_eips.known().into_iter().flatten().filter(|eip| wanted.eips.contains(eip.name()));
        let named = inside.iter().cloned().chain(eips.map(|eip| eip.subnet().to_owned()));
        let missing: BTreeSet<String> = named.filter(|name| !name.is_empty() && !subnets.contains_key(name)).collect();
        subnets.extend(self.named::<Subnet>(&missing).await?);
        Ok(inside)
    }

    /// Routers, the NAT rows with one of these external or inside addresses, and the load balancers of these names.
    pub async fn nat_rows(
        &self,
        externals: &BTreeSet<String>,
        insides: &BTreeSet<String>,
        load_balancers: &BTreeSet<String>,
    ) -> Result<(Vec<LogicalRouter>, Vec<Nat>, Vec<LoadBalancer>)> {
        let nat = || Query::table("NAT", Nat::COLUMNS);
        let balancer = || Query::table("Load_Balancer", LoadBalancer::COLUMNS);
        let mut queries = vec![Query::table("Logical_Router", LogicalRouter::COLUMNS)];
        let by_row = externals.len() + insides.len() + load_balancers.len() <= ROWS;
        if by_row {
            queries.extend(externals.iter().map(|address| nat().equal("external_ip", address)));
            queries.extend(insides.iter().map(|address| nat().equal("logical_ip", address)));
        } else {
            queries.push(nat());
        }
        let nats = queries.len() - 1;
        if by_row {
            queries.extend(load_balancers.iter().map(|name| balancer().equal("name", name)));
        } else {
            queries.push(balancer());
        }
        let mut rows = self.select(Database::Northbound, &queries).await?.into_iter();
        let routers = rows.next().unwrap_or_default().iter().map(LogicalRouter::from_row).collect();
        let mut found: Vec<Nat> = rows.by_ref().take(nats).flatten().map(|row| Nat::from_row(&row)).collect();
        found.sort_by(|one, other| one.uuid.cmp(&other.uuid));
        found.dedup_by(|one, other| one.uuid == other.uuid);
        let balancers = rows.flatten().map(|row| LoadBalancer::from_row(&row)).collect();
        Ok((routers, found, balancers))
    }

    /// Where the gateway ports of all routers are bound.
    pub async fn gateways(&self) -> Result<Vec<PortBinding>> {
        let query = Query::table("Port_Binding", PortBinding::COLUMNS).equal("type", "chassisredirect");
        let rows = self.select(Database::Southbound, &[query]).await?;
        Ok(rows.into_iter().flatten().map(|row| PortBinding::from_row(&row)).collect())
    }

    /// How kube-ovn-controller was started: the arguments and image of one of its pods.
    pub async fn controller(&self) -> Result<Controller> {
        let namespace = self.home().await?.to_owned();
        let select = Select { labels: Some("app=kube-ovn-controller"), fields: None };
        let pods: Vec<Pod> = self.list(Some(&namespace), select).await?;
        let container =
            pods.iter().flat_map(|pod| &pod.spec.containers).find(|one| one.name == names::LEASE_CONTROLLER);
        let Some(container) = container else { return Ok(Controller::default()) };
        let words = container.command.iter().chain(&container.args);
        let flags = words.filter_map(|word| {
            let word = word.strip_prefix("--")?;
            let (name, value) = word.split_once('=').unwrap_or((word, "true"));
            Some((name.to_owned(), value.to_owned()))
        });
        let tag = container.image.rsplit_once(':').map_or("", |(_, tag)| tag);
        Ok(Controller { flags: flags.collect(), version: tag.to_owned() })
    }
}
