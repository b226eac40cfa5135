//! `kubectl ko nbctl|sbctl|icnbctl|icsbctl ARGS…`

mod line;
mod streams;

use std::cell::Cell;
use std::time::Duration;

use super::Context;
use crate::cluster::Cluster;
use crate::cluster::exec::Command;
use crate::cluster::locate::{Database, Members};
use crate::cluster::standing::Standing;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ui::Ui;
use line::Line;
use streams::{Heard, Held};

/// What one of OVN's own tools is to do.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub struct RawArgs {
    /// Arguments of the tool
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// How long the tool may say nothing before the server in its pod is asked how it stands.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may go on saying nothing after a server that answered.
const AGAIN: Duration = Duration::from_secs(30);
/// A server that did not answer is asked once more after this, before a command that writes is given up: a database that is
/// being compacted is away for seconds.
const ONCE_MORE: Duration = Duration::from_secs(1);

pub(super) async fn run(context: &Context<'_>, database: Database, tool: &str, args: &RawArgs) -> Result<Exit> {
    let cluster = context.cluster().await.map_err(not_run)?;
    let members = cluster.members(database).await.map_err(not_run)?;
    let arguments = &args.arguments;
    let call = Call {
        cluster,
        members: &members,
        database,
        tool,
        arguments,
        stdin: context.global.stdin,
        line: Line::of(arguments),
        ui: context.ui,
    };
    let Some(leader) = &members.leader else {
        return call.instead(&members.trouble, Done::No).await;
    };
    match call.on(leader, false).await? {
        Ran::Ended(code) => Ok(Exit::Remote(code)),
        Ran::Failed { failure, spoke } => {
            // a right that is missing is missing for every pod
            if call.line.reads && !spoke && !members.others.is_empty() && failure.cause != Cause::Forbidden {
                return call.instead(&failure.message, Done::No).await;
            }
            Err(not_run(failure))
        }
        Ran::NoLeader(complaint) => {
            call.instead(&format!("{tool} in pod {leader}, which has its label, says: {complaint}"), Done::Perhaps)
                .await
        }
        Ran::Silent { why, spoke: false } if call.line.reads => {
            call.instead(&format!("{leader}, which has its label, {why}"), Done::No).await
        }
        Ran::Silent { why, spoke } => Err(call.given_up(leader, &why, spoke).await),
    }
}

/// A raw verb's own failures end with 125, so that a script can tell them from the tool's.
fn not_run(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Usage => failure,
        _ => failure.ending(Exit::NotRun),
    }
}

struct Call<'a> {
    cluster: &'a Cluster,
    members: &'a Members,
    database: Database,
    tool: &'a str,
    arguments: &'a [String],
    stdin: bool,
    line: Line,
    ui: &'a Ui,
}

/// How a run in one pod ended.
enum Ran {
    Ended(u8),
    Failed {
        failure: Failure,
        spoke: bool,
    },
    /// The tool found no leader in its pod; its own words.
    NoLeader(String),
    /// Neither the tool nor the server said anything (more).
    Silent {
        why: String,
        spoke: bool,
    },
}

/// Whether a line that writes may have been carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    No,
    Perhaps,
}

