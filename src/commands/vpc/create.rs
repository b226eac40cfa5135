//! `kubectl ko vpc create`

use serde_json::{Value, json};

use super::super::external::prove;
use super::super::judged;
use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use crate::api::vpc::StaticRoute;
use crate::api::{Resource as _, Vpc};
use crate::check::external::{AttachIntent, attach as joining};
use crate::check::{Finding, codes};
use crate::cluster::Cluster;
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::net::{parse_address, parse_network};
use crate::output::Format;

/// Create a VPC and wait until its router is there, with its ports on external networks
///
/// --namespace, which can be repeated, names the namespaces whose pods may be in its subnets.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko vpc create vpc1 --namespace vpc1
  kubectl ko vpc create vpc1 --namespace vpc1 --external external204 --route 0.0.0.0/0=10.5.204.254")]
pub(super) struct CreateArgs {
    /// Name of the VPC
    name: String,
    /// External network it is joined to (can be repeated)
    #[arg(long, value_name = "SUBNET", value_delimiter = ',', add = completion::names_of("subnets"))]
    external: Vec<String>,
    /// Static route: destination and next hop (can be repeated)
    #[arg(long, value_name = "CIDR=VIA", value_parser = route)]
    route: Vec<StaticRoute>,
    /// Watch the way out by BFD; with a subnet of --ecmp it goes over the EIPs of the nodes
    #[arg(long)]
    bfd: bool,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

fn route(text: &str) -> std::result::Result<StaticRoute, String> {
    let (cidr, via) = text.split_once('=').ok_or("write CIDR=VIA, such as 0.0.0.0/0=10.5.204.254")?;
    let network = parse_network(cidr).map_err(|error| format!("{cidr:?} {error}"))?;
    let hop = parse_address(via).map_err(|error| format!("{via:?} {error}"))?;
    if network.is_ipv4() != hop.is_ipv4() {
        return Err(format!("{cidr} and {via} are of two families"));
    }
    Ok(StaticRoute {
        cidr: cidr.to_owned(),
        next_hop_ip: via.to_owned(),
        policy: "policyDst".to_owned(),
        ..StaticRoute::default()
    })
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let mut namespaces = context.typed_namespaces().to_vec();
    namespaces.dedup();
    let manifest = args.manifest(&namespaces);
    let cluster = context.cluster().await?;
    let target = Cluster::vpc(&args.name);
    let existing = cluster.get(target).await?.filter(|object| object["metadata"]["deletionTimestamp"].is_null());
    if let Some(object) = &existing {
        let differences = differences(&object["spec"], &manifest["spec"]);
        if !differences.is_empty() {
            return Err(differs(&args.name, &differences));
        }
    }
    let findings = findings(cluster, args, &manifest).await?;
    if existing.is_none() {
        args.policy.refuse(&format!("vpc/{}", args.name), &findings)?;
        args.policy.tell(context, &findings);
    }
    let report = |object: &Value, unchanged: bool| match format {
        Format::Json | Format::Yaml | Format::Name => print::object(context, format, object),
        Format::Table | Format::Wide => {
            let verb = if unchanged { "unchanged" } else { "created" };
            context.ui.line(&format!("vpc.kubeovn.io/{} {verb}{}", args.name, args.write.suffix()))
        }
    };
    match args.write.dry_run {
        DryRun::None => {}
        DryRun::Client => return report(&manifest, existing.is_some()).map(|()| Exit::Success),
        DryRun::Server if existing.is_some() => return report(&manifest, true).map(|()| Exit::Success),
        DryRun::Server => {
            let accepted = cluster.create(target, &manifest, true).await?;
            return report(&accepted, false).map(|()| Exit::Success);
        }
    }
    let show = format!("kubectl ko vpc show {}", args.name);
    context.ui.so_far(format!("whether vpc/{} was created is not known", args.name), &show);
    let (object, made) = cluster.ensure(Vpc::KIND, &args.name, &manifest).await?;
    let differences = differences(&object["spec"], &manifest["spec"]);
    if !made && !differences.is_empty() {
        return Err(differs(&args.name, &differences));
    }
    context.ui.so_far(format!("vpc/{} was created, and was not yet seen ready", args.name), show);
    let mut told = Vec::new();
    if args.write.wait {
        let proven = prove(context, args, &object).await;
        told = proven.map_err(|failure| failure.once_written(&format!("vpc/{}", args.name)))?;
    }
    match format {
        Format::Table | Format::Wide => {
            let verb = if made { "created" } else { "unchanged" };
            let behind = if told.is_empty() { String::new() } else { format!(": {}", told.join("; ")) };
            context.ui.line(&format!("vpc.kubeovn.io/{} {verb}{behind}", args.name))?;
        }
        _ => print::object(context, format, &cluster.get(target).await?.unwrap_or_default())?,
    }
    Ok(Exit::Success)
}

/// What the rules say of the VPC, and of each network that it is joined to.
async fn findings(cluster: &Cluster, args: &CreateArgs, manifest: &Value) -> Result<Vec<Finding>> {
    let mut findings = judged::judge(cluster, &[manifest]).await?;
    if args.external.is_empty() {
        return Ok(findings);
    }
    let world = Box::pin(cluster.external()).await?;
    for subnet in &args.external {
        let intent = AttachIntent { vpc: args.name.clone(), subnet: subnet.clone(), ..AttachIntent::default() };
        for finding in joining::check(&world, &intent) {
            // the VPC is what is being made, and its own rules know of gateway nodes
            if finding.code != codes::KO502 && finding.code != codes::KO503 && !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    Ok(crate::check::sorted(findings))
}

async fn prove(context: &Context<'_>, args: &CreateArgs, object: &Value) -> Result<Vec<String>> {
    let joins = !args.external.is_empty();
    let done: fn(&Vpc) -> bool =
        if joins { |vpc| vpc.status.standby && vpc.status.enable_external } else { |vpc| vpc.status.standby };
    prove::taken(context, object, args.write.timeout, done).await?;
    let mut told = Vec::new();
    for subnet in &args.external {
        told.push(prove::joined(context, &args.name, subnet, args.write.timeout).await?.told());
    }
    Ok(told)
}

/// Fields of the manifest that the cluster has otherwise.
fn differences(is: &Value, wanted: &Value) -> Vec<String> {
    let fields = wanted.as_object().into_iter().flatten();
    let route = |route: &Value| (route["cidr"].clone(), route["nextHopIP"].clone());
    let same = |key: &str, is: &Value, wanted: &Value| match key {
        // the controller adds to them
        "staticRoutes" => {
            let has: Vec<_> = is.as_array().into_iter().flatten().map(route).collect();
            wanted.as_array().into_iter().flatten().all(|one| has.contains(&route(one)))
        }
        "namespaces" | "extraExternalSubnets" => {
            let list = |value: &Value| {
                let mut all: Vec<String> = value.as_array().into_iter().flatten().map(ToString::to_string).collect();
                all.sort_unstable();
                all
            };
            list(is) == list(wanted)
        }
        _ => is == wanted,
    };
    let otherwise = fields.filter(|(key, value)| !same(key, &is[key.as_str()], value));
    otherwise.map(|(key, value)| format!("{key} is {}, asked for is {value}", is[key.as_str()])).collect()
}

fn differs(name: &str, differences: &[String]) -> Failure {
    let told = differences.iter().fold(String::new(), |all, one| format!("{all}\n  {one}"));
    Failure::new(Exit::Refused, format!("vpc/{name} is there already and differs, nothing was written{told}"))
        .hint(format!("kubectl ko vpc show {name}"))
        .hint(format!("kubectl ko external attach joins it to a network, kubectl edit vpc {name} changes the rest"))
}

impl CreateArgs {
    fn manifest(&self, namespaces: &[String]) -> Value {
        let mut spec = serde_json::Map::new();
        if !namespaces.is_empty() {
            spec.insert("namespaces".to_owned(), json!(namespaces));
        }
        if !self.external.is_empty() {
            spec.insert("enableExternal".to_owned(), json!(true));
            spec.insert("extraExternalSubnets".to_owned(), json!(self.external));
        }
        if !self.route.is_empty() {
            let routes = self
                .route
                .iter()
                .map(|route| json!({"cidr": route.cidr, "nextHopIP": route.next_hop_ip, "policy": route.policy}));
            spec.insert("staticRoutes".to_owned(), routes.collect());
        }
        if self.bfd {
            spec.insert("enableBfd".to_owned(), json!(true));
        }
        json!({"apiVersion": Vpc::KIND.api_version(), "kind": Vpc::KIND.kind, "metadata": {"name": self.name}, "spec": spec})
    }
}
