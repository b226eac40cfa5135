//! The sandbox's world (`src/sandbox/seed/documents.json`) is a recording of this control plane, made by nobody's hand: it is recorded
//! anew here and compared. `UPDATE=1` writes it.
//!
//! What differs from run to run is made the same: UUIDs, MACs, names and addresses that pods of a workload get by chance, times, and what
//! the instance's number decides. Counts and ranges of addresses are left out: the sandbox reckons them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::controlplane_suite::bench::{Outcome, check, objects, script, text};
use crate::controlplane_suite::cluster::{northbound, southbound};

/// Objects or rows by kind or table.
type Lists = Vec<(String, Vec<Value>)>;

/// The file, from the root of the sources.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/seed/documents.json");
/// The kinds a command reads, as `kubectl get` takes them, and as they are served.
const KINDS: [&str; 14] = [
    "nodes",
    "namespaces",
    "pods",
    "deployments.apps",
    "statefulsets.apps",
    "leases.coordination.k8s.io",
    "network-attachment-definitions.k8s.cni.cncf.io",
    "provider-networks.kubeovn.io",
    "vlans.kubeovn.io",
    "vpcs.kubeovn.io",
    "subnets.kubeovn.io",
    "ips.kubeovn.io",
    "ovn-eips.kubeovn.io",
    "vips.kubeovn.io",
];
/// The tables that say something about them.
const NORTHBOUND: [&str; 14] = [
    "NB_Global",
    "Logical_Router",
    "Logical_Router_Port",
    "Logical_Router_Static_Route",
    "Logical_Router_Policy",
    "Gateway_Chassis",
    "NAT",
    "Load_Balancer",
    "Logical_Switch",
    "Logical_Switch_Port",
    "Port_Group",
    "Address_Set",
    "ACL",
    "DHCP_Options",
];
const SOUTHBOUND: [&str; 8] = [
    "SB_Global",
    "Chassis",
    "Chassis_Private",
    "Encap",
    "HA_Chassis_Group",
    "HA_Chassis",
    "Datapath_Binding",
    "Port_Binding",
];

fn keep(value: &mut Value, keys: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| keys.contains(&key.as_str()));
    }
}

fn without(value: &mut Value, path: &str, drops: impl Fn(&str) -> bool) {
    if let Some(object) = value.pointer_mut(path).and_then(Value::as_object_mut) {
        object.retain(|key, _| !drops(key));
    }
}

/// An object as far as commands read it.
fn pruned(kind: &str, mut object: Value) -> Value {
    keep(&mut object, &["apiVersion", "kind", "metadata", "spec", "status"]);
    without(&mut object, "/metadata", |key| matches!(key, "managedFields" | "resourceVersion" | "generateName"));
    without(&mut object, "/metadata/annotations", |key| key == "kubectl.kubernetes.io/last-applied-configuration");
    match kind {
        "nodes" => {
            object["spec"] = json!({});
            keep(&mut object["status"], &["addresses"]);
        }
        "namespaces" => object["spec"] = json!({"finalizers": ["kubernetes"]}),
        "pods" => {
            keep(&mut object["spec"], &["nodeName", "hostNetwork", "containers"]);
            keep(&mut object["status"], &["phase", "podIP", "podIPs", "conditions", "containerStatuses"]);
            for container in object["spec"]["containers"].as_array_mut().into_iter().flatten() {
                keep(container, &["name", "image", "command", "args", "securityContext"]);
                // where this instance's databases listen
                if let Some(args) = container["args"].as_array_mut() {
                    args.retain(|flag| {
                        !flag.as_str().is_some_and(|flag| flag.contains(":127.0.0.1:") || flag.contains("pprof"))
                    });
                }
            }
            for container in object["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
                keep(container, &["name", "ready", "restartCount", "image", "imageID"]);
            }
            if let Some(conditions) = object["status"]["conditions"].as_array_mut() {
                conditions.retain(|condition| condition["type"] == "Ready");
                for condition in conditions {
                    keep(condition, &["type", "status"]);
                }
            }
        }
        "deployments.apps" | "statefulsets.apps" => {
            keep(&mut object["spec"], &["replicas", "selector", "template", "serviceName"]);
            keep(&mut object["spec"]["template"], &["metadata"]);
            keep(&mut object["status"], &["replicas", "readyReplicas", "updatedReplicas", "observedGeneration"]);
            object["status"]["observedGeneration"] = json!(1);
            object["metadata"]["generation"] = json!(1);
            without(&mut object, "/metadata", |key| key == "annotations");
        }
        "leases.coordination.k8s.io" => {
            keep(&mut object["spec"], &["holderIdentity", "leaseDurationSeconds", "renewTime"]);
            object["spec"]["leaseDurationSeconds"] = json!(15);
            object["spec"]["renewTime"] = json!("@now@");
        }
        "subnets.kubeovn.io" => {
            without(&mut object, "/status", |key| key.contains("usingIP") || key.contains("availableIP"));
            object["metadata"]["generation"] = json!(2);
        }
        // whether a pod had its node by then, is chance
        "ips.kubeovn.io" if text(&object, "/spec/nodeName").is_empty() => {
            object["spec"]["nodeName"] = json!("node-a");
            object["metadata"]["labels"]["ovn.kubernetes.io/node-name"] = json!("node-a");
        }
        "provider-networks.kubeovn.io" => {
            // as the controller itself says it, half a minute after the scene did
            object["status"]["conditions"] = json!([]);
        }
        _ => {}
    }
    dated(&mut object);
    object
}

