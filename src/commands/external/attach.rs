//! `kubectl ko external attach`

use serde_json::{Value, json};

use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::prove;
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{Node, Resource as _, Vpc, kinds, names};
use crate::check::external::{AttachIntent, attach as rules};
use crate::cluster::Cluster;
use crate::cluster::rest::PatchType;
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::output::Format;
use crate::plan::external::{self as plan, Step};
use crate::world::external::External;

/// Join a VPC to an external network, and wait until its router has a port on a node
///
/// Sets enableExternal and extraExternalSubnets of the VPC; of the default VPC, which is joined otherwise, the ConfigMap
/// ovn-external-gw-config. A VPC that the controller would not look at again is parted first; its router gets another address then.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko external attach external204 --vpc vpc1 --default-route
  kubectl ko external attach external204 --vpc vpc1 --gateway-node node-a --gateway-node node-b
  kubectl ko external attach external204 --vpc ovn-cluster")]
pub(super) struct AttachArgs {
    /// External network: a subnet with a vlan
    #[arg(add = completion::names_of("subnets"))]
    subnet: String,
    /// VPC that is joined
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: String,
    /// Lead everything that has no other way there: a static route to the subnet's gateway
    #[arg(long)]
    default_route: bool,
    /// Label a node as gateway before (can be repeated)
    #[arg(long = "gateway-node", value_name = "NODE", value_delimiter = ',')]
    gateway_nodes: Vec<String>,
    /// Make a port anew that rules use: they lose their way for a moment
    #[arg(long)]
    rebuild: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &AttachArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let intent = AttachIntent {
        vpc: args.vpc.clone(),
        subnet: args.subnet.clone(),
        default_route: args.default_route,
        gateway_nodes: args.gateway_nodes.clone(),
        rebuild: args.rebuild,
    };
    if args.default_route && args.vpc == DEFAULT_VPC {
        return Err(Failure::usage("--default-route is for VPCs of one's own")
            .hint("the default VPC leaves by the nodes; the controller routes by source what has an EIP"));
    }
    let cluster = context.cluster().await?;
    let world = Box::pin(cluster.external()).await?;
    let findings = rules::check(&world, &intent);
    args.policy.refuse(&format!("vpc/{} to {}", args.vpc, args.subnet), &findings)?;
    let vpc = cluster.get(Cluster::vpc(&args.vpc)).await?.unwrap_or_default();
    let steps = plan::attach(&world, &intent, &vpc["spec"]);
    if !steps.is_empty() {
        args.policy.tell(context, &findings);
    }
    if args.write.dry_run != DryRun::None {
        return Box::pin(dry(context, args, format, &world, &intent, &vpc, &steps)).await;
    }
    let mut done = Vec::new();
    for step in &steps {
        let carried = carry_out(context, args, &world, &intent, step).await;
        let said = carried.map_err(|failure| match done.as_slice() {
            [] => failure,
            done => failure.behind(&done.join(", ")),
        })?;
        done.extend(said);
    }
    let told = if args.write.wait {
        let way = prove::joined(context, &args.vpc, &args.subnet, args.write.timeout).await;
        way.map_err(|failure| if done.is_empty() { failure } else { failure.behind(&done.join(", ")) })?.told()
    } else {
        "not waited for".to_owned()
    };
    match format {
        Format::Table | Format::Wide => {
            let verb = if steps.is_empty() { "unchanged, attached" } else { "attached" };
            context.ui.line(&format!("vpc.kubeovn.io/{} {verb} to {}: {told}", args.vpc, args.subnet))?;
        }
        _ => print::object(context, format, &cluster.get(Cluster::vpc(&args.vpc)).await?.unwrap_or_default())?,
    }
    Ok(Exit::Success)
}

