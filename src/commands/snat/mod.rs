//! `kubectl ko snat …`

mod create;
mod delete;
mod list;
mod show;

use super::{Context, binding};
use crate::failure::{Exit, Result};

/// Outgoing NAT: traffic of a source leaves with an external address
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
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SnatCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => create::run(context, &args).await,
        Verb::Delete(args) => delete::run(context, &args).await,
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
    }
}
