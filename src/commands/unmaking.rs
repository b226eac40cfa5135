//! How the networks' objects are deleted: looked at, refused while somebody needs them, deleted, waited for.

use super::Context;
use super::leaving::{CONTROLLER, Leaving};
use super::write::{DryRun, WriteArgs};
use crate::api::{Metadata, Resource};
use crate::check::explain::Explained;
use crate::cluster::Cluster;
use crate::cluster::rest::Target;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;

/// Flags of a deletion.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct DeleteFlags {
    /// Delete what is in use as well
    #[arg(long)]
    pub(super) force: bool,
    /// What is not there is deleted already
    #[arg(long)]
    pub(super) ignore_not_found: bool,
    #[command(flatten)]
    pub(super) write: WriteArgs,
}

/// A deletion of objects of one kind.
pub(super) struct Unmaking<'a> {
    /// The noun of the command.
    pub(super) noun: &'a str,
    /// Names.
    pub(super) names: &'a [String],
    /// Flags.
    pub(super) flags: &'a DeleteFlags,
    /// The controller's queues that work on it.
    pub(super) queues: &'a [&'a str],
    /// What becomes of those who use it when it is deleted all the same.
    pub(super) harm: &'a str,
}

impl Unmaking<'_> {
    /// Deletes them; `users` says who needs one, a line each.
    pub(super) async fn run<T: Resource>(
        &self,
        context: &Context<'_>,
        users: impl AsyncFn(&Cluster, &T) -> Result<Vec<String>>,
    ) -> Result<Exit> {
        let write = &self.flags.write;
        let format = write.format_of_delete()?;
        let cluster = context.cluster().await?;
        let mut objects: Vec<T> = Vec::new();
        for name in self.names {
            match cluster.find::<T>("", name).await? {
                Some(object) => objects.push(object),
                None if self.flags.ignore_not_found => {}
                None => {
                    return Err(super::listing::missing(self.noun, T::KIND, name)
                        .hint("nothing was deleted; --ignore-not-found passes over what is not there"));
                }
            }
        }
        // nothing is deleted when one of several is in use
        if !self.flags.force {
            for object in &objects {
                self.unused(cluster, object, &users, "nothing was deleted").await?;
            }
        }
        let mut done: Vec<&str> = Vec::new();
        for object in &objects {
            let deleted = async {
                if !self.flags.force && !done.is_empty() {
                    // each deletion takes its time, in which somebody may begin to use the next
                    self.unused(cluster, object, &users, "it was left alone").await?;
                }
                if write.dry_run != DryRun::Client {
                    self.delete(context, cluster, T::KIND, object.metadata()).await?;
                }
                Ok(())
            };
            deleted.await.map_err(|failure: Failure| match &done[..] {
                [] => failure,
                done => failure.once_written(&format!("the deletion of {}", crate::output::joined(done, 8))),
            })?;
            if write.dry_run == DryRun::None {
                done.push(object.name());
            }
            let kind = T::KIND;
            let singular = kind.kind.to_ascii_lowercase();
            let line = match format {
                Format::Name => kind.printed(object.name()),
                _ => format!("{singular}.{} \"{}\" deleted{}", kind.group, object.name(), write.suffix()),
            };
            context.ui.line(&line)?;
        }
        Ok(Exit::Success)
    }

    async fn unused<T: Resource>(
        &self,
        cluster: &Cluster,
        object: &T,
        users: &impl AsyncFn(&Cluster, &T) -> Result<Vec<String>>,
        so: &str,
    ) -> Result<()> {
        let name = object.name();
        let found = users(cluster, object).await.map_err(|failure| match failure.cause {
            Cause::Forbidden => {
                failure.during(format_args!("who uses it is not known, {so}")).hint("--force deletes without looking")
            }
            _ => failure,
        })?;
        if found.is_empty() {
            return Ok(());
        }
        let told = found.iter().fold(String::new(), |all, line| all + "\n  " + line);
        Err(Failure::no(format!("{}/{name} is in use, {so}:{told}", self.noun))
            .hint(format!("kubectl ko {} delete {name} --force deletes it all the same: {}", self.noun, self.harm)))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        cluster: &Cluster,
        kind: crate::api::Kind,
        object: &Metadata,
    ) -> Result<()> {
        let (name, noun) = (object.name.as_str(), self.noun);
        let target = Target::one(kind, "", name);
        let dry_run = self.flags.write.dry_run == DryRun::Server;
        let show = format!("kubectl ko {noun} show {name}");
        if !dry_run {
            context.ui.so_far(format!("whether {noun}/{name} was deleted is not known"), &show);
        }
        // exactly the object that was looked at: one of the same name made since then stays
        match cluster.delete(target, &object.uid, dry_run).await {
            Err(failure) if failure.cause == Cause::Conflict => {
                return Err(Failure::no(format!(
                    "{noun}/{name} was deleted and made anew by somebody else meanwhile; the new one was left alone"
                ))
                .hint(show));
            }
            other => other?,
        };
        if dry_run || !self.flags.write.wait {
            return Ok(());
        }
        context.ui.so_far(format!("{noun}/{name} was marked for deletion, and was not yet seen to go"), show);
        let _line = context.ui.waiting(format!("waiting for {noun}/{name} to go"));
        let Some(now) = cluster.get(target).await? else { return Ok(()) };
        let since = now["metadata"]["deletionTimestamp"].as_str().unwrap_or_default();
        let waited = cluster.wait_gone_nudged(target, since, self.queues, self.flags.write.timeout).await?;
        let leaving = Leaving { named: &format!("{noun}/{name}"), finalizers: &object.finalizers, look: CONTROLLER };
        leaving
            .ended(&waited, |_| Explained { meaning: String::new(), repair: format!("kubectl ko {noun} show {name}") })
    }
}