impl Call<'_> {
    /// Asks the members that have no label, one after the other; only for what changes nothing.
    async fn instead(&self, trouble: &str, done: Done) -> Result<Exit> {
        let name = self.database.spoken();
        if !self.line.reads {
            let message = format!(
                "the {name} database has no leader that answers: {trouble}, and another member may only be read"
            );
            let mut failure = Failure::new(Exit::NotRun, message);
            if done == Done::Perhaps {
                failure = failure.hint(self.look());
            }
            return Err(self.with_leader(failure).await);
        }
        let mut trouble = trouble.to_owned();
        for member in &self.members.others {
            self.ui.warning(&format!(
                "the {name} database has no leader that answers ({trouble}); {member} answers instead and may be behind"
            ));
            trouble = match self.on(member, true).await? {
                Ran::Ended(code) => return Ok(Exit::Remote(code)),
                Ran::Failed { failure, spoke } if spoke || failure.cause == Cause::Forbidden => {
                    return Err(not_run(failure));
                }
                Ran::Failed { failure, .. } => failure.message,
                Ran::NoLeader(complaint) => format!("{} in pod {member} says: {complaint}", self.tool),
                Ran::Silent { why, spoke: false } => format!("{member} {why}"),
                Ran::Silent { why, spoke: true } => return Err(self.given_up(member, &why, true).await),
            };
        }
        let message =
            format!("the {name} database has no leader that answers: {trouble}, and no other member is ready");
        Err(self.with_leader(Failure::new(Exit::NotRun, message)).await)
    }

    /// The end of a wait for a tool and a server that both say nothing. Closing the connection does not end the tool: what it
    /// was to do may be done yet.
    async fn given_up(&self, pod: &str, why: &str, spoke: bool) -> Failure {
        let known = if self.line.reads {
            "what it printed is not the whole"
        } else {
            "whether it was carried out, or will be once the server answers again, is not known"
        };
        let more = if spoke { " more" } else { "" };
        let message = format!(
            "{} was given up: {pod} said nothing{more}, and its {} database {why}: {known}",
            self.tool,
            self.database.spoken()
        );
        let failure = Failure::new(Exit::NotRun, message);
        self.with_leader(if self.line.reads { failure } else { failure.hint(self.look()) }).await
    }

    fn look(&self) -> String {
        format!(
            "look before you run it again: kubectl ko {} show",
            self.tool.trim_start_matches("ovn-").replace('-', "")
        )
    }

    /// With what to do about a label that nobody, or the wrong pod, has.
    async fn with_leader(&self, failure: Failure) -> Failure {
        let Members { namespace, .. } = self.members;
        let failure = match self.cluster.unlabelled_leader(self.database, self.members).await {
            Some(pod) => failure.hint(format!(
                "{pod} leads it, and gets the label {}=true when Kube-OVN looks next, within seconds: run it again then",
                self.database.leader_label()
            )),
            None => failure,
        };
        failure.hint(format!("kubectl get pods -n {namespace} -l app={} --show-labels", self.database.app()))
    }

    /// Runs the line in a pod. Fails only where our own streams do.
    async fn on(&self, pod: &str, follower: bool) -> Result<Ran> {
        let mut arguments = vec![self.tool.to_owned()];
        arguments.extend(follower.then(|| "--no-leader-only".to_owned()));
        arguments.extend(self.arguments.iter().cloned());
        let command = Command {
            namespace: &self.members.namespace,
            pod,
            container: self.database.container(),
            arguments: &arguments,
        };
        let heard = Cell::new(0);
        let mut out = Heard(tokio::io::stdout(), &heard);
        let mut err = Held::new(Heard(tokio::io::stderr(), &heard), self.line.names_server);
        let named = |argument: &String| argument == "-" || argument.contains("/dev/stdin");
        let stdin = (self.stdin || self.arguments.iter().any(named)).then(tokio::io::stdin);
        let ran = tokio::select! {
            ended = self.cluster.stream(command, stdin, &mut out, &mut err) => match ended {
                Ok(code) => Ran::Ended(code),
                // whoever read us went away: that is no failure
                Err(failure) if failure.exit == Exit::Success => Ran::Ended(0),
                Err(failure) => Ran::Failed { failure, spoke: heard.get() > 0 },
            },
            why = self.given_patience(pod, follower, &heard) => Ran::Silent { why, spoke: heard.get() > 0 },
        };
        if matches!(ran, Ran::Ended(1..))
            && heard.get() == 0
            && let Some(complaint) = err.complaint()
        {
            return Ok(Ran::NoLeader(complaint));
        }
        err.release().await?;
        Ok(ran)
    }

    /// Ends when the tool has said nothing for a while and the server in its pod does not answer, or does not lead; says which.
    /// A server that answers is waited for: some commands wait on purpose, and a large database takes its time.
    async fn given_patience(&self, pod: &str, follower: bool, heard: &Cell<usize>) -> String {
        let mut patience = SILENCE;
        let mut told = false;
        loop {
            let before = heard.get();
            tokio::time::sleep(patience).await;
            if heard.get() != before || self.line.timed {
                continue;
            }
            let mut standing = if self.line.names_server {
                Standing::Unknown("the line names another server".to_owned())
            } else {
                self.cluster.standing(self.database, &self.members.namespace, pod).await
            };
            if !self.line.reads && matches!(standing, Standing::Down(_) | Standing::Follows) {
                tokio::time::sleep(ONCE_MORE).await;
                standing = self.cluster.standing(self.database, &self.members.namespace, pod).await;
            }
            if heard.get() != before {
                continue;
            }
            let state = match standing {
                Standing::Down(why) => return format!("does not answer ({why})"),
                Standing::Follows if !follower => return "does not lead any more".to_owned(),
                Standing::Leads | Standing::Follows => "its database answers".to_owned(),
                Standing::Unknown(why) => format!("whether its database answers is not known ({why})"),
            };
            if !std::mem::replace(&mut told, true) {
                let name = self.tool;
                self.ui.note(&format!(
                    "{name} in pod {pod} has said nothing for {} s; {state}; Ctrl-C ends the wait",
                    SILENCE.as_secs()
                ));
            }
            patience = AGAIN;
        }
    }
}
