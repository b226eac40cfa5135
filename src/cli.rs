//! The command tree. No logic.

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Styles};

use crate::cluster::Connection;
use crate::commands::{completion, dnat, eip, fip, ip, lint, nat, raw, sandbox, snapshot, snat, subnet, version, vip};
use crate::ui::Color;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// Addresses and NAT of Kube-OVN, and OVN's own tools
///
/// Checks everything before a write, waits until it works, and says why when it does not.
#[derive(clap::Parser, Debug)]
#[command(
    name = "kubectl-ko",
    bin_name = "kubectl ko",
    version,
    styles = STYLES,
    max_term_width = 110,
    after_help = "Flags of kubectl (--context, --kubeconfig, -n, --as, …) stand behind `kubectl ko`; see --help."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Top,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// Flags that every command takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Global {
    /// Which cluster, as whom.
    #[command(flatten)]
    pub connection: Connection,
    /// Answer every question with yes
    #[arg(short, long, global = true, hide_short_help = true)]
    pub yes: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_short_help = true)]
    pub color: Color,
    /// nbctl, sbctl, …: pass standard input to the tool (done unasked when an argument is `-` or /dev/stdin)
    #[arg(short = 'i', long, global = true, hide_short_help = true)]
    pub stdin: bool,
    /// Show the requests that are sent, on standard error (twice: more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, hide_short_help = true)]
    pub verbose: u8,
}

/// The nouns and verbs of the first level.
#[derive(clap::Subcommand, Debug)]
#[expect(missing_docs, reason = "a comment here would take the place of the longer help at the arguments")]
pub enum Top {
    Vip(vip::VipCommand),
    Ip(ip::IpCommand),
    Eip(eip::EipCommand),
    Fip(fip::FipCommand),
    Snat(snat::SnatCommand),
    Dnat(dnat::DnatCommand),
    Nat(nat::NatCommand),
    Subnet(subnet::SubnetCommand),
    Lint(lint::LintArgs),
    Snapshot(snapshot::SnapshotCommand),
    /// Run ovn-nbctl in the pod that leads the northbound database
    ///
    /// Everything after the verb goes to the tool untouched, --help too; flags of this program stand before it. Both streams
    /// and the exit code are the tool's; 125 when it could not be run. When the leader is missing or does not answer, a command
    /// that only reads is answered by another member.
    Nbctl(raw::RawArgs),
    /// Run ovn-sbctl in the pod that leads the southbound database
    ///
    /// Everything after the verb goes to the tool untouched, --help too; flags of this program stand before it. Both streams
    /// and the exit code are the tool's; 125 when it could not be run. When the leader is missing or does not answer, a command
    /// that only reads is answered by another member.
    Sbctl(raw::RawArgs),
    /// Run ovn-ic-nbctl in the pod that leads the interconnection northbound database
    ///
    /// Everything after the verb goes to the tool untouched, --help too; flags of this program stand before it. Both streams
    /// and the exit code are the tool's; 125 when it could not be run. When the leader is missing or does not answer, a command
    /// that only reads is answered by another member.
    Icnbctl(raw::RawArgs),
    /// Run ovn-ic-sbctl in the pod that leads the interconnection southbound database
    ///
    /// Everything after the verb goes to the tool untouched, --help too; flags of this program stand before it. Both streams
    /// and the exit code are the tool's; 125 when it could not be run. When the leader is missing or does not answer, a command
    /// that only reads is answered by another member.
    Icsbctl(raw::RawArgs),
    Sandbox(sandbox::SandboxCommand),
    Completion(completion::CompletionArgs),
    Version(version::VersionArgs),
}

/// Verbs of Kube-OVN's own script (Kube-OVN: dist/images/kubectl-ko) that this program does not have yet.
pub const SCRIPT_VERBS: [&str; 15] = [
    "vsctl",
    "ofctl",
    "dpctl",
    "appctl",
    "nb",
    "sb",
    "trace",
    "ovn-trace",
    "tcpdump",
    "diagnose",
    "env-check",
    "reload",
    "log",
    "perf",
    "tuning",
];

/// Verbs behind which nothing is ours.
const RAW: [&str; 4] = ["nbctl", "sbctl", "icnbctl", "icsbctl"];

/// Puts `--` behind a raw verb, so that the tool's own `-n`, `-v` or `--help` are not taken for ours.
#[must_use]
pub fn shielded(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_raw = |argument: &OsString| RAW.iter().any(|verb| argument == verb);
    if !arguments.iter().any(is_raw) {
        return arguments;
    }
    let command = crate::command();
    let takes_next = |text: &str| {
        command.get_arguments().any(|ours| {
            let named = ours.get_long().is_some_and(|long| text == format!("--{long}"))
                || ours.get_short().is_some_and(|short| text == format!("-{short}"));
            named && ours.get_action().takes_values() && !ours.is_require_equals_set()
        })
    };
    let mut at = 1;
    while at < arguments.len() {
        let text = arguments[at].to_string_lossy().into_owned();
        if !text.starts_with('-') {
            break;
        }
        at += if takes_next(&text) { 2 } else { 1 };
    }
    if arguments.get(at).is_some_and(is_raw) {
        arguments.insert(at + 1, "--".into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::shielded;

    #[test]
    fn what_stands_behind_a_raw_verb_is_the_tools_own() {
        let shield = |line: &str| {
            let words = shielded(line.split(' ').map(Into::into).collect());
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shield("ko --context nbctl -v nbctl -n --help"), "ko --context nbctl -v nbctl -- -n --help");
        assert_eq!(
            shield("ko --insecure-skip-tls-verify nbctl -- show"),
            "ko --insecure-skip-tls-verify nbctl -- -- show"
        );
        assert_eq!(shield("ko vip list nbctl"), "ko vip list nbctl");
    }

    #[test]
    fn the_command_tree_is_sound() {
        crate::command().debug_assert();
    }
}
