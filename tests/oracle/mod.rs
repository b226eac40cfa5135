//! The oracle: what `ko lint` says about a manifest against what a real Kube-OVN controller does with it.
//!
//! Each manifest of `vip/` is judged by the tool, applied to the cluster, watched, and classified from its status, the controller's log and
//! OVN's rows. `vip.truth.tsv` keeps the classes for the tests that have no cluster; `UPDATE=1` writes it anew.

mod address;
mod cases;
mod classify;
mod edits;
mod lint;
mod networks;
mod observe;
mod pods;
mod report;
mod rules;
mod selector;
mod tools;
mod truth;
mod waves;
mod world;

use cases::Case;
use lint::Lint;
use observe::Log;
use report::{OnPurpose, Report};
use std::collections::BTreeMap;
use std::io::Write as _;
use tools::Outcome;
use world::World;

/// The folder with the control plane's commands.
fn control_plane() -> String {
    std::env::var("KO_CONTROLPLANE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned())
}

#[test]
#[ignore = "needs the control plane"]
fn lint_agrees_with_the_controller_about_every_vip() -> Outcome<()> {
    std::env::var("KUBECONFIG").map_err(|_| "KUBECONFIG names no control plane".to_owned())?;
    let world = World::up()?;
    let cases = Case::all()?;
    let said = tools::each(&cases, |case| Lint::of(&case.path));
    let mut found = BTreeMap::new();
    let mut log = Log::follow()?;
    for round in cases::waves(&cases, &world) {
        let alone = round.iter().any(|case| case.crashes(&world));
        let verdicts = waves::observe(&round, &world, &log)?;
        found.extend(round.into_iter().map(|case| case.file).zip(verdicts));
        if alone {
            log = Log::follow()?; // the log followed ends with the controller
        }
    }
    let mut report = Report::default();
    for (case, lint) in cases.iter().zip(&said) {
        if let Some(verdict) = found.get(&case.file) {
            report.add(&case.file, lint, verdict, REFUSED_ON_PURPOSE);
        }
    }
    // not print!: the test harness would keep the table of a passing run to itself
    let _ = std::io::stdout().write_all(report.table.as_bytes());
    truth::keep("vip", &found)?;
    let stale = truth::differences("vip", &found);
    let all: Vec<String> = report.disagreements.into_iter().chain(stale).collect();
    if all.is_empty() { Ok(()) } else { Err(format!("{} disagreements:\n{}", all.len(), all.join("\n"))) }
}

/// What works and is refused all the same, each by one code: the harm comes later, or to somebody else, where one case cannot see it.
const REFUSED_ON_PURPOSE: OnPurpose = &[
    (
        "name-of-lrp-eip-other-subnet",
        "KO202",
        "a router port has the name; one prefix more and it is the switch port, which goes with the Vip",
    ),
    ("name-of-reservation", "KO201", "the pod the reservation is for gets a port of that name"),
    (
        "name-of-router-side-port",
        "KO202",
        "a router port has the name; one prefix more and it is the switch port, which goes with the Vip",
    ),
    (
        "name-with-dot",
        "KO201",
        "a pod `my` of a namespace `vip` would get a port of that name, and lose it with the Vip",
    ),
    ("ns-host-vm-unknown", "KO208", "no pod can be in a namespace that does not exist: a misspelling"),
    ("ns-switch-lb-unknown", "KO208", "no load balancer can be in a namespace that does not exist: a misspelling"),
    ("subnet-join", "KO117", "nothing routes to an address of the nodes' own network"),
    ("subnet-join-switch-lb", "KO117", "nothing routes to an address of the nodes' own network"),
    (
        "subnet-macvlan",
        "KO118",
        "nothing of OVN can hold the address, no pod can take it; excludeIps keeps one out of use",
    ),
    (
        "subnet-macvlan-dynamic",
        "KO118",
        "nothing of OVN can hold the address, no pod can take it; excludeIps keeps one out of use",
    ),
];
