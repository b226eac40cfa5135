//! What the controller loses: the status of an EIP, and the rows of a rule that it had not finished.

use serde_json::Value;

use super::bench::{Outcome, apply, check, ko, kubectl, kubectl_words, object, same, script, seconds, text, until};
use super::nat::{Eips, address, nbctl, rows};

/// Leaves an EIP as the controller leaves one now and then: ready, its status empty.
fn lose(eip: &str) -> Outcome {
    let empty = r#"{"status":{"v4Ip":"","v6Ip":"","macAddress":"","type":"","ready":true}}"#;
    kubectl_words(&["patch", "ovn-eip", eip, "--subresource=status", "--type=merge", "-p", empty], "")?;
    let labels =
        ["subnet", "ovn_eip_type", "eip_v4_ip", "eip_v6_ip"].map(|label| format!("ovn.kubernetes.io/{label}-"));
    kubectl(&format!("label ovn-eip {eip} {}", labels.join(" "))).map(drop)
}

fn eip(name: &str) -> Outcome<Value> {
    object(&format!("ovn-eip {name}"))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_eip_whose_status_is_lost_gets_it_back() -> Outcome {
    let _mine = Eips::of("lost")?;
    let create = "eip create lost --subnet external204";
    ko(create).exits(0)?;
    let before = eip("lost")?;
    for line in [create, "eip bind lost pod/web-1 -n vpc1 --create --subnet external204"] {
        lose("lost")?;
        ko("eip show lost").exits(0)?.prints("KO480")?.prints("eip create lost --subnet external204 mends it")?;
        ko(line).exits(0)?.says("lost its status, which is written again")?;
        let after = eip("lost")?;
        for field in [
            "/metadata/uid",
            "/spec",
            "/metadata/labels/ovn.kubernetes.io~1subnet",
            "/status/v4Ip",
            "/status/macAddress",
        ] {
            same(field, &after.pointer(field), &before.pointer(field))?;
        }
    }
    // a rule that is there stays, and works on
    lose("lost")?;
    ko(create).exits(0)?;
    same("uid", &eip("lost")?["metadata"]["uid"], &before["metadata"]["uid"])?;
    check(!rows(&address("lost")?)?.is_empty(), || "the FIP is gone".to_owned())
}

/// Who may not write a status makes an EIP anew that nobody uses, and is told what to do about one that is used.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn who_may_not_write_its_status_makes_it_anew_unless_it_is_used() -> Outcome {
    let _mine = Eips::of("lost-app")?;
    let create = "eip create lost-app --subnet external204";
    ko(create).exits(0)?;
    let before = eip("lost-app")?;
    lose("lost-app")?;
    ko(&format!("--context app {create} --ignore KO114,KO411,KO413,KO414")).exits(0)?.says("made anew")?;
    let after = eip("lost-app")?;
    same("address", &text(&after, "/status/v4Ip"), &text(&before, "/status/v4Ip"))?;
    check(after["metadata"]["uid"] != before["metadata"]["uid"], || "it is the same object".to_owned())?;
    ko("eip bind lost-app pod/web-1 -n vpc1").exits(0)?;
    lose("lost-app")?;
    ko(&format!("--context app {create} --ignore KO114,KO411,KO413,KO414"))
        .exits(5)?
        .says("ofip/lost-app")?
        .says("hint: kubectl ko eip create lost-app")?;
    same("uid", &eip("lost-app")?["metadata"]["uid"], &after["metadata"]["uid"])?;
    ko(create).exits(0).map(drop)
}

/// A controller that is away may write the row of a deleted rule when it comes back: that is said. One that wrote it before leaves it.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_deletion_that_may_leave_a_row_does_not_say_done() -> Outcome {
    let _mine = Eips::of("half")?;
    ko("eip create half --subnet external204").exits(0)?;
    let address = address("half")?;
    let manifest = "apiVersion: kubeovn.io/v1\nkind: OvnSnatRule\nmetadata: {name: half}\nspec: {ovnEip: half, vpc: vpc1, v4IpCidr: 192.168.0.203}\n";
    script("break kube-ovn-controller")?;
    let away = || -> Outcome {
        apply(manifest)?;
        ko("snat delete half").exits(5)?.says("may yet write its row")?.says("nbctl lr-nat-list vpc1")?;
        // the row is there, the status is not
        apply(manifest)?;
        nbctl(&format!("lr-nat-add vpc1 snat {address} 192.168.0.203"))?;
        ko("snat delete half").exits(7)?.says("OVN has its row")?.says("nbctl lr-nat-del vpc1 snat 192.168.0.203")?;
        ko("nbctl lr-nat-del vpc1 snat 192.168.0.203").exits(0).map(drop)
    };
    let outcome = away();
    script("mend kube-ovn-controller")?;
    outcome?;
    // whatever it wrote behind our back is taken away as was said
    until("the controller", seconds(30), || {
        Ok(ko("eip create half-probe --subnet external204 --timeout 5s").code == 0)
    })?;
    nbctl("--if-exists lr-nat-del vpc1 snat 192.168.0.203").map(drop)
}
