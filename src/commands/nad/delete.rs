//! `kubectl ko nad delete`

use super::super::write::{DryRun, WriteArgs};
use super::{Context, missing, target, users};
use crate::api::{Nad, Resource as _};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::{Format, joined, name_line};

/// Delete `NetworkAttachmentDefinitions` that no pod asks for
///
/// The subnet of its provider stays: it is deleted by its own name. A pod that asks for a definition that is gone gets no address
/// at all when it is made anew, and no event says why.
#[derive(clap::Args, Debug)]
pub(super) struct DeleteArgs {
    /// Names
    #[arg(required = true, value_name = "NAME", add = completion::names_of("network-attachment-definitions"))]
    names: Vec<String>,
    /// Delete what pods ask for as well
    #[arg(long)]
    force: bool,
    /// One that is not there is deleted already
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DeleteArgs) -> Result<Exit> {
    let format = args.write.format_of_delete()?;
    let cluster = context.cluster().await?;
    let namespace = cluster.namespace();
    let mut nads = Vec::new();
    for name in &args.names {
        match cluster.find::<Nad>(namespace, name).await? {
            Some(nad) => nads.push(nad),
            None if args.ignore_not_found => {}
            None => {
                return Err(missing(name, namespace)
                    .hint("nothing was deleted; --ignore-not-found passes over what is not there"));
            }
        }
    }
    // nothing is deleted when one of several is in use
    for nad in nads.iter().filter(|_| !args.force) {
        let users = users(cluster, &nad.key()).await.map_err(|failure| match failure.cause {
            Cause::Forbidden => failure
                .during("who asks for it is not known, nothing was deleted")
                .hint("--force deletes without looking"),
            _ => failure,
        })?;
        if !users.is_empty() {
            return Err(in_use(nad, &users));
        }
    }
    let mut done: Vec<String> = Vec::new();
    for nad in &nads {
        let deleted = async {
            if args.write.dry_run != DryRun::Client {
                let key = nad.key();
                if args.write.dry_run == DryRun::None {
                    context.ui.so_far(
                        format!("whether {key} was deleted is not known"),
                        format!("kubectl ko nad list -n {namespace}"),
                    );
                }
                let server = args.write.dry_run == DryRun::Server;
                cluster.delete(target(namespace, nad.name()), &nad.metadata.uid, server).await?;
            }
            Ok(())
        };
        deleted.await.map_err(|failure: Failure| match &done[..] {
            [] => failure,
            done => failure.once_written(&format!("the deletion of {}", joined(done, 8))),
        })?;
        if args.write.dry_run == DryRun::None {
            done.push(nad.key());
        }
        let kind = Nad::KIND;
        let line = match format {
            Format::Name => name_line(kind.kind, kind.group, nad.name()),
            _ => {
                format!("{} \"{}\" deleted{}", kind.printed("").trim_end_matches('/'), nad.name(), args.write.suffix())
            }
        };
        context.ui.line(&line)?;
    }
    Ok(Exit::Success)
}

fn in_use(nad: &Nad, users: &[String]) -> Failure {
    let (told, rest) = users.split_at(users.len().min(12));
    let mut lines: Vec<String> = told.iter().map(|user| format!("  pod {user}")).collect();
    if !rest.is_empty() {
        lines.push(format!("  and {} more", rest.len()));
    }
    Failure::no(format!("{} is in use, nothing was deleted:\n{}", nad.key(), lines.join("\n")))
        .hint("--force deletes it all the same: these pods get no address when they are made anew")
}
