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

/// What is wrong with one field.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) field: String,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Cause {
    pub(crate) fn required(field: &str, more: &str) -> Self {
        Self { field: field.to_owned(), reason: "FieldValueRequired", message: format!("Required value{more}") }
    }

    pub(crate) fn invalid(field: &str, value: &str, why: &str) -> Self {
        let message = format!("Invalid value: {}: {why}", Value::from(value));
        Self { field: field.to_owned(), reason: "FieldValueInvalid", message }
    }

    pub(crate) fn of_type(field: &str, value: &str, why: &str) -> Self {
        Self { reason: "FieldValueTypeInvalid", ..Self::invalid(field, value, why) }
    }

    pub(crate) fn too_long(field: &str, longest: usize) -> Self {
        let message = format!("Too long: may not be more than {longest} bytes");
        Self { field: field.to_owned(), reason: "FieldValueTooLong", message }
    }

    pub(crate) fn unsupported(field: &str, value: &str, supported: &[&str]) -> Self {
        let supported: Vec<String> = supported.iter().map(|value| format!("\"{value}\"")).collect();
        let message = format!("Unsupported value: \"{value}\": supported values: {}", supported.join(", "));
        Self { field: field.to_owned(), reason: "FieldValueNotSupported", message }
    }
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

    /// An object of that kind whose fields are not as they must be. The server names them in no order; here they are in the order of their
    /// names.
    pub(crate) fn invalid(kind: &Kind, spoken: &str, name: &str, causes: &[Cause]) -> Self {
        Self::invalid_of(kind.group, spoken, name, causes)
    }

    /// The same of any kind.
    pub(crate) fn invalid_of(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let told: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let told = if let [one] = &told[..] { one.clone() } else { format!("[{}]", told.join(", ")) };
        let causes = causes
            .iter()
            .map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field}))
            .collect::<Vec<_>>();
        let mut details = json!({"group": group, "kind": kind, "causes": causes});
        if !name.is_empty() {
            details["name"] = name.into();
        }
        Self::new(422, "Invalid", format!("{kind}.{group} \"{name}\" is invalid: {told}")).details(details)
    }

    /// A patch that makes of an object what is none of its kind.
    pub(crate) fn undecodable(object: &Value, why: &str) -> Self {
        let cause = Cause::invalid("patch", &object.to_string(), why);
        let message = format!(" \"\" is invalid: patch: {}", cause.message);
        let causes = json!([{"reason": cause.reason, "message": cause.message, "field": cause.field}]);
        Self::new(422, "Invalid", message).details(json!({"causes": causes}))
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
