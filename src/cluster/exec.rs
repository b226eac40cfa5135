//! Running a command in a pod, over the WebSocket protocol of `pods/exec`, versions 5 and 4
//! (Kubernetes: apimachinery/pkg/util/remotecommand/constants.go).
//!
//! One loop moves everything: it reads both streams of the socket, so that a command which fills the one cannot block on the
//! other; it ends when the socket ends, whether the server said goodbye or not; and a command whose exit status never came
//! is an error, never a success.

use std::time::Duration;

use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use http::Method;
use kube::core::Status;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::{self, Message};

use super::rest::{Target, request};
use super::{Cluster, error, fallback};
use crate::api::{Pod, Resource as _};
use crate::failure::{Exit, Failure, Result, innermost};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
/// Closes the channel named in the next byte; version 5 only.
const CLOSE: u8 = 255;
/// How much of standard input travels in one message, in bytes.
const CHUNK: usize = 64 * 1024;
/// How long a command may go on after its input ended on a server that cannot be told so.
const GRACE: Duration = Duration::from_secs(2);

/// A command in a container.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// Namespace of the pod.
    pub namespace: &'a str,
    /// Name of the pod.
    pub pod: &'a str,
    /// Container; `None` is the pod's default one.
    pub container: Option<&'a str>,
    /// The program and its arguments; no shell reads them.
    pub arguments: &'a [String],
}

/// What a command that ran to its end left.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// Standard output, in bytes.
    pub stdout: Vec<u8>,
    /// Standard error, in bytes.
    pub stderr: Vec<u8>,
    /// Its exit code.
    pub code: u8,
}

impl Cluster {
    /// Runs a command and keeps what it says; for short answers only. `limit` bounds the whole call.
    pub async fn output(&self, command: Command<'_>, limit: Duration) -> Result<Output> {
        let mut output = Output::default();
        let run = self.stream(command, None::<tokio::io::Empty>, &mut output.stdout, &mut output.stderr);
        output.code = match tokio::time::timeout(limit, run).await {
            Ok(code) => code?,
            Err(_) => return Err(slow(command, limit)),
        };
        Ok(output)
    }

    /// Runs a command and passes both its streams on as they come, at the reader's pace and in constant memory; `stdin` is
    /// passed to it and then half-closed. Returns its exit code.
    ///
    /// Where something between here and the API server refuses the WebSocket, the same command goes through `kubectl exec`.
    pub async fn stream<I, O, E>(
        &self,
        command: Command<'_>,
        stdin: Option<I>,
        stdout: &mut O,
        stderr: &mut E,
    ) -> Result<u8>
    where
        I: AsyncRead + Unpin + Send,
        O: AsyncWrite + Unpin,
        E: AsyncWrite + Unpin,
    {
        let target = Target::one(Pod::KIND, command.namespace, command.pod).subresource("exec");
        let mut query: Vec<(&'static str, String)> =
            vec![("stdin", stdin.is_some().to_string()), ("stdout", "true".to_owned()), ("stderr", "true".to_owned())];
        query.extend(command.container.map(|name| ("container", name.to_owned())));
        query.extend(command.arguments.iter().map(|argument| ("command", argument.clone())));
        let connecting = self.client.connect(request(Method::GET, target, &query, "*/*", Vec::new())?);
        tracing::info!("exec in {}/{}: {}", command.namespace, command.pod, command.arguments.join(" "));
        let limit = self.timeout.unwrap_or(Duration::MAX);
        let Ok(connected) = tokio::time::timeout(limit, connecting).await else {
            return Err(slow(command, limit));
        };
        let connection = match connected {
            Ok(connection) => connection,
            Err(cause) if fallback::is_refused_upgrade(&cause) => {
                return fallback::run(self, command, stdin.is_some(), stdout, stderr).await;
            }
            Err(kube::Error::Api(status)) if status.code == 404 => {
                return Err(Failure::cluster(format!("pod {}/{} is gone", command.namespace, command.pod)));
            }
            Err(cause) => return Err(error::explain(&cause, "create", target, self.whom())),
        };
        let half_close = connection.supports_stream_close();
        converse(connection.into_stream(), half_close, stdin, stdout, stderr).await.map_err(|failure| {
            failure.during(format_args!(
                "{} in pod {}",
                command.arguments.first().map_or("", String::as_str),
                command.pod
            ))
        })
    }
}

fn slow(command: Command<'_>, limit: Duration) -> Failure {
    let program = command.arguments.first().map_or("", String::as_str);
    Failure::cluster(format!("{program} in pod {} did not answer within {} s", command.pod, limit.as_secs_f64()))
}

/// Moves bytes until the command has ended. Input and output go at the same time: a command that writes much before it reads
/// much would otherwise wait for us, and we for it.
async fn converse<S, I, O, E>(
    socket: S,
    half_close: bool,
    stdin: Option<I>,
    stdout: &mut O,
    stderr: &mut E,
) -> Result<u8>
where
    S: Stream<Item = Result<Message, tungstenite::Error>> + Sink<Message, Error = tungstenite::Error>,
    I: AsyncRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let (send, receive) = socket.split();
    tokio::select! {
        ended = receive_all(receive, stdout, stderr) => ended,
        failure = send_all(send, half_close, stdin) => Err(failure),
    }
}

