//! `kubectl ko external list`

use super::super::Context;
use super::super::listing::{self, Part, Rows};
use super::super::print::PrintArgs;
use crate::api::{Resource as _, Subnet};
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::Format;
use crate::world::external::{External, Link};

/// List external networks and the VPCs on them
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "SUBNET", add = completion::names_of("subnets"))]
    names: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let format = args.print.format()?;
    let cluster = context.cluster().await?;
    let world = Box::pin(cluster.external()).await?;
    let externals = world.names();
    let part = Part {
        noun: "external",
        kind: Subnet::KIND,
        optional: false,
        names: &args.names,
        selector: args.print.selector.as_deref(),
    };
    let mut objects = part.objects(cluster).await?;
    objects.retain(|object| externals.contains(listing::name_in(object)));
    if let Some(absent) = args.names.iter().find(|name| !objects.iter().any(|object| listing::name_in(object) == *name))
    {
        return Err(listing::missing("external", Subnet::KIND, absent));
    }
    if matches!(format, Format::Json | Format::Yaml) || args.print.sorts_by_field() {
        return match format {
            Format::Json | Format::Yaml | Format::Name => {
                args.print.objects(context, format, objects, args.names.len() == 1).map(|()| Exit::Success)
            }
            _ => Err(crate::failure::Failure::usage("this table is sorted by a column: --sort-by NAME")),
        };
    }
    let columns = listing::columns(
        &["NAME", "CIDR", "GATEWAY", "PROVIDER-NETWORK", "VLAN", "READY", "VPCS"],
        &["EXCLUDED", "NODES"],
    );
    let mut rows = Rows::new(columns);
    for object in &objects {
        if let Some(subnet) = world.subnet(listing::name_in(object)) {
            rows.push(Subnet::KIND, row(&world, subnet));
        }
    }
    if rows.count() == 0 {
        context.ui.note("No resources found.");
        return Ok(Exit::Success);
    }
    rows.print(context, &args.print, format)?;
    Ok(Exit::Success)
}

fn row(world: &External, subnet: &Subnet) -> Vec<String> {
    let vlan = world.vlan(&subnet.spec.vlan);
    let links = world.links(subnet.name());
    let vpcs: Vec<String> = links.iter().map(in_short).collect();
    let network = world.network_of(subnet);
    let ready = match network {
        _ if subnet.metadata.is_terminating() => "Terminating".to_owned(),
        Some(network) => (subnet.is_ready() && network.status.ready).to_string(),
        None => subnet.is_ready().to_string(),
    };
    vec![
        subnet.name().to_owned(),
        subnet.spec.cidr_block.clone(),
        subnet.spec.gateway.clone(),
        vlan.map(|vlan| vlan.spec.provider.clone()).unwrap_or_default(),
        vlan.map(|vlan| vlan.spec.id.to_string()).unwrap_or_default(),
        ready,
        vpcs.join(","),
        subnet.spec.exclude_ips.join(","),
        network.map(|network| network.status.ready_nodes.join(",")).unwrap_or_default(),
    ]
}

/// A VPC on a network: `vpc1`, with a mark where its way is broken.
fn in_short(link: &Link<'_>) -> String {
    let vpc = link.vpc.name();
    match (link.asked, link.port) {
        (true, Some(_)) => vpc.to_owned(),
        (true, None) => format!("{vpc}(no port)"),
        (false, _) => format!("{vpc}(left)"),
    }
}
