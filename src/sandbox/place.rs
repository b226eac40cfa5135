//! Which file a sandbox is in, and who may write to it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::failure::{Exit, Failure, Result};

/// How long a command waits for another one that is writing to the same file. Nobody needs more than the blink of an eye.
const PATIENCE: Duration = Duration::from_secs(3);

/// What `--sandbox[=FILE]` or `KUBECTL_KO_SANDBOX` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The sandbox of this user: a file in the folder for state of the XDG base directories.
    Own,
    /// A sandbox or a snapshot in a file.
    File(PathBuf),
}

impl Place {
    /// The file. Fails when there is neither `XDG_STATE_HOME` nor a home.
    pub fn path(&self) -> Result<PathBuf> {
        if let Self::File(path) = self {
            return Ok(path.clone());
        }
        // a relative one is to be ignored (XDG Base Directory Specification)
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let state = state.or_else(|| Some(std::env::home_dir()?.join(".local/state")));
        state.map(|folder| folder.join("kubectl-ko/sandbox.json")).ok_or_else(|| {
            Failure::new(Exit::Cluster, "there is no place for the sandbox: neither XDG_STATE_HOME nor HOME is set")
                .hint("name a file: kubectl ko sandbox reset --sandbox=FILE")
        })
    }
}

/// Which version of a file was read: another process replaces it as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64, Option<SystemTime>, u64);

impl Stamp {
    /// `None` when there is no file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&found);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self(found.len(), found.modified().ok(), inode))
    }
}

/// The right to write to a file, until it is dropped. It is a lock on an empty file beside it, because the file itself is replaced.
pub(super) fn lock(path: &Path) -> Result<File> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let cannot = |error: &std::io::Error| {
        Failure::because(Exit::Cluster, format!("cannot lock the sandbox {}", path.display()), error)
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        super::state::make_folder(folder).map_err(|error| cannot(&error))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&beside).map_err(|error| cannot(&error))?;
    let from = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if from.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(
                    Exit::Cluster,
                    format!("another command is writing to the sandbox {}", path.display()),
                )
                .hint("wait for it, or take a sandbox of your own: --sandbox=FILE"));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(&error)),
        }
    }
}
