//! `kubectl ko eip list`

use super::super::nat::role_list;
use super::super::print::PrintArgs;
use super::Context;
use crate::api::nat_kind::Role;
use crate::completion;
use crate::failure::{Exit, Result};

/// List EIPs of both families
///
/// KIND is oeip for an EIP of OVN's own NAT and iptables-eip for one of a gateway pod; KIND/NAME names one of them where both have
/// the name. NAT has the kinds of rules that the controller counts. ON is the external subnet, or the gateway.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names, or KIND/NAME for one family (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("ovn-eips"))]
    names: Vec<String>,
    /// Accepted for kubectl's sake: EIPs are in no namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    role_list::run(context, Role::Eip, &args.names, &args.print).await
}
