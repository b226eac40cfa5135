//! POST, PATCH and DELETE, and what follows from them.

use std::sync::Arc;

use serde_json::Value;

use super::hooks::{Deed, Wrote};
use super::live::{Live, Shared};
use super::reply::Reply;
use super::status::Refusal;
use super::store::Style;
use super::target::{Query, Target};

/// Whether nothing may be written.
fn is_dry(query: &Query) -> Result<bool, Refusal> {
    match query.get("dryRun") {
        "" => Ok(false),
        "All" => Ok(true),
        other => Err(Refusal::new(
            422,
            "Invalid",
            format!("dryRun: Unsupported value: \"{other}\": supported values: \"All\""),
        )),
    }
}

/// Writes, unless it is dry, between the two calls of what stands around the server. `write` gives the answer and the object
/// that is spoken of.
fn written(
    shared: &Arc<Shared>,
    (deed, target): (Deed, &Target),
    dry: bool,
    write: impl FnOnce(&mut Live) -> Result<(Value, Value), Refusal>,
) -> Result<Value, Refusal> {
    shared.change(|live| {
        if dry {
            return write(live).map(|(answer, _)| answer);
        }
        shared.hooks.before(live)?;
        let outcome = write(live);
        let done = outcome.as_ref().ok().map(|(_, object)| Wrote::Object(deed, target.kind, object));
        shared.hooks.after(shared, live, done)?;
        outcome.map(|(answer, _)| answer)
    })
}

pub(crate) fn create(shared: &Arc<Shared>, target: &Target, query: &Query, body: &Value) -> Result<Reply, Refusal> {
    let (kind, namespace, dry) = (target.kind, &target.namespace, is_dry(query)?);
    if body["kind"] != kind.name || body["apiVersion"] != kind.api_version() {
        return Err(Refusal::bad_request(format!("the body is no {} of {}", kind.name, kind.api_version())));
    }
    let object = written(shared, (Deed::Create, target), dry, |live| {
        let object = live.store.create(kind, namespace, body.clone(), dry)?;
        Ok((object.clone(), object))
    })?;
    Ok(Reply::json(201, &object))
}

pub(crate) fn patch(
    shared: &Arc<Shared>,
    target: &Target,
    query: &Query,
    content: &str,
    body: &Value,
) -> Result<Reply, Refusal> {
    let dry = is_dry(query)?;
    let style = match content {
        "application/merge-patch+json" => Style::Merge,
        "application/json-patch+json" => Style::Json,
        other => {
            let message = format!("the body of the request was in an unknown format - {other}");
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
    };
    let place = (target.kind, target.namespace.as_str(), target.name.as_str());
    let object = written(shared, (Deed::Patch, target), dry, |live| {
        let object = live.store.patch(place, style, body, dry)?;
        Ok((object.clone(), object))
    })?;
    Ok(Reply::json(200, &object))
}

pub(crate) fn delete(shared: &Arc<Shared>, target: &Target, query: &Query, options: &Value) -> Result<Reply, Refusal> {
    let dry = is_dry(query)?;
    let place = (target.kind, target.namespace.as_str(), target.name.as_str());
    let answer = written(shared, (Deed::Delete, target), dry, |live| {
        let before = live.store.get(target.kind, &target.namespace, &target.name)?.clone();
        Ok((live.store.delete(place, options, dry)?, before))
    })?;
    Ok(Reply::json(200, &answer))
}
