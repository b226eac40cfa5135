//! What became of the cases of a batch: the objects, OVN's rows, what the controller said, and who got an address.

use super::{Case, resource};
use crate::oracle::observe::{Log, Objects, map, objects, rows, strings};
use crate::oracle::tools::{self, Outcome, kubectl, kubectl_with, ms, ovn, text, until};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// OVN's rows, as far as networks are concerned.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) switches: BTreeSet<String>,
    /// Router port → its peer.
    pub(crate) router_ports: BTreeMap<String, String>,
    /// Switch port → tag.
    pub(crate) tags: BTreeMap<String, String>,
    /// Front end → back ends.
    pub(crate) fronts: BTreeMap<String, String>,
    pub(crate) sets: BTreeSet<String>,
}

/// Everything seen of one case.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What kubectl said when it was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) object: Value,
    /// The controller's last complaint.
    pub(crate) said: String,
    /// The Vip, or of a Vlan the Subnet, that asked for what the object promises.
    pub(crate) probe: Value,
    pub(crate) rows: std::sync::Arc<Rows>,
}

impl Seen {
    /// Applies the judged manifests of a batch and looks at what becomes of them.
    pub(crate) fn all(batch: &[Case], log: &Log) -> Outcome<Vec<Self>> {
        let mark = log.mark();
        let refusals = tools::each(batch, |case| {
            let ran = kubectl_with(&["apply", "-f", "-"], &case.text);
            (!ran.ok()).then(|| ran.err.trim().to_owned())
        });
        let complaint =
            |case: &Case| sentence(&log.errors(mark, queue(&case.kind), &case.name).pop().unwrap_or_default());
        let settled = |now: &Objects, case: &Case| done(case, object(now, case)) || !complaint(case).is_empty();
        until(ms(15_000), || {
            look().is_ok_and(|now| {
                batch.iter().zip(&refusals).all(|(case, refusal)| refusal.is_some() || settled(&now, case))
            })
        });
        // some say a word of noise first, and are ready a moment later
        until(ms(2500), || look().is_ok_and(|now| batch.iter().all(|case| done(case, object(&now, case)))));
        let now = look()?;
        let probes: Vec<Option<String>> = batch
            .iter()
            .zip(&refusals)
            .enumerate()
            .map(|(at, (case, refusal))| refusal.is_none().then(|| probe(at, case, object(&now, case))).flatten())
            .collect();
        let all: Vec<&str> = probes.iter().flatten().map(String::as_str).collect();
        drop(kubectl_with(&["apply", "-f", "-"], &all.join("---\n")));
        let found_probe = |now: &Objects, at: usize| {
            let found = ["Vip", "Subnet"].iter().find_map(|kind| now.get(&format!("{kind}/probe-{at}")));
            found.cloned().unwrap_or_default()
        };
        let has = |probe: &Value| {
            probe.is_null() || !text(probe, "/status/mac").is_empty() || ready(probe) || !error(probe).is_empty()
        };
        until(ms(6000), || look().is_ok_and(|now| (0..batch.len()).all(|at| has(&found_probe(&now, at)))));
        let fronts_there = |front: &BTreeMap<String, String>| {
            batch
                .iter()
                .filter(|case| case.kind == "SwitchLBRule")
                .all(|case| front.keys().any(|key| key.contains(text(&case.object, "/spec/vip"))))
        };
        until(ms(2500), || Rows::look().is_ok_and(|rows| fronts_there(&rows.fronts)));
        let rows = std::sync::Arc::new(Rows::look()?);
        let now = look()?;
        let seen = batch.iter().zip(refusals).enumerate().map(|(at, (case, refusal))| Self {
            refusal,
            object: object(&now, case).clone(),
            said: complaint(case),
            probe: found_probe(&now, at),
            rows: rows.clone(),
        });
        Ok(seen.collect())
    }
}

/// Everything that a case can be about, in one reading.
pub(super) fn look() -> Outcome<Objects> {
    objects("subnets,vpcs,vlans,provider-networks,ippools,switch-lb-rules,vips")
}

fn object<'o>(now: &'o Objects, case: &Case) -> &'o Value {
    now.get(&format!("{}/{}", case.kind, case.name)).unwrap_or(&Value::Null)
}

/// What stands between the object's name and the end of a line of the log.
fn sentence(line: &str) -> String {
    let told = line.split_once("error syncing ").map_or(line, |(_, told)| told);
    told.split(", requeuing").next().unwrap_or_default().replace("\\\"", "'").chars().take(200).collect()
}

