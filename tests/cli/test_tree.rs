//! The tree of a VPC: its networks, EIPs, rules and targets, with their states.

use crate::support::Environment;

fn sandbox(lines: &[&str]) -> Environment {
    let mut ko = Environment::new();
    ko.set("KUBECTL_KO_SANDBOX", "1");
    for line in lines {
        ko.ko(line).success().done();
    }
    ko
}

const BOUND: [&str; 3] = [
    "eip bind web pod/web-1 -n vpc1 --create --subnet external204",
    "eip bind api pod/web-2 -n vpc1 --tcp 80:8080 --create --subnet external204",
    "eip bind out subnet/vpc1-subnet1 --create --subnet external204",
];

#[test]
fn what_works_has_a_tick() {
    let output = sandbox(&BOUND).ko("vpc tree vpc1").success();
    insta::assert_snapshot!(output.stdout, @r"
    ✓ vpc vpc1  namespaces vpc1
    ├── ✓ subnet attach-net  172.18.0.0/24  router port 172.18.0.1/24
    ├── ✓ subnet vpc1-subnet1  192.168.0.0/24  router port 192.168.0.1/24
    ├── ✓ external external204: router port vpc1-external204 (10.5.204.101/24) on node-a, oeip/vpc1-external204, default route to 10.5.204.254, 3 rules
    │   ├── ✓ eip api  10.5.204.103
    │   │   └── ✓ dnat api-tcp-80  tcp 80 → ip/web-2.vpc1 port 8080 (192.168.0.3)
    │   ├── ✓ eip out  10.5.204.104
    │   │   └── ✓ snat out-vpc1-subnet1 for subnet/vpc1-subnet1 (192.168.0.0/24)
    │   └── ✓ eip web  10.5.204.102
    │       └── ✓ fip web → ip/web-1.vpc1 (192.168.0.2)
    └── routes
        ├── from 172.18.0.0/24 via 172.18.0.1
        ├── from 192.168.0.0/24 via 192.168.0.1
        └── to 0.0.0.0/0 via 10.5.204.254
    ");
}

#[test]
fn what_is_broken_says_how() {
    let ko = sandbox(&[
        "vip create shop --subnet vpc1-subnet1",
        "eip bind shop vip/shop --create --subnet external204",
        "vip delete shop --force",
    ]);
    let output = ko.ko("vpc tree vpc1").success();
    for line in ["✓ eip shop", "✗ fip shop → vip/shop", "KO486: vip/shop is gone: ofip/shop still leads to its address"]
    {
        assert!(output.stdout.contains(line), "{line}\n{output}");
    }
    let report: serde_json::Value =
        serde_json::from_str(&ko.ko("vpc tree vpc1 -o json").success().stdout).expect("JSON");
    let fip = &report["root"]["children"][2]["children"][0]["children"][0];
    assert_eq!(
        (&fip["kind"], &fip["state"], &fip["problems"][0]["code"]),
        (&"fip".into(), &"broken".into(), &"KO486".into())
    );
    ko.ko("vpc tree none").exits(1).says("vpcs.kubeovn.io \"none\" not found").done();
}
