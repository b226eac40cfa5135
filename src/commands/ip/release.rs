//! `kubectl ko ip release`

use std::time::Duration;

use super::super::leaving::{CONTROLLER, Leaving};
use super::super::write::{DryRun, WriteArgs};
use super::show::told;
use super::{Context, list, target};
use crate::api::{Ip, Pod, PodType, Resource as _};
use crate::check::explain;
use crate::check::ip::holder;
use crate::cluster::Cluster;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::world::ip_users::IpCandidates;

/// Give reserved addresses back
///
/// A reservation that nobody uses is deleted. Under a pod that runs it is refused; with --force the mark is taken off, so that the
/// pod keeps its address and gives it back when it goes: deleting the IP would take the pod's network away.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko ip release web-1.vpc1
  kubectl ko ip release pod/web-1 -n vpc1
  kubectl ko ip release sts/db")]
pub(super) struct ReleaseArgs {
    /// Names of IPs, or whom they are for: pod/NAME, vm/NAME, sts/NAME-0, sts/NAME
    #[arg(required = true, value_name = "NAME|TARGET", add = completion::names_of("ips"))]
    names: Vec<String>,
    /// Release what is in use as well
    #[arg(long)]
    force: bool,
    /// A reservation that is not there is released already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// What is done with one of them.
enum Way {
    /// It is no reservation: nothing.
    Nothing,
    /// It has a pod: the mark goes.
    Unmark(Box<Pod>),
    /// It has none: the object goes.
    Delete,
}

pub(super) async fn run(context: &Context<'_>, args: &ReleaseArgs) -> Result<Exit> {
    let format = args.write.format_of_delete()?;
    let cluster = context.cluster().await?;
    let mut ips: Vec<Ip> = Vec::new();
    for text in &args.names {
        for (name, ip) in target::existing(context, text).await? {
            match ip {
                Some(ip) if ips.iter().any(|one| one.name() == ip.name()) => {}
                Some(ip) => ips.push(ip),
                None if args.ignore_not_found => {}
                None => {
                    return Err(list::missing(&name)
                        .hint("nothing was released; --ignore-not-found passes over what is not there"));
                }
            }
        }
    }
    let candidates = if args.force { IpCandidates::default() } else { candidates(cluster, &ips).await? };
    let mut jobs = Vec::new();
    for ip in ips {
        let way = way(cluster, &ip).await?;
        refuse(args, &ip, &way, &candidates)?;
        jobs.push((ip, way));
    }
    let mut done: Vec<String> = Vec::new();
    for (ip, way) in &jobs {
        let verb = release(context, cluster, ip, way, args).await.map_err(|failure| match &done[..] {
            [] => failure,
            done => failure.once_written(&format!("the release of {}", crate::output::joined(done, 8))),
        })?;
        done.push(ip.name().to_owned());
        if format.is_table() {
            context.ui.line(&format!("{} {verb}{}", Ip::KIND.printed(ip.name()), args.write.suffix()))?;
        } else {
            context.ui.line(&crate::output::name_line("IP", "kubeovn.io", ip.name()))?;
        }
    }
    Ok(Exit::Success)
}

/// Everything that could use them; who may not look is told how to go on.
async fn candidates(cluster: &Cluster, ips: &[Ip]) -> Result<IpCandidates> {
    cluster.ip_candidates(&ips.iter().collect::<Vec<_>>()).await.map_err(|failure| match failure.cause {
        Cause::Forbidden => {
            failure.during("who uses it is not known, nothing was released").hint("--force releases without looking")
        }
        _ => failure,
    })
}

async fn way(cluster: &Cluster, ip: &Ip) -> Result<Way> {
    // a pod's own address, and the one that a StatefulSet keeps, are given back by themselves
    if !ip.is_reserved() && !ip.metadata.finalizers.is_empty() && !ip.metadata.is_terminating() {
        return Ok(Way::Nothing);
    }
    let pod = cluster.holder_pod(&holder(&ip.spec)).await?.filter(|pod| !pod.spec.host_network);
    // it may run, and have its address from elsewhere
    let port_is_its = |pod: &Pod| pod.interfaces().iter().any(|interface| interface.port == ip.name());
    Ok(pod.filter(port_is_its).map_or(Way::Delete, |pod| Way::Unmark(Box::new(pod))))
}

fn refuse(args: &ReleaseArgs, ip: &Ip, way: &Way, candidates: &IpCandidates) -> Result<()> {
    if args.force || ip.metadata.is_terminating() || ip.is_claim() {
        return Ok(());
    }
    let name = ip.name();
    match way {
        Way::Nothing => Ok(()),
        Way::Unmark(pod) => Err(Failure::no(format!(
            "ip/{name} is in use, nothing was released: pod {} runs with {}",
            pod.key(),
            ip.addresses().collect::<Vec<_>>().join(",")
        ))
        .hint(format!("kubectl ko ip release ip/{name} --force takes the mark off: {}", then(ip)))),
        Way::Delete => {
            let users = candidates.users_of(ip);
            if users.is_empty() {
                return Ok(());
            }
            Err(Failure::no(format!("ip/{name} is in use, nothing was released:{}", told(&users)))
                .hint(format!("kubectl ko ip release ip/{name} --force releases it all the same: its rules then lead to an address that others may get")))
        }
    }
}

/// What becomes of an address that is no reservation any more, under a pod that runs.
fn then(ip: &Ip) -> &'static str {
    match PodType::parse(&ip.spec.pod_type) {
        Some(PodType::StatefulSet) => "its pod keeps the address, until the StatefulSet shrinks or goes",
        Some(PodType::VirtualMachine) => "its pod keeps the address, until the VM is deleted",
        _ => "its pod keeps the address, until it goes",
    }
}

