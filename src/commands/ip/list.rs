//! `kubectl ko ip list`

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::print::PrintArgs;
use super::Context;
use crate::api::{Ip, Kind, Resource as _, names};
use crate::cluster::Cluster;
use crate::cluster::rest::{Cells, Select};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Column, Format, Table, name_line};

/// List IPs: addresses of pods, VMs and nodes, and reservations
///
/// Without -n all of them; with -n those of that namespace's pods.
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Names (default: all)
    #[arg(value_name = "NAME", add = completion::names_of("ips"))]
    names: Vec<String>,
    /// Accepted for kubectl's sake: IPs are in no namespace, all are listed anyway
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Only what is reserved
    #[arg(long)]
    reserved: bool,
    /// Only those of a subnet
    #[arg(long, value_name = "SUBNET", add = completion::names_of("subnets"))]
    subnet: Option<String>,
    #[command(flatten)]
    print: PrintArgs,
}

const KIND: Kind = Ip::KIND;

/// Which of them are meant.
struct Wanted<'a> {
    names: &'a [String],
    namespace: Option<&'a str>,
    subnet: Option<&'a str>,
}

pub(super) async fn run(context: &Context<'_>, args: &ListArgs) -> Result<Exit> {
    let format = args.print.format()?;
    let cluster = context.cluster().await?;
    let namespace = context.typed_namespace().filter(|_| !args.all_namespaces);
    let wanted = Wanted { names: &args.names, namespace, subnet: args.subnet.as_deref() };
    // no column has the namespace, and a name does not say where it begins
    let whole = !matches!(format, Format::Table | Format::Name) || namespace.is_some() || few(args);
    let count = if whole || args.print.sorts_by_field() {
        let objects = objects(cluster, args, &wanted).await?;
        let count = objects.len();
        match format {
            Format::Json | Format::Yaml => args.print.objects(context, format, objects, args.names.len() == 1)?,
            _ => table_of_objects(context, args, format, objects)?,
        }
        count
    } else {
        let table = cells(cluster, args, &wanted).await?;
        let count = table.rows.len();
        print(context, args, format, table)?;
        count
    };
    if count == 0 && args.names.is_empty() {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace} namespace"));
        context.ui.note(&format!("No resources found{place}."));
    }
    Ok(Exit::Success)
}

fn print(context: &Context<'_>, args: &ListArgs, format: Format, table: Table) -> Result<()> {
    if format == Format::Name {
        let lines =
            table.rows.iter().fold(String::new(), |all, row| all + &name_line(KIND.kind, KIND.group, &row[0]) + "\n");
        return context.ui.data(lines.as_bytes());
    }
    if table.rows.is_empty() { Ok(()) } else { args.print.table(context, format, table) }
}

/// Up to this many names are read one by one; of more, all IPs are read.
const BY_NAME: usize = 8;

/// Whether a few are meant, by name alone: the server need not send all.
fn few(args: &ListArgs) -> bool {
    !args.names.is_empty() && args.names.len() <= BY_NAME && args.print.selector.is_none()
}

impl Wanted<'_> {
    fn has(&self, ip: &Ip) -> bool {
        self.names_has(ip.name())
            && self.namespace.is_none_or(|one| one == ip.spec.namespace)
            && self.subnet.is_none_or(|one| one == ip.spec.subnet)
    }

    fn names_has(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|one| one == name)
    }

    /// Every name that was typed has to be there.
    fn all_found<'f>(&self, found: impl Iterator<Item = &'f str>) -> Result<()> {
        let found: BTreeSet<&str> = found.collect();
        match self.names.iter().find(|name| !found.contains(name.as_str())) {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }
}

/// kubectl's sentence for an IP that is not there.
pub(super) fn missing(name: &str) -> Failure {
    Failure::no(format!("Error from server (NotFound): {} \"{name}\" not found", KIND.resource()))
        .hint("kubectl ko ip list")
}

/// Label selectors of what is to be read: those of a Subnet carry its label, and reservations do not.
fn selectors(args: &ListArgs) -> Vec<String> {
    let reserved = format!("{}=true", names::LABEL_IP_RESERVED);
    let of_subnet = args.subnet.as_ref().map(|subnet| format!("{}={subnet}", names::LABEL_SUBNET));
    let parts = match (args.reserved, of_subnet) {
        (true, _) => vec![reserved],
        (false, Some(of_subnet)) => vec![of_subnet, reserved],
        (false, None) => vec![String::new()],
    };
    let typed = args.print.selector.as_deref().unwrap_or_default();
    let both = |part: String| match (typed, part.as_str()) {
        ("", _) => part,
        (typed, "") => typed.to_owned(),
        (typed, part) => format!("{typed},{part}"),
    };
    parts.into_iter().map(both).collect()
}

fn chosen(labels: &str) -> Select<'_> {
    Select { labels: Some(labels).filter(|labels| !labels.is_empty()), fields: None }
}

