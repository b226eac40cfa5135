//! `ovsdb-client transact` (RFC 7047 §4.1.3, §5.2): select, wait, insert, update, mutate, delete, comment, abort. Rows that nothing refers to any more
//! stay, which a real database would take away.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::clause::{Change, Condition, Refusal, column, columns, conditions, fits, known, typed};
use super::datum::Datum;
use super::schema::{self, Atomic, Column, Table, UUID_COLUMN};
use super::view::datum;
use super::{Answer, Tables};

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// The results of its operations.
    Done(Value),
    /// What it waits for is not so, and nothing was changed: it is to be tried again whenever a row changes, at most for so long, and
    /// then these are the results.
    Waits(Duration, Value),
}

/// Carries out a transaction, `["DATABASE", OPERATION…]`: all of it or nothing.
pub fn carry_out(transaction: &Value, tables: &mut Tables) -> Carried {
    let Some([Value::String(database), operations @ ..]) = transaction.as_array().map(Vec::as_slice) else {
        return Carried::Done(error("syntax error", "database name expected"));
    };
    let mut work = Work { database, tables, saved: BTreeMap::new(), named: BTreeMap::new() };
    let mut results = Vec::new();
    let mut waits = None;
    for (at, operation) in operations.iter().enumerate() {
        let result = work.operation(operation).unwrap_or_else(|refusal| {
            let (kind, details) = refusal;
            let place = format!("Parsing ovsdb operation {} of {} failed: ", at + 1, operations.len());
            match kind {
                "parse" => {
                    json!({"error": "syntax error", "details": place + &details, "syntax": operation.to_string()})
                }
                _ => error(kind, &details),
            }
        });
        let failed = result.get("error").is_some();
        if result["error"] == "timed out" {
            waits =
                operation["timeout"].as_u64().map_or(Some(Duration::MAX), |limit| Some(Duration::from_millis(limit)));
        }
        results.push(result);
        if failed {
            work.undo();
            // what stands behind it is not tried
            results.resize(operations.len(), Value::Null);
            break;
        }
    }
    let results = Value::from(results);
    match waits.filter(|limit| !limit.is_zero()) {
        Some(limit) => Carried::Waits(limit, results),
        None => Carried::Done(results),
    }
}

/// Whether a transaction could change rows.
#[must_use]
pub fn writes(transaction: &Value) -> bool {
    let operations = transaction.as_array().into_iter().flatten().skip(1);
    operations
        .filter_map(|operation| operation["op"].as_str())
        .any(|name| !matches!(name, "select" | "wait" | "comment"))
}

/// `ovsdb-client transact [SERVER] TRANSACTION`, for a transaction that waits for nothing.
pub(super) fn client(arguments: &[String], tables: &mut Tables) -> Answer {
    let said = |text: String| Answer { stderr: format!("ovsdb-client: {text}\n"), code: 1, ..Answer::default() };
    let Some(Ok(transaction)) = arguments.last().map(|text| serde_json::from_str::<Value>(text)) else {
        return said("the last argument is no transaction".to_owned());
    };
    let database = transaction[0].as_str().unwrap_or_default();
    if database != SERVER && schema::names(database).next().is_none() {
        let details = format!("transact request specifies unknown database {database}");
        let told = json!({"details": details, "error": "unknown database", "syntax": transaction.to_string()});
        return said(format!("transaction returned error: {told}"));
    }
    let (Carried::Done(results) | Carried::Waits(_, results)) = carry_out(&transaction, tables);
    Answer { stdout: format!("{results}\n"), ..Answer::default() }
}

/// The database in which a server speaks of itself.
const SERVER: &str = "_Server";

fn error(kind: &str, details: &str) -> Value {
    json!({"error": kind, "details": details})
}

struct Work<'a> {
    database: &'a str,
    tables: &'a mut Tables,
    /// Tables as they were before the first change.
    saved: BTreeMap<String, Vec<Value>>,
    /// UUIDs of rows that were inserted under a name.
    named: BTreeMap<String, Value>,
}

