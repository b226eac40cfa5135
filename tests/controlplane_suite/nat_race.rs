//! A rule that somebody else made between the check and the write. Races among our own: racing.rs.

use std::sync::{Arc, Barrier};

use serde_json::json;

use super::bench::{Outcome, apply, check, finish, ko, same};
use super::nat::{Eips, address, rows, rules};
use super::run::Ran;
use super::upstream::Upstream;
use crate::proxy::{Stage, Verdict};

/// Runs the lines at once; each is held before its first write until all are there, and `between` was done.
fn at_once(lines: Vec<String>, between: impl Fn() + Send + Sync + 'static) -> Outcome<Vec<Ran>> {
    let upstream = Upstream::start()?;
    let barrier = Arc::new(Barrier::new(lines.len()));
    let gated = Arc::new(upstream.gated(move |request, stage| {
        if stage == Stage::Asked && request.line.starts_with("POST /apis/kubeovn.io") {
            if barrier.wait().is_leader() {
                between();
            }
            barrier.wait();
        }
        Verdict::Pass
    })?);
    let threads: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let command = gated.program(&line);
            std::thread::spawn(move || finish(&line, command, &[]))
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().map_err(|_| "a writer's thread ended".into())).collect()
}

/// A rule made by kubectl between the check and the write keeps the key: nobody would take it back.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_rule_that_kubectl_made_meanwhile_wins() -> Outcome {
    let _mine = Eips::of("race-ctl")?;
    ko("eip create race-ctl --subnet external204").exits(0)?;
    let foreign = json!({
        "apiVersion": "kubeovn.io/v1", "kind": "OvnDnatRule", "metadata": {"name": "zz-by-kubectl"},
        "spec": {"ovnEip": "race-ctl", "vpc": "vpc1", "v4Ip": "192.168.0.99", "protocol": "tcp", "externalPort": "80", "internalPort": "80"},
    });
    let between = move || drop(apply(&foreign.to_string()));
    let line = |at| format!("eip bind race-ctl 192.168.0.{} --vpc vpc1 --tcp 80:8080", 100 + at);
    let ran = at_once((0..4).map(line).collect(), between)?;
    for one in &ran {
        check(one.code == 6, || one.shown())?;
    }
    check(ran.iter().any(|one| one.err.contains("odnat/zz-by-kubectl")), || {
        ran.iter().map(Ran::shown).collect::<String>()
    })?;
    same("rules", &rules("race-ctl")?.into_keys().collect(), &vec!["ovn-dnat-rules/zz-by-kubectl".to_owned()])?;
    let address = address("race-ctl")?;
    same("rows", &rows(&address)?.into_iter().collect(), &vec![format!("vpc1 tcp {address}:80 192.168.0.99:80")])
}
