//! How every `show` tells what does not fit together: as lines, or as data.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::check::Finding;

/// The section of a text; nothing when all is well. `shown` makes texts of the cluster safe to print.
pub(super) fn text(out: &mut String, problems: &[Finding], shown: impl Fn(&str) -> String) {
    if problems.is_empty() {
        return;
    }
    out.push_str("Problems:\n");
    for Finding { code, severity, message, hint, .. } in problems {
        // writing to a text cannot fail
        let _ = writeln!(out, "  {} {}: {}", code.id, severity.word(), shown(message));
        if let Some(hint) = hint {
            let _ = writeln!(out, "    hint: {}", shown(hint));
        }
    }
}

/// The field `problems` of a report.
pub(super) fn json(problems: &[Finding]) -> Value {
    let problem = |finding: &Finding| json!({"code": finding.code.id, "severity": finding.severity.word(), "message": finding.message, "hint": finding.hint});
    problems.iter().map(problem).collect()
}
