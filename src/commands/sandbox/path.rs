//! `kubectl ko sandbox path`

use super::Context;
use crate::failure::{Exit, Result};
use crate::sandbox::Place;

/// Print the file that the sandbox is in
///
/// Below `$XDG_STATE_HOME`, or else ~/.local/state, unless --sandbox=FILE names another one.
#[derive(clap::Args, Debug)]
pub(super) struct PathArgs {}

pub(super) fn run(context: &Context<'_>, _: &PathArgs, place: &Place) -> Result<Exit> {
    context.ui.line(&place.path()?.to_string_lossy())?;
    Ok(Exit::Success)
}
