//! Console examples of the documents: run as they stand, and compared with what they say.
//!
//! A line that begins with `$ ` is a command of `sh`, `> ` goes on with it; what follows is what a terminal shows, both
//! streams. A line that is `…` stands for any lines, `…` within a line for any text. The commands of one block share a
//! shell, so that `echo $?` means the command before. `UPDATE=1` writes what was printed into the document.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::markdown::{Fence, fences};

/// What ends the output of one command.
const MARK: char = '\u{1e}';

/// Where the commands run.
pub(crate) struct Shell {
    /// The environment, all of it.
    variables: Vec<(OsString, OsString)>,
    /// Where they begin.
    folder: PathBuf,
    /// How lines begin that a document leaves out.
    pub(crate) without: Option<&'static str>,
}

/// One command and what it is to print.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) expected: String,
}

impl Shell {
    pub(crate) fn new(folder: &Path, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { variables: variables.into_iter().collect(), folder: folder.to_owned(), without: None }
    }

    /// A shell whose cluster is that of a kubeconfig, with the kubectl of this machine and the program under test as its
    /// plugin. `folder` is an empty one.
    pub(crate) fn on(kubeconfig: &Path, folder: &Path) -> Self {
        let bin = folder.join("bin");
        std::fs::create_dir_all(&bin).expect("a folder");
        let plugin = bin.join("kubectl-ko");
        if !plugin.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_kubectl-ko"), plugin).expect("the program under test");
        }
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&paths))).expect("a PATH");
        let named = [("PATH", paths), ("KUBECONFIG", kubeconfig.into()), ("HOME", folder.into())];
        Self::new(folder, named.map(|(name, value)| (name.into(), value)))
    }

    /// What each command printed.
    fn run(&self, steps: &[Step]) -> Vec<String> {
        let mut script = String::from("exec 2>&1 </dev/null\nended() { s=$?; printf '\\036'; return $s; }\n");
        for step in steps {
            let _ = write!(script, "{}\nended\n", step.command);
        }
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.current_dir(&self.folder).stdin(Stdio::null()).output().expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let shown = |line: &&str| self.without.is_none_or(|prefix| !line.trim_start_matches(MARK).starts_with(prefix));
        let mut printed: Vec<String> =
            text.split(MARK).map(|part| part.split_inclusive('\n').filter(shown).collect()).collect();
        printed.truncate(steps.len());
        assert_eq!(printed.len(), steps.len(), "a command ended the shell: {text}");
        printed
    }

    /// Runs the blocks of a document whose info is `info`, in order; `other` is handed those in between. The differences are
    /// told together.
    pub(crate) fn check(&self, document: &Path, info: &str, other: impl Fn(&Fence)) {
        let text = std::fs::read_to_string(document).expect("the document");
        let update = std::env::var_os("UPDATE").is_some();
        let (mut after, mut wrong) = (text.clone(), String::new());
        for fence in &fences(&text) {
            if fence.info != info {
                other(fence);
                continue;
            }
            let steps = steps(fence);
            let printed = self.run(&steps);
            let mut block = String::new();
            for (step, printed) in steps.iter().zip(&printed) {
                let fits = fits(&step.expected, printed);
                let shown = if fits { &step.expected } else { printed };
                let _ = writeln!(block, "$ {}\n{shown}", step.command.replace('\n', "\n> "));
                while block.ends_with("\n\n") {
                    block.pop();
                }
                if !fits {
                    let _ = writeln!(wrong, "{}:{}: $ {}", document.display(), fence.line, step.command);
                    let _ = writeln!(wrong, "--- the document\n{}--- printed\n{printed}", step.expected);
                }
            }
            after = after.replacen(&format!("```{info}\n{}```", fence.text), &format!("```{info}\n{block}```"), 1);
        }
        if update && after != text {
            std::fs::write(document, after).expect("the document");
        }
        assert!(update || wrong.is_empty(), "UPDATE=1 writes what was printed\n{wrong}");
    }
}

pub(crate) fn steps(fence: &Fence) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in fence.text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), expected: String::new() }),
            (None, None) => panic!("line {}: a console block begins with a command", fence.line),
            (None, Some(step)) => match line.strip_prefix("> ").filter(|_| step.expected.is_empty()) {
                Some(more) => step.command.extend(["\n", more]),
                None => step.expected.extend([line, "\n"]),
            },
        }
    }
    steps
}

/// Whether what was printed is what the document says, whatever MACs, UUIDs and ages were given.
fn fits(expected: &str, printed: &str) -> bool {
    let trimmed = |text: &str| text.lines().map(|line| normal(line.trim_end())).collect::<Vec<_>>();
    lines_fit(&trimmed(expected.trim_end()), &trimmed(printed.trim_end()))
}

/// The line with `#` for the digits of MACs and UUIDs, and without the age of an object.
fn normal(line: &str) -> String {
    if let Some(rest) = line.strip_prefix("Age:") {
        return format!("Age:{}", rest.replace(|c: char| c.is_ascii_alphanumeric(), ""));
    }
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '-';
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c: char| !is_part(c)).map_or(rest.len(), |end| start + end);
        let word = &rest[start..end];
        let given = (word.len() == 17 && word.matches(':').count() == 5)
            || (word.len() == 36 && word.matches('-').count() == 4);
        out += &rest[..start];
        out += &if given { word.replace(|c: char| c.is_ascii_hexdigit(), "#") } else { word.to_owned() };
        rest = &rest[end..];
    }
    out + rest
}

fn lines_fit(expected: &[String], printed: &[String]) -> bool {
    match (expected, printed) {
        ([], _) => printed.is_empty(),
        ([any, rest @ ..], _) if any == "…" => {
            (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..]))
        }
        ([first, rest @ ..], [line, others @ ..]) => line_fits(first, line) && lines_fit(rest, others),
        _ => false,
    }
}

fn line_fits(expected: &str, printed: &str) -> bool {
    match expected.split_once('…') {
        None => expected == printed,
        Some((start, rest)) => printed.strip_prefix(start).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| line_fits(rest, &tail[at..]))
        }),
    }
}

#[test]
fn examples_are_compared_but_for_what_a_run_gives() {
    for (expected, printed, fit) in [
        ("a\n", "a", true),
        ("a\n…\nd\n", "a\nb\nc\nd\n", true),
        ("…\n", "", true),
        ("a …, c\n", "a b, b, c\n", true),
        ("a…\n", "b\n", false),
        ("a\n", "a\nb\n", false),
        ("Age:  5d\nx (02:00:00:00:00:01)\n", "Age:  12s\nx (fe:00:00:00:ab:cd)\n", true),
        ("x 192.168.0.1\n", "x 192.168.0.2\n", false),
    ] {
        assert_eq!(fits(expected, printed), fit, "{expected:?} {printed:?}");
    }
}
