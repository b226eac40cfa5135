//! `ovsdb-client transact` over rows of the server: `select`, `wait`, and as much of `insert`, `delete` and `mutate` as this
//! program sends (RFC 7047 §5.2).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::server::live::{Live, Shared};

/// Columns that are maps: empty as `["map",[]]` when a row lacks them.
const MAPS: [&str; 6] = ["external_ids", "options", "other_config", "ids", "ipv6_ra_configs", "stats"];

/// Whether this is the responder's business.
pub(crate) fn answers(call: &Call) -> bool {
    call.runs("ovsdb-client") && call.argv.iter().any(|argument| argument == "transact")
}

/// The line that `ovsdb-client` prints.
pub(crate) async fn answer(shared: &Arc<Shared>, call: &Call) -> String {
    let transaction: Value = call.argv.last().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let Some([database, operations @ ..]) = transaction.as_array().map(Vec::as_slice) else {
        return "ovsdb-client: the last argument is no transaction\n".to_owned();
    };
    let database = database.as_str().unwrap_or_default();
    let mut results: Vec<Value> = Vec::new();
    for operation in operations {
        let result = match operation["op"].as_str() {
            Some("select") => select(&shared.lock(), database, operation),
            Some("wait") => wait(shared, database, operation).await,
            Some("insert") => shared.change(|live| insert(live, database, operation)),
            Some("delete") => shared.change(|live| delete(live, database, operation)),
            Some("mutate") => shared.change(|live| mutate(live, database, operation)),
            _ => json!({"error": "not supported", "details": "the responder does not know it"}),
        };
        let failed = result.get("error").is_some();
        results.push(result);
        if failed {
            break;
        }
    }
    // operations behind one that failed were not tried
    results.resize(operations.len().max(results.len()), Value::Null);
    format!("{}\n", Value::from(results))
}

/// The row's UUID is the name that the transaction has for it.
fn insert(live: &mut Live, database: &str, operation: &Value) -> Value {
    let (table, mut row) = (operation["table"].as_str().unwrap_or_default(), operation["row"].clone());
    row["_uuid"] = json!(["uuid", operation["uuid-name"]]);
    let uuid = row["_uuid"].clone();
    live.tables.rows_mut(database, table).push(row);
    json!({"uuid": uuid})
}

fn delete(live: &mut Live, database: &str, operation: &Value) -> Value {
    let table = operation["table"].as_str().unwrap_or_default();
    let conditions = operation["where"].as_array().cloned().unwrap_or_default();
    let rows = live.tables.rows_mut(database, table);
    let before = rows.len();
    rows.retain(|row| !conditions.iter().all(|condition| holds(row, condition)));
    json!({"count": before - rows.len()})
}

/// Adds to sets; nothing else is sent.
fn mutate(live: &mut Live, database: &str, operation: &Value) -> Value {
    let table = operation["table"].as_str().unwrap_or_default();
    let conditions = operation["where"].as_array().cloned().unwrap_or_default();
    let mut count = 0;
    {
        let rows = live.tables.rows_mut(database, table);
        for row in rows.iter_mut().filter(|row| conditions.iter().all(|condition| holds(row, condition))) {
            for mutation in operation["mutations"].as_array().into_iter().flatten() {
                let column = mutation[0].as_str().unwrap_or_default().to_owned();
                let mut set = elements(&column_of(row, &column));
                let added = elements(&mutation[2]).into_iter();
                set.extend(added.map(|uuid| if uuid[0] == "named-uuid" { json!(["uuid", uuid[1]]) } else { uuid }));
                row[&column] = json!(["set", set]);
            }
            count += 1;
        }
    }
    json!({"count": count})
}

fn select(live: &Live, database: &str, operation: &Value) -> Value {
    match rows(live, database, operation) {
        Ok(rows) => json!({"rows": rows}),
        Err(error) => error,
    }
}

/// The rows that answer the conditions, with the columns asked for.
fn rows(live: &Live, database: &str, operation: &Value) -> Result<Vec<Value>, Value> {
    let table = operation["table"].as_str().unwrap_or_default();
    let all = live.tables.rows(database, table);
    let conditions = operation["where"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(other) =
        conditions.iter().find(|condition| !matches!(condition[1].as_str(), Some("==" | "!=" | "includes")))
    {
        return Err(json!({"error": "not supported", "details": format!("condition {other}")}));
    }
    let chosen = all.iter().filter(|row| conditions.iter().all(|condition| holds(row, condition)));
    Ok(chosen.map(|row| project(row, &operation["columns"])).collect())
}

fn project(row: &Value, columns: &Value) -> Value {
    let Some(columns) = columns.as_array() else { return row.clone() };
    let named = columns.iter().filter_map(Value::as_str);
    Value::Object(named.map(|column| (column.to_owned(), column_of(row, column))).collect())
}

fn column_of(row: &Value, column: &str) -> Value {
    let empty = if MAPS.contains(&column) { json!(["map", []]) } else { json!(["set", []]) };
    row.get(column).cloned().unwrap_or(empty)
}

fn holds(row: &Value, condition: &Value) -> bool {
    let column = column_of(row, condition[0].as_str().unwrap_or_default());
    match condition[1].as_str() {
        Some("!=") => !same(&column, &condition[2]),
        Some("includes") => elements(&condition[2]).iter().all(|wanted| elements(&column).contains(wanted)),
        _ => same(&column, &condition[2]),
    }
}

/// A set of one is its element, and sets and maps have no order.
fn same(left: &Value, right: &Value) -> bool {
    let (left, right) = (elements(left), elements(right));
    left.len() == right.len() && left.iter().all(|element| right.contains(element))
}

fn elements(value: &Value) -> Vec<Value> {
    match value.as_array().map(Vec::as_slice) {
        Some([tag, Value::Array(items)]) if tag == "set" || tag == "map" => items.clone(),
        _ => vec![value.clone()],
    }
}

/// Waits until the rows are (or are not) the ones given; every change of the state is looked at.
async fn wait(shared: &Arc<Shared>, database: &str, operation: &Value) -> Value {
    let mut changed = shared.changed.subscribe();
    let limit = operation["timeout"].as_u64().map_or(Duration::MAX, Duration::from_millis);
    let wanted = operation["rows"].as_array().cloned().unwrap_or_default();
    let attempts = async {
        loop {
            changed.borrow_and_update();
            let found = match rows(&shared.lock(), database, operation) {
                Ok(found) => found,
                Err(error) => return error,
            };
            let equal =
                found.len() == wanted.len() && wanted.iter().all(|row| found.iter().any(|other| same_row(row, other)));
            if equal == (operation["until"] == "==") {
                return json!({});
            }
            if changed.changed().await.is_err() {
                return json!({"error": "aborted", "details": "the server ends"});
            }
        }
    };
    let late = json!({"error": "timed out", "details": "\"where\" clause test failed"});
    tokio::time::timeout(limit, attempts).await.unwrap_or(late)
}

fn same_row(wanted: &Value, found: &Value) -> bool {
    let columns = wanted.as_object().into_iter().flatten();
    columns.into_iter().all(|(column, value)| same(value, &column_of(found, column)))
}
