//! What is in the cluster and in OVN, read past the program under test, and objects that go again when a test ends.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::bench::{Outcome, apply, finish, instance, kubectl, kubectl_words, object, seconds, text, until};

/// A logical switch port of the northbound database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) kind: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) ids: BTreeMap<String, String>,
}

impl Port {
    /// Who may hold a virtual port's address, sorted.
    pub(crate) fn parents(&self) -> Vec<String> {
        let list = self.options.get("virtual-parents").map(String::as_str).unwrap_or_default();
        let mut parents: Vec<String> = list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        parents.sort();
        parents
    }
}

fn list(cell: &Value) -> Vec<String> {
    match cell.as_array().map(Vec::as_slice) {
        Some([Value::String(tag), Value::Array(items)]) if tag == "set" => items.iter().flat_map(list).collect(),
        _ => cell.as_str().map(str::to_owned).into_iter().collect(),
    }
}

fn map(cell: &Value) -> BTreeMap<String, String> {
    let pairs = cell.get(1).and_then(Value::as_array).into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned()))).collect()
}

/// The folder of this instance, which is where its kubeconfig lies.
pub(crate) fn folder() -> Outcome<String> {
    let config = std::env::var("KUBECONFIG")
        .map_err(|_| "KUBECONFIG names no control plane: tests/controlplane/env".to_owned())?;
    config.rsplit_once('/').map(|(folder, _)| folder.to_owned()).ok_or_else(|| "KUBECONFIG names no folder".into())
}

/// A program of the Debian tree, on this machine.
pub(crate) fn tool(words: &[&str]) -> Outcome<String> {
    let mut command = Command::new("chroot");
    command.arg(format!("{}/tree/ovn-central-0", folder()?)).args(words).stdin(std::process::Stdio::null());
    let ran = finish(&format!("(tool) {}", words.join(" ")), command, &[]);
    if ran.code == 0 { Ok(ran.out) } else { Err(ran.wrong("it failed")) }
}

/// Rows of the northbound database, asked of whichever member leads; no columns: all of them.
pub(crate) fn northbound(table: &str, conditions: &Value, columns: &[&str]) -> Outcome<Vec<Value>> {
    let mut select = json!({"op": "select", "table": table, "where": conditions});
    if !columns.is_empty() {
        select["columns"] = json!(columns);
    }
    rows_of("OVN_Northbound", 10, &select)
}

/// All rows of a table of the southbound database.
pub(crate) fn southbound(table: &str) -> Outcome<Vec<Value>> {
    rows_of("OVN_Southbound", 20, &json!({"op": "select", "table": table, "where": []}))
}

fn rows_of(database: &str, port: u32, select: &Value) -> Outcome<Vec<Value>> {
    let base = 20000 + 100 * instance().parse::<u32>().map_err(|error| error.to_string())? + port;
    let servers = [0, 1, 2].map(|member| format!("tcp:127.0.0.1:{}", base + member)).join(",");
    let text = tool(&["ovsdb-client", "--timeout=20", "transact", &servers, &json!([database, select]).to_string()])?;
    let answer: Value = serde_json::from_str(&text).map_err(|why| format!("{select}: {why}: {text}"))?;
    answer[0]["rows"].as_array().cloned().ok_or_else(|| format!("{select}: {answer}").into())
}

/// Every logical switch port.
pub(crate) fn ports() -> Outcome<BTreeMap<String, Port>> {
    let rows =
        northbound("Logical_Switch_Port", &json!([]), &["name", "type", "addresses", "options", "external_ids"])?;
    let port = |row: Value| {
        let port = Port {
            kind: text(&row, "/type").to_owned(),
            addresses: list(&row["addresses"]),
            options: map(&row["options"]),
            ids: map(&row["external_ids"]),
        };
        (text(&row, "/name").to_owned(), port)
    };
    Ok(rows.into_iter().map(port).collect())
}

pub(crate) fn port(name: &str) -> Outcome<Option<Port>> {
    Ok(ports()?.remove(name))
}

pub(crate) fn vip(name: &str) -> Outcome<Value> {
    object(&format!("vip {name}"))
}

pub(crate) fn ready(vip: &Value) -> bool {
    !text(vip, "/status/mac").is_empty()
}

