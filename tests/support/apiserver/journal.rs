//! What was asked, in order.

use std::fmt;

use hyper::HeaderMap;
use kubectl_ko::sandbox::server::{Call, Query};
use serde_json::Value;

/// One request and how much was answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Who asked; empty when the server could not tell.
    pub(crate) user: String,
    /// Status code of the answer; 0 when there was none.
    pub(crate) code: u16,
    /// Bytes of the answer's body so far.
    pub(crate) bytes: usize,
}

impl Recorded {
    /// A header, empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The body as JSON; `null` when it is empty.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).expect("a JSON body") }
    }

    /// Whether it can change something: neither a read nor an exec.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET" && self.query.get("dryRun").is_empty()
    }
}

/// One exec that was asked for, and what it read.
#[derive(Clone, Debug)]
pub(crate) struct ExecCall {
    pub(crate) call: Call,
    /// What came in so far.
    pub(crate) stdin: Vec<u8>,
    /// Whether the client said that its input has ended.
    pub(crate) stdin_closed: bool,
}

impl std::ops::Deref for ExecCall {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

/// `GET /api/v1/pods?labelSelector=app=x` → `200`; the query decoded and without the page size.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        let shown = self.query.0.iter().filter(|(key, _)| !matches!(key.as_str(), "limit" | "fieldManager"));
        for (index, (key, value)) in shown.enumerate() {
            write!(f, "{}{key}={value}", if index == 0 { '?' } else { '&' })?;
        }
        if self.body.is_empty() { Ok(()) } else { write!(f, " {}", String::from_utf8_lossy(&self.body)) }
    }
}
