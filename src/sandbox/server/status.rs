//! Refusals in the words of kube-apiserver (apimachinery: pkg/api/errors/errors.go).

use serde_json::{Value, json};

use super::kinds::Kind;

/// An answer of kind `Status` that says no.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Its code.
    pub code: u16,
    /// All of it.
    pub body: Value,
}

impl Refusal {
    /// A refusal of one's own words.
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message.into(), "reason": reason, "code": code,
        });
        Self { code, body }
    }

    pub(crate) fn details(mut self, details: Value) -> Self {
        self.body["details"] = details;
        self
    }

    fn about(self, kind: &Kind, name: &str) -> Self {
        let mut details = json!({"kind": kind.plural});
        for (key, value) in [("name", name), ("group", kind.group)] {
            if !value.is_empty() {
                details[key] = value.into();
            }
        }
        self.details(details)
    }

    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.resource())).about(kind, name)
    }

    pub(crate) fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.resource())).about(kind, name)
    }

    pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    pub(crate) fn modified(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// A JSON patch that does not apply.
    pub(crate) fn unpatchable(why: &str) -> Self {
        Self::new(422, "Invalid", "the server rejected our request due to an error in our request")
            .details(json!({"causes": [{"reason": "UnexpectedServerResponse", "message": why}]}))
    }

    pub(crate) fn expired() -> Self {
        Self::new(410, "Expired", "The provided continue parameter is too old to display a consistent list result.")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn forbidden(kind: &Kind, name: &str, message: String) -> Self {
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// What the server says of itself for a plain status code.
    pub(crate) fn of_code(code: u16) -> Self {
        match code {
            401 => Self::unauthorized(),
            403 => Self::new(403, "Forbidden", "forbidden: User \"kubernetes-admin\" cannot do this"),
            409 => Self::new(
                409,
                "Conflict",
                "the object has been modified; please apply your changes to the latest version and try again",
            ),
            410 => Self::expired(),
            429 => Self::new(429, "TooManyRequests", "Too many requests, please try again later."),
            500 => Self::new(500, "InternalError", "Internal error occurred: etcdserver: leader changed"),
            503 => Self::new(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => Self::new(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
            other => Self::new(other, "", format!("the server said {other}")),
        }
    }
}
