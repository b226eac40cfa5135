//! Several of the program at once, held between what they check and what they write.

use std::sync::Arc;

use super::bench::{Outcome, Ran, finish};
use super::upstream::{Gated, Upstream};
use crate::meeting::Meeting;
use crate::proxy::{Request, Stage, Verdict};

/// Whether a request changes one of Kube-OVN's objects.
pub(crate) fn writes(request: &Request) -> bool {
    let method = request.line.split(' ').next().unwrap_or_default();
    matches!(method, "POST" | "PUT" | "PATCH" | "DELETE")
        && request.line.contains("/apis/kubeovn.io/")
        && !request.line.contains("dryRun=")
}

/// So many clients, each behind a proxy that stops it at its first write until all others are at theirs.
pub(crate) struct Writers {
    gated: Vec<Gated>,
    meeting: Arc<Meeting>,
    _upstream: Upstream,
}

/// What came of one round.
pub(crate) struct Round {
    /// By client.
    pub(crate) ran: Vec<Ran>,
    /// How many had checked and were about to write when the first one wrote.
    pub(crate) met: usize,
}

impl Writers {
    pub(crate) fn new(count: usize) -> Outcome<Self> {
        let (upstream, meeting) = (Upstream::start()?, Arc::new(Meeting::default()));
        let gated = (0..count).map(|client| {
            let meeting = Arc::clone(&meeting);
            upstream.gated(move |request, stage| {
                if stage == Stage::Asked && writes(request) {
                    meeting.arrive(client);
                }
                Verdict::Pass
            })
        });
        Ok(Self { gated: gated.collect::<Outcome<_>>()?, meeting, _upstream: upstream })
    }

    /// Runs a line for each client, side by side, to the end.
    pub(crate) fn race(&self, lines: &[String]) -> Round {
        self.meeting.begin(lines.len());
        let ran = std::thread::scope(|scope| {
            let run = |(client, (gated, line)): (usize, (&'_ Gated, &'_ String))| {
                let (command, line, meeting) = (gated.program(line), line.clone(), &self.meeting);
                scope.spawn(move || {
                    let ran = finish(&line, command, &[]);
                    meeting.leave(client);
                    ran
                })
            };
            let all: Vec<_> = self.gated.iter().zip(lines).enumerate().map(run).collect();
            all.into_iter().map(|one| one.join().unwrap_or_default()).collect()
        });
        Round { ran, met: self.meeting.met() }
    }
}

/// How many rounds a race has: `KO_ROUNDS`, or 3.
pub(crate) fn rounds() -> usize {
    std::env::var("KO_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}
