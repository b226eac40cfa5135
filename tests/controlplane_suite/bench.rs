//! Running the program and kubectl against the instance, and waiting by condition.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a test could not do or did not find, in a sentence.
pub(crate) type Outcome<T = ()> = Result<T, Wrong>;

/// A sentence and what was run, shown as they are: a test's error is printed with `Debug`.
pub(crate) struct Wrong(String);

impl std::fmt::Debug for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Into<String>> From<T> for Wrong {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

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
        Wrong(format!("{what}\n{}", self.shown()))
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
    ran.line = line.to_owned();
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
    let Some(path) = std::env::var_os("KO_TRANSCRIPT") else { return };
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(path) {
        drop(file.write_all(format!("{}\n", ran.shown()).as_bytes()));
    }
}

/// kubectl, with an end to its patience.
pub(crate) fn kubectl(line: &str) -> Outcome<String> {
    kubectl_words(&line.split_whitespace().collect::<Vec<_>>(), "")
}

/// kubectl with something on standard input.
pub(crate) fn kubectl_words(words: &[&str], input: &str) -> Outcome<String> {
    let mut command = Command::new("kubectl");
    command.arg("--request-timeout=20s").args(words);
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    let ran = finish(&format!("(kubectl) {}", words.join(" ")), command, input.as_bytes());
    if ran.code == 0 { Ok(ran.out) } else { Err(ran.wrong("kubectl failed")) }
}

pub(crate) fn apply(manifest: &str) -> Outcome {
    kubectl_words(&["apply", "-f", "-"], manifest).map(drop)
}

/// An object as the API server has it; `Null` when it has none.
pub(crate) fn object(line: &str) -> Outcome<Value> {
    let text = kubectl(&format!("get {line} -o json --ignore-not-found"))?;
    if text.trim().is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_str(&text).map_err(|why| format!("{line}: {why}").into())
    }
}

/// One of the control plane's own commands (tests/controlplane), on this instance.
pub(crate) fn script(line: &str) -> Outcome<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let folder = std::env::var("KO_CONTROLPLANE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned());
    let mut command = Command::new(format!("{folder}/{}", words[0]));
    // files, not pipes: what it starts in the background would keep a pipe open
    let log = tempfile::tempfile().map_err(|error| error.to_string())?;
    let copies = (log.try_clone(), log.try_clone());
    let (Ok(out), Ok(err)) = copies else { return Err("no file for a script's output".into()) };
    command.args(["--instance", &instance()]).args(&words[1..]).stdin(Stdio::null()).stdout(out).stderr(err);
    let status = command.status().map_err(|error| format!("{line}: {error}"))?;
    let mut text = String::new();
    let mut log = log;
    drop(std::io::Seek::rewind(&mut log));
    drop(log.read_to_string(&mut text));
    if status.success() { Ok(text) } else { Err(format!("{line}: {status}\n{text}").into()) }
}

pub(crate) fn instance() -> String {
    std::env::var("KO_INSTANCE").unwrap_or_else(|_| "0".to_owned())
}

/// Looks again and again until it is so. The only place that waits for the cluster.
pub(crate) fn until(what: &str, limit: Duration, mut is_so: impl FnMut() -> Outcome<bool>) -> Outcome {
    let end = Instant::now() + limit;
    loop {
        let last = is_so();
        match last {
            Ok(true) => return Ok(()),
            Ok(false) | Err(_) if Instant::now() < end => std::thread::sleep(Duration::from_millis(40)),
            Ok(false) => return Err(format!("waited {limit:?} in vain for {what}").into()),
            Err(why) => return Err(format!("waited {limit:?} in vain for {what}: {why}").into()),
        }
    }
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A text at a path of keys; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// A condition that a test is about.
pub(crate) fn check(is_so: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if is_so { Ok(()) } else { Err(otherwise().into()) }
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    check(found == expected, || format!("{what}: found\n{found:#?}\nexpected\n{expected:#?}"))
}
