//! `kubectl ko vpc delete`

use serde_json::Value;

use super::super::leaving::{CONTROLLER, Leaving};
use super::super::write::{DryRun, WriteArgs};
use super::super::{Context, listing};
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{Kind, Resource as _, Vpc, VpcNatGateway};
use crate::check::explain;
use crate::cluster::Cluster;
use crate::cluster::rest::{Select, Target};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Format, name_line};
use crate::world::external::External;

/// Delete VPCs that nobody uses, and wait until they are gone
///
/// One with subnets, rules, gateways or peers is refused, with the list. Rules that lose their VPC could never be deleted any more.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the VPCs
    #[arg(required = true, value_name = "NAME", add = completion::names_of("vpcs"))]
    names: Vec<String>,
    /// Delete what is in use as well: it goes once its subnets are gone, and its rules hang
    #[arg(long)]
    force: bool,
    /// A VPC that is not there is deleted already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let format = args.write.format_of_delete()?;
    let cluster = context.cluster().await?;
    let mut found = Vec::new();
    for name in &args.names {
        if name == DEFAULT_VPC {
            return Err(Failure::no(format!("vpc/{name} is the cluster's own, nothing was deleted")));
        }
        match cluster.find::<Vpc>("", name).await? {
            Some(vpc) => found.push(vpc),
            None if args.ignore_not_found => {}
            None => {
                return Err(listing::missing("vpc", Vpc::KIND, name)
                    .hint("nothing was deleted; --ignore-not-found passes over what is not there"));
            }
        }
    }
    if !args.force {
        let world = looked(cluster, "nothing was deleted").await?;
        for vpc in found.iter().filter(|vpc| !vpc.metadata.is_terminating()) {
            let users = users(&world, vpc.name());
            if !users.is_empty() {
                return Err(in_use(vpc.name(), &users));
            }
        }
    }
    let mut done: Vec<&str> = Vec::new();
    for vpc in &found {
        let deleted = async {
            if !args.force && !done.is_empty() && !vpc.metadata.is_terminating() {
                let users = users(&looked(cluster, "it was left alone").await?, vpc.name());
                if !users.is_empty() {
                    return Err(Failure::no(format!(
                        "vpc/{} came into use meanwhile and was left alone:{}",
                        vpc.name(),
                        told(&users)
                    )));
                }
            }
            delete(context, cluster, vpc, args).await
        };
        deleted.await.map_err(|failure: Failure| match &done[..] {
            [] => failure,
            done => failure.once_written(&format!("the deletion of {}", crate::output::joined(done, 8))),
        })?;
        if args.write.dry_run == DryRun::None {
            done.push(vpc.name());
        }
        let line = match format {
            Format::Name => name_line("Vpc", "kubeovn.io", vpc.name()),
            _ => format!("vpc.kubeovn.io \"{}\" deleted{}", vpc.name(), args.write.suffix()),
        };
        context.ui.line(&line)?;
    }
    Ok(Exit::Success)
}

/// The picture, and the gateways that are pods and VPCs that are peers.
async fn looked(cluster: &Cluster, so: &str) -> Result<(External, Vec<Value>, Vec<Value>)> {
    let all = Select::default();
    let optional = async |kind: Kind| match cluster.list_raw(kind, None, all).await {
        Err(failure) if failure.cause == Cause::UnknownKind => Ok(Vec::new()),
        read => read,
    };
    let read = tokio::try_join!(
        Box::pin(cluster.external()),
        optional(VpcNatGateway::KIND),
        cluster.list_raw(Vpc::KIND, None, all)
    );
    read.map_err(|failure| match failure.cause {
        Cause::Forbidden => {
            failure.during(format_args!("who uses it is not known, {so}")).hint("--force deletes without looking")
        }
        _ => failure,
    })
}

