//! What stands around the server: the controller and the file in the program, the journal and played controllers in a test.

use std::sync::Arc;

use hyper::HeaderMap;
use serde_json::Value;

use super::exec::Call;
use super::exec::script::Script;
use super::kinds::Kind;
use super::live::{Live, Shared};
use super::status::Refusal;
use super::target::Query;

/// A request, before anything was done about it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, as it came.
    pub path: &'a str,
    /// The query, decoded.
    pub query: &'a Query,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// What a client did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A POST.
    Create,
    /// A PATCH, of an object or of its status.
    Patch,
    /// A DELETE: the object is gone, or marked.
    Delete,
}

/// A write that the server carried out.
#[derive(Clone, Copy, Debug)]
pub enum Wrote<'a> {
    /// What was done, to an object of which kind, and the object that was made; of a delete the object of before.
    Object(Deed, &'static Kind, &'a Value),
    /// A transaction of OVSDB.
    Rows,
}

/// Calls into what stands around the server. Every method has a default that does nothing.
pub trait Hooks: Send + Sync + 'static {
    /// A request came; the number is given back with what is said of it later.
    fn asked(&self, asked: &Asked<'_>) -> usize {
        let _ = asked;
        0
    }

    /// Who sent it.
    fn user(&self, number: usize, user: &str) {
        let _ = (number, user);
    }

    /// The code it was answered with.
    fn answered(&self, number: usize, code: u16) {
        let _ = (number, code);
    }

    /// So many more bytes of its answer's body.
    fn sent(&self, number: usize, bytes: usize) {
        let _ = (number, bytes);
    }

    /// Somebody is about to write; [`Hooks::after`] follows in any case, unless this refuses.
    fn before(&self, live: &mut Live) -> Result<(), Refusal> {
        let _ = live;
        Ok(())
    }

    /// The write was carried out, or not (`None`).
    fn after(&self, shared: &Arc<Shared>, live: &mut Live, wrote: Option<Wrote<'_>>) -> Result<(), Refusal> {
        let _ = (shared, live, wrote);
        Ok(())
    }

    /// What a command in a pod does; `None` when it is not known.
    fn exec(&self, shared: &Arc<Shared>, call: &Call) -> Option<Script> {
        let _ = (shared, call);
        None
    }

    /// A command began; the number is given back with what it reads.
    fn began(&self, call: &Call) -> usize {
        let _ = call;
        0
    }

    /// It was given this input; `None` is its end.
    fn input(&self, number: usize, bytes: Option<&[u8]>) {
        let _ = (number, bytes);
    }
}

/// Nothing stands around it.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Hooks for Alone {}
