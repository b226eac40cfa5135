//! `kubectl ko sandbox reset`

use super::Context;
use crate::failure::{Exit, Result};
use crate::sandbox::{self, Place};

/// Make the sandbox anew, as it is at its first start
///
/// With --sandbox=FILE, the one in that file, which is made when there is none. A snapshot, and a file of anything else, is never
/// overwritten.
#[derive(clap::Args, Debug)]
pub(super) struct ResetArgs {}

pub(super) fn run(context: &Context<'_>, _: &ResetArgs, place: &Place) -> Result<Exit> {
    let path = sandbox::reset(place)?;
    context.ui.line(&format!("sandbox {} reset", path.display()))?;
    Ok(Exit::Success)
}
