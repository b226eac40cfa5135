//! `kubectl ko nbctl|sbctl|icnbctl|icsbctl ARGS…`

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use tokio::io::AsyncWrite;

use super::Context;
use crate::cluster::Cluster;
use crate::cluster::exec::Command;
use crate::cluster::locate::{Database, Members};
use crate::failure::{Exit, Failure, Result};
use crate::ui::Ui;

/// What one of OVN's own tools is to do.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub struct RawArgs {
    /// Arguments of the tool
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// How long a leader may say nothing before another member is asked.
const SILENCE: Duration = Duration::from_secs(8);

/// Sub-commands that change nothing (ovn-nbctl(8), ovn-sbctl(8), ovn-ic-nbctl(8), ovn-ic-sbctl(8)).
const READING: &[&str] = &[
    "acl-list",
    "bfd-list",
    "copp-list",
    "count-flows",
    "dhcp-options-get-options",
    "dhcp-options-list",
    "dump-flows",
    "find",
    "fwd-group-list",
    "get",
    "get-connection",
    "get-ssl",
    "ha-chassis-group-list",
    "lb-list",
    "lflow-list",
    "list",
    "lr-lb-list",
    "lr-list",
    "lr-nat-list",
    "lr-policy-list",
    "lr-route-list",
    "lrp-get-enabled",
    "lrp-get-gateway-chassis",
    "lrp-get-redirect-type",
    "lrp-list",
    "ls-lb-list",
    "ls-list",
    "lsp-get-addresses",
    "lsp-get-dhcpv4-options",
    "lsp-get-dhcpv6-options",
    "lsp-get-enabled",
    "lsp-get-ls",
    "lsp-get-options",
    "lsp-get-parent",
    "lsp-get-port-security",
    "lsp-get-tag",
    "lsp-get-type",
    "lsp-get-up",
    "lsp-list",
    "meter-list",
    "mirror-list",
    "qos-list",
    "show",
    "tr-list",
    "ts-list",
];

/// Global options whose value is the next argument (ovn-nbctl(8), Options).
const VALUED: &[&str] = &[
    "-t",
    "--timeout",
    "--db",
    "-f",
    "--format",
    "-d",
    "--data",
    "-C",
    "--ca-cert",
    "-c",
    "--certificate",
    "-p",
    "--private-key",
];

/// Options that take no value (the same pages).
const FLAGS: &[&str] = &[
    "--bare",
    "--dry-run",
    "--if-exists",
    "--leader-only",
    "--no-heading",
    "--no-headings",
    "--no-leader-only",
    "--oneline",
    "--ovs",
    "--pretty",
    "--stats",
    "--uuid",
    "--vflows",
];

pub(super) async fn run(context: &Context<'_>, database: Database, tool: &str, args: &RawArgs) -> Result<Exit> {
    let cluster = context.cluster().await.map_err(not_run)?;
    let members = cluster.members(database).await.map_err(not_run)?;
    let call = Call { cluster, members: &members, database, tool, args, stdin: context.global.stdin };
    let reads = only_reads(&args.arguments);
    let Some(leader) = &members.leader else {
        return call.elsewhere(context, reads, &members.trouble).await;
    };
    match call.on(leader, false, Patience { reads, ui: context.ui }).await {
        Ran::Ended(code) => Ok(Exit::Remote(code)),
        Ran::Failed { failure, spoke: false }
            if reads && failure.exit != Exit::Success && !members.others.is_empty() =>
        {
            call.elsewhere(context, reads, &failure.message).await
        }
        Ran::Failed { failure, .. } if failure.exit == Exit::Success => Ok(Exit::Success),
        Ran::Failed { failure, .. } => Err(not_run(failure)),
        Ran::Silent => {
            call.elsewhere(
                context,
                reads,
                &format!("{leader}, which leads it, has not answered for {} s", SILENCE.as_secs()),
            )
            .await
        }
    }
}

/// A raw verb's own failures end with 125, so that a script can tell them from the tool's.
fn not_run(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Usage | Exit::Success => failure,
        _ => failure.ending(Exit::NotRun),
    }
}

struct Call<'a> {
    cluster: &'a Cluster,
    members: &'a Members,
    database: Database,
    tool: &'a str,
    args: &'a RawArgs,
    stdin: bool,
}

/// What is done about a member that says nothing.
struct Patience<'a> {
    /// The command changes nothing: another member can be asked.
    reads: bool,
    ui: &'a Ui,
}

