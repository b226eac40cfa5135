//! `kubectl ko eip …`

mod bind;
mod create;
mod delete;
mod in_use;
mod list;
mod show;
mod unbind;

use super::{Context, binding};
use crate::failure::{Exit, Result};

/// External addresses: created, bound to pods, Vips and subnets, and taken away again
#[derive(clap::Args, Debug)]
pub struct EipCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    #[command(visible_alias = "new")]
    Create(create::CreateArgs),
    Bind(bind::BindArgs),
    Unbind(unbind::UnbindArgs),
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    #[command(visible_aliases = ["get", "describe"])]
    Show(show::ShowArgs),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteArgs),
}

impl EipCommand {
    /// `bind --as snat`: the flag is kubectl's for every other command, and no user is called like a kind of rule.
    pub(super) fn kind_before_user(&mut self, user: &mut Option<String>) {
        if let Verb::Bind(args) = &mut self.verb
            && let Some(kind) = user.as_deref().and_then(crate::plan::ask::Way::parse)
        {
            args.say(kind);
            *user = None;
        }
    }
}

pub(super) async fn run(context: &Context<'_>, command: EipCommand) -> Result<Exit> {
    match command.verb {
        Verb::Create(args) => Box::pin(create::run(context, &args)).await,
        Verb::Bind(args) => bind::run(context, &args).await,
        Verb::Unbind(args) => unbind::run(context, &args).await,
        Verb::List(args) => list::run(context, &args).await,
        Verb::Show(args) => show::run(context, &args).await,
        Verb::Delete(args) => delete::run(context, &args).await,
    }
}
