//! GET: one object, lists in pages, tables, metadata alone. Objects that are still text go out as that text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::kinds::Kind;
use super::reply::Reply;
use super::selector;
use super::status::Refusal;
use super::store::Store;
use super::target::{Query, Target};
use crate::sandbox::lazy::Lazy;

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

/// A list of whatever items.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a, T> {
    kind: Cow<'a, str>,
    api_version: Cow<'a, str>,
    metadata: &'a Value,
    items: Vec<T>,
}

/// An object of which only the metadata is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Partial<'a> {
    kind: &'static str,
    api_version: &'static str,
    metadata: Cow<'a, RawValue>,
}

/// As much of an object's text as that needs.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

pub(crate) fn get(store: &Store, target: &Target, query: &Query, accept: &str) -> Result<Reply, Refusal> {
    let object = store.get(target.kind, &target.namespace, &target.name)?;
    Ok(Reply::json(
        200,
        &match view(accept) {
            View::Whole => object.clone(),
            View::Metadata => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": object["metadata"]})
            }
            View::Table => {
                table(target.kind, std::iter::once(Cow::Borrowed(object)), &json!({}), query.get("includeObject"))
            }
        },
    ))
}

const META: &str = "meta.k8s.io/v1";

pub(crate) fn list(store: &Store, target: &Target, query: &Query, accept: &str) -> Result<Reply, Refusal> {
    let (labels, fields) = (query.get("labelSelector"), query.get("fieldSelector"));
    selector::check_fields(fields).map_err(Refusal::bad_request)?;
    let last = match query.get("continue") {
        "" => None,
        token => Some(token.strip_prefix("behind-").ok_or_else(Refusal::expired)?),
    };
    let limit = query.get("limit").parse().ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let all = labels.is_empty() && fields.is_empty();
    let behind = store.behind(target.kind, &target.namespace, last);
    let mut chosen = behind.filter(|(_, object)| all || selector::matches(&object.peek(), labels, fields));
    let page: Vec<(&String, &Lazy<Value>)> = chosen.by_ref().take(limit).collect();
    let mut metadata = json!({"resourceVersion": store.revision().to_string()});
    if let Some((key, _)) = page.last()
        && chosen.next().is_some()
    {
        metadata["continue"] = format!("behind-{key}").into();
    }
    let objects = page.iter().map(|(_, object)| *object);
    let body = match view(accept) {
        View::Whole => serde_json::to_vec(&List {
            kind: format!("{}List", target.kind.name).into(),
            api_version: target.kind.api_version().into(),
            metadata: &metadata,
            items: objects.collect(),
        }),
        View::Metadata => serde_json::to_vec(&List {
            kind: "PartialObjectMetadataList".into(),
            api_version: META.into(),
            metadata: &metadata,
            items: objects.filter_map(partial).collect(),
        }),
        View::Table => {
            let objects = objects.map(Lazy::peek);
            serde_json::to_vec(&table(target.kind, objects, &metadata, query.get("includeObject")))
        }
    };
    Ok(Reply::new(200, "application/json", body.unwrap_or_default()))
}

fn partial(object: &Lazy<Value>) -> Option<Partial<'_>> {
    let metadata = match object.text() {
        Some(text) => Cow::Borrowed(serde_json::from_str::<Head<'_>>(text).ok()?.metadata),
        None => Cow::Owned(serde_json::value::to_raw_value(&object.get()["metadata"]).ok()?),
    };
    Some(Partial { kind: "PartialObjectMetadata", api_version: META, metadata })
}

/// As apiextensions-apiserver makes it (pkg/registry/customresource/tableconvertor): a value that is missing is `null`.
fn table<'a>(kind: &Kind, objects: impl Iterator<Item = Cow<'a, Value>>, metadata: &Value, include: &str) -> Value {
    let definition = |name: &str, of: &str, format: &str| json!({"name": name, "type": of, "format": format, "description": "", "priority": 0});
    let mut columns = vec![definition("Name", "string", "name")];
    columns.extend(kind.columns().iter().map(|(name, _, of)| definition(name, of, "")));
    let rows: Vec<Value> = objects
        .map(|object| {
            let mut cells = vec![object["metadata"]["name"].clone()];
            cells.extend(kind.columns().iter().map(|(_, path, _)| cell(object.pointer(path))));
            let shown = match include {
                "None" => Value::Null,
                "Object" => object.into_owned(),
                _ => json!({"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": object["metadata"]}),
            };
            json!({"cells": cells, "object": shown})
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": META, "metadata": metadata,
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
