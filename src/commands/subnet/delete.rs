//! `kubectl ko subnet delete`

use super::super::unmaking::{DeleteFlags, Unmaking};
use super::Context;
use crate::api::Subnet;
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete Subnets that nobody has an address of, and wait until they are gone
///
/// A Subnet that pods, Vips, EIPs or reservations have addresses of is refused, with the list: it would hang, and of reservations
/// it would leave objects without a network.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the Subnets
    #[arg(required = true, value_name = "NAME", add = completion::names_of("subnets"))]
    names: Vec<String>,
    #[command(flatten)]
    flags: DeleteFlags,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let unmaking = Unmaking {
        noun: "subnet",
        names: &args.names,
        flags: &args.flags,
        queues: &["add/update subnet", "delete subnet"],
        harm: "it hangs until the last address is given back, and reservations stay behind without it",
    };
    unmaking.run::<Subnet>(context, async |cluster, subnet| cluster.subnet_users(subnet).await).await
}
