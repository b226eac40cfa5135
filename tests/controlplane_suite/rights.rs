//! Users with few rights: what they may see is shown, what is not known is said, and nothing is half done.

use super::bench::{Outcome, check, ko, kubectl, object, same};
use super::cluster::{Mine, port, vip, vips};
use super::ip::Reserved;
use super::nat::Eips;

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

/// The codes that a refusal says were not checked, as `--ignore` takes them.
fn not_checked(refusal: &str) -> Outcome<String> {
    let hint = refusal.split("hint: --ignore ").nth(1).and_then(|rest| rest.split(' ').next());
    hint.map(str::to_owned).ok_or_else(|| format!("no code to ignore is told: {refusal}").into())
}

/// A team reserves an address of its choice with the codes that it is told, and is refused one that it can see is taken.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_team_reserves_an_address_and_gives_it_back() -> Outcome {
    let _mine = Reserved::of(&["rights-ip.default", "rights-late.default"])?;
    let reserve = "--context app ip reserve pod/rights-ip -n default --subnet ovn-default --ip 10.16.0.177";
    let refused = ko(reserve).exits(6)?.says("KO106")?;
    let codes = not_checked(&refused.err)?;
    check(object("ip rights-ip.default")?.is_null(), || "it was written".to_owned())?;
    ko(&format!("{reserve} --ignore {codes}")).exits(0)?.prints("reserved: 10.16.0.177")?;
    ko(&format!("{reserve} --ignore {codes}")).exits(0)?.prints("unchanged")?;
    let late = "--context app ip reserve pod/rights-late -n default --subnet ovn-default --ip 10.16.0.177";
    ko(&format!("{late} --ignore {codes}")).exits(6)?.says("somebody was first")?.says("rights-ip.default")?;
    let left = kubectl("get ips -o name")?;
    check(!left.contains("ko-claim-"), || format!("a claim stays behind: {left}"))?;
    ko("--context app ip release rights-ip.default").exits(0)?;
    check(object("ip rights-ip.default")?.is_null(), || "it is still there".to_owned())
}

/// A team makes an EIP, binds it and takes both away; what it may not look at in OVN is said.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_team_binds_an_eip_and_takes_it_away() -> Outcome {
    let _mine = Eips::of("rights-eip")?;
    let told = |line: &str| -> Outcome {
        let refused = ko(line).exits(6)?;
        let codes = not_checked(&refused.err)?;
        let done = ko(&format!("{line} --ignore {codes}"));
        check(matches!(done.code, 0 | 5), || format!("{line} --ignore {codes}: {}", done.err))
    };
    told("--context app eip create rights-eip --subnet external204")?;
    check(!object("ovn-eip rights-eip")?.is_null(), || "the EIP was not written".to_owned())?;
    told("--context app eip bind rights-eip pod/web-1 -n vpc1")?;
    check(!object("ovn-fip rights-eip")?.is_null(), || "the rule was not written".to_owned())?;
    ko("--context app eip unbind rights-eip").exits(0)?.says("OVN is not looked at")?;
    check(object("ovn-fip rights-eip")?.is_null(), || "the rule is still there".to_owned())?;
    ko("--context app eip delete rights-eip").exits(0)?;
    check(object("ovn-eip rights-eip")?.is_null(), || "the EIP is still there".to_owned())
}

/// Nor does it read the controller's log: a rule that never became ready is deleted all the same, and it is not said to be silent.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_team_deletes_a_rule_that_never_was_ready() -> Outcome {
    let _mine = Eips::of("rights-never")?;
    let fip = serde_json::json!({"apiVersion": "kubeovn.io/v1", "kind": "OvnFip", "metadata": {"name": "rights-never"},
        "spec": {"ovnEip": "rights-never-eip", "ipName": "nobody.vpc1"}});
    super::bench::apply(&fip.to_string())?;
    let deleted = ko("--context app fip delete rights-never --timeout 2s").exits(0)?;
    deleted.says("its log may not be read")?;
    check(object("ovn-fip rights-never")?.is_null(), || "it is still there".to_owned())
}
