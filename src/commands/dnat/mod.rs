//! `kubectl ko dnat …`

mod list;

use super::Context;
use crate::failure::{Exit, Result};

/// Forwarded ports of external addresses
#[derive(clap::Args, Debug)]
pub struct DnatCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
}

pub(super) async fn run(context: &Context<'_>, command: DnatCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
    }
}
