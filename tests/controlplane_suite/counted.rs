//! What a command asks of a cluster with many addresses: these requests and no other, however many objects there are.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::bench::{Outcome, Ran, check, finish, same};
use super::upstream::Upstream;
use crate::populate::{Bulk, Kind};
use crate::proxy::{Stage, Verdict};

/// How many IPs and Vips there are: `KO_MANY`, or 2000. Making 20,000 IPs and removing them takes some minutes.
fn many() -> usize {
    std::env::var("KO_MANY").ok().and_then(|text| text.parse().ok()).unwrap_or(2000)
}

/// What the answers to one command may be, in bytes.
const BYTES: u64 = 64 * 1024;

/// So many IPs, and a tenth of that in Vips, as long as this lives.
struct Many(Vec<Bulk>);

impl Many {
    fn make() -> Outcome<Self> {
        let config = std::env::var("KUBECONFIG").map_err(|error| error.to_string())?;
        let mut all = Self(Vec::new());
        for (kind, count) in [(Kind::Ips, many()), (Kind::Vips, many() / 10)] {
            let bulk = Bulk::open(Path::new(&config), kind).map_err(|error| format!("{error:#}"))?;
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

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn of_many_addresses_none_is_read_that_no_rule_needs() -> Outcome {
    let _mine = super::cluster::Mine::vips(&["counted"])?;
    let _many = Many::make()?;
    let upstream = Upstream::start()?;
    let asked = asked(&upstream, "vip create counted --subnet vpc1-subnet1 --ip 192.168.0.77")?;
    asked.ran.exits(0)?;
    same("the requests", &asked.lines, &vec![
            "GET /api/v1/namespaces/kube-system/pods/POD/exec".to_owned(),
            "GET /api/v1/namespaces/kube-system/pods?labelSelector=app%3Dovn-central&limit=500".to_owned(),
            "GET /api/v1/pods?fieldSelector=status.phase%3DPending&limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/ippools?limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/ips?labelSelector=ovn.kubernetes.io%2Fip_reserved%3Dtrue&limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/ips?labelSelector=ovn.kubernetes.io%2Fsubnet%20in%20%28vpc1-subnet1%29&limit=500&includeObject=None".to_owned(),
            "GET /apis/kubeovn.io/v1/iptables-eips?limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/ovn-eips?limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/subnets/vpc1-subnet1".to_owned(),
            "GET /apis/kubeovn.io/v1/vips/counted".to_owned(),
            "GET /apis/kubeovn.io/v1/vips?labelSelector=ovn.kubernetes.io%2Fsubnet%20in%20%28vpc1-subnet1%29&limit=500".to_owned(),
            "GET /apis/kubeovn.io/v1/vips?watch=true&fieldSelector=metadata.name%3Dcounted".to_owned(),
            "POST /apis/kubeovn.io/v1/vips?fieldManager=kubectl-ko".to_owned(),
        ])?;
    check(asked.bytes < BYTES, || format!("{} bytes", asked.bytes))
}
