//! `kubectl ko snat …`

mod list;

use super::Context;
use crate::failure::{Exit, Result};

/// Outgoing NAT: traffic of a source leaves with an external address
#[derive(clap::Args, Debug)]
pub struct SnatCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SnatCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
    }
}
