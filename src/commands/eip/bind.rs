//! `kubectl ko eip bind`

use super::Context;
use super::binding::apply::{Order, run as apply};
use super::binding::flags::{PortArgs, Typed};
use crate::commands::write::{PolicyArgs, WriteArgs};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::plan::ask::Way;

/// Bind an EIP to a pod, a Vip, an address or a subnet, and wait until it works
///
/// A pod, a Vip or an address gets all traffic of the EIP (a FIP), with --tcp or --udp only those ports (a DNAT). A subnet or CIDR
/// leaves with the EIP (a SNAT); --as snat says so of a pod. The rule is named after what it is about, and the same command again changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko eip bind e1 pod/web-1 -n vpc1
  kubectl ko eip bind e1 vip/front --tcp 80:8080 --tcp 443:8443 --udp 53:53
  kubectl ko eip bind e2 subnet/vpc1-subnet1
  kubectl ko eip bind e3 pod/web-1 -n vpc1 --create --subnet external204
  kubectl ko eip bind e1 pod/web-2 -n vpc1 --reassign")]
pub(super) struct BindArgs {
    /// Name of the EIP
    #[arg(value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: String,
    /// pod/NAME[@NAD], vm/NAME, sts/NAME-0, vip/NAME, ip/NAME, subnet/NAME, an address or a CIDR
    target: String,
    #[command(flatten)]
    ports: PortArgs,
    /// VPC of a bare address or CIDR
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    /// The kind of rule, also as --as fip|snat|dnat (default: the one that fits the target)
    #[arg(long = "rule", value_enum, value_name = "KIND")]
    way: Option<Way>,
    /// Create the EIP when it is not there; needs --subnet
    #[arg(long, requires = "subnet")]
    create: bool,
    /// External subnet of an EIP that is created
    #[arg(long, value_name = "EXTERNAL", requires = "create", add = completion::names_of("subnets"))]
    subnet: Option<String>,
    /// Take the EIP, the port or the source from the rule that has it: that one is deleted
    #[arg(long)]
    reassign: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

impl BindArgs {
    /// The kind of rule that `--as` said.
    pub(super) fn say(&mut self, way: Way) {
        self.way.get_or_insert(way);
    }
}

pub(super) async fn run(context: &Context<'_>, args: &BindArgs) -> Result<Exit> {
    if args.subnet.as_deref() == Some("") {
        return Err(Failure::usage("--subnet is empty"));
    }
    let typed = Typed { eip: &args.eip, target: &args.target, vpc: args.vpc.as_deref(), way: args.way, name: None };
    let ask = typed.ask(context, args.ports.ports()?).await?;
    let create = args.subnet.as_deref().filter(|_| args.create);
    let order = Order { ask: &ask, create, reassign: args.reassign, write: &args.write, policy: &args.policy };
    Box::pin(apply(context, order)).await
}
