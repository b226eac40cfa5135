//! One run of a whole process: time, memory, exit code, lines.
//!
//! The process is started by a small one, this program with [`VERB`]: Linux counts the memory of whoever starts a process as its peak.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use wait4::Wait4 as _;

/// The first argument of the process that starts what is measured.
pub(crate) const VERB: &str = "__measure";

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) time: Duration,
    /// Peak resident memory, in bytes, of the process and of those it started.
    pub(crate) memory: u64,
    pub(crate) code: i32,
    /// Lines on standard output.
    pub(crate) rows: usize,
}

/// Runs a program once; also what it said on standard error.
pub(crate) fn run(command: &[String], environment: &[(&str, String)]) -> Result<(Run, String)> {
    let variables = environment.iter().map(|(name, value)| (*name, value.as_str()));
    let output = Command::new(std::env::current_exe()?).arg(VERB).args(command).envs(variables).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[nanoseconds, memory, code, rows] = numbers.as_slice() else {
        bail!("{} could not be run: {}", command.join(" "), said.trim());
    };
    let run = Run {
        time: Duration::from_nanos(nanoseconds),
        memory,
        code: i32::try_from(code)?,
        rows: usize::try_from(rows)?,
    };
    Ok((run, said))
}

/// Starts the program, drains its standard output, and prints the four numbers of a [`Run`].
pub(crate) fn serve(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("nothing to run")?;
    let mut buffer = vec![0; 64 * 1024];
    let mut rows = 0;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context(program.clone())?;
    let mut stdout = child.stdout.take().context("no standard output")?;
    loop {
        let length = stdout.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        rows += buffer[..length].split(|byte| *byte == b'\n').count() - 1;
    }
    let used = child.wait4()?;
    let time = start.elapsed().as_nanos();
    let code = used.status.code().unwrap_or(255);
    writeln!(std::io::stdout(), "{time} {} {code} {rows}", used.rusage.maxrss)?;
    Ok(())
}
