//! A place to run the program in: an empty home, a fixed terminal, and a kubeconfig that names a fake API server.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;

use super::{ApiServer, CommandOutput, scenes};

/// A run that takes longer hangs, and fails the test.
const LIMIT: Duration = Duration::from_secs(60);

/// A temporary home with a kubeconfig, and the server it names.
pub(crate) struct Environment {
    pub(crate) server: ApiServer,
    home: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
    _filters: insta::internals::SettingsBindDropGuard,
}

impl Environment {
    /// An empty cluster.
    pub(crate) fn new() -> Self {
        let server = ApiServer::start();
        let home = tempfile::Builder::new().prefix("ko-test-").tempdir().expect("a temporary folder");
        std::fs::create_dir(home.path().join("bin")).expect("a folder of programs");
        let mut settings = insta::Settings::clone_current();
        // times of this very run; the fixed clock of the fake stays readable
        settings.add_filter(
            r"20(2[7-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|2026-(0[2-9]|1\d)-\d\dT[\d:.]+Z",
            "$$TIME",
        );
        let filters = settings.bind_to_scope();
        let mut environment = Self { server, home, variables: BTreeMap::new(), _filters: filters };
        let config = environment.write("kubeconfig", &scenes::kubeconfig(&environment.server.url(), "admin-token"));
        let here = environment.path();
        let places = [("HOME", here.clone()), ("PATH", here.join("bin")), ("KUBECONFIG", config), ("TMPDIR", here)];
        for (name, path) in places {
            environment.set(name, path);
        }
        environment.var("COLUMNS", "100").var("LANG", "C.UTF-8").var("TZ", "UTC")
    }

    /// A cluster with these objects.
    pub(crate) fn with(yaml: &str) -> Self {
        let environment = Self::new();
        environment.server.load(yaml);
        environment
    }

    /// Sets OVN's rows: databases, tables and rows as JSON; tables of one name together.
    pub(crate) fn ovn(&self, texts: &[&str]) {
        let mut found: BTreeMap<(String, String), Vec<serde_json::Value>> = BTreeMap::new();
        for text in texts {
            let databases: BTreeMap<String, BTreeMap<String, Vec<serde_json::Value>>> =
                serde_json::from_str(text).expect("databases of tables of rows");
            for (database, tables) in databases {
                for (table, rows) in tables {
                    found.entry((database.clone(), table)).or_default().extend(rows);
                }
            }
        }
        for ((database, table), rows) in found {
            self.server.rows(&database, &table, &rows.into());
        }
    }

    /// The temporary folder, which is also the home.
    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Sets a variable for the runs to come.
    pub(crate) fn var(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.variables.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
    }

    pub(crate) fn unset(&mut self, name: impl AsRef<OsStr>) {
        self.variables.remove(name.as_ref());
    }

    /// Writes a file below the temporary folder.
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Puts a shell script on `PATH`. It has the shell's own commands only.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.write(Path::new("bin").join(name), &format!("#!/bin/sh\n{script}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("an executable file");
        }
        path
    }

    /// The program with these arguments, for what [`Environment::run`] does not do.
    pub(crate) fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubectl-ko"));
        command.args(arguments).env_clear().envs(&self.variables).current_dir(self.home.path()).stdin(Stdio::null());
        // what coverage and Windows need
        for name in ["LLVM_PROFILE_FILE", "SystemRoot"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }

    /// Runs it without standard input.
    pub(crate) fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> CommandOutput {
        self.finish(self.command(arguments), None)
    }

    /// Runs it with this standard input, which ends after that.
    pub(crate) fn run_with_stdin<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        arguments: I,
        input: impl AsRef<[u8]>,
    ) -> CommandOutput {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        self.finish(command, Some(input.as_ref()))
    }

    /// Runs a command line as it is typed behind `kubectl-ko`: words at blanks, no quoting.
    pub(crate) fn ko(&self, line: &str) -> CommandOutput {
        self.run(line.split_whitespace())
    }

    /// Runs what [`Environment::command`] made.
    pub(crate) fn ended(&self, command: std::process::Command) -> CommandOutput {
        self.finish(command, None)
    }

    fn finish(&self, command: std::process::Command, input: Option<&[u8]>) -> CommandOutput {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let shown = format!("{command:?}");
        let start = Instant::now();
        let output = runtime.block_on(async {
            let mut command = tokio::process::Command::from(command);
            let mut child =
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("the program");
            let stdin = child.stdin.take();
            let feed = async {
                if let (Some(mut pipe), Some(input)) = (stdin, input) {
                    // the program need not read it
                    drop(pipe.write_all(input).await);
                }
            };
            let both = async { tokio::join!(feed, child.wait_with_output()).1 };
            tokio::time::timeout(LIMIT, both).await
        });
        let elapsed = start.elapsed();
        let output = output.unwrap_or_else(|_| {
            panic!("{shown} did not end within {LIMIT:?}\nasked so far:\n{}", self.server.journal())
        });
        let output = output.expect("the program's output");
        CommandOutput {
            stdout: self.redact(&output.stdout),
            stderr: self.redact(&output.stderr),
            code: code(output.status),
            raw: output.stdout,
            elapsed,
        }
    }

    /// The port and the temporary folder by name.
    pub(crate) fn redact(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        text.replace(&self.server.authority(), "SERVER").replace(&*self.home.path().to_string_lossy(), "$HOME")
    }
}

#[cfg(unix)]
fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

#[cfg(not(unix))]
fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}
