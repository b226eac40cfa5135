//! The writes of a binding, in order, each one told where a later one fails, and the proof behind them.

use futures::future::try_join_all;

use super::super::Context;
use super::super::write::WriteArgs;
use super::apply::{Draft, Order, about};
use super::remove::Removal;
use super::told::old_way;
use super::{contest, eip, prove, remove};
use crate::api::OvnEip;
use crate::cluster::Cluster;
use crate::cluster::nat::{NatView, rule_of};
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ovn::northbound::Northbound;
use crate::plan::bind::{self, Step};
use crate::world::World;
use crate::world::nat_rule::NatRule;

/// A write that was done, for the case that a later one fails.
#[derive(Clone, Debug)]
pub(super) enum Done {
    /// The EIP of that name was created.
    EipCreated(String),
    /// A rule in the way was deleted.
    Deleted(NatRule),
    /// A rule was created.
    Created(NatRule),
}

impl Done {
    fn told(&self) -> String {
        match self {
            Self::EipCreated(name) => format!("oeip/{name} was created"),
            Self::Deleted(rule) => format!("{}, which {}, was deleted", rule.named(), old_way(rule)),
            Self::Created(rule) => format!("{} was created", rule.named()),
        }
    }
}

pub(super) type Carried = (OvnEip, Vec<(NatRule, bool)>, Option<NatView>);

/// The writes, each told in `done`, and the proof.
pub(super) async fn carry_out(
    context: &Context<'_>,
    order: Order<'_>,
    draft: &Draft,
    moved: &[NatRule],
    old: Option<&Northbound>,
    done: &mut Vec<Done>,
) -> Result<Carried> {
    let Order { ask, write, .. } = order;
    let cluster = context.cluster().await?;
    let mut eip = draft.eip.clone().unwrap_or_default();
    if let Some(intent) = &draft.new_eip {
        let (created, was_there) = eip::create(cluster, intent).await?;
        if !was_there {
            done.push(Done::EipCreated(ask.eip.clone()));
        }
        eip = if write.wait { eip::ready(context, &created, write).await? } else { created };
    }
    for rule in moved {
        let removal = WriteArgs { wait: true, ..write.clone() };
        remove::rule(context, rule, old, Removal { write: &removal, release: false }).await?;
        done.push(Done::Deleted(rule.clone()));
    }
    let mut rules = Vec::new();
    for plan in &draft.plans {
        if let Step::Same(rule) = &plan.step {
            rules.push((rule.clone(), true));
            continue;
        }
        let (rule, was_there) = create(cluster, &draft.world, &plan.wanted).await?;
        if !was_there {
            done.push(Done::Created(rule.clone()));
        }
        rules.push((rule, was_there));
    }
    let is_new = |(at, (_, was_there)): &(usize, &(NatRule, bool))| {
        let is_contested = !draft.plans[*at].rivals.is_empty() && !order.reassign;
        !was_there || is_contested
    };
    let mine: Vec<(NatRule, bool)> = rules.iter().enumerate().filter(is_new).map(|(_, rule)| rule.clone()).collect();
    let mut contested = settle(context, order, draft, &mine, done).await?;
    if !write.wait {
        return Ok((eip, rules, None));
    }
    let waits = |contested| {
        try_join_all(rules.iter().map(move |(rule, _)| prove::ready(context, rule, contested, write.timeout)))
    };
    let ready = match waits(contested).await {
        // somebody who came later, and steps back, may have been dealt with first
        Err(failure) if failure.exit == Exit::Unproven && !contested && !mine.is_empty() => {
            contested = settle(context, order, draft, &mine, done).await?;
            if !contested {
                return Err(failure);
            }
            waits(true).await?
        }
        ready => ready?,
    };
    let view = match prove::in_ovn(context, &draft.world, &eip, &ready, contested).await {
        Err(failure)
            if failure.exit == Exit::Unproven && !contested && mine.iter().any(|(_, was_there)| !was_there) =>
        {
            // the same; it may be gone by now, and the row of the key may still be its own
            settle(context, order, draft, &mine, done).await?;
            prove::in_ovn(context, &draft.world, &eip, &ready, true).await?
        }
        view => view?,
    };
    let unchanged = rules.into_iter().map(|(_, unchanged)| unchanged);
    Ok((eip, ready.into_iter().zip(unchanged).collect(), Some(view)))
}

/// Looks who has the keys; of a rule that was taken back it is not told that it was written.
async fn settle(
    context: &Context<'_>,
    order: Order<'_>,
    draft: &Draft,
    mine: &[(NatRule, bool)],
    done: &mut Vec<Done>,
) -> Result<bool> {
    let mut withdrawn = None;
    let settled = contest::settle(context, &draft.world, mine, order.write.timeout, &mut withdrawn).await;
    if let Some(uid) = withdrawn {
        done.retain(|one| !matches!(one, Done::Created(rule) if rule.metadata().uid == uid));
    }
    settled
}

/// Creates a rule. Somebody who was faster with the very same is no error, with another one it is told who.
async fn create(cluster: &Cluster, world: &World, wanted: &NatRule) -> Result<(NatRule, bool)> {
    match cluster.create(Cluster::rule(wanted), &bind::manifest(wanted), false).await {
        Ok(created) => Ok((rule_of(wanted.kind(), created)?, false)),
        Err(failure) if failure.cause == Cause::AlreadyExists => {
            let Some(there) = cluster.find_rule(wanted.kind(), wanted.name()).await? else { return Err(failure) };
            if there.metadata().is_terminating() {
                return Err(Failure::new(
                    Exit::Refused,
                    format!("{} is being deleted by somebody else; this was not written", there.named()),
                )
                .hint("run the same command again"));
            }
            match bind::difference(world, &there, wanted) {
                None => Ok((there, true)),
                Some(why) => {
                    let message = format!(
                        "somebody else was faster: {} has {} now, it {why}; this was not written",
                        there.named(),
                        about(wanted)
                    );
                    Err(Failure::new(Exit::Refused, message)
                        .hint("the same command with --reassign takes it from there"))
                }
            }
        }
        Err(failure) => Err(failure),
    }
}

/// A failure behind writes: what was done is told, and the exit code cannot say that nothing was. What the message is about anyway,
/// the one rule that was written, is not told twice.
pub(super) fn told_done(failure: Failure, done: &[Done]) -> Failure {
    match done {
        [] => failure,
        [Done::Created(rule)] if failure.message.starts_with(&format!("{} ", rule.named())) => {
            failure.once_written(&done[0].told())
        }
        done => failure.behind(&done.iter().map(Done::told).collect::<Vec<_>>().join("; ")),
    }
}
