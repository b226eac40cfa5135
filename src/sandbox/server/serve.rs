//! From a socket to an answer.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};

use super::exec::script::Script;
use super::fault::Effect;
use super::hooks::Asked;
use super::live::Shared;
use super::reply::{Body, Payload, Reply};
use super::status::Refusal;
use super::target::{Query, Target};
use super::{access, discovery, exec, read, watch, write};

/// Serves one connection until either side ends it.
pub async fn connection<S>(socket: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| answer(Arc::clone(&shared), request));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    // a connection that a fault or the client broke is no news
    drop(connection.with_upgrades().await);
}

/// An error closes the connection without an answer.
async fn answer(shared: Arc<Shared>, mut request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let raw = request.uri().query().unwrap_or_default().to_owned();
    tracing::debug!("asked: {method} {path}?{raw}");
    let query = Query::parse(&raw);
    let body = request.body_mut().collect().await.map_or(Bytes::new(), http_body_util::Collected::to_bytes);
    let headers = request.headers();
    let number = shared.hooks.asked(&Asked { method: &method, path: &path, query: &query, headers, body: &body });
    let effect = {
        let mut live = shared.lock();
        live.faults.iter_mut().find_map(|fault| fault.hits(&method, &path, &raw).then(|| fault.effect.clone()))
    };
    match &effect {
        Some(Effect::Drop) => return Err(io::Error::other("dropped on purpose")),
        Some(Effect::Hang) => return std::future::pending().await,
        Some(Effect::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Effect::Exec(script)) => drop(request.extensions_mut().insert(Script::clone(script))),
        _ => {}
    }
    let reply = match effect.as_ref().and_then(|effect| effect.reply(query.is_true("watch"))) {
        Some(reply) => reply,
        None => route(&shared, number, request, &query, &body).unwrap_or_else(Reply::from),
    };
    let reply = if matches!(effect, Some(Effect::Torn)) { reply.torn() } else { reply };
    Ok(counted(&shared, number, reply).into_response())
}

fn route(
    shared: &Arc<Shared>,
    number: usize,
    request: Request<Incoming>,
    query: &Query,
    body: &Bytes,
) -> Result<Reply, Refusal> {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let user = shared.lock().access.user(request.headers())?;
    shared.hooks.user(number, &user);
    match path.as_str() {
        "/version" => {
            return Ok(Reply::json(
                200,
                &json!({"major": "1", "minor": "35", "gitVersion": shared.lock().server, "platform": "linux/amd64"}),
            ));
        }
        "/healthz" | "/livez" | "/readyz" => return Ok(Reply::new(200, "text/plain; charset=utf-8", "ok")),
        _ => {}
    }
    if let Some(reply) = discovery::answer(&shared.lock(), &path) {
        return Ok(reply);
    }
    let Some(target) = Target::parse(&path).filter(|target| shared.lock().serves(target.kind)) else {
        return Ok(Reply::unknown_path());
    };
    let watches = query.is_true("watch");
    shared.lock().access.check(&user, access::verb(&method, &target, watches), &target)?;
    shared.lock().knows(&target)?;
    let accept = request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match (method.as_str(), target.subresource.as_str(), target.name.is_empty()) {
        ("GET" | "POST", "exec", false) => exec::exec(shared, &target, query, request),
        ("GET", "log", false) => watch::log(shared, &target, query),
        ("GET", "", _) if watches => watch::watch(shared, &target, query),
        ("GET", "", true) => read::list(&shared.lock().store, &target, query, &accept),
        ("GET", "" | "status", false) => read::get(&shared.lock().store, &target, query, &accept),
        ("POST", "", true) => write::create(shared, &target, query, json_of(body)?),
        ("PATCH", "" | "status", false) => {
            let content =
                request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
            write::patch(shared, &target, query, content, &json_of(body)?)
        }
        ("DELETE", "", false) => write::delete(shared, &target, query, &json_of(body)?),
        _ => Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )),
    }
}

fn json_of(body: &Bytes) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(format!("the body is no JSON: {error}")))
}

/// The same reply, whose code and bytes are told.
fn counted(shared: &Arc<Shared>, number: usize, mut reply: Reply) -> Reply {
    shared.hooks.answered(number, reply.code);
    match reply.payload {
        Payload::Full(ref bytes) => shared.hooks.sent(number, bytes.len()),
        Payload::Stream(chunks) => {
            let shared = Arc::clone(shared);
            reply.payload = Payload::Stream(Box::pin(chunks.inspect(move |chunk| {
                shared.hooks.sent(number, chunk.as_ref().map_or(0, Bytes::len));
            })));
        }
    }
    reply
}
