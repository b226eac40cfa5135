//! Who may ask what.

use std::collections::BTreeMap;

use hyper::HeaderMap;

use super::status::Refusal;
use super::target::Target;

/// Users and what they may not do. Without users, everybody is an administrator.
#[derive(Debug, Default)]
pub struct Access {
    /// Bearer token → user name.
    pub tokens: BTreeMap<String, String>,
    /// User, verb, resource (`vips`, `pods/exec`); `*` is any.
    pub denied: Vec<(String, String, String)>,
}

impl Access {
    /// The user of a request.
    pub(crate) fn user(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let user = match token {
            _ if self.tokens.is_empty() => "kubernetes-admin".to_owned(),
            Some(token) => self.tokens.get(token).cloned().ok_or_else(Refusal::unauthorized)?,
            None => "system:anonymous".to_owned(),
        };
        Ok(header("impersonate-user").map_or(user, str::to_owned))
    }

    /// Refuses what the table denies, in the words of the API server (apiserver: pkg/endpoints/handlers/responsewriters).
    pub(crate) fn check(&self, user: &str, verb: &str, target: &Target) -> Result<(), Refusal> {
        let resource = match target.subresource.as_str() {
            "" => target.kind.plural.to_owned(),
            sub => format!("{}/{sub}", target.kind.plural),
        };
        let same = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        let denied = user == "system:anonymous"
            || self.denied.iter().any(|(who, what, on)| same(who, user) && same(what, verb) && same(on, &resource));
        if !denied {
            return Ok(());
        }
        let kind = target.kind;
        let object =
            if target.name.is_empty() { kind.resource() } else { format!("{} \"{}\"", kind.resource(), target.name) };
        let place = match target.namespace.as_str() {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace \"{namespace}\""),
        };
        let sentence = format!(
            "{object} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{}\" {place}",
            kind.group
        );
        Err(Refusal::forbidden(kind, &target.name, sentence))
    }
}

/// The verb of RBAC. An exec is `create` since Kubernetes 1.35 although it is a GET.
pub(crate) fn verb(method: &str, target: &Target, watch: bool) -> &'static str {
    match (method, target.name.is_empty()) {
        _ if target.subresource == "exec" => "create",
        ("GET", _) if watch => "watch",
        ("GET", true) => "list",
        ("GET", false) => "get",
        ("POST", _) => "create",
        ("PATCH", _) => "patch",
        ("PUT", _) => "update",
        ("DELETE", true) => "deletecollection",
        _ => "delete",
    }
}
