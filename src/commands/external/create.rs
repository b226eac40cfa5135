//! `kubectl ko external create`

use std::fmt::Write as _;

use serde_json::Value;

use super::super::judged;
use super::super::write::{DryRun, PolicyArgs, WriteArgs};
use super::super::{Context, print};
use crate::api::{ProviderNetwork, Resource as _};
use crate::check::explain;
use crate::cluster::leader::Waited;
use crate::cluster::rest::{Target, typed};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, name_line};
use crate::plan::external::{NetworkIntent, Piece, pieces};

/// Make an external network: provider network, vlan and subnet, all of them or nothing
///
/// What is there already and fits is taken. When the API server or the controller refuses a part, what this run made is deleted again. The same
/// command again goes on where it was interrupted.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko external create external204 --provider-network external204 --interface eth1 --vlan 204 \\
    --cidr 10.5.204.0/24 --gateway 10.5.204.254 --exclude 10.5.204.1..10.5.204.100")]
pub(super) struct CreateArgs {
    /// Name of the subnet
    subnet: String,
    /// Provider network, new or existing: what OVN calls the interface of the nodes
    #[arg(long, value_name = "NAME")]
    provider_network: String,
    /// Interface of the nodes; needed when the provider network is new
    #[arg(long, value_name = "INTERFACE", default_value = "", hide_default_value = true)]
    interface: String,
    /// VLAN tag (default: none)
    #[arg(long, value_name = "ID", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(i64).range(0..=4094))]
    vlan: i64,
    /// Its network, such as 10.5.204.0/24
    #[arg(long, value_name = "CIDR")]
    cidr: String,
    /// Its gateway, which is outside of OVN
    #[arg(long, value_name = "ADDRESS")]
    gateway: String,
    /// Addresses that OVN must not give out: an address or FIRST..LAST (can be repeated)
    #[arg(long, value_name = "RANGE", value_delimiter = ',')]
    exclude: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// An object that this run made, in the order in which they were.
struct Made {
    piece: usize,
    uid: String,
}

pub(super) async fn run(context: &Context<'_>, args: &CreateArgs) -> Result<Exit> {
    let format = args.write.format()?;
    let intent = NetworkIntent {
        subnet: args.subnet.clone(),
        network: args.provider_network.clone(),
        interface: args.interface.clone(),
        vlan: args.vlan,
        cidr: args.cidr.clone(),
        gateway: args.gateway.clone(),
        exclude: args.exclude.clone(),
    };
    let cluster = context.cluster().await?;
    let world = Box::pin(cluster.external()).await?;
    for (what, lack) in [("vlans", world.vlans.unknown()), ("provider networks", world.networks.unknown())] {
        if let Some(lack) = lack {
            return Err(Failure::cluster(format!("{what} must be readable: {}", lack.why)).hints(lack.repair.clone()));
        }
    }
    let pieces = pieces(&world, &intent);
    if !pieces[0].there && intent.interface.is_empty() {
        return Err(Failure::usage(format!(
            "there is no provider network {}: --interface says which interface of the nodes it is",
            intent.network
        ))
        .hint("kubectl get provider-networks"));
    }
    if let Some(differs) = differs(&pieces) {
        return Err(differs);
    }
    let new: Vec<&Value> = pieces.iter().filter(|piece| !piece.there).map(|piece| &piece.manifest).collect();
    let judged = judged::judge(cluster, &new).await?;
    let object = format!("subnet/{}", intent.subnet);
    args.policy.refuse(&object, &judged)?;
    args.policy.tell(context, &judged);
    if args.write.dry_run != DryRun::None {
        return dry(context, args, format, &pieces).await;
    }
    let made = make(context, &pieces).await?;
    let lines: Vec<(bool, usize)> = (0..pieces.len()).map(|at| (made.iter().any(|one| one.piece == at), at)).collect();
    if args.write.wait {
        wait(context, args, &pieces, &made).await?;
    }
    match format {
        Format::Json | Format::Yaml | Format::Name => {
            let mut objects = Vec::new();
            for piece in &pieces {
                objects.extend(cluster.get(Target::one(piece.kind, "", &piece.name)).await?);
            }
            print::objects(context, format, &objects)?;
        }
        Format::Table | Format::Wide => {
            for (new, at) in lines {
                let piece = &pieces[at];
                let verb = if new { "created" } else { "unchanged" };
                context.ui.line(&format!("{} {verb}", name_line(piece.kind.kind, piece.kind.group, &piece.name)))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// What is there under a name and is otherwise.
fn differs(pieces: &[Piece]) -> Option<Failure> {
    let mut told = String::new();
    for piece in pieces {
        for difference in &piece.differences {
            let _ = write!(told, "\n  {}: {difference}", named(piece));
        }
    }
    (!told.is_empty()).then(|| {
        Failure::new(Exit::Refused, format!("what is there already differs, nothing was written{told}"))
            .hint("ask for what is there, or choose other names")
    })
}

fn named(piece: &Piece) -> String {
    match piece.kind.kind {
        "ProviderNetwork" => format!("provider-network/{}", piece.name),
        other => format!("{}/{}", other.to_ascii_lowercase(), piece.name),
    }
}

async fn dry(context: &Context<'_>, args: &CreateArgs, format: Format, pieces: &[Piece; 3]) -> Result<Exit> {
    let cluster = context.cluster().await?;
    let mut objects = Vec::new();
    for piece in pieces.iter().filter(|piece| !piece.there) {
        let target = Target::one(piece.kind, "", &piece.name);
        objects.push(match args.write.dry_run {
            DryRun::Server => cluster.create(target, &piece.manifest, true).await?,
            _ => piece.manifest.clone(),
        });
    }
    match format {
        Format::Json | Format::Yaml | Format::Name => print::objects(context, format, &objects)?,
        Format::Table | Format::Wide => {
            for piece in pieces {
                let verb = if piece.there { "unchanged" } else { "created" };
                let name = name_line(piece.kind.kind, piece.kind.group, &piece.name);
                context.ui.line(&format!("{name} {verb}{}", args.write.suffix()))?;
            }
        }
    }
    Ok(Exit::Success)
}

/// Makes what is not there; when one is refused, what was made before it goes again.
async fn make(context: &Context<'_>, pieces: &[Piece; 3]) -> Result<Vec<Made>> {
    let cluster = context.cluster().await?;
    let mut made: Vec<Made> = Vec::new();
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.there) {
        context.ui.so_far(
            "the external network is not whole, or was not yet seen ready".to_owned(),
            "the same command again goes on",
        );
        match cluster.ensure(piece.kind, &piece.name, &piece.manifest).await {
            Ok((object, true)) => {
                made.push(Made { piece: at, uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned() });
            }
            // somebody was faster: what is there has to be the same
            Ok((object, false)) if !covers(&object["spec"], &piece.manifest["spec"]) => {
                let failure = Failure::no(format!("{} was made otherwise by somebody else meanwhile", named(piece)));
                return Err(undone(context, pieces, &made, failure).await);
            }
            Ok(_) => {}
            Err(failure) if made.is_empty() => return Err(failure),
            // whether it is there is not known: what it stands on stays under it
            Err(failure) if failure.exit == Exit::Incomplete => {
                let there: Vec<String> = made.iter().map(|one| named(&pieces[one.piece])).collect();
                let failure = failure.during(format_args!("{}, behind {}", named(piece), there.join(", ")));
                return Err(failure);
            }
            Err(failure) => {
                let failure = failure.during(format_args!("{} was refused", named(piece)));
                return Err(undone(context, pieces, &made, failure).await);
            }
        }
    }
    Ok(made)
}

/// Whether a spec has all fields of another one with their values.
fn covers(spec: &Value, wanted: &Value) -> bool {
    let fields = wanted.as_object().into_iter().flatten();
    fields.into_iter().all(|(key, value)| key == "excludeIps" || spec[key] == *value)
}

/// Deletes what this run made, the last first, and says so behind the failure.
async fn undone(context: &Context<'_>, pieces: &[Piece; 3], made: &[Made], failure: Failure) -> Failure {
    let Ok(cluster) = context.cluster().await else { return failure };
    let (mut gone, mut left) = (Vec::new(), Vec::new());
    for one in made.iter().rev() {
        let piece = &pieces[one.piece];
        match cluster.delete(Target::one(piece.kind, "", &piece.name), &one.uid, false).await {
            Ok(_) => gone.push(named(piece)),
            Err(why) => left.push(format!("{} ({})", named(piece), why.reason())),
        }
    }
    let mut failure = failure;
    if !gone.is_empty() {
        let _ = write!(failure.message, "\n  undone: {}", gone.join(", "));
    }
    if left.is_empty() {
        return failure;
    }
    let _ = write!(failure.message, "\n  left behind: {}", left.join(", "));
    failure.ending(Exit::Incomplete)
}

/// Waits until the Subnet is ready and the nodes have the bridge.
async fn wait(context: &Context<'_>, args: &CreateArgs, pieces: &[Piece; 3], made: &[Made]) -> Result<()> {
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for subnet/{} to be ready", args.subnet));
    let read = async |piece: &Piece| cluster.get(Target::one(piece.kind, "", &piece.name)).await;
    let object = read(&pieces[2]).await?.unwrap_or_default();
    let unproven = |what: String| Failure::new(Exit::Unproven, what);
    let all = "the external network was written";
    match cluster.wait_subnet(&object, args.write.timeout).await? {
        Waited::Done(_) => {}
        Waited::Said(sentence) => {
            let explained = explain::vpc(&sentence, "");
            let text = format!(
                "subnet/{} does not get ready: {}\n  kube-ovn-controller: {sentence}",
                args.subnet, explained.meaning
            );
            return Err(undone(context, pieces, made, unproven(text)).await);
        }
        Waited::Gone => {
            return Err(Failure::new(
                Exit::Incomplete,
                format!("{all}, and subnet/{} was deleted by somebody else meanwhile", args.subnet),
            ));
        }
        Waited::Silent(known) | Waited::Unheard(known) => {
            return Err(unproven(format!("{all}, and subnet/{} is not ready yet: {known}", args.subnet))
                .hint(format!("kubectl describe subnet {}", args.subnet))
                .hint("the same command again waits for it"));
        }
    }
    let object = read(&pieces[0]).await?.unwrap_or_default();
    let network: ProviderNetwork = typed(object.clone(), ProviderNetwork::KIND)?;
    if network.status.ready {
        return Ok(());
    }
    if let Waited::Done(_) = cluster.wait_network(&object, args.write.timeout).await? {
        return Ok(());
    }
    let now = cluster.find::<ProviderNetwork>("", network.name()).await?.unwrap_or_default();
    let lacking = now.status.not_ready_nodes.join(", ");
    let on = if lacking.is_empty() { "any node".to_owned() } else { lacking };
    let mut said = now.status.conditions.iter().filter(|one| one.condition.status != "True");
    let said = said.find(|one| !one.condition.message.is_empty());
    let said = said.map(|one| format!("\n  kube-ovn-cni on {}: {}", one.node, one.condition.message));
    let said = said.unwrap_or_default();
    let bridge = network.name();
    Err(unproven(format!("{all}, but kube-ovn-cni has not made the bridge br-{bridge} on {on}{said}"))
        .hint("kubectl get pods -A -l app=kube-ovn-cni -o wide")
        .hint(format!("kubectl get provider-network {bridge} -o yaml")))
}
