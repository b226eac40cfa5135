//! Lists of EIPs and rules have kubectl's rows, and `show` finds what packets do not get past.

use serde_json::json;

use super::bench::{Outcome, apply, ko, kubectl, same, seconds, text, until};
use super::things::eip_is_whole;

const ALL: &str = "ovn-fip/read-f ovn-snat-rule/read-s ovn-eip/read-e ovn-eip/read-e2";

struct Rules;

impl Rules {
    fn make() -> Outcome<Self> {
        drop(Self);
        let rules = Self;
        let of = |kind: &str, name: &str, spec| json!({"apiVersion": "kubeovn.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec});
        for object in [
            of("OvnEip", "read-e", json!({"externalSubnet": "external204", "type": "nat"})),
            of("OvnEip", "read-e2", json!({"externalSubnet": "external204", "type": "nat"})),
            of("OvnFip", "read-f", json!({"ovnEip": "read-e", "ipName": "web-1.vpc1"})),
            of("OvnSnatRule", "read-s", json!({"ovnEip": "read-e2", "vpc": "vpc1", "v4IpCidr": "192.168.0.192/26"})),
        ] {
            apply(&object.to_string())?;
        }
        eip_is_whole("read-e")?;
        eip_is_whole("read-e2")?;
        for rule in ["ovn-fip/read-f", "ovn-snat-rule/read-s"] {
            kubectl(&format!("wait --for=jsonpath={{.status.ready}}=true {rule} --timeout=20s"))?;
        }
        Ok(rules)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        for object in ALL.split(' ') {
            drop(kubectl(&format!("delete {object} --ignore-not-found --wait --timeout=15s")));
        }
    }
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn lists_have_the_rows_of_kubectl() -> Outcome {
    let _rules = Rules::make()?;
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for (noun, kinds) in [
        ("eip", "ovn-eips,iptables-eips"),
        ("fip", "ovn-fips,iptables-fip-rules"),
        ("snat", "ovn-snat-rules,iptables-snat-rules"),
        ("dnat", "ovn-dnat-rules,iptables-dnat-rules"),
        ("nat", "ovn-eips,ovn-fips,ovn-snat-rules,ovn-dnat-rules,iptables-eips,iptables-fip-rules"),
    ] {
        let ours = ko(&format!("{noun} list -o name")).exits(0)?;
        same(noun, &sorted(&ours.out), &sorted(&kubectl(&format!("get {kinds} -o name"))?))?;
    }
    ko("nat list --target pod/web-1 -n vpc1").exits(0)?.prints("read-f")?.lacks("read-s")?;
    ko("nat list --eip read-e2").exits(0)?.prints("read-s")?.lacks("read-f").map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_row_that_is_gone_and_the_zombie_behind_it_are_told() -> Outcome {
    let _rules = Rules::make()?;
    let codes = |line: &str| -> Outcome<String> {
        let report = ko(&format!("{line} -o json")).exits(0)?.json()?;
        let problems = report["problems"].as_array().into_iter().flatten();
        Ok(problems.map(|problem| text(problem, "/code").to_owned() + " ").collect())
    };
    let found = codes("snat show read-s")?;
    same("OVN has it", &found.contains("KO451"), &false)?;
    ko("nbctl lr-nat-del vpc1 snat 192.168.0.192/26").exits(0)?;
    let found = codes("snat show read-s")?;
    same("its row is gone", &found.contains("KO451"), &true)?;
    kubectl("delete ovn-snat-rule read-s --wait=false")?;
    until("the zombie is told", seconds(20), || Ok(codes("snat show read-s")?.contains("KO459")))?;
    let eip = ko("eip show read-e2").exits(0)?;
    eip.prints("KO459")?;
    // as the page says: the row by hand lets it finish
    let address = kubectl("get ovn-eip read-e2 -o jsonpath={.status.v4Ip}")?;
    ko(&format!("nbctl lr-nat-add vpc1 snat {address} 192.168.0.192/26")).exits(0)?;
    kubectl("wait --for=delete ovn-snat-rule/read-s --timeout=30s").map(drop)
}
