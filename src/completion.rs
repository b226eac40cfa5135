//! Completion: static scripts that ask this program, kubectl's plugin protocol, and names from the cluster.
//!
//! kubectl runs an executable `kubectl_complete-ko` with the words typed so far and reads `value<TAB>description` lines and a
//! last line `:N` (kubectl: `pkg/cmd/plugin/plugin_completion.go`; 4 is "no file names").

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap::Parser as _;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::api::nat_kind::NatKind;
use crate::api::{Kind, Resource as _};
use crate::cluster::{Cluster, Connection};
use crate::failure::Exit;

/// What a shell's script sets when it asks.
const VARIABLE: &str = "KUBECTL_KO_COMPLETE";
/// How long names from the cluster may take; a shell that hangs is worse than one that knows no names.
const BUDGET: Duration = Duration::from_millis(300);

/// Whom a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// elvish
    Elvish,
    /// kubectl itself: the executable kubectl_complete-ko
    Kubectl,
}

impl Shell {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 6] = [Self::Bash, Self::Zsh, Self::Fish, Self::Powershell, Self::Elvish, Self::Kubectl];

    /// The file under completions/ that holds its script.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Bash => "kubectl-ko.bash",
            Self::Zsh => "_kubectl-ko",
            Self::Fish => "kubectl-ko.fish",
            Self::Powershell => "kubectl-ko.ps1",
            Self::Elvish => "kubectl-ko.elv",
            Self::Kubectl => "kubectl_complete-ko",
        }
    }
}

/// The script of a shell: it asks this program, so that it never is out of date.
#[must_use]
pub fn script(shell: Shell) -> String {
    let engine: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
        Shell::Elvish => &Elvish,
        Shell::Kubectl => return "#!/bin/sh\nexec kubectl-ko __complete -- \"$@\"\n".to_owned(),
    };
    let mut script = Vec::new();
    drop(engine.write_registration(VARIABLE, "kubectl_ko", "kubectl-ko", "kubectl-ko", &mut script));
    String::from_utf8_lossy(&script).into_owned()
}

/// Answers a shell or kubectl, when it is one of them that called.
#[must_use]
pub fn answer(arguments: &[OsString]) -> Option<Exit> {
    if std::env::var_os(VARIABLE).is_some() {
        let done = clap_complete::CompleteEnv::with_factory(crate::command).var(VARIABLE).try_complete(arguments, None);
        return matches!(done, Ok(true)).then_some(Exit::Success);
    }
    let called = arguments.first().map(std::path::Path::new).and_then(std::path::Path::file_stem);
    let words = if called == Some(OsStr::new("kubectl_complete-ko")) {
        &arguments[1..]
    } else if arguments.get(1).is_some_and(|word| word == "__complete") {
        let skip = if arguments.get(2).is_some_and(|word| word == "--") { 3 } else { 2 };
        &arguments[skip..]
    } else {
        return None;
    };
    drop(crate::ui::Ui::new(crate::ui::Color::Never, false).data(for_kubectl(words).as_bytes()));
    Some(Exit::Success)
}

fn for_kubectl(words: &[OsString]) -> String {
    let mut line = vec![OsString::from("kubectl-ko")];
    line.extend_from_slice(words);
    let index = line.len() - 1;
    let typed = words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let candidates = complete(&mut crate::command(), line, index, None).unwrap_or_default();
    // cobra offers flags only once a dash was typed
    let wanted = candidates
        .iter()
        .filter(|candidate| typed.starts_with('-') || !candidate.get_value().to_string_lossy().starts_with('-'));
    let mut text = String::new();
    for candidate in wanted {
        text.push_str(&candidate.get_value().to_string_lossy());
        if let Some(help) = candidate.get_help() {
            text.push('\t');
            text.push_str(help.to_string().lines().next().unwrap_or_default());
        }
        text.push('\n');
    }
    text + ":4\n"
}

/// Completes with the names of the objects of a kind of Kube-OVN, given by its plural.
#[must_use]
pub fn names_of(plural: &'static str) -> ArgValueCandidates {
    ArgValueCandidates::new(move || names(plural))
}

fn names(plural: &'static str) -> Vec<CompletionCandidate> {
    let kind = match plural {
        "subnets" => crate::api::Subnet::KIND,
        "vpcs" => crate::api::Vpc::KIND,
        _ => NatKind::parse(plural).map_or(crate::api::Vip::KIND, NatKind::kind),
    };
    let names = tokio::runtime::Builder::new_current_thread().enable_all().build().ok().and_then(|runtime| {
        let names = runtime.block_on(async { tokio::time::timeout(BUDGET, ask(kind)).await.ok().flatten() });
        runtime.shutdown_background();
        names
    });
    names.unwrap_or_default().into_iter().map(CompletionCandidate::new).collect()
}

/// The line that is being completed, as if it were run: shells and kubectl pass it behind `--`, `kubectl_complete-ko` bare.
fn typed_line() -> Vec<OsString> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let start = words.iter().position(|word| word == "--").unwrap_or(0);
    let line = &words[start + 1..];
    let line = line.strip_prefix(&["kubectl-ko".into()]).unwrap_or(line);
    std::iter::once("kubectl-ko".into()).chain(line.iter().cloned()).collect()
}

/// The names as the connection flags on the line say; nothing when anything is wrong.
async fn ask(kind: Kind) -> Option<Vec<String>> {
    #[derive(clap::Parser)]
    #[command(ignore_errors = true, disable_help_flag = true)]
    struct Typed {
        #[command(flatten)]
        connection: Connection,
    }
    let typed = Typed::try_parse_from(typed_line()).ok()?;
    // a plugin may ask for a password, and nobody could stop it in time
    if typed.connection.sandbox().ok()?.is_none() {
        let user = crate::cluster::config::load(&typed.connection).await.ok()?.0.auth_info;
        if user.exec.is_some() || user.auth_provider.is_some() {
            return None;
        }
    }
    let cluster = Cluster::open(&typed.connection).await.ok()?;
    cluster.names(kind).await.ok()
}
