//! The end of every creation: the object has what it needs, or it is told what keeps it.

use super::leaving::CONTROLLER;
use crate::check::explain::Explained;
use crate::cluster::leader::Waited;
use crate::failure::{Exit, Failure, Result};

/// An object that was written, and of which the controller has to make something.
pub(super) struct Arriving<'a> {
    /// `vip/web`.
    pub(super) named: &'a str,
    /// What it lacks when the controller complains, and while it is silent: `gets no address`, `has no address yet`.
    pub(super) lacks: [&'a str; 2],
    /// What to run when the controller is silent, before its pods are looked at.
    pub(super) look: Option<String>,
}

/// What an object without an address lacks.
pub(super) const ADDRESS: [&str; 2] = ["gets no address", "has no address yet"];

impl Arriving<'_> {
    /// A wait that could not be: the object is there all the same.
    pub(super) fn unwatched(&self, failure: Failure) -> Failure {
        failure.ending(Exit::Unproven).during(format_args!("{} was written, but cannot be watched", self.named))
    }

    /// What the wait for it says; `explained` tells a sentence of the controller.
    pub(super) fn ended<T>(&self, waited: Waited<T>, explained: impl FnOnce(&str) -> Explained) -> Result<T> {
        let Self { named, lacks: [complained, silent], .. } = self;
        let unproven = |text: String| Failure::new(Exit::Unproven, format!("{named} was written, but {text}"));
        match waited {
            Waited::Done(object) => Ok(object),
            Waited::Said(sentence) => {
                let Explained { meaning, repair } = explained(&sentence);
                Err(unproven(format!("{complained}: {meaning}\n  kube-ovn-controller: {sentence}"))
                    .hints(Some(repair).filter(|repair| !repair.is_empty())))
            }
            Waited::Silent(known) | Waited::Unheard(known) => {
                Err(unproven(format!("{silent}: {known}")).hints(self.look.clone()).hint(CONTROLLER))
            }
            Waited::Gone => Err(gone(named)),
        }
    }
}

/// An object that is not there any more.
pub(super) fn gone(named: &str) -> Failure {
    Failure::new(Exit::Incomplete, format!("{named} was written, and deleted by somebody else meanwhile"))
}
