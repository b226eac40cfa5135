//! Errors of the client in kubectl's own sentences (kubectl: pkg/cmd/util/helpers.go, `StandardErrorMessage`), so that what a
//! user knows from kubectl looks the same here, with the next step behind it.

use kube::client::AuthError;
use kube::core::Status;

use super::oidc;
use super::rest::Target;
use crate::failure::{Cause, Exit, Failure, innermost, shell_word};

/// Whether trying once more may help: the server is busy, or the connection broke before an answer came.
#[must_use]
pub fn is_transient(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => matches!(status.code, 429 | 503 | 504),
        kube::Error::HyperError(_) => true,
        kube::Error::Service(cause) => !is_final(cause.as_ref()) && !cause.is::<AuthError>(),
        _ => false,
    }
}

/// Whether a write may have been carried out although no answer came: the connection was there and broke, or was too slow.
#[must_use]
pub fn may_have_arrived(error: &kube::Error) -> bool {
    match error {
        kube::Error::HyperError(cause) => !is_final(cause),
        kube::Error::Service(cause) => !is_final(cause.as_ref()) && !cause.is::<AuthError>(),
        _ => false,
    }
}

/// Nothing listens there, the name is unknown, or the certificates do not fit: a second try would find the same.
fn is_final(cause: &(dyn std::error::Error + 'static)) -> bool {
    refused(cause) || certificate(cause).is_some() || chain(cause).any(|text| text.contains("dns error"))
}

fn chain<'a>(error: &'a (dyn std::error::Error + 'static)) -> impl Iterator<Item = String> + 'a {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string)
}

fn refused(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}

/// What is wrong with the certificates, in words, when that is what is wrong.
pub(super) fn certificate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let texts: Vec<String> = chain(error).collect();
    let said = |what: &str| texts.iter().any(|text| text.contains(what));
    if said("UnsupportedCertVersion") {
        return Some(
            "the client certificate is X.509 version 1, which this client does not accept; reissue it as version 3"
                .to_owned(),
        );
    }
    if said("UnknownIssuer") || said("unable to get local issuer") {
        return Some("tls: failed to verify certificate: x509: certificate signed by unknown authority".to_owned());
    }
    if said("NotValidForName") || said("not valid for name") {
        return Some(
            "tls: failed to verify certificate: the server's certificate is for another name (--tls-server-name NAME)"
                .to_owned(),
        );
    }
    if said("invalid peer certificate") || said("CertExpired") || said("certificate expired") {
        return Some(format!("tls: failed to verify certificate: {}", texts.last().cloned().unwrap_or_default()));
    }
    None
}

/// Whether a 404 is about the kind and not about the object: the API group or the kind is unknown to the server.
#[must_use]
pub fn is_unknown_resource(status: &Status) -> bool {
    status.details.as_ref().is_none_or(|details| details.name.is_empty())
}

/// Who was asked, and as whom.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    /// URL of the API server.
    pub server: &'a str,
    /// Name of the user entry in the kubeconfig; empty when there is none.
    pub user: &'a str,
}

/// An error of the client as the user reads it. `verb` is RBAC's.
#[must_use]
pub fn explain(error: &kube::Error, verb: &str, target: Target<'_>, whom: Whom<'_>) -> Failure {
    let Whom { server, user } = whom;
    match error {
        kube::Error::Api(status) => status_failure(status, verb, target, server),
        kube::Error::Auth(error) => auth(error, user),
        kube::Error::Service(cause) => match cause.downcast_ref::<AuthError>() {
            Some(error) => auth(error, user),
            None => transport(cause.as_ref(), server),
        },
        kube::Error::HyperError(cause) => transport(cause, server),
        kube::Error::UpgradeConnection(cause) => transport(cause, server),
        other => Failure::because(Exit::Cluster, format!("Unable to connect to the server: {server}"), other),
    }
}

/// Why the client could not even be built: certificates, keys, a proxy.
#[must_use]
pub fn client(error: &kube::Error, user: &str) -> Failure {
    match error {
        kube::Error::Auth(error) => auth(error, user),
        kube::Error::ProxyProtocolUnsupported { proxy_url } => {
            Failure::cluster(format!("the proxy {proxy_url} has a scheme that is not supported"))
                .hint("HTTPS_PROXY takes http://HOST:PORT")
        }
        other => Failure::because(Exit::Cluster, "the credentials of the kubeconfig cannot be used", other)
            .hint("kubectl config view --minify shows them"),
    }
}

