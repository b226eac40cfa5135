//! What every changing verb takes: dry run, waiting, and which findings stop it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Context;
use crate::check::{Finding, Policy, Severity};
use crate::cluster::config::parse_duration;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, UnknownFormat};
use crate::world::Lack;

/// kubectl's `--dry-run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum DryRun {
    /// Write
    #[default]
    None,
    /// Check, and send nothing
    Client,
    /// Check, and let the server check as well
    Server,
}

/// Flags of changing verbs.
#[derive(clap::Args, Clone, Debug)]
pub struct WriteArgs {
    /// Run every check and write nothing; with -o yaml print the manifest
    #[arg(long, value_enum, default_value_t, num_args = 0..=1, default_missing_value = "client", require_equals = true, value_name = "WHERE")]
    pub dry_run: DryRun,
    /// Output format of the result: json, yaml or name
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<String>,
    /// Wait until it is ready and seen in OVN
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = clap::ArgAction::Set, value_name = "BOOL")]
    pub wait: bool,
    /// How long to wait, such as 30s or 2m
    #[arg(long, default_value = "30s", value_parser = duration, value_name = "DURATION")]
    pub timeout: Duration,
}

/// Which findings stop a write.
#[derive(clap::Args, Clone, Debug)]
pub struct PolicyArgs {
    /// Go on in spite of a finding, such as KO107 (can be repeated)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub ignore: Vec<String>,
    /// Refuse as well what lasts only until kube-ovn-controller restarts
    #[arg(long)]
    pub strict: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a number with a unit, such as 500ms, 30s or 2m".to_owned())
}

pub(super) fn code(text: &str) -> Result<String, String> {
    crate::check::codes::find(text)
        .map(|code| code.id.to_owned())
        .ok_or_else(|| "there is no such code; docs/checks/ lists them".to_owned())
}

impl WriteArgs {
    /// The format asked for: names what was done, unless an object is wanted. What is written has no wide table, as in kubectl.
    pub fn format(&self) -> Result<Format> {
        match super::print::parse_format(self.output.as_deref())? {
            Format::Wide => Err(Failure::usage(UnknownFormat::among("wide", &["json", "name", "yaml"]).to_string())),
            format => Ok(format),
        }
    }

    /// The format of a deletion: nothing is left that could be printed but its name. The sentence is kubectl's
    /// (`pkg/cmd/delete/delete.go`).
    pub fn format_of_delete(&self) -> Result<Format> {
        match self.output.as_deref() {
            None | Some("") => Ok(Format::Table),
            Some("name") => Ok(Format::Name),
            Some(other) => {
                Err(Failure::usage(format!("unexpected -o output mode: {other}. We only support '-o name'")))
            }
        }
    }

    /// What kubectl puts behind `created`.
    #[must_use]
    pub fn suffix(&self) -> &'static str {
        match self.dry_run {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

impl PolicyArgs {
    /// Refuses when one of the findings stops the write. `object` is what was to be written.
    pub fn refuse(&self, object: &str, findings: &[Finding]) -> Result<()> {
        let policy = self.policy();
        let stopping: Vec<&Finding> = findings.iter().filter(|finding| policy.stops(finding)).collect();
        if stopping.is_empty() {
            return Ok(());
        }
        let mut failure = refusal(&format!("{object} was refused, nothing was written"), &stopping);
        let unknown: Vec<&str> = stopping
            .iter()
            .filter(|finding| matches!(finding.severity, Severity::Unknown(_)))
            .map(|finding| finding.code.id)
            .collect();
        if !unknown.is_empty() {
            let mut unknown = unknown;
            unknown.sort_unstable();
            let lacks: BTreeSet<&Vec<String>> =
                stopping.iter().filter_map(|finding| Some(&finding.unknown.as_ref()?.repair)).collect();
            failure = failure.hints(lacks.into_iter().flatten().cloned());
            failure = failure.hint(format!("--ignore {} goes on without that check", unknown.join(",")));
        }
        if stopping.iter().any(|finding| finding.severity == Severity::Warning) {
            failure = failure.hint("leave --strict out to accept that");
        }
        Err(failure)
    }

    /// Tells the findings that stop nothing, on standard error.
    pub fn tell(&self, context: &Context<'_>, findings: &[Finding]) {
        let policy = self.policy();
        for finding in findings.iter().filter(|finding| !policy.stops(finding)) {
            tell(context, finding);
        }
    }

    fn policy(&self) -> Policy<'_> {
        Policy { ignore: &self.ignore, strict: self.strict }
    }
}

/// How many findings a refusal tells; a Deployment of a thousand pods would repeat one a thousand times.
const TOLD: usize = 8;

/// A refusal with its findings and their repairs.
pub(super) fn refusal(message: &str, findings: &[&Finding]) -> Failure {
    let (told, rest) = findings.split_at(findings.len().min(TOLD));
    let more = (!rest.is_empty()).then(|| format!("  and {} more", rest.len()));
    let message = std::iter::once(message.to_owned()).chain(lines(told)).chain(more).collect::<Vec<_>>().join("\n");
    let mut hints: Vec<String> = told.iter().filter_map(|finding| finding.hint.clone()).collect();
    hints.dedup();
    Failure::new(Exit::Refused, message).hints(hints)
}

/// Findings as lines; those that could not be checked stand together by what was lacking.
fn lines(findings: &[&Finding]) -> Vec<String> {
    let told = findings.iter().filter(|finding| finding.unknown.is_none());
    let told = told.map(|finding| format!("  {} {}: {}", finding.code.id, finding.severity.word(), finding.message));
    let mut lacking: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in findings {
        let Some(Lack { why, .. }) = &finding.unknown else { continue };
        match lacking.iter_mut().find(|(known, _)| known == why) {
            Some((_, codes)) => codes.push(finding.code.id),
            None => lacking.push((why, vec![finding.code.id])),
        }
    }
    let lacking = lacking.iter().map(|(why, codes)| format!("  {} not checked: {why}", codes.join(",")));
    told.chain(lacking).collect()
}

/// A finding that stops nothing, on standard error.
pub(super) fn tell(context: &Context<'_>, finding: &Finding) {
    let text = format!("{} {}", finding.code.id, finding.message);
    match finding.severity {
        Severity::Note => context.ui.note(&format!("note: {text}")),
        _ => context.ui.warning(&text),
    }
    // of an error that was ignored on purpose the repair is known
    if let Some(hint) = finding.hint.as_ref().filter(|_| finding.severity <= Severity::Warning) {
        context.ui.hint(hint);
    }
}
