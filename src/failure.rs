//! What went wrong, in words for the person at the shell, and the exit code that says it to a script.
//!
//! A [`Failure`] names the object, the reason and what to do next. Nothing else is ever printed about an error: the text of a
//! library's error reaches the user only where [`Failure::because`] puts it behind a sentence of ours.

use std::fmt;
use std::process::ExitCode;

/// How a command ended. The numbers are part of the interface: docs/exit-codes.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or already so.
    Success,
    /// The answer is no: findings, in use, not found, differs.
    No,
    /// The command line is wrong.
    Usage,
    /// Part of the answer is missing; what was printed is right.
    Partial,
    /// The cluster did not answer, or does not let this user in.
    Cluster,
    /// Written, but not ready, or not proven in OVN.
    Unproven,
    /// Refused by a check; nothing was written.
    Refused,
    /// Failed after a write; the message says what was done and what was not.
    Incomplete,
    /// Raw verbs: the remote command could not be run, or its exit code was lost.
    NotRun,
    /// Interrupted by the user (128 + SIGINT).
    Interrupted,
    /// Raw verbs: the exit code of the remote command, 0 to 255.
    Remote(u8),
}

impl Exit {
    /// The process exit code, 0 to 255.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Cluster => 4,
            Self::Unproven => 5,
            Self::Refused => 6,
            Self::Incomplete => 7,
            Self::NotRun => 125,
            Self::Interrupted => 130,
            Self::Remote(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// An error as the user reads it: one message, then hints, each a command that can be run or a sentence.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub exit: Exit,
    /// What failed and why: names the object. Printed behind `error: ` unless it is a sentence of kubectl's own.
    pub message: String,
    /// What to do next, in the order to try it.
    pub hints: Vec<String>,
    /// What a caller may want to act on.
    pub cause: Cause,
}

/// Why the API server refused, where a caller can do something about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Nothing a caller acts on.
    #[default]
    Other,
    /// Somebody wrote in between (409 Conflict).
    Conflict,
    /// An object of that name came first (409 `AlreadyExists`).
    AlreadyExists,
    /// The user lacks a right (403).
    Forbidden,
    /// The server does not know the kind (404 on the collection).
    UnknownKind,
    /// There is no such object (404).
    NotFound,
    /// OVN's databases could not be read, though the API server answers.
    Unreadable,
}

/// What every fallible function above the pure rooms returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure that ends with `exit`.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hints: Vec::new(), cause: Cause::Other }
    }

    /// The answer is no (exit 1).
    pub fn no(message: impl Into<String>) -> Self {
        Self::new(Exit::No, message)
    }

    /// The command line is wrong (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The cluster cannot be reached or does not allow it (exit 4).
    pub fn cluster(message: impl Into<String>) -> Self {
        Self::new(Exit::Cluster, message)
    }

    /// Adds a hint: a command to run, or a sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds hints in order.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// The same failure, with the cause a caller acts on.
    #[must_use]
    pub fn caused_by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// The same failure, ending with another exit code.
    #[must_use]
    pub fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same failure behind a write: an exit code that means "nothing was written" would not be true any more. `done` says
    /// what was.
    #[must_use]
    pub fn once_written(mut self, done: &str) -> Self {
        if matches!(self.exit, Exit::No | Exit::Usage | Exit::Partial | Exit::Cluster | Exit::Refused) {
            self.exit = Exit::Incomplete;
            self.message = format!("{}\n  written before that: {done}", self.message);
        }
        self
    }

    /// The same failure behind writes that it does not speak of: they are told whatever the exit code, and one that means "nothing
    /// was written" becomes 7.
    #[must_use]
    pub fn behind(mut self, done: &str) -> Self {
        if matches!(self.exit, Exit::Unproven | Exit::Incomplete) {
            self.message = format!("{}\n  written before that: {done}", self.message);
            return self;
        }
        self.once_written(done)
    }

    /// The message without kubectl's prefix for a missing right, to stand inside another sentence.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.message.trim_start_matches("Error from server (Forbidden): ")
    }

    /// Puts what was being done before the message: `CONTEXT: message`.
    #[must_use]
    pub fn during(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// A message of ours followed by the innermost cause a library gave, on one line.
    pub fn because(exit: Exit, message: impl fmt::Display, cause: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(exit, format!("{message}: {}", innermost(cause)))
    }
}

/// A word of a command that is printed to be run: in single quotes where a shell would read anything in it.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:@/%+=,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    /// Writing to standard output failed. A reader that went away (`| head`) is no failure: the caller of
    /// [`crate::run`] never sees it.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Success, "");
        }
        Self::no(format!("cannot write the output: {error}"))
    }
}

/// The text of the innermost cause of `error`, cut at its first line.
#[must_use]
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string().lines().next().unwrap_or_default().to_owned()
}
