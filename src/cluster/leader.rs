//! kube-ovn-controller's leader and what its log says.

use std::time::Duration;

use futures::{AsyncBufReadExt as _, StreamExt as _};

use super::Cluster;
use super::rest::Target;
use crate::api::{Pod, Resource as _, kinds, names};
use crate::failure::{Cause, Failure, Result};

/// The controller's container, in every release.
const CONTAINER: &str = "kube-ovn-controller";
/// How much of a line is kept, in bytes; the log of a controller in trouble has very long ones.
const LINE: usize = 16 * 1024;

/// Who leads, by the controller's own lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leader {
    /// Kube-OVN's namespace.
    pub namespace: String,
    /// Name of the leading pod.
    pub pod: String,
    /// Last renewal of the lease, RFC 3339.
    pub renewed: String,
    /// How long a lease lasts without renewal, in seconds.
    pub lasts: u64,
}

impl Leader {
    /// Why nobody is at work, when the lease has run out; `now` is the present time.
    #[must_use]
    pub fn trouble(&self, now: jiff::Timestamp) -> Option<String> {
        let renewed: jiff::Timestamp = self.renewed.parse().ok()?;
        let age = now.duration_since(renewed).as_secs();
        // three times the lease: clocks differ, and a handover takes one
        let limit = i64::try_from(self.lasts.max(15) * 3).unwrap_or(i64::MAX);
        (age > limit).then(|| format!("nobody leads kube-ovn-controller: {} renewed its lease {age} s ago", self.pod))
    }
}

impl Cluster {
    /// The leader of kube-ovn-controller.
    pub async fn leader(&self) -> Result<Leader> {
        let namespace = self.home().await?.to_owned();
        let target = Target::one(kinds::LEASE, &namespace, names::LEASE_CONTROLLER);
        let Some(lease) = self.get(target).await? else {
            return Err(Failure::cluster(format!(
                "kube-ovn-controller has never led anything: there is no lease {} in {namespace}",
                names::LEASE_CONTROLLER
            ))
            .hint(format!("kubectl get pods -n {namespace} -l app=kube-ovn-controller")));
        };
        let spec = &lease["spec"];
        Ok(Leader {
            pod: spec["holderIdentity"].as_str().unwrap_or_default().to_owned(),
            renewed: spec["renewTime"].as_str().unwrap_or_default().to_owned(),
            lasts: spec["leaseDurationSeconds"].as_u64().unwrap_or_default(),
            namespace,
        })
    }

    /// Gives every line of the leader's log from `since` (RFC 3339, the API server's clock) on to `heard`. A log that ends, breaks off or
    /// belongs to a pod that leads no more is left for that of whoever leads then, from `since` again. Never ends but for a right that
    /// is missing.
    async fn follow_logs(&self, since: &str, heard: impl Fn(&str)) -> Failure {
        loop {
            let left = match self.leader().await {
                Ok(leader) if leader.pod.is_empty() => None,
                Ok(leader) => tokio::select! {
                    left = self.follow_log(&leader, since, &heard) => left.err(),
                    () = self.succeeded(&leader) => None,
                },
                Err(failure) => Some(failure),
            };
            match left {
                Some(failure) if failure.cause == Cause::Forbidden => return failure,
                _ => tokio::time::sleep(REOPEN).await,
            }
        }
    }

    /// Follows the log of one pod to its end.
    async fn follow_log(&self, leader: &Leader, since: &str, heard: impl Fn(&str)) -> Result<()> {
        let target = Target::one(Pod::KIND, &leader.namespace, &leader.pod);
        let query = [
            ("container", CONTAINER.to_owned()),
            ("follow", "true".to_owned()),
            ("sinceTime", since.to_owned()),
            ("timestamps", "true".to_owned()),
        ];
        let mut lines = self.log(target, &query).await?.lines();
        let from: Option<jiff::Timestamp> = since.parse().ok();
        while let Some(Ok(line)) = lines.next().await {
            let end = line.char_indices().map(|(at, _)| at).find(|at| *at >= LINE).unwrap_or(line.len());
            let (time, text) = line[..end].split_once(' ').unwrap_or(("", &line[..end]));
            // not every kubelet honours sinceTime to the second: an older line is about an older object of the name
            let old = matches!((from, time.parse::<jiff::Timestamp>()), (Some(from), Ok(time)) if time < from);
            if !old {
                heard(text);
            }
        }
        Ok(())
    }

    /// Ends when another pod leads than this one, whose log may stay open all the same: a node that went away closes nothing.
    async fn succeeded(&self, leader: &Leader) {
        loop {
            tokio::time::sleep(HANDOVER).await;
            if self.leader().await.is_ok_and(|now| !now.pod.is_empty() && now.pod != leader.pod) {
                return;
            }
        }
    }
}

/// How an object that was waited for turned out.
#[derive(Clone, Debug, PartialEq)]
pub enum Waited<T> {
    /// It is as it should be.
    Done(T),
    /// It is not, and the controller says why, in its own words.
    Said(String),
    /// It is not, and the controller, which was listened to, said nothing of it; the text says what is known instead.
    Silent(String),
    /// It is not, and nobody knows whether the controller said something: its log may not be read.
    Unheard(String),
    /// It was deleted meanwhile.
    Gone,
}

impl<T> Clone for Awaited<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Awaited<'_, T> {}

/// How long a wait lets the controller try again after its first complaint.
const GRACE: Duration = Duration::from_millis(900);
/// When a wait begins to look into the log: a healthy controller needs less than this.
const PATIENCE: Duration = Duration::from_millis(350);
/// When silence alone is a finding: a healthy controller needs 0.2 s at most (docs/kube-ovn-behaviour.md).
const SILENCE: Duration = Duration::from_secs(5);

