//! What the cluster and OVN hold at one moment, and what the controller says meanwhile.

use crate::oracle::tools::{Outcome, json, kubectl, ms, ovn, text, until};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A logical switch port: enough to judge it, and to make it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) switch: String,
    pub(crate) kind: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) security: Vec<String>,
    pub(crate) tag: Option<i64>,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) ids: BTreeMap<String, String>,
}

pub(crate) type Ports = BTreeMap<String, Port>;
/// `Kind/name` → object; pods are `Pod/namespace/name`.
pub(crate) type Objects = BTreeMap<String, Value>;

/// OVSDB's JSON: a set is `["set", […]]`, or the bare item when it has exactly one.
pub(super) fn set(cell: &Value) -> Vec<&Value> {
    match cell.as_array().map(Vec::as_slice) {
        Some([Value::String(tag), Value::Array(items)]) if tag == "set" => items.iter().collect(),
        _ => vec![cell],
    }
}

pub(super) fn map(cell: &Value) -> BTreeMap<String, String> {
    let pairs = cell.get(1).and_then(Value::as_array).into_iter().flatten();
    pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned()))).collect()
}

pub(super) fn strings(cell: &Value) -> Vec<String> {
    set(cell).into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn rows(line: &str) -> Outcome<Vec<Vec<Value>>> {
    let table = json(line)?;
    let data = table.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(data.into_iter().filter_map(|row| row.as_array().cloned()).collect())
}

/// Every logical switch port of the northbound database.
pub(crate) fn ports() -> Outcome<Ports> {
    let columns = "--columns=_uuid,name,type,addresses,port_security,tag,options,external_ids";
    let said = ovn(&[
        "ovn-nbctl",
        "--format=json",
        "--columns=name,ports",
        "list",
        "Logical_Switch",
        "--",
        columns,
        "list",
        "Logical_Switch_Port",
    ])?;
    let mut lines = said.lines();
    let (switches, ports) = (rows(lines.next().unwrap_or_default())?, rows(lines.next().unwrap_or_default())?);
    let mut home = BTreeMap::new();
    for switch in &switches {
        if let [name, members] = switch.as_slice() {
            for member in set(members) {
                home.insert(member.to_string(), name.as_str().unwrap_or_default().to_owned());
            }
        }
    }
    let mut all = Ports::new();
    for row in &ports {
        if let [uuid, name, kind, addresses, security, tag, options, ids] = row.as_slice() {
            let mut options = map(options);
            if let Some(parents) = options.get_mut("virtual-parents") {
                let mut names: Vec<_> = parents.split(',').filter(|name| !name.is_empty()).collect();
                names.sort_unstable();
                *parents = names.join(",");
            }
            let port = Port {
                switch: home.get(&uuid.to_string()).cloned().unwrap_or_default(),
                kind: kind.as_str().unwrap_or_default().to_owned(),
                addresses: strings(addresses),
                security: strings(security),
                tag: tag.as_i64(),
                options,
                ids: map(ids),
            };
            all.insert(name.as_str().unwrap_or_default().to_owned(), port);
        }
    }
    Ok(all)
}

/// The ports when two looks in a row agree.
pub(crate) fn settled_ports() -> Outcome<Ports> {
    let (mut last, mut answer) = (Ports::new(), Err("the ports do not settle".to_owned()));
    until(ms(4000), || match ports() {
        Ok(now) if now == last => {
            answer = Ok(now);
            true
        }
        Ok(now) => {
            last = now;
            false
        }
        Err(why) => {
            answer = Err(why);
            false
        }
    });
    answer
}

/// Makes a port again as it was.
pub(crate) fn make_port(name: &str, port: &Port) -> Outcome<()> {
    let quoted = |text: &str| Value::from(text).to_string();
    let list = |items: &[String]| items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(",");
    let mut args = vec![
        "ovn-nbctl".into(),
        "--id=@p".into(),
        "create".into(),
        "Logical_Switch_Port".into(),
        format!("name={}", quoted(name)),
    ];
    if !port.kind.is_empty() {
        args.push(format!("type={}", port.kind));
    }
    args.extend(port.tag.map(|tag| format!("tag={tag}")));
    for (column, items) in [("addresses", &port.addresses), ("port_security", &port.security)] {
        if !items.is_empty() {
            args.push(format!("{column}={}", list(items)));
        }
    }
    for (column, pairs) in [("options", &port.options), ("external_ids", &port.ids)] {
        args.extend(pairs.iter().map(|(key, value)| format!("{column}:{}={}", quoted(key), quoted(value))));
    }
    args.extend(["--", "add", "Logical_Switch", &port.switch, "ports", "@p"].map(str::to_owned));
    ovn(&args.iter().map(String::as_str).collect::<Vec<_>>()).map(drop)
}

/// Does northd make anything of the virtual port?
pub(crate) fn has_flow(switch: &str, port: &str) -> bool {
    ovn(&["ovn-sbctl", "lflow-list", switch]).is_ok_and(|flows| flows.contains(&format!("bind_vport(\"{port}\"")))
}

/// The objects a verdict on a Vip may depend on.
pub(crate) fn objects(kinds: &str) -> Outcome<Objects> {
    let list = json(&kubectl(&["get", kinds, "-A", "-o", "json"]).output("get")?)?;
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(items.into_iter().map(|object| (key(&object), object)).collect())
}

pub(crate) fn key(object: &Value) -> String {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    match (kind, text(object, "/metadata/namespace")) {
        ("Pod", namespace) => format!("Pod/{namespace}/{name}"),
        _ => format!("{kind}/{name}"),
    }
}

pub(crate) fn ready(vip: &Value) -> bool {
    let has = |path| !text(vip, path).is_empty();
    has("/status/mac") && (has("/status/v4ip") || has("/status/v6ip"))
}

/// The controller's log from now on.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    follower: Child,
}

impl Log {
    pub(crate) fn follow() -> Outcome<Self> {
        let args = ["logs", "-f", "--tail=0", "-n", "kube-system", "kube-ovn-controller-0"];
        let mut follower = Command::new("kubectl")
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("kubectl logs: {why}"))?;
        let lines = Arc::new(Mutex::new(Vec::new()));
        if let Some(pipe) = follower.stdout.take() {
            let into = Arc::clone(&lines);
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    if let Ok(mut all) = into.lock() {
                        all.push(line);
                    }
                }
            });
        }
        Ok(Self { lines, follower })
    }

    pub(crate) fn mark(&self) -> usize {
        self.lines.lock().map_or(0, |all| all.len())
    }

    /// The errors about one object since the mark: the controller's own form, its quotes escaped in the log. `what` is its word for the
    /// kind: `vip`, `ovn eip`.
    pub(crate) fn errors(&self, mark: usize, what: &str, name: &str) -> Vec<String> {
        let named = format!(" {what} \\\"{name}\\\":");
        self.since(mark, |line| line.contains(&named) && !line.contains("the object has been modified"))
    }

    /// Did the controller's process die?
    pub(crate) fn panicked(&self, mark: usize) -> bool {
        !self
            .since(mark, |line| line.starts_with("panic:") || line.contains("assignment to entry in nil map"))
            .is_empty()
    }

    fn since(&self, mark: usize, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let Ok(all) = self.lines.lock() else { return Vec::new() };
        all.iter().skip(mark).filter(|line| wanted(line)).cloned().collect()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.follower.kill();
        let _ = self.follower.wait();
    }
}
