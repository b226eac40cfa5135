//! Raw verbs on real databases: the tool's own streams and exit code, and members that lead no more.

use std::process::{Command, Stdio};

use super::bench::{Outcome, check, finish, ko, ko_with, kubectl, same, script, seconds, until};
use super::cluster::{Mine, folder, northbound};

pub(crate) fn switches() -> Outcome<usize> {
    Ok(northbound("Logical_Switch", &serde_json::json!([["name", "==", "raw-test"]]), &["name"])?.len())
}

fn leads(member: usize) -> bool {
    let Ok(folder) = folder() else { return false };
    let mut command = Command::new("chroot");
    command.arg(format!("{folder}/tree/ovn-central-{member}")).stdin(Stdio::null());
    command.args(["ovs-appctl", "--timeout=2", "-t", "/var/run/ovn/ovnnb_db.ctl", "cluster/status", "OVN_Northbound"]);
    finish("(tool) cluster/status", command, &[]).out.contains("Role: leader")
}

/// The other commands of the control plane want ovn-central-0 to lead: whoever else does is stopped until it does not.
pub(crate) fn lead_again() -> Outcome {
    until("ovn-central-0 to lead", seconds(150), || {
        if let Some(member) = [1, 2].into_iter().find(|&member| leads(member)) {
            script(&format!("break nb-{member}"))?;
            let elected =
                until("another leader", seconds(30), || Ok((0..3).any(|other| other != member && leads(other))));
            script(&format!("mend nb-{member}"))?;
            elected?;
        }
        Ok(leads(0))
    })?;
    script("label-leaders")?;
    // of a run that went wrong
    ko("nbctl --if-exists ls-del raw-test").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn streams_and_exit_codes_are_the_tools_own() -> Outcome {
    lead_again()?;
    for line in [
        "show",
        "list nosuchtable",
        "--nosuchflag",
        "lsp-get-type nosuchport",
        "--help",
        "--columns=name -f csv list logical_switch",
        "--version",
    ] {
        let ours = ko(&format!("nbctl {line}"));
        let words: Vec<&str> = ["exec", "-n", "kube-system", "ovn-central-0", "-c", "ovn-central", "--", "ovn-nbctl"]
            .into_iter()
            .chain(line.split(' '))
            .collect();
        let mut kubectl = Command::new("kubectl");
        kubectl.args(&words).stdin(Stdio::null());
        let theirs = finish(&format!("(kubectl) {}", words.join(" ")), kubectl, &[]);
        same(line, &(ours.code, &ours.out), &(theirs.code, &theirs.out))?;
        // kubectl adds a sentence of its own about the code, and sometimes lines of its log
        let of_kubectl = |line: &str| line.starts_with("command terminated") || line.contains(" websocket.go:");
        let tools_own: Vec<&str> = theirs.err.lines().filter(|line| !of_kubectl(line)).collect();
        same(line, &ours.err.lines().collect(), &tools_own)?;
    }
    for line in ["sbctl show", "icnbctl show", "icsbctl show", "sbctl --columns=name list chassis"] {
        ko(line).exits(0)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_missing_leader_label_lets_reads_through_and_no_writes() -> Outcome {
    lead_again()?;
    for member in 0..3 {
        kubectl(&format!("label pod -n kube-system ovn-central-{member} ovn-nb-leader-"))?;
    }
    let without = || -> Outcome {
        ko("nbctl --columns=name list logical_switch")
            .exits(0)?
            .prints("ovn-default")?
            .says("no leader that answers")?;
        ko("nbctl ls-add raw-test").exits(125)?.says("another member may only be read")?;
        same("switches", &switches()?, &0)?;
        ko("vip list").exits(0).map(drop)
    };
    let outcome = without();
    script("label-leaders")?;
    outcome?;
    ko("nbctl --columns=name list logical_switch").exits(0)?.lacks("no leader").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_label_on_a_member_that_leads_no_more_is_read_past_and_writes_nothing() -> Outcome {
    lead_again()?;
    for member in 0..3 {
        let value = member == 1;
        kubectl(&format!("label pod -n kube-system --overwrite ovn-central-{member} ovn-nb-leader={value}"))?;
    }
    let late = || -> Outcome {
        ko("nbctl ls-add raw-test")
            .exits(125)?
            .says("ovn-central-1, which has its label, says: ")?
            .says("database connection failed")?
            .says("ovn-central-0 leads it, and gets the label")?;
        same("switches", &switches()?, &0)?;
        ko("nbctl --columns=name list logical_switch")
            .exits(0)?
            .prints("ovn-default")?
            .says("ovn-central-0 answers instead")
            .map(drop)
    };
    let outcome = late();
    script("label-leaders")?;
    outcome
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_reader_that_goes_away_ends_it_quietly() -> Outcome {
    let program = env!("CARGO_BIN_EXE_kubectl-ko");
    let _mine = Mine::vips(&["raw-reader"])?;
    ko("vip create raw-reader --subnet ovn-default").exits(0)?;
    for line in ["nbctl list logical_switch_port", "sbctl lflow-list", "vip list -o yaml"] {
        let mut command = Command::new("bash");
        command
            .args(["-c", &format!("{program} {line} | head -n 1; echo \"exit ${{PIPESTATUS[0]}}\"")])
            .stdin(Stdio::null());
        let ran = finish(&format!("{line} | head -n 1"), command, &[]);
        same(line, &(ran.out.lines().last(), ran.err.as_str()), &(Some("exit 0"), ""))?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn fifty_megabytes_pass_in_little_memory() -> Outcome {
    let once = ko("sbctl lflow-list").exits(0)?.out.len();
    let times = 50 * 1024 * 1024 / once + 1;
    let line = format!("sbctl lflow-list{}", " -- lflow-list".repeat(times));
    let ran = ko(&line);
    check(ran.code == 0 && ran.out.len() >= 50 * 1024 * 1024, || {
        format!("exit {}, {} bytes, {}", ran.code, ran.out.len(), ran.err)
    })?;
    check(ran.peak > 0 && ran.peak < 40 * 1024, || format!("it had {} KiB", ran.peak))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn standard_input_is_passed_and_ends() -> Outcome {
    // none of OVN's tools reads it: here it is only to do no harm; tests/cli shows that it arrives
    let plain = ko("nbctl show").exits(0)?;
    let given = ko_with("-i nbctl show", &vec![b'x'; 3 * 1024 * 1024]).exits(0)?;
    same("the answer", &given.out, &plain.out)
}
