//! `kubectl ko dnat create`

use super::Context;
use super::binding::apply::{Order, run as apply};
use super::binding::flags::{PortArgs, Typed};
use crate::commands::write::{PolicyArgs, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::plan::ask::Way;

/// Forward one port of an EIP, with a rule of a name of one's own
///
/// `kubectl ko eip bind` forwards several at once and names each rule after the EIP, the protocol and the port.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko dnat create web --eip e1 pod/web-1 --tcp 8080:80 -n vpc1
  kubectl ko dnat create dns --eip e1 vip/front --udp 53:53")]
pub(super) struct CreateArgs {
    /// Name of the DNAT
    name: String,
    /// pod/NAME[@NAD], vm/NAME, sts/NAME-0, vip/NAME, ip/NAME or an address
    target: String,
    /// The EIP
    #[arg(long, value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: String,
    #[command(flatten)]
    ports: PortArgs,
    /// VPC of a bare address
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    /// Take the port from the DNAT that has it: that one is deleted
    #[arg(long)]
    reassign: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let ports = args.ports.ports()?;
    if ports.len() != 1 {
        let message = format!("a DNAT forwards one port, and {} were given", ports.len());
        return Err(Failure::usage(message).hint("kubectl ko eip bind takes several --tcp and --udp at once"));
    }
    let typed = Typed {
        eip: &args.eip,
        target: &args.target,
        vpc: args.vpc.as_deref(),
        way: Some(Way::Dnat),
        name: Some(&args.name),
    };
    let ask = typed.ask(context, ports).await?;
    let order = Order { ask: &ask, create: None, reassign: args.reassign, write: &args.write, policy: &args.policy };
    Box::pin(apply(context, order)).await
}
