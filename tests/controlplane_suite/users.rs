//! Who uses a Vip is named, and what is in use is not deleted.

use serde_json::json;

use super::bench::{Outcome, apply, check, ko, kubectl};
use super::cluster::{Mine, vip};

/// Objects that use `used-by-rules`; they go when the test ends.
struct Rules;

impl Rules {
    const ALL: &str = "ovn-fip/used-fip ovn-dnat-rule/used-dnat ovn-eip/used-eip ovn-eip/used-eip-2";
    const RAW: &str = "ovn-fip/used-raw ovn-eip/used-eip-3";

    fn make() -> Outcome<Self> {
        drop(Self);
        let of = |kind: &str, name: &str, spec| json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec});
        let rules = Self;
        for object in [
            of("OvnEip", "used-eip", json!({"externalSubnet": "external204", "type": "nat"})),
            of("OvnEip", "used-eip-2", json!({"externalSubnet": "external204", "type": "nat"})),
            of("OvnFip", "used-fip", json!({"ovnEip": "used-eip", "ipType": "vip", "ipName": "used-by-rules"})),
            of(
                "OvnDnatRule",
                "used-dnat",
                json!({"ovnEip": "used-eip-2", "ipType": "vip", "ipName": "used-by-rules",
                "protocol": "tcp", "externalPort": "80", "internalPort": "80"}),
            ),
        ] {
            apply(&object.to_string())?;
        }
        Ok(rules)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        for object in Self::ALL.split(' ').chain(Self::RAW.split(' ')) {
            drop(kubectl(&format!("delete {object} --ignore-not-found --wait --timeout=15s")));
        }
    }
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn rules_and_pods_that_use_a_vip_are_named() -> Outcome {
    let _mine = Mine::vips(&["used-by-rules", "used-not"])?.borrow("vpc1", &["web-1"])?;
    ko("vip create used-by-rules --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    ko("vip create used-not --subnet vpc1-subnet1").exits(0)?;
    let rules = Rules::make()?;
    ko("vip attach used-by-rules web-1").exits(0)?;
    let users = ["ovnfip/used-fip", "ovndnatrule/used-dnat", "pod/vpc1/web-1"];
    let show = ko("vip show used-by-rules").exits(0)?;
    let refused = ko("vip delete used-by-rules").exits(1)?.says("is in use, nothing was deleted")?.says("--force")?;
    // nothing is deleted when one of several is in use
    ko("vip delete used-not used-by-rules").exits(1)?;
    ko("vip delete used-by-rules --dry-run").exits(1)?;
    for user in users {
        let named = |text: &str| text.to_lowercase().replace('-', "").contains(&user.replace('-', ""));
        check(named(&show.out) && named(&refused.err), || {
            format!("{user} is not named\n{}{}", show.shown(), refused.shown())
        })?;
    }
    check(!vip("used-by-rules")?.is_null() && !vip("used-not")?.is_null(), || "it was deleted".to_owned())?;
    ko("vip delete used-by-rules used-not --force")
        .exits(0)?
        .prints("\"used-by-rules\" deleted")?
        .prints("\"used-not\" deleted")?;
    check(vip("used-by-rules")?.is_null(), || "it is still there".to_owned())?;
    ko("vip delete used-by-rules").exits(1)?.says("not found")?;
    ko("vip delete used-by-rules --ignore-not-found").exits(0)?;
    drop(rules);
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_detached_vip_is_free_to_go() -> Outcome {
    let _mine = Mine::vips(&["used-detach"])?.borrow("vpc1", &["web-1", "web-2"])?;
    ko("vip create used-detach --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    ko("vip attach used-detach web-1 web-2").exits(0)?;
    ko("vip delete used-detach")
        .exits(1)?
        .says("pod/vpc1/web-1")?
        .says("pod/vpc1/web-2")?
        .says("hint: kubectl ko vip detach used-detach --all")?;
    ko("vip detach used-detach --all").exits(2)?.says("--yes")?;
    ko("vip detach used-detach --all --yes").exits(0)?;
    ko("vip delete used-detach").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_rule_on_the_bare_address_is_a_user() -> Outcome {
    let _mine = Mine::vips(&["used-raw-vip"])?;
    let rules = Rules;
    ko("vip create used-raw-vip --subnet vpc1-subnet1").exits(0)?;
    let address = vip("used-raw-vip")?["status"]["v4ip"].clone();
    for (kind, name, spec) in [
        ("OvnEip", "used-eip-3", json!({"externalSubnet": "external204", "type": "nat"})),
        ("OvnFip", "used-raw", json!({"ovnEip": "used-eip-3", "vpc": "vpc1", "v4Ip": address})),
    ] {
        apply(
            &json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string(),
        )?;
    }
    ko("vip delete used-raw-vip").exits(1)?.says("ovn-fip/used-raw points used-eip-3 at its address")?;
    drop(rules);
    ko("vip delete used-raw-vip").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_name_that_dangles_is_detached() -> Outcome {
    let _mine = Mine::vips(&["used-dangling"])?.borrow("vpc1", &["web-1"])?;
    ko("vip create used-dangling --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    ko("vip attach used-dangling web-1").exits(0)?;
    ko("vip delete used-dangling --force").exits(0)?;
    ko("vip detach used-dangling web-1").exits(1)?.says("not found")?;
    ko("vip detach used-dangling web-2 -n vpc1").exits(1)?.says("none of these names it in namespace vpc1")?;
    ko("vip detach used-dangling web-1 -n vpc1").exits(0)?.prints("pod/web-1 detached").map(drop)
}
