//! The rows of a database, all at one moment: one `list` of every table in one call of the tool, row by row as they come. The tool gives
//! them in the order in which it lists them, which ovsdb-client does not.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;

use super::spool::Spool;
use crate::cluster::Cluster;
use crate::cluster::exec::Command;
use crate::cluster::locate::Database;
use crate::failure::{Cause, Failure, Result};
use crate::sandbox::ovn::recorded;

/// How long a database may take to print all of its rows.
const LIMIT: Duration = Duration::from_secs(120);

/// The rows of each table, by its name.
pub(super) type Tables = Vec<(&'static str, Spool)>;

impl Cluster {
    /// All rows of a database: from the member that leads, else from another one.
    pub(super) async fn all_rows(&self, database: Database, folder: &Path) -> Result<Tables> {
        let members = self.members(database).await?;
        let leader = members.leader.iter().map(|pod| (pod, true));
        let asked: Vec<(&String, bool)> = leader.chain(members.others.iter().map(|pod| (pod, false))).take(2).collect();
        let mut failed = Failure::cluster(format!("the database has no ready pod: {}", members.trouble));
        for (pod, leads) in asked {
            match self.rows_in(database, &members.namespace, pod, leads, folder).await {
                // a right that is missing is missing for every pod
                Err(failure) if failure.cause != Cause::Forbidden => failed = failure,
                done => return done,
            }
        }
        Err(failed.caused_by(Cause::Unreadable))
    }

    async fn rows_in(
        &self,
        database: Database,
        namespace: &str,
        pod: &str,
        leads: bool,
        folder: &Path,
    ) -> Result<Tables> {
        let (schema, _) = database.schema();
        let tool = if database == Database::Northbound { "ovn-nbctl" } else { "ovn-sbctl" };
        let mut tables: Vec<&'static str> = recorded(schema).collect();
        loop {
            let mut arguments = vec![tool.to_owned(), format!("--timeout={}", LIMIT.as_secs())];
            arguments.extend((!leads).then(|| "--no-leader-only".to_owned()));
            arguments.extend(["--format=csv", "--data=json"].map(str::to_owned));
            for table in &tables {
                arguments.extend(["--", "list", table].map(str::to_owned));
            }
            let command = Command { namespace, pod, container: database.container(), arguments: &arguments };
            let mut rows = Rows { tables: tables.clone(), folder: folder.to_owned(), ..Rows::default() };
            let mut said = Vec::new();
            let run = self.stream(command, None::<tokio::io::Empty>, &mut rows, &mut said);
            let code = tokio::time::timeout(LIMIT + Duration::from_secs(5), run).await.unwrap_or_else(|_| {
                Err(Failure::cluster(format!("{tool} in pod {pod} did not answer within {} s", LIMIT.as_secs())))
            })?;
            let said = String::from_utf8_lossy(&said);
            // another release of OVN lacks tables: the tool names the first of them
            let unknown = said.split("unknown table \"").nth(1).and_then(|rest| rest.split('"').next());
            match (code, unknown) {
                (0, _) if rows.done.len() == tables.len() => return Ok(rows.done),
                (0, _) => {
                    return Err(Failure::cluster(format!("{tool} in pod {pod} printed less than it was asked for")));
                }
                (_, Some(unknown)) if tables.contains(&unknown) => tables.retain(|table| *table != unknown),
                _ => {
                    let line = said.lines().next().unwrap_or("no reason");
                    return Err(Failure::cluster(format!("{tool} in pod {pod} ended with {code}: {line}")));
                }
            }
        }
    }
}

/// What the tool prints: for each table a line of headings and one for each row, with an empty line between two tables.
#[derive(Debug, Default)]
struct Rows {
    tables: Vec<&'static str>,
    folder: PathBuf,
    headings: Vec<String>,
    begun: bool,
    /// A line that has not ended yet.
    rest: Vec<u8>,
    done: Tables,
}

impl Rows {
    fn line(&mut self, line: &str) -> io::Result<()> {
        if line.is_empty() {
            self.begun = false;
            return Ok(());
        }
        let cells = cells(line);
        if self.begun {
            let pairs = self.headings.iter().zip(&cells).map(|(heading, cell)| format!("\"{heading}\":{cell}"));
            let row = format!("{{{}}}", pairs.collect::<Vec<_>>().join(","));
            return self.done.last_mut().map_or(Ok(()), |(_, spool)| spool.text(&row));
        }
        self.begun = true;
        self.headings = cells;
        if let Some(table) = self.tables.get(self.done.len()) {
            self.done.push((table, Spool::new(&self.folder)?));
        }
        Ok(())
    }
}

/// The cells of a line of CSV; none of them goes over several lines, because the tool writes JSON into them.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(one) = chars.next() {
        match one {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().into_iter().for_each(|cell| cell.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().into_iter().for_each(|cell| cell.push(other)),
        }
    }
    cells
}

impl AsyncWrite for Rows {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.rest.extend_from_slice(bytes);
        let mut from = 0;
        let rest = std::mem::take(&mut self.rest);
        while let Some(length) = rest[from..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&rest[from..from + length]).into_owned();
            from += length + 1;
            if let Err(error) = self.line(&line) {
                return Poll::Ready(Err(error));
            }
        }
        self.rest = rest[from..].to_vec();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test]
    async fn rows_are_read_from_what_the_tool_prints_in_any_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let printed = "_uuid,name\n\"[\"\"uuid\"\",\"\"1\"\"]\",\"\"\"a,b\"\"\"\n\"[\"\"uuid\"\",\"\"2\"\"]\",\"\"\"c\"\"\"\n\n_uuid,tag\n\n_uuid\n\"[\"\"uuid\"\",\"\"3\"\"]\"\n";
        for size in 1..9 {
            let mut rows = Rows { tables: vec!["A", "B", "C"], folder: folder.path().to_owned(), ..Rows::default() };
            for piece in printed.as_bytes().chunks(size) {
                rows.write_all(piece).await.unwrap();
            }
            let mut text = Vec::new();
            let mut names = Vec::new();
            for (table, spool) in rows.done {
                names.push(table);
                spool.pour(&mut text).unwrap();
            }
            assert_eq!(names, ["A", "B", "C"]);
            let expected = "[{\"_uuid\":[\"uuid\",\"1\"],\"name\":\"a,b\"},\n{\"_uuid\":[\"uuid\",\"2\"],\"name\":\"c\"}][][{\"_uuid\":[\"uuid\",\"3\"]}]";
            assert_eq!(String::from_utf8(text).unwrap(), expected, "in pieces of {size}");
        }
    }
}
