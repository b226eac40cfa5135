//! What lists print is accepted by kubectl and agrees with it.

use super::bench::{Outcome, check, ko, kubectl, kubectl_words, same, text};
use super::cluster::{Mine, vips};

fn three() -> Outcome<Mine> {
    let mine = Mine::vips(&["list-a", "list-b", "list-c"])?;
    ko("vip create list-b --subnet ovn-default --ip 10.16.0.132").exits(0)?;
    ko("vip create list-a --subnet vpc1-subnet1 -n vpc1 --selector app=web").exits(0)?;
    ko("vip create list-c --subnet ovn-default --ip 10.16.0.131 -n default --type switch-lb").exits(0)?;
    Ok(mine)
}

fn column(text: &str) -> Vec<String> {
    text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn yaml_and_json_go_back_into_the_cluster() -> Outcome {
    let _mine = three()?;
    for format in ["yaml", "json"] {
        let list = ko(&format!("vip list -o {format}")).exits(0)?;
        let said = kubectl_words(&["apply", "-f", "-"], &list.out)?;
        check(said.lines().count() == vips()?.len(), || said.clone())?;
        // server-side apply reads it more strictly; with managedFields it would refuse
        let list = ko(&format!("vip list -o {format}")).exits(0)?;
        kubectl_words(&["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-"], &list.out)?;
        let one = ko(&format!("vip list list-a -o {format}")).exits(0)?;
        kubectl_words(&["replace", "--dry-run=server", "-f", "-"], &one.out)?;
    }
    let json = ko("vip list -o json").exits(0)?.json()?;
    same("its kind", &text(&json, "/kind"), &"List")?;
    let theirs: serde_json::Value =
        serde_json::from_str(&kubectl("get vips -o json")?).map_err(|why| why.to_string())?;
    same("the items", &json["items"], &theirs["items"])?;
    for name in ["list-a", "list-b", "list-c"] {
        ko(&format!("vip show {name}")).exits(0)?.prints("Ready:       true")?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn names_selectors_and_order_are_those_of_kubectl() -> Outcome {
    let _mine = three()?;
    for flags in [
        "-o name",
        "-l ovn.kubernetes.io/subnet=ovn-default -o name",
        "-l ovn.kubernetes.io/subnet!=ovn-default -o name",
        "--sort-by=.spec.v4ip -o name",
        "--sort-by={.metadata.name} -o name",
    ] {
        let ours = ko(&format!("vip list {flags}")).exits(0)?;
        let theirs = kubectl(&format!("get vips {flags}"))?;
        same(flags, &ours.out.trim_end(), &theirs.trim_end())?;
    }
    let table = ko("vip list --sort-by=.spec.v4ip").exits(0)?;
    let found: Vec<String> = column(&table.out).into_iter().filter(|name| name.starts_with("list-")).collect();
    same("by address", &found, &["list-c", "list-b", "list-a"].map(str::to_owned).to_vec())?;
    let here = ko("vip list -n vpc1").exits(0)?;
    check(column(&here.out).contains(&"list-a".to_owned()), || here.wrong("list-a is missing").to_string())?;
    here.lacks("list-b")?;
    ko("vip list list-a nosuch").exits(1)?.says("vips.kubeovn.io \"nosuch\" not found")?;
    ko("vip list -l nosuch=label").exits(0)?.says("No resources found")?;
    ko("vip list --sort-by=.spec..x").exits(2)?;
    ko("vip list -o nosuch").exits(2).map(drop)
}
