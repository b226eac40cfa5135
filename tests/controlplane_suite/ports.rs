//! Virtual ports: none is forgotten, and what a controller restart takes away comes back.

use super::bench::{Outcome, check, ko, kubectl, restart_controller, same, script, seconds, text, until};
use super::cluster::{Mine, port, ports, ready, vip};

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_hundred_vips_have_a_hundred_virtual_ports() -> Outcome {
    let names: Vec<String> = (0..100).map(|number| format!("hundred-{number}")).collect();
    let _mine = Mine::vips(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    for name in &names {
        ko(&format!("vip create {name} --subnet ovn-default -n default")).exits(0)?;
    }
    let ports = ports()?;
    for name in &names {
        let object = vip(name)?;
        let port = ports.get(name).ok_or_else(|| format!("no port {name}"))?;
        same(name, &port.kind.as_str(), &"virtual")?;
        same(name, &port.options.get("virtual-ip").map(String::as_str), &Some(text(&object, "/status/v4ip")))?;
        check(object["spec"]["selector"].is_null(), || format!("{name} has a selector: {}", object["spec"]))?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vip_left_terminating_by_a_controller_restart_is_finished() -> Outcome {
    let _mine = Mine::vips(&["left-over"])?;
    ko("vip create left-over --subnet ovn-default -n default").exits(0)?;
    script("break --kill kube-ovn-controller")?;
    let deleted = ko("vip delete left-over --timeout 2s");
    restart_controller("")?;
    deleted.exits(5)?.says("is marked for deletion, but does not go")?.within(seconds(5))?;
    check(!text(&vip("left-over")?, "/metadata/deletionTimestamp").is_empty(), || "it is not Terminating".to_owned())?;
    ko("vip show left-over")
        .exits(0)?
        .prints("KO224 error: vip/left-over is being deleted and not gone")?
        .prints("kubectl ko vip delete left-over")?;
    ko("vip create left-over --subnet ovn-default").exits(6)?.says("KO220")?;
    ko("vip delete left-over").exits(0)?.prints("vip.kubeovn.io \"left-over\" deleted")?;
    check(vip("left-over")?.is_null(), || "it is still there".to_owned())?;
    same("its port", &port("left-over")?, &None)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn virtual_ports_lost_at_a_restart_are_said_and_made_again() -> Outcome {
    let _mine = Mine::vips(&["lost-port"])?.borrow("vpc1", &["web-1"])?;
    ko("vip create lost-port --subnet vpc1-subnet1 -n vpc1 --selector app=web").exits(0)?.says("KO215")?;
    ko("vip attach lost-port web-1").exits(0)?;
    restart_controller("--gc-interval=360")?;
    let lost = || -> Outcome {
        until("the port to be lost", seconds(15), || Ok(port("lost-port")?.is_none()))?;
        check(ready(&vip("lost-port")?), || "the object should still look fine".to_owned())?;
        ko("vip show lost-port")
            .exits(0)?
            .prints("KO236 error: OVN has no virtual port")?
            .prints("kubectl ko vip attach lost-port POD makes it again")?;
        ko("vip attach lost-port web-1").exits(0)?.prints("attached already, but OVN had lost it: mended")?;
        let port = port("lost-port")?.ok_or("the port was not made again")?;
        same("its type", &port.kind.as_str(), &"virtual")?;
        same("who may hold it", &port.parents(), &vec!["web-1.vpc1".to_owned()])?;
        ko("vip show lost-port").exits(0)?.lacks("KO236 error: OVN has no virtual port").map(drop)
    };
    let outcome = lost();
    restart_controller("")?;
    outcome
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn an_edit_of_the_subnet_takes_virtual_ports_too() -> Outcome {
    let _mine = Mine::vips(&["edited-away"])?;
    ko("vip create edited-away --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    let exclude = |list: &str| {
        let patch = format!("{{\"spec\":{{\"excludeIps\":[{list}]}}}}");
        super::bench::kubectl_words(&["patch", "subnet", "vpc1-subnet1", "--type=merge", "-p", &patch], "")
    };
    exclude("\"192.168.0.1\",\"192.168.0.250\"")?;
    let lost = until("the port to be lost", seconds(10), || Ok(port("edited-away")?.is_none()));
    exclude("\"192.168.0.1\"")?;
    lost?;
    ko("vip show edited-away").exits(0)?.prints("KO236 error: OVN has no virtual port")?;
    ko("vip create edited-away --subnet vpc1-subnet1 -n vpc1").exits(0)?.prints("unchanged")?;
    // the second edit may have its effect only now
    until("the port again", seconds(10), || {
        Ok(port("edited-away")?.is_some() || (ko("vip create edited-away --subnet vpc1-subnet1 -n vpc1").code != 0))
    })?;
    kubectl("get subnet vpc1-subnet1").map(drop)
}
