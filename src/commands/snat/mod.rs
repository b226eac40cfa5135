//! `kubectl ko snat …`

mod create;
mod delete;

use super::{Context, binding};
use crate::failure::{Exit, Result};

/// Outgoing NAT: what a source leaves with
#[derive(clap::Args, Debug)]
pub struct SnatCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SnatCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => create::run(context, &args).await,
        Verb::Delete(args) => delete::run(context, &args).await,
    }
}
