//! The suites on a real Kube-OVN control plane; how to get one and how to run them: tests/controlplane/README.md.
//!
//! `controlplane_suite` and `examples` want the world `documents`, the first a data path too; `oracle` and `empty` a control plane of
//! their own without any world.

#[path = "support/answers.rs"]
mod answers;
#[path = "controlplane/examples.rs"]
mod examples;
#[path = "support/meeting.rs"]
mod meeting;
#[path = "bench/populate.rs"]
mod populate;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/stories.rs"]
mod stories;

// tests run in the order of their names: this one comes first, on a world that no other has touched
#[path = "controlplane_suite/seed.rs"]
mod aa_seed;
#[path = "controlplane_suite/mod.rs"]
mod controlplane_suite;
#[path = "controlplane_suite/empty.rs"]
mod empty;
#[path = "oracle/mod.rs"]
mod oracle;
// and this one last
#[path = "controlplane_suite/hanging.rs"]
mod zz_hanging;
