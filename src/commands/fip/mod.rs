//! `kubectl ko fip …`

mod list;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// Floating IPs: one external address for one inside address
#[derive(clap::Args, Debug)]
pub struct FipCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
}

pub(super) async fn run(context: &Context<'_>, command: FipCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
    }
}
