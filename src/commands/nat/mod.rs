//! `kubectl ko nat …`, and what the nouns `eip`, `fip`, `snat` and `dnat` share.

pub(super) mod entries;
mod list;
mod report;
pub(super) mod resolve;
pub(super) mod role_list;
mod sheet;
pub(super) mod show;
mod show_eip;
mod show_iptables;
mod show_rule;

use super::Context;
use crate::failure::{Exit, Result};

/// EIPs and all rules that use them
#[derive(clap::Args, Debug)]
pub struct NatCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
}

pub(super) async fn run(context: &Context<'_>, command: NatCommand) -> Result<Exit> {
    match command.verb {
        Verb::List(args) => list::run(context, &args).await,
    }
}
