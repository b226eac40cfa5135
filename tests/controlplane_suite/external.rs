//! External networks and VPCs on them: made, joined, parted; what verified tables say of it with the tool's sentence beside; killed at every call.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl, object, same, seconds, until};
use super::killed::{Cut, calls, kill_at};
use super::things::Things;
use super::upstream::Upstream;

/// Stands for kube-ovn-cni: says that every node has the bridge of a provider network.
pub(crate) fn bridges(network: &str) -> Outcome {
    kubectl(&format!("label node --all --overwrite {network}.provider-network.kubernetes.io/ready=true"))?;
    super::bench::kubectl_words(
        &[
            "patch",
            "provider-network",
            network,
            "--subresource=status",
            "--type=merge",
            "-p",
            r#"{"status":{"ready":true,"readyNodes":["node-a","node-b"]}}"#,
        ],
        "",
    )
    .map(drop)
}

/// A VPC, gone before and after; its router's EIP goes with it.
fn vpc(name: &str) -> Outcome<Things> {
    Things::of(&[format!("vpc {name}")])
}

fn label(value: &str) -> Outcome {
    kubectl(&format!("label node node-a ovn.kubernetes.io/external-gw={value} --overwrite")).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_network_is_made_whole_and_only_once() -> Outcome {
    let _mine = Things::of(&["subnet ko-ext", "vlan vlan210", "provider-network ko-ext"])?;
    let line = "external create ko-ext --provider-network ko-ext --interface eth9 --vlan 210 --cidr 10.5.210.0/24 --gateway 10.5.210.254 --exclude 10.5.210.1..10.5.210.9";
    ko(&line.replace(" --interface eth9", "")).exits(2)?.says("--interface says which interface")?;
    // without kube-ovn-cni there is no bridge, and that is said
    ko(&format!("{line} --timeout 2s")).exits(5)?.says("has not made the bridge br-ko-ext on any node")?;
    bridges("ko-ext")?;
    ko(line).exits(0)?.prints("subnet.kubeovn.io/ko-ext unchanged")?;
    ko(&line.replace(".9", ".8")).exits(6)?.says("excludeIps is 10.5.210.1..10.5.210.9")?;
    let subnet = object("subnet ko-ext")?;
    same("its vlan", &subnet["spec"]["vlan"], &json!("vlan210"))?;
    ko("external list ko-ext").exits(0)?.prints("ko-ext")?.prints("10.5.210.0/24")?.prints("210").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vpc_is_joined_shown_and_parted() -> Outcome {
    let _mine = vpc("ko-join")?;
    ko("vpc create ko-join").exits(0)?.prints("vpc.kubeovn.io/ko-join created")?;
    ko("vpc create ko-join").exits(0)?.prints("vpc.kubeovn.io/ko-join unchanged")?;
    let line = "external attach external204 --vpc ko-join --default-route";
    ko(line)
        .exits(0)?
        .prints("attached to external204: router port ko-join-external204 (10.5.204.")?
        .prints("on node-a")?;
    ko(line).exits(0)?.prints("unchanged, attached to external204")?;
    ko("vpc show ko-join")
        .exits(0)?
        .prints("to 0.0.0.0/0 via 10.5.204.254")?
        .prints("default route to 10.5.204.254")?
        .lacks("KO511")?;
    ko("external show external204").exits(0)?.prints("  ko-join: router port ko-join-external204")?;
    ko("external detach external204 --vpc ko-join").exits(0)?.prints("detached from external204")?;
    same("the router's EIP", &object("ovn-eip ko-join-external204")?, &Value::Null)?;
    let spec = object("vpc ko-join")?["spec"].clone();
    check(spec["staticRoutes"].is_null() && spec["enableExternal"] == false, || spec.to_string())?;
    ko("external detach external204 --vpc ko-join").exits(0)?.prints("unchanged, not attached to external204")?;
    ko("vpc delete ko-join").exits(0)?.prints("deleted")?;
    same("the vpc", &object("vpc ko-join")?, &Value::Null)
}

/// No node labelled: the EIP of the router is ready, and there is no port. Labelled later, the controller is made to look.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn without_a_gateway_node_nothing_is_written_and_later_it_is_mended() -> Outcome {
    let _mine = vpc("ko-late")?;
    label("false")?;
    let tried = (|| -> Outcome {
        ko("vpc create ko-late").exits(0)?;
        let line = "external attach external204 --vpc ko-late";
        ko(line).exits(6)?.says("KO503 error: no node is labelled ovn.kubernetes.io/external-gw=true")?;
        check(object("vpc ko-late")?["spec"]["enableExternal"] != true, || "it was written".to_owned())?;
        ko(&format!("{line} --ignore KO503 --timeout 5s")).exits(5)?.says("no external gw nodes")?;
        until("the EIP, which proves nothing", seconds(5), || {
            Ok(object("ovn-eip ko-late-external204")?["status"]["ready"] == true)
        })?;
        ko("external show external204").exits(0)?.prints("KO511 error: vpc ko-late asks for external204, whose router has no port there, though the EIP for it is ready")?;
        ko(&format!("{line} --gateway-node node-a"))
            .exits(0)?
            .says("is parted and joined again")?
            .prints("on node-a")
            .map(drop)
    })();
    label("true")?;
    tried
}

/// Rules that need the network, and a port that would have to be made anew under them.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn what_rules_need_is_not_taken_away_in_passing() -> Outcome {
    let _mine = Things::of(&["ovn-snat-rule ko-need-10.99.0.0-24", "ovn-eip ko-need", "vpc ko-need"])?;
    ko("vpc create ko-need --external external204").exits(0)?.prints("router port ko-need-external204")?;
    ko("eip create ko-need --subnet external204").exits(0)?;
    apply(
        r#"{"apiVersion": "kubeovn.io/v1", "kind": "OvnSnatRule", "metadata": {"name": "ko-need-10.99.0.0-24"},
            "spec": {"ovnEip": "ko-need", "vpc": "ko-need", "v4IpCidr": "10.99.0.0/24"}}"#,
    )?;
    until("the rule", seconds(10), || super::bench::ready_rule("ovn-snat-rule ko-need-10.99.0.0-24"))?;
    ko("external detach external204 --vpc ko-need").exits(1)?.says("osnat/ko-need-10.99.0.0-24")?;
    ko("vpc delete ko-need")
        .exits(1)?
        .says("vpc/ko-need is in use, nothing was deleted")?
        .says("osnat/ko-need-10.99.0.0-24")?;
    let done = (|| -> Outcome {
        let line = "external attach external204 --vpc ko-need --gateway-node node-b";
        ko(line).exits(6)?.says("KO510 error: its port was made without node-b as gateway")?;
        ko(&format!("{line} --rebuild")).exits(0)?.prints("attached to external204")?;
        ko("external show external204").exits(0)?.prints("ko-need: router port ko-need-external204").map(drop)
    })();
    kubectl("label node node-b ovn.kubernetes.io/external-gw=false --overwrite")?;
    done
}

