//! Requests to the API server: get, list in pages, tables, create, patch, delete, watch, log.
//!
//! Reading requests are tried up to three times on 429, 503, 504 and on a connection that broke, inside the time of one
//! request; writing ones are sent once. Objects stay `serde_json::Value` until somebody needs a typed view, so that what is
//! printed is what the server sent.

use std::time::{Duration, Instant};

use futures::{AsyncBufRead, Stream};
use http::{Method, Request};
use kube::core::WatchEvent;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Cluster, error};
use crate::api::{Kind, Metadata, Resource, meta};
use crate::failure::{Exit, Failure, Result};

/// How many objects one page of a list holds; kubectl's `--chunk-size` default.
const PAGE: &str = "500";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

/// What is asked of the API server, as RBAC sees it.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Kind of the object.
    pub kind: Kind,
    /// Namespace; `None` for cluster-scoped kinds and for all namespaces.
    pub namespace: Option<&'a str>,
    /// Name; `None` for the whole collection.
    pub name: Option<&'a str>,
    /// `exec`, `log`, or empty.
    pub subresource: &'a str,
}

impl<'a> Target<'a> {
    /// All objects of a kind, in one namespace or everywhere.
    #[must_use]
    pub fn all(kind: Kind, namespace: Option<&'a str>) -> Self {
        Self { kind, namespace, name: None, subresource: "" }
    }

    /// One object; `namespace` is left out for cluster-scoped kinds.
    #[must_use]
    pub fn one(kind: Kind, namespace: &'a str, name: &'a str) -> Self {
        let namespace = kind.namespaced.then_some(namespace);
        Self { kind, namespace, name: Some(name), subresource: "" }
    }

    /// The same object's subresource.
    #[must_use]
    pub fn subresource(self, subresource: &'a str) -> Self {
        Self { subresource, ..self }
    }

    /// `vip.kubeovn.io/NAME`, as kubectl prints it.
    fn printed(&self) -> String {
        self.kind.printed(self.name.unwrap_or_default())
    }

    /// The path without query.
    fn path(&self) -> String {
        let mut path = if self.kind.group.is_empty() {
            format!("/api/{}", self.kind.version)
        } else {
            format!("/apis/{}/{}", self.kind.group, self.kind.version)
        };
        if let Some(namespace) = self.namespace {
            path.push_str("/namespaces/");
            path.push_str(&escape(namespace));
        }
        path.push('/');
        path.push_str(self.kind.plural);
        for part in [self.name.unwrap_or_default(), self.subresource] {
            if !part.is_empty() {
                path.push('/');
                path.push_str(&escape(part));
            }
        }
        path
    }
}

/// Which objects of a collection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Select<'a> {
    /// Label selector, as `-l` takes it.
    pub labels: Option<&'a str>,
    /// Field selector.
    pub fields: Option<&'a str>,
}

impl Select<'_> {
    fn query(&self) -> Vec<(&'static str, String)> {
        let pairs = [("labelSelector", self.labels), ("fieldSelector", self.fields)];
        pairs.into_iter().filter_map(|(key, value)| Some((key, value?.to_owned()))).collect()
    }
}

/// The cells the server makes of a collection: its printer columns.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// Column names as the server spells them (`Name`, `V4IP`, …), in order.
    pub columns: Vec<String>,
    /// One row an object, cells in the order of the columns; a missing value is empty.
    pub rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TablePage {
    #[serde(default)]
    metadata: PageMetadata,
    #[serde(default)]
    column_definitions: Vec<Column>,
    #[serde(default, deserialize_with = "meta::or_default")]
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

#[derive(Deserialize)]
struct Row {
    cells: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMetadata,
    /// `null` when a list of metadata is empty.
    items: Option<Vec<T>>,
}

#[derive(Deserialize)]
struct OnlyMetadata {
    #[serde(default)]
    metadata: Metadata,
}

/// How to write a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// RFC 7386: given fields replace, `null` removes.
    Merge,
    /// RFC 6902: a list of operations; a `test` that fails leaves everything as it was.
    Json,
}

impl Cluster {
    /// One object as the server has it, or `None` when there is none of that name.
    pub async fn get(&self, target: Target<'_>) -> Result<Option<Value>> {
        match self.read("get", target, &[], "application/json").await {
            Ok(body) => parse(&body, target).map(Some),
            Err(Answer::Missing) => Ok(None),
            Err(Answer::Failed(failure)) => Err(*failure),
        }
    }

    /// One object in its typed view; see [`Cluster::get`].
    pub async fn find<T: Resource>(&self, namespace: &str, name: &str) -> Result<Option<T>> {
        let target = Target::one(T::KIND, namespace, name);
        self.get(target).await?.map(|value| typed(value, T::KIND)).transpose()
    }

