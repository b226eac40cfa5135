//! How the networks' objects are created: checked, compared with what is there, written, waited for.

use serde_json::Value;

use super::write::{DryRun, PolicyArgs, WriteArgs};
use super::{Context, print};
use crate::api::Kind;
use crate::check::{Difference, Finding, Severity};
use crate::cluster::leader::{Awaited, Waited};
use crate::cluster::rest::Target;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;
use crate::world::{Wanted, World};

/// An object that is to be there.
pub(super) struct Making<'a> {
    /// Its kind.
    pub(super) kind: Kind,
    /// The noun of the command, which stands before the name.
    pub(super) noun: &'a str,
    /// Its name.
    pub(super) name: &'a str,
    /// The manifest that asks for it.
    pub(super) manifest: Value,
    /// Findings that need no cluster.
    pub(super) offline: Vec<Finding>,
    /// What the rules need.
    pub(super) wanted: Wanted,
    /// The rules.
    pub(super) check: &'a dyn Fn(&World) -> Vec<Finding>,
    /// In what an object of the name that is there differs.
    pub(super) differences: &'a dyn Fn(&Value) -> Vec<Difference>,
    /// The controller's queues that work on it.
    pub(super) queues: &'a [&'a str],
    /// When the controller is done with it.
    pub(super) done: fn(&Value) -> bool,
    /// What the object itself says against it; empty when it says nothing.
    pub(super) error: fn(&Value) -> String,
}

/// An object that is there.
pub(super) struct Made {
    /// As it is now.
    pub(super) object: Value,
    /// Whether it was there before.
    pub(super) unchanged: bool,
}

impl Making<'_> {
    fn object(&self) -> String {
        format!("{}/{}", self.noun, self.name)
    }

    fn target(&self) -> Target<'_> {
        Target::one(self.kind, "", self.name)
    }

    /// Creates it and waits; `None` when all is said and done: a dry run, or one who does not wait.
    pub(super) async fn make(
        &self,
        context: &Context<'_>,
        write: &WriteArgs,
        policy: &PolicyArgs,
    ) -> Result<Option<Made>> {
        let format = write.format()?;
        let object = self.object();
        // what can be told without asking the cluster is told without asking it
        if self.offline.iter().any(|finding| finding.severity == Severity::Error) {
            policy.refuse(&object, &self.offline)?;
        }
        let cluster = context.cluster().await?;
        let (world, there) = tokio::join!(Box::pin(cluster.gather(&self.wanted)), cluster.get(self.target()));
        let (world, there) = (world?, there?);
        // one that is being deleted is refused by its rule
        let there = there.filter(|one| one["metadata"]["deletionTimestamp"].is_null());
        if let Some(there) = &there {
            self.same(there)?;
        }
        let findings = (self.check)(&world);
        policy.refuse(&object, &findings)?;
        if there.is_none() {
            policy.tell(context, &findings);
        }
        match write.dry_run {
            DryRun::Server if there.is_none() => {
                let accepted = cluster.create(self.target(), &self.manifest, true).await?;
                return self.report(context, format, &accepted, write, false).map(|()| None);
            }
            DryRun::None => {}
            _ => return self.report(context, format, &self.manifest, write, there.is_some()).map(|()| None),
        }
        let show = format!("kubectl ko {} show {}", self.noun, self.name);
        let made = if let Some(object) = there {
            Made { object, unchanged: true }
        } else {
            context.ui.so_far(format!("whether {object} was created is not known"), &show);
            let made = self.write(context).await?;
            let was = if made.unchanged { "was there already" } else { "was created" };
            context.ui.so_far(format!("{object} {was}, and was not yet seen ready"), &show);
            made
        };
        if !write.wait {
            return self.report(context, format, &made.object, write, made.unchanged).map(|()| None);
        }
        let object = self.ready(context, &made, write).await.map_err(|failure| failure.once_written(&self.object()))?;
        Ok(Some(Made { object, ..made }))
    }

    /// Somebody who was faster with the very same is no error.
    async fn write(&self, context: &Context<'_>) -> Result<Made> {
        let cluster = context.cluster().await?;
        match cluster.create(self.target(), &self.manifest, false).await {
            Ok(object) => Ok(Made { object, unchanged: false }),
            Err(failure) if failure.cause == Cause::AlreadyExists => {
                let Some(object) = cluster.get(self.target()).await? else { return Err(failure) };
                self.same(&object)?;
                Ok(Made { object, unchanged: true })
            }
            Err(failure) => Err(failure),
        }
    }

    fn same(&self, there: &Value) -> Result<()> {
        let differences = (self.differences)(there);
        if differences.is_empty() {
            return Ok(());
        }
        let told: Vec<String> = differences.iter().map(|difference| format!("  {difference}")).collect();
        let what = format!("{} is there already and differs, nothing was written\n{}", self.object(), told.join("\n"));
        Err(Failure::new(Exit::Refused, what)
            .hint(format!("kubectl ko {} show {}", self.noun, self.name))
            .hint(format!("choose another name, or edit it: kubectl edit {} {}", self.kind.plural, self.name)))
    }

    /// Waits until the controller is done with it; else says what it has against it.
    async fn ready(&self, context: &Context<'_>, made: &Made, write: &WriteArgs) -> Result<Value> {
        if (self.done)(&made.object) {
            return Ok(made.object.clone());
        }
        let object = self.object();
        let cluster = context.cluster().await?;
        let _line = context.ui.waiting(format!("waiting for {object} to be ready"));
        let since = made.object["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
        let awaited = Awaited { target: self.target(), since, queues: self.queues, done: self.done };
        let waited = cluster.wait(awaited, write.timeout).await.map_err(|failure| {
            failure.ending(Exit::Unproven).during(format_args!("{object} was written, but cannot be watched"))
        })?;
        let unproven = |text: String| {
            Failure::new(Exit::Unproven, text).hint(format!("kubectl ko {} show {}", self.noun, self.name))
        };
        match waited {
            Waited::Done(value) => Ok(value),
            Waited::Said(sentence) => Err(unproven(format!(
                "{object} was written, and does not get ready\n  kube-ovn-controller: {sentence}"
            ))),
            Waited::Silent(known) | Waited::Unheard(known) => {
                let now = cluster.get(self.target()).await?.unwrap_or_default();
                let said = (self.error)(&now);
                let known = if said.is_empty() { known } else { said };
                Err(unproven(format!("{object} was written, and is not ready: {known}")))
            }
            Waited::Gone => Err(Failure::new(
                Exit::Incomplete,
                format!("{object} was written, and deleted by somebody else meanwhile"),
            )),
        }
    }

    /// The line or the object of one who does not wait.
    fn report(
        &self,
        context: &Context<'_>,
        format: Format,
        object: &Value,
        write: &WriteArgs,
        unchanged: bool,
    ) -> Result<()> {
        match format {
            Format::Table | Format::Wide => {
                let verb = if unchanged { "unchanged" } else { "created" };
                context.ui.line(&format!("{} {verb}{}", self.kind.printed(self.name), write.suffix()))
            }
            _ => print::object(context, format, object),
        }
    }

    /// The line of one who waited, or the object.
    pub(super) fn tell(&self, context: &Context<'_>, format: Format, made: &Made, what: &str) -> Result<()> {
        match format {
            Format::Table | Format::Wide => {
                let verb = if made.unchanged { "unchanged" } else { "created" };
                context.ui.line(&format!("{} {verb}: {what}", self.kind.printed(self.name)))
            }
            _ => print::object(context, format, &made.object),
        }
    }
}
