//! Every verb through every fault: an API server that refuses, is silent, breaks off or answers something else, at each request that the
//! verb makes, in the sandbox.
//!
//! What holds is the same for all of them, so that no case needs a sentence of its own here:
//! - the exit code is one of docs/exit-codes.md, and 0 only when everything is as without the fault;
//! - something is said, in our words or in the API server's, never in those of a library;
//! - what was written is said: nothing is changed behind another exit code than 5 or 7 (or 0), and every object that was is named.
//!
//! With every `cargo test` each request meets some of its faults; with `KO_EVERY_FAULT=1` all of them.

#![expect(clippy::expect_used, reason = "a file that cannot be made or read must stop the test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kubectl_ko::sandbox::Lazy;
use kubectl_ko::sandbox::state::State;
use serde_json::{Value, json};

use crate::support::{CommandOutput, Environment};

/// Words of libraries, which tell a user nothing.
const FOREIGN: [&str; 14] = [
    "hyper",
    "kube::",
    "tungstenite",
    "serde",
    "panicked",
    "IncompleteMessage",
    "connection error",
    "error sending request",
    "Utf8Error",
    "invalid utf-8",
    "EOF while parsing",
    "expected value at line",
    "os error",
    "ConnectionReset",
];

/// How many run at once: most of their time is waiting.
const HANDS: usize = 4;

/// What goes wrong, by what is asked. `torn` and `hang` of a write come behind the deed or before it.
const READS: [&str; 7] = ["status=403", "status=500", "html=502", "torn", "drop times=1", "hang", "delay=100"];
const WATCHES: [&str; 4] = ["gone", "status=500", "drop", "delay=300"];
const WRITES: [&str; 7] = ["status=403", "status=409", "status=500", "status=504", "drop", "torn", "hang"];
const EXECS: [&str; 8] = [
    "exec-drop",
    "exec-close",
    "exec-status",
    "exec-garbage",
    "exec-fail=1",
    "exec-flood=4194304",
    "html=400",
    "status=403",
];

/// One request of a verb, and how many of its kind came before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    method: String,
    path: String,
    watch: bool,
    before: usize,
}

impl Asked {
    fn effects(&self) -> &'static [&'static str] {
        match self.method.as_str() {
            "GET" if self.path.ends_with("/exec") => &EXECS,
            "GET" if self.watch => &WATCHES,
            "GET" => &READS,
            _ => &WRITES,
        }
    }
}

/// A sandbox that verbs are run in, each on a copy.
struct Bench {
    ko: Environment,
    start: PathBuf,
    known: Known,
    copies: AtomicUsize,
}

/// How a run ended.
struct Run {
    output: CommandOutput,
    /// Objects without what each run gives anew, and the rows, by name.
    after: BTreeMap<String, Value>,
}

impl Bench {
    /// The sandbox after these commands.
    fn new(before: &[&str]) -> Self {
        let ko = Environment::new();
        let start = ko.path().join("start.json");
        let mut bench = Self { ko, start, known: Known::new(), copies: AtomicUsize::new(0) };
        let flag = format!("--sandbox={}", bench.start.display());
        bench.ko.run([flag.as_str(), "sandbox", "reset"]).success().done();
        for line in before {
            bench.ko.run(std::iter::once(flag.as_str()).chain(line.split(' '))).success().done();
        }
        bench.known = objects(&bench.start).map(|(resource, text)| (text.clone(), seen(&resource, &text))).collect();
        bench
    }

    fn run(&self, line: &str, flags: &[&str], faults: &str) -> Run {
        let copy = self.ko.path().join(format!("copy-{}.json", self.copies.fetch_add(1, Ordering::SeqCst)));
        std::fs::copy(&self.start, &copy).expect("a copy");
        let flag = format!("--sandbox={}", copy.display());
        let words = flags.iter().copied().chain([flag.as_str(), "--request-timeout=400ms"]).chain(line.split(' '));
        let mut command = self.ko.command(words);
        command.env("KUBECTL_KO_SANDBOX_FAULTS", faults);
        let output = self.ko.ended(command);
        let after = picture(&copy, &self.known);
        std::fs::remove_file(&copy).expect("the copy");
        Run { output, after }
    }

    /// What a verb asks for when all is well.
    fn asked(&self, line: &str) -> Vec<Asked> {
        let said = self.run(line, &["-vv"], "").output.stderr;
        let mut asked: Vec<Asked> = Vec::new();
        for request in said.lines().filter_map(|line| line.split("asked: ").nth(1)) {
            let (method, rest) = request.split_once(' ').expect("a method");
            let (path, query) = rest.split_once('?').expect("a query");
            let watch = query.contains("watch=true");
            let same = |one: &&Asked| one.method == method && one.path == path && one.watch == watch;
            let before = asked.iter().filter(same).count();
            asked.push(Asked { method: method.to_owned(), path: path.to_owned(), watch, before });
        }
        assert!(!asked.is_empty(), "{line}: nothing is asked\n{said}");
        asked
    }
}

/// What texts of objects say, by text: an object that a run left alone is not read again.
type Known = HashMap<String, (String, Value)>;

