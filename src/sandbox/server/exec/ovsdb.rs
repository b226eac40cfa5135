//! `ovsdb-client transact` over the rows of the server; a transaction that waits is tried again with every change.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::ovn::transact::{self, Carried};
use crate::sandbox::server::hooks::Wrote;
use crate::sandbox::server::live::Shared;
use crate::sandbox::server::status::Refusal;

/// Whether this is the responder's business.
pub(crate) fn answers(call: &Call) -> bool {
    call.runs("ovsdb-client") && call.argv.iter().any(|argument| argument == "transact")
}

/// The line that `ovsdb-client` prints.
pub(crate) async fn answer(shared: &Arc<Shared>, call: &Call) -> String {
    let Some(transaction) = call.argv.last().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return "ovsdb-client: the last argument is no transaction\n".to_owned();
    };
    let mut changed = shared.changed.subscribe();
    let asked = tokio::time::Instant::now();
    loop {
        changed.borrow_and_update();
        // who only reads wakes nobody
        let carried = if transact::writes(&transaction) {
            written(shared, &transaction).unwrap_or_else(|refusal| {
                Carried::Done(json!([{"error": "not allowed", "details": refusal.body["message"]}]))
            })
        } else {
            transact::carry_out(&transaction, &mut shared.lock().tables)
        };
        let (limit, late) = match carried {
            Carried::Done(results) => return format!("{results}\n"),
            Carried::Waits(limit, late) => (limit, late),
        };
        // a year is for ever, and can be added to a time
        let end = asked + limit.min(Duration::from_secs(365 * 24 * 3600));
        if !matches!(tokio::time::timeout_at(end, changed.changed()).await, Ok(Ok(()))) {
            return format!("{late}\n");
        }
    }
}

/// Carries out a transaction that writes, between the two calls of what stands around the server.
fn written(shared: &Arc<Shared>, transaction: &Value) -> Result<Carried, Refusal> {
    shared.change(|live| {
        shared.hooks.before(live)?;
        let carried = transact::carry_out(transaction, &mut live.tables);
        let is_done = match &carried {
            Carried::Done(results) => {
                !results.as_array().into_iter().flatten().any(|result| result["error"].is_string())
            }
            Carried::Waits(..) => false,
        };
        shared.hooks.after(shared, live, is_done.then_some(Wrote::Rows))?;
        Ok(carried)
    })
}
