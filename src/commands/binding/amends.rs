//! What a contest leaves in OVN put right: the row of a key that two rules had belongs to the one that stays.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::Context;
use super::contest::Rival;
use super::leftover;
use super::remove::{gone, through};
use crate::api::names;
use crate::cluster::Cluster;
use crate::cluster::rest::PatchType;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ovn::northbound::Northbound;
use crate::plan::bind::target_mac;
use crate::world::World;
use crate::world::nat_rows::{of_key, own_row};
use crate::world::nat_rule::NatRule;

/// Takes back what was written. Of a FIP or SNAT the controller deletes whatever row has the key, and takes it for a failure when
/// there is none: where the row is not this rule's alone, the rule goes without the finalizer, and OVN is left as it is.
pub(super) async fn withdraw(context: &Context<'_>, rule: &NatRule, rivals: &[Rival], limit: Duration) -> Result<()> {
    let cluster = context.cluster().await?;
    let deadline = Instant::now() + limit;
    let left =
        || format!("{}, which was to be withdrawn: kubectl ko {} delete {}", rule.named(), rule.noun(), rule.name());
    let (rule, _) = &through(context, rule).await?;
    let withdrawn = async {
        if !is_alone(cluster, rule, rivals).await? {
            unhold(cluster, rule).await?;
        }
        cluster.delete(Cluster::rule(rule), &rule.metadata().uid, false).await?;
        gone(context, rule, deadline.saturating_duration_since(Instant::now())).await
    };
    withdrawn.await.map_err(|failure: Failure| failure.ending(Exit::Incomplete).once_written(&left()))?;
    if rule.status().vpc.is_empty() { leftover::look(context, rule, false).await } else { Ok(()) }
}

/// Whether OVN's row of the key is this rule's and no rival's, or the controller does not delete by the key.
async fn is_alone(cluster: &Cluster, rule: &NatRule, rivals: &[Rival]) -> Result<bool> {
    if matches!(rule, NatRule::Dnat(_)) || rule.status().vpc.is_empty() {
        return Ok(true);
    }
    if rivals.iter().any(|(rival, _)| rival.eip() == rule.eip() && matches!(rule, NatRule::Snat(_))) {
        return Ok(false);
    }
    match cluster.rows_of(&[rule]).await {
        Ok(northbound) => Ok(own_row(rule, &northbound).is_some()),
        // whose row it is cannot be seen
        Err(failure) if failure.cause != Cause::Other => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn unhold(cluster: &Cluster, rule: &NatRule) -> Result<()> {
    let finalizers = &rule.metadata().finalizers;
    let kept: Vec<&String> = finalizers.iter().filter(|one| !names::is_own_finalizer(one)).collect();
    let patch = json!({"metadata": {"finalizers": kept, "uid": rule.metadata().uid}});
    cluster.patch(Cluster::rule(rule), PatchType::Merge, &patch, false).await.map(drop)
}

/// Gives a ready FIP or SNAT, which alone has its key, its row back: when it went with that of another rule, or is still another's.
/// Returns whether it was missing and is written now.
pub(super) async fn restore(context: &Context<'_>, world: &World, rule: &NatRule) -> Result<bool> {
    let cluster = context.cluster().await?;
    if !rule.status().ready || matches!(rule, NatRule::Dnat(_)) {
        return Ok(false);
    }
    let northbound: Northbound = match cluster.rows_of(&[rule]).await {
        Ok(northbound) => northbound,
        // who may not look there may not mend there; the proof says so
        Err(failure) if failure.cause != Cause::Other => return Ok(false),
        Err(failure) => return Err(failure),
    };
    let Some(router) = northbound.router(&rule.status().vpc) else { return Ok(false) };
    if own_row(rule, &northbound).is_some() {
        return Ok(false);
    }
    match cluster.put_back(rule, router, target_mac(world, rule), &of_key(rule, &northbound)).await {
        // another writer was faster with the same
        Err(failure) if failure.cause == Cause::Unreadable => Ok(false),
        done => done.map(|()| true),
    }
}
