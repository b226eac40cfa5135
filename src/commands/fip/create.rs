//! `kubectl ko fip create`

use super::Context;
use super::binding::apply::{Order, run as apply};
use super::binding::flags::Typed;
use crate::commands::write::{PolicyArgs, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Result};
use crate::plan::ask::Way;

/// Give all traffic of an EIP to one address, with a rule of a name of one's own
///
/// `kubectl ko eip bind` does the same and names the rule after the EIP.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko fip create web --eip e1 pod/web-1 -n vpc1
  kubectl ko fip create web --eip e1 vip/front --type distributed")]
pub(super) struct CreateArgs {
    /// Name of the FIP
    name: String,
    /// pod/NAME[@NAD], vm/NAME, sts/NAME-0, vip/NAME, ip/NAME or an address
    target: String,
    /// The EIP
    #[arg(long, value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: String,
    /// VPC of a bare address
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    /// Whether OVN keeps the state of connections (default: as kube-ovn-controller was told)
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<TypeArg>,
    /// Take the EIP from the FIP that has it: that one is deleted
    #[arg(long)]
    reassign: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TypeArg {
    /// It does not: stateless
    Distributed,
    /// It does
    Centralized,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let typed = Typed {
        eip: &args.eip,
        target: &args.target,
        vpc: args.vpc.as_deref(),
        way: Some(Way::Fip),
        name: Some(&args.name),
    };
    let mut ask = typed.ask(context, Vec::new()).await?;
    let kind = match args.kind {
        None => "",
        Some(TypeArg::Distributed) => "distributed",
        Some(TypeArg::Centralized) => "centralized",
    };
    kind.clone_into(&mut ask.fip_type);
    let order = Order { ask: &ask, create: None, reassign: args.reassign, write: &args.write, policy: &args.policy };
    Box::pin(apply(context, order)).await
}
