//! Many writers who all saw one key free: one wins, every other one is told by whom, and nothing else is left.

use std::sync::{Arc, Barrier};

use serde_json::json;

use super::bench::{Outcome, apply, check, finish, ko, same};
use super::nat::{Eips, address, rows, rules};
use super::run::Ran;
use super::upstream::Upstream;
use crate::proxy::{Stage, Verdict};

const WRITERS: usize = 20;

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

/// One winner, and the losers name it.
fn one_wins(ran: &[Ran], winner: &str) -> Outcome<usize> {
    let all = || ran.iter().map(Ran::shown).collect::<String>();
    let won: Vec<usize> = ran.iter().enumerate().filter(|(_, one)| one.code == 0).map(|(at, _)| at).collect();
    check(won.len() == 1, || format!("{} won\n{}", won.len(), all()))?;
    for loser in ran.iter().filter(|one| one.code != 0) {
        check(loser.code == 6 && loser.err.contains(winner), || loser.shown())?;
    }
    Ok(won[0])
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_bind_one_eip() -> Outcome {
    let _mine = Eips::of("race-fip")?;
    ko("eip create race-fip --subnet external204").exits(0)?;
    let lines = (0..WRITERS).map(|at| format!("eip bind race-fip 192.168.0.{} --vpc vpc1", 100 + at)).collect();
    let won = one_wins(&at_once(lines, || ())?, "ofip/race-fip")?;
    let address = address("race-fip")?;
    same("rules", &rules("race-fip")?.into_keys().collect(), &vec!["ovn-fips/race-fip".to_owned()])?;
    let row = format!("vpc1 dnat_and_snat {address} 192.168.0.{}", 100 + won);
    same("rows", &rows(&address)?.into_iter().collect(), &vec![row])
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_forward_one_port() -> Outcome {
    let _mine = Eips::of("race-dnat")?;
    ko("eip create race-dnat --subnet external204").exits(0)?;
    let line = |at| format!("eip bind race-dnat 192.168.0.{} --vpc vpc1 --tcp 80:8080", 100 + at);
    let won = one_wins(&at_once((0..WRITERS).map(line).collect(), || ())?, "odnat/race-dnat-tcp-80")?;
    let address = address("race-dnat")?;
    let row = format!("vpc1 tcp {address}:80 192.168.0.{}:8080", 100 + won);
    same("rows", &rows(&address)?.into_iter().collect(), &vec![row])
}

/// Rules of twenty names: the API server lets all of them in, and the writers sort it out.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_rules_of_twenty_names() -> Outcome {
    for (verb, flags, kind) in [("fip", "", "ovn-fips"), ("dnat", " --udp 53:53", "ovn-dnat-rules")] {
        let _mine = Eips::of("race-name")?;
        ko("eip create race-name --subnet external204").exits(0)?;
        let line = |at: usize| {
            format!("{verb} create race-name-{at:02} --eip race-name 192.168.0.{} --vpc vpc1{flags}", 100 + at)
        };
        let ran = at_once((0..WRITERS).map(line).collect(), || ())?;
        let address = address("race-name")?;
        let left: Vec<String> = rules("race-name")?.into_keys().collect();
        let all = || ran.iter().map(Ran::shown).collect::<String>();
        check(left.len() == 1, || format!("{verb}: {left:?}\n{}", all()))?;
        check(left[0].starts_with(kind), || left[0].clone())?;
        let winner = left[0].rsplit('/').next().unwrap_or_default();
        one_wins(&ran, &format!("o{verb}/{winner}"))?;
        check(rows(&address)?.len() == 1, || format!("{verb}: {:?}", rows(&address)))?;
    }
    Ok(())
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
