//! `kubectl ko vip create`

use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::prove;
use crate::api::{Vip, VipSpec, VipType};
use crate::check::vip::{self as rules, VipIntent, without_touch};
use crate::check::{self, codes};
use crate::cluster::{Cluster, rest};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::output::Format;
use crate::plan::vip::{self as plan, Plan};

/// Create a Vip and wait until it works
///
/// Without -n the Vip only reserves an address. With -n pods of that namespace may hold it: `vip attach` says which.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko vip create web --subnet ovn-default
  kubectl ko vip create web --subnet ovn-default --ip 10.16.0.121
  kubectl ko vip create web --subnet ovn-default -n default --selector app=web
  kubectl ko vip create front --subnet ovn-default -n default --type switch-lb")]
pub(super) struct CreateArgs {
    /// Name of the Vip
    name: String,
    /// Subnet the address is from
    #[arg(long, value_name = "SUBNET", add = completion::names_of("subnets"))]
    subnet: String,
    /// Address to ask for, one a family (default: a free one)
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', num_args = 1)]
    ip: Vec<String>,
    /// MAC to ask for; needs --ip (default: a free one)
    #[arg(long, value_name = "MAC")]
    mac: Option<String>,
    /// What it is for (default: reserved, or with -n held by pods)
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<TypeArg>,
    /// Labels a pod must have to hold the address (can be repeated)
    #[arg(short = 'l', long, value_name = "KEY=VALUE", value_delimiter = ',')]
    selector: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TypeArg {
    /// Front-end address of a SwitchLBRule
    #[value(alias = "switch_lb_vip")]
    SwitchLb,
    /// Address of a VM in a pod of the host network
    #[value(alias = "kube_host_vm_vip")]
    HostVm,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let mut intent = args.intent(context.typed_namespace().unwrap_or_default())?.canonical();
    let object = format!("vip/{}", intent.name);
    if intent.spec.namespace.is_empty() && !intent.spec.selector.is_empty() {
        // a selector is about pods, and pods are in a namespace: the context's
        context.cluster().await?.namespace().clone_into(&mut intent.spec.namespace);
    }
    // what can be told without asking the cluster is told without asking it
    let offline = check::run_offline(rules::RULES, &intent);
    if offline.iter().any(|finding| finding.severity == check::Severity::Error) {
        args.policy.refuse(&object, &offline)?;
    }
    let cluster = context.cluster().await?;
    let world = Box::pin(cluster.gather(&rules::wanted([&intent]))).await?;
    let existing = match plan::plan(&world, &intent) {
        Plan::Create => None,
        Plan::Finish(vip) if vip.metadata.is_terminating() => None,
        Plan::Finish(vip) => Some(*vip),
        Plan::Differs(_)
            if world
                .own
                .known()
                .and_then(|own| own.get(&intent.name))
                .is_some_and(|vip| vip.metadata.is_terminating()) =>
        {
            None
        }
        Plan::Differs(differences) => return Err(differs(&intent.name, &differences)),
    };
    let findings = rules::check(&world, &intent);
    args.policy.refuse(&object, &findings)?;
    if existing.is_none() {
        args.policy.tell(context, &findings);
    }
    match args.write.dry_run {
        DryRun::None => {}
        DryRun::Client => return report(context, format, &intent.to_manifest(), args, existing.is_some()),
        DryRun::Server if existing.is_some() => return report(context, format, &intent.to_manifest(), args, true),
        DryRun::Server => {
            let accepted = cluster.create(Cluster::vip(&intent.name), &intent.to_manifest(), true).await?;
            return report(context, format, &accepted, args, false);
        }
    }
    let (vip, unchanged) = if let Some(vip) = existing {
        (vip, true)
    } else {
        let show = format!("kubectl ko vip show {}", intent.name);
        context.ui.so_far(format!("whether {object} was created is not known"), &show);
        let written = write(cluster, &intent, args.write.wait).await?;
        let was = if written.1 { "was there already" } else { "was created" };
        context.ui.so_far(format!("{object} {was}, and was not yet seen ready"), show);
        written
    };
    let written = context.cluster().await?;
    if !args.write.wait {
        let now = written.get(Cluster::vip(&intent.name)).await?.unwrap_or_default();
        return report(context, format, &now, args, unchanged);
    }
    let proven = async {
        let vip = prove::ready(context, &vip, args.write.timeout).await?;
        prove::as_asked(&vip, &intent)?;
        prove::in_ovn(context, &vip, args.write.timeout).await?;
        Ok(vip)
    };
    let vip = proven.await.map_err(|failure: Failure| failure.once_written(&object))?;
    match format {
        Format::Json | Format::Yaml | Format::Name => {
            let now = written.get(Cluster::vip(&intent.name)).await?.unwrap_or_default();
            print::object(context, format, &now)?;
        }
        Format::Table | Format::Wide => {
            let verb = if unchanged { "unchanged" } else { "created" };
            let addresses: Vec<&str> = vip.status.addresses().collect();
            context.ui.line(&format!(
                "vip.kubeovn.io/{} {verb}: {} ({}) in subnet {}",
                intent.name,
                addresses.join(","),
                vip.status.mac,
                vip.spec.subnet
            ))?;
            if !unchanged {
                next(context, &vip);
            }
        }
    }
    Ok(Exit::Success)
}

/// Creates it. Somebody who was faster with the very same is no error.
async fn write(cluster: &Cluster, intent: &VipIntent, wait: bool) -> Result<(Vip, bool)> {
    // whoever does not wait cannot take the mark off again
    let manifest = if wait { plan::manifest(intent) } else { intent.to_manifest() };
    match cluster.create(Cluster::vip(&intent.name), &manifest, false).await {
        Ok(created) => Ok((rest::typed(created, <Vip as crate::api::Resource>::KIND)?, false)),
        Err(failure) if failure.cause == Cause::AlreadyExists => {
            let Some(vip) = cluster.find::<Vip>("", &intent.name).await? else { return Err(failure) };
            let differences = rules::differences(&vip, intent);
            if differences.is_empty() { Ok((vip, true)) } else { Err(differs(&intent.name, &differences)) }
        }
        Err(failure) => Err(failure),
    }
}

fn differs(name: &str, differences: &[check::Difference]) -> Failure {
    let told: Vec<String> =
        differences.iter().map(|difference| format!("  {} {difference}", codes::KO212.id)).collect();
    Failure::new(
        Exit::Refused,
        format!("vip/{name} is there already and differs, nothing was written\n{}", told.join("\n")),
    )
    .hint(format!("kubectl ko vip show {name}"))
    .hint("choose another name, or delete it and create it anew")
}

fn report(
    context: &Context<'_>,
    format: Format,
    object: &serde_json::Value,
    args: &CreateArgs,
    unchanged: bool,
) -> Result<Exit> {
    match format {
        Format::Json | Format::Yaml | Format::Name => print::object(context, format, object)?,
        Format::Table | Format::Wide => {
            let verb = if unchanged { "unchanged" } else { "created" };
            context.ui.line(&format!("vip.kubeovn.io/{} {verb}{}", args.name, args.write.suffix()))?;
        }
    }
    Ok(Exit::Success)
}

/// What a newcomer does next.
fn next(context: &Context<'_>, vip: &Vip) {
    // with a selector KO213 has said it already
    if vip.wants_virtual_port()
        && vip.spec.kind == VipType::Plain.as_spec()
        && without_touch(&vip.spec.selector).is_empty()
    {
        context.ui.hint(&format!(
            "kubectl ko vip attach {} POD lets a pod of namespace {} hold it",
            vip.metadata.name, vip.spec.namespace
        ));
    }
}

impl CreateArgs {
    fn intent(&self, namespace: &str) -> Result<VipIntent> {
        let mut spec = VipSpec {
            subnet: self.subnet.clone(),
            namespace: namespace.to_owned(),
            kind: self.kind.map_or(VipType::Plain, TypeArg::kind).as_spec().to_owned(),
            mac_address: self.mac.clone().unwrap_or_default(),
            selector: self.selector.iter().map(|term| term.replacen('=', ":", 1)).collect(),
            ..VipSpec::default()
        };
        for text in &self.ip {
            // what cannot be read goes where a rule will say so
            let slot = if text.contains(':') { &mut spec.v6_ip } else { &mut spec.v4_ip };
            if !slot.is_empty() {
                return Err(Failure::usage(format!(
                    "--ip asks for {slot} and for {text}, two addresses of one family"
                ))
                .hint("a Vip has one address a family; create another Vip for the other"));
            }
            slot.clone_from(text);
            if text.is_empty() {
                return Err(Failure::usage("--ip is empty").hint("leave --ip out to get a free address"));
            }
        }
        Ok(VipIntent { name: self.name.clone(), spec, ..VipIntent::default() })
    }
}

impl TypeArg {
    fn kind(self) -> VipType {
        match self {
            Self::SwitchLb => VipType::SwitchLb,
            Self::HostVm => VipType::HostVm,
        }
    }
}