/// The default VPC is joined by the ConfigMap; parted, the labels of all gateway nodes are gone, and that is said.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_default_vpc_is_joined_by_the_config_map() -> Outcome {
    let line = "external attach external204 --vpc ovn-cluster";
    // it would write another name over that of the provider network, and no packet would pass
    ko(line).exits(6)?.says("KO506 error: the controller writes external (--external-gateway-net)")?;
    super::bench::restart_controller("--external-gateway-net=external204")?;
    let config = Things::of(&["configmap -n kube-system ovn-external-gw-config"])?;
    let done = (|| -> Outcome {
        ko(line).exits(0)?.prints("attached to external204: router port ovn-cluster-external204")?;
        let data = object("configmap -n kube-system ovn-external-gw-config")?["data"].clone();
        same(
            "its data",
            &data,
            &json!({"enable-external-gw": "true", "type": "centralized", "external-gw-nodes": "node-a",
            "external-gw-nic": "vlan", "external-gw-addr": "10.5.204.254/24"}),
        )?;
        ko(line).exits(0)?.prints("unchanged")?;
        ko("external detach external204 --vpc ovn-cluster").exits(0)?.says("has written false over the labels")?;
        // the controller leaves it behind
        same("the router's EIP", &object("ovn-eip ovn-cluster-external204")?, &Value::Null)
    })();
    drop(config);
    super::bench::restart_controller("")?;
    done
}

