//! Verbs of EIPs and rules, killed after every call to the API server; the same command again ends the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bench::{Outcome, check, ko, kubectl, object, same};
use super::killed::{Cut, calls, kill_at};
use super::nat::{Eips, address, nbctl, rows, rules};
use super::upstream::Upstream;

/// The rules, what OVN does, and of the EIP, when it is there, whether it has its address.
#[derive(Debug, PartialEq)]
struct End {
    eip: Option<bool>,
    rules: BTreeMap<String, Value>,
    rows: BTreeSet<String>,
}

fn ends(eips: &[&str]) -> Outcome<Vec<End>> {
    eips.iter().map(|eip| end(eip)).collect()
}

fn end(eip: &str) -> Outcome<End> {
    let address = address(eip)?;
    // an EIP made anew has another address
    let rows = if address.is_empty() { BTreeSet::new() } else { rows(&address)? };
    let rows = rows.into_iter().map(|row| row.replace(&address, "EIP")).collect();
    let there = !object(&format!("ovn-eip {eip}"))?.is_null();
    Ok(End { eip: there.then_some(!address.is_empty()), rules: rules(eip)?, rows })
}

fn at_every_call(eips: &[&str], line: &str, before: &dyn Fn() -> Outcome) -> Outcome {
    let upstream = Upstream::start()?;
    before()?;
    let first = kill_at(&upstream, line, usize::MAX, Cut::Read)?;
    check(first.code == Some(0), || format!("an undisturbed run of {line} ends with {:?}", first.code))?;
    let expected = ends(eips)?;
    for cut in [Cut::Read, Cut::Withheld] {
        for last in calls(&first.asked) {
            before()?;
            let run = kill_at(&upstream, line, last, cut)?;
            let told = || format!("{line}\nkilled at call {last} ({cut:?}) of\n{}", run.asked.join("\n"));
            if let Some(code) = run.code {
                check(code == 0 && last > 3, || format!("exit {code}: {}", told()))?;
                same("after a run that was not killed", &ends(eips)?, &expected)?;
                break;
            }
            check(last < 60, told)?; // the last call of all is never killed
            let again = ko(&format!("{line}{}", if line.contains(" delete ") { " --ignore-not-found" } else { "" }));
            if again.code != 0 {
                return Err(again.wrong(&told()));
            }
            let found = ends(eips)?;
            check(found == expected, || {
                format!("{}\n{}found {found:#?}\nexpected {expected:#?}", told(), again.shown())
            })?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_bind() -> Outcome {
    let mine = Eips::of("kill-bind")?;
    let line = "eip bind kill-bind pod/web-1 -n vpc1 --create --subnet external204 --tcp 80:80 --udp 80:80";
    at_every_call(&["kill-bind"], line, &|| mine.remove())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_bind_reassign() -> Outcome {
    let _mine = Eips::of("kill-move")?;
    ko("eip create kill-move --subnet external204").exits(0)?;
    let before = || ko("eip bind kill-move pod/web-1 -n vpc1 --reassign").exits(0).map(drop);
    at_every_call(&["kill-move"], "eip bind kill-move pod/web-2 -n vpc1 --reassign", &before)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_bind_reassign_of_a_port() -> Outcome {
    let _mine = Eips::of("kill-port")?;
    ko("eip create kill-port --subnet external204").exits(0)?;
    let bind = |pod: &str| format!("eip bind kill-port pod/{pod} -n vpc1 --tcp 80:80 --udp 80:80 --reassign");
    let before = || ko(&bind("web-1")).exits(0).map(drop);
    at_every_call(&["kill-port"], &bind("web-2"), &before)
}

/// The key of a SNAT is its source: it moves from one EIP to the other.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_bind_reassign_of_a_source() -> Outcome {
    let _mine = Eips::of("kill-source")?;
    let eips = ["kill-source-a", "kill-source-b"];
    for eip in eips {
        ko(&format!("eip create {eip} --subnet external204")).exits(0)?;
    }
    let bind = |eip: &str| format!("eip bind {eip} 192.168.0.203 --vpc vpc1 --as snat --reassign");
    let before = || ko(&bind(eips[0])).exits(0).map(drop);
    at_every_call(&eips, &bind(eips[1]), &before)?;
    same("what is left of the first", &rules(eips[0])?.len(), &0)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_unbind() -> Outcome {
    let _mine = Eips::of("kill-unbind")?;
    let before = || {
        ko("eip bind kill-unbind pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
        ko("eip bind kill-unbind pod/web-1 -n vpc1 --tcp 80:80").exits(0).map(drop)
    };
    at_every_call(&["kill-unbind"], "eip unbind kill-unbind pod/web-1 -n vpc1", &before)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_delete_with_rules() -> Outcome {
    let _mine = Eips::of("kill-delete")?;
    let before = || {
        ko("eip bind kill-delete pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
        ko("eip bind kill-delete 192.168.0.200 --vpc vpc1 --as snat").exits(0).map(drop)
    };
    at_every_call(&["kill-delete"], "eip delete kill-delete --with-rules", &before)?;
    same("what is left", &rules("kill-delete")?.len(), &0)?;
    kubectl("get ovn-eips").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_create() -> Outcome {
    let mine = Eips::of("kill-eip")?;
    at_every_call(&["kill-eip"], "eip create kill-eip --subnet external204", &|| mine.remove())?;
    at_every_call(&["kill-eip"], "eip create kill-eip --subnet external204 --ip 10.5.204.78", &|| mine.remove())
}

/// Rules under names of one's own.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn fip_snat_and_dnat_create() -> Outcome {
    for (kind, eip, line) in [
        ("ofip", "kill-fip", "fip create kill-fip-f --eip kill-fip pod/web-1 -n vpc1"),
        ("osnat", "kill-snat", "snat create kill-snat-s --eip kill-snat 192.168.0.201 --vpc vpc1"),
        ("odnat", "kill-dnat", "dnat create kill-dnat-d --eip kill-dnat pod/web-1 -n vpc1 --tcp 8080:80"),
    ] {
        let _mine = Eips::of(eip)?;
        ko(&format!("eip create {eip} --subnet external204")).exits(0)?;
        let rule = line.split(' ').nth(2).unwrap_or_default();
        let before = || kubectl(&format!("delete {kind} {rule} --ignore-not-found --wait --timeout=25s")).map(drop);
        at_every_call(&[eip], line, &before)?;
    }
    Ok(())
}

/// Rules of which OVN lost the row, so that their deletion would hang.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn delete_with_release() -> Outcome {
    for (eip, ask, line) in [
        ("kill-rel-f", "pod/web-1 -n vpc1", "fip delete kill-rel-f --release"),
        ("kill-rel-s", "192.168.0.202 --vpc vpc1 --as snat", "snat delete kill-rel-s-192.168.0.202 --release"),
        ("kill-rel-d", "pod/web-1 -n vpc1 --tcp 8080:80", "dnat delete kill-rel-d-tcp-8080 --release"),
    ] {
        let _mine = Eips::of(eip)?;
        ko(&format!("eip create {eip} --subnet external204")).exits(0)?;
        let external = address(eip)?;
        let before = || {
            ko(&format!("eip bind {eip} {ask}")).exits(0)?;
            match line.split(' ').next() {
                Some("fip") => nbctl(&format!("lr-nat-del vpc1 dnat_and_snat {external}")),
                Some("snat") => nbctl("lr-nat-del vpc1 snat 192.168.0.202"),
                _ => nbctl("lb-del kill-rel-d-tcp-8080"),
            }
            .map(drop)
        };
        at_every_call(&[eip], line, &before)?;
        same("what is left", &rules(eip)?.len(), &0)?;
    }
    Ok(())
}