/// One step; what it wrote, in words.
async fn carry_out(
    context: &Context<'_>,
    args: &AttachArgs,
    world: &External,
    intent: &AttachIntent,
    step: &Step,
) -> Result<Option<String>> {
    let cluster = context.cluster().await?;
    let show = format!("kubectl ko external show {}", intent.subnet);
    context.ui.so_far(format!("whether vpc/{} is joined is not known", intent.vpc), show);
    let target = Cluster::vpc(&intent.vpc);
    match step {
        Step::Label(node) => {
            cluster.label_node(node, names::LABEL_EXTERNAL_GATEWAY, "true").await?;
            context.ui.note(&format!("node/{node} labeled {}=true", names::LABEL_EXTERNAL_GATEWAY));
            Ok(Some(format!("the label of node/{node}")))
        }
        Step::Part(why) => {
            context.ui.note(&format!("note: {why}: vpc/{} is parted and joined again", intent.vpc));
            let off = |object: &Value| {
                (object["spec"]["enableExternal"] == true).then(|| json!({"spec": {"enableExternal": false}}))
            };
            let Some(object) = cluster.edit(target, off).await? else { return Err(vanished(&intent.vpc)) };
            prove::taken(context, &object, args.write.timeout, |vpc| !vpc.status.enable_external).await?;
            Ok(Some(format!("enableExternal of vpc/{}", intent.vpc)))
        }
        Step::Join => {
            let route = plan::gateway(world, intent);
            let join = |object: &Value| plan::joined(&object["spec"], &intent.subnet, world.switch(), route.as_deref());
            let Some(object) = cluster.edit(target, join).await? else { return Err(vanished(&intent.vpc)) };
            if args.write.wait {
                prove::taken(context, &object, args.write.timeout, took).await?;
            }
            Ok(Some(format!("the spec of vpc/{}", intent.vpc)))
        }
        Step::Config(data, there) => {
            cluster.write_gateway_config(data, *there).await?;
            Ok(Some("the ConfigMap ovn-external-gw-config".to_owned()))
        }
    }
}

/// Whether the controller has joined a VPC to everything that it asks for.
fn took(vpc: &Vpc) -> bool {
    let has = |subnet: &String| vpc.status.extra_external_subnets.contains(subnet);
    vpc.status.enable_external && vpc.spec.extra_external_subnets.iter().all(has)
}

fn vanished(vpc: &str) -> Failure {
    Failure::no(format!("vpc/{vpc} was deleted by somebody else meanwhile"))
}

/// What would be written.
async fn dry(
    context: &Context<'_>,
    args: &AttachArgs,
    format: Format,
    world: &External,
    intent: &AttachIntent,
    vpc: &Value,
    steps: &[Step],
) -> Result<Exit> {
    let cluster = context.cluster().await?;
    let mut objects = Vec::new();
    for step in steps {
        match step {
            Step::Label(node) => objects.push(json!({"apiVersion": "v1", "kind": Node::KIND.kind,
                "metadata": {"name": node, "labels": {names::LABEL_EXTERNAL_GATEWAY: "true"}}})),
            Step::Part(why) => context.ui.note(&format!("note: {why}: vpc/{} is parted and joined again", intent.vpc)),
            Step::Join => {
                let route = plan::gateway(world, intent);
                let patch = plan::joined(&vpc["spec"], &intent.subnet, world.switch(), route.as_deref());
                let patch = patch.unwrap_or_else(|| json!({"spec": {"enableExternal": true}}));
                objects.push(if args.write.dry_run == DryRun::Server {
                    cluster.patch(Cluster::vpc(&intent.vpc), PatchType::Merge, &patch, true).await?
                } else {
                    json!({"apiVersion": Vpc::KIND.api_version(), "kind": Vpc::KIND.kind,
                        "metadata": {"name": intent.vpc}, "spec": patch["spec"]})
                });
            }
            Step::Config(data, _) => {
                let metadata = json!({"name": crate::api::config_map::EXTERNAL_GATEWAY, "namespace": world.home});
                let kind = kinds::CONFIG_MAP.kind;
                objects.push(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}));
            }
        }
    }
    match format {
        Format::Table | Format::Wide => {
            let verb = if steps.is_empty() { "unchanged, attached" } else { "attached" };
            context.ui.line(&format!(
                "vpc.kubeovn.io/{} {verb} to {}{}",
                intent.vpc,
                intent.subnet,
                args.write.suffix()
            ))?;
        }
        _ => print::objects(context, format, &objects)?,
    }
    Ok(Exit::Success)
}
