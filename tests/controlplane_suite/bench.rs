//! kubectl and the control plane's commands against the instance, and waiting by condition.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) use super::run::{Ran, finish, ko, ko_with, program};

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

/// Whether an EIP or a rule says that it is ready.
pub(crate) fn ready_rule(line: &str) -> Outcome<bool> {
    Ok(object(line)?["status"]["ready"] == true)
}

/// All objects of a kind, in every namespace.
pub(crate) fn objects(kind: &str) -> Outcome<Vec<Value>> {
    let mut list: Value =
        serde_json::from_str(&kubectl(&format!("get {kind} -A -o json"))?).map_err(|why| format!("{kind}: {why}"))?;
    Ok(list["items"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// Starts the controller anew, with these flags, and marks the gateway node again as the scene did: without a `ConfigMap`
/// ovn-external-gw-config each start takes the mark off (docs/kube-ovn-behaviour.md), and a router port made behind that has no gateway.
pub(crate) fn restart_controller(flags: &str) -> Outcome {
    script(&format!("restart-controller {flags}"))?;
    kubectl("label node node-a ovn.kubernetes.io/external-gw=true --overwrite").map(drop)
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
