//! The console examples of the documents that need a real Kube-OVN. They leave the world `documents` as they found it.

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
    for document in markdown::documents() {
        let folder = tempfile::tempdir().expect("a folder");
        console::Shell::on(Path::new(&kubeconfig), folder.path()).check(&document, "console,controlplane", |_| ());
    }
}
