//! How every `list` reads and prints: the server's own cells where they say enough, objects where a column is missing or the
//! format asks for them, a few by name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Context;
use super::print::PrintArgs;
use crate::api::Kind;
use crate::cluster::Cluster;
use crate::cluster::rest::{Cells, Select, Target};
use crate::failure::{Cause, Failure, Result};
use crate::output::{Column, Format, Table, sort_objects};

/// Up to this many names are read one by one; of more, all objects are read.
const BY_NAME: usize = 8;

/// Which objects of one cluster-scoped kind.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The noun of the command.
    pub noun: &'a str,
    /// The kind.
    pub kind: Kind,
    /// Whether a release may lack it: then there are none.
    pub optional: bool,
    /// Names; none means all.
    pub names: &'a [String],
    /// Label selector, as `-l` takes it.
    pub selector: Option<&'a str>,
}

impl Part<'_> {
    /// Whether a few objects are meant, by name alone: the server need not send all.
    #[must_use]
    pub fn few(&self) -> bool {
        !self.names.is_empty() && self.names.len() <= BY_NAME && self.selector.is_none()
    }

    /// The objects as the server has them, each with its `apiVersion` and `kind`, which items of a list lack.
    pub async fn objects(&self, cluster: &Cluster) -> Result<Vec<Value>> {
        let mut objects: Vec<Value> = if self.few() {
            let read = self.names.iter().map(|name| cluster.get(Target::one(self.kind, "", name)));
            self.present(futures::future::try_join_all(read).await)?.into_iter().flatten().collect()
        } else {
            let select = Select { labels: self.selector, fields: None };
            self.present(cluster.list_raw(self.kind, None, select).await)?
        };
        let mut seen = BTreeSet::new();
        objects.retain(|object| {
            let name = name_in(object);
            self.has(name) && seen.insert(name.to_owned())
        });
        for object in &mut objects {
            if let Some(fields) = object.as_object_mut() {
                fields.entry("apiVersion").or_insert_with(|| self.kind.api_version().into());
                fields.entry("kind").or_insert_with(|| self.kind.kind.into());
            }
        }
        Ok(objects)
    }

    /// The server's cells of the objects. They do not say that an object is being deleted.
    pub async fn cells(&self, cluster: &Cluster) -> Result<Cells> {
        let select = Select { labels: self.selector, fields: None };
        let mut cells = self.present(cluster.cells(self.kind, None, select).await)?;
        if let Some(name) = position(&cells, "Name") {
            cells.rows.retain(|row| self.has(row.get(name).map_or("", String::as_str)));
        }
        Ok(cells)
    }

    fn has(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|one| one == name)
    }

    fn present<T: Default>(&self, read: Result<T>) -> Result<T> {
        match read {
            Err(failure) if self.optional && failure.cause == Cause::UnknownKind => Ok(T::default()),
            other => other,
        }
    }
}

