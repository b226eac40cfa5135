//! Networks: what `ko lint` says about networks, pools and load balancers in switches against what became of them.
//!
//! Batch by batch: what the cases need, lint, the manifests, their outcome, a Vip or a Subnet that asks for what was promised, deletion.

mod judge;
mod seen;

use crate::oracle::classify::Verdict;
use crate::oracle::lint::Lint;
use crate::oracle::observe::Log;
use crate::oracle::report::{OnPurpose, Report};
use crate::oracle::tools::{self, Outcome, kubectl, kubectl_with, ms, text, until};
use crate::oracle::truth;
use seen::Seen;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

const WORLD: &str = include_str!("networks.world.yaml");
const SOFT: &str = include_str!("soft.tsv");
/// How many cases are there side by side. Many that fail wait for each other: the controller tries ten a second again.
const BATCH: usize = 20;

/// What works and is refused all the same.
const REFUSED_ON_PURPOSE: OnPurpose = &[];

/// One file: the last document is judged, those before it are there already.
#[derive(Debug)]
pub(crate) struct Case {
    /// `subnet/plain`.
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The manifest that is judged, as written.
    pub(crate) text: String,
    pub(crate) object: Value,
    pub(crate) setup: Vec<String>,
}

/// Every case, or those whose title contains one of the comma-separated words of `CASES`.
fn cases() -> Outcome<Vec<Case>> {
    let wanted = std::env::var("CASES").unwrap_or_default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/networks/manifests");
    let mut all = Vec::new();
    let entries = |path: &Path| -> Outcome<Vec<_>> {
        let read = fs::read_dir(path).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(read.flatten().map(|entry| entry.path()).collect())
    };
    for folder in entries(&root)? {
        for path in entries(&folder)? {
            let part = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let title = format!("{}/{}", part(&folder), part(&path));
            if !wanted.is_empty() && !wanted.split(',').any(|word| title.contains(word)) {
                continue;
            }
            let body = fs::read_to_string(&path).map_err(|why| format!("{title}: {why}"))?;
            let mut setup: Vec<String> = body.split("---\n").map(str::to_owned).collect();
            let judged = setup.pop().unwrap_or_default();
            let object: Value = serde_yaml::from_str(&judged).map_err(|why| format!("{title}: {why}"))?;
            let (kind, name) = (text(&object, "/kind").to_owned(), text(&object, "/metadata/name").to_owned());
            all.push(Case { title, kind, name, text: judged, object, setup });
        }
    }
    all.sort_by(|one, other| one.title.cmp(&other.title));
    Ok(all)
}

/// A kind as kubectl takes it.
pub(crate) fn resource(kind: &str) -> &'static str {
    match kind {
        "Subnet" => "subnets",
        "Vpc" => "vpcs",
        "Vlan" => "vlans",
        "ProviderNetwork" => "provider-networks",
        "IPPool" => "ippools",
        "Vip" => "vips",
        _ => "switch-lb-rules",
    }
}

#[test]
#[ignore = "needs the control plane"]
fn lint_agrees_with_the_controller_about_every_network() -> Outcome<()> {
    std::env::var("KUBECONFIG").map_err(|_| "KUBECONFIG names no control plane".to_owned())?;
    let cases = cases()?;
    bring_up()?;
    let log = Log::follow()?;
    let soft = soft();
    let mut report = Report::default();
    let mut found: BTreeMap<String, Verdict> = BTreeMap::new();
    let mut wrong = Vec::new();
    for batch in cases.chunks(BATCH) {
        for ((case, lint), seen) in batch.iter().zip(play_lint(batch)).zip(Seen::all(batch, &log)?) {
            let mut verdict = judge::verdict(case, &seen);
            match soft.get(case.title.as_str()) {
                Some((expected, _)) => {
                    verdict.firm = false;
                    if *expected != lint.to_string() {
                        wrong.push(format!("! {}: lint says {lint}, soft.tsv {expected}", case.title));
                    }
                }
                None => verdict.firm = true,
            }
            report.add(&case.title, &lint, &verdict, REFUSED_ON_PURPOSE);
            found.insert(case.title.clone(), verdict);
        }
        let _ = std::io::stdout().write_all(std::mem::take(&mut report.table).as_bytes());
        take_down(batch)?;
    }
    truth::keep("networks", &found)?;
    let stale = truth::differences("networks", &found);
    let all: Vec<String> = report.disagreements.into_iter().chain(wrong).chain(stale).collect();
    if all.is_empty() { Ok(()) } else { Err(format!("{} disagreements:\n{}", all.len(), all.join("\n"))) }
}

