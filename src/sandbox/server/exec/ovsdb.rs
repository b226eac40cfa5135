//! `ovsdb-client transact` over the rows of the server; a transaction that waits is tried again with every change.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Call;
use crate::sandbox::ovn::transact::{self, Carried};
use crate::sandbox::server::hooks::Wrote;
use crate::sandbox::server::live::{Live, Shared};
use crate::sandbox::server::status::Refusal;

/// Whether this is the responder's business.
pub(crate) fn answers(call: &Call) -> bool {
    call.runs("ovsdb-client") && call.argv.iter().any(|argument| argument == "transact")
}

/// The line that `ovsdb-client` prints; an error is what it says when nothing was tried.
pub(crate) async fn answer(shared: &Arc<Shared>, call: &Call) -> Result<String, String> {
    let Some(transaction) = call.argv.last().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Err("ovsdb-client: the last argument is no transaction\n".to_owned());
    };
    let mut changed = shared.changed.subscribe();
    let asked = tokio::time::Instant::now();
    loop {
        changed.borrow_and_update();
        // who only reads wakes nobody
        let carried = if transact::writes(&transaction) {
            shared.change(|live| written(shared, live, &transaction))?
        } else {
            transact::carry_out(&transaction, &mut shared.lock().tables)
        };
        let (limit, late) = match carried {
            Carried::Done(results) => return Ok(format!("{results}\n")),
            Carried::Waits(limit, late) => (limit, late),
        };
        // a year is for ever, and can be added to a time
        let end = asked + limit.min(Duration::from_secs(365 * 24 * 3600));
        if !matches!(tokio::time::timeout_at(end, changed.changed()).await, Ok(Ok(()))) {
            return Ok(format!("{late}\n"));
        }
    }
}

/// Carries out a transaction that may write, between the two calls of what stands around the server.
fn written(shared: &Arc<Shared>, live: &mut Live, transaction: &Value) -> Result<Carried, String> {
    let told = |refusal: Refusal| format!("ovsdb-client: {}\n", refusal.body["message"].as_str().unwrap_or_default());
    shared.hooks.before(live).map_err(told)?;
    let carried = transact::carry_out(transaction, &mut live.tables);
    let wrote = matches!(carried, Carried::Done(_)).then_some(Wrote::Rows);
    shared.hooks.after(shared, live, wrote).map_err(told)?;
    Ok(carried)
}