/// `metadata.name` of an object.
#[must_use]
pub fn name_in(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn position(cells: &Cells, name: &str) -> Option<usize> {
    cells.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
}

/// Only these columns of the cells, in this order; `None` where the release lacks one.
#[must_use]
pub fn pick<const N: usize>(cells: Cells, names: [&str; N]) -> Option<Vec<[String; N]>> {
    if cells.columns.is_empty() && cells.rows.is_empty() {
        return Some(Vec::new());
    }
    let at: Vec<usize> = names.iter().map(|name| position(&cells, name)).collect::<Option<_>>()?;
    let take = |mut row: Vec<String>| {
        std::array::from_fn(|index| row.get_mut(at[index]).map(std::mem::take).unwrap_or_default())
    };
    Some(cells.rows.into_iter().map(take).collect())
}

/// kubectl's sentence for an object that is not there.
#[must_use]
pub fn missing(noun: &str, kind: Kind, name: &str) -> Failure {
    Failure::no(format!("Error from server (NotFound): {} \"{name}\" not found", kind.resource()))
        .hint(format!("kubectl ko {noun} list"))
}

/// The columns of a table, those of `-o wide` behind the others.
#[must_use]
pub fn columns(always: &[&str], wide: &[&str]) -> Vec<Column> {
    always.iter().map(|name| Column::new(name)).chain(wide.iter().map(|name| Column::wide(name))).collect()
}

/// Rows of a table, of one kind or of several; the first cell of each is the object's name.
#[derive(Debug)]
pub struct Rows {
    table: Table,
}

impl Rows {
    /// No rows yet.
    #[must_use]
    pub fn new(columns: Vec<Column>) -> Self {
        Self { table: Table::new(columns) }
    }

    /// Adds an object's row.
    pub fn push(&mut self, kind: Kind, mut row: Vec<String>) {
        // behind the last column, where it is not printed: `-o name` needs the kind once the rows are in order
        row.resize(self.table.columns.len(), String::new());
        row.push(kind.printed(""));
        self.table.push(row);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.table.rows.len()
    }

    /// Prints them as a table or as names, in the order asked for.
    pub fn print(mut self, context: &Context<'_>, args: &PrintArgs, format: Format) -> Result<()> {
        if format != Format::Name {
            return args.table(context, format, self.table);
        }
        args.sort(&mut self.table)?;
        let at = self.table.columns.len();
        let lines: Vec<String> = self.table.rows.iter().map(|row| row[at].clone() + &row[0] + "\n").collect();
        context.ui.data(lines.concat().as_bytes())
    }
}

/// A list of one kind.
pub struct List<'a> {
    /// Which objects.
    pub part: Part<'a>,
    /// How to print them.
    pub print: &'a PrintArgs,
    /// The columns; the first is the name.
    pub columns: Vec<Column>,
    /// The rows that the server's cells make, without the wide columns; `None` where the release lacks a column.
    pub of_cells: fn(Cells) -> Option<Vec<Vec<String>>>,
    /// The row of an object.
    pub of_object: fn(&Value) -> Vec<String>,
    /// Which rows are shown.
    pub keep: &'a dyn Fn(&[String]) -> bool,
}

impl List<'_> {
    /// Reads and prints; the number of objects. A name that is not there is kubectl's error.
    pub async fn run(self, context: &Context<'_>) -> Result<usize> {
        let format = self.print.format()?;
        let cluster = context.cluster().await?;
        let Self { part, print, columns, of_cells, of_object, keep } = self;
        let mut rows = Rows::new(columns);
        if !takes_objects(&part, print, format) {
            let cells = part.cells(cluster).await?;
            if let Some(found) = of_cells(cells) {
                let found: Vec<Vec<String>> = found.into_iter().filter(|row| keep(row)).collect();
                all_found(&part, found.iter().map(|row| row[0].as_str()))?;
                for row in found {
                    rows.push(part.kind, row);
                }
                let count = rows.count();
                rows.print(context, print, format)?;
                return Ok(count);
            }
        }
        let mut objects = part.objects(cluster).await?;
        objects.retain(|object| keep(&of_object(object)));
        all_found(&part, objects.iter().map(name_in))?;
        let count = objects.len();
        if matches!(format, Format::Json | Format::Yaml) {
            print.objects(context, format, objects, part.names.len() == 1)?;
            return Ok(count);
        }
        let print = &in_order(print, &mut objects)?;
        for object in &objects {
            rows.push(part.kind, of_object(object));
        }
        rows.print(context, print, format)?;
        Ok(count)
    }
}

/// Whether a list is made of objects rather than of cells.
#[must_use]
pub fn takes_objects(part: &Part<'_>, print: &PrintArgs, format: Format) -> bool {
    matches!(format, Format::Json | Format::Yaml | Format::Wide) || print.sorts_by_field() || part.few()
}

/// Sorts objects by the field that was asked for; what is left to do is in what it returns.
pub fn in_order(print: &PrintArgs, objects: &mut Vec<Value>) -> Result<PrintArgs> {
    if !print.sorts_by_field() {
        return Ok(print.clone());
    }
    if let Some(path) = &print.sort_by {
        sort_objects(objects, path).map_err(|error| Failure::usage(error.to_string()))?;
    }
    Ok(PrintArgs { sort_by: None, ..print.clone() })
}

/// Every name that was typed has to be there.
fn all_found<'f>(part: &Part<'_>, found: impl Iterator<Item = &'f str>) -> Result<()> {
    let found: BTreeSet<&str> = found.collect();
    match part.names.iter().find(|name| !found.contains(name.as_str())) {
        Some(name) => Err(missing(part.noun, part.kind, name)),
        None => Ok(()),
    }
}
