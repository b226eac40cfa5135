//! From an empty cluster to a pod that hosts outside reach, by commands of this program in a script of ten lines. Its instance has no world:
//! tests/controlplane/suite gives it one of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::controlplane_suite::bench::{Outcome, check, kubectl, object, script, seconds, until};
use crate::controlplane_suite::{cluster::in_pod, external::bridges, nat_packets::Server};

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_pod_is_reached_from_outside_by_ten_lines() -> Outcome {
    check(object("subnet external204")?.is_null(), || "this instance is not empty".to_owned())?;
    let folder = std::env::var("KO_CONTROLPLANE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/from-nothing")).map_err(|why| why.to_string())?;
    check(text.lines().count() <= 10, || "it is longer than ten lines".to_owned())?;
    script("datapath")?;
    // what kube-ovn-cni of the nodes does, at the same time
    let ended = Arc::new(AtomicBool::new(false));
    let until_then = Arc::clone(&ended);
    let cni = std::thread::spawn(move || {
        until("the script's provider network", seconds(60), || {
            if until_then.load(Ordering::Relaxed) {
                return Ok(true);
            }
            Ok(!object("provider-network external204")?.is_null() && bridges("external204").is_ok())
        })
    });
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = tempfile::tempdir().map_err(|why| why.to_string())?;
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-ko"), bin.path().join("kubectl-ko"))
        .map_err(|why| why.to_string())?;
    let ran = std::process::Command::new(format!("{folder}/from-nothing"))
        .env("PATH", format!("{}:{path}", bin.path().display()))
        .output()
        .map_err(|why| why.to_string())?;
    ended.store(true, Ordering::Relaxed);
    drop(cni.join());
    check(ran.status.success(), || {
        format!("{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
    })?;
    // the pods came after the data path
    script("datapath")?;
    let web = kubectl("get ovn-eip web -o jsonpath={.status.v4Ip}")?;
    let whole = kubectl("get ovn-eip whole -o jsonpath={.status.v4Ip}")?;
    let _server = Server::start("web-1.vpc1", 80)?;
    until("an answer of the DNAT", seconds(20), || {
        Ok(crate::controlplane_suite::nat_packets::ask("outside", "tcp", &web, 8080).starts_with("web-1 "))
    })?;
    until("an answer of the FIP", seconds(20), || Ok(in_pod("outside", &format!("ping -c 1 -W 1 {whole}")).is_ok()))
}
