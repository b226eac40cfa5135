//! `kubectl ko snapshot diff OLD [NEW]`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::{Context, print};
use crate::failure::{Exit, Failure, Result};
use crate::output::{Column, Format, Layout, Table};
use crate::sandbox::snapshot::Pieces;
use crate::sandbox::snapshot::diff::{Change, Difference, Fate, diff};

/// Show what changed since a snapshot: objects and rows, field by field
///
/// Versions, times, UUIDs and counters are no change. Exit code 0 when nothing differs, 1 when something does, 3 when nothing
/// is known to differ and a part could not be compared.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko snapshot diff before.json
  kubectl ko snapshot diff before.json after.json -o json")]
pub(super) struct DiffArgs {
    /// The older snapshot
    #[arg(value_name = "OLD", value_hint = clap::ValueHint::FilePath)]
    old: PathBuf,
    /// The newer one (default: the live cluster)
    #[arg(value_name = "NEW", value_hint = clap::ValueHint::FilePath)]
    new: Option<PathBuf>,
    /// Output format: json or yaml (a SnapshotDiff)
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
    /// Leave the column headers out
    #[arg(long)]
    no_headers: bool,
}

pub(super) async fn run(context: &Context<'_>, args: &DiffArgs) -> Result<Exit> {
    let format = print::parse_format(args.output.as_deref())?;
    let old = read(&args.old)?;
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::because(Exit::No, "there is no place for a snapshot of the present", &error))?;
    let new = match &args.new {
        Some(path) => read(path)?,
        None => live(context, &folder.path().join("now.json")).await?,
    };
    let Difference { changes, unknown, taken } = diff(&old, &new)?;
    if matches!(format, Format::Json | Format::Yaml) {
        let report = json!({
            "apiVersion": "ko.kubeovn.io/v1alpha1", "kind": "SnapshotDiff", "old": taken[0], "new": taken[1],
            "changes": changes.iter().map(Change::to_json).collect::<Vec<Value>>(), "unknown": unknown,
        });
        print::object(context, format, &report)?;
    } else {
        let layout = Layout { wide: false, headers: !args.no_headers, terminal: context.ui.is_terminal() };
        context.ui.data(table(&changes).render(layout).as_bytes())?;
    }
    for (what, why) in &unknown {
        context.ui.warning(&format!("{what} was not compared, one of the two does not know it: {why}"));
    }
    Ok(match (changes.is_empty(), unknown.is_empty()) {
        (false, _) => Exit::No,
        (true, false) => Exit::Partial,
        (true, true) => Exit::Success,
    })
}

fn read(path: &Path) -> Result<Pieces> {
    Pieces::open(path)?.ok_or_else(|| {
        Failure::no(format!("there is no file {}", path.display())).hint("kubectl ko snapshot --out FILE makes one")
    })
}

/// A snapshot of the present, which is kept no longer than it is compared.
async fn live(context: &Context<'_>, path: &Path) -> Result<Pieces> {
    let waiting = context.ui.waiting("reading the cluster".to_owned());
    context.cluster().await?.snapshot(path, &super::told_by(&waiting)).await?;
    read(path)
}

fn table(changes: &[Change]) -> Table {
    let columns = ["change", "kind", "name", "field", "old", "new"].map(Column::new);
    let mut table = Table::new(columns.into_iter().collect());
    for change in changes {
        let row = |word: &str, field: &str, old: String, new: String| {
            vec![word.to_owned(), change.kind.clone(), change.name.clone(), field.to_owned(), old, new]
        };
        match &change.fate {
            Fate::Added => table.push(row("added", "", String::new(), String::new())),
            Fate::Removed => table.push(row("removed", "", String::new(), String::new())),
            Fate::Changed(fields) => {
                for field in fields {
                    let (old, new) = cells(&field.old, &field.new);
                    table.push(row("changed", &field.path, old, new));
                }
            }
        }
    }
    table
}

/// Of two lists what only one of them has; of anything else all of it.
fn cells(old: &Value, new: &Value) -> (String, String) {
    let (Some(before), Some(after)) = (old.as_array(), new.as_array()) else { return (cell(old), cell(new)) };
    let only = |these: &[Value], those: &[Value]| {
        these.iter().filter(|item| !those.contains(item)).map(cell).collect::<Vec<_>>().join(", ")
    };
    match (only(before, after), only(after, before)) {
        // the same in another order
        (gone, come) if gone.is_empty() && come.is_empty() => (cell(old), cell(new)),
        only => only,
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
