//! From what rules need to the picture they look at: everything at once, nothing that is not needed.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{join_all, try_join_all};

use super::Cluster;
use super::locate::Database;
use super::ovsdb::Query;
use super::rest::{Select, Target};
use crate::api::{Ip, IpPool, IptablesEip, Kind, Metadata, OvnEip, Pod, Resource, Subnet, Vip, kinds, names};
use crate::failure::{Cause, Failure, Result};
use crate::ovn::northbound::{LogicalRouterPort, LogicalSwitchPort, Northbound};
use crate::world::{Held, Lack, Need, Source, Wanted, World};

/// How many ports are looked for in one exec.
const PORTS: usize = 80;
/// Up to this many objects are read by name; more are read as one list.
const BY_NAME: usize = 8;

impl Cluster {
    /// Reads what is wanted, side by side. A part that this user may not read, or that does not answer, is unknown in the
    /// picture; only a cluster that cannot be reached at all, or that has no Kube-OVN, is an error.
    pub async fn gather(&self, wanted: &Wanted) -> Result<World> {
        let with_default = self.with_default_switch(wanted).await;
        let wanted = with_default.as_ref().unwrap_or(wanted);
        let attached = self.attached(wanted).await?;
        let (with_subnets, first) = attached.map_or((None, None), |(wanted, first)| (Some(wanted), Some(first)));
        let wanted = with_subnets.as_ref().unwrap_or(wanted);
        let needs = |need| wanted.needs.contains(&need);
        // the port of a pod has its namespace behind a dot
        let pod_ports = wanted.ports.iter().filter(|port| port.contains('.')).chain(&wanted.ips).cloned().collect();
        // a hint about an OvnEip that is not there looks at the other kind, and does without
        let any_iptables = [Need::IptablesEips, Need::NamedIptablesEips, Need::NamedEips].into_iter().any(needs);
        let rules = self.rules(wanted);
        let holders = self.holders(wanted);
        let (
            subnets,
            own,
            vips,
            ips,
            ovn_eips,
            iptables_eips,
            named_ips,
            pools,
            waiting,
            namespaces,
            pods,
            northbound,
            rules,
            holders,
        ) = tokio::join!(
            optional(needs(Need::Subnets) || needs(Need::Vpcs), self.named::<Subnet>(&wanted.subnets)),
            optional(needs(Need::Own), self.named::<Vip>(&wanted.names)),
            optional(needs(Need::Vips), self.of_subnets::<Vip>(&wanted.subnets)),
            optional(needs(Need::Ips), self.held(&wanted.subnets)),
            optional(needs(Need::Eips) || needs(Need::NamedEips), self.ovn_eips(wanted)),
            optional(any_iptables, self.iptables_eips(wanted)),
            optional(needs(Need::NamedIps), self.named::<Ip>(&pod_ports)),
            optional(needs(Need::Pools), self.list::<IpPool>(None, Select::default())),
            optional(needs(Need::WaitingPods), self.waiting_pods()),
            optional(needs(Need::Namespaces), self.namespaces(&wanted.namespaces)),
            optional(needs(Need::Pods), self.pods_of(&wanted.namespaces)),
            optional(needs(Need::Ports) || needs(Need::NatRows), self.northbound(&wanted.ports)),
            rules,
            holders,
        );
        let mut world = World {
            subnets: source(subnets)?,
            own: flatten(source(own)?),
            vips: source(vips)?,
            ips: source(ips)?,
            ovn_eips: source(ovn_eips)?,
            iptables_eips: source(iptables_eips)?,
            named_ips: flatten(source(named_ips)?),
            pools: source(pools)?,
            waiting_pods: source(waiting)?,
            namespaces: source(namespaces)?,
            pods: source(pods)?,
            northbound: source(northbound)?,
            holders: holders?,
            ..rules?
        };
        if let Some(World { nads, nad_names, bindings, all_subnets, .. }) = first {
            world = World { all_subnets, nads, nad_names, bindings, ..world };
        }
        self.follow(wanted, &mut world).await?;
        if world.subnets.known().is_some_and(|subnets| subnets.values().any(Option::is_none)) {
            world.subnet_names = self.names(Subnet::KIND).await.unwrap_or_default();
        }
        Ok(world)
    }

