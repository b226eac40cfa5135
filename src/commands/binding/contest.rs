//! Two writers who both saw a key free. The API server lets one object of a name win; rules of other names are told apart here, by
//! all writers in the same way: the one that was there first stays, every later one is withdrawn by who made it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::Context;
use super::amends::{restore, withdraw};
use crate::api::{Ip, Subnet};
use crate::cluster::Cluster;
use crate::failure::{Exit, Failure, Result};
use crate::plan::bind::precedes;
use crate::world::nat_rule::{Key, NatRule};
use crate::world::{Source, World};

/// How long the maker of a later rule may take to withdraw it.
const WITHDRAWAL: Duration = Duration::from_secs(15);
/// How often it is looked who is left.
const AGAIN: Duration = Duration::from_millis(300);

/// A rule with the key of another one, and whether this program made it.
pub(super) type Rival = (NatRule, bool);

/// Looks again who has the keys of the rules just written, or, where the second value says so, of rules that an interrupted run wrote.
/// Returns whether anybody else had to step back: the controller may have dealt with that one first. `withdrawn` becomes the uid of
/// the rule that was taken back, whatever fails behind that.
pub(super) async fn settle(
    context: &Context<'_>,
    world: &World,
    mine: &[(NatRule, bool)],
    limit: Duration,
    withdrawn: &mut Option<String>,
) -> Result<bool> {
    let Some((first, _)) = mine.first() else { return Ok(false) };
    let cluster = context.cluster().await?;
    let there = cluster.rules_and_makers(first.kind()).await?;
    let mut contested = false;
    for (rule, was_there) in mine {
        let rivals = rivals(cluster, world, rule, &there).await?;
        if rivals.is_empty() {
            continue;
        }
        let mut earlier = earlier(cluster, rule, *was_there, &rivals).await?;
        if *was_there && !earlier.is_empty() {
            // who knows better which of the two was first may be about to step back
            let left = until_one(cluster, world, rule, limit.min(WITHDRAWAL)).await?;
            earlier.retain(|(one, _)| left.iter().any(|(left, _)| left.metadata().uid == one.metadata().uid));
        }
        if !earlier.is_empty() {
            withdraw(context, rule, &rivals, limit).await?;
            *withdrawn = Some(rule.metadata().uid.clone());
            return Err(lost_to(context, world, rule, &earlier, limit).await?);
        }
        for (rival, ours) in &rivals {
            contested = true;
            later_leaves(context, rule, rival, *ours, limit).await?;
        }
    }
    Ok(contested)
}

/// Other rules of the same key that nobody is deleting.
async fn rivals(cluster: &Cluster, world: &World, rule: &NatRule, there: &[Rival]) -> Result<Vec<Rival>> {
    let key = key_of(cluster, world, rule).await?;
    let mut rivals = Vec::new();
    for (one, ours) in there {
        let other = one.metadata().uid != rule.metadata().uid && !one.metadata().is_terminating();
        if other && key_of(cluster, world, one).await? == key {
            rivals.push((one.clone(), *ours));
        }
    }
    Ok(rivals)
}

/// What a rule is about. A SNAT whose source was not read before the check is looked up now: somebody else wrote it meanwhile.
async fn key_of(cluster: &Cluster, world: &World, rule: &NatRule) -> Result<Key> {
    let key = rule.key(world);
    let (NatRule::Snat(snat), Key::Snat(vpc, _)) = (rule, &key) else { return Ok(key) };
    if !vpc.is_empty() {
        return Ok(key);
    }
    let mut found = World::default();
    let ip = match snat.spec.ip_name.as_str() {
        name if snat.spec.vpc_subnet.is_empty() && !name.is_empty() => cluster.find::<Ip>("", name).await?,
        _ => None,
    };
    let subnet = ip.as_ref().map_or(snat.spec.vpc_subnet.clone(), |ip| ip.spec.subnet.clone());
    if !subnet.is_empty() {
        let object = cluster.find::<Subnet>("", &subnet).await?;
        found.subnets = Source::Known([(subnet, object)].into());
    }
    found.named_ips = Source::Known(ip.into_iter().map(|ip| (snat.spec.ip_name.clone(), ip)).collect());
    Ok(rule.key(&found))
}

/// Which rivals were there before a rule. Which of two objects was first only the server knows: its times are of whole seconds, and
/// names say nothing. So it is asked for the rules as they were at the very write that created this one. Somebody else's rule of
/// the same second counts as earlier: nobody would take it back.
async fn earlier(cluster: &Cluster, rule: &NatRule, was_there: bool, rivals: &[Rival]) -> Result<Vec<Rival>> {
    let metadata = rule.metadata();
    let before: Option<BTreeSet<String>> = if was_there {
        None
    } else {
        let then = cluster.list_metadata_at(rule.kind(), &metadata.resource_version).await?;
        then.map(|then| then.into_iter().map(|one| one.uid).collect())
    };
    let was_first = |(one, ours): &&Rival| match &before {
        // when it was written is not known any more
        None => precedes((one, *ours), (rule, true)),
        Some(before) => {
            before.contains(&one.metadata().uid)
                || !ours && one.metadata().creation_timestamp <= metadata.creation_timestamp
        }
    };
    Ok(rivals.iter().filter(was_first).cloned().collect())
}

/// Says who was first, of a rule that was withdrawn: all others step back as well, so it is the one that is left.
async fn lost_to(
    context: &Context<'_>,
    world: &World,
    rule: &NatRule,
    earlier: &[Rival],
    limit: Duration,
) -> Result<Failure> {
    let cluster = context.cluster().await?;
    let left = until_one(cluster, world, rule, limit.min(WITHDRAWAL)).await?;
    let key = key_of(cluster, world, rule).await?;
    let named = rule.named();
    Ok(match left.as_slice() {
        [] => {
            let (one, _) = &earlier[0];
            let message = format!(
                "{key} was taken by {}, made at the same time, which is gone again; {named} was withdrawn",
                one.named()
            );
            Failure::new(Exit::Refused, message).hint("run the same command again")
        }
        [(winner, _)] => {
            // the controller may have dealt with this one first, and then have left the winner without a row
            if let Some(winner) = cluster.find_rule(winner.kind(), winner.name()).await? {
                restore(context, world, &winner).await.map_err(|failure| failure.ending(Exit::Incomplete))?;
            }
            let message = format!(
                "{key} is taken: {}, made at the same time, was first and {}; {named} was withdrawn",
                winner.named(),
                leads(winner)
            );
            Failure::new(Exit::Refused, message).hint(format!(
                "kubectl ko {} delete {} makes room",
                winner.noun(),
                winner.name()
            ))
        }
        several => {
            let all: Vec<String> = several.iter().map(|(one, _)| one.named()).collect();
            let message = format!(
                "{key} is taken by {}, made at the same time: OVN carries out one of them at most; {named} was withdrawn",
                crate::output::joined(&all, 4)
            );
            Failure::new(Exit::Refused, message).hint(format!("kubectl ko nat list --eip {}", rule.eip()))
        }
    })
}

/// The other rules of a rule's key, once all but one are gone; those that are left when that takes too long.
async fn until_one(cluster: &Cluster, world: &World, rule: &NatRule, limit: Duration) -> Result<Vec<Rival>> {
    let deadline = Instant::now() + limit;
    loop {
        let there = cluster.rules_and_makers(rule.kind()).await?;
        let left = rivals(cluster, world, rule, &there).await?;
        if left.len() <= 1 || Instant::now() >= deadline {
            return Ok(left);
        }
        tokio::time::sleep(AGAIN).await;
    }
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