impl Work<'_> {
    fn operation(&mut self, operation: &Value) -> Result<Value, Refusal> {
        let name = operation["op"].as_str().unwrap_or_default();
        match name {
            "comment" => return Ok(json!({})),
            "abort" => return Err(("aborted", "aborted by request".to_owned())),
            "select" if self.database == SERVER => return Ok(about_itself(operation)),
            "select" | "wait" | "insert" | "update" | "mutate" | "delete" => {}
            _ => return Err(("parse", format!("No operation \"{name}\""))),
        }
        let table = operation["table"].as_str().unwrap_or_default();
        let Some(table) = schema::table(self.database, table) else {
            return Err(("parse", format!("No table named {table}.")));
        };
        if name == "insert" {
            return self.insert(&table, operation);
        }
        let conditions = conditions(&table, &self.substituted(&operation["where"]))?;
        match name {
            "select" => {
                let columns = columns(&table, &operation["columns"])?;
                Ok(json!({"rows": self.chosen(&table, &conditions, &columns)}))
            }
            "wait" => self.wait(&table, &conditions, operation),
            "delete" => {
                let rows = self.rows(&table);
                let before = rows.len();
                rows.retain(|row| !fits(row, &conditions));
                Ok(json!({"count": before - rows.len()}))
            }
            _ => self.change(&table, &conditions, operation, name == "update"),
        }
    }

    /// The rows of a table, to change; what they were is kept.
    fn rows(&mut self, table: &Table) -> &mut Vec<Value> {
        if !self.saved.contains_key(table.name) {
            self.saved.insert(table.name.to_owned(), self.tables.rows(self.database, table.name).to_vec());
        }
        self.tables.rows_mut(self.database, table.name)
    }

    fn undo(&mut self) {
        for (table, rows) in std::mem::take(&mut self.saved) {
            *self.tables.rows_mut(self.database, &table) = rows;
        }
    }

    fn chosen(&self, table: &Table, conditions: &[Condition], columns: &[Column]) -> Vec<Value> {
        let rows = self.tables.rows(self.database, table.name).iter().filter(|row| fits(row, conditions));
        let shown = |row: &Value| {
            let cells = columns.iter().map(|column| (column.name.to_owned(), datum(row, *column).to_json(column.kind)));
            Value::Object(cells.collect())
        };
        rows.map(shown).collect()
    }

    fn wait(&self, table: &Table, conditions: &[Condition], operation: &Value) -> Result<Value, Refusal> {
        let columns = columns(table, &operation["columns"])?;
        let as_shown = |row: &Value| {
            let cells = columns.iter().filter(|column| row.get(column.name).is_some());
            let cells = cells.map(|column| (column.name.to_owned(), datum(row, *column).to_json(column.kind)));
            Value::Object(cells.collect::<Map<_, _>>())
        };
        let sorted = |rows: Vec<Value>| {
            let mut texts: Vec<String> = rows.iter().map(Value::to_string).collect();
            texts.sort_unstable();
            texts.dedup();
            texts
        };
        let wanted: Vec<Value> = operation["rows"].as_array().into_iter().flatten().map(as_shown).collect();
        let equal = sorted(wanted) == sorted(self.chosen(table, conditions, &columns));
        if equal == (operation["until"] == "==") {
            return Ok(json!({}));
        }
        Err(("timed out", "\"where\" clause test failed".to_owned()))
    }

    fn insert(&mut self, table: &Table, operation: &Value) -> Result<Value, Refusal> {
        let uuid = json!(["uuid", random_uuid()]);
        if let Some(name) = operation["uuid-name"].as_str() {
            self.named.insert(name.to_owned(), uuid.clone());
        }
        let given = self.substituted(&operation["row"]);
        let mut row: Map<String, Value> = Map::new();
        for column in &table.columns {
            let value = match given.get(column.name) {
                Some(value) => typed(*column, value)?,
                None => Datum::zero(column.kind),
            };
            row.insert(column.name.to_owned(), value.to_json(column.kind));
        }
        known(table, &given)?;
        row.insert(UUID_COLUMN.name.to_owned(), uuid.clone());
        self.rows(table).push(row.into());
        Ok(json!({"uuid": uuid}))
    }

    fn change(
        &mut self,
        table: &Table,
        conditions: &[Condition],
        operation: &Value,
        whole: bool,
    ) -> Result<Value, Refusal> {
        let mut changes: Vec<(Column, Change, Datum)> = Vec::new();
        if whole {
            let given = self.substituted(&operation["row"]);
            known(table, &given)?;
            for column in table.columns.iter().filter(|column| given.get(column.name).is_some()) {
                changes.push((*column, Change::Set, typed(*column, &given[column.name])?));
            }
        } else {
            for mutation in self.substituted(&operation["mutations"]).as_array().into_iter().flatten() {
                let column = column(table, &mutation[0])?;
                let change = match mutation[1].as_str().unwrap_or_default() {
                    "insert" => Change::Insert,
                    "delete" => Change::Delete,
                    "+=" if column.kind.key == Atomic::Integer => Change::Add,
                    other => return Err(("not supported", format!("the sandbox does not know the mutation {other}"))),
                };
                // keys alone can be deleted from a map
                let keys =
                    Column { kind: schema::Type { value: None, many: true, some: false, ..column.kind }, ..column };
                let many = Column { kind: schema::Type { many: true, some: false, ..column.kind }, ..column };
                let value = typed(many, &mutation[2]).or_else(|refusal| match change {
                    Change::Delete => typed(keys, &mutation[2]),
                    _ => Err(refusal),
                })?;
                changes.push((column, change, value));
            }
        }
        let mut count = 0;
        for row in self.rows(table).iter_mut().filter(|row| fits(row, conditions)) {
            count += 1;
            for (column, change, value) in &changes {
                row[column.name] = change.of(datum(row, *column), value).to_json(column.kind);
            }
        }
        Ok(json!({"count": count}))
    }

    /// The same with the UUIDs of rows that were inserted under a name.
    fn substituted(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => match &items[..] {
                [tag, Value::String(name)] if tag == "named-uuid" => self.named.get(name).unwrap_or(value).clone(),
                _ => items.iter().map(|item| self.substituted(item)).collect(),
            },
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), self.substituted(value))).collect())
            }
            other => other.clone(),
        }
    }
}