/// What a careful person could call otherwise: what lint is to say of it, and why.
fn soft() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let cells = |line: &'static str| line.split('\t').collect::<Vec<_>>();
    SOFT.lines()
        .skip(1)
        .map(cells)
        .filter(|cells| cells.len() == 3)
        .map(|cells| (cells[0], (cells[1], cells[2])))
        .collect()
}

/// What the cases need is there, and lint has spoken.
fn play_lint(batch: &[Case]) -> Vec<Lint> {
    let setup: Vec<&str> = batch.iter().flat_map(|case| &case.setup).map(String::as_str).collect();
    drop(kubectl_with(&["apply", "-f", "-"], &setup.join("---\n")));
    // a Subnet or a pool of the setup is made when it has a condition; one that never gets any is looked at all the same
    let wanted: Vec<Value> = setup.iter().filter_map(|document| serde_yaml::from_str(document).ok()).collect();
    until(ms(8000), || {
        let Ok(now) = seen::look() else { return false };
        wanted.iter().all(|object| {
            let kind = text(object, "/kind");
            let found = now.get(&format!("{kind}/{}", text(object, "/metadata/name"))).unwrap_or(&Value::Null);
            match kind {
                "Vpc" => found.pointer("/status/standby") == Some(&Value::Bool(true)),
                "Subnet" | "IPPool" => seen::ready(found),
                _ => true,
            }
        })
    });
    tools::each(batch, |case| Lint::of_text(&case.text))
}

/// Everything of a batch is gone again, in the order that never hangs.
fn take_down(batch: &[Case]) -> Outcome<()> {
    seen::drop_probes();
    let judged = batch.iter().flat_map(|case| std::iter::once(&case.text).chain(case.setup.iter().rev()));
    let all: Vec<&str> = judged.map(String::as_str).collect();
    drop(kubectl_with(&["delete", "--wait=false", "--ignore-not-found", "-f", "-"], &all.join("---\n")));
    let left = || -> Vec<String> {
        let now = seen::look().unwrap_or_default();
        now.into_keys().filter(|key| !STAYS.contains(&key.as_str())).collect()
    };
    if until(ms(20_000), || left().is_empty()) {
        return Ok(());
    }
    // the controller counts late: an edit makes it look again
    for key in left() {
        let (kind, name) = key.split_once('/').unwrap_or_default();
        drop(kubectl(&["annotate", resource(kind), name, "oracle/nudged=yes", "--overwrite"]));
    }
    if until(ms(60_000), || left().is_empty()) { Ok(()) } else { Err(format!("left over: {}", left().join(", "))) }
}

/// The world.
const STAYS: [&str; 8] = [
    "Subnet/join",
    "Subnet/ovn-default",
    "Vpc/ovn-cluster",
    "Vpc/w1",
    "Vpc/w2",
    "Vlan/wvlan",
    "ProviderNetwork/wpn",
    "Subnet/w-under",
];

fn bring_up() -> Outcome<()> {
    if kubectl(&["get", "vpc", "vpc1"]).ok() {
        return Err("another scene is there: the oracle needs a new control plane".into());
    }
    for document in WORLD.split("---\n") {
        kubectl_with(&["apply", "-f", "-"], document).output("the world")?;
    }
    let ready = || {
        kubectl(&["get", "subnet", "w-under", "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"]).out
            == "True"
    };
    if until(ms(20_000), ready) { Ok(()) } else { Err("the world does not get ready".into()) }
}
