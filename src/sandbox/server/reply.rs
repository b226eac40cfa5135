//! An answer before it is bytes on a socket, so that a fault can still change it.

use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::http::HeaderValue;
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::status::Refusal;

pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>> + Send>>;

/// What an answer carries.
pub(crate) enum Payload {
    /// All of it at once.
    Full(Bytes),
    /// Bit by bit; an error breaks the connection.
    Stream(Chunks),
}

/// One answer.
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) payload: Payload,
}

impl Reply {
    pub(crate) fn new(code: u16, content: &str, body: impl Into<Bytes>) -> Self {
        Self { code, headers: vec![("content-type", content.to_owned())], payload: Payload::Full(body.into()) }
    }

    pub(crate) fn json(code: u16, body: &Value) -> Self {
        Self::new(code, "application/json", body.to_string())
    }

    pub(crate) fn stream(content: &str, chunks: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        let payload = Payload::Stream(Box::pin(chunks.map(Ok)));
        Self { code: 200, headers: vec![("content-type", content.to_owned())], payload }
    }

    /// What the server's multiplexer says to a path nobody serves.
    pub(crate) fn unknown_path() -> Self {
        Self::new(404, "text/plain; charset=utf-8", "404 page not found\n")
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same answer, of which only the first half arrives.
    pub(crate) fn torn(mut self) -> Self {
        if let Payload::Full(bytes) = &self.payload {
            let half = bytes.slice(..bytes.len() / 2);
            self.headers.push(("content-length", bytes.len().to_string()));
            let broken = std::io::Error::other("torn on purpose");
            self.payload = Payload::Stream(Box::pin(futures::stream::iter([Ok(half), Err(broken)])));
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let body = match self.payload {
            Payload::Full(bytes) => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
            Payload::Stream(chunks) => StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))).boxed_unsync(),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            // a header that cannot be sent is a server that does not send it
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::json(refusal.code, &refusal.body)
    }
}
