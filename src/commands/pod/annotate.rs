//! `kubectl ko pod annotate`

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::vip::pairs;
use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::manifest::{anew, edit, read};
use super::wishes::Wishes;
use crate::api::nad::Selection;
use crate::api::{Pod, PodMaker, names};
use crate::check::pod::{self as rules, Got, PodIntent};
use crate::check::{Finding, codes};
use crate::cluster::Cluster;
use crate::cluster::rest::{PatchType, Target, typed};
use crate::cluster::workload::{self, Workload};
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;
use crate::plan::annotate::{self as plan, Wanted};
use crate::world::World;

/// Say which addresses, MACs, subnets and networks a pod's interfaces are to have
///
/// Flags before the first --nad are for the pod's own interface, those behind a --nad for the one in that network. An empty value
/// takes an annotation away. The template of a Deployment or StatefulSet is changed, and its pods restart: that is asked first. A
/// pod that has its address keeps it: annotations count when a pod is made, so of such a pod only the manifest is printed
/// (--dry-run -o yaml). With -f manifests are read, and printed with the annotations in them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko pod annotate deploy/web --pool 10.16.0.15,10.16.0.16,10.16.0.17 --yes
  kubectl ko pod annotate -f pod.yaml --nad default/attachnet --ip 172.17.0.21 | kubectl apply -f -
  kubectl ko pod annotate -f pod.yaml --subnet my-subnet --nad default/attachnet --subnet my-subnet
  kubectl ko pod annotate sts/db --nad attachnet@net1 --ip 172.17.0.21 --nad attachnet@net2 --mac 00:00:00:53:6b:bb")]
