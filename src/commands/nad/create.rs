//! `kubectl ko nad create`

use serde_json::{Value, json};

use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use super::target;
use crate::api::nad::{CNI_TYPE, Nad, NadSpec};
use crate::api::{Metadata, Resource as _, Subnet};
use crate::check::any::Intent;
use crate::check::nad::{self as rules, NadIntent};
use crate::check::{self, Finding};
use crate::cluster::Cluster;
use crate::cluster::leader::{Awaited, Waited};
use crate::cluster::rest::{Target, typed};
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result, shell_word};
use crate::world::World;

/// Create a network that pods can have an interface in
///
/// With --type kube-ovn OVN carries it; another plugin (macvlan, ipvlan, host-device) gets its addresses from Kube-OVN. With --cidr
/// the subnet its addresses are from is created too, named like the network: both or none.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko nad create attachnet
  kubectl ko nad create attachnet --cidr 172.18.0.0/24 --gateway 172.18.0.1
  kubectl ko nad create macvlan --type macvlan --master eth0 --mode bridge --cidr 172.17.0.0/16 --exclude 172.17.0.1..172.17.0.10
  kubectl ko nad create attachnet --route 19.10.0.0/16 --route 19.20.0.0/16=19.10.0.1")]
pub(super) struct CreateArgs {
    /// Name of the network
    name: String,
    /// CNI plugin that makes the interface
    #[arg(long = "type", value_enum, default_value_t, value_name = "PLUGIN")]
    kind: PluginArg,
    /// Interface of the node that it stands on; of host-device the device itself
    #[arg(long, value_name = "INTERFACE")]
    master: Option<String>,
    /// Mode of the plugin, such as bridge or l2
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// Route that pods get with the interface: a destination, or one with the gateway behind (can be repeated)
    #[arg(long = "route", value_name = "CIDR[=GATEWAY]")]
    routes: Vec<String>,
    /// Subnet that its addresses are from; it has the network's provider already
    #[arg(long, value_name = "SUBNET", conflicts_with = "cidr", add = completion::names_of("subnets"))]
    subnet: Option<String>,
    /// Create the subnet as well, with this CIDR; for dual-stack an IPv4 and an IPv6 one with a comma between
    #[arg(long, value_name = "CIDR")]
    cidr: Option<String>,
    /// With --cidr: gateway of the subnet (default: its first address)
    #[arg(long, value_name = "ADDRESS", requires = "cidr")]
    gateway: Option<String>,
    /// With --cidr: addresses that are never given out, as A or A..B (can be repeated)
    #[arg(long = "exclude", value_name = "RANGE", value_delimiter = ',', requires = "cidr")]
    excludes: Vec<String>,
    /// With --cidr: VPC of the subnet; for --type kube-ovn alone (default: the cluster's own)
    #[arg(long, value_name = "VPC", requires = "cidr", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum PluginArg {
    /// OVN carries it
    #[default]
    KubeOvn,
    /// An interface on top of the node's, with a MAC of its own
    Macvlan,
    /// An interface on top of the node's, with the node's MAC
    Ipvlan,
    /// An interface of the node itself
    HostDevice,
}

impl PluginArg {
    fn name(self) -> &'static str {
        match self {
            Self::KubeOvn => CNI_TYPE,
            Self::Macvlan => "macvlan",
            Self::Ipvlan => "ipvlan",
            Self::HostDevice => "host-device",
        }
    }
}