/// What the server says of itself: every database of the sandbox is led where it is asked.
fn about_itself(operation: &Value) -> Value {
    let asked = operation["where"].as_array().into_iter().flatten();
    let name = asked.filter(|clause| clause[0] == "name").find_map(|clause| clause[2].as_str());
    let databases =
        ["OVN_Northbound", "OVN_Southbound"].into_iter().filter(|database| name.is_none_or(|name| name == *database));
    let row = |database| json!({"name": database, "leader": true, "connected": true, "model": "clustered"});
    json!({"rows": databases.map(row).collect::<Vec<Value>>()})
}

fn random_uuid() -> String {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let number = || u128::from(RandomState::new().build_hasher().finish());
    // version 4 (RFC 9562 §5.4)
    let bits = (number() << 64 | number()) & !(0xf << 76) & !(3 << 62) | 4 << 76 | 2 << 62;
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Tables {
        let mut tables = Tables::default();
        tables.rows_mut("OVN_Northbound", "Logical_Router").push(json!({"_uuid": ["uuid", "r"], "name": "vpc1"}));
        tables
    }

    fn done(tables: &mut Tables, operations: &Value) -> Value {
        let mut transaction = vec![json!("OVN_Northbound")];
        transaction.extend(operations.as_array().unwrap().iter().cloned());
        match carry_out(&transaction.into(), tables) {
            Carried::Done(results) => results,
            waits @ Carried::Waits(..) => panic!("{waits:?}"),
        }
    }

    #[test]
    fn a_row_that_was_inserted_under_a_name_is_referred_to() {
        let mut tables = tables();
        let results = done(
            &mut tables,
            &json!([
                {"op": "wait", "timeout": 0, "table": "Logical_Router", "where": [["name", "==", "vpc1"]], "columns": ["nat"],
                 "until": "==", "rows": [{"nat": ["set", []]}]},
                {"op": "insert", "table": "NAT", "row": {"type": "snat", "external_ip": "10.5.204.1"}, "uuid-name": "back"},
                {"op": "mutate", "table": "Logical_Router", "where": [["name", "==", "vpc1"]],
                 "mutations": [["nat", "insert", ["set", [["named-uuid", "back"]]]]]},
                {"op": "select", "table": "Logical_Router", "where": [["nat", "!=", ["set", []]]], "columns": ["nat", "load_balancer"]},
            ]),
        );
        assert_eq!(results[2], json!({"count": 1}));
        assert_eq!(results[3]["rows"][0], json!({"nat": results[1]["uuid"], "load_balancer": ["set", []]}));
        assert_eq!(tables.rows("OVN_Northbound", "NAT")[0]["external_ip"], "10.5.204.1");
        let gone = json!([{"op": "mutate", "table": "Logical_Router", "where": [], "mutations": [["nat", "delete", results[1]["uuid"]]]},
            {"op": "delete", "table": "NAT", "where": [["external_ip", "==", "10.5.204.1"]]}]);
        assert_eq!(done(&mut tables, &gone), json!([{"count": 1}, {"count": 1}]));
        assert_eq!(tables.rows("OVN_Northbound", "Logical_Router")[0]["nat"], json!(["set", []]));
    }

    #[test]
    fn a_transaction_that_fails_changes_nothing() {
        let mut tables = tables();
        let results = done(
            &mut tables,
            &json!([
                {"op": "insert", "table": "NAT", "row": {"type": "snat"}},
                {"op": "update", "table": "Logical_Router", "where": [], "row": {"name": "other"}},
                {"op": "abort"},
                {"op": "comment", "comment": "x"},
            ]),
        );
        assert_eq!(results[2], json!({"error": "aborted", "details": "aborted by request"}));
        assert_eq!(results[3], Value::Null);
        assert_eq!(tables.rows("OVN_Northbound", "NAT").len(), 0);
        assert_eq!(tables.rows("OVN_Northbound", "Logical_Router")[0]["name"], "vpc1");
    }

    #[test]
    fn errors_are_told_as_the_real_server_tells_them() {
        let mut tables = tables();
        let mut said = |operation: Value| done(&mut tables, &json!([operation]))[0].clone();
        let nosuch = said(json!({"op": "select", "table": "Nosuch", "where": []}));
        assert_eq!(nosuch["details"], "Parsing ovsdb operation 1 of 1 failed: No table named Nosuch.");
        let column = said(json!({"op": "select", "table": "NAT", "where": [["nosuch", "==", "x"]]}));
        assert_eq!(
            (&column["error"], &column["details"]),
            (&json!("unknown column"), &json!("No column nosuch in table NAT."))
        );
        let frob = said(json!({"op": "frob", "table": "NAT", "where": []}));
        assert_eq!(frob["details"], "Parsing ovsdb operation 1 of 1 failed: No operation \"frob\"");
        let wait = json!(["OVN_Northbound", {"op": "wait", "timeout": 70, "table": "NAT", "where": [], "columns": ["type"], "until": "!=", "rows": []}]);
        let Carried::Waits(limit, late) = carry_out(&wait, &mut tables) else { panic!("it does not wait") };
        assert_eq!((limit, &late[0]["error"]), (Duration::from_millis(70), &json!("timed out")));
    }

    #[test]
    fn the_server_says_that_it_leads() {
        let asked = json!(["_Server", {"op": "select", "table": "Database", "where": [["name", "==", "OVN_Northbound"]], "columns": ["leader"]}]);
        let Carried::Done(results) = carry_out(&asked, &mut Tables::default()) else { panic!("it waits") };
        assert_eq!(results[0]["rows"].as_array().map(Vec::len), Some(1));
        assert_eq!(results[0]["rows"][0]["leader"], true);
    }
}
