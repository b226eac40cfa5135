//! `kubectl exec` in place of our own WebSocket, where a proxy or load balancer between refuses to upgrade the connection:
//! kubectl can still speak SPDY. No credential ever stands in an argument, where every user of the machine could read it.

use std::io::Write as _;
use std::process::Stdio;

use kube::client::UpgradeConnectionError;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::Command as Process;

use super::Cluster;
use super::exec::Command;
use crate::failure::{Exit, Failure, Result};

/// Whether something between refused the upgrade, rather than the API server the request.
pub(super) fn is_refused_upgrade(error: &kube::Error) -> bool {
    match error {
        // after the protocol was switched the command may have begun: it is not run again
        kube::Error::UpgradeConnection(
            UpgradeConnectionError::ProtocolSwitch(_)
            | UpgradeConnectionError::MissingUpgradeWebSocketHeader
            | UpgradeConnectionError::MissingConnectionUpgradeHeader,
        ) => true,
        // an answer of the API server is a Status; a page of a proxy is not
        kube::Error::Api(status) => {
            status.reason == "Failed to parse error data" && matches!(status.code, 400 | 403 | 405 | 426 | 500..=503)
        }
        _ => false,
    }
}

/// Runs the command through `kubectl exec` with the same cluster, user and flags.
pub(super) async fn run<O, E>(
    cluster: &Cluster,
    command: Command<'_>,
    stdin: bool,
    stdout: &mut O,
    stderr: &mut E,
) -> Result<u8>
where
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    if cluster.is_sandbox() {
        // kubectl would ask a real cluster
        return Err(Failure::new(Exit::NotRun, "the sandbox refuses WebSockets"));
    }
    let (mut process, _secret) = kubectl(cluster)?;
    process.args(["exec", command.pod, "--namespace", command.namespace]);
    process.args(command.container.iter().flat_map(|name| ["--container", name]));
    process.args(stdin.then_some("--stdin")).arg("--").args(command.arguments);
    process.stdin(if stdin { Stdio::inherit() } else { Stdio::null() });
    let mut child =
        process.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().map_err(|error| {
            Failure::because(
                Exit::NotRun,
                "something between here and the API server refuses WebSockets, and kubectl cannot be started",
                &error,
            )
            .hint("install kubectl, or let the proxy pass `Upgrade: websocket`")
        })?;
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::new(Exit::NotRun, "kubectl was started without its streams"));
    };
    let (first, second) = tokio::join!(copy(out, stdout), copy(err, stderr));
    first?;
    second?;
    let status =
        child.wait().await.map_err(|error| Failure::because(Exit::NotRun, "kubectl cannot be waited for", &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.ok_or_else(|| Failure::new(Exit::NotRun, "kubectl was ended before the command told how it ended"))
}

/// `kubectl` with our connection flags. The second value is a kubeconfig for a token or a password given on our command line; it is
/// removed when it is dropped.
fn kubectl(cluster: &Cluster) -> Result<(Process, Option<tempfile::NamedTempFile>)> {
    let flags = cluster.connection();
    let mut process = Process::new("kubectl");
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let pairs = [
        ("kubeconfig", path(&flags.kubeconfig)),
        ("context", flags.context.clone()),
        ("cluster", flags.cluster.clone()),
        ("server", flags.server.clone()),
        ("as", flags.impersonate.clone()),
        ("as-uid", flags.impersonate_uid.clone()),
        ("certificate-authority", path(&flags.certificate_authority)),
        ("client-certificate", path(&flags.client_certificate)),
        ("client-key", path(&flags.client_key)),
        ("tls-server-name", flags.tls_server_name.clone()),
        ("insecure-skip-tls-verify", flags.insecure_skip_tls_verify.map(|value| value.to_string())),
    ];
    for (name, value) in pairs.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        process.arg(format!("--{name}={value}"));
    }
    process.args(flags.impersonate_group.iter().map(|group| format!("--as-group={group}")));
    let user = match (&flags.token, &flags.username) {
        (Some(token), _) => Some(serde_json::json!({"token": token})),
        (None, Some(name)) => Some(serde_json::json!({"username": name, "password": flags.password})),
        (None, None) => None,
    };
    let Some(user) = user else {
        process.args(flags.user.iter().map(|user| format!("--user={user}")));
        return Ok((process, None));
    };
    let file = secret(&user)
        .map_err(|error| Failure::because(Exit::NotRun, "cannot write a kubeconfig for kubectl", &error))?;
    // the first file of KUBECONFIG that knows a user wins; the others give the cluster
    let others =
        flags.kubeconfig.as_ref().map(|path| path.as_os_str().to_owned()).or_else(|| std::env::var_os("KUBECONFIG"));
    let others = others.or_else(|| std::env::home_dir().map(|home| home.join(".kube/config").into_os_string()));
    let others = others.iter().flat_map(std::env::split_paths);
    let list = std::env::join_paths(std::iter::once(file.path().to_owned()).chain(others))
        .map_err(|error| Failure::because(Exit::NotRun, "cannot make a list of kubeconfigs for kubectl", &error))?;
    let mut process_with_secret = Process::new("kubectl");
    let arguments =
        process.as_std().get_args().filter(|argument| !argument.to_string_lossy().starts_with("--kubeconfig="));
    process_with_secret.args(arguments).arg("--user=kubectl-ko-token").env("KUBECONFIG", list);
    Ok((process_with_secret, Some(file)))
}

/// A kubeconfig with nothing but what proves who the user is, readable by its owner alone (mode 0600).
fn secret(user: &serde_json::Value) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("kubectl-ko-").suffix(".json").tempfile()?;
    let user = serde_json::json!({"name": "kubectl-ko-token", "user": user});
    let config = serde_json::json!({"apiVersion": "v1", "kind": "Config", "users": [user]});
    file.write_all(config.to_string().as_bytes())?;
    file.flush()?;
    Ok(file)
}

/// Copies until the end of `from`. A reader that went away ends it with the broken pipe of the write.
async fn copy(mut from: impl AsyncRead + Unpin, to: &mut (impl AsyncWrite + Unpin)) -> Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(to.flush().await?);
        }
        to.write_all(&buffer[..length]).await?;
    }
}