/// What is to be there: the definition, and its Subnet when that is made too.
struct Wish {
    intent: NadIntent,
    subnet: Option<Value>,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let cluster = context.cluster().await?;
    let wish = args.wish(cluster.namespace())?;
    let key = wish.intent.nad.key();
    args.policy.refuse(&key, &check::run_offline(rules::RULES, &wish.intent))?;
    let subnet_rules = wish.subnet.as_ref().and_then(Intent::from_manifest);
    let mut wanted = rules::wanted([&wish.intent]);
    wanted.extend(subnet_rules.as_ref().map(Intent::wanted).unwrap_or_default());
    let world = Box::pin(cluster.gather(&wanted)).await?;
    let there = world.nad(&key).cloned();
    if let Some(nad) = &there {
        let differences = rules::differences(nad, &wish.intent);
        if let [difference, ..] = &differences[..] {
            return Err(Failure::new(
                Exit::Refused,
                format!("{key} is there already and differs, nothing was written\n  {difference}"),
            )
            .hint(format!("kubectl ko nad show {} -n {}", args.name, cluster.namespace()))
            .hint("choose another name, or delete it and create it anew"));
        }
    }
    let there_too = wish.subnet.as_ref().and_then(|_| world.any_subnet(&args.name)).cloned();
    if let (Some(subnet), Some(manifest)) = (&there_too, &wish.subnet) {
        as_there(subnet, manifest)?;
    }
    let mut findings = rules::check(&world, &wish.intent);
    findings.extend(args.of_its_provider(&world, &wish.intent));
    if there_too.is_none() {
        findings.extend(subnet_rules.map(|intent| intent.check(&world)).unwrap_or_default());
    }
    args.policy.refuse(&key, &findings)?;
    if there.is_none() {
        args.policy.tell(context, &findings);
    }
    let manifests: Vec<Value> = std::iter::once(wish.intent.to_manifest()).chain(wish.subnet.clone()).collect();
    let left = [there.is_none(), there_too.is_none() && wish.subnet.is_some()];
    match args.write.dry_run {
        DryRun::Client => {}
        DryRun::Server => {
            if left[0] {
                cluster.create(target(cluster.namespace(), &args.name), &manifests[0], true).await?;
            }
            if left[1] {
                cluster.create(Target::one(Subnet::KIND, "", &args.name), &manifests[1], true).await?;
            }
        }
        DryRun::None => write(context, cluster, args, &manifests, left).await?,
    }
    if format.is_table() {
        for (object, new) in manifests.iter().zip(left) {
            let verb = if new { "created" } else { "unchanged" };
            let kind = if *object == manifests[0] { Nad::KIND } else { Subnet::KIND };
            context.ui.line(&format!("{} {verb}{}", kind.printed(&args.name), args.write.suffix()))?;
        }
        if args.write.dry_run == DryRun::None && left[0] {
            context.ui.hint(&format!(
                "kubectl ko pod annotate POD --nad {} gives a pod an interface in it",
                shell_word(&key)
            ));
        }
    } else {
        print::objects(context, format, &manifests)?;
    }
    Ok(Exit::Success)
}

/// Creates what is not there yet, and takes the first back when the second cannot be had.
async fn write(
    context: &Context<'_>,
    cluster: &Cluster,
    args: &CreateArgs,
    manifests: &[Value],
    [nad, subnet]: [bool; 2],
) -> Result<()> {
    let namespace = cluster.namespace();
    let name = args.name.as_str();
    let again = "the same command again goes on from there";
    let mut uid = None;
    if nad {
        context.ui.so_far(format!("whether {namespace}/{name} was created is not known"), again);
        match cluster.create(target(namespace, name), &manifests[0], false).await {
            Ok(made) => uid = made["metadata"]["uid"].as_str().map(str::to_owned),
            Err(failure) if failure.cause == Cause::AlreadyExists => {}
            Err(failure) => return Err(failure),
        }
    }
    if manifests.len() < 2 {
        return Ok(());
    }
    let place = Target::one(Subnet::KIND, "", name);
    let mut made_subnet = None;
    let made = async {
        if subnet {
            context
                .ui
                .so_far(format!("{namespace}/{name} is there; whether subnet/{name} was created is not known"), again);
            match cluster.create(place, &manifests[1], false).await {
                Ok(made) => made_subnet = made["metadata"]["uid"].as_str().map(str::to_owned),
                Err(failure) if failure.cause == Cause::AlreadyExists => {}
                Err(failure) => return Err(failure),
            }
        }
        if args.write.wait { ready(context, cluster, place, args).await } else { Ok(()) }
    };
    let Err(failure) = made.await else { return Ok(()) };
    // whether the subnet is there is not known: the network stays
    if subnet && made_subnet.is_none() && failure.exit == Exit::Incomplete {
        return Err(failure);
    }
    // what this command made is taken back, what was there before stays
    let mut undone = Vec::new();
    for (uid, place, what) in
        [(made_subnet, place, format!("subnet/{name}")), (uid, target(namespace, name), format!("{namespace}/{name}"))]
    {
        let Some(uid) = uid else { continue };
        match cluster.delete(place, &uid, false).await {
            Ok(_) => undone.push(format!("{what} was taken back")),
            Err(left) => undone.push(format!("{what} could not be taken back: {}", left.reason())),
        }
    }
    if undone.is_empty() {
        return Err(failure.once_written("nothing new"));
    }
    let undone = undone.join(", ");
    Err(Failure { message: format!("{}\n  {undone}", failure.message), exit: Exit::Incomplete, ..failure })
}

