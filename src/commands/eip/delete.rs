//! `kubectl ko eip delete`

use super::super::leaving::{CONTROLLER, Leaving};
use super::super::nat::iptables_delete;
use super::binding::flags::eip_name;
use super::binding::missing;
use super::binding::remove::{Removal, foresee, rule as remove};
use super::{Context, in_use};
use crate::api::nat_kind::Role;
use crate::api::{OvnEip, Resource as _};
use crate::check::explain;
use crate::cluster::Cluster;
use crate::commands::write::{DryRun, WriteArgs};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan::bind::users;
use crate::world::nat_rule::NatRule;

/// Delete EIPs that no rule uses, and wait until they are gone
///
/// An EIP that rules use is refused, with the list: deleting it would either hang or leave the rules without an address that
/// is theirs. --with-rules deletes the rules first.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the EIPs, or KIND/NAME for one family
    #[arg(required = true, value_name = "NAME", add = completion::names_of("ovn-eips"))]
    names: Vec<String>,
    /// Delete the rules that use it before it
    #[arg(long)]
    with_rules: bool,
    /// An EIP that is not there is deleted already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let cluster = context.cluster().await?;
    let split = iptables_delete::split(cluster, Role::Eip, &args.names, args.ignore_not_found).await?;
    let mut eips = Vec::new();
    for name in &split.ovn {
        let name = eip_name(name)?;
        match cluster.find::<OvnEip>("", name).await? {
            Some(eip) => eips.push(eip),
            None if args.ignore_not_found => {}
            None => {
                return Err(missing(cluster, OvnEip::KIND, "eip", name)
                    .await
                    .hint("nothing was deleted; --ignore-not-found passes over what is not there"));
            }
        }
    }
    let iptables_users = iptables_delete::users(cluster, &split.iptables, args.with_rules).await?;
    if eips.is_empty() {
        iptables_delete::delete(context, &split.iptables, &iptables_users, &args.write).await?;
        return Ok(Exit::Success);
    }
    let rules = cluster.all_rules().await?;
    // nothing is deleted when one of several is in use
    for eip in &eips {
        let used = users(eip, &rules);
        if !used.is_empty() && !args.with_rules {
            return Err(in_use::refused(eip, &used));
        }
        in_use::no_way_out(cluster, eip).await?;
    }
    let removal = Removal { write: &args.write, release: false };
    let using: Vec<&NatRule> = eips.iter().flat_map(|eip| users(eip, &rules)).collect();
    let northbound = foresee(context, &using, removal).await?;
    let mut done: Vec<String> = Vec::new();
    let told = |line: String, name: String| context.ui.line(if format.is_table() { &line } else { &name });
    for eip in &eips {
        for rule in users(eip, &rules) {
            if args.write.dry_run != DryRun::Client {
                // the EIP goes only behind its rules: they are waited for
                let waits = WriteArgs { wait: true, ..args.write.clone() };
                let removal = Removal { write: &waits, release: false };
                remove(context, rule, northbound.as_ref(), removal).await.map_err(|failure| behind(failure, &done))?;
            }
            done.push(format!("{} deleted", rule.named()));
            let printed = rule.kind().printed(rule.name());
            told(format!("{printed} deleted{}", args.write.suffix()), printed)?;
        }
        if args.write.dry_run != DryRun::Client {
            in_use::look_again(cluster, eip, args.write.dry_run).await.map_err(|failure| behind(failure, &done))?;
            delete(context, cluster, eip, args).await.map_err(|failure| behind(failure, &done))?;
        }
        done.push(format!("oeip/{} deleted", eip.name()));
        let printed = format!("ovneip.kubeovn.io/{}", eip.name());
        let line = format!("ovneip.kubeovn.io \"{}\" deleted{}", eip.name(), args.write.suffix());
        told(line, printed)?;
    }
    iptables_delete::delete(context, &split.iptables, &iptables_users, &args.write)
        .await
        .map_err(|failure| behind(failure, &done))?;
    Ok(Exit::Success)
}

fn behind(failure: Failure, done: &[String]) -> Failure {
    if done.is_empty() { failure } else { failure.once_written(&done.join(", ")) }
}

async fn delete(context: &Context<'_>, cluster: &Cluster, eip: &OvnEip, args: &DeleteArgs) -> Result<()> {
    let name = eip.name();
    let dry_run = args.write.dry_run == DryRun::Server;
    match cluster.delete(Cluster::eip(name), &eip.metadata.uid, dry_run).await {
        Err(failure) if failure.cause == Cause::Conflict => {
            return Err(Failure::no(format!(
                "oeip/{name} was deleted and made anew by somebody else meanwhile; the new one was left alone"
            )));
        }
        other => other?,
    };
    if dry_run || !args.write.wait {
        return Ok(());
    }
    let _line = context.ui.waiting(format!("waiting for oeip/{name} to go"));
    let Some(now) = cluster.find::<OvnEip>("", name).await? else { return Ok(()) };
    let since = now.metadata.deletion_timestamp.unwrap_or_default();
    // behind the last of its rules the controller counts once more, with a label that lags: its complaint may be about that
    let queues: &[&str] = if args.with_rules { &[] } else { &["update ovn eip"] };
    let waited = cluster.wait_gone(Cluster::eip(name), &since, queues, args.write.timeout).await?;
    let leaving = Leaving { named: &format!("oeip/{name}"), finalizers: &eip.metadata.finalizers, look: CONTROLLER };
    leaving.ended(&waited, |sentence| explain::eip(sentence, eip.subnet(), name))
}
