//! What `attach` and `detach` share: the Vips, the workloads, and OVN's list of who may hold an address.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::list::missing;
use super::prove;
use super::{Context, Exit};
use crate::api::names::ANNOTATION_AAPS;
use crate::api::{Pod, PodMaker, Resource as _, Vip};
use crate::check::Finding;
use crate::check::vip::attach::restarts;
use crate::cluster::workload::{self, Rollout, Workload};
use crate::cluster::{Cluster, rest};
use crate::failure::{Failure, Result};

/// Notes for an interruption which annotations are written by now; `now` is the workload whose annotation is being written.
pub(super) fn so_far(context: &Context<'_>, vip: &str, done: &[String], now: Option<&Workload>) {
    let done = (!done.is_empty()).then(|| format!("the annotation of {} is as asked", crate::output::joined(done, 8)));
    let text = match (done, now) {
        (Some(done), None) => format!("{done}, and was not yet seen in OVN"),
        (Some(done), Some(now)) => format!("{done}; whether that of {} was written is not known", now.printed()),
        (None, Some(now)) => format!("whether the annotation of {} was written is not known", now.printed()),
        (None, None) => return,
    };
    context.ui.so_far(text, format!("kubectl ko vip show {vip}"));
}

/// The names of a comma-separated list.
pub(super) fn names(list: &str) -> Result<Vec<String>> {
    let names: Vec<String> =
        list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() { Err(Failure::usage("no Vip is named")) } else { Ok(names) }
}

/// The Vips of a comma-separated list.
pub(super) async fn vips(cluster: &Cluster, list: &str) -> Result<Vec<Vip>> {
    let mut vips = Vec::new();
    for name in names(list)? {
        vips.push(cluster.find::<Vip>("", &name).await?.ok_or_else(|| missing(&name))?);
    }
    Ok(vips)
}

/// The one namespace of the Vips.
pub(super) fn namespace(vips: &[Vip]) -> Result<&str> {
    let first = vips[0].spec.namespace.as_str();
    match vips.iter().find(|vip| vip.spec.namespace != first) {
        Some(other) => Err(Failure::usage(format!(
            "vip/{} and vip/{} are for pods of different namespaces",
            vips[0].name(),
            other.name()
        ))),
        None => Ok(first),
    }
}

/// Waits until OVN lists these ports as holders of a Vip (`present`), or lists none of them. A list that does not change by
/// itself is asked for again by touching the Vip, as for an annotation that was there before the port. Returns whether OVN had
/// it otherwise at first.
pub(super) async fn parents(
    context: &Context<'_>,
    vip: &Vip,
    ports: &[String],
    present: bool,
    limit: Duration,
) -> Result<bool> {
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for OVN to list who may hold vip/{}", vip.name()));
    let deadline = Instant::now() + limit;
    let mut first = true;
    let mut port = match cluster.port(vip.name()).await? {
        Some(port) if !present || port.is_virtual() => port,
        _ if !present => return Ok(false),
        _ => {
            first = false;
            prove::virtual_port(cluster, vip, limit).await?
        }
    };
    loop {
        let parents = port.virtual_parents();
        let wrong: Vec<&String> = ports.iter().filter(|one| parents.contains(&one.as_str()) != present).collect();
        if wrong.is_empty() {
            return Ok(!first);
        }
        first = false;
        if Instant::now() >= deadline {
            let (still, verb) = if present { ("does not list", "attach") } else { ("still lists", "detach") };
            let told: Vec<&str> = wrong.iter().map(|one| one.as_str()).collect();
            return Err(Failure::new(
                Exit::Unproven,
                format!(
                    "the annotation is written, but OVN {still} {} among those who may hold vip/{}",
                    crate::output::joined(&told, 6),
                    vip.name()
                ),
            )
            .hint(format!("run vip {verb} again, or look at kubectl ko vip show {}", vip.name())));
        }
        let before = port.options.clone();
        let seen = cluster.port_changes(vip.name(), &before, Duration::from_millis(1500)).await?;
        match seen {
            Some(seen) if seen.options != before => port = seen,
            _ => {
                prove::touch(cluster, vip.name()).await?;
                port = match cluster.port(vip.name()).await? {
                    Some(port) => port,
                    None => prove::virtual_port(cluster, vip, limit).await?,
                };
            }
        }
    }
}

