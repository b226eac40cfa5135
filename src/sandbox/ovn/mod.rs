//! OVN in the sandbox: its tools, answered from the rows.

pub(super) mod cell;
mod clause;
mod datum;
mod exec;
mod generic;
mod lists;
mod order;
mod routes;
mod schema;
mod show;
mod style;
mod tables;
pub mod transact;
mod view;
mod words;

pub use exec::answer;
pub use tables::Tables;
pub use view::recorded;

/// What a tool printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Its exit code.
    pub code: u8,
}