/// What a VPC asks for and has, without what differs from one time to the next.
fn end(name: &str) -> Outcome<Value> {
    let object = object(&format!("vpc {name}"))?;
    let eip = super::bench::object(&format!("ovn-eip {name}-external204"))?;
    let port = ko(&format!("nbctl --bare --columns=name find Logical_Router_Port name={name}-external204"));
    Ok(json!({"spec": object["spec"], "status": object["status"]["enableExternal"], "eip": eip["status"]["ready"],
        "port": port.exits(0)?.out.trim()}))
}

fn at_every_call(name: &str, line: &str, before: &dyn Fn() -> Outcome) -> Outcome {
    let upstream = Upstream::start()?;
    before()?;
    let first = kill_at(&upstream, line, usize::MAX, Cut::Read)?;
    check(first.code == Some(0), || format!("an undisturbed run of {line} ends with {:?}", first.code))?;
    let expected = end(name)?;
    for cut in [Cut::Read, Cut::Withheld] {
        for last in calls(&first.asked) {
            before()?;
            let run = kill_at(&upstream, line, last, cut)?;
            let told = || format!("{line}\nkilled at call {last} ({cut:?}) of\n{}", run.asked.join("\n"));
            if let Some(code) = run.code {
                check(code == 0 && last > 3, || format!("exit {code}: {}", told()))?;
                break;
            }
            check(last < 60, told)?;
            let again = ko(line);
            if again.code != 0 {
                return Err(again.wrong(&told()));
            }
            same(&told(), &end(name)?, &expected)?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn attach_and_detach_killed_at_every_call() -> Outcome {
    let _mine = vpc("ko-kill")?;
    ko("vpc create ko-kill").exits(0)?;
    let part = || ko("external detach external204 --vpc ko-kill").exits(0).map(drop);
    at_every_call("ko-kill", "external attach external204 --vpc ko-kill --default-route", &part)?;
    let join = || ko("external attach external204 --vpc ko-kill --default-route").exits(0).map(drop);
    at_every_call("ko-kill", "external detach external204 --vpc ko-kill", &join)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn create_killed_at_every_call() -> Outcome {
    let mine = Things::of(&["subnet ko-killnet", "vlan vlan211", "provider-network ko-killnet"])?;
    let line = "external create ko-killnet --provider-network ko-killnet --interface eth9 --vlan 211 --cidr 10.5.211.0/24 --gateway 10.5.211.254";
    let upstream = Upstream::start()?;
    let first = kill_at(&upstream, &format!("{line} --wait=false"), usize::MAX, Cut::Read)?;
    check(first.code == Some(0), || format!("an undisturbed run ends with {:?}", first.code))?;
    for cut in [Cut::Read, Cut::Withheld] {
        for last in calls(&first.asked) {
            mine.remove()?;
            let run = kill_at(&upstream, &format!("{line} --wait=false"), last, cut)?;
            if run.code.is_some() {
                break;
            }
            ko(&format!("{line} --wait=false")).exits(0)?;
            for thing in ["subnet ko-killnet", "vlan vlan211", "provider-network ko-killnet"] {
                check(!object(thing)?.is_null(), || format!("no {thing}, killed at call {last} ({cut:?})"))?;
            }
        }
    }
    bridges("ko-killnet")?;
    ko(line).exits(0)?.prints("subnet.kubeovn.io/ko-killnet unchanged").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vpc_create_and_delete_killed_at_every_call() -> Outcome {
    let mine = vpc("ko-killvpc")?;
    at_every_call("ko-killvpc", "vpc create ko-killvpc --external external204", &|| mine.remove())?;
    let there = || ko("vpc create ko-killvpc --external external204").exits(0).map(drop);
    at_every_call("ko-killvpc", "vpc delete ko-killvpc --ignore-not-found", &there)
}