/// The objects of a file by name, without times and numbers that each run gives anew.
fn picture(path: &Path, known: &Known) -> BTreeMap<String, Value> {
    objects(path).map(|(resource, text)| known.get(&text).cloned().unwrap_or_else(|| seen(&resource, &text))).collect()
}

/// Kind and text of each object in a file, but for those that change by themselves.
fn objects(path: &Path) -> impl Iterator<Item = (String, String)> {
    let state = State::read(path).expect("a state").expect("a file");
    let kinds = state.objects.into_iter().filter(|(resource, _)| !resource.starts_with("leases"));
    kinds.flat_map(|(resource, objects)| {
        let text = |object: Lazy<Value>| object.text().expect("what was read").to_owned();
        objects.into_iter().map(move |object| (resource.clone(), text(object)))
    })
}

/// An object's name and what counts of it.
fn seen(resource: &str, text: &str) -> (String, Value) {
    let mut object: Value = serde_json::from_str(&without_macs(text)).expect("an object");
    let name = format!("{resource}/{}", object["metadata"]["name"].as_str().unwrap_or_default());
    for key in ["uid", "resourceVersion", "generation", "creationTimestamp"] {
        object["metadata"].as_object_mut().expect("metadata").remove(key);
    }
    if object["metadata"]["deletionTimestamp"].is_string() {
        object["metadata"]["deletionTimestamp"] = true.into();
    }
    (name, object)
}

/// The text with `#` in place of each MAC: they are given by chance.
fn without_macs(text: &str) -> String {
    let is_mac = |word: &[u8]| {
        let fits = |(at, byte): (usize, &u8)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_hexdigit() };
        word.len() == 17 && word.iter().enumerate().all(fits)
    };
    let (mut out, mut at) = (String::new(), 0);
    while at < text.len() {
        if text.as_bytes().get(at..at + 17).is_some_and(is_mac) {
            out.push('#');
            at += 17;
        } else {
            let next = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + next]);
            at += next;
        }
    }
    out
}

/// Names of the objects that differ.
fn changed(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// Of each object what a client asks for: the rest is the controller's, which follows from it.
fn asked_for(picture: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let spec = |object: &Value| json!([object["spec"], object["metadata"]["deletionTimestamp"]]);
    picture.iter().map(|(name, object)| (name.clone(), spec(object))).collect()
}

/// What is wrong with a run; empty when nothing is.
fn verdict(run: &Run, well: &Run, before: &BTreeMap<String, Value>) -> String {
    let (code, said) = (run.output.code, &run.output.stderr);
    let both = format!("{}{said}", run.output.stdout);
    let words: Vec<&&str> = FOREIGN.iter().filter(|word| said.contains(**word)).collect();
    if !words.is_empty() {
        return format!("says {words:?}");
    }
    if ![0, 1, 3, 4, 5, 6, 7, 125].contains(&code) {
        return "ends with a code of no meaning".to_owned();
    }
    if code == 0 {
        return if run.after == well.after {
            String::new()
        } else {
            format!(
                "ends with 0, and leaves other things than without the fault: {:?}",
                changed(&well.after, &run.after)
            )
        };
    }
    // the output itself says what was not looked at
    if code != 3 && said.lines().filter(|line| !line.starts_with("sandbox: ")).count() == 0 {
        return "says nothing".to_owned();
    }
    let written = changed(&asked_for(before), &asked_for(&run.after));
    if !written.is_empty() && ![5, 7].contains(&code) {
        return format!("changed {written:?} behind exit code {code}");
    }
    let unnamed: Vec<&String> =
        written.iter().filter(|name| !both.contains(name.split_once('/').map_or("", |(_, name)| name))).collect();
    if !unnamed.is_empty() {
        return format!("changed {unnamed:?} and does not say so");
    }
    String::new()
}

/// What goes wrong in each run. Before the first write nothing can be half done: there each request meets two of its faults in turn, and
/// behind it half of them, so that the verbs together meet all; a write meets all of its own. `KO_EVERY_FAULT=1`: each request meets all.
fn cases(asked: &[Asked]) -> Vec<String> {
    let every = std::env::var_os("KO_EVERY_FAULT").is_some();
    let first_write = asked.iter().position(|one| one.method != "GET").unwrap_or(asked.len());
    let faults = |(at, one): (usize, &Asked)| {
        let effects = one.effects();
        let turn = |step: usize| effects[(at + step) % effects.len()];
        let count = match one.method.as_str() {
            _ if every => effects.len(),
            "GET" if at < first_write => 2,
            "GET" => effects.len().div_ceil(2),
            _ => effects.len(),
        };
        let chosen: Vec<&str> = (0..count).map(|step| turn(step * effects.len() / count)).collect();
        let query = if one.watch { " query=watch=true" } else { "" };
        let line = |effect| format!("{} {} {effect} after={}{query}", one.method, one.path, one.before);
        chosen.into_iter().map(line).collect::<Vec<_>>()
    };
    asked.iter().enumerate().flat_map(faults).collect()
}

/// Runs lines through the matrix; what is wrong is told together.
fn matrix(before: &[&str], lines: &[&str]) {
    matrix_of(before, lines, cases);
}

/// The same with faults of one's own choice.
fn matrix_of(before: &[&str], lines: &[&str], cases: fn(&[Asked]) -> Vec<String>) {
    let bench = Bench::new(before);
    let start = picture(&bench.start, &bench.known);
    for line in lines {
        let asked = bench.asked(line);
        let well = bench.run(line, &[], "");
        assert!([0, 5].contains(&well.output.code), "$ {line}\n{}", well.output);
        let cases = cases(&asked);
        let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(|| {
                    while let Some(fault) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                        let run = bench.run(line, &[], fault);
                        let verdict = verdict(&run, &well, &start);
                        if !verdict.is_empty() {
                            let text = format!("$ {line}   # {fault}\n{verdict}\n{}", run.output);
                            wrong.lock().expect("the list").push(text);
                        }
                    }
                });
            }
        });
        let wrong = wrong.into_inner().expect("the list");
        assert!(wrong.is_empty(), "{} of {} runs:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
    }
}