/// Passes both streams on until the exit status comes.
async fn receive_all<O, E>(
    mut receive: impl Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
    stdout: &mut O,
    stderr: &mut E,
) -> Result<u8>
where
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let ended = loop {
        match receive.next().await {
            Some(Ok(Message::Binary(bytes))) => match bytes.split_first() {
                Some((&STDOUT, data)) => stdout.write_all(data).await?,
                Some((&STDERR, data)) => stderr.write_all(data).await?,
                Some((&STATUS, data)) => break exit_code(data),
                _ => {}
            },
            Some(Ok(Message::Close(_))) | None => {
                break Err(lost("the connection was closed before the command told how it ended"));
            }
            Some(Ok(_)) => {}
            Some(Err(cause)) => {
                let reason = innermost(&cause);
                break Err(lost(&format!("the connection broke before the command told how it ended: {reason}")));
            }
        }
    };
    stdout.flush().await?;
    stderr.flush().await?;
    ended
}

/// Passes the input on, then tells that it has ended. Comes back only where the server cannot be told so and the command
/// goes on waiting; a connection that breaks is seen on the other side.
async fn send_all<I>(mut send: impl Sink<Message> + Unpin, half_close: bool, stdin: Option<I>) -> Failure
where
    I: AsyncRead + Unpin,
{
    let Some(mut stdin) = stdin else { return std::future::pending().await };
    let mut buffer = vec![STDIN; CHUNK];
    while let Ok(length @ 1..) = stdin.read(&mut buffer[1..]).await {
        if send.send(Message::binary(buffer[..=length].to_vec())).await.is_err() {
            return std::future::pending().await;
        }
    }
    if half_close {
        drop(send.send(Message::binary(vec![CLOSE, STDIN])).await);
        return std::future::pending().await;
    }
    tokio::time::sleep(GRACE).await;
    lost("the server speaks exec version 4, which cannot say that the input has ended, and the command waits for more")
        .hint("kubectl exec -i passes input to such a server")
}

fn lost(reason: &str) -> Failure {
    Failure::new(Exit::NotRun, reason).hint("whether it did its work is not known: look before you run it again")
}

/// The exit code in the status channel: `Success`, or a failure whose cause `ExitCode` is a number.
fn exit_code(data: &[u8]) -> Result<u8> {
    let status: Status = serde_json::from_slice(data)
        .map_err(|_| lost("the server told in a form that cannot be understood how the command ended"))?;
    if matches!(status.status, Some(kube::core::response::StatusSummary::Success)) {
        return Ok(0);
    }
    let causes = status.details.map(|details| details.causes).unwrap_or_default();
    let code = causes.iter().find(|cause| cause.reason == "ExitCode").and_then(|cause| cause.message.parse().ok());
    // kubelets without the cause (kwok) say it at the end of the sentence, as Go's os/exec does
    let code = code.or_else(|| status.message.rsplit_once("exit status ")?.1.parse().ok());
    code.ok_or_else(|| {
        let line = status.message.lines().next().unwrap_or_default().to_owned();
        Failure::new(Exit::NotRun, format!("the container runtime could not run it: {line}"))
    })
}
