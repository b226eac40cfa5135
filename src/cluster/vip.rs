//! What is done to Vips in the cluster. A Vip is patched, never PUT: a PUT without status erases the status.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::try_join_all;
use serde_json::{Value, json};

use super::Cluster;
use super::leader::{Awaited, Waited};
use super::locate::Database;
use super::ovsdb::{Query, Until};
use super::rest::{PatchType, Select, Target};
use crate::api::{Kind, Metadata, Pod, Resource as _, Subnet, Vip, VipType, kinds, names};
use crate::failure::{Cause, Result};
use crate::ovn::northbound::{LogicalSwitchPort, PortBinding};
use crate::world::users::Candidates;

/// How often a write that met another writer is tried again.
const CONFLICTS: usize = 8;

/// Waits for a row of `Logical_Switch_Port`.
fn port_of(name: &str) -> Query {
    Query::table("Logical_Switch_Port", LogicalSwitchPort::COLUMNS).equal("name", name)
}

impl Cluster {
    /// The place of a Vip.
    #[must_use]
    pub fn vip(name: &str) -> Target<'_> {
        Target::one(Vip::KIND, "", name)
    }

    /// The logical port of a typed Vip, `None` for a plain one. Its name depends on the Subnet's provider.
    pub async fn typed_port(&self, vip: &Vip) -> Result<Option<String>> {
        if VipType::parse(&vip.spec.kind) == Some(VipType::Plain) {
            return Ok(None);
        }
        let subnet = self.find::<Subnet>("", &vip.spec.subnet).await?;
        let provider = subnet.map(|subnet| subnet.spec.provider).unwrap_or_default();
        Ok(Some(names::port_name(vip.name(), &vip.spec.namespace, &provider)))
    }

    /// Waits until the controller gave a Vip its address.
    pub async fn wait_ready(&self, vip: &Vip, limit: Duration) -> Result<Waited<Vip>> {
        let awaited = Awaited {
            target: Self::vip(vip.name()),
            since: &vip.metadata.creation_timestamp,
            queues: &["add vip", "update vip"],
            done: Vip::is_ready,
        };
        self.wait(awaited, limit).await
    }

    /// The switch port of that name once it is there and of that type; `None` when it did not come in time.
    pub async fn port_appears(&self, name: &str, kind: &str, limit: Duration) -> Result<Option<LogicalSwitchPort>> {
        let until =
            Until { query: port_of(name), columns: &["type"], rows: vec![json!({"type": kind})], limit, differ: false };
        let found = self.select_when(Database::Northbound, Some(&until), &[port_of(name)]).await?;
        Ok(found.and_then(|rows| rows.into_iter().flatten().next()).map(|row| LogicalSwitchPort::from_row(&row)))
    }

    /// Whether the switch port of that name is gone within `limit`.
    pub async fn port_vanishes(&self, name: &str, limit: Duration) -> Result<bool> {
        let until = Until { query: port_of(name), columns: &["name"], rows: Vec::new(), limit, differ: false };
        Ok(self.select_when(Database::Northbound, Some(&until), &[port_of(name)]).await?.is_some())
    }

    /// The switch port of that name as it is.
    pub async fn port(&self, name: &str) -> Result<Option<LogicalSwitchPort>> {
        let rows = self.select(Database::Northbound, &[port_of(name)]).await?;
        Ok(rows.into_iter().flatten().next().map(|row| LogicalSwitchPort::from_row(&row)))
    }

    /// The switch port of that name once its options are others than `before`, or as it is when they do not change in time.
    pub async fn port_changes(
        &self,
        name: &str,
        before: &BTreeMap<String, String>,
        limit: Duration,
    ) -> Result<Option<LogicalSwitchPort>> {
        let pairs: Vec<Value> = before.iter().map(|(key, value)| json!([key, value])).collect();
        let until = Until {
            query: port_of(name),
            columns: &["options"],
            rows: vec![json!({"options": ["map", pairs]})],
            limit,
            differ: true,
        };
        match self.select_when(Database::Northbound, Some(&until), &[port_of(name)]).await? {
            Some(rows) => Ok(rows.into_iter().flatten().next().map(|row| LogicalSwitchPort::from_row(&row))),
            None => self.port(name).await,
        }
    }

    /// Who holds a virtual port's address now, and the node of that chassis, from the southbound database.
    pub async fn holder(&self, port: &str) -> Result<Option<(PortBinding, String)>> {
        let queries = [
            Query::table("Port_Binding", PortBinding::COLUMNS).equal("logical_port", port),
            Query::table("Chassis", &["_uuid", "hostname"]),
        ];
        let mut rows = self.select(Database::Southbound, &queries).await?.into_iter();
        let Some(binding) = rows.next().unwrap_or_default().first().map(PortBinding::from_row) else { return Ok(None) };
        let chassis = rows.next().unwrap_or_default();
        let node = chassis.iter().find(|row| row.text("_uuid") == binding.chassis).map(|row| row.text("hostname"));
        Ok(Some((binding, node.unwrap_or_default())))
    }

    /// Sets a Vip's selector; `edit` gets the present one and says what it is to be, `None` for nothing to do.
    /// Somebody else's edit in between is met by trying again with theirs.
    pub async fn edit_selector(&self, name: &str, edit: impl Fn(&[String]) -> Option<Vec<String>>) -> Result<()> {
        for attempt in 0.. {
            let Some(vip) = self.find::<Vip>("", name).await? else { return Ok(()) };
            let Some(selector) = edit(&vip.spec.selector) else { return Ok(()) };
            let selector = if selector.is_empty() { Value::Null } else { Value::from(selector) };
            let patch =
                json!({"metadata": {"resourceVersion": vip.metadata.resource_version}, "spec": {"selector": selector}});
            match self.patch(Self::vip(name), PatchType::Merge, &patch, false).await {
                Err(failure) if failure.cause == Cause::Conflict && attempt < CONFLICTS => {}
                done => return done.map(drop),
            }
        }
        Ok(())
    }

    /// Everything that could use these Vips: pods of all namespaces by their metadata, templates of the Vips' namespaces, FIPs,
    /// DNATs, load balancers.
    pub async fn vip_candidates(&self, vips: &[Vip]) -> Result<Candidates> {
        let all = Select::default();
        let namespaces: BTreeSet<&str> = vips.iter().map(|vip| vip.spec.namespace.as_str()).collect();
        let namespaces = namespaces.into_iter().filter(|namespace| !namespace.is_empty());
        let (vpcs, pods, fips, dnats, slrs, templates) = tokio::try_join!(
            self.vpcs_of(vips.iter().map(|vip| vip.spec.subnet.as_str()).collect()),
            self.list_metadata(Pod::KIND, None, all),
            self.list(None, all),
            self.list(None, all),
            self.list(None, all),
            try_join_all(namespaces.map(|namespace| self.templates(namespace))),
        )?;
        Ok(Candidates { pods, fips, dnats, slrs, templates: templates.into_iter().flatten().collect(), vpcs })
    }

    /// VPCs of Subnets, by Subnet. Whoever may not read Subnets knows none: an address may then be meant in any VPC.
    pub(super) async fn vpcs_of(&self, names: BTreeSet<&str>) -> Result<BTreeMap<String, String>> {
        let read = |name| async move {
            match self.find::<Subnet>("", name).await {
                Err(failure) if failure.cause == Cause::Forbidden => Ok(None),
                read => read,
            }
        };
        let subnets = try_join_all(names.into_iter().filter(|name| !name.is_empty()).map(read)).await?;
        Ok(subnets.into_iter().flatten().map(|subnet| (subnet.metadata.name, subnet.spec.vpc)).collect())
    }

    /// The Deployments and StatefulSets of a namespace with their templates' metadata.
    pub async fn templates(&self, namespace: &str) -> Result<Vec<(&'static str, String, Metadata)>> {
        let read = |kind: Kind, name: &'static str| async move {
            let objects = self.list_raw(kind, Some(namespace), Select::default()).await?;
            let template = |object: Value| {
                let metadata =
                    serde_json::from_value(object["spec"]["template"]["metadata"].clone()).unwrap_or_default();
                (name, object["metadata"]["name"].as_str().unwrap_or_default().to_owned(), metadata)
            };
            Ok::<_, crate::failure::Failure>(objects.into_iter().map(template).collect::<Vec<_>>())
        };
        let (deployments, sets) =
            tokio::try_join!(read(kinds::DEPLOYMENT, "deployment"), read(kinds::STATEFUL_SET, "statefulset"))?;
        Ok([deployments, sets].concat())
    }
}
