//! `kubectl ko external detach`

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::write::{DryRun, WriteArgs};
use super::super::{Context, print};
use super::prove;
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{OvnEip, Resource as _, Vpc};
use crate::cluster::Cluster;
use crate::cluster::leader::Waited;
use crate::cluster::rest::{PatchType, Target};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;
use crate::plan::external as plan;
use crate::world::external::{External, port_name};

/// Part a VPC from an external network, and wait until OVN let go
///
/// Refused while rules of the VPC use EIPs of that network. A default route that leads there goes too.
#[derive(clap::Args, Debug)]
pub(super) struct DetachArgs {
    /// External network
    #[arg(add = completion::names_of("subnets"))]
    subnet: String,
    /// VPC that is parted
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: String,
    /// Part it in spite of rules that use it: they stay, ready and without effect
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DetachArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let cluster = context.cluster().await?;
    let world = Box::pin(cluster.external()).await?;
    let (vpc, subnet) = (args.vpc.as_str(), args.subnet.as_str());
    let Some(found) = world.vpc(vpc) else {
        return Err(super::super::listing::missing("vpc", Vpc::KIND, vpc));
    };
    let link = world.link(found, subnet);
    let users = link.as_ref().map(|link| link.rules.clone()).unwrap_or_default();
    if !users.is_empty() && !args.force {
        let told = users.iter().fold(String::new(), |all, rule| format!("{all}\n  {rule}"));
        return Err(Failure::no(format!("rules of vpc/{vpc} need {subnet}, nothing was written:{told}"))
            .hint(format!("kubectl ko nat list tells them; kubectl ko external detach {subnet} --vpc {vpc} --force parts it all the same: they stay, ready and without effect")));
    }
    let by_config = vpc == DEFAULT_VPC && world.by_config();
    let leads = |hop: &str| world.leads_into(hop, subnet);
    let part = |object: &Value| plan::parted(&object["spec"], subnet, world.switch(), leads);
    let before = cluster.get(Cluster::vpc(vpc)).await?.unwrap_or_default();
    let changes = if by_config { link.as_ref().is_some_and(|link| link.asked) } else { part(&before).is_some() };
    let left = link.as_ref().is_some_and(|link| link.port.is_some() || link.eip.is_some());
    let verb = if changes || left { "detached from" } else { "unchanged, not attached to" };
    if args.write.dry_run == DryRun::None && (changes || left) {
        context
            .ui
            .so_far(format!("whether vpc/{vpc} is parted is not known"), format!("kubectl ko external show {subnet}"));
        if by_config {
            leave_config(cluster, changes).await?;
        } else if changes {
            let written = cluster.edit(Cluster::vpc(vpc), part).await?;
            if let (Some(object), true) = (written, args.write.wait) {
                taken(context, args, &object).await?;
            }
        }
        let wrote = format!("vpc/{vpc} was told to leave {subnet}");
        gone(context, args, &world).await.map_err(|failure| failure.once_written(&wrote))?;
        if by_config {
            context.ui.warning("the controller has written false over the labels of all gateway nodes: routers keep their ports, and no further VPC gets one");
            context.ui.hint("kubectl ko external attach SUBNET --vpc VPC --gateway-node NODE labels them again");
        }
    } else if args.write.dry_run == DryRun::Server
        && changes
        && !by_config
        && let Some(patch) = part(&before)
    {
        cluster.patch(Cluster::vpc(vpc), PatchType::Merge, &patch, true).await?;
    }
    match format {
        Format::Table | Format::Wide => {
            context.ui.line(&format!("vpc.kubeovn.io/{vpc} {verb} {subnet}{}", args.write.suffix()))?;
        }
        _ => print::object(context, format, &cluster.get(Cluster::vpc(vpc)).await?.unwrap_or_default())?,
    }
    Ok(Exit::Success)
}

/// Tells the controller to part the default VPC.
async fn leave_config(cluster: &Cluster, changes: bool) -> Result<()> {
    if !changes {
        return Ok(());
    }
    cluster.write_gateway_config(&json!({"enable-external-gw": "false"}), true).await.map(drop)
}

async fn taken(context: &Context<'_>, args: &DetachArgs, object: &Value) -> Result<()> {
    // what is asked for and what was done are the same again
    let done = |vpc: &Vpc| {
        let wanted = &vpc.spec.extra_external_subnets;
        let has = &vpc.status.extra_external_subnets;
        vpc.status.enable_external == vpc.spec.enable_external
            && (!vpc.spec.enable_external || has.iter().all(|one| wanted.contains(one)))
    };
    prove::taken(context, object, args.write.timeout, done).await
}

/// Waits until the port is gone, and the EIP of the router; one that the controller left behind is deleted.
async fn gone(context: &Context<'_>, args: &DetachArgs, world: &External) -> Result<()> {
    if !args.write.wait {
        return Ok(());
    }
    let cluster = context.cluster().await?;
    let name = port_name(&args.vpc, &args.subnet);
    let deadline = Instant::now() + args.write.timeout;
    let _line = context.ui.waiting(format!("waiting for the router port {name} to go"));
    match cluster.router_port_is(&name, false, args.write.timeout).await {
        Ok(true) => {}
        Ok(false) => {
            return Err(Failure::new(Exit::Unproven, format!("OVN still has the router port {name}"))
                .hint(format!("kubectl ko nbctl list logical_router_port {name}")));
        }
        Err(failure) if matches!(failure.cause, Cause::Forbidden | Cause::Unreadable) => {
            context.ui.warning(&format!("OVN was not looked at: {}", failure.reason()));
        }
        Err(failure) => return Err(failure),
    }
    let target = Target::one(OvnEip::KIND, "", &name);
    let is_own = world.eips.iter().any(|eip| eip.name() == name && eip.spec.kind == "lrp");
    let Some(eip) = cluster.find::<OvnEip>("", &name).await?.filter(|_| is_own) else { return Ok(()) };
    if !eip.metadata.is_terminating() {
        cluster.delete(target, &eip.metadata.uid, false).await?;
    }
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
    let since = eip.metadata.creation_timestamp.clone();
    match cluster.wait_gone(target, &since, &["update ovn eip"], left).await? {
        Waited::Gone | Waited::Done(_) => Ok(()),
        Waited::Said(text) | Waited::Silent(text) | Waited::Unheard(text) => {
            Err(Failure::new(Exit::Unproven, format!("oeip/{name} does not go: {text}"))
                .hint(format!("kubectl ko eip show {name}")))
        }
    }
}
