//! `kubectl ko subnet`

mod map;
mod map_svg;
mod map_text;

use super::Context;
use crate::failure::{Exit, Result};

/// Subnets and who has their addresses
#[derive(clap::Args, Debug)]
pub struct SubnetCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Map(map::MapArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SubnetCommand) -> Result<Exit> {
    match command.verb {
        Verb::Map(args) => map::run(context, &args).await,
    }
}