pub(super) struct AnnotateArgs {
    /// What is annotated: POD, pod/NAME, deploy/NAME or sts/NAME
    #[arg(value_name = "TARGET", required_unless_present = "files", conflicts_with = "files")]
    target: Option<String>,
    /// Manifests to annotate and print instead: files, or - for standard input (can be repeated)
    #[arg(short, long = "filename", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    wishes: Wishes,
    /// Vip whose address the pod takes as its own; Kube-OVN's documents advise against it in production: reserve one instead
    #[arg(long, value_name = "VIP", add = crate::completion::names_of("vips"))]
    vip: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// An object with the annotations it is to have.
struct Annotated {
    intent: PodIntent,
    changes: BTreeMap<String, String>,
    findings: Vec<Finding>,
}

pub(super) async fn run(context: &Context<'_>, args: &AnnotateArgs) -> Result<Exit> {
    if args.vip.as_deref().is_some_and(|vip| !vip.is_empty()) {
        context.ui.warning("a Vip as a pod's own address is advised against by Kube-OVN's documents: while the pod has it, nobody holds it");
        context.ui.hint("kubectl ko ip reserve pod/NAME --subnet SUBNET keeps an address for a pod");
    }
    match &args.target {
        Some(target) => of_cluster(context, args, target).await,
        None => of_files(context, args).await,
    }
}

/// Annotates manifests and prints them.
async fn of_files(context: &Context<'_>, args: &AnnotateArgs) -> Result<Exit> {
    let format = match args.write.format()? {
        Format::Table => Format::Yaml,
        format => format,
    };
    let mut objects = Vec::new();
    for file in &args.files {
        objects.extend(read(file)?);
    }
    let mut found = false;
    for object in &mut objects {
        let Some(mut intent) = PodIntent::from_manifest(object) else { continue };
        found = true;
        if intent.asks.namespace.is_empty() {
            context.cluster().await?.namespace().clone_into(&mut intent.asks.namespace);
        }
        let what = format!("{}/{}", intent.noun, intent.name);
        let annotated = annotated(context, args, intent).await?;
        args.policy.refuse(&what, &annotated.findings)?;
        args.policy.tell(context, &annotated.findings);
        edit(object, &annotated.intent, &annotated.changes);
    }
    if !found {
        return Err(Failure::usage("no document is of a pod, or of a workload that makes pods"));
    }
    print::objects(context, format, &objects)?;
    Ok(Exit::Success)
}

/// Annotates what is in the cluster.
async fn of_cluster(context: &Context<'_>, args: &AnnotateArgs, target: &str) -> Result<Exit> {
    let format = args.write.format()?;
    let workload = Workload::parse(target)?;
    let cluster = context.cluster().await?;
    let namespace = cluster.namespace();
    let printed = workload.printed();
    let place = Target::one(workload.kind, namespace, &workload.name);
    let Some(object) = cluster.get(place).await? else { return Err(workload::missing(namespace, &workload)) };
    let Some(intent) = PodIntent::from_manifest(&object) else {
        return Err(Failure::usage(format!("{printed} has no pods of its own")));
    };
    let annotated = annotated(context, args, intent).await?;
    args.policy.refuse(&printed, &annotated.findings)?;
    let Annotated { intent, changes, findings } = &annotated;
    if changes.is_empty() {
        return report(context, args, format, &object, &printed, "annotated already");
    }
    args.policy.tell(context, findings);
    let mut edited = object.clone();
    edit(&mut edited, intent, changes);
    if args.write.dry_run == DryRun::Client {
        let shown = if workload.is_pod() { anew(&edited) } else { edited };
        return report(context, args, format, &shown, &printed, "annotated");
    }
    let mut stays = Vec::new();
    if workload.is_pod() {
        waits_for_its_address(&object, args, target)?;
    } else {
        let maker: PodMaker = typed(object.clone(), workload.kind)?;
        stays = crate::check::vip::attach::restarts(workload.kind, &printed, &maker);
        args.policy.tell(context, &stays);
        if stays.is_empty() && args.write.dry_run == DryRun::None {
            may_restart(context, namespace, &workload, &object)?;
        }
    }
    let dry_run = args.write.dry_run == DryRun::Server;
    if !dry_run {
        context.ui.so_far(
            format!("whether the annotations of {printed} were written is not known"),
            "the same command again goes on from there",
        );
    }
    let written = write(cluster, namespace, &workload, &annotated, dry_run).await?;
    if dry_run {
        return report(context, args, format, &written, &printed, "annotated");
    }
    context.ui.so_far(
        format!("the annotations of {printed} are written; its pods were not yet seen with their addresses"),
        format!("kubectl get pods -n {namespace}"),
    );
    let code = report(context, args, format, &written, &printed, "annotated")?;
    if !stays.is_empty() {
        return Err(Failure::new(
            Exit::Unproven,
            format!("the template of {printed} is changed, the pods that run are as they were"),
        ));
    }
    if args.write.wait {
        let proven = proven(context, args, namespace, &workload, &written, &annotated).await;
        proven.map_err(|failure| failure.once_written(&format!("the annotations of {printed}")))?;
    }
    Ok(code)
}

fn report(
    context: &Context<'_>,
    args: &AnnotateArgs,
    format: Format,
    object: &Value,
    printed: &str,
    verb: &str,
) -> Result<Exit> {
    if format.is_table() {
        context.ui.line(&format!("{printed} {verb}{}", args.write.suffix()))?;
    } else {
        print::object(context, format, object)?;
    }
    Ok(Exit::Success)
}

/// Which annotations it takes, and what speaks against them.
async fn annotated(context: &Context<'_>, args: &AnnotateArgs, intent: PodIntent) -> Result<Annotated> {
    let wanted = args.wanted(&intent.asks.namespace)?;
    let selections: Vec<Selection> = wanted.iter().filter_map(|one| one.selection.clone()).collect();
    let unreadable = |why: String| {
        Failure::new(Exit::Refused, format!("{}/{}: {why}, nothing was written", intent.noun, intent.name))
    };
    // what is to be read depends on the subnets and networks asked for, not on the keys they are asked by
    let mut guess: BTreeMap<String, String> = BTreeMap::new();
    if let Some(list) = plan::networks(&intent.asks, &selections).map_err(unreadable)? {
        guess.insert(names::ANNOTATION_NETWORKS.to_owned(), list);
    }
    for (place, one) in wanted.iter().enumerate() {
        let provider =
            if one.selection.is_none() { names::PROVIDER_OVN.to_owned() } else { format!("guess{place}.x.ovn") };
        for (word, value) in [
            ("logical_switch", &one.subnet),
            ("ip_address", &one.ip),
            ("mac_address", &one.mac),
            ("ip_pool", &one.pool),
        ] {
            if let Some(value) = value {
                guess.insert(names::provider_annotation(&provider, word), value.clone());
            }
        }
    }
    if let Some(vip) = &args.vip {
        guess.insert(names::ANNOTATION_VIP.to_owned(), vip.clone());
    }
    let guessed = rules::with(intent.clone(), &guess);
    let world: World = Box::pin(context.cluster().await?.gather(&rules::wanted([&guessed]))).await?;
    let changes = plan::changes(&world, &intent.asks, &wanted, args.vip.as_deref()).map_err(unreadable)?;
    let intent = rules::with(intent, &changes);
    let findings = rules::check(&world, &intent);
    Ok(Annotated { intent, changes, findings })
}

/// A pod that has its address is not changed by annotations.
fn waits_for_its_address(object: &Value, args: &AnnotateArgs, target: &str) -> Result<()> {
    let given = object["metadata"]["annotations"].as_object().into_iter().flatten();
    let has = given.filter(|(key, value)| key.ends_with(".kubernetes.io/allocated") && *value == "true").count();
    if has == 0 || args.write.dry_run == DryRun::Server {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        format!("pod/{target} has its address already, and annotations take effect on a new pod only: nothing was written"),
    )
    .hint("the same command with --dry-run -o yaml > pod.yaml, then kubectl replace --force -f pod.yaml, makes the pod anew")
    .hint("annotate its Deployment or StatefulSet, if it has one: deploy/NAME, sts/NAME"))
}

