//! Reading EIPs and rules of both families: lists from cells, `show` against OVN's rows, and deleting a gateway's.

use serde_json::{Value, json};

use crate::support::{Environment, scenes};

const FINALIZER: &str = "kubeovn.io/kube-ovn-controller";

/// Two EIPs with a FIP, a SNAT and a DNAT in vpc1, everything in OVN; an EIP with the same name and a FIP of gateway gw1.
fn cluster() -> Environment {
    let ko = Environment::with(&(scenes::ovn() + &scenes::controller()));
    let server = &ko.server;
    let eip = |name: &str, address: &str, nat: &str| {
        json!({
            "metadata": {"name": name, "finalizers": [FINALIZER]}, "spec": {"externalSubnet": "ext", "type": "nat"},
            "status": {"v4Ip": address, "macAddress": "02:00:00:00:00:01", "type": "nat", "nat": nat, "ready": true},
        })
    };
    server.apply("ovn-eips", eip("e1", "10.5.204.1", "fip"));
    server.apply("ovn-eips", eip("e2", "10.5.204.2", "dnat,snat"));
    let written =
        |address: &str, key: &str, inside: &str| json!({"ready": true, "vpc": "vpc1", "v4Eip": address, key: inside});
    server.apply(
        "ovn-fips",
        json!({
            "metadata": {"name": "f1", "finalizers": [FINALIZER]}, "spec": {"ovnEip": "e1", "ipName": "web-1.default"},
            "status": written("10.5.204.1", "v4Ip", "192.168.0.2"),
        }),
    );
    server.apply(
        "ovn-snat-rules",
        json!({
            "metadata": {"name": "s2", "finalizers": [FINALIZER]}, "spec": {"ovnEip": "e2", "vpcSubnet": "inside"},
            "status": written("10.5.204.2", "v4IpCidr", "192.168.0.0/24"),
        }),
    );
    let mut status = written("10.5.204.2", "v4Ip", "192.168.0.2");
    for (key, value) in [("externalPort", "8080"), ("internalPort", "80"), ("protocol", "tcp")] {
        status[key] = json!(value);
    }
    server.apply(
        "ovn-dnat-rules",
        json!({
            "metadata": {"name": "d2", "finalizers": [FINALIZER]}, "status": status,
            "spec": {"ovnEip": "e2", "ipName": "web-1.default", "externalPort": "8080", "internalPort": "80", "protocol": "tcp"},
        }),
    );
    server.apply(
        "ips",
        json!({
            "metadata": {"name": "web-1.default"},
            "spec": {"subnet": "inside", "v4IpAddress": "192.168.0.2", "ipAddress": "192.168.0.2", "podName": "web-1", "namespace": "default", "nodeName": "node-a"},
        }),
    );
    server.apply(
        "subnets",
        json!({"metadata": {"name": "inside"}, "spec": {"vpc": "vpc1", "cidrBlock": "192.168.0.0/24"}}),
    );
    server.apply("vpc-nat-gateways", json!({"metadata": {"name": "gw1"}, "spec": {"vpc": "vpc2"}}));
    server.apply(
        "iptables-eips",
        json!({"metadata": {"name": "e1"}, "spec": {"natGwDp": "gw1", "externalSubnet": "ext", "v4ip": "10.6.0.1"}, "status": {"ip": "10.6.0.1", "nat": "fip", "ready": true}}),
    );
    server.apply(
        "iptables-fip-rules",
        json!({"metadata": {"name": "g1"}, "spec": {"eip": "e1", "internalIp": "192.168.0.9"}, "status": {"v4ip": "10.6.0.1", "natGwDp": "gw1", "ready": true}}),
    );
    rows(&ko, "NAT", &nats());
    rows(
        &ko,
        "Logical_Router",
        &json!([{"name": "vpc1", "nat": ["set", [["uuid", "n1"], ["uuid", "n2"]]], "load_balancer": ["uuid", "l1"]}]),
    );
    rows(
        &ko,
        "Load_Balancer",
        &json!([{"_uuid": ["uuid", "l1"], "name": "d2", "protocol": "tcp", "vips": ["map", [["10.5.204.2:8080", "192.168.0.2:80"]]]}]),
    );
    rows(
        &ko,
        "Logical_Router_Port",
        &json!([{"name": "vpc1-ext", "mac": "02:00:00:00:00:09", "networks": "10.5.204.9/24", "gateway_chassis": ["uuid", "g1"]}]),
    );
    bound(&ko, &json!(["uuid", "c1"]));
    ko.server.rows("OVN_Southbound", "Chassis", &json!([{"_uuid": ["uuid", "c1"], "hostname": "node-b"}]));
    ko
}