/// The status of the condition `Ready`.
pub(crate) fn ready(object: &Value) -> bool {
    condition(object, "Ready").is_some_and(|one| text(one, "/status") == "True")
}

/// The message of the condition that is an error.
pub(crate) fn error(object: &Value) -> String {
    let failed = condition(object, "Ready").filter(|one| text(one, "/status") == "False");
    let told = condition(object, "Error").filter(|one| text(one, "/status") == "True").or(failed);
    told.map(|one| format!("{} {}", text(one, "/reason"), text(one, "/message"))).unwrap_or_default()
}

fn condition<'o>(object: &'o Value, kind: &str) -> Option<&'o Value> {
    object.pointer("/status/conditions")?.as_array()?.iter().find(|one| text(one, "/type") == kind)
}

/// Whether the controller is through with it.
pub(super) fn done(case: &Case, object: &Value) -> bool {
    match case.kind.as_str() {
        "Subnet" | "IPPool" => ready(object) || !error(object).is_empty(),
        "Vpc" => object.pointer("/status/standby") == Some(&Value::Bool(true)),
        "SwitchLBRule" => !text(object, "/status/service").is_empty(),
        // nothing of them says so: the probe does
        _ => true,
    }
}

fn queue(kind: &str) -> &'static str {
    match kind {
        "Subnet" => "add/update subnet",
        "IPPool" => "add/update ippool",
        "Vpc" => "add/update vpc",
        "Vlan" => "add vlan",
        _ => "add/update switch lb rule",
    }
}

/// What asks for what the object promises: an address of a Subnet, the default pool beside a pool, a network on a Vlan.
fn probe(at: usize, case: &Case, object: &Value) -> Option<String> {
    let vip = |subnet: &str| {
        format!("apiVersion: kubeovn.io/v1\nkind: Vip\nmetadata: {{name: probe-{at}}}\nspec: {{subnet: {subnet}}}\n")
    };
    match case.kind.as_str() {
        "Subnet" | "IPPool" if !ready(object) => None,
        "Subnet" => Some(vip(&case.name)),
        "IPPool" => Some(vip(text(&case.object, "/spec/subnet"))),
        "Vlan" => Some(format!(
            "apiVersion: kubeovn.io/v1\nkind: Subnet\nmetadata: {{name: probe-{at}}}\nspec: {{cidrBlock: 10.90.{at}.0/24, vlan: {}}}\n",
            case.name
        )),
        _ => None,
    }
}

/// The probes go first: a Subnet does not go before its addresses.
pub(super) fn drop_probes() {
    for kind in ["vips", resource("Subnet")] {
        let names = kubectl(&["get", kind, "-o", "name"]).out;
        let ours: Vec<&str> = names.lines().filter(|name| name.contains("/probe-")).collect();
        if !ours.is_empty() {
            drop(kubectl(&[&["delete", "--wait=false"], ours.as_slice()].concat()));
        }
    }
}

impl Rows {
    fn look() -> Outcome<Self> {
        let columns = [
            ("Logical_Switch", "name"),
            ("Logical_Router_Port", "name,peer"),
            ("Logical_Switch_Port", "name,tag"),
            ("Load_Balancer", "name,vips"),
            ("Address_Set", "name"),
        ];
        let mut arguments = vec!["ovn-nbctl".to_owned(), "--format=json".to_owned()];
        for (at, (table, columns)) in columns.iter().enumerate() {
            arguments.extend((at > 0).then(|| "--".to_owned()));
            arguments.extend([format!("--columns={columns}"), "list".to_owned(), (*table).to_owned()]);
        }
        let said = ovn(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        let tables: Vec<Vec<Vec<Value>>> = said.lines().map(rows).collect::<Outcome<_>>()?;
        let [switches, routers, ports, balancers, sets] = tables.as_slice() else {
            return Err("tables of OVN are missing".into());
        };
        let cell = |row: &[Value], at: usize| match row.get(at) {
            Some(Value::Number(number)) => number.to_string(),
            Some(cell) => strings(cell).concat(),
            None => String::new(),
        };
        let pairs = |table: &[Vec<Value>]| table.iter().map(|row| (cell(row, 0), cell(row, 1))).collect();
        let names = |table: &[Vec<Value>]| table.iter().map(|row| cell(row, 0)).collect();
        let fronts = balancers.iter().filter_map(|row| row.get(1)).flat_map(map).collect();
        Ok(Self {
            switches: names(switches),
            router_ports: pairs(routers),
            tags: pairs(ports),
            fronts,
            sets: names(sets),
        })
    }
}
