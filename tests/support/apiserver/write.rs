//! POST, PATCH and DELETE, and the reactions to them.

use std::sync::Arc;

use serde_json::Value;

use super::react::{self, On};
use super::reply::Reply;
use super::state::Shared;
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

pub(crate) fn create(shared: &Arc<Shared>, target: &Target, query: &Query, body: &Value) -> Result<Reply, Refusal> {
    let (kind, namespace, dry) = (target.kind, &target.namespace, is_dry(query)?);
    if body["kind"] != kind.name || body["apiVersion"] != kind.api_version() {
        return Err(Refusal::bad_request(format!("the body is no {} of {}", kind.name, kind.api_version())));
    }
    let object = shared.change(|state| state.store.create(kind, namespace, body.clone(), dry))?;
    if !dry {
        react::react(shared, On::Create, kind.plural, &object);
    }
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
    let object = shared.change(|state| state.store.patch(place, style, body, dry))?;
    if !dry {
        react::react(shared, On::Patch, target.kind.plural, &object);
    }
    Ok(Reply::json(200, &object))
}

pub(crate) fn delete(shared: &Arc<Shared>, target: &Target, query: &Query, options: &Value) -> Result<Reply, Refusal> {
    let dry = is_dry(query)?;
    let place = (target.kind, target.namespace.as_str(), target.name.as_str());
    let before = shared.lock().store.get(target.kind, &target.namespace, &target.name).cloned()?;
    let answer = shared.change(|state| state.store.delete(place, options, dry))?;
    if !dry {
        react::react(shared, On::Delete, target.kind.plural, &before);
    }
    Ok(Reply::json(200, &answer))
}