    /// All selected objects as the server has them, read in pages of 500, in the server's order (by name).
    pub async fn list_raw(&self, kind: Kind, namespace: Option<&str>, select: Select<'_>) -> Result<Vec<Value>> {
        self.pages(Target::all(kind, namespace), select, "application/json").await
    }

    /// All selected objects in their typed view; see [`Cluster::list_raw`].
    pub async fn list<T: Resource>(&self, namespace: Option<&str>, select: Select<'_>) -> Result<Vec<T>> {
        self.pages(Target::all(T::KIND, namespace), select, "application/json").await
    }

    /// The metadata alone of all selected objects: for pods a fraction of the bytes.
    pub async fn list_metadata(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        select: Select<'_>,
    ) -> Result<Vec<Metadata>> {
        let items: Vec<OnlyMetadata> = self.pages(Target::all(kind, namespace), select, METADATA).await?;
        Ok(items.into_iter().map(|item| item.metadata).collect())
    }

    /// The metadata of all objects of a kind as they were at the write of a `resourceVersion`; `None` when the server does not know
    /// any more.
    pub async fn list_metadata_at(&self, kind: Kind, resource_version: &str) -> Result<Option<Vec<Metadata>>> {
        let target = Target::all(kind, None);
        let query = [("resourceVersion", resource_version.to_owned()), ("resourceVersionMatch", "Exact".to_owned())];
        match self.read("list", target, &query, METADATA).await {
            Ok(body) => {
                let page: Page<OnlyMetadata> = parse(&body, target)?;
                Ok(Some(page.items.into_iter().flatten().map(|item| item.metadata).collect()))
            }
            Err(Answer::Failed(failure)) if failure.cause == crate::failure::Cause::Forbidden => Err(*failure),
            Err(_) => Ok(None),
        }
    }

