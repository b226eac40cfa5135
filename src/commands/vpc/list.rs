//! `kubectl ko vpc list`

use serde_json::Value;

use super::super::Context;
use super::super::listing::{self, List, Part};
use super::super::print::PrintArgs;
use crate::api::{Kind, Resource as _, Vpc};
use crate::completion;
use crate::failure::{Exit, Result};

/// List VPCs
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("vpcs"))]
    names: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
}

const KIND: Kind = Vpc::KIND;

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let namespace = context.typed_namespace();
    let list = List {
        part: Part {
            noun: "vpc",
            kind: KIND,
            optional: false,
            names: &args.names,
            selector: args.print.selector.as_deref(),
        },
        print: &args.print,
        columns: listing::columns(&["NAME", "READY", "NAMESPACES", "SUBNETS", "EXTERNAL"], &["ROUTES", "BFD"]),
        // the server's cells say neither what the spec asks for nor that it is being deleted
        of_cells: |_| None,
        of_object,
        keep: &|row| namespace.is_none_or(|namespace| row[2].split(',').any(|one| one == namespace)),
    };
    if list.run(context).await? == 0 && args.names.is_empty() {
        context.ui.note("No resources found.");
    }
    Ok(Exit::Success)
}

fn of_object(object: &Value) -> Vec<String> {
    let vpc: Vpc = serde_json::from_value(object.clone()).unwrap_or_default();
    let ready = if vpc.metadata.is_terminating() { "Terminating".to_owned() } else { vpc.status.standby.to_string() };
    let external = match (vpc.spec.enable_external, vpc.spec.extra_external_subnets.as_slice()) {
        (false, _) => String::new(),
        (true, []) => "default".to_owned(),
        (true, extra) => extra.join(","),
    };
    let routes: Vec<String> =
        vpc.spec.static_routes.iter().map(|route| format!("{}={}", route.cidr, route.next_hop_ip)).collect();
    vec![
        vpc.metadata.name,
        ready,
        vpc.spec.namespaces.join(","),
        vpc.status.subnets.join(","),
        external,
        routes.join(","),
        vpc.spec.enable_bfd.to_string(),
    ]
}