fn may_restart(context: &Context<'_>, namespace: &str, workload: &Workload, object: &Value) -> Result<()> {
    let count = usize::try_from(Workload::replicas(object)).unwrap_or(usize::MAX);
    if count == 0 {
        return Ok(());
    }
    let printed = workload.printed();
    let count = crate::output::counted(count, "pod");
    if context.ui.confirm(&format!("{count} of {printed} in namespace {namespace} will restart; go on?"))? {
        Ok(())
    } else {
        Err(Failure::no(format!("{printed} was left as it is")))
    }
}

/// Writes the annotations on top of the object as it was looked at.
async fn write(
    cluster: &Cluster,
    namespace: &str,
    workload: &Workload,
    annotated: &Annotated,
    dry_run: bool,
) -> Result<Value> {
    let values: serde_json::Map<String, Value> = annotated
        .changes
        .iter()
        .map(|(key, value)| (key.clone(), if value.is_empty() { Value::Null } else { value.as_str().into() }))
        .collect();
    let patch = if workload.is_pod() {
        json!({"metadata": {"annotations": values}})
    } else {
        json!({"spec": {"template": {"metadata": {"annotations": values}}}})
    };
    let place = Target::one(workload.kind, namespace, &workload.name);
    cluster.patch(place, PatchType::Merge, &patch, dry_run).await.map_err(|failure| match failure.cause {
        Cause::Conflict => failure.hint("somebody wrote in between: the same command again"),
        _ => failure,
    })
}

