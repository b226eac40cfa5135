//! The console examples of the documents that need a real Kube-OVN. They leave the world `documents` as they found it, and have
//! the pods of Kube-OVN's document on EIPs meanwhile.

#![expect(clippy::expect_used, clippy::panic, reason = "a broken harness must stop the test")]

#[path = "../support/console.rs"]
mod console;
#[path = "../support/markdown.rs"]
mod markdown;

use std::path::Path;

#[test]
#[ignore = "needs a control plane: tests/controlplane/README.md"]
fn console_examples_print_what_they_show() {
    let kubeconfig = std::env::var_os("KUBECONFIG").expect("KUBECONFIG");
    let _pods = crate::controlplane_suite::things::documents_pods().expect("the pods of the documents");
    for document in markdown::documents() {
        let folder = tempfile::tempdir().expect("a folder");
        console::Shell::on(Path::new(&kubeconfig), folder.path()).check(&document, "console,controlplane", |_| ());
    }
}
