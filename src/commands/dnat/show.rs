//! `kubectl ko dnat show`

use super::super::nat::show;
use super::Context;
use crate::api::nat_kind::Role;
use crate::completion;
use crate::failure::{Exit, Result};

/// Show a DNAT rule: its EIP, its target and the pod behind that, OVN's load balancer, the router's way out, and what does not fit together
///
/// Of an object of a gateway pod, what that pod has is not looked at.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name, or KIND/NAME where both families have it
    #[arg(add = completion::names_of("ovn-dnat-rules"))]
    name: String,
    /// Output format: json or yaml (a DnatReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    show::run(context, Role::Dnat, &args.name, args.output.as_deref()).await
}
