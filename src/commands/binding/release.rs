//! Rules whose deletion fails for ever, because the row that the controller is to delete is gone: found, explained, and on request
//! released by putting the row back (docs/kube-ovn-behaviour.md).

use serde_json::json;

use super::super::Context;
use super::remove::{Removal, gone};
use crate::api::names;
use crate::cluster::Cluster;
use crate::cluster::rest::PatchType;
use crate::failure::{Exit, Failure, Result};
use crate::ovn::northbound::{Nat, Northbound};
use crate::world::nat_rows::is_there;
use crate::world::nat_rule::NatRule;

/// Why the deletion of a rule would fail for ever, or harm another rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Its row is gone.
    Row,
    /// The whole router is gone, and every row with it.
    Router,
    /// The row of its key has the external address of another rule: that one would lose it.
    Twin(Box<Nat>),
}

/// Looks whether the controller will find what it deletes.
pub(super) fn lost(rule: &NatRule, northbound: &Northbound) -> Option<Lost> {
    let status = rule.status();
    let holds = rule.metadata().finalizers.iter().any(|one| names::is_own_finalizer(one));
    if status.vpc.is_empty() || !holds {
        return None;
    }
    // the load balancer of a DNAT outlives its router, and the controller asks for the router all the same
    if northbound.router(&status.vpc).is_none() {
        return Some(Lost::Router);
    }
    if is_there(rule, northbound) {
        return None;
    }
    let inside = rule.inside_addresses().next();
    let twin =
        northbound.nats_of(&status.vpc).find(|row| row.kind == "snat" && Some(row.logical_ip.as_str()) == inside);
    match (rule, twin) {
        (NatRule::Snat(_), Some(row)) => Some(Lost::Twin(Box::new(row.clone()))),
        _ => Some(Lost::Row),
    }
}

/// What is told instead of a deletion that would hang.
pub(super) fn refused(rule: &NatRule, why: &Lost) -> Failure {
    let (named, noun, name) = (rule.named(), rule.noun(), rule.name());
    let vpc = &rule.status().vpc;
    let is_going = rule.metadata().is_terminating();
    let begun =
        if is_going { "is being deleted, and hangs" } else { "would hang when it is deleted, so it was left alone" };
    let (reason, does) = match why {
        Lost::Row => (
            format!(
                "the row of OVN that the controller is to delete on router {vpc} is gone, and it takes that for a failure for ever"
            ),
            "puts the row back, and the controller deletes it with its next try, at most 20 s later",
        ),
        Lost::Router => (
            format!("router {vpc} is gone from OVN, and the controller looks for it for ever"),
            "takes the finalizer off, and what OVN may have left of the rule away. Making the VPC anew and putting the rows back is the other way",
        ),
        Lost::Twin(row) => (
            format!(
                "the row of its source on router {vpc} has the address {}, which is another rule's: the controller would delete that one's row",
                row.external_ip
            ),
            "deletes the rule and puts that row back",
        ),
    };
    Failure::no(format!("{named} {begun}: {reason}")).hint(format!("kubectl ko {noun} delete {name} --release {does}"))
}

/// Deletes a rule of which OVN lost what the controller looks for.
pub(super) async fn release(
    context: &Context<'_>,
    rule: &NatRule,
    northbound: &Northbound,
    removal: Removal<'_>,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let named = rule.named();
    let vpc = &rule.status().vpc;
    let Some(why) = lost(rule, northbound) else { return Ok(()) };
    match (&why, northbound.router(vpc)) {
        (Lost::Row, Some(router)) => {
            context.ui.note(&format!("{named}: its row is put back on router {vpc}, for the controller to delete"));
            cluster.put_back(rule, router, "", &[]).await?;
        }
        (Lost::Twin(_) | Lost::Router, _) | (Lost::Row, None) => {}
    }
    let written = || format!("{named}: its row is on router {vpc} again");
    cluster
        .delete(Cluster::rule(rule), &rule.metadata().uid, false)
        .await
        .map_err(|failure| failure.once_written(&written()))?;
    match why {
        Lost::Router => unhold(context, rule).await?,
        Lost::Row | Lost::Twin(_) => gone(context, rule, removal.write.timeout).await?,
    }
    if let Lost::Twin(row) = why {
        restore(context, rule, &row).await?;
    }
    Ok(())
}

/// The row of another rule that went with this one.
async fn restore(context: &Context<'_>, rule: &NatRule, row: &Nat) -> Result<()> {
    let cluster = context.cluster().await?;
    let NatRule::Snat(snat) = rule else { return Ok(()) };
    let mut other = snat.clone();
    row.external_ip.clone_into(&mut other.status.v4_eip);
    let other = NatRule::Snat(other);
    let now = cluster.rows_of(&[&other]).await?;
    let Some(router) = now.router(&rule.status().vpc).filter(|_| !is_there(&other, &now)) else { return Ok(()) };
    context.ui.note(&format!("the row {} {} is put back on router {}", row.external_ip, row.logical_ip, router.name));
    cluster.put_back(&other, router, "", &[]).await.map_err(|failure| {
        failure
            .ending(Exit::Incomplete)
            .hint(format!("kubectl ko nbctl lr-nat-add {} snat {} {}", router.name, row.external_ip, row.logical_ip))
    })
}

/// Takes Kube-OVN's finalizer off a rule whose router is gone, and the load balancer away that a DNAT leaves behind.
async fn unhold(context: &Context<'_>, rule: &NatRule) -> Result<()> {
    let cluster = context.cluster().await?;
    if let Some(now) = cluster.find_rule(rule.kind(), rule.name()).await? {
        let kept: Vec<&String> = now.metadata().finalizers.iter().filter(|one| !names::is_own_finalizer(one)).collect();
        context.ui.note(&format!("{}: its router is gone; the finalizer is taken off", rule.named()));
        let patch = json!({"metadata": {"finalizers": kept, "resourceVersion": now.metadata().resource_version}});
        match cluster.patch(Cluster::rule(rule), PatchType::Merge, &patch, false).await {
            // gone in between: just what was wanted
            Err(failure) if failure.exit == Exit::No => {}
            done => drop(done?),
        }
    }
    if !matches!(rule, NatRule::Dnat(_)) {
        return Ok(());
    }
    cluster.drop_balancer(rule).await.map_err(|failure| {
        failure
            .ending(Exit::Incomplete)
            .once_written(&format!("{}, its load balancer is left in OVN", rule.named()))
            .hint(format!("kubectl ko nbctl lb-del {}", rule.name()))
    })
}
