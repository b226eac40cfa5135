//! `kubectl ko snapshot`

mod diff;

use std::path::PathBuf;

use super::Context;
use crate::failure::{Exit, Failure, Result};
use crate::ui::Waiting;

/// Copy what these commands read of the cluster into a file
///
/// Objects (no Secret, no environment of pods, no password), the rows of OVN's databases without logical flows, the status of their members and
/// the end of the controller's log. The file is written at once or not at all, and only its owner can read it. Exit code 3 when
/// a part could not be read: it is named, and unknown in the file, not empty.
#[derive(clap::Args, Debug)]
#[command(
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  kubectl ko snapshot --out before.json
  kubectl ko snapshot diff before.json"
)]
pub struct SnapshotCommand {
    #[command(subcommand)]
    verb: Option<SnapshotVerb>,
    /// Where to write it
    #[arg(long, required = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(clap::Subcommand, Debug)]
enum SnapshotVerb {
    Diff(diff::DiffArgs),
}

pub(super) async fn run(context: &Context<'_>, command: SnapshotCommand) -> Result<Exit> {
    match (command.verb, command.out) {
        (Some(SnapshotVerb::Diff(args)), _) => diff::run(context, &args).await,
        (None, Some(out)) => take(context, &out, command.force).await,
        (None, None) => Err(Failure::usage("--out FILE says where to write it")),
    }
}

async fn take(context: &Context<'_>, out: &std::path::Path, force: bool) -> Result<Exit> {
    let shown = out.display();
    if !force && out.exists() {
        return Err(Failure::no(format!("{shown} is there already, nothing was written"))
            .hint("--force writes over it; another name keeps both"));
    }
    let waiting = context.ui.waiting("reading the cluster".to_owned());
    let taken = context.cluster().await?.snapshot(out, &told_by(&waiting)).await?;
    drop(waiting);
    let release = if taken.release.is_empty() { "an unknown release" } else { &taken.release };
    context.ui.line(&format!(
        "{shown} written: Kube-OVN {release}, {}, {}, {}, {:.1} MiB",
        many(taken.objects, "object"),
        many(taken.rows, "row"),
        many(taken.lines, "line of the log"),
        mebibytes(taken.bytes),
    ))?;
    told(context, &taken.missing);
    Ok(if taken.missing.is_empty() { Exit::Success } else { Exit::Partial })
}

/// Says how far it is.
fn told_by(waiting: &Waiting) -> impl Fn(usize, usize, u64) {
    |read, all, objects| waiting.say(format!("reading the cluster: {read} of {all} parts, {objects} objects"))
}

/// What could not be read, each with its reason.
fn told(context: &Context<'_>, missing: &std::collections::BTreeMap<String, String>) {
    for (what, why) in missing {
        context.ui.warning(&format!("{what} could not be read: it is unknown in the file, not empty: {why}"));
    }
}

fn many(count: u64, word: &str) -> String {
    match (count, word) {
        (1, _) => format!("1 {word}"),
        (_, "line of the log") => format!("{count} lines of the log"),
        _ => format!("{count} {word}s"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is printed with one decimal")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
