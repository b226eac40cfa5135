//! What a command asks of a cluster with many addresses: these requests and no other, however many objects there are.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::bench::{Outcome, Ran, check, finish};
use super::things::Things;
use super::upstream::Upstream;
use crate::populate::{Bulk, Kind};
use crate::proxy::{Stage, Verdict};

/// How many IPs and Vips there are: `KO_MANY`, or 500. Making 20,000 IPs and removing them takes some minutes.
fn many() -> usize {
    std::env::var("KO_MANY").ok().and_then(|text| text.parse().ok()).unwrap_or(500)
}

/// What the answers to one command may be, in bytes.
const BYTES: u64 = 128 * 1024;

/// So many IPs, and a tenth of that in Vips, as long as this lives.
struct Many(Vec<Bulk>);

impl Many {
    fn make() -> Outcome<Self> {
        let config = std::env::var("KUBECONFIG").map_err(|error| error.to_string())?;
        let open = |kind| Bulk::open(Path::new(&config), kind).map_err(|error| format!("{error:#}"));
        for kind in Kind::ALL {
            let left = open(kind)?;
            check(!left.is_nat() || left.remove().is_ok(), || format!("{kind:?} of the benchmark are left"))?;
        }
        let mut all = Self(Vec::new());
        for (kind, count) in [(Kind::Ips, many()), (Kind::Vips, many() / 10)] {
            let bulk = open(kind)?;
            let made = bulk.make(count);
            all.0.push(bulk);
            made.map_err(|error| format!("{error:#}"))?;
        }
        Ok(all)
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        for bulk in &self.0 {
            drop(bulk.remove());
        }
    }
}

/// What a command line asked, sorted, without what differs from run to run.
struct Asked {
    ran: Ran,
    lines: Vec<String>,
    bytes: u64,
}

fn asked(upstream: &Upstream, line: &str) -> Outcome<Asked> {
    let journal = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&journal);
    let gated = upstream.gated(move |request, stage| {
        if stage == Stage::Asked
            && !of_slowness(&request.line)
            && let Ok(mut lines) = lines.lock()
        {
            lines.push(plain(&request.line));
        }
        Verdict::Pass
    })?;
    let ran = finish(line, gated.program(line), &[]);
    let mut lines = journal.lock().map(|lines| lines.clone()).unwrap_or_default();
    lines.sort();
    super::run::note(&format!("{line}: {} bytes\n{}", gated.proxy.bytes(), lines.join("\n")));
    Ok(Asked { ran, lines, bytes: gated.proxy.bytes() })
}

/// Whether it is asked only where the controller needs longer than a healthy one: its log, and who leads.
fn of_slowness(line: &str) -> bool {
    line.contains("/log?") || line.contains("/leases/")
}

/// The request without the values that a run gives: versions and time-outs.
fn plain(line: &str) -> String {
    let (path, query) = line.split_once('?').unwrap_or((line, ""));
    let given =
        |pair: &&str| !["resourceVersion=", "timeoutSeconds=", "sinceTime="].iter().any(|key| pair.starts_with(key));
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).filter(given).collect();
    // what an exec asks of OVN is not looked at here: it is one answer, whatever stands in it
    if path.ends_with("/exec") {
        return path.rsplit_once("/pods/").map_or(path, |(start, _)| start).to_owned() + "/pods/POD/exec";
    }
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// What each command asks, in a file beside this one; `UPDATE=1` writes it anew.
fn expected() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane_suite/counted.txt").to_owned()
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn of_many_addresses_none_is_read_that_no_rule_needs() -> Outcome {
    let _mine = super::cluster::Mine::vips(&["counted"])?;
    let _nat = Things::of(&["ofip counted", "odnat counted-tcp-80", "oeip counted"])?;
    let _many = Many::make()?;
    let upstream = Upstream::start()?;
    let mut found = String::new();
    for line in [
        "vip create counted --subnet vpc1-subnet1 --ip 192.168.0.77",
        "eip create counted --subnet external204",
        "eip bind counted pod/web-1 -n vpc1",
        "eip bind counted pod/web-1 -n vpc1 --tcp 80:80",
    ] {
        let asked = asked(&upstream, line)?;
        asked.ran.exits(0)?;
        check(asked.bytes < BYTES, || format!("{line}: {} bytes", asked.bytes))?;
        let _ = writeln!(found, "$ {line}\n{}", asked.lines.join("\n"));
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(expected(), &found).map_err(|error| error.to_string())?;
    }
    let expected = std::fs::read_to_string(expected()).map_err(|error| error.to_string())?;
    check(found == expected, || format!("found\n{found}\nexpected\n{expected}"))
}
