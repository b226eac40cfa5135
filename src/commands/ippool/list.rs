//! `kubectl ko ippool list`

use serde_json::Value;

use super::super::listing::{self, List, Part};
use super::super::print::PrintArgs;
use super::Context;
use crate::api::{IpPool, Resource as _};
use crate::cluster::rest::Cells;
use crate::completion;
use crate::failure::{Exit, Result};

/// List IPPools
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("ippools"))]
    names: Vec<String>,
    /// Only those of a Subnet
    #[arg(long, value_name = "SUBNET", add = completion::names_of("subnets"))]
    subnet: Option<String>,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let list = List {
        part: Part {
            noun: "ippool",
            kind: IpPool::KIND,
            optional: false,
            names: &args.names,
            selector: args.print.selector.as_deref(),
        },
        print: &args.print,
        columns: listing::columns(
            &["NAME", "SUBNET", "IPS", "V4USED", "V4AVAILABLE", "V6USED", "V6AVAILABLE"],
            &["READY", "NAMESPACES", "ADDRESSSET"],
        ),
        of_cells,
        of_object,
        keep: &|row| args.subnet.as_ref().is_none_or(|subnet| row[1] == *subnet),
    };
    if list.run(context).await? == 0 && args.names.is_empty() {
        context.ui.note("No resources found.");
    }
    Ok(Exit::Success)
}

fn of_object(object: &Value) -> Vec<String> {
    let pool: IpPool = serde_json::from_value(object.clone()).unwrap_or_default();
    let number = |field: &str| object["status"][field].as_f64().map_or_else(String::new, |count| count.to_string());
    let ready = if pool.metadata.is_terminating() { "Terminating".to_owned() } else { pool.is_ready().to_string() };
    vec![
        pool.metadata.name,
        pool.spec.subnet,
        pool.spec.ips.join(","),
        number("v4UsingIPs"),
        number("v4AvailableIPs"),
        number("v6UsingIPs"),
        number("v6AvailableIPs"),
        ready,
        pool.spec.namespaces.join(","),
        pool.spec.enable_address_set.to_string(),
    ]
}

fn of_cells(cells: Cells) -> Option<Vec<Vec<String>>> {
    let rows = listing::pick(cells, ["Name", "Subnet", "IPs", "V4Used", "V4Available", "V6Used", "V6Available"])?;
    // the server prints a list as JSON
    let plain = |mut row: [String; 7]| {
        row[2] = row[2].replace(['[', ']', '"'], "");
        Vec::from(row)
    };
    Some(rows.into_iter().map(plain).collect())
}
