//! The file of a sandbox, which is also that of a snapshot: every object and every row, as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lazy::Lazy;
use super::ovn::Tables;
use crate::failure::{Exit, Failure, Result};

/// The form of the file that this program writes and reads.
pub const FORMAT: u32 = 1;
/// A file that is longer is not read, in bytes: ten times a cluster of 100,000 addresses.
const LONGEST: u64 = 2 << 30;

/// A whole cluster, as far as this program looks at one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct State {
    /// [`FORMAT`].
    pub format: u32,
    /// When a snapshot was taken (RFC 3339); `None` in a sandbox.
    pub taken: Option<String>,
    /// Version of Kubernetes, as `/version` says it: `v1.35.3`.
    pub server: String,
    /// Kube-OVN's release, as its images are tagged: `v1.16.2`. Empty when it is not known.
    pub release: String,
    /// The last `resourceVersion` that was given.
    pub resource_version: u64,
    /// Plural and group (`vips.kubeovn.io`, `pods`) → objects, in the order of a list.
    pub objects: BTreeMap<String, Vec<Lazy<Value>>>,
    /// Rows of OVN's databases.
    pub tables: Tables,
    /// Pod of ovn-central → what `ovn-appctl … cluster/status` printed there.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
    /// Lines of the log of kube-ovn-controller's leader, as `kubectl logs --timestamps` prints them.
    #[serde(default)]
    pub log: Vec<String>,
    /// What a snapshot could not read (a plural and group, `OVN_Northbound`, `OVN_Southbound`, `status`, `log`), and why: that is unknown,
    /// not empty.
    #[serde(default)]
    pub missing: BTreeMap<String, String>,
}

/// What is looked at before anything else.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Default for State {
    fn default() -> Self {
        Self {
            format: FORMAT,
            taken: None,
            server: "v1.35.3".to_owned(),
            release: "v1.16.2".to_owned(),
            resource_version: 1,
            objects: BTreeMap::new(),
            tables: Tables::default(),
            status: BTreeMap::new(),
            log: Vec::new(),
            missing: BTreeMap::new(),
        }
    }
}

impl State {
    /// Reads a file; `None` when there is none. Objects and tables stay text.
    ///
    /// Fails when it is no file of this kind, is damaged, longer than 2 GiB, or written by a newer program. It is never changed.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let shown = path.display();
        if found(path)?.is_none() {
            return Ok(None);
        }
        let text = fs::read(path).map_err(|error| unreadable(path, &error))?;
        Self::parse(&text).map(Some).map_err(|failure| failure.during(format_args!("cannot use {shown}")))
    }

    /// Reads the text of a file; see [`State::read`].
    pub fn parse(text: &[u8]) -> Result<Self> {
        // the whole text once, without a look at each of its strings: that is most of the time
        let text = std::str::from_utf8(text).map_err(|_| Failure::cluster(FOREIGN))?;
        let state: Result<Self, _> = serde_json::from_str(text);
        let format = state
            .as_ref()
            .map_or_else(|_| serde_json::from_str(text).map_or(FORMAT, |head: Head| head.format), |state| state.format);
        of_this_program(Some(format), state.is_ok())?;
        state.map_err(|_| Failure::cluster(FOREIGN))
    }

    /// Writes the file at once or not at all, readable by its owner alone. The folder is made, too.
    pub fn write(&self, path: &Path) -> Result<()> {
        write(path, self)
    }
}

const FOREIGN: &str = "it is no sandbox and no snapshot of this program, or it is damaged";

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::because(Exit::Cluster, format!("cannot read {}", path.display()), error)
}

/// Whether there is a file; fails when it is none that could be one of ours.
pub(super) fn found(path: &Path) -> Result<Option<()>> {
    let shown = path.display();
    let length = match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        Ok(_) => return Err(Failure::cluster(format!("{shown} is no file"))),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if length > LONGEST {
        return Err(Failure::cluster(format!(
            "{shown} has {length} bytes: no sandbox or snapshot is longer than 2 GiB"
        )));
    }
    Ok(Some(()))
}

/// Fails when a file has another format, or could not be read to its end.
pub(super) fn of_this_program(format: Option<u32>, whole: bool) -> Result<()> {
    match format {
        Some(format) if format != FORMAT => Err(Failure::cluster(format!(
            "it has format {format}, and this program knows format {FORMAT}: a newer kubectl-ko wrote it"
        ))),
        Some(_) if whole => Ok(()),
        _ => Err(Failure::cluster(FOREIGN)),
    }
}

/// Writes what looks like a [`State`] in place of a file, at once or not at all.
pub(super) fn write(path: &Path, state: &impl Serialize) -> Result<()> {
    let attempt = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_folder(folder)?;
        // of mode 0600 from the first byte on, and gone if this does not end well
        let mut file = tempfile::Builder::new().prefix(".kubectl-ko-").tempfile_in(folder)?;
        let mut buffer = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        serde_json::to_writer(&mut buffer, state)?;
        buffer.write_all(b"\n")?;
        buffer.flush()?;
        drop(buffer);
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|error| Failure::because(Exit::Cluster, format!("cannot write {}", path.display()), &error))
}

#[cfg(unix)]
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_state_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/state.json");
        assert!(State::read(&path).unwrap().is_none());
        let mut state = State { resource_version: 42, ..State::default() };
        state.objects.insert("vips.kubeovn.io".into(), vec![json!({"metadata": {"name": "web"}}).into()]);
        state.tables.rows_mut("OVN_Northbound", "NAT").push(json!({"_uuid": ["uuid", "u"]}));
        state.write(&path).unwrap();
        let read = State::read(&path).unwrap().unwrap();
        assert_eq!(read.resource_version, 42);
        assert_eq!(read.objects["vips.kubeovn.io"][0].get()["metadata"]["name"], "web");
        assert_eq!(read.tables.rows("OVN_Northbound", "NAT").len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_not_ours_is_said_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        for (text, said) in [
            ("", "damaged"),
            ("{\"kind\": \"List\"}", "no sandbox and no snapshot"),
            ("{\"format\": 1, \"objects\": {", "damaged"),
            ("{\"format\": 1, \"objects\": []}", "damaged"),
            ("{\"format\": 2}", "a newer kubectl-ko wrote it"),
        ] {
            fs::write(&path, text).unwrap();
            let failure = State::read(&path).unwrap_err();
            assert!(failure.message.contains(said), "{text}: {}", failure.message);
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert!(State::read(folder.path()).unwrap_err().message.contains("is no file"));
    }
}
