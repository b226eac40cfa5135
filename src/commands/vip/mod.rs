//! `kubectl ko vip …`

mod attach;
mod create;
mod delete;
mod detach;
mod list;
pub(super) mod pairs;
mod prove;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// Virtual addresses: reserved, shared by pods, or in front of a load balancer
#[derive(clap::Args, Debug)]
pub struct VipCommand {
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
    Attach(attach::AttachArgs),
    Detach(detach::DetachArgs),
}

pub(super) async fn run(context: &Context<'_>, command: VipCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::List(args) => Box::pin(list::run(context, &args)).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Delete(args) => Box::pin(delete::run(context, &args)).await,
        Verb::Attach(args) => Box::pin(attach::run(context, &args)).await,
        Verb::Detach(args) => Box::pin(detach::run(context, &args)).await,
    }
}
