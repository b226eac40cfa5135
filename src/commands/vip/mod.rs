//! `kubectl ko vip …`

mod attach;
mod create;
mod delete;
mod detach;
mod list;
mod pairs;
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
    /// Create a Vip and wait until it works
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    /// List Vips
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show a Vip, who uses it, and what OVN has of it
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    /// Delete Vips that nobody uses, and wait until OVN let go
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
    /// Let pods hold a Vip's address
    Attach(attach::AttachArgs),
    /// Take from pods the right to hold a Vip's address
    Detach(detach::DetachArgs),
}

pub(super) async fn run(context: &Context<'_>, command: VipCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => create::run(context, &args).await,
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
        Verb::Delete(args) => delete::run(context, &args).await,
        Verb::Attach(args) => attach::run(context, &args).await,
        Verb::Detach(args) => detach::run(context, &args).await,
    }
}
