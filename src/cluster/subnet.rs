//! What OVN has of a Subnet, and who has its addresses.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::Cluster;
use super::locate::Database;
use super::ovsdb::{Query, Until};
use crate::api::{OvnSnatRule, Resource as _, Subnet};
use crate::failure::{Cause, Failure, Result};
use crate::world::subnet_use::SubnetUse;
use crate::world::{Need, Wanted, World};

impl Cluster {
    /// Whether OVN gets the switch of that name, and the router port, within `limit`.
    pub async fn switch_appears(&self, name: &str, port: Option<&str>, limit: Duration) -> Result<(bool, bool)> {
        let row = |table, wanted: &str| Query::table(table, &["name"]).equal("name", wanted);
        let appears = async |table, wanted: &str| -> Result<bool> {
            let query = row(table, wanted);
            let until = Until {
                query: query.clone(),
                columns: &["name"],
                rows: vec![json!({"name": wanted})],
                limit,
                differ: false,
            };
            Ok(self.select_when(Database::Northbound, Some(&until), &[query]).await?.is_some())
        };
        let switch = appears("Logical_Switch", name).await?;
        let port = match port {
            Some(port) if switch => appears("Logical_Router_Port", port).await?,
            _ => true,
        };
        Ok((switch, port))
    }

    /// Whether OVN has the switch of that name now.
    pub async fn has_switch(&self, name: &str) -> Result<bool> {
        let query = Query::table("Logical_Switch", &["name"]).equal("name", name);
        let rows = self.select(Database::Northbound, &[query]).await?;
        Ok(rows.into_iter().flatten().next().is_some())
    }

    /// All that has to do with the addresses of a Subnet.
    pub async fn world_of_subnet(&self, name: &str) -> Result<World> {
        let needs = [Need::Subnets, Need::Vips, Need::Ips, Need::Eips, Need::IptablesEips, Need::Pools, Need::Ports];
        let subnets = BTreeSet::from([name.to_owned()]);
        let wanted = Wanted { needs: needs.into(), subnets, ..Wanted::default() };
        Box::pin(self.gather(&wanted)).await
    }

    /// Who keeps a Subnet, a line each: who has addresses of it, and the rules that name it. A source that could not be read is a
    /// failure: nobody found is then not nobody there.
    pub async fn subnet_users(&self, subnet: &Subnet) -> Result<Vec<String>> {
        let name = subnet.name();
        let (world, snats) =
            tokio::join!(self.world_of_subnet(name), self.list::<OvnSnatRule>(None, super::rest::Select::default()));
        let world = world?;
        let needs = [Need::Ips, Need::Vips, Need::Eips, Need::IptablesEips];
        if let Some(lack) = needs.into_iter().find_map(|need| world.unknown(need)) {
            return Err(Failure::cluster(lack.why.clone()).hints(lack.repair.clone()).caused_by(Cause::Forbidden));
        }
        let found = SubnetUse::of(&world, subnet);
        let mut lines: Vec<String> = found
            .kinds()
            .into_iter()
            .map(|(kind, names)| format!("{kind}: {}", crate::world::subnet_use::listed(&names)))
            .collect();
        let snats: Vec<String> =
            snats?.into_iter().filter(|rule| rule.spec.vpc_subnet == name).map(|rule| rule.metadata.name).collect();
        if !snats.is_empty() {
            lines.push(format!("ovn-snat-rules: {}", crate::world::subnet_use::listed(&snats)));
        }
        Ok(lines)
    }
}
