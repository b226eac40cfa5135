//! `kubectl ko vip list`

use serde_json::Value;

use super::super::print::PrintArgs;
use super::Context;
use crate::api::{Kind, Resource as _, Vip};
use crate::cluster::Cluster;
use crate::cluster::rest::{Cells, Select};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Column, Format, Table, name_line};

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
    let format = args.print.format()?;
    let cluster = context.cluster().await?;
    let namespace = context.typed_namespace().filter(|_| !args.all_namespaces);
    let wanted = Wanted { names: &args.names, namespace };
    // a few are read by name, and what is read as an object shows more than cells do
    let whole = matches!(format, Format::Json | Format::Yaml | Format::Wide) || few(args);
    let count = if whole || args.print.sorts_by_field() {
        let objects = objects(cluster, args, &wanted).await?;
        let count = objects.len();
        if format.is_table() {
            table_of_objects(context, args, format, objects)?;
        } else if format == Format::Name && !args.print.sorts_by_field() {
            names(context, args, rows_of(&objects))?;
        } else {
            args.print.objects(context, format, objects, args.names.len() == 1)?;
        }
        count
    } else {
        cells(context, cluster, args, format, &wanted).await?
    };
    if count == 0 && args.names.is_empty() {
        let place = namespace.map_or_else(String::new, |namespace| format!(" in {namespace} namespace"));
        context.ui.note(&format!("No resources found{place}."));
    }
    Ok(Exit::Success)
}

struct Wanted<'a> {
    names: &'a [String],
    namespace: Option<&'a str>,
}

impl Wanted<'_> {
    fn has(&self, name: &str, namespace: &str) -> bool {
        (self.names.is_empty() || self.names.iter().any(|one| one == name))
            && self.namespace.is_none_or(|one| one == namespace)
    }

    /// Every name that was typed has to be there.
    fn all_found<'f>(&self, found: impl Iterator<Item = &'f str>) -> Result<()> {
        let found: std::collections::BTreeSet<&str> = found.collect();
        match self.names.iter().find(|name| !found.contains(name.as_str())) {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }
}

/// kubectl's sentence for a Vip that is not there.
pub(super) fn missing(name: &str) -> Failure {
    Failure::no(format!("Error from server (NotFound): {} \"{name}\" not found", KIND.resource()))
        .hint("kubectl ko vip list")
}

/// Up to this many names are read one by one; of more, all Vips are read.
const BY_NAME: usize = 8;

/// Whether a few Vips are meant, by name alone: the server need not send all.
fn few(args: &ListArgs) -> bool {
    !args.names.is_empty() && args.names.len() <= BY_NAME && args.print.selector.is_none()
}

async fn objects(cluster: &Cluster, args: &ListArgs, wanted: &Wanted<'_>) -> Result<Vec<Value>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut objects = if few(args) {
        let read = args.names.iter().map(|name| cluster.get(Cluster::vip(name)));
        futures::future::try_join_all(read).await?.into_iter().flatten().collect()
    } else {
        cluster.list_raw(KIND, None, Select { labels: args.print.selector.as_deref(), fields: None }).await?
    };
    let mut seen = std::collections::BTreeSet::new();
    objects.retain(|object| seen.insert(text(&object["metadata"]["name"])));
    objects.retain(|object| wanted.has(&text(&object["metadata"]["name"]), &text(&object["spec"]["namespace"])));
    for object in &mut objects {
        // items of a list carry neither; kubectl shows both
        if let Some(fields) = object.as_object_mut() {
            fields.entry("apiVersion").or_insert_with(|| KIND.api_version().into());
            fields.entry("kind").or_insert_with(|| KIND.kind.into());
        }
    }
    let names: Vec<String> = objects.iter().map(|object| text(&object["metadata"]["name"])).collect();
    wanted.all_found(names.iter().map(String::as_str))?;
    Ok(objects)
}

fn columns() -> Table {
    let mut columns: Vec<Column> =
        ["NAME", "NAMESPACE", "V4IP", "V6IP", "MAC", "SUBNET", "TYPE", "READY"].into_iter().map(Column::new).collect();
    columns.push(Column::wide("LENT-TO"));
    columns.push(Column::wide("SELECTOR"));
    Table::new(columns)
}

fn table_of_objects(context: &Context<'_>, args: &ListArgs, format: Format, mut objects: Vec<Value>) -> Result<()> {
    if !args.print.sorts_by_field() {
        return args.print.table(context, format, rows_of(&objects));
    }
    if let Some(path) = &args.print.sort_by {
        crate::output::sort_objects(&mut objects, path).map_err(|error| Failure::usage(error.to_string()))?;
    }
    let unsorted = PrintArgs { sort_by: None, ..args.print.clone() };
    unsorted.table(context, format, rows_of(&objects))
}

fn rows_of(objects: &[Value]) -> Table {
    let mut table = columns();
    for object in objects {
        let vip: Vip = serde_json::from_value(object.clone()).unwrap_or_default();
        // of a Vip on its way out the address means nothing any more
        let ready = if vip.metadata.is_terminating() { "Terminating".to_owned() } else { vip.is_ready().to_string() };
        let lent = vip.metadata.label(crate::api::names::LABEL_IP_RESERVED).to_owned();
        let selector = vip.spec.selector.join(",");
        let Vip { metadata, spec, status } = vip;
        table.push(vec![
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
        ]);
    }
    table
}

/// From the server's own cells; the objects are asked for only where a release has no such column. Cells do not say that a Vip is
/// being deleted.
async fn cells(
    context: &Context<'_>,
    cluster: &Cluster,
    args: &ListArgs,
    format: Format,
    wanted: &Wanted<'_>,
) -> Result<usize> {
    let select = Select { labels: args.print.selector.as_deref(), fields: None };
    let table = match table_of_cells(cluster.cells(KIND, None, select).await?, wanted) {
        Some(table) => table,
        None => rows_of(&objects(cluster, args, wanted).await?),
    };
    wanted.all_found(table.rows.iter().map(|row| row[0].as_str()))?;
    let count = table.rows.len();
    if format == Format::Name {
        names(context, args, table)?;
    } else {
        args.print.table(context, format, table)?;
    }
    Ok(count)
}

/// The names of a table's rows as `-o name` has them, in the order asked for.
fn names(context: &Context<'_>, args: &ListArgs, mut table: Table) -> Result<()> {
    args.print.sort(&mut table)?;
    let line = |row: &Vec<String>| name_line(KIND.kind, KIND.group, &row[0]) + "\n";
    context.ui.data(table.rows.iter().map(line).collect::<String>().as_bytes())
}

fn table_of_cells(cells: Cells, wanted: &Wanted<'_>) -> Option<Table> {
    let column = |name: &str| cells.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let at = ["Name", "Namespace", "V4IP", "V6IP", "Mac", "Subnet", "Type"].map(column);
    let [Some(name), Some(namespace), Some(v4), Some(v6), Some(mac), Some(subnet), Some(kind)] = at else {
        return None;
    };
    let mut table = columns();
    table.columns.truncate(8);
    for mut row in cells.rows {
        let mut take = |at: usize| row.get_mut(at).map(std::mem::take).unwrap_or_default();
        let mut line = vec![take(name), take(namespace), take(v4), take(v6), take(mac), take(subnet), take(kind)];
        let has_address = !line[2].is_empty() || !line[3].is_empty();
        line.push((has_address && !line[4].is_empty()).to_string());
        if wanted.has(&line[0], &line[1]) {
            table.push(line);
        }
    }
    Some(table)
}
