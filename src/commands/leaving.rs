//! The end of every deletion: the object is gone, or it is told what holds it.

use crate::api::names;
use crate::check::explain::Explained;
use crate::cluster::leader::Waited;
use crate::failure::{Exit, Failure, Result};

/// Where to look when the controller says nothing.
pub(super) const CONTROLLER: &str = "kubectl get pods -A -l app=kube-ovn-controller";

/// An object that is marked for deletion.
pub(super) struct Leaving<'a> {
    /// `vip/web`.
    pub(super) named: &'a str,
    /// Its finalizers: one that is not Kube-OVN's holds it for ever.
    pub(super) finalizers: &'a [String],
    /// What to run when the controller says nothing.
    pub(super) look: &'a str,
}

impl Leaving<'_> {
    /// What the wait for its end says; `explained` tells a sentence of the controller, with an empty meaning the sentence alone is told.
    pub(super) fn ended<T>(&self, waited: &Waited<T>, explained: impl FnOnce(&str) -> Explained) -> Result<()> {
        let stuck = |text: &str| {
            Failure::new(Exit::Unproven, format!("{} is marked for deletion, but does not go: {text}", self.named))
        };
        let foreign = self.finalizers.iter().find(|finalizer| !names::is_own_finalizer(finalizer));
        match (waited, foreign) {
            (Waited::Gone | Waited::Done(_), _) => Ok(()),
            (Waited::Said(sentence), _) => {
                let Explained { meaning, repair } = explained(sentence);
                let behind = if meaning.is_empty() { meaning } else { format!("{meaning}\n  ") };
                Err(stuck(&format!("{behind}kube-ovn-controller: {sentence}"))
                    .hints(Some(repair).filter(|repair| !repair.is_empty())))
            }
            (Waited::Silent(_) | Waited::Unheard(_), Some(finalizer)) => {
                Err(stuck(&format!("the finalizer {finalizer}, which is not Kube-OVN's, holds it"))
                    .hint("whoever set that finalizer has to remove it"))
            }
            (Waited::Silent(known) | Waited::Unheard(known), None) => Err(stuck(known).hint(self.look)),
        }
    }
}
