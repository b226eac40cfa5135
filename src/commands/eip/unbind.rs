//! `kubectl ko eip unbind`

use super::Context;
use super::binding::flags::{Typed, eip_name};
use super::binding::remove::{Removal, foresee, rule as remove};
use super::binding::the_eip;
use super::binding::told::old_way;
use crate::cluster::Cluster;
use crate::commands::write::{DryRun, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::output::counted;
use crate::plan::bind::users;
use crate::plan::bound::{is_bound_to, wanted};
use crate::world::World;
use crate::world::nat_rule::NatRule;

/// Delete the rules that bind an EIP, and wait until OVN let go
///
/// Without a target the EIP has to be bound once; --all takes every rule. The EIP itself stays.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko eip unbind e1
  kubectl ko eip unbind e1 pod/web-1 -n vpc1
  kubectl ko eip unbind e1 --all --yes")]
pub(super) struct UnbindArgs {
    /// Name of the EIP
    #[arg(value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: String,
    /// Only the rules that lead to it: pod/NAME, vip/NAME, subnet/NAME, …
    target: Option<String>,
    /// VPC of a bare address or CIDR
    #[arg(long, value_name = "VPC", requires = "target")]
    vpc: Option<String>,
    /// Every rule of the EIP
    #[arg(long, conflicts_with = "target")]
    all: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &UnbindArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let cluster = context.cluster().await?;
    let name = eip_name(&args.eip)?;
    let Found { bound: rules, others } = found(context, cluster, args, name).await?;
    if rules.is_empty() {
        let to = args.target.as_deref().unwrap_or("anything");
        let bound = if others.is_empty() { String::new() } else { format!("; it is bound by\n{}", listed(&others)) };
        context.ui.note(&format!("oeip/{name} is not bound to {to}, nothing was changed{bound}"));
        return Ok(Exit::Success);
    }
    if args.target.is_none() && !args.all && rules.len() > 1 {
        return Err(Failure::usage(format!(
            "oeip/{name} is bound by {}; say which\n{}",
            counted(rules.len(), "rule"),
            listed(&rules)
        ))
        .hint("name the target, or --all"));
    }
    let question = format!("{} of oeip/{name} will be deleted; go on?", counted(rules.len(), "rule"));
    if args.all && args.write.dry_run == DryRun::None && !context.ui.confirm(&question)? {
        return Err(Failure::no("nothing was changed"));
    }
    let removal = Removal { write: &args.write, release: false };
    let northbound = foresee(context, &rules.iter().collect::<Vec<_>>(), removal).await?;
    let mut done: Vec<String> = Vec::new();
    for rule in &rules {
        if args.write.dry_run != DryRun::Client {
            remove(context, rule, northbound.as_ref(), removal).await.map_err(|failure| match done.as_slice() {
                [] => failure,
                done => failure.once_written(&format!("{} deleted", done.join(", "))),
            })?;
        }
        done.push(rule.named());
        let printed = rule.kind().printed(rule.name());
        let line = if format.is_table() {
            format!("{printed} deleted: it {}{}", old_way(rule), args.write.suffix())
        } else {
            printed
        };
        context.ui.line(&line)?;
    }
    Ok(Exit::Success)
}

/// The rules of an EIP, by whether they are of the target.
struct Found {
    /// Those that are; all of them when no target was named.
    bound: Vec<NatRule>,
    /// The rest.
    others: Vec<NatRule>,
}

/// The rules of the EIP, those that are being deleted already too, of one target when that was named.
async fn found(context: &Context<'_>, cluster: &Cluster, args: &UnbindArgs, name: &str) -> Result<Found> {
    let ask = match &args.target {
        Some(target) => {
            let typed = Typed { eip: name, target, vpc: args.vpc.as_deref(), way: None, name: None };
            let ask = typed.ask(context, Vec::new()).await?;
            // a target that is not understood is bound to nothing, which would look like done
            ask.meant().map_err(Failure::usage)?;
            Some(ask)
        }
        None => None,
    };
    let (eip, rules) = tokio::try_join!(the_eip(cluster, name), cluster.all_rules())?;
    let of_eip = users(&eip, &rules);
    let Some(ask) = ask else {
        return Ok(Found { bound: of_eip.into_iter().cloned().collect(), others: Vec::new() });
    };
    let parts = wanted(&of_eip, &ask);
    let world = if parts.needs.is_empty() { World::default() } else { Box::pin(cluster.gather(&parts)).await? };
    let mut found = Found { bound: Vec::new(), others: Vec::new() };
    for rule in of_eip {
        let is_of = is_bound_to(&world, rule, &ask).map_err(|lack| {
            let message = format!(
                "it cannot be told whether {}, which leads to {}, is of {}; nothing was changed: {}",
                rule.named(),
                rule.leads_to(),
                ask.target,
                lack.why
            );
            Failure::cluster(message).hints(lack.repair)
        })?;
        if is_of { &mut found.bound } else { &mut found.others }.push(rule.clone());
    }
    Ok(found)
}

/// One line for each: `  ofip/e1: ip/web-1.vpc1`.
fn listed(rules: &[NatRule]) -> String {
    let told: Vec<String> = rules.iter().map(|rule| format!("  {}: {}", rule.named(), rule.leads_to())).collect();
    told.join("\n")
}