/// Waits until the controller is done with the Subnet.
async fn ready(context: &Context<'_>, cluster: &Cluster, place: Target<'_>, args: &CreateArgs) -> Result<()> {
    let name = place.name.unwrap_or_default();
    let _line = context.ui.waiting(format!("waiting for subnet/{name}"));
    let Some(object) = cluster.get(place).await? else {
        return Err(Failure::new(Exit::Incomplete, format!("subnet/{name} was deleted meanwhile")));
    };
    let subnet: Subnet = typed(object, Subnet::KIND)?;
    let since = subnet.metadata.creation_timestamp;
    let queues = &["add subnet", "update subnet", "add/update subnet"];
    let awaited = Awaited::<Subnet> { target: place, since: &since, queues, done: Subnet::is_ready };
    let why = match cluster.wait(awaited, args.write.timeout).await? {
        Waited::Done(_) => return Ok(()),
        Waited::Gone => "it was deleted meanwhile".to_owned(),
        Waited::Said(why) | Waited::Silent(why) | Waited::Unheard(why) => why,
    };
    Err(Failure::new(Exit::Unproven, format!("subnet/{name} does not become ready: {why}"))
        .hint(format!("kubectl describe subnet {name}")))
}

/// A Subnet of that name has to be the one that is asked for.
fn as_there(subnet: &Subnet, manifest: &Value) -> Result<()> {
    let name = subnet.name();
    let spec = &manifest["spec"];
    let fields = [
        ("cidrBlock", &subnet.spec.cidr_block),
        ("provider", &subnet.spec.provider),
        ("gateway", &subnet.spec.gateway),
    ];
    for (field, is) in fields {
        let asked = spec[field].as_str().unwrap_or_default();
        if !asked.is_empty() && is != asked {
            return Err(Failure::new(
                Exit::Refused,
                format!("subnet/{name} is there already and differs, nothing was written\n  {field} is {is}, asked for is {asked}"),
            )
            .hint("choose another name, or name a subnet that is there with --subnet"));
        }
    }
    Ok(())
}

impl CreateArgs {
    fn wish(&self, namespace: &str) -> Result<Wish> {
        let metadata = Metadata { name: self.name.clone(), namespace: namespace.to_owned(), ..Metadata::default() };
        let kind = self.kind.name();
        let ending = if self.kind == PluginArg::KubeOvn { ".ovn" } else { "" };
        let provider = format!("{}.{namespace}{ending}", self.name);
        if self.kind == PluginArg::KubeOvn {
            for (flag, given) in [("--master", self.master.is_some()), ("--mode", self.mode.is_some())] {
                if given {
                    return Err(Failure::usage(format!(
                        "{flag} is for a plugin that stands on an interface of the node; OVN carries this network"
                    ))
                    .hint("--type macvlan, ipvlan or host-device"));
                }
            }
        } else if self.vpc.is_some() {
            return Err(Failure::usage(
                "--vpc is for a network that OVN carries; the subnet of another plugin is in no VPC",
            ));
        }
        if self.kind == PluginArg::HostDevice && self.mode.is_some() {
            return Err(Failure::usage("--mode is for macvlan and ipvlan; host-device has none"));
        }
        let routes: Vec<Value> = self
            .routes
            .iter()
            .map(|route| match route.split_once('=') {
                Some((dst, gw)) => json!({"dst": dst, "gw": gw}),
                None => json!({"dst": route}),
            })
            .collect();
        let config = rules::config(kind, &provider, self.master.as_deref(), self.mode.as_deref(), &routes);
        let nad = Nad { metadata, spec: NadSpec { config } };
        let subnet = self.cidr.as_ref().map(|cidr| {
            let mut spec = json!({"cidrBlock": cidr, "provider": provider});
            if let Some(gateway) = &self.gateway {
                spec["gateway"] = gateway.as_str().into();
            }
            if !self.excludes.is_empty() {
                spec["excludeIps"] = json!(self.excludes);
            }
            if let Some(vpc) = &self.vpc {
                spec["vpc"] = vpc.as_str().into();
            }
            json!({"apiVersion": Subnet::KIND.api_version(), "kind": Subnet::KIND.kind, "metadata": {"name": self.name}, "spec": spec})
        });
        let brings_subnet = subnet.is_some() || self.subnet.is_some();
        Ok(Wish { intent: NadIntent { nad, brings_subnet, ..NadIntent::default() }, subnet })
    }

    /// KO607. The Subnet that is named has the network's provider.
    fn of_its_provider(&self, world: &World, intent: &NadIntent) -> Vec<Finding> {
        self.subnet.as_deref().map(|name| rules::of_its_provider(world, intent, name)).unwrap_or_default()
    }
}
