//! This program against kubectl and the bash plugin, whole processes in turn on one cluster.
//!
//! ```text
//! cargo bench                                                     # what needs no cluster
//! cargo bench -- --kubeconfig FILE [--bash-plugin PATH] [--populate 20000] [--cleanup]
//! ```
//!
//! A timing is no test: a target that is missed is told and ends with 0. What cannot be compared, because the two ended differently
//! or printed another number of rows, is told and ends with 1. With a kubeconfig it writes: Vips named `kubectl-ko-bench-…`.

mod cases;
mod measure;
mod populate;
mod report;
mod versus;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;

use cases::Cases;
use populate::{Bulk, Kind};
use report::Report;

/// Compare this program with kubectl and the bash plugin
#[derive(clap::Parser, Debug)]
struct Options {
    /// The cluster to measure on; Vips are made there
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The bash plugin `kubectl-ko` of Kube-OVN
    #[arg(long, value_name = "PATH")]
    bash_plugin: Option<PathBuf>,
    /// How often each of the two runs
    #[arg(long, default_value_t = 20, value_name = "N")]
    rounds: usize,
    /// List this many Vips as well, and make them
    #[arg(long, default_value_t = 0, value_name = "N")]
    populate: usize,
    /// Remove the Vips at the end; the next run removes them otherwise
    #[arg(long)]
    cleanup: bool,
    /// Only cases whose name contains this
    #[arg(long, default_value = "", value_name = "TEXT")]
    only: String,
    /// Subnet in which `vip create` is measured
    #[arg(long, default_value = "ovn-default", value_name = "NAME")]
    subnet: String,
    /// The program to measure
    #[arg(long, default_value = env!("CARGO_BIN_EXE_kubectl-ko"), value_name = "PATH")]
    program: PathBuf,
    /// What cargo gives every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// How many Vips a small cluster has.
const SMALL: usize = 20;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = if arguments.next().as_deref() == Some(measure::VERB) {
        measure::serve(&arguments.collect::<Vec<_>>()).map(|()| true)
    } else {
        compare(&Options::parse())
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything could be compared.
fn compare(options: &Options) -> Result<bool> {
    let cases = Cases::new(options)?;
    let mut report = Report::default();
    report.size(&options.program)?;
    report.run(options, cases.without_cluster())?;
    if let Some(file) = &options.kubeconfig {
        // what an earlier run, or a suite, left would make the small cluster a large one
        let all = Kind::ALL.into_iter().map(|kind| Bulk::open(file, kind)).collect::<Result<Vec<_>>>()?;
        all.iter().try_for_each(Bulk::remove)?;
        let vips = Bulk::open(file, Kind::Vips)?;
        vips.make(SMALL)?;
        report.run(options, cases.small())?;
        report.run(options, cases.raw())?;
        report.run(options, cases.create())?;
        if options.populate > 0 {
            vips.make(options.populate)?;
            report.run(options, cases.large(options.populate))?;
        }
        // last, since the controller tries again and again to make them ready
        let nat = all.iter().filter(|bulk| bulk.is_nat());
        nat.clone().try_for_each(|bulk| bulk.make(SMALL))?;
        let done = report.run(options, cases.nat());
        nat.clone().try_for_each(Bulk::remove)?;
        done?;
        if options.cleanup {
            vips.remove()?;
        }
    }
    report.print(&mut std::io::stdout().lock())?;
    Ok(report.is_valid())
}
