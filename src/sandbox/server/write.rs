//! POST, PATCH and DELETE, and what follows from them.

use std::sync::Arc;

use serde_json::Value;

use super::fields::{self, Fields};
use super::hooks::{Deed, Wrote};
use super::kinds::Kind;
use super::live::{Live, Shared};
use super::reply::Reply;
use super::status::{Cause, Refusal};
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

/// What is done about fields that a kind does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Validation {
    Ignore,
    Warn,
    Strict,
}

impl Validation {
    fn of(query: &Query, options: &str) -> Result<Self, Refusal> {
        match query.get("fieldValidation") {
            "Ignore" => Ok(Self::Ignore),
            "" | "Warn" => Ok(Self::Warn),
            "Strict" => Ok(Self::Strict),
            other => {
                let cause = Cause::unsupported("fieldValidation", other, &["", "Ignore", "Strict", "Warn"]);
                Err(Refusal::invalid_of("meta.k8s.io", options, "", &[cause]))
            }
        }
    }

    /// Takes away what the kind does not have. Returns what is to be warned of; fails with what stands against the object.
    fn prune(self, fields: &Fields, object: &mut Value) -> Result<Vec<String>, String> {
        let unknown = fields.prune(object)?;
        let told: Vec<String> = unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        match self {
            Self::Strict if !told.is_empty() => Err(format!("strict decoding error: {}", told.join(", "))),
            Self::Warn => Ok(told),
            _ => Ok(Vec::new()),
        }
    }
}

/// The object, and with it what is to be warned of.
fn answered(code: u16, object: &Value, warnings: Vec<String>) -> Reply {
    let reply = Reply::json(code, object);
    warnings.into_iter().fold(reply, |reply, text| reply.header("warning", format!("299 - {}", Value::from(text))))
}

pub(crate) fn create(shared: &Arc<Shared>, target: &Target, query: &Query, mut body: Value) -> Result<Reply, Refusal> {
    let (kind, namespace, dry) = (target.kind, &target.namespace, is_dry(query)?);
    let validation = Validation::of(query, "CreateOptions")?;
    let mut warnings = Vec::new();
    if let Some(fields) = fields::of(kind) {
        warnings = new(&fields, kind, validation, &mut body)?;
    } else if body["kind"] != kind.name || body["apiVersion"] != kind.api_version() {
        return Err(Refusal::bad_request(format!("the body is no {} of {}", kind.name, kind.api_version())));
    }
    let object = written(shared, (Deed::Create, target), dry, |live| {
        let object = live.store.create(kind, namespace, body, dry)?;
        Ok((object.clone(), object))
    })?;
    Ok(answered(201, &object, warnings))
}

/// Makes what was sent an object of its kind. Returns what is to be warned of.
fn new(fields: &Fields, kind: &Kind, validation: Validation, body: &mut Value) -> Result<Vec<String>, Refusal> {
    let (version, wanted) = (body["apiVersion"].as_str().unwrap_or_default(), kind.api_version());
    if version != wanted {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({wanted})"
        )));
    }
    let warnings = validation.prune(fields, body).map_err(|why| {
        let (name, version) = (kind.name, kind.version);
        Refusal::bad_request(format!("{name} in version \"{version}\" cannot be handled as a {name}: {why}"))
    })?;
    if let (true, Some(object)) = (fields.status, body.as_object_mut()) {
        object.remove("status");
    }
    same_kind(kind, body)?;
    let mut named = body.clone();
    if named["metadata"]["name"].is_null() {
        // what will be made of it
        named["metadata"]["name"] =
            named["metadata"]["generateName"].as_str().map_or(Value::Null, |name| format!("{name}1").into());
    }
    fields.check(kind, &named, false)?;
    Ok(warnings)
}

fn same_kind(kind: &Kind, object: &Value) -> Result<(), Refusal> {
    match object["kind"].as_str() {
        Some(spoken) if spoken != kind.name => {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let cause = Cause::invalid("kind", spoken, &format!("must be {}", kind.name));
            Err(Refusal::invalid(kind, spoken, name, &[cause]))
        }
        _ => Ok(()),
    }
}

pub(crate) fn patch(
    shared: &Arc<Shared>,
    target: &Target,
    query: &Query,
    content: &str,
    body: &Value,
) -> Result<Reply, Refusal> {
    let dry = is_dry(query)?;
    let validation = Validation::of(query, "PatchOptions")?;
    let style = match content {
        "application/merge-patch+json" => Style::Merge,
        "application/json-patch+json" => Style::Json,
        other => {
            let message = format!("the body of the request was in an unknown format - {other}");
            return Err(Refusal::new(415, "UnsupportedMediaType", message));
        }
    };
    let (kind, place) = (target.kind, (target.kind, target.namespace.as_str(), target.name.as_str()));
    let (fields, status) = (fields::of(kind), target.subresource == "status");
    if status && fields.as_ref().is_some_and(|fields| !fields.status) {
        return Err(Refusal::not_found(kind, &target.name));
    }
    let mut warnings = Vec::new();
    let admit = |before: &Value, after: &mut Value| {
        let Some(fields) = &fields else { return Ok(()) };
        let sent = after.clone();
        warnings = validation.prune(fields, after).map_err(|why| Refusal::undecodable(&sent, &why))?;
        changed(fields, (kind, &target.name), status, before, after)
    };
    let object = written(shared, (Deed::Patch, target), dry, |live| {
        let object = live.store.patch(place, style, body, dry, admit)?;
        Ok((object.clone(), object))
    })?;
    Ok(answered(200, &object, warnings))
}

/// Whether an object may become that. A write to the status changes nothing else, and no other write changes the status.
fn changed(
    fields: &Fields,
    (kind, name): (&Kind, &str),
    status: bool,
    before: &Value,
    after: &mut Value,
) -> Result<(), Refusal> {
    let called = after["metadata"]["name"].as_str().unwrap_or_default();
    if called != name {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({called}) does not match the name on the URL ({name})"
        )));
    }
    same_kind(kind, after)?;
    if fields.status {
        let kept = if status { before.clone() } else { after.clone() };
        let written = if status { after.get("status") } else { before.get("status") }.cloned();
        let versions = ["resourceVersion", "uid"].map(|field| (field, after["metadata"][field].clone()));
        *after = kept;
        if let Some(object) = after.as_object_mut() {
            object.remove("status");
            object.extend(written.map(|written| ("status".to_owned(), written)));
        }
        // these are conditions of the write
        for (field, value) in versions {
            after["metadata"][field] = value;
        }
    }
    fields.check(kind, after, status)
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
