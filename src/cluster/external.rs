//! What is read of external networks, and what is waited for when a VPC is joined to one.

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::gather::{absent_is_empty, source};
use super::leader::{Awaited, Waited};
use super::locate::Database;
use super::ovsdb::{Query, Until};
use super::rest::{PatchType, Select, Target};
use crate::api::config_map::EXTERNAL_GATEWAY;
use crate::api::{ConfigMap, Kind, Node, OvnEip, Pod, ProviderNetwork, Resource as _, Subnet, Vlan, Vpc, kinds};
use crate::failure::{Cause, Result};
use crate::ovn::gateway::{Bfd, Chassis, GatewayChassis, Route, RouterWays};
use crate::ovn::northbound::{LogicalRouterPort, PortBinding};
use crate::world::Controller;
use crate::world::external::{External, Places, Ways};

/// How often a write that met another writer is tried again.
const CONFLICTS: usize = 8;

impl Cluster {
    /// The picture of the external networks. What this user may not read is unknown in it; Subnets, VPCs, EIPs and rules must be readable.
    pub async fn external(&self) -> Result<External> {
        let all = Select::default();
        let (subnets, vpcs, eips, rules) = tokio::try_join!(
            self.list::<Subnet>(None, all),
            self.list::<Vpc>(None, all),
            self.list::<OvnEip>(None, all),
            self.all_rules(),
        )?;
        let (vlans, networks, nodes, controller, cni, config, northbound, southbound, home) = tokio::join!(
            absent_is_empty(self.list::<Vlan>(None, all)),
            absent_is_empty(self.list::<ProviderNetwork>(None, all)),
            self.list::<Node>(None, all),
            self.controller(),
            self.cni(),
            self.gateway_config(),
            self.ways(),
            self.places(),
            self.home(),
        );
        Ok(External {
            subnets,
            vpcs,
            eips,
            rules,
            vlans: source(Some(vlans))?,
            networks: source(Some(networks))?,
            nodes: source(Some(nodes))?,
            controller: source(Some(controller))?,
            cni: source(Some(cni))?,
            config: source(Some(config))?,
            northbound: source(Some(northbound))?,
            southbound: source(Some(southbound))?,
            home: home.unwrap_or("kube-system").to_owned(),
        })
    }

    /// The ConfigMap of the default VPC.
    pub async fn gateway_config(&self) -> Result<Option<ConfigMap>> {
        let home = self.home().await?.to_owned();
        self.find(&home, EXTERNAL_GATEWAY).await
    }

    /// How kube-ovn-cni of each node was started, by node.
    async fn cni(&self) -> Result<Vec<(String, Controller)>> {
        let home = self.home().await?.to_owned();
        let select = Select { labels: Some("app=kube-ovn-cni"), fields: None };
        let pods: Vec<Pod> = self.list(Some(&home), select).await?;
        let started = |pod: &Pod| {
            let container = pod.spec.containers.iter().find(|one| one.name == "cni-server")?;
            Some((pod.spec.node_name.clone(), super::gather_nat::started(container)))
        };
        Ok(pods.iter().filter_map(started).collect())
    }

    /// Routers and their ways out.
    async fn ways(&self) -> Result<Ways> {
        let queries = [
            Query::table("Logical_Router", RouterWays::COLUMNS),
            Query::table("Logical_Router_Port", LogicalRouterPort::COLUMNS),
            Query::table("Gateway_Chassis", GatewayChassis::COLUMNS),
            Query::table("Logical_Router_Static_Route", Route::COLUMNS),
            Query::table("BFD", Bfd::COLUMNS),
        ];
        let mut rows = self.select(Database::Northbound, &queries).await?.into_iter();
        let mut next = || rows.next().unwrap_or_default();
        Ok(Ways {
            routers: next().iter().map(RouterWays::from_row).collect(),
            ports: next().iter().map(LogicalRouterPort::from_row).collect(),
            chassis: next().iter().map(GatewayChassis::from_row).collect(),
            routes: next().iter().map(Route::from_row).collect(),
            bfds: next().iter().map(Bfd::from_row).collect(),
        })
    }

    /// Where gateway ports are.
    async fn places(&self) -> Result<Places> {
        let queries = [
            Query::table("Port_Binding", PortBinding::COLUMNS).equal("type", "chassisredirect"),
            Query::table("Chassis", Chassis::COLUMNS),
        ];
        let mut rows = self.select(Database::Southbound, &queries).await?.into_iter();
        let mut next = || rows.next().unwrap_or_default();
        Ok(Places {
            bindings: next().iter().map(PortBinding::from_row).collect(),
            chassis: next().iter().map(Chassis::from_row).collect(),
        })
    }

