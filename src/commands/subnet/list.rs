//! `kubectl ko subnet list`

use serde_json::Value;

use super::super::listing::{self, List, Part};
use super::super::print::PrintArgs;
use super::Context;
use crate::api::{Resource as _, Subnet};
use crate::cluster::rest::Cells;
use crate::completion;
use crate::failure::{Exit, Result};

/// List Subnets
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("subnets"))]
    names: Vec<String>,
    /// Only those of a VPC
    #[arg(long, value_name = "VPC", add = completion::names_of("vpcs"))]
    vpc: Option<String>,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let list = List {
        part: Part {
            noun: "subnet",
            kind: Subnet::KIND,
            optional: false,
            names: &args.names,
            selector: args.print.selector.as_deref(),
        },
        print: &args.print,
        columns: listing::columns(
            &["NAME", "PROVIDER", "VPC", "VLAN", "PROTOCOL", "CIDR", "V4USED", "V4AVAILABLE", "V6USED", "V6AVAILABLE"],
            &["PRIVATE", "NAT", "DEFAULT", "GATEWAYTYPE", "GATEWAY", "READY", "NAMESPACES", "EXCLUDEIPS"],
        ),
        of_cells,
        of_object,
        keep: &|row| args.vpc.as_ref().is_none_or(|vpc| row[2] == *vpc),
    };
    if list.run(context).await? == 0 && args.names.is_empty() {
        context.ui.note("No resources found.");
    }
    Ok(Exit::Success)
}

fn of_object(object: &Value) -> Vec<String> {
    let subnet: Subnet = serde_json::from_value(object.clone()).unwrap_or_default();
    let ready = if subnet.metadata.is_terminating() { "Terminating".to_owned() } else { subnet.is_ready().to_string() };
    let Subnet { metadata, spec, status } = subnet;
    vec![
        metadata.name,
        spec.provider,
        spec.vpc,
        spec.vlan,
        spec.protocol,
        spec.cidr_block,
        number(status.v4_using),
        number(status.v4_available),
        number(status.v6_using),
        number(status.v6_available),
        spec.private.to_string(),
        spec.nat_outgoing.to_string(),
        spec.default.to_string(),
        spec.gateway_type,
        spec.gateway,
        ready,
        spec.namespaces.join(","),
        spec.exclude_ips.join(","),
    ]
}

fn of_cells(cells: Cells) -> Option<Vec<Vec<String>>> {
    let names =
        ["Name", "Provider", "Vpc", "Vlan", "Protocol", "CIDR", "V4Used", "V4Available", "V6Used", "V6Available"];
    Some(listing::pick(cells, names)?.into_iter().map(Vec::from).collect())
}

/// A count as kubectl prints it.
fn number(count: f64) -> String {
    count.to_string()
}
