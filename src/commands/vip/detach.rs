//! `kubectl ko vip detach`

use super::super::print;
use super::super::write::{DryRun, WriteArgs};
use super::{Context, pairs};
use crate::api::{Pod, Resource as _, names};
use crate::cluster::workload::Workload;
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::output::Format;
use crate::plan;

/// Take from pods the right to hold a Vip's address
///
/// Removes the Vip's name from the annotation ovn.kubernetes.io/aaps and waits until OVN no longer lists the pods' ports. An
/// address that a pod has added to its interface stays there; OVN lets nobody reach it any more.
#[derive(clap::Args, Debug)]
pub(super) struct DetachArgs {
    /// Name of the Vip, or several with commas between
    #[arg(value_name = "VIP[,VIP]", add = completion::names_of("vips"))]
    vip: String,
    /// From whom: POD, pod/NAME, deploy/NAME or sts/NAME, in the Vip's namespace
    #[arg(required_unless_present = "all", value_name = "TARGET")]
    targets: Vec<String>,
    /// From every pod, Deployment and StatefulSet of its namespace that names it
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &DetachArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let mut workloads = args.targets.iter().map(|text| Workload::parse(text)).collect::<Result<Vec<_>>>()?;
    let cluster = context.cluster().await?;
    let vips = pairs::vips(cluster, &args.vip).await?;
    let namespace = pairs::namespace(context, &vips)?;
    if namespace.is_empty() {
        return Err(Failure::no(format!("vip/{} has no namespace: no pod may hold it", vips[0].name())));
    }
    let unwanted: Vec<String> = vips.iter().map(|vip| vip.name().to_owned()).collect();
    if args.all {
        let pods = cluster.list_metadata(Pod::KIND, Some(namespace), crate::cluster::rest::Select::default()).await?;
        let named = pods
            .into_iter()
            .filter(|pod| plan::pairs::without(pod.annotation(names::ANNOTATION_AAPS), &unwanted).is_some());
        workloads = named.map(|pod| Workload { kind: Pod::KIND, name: pod.name }).collect();
        let templates = cluster.templates(namespace).await?.into_iter();
        let named = templates.filter(|(.., template)| {
            plan::pairs::without(template.annotation(names::ANNOTATION_AAPS), &unwanted).is_some()
        });
        // first the templates, so that the pods they make anew are without it already
        let templates =
            named.map(|(kind, name, _)| Workload::parse(&format!("{kind}/{name}"))).collect::<Result<Vec<_>>>()?;
        workloads.splice(0..0, templates);
        let question = format!(
            "{} will lose {}; go on?",
            crate::output::counted(workloads.len(), "workload"),
            crate::output::joined(&unwanted, 6)
        );
        if workloads.len() > 1 && args.write.dry_run == DryRun::None && !context.ui.confirm(&question)? {
            return Err(Failure::no("nothing was changed"));
        }
    }
    let edit = |present: &str| plan::pairs::without(present, &unwanted);
    let mut targets = Vec::new();
    for workload in &workloads {
        let object = pairs::object(cluster, namespace, workload).await?;
        let pods = cluster.pods(namespace, workload, &object).await?;
        let next = edit(workload.annotations(&object)[names::ANNOTATION_AAPS].as_str().unwrap_or_default());
        targets.push((workload, object, pods, next));
    }
    // every question is asked before the first write
    for (workload, object, _, next) in &targets {
        if args.write.dry_run == DryRun::None && !workload.is_pod() && next.is_some() {
            pairs::may_restart(context, namespace, workload, object)?;
        }
    }
    let mut done = Vec::new();
    for (workload, object, pods, next) in targets {
        let written = |done: &[String]| format!("the annotation of {}", crate::output::joined(done, 8));
        let vip = unwanted.first().map_or("", String::as_str);
        if args.write.dry_run == DryRun::None {
            pairs::so_far(context, vip, &done, Some(workload));
        }
        let (object, changed) = match (&next, args.write.dry_run) {
            (Some(next), DryRun::Client) => (without_writing(workload, object, next), true),
            (_, dry_run) => cluster
                .edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, dry_run == DryRun::Server)
                .await
                .map_err(|failure| if done.is_empty() { failure } else { failure.once_written(&written(&done)) })?,
        };
        done.push(workload.printed());
        if args.write.dry_run == DryRun::None {
            pairs::so_far(context, vip, &done, None);
        }
        if args.write.wait && args.write.dry_run == DryRun::None {
            let settled = async {
                if !workload.is_pod() && changed {
                    let limit = args.write.timeout.max(std::time::Duration::from_secs(120));
                    pairs::rolled_out(context, namespace, workload, limit).await?;
                }
                for vip in &vips {
                    let interfaces =
                        pods.iter().flat_map(Pod::interfaces).filter(|interface| interface.subnet == vip.spec.subnet);
                    let ports: Vec<String> = interfaces.map(|interface| interface.port).collect();
                    pairs::parents(context, vip, &ports, false, args.write.timeout).await?;
                }
                Ok(())
            };
            settled.await.map_err(|failure: Failure| failure.once_written(&written(&done)))?;
        }
        match format {
            Format::Table | Format::Wide => {
                let verb = if changed { "detached" } else { "not attached" };
                context.ui.line(&format!("{} {verb}{}", workload.printed(), args.write.suffix()))?;
            }
            _ => print::object(context, format, &object)?,
        }
    }
    if workloads.is_empty() {
        context.ui.note(&format!("No pod of namespace {namespace} names {}.", crate::output::joined(&unwanted, 6)));
    }
    Ok(Exit::Success)
}

fn without_writing(workload: &Workload, mut object: serde_json::Value, next: &str) -> serde_json::Value {
    let metadata =
        if workload.is_pod() { &mut object["metadata"] } else { &mut object["spec"]["template"]["metadata"] };
    match next {
        "" => {
            drop(metadata["annotations"].as_object_mut().map(|annotations| annotations.remove(names::ANNOTATION_AAPS)));
        }
        _ => metadata["annotations"][names::ANNOTATION_AAPS] = next.into(),
    }
    object
}