    /// The place of a Vpc.
    #[must_use]
    pub fn vpc(name: &str) -> Target<'_> {
        Target::one(Vpc::KIND, "", name)
    }

    /// Changes an object of a cluster-scoped kind; `edit` gets it as it is and says the patch, `None` for nothing to do. Somebody else's edit in
    /// between is met by trying again with theirs. Returns it as written, `None` when it is gone.
    pub async fn edit(&self, target: Target<'_>, edit: impl Fn(&Value) -> Option<Value>) -> Result<Option<Value>> {
        for attempt in 0.. {
            let Some(object) = self.get(target).await? else { return Ok(None) };
            let Some(mut patch) = edit(&object) else { return Ok(Some(object)) };
            patch["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
            match self.patch(target, PatchType::Merge, &patch, false).await {
                Err(failure) if failure.cause == Cause::Conflict && attempt < CONFLICTS => {}
                done => return done.map(Some),
            }
        }
        Ok(None)
    }

    /// Sets a label of a node.
    pub async fn label_node(&self, node: &str, key: &str, value: &str) -> Result<()> {
        let patch = json!({"metadata": {"labels": {key: value}}});
        self.patch(Target::one(Node::KIND, "", node), PatchType::Merge, &patch, false).await.map(drop)
    }

    /// Waits until a VPC is as `done` says, or the controller complains of it after it was written as it is in `object`.
    pub async fn wait_vpc(&self, object: &Value, done: fn(&Vpc) -> bool, limit: Duration) -> Result<Waited<Vpc>> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let since = written(object);
        let awaited = Awaited { target: Self::vpc(name), since: &since, queues: &["add/update vpc"], done };
        self.wait(awaited, limit).await
    }

    /// Waits until a Subnet is ready, or the controller complains of it.
    pub async fn wait_subnet(&self, object: &Value, limit: Duration) -> Result<Waited<Subnet>> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let since = written(object);
        let target = Target::one(Subnet::KIND, "", name);
        let awaited = Awaited { target, since: &since, queues: &["add/update subnet"], done: Subnet::is_ready };
        self.wait(awaited, limit).await
    }

    /// Waits until every node has its part of a provider network.
    pub async fn wait_network(&self, object: &Value, limit: Duration) -> Result<Waited<ProviderNetwork>> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let since = written(object);
        let target = Target::one(ProviderNetwork::KIND, "", name);
        let done = |network: &ProviderNetwork| network.status.ready;
        self.wait(Awaited { target, since: &since, queues: &[], done }, limit).await
    }

    /// The router port of that name once it has a gateway chassis, or once it is gone when `there` is not wanted; `false` when it did not come to
    /// that in time.
    pub async fn router_port_is(&self, name: &str, there: bool, limit: Duration) -> Result<bool> {
        let query = Query::table("Logical_Router_Port", &["name"]).equal("name", name);
        let rows = if there { vec![json!({"name": name})] } else { Vec::new() };
        let until = Until { query: query.clone(), columns: &["name"], rows, limit, differ: false };
        Ok(self.select_when(Database::Northbound, Some(&until), &[query]).await?.is_some())
    }

    /// Whether a router's gateway port comes to be bound to a chassis within `limit`.
    pub async fn gateway_binds(&self, port: &str, limit: Duration) -> Result<bool> {
        let name = format!("cr-{port}");
        let query = Query::table("Port_Binding", &["logical_port", "chassis"]).equal("logical_port", &name);
        let began = std::time::Instant::now();
        let rows = vec![json!({"logical_port": name})];
        let until = Until { query: query.clone(), columns: &["logical_port"], rows, limit, differ: false };
        if self.select_when(Database::Southbound, Some(&until), std::slice::from_ref(&query)).await?.is_none() {
            return Ok(false);
        }
        let limit = limit.saturating_sub(began.elapsed()).max(Duration::from_millis(100));
        let rows = vec![json!({"chassis": ["set", []]})];
        let until = Until { query: query.clone(), columns: &["chassis"], rows, limit, differ: true };
        Ok(self.select_when(Database::Southbound, Some(&until), &[query]).await?.is_some())
    }

    /// Makes an object of a kind, unless one of that name is there: then that one. The second value says whether it was made.
    pub async fn ensure(&self, kind: Kind, name: &str, manifest: &Value) -> Result<(Value, bool)> {
        let target = Target::one(kind, "", name);
        match self.create(target, manifest, false).await {
            Ok(made) => Ok((made, true)),
            Err(failure) if failure.cause == Cause::AlreadyExists => match self.get(target).await? {
                Some(there) => Ok((there, false)),
                None => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Writes the ConfigMap of the default VPC.
    pub async fn write_gateway_config(&self, data: &Value, there: bool) -> Result<Value> {
        let home = self.home().await?.to_owned();
        let target = Target::one(kinds::CONFIG_MAP, &home, EXTERNAL_GATEWAY);
        if there {
            return self.patch(target, PatchType::Merge, &json!({"data": data}), false).await;
        }
        let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": EXTERNAL_GATEWAY, "namespace": home}, "data": data});
        self.create(target, &manifest, false).await
    }
}

/// When an object was last written, by the API server's clock: lines of the log before that are about an earlier state of it.
fn written(object: &Value) -> String {
    let fields = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let last = fields.filter_map(|entry| entry["time"].as_str()).max();
    last.or_else(|| object["metadata"]["creationTimestamp"].as_str()).unwrap_or_default().to_owned()
}
