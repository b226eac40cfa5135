//! Taking a rule away: the object goes, and OVN lets go. What would hang for ever is not begun.

use super::super::Context;
use super::super::leaving::{CONTROLLER, Leaving};
use super::super::write::{DryRun, WriteArgs};
use super::{leftover, release};
use crate::check::explain;
use crate::cluster::Cluster;
use crate::cluster::leader::Waited;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ovn::northbound::Northbound;
use crate::world::nat_rule::NatRule;

/// What is deleted how.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Removal<'a> {
    /// Dry run, waiting, and for how long.
    pub write: &'a WriteArgs,
    /// Whether what OVN lost is put back, so that the deletion passes.
    pub release: bool,
}

/// Looks whether a deletion can pass, for all rules before the first is deleted. `Ok(None)`: OVN could not be looked at.
pub(in super::super) async fn foresee(
    context: &Context<'_>,
    rules: &[&NatRule],
    removal: Removal<'_>,
) -> Result<Option<Northbound>> {
    let written: Vec<&NatRule> = rules.iter().copied().filter(|rule| !rule.status().vpc.is_empty()).collect();
    if written.is_empty() {
        return Ok(Some(Northbound::default()));
    }
    let cluster = context.cluster().await?;
    let northbound = match cluster.rows_of(&written).await {
        Ok(northbound) => northbound,
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            context.ui.warning(&format!("OVN is not looked at: {}", failure.reason()));
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    for rule in written.iter().filter(|_| !removal.release) {
        // a deletion that ends between the two readings leaves no row either
        let lost = release::lost(rule, &northbound);
        if let Some(why) = lost
            && let Some(now) = cluster.find_rule(rule.kind(), rule.name()).await?
            && now.metadata().uid == rule.metadata().uid
        {
            return Err(release::refused(&now, &why));
        }
    }
    Ok(Some(northbound))
}

/// How long a rule that is not ready may take to become so before it is deleted.
const HALF_WAY: std::time::Duration = std::time::Duration::from_secs(10);

/// What the controller let know of a rule before it was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// That it worked on it: the rule is ready, or was complained of.
    Work,
    /// Nothing, and it was listened to: it may not have begun.
    Nothing,
    /// Its log may not be read.
    NotListened,
}

/// The rule once the controller is through with it, and what that let know within [`HALF_WAY`]. One that is deleted while its rows are
/// being written leaves them behind, because the controller deletes what the status names (docs/kube-ovn-behaviour.md).
pub(super) async fn through(context: &Context<'_>, rule: &NatRule) -> Result<(NatRule, Heard)> {
    through_within(context, rule, HALF_WAY).await
}

async fn through_within(context: &Context<'_>, rule: &NatRule, limit: std::time::Duration) -> Result<(NatRule, Heard)> {
    if rule.status().ready || rule.metadata().is_terminating() {
        return Ok((rule.clone(), Heard::Work));
    }
    Ok(match context.cluster().await?.wait_rule(rule, false, limit).await? {
        Waited::Done(rule) => (rule, Heard::Work),
        Waited::Said(_) | Waited::Gone => (rule.clone(), Heard::Work),
        Waited::Silent(_) => (rule.clone(), Heard::Nothing),
        Waited::Unheard(_) => (rule.clone(), Heard::NotListened),
    })
}

/// Deletes a rule and waits until OVN let go of it.
pub(in super::super) async fn rule(
    context: &Context<'_>,
    rule: &NatRule,
    northbound: Option<&Northbound>,
    removal: Removal<'_>,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let dry_run = removal.write.dry_run == DryRun::Server;
    let named = rule.named();
    if let Some(northbound) = northbound.filter(|_| removal.release && !dry_run)
        && release::lost(rule, northbound).is_some()
    {
        return release::release(context, rule, northbound, removal).await;
    }
    let (rule, heard) = &if dry_run {
        (rule.clone(), Heard::Work)
    } else {
        through_within(context, rule, removal.write.timeout.min(HALF_WAY)).await?
    };
    match cluster.delete(Cluster::rule(rule), &rule.metadata().uid, dry_run).await {
        Err(failure) if failure.cause == Cause::Conflict => {
            return Err(Failure::no(format!(
                "{named} was deleted and made anew by somebody else meanwhile; the new one was left alone"
            )));
        }
        other => other?,
    };
    if dry_run || !removal.write.wait {
        return Ok(());
    }
    gone(context, rule, removal.write.timeout).await?;
    if rule.status().vpc.is_empty() {
        leftover::look(context, rule, *heard == Heard::Nothing).await?;
        if *heard == Heard::NotListened {
            context.ui.note(&format!(
                "whether kube-ovn-controller had begun with {named} is not known: its log may not be read"
            ));
        }
        return Ok(());
    }
    if northbound.is_none() {
        return Ok(());
    }
    match cluster.rows_vanish(rule).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!("{named} is deleted, but OVN still has its row");
            let router = &rule.status().vpc;
            let show = if matches!(rule, NatRule::Dnat(_)) { "lr-lb-list" } else { "lr-nat-list" };
            Err(Failure::new(Exit::Incomplete, message).hint(format!("kubectl ko nbctl {show} {router}")))
        }
        Err(failure) if failure.cause == Cause::Unreadable => {
            context.ui.warning(&format!("{named} is deleted; OVN was not looked at: {}", failure.reason()));
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// Waits until a rule that is being deleted is gone, or the controller says why it does not go.
pub(super) async fn gone(context: &Context<'_>, rule: &NatRule, limit: std::time::Duration) -> Result<()> {
    let cluster = context.cluster().await?;
    let named = rule.named();
    let _line = context.ui.waiting(format!("waiting for {named} to go"));
    // the server's clock, not this machine's
    let Some(now) = cluster.find_rule(rule.kind(), rule.name()).await? else { return Ok(()) };
    if now.metadata().uid != rule.metadata().uid {
        return Ok(());
    }
    let since = now.metadata().deletion_timestamp.clone().unwrap_or_default();
    let queues = match rule {
        NatRule::Fip(_) => ["update ovn fip"],
        NatRule::Snat(_) => ["update ovn snat rule"],
        NatRule::Dnat(_) => ["update ovn dnat"],
    };
    let waited = cluster.wait_gone(Cluster::rule(rule), &since, &queues, limit).await?;
    let leaving = Leaving { named: &named, finalizers: &now.metadata().finalizers, look: CONTROLLER };
    leaving.ended(&waited, |sentence| explain::rule(sentence, rule.noun(), rule.name()))
}
