//! `kubectl ko vip detach`

use futures::future::try_join_all;

use super::super::print;
use super::super::write::{DryRun, WriteArgs, refusal, tell};
use super::Context;
use super::list::missing;
use super::pairs::{self, Target};
use crate::api::{Metadata, Pod, Resource as _, Vip, names};
use crate::check::Finding;
use crate::check::vip::attach::in_namespace;
use crate::cluster::Cluster;
use crate::cluster::rest::Select;
use crate::cluster::workload::Workload;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan;

/// Take from pods the right to hold a Vip's address
///
/// Removes the Vip's name from the annotation ovn.kubernetes.io/aaps and waits until OVN no longer lists the pods' ports. An
/// address that a pod has added to its interface stays there; OVN lets nobody reach it any more. The name of a Vip that is gone
/// is removed too, in the namespace of -n.
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
    let unwanted = pairs::names(&args.vip)?;
    let cluster = context.cluster().await?;
    let found = try_join_all(unwanted.iter().map(|name| cluster.find::<Vip>("", name))).await?;
    let vips: Vec<Vip> = found.iter().flatten().cloned().collect();
    // a name may dangle in annotations after its Vip went: then nothing says whose namespace it is but the command line
    let namespace = &match vips.first() {
        Some(_) => namespace(context, &vips)?,
        None => context.typed_namespace().unwrap_or_else(|| cluster.namespace()).to_owned(),
    };
    let edit = |present: &str| plan::pairs::without(present, &unwanted);
    if args.all {
        workloads = naming(cluster, namespace, edit).await?;
        let question = format!(
            "{} will lose {}; go on?",
            crate::output::counted(workloads.len(), "workload"),
            crate::output::joined(&unwanted, 6)
        );
        if workloads.len() > 1 && args.write.dry_run == DryRun::None && !context.ui.confirm(&question)? {
            return Err(Failure::no("nothing was changed"));
        }
    }
    let mut targets = Vec::new();
    for workload in workloads {
        let printed = workload.printed();
        match Target::read(cluster, namespace, workload, edit).await {
            Err(failure) if args.all && failure.cause == Cause::NotFound => {
                went(context, &printed);
            }
            read => targets.push(read?),
        }
    }
    let dangles =
        |name: &String| targets.iter().any(|target| names::aaps_meant(target.present()).any(|one| one == name));
    if let Some((name, _)) = unwanted.iter().zip(&found).find(|(name, vip)| vip.is_none() && !dangles(name)) {
        let place = if args.all { "nobody" } else { "none of these" };
        return Err(missing(name)
            .hint(format!("{place} names it in namespace {namespace} either; -n NAMESPACE looks in another")));
    }
    for finding in targets.iter().flat_map(|target| &target.stays) {
        tell(context, finding);
    }
    // every question is asked before the first write
    for target in targets.iter().filter(|target| edit(target.present()).is_some()) {
        if args.write.dry_run == DryRun::None {
            target.may_restart(context, namespace)?;
        }
    }
    let (mut done, mut objects, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for target in &targets {
        let workload = &target.workload;
        let written = |done: &[String]| format!("the annotation of {}", crate::output::joined(done, 8));
        let vip = unwanted.first().map_or("", String::as_str);
        if args.write.dry_run == DryRun::None {
            pairs::so_far(context, vip, &done, Some(workload));
        }
        let (object, changed) = match (edit(target.present()), args.write.dry_run) {
            (Some(next), DryRun::Client) => (target.edited(&next), true),
            (_, dry_run) => {
                let dry_run = dry_run == DryRun::Server;
                match cluster.edit_annotation(namespace, workload, names::ANNOTATION_AAPS, edit, dry_run).await {
                    // the pods of a template that was changed are made anew
                    Err(failure) if args.all && failure.cause == Cause::NotFound => {
                        went(context, &workload.printed());
                        continue;
                    }
                    Err(failure) if done.is_empty() => return Err(failure),
                    edited => edited.map_err(|failure| failure.once_written(&written(&done)))?,
                }
            }
        };
        done.push(workload.printed());
        if args.write.dry_run == DryRun::None {
            pairs::so_far(context, vip, &done, None);
        }
        if args.write.wait && args.write.dry_run == DryRun::None {
            if target.stays.is_empty() {
                let settled = settle(context, args, namespace, &vips, target, changed).await;
                settled.map_err(|failure| failure.once_written(&written(&done)))?;
            } else if !args.all {
                // with --all the pods that run are among the targets themselves
                left.push(workload.printed());
            }
        }
        if format.is_table() {
            let verb = if changed { "detached" } else { "not attached" };
            context.ui.line(&format!("{} {verb}{}", workload.printed(), args.write.suffix()))?;
        }
        objects.push(object);
    }
    if !format.is_table() {
        print::objects(context, format, &objects)?;
    }
    if targets.is_empty() {
        context.ui.note(&format!("No pod of namespace {namespace} names {}.", crate::output::joined(&unwanted, 6)));
    }
    pairs::left_running(&left)
}

