//! Where several clients wait for each other before their first write, so that every one has read before any has written.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long anyone waits; then it goes on, and [`Meeting::met`] is short of those who did not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// One place for several rounds, one after the other.
#[derive(Default)]
pub(crate) struct Meeting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    expected: usize,
    arrived: BTreeSet<usize>,
    /// Those that ended without a write.
    left: BTreeSet<usize>,
    met: Option<usize>,
}

impl State {
    fn look(&mut self) -> bool {
        if self.met.is_none() && self.arrived.union(&self.left).count() >= self.expected {
            self.met = Some(self.arrived.len());
        }
        self.met.is_some()
    }
}

impl Meeting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new round, of so many clients, numbered from 0. Nobody may be waiting.
    pub(crate) fn begin(&self, expected: usize) {
        *self.state() = State { expected, ..State::default() };
    }

    /// The client is about to write: returns when all are, or have ended. Only the first time in a round.
    pub(crate) fn arrive(&self, client: usize) {
        let mut state = self.state();
        if !state.arrived.insert(client) || state.look() {
            self.changed.notify_all();
            return;
        }
        let waited = self.changed.wait_timeout_while(state, PATIENCE, |state| !state.look());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let arrived = state.arrived.len();
        state.met.get_or_insert(arrived);
        self.changed.notify_all();
    }

    /// The client has ended.
    pub(crate) fn leave(&self, client: usize) {
        self.state().left.insert(client);
        self.changed.notify_all();
    }

    /// How many had arrived when they were let go.
    pub(crate) fn met(&self) -> usize {
        let state = self.state();
        state.met.unwrap_or(state.arrived.len())
    }
}

#[test]
fn nobody_writes_before_everybody_has_come() {
    let (meeting, written) = (Meeting::default(), Mutex::new(BTreeSet::new()));
    for round in 1..=3 {
        meeting.begin(5);
        std::thread::scope(|scope| {
            for client in 0..5 {
                let (meeting, written) = (&meeting, &written);
                scope.spawn(move || {
                    if client == 4 {
                        let written = written.lock().map(|written| written.len()).unwrap_or_default();
                        assert_eq!(written, 4 * (round - 1), "somebody wrote before the last had ended");
                        return meeting.leave(client);
                    }
                    meeting.arrive(client);
                    drop(written.lock().map(|mut written| written.insert((round, client))));
                    meeting.arrive(client);
                    meeting.leave(client);
                });
            }
        });
        assert_eq!(meeting.met(), 4);
    }
}
