//! `lint` on what is hardly a manifest, and where not everything can be read.

use crate::support::Environment;
use serde_json::{Value, json};

/// The cluster of the documents, with OVN's rows.
fn documents() -> Environment {
    let ko = Environment::with(include_str!("../fixtures/documents.yaml"));
    let rows: Value = serde_json::from_str(include_str!("../fixtures/documents.ovn.json")).unwrap_or_default();
    for (database, tables) in rows.as_object().into_iter().flatten() {
        for (table, rows) in tables.as_object().into_iter().flatten() {
            ko.server.rows(database, table, rows);
        }
    }
    ko
}

fn vip(name: &str, spec: &str) -> String {
    format!("apiVersion: kubeovn.io/v1\nkind: Vip\nmetadata: {{{name}}}\nspec: {{{spec}}}\n---\n")
}

/// Codes of the errors of each document, by its number.
fn errors(output: &str) -> Vec<(u64, String)> {
    let report: Value = serde_json::from_str(output).unwrap_or_default();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let errors = findings.into_iter().filter(|one| one["severity"] == "error");
    errors
        .map(|one| (one["object"]["document"].as_u64().unwrap_or(0), one["code"].as_str().unwrap_or("").to_owned()))
        .collect()
}

#[test]
fn a_document_without_a_name_does_not_hide_the_others() {
    let ko = documents();
    let file = vip("generateName: a-", "subnet: vpc1-subnet1") + &vip("name: web", "subnet: nope");
    let output = ko.run_with_stdin(["lint", "-f", "-", "-o", "json"], &file).exits(1);
    assert_eq!(errors(&output.stdout), [(1, "KO201".to_owned()), (2, "KO115".to_owned())], "{output}");
}

#[test]
fn a_misspelt_kind_or_version_is_no_other_kind() {
    let ko = documents();
    let wrong = [
        "kind: Vip\nmetadata: {name: a}",
        "apiVersion: kubeovn.io/v1\nkind: VIP\nmetadata: {name: a}",
        "apiVersion: kubeovn/v1\nkind: Vip\nmetadata: {name: a}",
        "hello",
    ];
    for text in wrong {
        let output = ko.run_with_stdin(["lint", "-f", "-", "-o", "json"], text).exits(1);
        assert_eq!(errors(&output.stdout), [(1, "KO218".to_owned())], "{text}\n{output}");
    }
    let other = "apiVersion: example.org/v1\nkind: Vip\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\n";
    ko.run_with_stdin(["lint", "-f", "-"], other)
        .exits(0)
        .says("0 documents checked, 0 with errors, 2 documents")
        .done();
}

#[test]
fn two_documents_of_one_name_are_told() {
    let ko = documents();
    let first = vip("name: twice", "subnet: vpc1-subnet1");
    let second = vip("name: twice", "subnet: vpc1-subnet1, v4ip: 192.168.0.77");
    let output = ko.run_with_stdin(["lint", "-f", "-", "-o", "json"], &(first.clone() + &second)).exits(1);
    assert_eq!(errors(&output.stdout), [(2, "KO241".to_owned())], "{output}");
    ko.run_with_stdin(["lint", "-f", "-"], &(first.clone() + &first)).exits(0).done();
}

#[test]
fn what_cannot_be_checked_is_no_error_and_no_success() {
    let ko = documents();
    ko.server.deny("*", "list", "ippools");
    let file = vip("name: web", "subnet: vpc1-subnet1");
    let output = ko.run_with_stdin(["lint", "-f", "-"], &file).exits(3);
    let told: Vec<&str> = output.stdout.lines().filter(|line| line.contains(" unknown ")).collect();
    assert_eq!(told.len(), 1, "{output}");
    assert!(told[0].contains("KO114") && told[0].contains("cannot list resource"), "{output}");
    assert!(output.stderr.contains("0 with errors, 1 not checked in full"), "{output}");
    let json = ko.run_with_stdin(["lint", "-f", "-", "-o", "json"], &file).exits(3);
    let report: Value = serde_json::from_str(&json.stdout).unwrap_or_default();
    assert_eq!((&report["errors"], &report["unknown"]), (&json!(0), &json!(1)), "{json}");
}

#[test]
fn several_files_stand_behind_one_flag() {
    let ko = documents();
    ko.write("a.yaml", &vip("name: a", "subnet: vpc1-subnet1"));
    ko.write("b.yaml", &vip("name: b", "subnet: vpc1-subnet1"));
    ko.run(["lint", "-f", "a.yaml", "b.yaml"]).exits(0).says("2 documents checked").done();
}
