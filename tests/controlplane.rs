//! The suites on a real Kube-OVN control plane; how to get one and how to run them: tests/controlplane/README.md.
//!
//! `controlplane_suite` and `examples` want the world `documents`, the first a data path too, `oracle` a control plane of its own without any world.

#[path = "controlplane/examples.rs"]
mod examples;
mod oracle;
#[path = "support/proxy.rs"]
mod proxy;

mod controlplane_suite {
    mod bench;
    mod cluster;
    mod datapath;
    mod documents;
    mod killed;
    mod upstream;
}
