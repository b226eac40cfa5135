//! What a test puts around the server: a journal, played controllers, and rules for commands in pods.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kubectl_ko::sandbox::server::{Asked, Call, Hooks, Live, Refusal, Script, Shared, Wrote};

use super::journal::{ExecCall, Recorded};
use super::react::{self, Reaction};

/// Answers the execs it returns a script for.
pub(crate) type Rule = Box<dyn Fn(&Call) -> Option<Script> + Send>;

/// What the server told, and what is to be done.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) journal: Vec<Recorded>,
    pub(crate) execs: Vec<ExecCall>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) reactions: Vec<Reaction>,
}

#[derive(Clone, Default)]
pub(crate) struct Around(Arc<Mutex<Book>>);

impl Around {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        // a rule that panicked has failed its test
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hooks for Around {
    fn asked(&self, asked: &Asked<'_>) -> usize {
        let recorded = Recorded {
            method: asked.method.to_owned(),
            path: asked.path.to_owned(),
            query: asked.query.clone(),
            headers: asked.headers.clone(),
            body: asked.body.to_vec(),
            ..Recorded::default()
        };
        let mut book = self.book();
        book.journal.push(recorded);
        book.journal.len() - 1
    }

    fn user(&self, number: usize, user: &str) {
        self.recorded(number, |recorded| user.clone_into(&mut recorded.user));
    }

    fn answered(&self, number: usize, code: u16) {
        self.recorded(number, |recorded| recorded.code = code);
    }

    fn sent(&self, number: usize, bytes: usize) {
        self.recorded(number, |recorded| recorded.bytes += bytes);
    }

    fn after(&self, shared: &Arc<Shared>, live: &mut Live, wrote: Option<Wrote<'_>>) -> Result<(), Refusal> {
        if let Some(Wrote::Object(deed, kind, object)) = wrote {
            let book = self.book();
            let known = book.reactions.iter().filter(|reaction| reaction.on == deed && reaction.plural == kind.plural);
            let acts: Vec<react::Act> = known.flat_map(|reaction| (reaction.act)(object)).collect();
            drop(book);
            react::play(shared, live, acts);
        }
        Ok(())
    }

    fn exec(&self, _: &Arc<Shared>, call: &Call) -> Option<Script> {
        let book = self.book();
        book.rules.iter().rev().find_map(|rule| rule(call))
    }

    fn began(&self, call: &Call) -> usize {
        let mut book = self.book();
        book.execs.push(ExecCall { call: call.clone(), stdin: Vec::new(), stdin_closed: false });
        book.execs.len() - 1
    }

    fn input(&self, number: usize, bytes: Option<&[u8]>) {
        let mut book = self.book();
        let Some(call) = book.execs.get_mut(number) else { return };
        match bytes {
            Some(bytes) => call.stdin.extend_from_slice(bytes),
            None => call.stdin_closed = true,
        }
    }
}

impl Around {
    /// A request of the journal; it is gone when the test forgot it.
    fn recorded(&self, number: usize, change: impl FnOnce(&mut Recorded)) {
        if let Some(recorded) = self.book().journal.get_mut(number) {
            change(recorded);
        }
    }
}
