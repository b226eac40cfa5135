//! `kubectl ko snat create`

use super::Context;
use super::binding::apply::{Order, run as apply};
use super::binding::flags::Typed;
use crate::commands::write::{PolicyArgs, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Result};
use crate::plan::ask::Way;

/// Have a subnet, a CIDR or a pod leave with an EIP, with a rule of a name of one's own
///
/// `kubectl ko eip bind` does the same and names the rule after the EIP and the source.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko snat create out --eip e2 subnet/vpc1-subnet1
  kubectl ko snat create out --eip e2 192.168.0.0/25 --vpc vpc1
  kubectl ko snat create web --eip e1 pod/web-1 -n vpc1")]
pub(super) struct CreateArgs {
    /// Name of the SNAT
    name: String,
    /// Whose traffic: subnet/NAME, a CIDR or an address, pod/NAME[@NAD], vm/NAME, sts/NAME-0 or ip/NAME
    #[arg(value_name = "SOURCE")]
    target: String,
    /// The EIP
    #[arg(long, value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: String,
    /// VPC of a bare address or CIDR
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    /// Take the source from the SNAT that has it: that one is deleted
    #[arg(long)]
    reassign: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let typed = Typed {
        eip: &args.eip,
        target: &args.target,
        vpc: args.vpc.as_deref(),
        way: Some(Way::Snat),
        name: Some(&args.name),
    };
    let ask = typed.ask(context, Vec::new()).await?;
    let order = Order { ask: &ask, create: None, reassign: args.reassign, write: &args.write, policy: &args.policy };
    Box::pin(apply(context, order)).await
}
