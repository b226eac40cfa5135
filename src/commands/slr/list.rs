//! `kubectl ko slr list`

use serde_json::Value;

use super::super::listing::{self, List, Part};
use super::super::print::PrintArgs;
use super::Context;
use crate::api::{Resource as _, SwitchLbRule};
use crate::cluster::rest::Cells;
use crate::completion;
use crate::failure::{Exit, Result};
use crate::output::age;

/// List SwitchLBRules
///
/// Without -n all of them; with -n those whose Service is in that namespace.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("switch-lb-rules"))]
    names: Vec<String>,
    /// Accepted for kubectl's sake: SwitchLBRules are in no namespace, all are listed anyway
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let namespace = context.typed_namespace().filter(|_| !args.all_namespaces);
    let list = List {
        part: Part {
            noun: "slr",
            kind: SwitchLbRule::KIND,
            optional: false,
            names: &args.names,
            selector: args.print.selector.as_deref(),
        },
        print: &args.print,
        columns: listing::columns(
            &["NAME", "VIP", "PORT(S)", "SERVICE", "AGE"],
            &["SELECTOR", "ENDPOINTS", "AFFINITY"],
        ),
        of_cells,
        of_object,
        keep: &|row| namespace.is_none_or(|namespace| row[3].split('/').next() == Some(namespace)),
    };
    if list.run(context).await? == 0 && args.names.is_empty() {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace} namespace"));
        context.ui.note(&format!("No resources found{place}."));
    }
    Ok(Exit::Success)
}

fn of_object(object: &Value) -> Vec<String> {
    let rule: SwitchLbRule = serde_json::from_value(object.clone()).unwrap_or_default();
    let created = rule.metadata.creation_timestamp.parse().ok();
    let SwitchLbRule { metadata, spec, status } = rule;
    vec![
        metadata.name,
        spec.vip,
        status.ports,
        status.service,
        age(created, jiff::Timestamp::now()),
        spec.selector.join(","),
        spec.endpoints.join(","),
        spec.session_affinity,
    ]
}

fn of_cells(cells: Cells) -> Option<Vec<Vec<String>>> {
    Some(listing::pick(cells, ["Name", "vip", "port(s)", "service", "age"])?.into_iter().map(Vec::from).collect())
}
