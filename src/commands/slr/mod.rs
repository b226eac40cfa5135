//! `kubectl ko slr …`

mod create;
mod delete;
mod list;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// SwitchLBRules: load balancers inside the switches of a VPC
#[derive(clap::Args, Debug)]
pub struct SlrCommand {
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

pub(super) async fn run(context: &Context<'_>, command: SlrCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
    }
}
