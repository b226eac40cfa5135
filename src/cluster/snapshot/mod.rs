//! A copy of the live cluster in one file: everything these commands read, side by side, page by page; nothing is kept in memory.

mod spool;
mod tables;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use futures::{AsyncBufReadExt as _, StreamExt as _};
use http::Request;
use serde_json::{Value, json};

use super::Cluster;
use super::exec::Command;
use super::locate::Database;
use super::rest::Target;
use crate::api::{Kind, Pod, Resource as _, Subnet};
use crate::failure::{Cause, Exit, Failure, Result};
use crate::sandbox::snapshot::{KINDS, Whose, cut, cut_line};
use crate::sandbox::state::FORMAT;
use spool::Spool;
use tables::Tables;

/// How many parts are read at the same time.
const WIDTH: usize = 6;
/// How many lines of the leader's log are kept, and how long each may be, in bytes.
const LINES: usize = 2000;
const LINE: usize = 4096;
/// How long the log may take.
const LOG: Duration = Duration::from_secs(15);
/// How long a member may take to say how it stands.
const STATUS: Duration = Duration::from_secs(5);

/// What was taken.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Kube-OVN's release; empty when it is not known.
    pub release: String,
    /// How many objects.
    pub objects: u64,
    /// How many rows of OVN's databases.
    pub rows: u64,
    /// How many lines of the log.
    pub lines: u64,
    /// How long the file is, in bytes.
    pub bytes: u64,
    /// What could not be read, and why.
    pub missing: BTreeMap<String, String>,
}

/// One part while it is read, and its name.
type Reading<'a> = Pin<Box<dyn Future<Output = (String, Result<Part>)> + 'a>>;

/// One part, read.
enum Part {
    Objects(Kind, Option<Spool>, u64),
    Rows(Database, Tables),
    Status(BTreeMap<String, String>),
    Log(Spool),
}

impl Cluster {
    /// Writes a snapshot to a file, at once or not at all; `told` hears how many parts of how many are read, and how many objects.
    ///
    /// What this user may not read, or does not answer, is left out and named. Fails when the API server cannot be reached, has no
    /// Kube-OVN, or when the file cannot be written.
    pub async fn snapshot(&self, path: &Path, told: &dyn Fn(usize, usize, u64)) -> Result<Taken> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let from = jiff::Timestamp::now();
        let server = self.server_version().await?;
        let release = self.controller().await.map(|controller| controller.version).unwrap_or_default();
        let seen = Cell::new(0);
        let seen = &seen;
        let mut reading: Vec<Reading<'_>> = Vec::new();
        for database in [Database::Northbound, Database::Southbound] {
            let rows = async move { self.all_rows(database, folder).await.map(|rows| Part::Rows(database, rows)) };
            reading.push(Box::pin(async move { (database.schema().0.to_owned(), rows.await) }));
        }
        reading.push(Box::pin(async { ("status".to_owned(), self.statuses().await.map(Part::Status)) }));
        reading.push(Box::pin(async { ("log".to_owned(), self.last_lines(folder).await.map(Part::Log)) }));
        for (kind, whose) in KINDS {
            reading.push(Box::pin(async move { (kind.resource(), self.objects(*kind, *whose, folder, seen).await) }));
        }
        let all = reading.len();
        let mut taken = Taken { release, ..Taken::default() };
        let mut parts = Vec::new();
        let mut refusal = None;
        let mut read = futures::stream::iter(reading).buffer_unordered(WIDTH);
        while let Some((name, part)) = read.next().await {
            match part {
                Ok(part) => parts.push(part),
                Err(failure) if name == Subnet::KIND.resource() && failure.cause == Cause::UnknownKind => {
                    return Err(failure);
                }
                Err(failure) if is_missing(&name, &failure) => {
                    taken.missing.insert(name, failure.reason().lines().next().unwrap_or_default().to_owned());
                    refusal.get_or_insert(failure);
                }
                Err(failure) => return Err(failure.during(format_args!("reading {name}"))),
            }
            told(parts.len() + taken.missing.len(), all, seen.get());
        }
        drop(read);
        // a file that knows nothing is no snapshot
        let is_empty = !parts.iter().any(|part| !matches!(part, Part::Objects(_, None, _)));
        if let Some(refusal) = refusal.filter(|_| is_empty) {
            return Err(refusal.ending(Exit::Cluster));
        }
        let head = json!({"format": FORMAT, "taken": from.to_string(), "server": server, "release": taken.release});
        write(path, folder, &head, parts, &mut taken)
            .map_err(|error| Failure::because(Exit::No, format!("cannot write {}", path.display()), &error))?;
        Ok(taken)
    }

    async fn server_version(&self) -> Result<String> {
        let request = Request::get("/version").body(Vec::new());
        let request = request.map_err(|error| Failure::because(Exit::Cluster, "cannot ask for the version", &error))?;
        let answer = self.client.request_text(request).await;
        let target = Target::all(Subnet::KIND, None);
        let text = answer.map_err(|cause| super::error::explain(&cause, "get", target, self.whom()))?;
        let version: Value = serde_json::from_str(&text).unwrap_or_default();
        Ok(version["gitVersion"].as_str().unwrap_or_default().to_owned())
    }

    async fn objects(&self, kind: Kind, whose: Whose, folder: &Path, seen: &Cell<u64>) -> Result<Part> {
        let mut spool = Spool::new(folder)?;
        let mut version = 0;
        let resource = kind.resource();
        let mut take = |object: Value| -> Result<()> {
            let mut object = object;
            // a list leaves both out of its items
            object["kind"] = kind.kind.into();
            object["apiVersion"] = kind.api_version().into();
            let own = object["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok());
            version = version.max(own.unwrap_or_default());
            cut(&resource, &mut object);
            seen.set(seen.get() + 1);
            Ok(spool.item(&object)?)
        };
        match whose {
            Whose::All => {
                let pages = self.list_each(Target::all(kind, None), |page| page.into_iter().try_for_each(&mut take));
                match pages.await {
                    // a release, or a cluster, that lacks the kind
                    Err(failure) if failure.cause == Cause::UnknownKind && kind != Subnet::KIND => {
                        return Ok(Part::Objects(kind, None, 0));
                    }
                    read => read?,
                }
            }
            Whose::Named(names) => {
                let home = self.home().await?.to_owned();
                for name in names {
                    if let Some(object) = self.get(Target::one(kind, &home, name)).await? {
                        take(object)?;
                    }
                }
            }
        }
        Ok(Part::Objects(kind, Some(spool), version))
    }

    /// What each member says of its databases (ovsdb-server(1), `cluster/status`).
    async fn statuses(&self) -> Result<BTreeMap<String, String>> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let members = self.members(Database::Northbound).await?;
        for pod in members.leader.iter().chain(&members.others) {
            for (database, socket) in [(Database::Northbound, "ovnnb_db"), (Database::Southbound, "ovnsb_db")] {
                let (schema, _) = database.schema();
                let arguments = ["ovn-appctl", "-t", &format!("/var/run/ovn/{socket}.ctl"), "cluster/status", schema];
                let arguments = arguments.map(str::to_owned);
                let command = Command {
                    namespace: &members.namespace,
                    pod,
                    container: database.container(),
                    arguments: &arguments,
                };
                let output = self.output(command, STATUS).await.map_err(|failure| match failure.cause {
                    Cause::Other => failure.caused_by(Cause::Unreadable),
                    _ => failure,
                })?;
                let text = if output.code == 0 { output.stdout } else { output.stderr };
                found.entry(pod.clone()).or_default().push_str(&String::from_utf8_lossy(&text));
            }
        }
        Ok(found)
    }

    /// The end of the log of kube-ovn-controller's leader.
    async fn last_lines(&self, folder: &Path) -> Result<Spool> {
        let leader = self.leader().await?;
        let target = Target::one(Pod::KIND, &leader.namespace, &leader.pod);
        let query = [
            ("container", crate::api::names::LEASE_CONTROLLER.to_owned()),
            ("tailLines", LINES.to_string()),
            ("timestamps", "true".to_owned()),
        ];
        let mut spool = Spool::new(folder)?;
        let reading = async {
            let mut lines = self.log(target, &query).await?.lines().take(LINES);
            while let Some(Ok(mut line)) = lines.next().await {
                let end = line.char_indices().map(|(at, _)| at).find(|at| *at >= LINE).unwrap_or(line.len());
                line.truncate(end);
                spool.item(&cut_line(line))?;
            }
            Ok::<_, Failure>(())
        };
        // what came in time is kept
        if let Ok(read) = tokio::time::timeout(LOG, reading).await {
            read.map_err(|failure| match failure.cause {
                Cause::Other => failure.caused_by(Cause::Unreadable),
                _ => failure,
            })?;
        }
        Ok(spool)
    }
}

