//! `kubectl ko completion`

use super::Context;
use crate::completion;
use crate::failure::{Exit, Result};

/// Print the completion script of a shell
///
/// For `kubectl ko`, kubectl itself completes once an executable named kubectl_complete-ko is on PATH: it asks this program.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  source <(kubectl-ko completion bash)
  kubectl-ko completion kubectl > ~/.local/bin/kubectl_complete-ko && chmod +x ~/.local/bin/kubectl_complete-ko")]
pub struct CompletionArgs {
    /// Shell, or kubectl for the executable that kubectl asks
    #[arg(value_enum)]
    shell: completion::Shell,
}

pub(super) fn run(context: &Context<'_>, args: &CompletionArgs) -> Result<Exit> {
    context.ui.data(completion::script(args.shell).as_bytes())?;
    Ok(Exit::Success)
}
