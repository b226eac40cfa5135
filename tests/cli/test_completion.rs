//! Completion through the binary: what kubectl asks, what shells ask, and names from the cluster.

#![expect(clippy::expect_used, reason = "a program that cannot be started must stop the test")]

use std::path::Path;

use kubectl_ko::completion::{Shell, script};

use super::test_docs::pinned;
use crate::support::{Environment, Fault};

const VIPS: &str = "
kind: Vip
apiVersion: kubeovn.io/v1
metadata: {name: web}
---
kind: Vip
apiVersion: kubeovn.io/v1
metadata: {name: db}
---
kind: Subnet
apiVersion: kubeovn.io/v1
metadata: {name: ovn-default}
";

/// What kubectl gets: the words, then the directive.
fn asked(environment: &Environment, line: &str) -> Vec<String> {
    let words = ["__complete", "--"].into_iter().chain(line.split(' '));
    let output = environment.run(words).success();
    assert_eq!(output.stderr, "", "completion never speaks");
    output.stdout.lines().map(str::to_owned).collect()
}

fn values(answer: &[String]) -> Vec<&str> {
    answer.iter().map(|line| line.split('\t').next().unwrap_or_default()).collect()
}

#[test]
fn kubectl_is_told_verbs_with_their_help_and_no_file_names() {
    let environment = Environment::new();
    assert_eq!(asked(&environment, "vip cr"), ["create\tCreate a Vip and wait until it works", ":4"]);
    assert_eq!(values(&asked(&environment, "ver")), ["version", ":4"]);
    assert_eq!(environment.server.journal(), "", "verbs are known without the cluster");
}

#[test]
fn kubectl_is_told_flags_only_behind_a_dash() {
    let environment = Environment::new();
    assert_eq!(values(&asked(&environment, "vip create --sub")), ["--subnet", ":4"]);
    let without = asked(&environment, "vip ");
    assert!(!without.iter().any(|line| line.starts_with('-')), "{without:?}");
}

#[test]
fn the_executable_that_kubectl_looks_for_answers_alike() {
    let environment = Environment::new();
    let link = environment.path().join("kubectl_complete-ko");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-ko"), &link).unwrap();
    let output = std::process::Command::new(link).args(["vip", "cr"]).env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "create\tCreate a Vip and wait until it works\n:4\n");
}

#[test]
fn names_come_from_the_cluster() {
    let environment = Environment::with(VIPS);
    assert_eq!(values(&asked(&environment, "vip show ")), ["db", "web", ":4"]);
    assert_eq!(values(&asked(&environment, "vip delete w")), ["web", ":4"]);
    assert_eq!(values(&asked(&environment, "vip create x --subnet ")), ["ovn-default", ":4"]);
}

#[test]
fn names_come_from_the_cluster_that_the_line_names() {
    let mut environment = Environment::with(VIPS);
    environment.unset("KUBECONFIG");
    assert_eq!(asked(&environment, "vip show "), [":4"]);
    let config = environment.path().join("kubeconfig");
    assert_eq!(
        values(&asked(&environment, &format!("--kubeconfig {} vip show ", config.display()))),
        ["db", "web", ":4"]
    );
}

#[test]
fn what_goes_wrong_completes_to_nothing() {
    for fault in
        [Fault::status("/apis", 403), Fault::status("/apis", 500), Fault::drop("/apis"), Fault::html("/apis", 502)]
    {
        let environment = Environment::with(VIPS);
        environment.server.fault(fault);
        assert_eq!(asked(&environment, "vip show "), [":4"]);
    }
}

#[test]
fn a_server_that_hangs_does_not_hang_the_shell() {
    let environment = Environment::with(VIPS);
    environment.server.fault(Fault::hang("/apis"));
    let output = environment.ko("__complete -- vip show x").success().within(std::time::Duration::from_secs(3));
    assert_eq!(output.stdout, ":4\n");
}

/// What a shell's script does: it sets the variable and hands over the words.
fn asked_by_shell(environment: &Environment, shell: &str, words: &[&str]) -> String {
    let index = (words.len() - 1).to_string();
    let mut command = environment.command(["--", "kubectl-ko"].iter().chain(words.iter().skip(1)));
    command.env("KUBECTL_KO_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", index).env("_CLAP_IFS", "\n");
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn shells_are_answered_directly() {
    let environment = Environment::with(VIPS);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = asked_by_shell(&environment, shell, &["kubectl-ko", "vip", "cr"]);
        assert!(answer.starts_with("create"), "{shell}: {answer}");
        let answer = asked_by_shell(&environment, shell, &["kubectl-ko", "vip", "show", "w"]);
        assert!(answer.starts_with("web"), "{shell}: {answer}");
    }
}

#[test]
fn the_script_that_is_printed_is_the_one_of_the_archive() {
    let environment = Environment::new();
    for shell in Shell::ALL {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(shell.file());
        pinned(&file, &script(shell));
        let name = clap::ValueEnum::to_possible_value(&shell).unwrap().get_name().to_owned();
        assert_eq!(environment.run(["completion", &name]).success().stdout, script(shell));
    }
    let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")).unwrap();
    assert_eq!(folder.count(), Shell::ALL.len(), "a file of completions/ has no shell");
}

#[test]
fn a_shell_that_is_not_known_is_a_usage_error() {
    Environment::new().ko("completion csh").exits(2).says("bash, zsh, fish, powershell, elvish, kubectl").done();
}
