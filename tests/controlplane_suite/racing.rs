//! Twenty that have all checked before any of them writes: one wins, and every other is told by whom it lost.

use super::bench::{Outcome, check, kubectl, objects, seconds, text, until};
use super::cluster::{ready, vips};
use super::writers::{Writers, rounds};

/// How many write at once.
const WRITERS: usize = 20;

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn twenty_vips_want_one_address() -> Outcome {
    let names: Vec<String> = (0..WRITERS).map(|number| format!("race-{number}")).collect();
    let remove = || -> Outcome {
        kubectl(&format!("delete vip --ignore-not-found --wait {}", names.join(" ")))?;
        until("the end of the Vips", seconds(20), || Ok(!vips()?.iter().any(|name| name.contains("/race-"))))
    };
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("vip create {name} --subnet ovn-default --ip 10.16.0.150 --timeout 3s"))
        .collect();
    let writers = Writers::new(WRITERS)?;
    for round in 1..=rounds() {
        remove()?;
        let raced = writers.race(&lines);
        let shown = || raced.ran.iter().map(super::bench::Ran::shown).collect::<String>();
        check(raced.met == WRITERS, || format!("round {round}: only {} met\n{}", raced.met, shown()))?;
        let all = objects("vips")?;
        let has = |vip: &&serde_json::Value| ready(vip) && text(vip, "/status/v4ip") == "10.16.0.150";
        let owners: Vec<&str> = all.iter().filter(has).map(|vip| text(vip, "/metadata/name")).collect();
        check(owners.len() == 1, || format!("round {round}: {owners:?} have the address\n{}", shown()))?;
        let winner = names.iter().position(|name| name == owners[0]).unwrap_or_default();
        for (client, ran) in raced.ran.iter().enumerate() {
            let right = if client == winner { ran.code == 0 } else { matches!(ran.code, 5..=7) };
            if !right {
                return Err(ran.wrong(&format!("round {round}: {} has the address", owners[0])));
            }
        }
    }
    remove()
}
