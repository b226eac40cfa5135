//! Rows without what is another one at every start: UUIDs become what the row is called, counters and times go.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde_json::Value;

use crate::sandbox::ovn::cell::uuid;

/// What tells the rows of a table apart, where it is not a column `name`.
const KEYS: &[(&str, &[&str])] = &[
    ("ACL", &["direction", "priority", "match", "tier"]),
    ("BFD", &["logical_port", "dst_ip"]),
    ("DHCP_Options", &["cidr", "name", "code"]),
    ("DHCPv6_Options", &["name"]),
    ("Encap", &["chassis_name", "type", "ip"]),
    ("HA_Chassis", &["chassis_name", "priority"]),
    ("IGMP_Group", &["address", "chassis_name", "datapath"]),
    ("Load_Balancer_Health_Check", &["vip"]),
    ("Logical_Router_Policy", &["priority", "match"]),
    ("Logical_Router_Static_Route", &["route_table", "ip_prefix", "policy", "nexthop", "output_port"]),
    ("MAC_Binding", &["logical_port", "ip"]),
    ("Multicast_Group", &["datapath", "name"]),
    ("NAT", &["type", "external_ip", "logical_ip", "logical_port"]),
    ("Port_Binding", &["logical_port"]),
    ("QoS", &["direction", "priority", "match"]),
    ("Static_MAC_Binding", &["logical_port", "ip"]),
];
/// Columns that change by themselves.
const NOISE: &[&str] = &[
    "_uuid",
    "nb_cfg",
    "sb_cfg",
    "hv_cfg",
    "nb_cfg_timestamp",
    "sb_cfg_timestamp",
    "hv_cfg_timestamp",
    "timestamp",
    "idle_age",
    "is_connected",
    "status",
    "seq_no",
];

/// What the rows of a database are called by others, by UUID.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Adds a row.
    pub(super) fn add(&mut self, table: &str, row: &Value) {
        self.0.insert(uuid(row).to_owned(), simple_name(table, row));
    }
}

/// Rows in turn, each by its name.
#[derive(Debug)]
pub(super) struct Named<'n> {
    names: &'n Names,
    /// How many rows of a table have met a name, by the hash of both.
    met: HashMap<u64, u32>,
}

impl<'n> Named<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self { names, met: HashMap::new() }
    }

    /// What a row is called, and its columns without what changes by itself.
    pub(super) fn row(&mut self, table: &str, row: &Value) -> (String, Value) {
        let columns = row.as_object().into_iter().flatten();
        let columns: BTreeMap<String, Value> = columns
            .filter(|(column, _)| !NOISE.contains(&column.as_str()))
            .map(|(column, value)| (column.clone(), plain(value, &self.names.0)))
            .collect();
        let mut name = called(table, &columns);
        // several rows may be called the same
        let count = self.met.entry(hash(&(table, &name))).or_insert(0);
        *count += 1;
        if *count > 1 {
            name = format!("{name} #{count}");
        }
        (name, Value::Object(columns.into_iter().collect()))
    }
}

/// Enough of a value to tell whether another one is the same.
pub(super) fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn keys(table: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(name, _)| *name == table).map_or(&["name"], |(_, keys)| keys)
}

/// What others call it: without what it refers to itself.
fn simple_name(table: &str, row: &Value) -> String {
    let words = keys(table).iter().filter_map(|column| text(&row[*column]));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() { text(&row["external_ids"]).unwrap_or_default() } else { words.join(" ") }
}

fn called(table: &str, columns: &BTreeMap<String, Value>) -> String {
    let words = keys(table).iter().filter_map(|column| columns.get(*column)).filter_map(text);
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() { columns.get("external_ids").and_then(text).unwrap_or_default() } else { words.join(" ") }
}

/// A value in one word; none for a UUID.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(_) | Value::Null => None,
        Value::Array(pair) => match &pair[..] {
            [tag, _] if tag == "uuid" => None,
            [] => None,
            [tag, Value::Array(items)] if tag == "set" && items.is_empty() => None,
            _ => Some(value.to_string()),
        },
        other => Some(other.to_string()),
    }
}

/// References by name, sets in order, maps as objects; a text that is a row's UUID is its name, too.
fn plain(value: &Value, names: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => names.get(text.as_str()).map_or_else(|| value.clone(), |name| name.as_str().into()),
        Value::Array(pair) => match &pair[..] {
            [tag, Value::String(uuid)] if tag == "uuid" => {
                names.get(uuid.as_str()).map_or_else(|| "(a row that is not there)".into(), |name| name.as_str().into())
            }
            [tag, Value::Array(items)] if tag == "set" => {
                let mut items: Vec<Value> = items.iter().map(|item| plain(item, names)).collect();
                items.sort_by_cached_key(Value::to_string);
                items.into()
            }
            [tag, Value::Array(pairs)] if tag == "map" => {
                let pair = |pair: &Value| {
                    let key = pair[0].as_str().map_or_else(|| pair[0].to_string(), str::to_owned);
                    (key, plain(&pair[1], names))
                };
                Value::Object(pairs.iter().map(pair).collect())
            }
            _ => value.clone(),
        },
        other => other.clone(),
    }
}