/// Who uses a VPC: `subnet/a`, `ofip/web`, `vpc-nat-gateway/gw`, `vpc/peer`.
fn users((world, gateways, vpcs): &(External, Vec<Value>, Vec<Value>), name: &str) -> Vec<String> {
    let subnets = world.subnets.iter().filter(|subnet| subnet.spec.vpc == name);
    let rules = world.rules_of(name).map(crate::world::nat_rule::NatRule::named);
    let of = |object: &Value| listing::name_in(object).to_owned();
    let gateways = gateways.iter().filter(|gateway| gateway["spec"]["vpc"] == name);
    let peers = |vpc: &&Value| {
        vpc["spec"]["vpcPeerings"].as_array().into_iter().flatten().any(|peering| peering["remoteVpc"] == name)
    };
    let peers = vpcs.iter().filter(peers);
    let subnets = subnets.map(|subnet| format!("subnet/{}", subnet.name()));
    let gateways = gateways.map(|gateway| format!("vpc-nat-gateway/{}", of(gateway)));
    subnets
        .chain(rules)
        .chain(gateways)
        .chain(peers.map(|vpc| format!("vpc/{} has a peering with it", of(vpc))))
        .collect()
}

fn told(users: &[String]) -> String {
    users.iter().fold(String::new(), |all, user| format!("{all}\n  {user}"))
}

fn in_use(name: &str, users: &[String]) -> Failure {
    Failure::no(format!("vpc/{name} is in use, nothing was deleted:{}", told(users)))
        .hint("delete rules first, then subnets: rules that lose their vpc can never be deleted")
        .hint(format!(
            "kubectl ko vpc delete {name} --force deletes it all the same: it goes once its subnets are gone"
        ))
}

async fn delete(context: &Context<'_>, cluster: &Cluster, vpc: &Vpc, args: &DeleteArgs) -> Result<()> {
    let name = vpc.name();
    if args.write.dry_run == DryRun::Client {
        return Ok(());
    }
    let dry_run = args.write.dry_run == DryRun::Server;
    let target = Cluster::vpc(name);
    let show = format!("kubectl ko vpc show {name}");
    if !dry_run {
        context.ui.so_far(format!("whether vpc/{name} was deleted is not known"), &show);
    }
    match cluster.delete(target, &vpc.metadata.uid, dry_run).await {
        Err(failure) if failure.cause == Cause::Conflict => {
            return Err(Failure::no(format!(
                "vpc/{name} was deleted and made anew by somebody else meanwhile; the new one was left alone"
            ))
            .hint(show));
        }
        other => other?,
    };
    if dry_run || !args.write.wait {
        return Ok(());
    }
    context.ui.so_far(format!("vpc/{name} was marked for deletion, and was not yet seen to go"), show);
    let _line = context.ui.waiting(format!("waiting for vpc/{name} to go"));
    settled(cluster, vpc, target, args)
        .await
        .map_err(|failure| failure.once_written(&format!("vpc/{name} was marked for deletion")))
}

async fn settled(cluster: &Cluster, vpc: &Vpc, target: Target<'_>, args: &DeleteArgs) -> Result<()> {
    let name = vpc.name();
    let Some(now) = cluster.find::<Vpc>("", name).await? else { return Ok(()) };
    let since = now.metadata.deletion_timestamp.unwrap_or_default();
    let waited =
        cluster.wait_gone_nudged(target, &since, &["add/update vpc", "delete vpc"], args.write.timeout).await?;
    let leaving = Leaving { named: &format!("vpc/{name}"), finalizers: &vpc.metadata.finalizers, look: CONTROLLER };
    let world = Box::pin(cluster.external()).await?;
    let subnets: Vec<&str> =
        world.subnets.iter().filter(|subnet| subnet.spec.vpc == name).map(crate::api::Subnet::name).collect();
    leaving.ended(&waited, |sentence| explain::vpc(sentence, name)).map_err(|failure| match subnets.as_slice() {
        [] => failure,
        // the controller says nothing of it
        subnets => failure.hint(format!("its subnets hold it: {}", crate::output::joined(subnets, 8))),
    })
}
