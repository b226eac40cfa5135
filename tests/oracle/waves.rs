//! Applies a round of manifests, watches what becomes of them, and puts the scene back.

use crate::oracle::cases::Case;
use crate::oracle::classify::{Seen, Verdict, classify, typed_port};
use crate::oracle::observe::{Log, Objects, Ports, has_flow, make_port, objects, ready, settled_ports};
use crate::oracle::tools::{Outcome, each, json, kubectl, kubectl_with, ms, ovn, text, until};
use crate::oracle::world::{self, World, touch_missing, wants_port};
use serde_json::Value;
use std::collections::BTreeMap;

/// Verdicts in the order of the cases.
pub(crate) fn observe(round: &[Case], world: &World, log: &Log) -> Outcome<Vec<Verdict>> {
    for case in round.iter().filter(|case| world.vip(&case.name).is_some_and(|vip| !ready(vip))) {
        // as new, so that the controller's next try is not minutes away
        kubectl(&["delete", "vip", &case.name, "--wait=true"]);
        put_back(&case.name, world)?;
    }
    let mark = log.mark();
    let mut seen: Vec<Seen> = each(round, |case| {
        let said = kubectl_with(&["apply", "-f", "-"], &case.text);
        let refusal = (!said.ok()).then(|| said.err.trim().to_owned());
        Seen { refusal, asked: case.spec.clone(), before: world.vip(&case.name).cloned(), ..Seen::default() }
    });
    let vips = wait(round, &seen, log, mark);
    let owed =
        |case: &Case| vips.get(&format!("Vip/{}", case.name)).filter(|vip| ready(vip) && wants_port(vip)).cloned();
    if let [case] = round
        && case.crashes(world)
    {
        // the step that ends the controller is skipped as often as the virtual port is
        vips.get(&format!("Vip/{}", case.name)).into_iter().for_each(world::touch);
        until(ms(2000), || log.panicked(mark));
    }
    let crashed = log.panicked(mark);
    let made: Vec<Value> = round.iter().filter(|case| world.vip(&case.name).is_none()).filter_map(owed).collect();
    if !crashed {
        touch_missing(&made);
    }
    let (ports, vips) = (settled_ports()?, objects("vips")?);
    for (case, seen) in round.iter().zip(&mut seen) {
        seen.object = vips.get(&format!("Vip/{}", case.name)).cloned();
        seen.log = log.errors(mark, "vip", &case.name);
        seen.ports.clone_from(&ports);
        seen.crashed = crashed && round.len() == 1;
    }
    let flows = each(round, |case| {
        let port = ports
            .get(&case.name)
            .filter(|port| port.options.get("virtual-parents").is_some_and(|parents| !parents.is_empty()));
        port.is_some_and(|port| until(ms(1500), || has_flow(&port.switch, &case.name)))
    });
    let twice = each(round, |case| given_twice(case, world));
    for ((seen, flow), twice) in seen.iter_mut().zip(flows).zip(twice) {
        (seen.flow, seen.given_twice) = (flow, twice);
    }
    if crashed {
        world::spend()?;
        restart()?;
    }
    undo(round, world, &mut seen)?;
    Ok(round.iter().zip(&seen).map(|(case, seen)| classify(&case.name, seen, world)).collect())
}

/// Until each is ready, refused by the controller more than once, or silent for too long.
fn wait(round: &[Case], seen: &[Seen], log: &Log, mark: usize) -> Objects {
    let (mut vips, start) = (Objects::new(), std::time::Instant::now());
    let mut decided = vec![false; round.len()];
    // one that never became ready is looked at again when it has failed for about as long again as by now: a minute at most here
    let pending = seen.iter().any(|seen| seen.before.as_ref().is_some_and(|before| !ready(before)));
    until(if pending { ms(60_000) } else { ms(4000) }, || {
        vips = objects("vips").unwrap_or_default();
        let age = start.elapsed();
        for ((case, seen), decided) in round.iter().zip(seen).zip(&mut decided) {
            let is_ready = vips.get(&format!("Vip/{}", case.name)).is_some_and(ready);
            let errors = log.errors(mark, "vip", &case.name).len();
            *decided |= seen.refusal.is_some()
                || match &seen.before {
                    // an edit of its address is written into its status at once, any other is tried again: ready, or refused
                    Some(before) if !ready(before) => {
                        let vip = vips.get(&format!("Vip/{}", case.name));
                        is_ready || errors > 0 || vip.is_some_and(|vip| !text(vip, "/status/v4ip").is_empty())
                    }
                    // an edit that nobody answers leaves nothing to wait for but time
                    Some(_) => errors > 1 || age > ms(1800),
                    None => is_ready || errors > 2 && age > ms(1000),
                };
        }
        decided.iter().all(|done| *done) || log.panicked(mark)
    });
    vips
}

