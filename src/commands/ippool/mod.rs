//! `kubectl ko ippool …`

mod create;
mod delete;
mod list;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// Pools: addresses of a Subnet that are given only to who asks for them
#[derive(clap::Args, Debug)]
pub struct IppoolCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) async fn run(context: &Context<'_>, command: IppoolCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
    }
}
