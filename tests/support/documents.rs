//! The cluster of the documents: what pages and examples are run against.

use kubectl_ko::sandbox::server::Call;

use super::{Environment, ExecScript};

/// OVN's rows of the cluster of the documents, and those that the rules of NAT need besides.
pub(crate) const DOCUMENTS_OVN: &str = include_str!("../fixtures/documents.ovn.json");
pub(crate) const NAT_OVN: &str = include_str!("../fixtures/nat.ovn.json");

/// The cluster that the pages and examples are about.
pub(crate) fn cluster() -> Environment {
    let environment = Environment::new();
    let server = &environment.server;
    server.created_ago(std::time::Duration::from_secs(5 * 86400));
    server.load(include_str!("../fixtures/documents.yaml"));
    environment.ovn(&[DOCUMENTS_OVN]);
    server.on_exec(|call| {
        let answer = match call.line().as_str() {
            "ovn-nbctl show vpc1-subnet1" => ExecScript::prints(include_str!("../fixtures/documents.show.txt")),
            "ovn-nbctl lrp-list ovn-cluster" => ExecScript::prints(OVN_CLUSTER),
            "ovn-nbctl lrp-list vpc1" => ExecScript::prints(VPC1),
            "ovn-nbctl lr-nat-list nosuch" => ExecScript::fails("ovn-nbctl: nosuch: router name not found\n", 1),
            _ => return listed(call),
        };
        Some(answer)
    });
    environment
}

/// What a snapshot asks of OVN's tools: rows of a real control plane.
fn listed(call: &Call) -> Option<ExecScript> {
    if call.runs("ovn-appctl") {
        return Some(ExecScript::prints("Role: leader\n"));
    }
    if !call.argv.iter().any(|word| word == "--format=csv") {
        return None;
    }
    let rows: serde_json::Value = serde_json::from_str(ROWS).unwrap_or_default();
    let mut tables = serde_json::from_value(rows["tables"].clone()).unwrap_or_default();
    let answer = kubectl_ko::sandbox::ovn::answer(&call.argv, &mut tables);
    Some(ExecScript::prints(answer.stdout).stderr(answer.stderr).exit(answer.code.into()))
}

/// Rows of a real control plane, and what its tools print of them.
pub(crate) const ROWS: &str = include_str!("../fixtures/ovn/documents.json");

/// The same cluster with what the rules of NAT need besides.
pub(crate) fn cluster_with_rules() -> Environment {
    let environment = cluster();
    environment.server.load(include_str!("../fixtures/nat.yaml"));
    environment.server.load(include_str!("../fixtures/networks.yaml"));
    environment.server.load(include_str!("../fixtures/interfaces.yaml"));
    environment.ovn(&[DOCUMENTS_OVN, NAT_OVN]);
    environment
}

const OVN_CLUSTER: &str = "e178c02d-5454-4fcb-b902-16a11bd3030e (ovn-cluster-join)
984433cd-69d6-40a2-8833-79c65606ee60 (ovn-cluster-ovn-default)
";
const VPC1: &str = "e732235b-0c98-4bdf-b54f-00653bdd9a64 (vpc1-external204)
b1e21f88-a4e2-425a-ae37-ece7a642e692 (vpc1-vpc1-subnet1)
";
