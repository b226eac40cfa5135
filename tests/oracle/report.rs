//! What lint said beside what was seen.

use crate::oracle::classify::Verdict;
use crate::oracle::lint::Lint;
use std::fmt::Write as _;

/// What works and is refused all the same, by one code: file name without its ending, code, and the harm that one case cannot see.
pub(crate) type OnPurpose = &'static [(&'static str, &'static str, &'static str)];

/// The lines of a report, and those of them that are disagreements.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) table: String,
    pub(crate) disagreements: Vec<String>,
}

impl Report {
    /// Adds a case.
    pub(crate) fn add(&mut self, name: &str, lint: &Lint, verdict: &Verdict, on_purpose: OnPurpose) {
        let meant = on_purpose.iter().find(|(file, code, _)| *file == name && lint.errors() == [*code]);
        let purpose = meant.map(|(_, _, why)| *why);
        let agrees = purpose.is_some() || lint.agrees(verdict.class, verdict.firm);
        let mark = match purpose {
            Some(_) => '*',
            None if agrees => ' ',
            None => '!',
        };
        let class = format!("{}{}", verdict.class, if verdict.firm { "" } else { "?" });
        let row = format!("{mark} {name:44} {:18} {class:14} {}", lint.to_string(), purpose.unwrap_or(&verdict.why));
        let _ = writeln!(self.table, "{row}");
        if !agrees {
            self.disagreements.push(row);
        }
    }
}
