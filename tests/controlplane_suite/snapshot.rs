//! Snapshots of the real thing: complete, without secrets, nothing left of one that was killed, and what the printer makes of their rows is
//! what the real tools print.

use std::path::Path;

use kubectl_ko::sandbox::ovn;
use kubectl_ko::sandbox::state::State;
use serde_json::Value;

use super::bench::{Outcome, check, ko, same};
use super::cluster::{Mine, folder, tool};

fn place(name: &str) -> Outcome<String> {
    let path = format!("{}/snapshot-{name}.json", folder()?);
    drop(std::fs::remove_file(&path));
    Ok(path)
}

fn open(path: &str) -> Outcome<State> {
    let state = State::read(Path::new(path)).map_err(|failure| failure.message)?;
    state.ok_or_else(|| format!("there is no {path}").into())
}

/// The entries of a `show`, each with the lines that stand further in. The real tools print them in the order of a hash table, which is not
/// the same each time.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match entries.last_mut() {
            Some(entry) if line.starts_with(' ') => entry.extend(["\n", line]),
            _ => entries.push(line.to_owned()),
        }
    }
    entries.sort();
    entries
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_printer_says_of_a_snapshot_what_the_real_tools_say() -> Outcome {
    let path = place("printer")?;
    ko(&format!("snapshot --out {path}")).exits(0)?.prints("Kube-OVN v1.16.2")?;
    let mut state = open(&path)?;
    check(state.missing.is_empty(), || format!("{:?}", state.missing))?;
    let recorded: Value =
        serde_json::from_str(include_str!("../fixtures/ovn/documents.json")).map_err(|error| error.to_string())?;
    let mut compared = 0;
    for case in recorded["cases"].as_array().into_iter().flatten() {
        let argv: Vec<String> = serde_json::from_value(case["argv"].clone()).map_err(|error| error.to_string())?;
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        let here = ovn::answer(&argv, &mut state.tables);
        // what fails is compared in the recorded cases
        if let (Ok(real), 0) = (tool(&words), here.code) {
            // a table's rows may come in another order where other tables are read with it
            let sorted = |text: &str| {
                let rows = |text: &str| Some(serde_json::from_str::<Value>(text).ok()?["data"].as_array()?.clone());
                let mut lines: Vec<String> = match rows(text) {
                    Some(rows) => rows.iter().map(Value::to_string).collect(),
                    None => text.lines().map(str::to_owned).collect(),
                };
                lines.sort();
                lines
            };
            if words.contains(&"list") || words.contains(&"find") {
                same(&argv.join(" "), &sorted(&here.stdout), &sorted(&real))?;
            } else if words.contains(&"show") {
                same(&argv.join(" "), &entries(&here.stdout), &entries(&real))?;
            } else {
                same(&argv.join(" "), &here.stdout, &real)?;
            }
            compared += 1;
        }
    }
    check(compared > 60, || format!("{compared} commands were compared"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_snapshot_answers_as_the_cluster_did() -> Outcome {
    let _mine = Mine::vips(&["snapshot-same"])?;
    ko("vip create snapshot-same --subnet vpc1-subnet1 -n vpc1 --selector app=web").exits(0)?;
    ko("eip create snapshot-same --subnet external204").exits(0)?;
    ko("eip bind snapshot-same pod/web-1 -n vpc1 --as fip --reassign").exits(0)?;
    let path = place("same")?;
    ko(&format!("snapshot --out {path}")).exits(0)?;
    let outcome = (|| {
        for line in [
            "vip list",
            "vip list -o yaml",
            "vip show snapshot-same -o json",
            "eip list",
            "eip show snapshot-same",
            "nat list",
            "nat list -o json",
            "ip list",
            "ip show web-1.vpc1",
            "nbctl show",
            "nbctl lr-nat-list vpc1",
            "nbctl lsp-list vpc1-subnet1",
            "nbctl lr-route-list vpc1",
            "sbctl show",
            "version",
        ] {
            let live = ko(line);
            let there = ko(&format!("--sandbox={path} {line}"));
            if line.ends_with("ctl show") {
                same(line, &entries(&there.out), &entries(&live.out))?;
            } else {
                same(line, &there.out, &live.out)?;
            }
            same(&format!("the exit code of {line}"), &there.code, &live.code)?;
            there.says("this is a snapshot of")?;
        }
        Ok(())
    })();
    ko("eip delete snapshot-same --with-rules").exits(0)?;
    outcome
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn what_became_of_the_cluster_is_told_and_what_runs_by_itself_is_not() -> Outcome {
    let path = place("diff")?;
    ko(&format!("snapshot --out {path}")).exits(0)?;
    let diff = || ko(&format!("snapshot diff {path}"));
    same("nothing changed", &diff().exits(0)?.out.as_str(), &"")?;
    let _mine = Mine::vips(&["snapshot-late"])?;
    ko("vip create snapshot-late --subnet vpc1-subnet1 -n vpc1 --selector app=web").exits(0)?;
    let told = diff().exits(1)?.prints("snapshot-late")?;
    told.prints("OVN_Northbound/Logical_Switch_Port")?.prints("added     vips.kubeovn.io")?;
    ko("vip delete snapshot-late --force").exits(0)?;
    let after = diff();
    check(!after.out.contains("snapshot-late"), || after.out.clone())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_viewer_without_exec_gets_a_file_that_says_what_it_lacks() -> Outcome {
    let path = place("viewer")?;
    ko(&format!("--context viewer snapshot --out {path}")).exits(3)?.says("OVN_Northbound could not be read")?;
    let state = open(&path)?;
    let missing: Vec<&str> = state.missing.keys().map(String::as_str).collect();
    same("what it lacks", &missing, &vec!["OVN_Northbound", "OVN_Southbound", "log", "status"])?;
    check(state.objects["subnets.kubeovn.io"].len() > 3, || "it has no Subnets".to_owned())?;
    let nobody = place("nobody")?;
    ko(&format!("--context nobody snapshot --out {nobody}")).exits(4)?;
    check(!Path::new(&nobody).exists(), || "nobody got a file".to_owned())
}
