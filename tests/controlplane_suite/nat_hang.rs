//! Deletions that would hang for ever: not begun, found when somebody else began them, and released on request.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl, object, same, seconds, until};
use super::nat::{Eips, address, nbctl, rows, rules};
use super::things::Things;

fn is_there(kind: &str, name: &str) -> Outcome<bool> {
    Ok(!object(&format!("{kind} {name}"))?.is_null())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_rule_whose_row_is_gone_is_released() -> Outcome {
    let _mine = Eips::of("hang-row")?;
    for (ask, noun, kind, name) in [
        ("pod/web-1 -n vpc1", "fip", "ovn-fip", "hang-row"),
        ("192.168.0.77 --vpc vpc1 --as snat", "snat", "ovn-snat-rule", "hang-row-192.168.0.77"),
        ("pod/web-1 -n vpc1 --tcp 80:80", "dnat", "ovn-dnat-rule", "hang-row-tcp-80"),
    ] {
        for begun in [false, true] {
            ko(&format!("eip bind hang-row {ask} --create --subnet external204")).exits(0)?;
            let eip = address("hang-row")?;
            match noun {
                "fip" => nbctl(&format!("lr-nat-del vpc1 dnat_and_snat {eip}"))?,
                "snat" => nbctl("lr-nat-del vpc1 snat 192.168.0.77")?,
                _ => nbctl(&format!("lb-del {name}"))?,
            };
            // bound it is, and it does nothing
            ko(&format!("eip bind hang-row {ask}")).exits(5)?.says("KO45")?.says("--release")?;
            if begun {
                kubectl(&format!("delete {kind} {name} --wait=false"))?;
                ko(&format!("eip bind hang-row {ask}")).exits(1)?.says("hangs")?.says("--release")?;
            }
            ko(&format!("{noun} delete {name}")).exits(1)?.says("--release")?;
            ko("eip unbind hang-row --all --yes").exits(1)?.says("--release")?;
            ko("eip delete hang-row --with-rules").exits(1)?.says("--release")?;
            check(is_there(kind, name)?, || format!("{name} is gone"))?;
            ko(&format!("{noun} delete {name} --release")).exits(0)?.says("put back")?;
            check(!is_there(kind, name)?, || format!("{name} is still there"))?;
            same(noun, &rows(&eip)?, &BTreeSet::new())?;
        }
    }
    ko("eip delete hang-row").exits(0).map(drop)
}

/// Two SNATs of one source share a row; deleting the one must not take it from the other.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_twin_of_a_snat_keeps_its_row() -> Outcome {
    let _mine = Eips::of("hang-twin")?;
    ko("eip bind hang-twin-1 192.168.0.88 --vpc vpc1 --as snat --create --subnet external204").exits(0)?;
    ko("eip create hang-twin-2 --subnet external204").exits(0)?;
    let twin = json!({
        "apiVersion": "kubeovn.io/v1", "kind": "OvnSnatRule", "metadata": {"name": "hang-twin"},
        "spec": {"ovnEip": "hang-twin-2", "vpc": "vpc1", "v4IpCidr": "192.168.0.88"},
    });
    apply(&twin.to_string())?;
    kubectl("wait ovn-snat-rule hang-twin --for=jsonpath={.status.ready}=true --timeout=15s")?;
    ko("snat delete hang-twin").exits(1)?.says("another rule's")?;
    ko("snat delete hang-twin --release").exits(0)?;
    let first = address("hang-twin-1")?;
    same("the other's row", &rows(&first)?, &BTreeSet::from([format!("vpc1 snat {first} 192.168.0.88")]))?;
    ko("snat delete hang-twin-1-192.168.0.88").exits(0)?;
    same("rules", &rules("hang-twin")?.len(), &0)
}

