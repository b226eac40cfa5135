//! `kubectl ko ip reserve`

use serde_json::Value;

use super::super::arriving::{ADDRESS, Arriving};
use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::claim::{self, Accepted, Claims};
use super::target;
use crate::api::{Ip, IpSpec, Resource as _, names};
use crate::check::ip::{self as rules, IpIntent};
use crate::check::{self, Difference, Finding, codes, explain};
use crate::cluster::Cluster;
use crate::cluster::rest::typed;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan::ip::{self as plan, Plan};

/// Reserve an address for a pod, a StatefulSet's pod or a VM, and wait until it is held
///
/// For one that is still to come the address is kept for it; of one that is there the address it has is kept when it goes. What
/// takes the address away all the same is said, with what would last.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko ip reserve pod/web-1 --subnet ovn-default --ip 10.16.0.3
  kubectl ko ip reserve pod/web-1 -n vpc1
  kubectl ko ip reserve pod/web-1@net1 --subnet attach-net
  kubectl ko ip reserve sts/db-0 --subnet ovn-default --ip 10.16.0.20 --mac 02:00:00:00:00:20
  kubectl ko ip reserve sts/db --replicas 3 --subnet ovn-default
  kubectl ko ip reserve vm/windows --subnet ovn-default")]
pub(super) struct ReserveArgs {
    /// Whom it is for: pod/NAME, vm/NAME, sts/NAME-0 or sts/NAME, with @NAD or @NAMESPACE/NAD for an attachment
    #[arg(value_name = "TARGET")]
    target: String,
    /// Subnet the address is from (default: the one that the pod gets its addresses from)
    #[arg(long, value_name = "SUBNET", add = completion::names_of("subnets"))]
    subnet: Option<String>,
    /// Address to ask for, one a family; for several pods of a StatefulSet repeated (default: a free one)
    #[arg(long, value_name = "ADDRESS[,ADDRESS]")]
    ip: Vec<String>,
    /// MAC to ask for; needs --ip, and is repeated as that is (default: a free one)
    #[arg(long, value_name = "MAC")]
    mac: Vec<String>,
    /// How many pods of a StatefulSet (default: as many as it has)
    #[arg(long, value_name = "N")]
    replicas: Option<u32>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// One reservation on its way.
struct Job {
    intent: IpIntent,
    plan: Plan,
    findings: Vec<Finding>,
}

pub(super) async fn run(context: &Context<'_>, args: &ReserveArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let intents = args.intents(context).await?;
    let jobs = plan_all(context, args, intents).await?;
    let mut objects = Vec::new();
    let mut done: Vec<String> = Vec::new();
    for job in &jobs {
        let object = format!("ip/{}", job.intent.name);
        let (ip, verb) = carry_out(context, args, job).await.map_err(|failure| match &done[..] {
            [] => failure,
            done => failure.once_written(&format!("the reservation of {}", crate::output::joined(done, 8))),
        })?;
        done.push(object);
        if format.is_table() {
            let ip: Ip = typed(ip, Ip::KIND)?;
            context.ui.line(&line(&ip, job, verb, args))?;
        } else {
            objects.push(ip);
        }
    }
    if !format.is_table() {
        print::objects(context, format, &objects)?;
    }
    Ok(Exit::Success)
}

/// Looks at all of them before the first write, and refuses all when one cannot be.
async fn plan_all(context: &Context<'_>, args: &ReserveArgs, intents: Vec<IpIntent>) -> Result<Vec<Job>> {
    for intent in &intents {
        // what can be told without asking the cluster is told without asking it
        let offline = check::run_offline(rules::RULES, intent);
        if offline.iter().any(|finding| finding.severity == check::Severity::Error) {
            args.policy.refuse(&format!("ip/{}", intent.name), &offline)?;
        }
    }
    let cluster = context.cluster().await?;
    let mut world = Box::pin(cluster.gather(&rules::wanted(&intents))).await?;
    let mut jobs = Vec::new();
    for intent in intents {
        let plan = plan::plan(&world, &intent);
        if let Plan::Differs(differences) = &plan {
            return Err(differs(&intent.name, world.ip(&intent.name), differences));
        }
        let findings = rules::check(&world, &intent);
        args.policy.refuse(&format!("ip/{}", intent.name), &findings)?;
        // the next one is not to get the same address
        check::any::Intent::Ip(intent.clone()).plan(&mut world);
        jobs.push(Job { intent, plan, findings });
    }
    for job in jobs.iter().filter(|job| !matches!(job.plan, Plan::Reserved(_))) {
        args.policy.tell(context, &job.findings);
    }
    Ok(jobs)
}

/// Does what is left to do for one of them; returns the object as it is then, and what was done.
async fn carry_out(context: &Context<'_>, args: &ReserveArgs, job: &Job) -> Result<(Value, &'static str)> {
    let cluster = context.cluster().await?;
    let name = &job.intent.name;
    let accepted = Accepted { policy: &args.policy, findings: &job.findings };
    let there = matches!(job.plan, Plan::Reserved(_) | Plan::Unready(_));
    match args.write.dry_run {
        DryRun::Client if there => return Ok((cluster.get(Cluster::ip(name)).await?.unwrap_or_default(), "unchanged")),
        DryRun::Client => return Ok((marked(rules::to_manifest(&job.intent), &job.plan), "reserved")),
        DryRun::Server if matches!(job.plan, Plan::Create) => {
            let accepted = cluster.create(Cluster::ip(name), &rules::to_manifest(&job.intent), true).await?;
            return Ok((accepted, "reserved"));
        }
        DryRun::Server if there => return Ok((cluster.get(Cluster::ip(name)).await?.unwrap_or_default(), "unchanged")),
        DryRun::Server | DryRun::None => {}
    }
    if there {
        claim::sweep(context, &job.intent).await?;
    }
    let (ip, verb) = match &job.plan {
        Plan::Reserved(_) => (None, "unchanged"),
        Plan::Unready(ip) => (Some((**ip).clone()), "unchanged"),
        Plan::Mark(ip) => {
            let Some((object, _)) = cluster.mark_ip(ip, true, args.write.dry_run == DryRun::Server).await? else {
                return Err(Failure::no(format!("ip/{name} went with its pod meanwhile, nothing was reserved"))
                    .hint("the same command again reserves an address for the pod that is to come"));
            };
            return Ok((object, "reserved"));
        }
        Plan::Create | Plan::Differs(_) => create(context, &job.intent, accepted).await?,
    };
    let object = format!("ip/{name}");
    if let Some(ip) = ip.filter(|_| args.write.wait) {
        let proven = async {
            let ip = ready(context, &ip, args).await?;
            as_asked(&ip, &job.intent)?;
            alone(context, &ip, &job.intent, accepted).await
        };
        proven.await.map_err(|failure: Failure| failure.once_written(&object))?;
    }
    Ok((cluster.get(Cluster::ip(name)).await?.unwrap_or_default(), verb))
}

/// The manifest of a pod's own IP gets the label; a new one gets it of the controller.
fn marked(mut manifest: Value, plan: &Plan) -> Value {
    if matches!(plan, Plan::Mark(_)) {
        manifest["metadata"]["labels"][names::LABEL_IP_RESERVED] = "true".into();
    }
    manifest
}

/// Creates it. Somebody who was faster with the very same is no error.
async fn create(
    context: &Context<'_>,
    intent: &IpIntent,
    accepted: Accepted<'_>,
) -> Result<(Option<Ip>, &'static str)> {
    let cluster = context.cluster().await?;
    let name = &intent.name;
    let claims = Claims::take(context, intent, accepted).await?;
    let created = match claims.in_time(intent) {
        Ok(()) => cluster.create(Cluster::ip(name), &plan::manifest(intent), false).await,
        Err(failure) => Err(failure),
    };
    // of a write without an answer nobody knows whether it still comes: until it cannot any more, the claim stands for it
    if !matches!(&created, Err(failure) if failure.exit == Exit::Cluster && failure.cause == Cause::Other) {
        claims.leave(context).await;
    }
    match created {
        Ok(created) => Ok((Some(typed(created, Ip::KIND)?), "reserved")),
        Err(failure) if failure.cause == Cause::AlreadyExists => {
            let Some(ip) = cluster.find::<Ip>("", name).await? else { return Err(failure) };
            let differences = rules::differences(&ip, intent);
            if differences.is_empty() {
                return Ok((Some(ip), "unchanged"));
            }
            Err(differs(name, Some(&ip), &differences))
        }
        Err(failure) => Err(failure),
    }
}

/// Waits until it has its address; else says why not, in the controller's words and in plain ones.
async fn ready(context: &Context<'_>, ip: &Ip, args: &ReserveArgs) -> Result<Ip> {
    let name = ip.name();
    let _line = context.ui.waiting(format!("waiting for ip/{name} to get an address"));
    let (named, look) = (format!("ip/{name}"), format!("kubectl ko ip show ip/{name}"));
    let arriving = Arriving { named: &named, lacks: ADDRESS, look: Some(look) };
    let waited = context.cluster().await?.wait_reserved(ip, args.write.timeout).await;
    let waited = waited.map_err(|failure| arriving.unwatched(failure))?;
    arriving.ended(waited, |sentence| explain::ip(sentence, &ip.spec.subnet, name))
}

/// Looks whether the controller gave what was asked for.
fn as_asked(ip: &Ip, intent: &IpIntent) -> Result<()> {
    let differences = rules::differences(ip, intent);
    if differences.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    Err(Failure::new(Exit::Unproven, format!("ip/{} is reserved, but not as asked: {}", ip.name(), told.join("; ")))
        .hint(format!("kubectl ko ip show ip/{}", ip.name())))
}

/// Looks once more whether nobody else has the address: a pod or a Vip may have got it just before the controller saw the
/// reservation. Taking the reservation back would spoil the other's entry in the controller's address book.
async fn alone(context: &Context<'_>, ip: &Ip, intent: &IpIntent, accepted: Accepted<'_>) -> Result<()> {
    let given = IpIntent { spec: ip.spec.clone(), ..intent.clone() };
    let world = Box::pin(context.cluster().await?.gather(&rules::wanted_by_taken(&given))).await?;
    let first = rules::taken(&world, &given).into_iter().find(|finding| accepted.stops(finding));
    let Some(first) = first else { return Ok(()) };
    Err(Failure::new(
        Exit::Unproven,
        format!("ip/{} was given an address that somebody else has\n  {} error: {}", ip.name(), first.code.id, first.message),
    )
    .hint("restart kube-ovn-controller, and release the reservation then: before that, its deletion would free the other's address"))
}

fn line(ip: &Ip, job: &Job, verb: &str, args: &ReserveArgs) -> String {
    let name = Ip::KIND.printed(&job.intent.name);
    let addresses: Vec<&str> = ip.addresses().collect();
    let suffix = args.write.suffix();
    if !suffix.is_empty() || addresses.is_empty() || !ip.is_ready() {
        return format!("{name} {verb}{suffix}");
    }
    let mac = if ip.spec.mac_address.is_empty() { String::new() } else { format!(" ({})", ip.spec.mac_address) };
    format!("{name} {verb}: {}{mac} in subnet {}", addresses.join(","), ip.spec.subnet)
}

fn differs(name: &str, ip: Option<&Ip>, differences: &[Difference]) -> Failure {
    let told: Vec<String> =
        differences.iter().map(|difference| format!("  {} {difference}", codes::KO305.id)).collect();
    Failure::new(
        Exit::Refused,
        format!("ip/{name} is there already and differs, nothing was written\n{}", told.join("\n")),
    )
    .hint(format!("kubectl ko ip show ip/{name}"))
    .hint(match ip {
        Some(ip) if !ip.is_reserved() && ip.is_ready() => {
            "it is its pod's own: reserve another address while the pod is not there".to_owned()
        }
        _ => format!("kubectl ko ip release ip/{name}, then reserve it anew"),
    })
}

impl ReserveArgs {
    /// What is wanted, one for each pod.
    async fn intents(&self, context: &Context<'_>) -> Result<Vec<IpIntent>> {
        let meant = target::meant(context, &self.target, self.replicas).await?;
        let (subnet, provider) = meant.subnet(context.cluster().await?, self.subnet.as_deref()).await?;
        let count = meant.names.len();
        let addresses = shared_out(&self.ip, count, "--ip")?;
        let macs = shared_out(&self.mac, count, "--mac")?;
        let holders = meant.holders().into_iter().zip(addresses).zip(macs);
        let intents = holders.map(|((holder, addresses), macs)| {
            let mut spec = IpSpec {
                subnet: subnet.clone(),
                pod_name: holder.name.clone(),
                namespace: holder.namespace.clone(),
                pod_type: holder.pod_type.clone(),
                ..IpSpec::default()
            };
            for text in addresses.iter().flat_map(|text| text.split(',')) {
                if text.is_empty() {
                    return Err(Failure::usage("--ip is empty").hint("leave --ip out to get a free address"));
                }
                // what cannot be read goes where a rule will say so
                let slot = if text.contains(':') { &mut spec.v6_ip_address } else { &mut spec.v4_ip_address };
                if !slot.is_empty() {
                    return Err(Failure::usage(format!(
                        "--ip asks for {slot} and for {text}, two addresses of one family"
                    )));
                }
                text.clone_into(slot);
            }
            spec.mac_address = macs.first().cloned().unwrap_or_default();
            let name = names::port_name(&holder.name, &holder.namespace, &provider);
            Ok(rules::canonical(IpIntent { name, spec, ..IpIntent::default() }))
        });
        intents.collect()
    }
}

/// What was typed, for each of `count` pods: all for a single one, else one for each.
fn shared_out(typed: &[String], count: usize, flag: &str) -> Result<Vec<Vec<String>>> {
    match typed.len() {
        0 => Ok(vec![Vec::new(); count]),
        _ if count == 1 => Ok(vec![typed.to_vec()]),
        many if many == count => Ok(typed.iter().map(|one| vec![one.clone()]).collect()),
        many => {
            Err(Failure::usage(format!("{flag} is there {many} times for {count} pods; repeat it for each of them")))
        }
    }
}
