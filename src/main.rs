//! The program `kubectl-ko`; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_ko::run(std::env::args_os())
}
