//! Requests to an API server and what counts of its answers, recorded in `tests/fixtures/fields.jsonl`, a case a line:
//! `{"send": [METHOD, PATH, CONTENT TYPE, BODY], "answer": …}`. The control plane is right (`tests/controlplane_suite/fields.rs`); the sandbox
//! answers the same (`tests/cli/test_fields.rs`).

use std::path::PathBuf;

use serde_json::{Value, json};

/// Where the cases are.
pub(crate) fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fields.jsonl")
}

/// The request of a case, whole. The older HTTP: the answer comes in one piece and ends with the connection.
pub(crate) fn request(send: &Value) -> String {
    let [method, path, content] = [0, 1, 2].map(|at| send[at].as_str().unwrap_or_default());
    let body = send[3].to_string();
    format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What counts of an answer: of a refusal all of it, of an object what the schema is about. Where several things are wrong the
/// server names them in no order.
pub(crate) fn outcome(answer: &[u8]) -> Value {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let code: u16 = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("warning").then(|| value.to_owned())
    };
    let warnings: Vec<String> = head.lines().filter_map(header).collect();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    if body["kind"] != "Status" {
        return json!({"code": code, "warnings": warnings, "spec": body["spec"], "status": !body["status"].is_null()});
    }
    let mut details = body["details"].clone();
    let mut message = body["message"].clone();
    if let Some(causes) = details.get_mut("causes").and_then(Value::as_array_mut) {
        causes.sort_by_cached_key(Value::to_string);
        if causes.len() > 1 {
            message = Value::Null;
        }
        for cause in causes {
            cause["message"] = without_object(&cause["message"]);
        }
    }
    json!({"code": code, "reason": body["reason"], "message": without_object(&message), "details": details})
}

/// A sentence without the object that it repeats, as a text of JSON in a text.
fn without_object(message: &Value) -> Value {
    let Some(text) = message.as_str() else { return message.clone() };
    let (Some(from), Some(to)) = (text.find("\"{\\\""), text.rfind("}\": ")) else { return message.clone() };
    format!("{}\"{{…{}", &text[..from], &text[to..]).into()
}
