//! All cases at once: what they need, the judged manifests, a restart, their deletion; and a look at the cluster after each.

use crate::oracle::observe::{Log, Objects, objects, ready, settled_ports};
use crate::oracle::rules::case::Case;
use crate::oracle::rules::north::North;
use crate::oracle::tools::{Outcome, each, kubectl, kubectl_with, ms, run, text, until};
use crate::oracle::world;
use serde_json::Value;
use std::collections::BTreeSet;

/// The cluster at one moment.
pub(crate) struct Look {
    pub(crate) objects: Objects,
    pub(crate) north: North,
}

impl Look {
    pub(crate) fn take() -> Outcome<Self> {
        settled_ports()?;
        Ok(Self { objects: objects(world::KINDS)?, north: North::look()? })
    }

    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<&Value> {
        self.objects.get(&format!("{kind}/{name}"))
    }

    /// The VPC of a subnet.
    pub(crate) fn vpc(&self, subnet: &str) -> &str {
        self.get("Subnet", subnet).map_or("", |subnet| text(subnet, "/spec/vpc"))
    }
}

fn rank(object: &Value) -> usize {
    match text(object, "/kind") {
        "Namespace" | "Vpc" => 0,
        "Subnet" => 1,
        "Pod" | "StatefulSet" => 2,
        "Vip" | "IP" | "OvnEip" => 3,
        "OvnFip" | "OvnSnatRule" | "OvnDnatRule" => 4,
        _ => 5,
    }
}

/// Brings up what the cases need, kind after kind, and does what they want done.
pub(crate) fn set_up(cases: &[Case]) -> Outcome<()> {
    let all: Vec<_> = cases.iter().flat_map(|case| &case.setup).collect();
    for phase in 0..6 {
        let documents: Vec<Value> = all.iter().filter(|one| rank(one) == phase).map(|one| (*one).clone()).collect();
        if documents.is_empty() {
            continue;
        }
        world::apply_all(&format!("{phase} of the cases"), &documents)?;
    }
    let runs: Vec<_> = cases.iter().flat_map(|case| case.runs.iter().map(move |run| (case, run))).collect();
    for (case, command) in runs {
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        match args.as_slice() {
            ["kubectl", rest @ ..] => kubectl(rest).output(&case.title()).map(drop)?,
            rest => crate::oracle::tools::ovn(rest).map(drop)?,
        }
    }
    Ok(())
}

/// Applies the judged manifests; what kubectl said of each that was refused.
pub(crate) fn apply(cases: &[Case]) -> Vec<Option<String>> {
    let all: Vec<Value> = cases.iter().map(|case| case.object.clone()).collect();
    // one item that kubectl cannot place keeps it from all of its list
    let lists: Vec<&[Value]> = all.chunks(12).collect();
    let said = each(&lists, |list| kubectl_with(&["apply", "-f", "-"], &world::list(list)).out).concat();
    // `ovneip.kubeovn.io/NAME created`
    let done: BTreeSet<&str> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
    each(cases, |case| {
        if done.contains(format!("{}.kubeovn.io/{}", case.kind.api.to_lowercase(), case.name).as_str()) {
            return None;
        }
        let said = kubectl_with(&["apply", "-f", "-"], &case.text);
        (!said.ok()).then(|| said.err.trim().to_owned())
    })
}

/// Until each is ready, refused by the controller more than once, or silent for too long.
pub(crate) fn wait(cases: &[Case], refused: &[Option<String>], before: &Look, log: &Log, mark: usize) -> Outcome<Look> {
    let start = std::time::Instant::now();
    until(ms(20_000), || {
        let Ok(found) = objects(world::KINDS) else { return false };
        let new = cases.iter().filter(|case| !before.objects.contains_key(&case.key()));
        new.for_each(|case| world::make_again(&case.object, &found));
        let quiet = start.elapsed() > ms(6000);
        let decided = |(case, refused): (&Case, &Option<String>)| {
            refused.is_some()
                || found.get(&case.key()).is_some_and(world::done) && !before.objects.contains_key(&case.key())
                || log.errors(mark, case.kind.logged, &case.name).len() > 1
                || quiet
        };
        cases.iter().zip(refused).all(decided)
    });
    // a rule that is being deleted takes the row of the next rule of its key, within its retry delay of two seconds
    let dying = |look: &Objects| {
        let gone = |key: &&String| look.contains_key(*key);
        before.objects.iter().filter(|(_, one)| leaving(one)).map(|(key, _)| key).filter(gone).count()
    };
    let there = dying(&before.objects);
    until(ms(5000), || there == 0 || objects(world::KINDS).is_ok_and(|now| dying(&now) == 0));
    Look::take()
}

