//! What a run of the program left, in a form that one inline snapshot pins.

use std::fmt;
use std::time::Duration;

/// Standard output, standard error and exit code of one run, made independent of the machine.
#[derive(Clone, Debug)]
#[must_use = "snapshot the output or assert the exit code"]
pub(crate) struct CommandOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// 128 + N when it was ended by signal N.
    pub(crate) code: i32,
    /// Standard output as it came, byte for byte.
    pub(crate) raw: Vec<u8>,
    pub(crate) elapsed: Duration,
}

impl CommandOutput {
    /// Fails the test unless it ended with 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.exits(0)
    }

    /// Fails the test unless it ended with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{self}");
        self
    }

    /// Fails the test unless standard error says this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "standard error lacks `{text}`\n{self}");
        self
    }

    /// Fails the test when either stream says this.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "`{text}` is printed\n{self}");
        self
    }

    /// Fails the test when it took longer.
    #[track_caller]
    pub(crate) fn within(self, limit: Duration) -> Self {
        assert!(self.elapsed <= limit, "it took {:?}\n{self}", self.elapsed);
        self
    }

    /// Ends a chain of assertions.
    pub(crate) fn done(self) {
        drop(self);
    }
}

/// Standard output, then standard error behind a line of its own, then the exit code.
impl fmt::Display for CommandOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines(f, &self.stdout)?;
        if !self.stderr.is_empty() {
            writeln!(f, "------- stderr -------")?;
            lines(f, &self.stderr)?;
        }
        write!(f, "[exit status: {}]", self.code)
    }
}

/// A last line that lacks its end is marked, because it is easily overlooked.
fn lines(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(text)?;
    if text.is_empty() || text.ends_with('\n') { Ok(()) } else { writeln!(f, "[no newline]") }
}
