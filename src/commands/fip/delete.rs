//! `kubectl ko fip delete`

use super::Context;
use super::binding::delete::{RuleDeleteArgs, run as delete};
use crate::api::{OvnFip, Resource as _};
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete FIPs, and wait until OVN let go
///
/// One whose deletion would hang, because OVN lost its row, is refused; --release puts the row back first.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the FIPs
    #[arg(required = true, value_name = "NAME", add = completion::names_of("ovn-fips"))]
    names: Vec<String>,
    #[command(flatten)]
    delete: RuleDeleteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    delete(context, OvnFip::KIND, "fip", &args.names, &args.delete).await
}
