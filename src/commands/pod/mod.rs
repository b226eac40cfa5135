//! `kubectl ko pod …`

mod addr;
mod annotate;
mod asked;
mod manifest;
mod wishes;

use super::Context;
use crate::failure::{Exit, Result};

/// What pods ask of their interfaces, and what they got
#[derive(clap::Args, Debug)]
pub struct PodCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_aliases = ["show", "get", "describe"])]
    Addr(addr::AddrArgs),
    Annotate(annotate::AnnotateArgs),
}

pub(super) async fn run(context: &Context<'_>, command: PodCommand) -> Result<Exit> {
    match command.verb {
        Verb::Addr(args) => Box::pin(addr::run(context, &args)).await,
        Verb::Annotate(args) => Box::pin(annotate::run(context, &args)).await,
    }
}
