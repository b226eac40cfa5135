//! `kubectl ko subnet …`

mod create;
mod delete;
mod lint;
mod list;
mod map;
mod map_svg;
mod map_text;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// Subnets: blocks of addresses of a VPC, of an external network, or of an attachment
#[derive(clap::Args, Debug)]
pub struct SubnetCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(Box<create::CreateArgs>),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    Map(map::MapArgs),
    Lint(lint::LintArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SubnetCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Map(args) => Box::pin(map::run(context, &args)).await,
        Verb::Lint(args) => Box::pin(lint::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
    }
}
