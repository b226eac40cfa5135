//! What `kubectl-ko lint` says about one manifest.

use crate::oracle::tools::{Ran, json, run, text};
use serde_json::Value;
use std::fmt;
use std::path::Path;

pub(crate) enum Lint {
    /// Codes with their severities, the gravest first.
    Said(Vec<(String, String)>),
    /// No report: what came instead.
    Silent(String),
}

impl Lint {
    pub(crate) fn of(manifest: &Path) -> Self {
        Self::read(&run(
            env!("CARGO_BIN_EXE_kubectl-ko"),
            &["lint", "-f", &manifest.to_string_lossy(), "-o", "json"],
            None,
        ))
    }

    /// About a manifest on its standard input.
    pub(crate) fn of_text(manifest: &str) -> Self {
        Self::read(&run(env!("CARGO_BIN_EXE_kubectl-ko"), &["lint", "-f", "-", "-o", "json"], Some(manifest)))
    }

    fn read(ran: &Ran) -> Self {
        let Some(report) = json(&ran.out).ok().filter(|report| text(report, "/kind") == "LintReport") else {
            return Self::Silent(format!("exit {}: {}", ran.code, ran.err.lines().next().unwrap_or_default()));
        };
        let findings = report.get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut said: Vec<_> =
            findings.iter().map(|one| (text(one, "/severity").to_owned(), text(one, "/code").to_owned())).collect();
        said.sort_by_key(|(severity, code)| (rank(severity), code.clone()));
        if i32::from(said.iter().any(|(severity, _)| severity == "error")) != ran.code {
            return Self::Silent(format!("exit {} does not fit its findings", ran.code));
        }
        Self::Said(said)
    }

    /// The codes of its errors.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let Self::Said(said) = self else { return Vec::new() };
        said.iter().filter(|(severity, _)| severity == "error").map(|(_, code)| code.as_str()).collect()
    }

    /// works → no error; until-restart → a warning; never-ready, broken and harms → an error; trap → an error or a warning. Where a careful
    /// person could call it otherwise, a trap may be a note, and what works may be anything.
    pub(crate) fn agrees(&self, class: &str, firm: bool) -> bool {
        let Self::Said(said) = self else { return std::env::var_os("TRUTH_ONLY").is_some() };
        let gravest = said.first().map_or(3, |(severity, _)| rank(severity));
        match class {
            "works" | "until-restart" | "never-ready" if !firm => true,
            "works" => gravest > 0,
            "until-restart" => gravest == 1,
            "never-ready" => gravest == 0,
            "broken" | "harms" if firm => gravest == 0,
            _ => gravest <= if firm { 1 } else { 2 },
        }
    }
}

fn rank(severity: &str) -> u8 {
    match severity {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(why) => write!(to, "({why})"),
            Self::Said(said) if said.is_empty() => write!(to, "-"),
            Self::Said(said) => {
                let codes: Vec<_> = said
                    .iter()
                    .map(|(severity, code)| format!("{}:{code}", severity.chars().next().unwrap_or('?')))
                    .collect();
                write!(to, "{}", codes.join(","))
            }
        }
    }
}