pub(crate) fn leaving(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// Deletes the judged objects. Those that should be gone and are not, hang.
pub(crate) fn delete(cases: &[Case], refused: &[Option<String>]) -> Outcome<Look> {
    let written: Vec<String> = cases
        .iter()
        .zip(refused)
        .filter(|(_, refused)| refused.is_none())
        .map(|(case, _)| format!("{}/{}", case.kind.resource, case.name))
        .collect();
    let lists: Vec<&[String]> = written.chunks(32).collect();
    each(&lists, |list| {
        let names: Vec<&str> = list.iter().map(String::as_str).collect();
        kubectl(&[&["delete", "--wait=false", "--ignore-not-found"], names.as_slice()].concat())
    });
    let names: BTreeSet<String> =
        cases.iter().zip(refused).filter(|(_, no)| no.is_none()).map(|(case, _)| case.key()).collect();
    let mut left = usize::MAX;
    let mut since = std::time::Instant::now();
    until(ms(20_000), || {
        let Ok(now) = objects(world::KINDS) else { return false };
        let count = names.iter().filter(|key| now.contains_key(*key)).count();
        if count != left {
            (left, since) = (count, std::time::Instant::now());
        }
        count == 0 || since.elapsed() > ms(4500)
    });
    Look::take()
}

/// An address that somebody should, or should not, be able to take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    pub(crate) subnet: String,
    pub(crate) address: String,
}

/// Which of the addresses a new Vip gets: those that nobody holds.
pub(crate) fn free(questions: &BTreeSet<Question>, log: &Log) -> Outcome<BTreeSet<Question>> {
    if questions.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mark = log.mark();
    let named: Vec<(String, &Question)> =
        questions.iter().enumerate().map(|(at, one)| (format!("probe-{mark}-{at}"), one)).collect();
    let vips: Vec<Value> = named
        .iter()
        .map(|(name, one)| {
            let field = if one.address.contains(':') { "v6ip" } else { "v4ip" };
            serde_json::json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": name},
                "spec": {"subnet": one.subnet, (field): one.address}})
        })
        .collect();
    let lists: Vec<&[Value]> = vips.chunks(32).collect();
    each(&lists, |list| kubectl_with(&["create", "-f", "-"], &world::list(list)));
    let mut got = BTreeSet::new();
    until(ms(15_000), || {
        let Ok(vips) = objects("vips") else { return false };
        got = named
            .iter()
            .filter(|(name, _)| vips.get(&format!("Vip/{name}")).is_some_and(ready))
            .map(|(_, one)| (*one).clone())
            .collect();
        named.iter().all(|(name, one)| got.contains(*one) || !log.errors(mark, "vip", name).is_empty())
    });
    each(&lists, |list| kubectl_with(&["delete", "--wait=false", "-f", "-"], &world::list(list)));
    let gone = || objects("vips").is_ok_and(|vips| vips.keys().all(|key| !key.starts_with("Vip/probe-")));
    if !until(ms(15_000), gone) {
        return Err("the probes do not go away".into());
    }
    Ok(got)
}

/// The controller as it is in a real cluster, with garbage collection, after a restart.
pub(crate) fn restart() -> Outcome<()> {
    let command = format!("{}/restart-controller", super::super::control_plane());
    run(&command, &["--gc-interval=360"], None).output(&command).map(drop)
}