    /// The server's printer columns of all selected objects, a twentieth of the objects' bytes.
    pub async fn cells(&self, kind: Kind, namespace: Option<&str>, select: Select<'_>) -> Result<Cells> {
        let target = Target::all(kind, namespace);
        let mut cells = Cells::default();
        let mut next = None;
        loop {
            let mut query = page_query(select, next.as_ref());
            query.push(("includeObject", "None".to_owned()));
            let page: TablePage = parse(&self.read("list", target, &query, TABLE).await?, target)?;
            if cells.columns.is_empty() {
                cells.columns = page.column_definitions.into_iter().map(|column| column.name).collect();
            }
            cells.rows.extend(page.rows.into_iter().map(|row| row.cells.into_iter().map(cell).collect()));
            next = page.metadata.next.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(cells);
            }
        }
    }

    async fn pages<T: DeserializeOwned>(&self, target: Target<'_>, select: Select<'_>, accept: &str) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let take = |page| {
            items.extend(page);
            Ok(())
        };
        self.each_page(target, select, accept, take).await?;
        Ok(items)
    }

    /// Gives every selected object as the server has it to `take`, a page at a time; nothing is kept.
    pub(super) async fn list_each(&self, target: Target<'_>, take: impl FnMut(Vec<Value>) -> Result<()>) -> Result<()> {
        self.each_page(target, Select::default(), "application/json", take).await
    }

    async fn each_page<T: DeserializeOwned>(
        &self,
        target: Target<'_>,
        select: Select<'_>,
        accept: &str,
        mut take: impl FnMut(Vec<T>) -> Result<()>,
    ) -> Result<()> {
        let mut next = None;
        loop {
            let query = page_query(select, next.as_ref());
            let page: Page<T> = parse(&self.read("list", target, &query, accept).await?, target)?;
            take(page.items.unwrap_or_default())?;
            next = page.metadata.next.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Creates an object; `dry_run` lets the server check it and write nothing. Returns it as the server has it.
    pub async fn create(&self, target: Target<'_>, object: &Value, dry_run: bool) -> Result<Value> {
        self.write("create", Method::POST, target, dry_run, "application/json", object).await
    }

    /// Changes an object. A `resourceVersion` in a merge patch makes it fail with [`Cause::Conflict`](crate::failure::Cause) when somebody wrote meanwhile.
    pub async fn patch(&self, target: Target<'_>, kind: PatchType, patch: &Value, dry_run: bool) -> Result<Value> {
        let content = match kind {
            PatchType::Merge => "application/merge-patch+json",
            PatchType::Json => "application/json-patch+json",
        };
        self.write("patch", Method::PATCH, target, dry_run, content, patch).await
    }

    /// Deletes exactly the object that was looked at: another one of the same name (another `uid`) is left alone.
    /// Returns whether there was one.
    pub async fn delete(&self, target: Target<'_>, uid: &str, dry_run: bool) -> Result<bool> {
        self.delete_if(target, &serde_json::json!({"uid": uid}), dry_run).await
    }

    /// The same, and only as long as nobody has written to the object since it was read.
    pub async fn delete_as_read(&self, target: Target<'_>, read: &Metadata, dry_run: bool) -> Result<bool> {
        let conditions = serde_json::json!({"uid": read.uid, "resourceVersion": read.resource_version});
        self.delete_if(target, &conditions, dry_run).await
    }

    async fn delete_if(&self, target: Target<'_>, conditions: &Value, dry_run: bool) -> Result<bool> {
        let body = serde_json::json!({"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": conditions});
        match self.write_raw("delete", Method::DELETE, target, dry_run, "application/json", &body).await {
            Ok(_) => Ok(true),
            Err(Answer::Missing) => Ok(false),
            Err(Answer::Failed(failure)) => Err(*failure),
        }
    }

    /// Changes of one object from now on; the first event is the object as it is.
    pub async fn watch<T>(
        &self,
        target: Target<'_>,
    ) -> Result<impl Stream<Item = Result<WatchEvent<T>, kube::Error>> + use<T>>
    where
        T: Clone + DeserializeOwned,
    {
        let name = target.name.unwrap_or_default();
        let query = [("watch", "true".to_owned()), ("fieldSelector", format!("metadata.name={name}"))];
        let request = request(Method::GET, Target { name: None, ..target }, &query, "application/json", Vec::new())?;
        let events = self.within(self.client.request_events(request)).await;
        events.map_err(|cause| self.failed(&cause, "watch", target).into())
    }

    /// A pod's log as it grows; `query` as the API takes it (`follow`, `sinceTime`, `container`, `tailLines`).
    pub async fn log(&self, target: Target<'_>, query: &[(&'static str, String)]) -> Result<impl AsyncBufRead + use<>> {
        let target = target.subresource("log");
        let request = request(Method::GET, target, query, "*/*", Vec::new())?;
        let stream = self.within(self.client.request_stream(request)).await;
        stream.map_err(|cause| self.failed(&cause, "get", target).into())
    }

    async fn read(
        &self,
        verb: &'static str,
        target: Target<'_>,
        query: &[(&'static str, String)],
        accept: &str,
    ) -> Result<String, Answer> {
        let attempts = async {
            let mut tries = 0;
            loop {
                let request = request(Method::GET, target, query, accept, Vec::new())?;
                let (asked, from) = (request.uri().clone(), Instant::now());
                let answer = self.client.request_text(request).await;
                log(verb, &asked, from, &answer);
                match answer {
                    Ok(body) => return Ok(body),
                    Err(cause) if tries < 2 && error::is_transient(&cause) => {
                        tries += 1;
                        tokio::time::sleep(Duration::from_millis(100 << tries)).await;
                    }
                    Err(cause) => return Err(self.failed(&cause, verb, target)),
                }
            }
        };
        match self.timeout {
            None => attempts.await,
            Some(limit) => match tokio::time::timeout(limit, attempts).await {
                Ok(answer) => answer,
                Err(_) => Err(Answer::failed(self.slow(limit))),
            },
        }
    }

    async fn write(
        &self,
        verb: &'static str,
        method: Method,
        target: Target<'_>,
        dry_run: bool,
        content: &str,
        body: &Value,
    ) -> Result<Value> {
        let answer = self.write_raw(verb, method, target, dry_run, content, body).await?;
        parse(&answer, target)
    }

    async fn write_raw(
        &self,
        verb: &'static str,
        method: Method,
        target: Target<'_>,
        dry_run: bool,
        content: &str,
        body: &Value,
    ) -> Result<String, Answer> {
        let mut query = vec![("fieldManager", "kubectl-ko".to_owned())];
        if dry_run {
            query.push(("dryRun", "All".to_owned()));
        }
        let sent = if method == Method::POST { Target { name: None, ..target } } else { target };
        let mut request = request(method, sent, &query, "application/json", body.to_string().into_bytes())?;
        if let Ok(value) = content.parse() {
            request.headers_mut().insert(http::header::CONTENT_TYPE, value);
        }
        let (asked, from) = (request.uri().clone(), Instant::now());
        let answer = self.within(self.client.request_text(request)).await;
        log(verb, &asked, from, &answer);
        answer.map_err(|cause| match self.failed(&cause, verb, target) {
            Answer::Failed(failure) if error::may_have_arrived(&cause) => Answer::failed(
                failure
                    .ending(Exit::Incomplete)
                    .during(format_args!("whether the {verb} of {} was carried out is not known", target.printed()))
                    .hint("run the same command again: it finds out, and goes on where this one ended"),
            ),
            other => other,
        })
    }

    /// Bounds one exchange by `--request-timeout`. A timeout is told as a transport error is.
    async fn within<T>(&self, exchange: impl Future<Output = Result<T, kube::Error>>) -> Result<T, kube::Error> {
        match self.timeout {
            None => exchange.await,
            Some(limit) => match tokio::time::timeout(limit, exchange).await {
                Ok(answer) => answer,
                Err(_) => Err(kube::Error::Service(Box::new(std::io::Error::new(
                    std::io::ErrorKind::TimedOut,
                    format!("no answer within {} s", limit.as_secs_f64()),
                )))),
            },
        }
    }

    fn slow(&self, limit: Duration) -> Failure {
        Failure::cluster(format!(
            "Unable to connect to the server: no answer from {} within {} s",
            self.server,
            limit.as_secs_f64()
        ))
        .hint("--request-timeout 2m waits longer; kubectl get --raw /readyz asks the server how it is")
    }

    fn failed(&self, cause: &kube::Error, verb: &'static str, target: Target<'_>) -> Answer {
        if let kube::Error::Api(status) = cause
            && status.code == 404
            && target.name.is_some()
            && !error::is_unknown_resource(status)
        {
            return Answer::Missing;
        }
        Answer::failed(error::explain(cause, verb, target, self.whom()))
    }
}

/// One line of `-v`: what was asked and how long it took. Neither a header nor a body, where secrets are.
fn log(verb: &str, asked: &http::Uri, from: Instant, answer: &Result<String, kube::Error>) {
    let took = from.elapsed().as_millis();
    match answer {
        Ok(body) => tracing::info!("{verb} {asked}: {} bytes in {took} ms", body.len()),
        Err(kube::Error::Api(status)) => tracing::info!("{verb} {asked}: {} in {took} ms", status.code),
        Err(_) => tracing::info!("{verb} {asked}: no answer in {took} ms"),
    }
}

/// What came back instead of a body.
#[derive(Debug)]
enum Answer {
    /// There is no object of that name.
    Missing,
    /// Anything else.
    Failed(Box<Failure>),
}

impl Answer {
    fn failed(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::failed(failure)
    }
}

impl From<Answer> for Failure {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Missing => Self::no("the object is gone"),
            Answer::Failed(failure) => *failure,
        }
    }
}

