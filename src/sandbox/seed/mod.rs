//! The world a sandbox begins with: the cluster of Kube-OVN's documents, as a control plane had it.
//!
//! `documents.json` is a recording (`tests/controlplane_suite/seed.rs` makes it and compares it): objects as far as commands read them, and
//! rows of OVN. A row lacks its empty columns, which stand once for each table; times stand as `@created@` and `@now@`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::model;
use super::server::{Live, kinds};
use super::state::State;

/// The recording.
const DOCUMENTS: &str = include_str!("documents.json");

/// The recording as it is written.
#[derive(Debug, Default, Deserialize)]
struct World {
    objects: BTreeMap<String, Vec<Value>>,
    /// Database → table → rows.
    tables: BTreeMap<String, BTreeMap<String, Vec<Value>>>,
    /// Table → columns that are left out of a row where they are empty.
    empty: BTreeMap<String, Map<String, Value>>,
}

/// The documents' world as a sandbox begins with it. `now` is when its controller last said that it leads; its objects are an hour old.
#[must_use]
pub fn documents(now: jiff::Timestamp) -> State {
    let mut state = recorded(now);
    // the controller counts addresses
    let mut live = Live::from(state.clone());
    model::begin(&mut model::Hand::new(&mut live, now));
    if let Some(kind) = kinds::of_plural("subnets") {
        let counted = live.store.list(kind, "").cloned().map(Into::into).collect();
        state.objects.insert(kind.resource(), counted);
    }
    state.resource_version = live.store.revision();
    state
}

/// What the recording says.
fn recorded(now: jiff::Timestamp) -> State {
    let whole = |time: jiff::Timestamp| jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string();
    let created = whole(now - jiff::SignedDuration::from_hours(1));
    let text = DOCUMENTS.replace("@created@", &created).replace("@now@", &whole(now));
    let world: World = serde_json::from_str(&text).unwrap_or_default();
    let mut state = State { resource_version: 1000, ..State::default() };
    let mut version = 100;
    for (resource, objects) in world.objects {
        let versioned = objects.into_iter().map(|mut object| {
            version += 1;
            object["metadata"]["resourceVersion"] = version.to_string().into();
            object.into()
        });
        state.objects.insert(resource, versioned.collect());
    }
    for (database, tables) in world.tables {
        for (table, mut rows) in tables {
            let empty = world.empty.get(&table);
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                for (column, cell) in empty.into_iter().flatten() {
                    row.entry(column.as_str()).or_insert_with(|| cell.clone());
                }
            }
            *state.tables.rows_mut(&database, &table) = rows;
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_recording_is_whole() {
        let now: jiff::Timestamp = "2026-01-02T01:00:00.5Z".parse().unwrap();
        let state = documents(now);
        let named = |resource: &str, name: &str| {
            let found = state.objects[resource].iter().find(|object| object.get()["metadata"]["name"] == name);
            found.unwrap().get().clone()
        };
        assert_eq!(named("pods", "web-1")["status"]["podIP"], "192.168.0.2");
        assert_eq!(named("pods", "web-1")["metadata"]["creationTimestamp"], "2026-01-02T00:00:00Z");
        assert_eq!(
            named("leases.coordination.k8s.io", "kube-ovn-controller")["spec"]["renewTime"],
            "2026-01-02T01:00:00Z"
        );
        let ports = state.tables.rows("OVN_Northbound", "Logical_Switch_Port");
        assert!(ports.len() > 10 && ports.iter().all(|port| port["port_security"] == json!(["set", []])));
        assert!(!DOCUMENTS.contains("127.0."), "nothing of the machine that recorded it is in it");
    }

    #[test]
    fn a_sandbox_begins_with_counted_subnets() {
        let live = Live::from(documents("2026-01-02T01:00:00Z".parse().unwrap()));
        let kind = kinds::of_plural("subnets").unwrap();
        let status = live.store.find(kind, "", "vpc1-subnet1").unwrap()["status"].clone();
        assert_eq!((&status["v4usingIPs"], &status["v4availableIPs"]), (&json!(11), &json!(242)));
        assert_eq!(status["v4availableIPrange"], "192.168.0.13-192.168.0.254");
        let status = live.store.find(kind, "", "external204").unwrap()["status"].clone();
        assert_eq!((&status["v4usingIPrange"], &status["v4availableIPs"]), (&json!("10.5.204.101"), &json!(152)));
    }
}
