//! What became of a cluster between two states: objects and rows that came, went, or have other fields. What changes by itself
//! (versions, times, UUIDs, counters) is no difference.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::key;
use super::rows::named;
use crate::sandbox::Lazy;
use crate::sandbox::state::State;

/// Fields of metadata that change by themselves.
const METADATA: [&str; 6] = ["resourceVersion", "uid", "generation", "creationTimestamp", "managedFields", "selfLink"];
/// Fields that are a time or a count wherever they stand.
const NOISE: [&str; 12] = [
    "lastTransitionTime",
    "lastHeartbeatTime",
    "lastProbeTime",
    "lastUpdateTime",
    "renewTime",
    "acquireTime",
    "startTime",
    "leaseTransitions",
    "observedGeneration",
    "transitionID",
    "pod-template-hash",
    "deployment.kubernetes.io/revision",
];
const DATABASES: [&str; 2] = ["OVN_Northbound", "OVN_Southbound"];

/// What became of one object or row.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is in the new state alone.
    Added,
    /// It is in the old state alone.
    Removed,
    /// It is in both, with other fields.
    Changed(Vec<Field>),
}

/// A field that is another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `spec.v4ip`, or a row's column with the key of a map: `options.virtual-parents`.
    pub path: String,
    /// What it was; null where it was not there.
    pub old: Value,
    /// What it is; null where it is not there.
    pub new: Value,
}

/// A difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// A plural and group, or `OVN_Northbound/TABLE`.
    pub kind: String,
    /// `NAME`, `NAMESPACE/NAME`, or what a row is called.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
}

impl Change {
    /// As data of a report.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let of = |change: &str| json!({"change": change, "kind": self.kind, "name": self.name});
        match &self.fate {
            Fate::Added => of("added"),
            Fate::Removed => of("removed"),
            Fate::Changed(fields) => {
                let mut change = of("changed");
                let field = |field: &Field| json!({"path": field.path, "old": field.old, "new": field.new});
                change["fields"] = fields.iter().map(field).collect();
                change
            }
        }
    }
}

/// All differences, objects before rows; and what could not be compared because one of the two does not have it, with the reason.
#[must_use]
pub fn diff(old: &State, new: &State) -> (Vec<Change>, BTreeMap<String, String>) {
    let unknown: BTreeMap<String, String> =
        old.missing.iter().chain(&new.missing).map(|(what, why)| (what.clone(), why.clone())).collect();
    let mut changes = Vec::new();
    let kinds: BTreeSet<&String> = old.objects.keys().chain(new.objects.keys()).collect();
    for kind in kinds.into_iter().filter(|kind| !unknown.contains_key(*kind)) {
        // what nobody wrote to is the same text, and is not looked into
        let before: HashSet<&str> = listed(old, kind).iter().filter_map(Lazy::text).collect();
        let after = listed(new, kind).iter().filter_map(Lazy::text);
        let same: HashSet<&str> = after.filter(|text| before.contains(text)).collect();
        compare(kind, &keyed(listed(old, kind), &same), &keyed(listed(new, kind), &same), &mut changes);
    }
    for database in DATABASES.into_iter().filter(|database| !unknown.contains_key(*database)) {
        let (old, new) = (named(&old.tables, database), named(&new.tables, database));
        for (table, rows) in &old {
            let as_objects = |rows: &super::rows::Named| {
                let row = |(name, columns): (&String, &BTreeMap<String, Value>)| {
                    (name.clone(), Value::Object(columns.clone().into_iter().collect()))
                };
                rows.iter().map(row).collect::<BTreeMap<_, _>>()
            };
            let new = new.get(table).map(as_objects).unwrap_or_default();
            compare(&format!("{database}/{table}"), &as_objects(rows), &new, &mut changes);
        }
    }
    (changes, unknown)
}

fn keyed(objects: &[Lazy<Value>], but: &HashSet<&str>) -> BTreeMap<String, Value> {
    let entry = |object: &Lazy<Value>| {
        let mut object = object.get().clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| !METADATA.contains(&field.as_str()));
        }
        (key(&object), object)
    };
    objects.iter().filter(|object| !object.text().is_some_and(|text| but.contains(text))).map(entry).collect()
}

fn compare(kind: &str, old: &BTreeMap<String, Value>, new: &BTreeMap<String, Value>, changes: &mut Vec<Change>) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let fate = match (old.get(name), new.get(name)) {
            (None, _) => Fate::Added,
            (_, None) => Fate::Removed,
            (Some(old), Some(new)) => {
                let mut fields = Vec::new();
                differing(old, new, "", &mut fields);
                if fields.is_empty() {
                    continue;
                }
                Fate::Changed(fields)
            }
        };
        changes.push(Change { kind: kind.to_owned(), name: name.clone(), fate });
    }
}