/// Every Vip there is, by name.
pub(crate) fn vips() -> Outcome<Vec<String>> {
    let mut names: Vec<String> = kubectl("get vips -o name")?.lines().map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

/// Runs a program of the Debian tree in a pod's network namespace.
pub(crate) fn in_pod(pod: &str, line: &str) -> Outcome<String> {
    super::bench::script(&format!("datapath exec {pod} {line}"))
}

/// The same for a command line with quotes, as a shell reads it.
pub(crate) fn in_pod_words(pod: &str, line: &str) -> Outcome<String> {
    let folder = std::env::var("KO_CONTROLPLANE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/controlplane").to_owned());
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{folder}/datapath --instance {} exec {pod} {line}", instance()));
    let ran = finish(&format!("(in {pod}) {line}"), command, &[]);
    if ran.code == 0 { Ok(ran.out) } else { Err(ran.wrong("it failed")) }
}

/// What a test makes; it is removed before, in case an earlier run was interrupted, and after.
pub(crate) struct Mine {
    vips: Vec<String>,
    pods: Vec<(String, String)>,
    borrowed: Vec<(String, String)>,
}

impl Mine {
    pub(crate) fn vips(names: &[&str]) -> Outcome<Self> {
        let mine =
            Self { vips: names.iter().map(|&name| name.to_owned()).collect(), pods: Vec::new(), borrowed: Vec::new() };
        mine.remove()?;
        Ok(mine)
    }

    /// Pods of the scene whose annotation the test writes.
    pub(crate) fn borrow(mut self, namespace: &str, pods: &[&str]) -> Outcome<Self> {
        self.borrowed.extend(pods.iter().map(|&pod| (namespace.to_owned(), pod.to_owned())));
        self.remove()?;
        Ok(self)
    }

    /// A pod on node-a with these annotations and labels (JSON maps), once it has an address.
    pub(crate) fn pod(&mut self, namespace: &str, name: &str, labels: &Value, annotations: &Value) -> Outcome<Value> {
        drop(kubectl(&format!("delete pod -n {namespace} {name} --ignore-not-found --now --wait")));
        self.pods.push((namespace.to_owned(), name.to_owned()));
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations},
            "spec": {"nodeName": "node-a", "tolerations": [{"operator": "Exists"}], "containers": [{
                "name": "c", "image": "busybox", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]},
        });
        apply(&pod.to_string())?;
        let mut found = Value::Null;
        until(&format!("pod {name} with an address"), seconds(30), || {
            found = object(&format!("pod -n {namespace} {name}"))?;
            let ready = found["status"]["conditions"].as_array().into_iter().flatten();
            let ready = ready.clone().any(|one| one["type"] == "Ready" && one["status"] == "True");
            Ok(ready && !text(&found, "/metadata/annotations/ovn.kubernetes.io~1ip_address").is_empty())
        })?;
        Ok(found)
    }

    fn remove(&self) -> Outcome {
        for (namespace, pod) in &self.pods {
            kubectl(&format!("delete pod -n {namespace} {pod} --ignore-not-found --now --wait"))?;
        }
        for (namespace, pod) in &self.borrowed {
            kubectl(&format!("annotate pod -n {namespace} {pod} ovn.kubernetes.io/aaps-"))?;
        }
        for name in &self.vips {
            remove_vip(name)?;
        }
        Ok(())
    }
}

/// Deletes a Vip and its ports, whatever state they are in.
pub(crate) fn remove_vip(name: &str) -> Outcome {
    kubectl(&format!("delete vip {name} --ignore-not-found --wait=false"))?;
    let mut nudged = false;
    until(&format!("the end of vip {name}"), seconds(20), || {
        if vip(name)?.is_null() {
            return Ok(true);
        }
        // the controller overlooks one that was deleted while it was away
        if !std::mem::replace(&mut nudged, true) {
            drop(kubectl_words(&["annotate", "vip", name, "tests/nudged=yes", "--overwrite"], ""));
        }
        Ok(false)
    })?;
    until(&format!("the end of port {name}"), seconds(5), || Ok(port(name)?.is_none()))
}

impl Drop for Mine {
    fn drop(&mut self) {
        drop(self.remove());
    }
}
