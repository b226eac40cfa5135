//! `kubectl ko eip create`

use super::Context;
use super::binding::eip as wanted;
use crate::api::EipType;
use crate::check::nat::eip as rules;
use crate::check::{self, Severity};
use crate::cluster::Cluster;
use crate::commands::print;
use crate::commands::write::{DryRun, PolicyArgs, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::net::parse_address;
use crate::plan::bind::eip_intent;
use crate::world::Need;

/// Create an external address and wait until it has one
///
/// The same command again changes nothing. An address that is asked for is kept as long as rules use it, like any other.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko eip create e1 --subnet external204
  kubectl ko eip create e1 --subnet external204 --ip 10.5.204.121
  kubectl ko eip create node-a --subnet external204 --type lsp")]
pub(super) struct CreateArgs {
    /// Name of the EIP
    name: String,
    /// External subnet the address is from
    #[arg(long, value_name = "EXTERNAL", add = completion::names_of("subnets"))]
    subnet: String,
    /// Address to ask for (default: a free one)
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// What it is for (default: nat)
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<TypeArg>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TypeArg {
    /// For FIPs, SNATs and DNATs
    Nat,
    /// The address of a VPC's router on the external network, named VPC-SUBNET
    Lrp,
    /// The address of a node's own port on the external network, named like the node
    Lsp,
}

impl TypeArg {
    fn as_spec(self) -> &'static str {
        match self {
            Self::Nat => EipType::Nat.as_spec(),
            Self::Lrp => EipType::Lrp.as_spec(),
            Self::Lsp => EipType::Lsp.as_spec(),
        }
    }
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let address = args
        .ip
        .as_deref()
        .map(parse_address)
        .transpose()
        .map_err(|error| Failure::usage(format!("--ip: {error}")).hint("leave --ip out to get a free address"))?;
    if args.subnet.is_empty() {
        return Err(Failure::usage("--subnet is empty"));
    }
    let kind = args.kind.unwrap_or(TypeArg::Nat).as_spec();
    let intent = eip_intent(&args.name, &args.subnet, address, kind);
    let object = format!("oeip/{}", intent.name);
    let offline = check::run_offline(rules::RULES, &intent);
    if offline.iter().any(|finding| finding.severity == Severity::Error) {
        args.policy.refuse(&object, &offline)?;
    }
    let cluster = context.cluster().await?;
    let mut parts = rules::wanted([&intent]);
    parts.needs.extend([Need::NamedEips, Need::Subnets]);
    let world = Box::pin(cluster.gather(&parts)).await?;
    let there = world.eip(&intent.name).filter(|eip| !eip.metadata.is_terminating());
    if let Some(eip) = there {
        wanted::same(eip, &intent)?;
    } else {
        let findings = rules::check(&world, &intent);
        args.policy.refuse(&object, &findings)?;
        args.policy.tell(context, &findings);
    }
    let manifest = rules::to_manifest(&intent);
    let verb = match there {
        Some(eip) if wanted::lacks_hold(eip, &intent) => "configured",
        Some(_) => "unchanged",
        None => "created",
    };
    if args.write.dry_run != DryRun::None {
        let shown = if args.write.dry_run == DryRun::Server && there.is_none() {
            cluster.create(Cluster::eip(&intent.name), &manifest, true).await?
        } else {
            manifest
        };
        if let Some(eip) = there.filter(|eip| args.write.dry_run == DryRun::Server && wanted::lacks_hold(eip, &intent))
        {
            wanted::hold(cluster, eip, &intent, true).await?;
        }
        if format.is_table() {
            context.ui.line(&format!("ovneip.kubeovn.io/{} {verb}{}", intent.name, args.write.suffix()))?;
        } else {
            print::object(context, format, &shown)?;
        }
        return Ok(Exit::Success);
    }
    let (eip, unchanged) = match there {
        Some(eip) => (eip.clone(), true),
        None => wanted::create(cluster, &intent).await?,
    };
    let verb = if !unchanged {
        "created"
    } else if wanted::lacks_hold(&eip, &intent) {
        // who made it asked for the address alone: the controller does not hold such a one
        wanted::hold(cluster, &eip, &intent, false).await?;
        "configured"
    } else {
        "unchanged"
    };
    let told = if args.write.wait {
        let eip = wanted::ready(context, &eip, &args.write).await.map_err(|failure| failure.once_written(&object))?;
        // a release that does not know a field ignores it
        wanted::same(&eip, &intent).map_err(|failure| failure.ending(Exit::Unproven))?;
        format!(": {}", wanted::told(&eip))
    } else {
        String::new()
    };
    if format.is_table() {
        context.ui.line(&format!("ovneip.kubeovn.io/{} {verb}{told}", intent.name))?;
    } else {
        print::object(context, format, &wanted::object(cluster, &intent.name).await?)?;
    }
    Ok(Exit::Success)
}
