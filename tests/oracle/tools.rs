//! Processes, polling and a handful of threads: all the suite needs besides the standard library.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What the suite itself could not do, in a sentence.
pub(crate) type Outcome<T> = Result<T, String>;

/// An ended process.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) const fn ok(&self) -> bool {
        self.code == 0
    }

    /// Its standard output, or its complaint.
    pub(crate) fn output(self, what: &str) -> Outcome<String> {
        if self.ok() { Ok(self.out) } else { Err(format!("{what}: {}", self.err.trim())) }
    }
}

pub(crate) fn run(program: &str, args: &[&str], input: Option<&str>) -> Ran {
    let failed = |why: std::io::Error| Ran { code: -1, out: String::new(), err: format!("{program}: {why}") };
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child =
        match Command::new(program).args(args).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(why) => return failed(why),
        };
    if let (Some(text), Some(mut pipe)) = (input, child.stdin.take())
        && let Err(why) = pipe.write_all(text.as_bytes())
    {
        return failed(why);
    }
    match child.wait_with_output() {
        Ok(done) => Ran {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        },
        Err(why) => failed(why),
    }
}

pub(crate) fn kubectl(args: &[&str]) -> Ran {
    run("kubectl", &[&["--request-timeout=20s"], args].concat(), None)
}

/// kubectl with something on its standard input.
pub(crate) fn kubectl_with(args: &[&str], input: &str) -> Ran {
    run("kubectl", &[&["--request-timeout=20s"], args].concat(), Some(input))
}

/// An OVN tool in the leader's pod, as an operator would call it.
pub(crate) fn ovn(args: &[&str]) -> Outcome<String> {
    kubectl(&[&["exec", "-n", "kube-system", "ovn-central-0", "--"], args].concat()).output(&args.join(" "))
}

pub(crate) fn json(text: &str) -> Outcome<Value> {
    serde_json::from_str(text).map_err(|why| format!("not JSON: {why}: {}", text.chars().take(80).collect::<String>()))
}

/// Looks again and again until it is so; false when the time is over. The only place that sleeps.
pub(crate) fn until(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(60));
    }
}

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The same for every item, a few at a time, answers in order.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..items.len().min(6) {
            scope.spawn(|| {
                while let Some((at, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
                {
                    let answer = work(item);
                    if let Ok(mut all) = answers.lock() {
                        all.push((at, answer));
                    }
                }
            });
        }
    });
    let mut all = answers.into_inner().unwrap_or_default();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, answer)| answer).collect()
}

/// A text at a path of keys; empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The texts of a list at a path of keys.
pub(crate) fn texts(value: &Value, path: &str) -> Vec<String> {
    let list = value.pointer(path).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
