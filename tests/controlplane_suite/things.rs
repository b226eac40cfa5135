//! Objects of any kind that a test makes: gone before it, and after.

use super::bench::{Outcome, ko, kubectl, kubectl_words, object, script, seconds, until};

/// `KIND NAME`, in the order in which they can be deleted: rules before what they use.
pub(crate) struct Things(Vec<String>);

impl Things {
    pub(crate) fn of<T: ToString>(things: &[T]) -> Outcome<Self> {
        let things = Self(things.iter().map(ToString::to_string).collect());
        things.remove()?;
        Ok(things)
    }

    /// Deletes them all, then waits for the end of each.
    pub(crate) fn remove(&self) -> Outcome {
        for thing in &self.0 {
            kubectl(&format!("delete {thing} --ignore-not-found --wait=false"))?;
        }
        for thing in &self.0 {
            let mut nudged = false;
            until(&format!("the end of {thing}"), seconds(30), || {
                if object(thing)?.is_null() {
                    return Ok(true);
                }
                // the controller overlooks what was deleted while it was away
                if !std::mem::replace(&mut nudged, true) {
                    let (kind, name) = thing.split_once(' ').unwrap_or((thing, ""));
                    drop(kubectl_words(&["annotate", kind, name, "tests/nudged=yes", "--overwrite"], ""));
                }
                Ok(false)
            })?;
        }
        Ok(())
    }
}

/// Waits for an EIP of external204 that a manifest made. The controller loses an EIP's status now and then, and its rules then wait
/// for ever (docs/kube-ovn-behaviour.md): our own command writes it again, and has nothing to do otherwise.
pub(crate) fn eip_is_whole(name: &str) -> Outcome {
    ko(&format!("eip create {name} --subnet external204")).exits(0).map(drop)
}

/// The pods of Kube-OVN's document on EIPs, `vpc-1-busybox01` to `03` in vpc1, as long as this lives.
pub(crate) fn documents_pods() -> Outcome<Things> {
    let pods = Things::of(&["01", "02", "03"].map(|number| format!("pod -n vpc1 vpc-1-busybox{number}")))?;
    script("scene documents-pods")?;
    Ok(pods)
}

impl Drop for Things {
    fn drop(&mut self) {
        drop(self.remove());
    }
}