/// The typed view of an object the server sent.
pub fn typed<T: DeserializeOwned>(value: Value, kind: Kind) -> Result<T> {
    serde_json::from_value(value).map_err(|error| {
        Failure::because(Exit::Cluster, format!("the server sent a {} that cannot be understood", kind.kind), &error)
    })
}

fn page_query(select: Select<'_>, next: Option<&String>) -> Vec<(&'static str, String)> {
    let mut query = select.query();
    query.push(("limit", PAGE.to_owned()));
    query.extend(next.map(|token| ("continue", token.clone())));
    query
}

fn parse<T: DeserializeOwned>(body: &str, target: Target<'_>) -> Result<T> {
    serde_json::from_str(body).map_err(|error| {
        let what = format!("the server's answer about {} cannot be understood", target.kind.resource());
        Failure::because(Exit::Cluster, what, &error)
            .hint("a proxy between may have answered instead of the API server")
    })
}

fn cell(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Builds a request; the query of an exec is built here as well, because every part of it is escaped.
pub(super) fn request(
    method: Method,
    target: Target<'_>,
    query: &[(&'static str, String)],
    accept: &str,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>> {
    if target.name == Some("") {
        // without a name the path is that of all objects
        return Err(Failure::usage(format!("the name of a {} is empty", target.kind.kind)));
    }
    let pairs: Vec<String> = query.iter().map(|(key, value)| format!("{key}={}", escape(value))).collect();
    let separator = if pairs.is_empty() { "" } else { "?" };
    let uri = format!("{}{separator}{}", target.path(), pairs.join("&"));
    Request::builder()
        .method(method)
        .uri(uri)
        .header(http::header::ACCEPT, accept)
        .body(body)
        .map_err(|error| Failure::because(Exit::Usage, "this cannot be asked of an API server", &error))
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3): a name typed by a user cannot change the path.
fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)].into());
            out.push(HEX[usize::from(byte & 15)].into());
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Vip;

    #[test]
    fn a_name_cannot_leave_its_place_in_the_path() {
        let target = Target::one(Vip::KIND, "", "../../api/v1/secrets?x=1");
        assert_eq!(target.path(), "/apis/kubeovn.io/v1/vips/..%2F..%2Fapi%2Fv1%2Fsecrets%3Fx%3D1");
    }

    #[test]
    fn subresources_and_namespaces_have_their_place() {
        let target = Target::one(crate::api::Pod::KIND, "kube-system", "ovn-central-0").subresource("exec");
        assert_eq!(target.path(), "/api/v1/namespaces/kube-system/pods/ovn-central-0/exec");
    }
}
