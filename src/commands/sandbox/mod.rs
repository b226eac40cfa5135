//! `kubectl ko sandbox …`

mod path;
mod reset;

use super::Context;
use crate::failure::{Exit, Result};
use crate::sandbox::Place;

/// The sandbox of --sandbox: where it is, and back to its beginning
///
/// With --sandbox, every command asks a cluster inside this program instead of a real one. It begins with the pods, networks and
/// addresses of Kube-OVN's documents, and a narrow model of Kube-OVN's controller answers to changes. It proves nothing.
#[derive(clap::Args, Debug)]
pub struct SandboxCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Path(path::PathArgs),
    Reset(reset::ResetArgs),
}

pub(super) fn run(context: &Context<'_>, command: &SandboxCommand) -> Result<Exit> {
    // without the flag it is this user's own
    let place = context.global.connection.sandbox()?.unwrap_or(Place::Own);
    match &command.verb {
        Verb::Path(args) => path::run(context, args, &place),
        Verb::Reset(args) => reset::run(context, args, &place),
    }
}
