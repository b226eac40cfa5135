//! `kubectl ko external …`

mod attach;
mod create;
mod detach;
mod list;
pub(super) mod prove;
pub(super) mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// External networks: made on the nodes, and VPCs joined to them
#[derive(clap::Args, Debug)]
pub struct ExternalCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    Attach(attach::AttachArgs),
    Detach(detach::DetachArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
}

pub(super) async fn run(context: &Context<'_>, command: ExternalCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::Attach(args) => Box::pin(attach::run(context, &args)).await,
        Verb::Detach(args) => Box::pin(detach::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
    }
}
