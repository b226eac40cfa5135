//! The controller in the sandbox, narrow: what kube-ovn-controller 1.16.2 does about the objects of its documents.
//!
//! It sees one event after another, its own changes included, as the controller does; it does what is to be done at once, and
//! nothing when all is as it should be. There are no clocks and no waits in it.

mod hand;

pub use hand::{Event, Hand};

/// Does what the controller does about one object.
pub fn react(_hand: &mut Hand<'_>, _event: &Event) {}