/// Returns what was done, in a word.
async fn release(context: &Context<'_>, cluster: &Cluster, ip: &Ip, way: &Way, args: &ReleaseArgs) -> Result<String> {
    let name = ip.name();
    match way {
        Way::Nothing => Ok("unchanged: it is no reservation".to_owned()),
        Way::Unmark(_) if args.write.dry_run == DryRun::Client => Ok(format!("released: {}", then(ip))),
        Way::Delete if args.write.dry_run == DryRun::Client => Ok("released".to_owned()),
        Way::Unmark(pod) => {
            cluster.mark_ip(ip, false, args.write.dry_run == DryRun::Server).await?;
            // between the look and the write the pod may have gone: then nobody is left to take the IP along
            if args.write.dry_run == DryRun::None && cluster.holder_pod(&holder(&ip.spec)).await?.is_none() {
                context.ui.warning(&format!(
                    "pod {} went meanwhile: kubectl get ip {name} shows whether the address went with it",
                    pod.key()
                ));
            }
            Ok(format!("released: {}", then(ip)))
        }
        Way::Delete => {
            delete(context, cluster, ip, args).await?;
            Ok("released".to_owned())
        }
    }
}

/// Deletes it as long as it is as it was looked at: a pod that takes the address writes into the IP.
async fn delete(context: &Context<'_>, cluster: &Cluster, ip: &Ip, args: &ReleaseArgs) -> Result<()> {
    let name = ip.name();
    let dry_run = args.write.dry_run == DryRun::Server;
    let deleted = if ip.metadata.is_terminating() {
        cluster.delete(Cluster::ip(name), &ip.metadata.uid, dry_run).await
    } else {
        cluster.delete_as_read(Cluster::ip(name), &ip.metadata, dry_run).await
    };
    deleted.map_err(|failure| match failure.cause {
        Cause::Conflict => Failure::no(format!("ip/{name} was changed by somebody else meanwhile and was left alone"))
            .hint(format!("kubectl ko ip show ip/{name}")),
        _ => failure,
    })?;
    if dry_run || !args.write.wait {
        return Ok(());
    }
    let _line = context.ui.waiting(format!("waiting for ip/{name} to go"));
    gone(cluster, ip, args.write.timeout)
        .await
        .map_err(|failure| failure.once_written(&format!("ip/{name} was marked for deletion")))
}

/// Waits until the object is gone.
async fn gone(cluster: &Cluster, ip: &Ip, limit: Duration) -> Result<()> {
    let name = ip.name();
    // the server's clock, not this machine's
    let Some(now) = cluster.find::<Ip>("", name).await?.filter(|now| now.metadata.uid == ip.metadata.uid) else {
        return Ok(());
    };
    let since = now.metadata.deletion_timestamp.unwrap_or_default();
    let waited = cluster.wait_gone_nudged(Cluster::ip(name), &since, &["update ip"], limit).await?;
    let leaving = Leaving { named: &format!("ip/{name}"), finalizers: &ip.metadata.finalizers, look: CONTROLLER };
    leaving.ended(&waited, |sentence| explain::ip(sentence, &ip.spec.subnet, name))
}