enum Ran {
    Ended(u8),
    Failed { failure: Failure, spoke: bool },
    Silent,
}

impl Call<'_> {
    /// Asks a member that does not lead; only for what changes nothing.
    async fn elsewhere(&self, context: &Context<'_>, reads: bool, trouble: &str) -> Result<Exit> {
        let name = self.database.spoken();
        let Some(member) = self.members.others.first().filter(|_| reads) else {
            let reason = if reads { "and no other member is ready" } else { "and another member may only be read" };
            let failure = Failure::new(
                Exit::NotRun,
                format!("the {name} database has no leader that answers: {trouble}, {reason}"),
            );
            return Err(failure.hint(format!(
                "kubectl get pods -n {} -l app={} --show-labels",
                self.members.namespace,
                self.database.app()
            )));
        };
        context.ui.warning(&format!(
            "the {name} database has no leader that answers ({trouble}); {member} answers instead and may be behind"
        ));
        // nobody is left to ask: it is waited for
        match self.on(member, true, Patience { reads: false, ui: context.ui }).await {
            Ran::Ended(code) => Ok(Exit::Remote(code)),
            Ran::Failed { failure, .. } => Err(not_run(failure)),
            Ran::Silent => {
                Err(Failure::new(Exit::NotRun, format!("{member} has not answered for {} s either", SILENCE.as_secs())))
            }
        }
    }

    async fn on(&self, pod: &str, follower: bool, patience: Patience<'_>) -> Ran {
        let mut arguments = vec![self.tool.to_owned()];
        arguments.extend(follower.then(|| "--no-leader-only".to_owned()));
        arguments.extend(self.args.arguments.iter().cloned());
        let command = Command {
            namespace: &self.members.namespace,
            pod,
            container: self.database.container(),
            arguments: &arguments,
        };
        let spoke = Cell::new(false);
        let (mut out, mut err) = (Heard(tokio::io::stdout(), &spoke), Heard(tokio::io::stderr(), &spoke));
        let named = |argument: &String| argument == "-" || argument.contains("/dev/stdin");
        let stdin = (self.stdin || self.args.arguments.iter().any(named)).then(tokio::io::stdin);
        let running = self.cluster.stream(command, stdin, &mut out, &mut err);
        // who gives the tool a time of its own means to wait as long
        let timed = self.args.arguments.iter().any(|argument| argument == "-t" || argument.starts_with("--timeout"));
        let silent = async {
            tokio::time::sleep(SILENCE).await;
            if !spoke.get() && patience.reads && !timed {
                return;
            }
            if !spoke.get() {
                // it may have been carried out, and some commands wait on purpose: only the user can know
                patience.ui.note(&format!("{pod} has said nothing for {} s; Ctrl-C ends the wait", SILENCE.as_secs()));
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = running => match ended {
                Ok(code) => Ran::Ended(code),
                Err(failure) => Ran::Failed { failure, spoke: spoke.get() },
            },
            () = silent => Ran::Silent,
        }
    }
}

/// Whether every command of the line changes nothing. What is not known counts as a change.
fn only_reads(arguments: &[String]) -> bool {
    let mut commands = 0;
    for part in arguments.split(|argument| argument == "--") {
        let mut words = part.iter().map(String::as_str);
        let mut command = None;
        while let Some(word) = words.next() {
            if VALUED.contains(&word) {
                words.next();
            } else if word.starts_with('-') {
                // of an option that is not known it is not known either whether the next word is its value or the command
                if !word.contains('=') && !FLAGS.contains(&word) {
                    return false;
                }
            } else {
                command = Some(word);
                break;
            }
        }
        match command {
            Some(command) if READING.contains(&command) => commands += 1,
            Some(_) => return false,
            None => {}
        }
    }
    commands > 0
}

/// A stream that remembers whether anything came.
struct Heard<'a, W>(W, &'a Cell<bool>);

impl<W: AsyncWrite + Unpin> AsyncWrite for Heard<'_, W> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Task<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.1.set(true);
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_when_each_of_its_commands_does() {
        let reads = |line: &str| only_reads(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "show",
            "--format=json list nat",
            "-t 5 lr-nat-list vpc1",
            "--data bare --no-heading find nat type=snat",
            "show -- list nb_global",
        ] {
            assert!(reads(line), "{line}");
        }
        for line in
            ["lr-nat-add vpc1 snat a b", "show -- ls-add x", "--unknown show lr-add x", "", "--", "-t show", "init"]
        {
            assert!(!reads(line), "{line}");
        }
    }
}
