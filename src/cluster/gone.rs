//! Waiting for the end of a deletion.

use std::time::Duration;

use serde_json::{Value, json};

use super::Cluster;
use super::leader::{Awaited, Span, Waited};
use super::rest::{PatchType, Target};
use crate::failure::{Exit, Result};

/// How long a deletion may take before the controller is taken to have forgotten it.
const FORGOTTEN: Duration = Duration::from_secs(3);

impl Cluster {
    /// Waits until an object is gone, or the controller says why it does not go. `since` is when its deletion was asked for.
    pub async fn wait_gone(
        &self,
        target: Target<'_>,
        since: &str,
        queues: &[&str],
        limit: Duration,
    ) -> Result<Waited<Value>> {
        self.wait(Awaited::<Value> { target, since, queues, done: |_| false }, limit).await
    }

    /// The same for a controller that was away when the deletion was asked for and has forgotten it: after a while it is nudged once.
    pub async fn wait_gone_nudged(
        &self,
        target: Target<'_>,
        since: &str,
        queues: &[&str],
        limit: Duration,
    ) -> Result<Waited<Value>> {
        let first = limit.min(FORGOTTEN);
        let waited = self.wait_gone(target, since, queues, first).await?;
        if !matches!(waited, Waited::Silent(_) | Waited::Unheard(_)) || limit <= first {
            return Ok(waited);
        }
        self.nudge(target).await?;
        let rest = Span { limit: limit.saturating_sub(first), before: first };
        self.wait(Awaited::<Value> { target, since, queues, done: |_| false }, rest).await
    }

    /// Makes the controller reconsider an object that it left Terminating: it notices an edit, not its own restart.
    pub async fn nudge(&self, target: Target<'_>) -> Result<()> {
        let now = jiff::Timestamp::now().to_string();
        let patch = json!({"metadata": {"annotations": {"kubectl-ko/nudged": now}}});
        match self.patch(target, PatchType::Merge, &patch, false).await {
            // gone in between: just what was wanted
            Err(failure) if failure.exit == Exit::No => Ok(()),
            done => done.map(drop),
        }
    }
}
