//! `kubectl ko vip list`

use serde_json::Value;

use super::super::listing::{self, List, Part};
use super::super::print::PrintArgs;
use super::Context;
use crate::api::{Kind, Resource as _, Vip, names};
use crate::cluster::rest::Cells;
use crate::completion;
use crate::failure::{Exit, Failure, Result};

/// List Vips
///
/// Without -n all of them; with -n those whose pods are in that namespace.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("vips"))]
    names: Vec<String>,
    /// Accepted for kubectl's sake: Vips are in no namespace, all are listed anyway
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

const KIND: Kind = Vip::KIND;

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let namespace = context.typed_namespace().filter(|_| !args.all_namespaces);
    let list = List {
        part: Part {
            noun: "vip",
            kind: KIND,
            optional: false,
            names: &args.names,
            selector: args.print.selector.as_deref(),
        },
        print: &args.print,
        columns: listing::columns(
            &["NAME", "NAMESPACE", "V4IP", "V6IP", "MAC", "SUBNET", "TYPE", "READY"],
            &["LENT-TO", "SELECTOR"],
        ),
        of_cells,
        of_object,
        keep: &|row| namespace.is_none_or(|namespace| row[1] == namespace),
    };
    if list.run(context).await? == 0 && args.names.is_empty() {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace} namespace"));
        context.ui.note(&format!("No resources found{place}."));
    }
    Ok(Exit::Success)
}

/// kubectl's sentence for a Vip that is not there.
pub(super) fn missing(name: &str) -> Failure {
    listing::missing("vip", KIND, name)
}

fn of_object(object: &Value) -> Vec<String> {
    let vip: Vip = serde_json::from_value(object.clone()).unwrap_or_default();
    // of a Vip on its way out the address means nothing any more
    let ready = if vip.metadata.is_terminating() { "Terminating".to_owned() } else { vip.is_ready().to_string() };
    let lent = vip.metadata.label(names::LABEL_IP_RESERVED).to_owned();
    let selector = vip.spec.selector.join(",");
    let Vip { metadata, spec, status } = vip;
    vec![
        metadata.name,
        spec.namespace,
        status.v4_ip,
        status.v6_ip,
        status.mac,
        spec.subnet,
        status.kind,
        ready,
        lent,
        selector,
    ]
}

fn of_cells(cells: Cells) -> Option<Vec<Vec<String>>> {
    let rows = listing::pick(cells, ["Name", "Namespace", "V4IP", "V6IP", "Mac", "Subnet", "Type"])?;
    let rows = rows.into_iter().map(|row| {
        let has_address = !row[2].is_empty() || !row[3].is_empty();
        let ready = (has_address && !row[4].is_empty()).to_string();
        row.into_iter().chain([ready]).collect()
    });
    Some(rows.collect())
}