async fn objects(cluster: &Cluster, args: &ListArgs, wanted: &Wanted<'_>) -> Result<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    if few(args) {
        let read = args.names.iter().map(|name| cluster.get(Cluster::ip(name)));
        all = futures::future::try_join_all(read).await?.into_iter().flatten().collect();
    } else {
        for labels in selectors(args) {
            all.extend(cluster.list_raw(KIND, None, chosen(&labels)).await?);
        }
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for mut object in all {
        let ip: Ip = serde_json::from_value(object.clone()).unwrap_or_default();
        if !wanted.has(&ip) || (args.reserved && !ip.is_reserved()) || !seen.insert(ip.metadata.name) {
            continue;
        }
        // items of a list carry neither; kubectl shows both
        if let Some(fields) = object.as_object_mut() {
            fields.entry("apiVersion").or_insert_with(|| KIND.api_version().into());
            fields.entry("kind").or_insert_with(|| KIND.kind.into());
        }
        found.push(object);
    }
    // of a name that is there and was left out by a filter nothing is to be said
    if !args.reserved && wanted.namespace.is_none() && wanted.subnet.is_none() {
        wanted.all_found(seen.iter().map(String::as_str))?;
    }
    Ok(found)
}

fn columns() -> Table {
    let first = ["NAME", "V4IP", "V6IP", "MAC", "NODE", "SUBNET", "RESERVED"].into_iter().map(Column::new);
    let wide = ["NAMESPACE", "POD", "TYPE", "READY"].into_iter().map(Column::wide);
    Table::new(first.chain(wide).collect())
}

fn table_of_objects(context: &Context<'_>, args: &ListArgs, format: Format, mut objects: Vec<Value>) -> Result<()> {
    if !args.print.sorts_by_field() {
        return print(context, args, format, rows_of(&objects));
    }
    if let Some(path) = &args.print.sort_by {
        crate::output::sort_objects(&mut objects, path).map_err(|error| Failure::usage(error.to_string()))?;
    }
    if format == Format::Name {
        return print(context, args, format, rows_of(&objects));
    }
    let unsorted = PrintArgs { sort_by: None, ..args.print.clone() };
    unsorted.table(context, format, rows_of(&objects))
}

fn rows_of(objects: &[Value]) -> Table {
    let mut table = columns();
    for object in objects {
        let ip: Ip = serde_json::from_value(object.clone()).unwrap_or_default();
        // of one on its way out the address means nothing any more
        let ready = if ip.metadata.is_terminating() { "Terminating".to_owned() } else { ip.is_ready().to_string() };
        let (reserved, subnet) = (ip.is_reserved().to_string(), ip.spec.subnet.clone());
        let Ip { metadata, spec } = ip;
        table.push(vec![
            metadata.name,
            spec.v4_ip_address,
            spec.v6_ip_address,
            spec.mac_address,
            spec.node_name,
            subnet,
            reserved,
            spec.namespace,
            spec.pod_name,
            spec.pod_type,
            ready,
        ]);
    }
    table
}

/// From the server's own cells, and which of them are reserved by asking for the label; the objects are asked for only where a
/// release has no such column.
async fn cells(cluster: &Cluster, args: &ListArgs, wanted: &Wanted<'_>) -> Result<Table> {
    let reserved = format!("{}=true", names::LABEL_IP_RESERVED);
    let mut all = Vec::new();
    for labels in selectors(args) {
        let is_reserved = args.reserved || (wanted.subnet.is_some() && labels.ends_with(&reserved));
        all.push((is_reserved, cluster.cells(KIND, None, chosen(&labels)).await?));
    }
    let marked: BTreeSet<String> = if all.iter().any(|(is_reserved, _)| *is_reserved) {
        let rows = all.iter().filter(|(is_reserved, _)| *is_reserved).flat_map(|(_, cells)| &cells.rows);
        rows.filter_map(|row| row.first().cloned()).collect()
    } else {
        let cells = cluster.cells(KIND, None, chosen(&reserved)).await?;
        cells.rows.into_iter().filter_map(|row| row.into_iter().next()).collect()
    };
    let mut table = columns();
    table.columns.truncate(7);
    let mut seen = BTreeSet::new();
    for (_, cells) in all {
        let Some(rows) = rows_of_cells(cells) else { return Ok(rows_of(&objects(cluster, args, wanted).await?)) };
        for mut row in rows {
            let of_subnet = wanted.subnet.is_none_or(|one| one == row[5]);
            if wanted.names_has(&row[0]) && of_subnet && seen.insert(row[0].clone()) {
                row.push(marked.contains(&row[0]).to_string());
                table.push(row);
            }
        }
    }
    // two answers, each sorted by itself
    table.rows.sort_by(|one, other| one[0].cmp(&other[0]));
    if !args.reserved && wanted.subnet.is_none() {
        wanted.all_found(table.rows.iter().map(|row| row[0].as_str()))?;
    }
    Ok(table)
}

fn rows_of_cells(cells: Cells) -> Option<Vec<Vec<String>>> {
    let column = |name: &str| cells.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let at = ["Name", "V4IP", "V6IP", "Mac", "Node", "Subnet"].map(column);
    let at: Vec<usize> = at.into_iter().collect::<Option<_>>()?;
    let row =
        |mut row: Vec<String>| at.iter().map(|at| row.get_mut(*at).map(std::mem::take).unwrap_or_default()).collect();
    Some(cells.rows.into_iter().map(row).collect())
}
