//! The sandbox: a cluster inside this program, to try commands on and to look at a copy of a real one.
//!
//! It proves nothing: what is asked of it is answered by an API server of a few hundred lines ([`server`]), a narrow model of
//! Kube-OVN's controller ([`model`]) and a printer over OVN's rows ([`ovn`]), all over one [`state::State`].

mod lazy;
pub mod model;
pub mod ovn;
pub mod server;
pub mod snapshot;
pub mod state;

pub use lazy::Lazy;
