//! `kubectl ko vip delete`

use std::time::{Duration, Instant};

use super::super::leaving::{CONTROLLER, Leaving};
use super::super::write::{DryRun, WriteArgs};
use super::list::missing;
use super::{Context, show};
use crate::api::{Resource as _, Vip};
use crate::check::explain;
use crate::cluster::Cluster;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;
use crate::world::users::Candidates;

/// Delete Vips that nobody uses, and wait until OVN let go
///
/// A Vip that pods or rules use is refused, with the list. One that a controller restart left Terminating is finished.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the Vips
    #[arg(required = true, value_name = "NAME", add = completion::names_of("vips"))]
    names: Vec<String>,
    /// Delete what is in use as well
    #[arg(long)]
    force: bool,
    /// A Vip that is not there is deleted already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let format = args.write.format_of_delete()?;
    let cluster = context.cluster().await?;
    let mut vips = Vec::new();
    for name in &args.names {
        match cluster.find::<Vip>("", name).await? {
            Some(vip) => vips.push(vip),
            None if args.ignore_not_found => {}
            None => {
                return Err(missing(name).hint("nothing was deleted; --ignore-not-found passes over what is not there"));
            }
        }
    }
    let looks = !args.force;
    if looks {
        let candidates = candidates(cluster, &vips, "nothing was deleted").await?;
        // nothing is deleted when one of several is in use
        for vip in vips.iter().filter(|vip| !vip.metadata.is_terminating()) {
            let users = candidates.users_of(vip);
            if !users.is_empty() {
                return Err(show::in_use(vip.name(), &users));
            }
        }
    }
    let mut done: Vec<&str> = Vec::new();
    for vip in &vips {
        // each deletion takes its time, in which somebody may begin to use the next; the first was looked at right now
        let deleted = async {
            if looks && !done.is_empty() && !vip.metadata.is_terminating() {
                still_unused(cluster, vip).await?;
            }
            if args.write.dry_run != DryRun::Client {
                delete(context, cluster, vip, args).await?;
            }
            Ok(())
        };
        deleted.await.map_err(|failure: Failure| match &done[..] {
            [] => failure,
            done => failure.once_written(&format!("the deletion of {}", crate::output::joined(done, 8))),
        })?;
        if args.write.dry_run == DryRun::None {
            done.push(vip.name());
        }
        let line = match format {
            Format::Name => crate::output::name_line("Vip", "kubeovn.io", vip.name()),
            _ => format!("vip.kubeovn.io \"{}\" deleted{}", vip.name(), args.write.suffix()),
        };
        context.ui.line(&line)?;
    }
    Ok(Exit::Success)
}

/// Everything that could use the Vips; who may not look is told how to go on.
async fn candidates(cluster: &Cluster, vips: &[Vip], so: &str) -> Result<Candidates> {
    cluster.vip_candidates(vips).await.map_err(|failure| match failure.cause {
        Cause::Forbidden => {
            failure.during(format_args!("who uses it is not known, {so}")).hint("--force deletes without looking")
        }
        _ => failure,
    })
}

/// Looks again, at the Vip as it is now, just before it goes.
async fn still_unused(cluster: &Cluster, vip: &Vip) -> Result<()> {
    // gone already, or another of that name: the deletion finds that out
    let Some(now) = cluster.find::<Vip>("", vip.name()).await? else { return Ok(()) };
    let users = candidates(cluster, std::slice::from_ref(&now), "it was left alone").await?.users_of(&now);
    if users.is_empty() {
        return Ok(());
    }
    Err(Failure::no(format!("vip/{} came into use meanwhile and was left alone:{}", vip.name(), show::told(&users))))
}

async fn delete(context: &Context<'_>, cluster: &Cluster, vip: &Vip, args: &DeleteArgs) -> Result<()> {
    let name = vip.name();
    let dry_run = args.write.dry_run == DryRun::Server;
    let target = Cluster::vip(name);
    // exactly the object that was looked at: one of the same name made since then stays
    let show = format!("kubectl ko vip show {name}");
    if !dry_run {
        context.ui.so_far(format!("whether vip/{name} was deleted is not known"), &show);
    }
    match cluster.delete(target, &vip.metadata.uid, dry_run).await {
        Err(failure) if failure.cause == Cause::Conflict => {
            return Err(Failure::no(format!(
                "vip/{name} was deleted and made anew by somebody else meanwhile; the new one was left alone"
            ))
            .hint(format!("kubectl ko vip show {name}")));
        }
        other => other?,
    };
    if dry_run {
        return Ok(());
    }
    context.ui.so_far(format!("vip/{name} was marked for deletion, and was not yet seen to go"), show);
    settled(context, cluster, vip, args)
        .await
        .map_err(|failure| failure.once_written(&format!("vip/{name} was marked for deletion")))
}

/// What follows a deletion: the object goes, and its ports.
async fn settled(context: &Context<'_>, cluster: &Cluster, vip: &Vip, args: &DeleteArgs) -> Result<()> {
    let name = vip.name();
    if vip.metadata.is_terminating() {
        cluster.nudge(Cluster::vip(name)).await?;
    }
    if !args.write.wait {
        return Ok(());
    }
    let _line = context.ui.waiting(format!("waiting for vip/{name} to go"));
    let deadline = Instant::now() + args.write.timeout;
    let typed = cluster.typed_port(vip).await?;
    gone(cluster, vip, args.write.timeout).await?;
    let virtual_port = vip.wants_virtual_port().then(|| name.to_owned());
    for port in virtual_port.iter().chain(&typed) {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(200));
        match cluster.port_vanishes(port, left.min(Duration::from_secs(5))).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(Failure::new(
                    Exit::Incomplete,
                    format!("vip/{name} is deleted, but OVN still has its port {port}"),
                )
                .hint(format!("kubectl ko nbctl list logical_switch_port {port}")));
            }
            Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
                context.ui.warning(&format!("vip/{name} is deleted; OVN was not looked at: {}", failure.reason()));
                break;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Waits until the object is gone.
async fn gone(cluster: &Cluster, vip: &Vip, limit: Duration) -> Result<()> {
    let name = vip.name();
    // the server's clock, not this machine's
    let Some(now) = cluster.find::<Vip>("", name).await? else { return Ok(()) };
    let since = now.metadata.deletion_timestamp.unwrap_or_default();
    let waited = cluster.wait_gone_nudged(Cluster::vip(name), &since, &["update vip"], limit).await?;
    let leaving = Leaving { named: &format!("vip/{name}"), finalizers: &vip.metadata.finalizers, look: CONTROLLER };
    leaving.ended(&waited, |sentence| explain::vip(sentence, &vip.spec.subnet, name))
}
