//! Killed after every single call to the API server, and the same command again: it ends where an undisturbed run ends.

use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::bench::{Outcome, check, finish, ko, kubectl, objects, same, seconds, text, until};
use super::cluster::{Mine, Port, port, ready, remove_vip, vip};
use super::upstream::{Gated, Upstream};
use crate::proxy::{Stage, Verdict};

/// Where the thread is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The program has read the answer.
    Read,
    /// The server has answered, the program never hears of it.
    Withheld,
}

/// What the program had asked until it was killed.
pub(super) struct Killed {
    pub(super) asked: Vec<String>,
    /// `None` when it was killed.
    pub(super) code: Option<i32>,
}

/// Runs the line and kills it (SIGKILL) at its call number `last`; no later call reaches the server.
pub(super) fn kill_at(upstream: &Upstream, line: &str, last: usize, cut: Cut) -> Outcome<Killed> {
    let (send, cut_now) = channel();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let journal = Arc::clone(&asked);
    let send = Mutex::new(send);
    let gated = upstream.gated(move |request, stage| {
        if stage == Stage::Asked
            && let Ok(mut journal) = journal.lock()
        {
            journal.push(request.line.clone());
        }
        let at_end = match stage {
            Stage::Asked => return if request.number > last { Verdict::Hold } else { Verdict::Pass },
            Stage::Answered => cut == Cut::Withheld,
            Stage::Passed => cut == Cut::Read,
        };
        if request.number < last || !at_end {
            return Verdict::Pass;
        }
        drop(send.lock().map(|send| send.send(())));
        if cut == Cut::Withheld { Verdict::Hold } else { Verdict::Pass }
    })?;
    let mut child =
        gated.program(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let code = end_or_kill(&mut child, &cut_now)?;
    let asked = asked.lock().map(|asked| asked.clone()).unwrap_or_default();
    Ok(Killed { asked, code })
}

/// The calls at which a kill is tried. What comes before the first write leaves everything as it was: of that the first call and the
/// last two stand for all, unless `KO_EVERY_CALL` is set. From the first write on it is every call.
pub(super) fn calls(asked: &[String]) -> Box<dyn Iterator<Item = usize>> {
    let writes = |line: &String| ["POST", "PUT", "PATCH", "DELETE"].iter().any(|verb| line.starts_with(verb));
    let first = asked.iter().position(writes).map_or(1, |at| at + 1);
    let skipped = if std::env::var_os("KO_EVERY_CALL").is_some() { 0..0 } else { 2..first.saturating_sub(2) };
    Box::new((1..=60).filter(move |call| !skipped.contains(call)))
}

/// Its exit code, or `None` when it was killed.
fn end_or_kill(child: &mut Child, cut_now: &Receiver<()>) -> Outcome<Option<i32>> {
    let mut ended = None;
    until("the call or the end", seconds(60), || {
        let cut = cut_now.recv_timeout(std::time::Duration::from_millis(2));
        if matches!(cut, Ok(()) | Err(RecvTimeoutError::Disconnected)) {
            drop(child.kill());
        }
        ended = child.try_wait().map_err(|error| error.to_string())?;
        Ok(ended.is_some())
    })
    .inspect_err(|_| drop(child.kill()))?;
    Ok(ended.and_then(|status| status.code()))
}

/// What a Vip is and what OVN has of it, without what differs from one creation to the next.
#[derive(Debug, PartialEq)]
struct End {
    spec: Option<Value>,
    port: Option<Port>,
}

fn end(name: &str) -> Outcome<End> {
    let object = vip(name)?;
    if object.is_null() {
        return Ok(End { spec: None, port: port(name)? });
    }
    let mut spec = object["spec"].clone();
    check(ready(&object), || format!("{name} is not ready: {object}"))?;
    let address = text(&object, "/status/v4ip").to_owned();
    for field in ["v4ip", "macAddress"] {
        spec[field] = json!("CHOSEN");
    }
    let mut port = port(name)?;
    for value in port.iter_mut().flat_map(|port| port.options.values_mut()) {
        *value = value.replace(&address, "CHOSEN");
    }
    Ok(End { spec: Some(spec), port })
}

/// Kills `line` after call 1, 2, … until it comes through; each time the same line again must reach `wanted`.
fn at_every_call(
    name: &str,
    line: &str,
    cut: Cut,
    before: &dyn Fn() -> Outcome,
    wanted: &dyn Fn() -> Outcome<End>,
) -> Outcome {
    let upstream = Upstream::start()?;
    before()?;
    let first = kill_at(&upstream, line, usize::MAX, cut)?;
    check(first.code == Some(0), || format!("an undisturbed run of {line} ends with {:?}", first.code))?;
    let expected = wanted()?;
    for last in calls(&first.asked) {
        before()?;
        let run = kill_at(&upstream, line, last, cut)?;
        super::run::note(&format!(
            "{line}: killed at call {last} ({cut:?}): {:?} of\n{}",
            run.code,
            run.asked.join("\n")
        ));
        if run.code.is_some() {
            check(run.code == Some(0), || {
                format!("exit {:?} when it was not killed; it asked\n{}", run.code, run.asked.join("\n"))
            })?;
            same("after a run that was not killed", &wanted()?, &expected)?;
            return check(last > 3, || format!("only {last} calls"));
        }
        let told = || format!("{line}\nkilled at call {last} ({cut:?}) of\n{}", run.asked.join("\n"));
        let again = ko(&format!(
            "{line}{}",
            if line.contains(" delete ") || line.contains(" release ") { " --ignore-not-found" } else { "" }
        ));
        if again.code != 0 {
            return Err(again.wrong(&told()));
        }
        let found = wanted()?;
        check(found == expected, || format!("{}\n{}found {found:#?}\nexpected {expected:#?}", told(), again.shown()))?;
        check(!format!("{}", vip(name)?["spec"]).contains("kubectl-ko"), || told() + "\nthe mark is left")?;
    }
    Err(format!("{line}: more than 60 calls").into())
}

fn create(name: &str, flags: &str, cut: Cut) -> Outcome {
    let _mine = Mine::vips(&[name])?;
    let line = format!("vip create {name} --subnet ovn-default{flags}");
    at_every_call(name, &line, cut, &|| remove_vip(name), &|| end(name))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_create() -> Outcome {
    create("killed-plain", "", Cut::Read)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_create_whose_answers_are_lost() -> Outcome {
    create("killed-plain", "", Cut::Withheld)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_create_with_namespace_and_selector() -> Outcome {
    create("killed-aap", " -n default --selector app=aap1", Cut::Read)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_create_with_namespace_and_selector_whose_answers_are_lost() -> Outcome {
    create("killed-aap", " -n default --selector app=aap1", Cut::Withheld)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_attach() -> Outcome {
    let name = "killed-attach";
    let _mine = Mine::vips(&[name])?.borrow("vpc1", &["web-1", "web-2"])?;
    ko(&format!("vip create {name} --subnet vpc1-subnet1 -n vpc1 --selector app=web")).exits(0)?;
    let before = || -> Outcome {
        kubectl("annotate pod -n vpc1 web-1 web-2 ovn.kubernetes.io/aaps-")?;
        until("no parents", seconds(10), || Ok(port(name)?.is_some_and(|port| port.parents().is_empty())))
    };
    let wanted = || {
        let mut end = end(name)?;
        let parents = end.port.as_ref().map(Port::parents).unwrap_or_default();
        same("who may hold it", &parents, &vec!["web-1.vpc1".to_owned(), "web-2.vpc1".to_owned()])?;
        // in whatever order
        if let Some(port) = &mut end.port {
            port.options.remove("virtual-parents");
        }
        Ok(end)
    };
    for cut in [Cut::Read, Cut::Withheld] {
        at_every_call(name, &format!("vip attach {name} web-1 web-2"), cut, &before, &wanted)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn vip_delete() -> Outcome {
    let name = "killed-delete";
    let _mine = Mine::vips(&[name])?;
    let before = || ko(&format!("vip create {name} --subnet ovn-default -n default")).exits(0).map(drop);
    for cut in [Cut::Read, Cut::Withheld] {
        at_every_call(name, &format!("vip delete {name}"), cut, &before, &|| end(name))?;
        same("what is left", &end(name)?, &End { spec: None, port: None })?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_proxy_changes_nothing() -> Outcome {
    let upstream = Upstream::start()?;
    let through: Gated = upstream.gated(|_, _| Verdict::Pass)?;
    for line in ["vip list -o yaml", "nbctl --columns=name,type list logical_switch_port", "sbctl lflow-list"] {
        let [straight, proxied] = [ko(line), finish(line, through.program(line), &[])];
        same(
            line,
            &(proxied.code, proxied.out.len(), &proxied.out),
            &(straight.code, straight.out.len(), &straight.out),
        )?;
    }
    check(through.proxy.requests() >= 3, || "nothing went through the proxy".to_owned())
}

/// What an IP is, without what differs from one creation to the next.
fn end_of_ip(name: &str) -> Outcome<End> {
    let object = super::ip::ip(name)?;
    let claims: Vec<String> = objects("ip")?
        .iter()
        .map(|ip| text(ip, "/metadata/name").to_owned())
        .filter(|name| name.starts_with("ko-claim-"))
        .collect();
    check(claims.is_empty(), || format!("claims are left: {claims:?}"))?;
    if object.is_null() {
        return Ok(End { spec: None, port: port(name)? });
    }
    let mut kept = json!({"labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"], "spec": object["spec"]});
    kept["spec"]["macAddress"] = json!("CHOSEN");
    let mut port = port(name)?;
    for address in port.iter_mut().flat_map(|port| &mut port.addresses) {
        *address = address.split(' ').skip(1).collect();
    }
    Ok(End { spec: Some(kept), port })
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn ip_reserve_and_release() -> Outcome {
    let name = "killed-0.vpc1";
    let away = || kubectl(&format!("delete ip {name} --ignore-not-found --wait")).map(drop);
    let line = "ip reserve sts/killed-0 -n vpc1 --ip 192.168.0.221";
    let done = (|| -> Outcome {
        for cut in [Cut::Read, Cut::Withheld] {
            at_every_call(name, line, cut, &away, &|| end_of_ip(name))?;
        }
        let there = || -> Outcome {
            away()?;
            ko(line).exits(0).map(drop)
        };
        for cut in [Cut::Read, Cut::Withheld] {
            at_every_call(name, &format!("ip release {name}"), cut, &there, &|| end_of_ip(name))?;
            same("what is left", &end_of_ip(name)?, &End { spec: None, port: None })?;
        }
        Ok(())
    })();
    away()?;
    done
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn ip_reserve_and_release_of_a_pod_that_runs() -> Outcome {
    let name = "client.vpc1";
    let mark = |text: &'static str| {
        move || kubectl(&format!("label ip {name} ovn.kubernetes.io/ip_reserved={text} --overwrite")).map(drop)
    };
    let done = (|| -> Outcome {
        for cut in [Cut::Read, Cut::Withheld] {
            at_every_call(name, "ip reserve pod/client -n vpc1", cut, &mark("false"), &|| end_of_ip(name))?;
            at_every_call(name, "ip release pod/client -n vpc1 --force", cut, &mark("true"), &|| end_of_ip(name))?;
        }
        Ok(())
    })();
    mark("false")()?;
    done
}
