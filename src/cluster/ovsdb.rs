//! Reading OVN's databases: one `ovsdb-client transact` with a `select` for every table needed, in one exec (RFC 7047 §4.1.3).

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::exec::Command;
use super::locate::{Database, Members};
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ovn::row::{self, Row};

/// Rows to read: a table, conditions all of which must hold, and columns.
#[derive(Clone, Debug)]
pub struct Query {
    table: &'static str,
    conditions: Vec<Value>,
    columns: &'static [&'static str],
}

impl Query {
    /// All rows of a table.
    #[must_use]
    pub fn table(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, conditions: Vec::new(), columns }
    }

    /// Only rows whose column has this value.
    #[must_use]
    pub fn equal(mut self, column: &str, value: &str) -> Self {
        self.conditions.push(json!([column, "==", value]));
        self
    }

    fn operation(&self) -> Value {
        json!({"op": "select", "table": self.table, "where": self.conditions, "columns": self.columns})
    }
}

/// What must be so before the rows are read.
#[derive(Clone, Debug)]
pub struct Until {
    /// The rows that are waited for, by their conditions.
    pub query: Query,
    /// The columns that are compared.
    pub columns: &'static [&'static str],
    /// The rows that must be there, exactly; none means: until there is none.
    pub rows: Vec<Value>,
    /// How long at most.
    pub limit: Duration,
    /// Whether it waits until the rows are others than these.
    pub differ: bool,
}

impl Until {
    /// The `wait` operation (RFC 7047 §5.2.6).
    fn operation(&self) -> Value {
        let timeout = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        let until = if self.differ { "!=" } else { "==" };
        let Query { table, conditions, .. } = &self.query;
        json!({"op": "wait", "timeout": timeout, "table": table, "where": conditions, "columns": self.columns, "until": until, "rows": self.rows})
    }
}

impl Database {
    pub(super) fn schema(self) -> (&'static str, &'static str) {
        match self {
            Self::Northbound => ("OVN_Northbound", "unix:/var/run/ovn/ovnnb_db.sock"),
            Self::Southbound => ("OVN_Southbound", "unix:/var/run/ovn/ovnsb_db.sock"),
            Self::IcNorthbound => ("OVN_IC_Northbound", "unix:/var/run/ovn/ovn_ic_nb_db.sock"),
            Self::IcSouthbound => ("OVN_IC_Southbound", "unix:/var/run/ovn/ovn_ic_sb_db.sock"),
        }
    }
}

impl Cluster {
    /// The rows of each query, in the order of the queries.
    pub async fn select(&self, database: Database, queries: &[Query]) -> Result<Vec<Vec<Row>>> {
        self.select_when(database, None, queries).await?.ok_or_else(|| Failure::cluster("OVN did not answer"))
    }

    /// The rows of each query once `until` holds; `None` when it did not come to hold in time.
    pub async fn select_when(
        &self,
        database: Database,
        until: Option<&Until>,
        queries: &[Query],
    ) -> Result<Option<Vec<Vec<Row>>>> {
        let (members, were_known) = self.known_members(database).await?;
        match self.ask_one_of(database, &members, until, queries).await {
            // they may be others by now
            Err(failure) if were_known && failure.cause == Cause::Unreadable => {
                let members = self.members(database).await?;
                self.ask_one_of(database, &members, until, queries).await
            }
            done => done,
        }
    }

    /// Asks the member that leads, and another one when that does not answer.
    async fn ask_one_of(
        &self,
        database: Database,
        members: &Members,
        until: Option<&Until>,
        queries: &[Query],
    ) -> Result<Option<Vec<Vec<Row>>>> {
        let leader = members.leader.iter().map(|pod| (pod, true));
        let asked: Vec<(&String, bool)> = leader.chain(members.others.iter().map(|pod| (pod, false))).take(2).collect();
        let mut failed =
            Failure::cluster(format!("the {} database has no ready pod: {}", database.spoken(), members.trouble))
                .caused_by(Cause::Unreadable);
        for (pod, leads) in asked {
            let asking = Asking { database, namespace: &members.namespace, pod, leads };
            match self.ask(asking, until, queries).await {
                // a member that does not answer says nothing about what another one would
                Err(failure) if failure.cause == Cause::Unreadable => failed = failure,
                done => return done,
            }
        }
        Err(failed)
    }

