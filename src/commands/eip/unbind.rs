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
use crate::plan::bind::{is_bound_to, users, wanted};
use crate::world::nat_rule::NatRule;
use crate::world::{Need, Wanted};

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
    let rules = bound(context, cluster, args, name).await?;
    if rules.is_empty() {
        let to = args.target.as_ref().map_or_else(|| "anything".to_owned(), Clone::clone);
        context.ui.note(&format!("oeip/{name} is not bound to {to}; nothing was changed"));
        return Ok(Exit::Success);
    }
    if args.target.is_none() && !args.all && rules.len() > 1 {
        let told: Vec<String> = rules.iter().map(|rule| format!("  {}: {}", rule.named(), rule.leads_to())).collect();
        return Err(Failure::usage(format!(
            "oeip/{name} is bound by {}; say which\n{}",
            counted(rules.len(), "rule"),
            told.join("\n")
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

/// The rules of the EIP, those that are being deleted already too, of one target when that was named.
async fn bound(context: &Context<'_>, cluster: &Cluster, args: &UnbindArgs, name: &str) -> Result<Vec<NatRule>> {
    let Some(target) = &args.target else {
        let (eip, rules) = tokio::try_join!(the_eip(cluster, name), cluster.all_rules())?;
        return Ok(users(&eip, &rules).into_iter().cloned().collect());
    };
    let typed = Typed { eip: name, target, vpc: args.vpc.as_deref(), way: None, name: None };
    let ask = typed.ask(context, Vec::new()).await?;
    // what the target is in its VPC: of a SNAT its source, in whatever form it was written
    let mut parts = Wanted::default();
    for way in [crate::plan::ask::Way::Fip, crate::plan::ask::Way::Snat] {
        let asked = crate::plan::ask::Ask { way: Some(way), ..ask.clone() };
        asked.rules().into_iter().flatten().for_each(|rule| parts.extend(wanted(&rule)));
    }
    parts.needs.clear();
    parts.needs.extend([Need::NamedIps, Need::Subnets, Need::Vpcs]);
    let (eip, rules, world) =
        tokio::try_join!(the_eip(cluster, name), cluster.all_rules(), Box::pin(cluster.gather(&parts)))?;
    let of_eip = users(&eip, &rules).into_iter();
    Ok(of_eip.filter(|rule| is_bound_to(&world, rule, &ask)).cloned().collect())
}
