//! From a socket to an answer.

use std::convert::Infallible;
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
use tokio::net::TcpListener;

use super::fault::Effect;
use super::journal::Recorded;
use super::reply::{Body, Payload, Reply};
use super::state::Shared;
use super::status::Refusal;
use super::target::{Query, Target};
use super::{access, discovery, exec, read, watch, write};

/// Accepts until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        // a late flush would make every test of a stream wait for the peer's acknowledgement
        drop(socket.set_nodelay(true));
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&shared), request));
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
            // a connection that a fault or the client broke is no news
            drop(connection.with_upgrades().await);
        });
    }
}

/// An error closes the connection without an answer.
async fn answer(shared: Arc<Shared>, mut request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let raw = request.uri().query().unwrap_or_default().to_owned();
    let query = Query::parse(&raw);
    let body = request.body_mut().collect().await.map_or(Bytes::new(), http_body_util::Collected::to_bytes);
    let recorded = Recorded {
        method: method.clone(),
        path: path.clone(),
        query: query.clone(),
        headers: request.headers().clone(),
        body: body.to_vec(),
        ..Recorded::default()
    };
    let (index, effect) = {
        let mut state = shared.lock();
        state.journal.push(recorded);
        let hit =
            state.faults.iter_mut().find_map(|fault| fault.hits(&method, &path, &raw).then(|| fault.effect.clone()));
        (state.journal.len() - 1, hit)
    };
    match &effect {
        Some(Effect::Drop) => return Err(io::Error::other("dropped on purpose")),
        Some(Effect::Hang) => return std::future::pending().await,
        Some(Effect::Delay(time)) => tokio::time::sleep(*time).await,
        _ => {}
    }
    let reply = match effect.as_ref().and_then(|effect| effect.reply(query.is_true("watch"))) {
        Some(reply) => reply,
        None => route(&shared, index, request, &query, &body).unwrap_or_else(Reply::from),
    };
    let reply = if matches!(effect, Some(Effect::Torn)) { reply.torn() } else { reply };
    Ok(counted(&shared, index, reply).into_response())
}

fn route(
    shared: &Arc<Shared>,
    index: usize,
    request: Request<Incoming>,
    query: &Query,
    body: &Bytes,
) -> Result<Reply, Refusal> {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let user = shared.lock().access.user(request.headers())?;
    shared.lock().journal[index].user.clone_from(&user);
    match path.as_str() {
        "/version" => {
            return Ok(Reply::json(
                200,
                &json!({"major": "1", "minor": "35", "gitVersion": "v1.35.3", "platform": "linux/amd64"}),
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
    let accept = request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match (method.as_str(), target.subresource.as_str(), target.name.is_empty()) {
        ("GET" | "POST", "exec", false) => exec::exec(shared, &target, query, request),
        ("GET", "log", false) => watch::log(shared, &target, query),
        ("GET", "", _) if watches => watch::watch(shared, &target, query),
        ("GET", "", true) => read::list(&shared.lock().store, &target, query, &accept),
        ("GET", "" | "status", false) => read::get(&shared.lock().store, &target, query, &accept),
        ("POST", "", true) => write::create(shared, &target, query, &json_of(body)?),
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

/// The same reply, whose bytes the journal counts.
fn counted(shared: &Arc<Shared>, index: usize, mut reply: Reply) -> Reply {
    let mut state = shared.lock();
    state.journal[index].code = reply.code;
    match reply.payload {
        Payload::Full(ref bytes) => state.journal[index].bytes = bytes.len(),
        Payload::Stream(chunks) => {
            let shared = Arc::clone(shared);
            reply.payload = Payload::Stream(Box::pin(chunks.inspect(move |chunk| {
                shared.lock().journal[index].bytes += chunk.as_ref().map_or(0, Bytes::len);
            })));
        }
    }
    reply
}

/// Runs a server on its own thread's runtime until `stop` resolves.
pub(crate) fn run(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stop: tokio::sync::oneshot::Receiver<Infallible>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a listener that does not block");
        let listener = TcpListener::from_std(listener).expect("a listener");
        tokio::select! {
            () = serve(listener, shared) => {}
            _ = stop => {}
        }
    });
}
