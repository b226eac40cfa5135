//! The recorded truth: `vip.truth.tsv` and its like, a line for each case with its class, whether firmly, and why.

use crate::oracle::classify::Verdict;
use crate::oracle::tools::Outcome;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{env, fs};

fn file(kind: &str) -> String {
    format!("{}/tests/oracle/{kind}.truth.tsv", env!("CARGO_MANIFEST_DIR"))
}

const HEAD: &str = "case\tclass\tfirm\twhy";

/// Writes it anew when `UPDATE=1` asks for it; cases that were not run stay as they are.
pub(crate) fn keep(kind: &str, found: &BTreeMap<String, Verdict>) -> Outcome<()> {
    if env::var_os("UPDATE").is_none() {
        return Ok(());
    }
    let mut lines = read(kind);
    for (case, verdict) in found {
        lines.insert(
            case.clone(),
            format!("{}\t{}\t{}", verdict.class, if verdict.firm { "firm" } else { "soft" }, verdict.why),
        );
    }
    let mut text = format!("{HEAD}\n");
    for (case, line) in &lines {
        let _ = writeln!(text, "{case}\t{line}");
    }
    fs::write(file(kind), text).map_err(|why| format!("{kind}.truth.tsv: {why}"))
}

/// Cases whose class is firmly not the recorded one. The sentence may differ: it names addresses that were drawn. So may the
/// class of what depends on when the controller tries again, which is seen softly.
pub(crate) fn differences(kind: &str, found: &BTreeMap<String, Verdict>) -> Vec<String> {
    let lines = read(kind);
    let class = |case: &str| lines.get(case).and_then(|line| line.split('\t').next()).unwrap_or("nothing");
    let differs = found.iter().filter(|(case, verdict)| verdict.firm && class(case) != verdict.class);
    differs
        .map(|(case, verdict)| format!("! {case}: recorded {}, seen {}: {}", class(case), verdict.class, verdict.why))
        .collect()
}

/// What is recorded: the line of each case without its name.
pub(crate) fn recorded(kind: &str) -> BTreeMap<String, String> {
    read(kind)
}

/// A kind without a table has recorded nothing yet.
fn read(kind: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file(kind)).unwrap_or_default();
    let pair = |line: &str| line.split_once('\t').map(|(case, rest)| (case.to_owned(), rest.to_owned()));
    text.lines().skip(1).filter_map(pair).collect()
}