fn listed<'s>(state: &'s State, kind: &str) -> &'s [Lazy<Value>] {
    state.objects.get(kind).map(Vec::as_slice).unwrap_or_default()
}

/// Fields that differ; a list is one value, but for the conditions of a status, which are told apart by their type.
fn differing(old: &Value, new: &Value, path: &str, found: &mut Vec<Field>) {
    let below = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for field in fields.into_iter().filter(|field| !NOISE.contains(&field.as_str())) {
                let of = |fields: &serde_json::Map<String, Value>| fields.get(field).cloned().unwrap_or_default();
                differing(&of(before), &of(after), &below(field), found);
            }
        }
        (Value::Array(before), Value::Array(after)) if path.ends_with("conditions") => {
            let of = |conditions: &[Value]| {
                let one = |condition: &Value| Some((condition["type"].as_str()?.to_owned(), condition.clone()));
                Value::Object(conditions.iter().filter_map(one).collect())
            };
            differing(&of(before), &of(after), path, found);
        }
        _ if old != new && !(is_nothing(old) && is_nothing(new)) => {
            found.push(Field { path: path.to_owned(), old: old.clone(), new: new.clone() });
        }
        _ => {}
    }
}

/// A field that is not there, or is empty.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(vip: Value, nat: &[Value], router: Value) -> State {
        let mut state = State::default();
        state.objects.insert("vips.kubeovn.io".into(), vec![vip.into()]);
        *state.tables.rows_mut("OVN_Northbound", "NAT") = nat.to_vec();
        *state.tables.rows_mut("OVN_Northbound", "Logical_Router") = vec![router];
        state
    }

    fn vip(version: &str, ip: &str) -> Value {
        json!({"metadata": {"name": "web", "resourceVersion": version, "uid": version}, "spec": {"v4ip": ip},
            "status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": version}]}})
    }

    fn nat(uuid: &str, inside: &str) -> Value {
        json!({"_uuid": ["uuid", uuid], "type": "snat", "external_ip": "10.0.0.1", "logical_ip": inside})
    }

    fn router(nats: &[&str]) -> Value {
        let nats: Vec<Value> = nats.iter().map(|uuid| json!(["uuid", uuid])).collect();
        json!({"_uuid": ["uuid", "r"], "name": "vpc1", "nat": ["set", nats]})
    }

    #[test]
    fn what_changes_by_itself_is_no_difference() {
        let old = state(vip("1", "10.0.0.9"), &[nat("a", "192.168.0.0/24")], router(&["a"]));
        let new = state(vip("2", "10.0.0.9"), &[nat("b", "192.168.0.0/24")], router(&["b"]));
        assert_eq!(diff(&old, &new), (Vec::new(), BTreeMap::new()));
    }

    #[test]
    fn what_came_went_and_changed_is_told_with_its_fields() {
        let old = state(vip("1", "10.0.0.9"), &[nat("a", "192.168.0.0/24")], router(&["a"]));
        let new = state(vip("2", "10.0.0.8"), &[nat("b", "192.168.0.7")], router(&["b"]));
        let (changes, _) = diff(&old, &new);
        let told: Vec<String> = changes.iter().map(|change| change.to_json().to_string()).collect();
        assert_eq!(
            told,
            [
                r#"{"change":"changed","fields":[{"new":"10.0.0.8","old":"10.0.0.9","path":"spec.v4ip"}],"kind":"vips.kubeovn.io","name":"web"}"#,
                r#"{"change":"changed","fields":[{"new":["snat 10.0.0.1 192.168.0.7"],"old":["snat 10.0.0.1 192.168.0.0/24"],"path":"nat"}],"kind":"OVN_Northbound/Logical_Router","name":"vpc1"}"#,
                r#"{"change":"removed","kind":"OVN_Northbound/NAT","name":"snat 10.0.0.1 192.168.0.0/24"}"#,
                r#"{"change":"added","kind":"OVN_Northbound/NAT","name":"snat 10.0.0.1 192.168.0.7"}"#,
            ]
        );
    }

    #[test]
    fn what_could_not_be_read_is_unknown_and_not_removed() {
        let old = state(vip("1", "10.0.0.9"), &[nat("a", "192.168.0.0/24")], router(&["a"]));
        let mut new = State::default();
        new.missing.insert("vips.kubeovn.io".into(), "forbidden".into());
        new.missing.insert("OVN_Northbound".into(), "no exec".into());
        let (changes, unknown) = diff(&old, &new);
        assert_eq!(changes, []);
        assert_eq!(unknown.keys().collect::<Vec<_>>(), ["OVN_Northbound", "vips.kubeovn.io"]);
    }
}