/// A VPC that goes takes its router along, and leaves the rules behind: each of them would hang for ever.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn rules_whose_router_is_gone_are_released() -> Outcome {
    let _mine = Eips::of("hang-vpc")?;
    for hard in [false, true] {
        let vpc = Things::of(&["subnet hang-vpc", "vpc hang-vpc"])?;
        let of = |kind: &str, spec| json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": "hang-vpc"}, "spec": spec});
        apply(&of("Vpc", json!({"enableExternal": true, "extraExternalSubnets": ["external204"]})).to_string())?;
        apply(
            &of("Subnet", json!({"vpc": "hang-vpc", "cidrBlock": "192.168.7.0/24", "gateway": "192.168.7.1"}))
                .to_string(),
        )?;
        until("the router's port", seconds(20), || {
            Ok(nbctl("lrp-get-gateway-chassis hang-vpc-external204").is_ok_and(|text| !text.is_empty()))
        })?;
        let rules = [
            ("fip", "ovn-fip", "hang-vpc-f", "192.168.7.5 --vpc hang-vpc", "hang-vpc-f"),
            ("snat", "ovn-snat-rule", "hang-vpc-s-192.168.7.6", "192.168.7.6 --vpc hang-vpc --as snat", "hang-vpc-s"),
            ("dnat", "ovn-dnat-rule", "hang-vpc-d-tcp-80", "192.168.7.7 --vpc hang-vpc --tcp 80:80", "hang-vpc-d"),
        ];
        for (_, _, _, ask, eip) in rules {
            ko(&format!("eip bind {eip} {ask} --create --subnet external204")).exits(0)?;
        }
        if hard {
            nbctl("lr-del hang-vpc")?;
        } else {
            drop(vpc);
            same("the VPC", &object("vpc hang-vpc")?, &Value::Null)?;
        }
        for (noun, kind, name, _, eip) in rules {
            ko(&format!("eip show {eip}")).exits(0)?.prints("KO450")?;
            ko(&format!("{noun} delete {name}")).exits(1)?.says("router hang-vpc is gone")?.says("--release")?;
            ko(&format!("eip delete {eip} --with-rules")).exits(1)?.says("--release")?;
            same("its deletion", &object(&format!("{kind} {name}"))?["metadata"]["deletionTimestamp"], &Value::Null)?;
            ko(&format!("{noun} delete {name} --release --dry-run=server")).exits(0)?;
            check(is_there(kind, name)?, || format!("{name} is gone"))?;
            ko(&format!("{noun} delete {name} --release")).exits(0)?.says("the finalizer is taken off")?;
            check(!is_there(kind, name)?, || format!("{name} is still there"))?;
        }
        same(
            "its load balancer",
            &nbctl("--bare --columns=name find load_balancer name=hang-vpc-d-tcp-80")?.trim(),
            &"",
        )?;
        ko("eip delete hang-vpc-f hang-vpc-s hang-vpc-d").exits(0)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_eip_of_a_node_ends_with_who_sets_it_up() -> Outcome {
    let eips = "node-b";
    drop(kubectl("delete ovn-eip node-b --ignore-not-found --wait --timeout=20s"));
    let created = ko(&format!("eip create {eips} --subnet external204 --type lsp"));
    let outcome = created.exits(5).and_then(|ran| ran.says("kube-ovn-cni on node-b sets this"));
    kubectl("delete ovn-eip node-b --ignore-not-found --wait --timeout=20s")?;
    outcome.map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_eip_with_an_address_of_choice_stays_while_it_is_used() -> Outcome {
    let _mine = Eips::of("hang-static")?;
    ko("eip create hang-static --subnet external204 --ip 10.5.204.77").exits(0)?.prints("10.5.204.77")?;
    ko("eip bind hang-static pod/web-1 -n vpc1").exits(0)?;
    ko("eip delete hang-static").exits(1)?.says("ofip/hang-static")?;
    // kubectl does not look, and the finalizer holds it
    kubectl("delete ovn-eip hang-static --wait=false")?;
    check(is_there("ovn-eip", "hang-static")?, || "it went while a rule uses it".to_owned())?;
    ko("eip unbind hang-static").exits(0)?;
    kubectl("wait ovn-eip hang-static --for=delete --timeout=25s").map(drop)
}
