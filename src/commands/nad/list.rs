//! `kubectl ko nad list`

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::listing::{self, Rows};
use super::super::print::PrintArgs;
use super::{Context, missing};
use crate::api::{Nad, Resource as _, Subnet};
use crate::cluster::rest::{Select, typed};
use crate::completion;
use crate::failure::{Cause, Exit, Result};
use crate::output::Format;

/// List `NetworkAttachmentDefinitions` with the subnets of their provider
///
/// Of the context's namespace, of another with -n, of all with -A.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("network-attachment-definitions"))]
    names: Vec<String>,
    /// Those of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    print: PrintArgs,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let format = args.print.format()?;
    let cluster = context.cluster().await?;
    let namespace = (!args.all_namespaces).then(|| cluster.namespace());
    let select = Select { labels: args.print.selector.as_deref(), fields: None };
    let (objects, subnets) =
        tokio::join!(cluster.list_raw(Nad::KIND, namespace, select), cluster.list::<Subnet>(None, Select::default()));
    let mut objects = match objects {
        // without Multus there is none
        Err(failure) if failure.cause == Cause::UnknownKind => Vec::new(),
        read => read?,
    };
    objects.retain(|object| args.names.is_empty() || args.names.iter().any(|name| name == listing::name_in(object)));
    if let Some(name) = args.names.iter().find(|name| !objects.iter().any(|object| listing::name_in(object) == **name))
    {
        return Err(missing(name, namespace.unwrap_or("any")));
    }
    for object in &mut objects {
        object["apiVersion"] = Nad::KIND.api_version().into();
        object["kind"] = Nad::KIND.kind.into();
    }
    let by_provider = match subnets {
        Ok(subnets) => Some(of_providers(subnets)),
        Err(failure) if failure.cause == Cause::Forbidden => None,
        Err(failure) => return Err(failure),
    };
    if matches!(format, Format::Json | Format::Yaml) {
        args.print.objects(context, format, objects, args.names.len() == 1)?;
        return Ok(Exit::Success);
    }
    if objects.is_empty() {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace} namespace"));
        context.ui.note(&format!("No resources found{place}."));
        return Ok(Exit::Success);
    }
    let print = &listing::in_order(&args.print, &mut objects)?;
    let mut rows = Rows::new(listing::columns(
        &["NAME", "NAMESPACE", "TYPE", "PROVIDER", "SUBNETS", "AGE"],
        &["MASTER", "ROUTES"],
    ));
    for object in &objects {
        rows.push(Nad::KIND, row(typed(object.clone(), Nad::KIND)?, by_provider.as_ref()));
    }
    rows.print(context, print, format)?;
    Ok(if by_provider.is_none() { Exit::Partial } else { Exit::Success })
}

/// Names of the Subnets of each provider.
fn of_providers(subnets: Vec<Subnet>) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for subnet in subnets {
        all.entry(subnet.spec.provider).or_default().push(subnet.metadata.name);
    }
    all
}

fn row(nad: Nad, subnets: Option<&BTreeMap<String, Vec<String>>>) -> Vec<String> {
    let provider = nad.provider();
    let own = match subnets {
        None => "?".to_owned(),
        Some(all) => all.get(&provider).map_or_else(String::new, |names| names.join(",")),
    };
    let kind = match nad.types() {
        types if types.is_empty() => "?".to_owned(),
        types => types.join(","),
    };
    let config = nad.config().ok().flatten().unwrap_or_default();
    let master = config["master"].as_str().or(config["device"].as_str()).unwrap_or_default().to_owned();
    let routes: Vec<String> = routes(&nad).iter().map(route).collect();
    let created = nad.metadata.creation_timestamp.parse().ok();
    let age = crate::output::age(created, jiff::Timestamp::now());
    vec![nad.metadata.name, nad.metadata.namespace, kind, provider, own, age, master, routes.join(",")]
}

/// The routes that Kube-OVN's part of the configuration has.
pub(super) fn routes(nad: &Nad) -> Vec<Value> {
    nad.own_part().and_then(|part| part["routes"].as_array().cloned()).unwrap_or_default()
}

/// `DST=GW`, or the destination alone.
pub(super) fn route(route: &Value) -> String {
    let word = |field: &str| route[field].as_str().unwrap_or_default();
    match word("gw") {
        "" => word("dst").to_owned(),
        gateway => format!("{}={gateway}", word("dst")),
    }
}
