//! What is done to IPs in the cluster.

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::leader::{Awaited, Waited};
use super::rest::{PatchType, Select, Target, typed};
use crate::api::{Ip, Resource as _, names};
use crate::failure::{Cause, Result};
use crate::world::ip_users::IpCandidates;

/// How often a write that met another writer is tried again.
const CONFLICTS: usize = 8;

impl Cluster {
    /// The place of an IP.
    #[must_use]
    pub fn ip(name: &str) -> Target<'_> {
        Target::one(Ip::KIND, "", name)
    }

    /// Waits until the controller gave a reservation its address and marked it: two writes.
    pub async fn wait_reserved(&self, ip: &Ip, limit: Duration) -> Result<Waited<Ip>> {
        let awaited = Awaited {
            target: Self::ip(ip.name()),
            since: &ip.metadata.creation_timestamp,
            queues: &["add ip"],
            done: |ip: &Ip| ip.is_ready() && !ip.metadata.label(names::LABEL_IP_RESERVED).is_empty(),
        };
        self.wait(awaited, limit).await
    }

    /// Marks an IP that is there as reserved, or takes the mark off. `None` when that very IP is gone or going; an IP of the name
    /// made since then is left alone. Returns it as it is then, and whether it was changed.
    pub async fn mark_ip(&self, ip: &Ip, reserved: bool, dry_run: bool) -> Result<Option<(Value, bool)>> {
        let target = Self::ip(ip.name());
        let mut attempt = 0;
        loop {
            let Some(object) = self.get(target).await? else { return Ok(None) };
            let now: Ip = typed(object.clone(), Ip::KIND)?;
            if now.metadata.uid != ip.metadata.uid || now.metadata.is_terminating() {
                return Ok(None);
            }
            if now.is_reserved() == reserved {
                return Ok(Some((object, false)));
            }
            let patch = json!({"metadata": {
                "resourceVersion": now.metadata.resource_version,
                "labels": {names::LABEL_IP_RESERVED: reserved.to_string()},
            }});
            match self.patch(target, PatchType::Merge, &patch, dry_run).await {
                Err(failure) if failure.cause == Cause::Conflict && attempt < CONFLICTS => attempt += 1,
                done => return Ok(Some((done?, true))),
            }
        }
    }

    /// The rules that could use these IPs.
    pub async fn ip_candidates(&self, ips: &[&Ip]) -> Result<IpCandidates> {
        let all = Select::default();
        let subnets = ips.iter().map(|ip| ip.spec.subnet.as_str()).collect();
        let (vpcs, fips, dnats, snats) =
            tokio::try_join!(self.vpcs_of(subnets), self.list(None, all), self.list(None, all), self.list(None, all))?;
        Ok(IpCandidates { fips, dnats, snats, vpcs })
    }
}
