//! What became of a cluster between two states: objects and rows that came, went, or have other fields. What changes by itself
//! (versions, times, UUIDs, counters) is no difference.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::key;
use super::pieces::{Head, Pieces, Place};
use super::rows::{Named, Names, hash};
use crate::failure::Result;
use crate::sandbox::ovn::recorded;

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
///
/// Neither file is in memory: of each object and row only hashes are kept, and what differs.
///
/// Fails when one of the files is no snapshot of this program, or is damaged.
pub fn diff(old: &Pieces, new: &Pieces) -> Result<Difference> {
    let (before, after) = (Look::first(old)?, Look::first(new)?);
    let unknown: BTreeMap<String, String> =
        before.head.missing.iter().chain(&after.head.missing).map(|(what, why)| (what.clone(), why.clone())).collect();
    let same: HashSet<u64> = before.texts.intersection(&after.texts).copied().collect();
    let is_known =
        |place: Place<'_>| !unknown.contains_key(if place.database.is_empty() { place.name } else { place.database });
    let mut index: HashMap<u64, u64> = HashMap::new();
    before.pieces(old, &same, is_known, |piece| index.extend([(piece.id(), piece.hash())]))?;
    let (mut changes, mut others) = (Vec::new(), HashMap::new());
    after.pieces(new, &same, is_known, |piece| match index.remove(&piece.id()) {
        None => changes.push(piece.became(Fate::Added)),
        Some(before) if before == piece.hash() => {}
        Some(_) => drop(others.insert(piece.id(), piece.value)),
    })?;
    // what is left in the index is in the old one alone
    if !index.is_empty() || !others.is_empty() {
        before.pieces(old, &same, is_known, |piece| {
            if let Some(after) = others.remove(&piece.id()) {
                let mut fields = Vec::new();
                differing(&piece.value, &after, "", &mut fields);
                if !fields.is_empty() {
                    changes.push(piece.became(Fate::Changed(fields)));
                }
            } else if index.contains_key(&piece.id()) {
                changes.push(piece.became(Fate::Removed));
            }
        })?;
    }
    changes.sort_by_cached_key(|change| (change.kind.contains('/'), change.kind.clone(), change.name.clone()));
    Ok(Difference { changes, unknown, taken: [before.head.taken, after.head.taken] })
}

/// How two snapshots differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// All differences.
    pub changes: Vec<Change>,
    /// What could not be compared, and why.
    pub unknown: BTreeMap<String, String>,
    /// When the old and the new one were taken; none of a sandbox.
    pub taken: [Option<String>; 2],
}

/// An object or a row, without what changes by itself.
struct Piece {
    kind: String,
    name: String,
    value: Value,
}

impl Piece {
    fn id(&self) -> u64 {
        hash(&(&self.kind, &self.name))
    }

    fn hash(&self) -> u64 {
        hash(&self.value.to_string())
    }

    fn became(&self, fate: Fate) -> Change {
        Change { kind: self.kind.clone(), name: self.name.clone(), fate }
    }
}

/// What is known of a file after the first look.
struct Look {
    head: Head,
    /// Texts of its objects: what nobody wrote to is the same text, and is not looked into.
    texts: HashSet<u64>,
    names: BTreeMap<String, Names>,
}

impl Look {
    fn first(pieces: &Pieces) -> Result<Self> {
        let (mut texts, mut names) = (HashSet::new(), BTreeMap::<String, Names>::new());
        let head = pieces.each(|place, piece| {
            if place.database.is_empty() {
                texts.insert(text(place, piece));
            } else if is_compared(place) {
                let row = serde_json::from_str(piece.get()).unwrap_or_default();
                names.entry(place.database.to_owned()).or_default().add(place.name, &row);
            }
        })?;
        Ok(Self { head, texts, names })
    }

    /// All pieces that may differ.
    fn pieces(
        &self,
        pieces: &Pieces,
        same: &HashSet<u64>,
        is_known: impl Fn(Place<'_>) -> bool,
        mut take: impl FnMut(Piece),
    ) -> Result<()> {
        let mut named: BTreeMap<&str, Named<'_>> =
            self.names.iter().map(|(database, names)| (database.as_str(), Named::new(names))).collect();
        pieces.each(|place, piece| {
            if !is_known(place) || place.database.is_empty() && same.contains(&text(place, piece)) {
                return;
            }
            let value: Value = serde_json::from_str(piece.get()).unwrap_or_default();
            if place.database.is_empty() {
                take(of_object(place.name, value));
            } else if let Some(named) = named.get_mut(place.database).filter(|_| is_compared(place)) {
                let (name, value) = named.row(place.name, &value);
                take(Piece { kind: format!("{}/{}", place.database, place.name), name, value });
            }
        })?;
        Ok(())
    }
}

fn text(place: Place<'_>, piece: &RawValue) -> u64 {
    hash(&(place.name, piece.get()))
}

/// Whether rows of a table are compared: those of any other one are flows or keys.
fn is_compared(place: Place<'_>) -> bool {
    DATABASES.contains(&place.database) && recorded(place.database).any(|table| table == place.name)
}

fn of_object(kind: &str, mut object: Value) -> Piece {
    let name = key(&object);
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|field, _| !METADATA.contains(&field.as_str()));
    }
    Piece { kind: kind.to_owned(), name, value: object }
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
    use crate::sandbox::state::State;

    fn state(vip: Value, nat: &[Value], router: Value) -> State {
        let mut state = State::default();
        state.objects.insert("vips.kubeovn.io".into(), vec![vip.into()]);
        *state.tables.rows_mut("OVN_Northbound", "NAT") = nat.to_vec();
        *state.tables.rows_mut("OVN_Northbound", "Logical_Router") = vec![router];
        state
    }

    /// The same by way of their files.
    fn diff(old: &State, new: &State) -> (Vec<Change>, BTreeMap<String, String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, state: &State| {
            let path = folder.path().join(name);
            state.write(&path).unwrap();
            Pieces::open(&path).unwrap().unwrap()
        };
        let difference = super::diff(&file("old", old), &file("new", new)).unwrap();
        (difference.changes, difference.unknown)
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
