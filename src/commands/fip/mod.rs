//! `kubectl ko fip …`

mod list;

use super::Context;
use crate::failure::{Exit, Result};

/// Floating IPs: one external address for one inside address
#[derive(clap::Args, Debug)]
pub struct FipCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
}

pub(super) async fn run(context: &Context<'_>, command: FipCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
    }
}
