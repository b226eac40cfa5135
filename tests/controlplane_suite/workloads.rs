//! Vips for Deployments, StatefulSets and second interfaces, and several writers of one annotation.

use serde_json::Value;

use super::bench::{Outcome, check, ko, kubectl, object, same, text};
use super::cluster::{Mine, port};

/// The ports of the running pods of the scene's workload, sorted.
fn pods(app: &str) -> Outcome<Vec<String>> {
    let list = object(&format!("pods -n vpc1 -l app={app}"))?;
    let alive = |pod: &&Value| pod["metadata"]["deletionTimestamp"].is_null();
    let mut ports: Vec<String> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(alive)
        .map(|pod| format!("{}.vpc1", text(pod, "/metadata/name")))
        .collect();
    ports.sort();
    Ok(ports)
}

fn annotation(object: &Value, path: &str) -> String {
    text(object, &format!("{path}/metadata/annotations/ovn.kubernetes.io~1aaps")).to_owned()
}

fn attach_to(kind: &str, app: &str, changes_names: bool) -> Outcome {
    let vip = format!("wl-{app}");
    let _mine = Mine::vips(&[&vip])?;
    ko(&format!("vip create {vip} --subnet vpc1-subnet1 -n vpc1 --selector app={app}")).exits(0)?;
    let before = pods(app)?;
    let workload = format!("{kind}/{app}");
    ko(&format!("vip attach {vip} {workload}")).exits(2)?.says("--yes")?.says("2 pods of ")?;
    same("after the refusal", &annotation(&object(&format!("{workload} -n vpc1"))?, "/spec/template"), &String::new())?;
    same("the pods", &pods(app)?, &before)?;
    let attached = ko(&format!("vip attach {vip} {workload} --yes")).exits(0)?;
    let done = || -> Outcome {
        same("the template", &annotation(&object(&format!("{workload} -n vpc1"))?, "/spec/template"), &vip)?;
        let now = pods(app)?;
        check(now.len() == 2 && (now != before) == changes_names, || format!("{before:?} became {now:?}"))?;
        same("who may hold it", &port(&vip)?.unwrap_or_default().parents(), &now)?;
        for pod in &now {
            let name = pod.trim_end_matches(".vpc1");
            check(attached.err.contains(&format!("kubectl exec -n vpc1 {name} -- ip addr add")), || {
                attached.wrong(&format!("no line for {name}")).to_string()
            })?;
        }
        ko(&format!("vip attach {vip} {workload}")).exits(0)?.prints("attached already")?;
        same("no further restart", &pods(app)?, &now)?;
        ko(&format!("vip delete {vip}")).exits(1)?.says(&now[0].replace(".vpc1", ""))?;
        ko(&format!("vip detach {vip} {workload}")).exits(2)?;
        Ok(())
    };
    let outcome = done();
    ko(&format!("vip detach {vip} {workload} --yes")).exits(0)?;
    outcome?;
    same("who may hold it", &port(&vip)?.unwrap_or_default().parents(), &Vec::new())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_deployment() -> Outcome {
    attach_to("deploy", "api", true)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_stateful_set() -> Outcome {
    attach_to("sts", "db", false)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn five_writers_of_one_annotation_lose_nothing() -> Outcome {
    let names = ["five-1", "five-2", "five-3", "five-4", "five-5"];
    let _mine = Mine::vips(&names)?.borrow("vpc1", &["web-1"])?;
    for name in names {
        ko(&format!("vip create {name} --subnet vpc1-subnet1 -n vpc1")).exits(0)?;
    }
    for (verb, rest) in [("attach", names.len()), ("detach", 0)] {
        let ran: Vec<_> = std::thread::scope(|scope| {
            let all = names.map(|name| scope.spawn(move || ko(&format!("vip {verb} {name} web-1"))));
            all.into_iter().filter_map(|one| one.join().ok()).collect()
        });
        for one in ran {
            one.exits(0)?;
        }
        let text = annotation(&object("pod -n vpc1 web-1")?, "");
        same(verb, &text.split(',').filter(|name| !name.is_empty()).count(), &rest)?;
        for name in names {
            same(name, &port(name)?.unwrap_or_default().parents().len(), &usize::from(rest > 0))?;
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_pod_whose_second_interface_is_in_the_subnet() -> Outcome {
    let _mine = Mine::vips(&["second-nic"])?.borrow("vpc1", &["multi-0", "web-1"])?;
    ko("vip create second-nic --subnet attach-net -n vpc1").exits(0)?;
    ko("vip attach second-nic web-1").exits(6)?.says("attach-net")?.says("vpc1-subnet1")?;
    same("after the refusal", &annotation(&object("pod -n vpc1 web-1")?, ""), &String::new())?;
    ko("vip attach second-nic multi-0").exits(0)?.says("dev net1")?;
    same(
        "who may hold it",
        &port("second-nic")?.unwrap_or_default().parents(),
        &vec!["multi-0.vpc1.attachnet.default.ovn".to_owned()],
    )?;
    ko("vip show second-nic").exits(0)?.prints("multi-0.vpc1.attachnet.default.ovn")?;
    // another namespace, no such pod, a Vip without namespace
    ko("vip attach second-nic multi-0 -n default").exits(6)?.says("namespace vpc1")?;
    ko("vip attach second-nic nosuch").exits(1)?.says("\"nosuch\" not found")?;
    ko("vip attach nosuch multi-0").exits(1)?.says("\"nosuch\" not found")?;
    // the pod is as it was
    kubectl("get pod -n vpc1 multi-0").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_paused_deployment_is_not_waited_for() -> Outcome {
    let _mine = Mine::vips(&["wl-paused"])?;
    ko("vip create wl-paused --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    let before = pods("api")?;
    kubectl("rollout pause deploy/api -n vpc1")?;
    let attached = ko("vip attach wl-paused deploy/api");
    let kept = pods("api");
    kubectl("rollout resume deploy/api -n vpc1")?;
    let again = ko("vip attach wl-paused deploy/api");
    let parents = port("wl-paused")?.unwrap_or_default().parents();
    let detached = ko("vip detach wl-paused deploy/api --yes");
    attached.exits(5)?.says("KO240")?.says("kubectl rollout resume")?.within(super::bench::seconds(10))?;
    same("the pods of a paused Deployment", &kept?, &before)?;
    again.exits(0)?.prints("attached already")?;
    same("how many may hold it", &parents.len(), &2)?;
    detached.exits(0).map(drop)
}

/// The pods that are listed are replaced while the template is changed: nobody has to detach them.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn all_is_detached_while_pods_are_replaced() -> Outcome {
    let _mine = Mine::vips(&["wl-soon"])?;
    ko("vip create wl-soon --subnet vpc1-subnet1 -n vpc1").exits(0)?;
    for _ in 0..3 {
        ko("vip attach wl-soon deploy/api --yes --wait=false").exits(0)?;
        ko("vip detach wl-soon --all --yes").exits(0)?.prints("deployment.apps/api detached")?;
        same("the template", &annotation(&object("deploy/api -n vpc1")?, "/spec/template"), &String::new())?;
        same("who may hold it", &port("wl-soon")?.unwrap_or_default().parents(), &Vec::new())?;
    }
    Ok(())
}
