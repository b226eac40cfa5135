//! `kubectl ko dnat delete`

use super::Context;
use super::binding::delete::{RuleDeleteArgs, run as delete};
use crate::api::{OvnDnatRule, Resource as _};
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete DNATs, and wait until OVN let go
///
/// One whose deletion would hang, because OVN lost its row, is refused; --release puts the row back first.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the DNATs
    #[arg(required = true, value_name = "NAME", add = completion::names_of("ovn-dnat-rules"))]
    names: Vec<String>,
    #[command(flatten)]
    delete: RuleDeleteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    delete(context, OvnDnatRule::KIND, "dnat", &args.names, &args.delete).await
}
