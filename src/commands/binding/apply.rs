//! A binding, from what was asked to what was seen in OVN: read, plan, check, write, look again, prove.

use serde_json::Value;

use super::super::arriving::gone;
use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::carry::{carry_out, told_done};
use super::remove::{Removal, foresee};
use super::told::{in_words, neighbours, old_way};
use super::{contest, eip, missing, remove, target};
use crate::api::{OvnEip, Resource as _};
use crate::check::Severity;
use crate::check::nat::eip::{EipIntent, check as check_eip, to_manifest, wanted as eip_wanted};
use crate::cluster::{Cluster, rest};
use crate::failure::{Exit, Failure, Result};
use crate::plan::ask::Ask;
use crate::plan::bind::{self, Planned, Step};
use crate::world::nat_rule::NatRule;
use crate::world::{Need, Wanted, World};

/// What a verb wants done.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Order<'a> {
    /// The binding.
    pub ask: &'a Ask,
    /// The external Subnet of an EIP that is to be created when it is not there.
    pub create: Option<&'a str>,
    /// Whether the key is taken from who has it.
    pub reassign: bool,
    /// Dry run, waiting, output.
    pub write: &'a WriteArgs,
    /// Which findings stop it.
    pub policy: &'a PolicyArgs,
}

/// Everything known before the first write.
pub(super) struct Draft {
    pub(super) world: World,
    pub(super) eip: Option<OvnEip>,
    pub(super) new_eip: Option<EipIntent>,
    pub(super) plans: Vec<Planned>,
}

impl Draft {
    /// The rules that have to go for the wanted ones.
    fn moved(&self) -> Vec<NatRule> {
        let taken = |plan: &Planned| match &plan.step {
            Step::Taken(rule, _) => Some(rule.clone()),
            _ => None,
        };
        self.plans.iter().flat_map(|plan| taken(plan).into_iter().chain(plan.rivals.iter().cloned())).collect()
    }
}

/// Does it.
pub(in super::super) async fn run(context: &Context<'_>, order: Order<'_>) -> Result<Exit> {
    let Order { ask, write, policy, .. } = order;
    let format = write.format()?;
    let rules = ask.rules().map_err(Failure::usage)?;
    let object = format!("the binding of oeip/{} to {}", ask.eip, ask.target);
    // what can be told without asking the cluster is told without asking it
    let offline: Vec<_> = rules.iter().flat_map(bind::offline).collect();
    if offline.iter().any(|finding| finding.severity == Severity::Error) {
        policy.refuse(&object, &offline)?;
    }
    let draft = Box::pin(draft(context, order, &rules)).await?;
    free(&draft.plans, order)?;
    check(context, order, &object, &draft)?;
    let moved = if order.reassign { draft.moved() } else { Vec::new() };
    let old = foresee(context, &moved.iter().collect::<Vec<_>>(), Removal { write, release: false }).await?;
    if write.dry_run != DryRun::None {
        return rehearse(context, order, &draft, &moved).await;
    }
    let mut done = Vec::new();
    let outcome = Box::pin(carry_out(context, order, &draft, &moved, old.as_ref(), &mut done)).await;
    let (eip, ready, view) = outcome.map_err(|failure| told_done(failure, &done))?;
    if !format.is_table() {
        let cluster = context.cluster().await?;
        let mut objects = Vec::new();
        if draft.eip.is_none() {
            objects.push(cluster.get(Cluster::eip(&ask.eip)).await?.ok_or_else(|| gone(&format!("oeip/{}", ask.eip)))?);
        }
        for (rule, _) in &ready {
            objects.push(cluster.get(Cluster::rule(rule)).await?.ok_or_else(|| gone(&rule.named()))?);
        }
        print::objects(context, format, &objects)?;
        return Ok(Exit::Success);
    }
    if draft.eip.is_none() {
        context.ui.line(&format!("ovneip.kubeovn.io/{} created: {}", ask.eip, eip::told(&eip)))?;
    }
    for rule in &moved {
        context.ui.line(&format!("{} deleted: it {}", rule.kind().printed(rule.name()), old_way(rule)))?;
    }
    for (rule, unchanged) in &ready {
        let verb = if *unchanged { "unchanged" } else { "created" };
        let told = if write.wait { format!(": {}", in_words(rule)) } else { String::new() };
        context.ui.line(&format!("{} {verb}{told}", rule.kind().printed(rule.name())))?;
    }
    if let (Some(old), Some(view)) = (&old, &view) {
        neighbours(context, &moved, &ready, old, view);
    }
    Ok(Exit::Success)
}

