//! Two commands in turn, and what came of it.

use std::time::Duration;

use anyhow::Result;

use crate::measure::{Run, run};

/// What a case has to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Median of ours, in milliseconds.
    Millis(u32),
    /// Median of ours over the median of theirs.
    Ratio(f64),
}

/// One line of the table.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The command of a round.
    pub(crate) ours: Box<dyn Fn(usize) -> Vec<String>>,
    /// What takes back what a round did; not measured.
    pub(crate) undo: Option<Box<dyn Fn(usize) -> Vec<String>>>,
    /// What it is compared with.
    pub(crate) theirs: Option<Vec<String>>,
    pub(crate) target: Target,
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// Times and memory of one side, without the first run.
#[derive(Debug, Default)]
pub(crate) struct Side {
    times: Vec<Duration>,
    pub(crate) memory: u64,
}

impl Side {
    fn add(&mut self, run: Run) {
        self.times.push(run.time);
        self.times.sort_unstable();
        self.memory = self.memory.max(run.memory);
    }

    /// The time below which this part of the runs lies, in milliseconds.
    pub(crate) fn quantile(&self, percent: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last * percent).div_ceil(100)).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(50)
    }
}

/// How a case turned out.
pub(crate) enum Outcome {
    Measured {
        ours: Side,
        theirs: Option<Side>,
    },
    /// Why the two cannot be compared.
    Refused(String),
}

impl Case {
    /// A, B, A, B …; the first of each warms up and is not counted, and every run has to end as the first of ours.
    pub(crate) fn measure(&self, rounds: usize) -> Result<Outcome> {
        let (mut ours, mut theirs) = (Side::default(), Side::default());
        let mut first = None;
        for round in 0..=rounds {
            let command = (self.ours)(round);
            if let Some(why) = self.once(&command, &mut ours, &mut first, round > 0)? {
                return Ok(Outcome::Refused(why));
            }
            if let Some(undo) = &self.undo {
                let (ended, said) = run(&undo(round), &self.environment)?;
                if ended.code != 0 {
                    return Ok(Outcome::Refused(format!("`{}` failed: {}", undo(round).join(" "), said.trim())));
                }
            }
            if let Some(command) = &self.theirs
                && let Some(why) = self.once(command, &mut theirs, &mut first, round > 0)?
            {
                return Ok(Outcome::Refused(why));
            }
        }
        Ok(Outcome::Measured { ours, theirs: self.theirs.is_some().then_some(theirs) })
    }

    /// One run of one side; why it cannot be compared, if it cannot.
    fn once(
        &self,
        command: &[String],
        side: &mut Side,
        first: &mut Option<usize>,
        counts: bool,
    ) -> Result<Option<String>> {
        let (run, said) = run(command, &self.environment)?;
        let line = command.join(" ");
        if run.code != 0 {
            return Ok(Some(format!("`{line}` ended with {}: {}", run.code, said.trim())));
        }
        let rows = *first.get_or_insert(run.rows);
        if run.rows != rows {
            return Ok(Some(format!("`{line}` printed {} lines, the first run {rows}", run.rows)));
        }
        if counts {
            side.add(run);
        }
        Ok(None)
    }
}