const VIP: &str = "vip create spare --subnet vpc1-subnet1";
const SHARED: &str = "vip create shared --subnet vpc1-subnet1 -n vpc1 --selector app=web";
const EIP: &str = "eip create out --subnet external204";
const BIND: &str = "eip bind web pod/web-1 -n vpc1 --create --subnet external204";

#[test]
fn lists_and_reports() {
    let before = [VIP, BIND];
    matrix(&before, &["vip list", "ip list", "eip list", "fip list", "snat list", "dnat list", "nat list", "version"]);
}

#[test]
fn shows() {
    let before = [VIP, BIND];
    matrix(&before, &["vip show spare", "ip show web-1.vpc1", "eip show web", "fip show web"]);
}

#[test]
fn tools_of_ovn() {
    matrix(&[], &["nbctl show", "sbctl show", "nbctl lr-nat-list vpc1"]);
}

#[test]
fn vip_create() {
    matrix(&[], &["vip create spare --subnet vpc1-subnet1 --timeout 1s"]);
}

#[test]
fn vip_create_for_pods() {
    matrix(&[], &["vip create spare --subnet vpc1-subnet1 -n vpc1 --selector app=web --timeout 1s"]);
}

#[test]
fn vip_attach_and_delete() {
    matrix(&[SHARED], &["vip attach shared pod/web-1 -n vpc1 --timeout 1s", "vip delete shared --timeout 1s"]);
}

#[test]
fn vip_detach() {
    let before = [SHARED, "vip attach shared pod/web-1 -n vpc1"];
    matrix(&before, &["vip detach shared pod/web-1 -n vpc1 --timeout 1s"]);
}

#[test]
fn ip_reserve() {
    matrix(&[], &["ip reserve pod/later -n vpc1 --subnet vpc1-subnet1 --timeout 1s"]);
}

#[test]
fn ip_release() {
    let before = ["ip reserve pod/later -n vpc1 --subnet vpc1-subnet1"];
    matrix(&before, &["ip release later.vpc1 --timeout 1s"]);
}

#[test]
fn eip_create_and_delete() {
    matrix(&[], &["eip create out --subnet external204 --timeout 1s"]);
    matrix(&[EIP], &["eip delete out --timeout 1s"]);
}

#[test]
fn eip_bind_to_a_pod() {
    matrix(&[], &["eip bind web pod/web-1 -n vpc1 --create --subnet external204 --timeout 1s"]);
}

#[test]
fn eip_bind_a_port_and_a_subnet() {
    matrix(
        &[EIP],
        &["eip bind out pod/web-1 -n vpc1 --tcp 8080:80 --timeout 1s", "eip bind out subnet/vpc1-subnet1 --timeout 1s"],
    );
}

#[test]
fn eip_unbind_and_delete_with_rules() {
    matrix(&[BIND], &["eip unbind web --timeout 1s", "eip delete web --with-rules --timeout 1s"]);
}

#[test]
fn fip() {
    matrix(&[EIP], &["fip create one pod/web-1 --eip out -n vpc1 --timeout 1s"]);
    matrix(&[BIND], &["fip delete web --timeout 1s"]);
}

#[test]
fn snat() {
    matrix(&[EIP], &["snat create one subnet/vpc1-subnet1 --eip out --timeout 1s"]);
}

#[test]
fn dnat() {
    matrix(&[EIP], &["dnat create one pod/web-1 --eip out --tcp 8080:80 -n vpc1 --timeout 1s"]);
}

/// Commands in pods that never end: each verb waits for seconds, so that only those run that write in between.
#[test]
fn commands_in_pods_that_hang() {
    let hangs = |asked: &[Asked]| {
        let execs = asked.iter().filter(|one| one.path.ends_with("/exec"));
        execs.map(|one| format!("GET {} exec-hang after={}", one.path, one.before)).collect()
    };
    matrix_of(&[EIP], &["fip create one pod/web-1 --eip out -n vpc1 --timeout 1s", "nbctl show"], hangs);
}