fn nats() -> Value {
    let row = |uuid: &str, kind: &str, external: &str, inside: &str| json!({"_uuid": ["uuid", uuid], "type": kind, "external_ip": external, "logical_ip": inside, "logical_port": ["set", []], "external_mac": ["set", []], "options": ["map", []]});
    json!([row("n1", "dnat_and_snat", "10.5.204.1", "192.168.0.2"), row("n2", "snat", "10.5.204.2", "192.168.0.0/24")])
}

fn rows(ko: &Environment, table: &str, rows: &Value) {
    ko.server.rows("OVN_Northbound", table, rows);
}

fn bound(ko: &Environment, chassis: &Value) {
    let binding = json!([{"logical_port": "cr-vpc1-ext", "type": "chassisredirect", "virtual_parent": ["set", []], "chassis": chassis}]);
    ko.server.rows("OVN_Southbound", "Port_Binding", &binding);
}

/// First cell of every line.
fn names(text: &str) -> String {
    text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect::<Vec<_>>().join(" ")
}

#[test]
fn both_families_stand_in_one_table() {
    let ko = cluster();
    insta::assert_snapshot!(ko.ko("nat list").success().stdout, @r"
    NAME   KIND           EIP   EXTERNAL          PROTOCOL   INTERNAL         TARGET          ON     READY
    e1     oeip           e1    10.5.204.1        <none>     <none>           <none>          ext    true
    e2     oeip           e2    10.5.204.2        <none>     <none>           <none>          ext    true
    f1     ofip           e1    10.5.204.1        <none>     192.168.0.2      web-1.default   vpc1   true
    s2     osnat          e2    10.5.204.2        <none>     192.168.0.0/24   <none>          vpc1   true
    d2     odnat          e2    10.5.204.2:8080   tcp        192.168.0.2:80   web-1.default   vpc1   true
    e1     iptables-eip   e1    10.6.0.1          <none>     <none>           <none>          gw1    true
    g1     iptables-fip   e1    10.6.0.1          <none>     192.168.0.9      <none>          gw1    true
    ");
    insta::assert_snapshot!(ko.ko("eip list").success().stdout, @r"
    NAME   KIND           V4IP         MAC                 TYPE     NAT         ON    READY
    e1     oeip           10.5.204.1   02:00:00:00:00:01   nat      fip         ext   true
    e2     oeip           10.5.204.2   02:00:00:00:00:01   nat      dnat,snat   ext   true
    e1     iptables-eip   10.6.0.1     <none>              <none>   fip         gw1   true
    ");
    assert_eq!(ko.ko("fip list -o name").success().stdout, "ovnfip.kubeovn.io/f1\niptablesfiprule.kubeovn.io/g1\n");
    assert_eq!(names(&ko.ko("nat list --sort-by EIP").success().stdout), "e1 f1 e1 g1 e2 s2 d2");
}

#[test]
fn lists_ask_for_cells_and_not_for_objects() {
    let ko = cluster();
    ko.ko("nat list").success().done();
    let requests = ko.server.requests();
    let lists: Vec<_> = requests.iter().filter(|request| request.path.starts_with("/apis/kubeovn.io/")).collect();
    assert_eq!(lists.len(), 8, "{}", ko.server.journal());
    assert!(lists.iter().all(|request| request.query.get("includeObject") == "None"), "{}", ko.server.journal());
}

/// The cells of a FIP do not name its EIP, and its address tells nothing where the EIP is gone.
#[test]
fn a_rule_whose_eip_is_gone_still_names_it() {
    let ko = cluster();
    ko.server.remove("ovn-eips", "", "e1");
    let listed = ko.ko("fip list").success();
    assert!(listed.stdout.contains("f1     ofip           e1 "), "{listed}");
}

#[test]
fn a_filter_leaves_rules_and_their_eips() {
    let ko = cluster();
    let of = |flags: &str| names(&ko.ko(&format!("nat list {flags}")).success().stdout);
    assert_eq!(of("--vpc vpc1"), "e1 e2 f1 s2 d2");
    assert_eq!(of("--vpc vpc2"), "e1 g1");
    assert_eq!(of("--eip oeip/e1"), "e1 f1");
    assert_eq!(of("--external-ip 10.5.204.2"), "e2 s2 d2");
    assert_eq!(of("--target pod/web-1"), "e1 e2 f1 s2 d2");
    assert_eq!(of("--target 192.168.0.9 --vpc vpc2"), "e1 g1");
    ko.ko("nat list --target nonsense").exits(2).says("no target").done();
    ko.ko("nat list --external-ip 10.5").exits(2).done();
    ko.ko("nat list --vpc nosuch").success().says("No resources found").done();
}

#[test]
fn a_name_of_both_families_is_listed_twice_and_shown_only_with_its_kind() {
    let ko = cluster();
    assert_eq!(names(&ko.ko("eip list e1").success().stdout), "e1 e1");
    assert_eq!(names(&ko.ko("eip list iptables-eip/e1").success().stdout), "e1");
    ko.ko("eip show e1").exits(2).says("e1 is the name of two objects: write oeip/e1 or iptables-eip/e1").done();
    ko.ko("eip delete e1").exits(2).says("write oeip/e1 or iptables-eip/e1").done();
    ko.ko("eip show nosuch")
        .exits(1)
        .says("Error from server (NotFound): ovn-eips.kubeovn.io \"nosuch\" not found")
        .done();
    ko.ko("fip list f1 nosuch").exits(1).says("ovn-fips.kubeovn.io \"nosuch\" not found").done();
    ko.ko("fip show oeip/e1").exits(2).says("oeip is no kind of fip").done();
    assert_eq!(ko.server.writes(), "");
}

#[test]
fn a_release_without_a_family_has_an_empty_one() {
    let ko = cluster();
    for plural in
        ["iptables-eips", "iptables-fip-rules", "iptables-snat-rules", "iptables-dnat-rules", "vpc-nat-gateways"]
    {
        ko.server.serve(plural, false);
    }
    assert_eq!(names(&ko.ko("nat list --vpc vpc1").success().stdout), "e1 e2 f1 s2 d2");
    assert!(ko.ko("eip show e1").success().stdout.contains("OvnEip"));
}

#[test]
fn a_rule_is_shown_down_to_the_wire() {
    let ko = cluster();
    let fip = ko.ko("fip show f1").success();
    for line in [
        "EIP:         e1 (10.5.204.1)",
        "Target:      ip/web-1.default (192.168.0.2, pod default/web-1 on node-a)",
        "  NAT dnat_and_snat 10.5.204.1 192.168.0.2 on router vpc1",
        "  router port vpc1-ext (10.5.204.9/24), 1 gateway chassis",
        "  bound to node-b",
    ] {
        assert!(fip.stdout.lines().any(|one| one == line), "{line}\n{fip}");
    }
    assert!(!fip.stdout.contains("Problems"), "{fip}");
    let eip = ko.ko("eip show e2").success();
    for line in [
        "  osnat/s2 is what inside (192.168.0.0/24) leaves with",
        "  load balancer d2 (tcp 10.5.204.2:8080 to 192.168.0.2:80)",
    ] {
        assert!(eip.stdout.lines().any(|one| one == line), "{line}\n{eip}");
    }
    let report: Value = serde_json::from_str(&ko.ko("dnat show d2 -o json").success().stdout).unwrap_or_default();
    assert_eq!((&report["kind"], &report["dnat"]["metadata"]["name"]), (&json!("DnatReport"), &json!("d2")));
    assert_eq!((&report["ovn"]["routerPort"]["boundTo"], &report["problems"]), (&json!("node-b"), &json!([])));
}

fn problems(ko: &Environment, line: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&ko.ko(&format!("{line} -o json")).success().stdout).unwrap_or_default();
    let codes = report["problems"].as_array().into_iter().flatten();
    codes.filter_map(|problem| Some(problem["code"].as_str()?.to_owned())).collect()
}

#[test]
fn each_broken_link_is_found() {
    let ko = cluster();
    assert_eq!(problems(&ko, "fip show f1"), [""; 0]);
    rows(&ko, "NAT", &json!([]));
    assert_eq!(problems(&ko, "fip show f1"), ["KO451"]);
    assert_eq!(problems(&ko, "eip show oeip/e1"), ["KO451"]);
    rows(&ko, "NAT", &nats());
    bound(&ko, &json!(["set", []]));
    assert_eq!(problems(&ko, "snat show s2"), ["KO457"]);
    bound(&ko, &json!(["uuid", "c1"]));
    rows(&ko, "Logical_Router_Port", &json!([]));
    assert_eq!(problems(&ko, "dnat show d2"), ["KO456"]);
}

#[test]
fn what_a_rule_names_and_no_longer_is_so_is_found() {
    let ko = cluster();
    let mut ip = ko.server.object("ips", "", "web-1.default");
    ip["spec"]["v4IpAddress"] = json!("192.168.0.77");
    ko.server.apply("ips", ip);
    assert_eq!(problems(&ko, "fip show f1"), ["KO458"], "the pod was made anew");
    ko.server.remove("ips", "", "web-1.default");
    assert_eq!(problems(&ko, "fip show f1"), ["KO486"]);
    ko.server.remove("ovn-eips", "", "e1");
    assert_eq!(problems(&ko, "fip show f1"), ["KO481", "KO486"]);
    let mut eip = ko.server.object("ovn-eips", "", "e2");
    eip["metadata"]["finalizers"] = json!([]);
    ko.server.apply("ovn-eips", eip);
    assert_eq!(problems(&ko, "eip show e2"), ["KO482"]);
}

#[test]
fn without_exec_ovn_is_not_looked_at_and_the_rest_is_shown() {
    let ko = cluster();
    ko.server.deny("*", "create", "pods/exec");
    ko.server.deny("*", "get", "pods/exec");
    let shown = ko.ko("fip show f1").exits(3);
    assert!(
        shown.stdout.contains("OVN:         not looked at: ") && shown.stdout.contains("Target:      ip/web-1"),
        "{shown}"
    );
}

#[test]
fn an_eip_of_a_gateway_goes_behind_its_rules() {
    let ko = cluster();
    ko.ko("eip delete iptables-eip/e1")
        .exits(1)
        .says("iptables-eip/e1 is in use, nothing was deleted")
        .says("iptables-fip/g1")
        .done();
    assert_eq!(ko.server.writes(), "");
    let done = ko.ko("eip delete iptables-eip/e1 --with-rules").success();
    assert_eq!(done.stdout, "iptablesfiprule.kubeovn.io \"g1\" deleted\niptableseip.kubeovn.io \"e1\" deleted\n");
    assert!(ko.server.names("iptables-eips").is_empty() && ko.server.names("ovn-eips").len() == 2);
}

#[test]
fn the_only_object_of_a_name_needs_no_kind_and_a_missing_gateway_is_told() {
    let ko = cluster();
    ko.server.remove("vpc-nat-gateways", "", "gw1");
    assert_eq!(problems(&ko, "fip show g1"), ["KO488"]);
    ko.ko("fip delete g1").success().says("of gateway gw1, which is gone").done();
    assert!(ko.server.names("iptables-fip-rules").is_empty());
}
