//! `kubectl ko vip attach`

use serde_json::Value;

use super::super::print;
use super::super::write::{DryRun, WriteArgs};
use super::{Context, pairs};
use crate::api::pod::Interface;
use crate::api::{Pod, Resource as _, Vip, names};
use crate::cluster::Cluster;
use crate::cluster::workload::Workload;
use crate::completion;
use crate::failure::{Exit, Failure, Result, shell_word};
use crate::net::SubnetCidr;
use crate::output::Format;
use crate::plan;
use crate::world::lenient;

/// Let pods hold a Vip's address
///
/// Names the Vip in the annotation ovn.kubernetes.io/aaps of the pods, or of a Deployment's or StatefulSet's template, and
/// waits until OVN lists their ports. The address itself is then added inside the pod: the line that does it is printed.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko vip attach web web-1 web-2
  kubectl ko vip attach web,web6 pod/web-1
  kubectl ko vip attach web deploy/api --yes")]
pub(super) struct AttachArgs {
    /// Name of the Vip, or several with commas between
    #[arg(value_name = "VIP[,VIP]", add = completion::names_of("vips"))]
    vip: String,
    /// Who may hold it: POD, pod/NAME, deploy/NAME or sts/NAME, in the Vip's namespace
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// A workload as it was looked at.
struct Target {
    workload: Workload,
    object: Value,
    pods: Vec<Pod>,
}

pub(super) async fn run(context: &Context<'_>, args: &AttachArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let workloads = args.targets.iter().map(|text| Workload::parse(text)).collect::<Result<Vec<_>>>()?;
    let cluster = context.cluster().await?;
    let vips = pairs::vips(cluster, &args.vip).await?;
    let namespace = pairs::namespace(context, &vips)?;
    vips.iter().try_for_each(pairs::holdable)?;
    let mut targets = Vec::new();
    for workload in workloads {
        let object = pairs::object(cluster, namespace, &workload).await?;
        let pods = cluster.pods(namespace, &workload, &object).await?;
        let target = Target { workload, object, pods };
        check(&vips, namespace, &target)?;
        targets.push(target);
    }
    let wanted: Vec<String> = vips.iter().map(|vip| vip.name().to_owned()).collect();
    let edit = |present: &str| plan::pairs::with(present, &wanted);
    let present = |target: &Target| {
        let present = target.workload.annotations(&target.object)[names::ANNOTATION_AAPS].as_str();
        present.unwrap_or_default().to_owned()
    };
    if args.write.dry_run != DryRun::None {
        for target in &targets {
            dry_run(context, args, format, namespace, target, edit(&present(target))).await?;
        }
        return Ok(Exit::Success);
    }
    // every question is asked before the first write
    for target in targets.iter().filter(|target| !target.workload.is_pod() && edit(&present(target)).is_some()) {
        pairs::may_restart(context, namespace, &target.workload, &target.object)?;
    }
    let mut done = Vec::new();
    for target in &targets {
        let workload = &target.workload;
        let written = |done: &[String]| format!("the annotation of {}", crate::output::joined(done, 8));
        pairs::so_far(context, wanted.first().map_or("", String::as_str), &done, Some(workload));
        let edited = cluster.edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, false).await;
        let (object, changed) =
            edited.map_err(|failure| if done.is_empty() { failure } else { failure.once_written(&written(&done)) })?;
        done.push(workload.printed());
        pairs::so_far(context, wanted.first().map_or("", String::as_str), &done, None);
        if args.write.wait {
            settle(context, args, namespace, &vips, target)
                .await
                .map_err(|failure| failure.once_written(&written(&done)))?;
        }
        match format {
            Format::Table | Format::Wide => {
                let verb = if changed { "attached" } else { "attached already" };
                context.ui.line(&format!("{} {verb}: may hold {}", workload.printed(), addresses(&vips)))?;
            }
            _ => print::object(context, format, &object)?,
        }
    }
    advise(context, cluster, &vips, namespace, &targets)
        .await
        .map_err(|failure| failure.once_written("everything; what is left to do in the pods could not be looked up"))?;
    Ok(Exit::Success)
}

/// Whether each pod can hold each Vip; for a template its labels and, as far as there are any, the pods it has now.
fn check(vips: &[Vip], namespace: &str, target: &Target) -> Result<()> {
    for vip in vips {
        if !target.workload.is_pod() {
            let labels = serde_json::from_value(target.object["spec"]["template"]["metadata"]["labels"].clone())
                .unwrap_or_default();
            let mut template = Pod::default();
            template.metadata.labels = labels;
            template.metadata.name = format!("of {}", target.workload.printed());
            namespace.clone_into(&mut template.metadata.namespace);
            template.spec.host_network = target.object["spec"]["template"]["spec"]["hostNetwork"] == true;
            // a template's own pods tell which subnet they are in; without any, only labels can be looked at
            if target.pods.is_empty() {
                template.metadata.annotations.insert("ovn.kubernetes.io/allocated".to_owned(), "true".to_owned());
                template
                    .metadata
                    .annotations
                    .insert("ovn.kubernetes.io/logical_switch".to_owned(), vip.spec.subnet.clone());
                pairs::interface(vip, &template)?;
            }
        }
        for pod in &target.pods {
            if pod.is_finished() {
                return Err(Failure::new(Exit::Refused, format!("pod {} has ended, nothing was written", pod.key())));
            }
            pairs::interface(vip, pod)?;
        }
    }
    Ok(())
}