    /// The same with the Subnet that the controller takes for EIPs that name none; it is read a second time with the rest.
    async fn with_default_switch(&self, wanted: &Wanted) -> Option<Wanted> {
        if !wanted.default_switch {
            return None;
        }
        let controller = self.controller().await.ok()?;
        let mut wanted = wanted.clone();
        wanted.subnets.insert(controller.flag("external-gateway-switch", "external").to_owned());
        Some(wanted)
    }

    /// Names of all objects of a kind, from the server's cells.
    pub async fn names(&self, kind: Kind) -> Result<Vec<String>> {
        let cells = self.cells(kind, None, Select::default()).await?;
        Ok(cells.rows.into_iter().filter_map(|row| row.into_iter().next()).collect())
    }

    /// Objects by name, `None` where there is none.
    pub(super) async fn named<T: Resource>(&self, names: &BTreeSet<String>) -> Result<BTreeMap<String, Option<T>>> {
        // nothing has the name "": a rule says that an object needs one
        let asked: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
        if asked.len() <= BY_NAME {
            let found = try_join_all(asked.iter().map(|name| self.find::<T>("", name))).await?;
            return Ok(asked.into_iter().cloned().zip(found).collect());
        }
        let mut all: BTreeMap<String, T> = self
            .list::<T>(None, Select::default())
            .await?
            .into_iter()
            .map(|object| (object.name().to_owned(), object))
            .collect();
        Ok(names.iter().map(|name| (name.clone(), all.remove(name))).collect())
    }

    /// Objects that carry the label of one of the Subnets: those that have an address.
    async fn of_subnets<T: Resource>(&self, subnets: &BTreeSet<String>) -> Result<Vec<T>> {
        let labels = in_subnets(subnets);
        self.list(None, Select { labels: Some(&labels), fields: None }).await
    }

    /// Every address that an IP object holds in the Subnets: cells of those with the Subnet's label, and reservations as
    /// objects, because the controller takes that label from them (docs/kube-ovn-behaviour.md).
    async fn held(&self, subnets: &BTreeSet<String>) -> Result<Vec<Held>> {
        let ips = Ip::KIND;
        let labels = in_subnets(subnets);
        let reserved = format!("{}=true", names::LABEL_IP_RESERVED);
        let (cells, reserved) = tokio::try_join!(
            self.cells(ips, None, Select { labels: Some(&labels), fields: None }),
            self.list::<Ip>(None, Select { labels: Some(&reserved), fields: None }),
        )?;
        let column = |name: &str| cells.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        let columns = [column("Name"), column("Subnet"), column("V4IP"), column("V6IP"), column("Mac")];
        let [Some(name), Some(subnet), Some(v4), Some(v6), Some(mac)] = columns else {
            return self.held_by_objects(&labels, reserved).await;
        };
        let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
        let mut held: Vec<Held> = reserved.iter().map(|ip| held_by(ip, true)).collect();
        let known: BTreeSet<String> = held.iter().map(|one| one.name.clone()).collect();
        held.extend(cells.rows.iter().filter(|row| !known.contains(&cell(row, name))).map(|row| Held {
            name: cell(row, name),
            subnet: cell(row, subnet),
            v4: cell(row, v4),
            v6: cell(row, v6),
            mac: cell(row, mac),
            reserved: false,
        }));
        Ok(held)
    }

    /// The same where a release has other printer columns.
    async fn held_by_objects(&self, labels: &str, reserved: Vec<Ip>) -> Result<Vec<Held>> {
        let labelled: Vec<Ip> = self.list(None, Select { labels: Some(labels), fields: None }).await?;
        let known: BTreeSet<&str> = reserved.iter().map(Resource::name).collect();
        let rest = labelled.iter().filter(|ip| !known.contains(ip.name())).map(|ip| held_by(ip, false));
        Ok(rest.chain(reserved.iter().map(|ip| held_by(ip, true))).collect())
    }

    /// External addresses: all of them when an address is asked for, else those of the names themselves.
    async fn ovn_eips(&self, wanted: &Wanted) -> Result<Vec<OvnEip>> {
        if wanted.needs.contains(&Need::Eips) || wanted.names.len() > BY_NAME {
            return self.list(None, Select::default()).await;
        }
        let names = wanted.names.union(&wanted.eips).cloned().collect();
        Ok(self.named::<OvnEip>(&names).await?.into_values().flatten().collect())
    }

