//! `kubectl ko slr delete`

use super::super::unmaking::{DeleteFlags, Unmaking};
use super::Context;
use crate::api::SwitchLbRule;
use crate::completion;
use crate::failure::{Exit, Result};

/// Delete SwitchLBRules, and wait until they and their Services are gone
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names of the rules
    #[arg(required = true, value_name = "NAME", add = completion::names_of("switch-lb-rules"))]
    names: Vec<String>,
    #[command(flatten)]
    flags: DeleteFlags,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let unmaking = Unmaking {
        noun: "slr",
        names: &args.names,
        flags: &args.flags,
        queues: &["delete switch lb rule"],
        harm: "who speaks to its front end is answered no more",
    };
    // a load balancer is an end of its own: nobody names it
    unmaking.run::<SwitchLbRule>(context, async |_, _| Ok(Vec::new())).await
}