/// The address that another Vip gets although this one, or the pod whose entry it shares, has it.
fn given_twice(case: &Case, world: &World) -> Option<String> {
    let subnet = text(&case.spec, "/subnet");
    let entry =
        world.objects.get(&format!("IP/{}", typed_port(&case.name, text(&case.spec, "/namespace"), subnet, world)));
    let entry = entry.filter(|ip| text(ip, "/spec/subnet") == subnet).map(|ip| text(ip, "/spec/v4IpAddress"));
    let address = entry.or_else(|| case.brings_status.then(|| text(&case.spec, "/v4ip")))?;
    let probe = format!("probe-{}", case.name);
    let vip = serde_json::json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": probe}, "spec": {"subnet": subnet, "v4ip": address}});
    kubectl_with(&["create", "-f", "-"], &vip.to_string());
    let got =
        until(ms(2000), || objects("vips").is_ok_and(|vips| vips.get(&format!("Vip/{probe}")).is_some_and(ready)));
    kubectl(&["delete", "vip", &probe]);
    got.then(|| address.to_owned())
}

fn undo(round: &[Case], world: &World, seen: &mut [Seen]) -> Outcome<()> {
    let applied = |(case, seen): (&Case, &Seen)| seen.refusal.is_none().then(|| case.name.clone());
    let names: Vec<String> = round.iter().zip(seen.iter()).filter_map(applied).collect();
    // an edit of one that never became ready has written a status: only a new object is as before
    let keeps = |name: &String| world.vip(name).is_some_and(ready);
    let (edited, new): (Vec<String>, Vec<String>) = names.into_iter().partition(keeps);
    if !new.is_empty() {
        let list: Vec<&str> = new.iter().map(String::as_str).collect();
        kubectl(&[&["delete", "vip", "--wait=false", "--ignore-not-found"], list.as_slice()].concat());
        let left = || {
            objects("vips").map_or_else(
                |_| new.clone(),
                |vips| new.iter().filter(|name| vips.contains_key(&format!("Vip/{name}"))).cloned().collect(),
            )
        };
        if !until(ms(4000), || left().is_empty()) {
            each(&left(), |name| {
                kubectl(&["patch", "vip", name, "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#])
            });
            if !until(ms(4000), || left().is_empty()) {
                return Err(format!("cannot be deleted: {}", left().join(", ")));
            }
        }
    }
    for name in edited.iter().chain(&new) {
        put_back(name, world)?;
    }
    repair(round, world, seen)
}

/// Writes an object of the world as it was. `kubectl replace` would rewrite the last-applied annotation, and the next apply of the same
/// object would then delete its status.
fn put_back(name: &str, world: &World) -> Outcome<()> {
    let Some(before) = world.vip(name) else { return Ok(()) };
    if !ready(before) {
        let spec = serde_json::json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": name}, "spec": before.get("spec")});
        return kubectl_with(&["apply", "-f", "-"], &spec.to_string()).output(name).map(drop);
    }
    let path = format!("/apis/kubeovn.io/v1/vips/{name}");
    let mut problem = String::new();
    until(ms(3000), || {
        let attempt = || -> Outcome<()> {
            let now = json(&kubectl(&["get", "--raw", &path]).output(name)?)?;
            let mut object = before.clone();
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("resourceVersion".into(), Value::from(text(&now, "/metadata/resourceVersion")));
                metadata.remove("managedFields");
            }
            kubectl_with(&["replace", "--raw", &path, "-f", "-"], &object.to_string()).output(name).map(drop)
        };
        attempt().map_err(|why| problem = why).is_ok()
    })
    .then_some(())
    .ok_or(problem)
}

/// Finds the ports that went away or stayed behind, blames the case, and makes them as they were.
fn repair(round: &[Case], world: &World, seen: &mut [Seen]) -> Outcome<()> {
    let ports = settled_ports()?;
    let lost: Ports = world
        .ports
        .iter()
        .filter(|(name, _)| !ports.contains_key(*name))
        .map(|(name, port)| (name.clone(), port.clone()))
        .collect();
    for (case, seen) in round.iter().zip(seen.iter_mut()) {
        let own = [
            case.name.clone(),
            typed_port(&case.name, text(&case.spec, "/namespace"), text(&case.spec, "/subnet"), world),
        ];
        let blamed = |name: &&String| round.len() == 1 || own.contains(name);
        seen.lost = lost.keys().filter(blamed).cloned().collect();
    }
    for name in ports.keys().filter(|name| !world.ports.contains_key(*name)) {
        ovn(&["ovn-nbctl", "--if-exists", "lsp-del", name])?;
    }
    let virtual_ones: Vec<Value> =
        lost.keys().filter_map(|name| world.vip(name)).filter(|vip| wants_port(vip)).cloned().collect();
    touch_missing(&virtual_ones);
    let rest: BTreeMap<_, _> = lost.iter().filter(|(_, port)| port.kind != "virtual").collect();
    for (name, port) in rest {
        make_port(name, port)?;
    }
    Ok(())
}

/// Starts a controller that a case has ended.
fn restart() -> Outcome<()> {
    let command = format!("{}/restart-controller", super::control_plane());
    crate::oracle::tools::run(&command, &[], None).output(&command).map(drop)
}