/// All times are one: when the world began.
fn dated(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if matches!(key.as_str(), "creationTimestamp" | "lastTransitionTime" | "lastUpdateTime") {
                    *field = json!("@created@");
                } else {
                    dated(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(dated),
        _ => {}
    }
}

/// Whether the scene makes it; other tests leave what Kube-OVN leaves.
fn of_the_scene(kind: &str, object: &Value) -> bool {
    match kind {
        "leases.coordination.k8s.io" => object["metadata"]["name"] == "kube-ovn-controller",
        "namespaces" => {
            !text(object, "/metadata/name").starts_with("kube-node") && object["metadata"]["name"] != "kube-public"
        }
        "vips.kubeovn.io" => false,
        _ => true,
    }
}

/// An empty set or map, which the sandbox fills in again from the list of a table's columns.
fn is_empty(cell: &Value) -> bool {
    cell == &json!(["set", []]) || cell == &json!(["map", []])
}

fn rows(table: &str, rows: Vec<Value>, empty: &mut BTreeMap<String, Map<String, Value>>) -> Vec<Value> {
    let kept = rows.into_iter().filter(|row| {
        // a DNAT leaves its load balancer behind
        table != "Load_Balancer" || text(row, "/name").starts_with("vpc-") || text(row, "/name").starts_with("cluster-")
    });
    let mut kept: Vec<Value> = kept
        .map(|mut row| {
            if let Some(columns) = row.as_object_mut() {
                columns.remove("_version");
                for (column, cell) in columns.iter().filter(|(_, cell)| is_empty(cell)) {
                    empty.entry(table.to_owned()).or_default().insert(column.clone(), cell.clone());
                }
                columns.retain(|_, cell| !is_empty(cell));
                // written when the port is looked at for a second time, if it is
                if let Some(pairs) = columns.get_mut("external_ids").and_then(|cell| cell[1].as_array_mut()) {
                    pairs.retain(|pair| pair != &json!(["security_groups", ""]));
                }
                if matches!(table, "Chassis" | "Chassis_Private") {
                    columns.remove("other_config");
                }
                for column in ["nb_cfg", "hv_cfg", "sb_cfg", "nb_cfg_timestamp", "hv_cfg_timestamp", "sb_cfg_timestamp"]
                {
                    columns.entry(column).and_modify(|cell| *cell = json!(0));
                }
            }
            row
        })
        .collect();
    kept.sort_by_cached_key(|row| blanked(&row.to_string()));
    // keys of tunnels are given in the order in which things came
    for (number, row) in (1..).zip(&mut kept) {
        if !row["tunnel_key"].is_null() {
            row["tunnel_key"] = json!(number);
        }
    }
    kept
}

/// A word of 17 or 36 characters of hexadecimal digits, colons and hyphens: where it is, and it.
fn random(text: &str) -> Vec<(usize, &str)> {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '-';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_part).map(|start| at + start) {
        let end = text[start..].find(|c: char| !is_part(c)).map_or(text.len(), |end| start + end);
        let word = &text[start..end];
        let mac = word.len() == 17 && word.matches(':').count() == 5;
        let uuid = word.len() == 36 && word.matches('-').count() == 4 && !word.starts_with("0000000");
        if mac || uuid {
            found.push((start, word));
        }
        at = end;
    }
    found
}

