//! `kubectl ko`: Vips, reserved addresses, EIPs and NAT rules of Kube-OVN, and OVN's own tools.
//!
//! # The map of the code
//!
//! A command's data goes one way: arguments → intent → `cluster::gather` (only what the rules need) → `world` →
//! `check`/`plan` → confirm or print → `cluster` writes → waits → looks into OVN → `output`.
//!
//! | room | what it is | may use |
//! |---|---|---|
//! | [`commands`] | one file a verb: arguments, calls, printing; no rules | everything |
//! | [`cluster`] | all input and output with the cluster; prints nothing | `api`, `net`, `ovn`, `world`, `sandbox` |
//! | [`sandbox`] | a cluster inside this program, its file, and that of a snapshot | `api`, `net`, `ovn`, `world` |
//! | [`plan`] | what has to be done | `api`, `net`, `world`, `check` |
//! | [`check`] | every rule once, with its KO code | `api`, `net`, `ovn`, `world` |
//! | [`world`] | the joined picture | `api`, `net`, `ovn` |
//! | [`ovn`] | rows of OVN's databases | `net` |
//! | [`api`] | Kube-OVN's resources | nothing |
//! | [`net`] | addresses, CIDRs, ranges, MACs, names | nothing |
//! | [`output`] | tables, JSON, YAML | nothing |
//!
//! A test holds these arrows (`tests/cli/test_house.rs`).

pub mod api;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod commands;
pub mod completion;
pub mod failure;
pub mod net;
pub mod output;
pub mod ovn;
pub mod plan;
pub mod sandbox;
pub mod ui;
pub mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::Cli;
use failure::{Exit, Failure};
use ui::Ui;

/// Runs one command line, the program's name included, and says how the process is to end.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(exit) = completion::answer(&arguments) {
        return exit.into();
    }
    let cli = match Cli::try_parse_from(cli::shielded(arguments)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(cli.global.color, cli.global.yes);
    trace(cli.global.verbose);
    let exit = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(interruptible(&ui, cli));
            // a thread may still be reading standard input: nobody waits for it
            runtime.shutdown_background();
            exit
        }
        Err(error) => told(&ui, &Failure::because(Exit::No, "cannot start", &error)),
    };
    exit.into()
}

async fn interruptible(ui: &Ui, cli: Cli) -> Exit {
    let exit = tokio::select! {
        done = commands::dispatch(ui, cli) => done.unwrap_or_else(|failure| told(ui, &failure)),
        _ = tokio::signal::ctrl_c() => Exit::Interrupted,
    };
    if exit == Exit::Interrupted {
        // the waiting line takes itself away first
        tokio::task::yield_now().await;
        ui.interrupted();
    }
    exit
}

fn told(ui: &Ui, failure: &Failure) -> Exit {
    ui.failure(failure);
    failure.exit
}

/// Help and version go to standard output and are no error; anything else is a usage error.
fn usage(error: &clap::Error) -> ExitCode {
    drop(error.print());
    if let Some(clap::error::ContextValue::String(word)) = error.get(clap::error::ContextKind::InvalidSubcommand)
        && cli::SCRIPT_VERBS.contains(&word.as_str())
    {
        Ui::new(ui::Color::Auto, false)
            .hint(&format!("{word} is one of Kube-OVN's own kubectl-ko script that this program does not have yet"));
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() }
}

/// `-v` shows what is asked of the API server, on standard error, `-vv` what the client library says about it. Neither shows a
/// header or a body: the library's level below, which does, cannot be had.
fn trace(verbose: u8) {
    if verbose == 0 {
        return;
    }
    let level = if verbose == 1 { tracing::Level::INFO } else { tracing::Level::DEBUG };
    drop(tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).without_time().try_init());
}

/// The whole command tree, for completion and for the generated reference.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}