/// Reads a workload that has to be there.
async fn object(cluster: &Cluster, namespace: &str, workload: &Workload) -> Result<Value> {
    let target = rest::Target::one(workload.kind, namespace, &workload.name);
    cluster.get(target).await?.ok_or_else(|| workload::missing(namespace, workload))
}

/// A workload as it was looked at.
pub(super) struct Target {
    /// What was named.
    pub(super) workload: Workload,
    /// The object.
    pub(super) object: Value,
    /// The pods of it.
    pub(super) pods: Vec<Pod>,
    /// What its pods do not do by themselves once its template changes (KO240), when that still has to happen.
    pub(super) stays: Vec<Finding>,
}

impl Target {
    /// Reads a workload and its pods. `edit` is what will be done to the annotation.
    pub(super) async fn read(
        cluster: &Cluster,
        namespace: &str,
        workload: Workload,
        edit: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let object = object(cluster, namespace, &workload).await?;
        let pods = cluster.pods(namespace, &workload, &object).await?;
        let mut target = Self { workload, object, pods, stays: Vec::new() };
        if !target.workload.is_pod() {
            let rollout: Rollout = rest::typed(target.object.clone(), target.workload.kind)?;
            if edit(target.present()).is_some() || !rollout.is_complete() {
                target.stays = restarts(target.workload.kind, &target.workload.printed(), &target.maker()?);
            }
        }
        Ok(target)
    }

    /// The annotation as it is.
    pub(super) fn present(&self) -> &str {
        self.workload.annotations(&self.object)[ANNOTATION_AAPS].as_str().unwrap_or_default()
    }

    /// The Deployment or StatefulSet.
    pub(super) fn maker(&self) -> Result<PodMaker> {
        rest::typed(self.object.clone(), self.workload.kind)
    }

    /// The object with another annotation, written nowhere.
    pub(super) fn edited(&self, next: &str) -> Value {
        let mut object = self.object.clone();
        let metadata =
            if self.workload.is_pod() { &mut object["metadata"] } else { &mut object["spec"]["template"]["metadata"] };
        if next.is_empty() {
            drop(metadata["annotations"].as_object_mut().map(|annotations| annotations.remove(ANNOTATION_AAPS)));
        } else {
            metadata["annotations"][ANNOTATION_AAPS] = next.into();
        }
        object
    }

    /// Asks before pods restart.
    pub(super) fn may_restart(&self, context: &Context<'_>, namespace: &str) -> Result<()> {
        if self.workload.is_pod() || !self.stays.is_empty() {
            return Ok(());
        }
        let printed = self.workload.printed();
        let count = usize::try_from(Workload::replicas(&self.object)).unwrap_or(usize::MAX);
        let count = crate::output::counted(count, "pod");
        if context.ui.confirm(&format!("{count} of {printed} in namespace {namespace} will restart; go on?"))? {
            Ok(())
        } else {
            Err(Failure::no(format!("{printed} was left as it is")))
        }
    }
}

/// Ends a command whose annotations are written, while pods of these still run without the change.
pub(super) fn left_running(stays: &[String]) -> Result<Exit> {
    if stays.is_empty() {
        return Ok(Exit::Success);
    }
    let which = crate::output::joined(stays, 6);
    Err(Failure::new(Exit::Unproven, format!("the template of {which} is changed, the pods that run are as they were"))
        .hint("the same command again, once those pods were replaced, looks whether OVN followed"))
}

/// Waits until every pod of a template is of its present form and ready.
pub(in super::super) async fn rolled_out(
    context: &Context<'_>,
    namespace: &str,
    workload: &Workload,
    limit: Duration,
) -> Result<()> {
    use crate::cluster::leader::{Awaited, Waited};
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for the pods of {} to restart", workload.printed()));
    let target = rest::Target::one(workload.kind, namespace, &workload.name);
    let now = jiff::Timestamp::now().to_string();
    let awaited = Awaited::<Rollout> { target, since: &now, queues: &[], done: Rollout::is_complete };
    match cluster.wait(awaited, limit).await? {
        Waited::Done(_) => Ok(()),
        Waited::Gone => Err(Failure::new(Exit::Incomplete, format!("{} was deleted meanwhile", workload.printed()))),
        Waited::Said(_) | Waited::Silent(_) | Waited::Unheard(_) => Err(Failure::new(
            Exit::Unproven,
            format!(
                "{} is changed, but its pods have not all restarted within {} s",
                workload.printed(),
                limit.as_secs()
            ),
        )
        .hint(format!("kubectl rollout status {}/{} -n {namespace}", workload.kind.plural, workload.name))),
    }
}