/// Whether one part is missing, not the whole cluster: that shows where objects are listed.
fn is_missing(name: &str, failure: &Failure) -> bool {
    let is_kind = KINDS.iter().any(|(kind, _)| kind.resource() == name);
    !is_kind || matches!(failure.cause, Cause::Forbidden | Cause::Unreadable | Cause::UnknownKind)
}

/// Puts the parts together. The file has its name only once it is whole.
fn write(path: &Path, folder: &Path, head: &Value, parts: Vec<Part>, taken: &mut Taken) -> io::Result<()> {
    let mut objects = BTreeMap::new();
    let mut databases = BTreeMap::new();
    let mut status = BTreeMap::new();
    let mut log = None;
    let mut version = 0;
    for part in parts {
        match part {
            Part::Objects(kind, spool, newest) => {
                version = version.max(newest);
                objects.extend(spool.map(|spool| (kind.resource(), spool)));
            }
            Part::Rows(database, tables) => drop(databases.insert(database.schema().0, tables)),
            Part::Status(found) => status = found,
            Part::Log(spool) => log = Some(spool),
        }
    }
    taken.objects = objects.values().map(|spool| spool.count).sum();
    taken.rows = databases.values().flatten().map(|(_, spool)| spool.count).sum();
    taken.lines = log.as_ref().map_or(0, |spool| spool.count);
    let mut file = tempfile::Builder::new().prefix(".kubectl-ko-").tempfile_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    let head = head.to_string();
    write!(out, "{},\"resource_version\":{version},\n\"objects\":{{", head.trim_end_matches('}'))?;
    for (at, (resource, spool)) in objects.into_iter().enumerate() {
        write!(out, "{}\"{resource}\":", if at == 0 { "\n" } else { ",\n" })?;
        spool.pour(&mut out)?;
    }
    write!(out, "}},\n\"tables\":{{")?;
    for (at, (database, tables)) in databases.into_iter().enumerate() {
        write!(out, "{}\"{database}\":{{", if at == 0 { "\n" } else { ",\n" })?;
        for (at, (table, spool)) in tables.into_iter().enumerate() {
            write!(out, "{}\"{table}\":", if at == 0 { "\n" } else { ",\n" })?;
            spool.pour(&mut out)?;
        }
        out.write_all(b"}")?;
    }
    write!(out, "}},\n\"status\":{},\n\"log\":", json!(status))?;
    match log {
        Some(spool) => spool.pour(&mut out)?,
        None => out.write_all(b"[]")?,
    }
    writeln!(out, ",\n\"missing\":{}}}", json!(taken.missing))?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    taken.bytes = file.as_file().metadata()?.len();
    file.persist(path)?;
    Ok(())
}
