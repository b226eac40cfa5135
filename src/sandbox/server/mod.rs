//! An API server of a few hundred lines, for the kinds this program looks at.
//!
//! What it does with an object is what kube-apiserver does; what a controller would do is its hooks' business ([`Hooks`]). It
//! is served in this program over memory, and in its tests over loopback, with faults.

mod access;
mod discovery;
pub mod exec;
pub mod fault;
mod fields;
mod hooks;
pub mod kinds;
mod live;
mod patch;
mod read;
mod reply;
mod selector;
mod serve;
mod shelf;
mod status;
mod store;
mod target;
mod watch;
mod write;

pub use access::Access;
pub use exec::Call;
pub use exec::script::Script;
pub use fault::Fault;
pub use hooks::{Alone, Asked, Deed, Hooks, Wrote};
pub use kinds::Kind;
pub use live::{Live, Shared};
pub use serve::connection;
pub use status::Refusal;
pub use store::{Change, Store, Style, Unreadable};
pub use target::Query;
pub use watch::{Line, Log};