/// Reads, and waits for what the rules need: an EIP and a target with an address, and the end of what is being deleted.
async fn draft(context: &Context<'_>, order: Order<'_>, rules: &[NatRule]) -> Result<Draft> {
    let Order { ask, write, .. } = order;
    let cluster = context.cluster().await?;
    let new_eip = order.create.map(|subnet| bind::eip_intent(&ask.eip, subnet, None, ""));
    let wanted = wanted(rules, new_eip.as_ref());
    let mut world = Box::pin(cluster.gather(&wanted)).await?;
    let there = world.eip(&ask.eip).cloned();
    match (&there, &new_eip) {
        (Some(eip), Some(intent)) => eip::same(eip, intent)?,
        (None, None) => {
            return Err(missing(cluster, OvnEip::KIND, "eip", &ask.eip)
                .await
                .hint("--create --subnet EXTERNAL makes the EIP as well"));
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    let rehearsal = write.dry_run != DryRun::None;
    let mut old = false;
    if let Some(eip) = there.as_ref().filter(|eip| !eip.has_address() && !eip.metadata.is_terminating() && !rehearsal) {
        eip::ready(context, eip, write).await.map_err(|failure| {
            let message = failure.message.replace(" was written, but ", " ");
            Failure { exit: Exit::Refused, message: format!("{message}; nothing was written"), ..failure }
        })?;
        old = true;
    }
    if let Some(rule) = rules.first() {
        old |= target::settled(context, ask, rule, &world, write.timeout).await?;
    }
    if old {
        world = Box::pin(cluster.gather(&wanted)).await?;
    }
    let mut plans: Vec<Planned> = rules.iter().map(|rule| bind::plan(&world, rule)).collect();
    let going: Vec<NatRule> = plans.iter().flat_map(|plan| plan.going.clone()).collect();
    if !going.is_empty() && !rehearsal {
        // one that hangs is named, any other is waited for
        foresee(context, &going.iter().collect::<Vec<_>>(), Removal { write, release: false }).await?;
        for rule in &going {
            remove::gone(context, rule, write.timeout).await?;
        }
        world = Box::pin(cluster.gather(&wanted)).await?;
        plans = rules.iter().map(|rule| bind::plan(&world, rule)).collect();
    }
    let eip = world.eip(&ask.eip).cloned();
    let new_eip = new_eip.filter(|_| eip.is_none());
    Ok(Draft { world, eip, new_eip, plans })
}

fn wanted(rules: &[NatRule], new_eip: Option<&EipIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for rule in rules {
        wanted.extend(bind::wanted(rule));
        let (list, vip) = match rule {
            NatRule::Fip(fip) => (Need::Fips, fip.spec.target.ip_type == "vip"),
            NatRule::Snat(_) => (Need::Snats, false),
            NatRule::Dnat(dnat) => (Need::Dnats, dnat.spec.target.ip_type == "vip"),
        };
        wanted.needs.extend([list, Need::NamedEips, Need::NamedIps, Need::Subnets, Need::Vpcs]);
        wanted.needs.extend(vip.then_some(Need::Own));
    }
    if let Some(intent) = new_eip {
        wanted.extend(eip_wanted([intent]));
    }
    wanted
}

/// Whether every key is free, the binding is there already, or may be moved.
fn free(plans: &[Planned], order: Order<'_>) -> Result<()> {
    for plan in plans {
        let wanted = &plan.wanted;
        let (holder, why) = match &plan.step {
            Step::Named(rule) => {
                let message = format!(
                    "{} is there already and is about something else: it {}; nothing was written",
                    rule.named(),
                    contest::leads(rule)
                );
                return Err(Failure::new(Exit::Refused, message).hint(format!(
                    "kubectl ko {} create NAME --eip {} … gives the rule another name",
                    wanted.noun(),
                    wanted.eip()
                )));
            }
            _ if order.reassign => continue,
            Step::Taken(rule, why) => (rule, why.clone()),
            // what an interrupted call left behind is told apart after the write; a rule of another name is not ours to take back
            Step::Same(rule) if rule.name() != wanted.name() && !plan.rivals.is_empty() => {
                let rival = &plan.rivals[0];
                (rival, format!("{} has the same key as {}, which is as asked", contest::leads(rival), rule.named()))
            }
            Step::Same(_) | Step::Create => continue,
        };
        let message = format!("{} has {} already: it {why}; nothing was written", holder.named(), about(wanted));
        return Err(Failure::new(Exit::Refused, message)
            .hint(format!(
                "--reassign moves it: {} is deleted, and the rest of oeip/{} stays",
                holder.named(),
                holder.eip()
            ))
            .hint(format!("kubectl ko {} delete {}", holder.noun(), holder.name())));
    }
    Ok(())
}

/// What a rule takes for itself.
pub(super) fn about(rule: &NatRule) -> String {
    match rule {
        NatRule::Fip(_) => format!("oeip/{}", rule.eip()),
        NatRule::Snat(_) => format!("the SNAT of {}", rule.leads_to()),
        NatRule::Dnat(dnat) => {
            format!("{} port {} of oeip/{}", dnat.spec.protocol, dnat.spec.external_port, rule.eip())
        }
    }
}

/// The checks, in the picture as it will be when the moved rules are gone and the EIP is there.
fn check(context: &Context<'_>, order: Order<'_>, object: &str, draft: &Draft) -> Result<()> {
    let gone: Vec<NatRule> = if order.reassign { draft.moved() } else { Vec::new() };
    let mut world = draft.world.without_rules(&gone);
    let mut findings = Vec::new();
    if let Some(intent) = &draft.new_eip {
        findings.extend(check_eip(&world, intent));
        let object = to_manifest(intent);
        world.planned.eips.push(rest::typed(object, OvnEip::KIND)?);
    }
    for plan in draft.plans.iter().filter(|plan| !matches!(plan.step, Step::Same(_))) {
        for finding in bind::findings(&world, &plan.wanted) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    let findings = crate::check::sorted(findings);
    order.policy.refuse(object, &findings)?;
    order.policy.tell(context, &findings);
    Ok(())
}

/// What a run would do; nothing is written.
async fn rehearse(context: &Context<'_>, order: Order<'_>, draft: &Draft, moved: &[NatRule]) -> Result<Exit> {
    let format = order.write.format()?;
    let cluster = context.cluster().await?;
    let mut objects: Vec<Value> = draft.new_eip.iter().map(to_manifest).collect();
    let mut lines: Vec<String> =
        draft.new_eip.iter().map(|eip| format!("ovneip.kubeovn.io/{} created", eip.name)).collect();
    lines
        .extend(moved.iter().map(|rule| format!("{} deleted: it {}", rule.kind().printed(rule.name()), old_way(rule))));
    for plan in &draft.plans {
        // what is there may have another name
        let rule = if let Step::Same(same) = &plan.step { same } else { &plan.wanted };
        let manifest = bind::manifest(rule);
        let name_is_free = !moved.iter().any(|one| one.name() == rule.name() && one.noun() == rule.noun());
        let verb = match &plan.step {
            Step::Same(_) => "unchanged",
            _ if order.write.dry_run == DryRun::Server && name_is_free => {
                cluster.create(Cluster::rule(rule), &manifest, true).await?;
                "created"
            }
            _ => "created",
        };
        lines.push(format!("{} {verb}", rule.kind().printed(rule.name())));
        objects.push(manifest);
    }
    if format.is_table() {
        for line in lines {
            context.ui.line(&format!("{line}{}", order.write.suffix()))?;
        }
    } else {
        print::objects(context, format, &objects)?;
    }
    Ok(Exit::Success)
}
