//! Everything a person sees: data on standard output, the rest on standard error.
//!
//! Data goes to stdout and nothing else does, so that a script can read it. Colour only where the stream is a terminal and
//! `NO_COLOR` is unset (<https://no-color.org>), or where `--color` says so.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::failure::{Failure, Result};
use crate::output::escape_lines;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// The two output streams and what is known about who reads them.
#[derive(Debug)]
pub struct Ui {
    color: Color,
    yes: bool,
    stdout_terminal: bool,
    stderr_terminal: bool,
    so_far: RefCell<Option<(String, String)>>,
    sandbox: Cell<bool>,
}

/// Verbs of kubectl that hints name. They ask a cluster, which the sandbox is none.
const KUBECTL: [&str; 16] = [
    "annotate",
    "api-resources",
    "apply",
    "config",
    "create",
    "delete",
    "describe",
    "edit",
    "exec",
    "explain",
    "get",
    "label",
    "logs",
    "patch",
    "rollout",
    "wait",
];

/// A hint in the sandbox: one that has somebody run kubectl itself says where that can be done.
fn of_a_cluster(hint: &str) -> Cow<'_, str> {
    let runs = |rest: &str| KUBECTL.contains(&rest.split(' ').next().unwrap_or_default());
    if hint.split("kubectl ").skip(1).any(runs) { format!("on a real cluster: {hint}").into() } else { hint.into() }
}

impl Ui {
    /// The process's own streams. `yes` answers every question with yes.
    #[must_use]
    pub fn new(color: Color, yes: bool) -> Self {
        Self {
            color,
            yes,
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
            so_far: RefCell::new(None),
            sandbox: Cell::new(false),
        }
    }

    /// Whether data is read by a person: text from the cluster is escaped then.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.stdout_terminal
    }

    /// Whether somebody can see a question and answer it.
    fn is_interactive(&self) -> bool {
        self.stderr_terminal && io::stdin().is_terminal()
    }

    /// Writes data, as it is, to standard output.
    pub fn data(&self, bytes: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// Writes a text with colours of our own, for a person: they are left out where they are not wanted. What the cluster wrote
    /// of it must be escaped already.
    pub fn picture(&self, text: &str) -> Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.color.into());
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Columns of the terminal; `COLUMNS` where it is set, 80 where nobody knows.
    #[must_use]
    pub fn width(&self) -> usize {
        let typed = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        typed.or_else(terminal).unwrap_or(80)
    }

    /// Writes one line of data to standard output. On a terminal what is hostile in it is escaped: names and MACs are texts
    /// that somebody else wrote.
    pub fn line(&self, line: &str) -> Result<()> {
        let line = if self.stdout_terminal { escape_lines(line) } else { line.into() };
        writeln!(io::stdout().lock(), "{line}")?;
        Ok(())
    }

    /// A sentence about what happens, on standard error. Nobody can be told if that fails.
    pub fn note(&self, text: &str) {
        self.stderr("", AnsiColor::White, text);
    }

    /// `warning: TEXT` on standard error.
    pub fn warning(&self, text: &str) {
        self.stderr("warning", AnsiColor::Yellow, text);
    }

    /// `sandbox: TEXT` on standard error: what is asked is no cluster. Hints from now on are marked where kubectl is to be run.
    pub fn banner(&self, text: &str) {
        self.sandbox.set(true);
        self.stderr("sandbox", AnsiColor::Magenta, text);
    }

    /// `hint: TEXT` on standard error.
    pub fn hint(&self, text: &str) {
        let text = if self.sandbox.get() { of_a_cluster(text) } else { text.into() };
        self.stderr("hint", AnsiColor::Cyan, &text);
    }

    /// What a verb has written by now, in a sentence, and the command that tells how it went on. It is told when the user
    /// interrupts the verb, and only then.
    pub fn so_far(&self, written: impl Into<String>, next: impl Into<String>) {
        *self.so_far.borrow_mut() = Some((written.into(), next.into()));
    }

    /// Tells what [`Ui::so_far`] was told last; nothing when nothing was written.
    pub fn interrupted(&self) {
        if let Some((written, next)) = self.so_far.take() {
            self.stderr("interrupted", AnsiColor::Yellow, &written);
            self.hint(&next);
        }
    }

    /// A failure as the user reads it: the message, then its hints.
    pub fn failure(&self, failure: &Failure) {
        if !failure.message.is_empty() {
            // kubectl says these sentences without a prefix of its own
            let own = ["Error from server", "The connection to", "Unable to connect", "error:"];
            let word = if own.iter().any(|start| failure.message.starts_with(start)) { "" } else { "error" };
            self.stderr(word, AnsiColor::Red, &failure.message);
        }
        for hint in &failure.hints {
            self.hint(hint);
        }
    }

    /// `WORD: TEXT`, or the text alone, on standard error; what is hostile in the text is escaped on a terminal.
    fn stderr(&self, word: &str, color: AnsiColor, text: &str) {
        let text = if self.stderr_terminal { escape_lines(text) } else { text.into() };
        let mut err = AutoStream::new(io::stderr().lock(), self.color.into());
        let style = Style::new().bold().fg_color(Some(color.into()));
        drop(match word {
            "" => writeln!(err, "{text}"),
            _ => writeln!(err, "{style}{word}{style:#}: {text}"),
        });
    }

    /// Asks before something broad or dangerous. Without a terminal nobody can answer: that is a usage error which names `--yes`.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !self.is_interactive() {
            return Err(Failure::usage(format!("there is no terminal to ask on: {question}"))
                .hint("say --yes to go on without being asked"));
        }
        dialoguer::Confirm::new().with_prompt(question).default(false).interact().map_err(|error| {
            let dialoguer::Error::IO(error) = error;
            Failure::because(crate::failure::Exit::Interrupted, "not answered", &error)
        })
    }

    /// A line that says what is being waited for, drawn only on a terminal and only when it takes longer than 250 ms.
    /// It is gone when the returned value is dropped.
    pub fn waiting(&self, text: String) -> Waiting {
        let text = Arc::new(Mutex::new(text));
        if !self.is_interactive() {
            return Waiting { task: None, text };
        }
        let said = Arc::clone(&text);
        let task = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let bar = indicatif::ProgressBar::new_spinner();
            let _clear = Clear(bar.clone());
            loop {
                // it is drawn by this as well
                bar.set_message(said.lock().unwrap_or_else(PoisonError::into_inner).clone());
                bar.tick();
                tokio::time::sleep(Duration::from_millis(80)).await;
            }
        });
        Waiting { task: Some(task), text }
    }
}

/// The waiting line of [`Ui::waiting`].
#[derive(Debug)]
#[must_use]
pub struct Waiting {
    task: Option<tokio::task::JoinHandle<()>>,
    text: Arc<Mutex<String>>,
}

impl Waiting {
    /// Says something else from now on.
    pub fn say(&self, text: String) {
        *self.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

struct Clear(indicatif::ProgressBar);

impl Drop for Clear {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