fn auth(error: &AuthError, user: &str) -> Failure {
    match error {
        AuthError::Oidc(cause) => oidc::explain(cause, user),
        // what the plugin printed may hold a token: it is never repeated
        AuthError::AuthExecRun { cmd, out } => {
            let command = cmd.split_whitespace().next().unwrap_or(cmd);
            Failure::cluster(format!(
                "Unable to connect to the server: getting credentials: the plugin `{command}` failed with {}",
                out.status
            ))
            .hint("run kubectl get --raw /version: kubectl calls the same plugin and shows what it says")
        }
        AuthError::AuthExecStart(cause) => Failure::because(
            Exit::Cluster,
            "Unable to connect to the server: getting credentials: the plugin cannot be started",
            cause,
        )
        .hint("kubectl config view --minify names it under users[].user.exec"),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => Failure::cluster(
            "Unable to connect to the server: getting credentials: the plugin did not answer with an ExecCredential",
        )
        .hint("kubectl config view --minify names it under users[].user.exec"),
        other => Failure::because(Exit::Cluster, "Unable to connect to the server: getting credentials", other),
    }
}

fn transport(cause: &(dyn std::error::Error + 'static), server: &str) -> Failure {
    let host = server.trim_end_matches('/');
    let authority = host.split("://").nth(1).unwrap_or(host);
    if refused(cause) {
        return Failure::cluster(format!(
            "The connection to the server {authority} was refused - did you specify the right host or port?"
        ))
        .hint("kubectl config view --minify shows which server the context names");
    }
    if let Some(reason) = certificate(cause) {
        return Failure::cluster(format!("Unable to connect to the server: {reason}"));
    }
    Failure::cluster(format!("Unable to connect to the server: {authority}: {}", innermost(cause)))
}

fn status_failure(status: &Status, verb: &str, target: Target<'_>, server: &str) -> Failure {
    let text = status.message.lines().next().unwrap_or_default();
    let resource = target.kind.resource();
    match status.code {
        // not a status of the API server: something in between answered
        _ if is_foreign(status) => Failure::cluster(format!(
            "Unable to connect to the server: HTTP {} from something that is not the API server",
            status.code
        ))
        .hint("a proxy or load balancer between answered; see kubectl get --raw /version"),
        401 => Failure::cluster("error: You must be logged in to the server (Unauthorized)")
            .hint("the token or certificate of the context is not (or no longer) accepted: log in again"),
        403 => Failure::cluster(format!("Error from server (Forbidden): {text}"))
            .caused_by(Cause::Forbidden)
            .hints(grant(text, verb, target)),
        404 if is_unknown_resource(status) => {
            let failure =
                Failure::cluster(format!("error: the server doesn't have a resource type \"{}\"", target.kind.plural));
            failure.caused_by(Cause::UnknownKind).hint(if target.kind.group == "kubeovn.io" {
                format!("Kube-OVN is not installed in {server}, or is older than this kind: kubectl get crd {resource}")
            } else {
                format!("kubectl api-resources --api-group={}", target.kind.group)
            })
        }
        404 => Failure::no(format!(
            "Error from server (NotFound): {resource} \"{}\" not found",
            target.name.unwrap_or_default()
        ))
        .caused_by(Cause::NotFound),
        400 | 409 | 422 => Failure::no(format!("Error from server ({}): {text}", status.reason)).caused_by(
            match status.reason.as_str() {
                "Conflict" => Cause::Conflict,
                "AlreadyExists" => Cause::AlreadyExists,
                _ => Cause::Other,
            },
        ),
        code => {
            let reason = if status.reason.is_empty() { code.to_string() } else { status.reason.clone() };
            Failure::cluster(format!("Error from server ({reason}): {text}"))
        }
    }
}

/// Whether it is no Status of the API server. Of its own pages it has one: "404 page not found" for a group it does not know.
fn is_foreign(status: &Status) -> bool {
    status.reason == "Failed to parse error data" && !status.message.starts_with("404 page not found")
}

/// The commands that would allow what was refused. The user is read from the server's sentence.
fn grant(text: &str, verb: &str, target: Target<'_>) -> Vec<String> {
    let user = text.split("User \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("USER");
    let resource = match target.subresource {
        "" => target.kind.resource(),
        sub => format!("{}/{sub}", target.kind.plural),
    };
    // kubectl asks for `create` on pods/exec since 1.35 (kubernetes#134577), older servers for `get`
    let verbs = if target.subresource == "exec" { "get,create" } else { verb };
    let name = format!("ko-{}-{}", verb, resource.replace(['.', '/'], "-"));
    let subject = match user.strip_prefix("system:serviceaccount:") {
        Some(account) => format!("--serviceaccount={}", shell_word(account)),
        None => format!("--user={}", shell_word(user)),
    };
    match target.namespace {
        Some(namespace) => vec![
            format!("kubectl create role {name} -n {namespace} --verb={verbs} --resource={resource}"),
            format!("kubectl create rolebinding {name} -n {namespace} --role={name} {subject}"),
        ],
        None => vec![
            format!("kubectl create clusterrole {name} --verb={verbs} --resource={resource}"),
            format!("kubectl create clusterrolebinding {name} --clusterrole={name} {subject}"),
        ],
    }
}
