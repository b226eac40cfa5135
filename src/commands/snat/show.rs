//! `kubectl ko snat show`

use super::super::nat::show;
use super::Context;
use crate::api::nat_kind::Role;
use crate::completion;
use crate::failure::{Exit, Result};

/// Show a SNAT rule: its EIP, its source, OVN's row, the router's way out, and what does not fit together
///
/// Of an object of a gateway pod, what that pod has is not looked at.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name, or KIND/NAME where both families have it
    #[arg(add = completion::names_of("ovn-snat-rules"))]
    name: String,
    /// Output format: json or yaml (a SnatReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    show::run(context, Role::Snat, &args.name, args.output.as_deref()).await
}
