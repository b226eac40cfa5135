//! The suites on a real Kube-OVN control plane; how to get one and how to run them: tests/controlplane/README.md.
//!
//! `controlplane_suite` wants the world `documents` and a data path, `oracle` a control plane of its own without any world.

mod oracle;
#[path = "support/proxy.rs"]
mod proxy;

mod controlplane_suite {
    mod bench;
    mod cluster;
    mod datapath;
    mod documents;
    mod killed;
    mod listing;
    mod ports;
    mod raw;
    mod refused;
    mod rights;
    mod said;
    mod upstream;
    mod users;
    mod workloads;
}