fn blanked(text: &str) -> String {
    random(text).into_iter().fold(text.to_owned(), |text, (_, word)| text.replace(word, "#"))
}

/// The `number`th of a row of words that look random and are always the same (splitmix64).
fn word(number: u64, length: usize) -> String {
    let mut digits = String::new();
    for part in 0..2 {
        let mut z = (number * 2 + part + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let _ = write!(digits, "{:016x}", z ^ (z >> 31));
    }
    if length == 17 {
        // administered locally, of one host
        let pairs: Vec<&str> = (1..6).map(|pair| &digits[2 * pair..2 * pair + 2]).collect();
        format!("{}2:{}", &digits[..1], pairs.join(":"))
    } else {
        format!("{}-{}-4{}-8{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
    }
}

/// Names and addresses that pods of the scene get by chance, and what they are in the recording.
fn by_chance(pods: &[Value]) -> Vec<(String, String)> {
    let mut names: Vec<(String, String)> = Vec::new();
    let mut found: Vec<(&str, &str)> = pods
        .iter()
        .filter(|pod| pod["metadata"]["namespace"] == "vpc1" && !text(pod, "/metadata/name").starts_with("web-"))
        .map(|pod| (text(pod, "/metadata/name"), text(pod, "/status/podIP")))
        .collect();
    found.sort_unstable();
    let replicas = found.iter().filter(|(name, _)| name.starts_with("api-"));
    for ((name, _), suffix) in replicas.zip(["4k2vd", "x7mqn"]) {
        let stem = name.rsplit_once('-').map_or(*name, |(stem, _)| stem);
        names.push(((*name).to_owned(), format!("{stem}-{suffix}")));
    }
    for ((_, address), number) in found.iter().zip(4..) {
        names.push(((*address).to_owned(), format!("192.168.0.{number}")));
    }
    names
}

fn replaced(mut text: String, pairs: &[(String, String)]) -> String {
    // quotes, dots and blanks end an address; 192.168.0.1 is not to be found in 192.168.0.10
    for (number, (from, _)) in pairs.iter().enumerate() {
        let mut next = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(from.as_str()) {
            let end = at + from.len();
            next += &rest[..at];
            if rest[end..].starts_with(|c: char| c.is_ascii_digit()) {
                next += from;
            } else {
                let _ = write!(next, "\u{1}{number}\u{2}");
            }
            rest = &rest[end..];
        }
        text = next + rest;
    }
    pairs.iter().enumerate().fold(text, |text, (number, (_, to))| text.replace(&format!("\u{1}{number}\u{2}"), to))
}

/// Sets have no order: theirs was the one of their random UUIDs.
fn sorted(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(sorted),
        Value::Array(items) => {
            items.iter_mut().for_each(sorted);
            if let [Value::String(tag), Value::Array(elements)] = items.as_mut_slice()
                && tag == "set"
            {
                elements.sort_by_cached_key(ToString::to_string);
            }
        }
        _ => {}
    }
}

/// The recording as it is written: an object or row a line.
fn recorded() -> Outcome<String> {
    let mut kinds: Lists = Vec::new();
    for kind in KINDS {
        let found = objects(kind)?.into_iter().filter(|object| of_the_scene(kind, object));
        kinds.push((kind.to_owned(), found.map(|object| pruned(kind, object)).collect()));
    }
    let pods = kinds.iter().find(|(kind, _)| kind == "pods").map(|(_, pods)| pods.clone()).unwrap_or_default();
    let mut chance = by_chance(&pods);
    for (node, address) in [("node-a", "172.18.0.11"), ("node-b", "172.18.0.12")] {
        let nodes = kinds.iter().find(|(kind, _)| kind == "nodes").into_iter().flat_map(|(_, nodes)| nodes);
        for found in nodes.filter(|found| found["metadata"]["name"] == node) {
            chance.push((text(found, "/status/addresses/0/address").to_owned(), address.to_owned()));
        }
    }
    let mut empty = BTreeMap::new();
    let mut tables: Vec<(String, Lists)> = Vec::new();
    let mut read = |names: &[&str], select: &dyn Fn(&str) -> Outcome<Vec<Value>>| -> Outcome<Lists> {
        names
            .iter()
            .map(|&table| {
                // chance decides the order too
                let text = replaced(Value::from(select(table)?).to_string(), &chance);
                let found: Vec<Value> = serde_json::from_str(&text).map_err(|why| why.to_string())?;
                Ok((table.to_owned(), rows(table, found, &mut empty)))
            })
            .collect()
    };
    tables.push(("OVN_Northbound".into(), read(&NORTHBOUND, &|table| northbound(table, &json!([]), &[]))?));
    tables.push(("OVN_Southbound".into(), read(&SOUTHBOUND, &|table| southbound(table))?));
    for (_, objects) in &mut kinds {
        let text = replaced(Value::from(std::mem::take(objects)).to_string(), &chance);
        *objects = serde_json::from_str(&text).map_err(|why| why.to_string())?;
        objects.sort_by_cached_key(|object| (text_of(object, "namespace"), text_of(object, "name")));
    }
    // identities in the order of what they identify, then MACs in the order in which they are met
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let all = kinds.iter().flat_map(|(_, objects)| objects).map(|object| text(object, "/metadata/uid"));
    let all = all.chain(
        tables.iter().flat_map(|(_, tables)| tables).flat_map(|(_, rows)| rows).map(|row| text(row, "/_uuid/1")),
    );
    for uuid in all {
        let number = names.len() as u64;
        names.entry(uuid.to_owned()).or_insert_with(|| word(number, 36));
    }
    let mut whole = String::from("{\"objects\": {\n");
    whole += &listed(&kinds);
    whole += "},\n\"empty\": ";
    whole += &serde_json::to_string(&empty).map_err(|why| why.to_string())?;
    whole += ",\n\"tables\": {\n";
    for (number, (database, tables)) in tables.iter().enumerate() {
        let comma = if number == 0 { "" } else { ",\n" };
        let _ = write!(whole, "{comma}\"{database}\": {{\n{}}}", listed(tables));
    }
    whole += "}}\n";
    let words: Vec<String> = random(&whole).into_iter().map(|(_, word)| word.to_owned()).collect();
    for found in words {
        let number = names.len() as u64;
        names.entry(found.clone()).or_insert_with(|| word(number, found.len()));
    }
    // where this instance's API server listens, and the MAC prefix of an OVN, are not of the world either
    let mut whole = names.iter().fold(whole, |text, (from, to)| text.replace(from.as_str(), to));
    if let Some((_, rest)) = whole.split_once("192.0.2.2:") {
        let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
        whole = whole.replace(&format!("192.0.2.2:{port}"), "192.0.2.2:6443");
    }
    let prefix = whole.split("\"mac_prefix\",\"").nth(1).map(|rest| rest[..8].to_owned());
    if let Some(prefix) = prefix {
        whole = whole.replace(&format!("\"mac_prefix\",\"{prefix}\""), "\"mac_prefix\",\"02:16:23\"");
    }
    let lines = whole.lines().map(|line| {
        let (bare, comma) = line.strip_suffix(',').map_or((line, ""), |bare| (bare, ","));
        match serde_json::from_str::<Value>(bare) {
            Ok(mut value) if value.is_object() => {
                sorted(&mut value);
                format!("{value}{comma}\n")
            }
            _ => format!("{line}\n"),
        }
    });
    Ok(lines.collect())
}

fn text_of(object: &Value, key: &str) -> String {
    text(object, &format!("/metadata/{key}")).to_owned()
}

fn listed(lists: &[(String, Vec<Value>)]) -> String {
    let lists = lists.iter().map(|(name, items)| {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        if items.is_empty() { format!("\"{name}\": []") } else { format!("\"{name}\": [\n{}\n]", items.join(",\n")) }
    });
    lists.collect::<Vec<_>>().join(",\n") + "\n"
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_sandbox_begins_as_this_control_plane_does() -> Outcome {
    let _pods = crate::controlplane_suite::things::documents_pods()?;
    script("datapath")?;
    let found = recorded()?;
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(FILE, found).map_err(|why| why.to_string().into());
    }
    let file = std::fs::read_to_string(FILE).map_err(|why| why.to_string())?;
    let differing = file.lines().zip(found.lines()).find(|(one, other)| one != other);
    check(file == found, || format!("UPDATE=1 writes it anew; the first line that differs: {differing:#?}"))
}
