//! Two writers who both saw a key free. The API server lets one object of a name win; rules of other names are told apart here, by
//! all writers in the same way: the earlier one stays, the later one is withdrawn by who made it.

use std::time::{Duration, Instant};

use super::super::Context;
use super::remove::{gone, through};
use crate::cluster::Cluster;
use crate::failure::{Exit, Failure, Result};
use crate::ovn::northbound::Northbound;
use crate::plan::bind::precedes;
use crate::world::World;
use crate::world::nat_rows::is_there;
use crate::world::nat_rule::NatRule;

/// How long the maker of a later rule may take to withdraw it.
const WITHDRAWAL: Duration = Duration::from_secs(15);

/// Looks again who has the keys of the rules just written. Returns whether anybody else had to step back: the controller may have
/// dealt with that one first.
pub(super) async fn settle(context: &Context<'_>, world: &World, mine: &[NatRule], limit: Duration) -> Result<bool> {
    let Some(first) = mine.first() else { return Ok(false) };
    let cluster = context.cluster().await?;
    let there = cluster.rules_and_makers(first.kind()).await?;
    let mut contested = false;
    for rule in mine {
        let key = rule.key(world);
        let uid = &rule.metadata().uid;
        let has_key = |one: &NatRule| one.key(world) == key && !one.metadata().is_terminating();
        let rivals: Vec<&(NatRule, bool)> =
            there.iter().filter(|(one, _)| has_key(one) && one.metadata().uid != *uid).collect();
        if let Some((winner, _)) = rivals.iter().find(|(one, ours)| precedes((one, *ours), (rule, true))) {
            let winner = &withdraw(context, world, rule, winner, limit).await?;
            let message = format!(
                "{key} is taken: {}, made at the same time, was first and {}; {} was withdrawn",
                winner.named(),
                leads(winner),
                rule.named()
            );
            return Err(Failure::new(Exit::Refused, message).hint(format!(
                "kubectl ko {} delete {} makes room",
                winner.noun(),
                winner.name()
            )));
        }
        for (rival, ours) in rivals {
            contested = true;
            later_leaves(context, rule, rival, *ours, limit).await?;
        }
    }
    Ok(contested)
}

/// `leads to ip/web-1.vpc1`, or `has subnet/s leave with oeip/e1`.
pub(super) fn leads(rule: &NatRule) -> String {
    match rule {
        NatRule::Snat(_) => format!("has {} leave with oeip/{}", rule.leads_to(), rule.eip()),
        _ => format!("leads to {}", rule.leads_to()),
    }
}

async fn later_leaves(
    context: &Context<'_>,
    rule: &NatRule,
    rival: &NatRule,
    ours: bool,
    limit: Duration,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let twice = || {
        let message = format!(
            "{} was written, and {}, made later by somebody else, has the same key: OVN carries out one of them at most",
            rule.named(),
            rival.named()
        );
        Failure::new(Exit::Unproven, message).hint(format!("kubectl ko {} delete {}", rival.noun(), rival.name()))
    };
    if !ours {
        return Err(twice());
    }
    let _line = context.ui.waiting(format!("waiting for {} to step back", rival.named()));
    match cluster.wait_gone(Cluster::rule(rival), "", &[], limit.min(WITHDRAWAL)).await? {
        crate::cluster::leader::Waited::Gone => Ok(()),
        _ => Err(twice()),
    }
}

/// Takes back what was written, and gives the winner back what of OVN went with it. Returns the winner: whoever seemed to be it may
/// have stepped back for an earlier one meanwhile.
async fn withdraw(
    context: &Context<'_>,
    world: &World,
    rule: &NatRule,
    winner: &NatRule,
    limit: Duration,
) -> Result<NatRule> {
    let cluster = context.cluster().await?;
    let deadline = Instant::now() + limit;
    let left =
        || format!("{}, which was to be withdrawn: kubectl ko {} delete {}", rule.named(), rule.noun(), rule.name());
    let rule = &through(context, rule).await?;
    let withdrawn = async {
        cluster.delete(Cluster::rule(rule), &rule.metadata().uid, false).await?;
        gone(context, rule, deadline.saturating_duration_since(Instant::now())).await
    };
    withdrawn.await.map_err(|failure: Failure| failure.ending(Exit::Incomplete).once_written(&left()))?;
    // of a FIP or SNAT the controller deletes whatever row has the key
    let key = winner.key(world);
    let left = cluster.rules_and_makers(winner.kind()).await?;
    let has_key = |(one, _): &&(NatRule, bool)| one.key(world) == key && !one.metadata().is_terminating();
    let first = left
        .iter()
        .filter(has_key)
        .reduce(|first, one| if precedes((&one.0, one.1), (&first.0, first.1)) { one } else { first });
    let winner = first.map_or(winner, |(first, _)| first);
    let others = left.iter().filter(|(one, _)| one.key(world) == key && one.name() != winner.name()).count();
    // whoever is last puts it back: the controller is still busy with the others
    if others == 0
        && let Some(winner) = cluster.find_rule(winner.kind(), winner.name()).await?
    {
        restore(context, world, &winner).await.map_err(|failure| failure.ending(Exit::Incomplete))?;
    }
    Ok(winner.clone())
}

/// Puts the row of a ready rule back when it went with that of another one.
pub(super) async fn restore(context: &Context<'_>, world: &World, rule: &NatRule) -> Result<()> {
    let cluster = context.cluster().await?;
    if !rule.status().ready || matches!(rule, NatRule::Dnat(_)) {
        return Ok(());
    }
    let northbound: Northbound = match cluster.rows_of(&[rule]).await {
        Ok(northbound) => northbound,
        // who may not look there may not mend there; the proof says so
        Err(failure) if failure.cause != crate::failure::Cause::Other => return Ok(()),
        Err(failure) => return Err(failure),
    };
    let Some(router) = northbound.router(&rule.status().vpc).filter(|_| !is_there(rule, &northbound)) else {
        return Ok(());
    };
    let ip = rule.target().filter(|target| target.ip_type != "vip").map(|target| target.ip_name.as_str());
    let mac = ip.and_then(|name| world.ip(name)).map_or("", |ip| ip.spec.mac_address.as_str());
    match cluster.put_back(rule, router, mac).await {
        // another writer was faster with the same
        Err(failure) if failure.cause == crate::failure::Cause::Unreadable => Ok(()),
        done => done,
    }
}
