//! `kubectl ko dnat …`

mod create;
mod delete;
mod list;
mod show;

use super::{Context, binding};
use crate::failure::{Exit, Result};

/// Forwarded ports of external addresses
#[derive(clap::Args, Debug)]
pub struct DnatCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
}

pub(super) async fn run(context: &Context<'_>, command: DnatCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => create::run(context, &args).await,
        Verb::Delete(args) => delete::run(context, &args).await,
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
    }
}
