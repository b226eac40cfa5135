//! What the whole-binary tests share: an [`environment::Environment`] to run the program in, and the
//! [`apiserver::ApiServer`] it talks to.

#![expect(dead_code, reason = "a library for tests: not every part has a test that needs it yet")]
#![expect(clippy::expect_used, clippy::panic, reason = "a broken harness must stop the test")]

pub(crate) mod answers;
pub(crate) mod apiserver;
pub(crate) mod console;
pub(crate) mod documents;
pub(crate) mod environment;
pub(crate) mod issuer;
pub(crate) mod markdown;
pub(crate) mod output;
pub(crate) mod scenes;
pub(crate) mod stories;

pub(crate) use apiserver::ApiServer;
pub(crate) use environment::Environment;
pub(crate) use kubectl_ko::sandbox::server::{Fault, Script as ExecScript};
pub(crate) use output::CommandOutput;
