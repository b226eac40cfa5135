//! The suites on a real Kube-OVN control plane: tests/controlplane/README.md. Every test is ignored without one.

#[path = "controlplane/documents.rs"]
mod documents;
mod oracle;
