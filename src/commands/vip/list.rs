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
    let count = if matches!(format, Format::Json | Format::Yaml) || args.print.sorts_by_field() {
        let objects = objects(cluster, args, &wanted).await?;
        let count = objects.len();
        if format.is_table() {
            table_of_objects(context, args, format, objects)?;
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

/// With one name the server is asked for that one alone, and need not send all.
fn only(names: &[String]) -> Option<String> {
    let [name] = names else { return None };
    // in any other name a character could mean something to a field selector
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    plain.then(|| format!("metadata.name={name}"))
}

async fn objects(cluster: &Cluster, args: &ListArgs, wanted: &Wanted<'_>) -> Result<Vec<Value>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = only(&args.names);
    let select = Select { labels: args.print.selector.as_deref(), fields: fields.as_deref() };
    let mut objects = cluster.list_raw(KIND, None, select).await?;
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
        let ready = vip.is_ready().to_string();
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

/// From the server's own cells; the objects are asked for only where a release has no such column, and for what no column has.
async fn cells(
    context: &Context<'_>,
    cluster: &Cluster,
    args: &ListArgs,
    format: Format,
    wanted: &Wanted<'_>,
) -> Result<usize> {
    let fields = only(&args.names);
    let select = Select { labels: args.print.selector.as_deref(), fields: fields.as_deref() };
    let from_cells =
        if format == Format::Wide { None } else { table_of_cells(cluster.cells(KIND, None, select).await?, wanted) };
    let table = match from_cells {
        Some(table) => table,
        None => rows_of(&objects(cluster, args, wanted).await?),
    };
    wanted.all_found(table.rows.iter().map(|row| row[0].as_str()))?;
    let count = table.rows.len();
    if format == Format::Name {
        let lines =
            table.rows.iter().fold(String::new(), |all, row| all + &name_line(KIND.kind, KIND.group, &row[0]) + "\n");
        context.ui.data(lines.as_bytes())?;
    } else if count > 0 {
        args.print.table(context, format, table)?;
    }
    Ok(count)
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