/// How long a watch may take to show what is there.
const FIRST_EVENT: Duration = Duration::from_millis(30);

/// How long until a log that ended is opened again.
const REOPEN: Duration = Duration::from_millis(500);
/// How often it is looked whether another pod leads.
const HANDOVER: Duration = Duration::from_secs(2);

/// What is waited for.
#[derive(Debug)]
pub struct Awaited<'a, T> {
    /// The object.
    pub target: Target<'a>,
    /// When it came to be, RFC 3339: older lines of the log are about another object.
    pub since: &'a str,
    /// The controller's queues that work on it.
    pub queues: &'a [&'a str],
    /// When it is as it should be.
    pub done: fn(&T) -> bool,
}

/// How long a wait takes.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From now on, at most.
    pub limit: Duration,
    /// What was waited before: whoever waited knows only of one wait.
    pub before: Duration,
}

impl From<Duration> for Span {
    fn from(limit: Duration) -> Self {
        Self { limit, before: Duration::ZERO }
    }
}

impl Cluster {
    /// Waits until an object is as it should be, or the leader's log says why it will not be, at most `limit`.
    pub async fn wait<T>(&self, awaited: Awaited<'_, T>, span: impl Into<Span>) -> Result<Waited<T>>
    where
        T: Clone + serde::de::DeserializeOwned,
    {
        let Span { limit, before } = span.into();
        let said = std::cell::RefCell::new(None);
        let complaint = tokio::sync::Notify::new();
        let watching = self.watch_until(awaited);
        let listening = async {
            tokio::time::sleep(PATIENCE).await;
            let name = awaited.target.name.unwrap_or_default();
            let lacking = self.follow_logs(awaited.since, |line| {
                if let Some(text) = awaited.queues.iter().find_map(|queue| crate::world::said::about(line, queue, name))
                {
                    *said.borrow_mut() = Some(text);
                    complaint.notify_one();
                }
            });
            drop(lacking.await);
            // the log may not be read: go on watching
            std::future::pending::<()>().await;
        };
        let patience = async {
            tokio::select! {
                () = async { complaint.notified().await; tokio::time::sleep(GRACE).await } => {}
                () = tokio::time::sleep(limit) => {}
            }
        };
        // nobody at work is known long before the time is up
        let abandoned = async {
            tokio::time::sleep(SILENCE).await;
            match self.leader().await {
                Ok(leader) if leader.trouble(jiff::Timestamp::now()).is_some() => {}
                _ => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            () = abandoned => None,
            outcome = watching => Some(outcome?),
            () = listening => None,
            () = patience => None,
        };
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
        if let Some(text) = said.into_inner() {
            return Ok(Waited::Said(text));
        }
        Ok(self.silence(before + limit).await)
    }

    /// Why a controller that says nothing may say nothing.
    async fn silence<T>(&self, waited: Duration) -> Waited<T> {
        let for_long = format!("kube-ovn-controller did nothing with it for {} s", waited.as_secs());
        match self.leader().await {
            Err(failure) => Waited::Unheard(format!("{for_long}, and its log cannot be read: {}", failure.message)),
            Ok(leader) => match leader.trouble(jiff::Timestamp::now()) {
                Some(trouble) => Waited::Silent(format!("{for_long}: {trouble}")),
                None => match self.can_read_log(&leader).await {
                    Err(why) => Waited::Unheard(format!(
                        "{for_long}: {} leads, its log cannot be read: {}",
                        leader.pod, why.message
                    )),
                    Ok(()) if waited < SILENCE => Waited::Silent(format!(
                        "nothing happened within {} s, and the controller has not complained",
                        waited.as_secs()
                    )),
                    Ok(()) => {
                        Waited::Silent(format!("{for_long}: {} leads, its log says nothing about it", leader.pod))
                    }
                },
            },
        }
    }

    async fn can_read_log(&self, leader: &Leader) -> Result<()> {
        let target = Target::one(Pod::KIND, &leader.namespace, &leader.pod);
        let query = [("container", CONTAINER.to_owned()), ("tailLines", "1".to_owned())];
        self.log(target, &query).await.map(drop)
    }

    async fn watch_until<T>(&self, awaited: Awaited<'_, T>) -> Result<Waited<T>>
    where
        T: Clone + serde::de::DeserializeOwned,
    {
        use futures::TryStreamExt as _;
        use kube::core::WatchEvent;
        loop {
            let mut events = std::pin::pin!(self.watch::<T>(awaited.target).await?);
            let mut seen = false;
            loop {
                // an object that exists is the first event, at once; one that was gone before the watch began makes none at all
                let next = if seen {
                    events.try_next().await
                } else {
                    match tokio::time::timeout(FIRST_EVENT, events.try_next()).await {
                        Ok(next) => next,
                        Err(_) if self.get(awaited.target).await?.is_none() => return Ok(Waited::Gone),
                        Err(_) => {
                            seen = true;
                            continue;
                        }
                    }
                };
                match next {
                    Ok(Some(WatchEvent::Added(object) | WatchEvent::Modified(object))) => {
                        seen = true;
                        if (awaited.done)(&object) {
                            return Ok(Waited::Done(object));
                        }
                    }
                    Ok(Some(WatchEvent::Deleted(_))) => return Ok(Waited::Gone),
                    // the watch ran out or was cut: a new one begins with the object as it is
                    Ok(None | Some(WatchEvent::Error(_))) | Err(_) => break,
                    Ok(Some(WatchEvent::Bookmark(_))) => {}
                }
            }
            if !seen && self.get(awaited.target).await?.is_none() {
                return Ok(Waited::Gone);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
