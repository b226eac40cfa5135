//! `kubectl ko ippool delete`

use super::super::unmaking::{DeleteFlags, Unmaking};
use super::Context;
use crate::api::IpPool;
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete IPPools that no pod or namespace names, and wait until they are gone
///
/// The controller lets a pool go at once: pods that name it get no address any more when they start again.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the pools
    #[arg(required = true, value_name = "NAME", add = completion::names_of("ippools"))]
    names: Vec<String>,
    #[command(flatten)]
    flags: DeleteFlags,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let unmaking = Unmaking {
        noun: "ippool",
        names: &args.names,
        flags: &args.flags,
        queues: &["add/update ippool", "delete ippool"],
        harm: "who names it gets no address any more when it starts again",
    };
    unmaking.run::<IpPool>(context, async |cluster, pool| cluster.pool_users(pool).await).await
}
