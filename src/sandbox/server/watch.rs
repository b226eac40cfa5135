//! Streams that grow while a client reads them: watches and followed logs.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};

use super::live::{Live, Shared};
use super::reply::Reply;
use super::selector;
use super::status::Refusal;
use super::store::Change;
use super::target::{Query, Target};

/// Yields what `more` finds whenever the state has changed; `None` from `more` ends it.
fn growing<F>(shared: Arc<Shared>, more: F) -> impl Stream<Item = Bytes> + Send
where
    F: FnMut(&Live) -> Option<Vec<Bytes>> + Send + 'static,
{
    let changed = shared.changed.subscribe();
    let start = (shared, changed, more, VecDeque::new(), false);
    futures::stream::unfold(start, |(shared, mut changed, mut more, mut ready, mut ended)| async move {
        loop {
            if let Some(next) = ready.pop_front() {
                return Some((next, (shared, changed, more, ready, ended)));
            }
            if ended {
                return None;
            }
            changed.borrow_and_update();
            let found = more(&shared.lock());
            match found {
                None => ended = true,
                Some(chunks) if chunks.is_empty() => {
                    ended = changed.changed().await.is_err();
                }
                Some(chunks) => ready.extend(chunks),
            }
        }
    })
}

/// `watch=true`: everything that is there as `ADDED`, then what changes; with a `resourceVersion`, only what changed since.
pub(crate) fn watch(shared: &Arc<Shared>, target: &Target, query: &Query) -> Result<Reply, Refusal> {
    let (labels, fields) = (query.get("labelSelector").to_owned(), query.get("fieldSelector").to_owned());
    selector::check_fields(&fields).map_err(Refusal::bad_request)?;
    let since: Option<u64> = query.get("resourceVersion").parse().ok().filter(|version| *version > 0);
    let target = target.clone();
    let mut seen: Option<u64> = since;
    let mut expired = false;
    let stream = growing(Arc::clone(shared), move |live| {
        let wanted = |object: &&Value| selector::matches(object, &labels, &fields) && in_place(object, &target);
        if expired {
            return None;
        }
        let events: Vec<Value> = match seen.map(|seen| live.store.since(seen)) {
            None => {
                let objects = live.store.list(target.kind, &target.namespace).filter(wanted);
                objects.map(|object| json!({"type": "ADDED", "object": object})).collect()
            }
            Some(Some(new)) => {
                let new = new.iter().filter(|change| change.plural == target.kind.plural);
                new.filter_map(|change| event(change, &wanted)).collect()
            }
            Some(None) => {
                expired = true;
                vec![json!({"type": "ERROR", "object": Refusal::expired().body})]
            }
        };
        seen = Some(live.store.revision());
        Some(events.into_iter().map(|event| Bytes::from(format!("{event}\n"))).collect())
    });
    Ok(Reply::stream("application/json;stream=watch", stream))
}

fn in_place(object: &Value, target: &Target) -> bool {
    (target.namespace.is_empty() || object["metadata"]["namespace"] == target.namespace)
        && (target.name.is_empty() || object["metadata"]["name"] == target.name)
}

/// An object that comes under or leaves the selector is added or deleted for this watcher.
fn event(change: &Change, wanted: &impl Fn(&&Value) -> bool) -> Option<Value> {
    let before = change.before.as_ref().filter(wanted);
    let after = change.after.as_ref().filter(wanted);
    let (kind, object) = match (before, after) {
        (None, None) => return None,
        (None, Some(object)) => ("ADDED", object),
        (Some(_), Some(object)) => ("MODIFIED", object),
        (Some(object), None) => ("DELETED", change.after.as_ref().unwrap_or(object)),
    };
    Some(json!({"type": kind, "object": object}))
}

/// A line of a pod's log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was written; `None` is long ago.
    pub at: Option<jiff::Timestamp>,
    /// What it says.
    pub text: String,
}

/// The log of one pod.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// In order.
    pub lines: Vec<Line>,
    /// Whether the container has ended: a follower sees the end.
    pub ended: bool,
}

impl Line {
    /// From `TIME TEXT`.
    fn stamped(line: &str) -> Self {
        let (stamp, text) = line.split_once(' ').unwrap_or((line, ""));
        match stamp.parse() {
            Ok(at) => Self { at: Some(at), text: text.to_owned() },
            Err(_) => Self { at: None, text: line.to_owned() },
        }
    }
}

/// The lines of a pod's log from one on, and whether there will be more.
fn lines(live: &Live, target: &Target, from: usize) -> (Vec<Line>, bool) {
    let key = (target.namespace.clone(), target.name.clone());
    if let Some(log) = live.logs.get(&key) {
        return (log.lines.get(from..).unwrap_or_default().to_vec(), log.ended);
    }
    let pod = live.store.find(target.kind, &target.namespace, &target.name);
    let leads = pod.is_some_and(|pod| pod["metadata"]["labels"]["app"] == "kube-ovn-controller");
    let lines = live.log.get(from..).filter(|_| leads).unwrap_or_default();
    (lines.iter().map(|line| Line::stamped(line)).collect(), false)
}

/// `pods/NAME/log`, with `follow`, `tailLines`, `sinceTime`, `sinceSeconds`, `timestamps`.
pub(crate) fn log(shared: &Arc<Shared>, target: &Target, query: &Query) -> Result<Reply, Refusal> {
    let ago = |seconds: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    let since = query.get("sinceTime").parse().ok().or_else(|| query.get("sinceSeconds").parse().ok().map(ago));
    let stamps = query.is_true("timestamps");
    let shown = move |line: &Line| {
        let old = since.is_some_and(|since| line.at.is_none_or(|at| at < since));
        let stamp = line.at.map_or_else(|| "2026-01-01T00:00:00Z".to_owned(), |at| at.to_string());
        let text = if stamps { format!("{stamp} {}\n", line.text) } else { format!("{}\n", line.text) };
        (!old).then(|| Bytes::from(text))
    };
    let target = target.clone();
    let mut read = {
        let live = shared.lock();
        live.store.get(target.kind, &target.namespace, &target.name)?;
        let tail = query.get("tailLines").parse().unwrap_or(usize::MAX);
        lines(&live, &target, 0).0.len().saturating_sub(tail)
    };
    let follow = query.is_true("follow");
    let mut last = false;
    let stream = growing(Arc::clone(shared), move |live| {
        if last {
            return None;
        }
        let (new, ended) = lines(live, &target, read);
        read += new.len();
        let new: Vec<Bytes> = new.iter().filter_map(&shown).collect();
        last = ended || !follow;
        if last && new.is_empty() { None } else { Some(new) }
    });
    Ok(Reply::stream("text/plain", stream))
}
