//! `kubectl ko snat delete`

use super::Context;
use super::binding::delete::{RuleDeleteArgs, run as delete};
use crate::api::{OvnSnatRule, Resource as _};
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete SNATs, and wait until OVN let go
///
/// One whose deletion would hang, because OVN lost its row, is refused; --release puts the row back first.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the SNATs
    #[arg(required = true, value_name = "NAME", add = completion::names_of("ovn-snat-rules"))]
    names: Vec<String>,
    #[command(flatten)]
    delete: RuleDeleteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    delete(context, OvnSnatRule::KIND, "snat", &args.names, &args.delete).await
}
