//! `kubectl ko eip show`

use super::super::nat::show;
use super::Context;
use crate::api::nat_kind::Role;
use crate::completion;
use crate::failure::{Exit, Result};

/// Show an EIP: who uses it, OVN's rows of its address, and what is broken with any of its rules
///
/// Of an object of a gateway pod, what that pod has is not looked at.
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Name, or KIND/NAME where both families have it
    #[arg(add = completion::names_of("ovn-eips"))]
    name: String,
    /// Output format: json or yaml (an EipReport), or name
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, args: &ShowArgs) -> Result<Exit> {
    show::run(context, Role::Eip, &args.name, args.output.as_deref()).await
}
