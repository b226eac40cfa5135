//! `delete` of fip, snat and dnat: one for the three.

use super::super::Context;
use super::super::write::{DryRun, WriteArgs};
use super::missing;
use super::remove::{Removal, foresee, rule as remove};
use crate::api::Kind;
use crate::failure::{Exit, Result};

/// What the three verbs take.
#[derive(clap::Args, Debug)]
pub(in super::super) struct RuleDeleteArgs {
    /// Put back what OVN lost of a rule, so that its deletion does not hang
    #[arg(long)]
    release: bool,
    /// A rule that is not there is deleted already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Deletes the rules of these names, and waits until OVN let go.
pub(in super::super) async fn run(
    context: &Context<'_>,
    kind: Kind,
    noun: &str,
    names: &[String],
    args: &RuleDeleteArgs,
) -> Result<Exit> {
    let format = args.write.format()?;
    let cluster = context.cluster().await?;
    let mut rules = Vec::new();
    for name in names {
        let name = name.strip_prefix(&format!("o{noun}/")).unwrap_or(name);
        match cluster.find_rule(kind, name).await? {
            Some(rule) => rules.push(rule),
            None if args.ignore_not_found => {}
            None => {
                return Err(missing(cluster, kind, noun, name)
                    .await
                    .hint("nothing was deleted; --ignore-not-found passes over what is not there"));
            }
        }
    }
    let removal = Removal { write: &args.write, release: args.release };
    let northbound = foresee(context, &rules.iter().collect::<Vec<_>>(), removal).await?;
    let mut done: Vec<String> = Vec::new();
    for rule in &rules {
        if args.write.dry_run != DryRun::Client {
            remove(context, rule, northbound.as_ref(), removal).await.map_err(|failure| match done.as_slice() {
                [] => failure,
                done => failure.once_written(&format!("{} deleted", done.join(", "))),
            })?;
        }
        done.push(rule.named());
        let printed = kind.printed(rule.name());
        let group = printed.trim_end_matches(rule.name()).trim_end_matches('/').to_owned();
        let line = if format.is_table() {
            format!("{group} \"{}\" deleted{}", rule.name(), args.write.suffix())
        } else {
            printed
        };
        context.ui.line(&line)?;
    }
    Ok(Exit::Success)
}
