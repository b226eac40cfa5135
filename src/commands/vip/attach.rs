//! `kubectl ko vip attach`

use serde_json::Value;

use super::super::print;
use super::super::write::{DryRun, WriteArgs, refusal, tell};
use super::Context;
use super::pairs::{self, Target};
use crate::api::pod::Interface;
use crate::api::{Pod, Resource as _, Vip, names};
use crate::check::vip::attach as rules;
use crate::check::{Finding, Severity};
use crate::cluster::Cluster;
use crate::cluster::workload::Workload;
use crate::completion;
use crate::failure::{Exit, Result, shell_word};
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

pub(super) async fn run(context: &Context<'_>, args: &AttachArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let workloads = args.targets.iter().map(|text| Workload::parse(text)).collect::<Result<Vec<_>>>()?;
    let cluster = context.cluster().await?;
    let vips = pairs::vips(cluster, &args.vip).await?;
    let namespace = pairs::namespace(&vips)?;
    let wanted: Vec<String> = vips.iter().map(|vip| vip.name().to_owned()).collect();
    let edit = |present: &str| plan::pairs::with(present, &wanted);
    let of_vips = vips.iter().flat_map(|vip| {
        let typed = context.typed_namespace().map(|typed| rules::in_namespace(vip, typed));
        rules::holdable(vip).into_iter().chain(typed.unwrap_or_default())
    });
    refuse(context, &wanted, &of_vips.collect::<Vec<_>>())?;
    let mut targets = Vec::new();
    for workload in workloads {
        targets.push(Target::read(cluster, namespace, workload, edit).await?);
    }
    let of_pods = targets.iter().map(|target| check(&vips, target)).collect::<Result<Vec<_>>>()?.concat();
    refuse(context, &wanted, &of_pods)?;
    if args.write.dry_run != DryRun::None {
        let mut objects = Vec::new();
        for target in &targets {
            objects.push(dry_run(context, args, format, namespace, target, edit(target.present())).await?);
        }
        return finish(context, format, &objects, &[]);
    }
    // every question is asked before the first write
    for target in targets.iter().filter(|target| edit(target.present()).is_some()) {
        target.may_restart(context, namespace)?;
    }
    let (mut done, mut objects, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for target in &targets {
        let workload = &target.workload;
        let written = |done: &[String]| format!("the annotation of {}", crate::output::joined(done, 8));
        pairs::so_far(context, wanted.first().map_or("", String::as_str), &done, Some(workload));
        let edited = cluster.edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, false).await;
        let (object, changed) =
            edited.map_err(|failure| if done.is_empty() { failure } else { failure.once_written(&written(&done)) })?;
        done.push(workload.printed());
        pairs::so_far(context, wanted.first().map_or("", String::as_str), &done, None);
        let mut lost = false;
        if !target.stays.is_empty() {
            left.extend(args.write.wait.then(|| workload.printed()));
        } else if args.write.wait {
            lost = settle(context, args, namespace, &vips, target)
                .await
                .map_err(|failure| failure.once_written(&written(&done)))?;
        }
        if format.is_table() {
            let verb = match (changed, lost) {
                (true, _) => "attached",
                (false, true) => "attached already, but OVN had lost it: mended",
                (false, false) => "attached already",
            };
            context.ui.line(&format!("{} {verb}: may hold {}", workload.printed(), addresses(&vips)))?;
        }
        objects.push(object);
    }
    advise(context, cluster, &vips, namespace, &targets)
        .await
        .map_err(|failure| failure.once_written("everything; what is left to do in the pods could not be looked up"))?;
    finish(context, format, &objects, &left)
}

/// Prints the objects where these were asked for, and ends.
fn finish(context: &Context<'_>, format: Format, objects: &[Value], left: &[String]) -> Result<Exit> {
    if !format.is_table() {
        print::objects(context, format, objects)?;
    }
    pairs::left_running(left)
}

/// Refuses when a rule speaks against it; what stops nothing is told.
fn refuse(context: &Context<'_>, vips: &[String], findings: &[Finding]) -> Result<()> {
    let (wrong, told): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.severity == Severity::Error);
    if wrong.is_empty() {
        for finding in told {
            tell(context, finding);
        }
        return Ok(());
    }
    let names: Vec<String> = vips.iter().map(|name| format!("vip/{name}")).collect();
    let verb = if names.len() == 1 { "was" } else { "were" };
    let message = format!("{} {verb} not attached, nothing was written", crate::output::joined(&names, 6));
    Err(refusal(&message, &wrong))
}

/// What speaks against each Vip for a target: of a pod itself, or of a template and the pods it has now.
fn check(vips: &[Vip], target: &Target) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for vip in vips {
        if target.workload.is_pod() {
            findings.extend(target.pods.iter().filter_map(|pod| rules::holder(vip, pod).err()).flatten());
        } else {
            findings.extend(rules::template(vip, &target.workload.printed(), &target.maker()?, &target.pods));
        }
    }
    findings.extend(target.stays.iter().cloned());
    Ok(findings)
}

/// Waits for the restart of a template's pods, then until OVN lists every pod's port. Returns whether OVN did not before.
async fn settle(
    context: &Context<'_>,
    args: &AttachArgs,
    namespace: &str,
    vips: &[Vip],
    target: &Target,
) -> Result<bool> {
    let cluster = context.cluster().await?;
    let workload = &target.workload;
    let mut lost = false;
    let mut pods = target.pods.clone();
    if !workload.is_pod() {
        let limit = args.write.timeout.max(std::time::Duration::from_secs(120));
        pairs::rolled_out(context, namespace, workload, limit).await?;
        pods = Target::read(cluster, namespace, workload.clone(), |_| None).await?.pods;
    }
    for vip in vips {
        let mut ports = Vec::new();
        for pod in &pods {
            match rules::holder(vip, pod) {
                Ok(interface) => ports.push(interface.port),
                Err(findings) => {
                    let findings: Vec<&Finding> = findings.iter().collect();
                    let message =
                        format!("{} is changed, but a pod it made cannot hold the address", workload.printed());
                    return Err(refusal(&message, &findings).ending(Exit::Unproven));
                }
            }
        }
        lost |= pairs::parents(context, vip, &ports, true, args.write.timeout).await?;
    }
    Ok(lost)
}

async fn dry_run(
    context: &Context<'_>,
    args: &AttachArgs,
    format: Format,
    namespace: &str,
    target: &Target,
    next: Option<String>,
) -> Result<Value> {
    let workload = &target.workload;
    let object = match &next {
        Some(next) if args.write.dry_run == DryRun::Server => {
            let edit = |_: &str| Some(next.clone());
            let cluster = context.cluster().await?;
            cluster.edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, true).await?.0
        }
        Some(next) => target.edited(next),
        None => target.object.clone(),
    };
    if format.is_table() {
        let verb = if next.is_some() { "attached" } else { "attached already" };
        context.ui.line(&format!("{} {verb}{}", workload.printed(), args.write.suffix()))?;
    }
    Ok(object)
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
        // pods that run on as they are have nothing to do yet
        let targets = targets.iter().filter(|target| target.stays.is_empty());
        let subnet = cluster.find::<crate::api::Subnet>("", &vip.spec.subnet).await?;
        let cidr = subnet.and_then(|subnet| SubnetCidr::parse(&subnet.spec.cidr_block).ok());
        for target in targets {
            for pod in Target::read(cluster, namespace, target.workload.clone(), |_| None).await?.pods {
                let Ok(interface) = rules::holder(vip, &pod) else { continue };
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
