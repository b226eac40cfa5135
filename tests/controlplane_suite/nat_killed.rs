//! `bind`, `unbind`, `--reassign` and `delete`, killed after every call to the API server; the same command again ends the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bench::{Outcome, check, ko, kubectl, object, same};
use super::killed::{Cut, calls, kill_at};
use super::nat::{Eips, address, rows, rules};
use super::upstream::Upstream;

/// The rules, what OVN does, and whether the EIP is there.
#[derive(Debug, PartialEq)]
struct End {
    eip: bool,
    rules: BTreeMap<String, Value>,
    rows: BTreeSet<String>,
}

fn end(eip: &str) -> Outcome<End> {
    let address = address(eip)?;
    // an EIP made anew has another address
    let rows = if address.is_empty() { BTreeSet::new() } else { rows(&address)? };
    let rows = rows.into_iter().map(|row| row.replace(&address, "EIP")).collect();
    Ok(End { eip: !object(&format!("ovn-eip {eip}"))?.is_null(), rules: rules(eip)?, rows })
}

fn at_every_call(eip: &str, line: &str, before: &dyn Fn() -> Outcome) -> Outcome {
    let upstream = Upstream::start()?;
    before()?;
    let first = kill_at(&upstream, line, usize::MAX, Cut::Read)?;
    check(first.code == Some(0), || format!("an undisturbed run of {line} ends with {:?}", first.code))?;
    let expected = end(eip)?;
    for cut in [Cut::Read, Cut::Withheld] {
        for last in calls(&first.asked) {
            before()?;
            let run = kill_at(&upstream, line, last, cut)?;
            let told = || format!("{line}\nkilled at call {last} ({cut:?}) of\n{}", run.asked.join("\n"));
            if let Some(code) = run.code {
                check(code == 0 && last > 3, || format!("exit {code}: {}", told()))?;
                same("after a run that was not killed", &end(eip)?, &expected)?;
                break;
            }
            check(last < 60, told)?; // the last call of all is never killed
            let again = ko(&format!("{line}{}", if line.contains(" delete ") { " --ignore-not-found" } else { "" }));
            if again.code != 0 {
                return Err(again.wrong(&told()));
            }
            let found = end(eip)?;
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
    at_every_call("kill-bind", line, &|| mine.remove())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_bind_reassign() -> Outcome {
    let _mine = Eips::of("kill-move")?;
    ko("eip create kill-move --subnet external204").exits(0)?;
    let before = || ko("eip bind kill-move pod/web-1 -n vpc1 --reassign").exits(0).map(drop);
    at_every_call("kill-move", "eip bind kill-move pod/web-2 -n vpc1 --reassign", &before)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_unbind() -> Outcome {
    let _mine = Eips::of("kill-unbind")?;
    let before = || {
        ko("eip bind kill-unbind pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
        ko("eip bind kill-unbind pod/web-1 -n vpc1 --tcp 80:80").exits(0).map(drop)
    };
    at_every_call("kill-unbind", "eip unbind kill-unbind pod/web-1 -n vpc1", &before)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn eip_delete_with_rules() -> Outcome {
    let _mine = Eips::of("kill-delete")?;
    let before = || {
        ko("eip bind kill-delete pod/web-1 -n vpc1 --create --subnet external204").exits(0)?;
        ko("eip bind kill-delete 192.168.0.200 --vpc vpc1 --as snat").exits(0).map(drop)
    };
    at_every_call("kill-delete", "eip delete kill-delete --with-rules", &before)?;
    same("what is left", &rules("kill-delete")?.len(), &0)?;
    kubectl("get ovn-eips").map(drop)
}
