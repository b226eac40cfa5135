//! One run of a program: its streams, exit code, time and memory.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bench::{Outcome, Wrong};

/// Longer than any command here may take; one that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(150);

/// An ended process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
    /// The most memory it ever had, in KiB, as far as it was looked at.
    pub(crate) peak: u64,
}

impl Ran {
    /// The whole of it, for whoever reads a failure.
    pub(crate) fn shown(&self) -> String {
        let Self { line, code, out, err, took, .. } = self;
        let cut = |text: &str| text.chars().take(4000).collect::<String>();
        format!("$ kubectl ko {line}\n{}--- stderr\n{}[exit {code}, {} ms]\n", cut(out), cut(err), took.as_millis())
    }

    pub(crate) fn wrong(&self, what: &str) -> Wrong {
        format!("{what}\n{}", self.shown()).into()
    }

    /// It ended with this code.
    pub(crate) fn exits(self, code: i32) -> Outcome<Self> {
        if self.code == code { Ok(self) } else { Err(self.wrong(&format!("exit {} instead of {code}", self.code))) }
    }

    /// Its standard error has this.
    pub(crate) fn says(self, text: &str) -> Outcome<Self> {
        if self.err.contains(text) { Ok(self) } else { Err(self.wrong(&format!("standard error lacks `{text}`"))) }
    }

    /// Its standard output has this.
    pub(crate) fn prints(self, text: &str) -> Outcome<Self> {
        if self.out.contains(text) { Ok(self) } else { Err(self.wrong(&format!("standard output lacks `{text}`"))) }
    }

    /// Neither stream has this.
    pub(crate) fn lacks(self, text: &str) -> Outcome<Self> {
        let has = self.out.contains(text) || self.err.contains(text);
        if has { Err(self.wrong(&format!("`{text}` is said"))) } else { Ok(self) }
    }

    /// It did not take longer.
    pub(crate) fn within(self, limit: Duration) -> Outcome<Self> {
        if self.took <= limit { Ok(self) } else { Err(self.wrong(&format!("longer than {limit:?}"))) }
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Outcome<Value> {
        serde_json::from_str(&self.out).map_err(|why| self.wrong(&format!("not JSON: {why}")))
    }
}

/// The program with these arguments; the environment is the instance's, but for what a developer may have set.
pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-ko"));
    command.args(words).env_remove("KUBE_OVN_NS").env("COLUMNS", "160").stdin(Stdio::null());
    command
}

/// Runs a command line as it is typed behind `kubectl ko`: words at blanks, no quoting.
pub(crate) fn ko(line: &str) -> Ran {
    finish(line, program(&line.split_whitespace().collect::<Vec<_>>()), &[])
}

/// The same with this on standard input.
pub(crate) fn ko_with(line: &str, input: &[u8]) -> Ran {
    let mut command = program(&line.split_whitespace().collect::<Vec<_>>());
    command.stdin(Stdio::piped());
    finish(line, command, input)
}

/// Runs a process to its end and keeps what it said.
pub(crate) fn finish(line: &str, mut command: Command, input: &[u8]) -> Ran {
    let start = Instant::now();
    let failed = |err: String| Ran { line: line.to_owned(), code: -1, err, ..Ran::default() };
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return failed(error.to_string()),
    };
    let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut peak = 0;
    let mut ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            // the program need not read it
            drop(stdin.map(|mut pipe| pipe.write_all(input)));
        });
        let out = scope.spawn(|| text_of(out));
        let err = scope.spawn(|| text_of(err));
        let code = await_end(&mut child, &mut peak);
        Ran { code, out: out.join().unwrap_or_default(), err: err.join().unwrap_or_default(), ..Ran::default() }
    });
    line.clone_into(&mut ran.line);
    ran.took = start.elapsed();
    ran.peak = peak;
    keep(&ran);
    ran
}

fn text_of(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    drop(pipe.map(|mut pipe| pipe.read_to_end(&mut bytes)));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Its exit code, 128 + N for signal N; -9 when it had to be ended because it hung.
fn await_end(child: &mut Child, peak: &mut u64) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    let end = Instant::now() + LIMIT;
    loop {
        *peak = memory(child.id()).max(*peak);
        match child.try_wait() {
            Ok(Some(status)) => {
                return status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
            }
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(4)),
            _ => {
                drop(child.kill());
                drop(child.wait());
                return -9;
            }
        }
    }
}

/// The high-water mark of a process's memory in KiB, 0 when it is gone.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// With `KO_TRANSCRIPT=FILE` everything that was run can be read there as a user would see it.
fn keep(ran: &Ran) {
    note(&ran.shown());
}

/// Adds a text to the transcript.
pub(crate) fn note(text: &str) {
    let Some(path) = std::env::var_os("KO_TRANSCRIPT") else { return };
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path) {
        drop(file.write_all(format!("{text}\n").as_bytes()));
    }
}