/// Waits for the restart of a template's pods, then until OVN lists every pod's port.
async fn settle(
    context: &Context<'_>,
    args: &AttachArgs,
    namespace: &str,
    vips: &[Vip],
    target: &Target,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let mut pods = target.pods.clone();
    if !target.workload.is_pod() {
        pairs::rolled_out(
            context,
            namespace,
            &target.workload,
            args.write.timeout.max(std::time::Duration::from_secs(120)),
        )
        .await?;
        let object = pairs::object(cluster, namespace, &target.workload).await?;
        pods = cluster.pods(namespace, &target.workload, &object).await?;
    }
    for vip in vips {
        let ports = pods
            .iter()
            .map(|pod| pairs::interface(vip, pod).map(|interface| interface.port))
            .collect::<Result<Vec<_>>>()?;
        pairs::parents(context, vip, &ports, true, args.write.timeout).await?;
    }
    Ok(())
}

async fn dry_run(
    context: &Context<'_>,
    args: &AttachArgs,
    format: Format,
    namespace: &str,
    target: &Target,
    next: Option<String>,
) -> Result<()> {
    let workload = &target.workload;
    let mut object = target.object.clone();
    if let Some(next) = &next {
        if args.write.dry_run == DryRun::Server {
            let edit = |_: &str| Some(next.clone());
            object = context
                .cluster()
                .await?
                .edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, true)
                .await?
                .0;
        } else {
            let path =
                if workload.is_pod() { &mut object["metadata"] } else { &mut object["spec"]["template"]["metadata"] };
            path["annotations"][names::ANNOTATION_AAPS] = next.clone().into();
        }
    }
    match format {
        Format::Table | Format::Wide => {
            let verb = if next.is_some() { "attached" } else { "attached already" };
            context.ui.line(&format!("{} {verb}{}", workload.printed(), args.write.suffix()))
        }
        _ => print::object(context, format, &object),
    }
}

fn addresses(vips: &[Vip]) -> String {
    let each: Vec<String> = vips
        .iter()
        .map(|vip| format!("{} (vip/{})", vip.status.addresses().next().unwrap_or_default(), vip.name()))
        .collect();
    crate::output::joined(&each, 8)
}

/// What is left to do inside the pods: OVN only allows the address, somebody has to have it.
async fn advise(
    context: &Context<'_>,
    cluster: &Cluster,
    vips: &[Vip],
    namespace: &str,
    targets: &[Target],
) -> Result<()> {
    for vip in vips {
        let subnet = cluster.find::<crate::api::Subnet>("", &vip.spec.subnet).await?;
        let cidr = subnet.and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok());
        for target in targets {
            let object = pairs::object(cluster, namespace, &target.workload).await?;
            for pod in cluster.pods(namespace, &target.workload, &object).await? {
                let Ok(interface) = pairs::interface(vip, &pod) else { continue };
                if let Some(line) = add_line(vip, &pod, &interface, cidr.as_ref()) {
                    context.ui.hint(&line);
                }
                if let Some(owner) = pod
                    .metadata
                    .owner_references
                    .iter()
                    .find(|owner| owner.controller)
                    .filter(|_| target.workload.is_pod())
                {
                    context.ui.warning(&format!(
                        "pod {} is made by {} {}: the one made in its place does not have the annotation; attach its Deployment or StatefulSet instead",
                        pod.key(),
                        owner.kind,
                        owner.name
                    ));
                }
                if !pod.spec.containers.iter().any(crate::api::pod::Container::may_set_addresses) {
                    context.ui.warning(&format!(
                        "no container of pod {} may set addresses: add the capability NET_ADMIN to the one that is to hold {}",
                        pod.key(),
                        vip.status.addresses().next().unwrap_or_default()
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The command that adds the address to the interface, with the length of the subnet's prefix; `None` when the Vip's address is
/// none.
fn add_line(vip: &Vip, pod: &Pod, interface: &Interface, cidr: Option<&SubnetCidr>) -> Option<String> {
    // status is a text that others can write: a command to be run gets only what is an address
    let address = vip.status.addresses().next().and_then(lenient)?.to_string();
    let family = if address.contains(':') { crate::net::Family::V6 } else { crate::net::Family::V4 };
    let prefix = cidr.and_then(|cidr| cidr.network(family)).map_or(family.bits(), |network| network.prefix());
    let able =
        pod.spec.containers.iter().find(|container| container.may_set_addresses()).or(pod.spec.containers.first());
    let container = match able {
        Some(container) if pod.spec.containers.len() > 1 => format!(" -c {}", container.name),
        _ => String::new(),
    };
    Some(format!(
        "kubectl exec -n {} {}{container} -- ip addr add {address}/{prefix} dev {}",
        pod.metadata.namespace,
        pod.metadata.name,
        shell_word(&interface.device)
    ))
}
