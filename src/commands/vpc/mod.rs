//! `kubectl ko vpc …`

mod create;
mod delete;
mod list;
mod show;
mod tree;

use super::Context;
use crate::failure::{Exit, Result};

/// VPCs: routers of their own, with the subnets and routes that are theirs
#[derive(clap::Args, Debug)]
pub struct VpcCommand {
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
    Tree(tree::TreeArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(super) async fn run(context: &Context<'_>, command: VpcCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Tree(args) => Box::pin(tree::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
    }
}
