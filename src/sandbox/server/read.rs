//! GET: one object, lists in pages, tables, metadata alone.

use serde_json::{Value, json};

use super::kinds::Kind;
use super::reply::Reply;
use super::selector;
use super::status::Refusal;
use super::store::Store;
use super::target::{Query, Target};

/// What the client wants to see of each object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Whole,
    Metadata,
    Table,
}

fn view(accept: &str) -> View {
    if accept.contains("as=Table") {
        View::Table
    } else if accept.contains("as=PartialObjectMetadata") {
        View::Metadata
    } else {
        View::Whole
    }
}

pub(crate) fn get(store: &Store, target: &Target, query: &Query, accept: &str) -> Result<Reply, Refusal> {
    let object = store.get(target.kind, &target.namespace, &target.name)?;
    Ok(Reply::json(
        200,
        &match view(accept) {
            View::Whole => object.clone(),
            View::Metadata => partial(object),
            View::Table => table(target.kind, &[object], &json!({}), query.get("includeObject")),
        },
    ))
}

pub(crate) fn list(store: &Store, target: &Target, query: &Query, accept: &str) -> Result<Reply, Refusal> {
    let (labels, fields) = (query.get("labelSelector"), query.get("fieldSelector"));
    selector::check_fields(fields).map_err(Refusal::bad_request)?;
    let all = store.list(target.kind, &target.namespace);
    let chosen: Vec<&Value> = all.filter(|object| selector::matches(object, labels, fields)).collect();
    let start: usize = match query.get("continue") {
        "" => 0,
        token => token.strip_prefix("from-").and_then(|at| at.parse().ok()).ok_or_else(Refusal::expired)?,
    };
    let limit = query.get("limit").parse().ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let end = start.saturating_add(limit).min(chosen.len());
    let page = chosen.get(start..end).ok_or_else(Refusal::expired)?;
    let mut metadata = json!({"resourceVersion": store.revision().to_string()});
    if end < chosen.len() {
        metadata["continue"] = format!("from-{end}").into();
        metadata["remainingItemCount"] = (chosen.len() - end).into();
    }
    let (version, kind) = (target.kind.api_version(), format!("{}List", target.kind.name));
    Ok(Reply::json(
        200,
        &match view(accept) {
            View::Whole => json!({"kind": kind, "apiVersion": version, "metadata": metadata, "items": page}),
            View::Metadata => {
                let items: Vec<Value> = page.iter().map(|object| partial(object)).collect();
                json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items})
            }
            View::Table => table(target.kind, page, &metadata, query.get("includeObject")),
        },
    ))
}

fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// As apiextensions-apiserver makes it (pkg/registry/customresource/tableconvertor): a value that is missing is `null`.
fn table(kind: &Kind, objects: &[&Value], metadata: &Value, include: &str) -> Value {
    let definition = |name: &str, of: &str, format: &str| json!({"name": name, "type": of, "format": format, "description": "", "priority": 0});
    let mut columns = vec![definition("Name", "string", "name")];
    columns.extend(kind.columns().iter().map(|(name, _, of)| definition(name, of, "")));
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut cells = vec![object["metadata"]["name"].clone()];
            cells.extend(kind.columns().iter().map(|(_, path, _)| cell(object.pointer(path))));
            let shown = match include {
                "None" => Value::Null,
                "Object" => (*object).clone(),
                _ => partial(object),
            };
            json!({"cells": cells, "object": shown})
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": columns, "rows": rows,
    })
}

fn cell(value: Option<&Value>) -> Value {
    match value {
        Some(list @ (Value::Array(_) | Value::Object(_))) => Value::String(list.to_string()),
        Some(value) => value.clone(),
        None => Value::Null,
    }
}
