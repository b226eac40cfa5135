//! Pure: every rule once, with its KO code. `create`, `attach`, `lint`, `--dry-run` all call the same functions.
//!
//! A rule says what it needs of the [`World`]; where a need could not be read the verdict is *unknown*, never *fine*.

pub mod address;
pub mod any;
pub mod codes;
pub mod draft;
pub mod explain;
pub mod external;
pub mod ip;
pub mod ippool;
pub mod manifest;
pub mod nad;
pub mod nat;
pub mod pod;
pub mod slr;
pub mod subnet;
pub mod vip;

use std::collections::BTreeSet;

pub use codes::{Code, Severity};

use crate::world::{Lack, Need, World};

/// What a rule found about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// How bad it is. A rule's own severity, or less.
    pub severity: Severity,
    /// What is so and why that is bad: names the object, the field or the address.
    pub message: String,
    /// The command or edit that repairs it.
    pub hint: Option<String>,
    /// Of a rule that could not be checked: why not, the same for all rules that lacked the same.
    pub unknown: Option<Lack>,
}

impl Finding {
    /// A finding with the severity of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity, message: message.into(), hint: None, unknown: None }
    }

    /// The finding of a rule that could not be checked.
    #[must_use]
    pub fn unchecked(code: Code, lack: &Lack) -> Self {
        let severity = Severity::Unknown(code.severity == Severity::Error);
        let message = format!("not checked: {} ({})", code.title, lack.why);
        Self { unknown: Some(lack.clone()), ..Self::new(code, message).severity(severity) }
    }

    /// Adds the repair.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same finding with another severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// One field that an object in the cluster has otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field of `spec`.
    pub field: &'static str,
    /// What the cluster has.
    pub is: String,
    /// What is asked for.
    pub asked: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        write!(f, "{} is {}, asked for is {}", self.field, shown(&self.is), shown(&self.asked))
    }
}

/// One rule over intents of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Rule<I: 'static> {
    /// Its code.
    pub code: Code,
    /// The parts it looks at.
    pub needs: &'static [Need],
    /// Whether it says anything about such an intent at all; a rule that does not asks for nothing to be read.
    pub applies: fn(&I) -> bool,
    /// The rule itself.
    pub check: fn(&World, &I) -> Vec<Finding>,
}

/// The parts that the rules need for an intent.
#[must_use]
pub fn needs<I>(rules: &[Rule<I>], intent: &I) -> BTreeSet<Need> {
    rules.iter().filter(|rule| (rule.applies)(intent)).flat_map(|rule| rule.needs.iter().copied()).collect()
}

/// Runs all rules; findings come in the order of the rules.
#[must_use]
pub fn run<I>(rules: &[Rule<I>], world: &World, intent: &I) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules.iter().filter(|rule| (rule.applies)(intent)) {
        match rule.needs.iter().find_map(|need| world.unknown(*need)) {
            Some(lack) => findings.push(Finding::unchecked(rule.code, lack)),
            None => findings.extend((rule.check)(world, intent)),
        }
    }
    findings
}

/// Findings, worst first.
#[must_use]
pub fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Runs the rules that need nothing of the cluster.
#[must_use]
pub fn run_offline<I>(rules: &[Rule<I>], intent: &I) -> Vec<Finding> {
    let world = World::default();
    let offline = rules.iter().filter(|rule| rule.needs.is_empty() && (rule.applies)(intent));
    offline.flat_map(|rule| (rule.check)(&world, intent)).collect()
}

/// What the findings mean for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Codes that are not to stop the write: `--ignore KO106`.
    pub ignore: &'a [String],
    /// Whether what lasts only until a controller restart stops it: `--strict`.
    pub strict: bool,
}

impl Policy<'_> {
    /// Whether a finding stops the write: an error, an error-rule that could not be checked, or under `--strict` what does not last.
    #[must_use]
    pub fn stops(&self, finding: &Finding) -> bool {
        if self.ignore.iter().any(|code| code.eq_ignore_ascii_case(finding.code.id)) {
            return false;
        }
        match finding.severity {
            Severity::Error => true,
            Severity::Unknown(is_error_rule) => is_error_rule,
            Severity::Warning => self.strict && finding.code.until_restart,
            Severity::Note => false,
        }
    }
}