    /// Carries out a transaction on the member that leads now; all of it or nothing (RFC 7047 §4.1.3).
    pub async fn transact(&self, database: Database, operations: &[Value]) -> Result<()> {
        let members = self.members(database).await?;
        let Some(pod) = &members.leader else {
            let message = format!("no pod leads the {} database: {}", database.spoken(), members.trouble);
            return Err(Failure::cluster(message).caused_by(Cause::Unreadable));
        };
        let (schema, socket) = database.schema();
        let transaction: Vec<Value> = std::iter::once(json!(schema)).chain(operations.iter().cloned()).collect();
        let timeout = format!("--timeout={}", ANSWER.as_secs());
        let arguments = [
            "ovsdb-client".to_owned(),
            timeout,
            "transact".to_owned(),
            socket.to_owned(),
            Value::from(transaction).to_string(),
        ];
        let command =
            Command { namespace: &members.namespace, pod, container: database.container(), arguments: &arguments };
        let output = self.output(command, ANSWER + Duration::from_secs(1)).await?;
        let failed = |reason: String| {
            let message = format!("the {} database did not take the change: {reason}", database.spoken());
            Err(Failure::cluster(message).caused_by(Cause::Unreadable))
        };
        match row::results(&String::from_utf8_lossy(&output.stdout), operations.len()) {
            Ok(_) => Ok(()),
            Err(row::Unreadable::TimedOut) => {
                failed("what it is about was changed by somebody else meanwhile".to_owned())
            }
            Err(row::Unreadable::NoAnswer) => {
                failed(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("no answer").to_owned())
            }
            Err(reason) => failed(reason.to_string()),
        }
    }

    async fn ask(&self, asking: Asking<'_>, until: Option<&Until>, queries: &[Query]) -> Result<Option<Vec<Vec<Row>>>> {
        let Asking { database, namespace, pod, leads } = asking;
        let (schema, socket) = database.schema();
        let mut transaction = vec![json!(schema)];
        transaction.extend(until.map(Until::operation));
        transaction.extend(queries.iter().map(Query::operation));
        let limit = ANSWER + until.map_or(Duration::ZERO, |until| until.limit);
        let mut arguments = vec!["ovsdb-client".to_owned(), format!("--timeout={}", limit.as_secs().max(1))];
        arguments.extend((!leads).then(|| "--no-leader-only".to_owned()));
        arguments.extend(["transact".to_owned(), socket.to_owned(), Value::from(transaction).to_string()]);
        let command = Command { namespace, pod, container: database.container(), arguments: &arguments };
        let output =
            self.output(command, limit + Duration::from_secs(1)).await.map_err(|failure| match failure.cause {
                Cause::Other => failure.caused_by(Cause::Unreadable),
                _ => failure,
            })?;
        let answer = String::from_utf8_lossy(&output.stdout);
        match row::results(&answer, queries.len() + usize::from(until.is_some())) {
            Ok(mut results) => {
                if until.is_some() {
                    results.remove(0);
                }
                Ok(Some(results))
            }
            Err(row::Unreadable::TimedOut) if until.is_some() => Ok(None),
            Err(reason) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let said = said.lines().next().unwrap_or_default();
                let reason = match output.code {
                    0 => reason.to_string(),
                    _ if said.contains("Alarm clock") => format!("no answer within {} s", limit.as_secs()),
                    code if said.is_empty() => format!("ovsdb-client ended with {code}"),
                    _ => said.to_owned(),
                };
                let message = format!("the {} database cannot be read in pod {pod}: {reason}", database.spoken());
                Err(Failure::new(Exit::Cluster, message).caused_by(Cause::Unreadable))
            }
        }
    }
}

/// How long a member may take to answer, besides what is waited for.
const ANSWER: Duration = Duration::from_secs(5);

/// Which member is asked.
#[derive(Clone, Copy)]
struct Asking<'a> {
    database: Database,
    namespace: &'a str,
    pod: &'a str,
    leads: bool,
}
