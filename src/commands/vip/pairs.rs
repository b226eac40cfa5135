//! What `attach` and `detach` share: the Vips, the workloads, and OVN's list of who may hold an address.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::list::missing;
use super::prove;
use super::{Context, Exit};
use crate::api::{Pod, Resource as _, Vip, VipType, names};
use crate::check::vip::terms;
use crate::cluster::Cluster;
use crate::cluster::workload::Workload;
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

/// The Vips of a comma-separated list.
pub(super) async fn vips(cluster: &Cluster, list: &str) -> Result<Vec<Vip>> {
    let mut vips = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        vips.push(cluster.find::<Vip>("", name).await?.ok_or_else(|| missing(name))?);
    }
    if vips.is_empty() { Err(Failure::usage("no Vip is named")) } else { Ok(vips) }
}

/// The one namespace of the Vips; `-n` may only repeat it.
pub(super) fn namespace<'v>(context: &Context<'_>, vips: &'v [Vip]) -> Result<&'v str> {
    let first = vips[0].spec.namespace.as_str();
    if let Some(other) = vips.iter().find(|vip| vip.spec.namespace != first) {
        return Err(Failure::usage(format!(
            "vip/{} and vip/{} are for pods of different namespaces",
            vips[0].name(),
            other.name()
        )));
    }
    match context.typed_namespace() {
        Some(typed) if typed != first && !first.is_empty() => Err(Failure::new(
            Exit::Refused,
            format!(
                "vip/{} is for pods of namespace {first}, not of {typed}: only those may hold its address",
                vips[0].name()
            ),
        )
        .hint(format!(
            "kubectl ko vip create NAME --subnet {} -n {typed} makes one for that namespace",
            vips[0].spec.subnet
        ))),
        _ => Ok(first),
    }
}

/// Why a Vip can be held by no pod at all.
pub(super) fn holdable(vip: &Vip) -> Result<()> {
    let name = vip.name();
    let refuse = |reason: &str| {
        Err(Failure::new(Exit::Refused, format!("vip/{name} can be held by no pod: {reason}, nothing was written")))
    };
    if vip.metadata.is_terminating() {
        return refuse("it is being deleted");
    }
    if VipType::parse(&vip.spec.kind) != Some(VipType::Plain) {
        return refuse(&format!("it is a {}", vip.spec.kind));
    }
    if vip.spec.namespace.is_empty() {
        let again = format!(
            "kubectl ko vip delete {name}, then kubectl ko vip create {name} --subnet {} -n NAMESPACE",
            vip.spec.subnet
        );
        return refuse("it was created without a namespace and only reserves an address")
            .map_err(|failure| failure.hint(again));
    }
    if !vip.is_ready() {
        return refuse("it has no address yet").map_err(|failure| failure.hint(format!("kubectl ko vip show {name}")));
    }
    if vip.status.addresses().count() > 1 {
        return refuse("it has an IPv4 and an IPv6 address, and OVN reads one only")
            .map_err(|failure| failure.hint("use a single-stack subnet"));
    }
    Ok(())
}

/// Why a pod cannot hold a Vip: labels, or no interface in its subnet. Returns the interface otherwise.
pub(super) fn interface(vip: &Vip, pod: &Pod) -> Result<crate::api::pod::Interface> {
    let (name, key) = (vip.name(), pod.key());
    let refuse = |reason: String| {
        Failure::new(Exit::Refused, format!("pod {key} cannot hold vip/{name}: {reason}, nothing was written"))
    };
    if pod.spec.host_network {
        return Err(refuse("it has the node's own network and no logical port".to_owned()));
    }
    let wanted = terms(&vip.spec.selector);
    if let Some((label, value)) = wanted.iter().find(|(label, value)| pod.metadata.labels.get(*label) != Some(value)) {
        return Err(refuse(format!("the Vip's selector wants the label {label}={value}"))
            .hint(format!("kubectl label pod {} -n {} {label}={value}", pod.metadata.name, pod.metadata.namespace)));
    }
    let interfaces = pod.interfaces();
    let found = interfaces
        .iter()
        .find(|interface| interface.subnet == vip.spec.subnet && names::is_ovn_provider(&interface.provider));
    found.cloned().ok_or_else(|| {
        let has: Vec<String> =
            interfaces.iter().map(|interface| interface.subnet.clone()).filter(|subnet| !subnet.is_empty()).collect();
        let has = if has.is_empty() {
            "it has no address yet".to_owned()
        } else {
            format!("it has interfaces in {} only", crate::output::joined(&has, 6))
        };
        refuse(format!("the Vip is of subnet {}, {has}", vip.spec.subnet))
            .hint(format!("kubectl ko vip create NAME --subnet SUBNET -n {}", pod.metadata.namespace))
    })
}

/// Waits until OVN lists these ports as holders of a Vip (`present`), or lists none of them. A list that does not change by
/// itself is asked for again by touching the Vip, as for an annotation that was there before the port.
pub(super) async fn parents(
    context: &Context<'_>,
    vip: &Vip,
    ports: &[String],
    present: bool,
    limit: Duration,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for OVN to list who may hold vip/{}", vip.name()));
    let deadline = Instant::now() + limit;
    let mut port = if present {
        prove::virtual_port(cluster, vip, limit).await?
    } else {
        match cluster.port(vip.name()).await? {
            Some(port) => port,
            None => return Ok(()),
        }
    };
    loop {
        let parents = port.virtual_parents();
        let wrong: Vec<&String> = ports.iter().filter(|one| parents.contains(&one.as_str()) != present).collect();
        if wrong.is_empty() {
            return Ok(());
        }
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
pub(super) async fn object(cluster: &Cluster, namespace: &str, workload: &Workload) -> Result<Value> {
    let target = crate::cluster::rest::Target::one(workload.kind, namespace, &workload.name);
    cluster.get(target).await?.ok_or_else(|| crate::cluster::workload::missing(namespace, workload))
}

/// Waits until every pod of a template is of its present form and ready.
pub(super) async fn rolled_out(
    context: &Context<'_>,
    namespace: &str,
    workload: &Workload,
    limit: Duration,
) -> Result<()> {
    use crate::cluster::leader::{Awaited, Waited};
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for the pods of {} to restart", workload.printed()));
    let target = crate::cluster::rest::Target::one(workload.kind, namespace, &workload.name);
    let now = jiff::Timestamp::now().to_string();
    let awaited = Awaited::<crate::cluster::workload::Rollout> {
        target,
        since: &now,
        queues: &[],
        done: crate::cluster::workload::Rollout::is_complete,
    };
    match cluster.wait(awaited, limit).await? {
        Waited::Done(_) => Ok(()),
        Waited::Gone => Err(Failure::new(Exit::Incomplete, format!("{} was deleted meanwhile", workload.printed()))),
        Waited::Said(_) | Waited::Silent(_) => Err(Failure::new(
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

/// Asks before pods restart.
pub(super) fn may_restart(context: &Context<'_>, namespace: &str, workload: &Workload, object: &Value) -> Result<()> {
    let count = crate::output::counted(usize::try_from(Workload::replicas(object)).unwrap_or(usize::MAX), "pod");
    let question = format!("{count} of {} in namespace {namespace} will restart; go on?", workload.printed());
    if context.ui.confirm(&question)? {
        Ok(())
    } else {
        Err(Failure::no(format!("{} was left as it is", workload.printed())))
    }
}
