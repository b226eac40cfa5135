//! A create that fails ends soon, with the controller's own sentence and plain words.

use std::sync::{Arc, Barrier};

use super::bench::{Outcome, Ran, check, finish, ko, restart_controller, script, seconds};
use super::cluster::{Mine, vip};
use super::upstream::Upstream;
use crate::proxy::{Stage, Verdict};

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn of_two_creates_of_one_address_the_loser_says_why() -> Outcome {
    let _mine = Mine::vips(&["race-a", "race-b"])?;
    let upstream = Upstream::start()?;
    // both have passed every check before either writes
    let barrier = Arc::new(Barrier::new(2));
    let gated = upstream.gated(move |request, stage| {
        if stage == Stage::Asked && request.line.starts_with("POST ") && request.line.contains("/vips") {
            barrier.wait();
        }
        Verdict::Pass
    })?;
    let create = |name: &str| {
        let line = format!("vip create {name} --subnet ovn-default --ip 10.16.0.151");
        finish(&line, gated.program(&line), &[])
    };
    let ran: Vec<Ran> = std::thread::scope(|scope| {
        let both = ["race-a", "race-b"].map(|name| scope.spawn(move || create(name)));
        both.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let mut codes: Vec<i32> = ran.iter().map(|ran| ran.code).collect();
    codes.sort_unstable();
    check(codes == [0, 5], || ran.iter().map(Ran::shown).collect())?;
    let loser = ran.into_iter().find(|ran| ran.code == 5).unwrap_or_default();
    loser
        .says("kube-ovn-controller: ")?
        .says("AddressConflict")?
        .says("somebody took it first")?
        .says("hint: ")?
        .within(seconds(3))
        .map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_check_that_was_waved_through_ends_with_the_controllers_sentence() -> Outcome {
    let _mine = Mine::vips(&["said-1", "said-2", "said-3"])?;
    ko("vip create said-1 --subnet vpc1-subnet1 --ip 192.168.0.2").exits(6)?.says("KO106")?;
    ko("vip create said-1 --subnet vpc1-subnet1 --ip 192.168.0.2 --ignore KO106")
        .exits(5)?
        .says("kube-ovn-controller: ")?
        .says("AddressConflict")?
        .within(seconds(3))?;
    ko("vip create said-2 --subnet vpc1-subnet1 --ip 192.168.9.9 --ignore KO103")
        .exits(5)?
        .says("AddressOutOfRange")?
        .within(seconds(3))?;
    ko("vip create said-3 --subnet nosuch --ignore KO115").exits(5)?.says("not found")?.within(seconds(3))?;
    // the words are about this object, not about one whose name begins alike
    ko("vip show said-1").exits(0)?.prints("KO225 error: vip/said-1 has no address")?;
    ko("vip delete said-1 said-2 said-3").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_controller_that_is_away_is_said_to_be_away() -> Outcome {
    let _mine = Mine::vips(&["said-nothing"])?;
    script("break --kill kube-ovn-controller")?;
    let ran = ko("vip create said-nothing --subnet ovn-default --timeout 6s");
    let again = ko("vip create said-nothing --subnet ovn-default --timeout 1s");
    let not_waiting = ko("vip create said-nothing --subnet ovn-default --wait=false");
    restart_controller("")?;
    ran.exits(5)?
        .says("vip/said-nothing was written, but has no address yet: kube-ovn-controller did nothing with it for 6 s")?
        .within(seconds(9))?;
    again.exits(5)?.within(seconds(4))?;
    not_waiting.exits(0)?.within(seconds(2))?;
    ko("vip create said-nothing --subnet ovn-default").exits(0)?.prints("unchanged")?;
    check(!vip("said-nothing")?["status"]["mac"].is_null(), || "no address".to_owned())
}
