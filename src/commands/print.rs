//! How lists and objects are printed: kubectl's `-o` and its companions.

use serde_json::Value;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::output::{self, Document, Format, Layout, Table};

/// kubectl's output flags.
#[derive(clap::Args, Clone, Debug)]
pub struct PrintArgs {
    /// Output format: wide, json, yaml or name (default: a table)
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<String>,
    /// Leave the column headers out
    #[arg(long)]
    pub no_headers: bool,
    /// Sort by a column (NAME, V4IP, …) or by a field ({.metadata.creationTimestamp})
    #[arg(long, value_name = "COLUMN|FIELD")]
    pub sort_by: Option<String>,
    /// Only objects with these labels, such as key=value,other!=value
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// With json and yaml: keep managedFields
    #[arg(long)]
    pub show_managed_fields: bool,
}

impl PrintArgs {
    /// The format asked for.
    pub fn format(&self) -> Result<Format> {
        parse_format(self.output.as_deref())
    }

    /// Whether the order is by a field of the objects rather than by a column.
    #[must_use]
    pub fn sorts_by_field(&self) -> bool {
        self.sort_by.as_ref().is_some_and(|by| by.contains('.') || by.contains('{'))
    }

    /// Prints objects as the server has them; for every format but the tables.
    pub fn objects(&self, context: &Context<'_>, format: Format, mut objects: Vec<Value>, single: bool) -> Result<()> {
        if let Some(path) = &self.sort_by {
            output::sort_objects(&mut objects, path).map_err(|error| Failure::usage(error.to_string()))?;
        }
        let document = match objects.first() {
            Some(object) if single => Document::one(object),
            _ => Document::list(&objects),
        };
        document_out(context, format, &document.with_managed_fields(self.show_managed_fields))
    }

    /// Sorts a table by the column that was asked for.
    pub fn sort(&self, table: &mut Table) -> Result<()> {
        match &self.sort_by {
            Some(column) => output::sort_rows(table, column).map_err(|error| Failure::usage(error.to_string())),
            None => Ok(()),
        }
    }

    /// Prints a table, sorted by a column when that was asked for.
    pub fn table(&self, context: &Context<'_>, format: Format, mut table: Table) -> Result<()> {
        self.sort(&mut table)?;
        let layout =
            Layout { wide: format == Format::Wide, headers: !self.no_headers, terminal: context.ui.is_terminal() };
        context.ui.data(table.render(layout).as_bytes())
    }
}

/// Reads `-o`.
pub fn parse_format(text: Option<&str>) -> Result<Format> {
    let parsed = text.map_or(Ok(Format::Table), str::parse);
    parsed.map_err(|error: output::UnknownFormat| Failure::usage(error.to_string()))
}

/// Prints what several writes returned: one object by itself, several as kubectl's `List`, names as lines.
pub fn objects(context: &Context<'_>, format: Format, objects: &[Value]) -> Result<()> {
    match objects {
        [one] => object(context, format, one),
        several => document_out(context, format, &Document::list(several)),
    }
}

/// Prints one object: a manifest, or what a write returned.
pub fn object(context: &Context<'_>, format: Format, object: &Value) -> Result<()> {
    document_out(context, format, &Document::one(object))
}

fn document_out(context: &Context<'_>, format: Format, document: &Document<'_>) -> Result<()> {
    let text = match format {
        Format::Json => output::to_json(document),
        Format::Yaml => output::to_yaml(document)
            .map_err(|error| Failure::because(Exit::No, "cannot be written as YAML", &error))?,
        Format::Name | Format::Table | Format::Wide => {
            let names = document.objects().iter().filter_map(output::name_of);
            names.fold(String::new(), |all, name| all + &name + "\n")
        }
    };
    let text = if context.ui.is_terminal() { output::escape_lines(&text) } else { text.into() };
    context.ui.data(text.as_bytes())
}
