//! `kubectl ko eip …`

mod list;
mod show;

use super::Context;
use crate::failure::{Exit, Result};

/// External addresses: of OVN's own NAT, and of NAT gateway pods
#[derive(clap::Args, Debug)]
pub struct EipCommand {
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

pub(super) async fn run(context: &Context<'_>, command: EipCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
    }
}
