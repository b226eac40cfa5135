//! `pods/exec` over WebSocket, versions 5 and 4 (apimachinery: pkg/util/remotecommand/constants.go).

pub(crate) mod ovsdb;
pub mod script;

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Error, Message};

use self::script::{End, Script, Step};
use super::live::{Live, Shared};
use super::reply::{Payload, Reply};
use super::status::Refusal;
use super::target::{Query, Target};

const CHUNK: usize = 32 * 1024;

/// One exec that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Of the pod.
    pub namespace: String,
    /// Its name.
    pub pod: String,
    /// Empty when none was named.
    pub container: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Whether standard input was asked for.
    pub wants_stdin: bool,
}

impl Call {
    /// The command line, for assertions: `ovn-nbctl show`.
    #[must_use]
    pub fn line(&self) -> String {
        self.argv.join(" ")
    }

    /// Whether the program is called so, whatever its path.
    #[must_use]
    pub fn runs(&self, program: &str) -> bool {
        self.argv.first().is_some_and(|first| first.rsplit('/').next() == Some(program))
    }
}

/// Answers an exec. The session goes on in a task of its own.
pub(crate) fn exec(
    shared: &Arc<Shared>,
    target: &Target,
    query: &Query,
    request: Request<Incoming>,
) -> Result<Reply, Refusal> {
    let call = Call {
        namespace: target.namespace.clone(),
        pod: target.name.clone(),
        container: query.get("container").to_owned(),
        argv: query.all("command"),
        wants_stdin: query.is_true("stdin"),
    };
    let old = {
        let live = shared.lock();
        check(&live, target, &call)?;
        live.knows_rows(target, &call.argv)?;
        live.old_exec
    };
    let unknown = || Script::fails(format!("no rule knows: {}\n", call.line()), 127);
    let script = shared.script(&call).unwrap_or_else(unknown);
    let number = shared.hooks.began(&call);
    if let Some((code, content, body)) = script.refusal {
        return Ok(Reply::new(code, content, body));
    }
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let version = if old { "v4.channel.k8s.io" } else { "v5.channel.k8s.io" };
    if !header("sec-websocket-protocol").split(',').any(|offered| offered.trim() == version) {
        return Err(Refusal::bad_request("you must specify at least one of the supported protocols"));
    }
    let accept = derive_accept_key(header("sec-websocket-key").as_bytes());
    let session = Session { shared: Arc::clone(shared), number };
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        // a client that went away ends the session, as it would end the command's output
        drop(session.run(socket, script, &call).await);
    });
    let reply = Reply { code: 101, headers: Vec::new(), payload: Payload::Full(bytes::Bytes::new()) };
    let reply = reply.header("upgrade", "websocket").header("connection", "Upgrade");
    Ok(reply.header("sec-websocket-accept", accept).header("sec-websocket-protocol", version))
}

fn check(live: &Live, target: &Target, call: &Call) -> Result<(), Refusal> {
    let pod = live.store.get(target.kind, &target.namespace, &target.name)?;
    let containers: Vec<&str> =
        pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|c| c["name"].as_str()).collect();
    if call.container.is_empty() || containers.contains(&call.container.as_str()) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!("container {} is not valid for pod {}", call.container, call.pod)))
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

struct Session {
    shared: Arc<Shared>,
    number: usize,
}

impl Session {
    async fn run(self, mut socket: Socket, script: Script, call: &Call) -> Result<(), Error> {
        // the server opens with an empty message, so that the client knows that it is connected
        send(&mut socket, 1, b"").await?;
        if ovsdb::answers(call) && script.steps.is_empty() && matches!(script.end, End::Exit(0)) {
            let answer = ovsdb::answer(&self.shared, call).await;
            send(&mut socket, 1, answer.as_bytes()).await?;
        }
        for step in &script.steps {
            self.step(&mut socket, step).await?;
        }
        match script.end {
            End::Exit(0) => {
                send(&mut socket, 3, json!({"metadata": {}, "status": "Success"}).to_string().as_bytes()).await?;
            }
            End::Exit(code) => send(&mut socket, 3, exited(code).to_string().as_bytes()).await?,
            End::Refused(why) => send(&mut socket, 3, refused(&why).to_string().as_bytes()).await?,
            End::Status(bytes) => send(&mut socket, 3, &bytes).await?,
            End::Hang => {
                while let Some(Ok(_)) = socket.next().await {}
                return Ok(());
            }
            End::Drop => return Ok(()),
            End::Close => {}
        }
        let goodbye = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        socket.close(Some(goodbye)).await?;
        // what the client still sends is read, so that closing does not turn into a reset that swallows the status
        while let Some(Ok(_)) = socket.next().await {}
        Ok(())
    }

    async fn step(&self, socket: &mut Socket, step: &Step) -> Result<(), Error> {
        match step {
            Step::Stdout(bytes) => send(socket, 1, bytes).await,
            Step::Stderr(bytes) => send(socket, 2, bytes).await,
            Step::Sleep(time) => {
                tokio::time::sleep(*time).await;
                Ok(())
            }
            Step::Until(word) => {
                word.notified().await;
                Ok(())
            }
            Step::Flood(bytes) => {
                let mut left = *bytes;
                while left > 0 {
                    let length = left.min(CHUNK);
                    send(socket, 1, &vec![b'o'; length]).await?;
                    send(socket, 2, &vec![b'e'; length]).await?;
                    left -= length;
                }
                Ok(())
            }
            Step::Echo => self.input(socket, true).await,
            Step::Read => self.input(socket, false).await,
        }
    }

    /// Reads standard input to its end.
    async fn input(&self, socket: &mut Socket, echo: bool) -> Result<(), Error> {
        while let Some(message) = socket.next().await {
            match message? {
                Message::Binary(bytes) => match bytes.split_first() {
                    Some((0, data)) => {
                        self.shared.hooks.input(self.number, Some(data));
                        if echo {
                            send(socket, 1, data).await?;
                        }
                    }
                    Some((255, [0])) => {
                        self.shared.hooks.input(self.number, None);
                        return Ok(());
                    }
                    _ => {}
                },
                Message::Close(_) => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }
}

async fn send(socket: &mut Socket, channel: u8, data: &[u8]) -> Result<(), Error> {
    let mut message = Vec::with_capacity(data.len() + 1);
    message.push(channel);
    message.extend_from_slice(data);
    socket.send(Message::binary(message)).await
}

fn exited(code: i32) -> Value {
    json!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

fn refused(why: &str) -> Value {
    json!({
        "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
        "message": format!("Internal error occurred: error executing command in container: {why}"),
        "details": {"causes": [{"message": format!("error executing command in container: {why}")}]},
    })
}
