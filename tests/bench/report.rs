//! The table.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use kubectl_ko::output::{Column, Layout, Table};

use crate::Options;
use crate::versus::{Case, Outcome, Side, Target};

/// How large the program may be, in bytes.
const SIZE: u64 = 10 << 20;
/// A command that takes this long need not run as often.
const SLOW: f64 = 1000.0;

/// The lines of the table so far, and what could not be compared.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Vec<String>>,
    refused: Vec<String>,
}

fn verdict(reached: bool) -> String {
    if reached { "ok".to_owned() } else { "MISSED".to_owned() }
}

fn mebibytes(bytes: u64) -> String {
    // rounded down
    format!("{}.{:02}", bytes >> 20, ((bytes & 0xF_FFFF) * 100) >> 20)
}

impl Report {
    /// The size of the program.
    pub(crate) fn size(&mut self, program: &Path) -> Result<()> {
        let size = std::fs::metadata(program).with_context(|| program.display().to_string())?.len();
        let mut row = vec!["size of the program, MiB".to_owned(), mebibytes(size)];
        row.resize(7, "-".to_owned());
        row.extend([format!("<= {}", mebibytes(SIZE)), verdict(size <= SIZE)]);
        self.rows.push(row);
        Ok(())
    }

    /// Measures the cases that were asked for.
    pub(crate) fn run(&mut self, options: &Options, cases: Vec<Case>) -> Result<()> {
        for case in cases.into_iter().filter(|case| case.name.contains(&options.only)) {
            // one look at how long it takes
            let rounds = match case.measure(1)? {
                Outcome::Measured { theirs: Some(theirs), .. } if theirs.median() > SLOW => options.rounds.min(7),
                Outcome::Measured { .. } => options.rounds,
                Outcome::Refused(why) => {
                    self.refuse(&case, &why);
                    continue;
                }
            };
            match case.measure(rounds)? {
                Outcome::Measured { ours, theirs } => self.measured(&case, &ours, theirs.as_ref()),
                Outcome::Refused(why) => self.refuse(&case, &why),
            }
        }
        Ok(())
    }

    fn refuse(&mut self, case: &Case, why: &str) {
        self.refused.push(format!("{}: not comparable: {why}", case.name));
    }

    fn measured(&mut self, case: &Case, ours: &Side, theirs: Option<&Side>) {
        let ratio = theirs.map(|theirs| ours.median() / theirs.median());
        let (target, reached) = match case.target {
            Target::Millis(limit) => (format!("<= {limit} ms"), ours.median() <= f64::from(limit)),
            Target::Ratio(limit) => (format!("<= {limit} x"), ratio.is_some_and(|ratio| ratio <= limit)),
        };
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        self.rows.push(vec![
            case.name.clone(),
            format!("{:.1}", ours.median()),
            format!("{:.1}-{:.1}", ours.quantile(0), ours.quantile(90)),
            or_dash(theirs.map(|theirs| format!("{:.1}", theirs.median()))),
            or_dash(ratio.map(|ratio| format!("{ratio:.3}"))),
            mebibytes(ours.memory),
            or_dash(theirs.map(|theirs| mebibytes(theirs.memory))),
            target,
            verdict(reached),
        ]);
    }

    /// Whether everything could be compared.
    pub(crate) fn is_valid(&self) -> bool {
        self.refused.is_empty()
    }

    pub(crate) fn print(&self, out: &mut dyn Write) -> Result<()> {
        let names = ["case", "ours ms", "min-p90", "theirs ms", "ratio", "ours MiB", "theirs MiB", "target", "verdict"];
        let mut table = Table::new(names.map(Column::new).into());
        table.rows.clone_from(&self.rows);
        table.write(Layout { terminal: false, ..Layout::default() }, out)?;
        for line in &self.refused {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
