//! `kubectl ko nat list`

use std::collections::BTreeMap;

use ipnetwork::IpNetwork;

use super::super::print::PrintArgs;
use super::super::{Context, listing};
use super::entries::Asked;
use super::sheet::Sheet;
use crate::api::nat_kind::{NatKind, NatName, Role};
use crate::api::{Resource as _, VpcNatGateway};
use crate::cluster::Cluster;
use crate::completion;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::net::parse_address;
use crate::plan::target::{FORMS, Target};
use crate::world::nat_entry::Entry;
use crate::world::nat_filter::{Filter, Targeted};

/// List EIPs and the rules that use them, of both families, in one table
///
/// KIND/NAME names an object wherever a name is asked for. A filter leaves the rules that fit, and their EIPs.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Only rules of this VPC
    #[arg(long, value_name = "NAME")]
    vpc: Option<String>,
    /// Only this EIP and its rules (NAME, oeip/NAME or iptables-eip/NAME)
    #[arg(long, value_name = "EIP", add = completion::names_of("ovn-eips"))]
    eip: Option<String>,
    /// Only rules that lead to this, or that its traffic leaves by: pod/NAME[@NAD], vm/NAME, sts/NAME[-0], vip/NAME, ip/NAME,
    /// subnet/NAME, an address or a CIDR
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Only what has this external address
    #[arg(long, value_name = "ADDRESS")]
    external_ip: Option<String>,
    /// Accepted for kubectl's sake: EIPs and rules are in no namespace
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let target = args.target.as_deref().map(Target::parse).transpose().map_err(Failure::usage)?;
    let eip = args.eip.as_deref().map(|eip| NatName::parse(eip, Role::Eip)).transpose().map_err(Failure::usage)?;
    let external = args.external_ip.as_deref().map(parse_address).transpose();
    let external = external.map_err(|error| Failure::usage(format!("--external-ip: {error}")))?;
    let cluster = context.cluster().await?;
    let by_vpc = args.vpc.is_some() || target.is_some();
    let (target, gateways) = tokio::try_join!(
        async {
            match &target {
                Some(target) => targeted(cluster, target, args.vpc.as_deref()).await.map(Some),
                None => Ok(None),
            }
        },
        async { if by_vpc { gateways(cluster).await } else { Ok(BTreeMap::new()) } },
    )?;
    let filter = Filter { vpc: args.vpc.clone(), eip, external, target, gateways };
    let sheet = Sheet {
        asked: Asked { kinds: &NatKind::ALL, names: &[], selector: args.print.selector.as_deref() },
        print: &args.print,
        filter: &filter,
        columns: listing::columns(
            &["NAME", "KIND", "EIP", "EXTERNAL", "PROTOCOL", "INTERNAL", "TARGET", "ON", "READY"],
            &[],
        ),
        row: &row,
    };
    if sheet.run(context).await? == 0 {
        context.ui.note("No resources found");
    }
    Ok(Exit::Success)
}

fn row(entry: Entry) -> Vec<String> {
    let (external, inside, place) = (entry.external_shown(), entry.inside_shown(), entry.place().to_owned());
    let kind = entry.kind.word().to_owned();
    let Entry { name, eip, ports: [_, _, protocol], target, ready, .. } = entry;
    vec![name, kind, eip.unwrap_or_default(), external, protocol, inside, target, place, ready]
}

async fn targeted(cluster: &Cluster, target: &Target, vpc: Option<&str>) -> Result<Targeted> {
    let namespace = cluster.namespace();
    let bare = |networks| Targeted { networks, vpc: vpc.unwrap_or_default().to_owned(), ..Targeted::default() };
    match target {
        Target::Pod(name, attachment) | Target::Vm(name, attachment) => {
            cluster.targeted_port(name, namespace, attachment.as_deref()).await
        }
        Target::StatefulSet(set, Some(ordinal), attachment) => {
            cluster.targeted_port(&format!("{set}-{ordinal}"), namespace, attachment.as_deref()).await
        }
        Target::StatefulSet(_, None, Some(_)) => {
            Err(Failure::usage(format!("{target}: name one pod of the set")).hint(FORMS))
        }
        Target::StatefulSet(set, None, None) => cluster.targeted_set(set, namespace).await,
        Target::Vip(name) => cluster.targeted_vip(name).await,
        Target::Ip(name) => cluster.targeted_ip(name).await,
        Target::Subnet(name) => cluster.targeted_subnet(name).await,
        Target::Address(address) => Ok(bare(vec![IpNetwork::from(*address)])),
        Target::Cidr(network) => Ok(bare(vec![*network])),
    }
}

/// The VPC of each gateway, by name.
async fn gateways(cluster: &Cluster) -> Result<BTreeMap<String, String>> {
    let found: Result<Vec<VpcNatGateway>> = cluster.list(None, crate::cluster::rest::Select::default()).await;
    match found {
        Ok(found) => Ok(found.into_iter().map(|one| (one.name().to_owned(), one.spec.vpc)).collect()),
        Err(failure) if [Cause::UnknownKind, Cause::Forbidden].contains(&failure.cause) => Ok(BTreeMap::new()),
        Err(failure) => Err(failure),
    }
}