/// With `--all`, what is gone by now has nothing to lose.
fn went(context: &Context<'_>, printed: &str) {
    context.ui.note(&format!("{printed} is gone meanwhile."));
}

/// The namespace of Vips that are there; `-n` may only repeat it.
fn namespace(context: &Context<'_>, vips: &[Vip]) -> Result<String> {
    let own = pairs::namespace(vips)?;
    match context.typed_namespace() {
        Some(typed) => {
            let findings: Vec<Finding> = vips.iter().flat_map(|vip| in_namespace(vip, typed)).collect();
            if findings.is_empty() {
                return Ok(typed.to_owned());
            }
            Err(refusal("nothing was detached", &findings.iter().collect::<Vec<_>>()))
        }
        None if own.is_empty() => {
            Err(Failure::no(format!("vip/{} has no namespace: no pod may hold it", vips[0].name()))
                .hint("-n NAMESPACE removes its name from pods there all the same"))
        }
        None => Ok(own.to_owned()),
    }
}

/// Every workload of a namespace whose annotation `edit` would change: templates first, so that the pods they make anew are
/// without it already.
async fn naming(cluster: &Cluster, namespace: &str, edit: impl Fn(&str) -> Option<String>) -> Result<Vec<Workload>> {
    let names = |metadata: &Metadata| edit(metadata.annotation(names::ANNOTATION_AAPS)).is_some();
    let templates = cluster.templates(namespace).await?.into_iter().filter(|(.., template)| names(template));
    let mut workloads =
        templates.map(|(kind, name, _)| Workload::parse(&format!("{kind}/{name}"))).collect::<Result<Vec<_>>>()?;
    let pods = cluster.list_metadata(Pod::KIND, Some(namespace), Select::default()).await?;
    workloads.extend(pods.into_iter().filter(names).map(|pod| Workload { kind: Pod::KIND, name: pod.name }));
    Ok(workloads)
}

/// Waits for the restart of a template's pods, then until OVN no longer lists the ports of those that were there.
async fn settle(
    context: &Context<'_>,
    args: &DetachArgs,
    namespace: &str,
    vips: &[Vip],
    target: &Target,
    changed: bool,
) -> Result<()> {
    if !target.workload.is_pod() && changed {
        let limit = args.write.timeout.max(std::time::Duration::from_secs(120));
        pairs::rolled_out(context, namespace, &target.workload, limit).await?;
    }
    for vip in vips {
        let interfaces = target.pods.iter().flat_map(Pod::interfaces);
        let ports: Vec<String> = interfaces
            .filter(|interface| interface.subnet == vip.spec.subnet)
            .map(|interface| interface.port)
            .collect();
        pairs::parents(context, vip, &ports, false, args.write.timeout).await?;
    }
    Ok(())
}
