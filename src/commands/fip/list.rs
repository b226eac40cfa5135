//! `kubectl ko fip list`

use super::super::nat::role_list;
use super::super::print::PrintArgs;
use super::Context;
use crate::api::nat_kind::Role;
use crate::completion;
use crate::failure::{Exit, Result};

/// List floating IPs of both families
///
/// KIND is ofip for a rule of OVN's own NAT and iptables-fip for one of a gateway pod; KIND/NAME names one of them where both have
/// the name. TARGET is the IP or Vip that the rule names. ON is the VPC, or the gateway.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names, or KIND/NAME for one family (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("ovn-fips"))]
    names: Vec<String>,
    /// Accepted for kubectl's sake: floating IPs are in no namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    role_list::run(context, Role::Fip, &args.names, &args.print).await
}
