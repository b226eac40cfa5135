//! Faults: what a server, a proxy or the network does instead of answering.

use std::time::Duration;

use serde_json::json;

use super::exec::script::Script;
use super::reply::Reply;
use super::status::Refusal;

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A `Status` with this code, with `Retry-After` seconds.
    Status(Refusal, Option<u32>),
    /// A page of something that is not the API server: code, content type, text.
    Page(u16, &'static str, &'static str),
    /// The right answer, later.
    Delay(Duration),
    /// The connection is closed before an answer.
    Drop,
    /// The connection is closed in the middle of the right answer.
    Torn,
    /// No answer, and the connection stays open.
    Hang,
    /// What a command in a pod does in place of the right thing.
    Exec(Box<Script>),
    /// 410: as an event of a watch, as a status of anything else.
    Gone,
}

/// A fault at all paths that start with `prefix`.
#[derive(Clone, Debug)]
pub struct Fault {
    prefix: String,
    method: &'static str,
    query: String,
    left: Option<usize>,
    skip: usize,
    pub(crate) effect: Effect,
}

impl Fault {
    fn new(prefix: impl Into<String>, effect: Effect) -> Self {
        Self { prefix: prefix.into(), method: "", query: String::new(), left: None, skip: 0, effect }
    }

    /// The sentence the real server has for this code.
    #[must_use]
    pub fn status(prefix: impl Into<String>, code: u16) -> Self {
        Self::new(prefix, Effect::Status(Refusal::of_code(code), None))
    }

    /// 429 with `Retry-After`.
    #[must_use]
    pub fn busy(prefix: impl Into<String>, seconds: u32) -> Self {
        Self::new(prefix, Effect::Status(Refusal::of_code(429), Some(seconds)))
    }

    /// A `Status` of one's own words.
    #[must_use]
    pub fn says(prefix: impl Into<String>, code: u16, reason: &str, message: &str) -> Self {
        Self::new(prefix, Effect::Status(Refusal::new(code, reason, message), None))
    }

    /// An HTML page, as a proxy sends it.
    #[must_use]
    pub fn html(prefix: impl Into<String>, code: u16) -> Self {
        let page = "<html><head><title>Proxy</title></head><body><h1>not the API server</h1></body></html>\n";
        Self::new(prefix, Effect::Page(code, "text/html", page))
    }

    /// A plain text answer.
    #[must_use]
    pub fn text(prefix: impl Into<String>, code: u16, text: &'static str) -> Self {
        Self::new(prefix, Effect::Page(code, "text/plain; charset=utf-8", text))
    }

    /// The right answer, so much later.
    #[must_use]
    pub fn delay(prefix: impl Into<String>, time: Duration) -> Self {
        Self::new(prefix, Effect::Delay(time))
    }

    /// The connection is closed before an answer.
    #[must_use]
    pub fn drop(prefix: impl Into<String>) -> Self {
        Self::new(prefix, Effect::Drop)
    }

    /// The connection is closed in the middle of the answer.
    #[must_use]
    pub fn torn(prefix: impl Into<String>) -> Self {
        Self::new(prefix, Effect::Torn)
    }

    /// No answer, and the connection stays open.
    #[must_use]
    pub fn hang(prefix: impl Into<String>) -> Self {
        Self::new(prefix, Effect::Hang)
    }

    /// The versions asked for are too old.
    #[must_use]
    pub fn gone(prefix: impl Into<String>) -> Self {
        Self::new(prefix, Effect::Gone)
    }

    /// From a line `METHOD PATH EFFECT [after=N] [times=N] [query=TEXT]`: a method is `*` for any, a path is what a path begins with, and an
    /// effect is one of `status=CODE`, `busy=SECONDS`, `html=CODE`, `delay=MILLISECONDS`, `drop`, `torn`, `hang`, `gone`, and for commands in
    /// pods `exec-hang`, `exec-drop`, `exec-close` (without a status), `exec-status` (one that is none), `exec-flood=BYTES`,
    /// `exec-garbage` (what is no UTF-8), `exec-fail=CODE`.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (method, prefix, effect) = (words.next()?, words.next()?, words.next()?);
        let method = ["GET", "POST", "PATCH", "DELETE"].into_iter().find(|known| *known == method);
        let (effect, value) = effect.split_once('=').unwrap_or((effect, ""));
        let number = value.parse::<u32>();
        let exec = |script| Self::new(prefix, Effect::Exec(Box::new(script)));
        let bytes = |number: u32| usize::try_from(number).unwrap_or_default();
        let mut fault = match (effect, number) {
            ("status", Ok(code)) => Self::status(prefix, code.try_into().ok()?),
            ("busy", Ok(seconds)) => Self::busy(prefix, seconds),
            ("html", Ok(code)) => Self::html(prefix, code.try_into().ok()?),
            ("delay", Ok(milliseconds)) => Self::delay(prefix, Duration::from_millis(milliseconds.into())),
            ("drop", _) => Self::drop(prefix),
            ("torn", _) => Self::torn(prefix),
            ("hang", _) => Self::hang(prefix),
            ("gone", _) => Self::gone(prefix),
            ("exec-hang", _) => exec(Script::new().hang()),
            ("exec-drop", _) => exec(Script::prints("[{\"rows\":[").drop_connection()),
            ("exec-close", _) => exec(Script::prints("[]\n").close()),
            ("exec-status", _) => exec(Script::prints("[]\n").status("no status")),
            ("exec-flood", Ok(length)) => exec(Script::new().flood(bytes(length))),
            ("exec-garbage", _) => exec(Script::prints(b"[{\"rows\":[{\"name\":\"\xff\xfe\x80\"}]}]\n")),
            ("exec-fail", Ok(code)) => exec(Script::fails("the command failed\n", code.try_into().ok()?)),
            _ => return None,
        };
        fault.method = method.unwrap_or_default();
        for word in words {
            let (key, value) = word.split_once('=')?;
            fault = match key {
                "after" => fault.after(value.parse().ok()?),
                "times" => fault.times(value.parse().ok()?),
                "query" => fault.query(value),
                _ => return None,
            };
        }
        Some(fault)
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// Only requests whose query contains this text (as sent, escaped).
    #[must_use]
    pub fn query(mut self, text: &str) -> Self {
        text.clone_into(&mut self.query);
        self
    }

    /// Only the first `count` requests; then all is well.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.left = Some(count);
        self
    }

    /// Only after `count` requests went well.
    #[must_use]
    pub fn after(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Whether this request is hit; counts down.
    pub(crate) fn hits(&mut self, method: &str, path: &str, query: &str) -> bool {
        let matched = path.starts_with(&self.prefix)
            && (self.method.is_empty() || self.method == method)
            && query.contains(&self.query);
        if !matched || self.left == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }
}

impl Effect {
    /// The answer in place of the right one; `None` for effects that only spoil or delay it.
    pub(crate) fn reply(&self, watch: bool) -> Option<Reply> {
        match self {
            Self::Status(refusal, retry) => {
                let reply = Reply::from(refusal.clone());
                Some(match retry {
                    Some(seconds) => reply.header("retry-after", seconds.to_string()),
                    None => reply,
                })
            }
            Self::Page(code, content, text) => Some(Reply::new(*code, content, *text)),
            Self::Gone if watch => {
                let event = json!({"type": "ERROR", "object": Refusal::expired().body});
                Some(Reply::new(200, "application/json", format!("{event}\n")))
            }
            Self::Gone => Some(Refusal::expired().into()),
            Self::Delay(_) | Self::Drop | Self::Torn | Self::Hang | Self::Exec(_) => None,
        }
    }
}