/// Waits until the pods have what was asked.
async fn proven(
    context: &Context<'_>,
    args: &AnnotateArgs,
    namespace: &str,
    workload: &Workload,
    object: &Value,
    annotated: &Annotated,
) -> Result<()> {
    use crate::cluster::leader::{Awaited, Waited};
    let cluster = context.cluster().await?;
    if workload.is_pod() {
        let now = jiff::Timestamp::now().to_string();
        let place = Target::one(workload.kind, namespace, &workload.name);
        let _line = context.ui.waiting(format!("waiting for the addresses of {}", workload.printed()));
        let done = |pod: &Pod| {
            pod.interfaces().iter().any(|one| one.provider == names::PROVIDER_OVN && !one.addresses.is_empty())
        };
        let awaited = Awaited::<Pod> { target: place, since: &now, queues: &["add/update pod"], done };
        let why = match cluster.wait(awaited, args.write.timeout).await? {
            Waited::Done(_) => return Ok(()),
            Waited::Gone => "it was deleted meanwhile".to_owned(),
            Waited::Said(why) | Waited::Silent(why) | Waited::Unheard(why) => why,
        };
        return Err(Failure::new(Exit::Unproven, format!("{} has no address yet: {why}", workload.printed()))
            .hint(format!("kubectl ko pod addr {} -n {namespace}", workload.name)));
    }
    let limit = args.write.timeout.max(std::time::Duration::from_secs(120));
    pairs::rolled_out(context, namespace, workload, limit).await?;
    let world = Box::pin(cluster.gather(&rules::wanted([&annotated.intent]))).await?;
    let (interfaces, _) = world.interfaces(&annotated.intent.asks);
    for pod in cluster.pods(namespace, workload, object).await? {
        for interface in &interfaces {
            let got = Got::of(&pod, interface);
            let asked = interface.ip.as_ref().or(interface.pool.as_ref());
            let named: Vec<&str> = asked.map_or("", |(_, text)| text).split([',', ';']).map(str::trim).collect();
            let is_list = named.iter().any(|one| crate::net::parse_address(one).is_ok());
            let right = !got.addresses.is_empty()
                && (!is_list
                    || got.addresses.split(',').any(|one| named.iter().any(|name| crate::world::same(name, one))));
            if !right {
                let message = format!(
                    "{}: interface {} of pod {} has {}, not what was asked",
                    codes::KO624.id,
                    interface.device,
                    pod.key(),
                    if got.addresses.is_empty() { "no address" } else { &got.addresses }
                );
                return Err(Failure::new(Exit::Unproven, message)
                    .hint(format!("kubectl ko pod addr {} -n {namespace}", pod.metadata.name)));
            }
        }
    }
    Ok(())
}

impl AnnotateArgs {
    fn wanted(&self, namespace: &str) -> Result<Vec<Wanted>> {
        let mut all = Vec::new();
        for wish in &self.wishes.0 {
            let selection = match &wish.nad {
                None => None,
                Some(text) => match Selection::parse(text, namespace).map_err(Failure::usage)?.as_slice() {
                    [one] if !one.name.is_empty() => Some(one.clone()),
                    _ => {
                        return Err(Failure::usage(format!("--nad {text} is not one network"))
                            .hint("write [NAMESPACE/]NAME[@INTERFACE], and --nad again for another"));
                    }
                },
            };
            all.push(Wanted {
                selection,
                subnet: wish.subnet.clone(),
                ip: wish.ip.clone(),
                mac: wish
                    .mac
                    .as_ref()
                    .map(|mac| mac.parse::<crate::net::Mac>().map_or_else(|_| mac.clone(), |mac| mac.to_string())),
                pool: wish.pool.as_ref().map(|pool| pool.replace(", ", ",").replace("; ", ";")),
            });
        }
        let asks = all.iter().any(|one| {
            one.selection.is_some() || [&one.subnet, &one.ip, &one.mac, &one.pool].into_iter().any(Option::is_some)
        });
        if !asks && self.vip.is_none() {
            return Err(Failure::usage("nothing is asked for").hint("--nad, --subnet, --ip, --mac, --pool or --vip"));
        }
        for one in &all {
            let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
            if filled(&one.ip) && filled(&one.pool) {
                return Err(Failure::usage("--ip and --pool of one interface: the address goes before the pool")
                    .hint("leave one of them out"));
            }
        }
        Ok(all)
    }
}