    /// The same of gateways that are pods.
    async fn iptables_eips(&self, wanted: &Wanted) -> Result<Vec<IptablesEip>> {
        absent_is_empty(async {
            if wanted.needs.contains(&Need::IptablesEips) || wanted.names.len() > BY_NAME {
                return self.list(None, Select::default()).await;
            }
            Ok(self.named::<IptablesEip>(&wanted.names).await?.into_values().flatten().collect())
        })
        .await
    }

    async fn waiting_pods(&self) -> Result<Vec<Metadata>> {
        let select = Select { labels: None, fields: Some("status.phase=Pending") };
        self.list_metadata(Pod::KIND, None, select).await
    }

    async fn namespaces(&self, names: &BTreeSet<String>) -> Result<BTreeMap<String, bool>> {
        let found = try_join_all(names.iter().map(|name| self.get(Target::one(kinds::NAMESPACE, "", name)))).await?;
        Ok(names.iter().cloned().zip(found.iter().map(Option::is_some)).collect())
    }

    async fn pods_of(&self, namespaces: &BTreeSet<String>) -> Result<Vec<Metadata>> {
        let lists =
            join_all(namespaces.iter().map(|name| self.list_metadata(Pod::KIND, Some(name), Select::default()))).await;
        Ok(lists.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The switch ports of these names, and all router ports.
    pub async fn northbound(&self, ports: &BTreeSet<String>) -> Result<Northbound> {
        let ports: Vec<&String> = ports.iter().collect();
        let mut northbound = Northbound::default();
        let mut first = Some(Query::table("Logical_Router_Port", LogicalRouterPort::COLUMNS));
        // the queries travel in a URL, whose length is bounded
        let chunks = ports.chunks(PORTS).map(<[&String]>::to_vec);
        for chunk in chunks.chain(ports.is_empty().then(Vec::new)) {
            let router_ports = first.take();
            let port =
                |name: &&String| Query::table("Logical_Switch_Port", LogicalSwitchPort::COLUMNS).equal("name", name);
            let queries: Vec<Query> = chunk.iter().map(port).chain(router_ports.clone()).collect();
            let mut rows = self.select(Database::Northbound, &queries).await?;
            if router_ports.is_some() {
                northbound.router_ports =
                    rows.pop().unwrap_or_default().iter().map(LogicalRouterPort::from_row).collect();
            }
            northbound.ports.extend(rows.iter().flatten().map(LogicalSwitchPort::from_row));
        }
        Ok(northbound)
    }
}

fn held_by(ip: &Ip, reserved: bool) -> Held {
    Held {
        name: ip.metadata.name.clone(),
        subnet: ip.spec.subnet.clone(),
        v4: ip.spec.v4_ip_address.clone(),
        v6: ip.spec.v6_ip_address.clone(),
        mac: ip.spec.mac_address.clone(),
        reserved,
    }
}

fn in_subnets(subnets: &BTreeSet<String>) -> String {
    let list: Vec<&str> = subnets.iter().map(String::as_str).collect();
    format!("{} in ({})", names::LABEL_SUBNET, list.join(","))
}

pub(super) async fn optional<T>(wanted: bool, reading: impl Future<Output = Result<T>>) -> Option<Result<T>> {
    if wanted { Some(reading.await) } else { None }
}

/// A kind that a release does not have holds nothing.
pub(super) async fn absent_is_empty<T: Default>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    match reading.await {
        Err(failure) if failure.cause == Cause::UnknownKind => Ok(T::default()),
        other => other,
    }
}

/// A right that is missing makes a part unknown; everything else that is the cluster's fault ends the command.
pub(super) fn source<T>(read: Option<Result<T>>) -> Result<Source<T>> {
    match read {
        None => Ok(Source::default()),
        Some(Ok(value)) => Ok(Source::Known(value)),
        Some(Err(failure)) if failure.cause == Cause::Forbidden => Ok(Source::Unknown(lack(failure))),
        Some(Err(failure)) if failure.cause == Cause::Unreadable => Ok(Source::Unknown(lack(failure))),
        Some(Err(failure)) => Err(failure),
    }
}

fn lack(failure: Failure) -> Lack {
    Lack { why: failure.reason().to_owned(), repair: failure.hints }
}

fn flatten<T>(source: Source<BTreeMap<String, Option<T>>>) -> Source<BTreeMap<String, T>> {
    match source {
        Source::Known(map) => {
            Source::Known(map.into_iter().filter_map(|(name, object)| Some((name, object?))).collect())
        }
        Source::Unknown(why) => Source::Unknown(why),
    }
}
