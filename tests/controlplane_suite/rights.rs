//! Users with few rights: what they may see is shown, what is not known is said, and nothing is half done.

use super::bench::{Outcome, check, ko, kubectl, same};
use super::cluster::{Mine, port, vip, vips};

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn reading_without_exec_says_what_is_not_known() -> Outcome {
    let _mine = Mine::vips(&["rights-read"])?;
    ko("vip create rights-read --subnet ovn-default -n default").exits(0)?;
    for user in ["viewer", "app"] {
        let list = ko(&format!("--context {user} vip list")).exits(0)?.prints("rights-read")?;
        same("standard error", &list.err.as_str(), &"")?;
    }
    let show = ko("--context viewer vip show rights-read").exits(3)?;
    show.prints("OVN:         not looked at: ")?.lacks("Problems:")?;
    let json = ko("--context viewer vip show rights-read -o json").exits(3)?.json()?;
    check(json["ovn"]["unknown"].is_string(), || format!("{json}"))?;
    ko("--context nobody vip list")
        .exits(4)?
        .says("cannot list resource \"vips\"")?
        .says("hint: kubectl create clusterrole")?;
    ko("--context nobody vip show rights-read").exits(4)?;
    ko("--context nobody vip delete rights-read").exits(4)?;
    // may read who uses it, not delete
    ko("--context viewer vip delete rights-read").exits(4)?.says("cannot delete resource \"vips\"").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn creating_without_exec_is_refused_until_told_to_go_on() -> Outcome {
    let _mine = Mine::vips(&["rights-write"])?;
    let before = vips()?;
    let create = "vip create rights-write --subnet ovn-default -n default";
    ko(&format!("--context app {create}"))
        .exits(6)?
        .says("KO202 not checked")?
        .says("pods/exec")?
        .says("hint: --ignore ")?;
    same("nothing was written", &vips()?, &before)?;
    let written = ko(&format!("--context app {create} --ignore KO202,KO203,KO208,KO213,KO223")).exits(5)?;
    written.says("OVN could not be looked at")?;
    check(!vip("rights-write")?.is_null(), || "it was not written".to_owned())?;
    check(!format!("{}", vip("rights-write")?["spec"]).contains("kubectl-ko"), || "the mark is left".to_owned())?;
    // somebody who may look finishes it
    ko(create).exits(0)?.prints("unchanged")?;
    check(port("rights-write")?.is_some(), || "no port".to_owned())?;
    // the viewer may check everything but OVN, and may write nothing
    ko("--context viewer vip create rights-2 --subnet ovn-default").exits(6)?.says("KO202 not checked")?;
    ko("--context viewer vip create rights-2 --subnet ovn-default --ignore KO202")
        .exits(4)?
        .says("cannot create resource")?;
    ko("--context viewer vip create rights-2 --subnet ovn-default --ignore KO202 --dry-run").exits(0)?;
    check(vip("rights-2")?.is_null(), || "it was written".to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_team_may_delete_what_it_may_not_look_up_in_ovn() -> Outcome {
    let _mine = Mine::vips(&["rights-delete"])?;
    ko("vip create rights-delete --subnet ovn-default -n default").exits(0)?;
    // the team may list all that uses a Vip, and is told what was not looked at
    ko("--context app vip delete rights-delete").exits(0)?.says("OVN was not looked at")?;
    check(vip("rights-delete")?.is_null(), || "it is still there".to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_raw_verb_without_exec_is_not_run() -> Outcome {
    ko("--context viewer nbctl show").exits(125)?.says("pods/exec")?;
    ko("--context nobody nbctl show").exits(125)?;
    kubectl("--context viewer get vips").map(drop)
}
