//! Ready rules whose spec was edited, and rows that were: what is told of them.

use serde_json::{Value, json};

use super::bench::{Outcome, kubectl, kubectl_words, object, same, text};
use super::cluster::northbound;
use super::nat::{Eips, address, nbctl, rows};
use super::run::{Ran, ko, ko_with};

fn edit(rule: &str, spec: &Value) -> Outcome {
    let patch = json!({"spec": spec}).to_string();
    kubectl_words(&["patch", "ovn-dnat-rule", rule, "--type=merge", "-p", &patch], "").map(drop)
}

/// The object as somebody would export it, with these fields of its spec.
fn lint(rule: &str, spec: &Value) -> Outcome<Ran> {
    let mut manifest = object(&format!("ovn-dnat-rule {rule}"))?;
    let name = manifest["metadata"]["name"].clone();
    manifest["metadata"] = json!({"name": name});
    for (field, value) in spec.as_object().into_iter().flatten() {
        manifest["spec"][field] = value.clone();
    }
    drop(manifest.as_object_mut().map(|fields| fields.remove("status")));
    Ok(ko_with("lint -f -", manifest.to_string().as_bytes()))
}

/// OVN keeps the old port; everybody says so, and nobody else gets it.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_edited_port_stays_the_old_one() -> Outcome {
    let _mine = Eips::of("edited")?;
    ko("eip bind edited pod/web-1 -n vpc1 --create --subnet external204 --tcp 8080:80").exits(0)?;
    let rule = "edited-tcp-8080";
    let (before, external) = (rows(&address("edited")?)?, address("edited")?);
    edit(rule, &json!({"externalPort": "9090"}))?;
    ko(&format!("dnat show {rule}"))
        .exits(0)?
        .prints("KO485 warning: odnat/edited-tcp-8080 says externalPort 9090, but OVN was written with 8080")?
        .prints("set spec.externalPort back to 8080")?;
    ko("nat list --eip edited").exits(0)?.prints(&format!("{external}:8080"))?.lacks("9090")?;
    ko("dnat create edited-2 --eip edited pod/web-2 -n vpc1 --tcp 8080:80").exits(6)?.says("KO462")?;
    lint(rule, &json!({}))?.exits(1)?.prints("KO438")?.prints("externalPort")?;
    lint(rule, &json!({"externalPort": "8080"}))?.exits(0)?;
    same("OVN's rows", &rows(&external)?, &before)?;
    edit(rule, &json!({"externalPort": "8080"}))?;
    ko(&format!("dnat show {rule}")).exits(0)?.lacks("KO485").map(drop)
}

/// A rule keeps the EIP that it was written with, and is found under both.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_edited_eip_stays_the_old_one() -> Outcome {
    let _mine = Eips::of("edited")?;
    ko("eip create edited-b --subnet external204").exits(0)?;
    ko("eip bind edited-a pod/web-1 -n vpc1 --create --subnet external204 --tcp 8080:80").exits(0)?;
    let (rule, first, second) = ("edited-a-tcp-8080", address("edited-a")?, address("edited-b")?);
    edit(rule, &json!({"ovnEip": "edited-b"}))?;
    ko(&format!("dnat show {rule}"))
        .exits(0)?
        .prints(&format!("oeip/edited-b, which has {second}, but OVN was written with {first}"))?;
    for eip in ["edited-a", "edited-b"] {
        ko(&format!("nat list --eip {eip}")).exits(0)?.prints(rule)?.prints(&format!("{first}:8080"))?;
        ko(&format!("eip show {eip}")).exits(0)?.prints(rule)?.lacks("KO483")?;
    }
    ko("eip delete edited-a").exits(1)?.says(rule)?;
    ko("dnat create edited-2 --eip edited-a pod/web-2 -n vpc1 --tcp 8080:80").exits(6)?.says("KO462")?;
    lint(rule, &json!({}))?.exits(1)?.prints("KO438")?.prints("ovnEip")?;
    lint(rule, &json!({"ovnEip": "edited-a"}))?.exits(0)?;
    ko(&format!("dnat delete {rule}")).exits(0)?;
    same("OVN's rows", &rows(&first)?.len(), &0)
}

/// The node of the row's port answers for a FIP, with the row's MAC.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_row_with_anothers_port_or_mac_is_told() -> Outcome {
    let _mine = Eips::of("astray")?;
    ko("eip create astray --subnet external204").exits(0)?;
    ko("fip create astray --eip astray pod/web-1 -n vpc1 --type distributed").exits(0)?;
    ko("fip show astray").exits(0)?.lacks("KO452")?;
    let found = northbound("NAT", &json!([["external_ip", "==", address("astray")?]]), &["_uuid", "external_mac"])?;
    let row = text(&found[0], "/_uuid/1").to_owned();
    let own = text(&object("ip web-1.vpc1")?, "/spec/macAddress").to_owned();
    same("its MAC", &text(&found[0], "/external_mac"), &own.as_str())?;
    nbctl(&format!("set nat {row} logical_port=web-2.vpc1"))?;
    ko("fip show astray").exits(0)?.prints("KO452 error: the node of port web-2.vpc1 answers for")?;
    nbctl(&format!("set nat {row} logical_port=web-1.vpc1 external_mac=\"02:00:00:00:00:99\""))?;
    ko("fip show astray").exits(0)?.prints("answers with the MAC 02:00:00:00:00:99 in OVN")?.prints(&own)?;
    kubectl("get ofip astray").map(drop)
}
