//! `kubectl ko ip …`

mod claim;
mod list;
mod release;
mod reserve;
mod show;
mod target;

use super::Context;
use crate::failure::{Exit, Result};

/// Reserved addresses: of a pod, a StatefulSet's pod or a VM, there or still to come
#[derive(clap::Args, Debug)]
pub struct IpCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "create")]
    Reserve(reserve::ReserveArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    #[command(visible_aliases = ["delete", "rm"])]
    Release(release::ReleaseArgs),
}

pub(super) async fn run(context: &Context<'_>, command: IpCommand) -> Result<Exit> {
    match command.verb {
        Verb::Reserve(args) => reserve::run(context, &args).await,
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => Box::pin(show::run(context, &args)).await,
        Verb::Release(args) => release::run(context, &args).await,
    }
}
