//! What the server of one member says about itself: whether it leads, follows, or does not answer.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::json;

use super::Cluster;
use super::exec::Command;
use super::locate::{Database, Members};
use crate::failure::Cause;
use crate::ovn::row;

/// How a member of a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It leads; a database of one server always does.
    Leads,
    /// It answers and does not lead.
    Follows,
    /// It does not answer, and why, in words.
    Down(String),
    /// It could not be asked, and why, in words: that says nothing about it.
    Unknown(String),
}

/// How long a server may take to say how it stands; a healthy one needs 10 ms.
const ANSWER: Duration = Duration::from_secs(3);

impl Cluster {
    /// Asks the server in a pod how it stands: its database `_Server` says so without asking the other members
    /// (ovsdb-server(7), `_Server` schema: `leader`).
    pub async fn standing(&self, database: Database, namespace: &str, pod: &str) -> Standing {
        let (schema, socket) = database.schema();
        let select =
            json!({"op": "select", "table": "Database", "where": [["name", "==", schema]], "columns": ["leader"]});
        let arguments = [
            "ovsdb-client".to_owned(),
            format!("--timeout={}", ANSWER.as_secs()),
            "transact".to_owned(),
            socket.to_owned(),
            json!(["_Server", select]).to_string(),
        ];
        let command = Command { namespace, pod, container: database.container(), arguments: &arguments };
        let output = match self.output(command, ANSWER + Duration::from_secs(1)).await {
            Ok(output) => output,
            Err(failure) if failure.cause == Cause::Forbidden => return Standing::Unknown(failure.reason().to_owned()),
            Err(failure) => return Standing::Down(failure.message),
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default();
        match row::results(&String::from_utf8_lossy(&output.stdout), 1) {
            Ok(results) => match results.first().and_then(|rows| rows.first()).map(|row| row.text("leader")).as_deref()
            {
                Some("true") => Standing::Leads,
                Some(_) => Standing::Follows,
                None => Standing::Down(format!("the server does not have the database {schema}")),
            },
            Err(_) if said.contains("Alarm clock") => {
                Standing::Down(format!("no answer within {} s", ANSWER.as_secs()))
            }
            Err(_) if said.contains("failed to connect") => Standing::Down(said.to_owned()),
            Err(reason) if said.is_empty() => Standing::Unknown(reason.to_string()),
            Err(_) => Standing::Unknown(said.to_owned()),
        }
    }

    /// The ready pod, of those without the label, whose server says that it leads; all are asked at once.
    pub async fn unlabelled_leader(&self, database: Database, members: &Members) -> Option<String> {
        let ask = |pod: String| async move {
            (self.standing(database, &members.namespace, &pod).await == Standing::Leads).then_some(pod)
        };
        let mut answers: FuturesUnordered<_> = members.others.iter().cloned().map(ask).collect();
        while let Some(answer) = answers.next().await {
            if answer.is_some() {
                return answer;
            }
        }
        None
    }
}
