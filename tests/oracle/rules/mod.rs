//! Reservations, EIPs and NAT rules: what `ko lint` says about a manifest against what became of it.
//!
//! Every case has names, addresses and sources of its own, so all are looked at side by side: what they need, lint, the manifests, a
//! restart of the controller with garbage collection, their deletion.

mod address;
mod case;
mod judge;
mod north;
mod packet;
mod row;
mod stage;

use crate::oracle::classify::Verdict;
use crate::oracle::lint::Lint;
use crate::oracle::report::{OnPurpose, Report};
use crate::oracle::tools::{self, Outcome, kubectl, ms, ovn, until};
use crate::oracle::{truth, world};
use case::{Case, KINDS};
use judge::Scene;
use std::collections::BTreeMap;
use std::io::Write as _;

const WORLD: &str = include_str!("../nat.world.yaml");
const SOFT: &str = include_str!("../soft.tsv");

/// What works and is refused all the same.
const REFUSED_ON_PURPOSE: OnPurpose = &[
    (
        "dnat/same-key-terminating",
        "KO436",
        "while the other goes, two load balancers of the router may have the port, and nobody sees which of the two answers",
    ),
    (
        "ip/pods-own-same",
        "KO317",
        "the IP of a running pod is no reservation: `kubectl delete -f` takes the pod's port",
    ),
];

#[test]
#[ignore = "needs the control plane"]
fn lint_agrees_with_the_controller_about_every_reservation_eip_and_nat_rule() -> Outcome<()> {
    std::env::var("KUBECONFIG").map_err(|_| "KUBECONFIG names no control plane".to_owned())?;
    let cases = Case::all()?;
    let start = std::time::Instant::now();
    let passed = |what: &str| {
        let _ = writeln!(std::io::stderr(), "{:6.1} s {what}", start.elapsed().as_secs_f32());
    };
    bring_up()?;
    passed("the world is up");
    stage::set_up(&cases)?;
    unplug()?;
    world::World::look()?; // makes the virtual ports that the controller forgot
    passed("what the cases need is up");
    let said = tools::each(&cases, |case| Lint::of_text(&case.text));
    passed("lint has spoken");
    let scene = Scene::play(&cases, &passed)?;
    let mut report = Report::default();
    let mut found: BTreeMap<&str, BTreeMap<String, Verdict>> = BTreeMap::new();
    for (at, (case, lint)) in cases.iter().zip(&said).enumerate() {
        let verdict = scene.judge(at, case);
        report.add(&case.title(), lint, &verdict, REFUSED_ON_PURPOSE);
        found.entry(case.kind.folder).or_default().insert(case.file.clone(), verdict);
    }
    let _ = std::io::stdout().write_all(report.table.as_bytes());
    let mut all = report.disagreements;
    all.extend(softly(&cases, &said, &found));
    all.extend(scene.unexplained(&cases));
    for kind in &KINDS {
        if let Some(found) = found.get(kind.folder) {
            truth::keep(kind.folder, found)?;
            all.extend(truth::differences(kind.folder, found));
        }
    }
    if all.is_empty() { Ok(()) } else { Err(format!("{} disagreements:\n{}", all.len(), all.join("\n"))) }
}

/// What a careful person could call otherwise: `soft.tsv` has each such case with the reason, and what lint says of it, to the code.
/// One that is not there, or of which lint says anything else, is a disagreement as well.
fn softly(cases: &[Case], said: &[Lint], found: &BTreeMap<&str, BTreeMap<String, Verdict>>) -> Vec<String> {
    let cells = |line: &'static str| -> Vec<&str> { line.split('\t').collect() };
    let known: BTreeMap<&str, &str> =
        SOFT.lines().skip(1).map(cells).filter(|cells| cells.len() == 3).map(|cells| (cells[0], cells[1])).collect();
    let mut wrong = Vec::new();
    for (case, lint) in cases.iter().zip(said) {
        let title = case.title();
        let soft = found.get(case.kind.folder).and_then(|of_kind| of_kind.get(&case.file)).filter(|one| !one.firm);
        match (known.get(title.as_str()), soft) {
            (None, Some(verdict)) => {
                wrong.push(format!("! {title}: soft ({}), and soft.tsv does not say why", verdict.why));
            }
            (Some(expected), _) if *expected != lint.to_string() => {
                wrong.push(format!("! {title}: lint says {lint}, soft.tsv {expected}"));
            }
            _ => {}
        }
    }
    wrong
}

/// The scene of `nat.world.yaml` on a control plane that has none yet.
fn bring_up() -> Outcome<()> {
    if kubectl(&["get", "vpc", "vpc1"]).ok() {
        return Err("another scene is there: the oracle needs a new control plane".into());
    }
    // gateways that live: without them no router port is bound
    let command = format!("{}/datapath", super::control_plane());
    tools::run(&command, &[], None).output(&command)?;
    world::bring_up(WORLD)
}

/// Takes from two routers what `vpc.status` goes on to say they have.
fn unplug() -> Outcome<()> {
    // a router port that is taken away by hand does not come back: its VPC is attached by its status, and no packet passes
    let routers = ["vpc1-external204", "vpc5-external205", "vpc-portless-external204", "vpc-gateless-external204"];
    let bound = || north::bound().is_ok_and(|bound| routers.iter().all(|port| bound.contains(&format!("cr-{port}"))));
    if !until(ms(30_000), bound) {
        return Err("the router ports are bound on no gateway".into());
    }
    ovn(&["ovn-nbctl", "lrp-del", "vpc-portless-external204"])?;
    ovn(&["ovn-nbctl", "clear", "Logical_Router_Port", "vpc-gateless-external204", "gateway_chassis"])?;
    let left = || north::bound().is_ok_and(|bound| !bound.contains("cr-vpc-gateless-external204"));
    if until(ms(10_000), left) { Ok(()) } else { Err("vpc-gateless keeps its gateway".into()) }
}
