//! What the controller does about an object, from the documents' world on.

use serde_json::{Value, json};

use super::{Hand, look_again};
use crate::sandbox::keeper::control;
use crate::sandbox::seed;
use crate::sandbox::server::{Live, Store, Style, kinds};

/// A world, and who writes to it.
struct Bench(Live);

impl Bench {
    fn new() -> Self {
        Self(Live::from(seed::documents(Self::now())))
    }

    fn now() -> jiff::Timestamp {
        "2026-11-21T10:00:00.25Z".parse().unwrap()
    }

    fn write<T>(&mut self, write: impl FnOnce(&mut Store) -> T) -> T {
        let before = self.0.store.revision();
        let done = write(&mut self.0.store);
        control(&mut self.0, before).unwrap();
        done
    }

    fn create(&mut self, plural: &str, name: &str, spec: impl Into<Value>) -> Value {
        let kind = kinds::of_plural(plural).unwrap();
        let mut object = json!({"metadata": {"name": name}, "spec": spec.into()});
        if plural.ends_with("eips") {
            object["metadata"]["finalizers"] = json!(["kubeovn.io/kube-ovn-controller"]);
        }
        self.write(|store| store.apply(kind, object));
        self.get(plural, "", name)
    }

    fn merge(&mut self, plural: &str, namespace: &str, name: &str, patch: impl Into<Value>) {
        let (kind, patch) = (kinds::of_plural(plural).unwrap(), patch.into());
        drop(self.write(|store| store.patch((kind, namespace, name), Style::Merge, &patch, false, |_, _| Ok(()))));
    }

    fn delete(&mut self, plural: &str, name: &str) -> Value {
        let kind = kinds::of_plural(plural).unwrap();
        drop(self.write(|store| store.delete((kind, "", name), &Value::Null, false)));
        self.get(plural, "", name)
    }

    fn get(&self, plural: &str, namespace: &str, name: &str) -> Value {
        self.0.store.find(kinds::of_plural(plural).unwrap(), namespace, name).cloned().unwrap_or_default()
    }

    fn rows(&self, table: &str, key: &str, value: &str) -> Vec<Value> {
        let rows = self.0.tables.rows("OVN_Northbound", table).iter();
        rows.filter(|row| row[key] == value).cloned().collect()
    }

    fn said(&self, text: &str) -> usize {
        self.0.log.iter().filter(|line| line.contains(text)).count()
    }
}

#[test]
fn addresses_come_in_the_controllers_order() {
    let mut bench = Bench::new();
    let vip = |bench: &mut Bench, name: &str| {
        let vip = bench.create("vips", name, json!({"subnet": "vpc1-subnet1"}));
        vip["status"]["v4ip"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(vip(&mut bench, "a"), "192.168.0.13");
    assert_eq!(vip(&mut bench, "b"), "192.168.0.14");
    assert!(bench.delete("vips", "a").is_null());
    assert_eq!(vip(&mut bench, "c"), "192.168.0.15", "what was given back comes last");
    let fixed = bench.create("vips", "d", json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.13"}));
    assert_eq!(fixed["status"]["v4ip"], "192.168.0.13", "but who asks gets it");
    let subnet = bench.get("subnets", "", "vpc1-subnet1");
    assert_eq!(subnet["status"]["v4usingIPrange"], "192.168.0.2-192.168.0.15");
    assert_eq!(subnet["status"]["v4usingIPs"], 14);
}

#[test]
fn a_full_subnet_gives_what_was_given_back_and_then_nothing() {
    let mut bench = Bench::new();
    let spec = json!({"cidrBlock": "10.1.1.0/29", "gateway": "10.1.1.1", "excludeIps": ["10.1.1.1"], "vpc": "vpc1", "provider": "ovn"});
    bench.create("subnets", "tiny", spec);
    for name in ["a", "b", "c", "d", "e"] {
        bench.create("vips", name, json!({"subnet": "tiny"}));
    }
    assert!(bench.create("vips", "f", json!({"subnet": "tiny"}))["status"].is_null());
    assert_eq!(bench.said(r#"error syncing add vip \"f\": NoAvailableAddress, requeuing"#), 1);
    bench.delete("vips", "b");
    assert_eq!(bench.get("vips", "", "f")["status"]["v4ip"], "10.1.1.3", "the controller tries again");
}

#[test]
fn a_static_address_is_refused_in_the_controllers_words() {
    let mut bench = Bench::new();
    for (name, spec, sentence) in [
        ("far", json!({"subnet": "vpc1-subnet1", "v4ip": "10.9.9.9"}), "AddressOutOfRange"),
        ("last", json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.255"}), "AddressOutOfRange"),
        ("pods", json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.2"}), "AddressConflict"),
        ("none", json!({}), "failed to create vip 'none', subnet should be set"),
        ("lost", json!({"subnet": "nope"}), r#"subnet.kubeovn.io \"nope\" not found"#),
        ("mac", json!({"subnet": "vpc1-subnet1", "macAddress": "02:00:00:00:00:01"}), "failed to parse vip ip "),
        (
            "v6",
            json!({"subnet": "vpc1-subnet1", "v6ip": "FD00::1"}),
            "vip v6 v6 ip address FD00::1 can not contain upper case",
        ),
    ] {
        let vip = bench.create("vips", name, spec);
        assert!(vip["status"].is_null() && vip["metadata"]["finalizers"].is_null(), "{vip}");
        let line = format!("error syncing add vip \\\"{name}\\\": {sentence}, requeuing");
        assert_eq!(bench.said(&line), 1, "{line}\n{:#?}", bench.0.log);
    }
    let gateway = bench.create("vips", "gateway", json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.1"}));
    assert_eq!(gateway["status"]["v4ip"], "192.168.0.1", "the gateway's is given out");
    let garbage = bench.create("vips", "garbage", json!({"subnet": "vpc1-subnet1", "v4ip": "192.168.0.60/24"}));
    assert_eq!(garbage["spec"]["v4ip"], "192.168.0.13", "what cannot be read is replaced");
}

#[test]
fn pods_that_name_a_vip_are_parents_of_its_port() {
    let mut bench = Bench::new();
    bench.create("vips", "web", json!({"subnet": "vpc1-subnet1", "namespace": "vpc1", "selector": ["app: web"]}));
    let port =
        |bench: &Bench| bench.rows("Logical_Switch_Port", "name", "web").pop().unwrap_or_default()["options"].clone();
    assert_eq!(port(&bench), json!(["map", [["virtual-ip", "192.168.0.13"]]]));
    for (pod, aaps) in [("web-1", "web"), ("web-2", "other, web"), ("client", "web")] {
        bench.merge("pods", "vpc1", pod, json!({"metadata": {"annotations": {"ovn.kubernetes.io/aaps": aaps}}}));
    }
    let parents = json!(["map", [["virtual-ip", "192.168.0.13"], ["virtual-parents", "web-1.vpc1"]]]);
    assert_eq!(port(&bench), parents, "a blank before a name, and labels that do not match, make no parent");
    let ids = bench.rows("Logical_Switch_Port", "name", "web-2.vpc1")[0]["external_ids"].to_string();
    assert!(ids.contains(r#"["vips","192.168.0.13"]"#), "but its port lists the Vip: {ids}");
    bench.merge("pods", "vpc1", "web-1", json!({"metadata": {"annotations": {"ovn.kubernetes.io/aaps": null}}}));
    assert_eq!(port(&bench), json!(["map", [["virtual-ip", "192.168.0.13"]]]));
    assert!(bench.delete("vips", "web").is_null());
    assert!(bench.rows("Logical_Switch_Port", "name", "web").is_empty());
}

#[test]
fn a_reservation_is_given_what_it_asks_for_whoever_has_it() {
    let mut bench = Bench::new();
    let spec = |pod: &str, address: &str| json!({"subnet": "vpc1-subnet1", "podName": pod, "namespace": "vpc1", "v4IpAddress": address});
    let ip = bench.create("ips", "a.vpc1", spec("a", "192.168.0.2"));
    assert_eq!(
        (&ip["spec"]["ipAddress"], &ip["metadata"]["labels"]["ovn.kubernetes.io/ip_reserved"]),
        (&json!("192.168.0.2"), &json!("true"))
    );
    assert_eq!(bench.create("ips", "b.vpc1", spec("b", ""))["spec"]["ipAddress"], "192.168.0.13");
    let wrong = bench.create("ips", "wrong-name", spec("c", ""));
    assert!(wrong["spec"]["ipAddress"].is_null() && bench.said("wrong-name") == 0, "not a word about another name");
    let claim = bench.create("ips", "d.vpc1", json!({"podName": "d", "namespace": "vpc1"}));
    assert!(claim["metadata"]["finalizers"].is_null());
    assert_eq!(bench.said(r#"error syncing add ip \"d.vpc1\": subnet parameter cannot be empty"#), 1);
    bench.merge("ips", "", "d.vpc1", json!({"spec": {"subnet": "vpc1-subnet1"}}));
    assert_eq!(bench.get("ips", "", "d.vpc1")["spec"]["v4IpAddress"], "192.168.0.14", "a claim that is handed over");
    assert!(bench.delete("ips", "b.vpc1").is_null());
}

#[test]
fn a_rule_has_its_row_and_holds_its_eip() {
    let mut bench = Bench::new();
    let eip = bench.create("ovn-eips", "shop", json!({"externalSubnet": "external204"}));
    assert_eq!((&eip["status"]["v4Ip"], &eip["status"]["ready"]), (&json!("10.5.204.102"), &json!(true)));
    let fip = bench.create("ovn-fips", "shop", json!({"ovnEip": "shop", "ipName": "web-1.vpc1"}));
    assert_eq!((&fip["status"]["ready"], &fip["status"]["v4Ip"]), (&json!(true), &json!("192.168.0.2")));
    let row = bench.rows("NAT", "external_ip", "10.5.204.102").pop().unwrap();
    assert_eq!((&row["type"], &row["logical_port"]), (&json!("dnat_and_snat"), &json!("web-1.vpc1")));
    assert_eq!(bench.rows("Logical_Router", "name", "vpc1")[0]["nat"], row["_uuid"]);
    assert_eq!(bench.get("ovn-eips", "", "shop")["status"]["nat"], "fip");
    assert!(bench.create("ovn-fips", "second", json!({"ovnEip": "shop", "ipName": "web-2.vpc1"}))["status"].is_null());
    assert_eq!(bench.said("failed to add fip second, 10.5.204.102 is used by the other fip shop"), 1);
    let going = bench.delete("ovn-eips", "shop");
    assert!(going["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(bench.said("ovn eip shop is still being used by NAT rules: fip, waiting for them to be deleted"), 1);
    assert!(bench.delete("ovn-fips", "second").is_null());
    assert!(bench.delete("ovn-fips", "shop").is_null());
    assert!(bench.get("ovn-eips", "", "shop").is_null() && bench.rows("NAT", "type", "dnat_and_snat").is_empty());
}

#[test]
fn of_two_snats_with_one_source_the_second_has_no_row_and_the_first_hangs() {
    let mut bench = Bench::new();
    for name in ["e1", "e2"] {
        bench.create("ovn-eips", name, json!({"externalSubnet": "external204"}));
        bench.create("ovn-snat-rules", name, json!({"ovnEip": name, "vpcSubnet": "vpc1-subnet1"}));
        assert_eq!(bench.get("ovn-snat-rules", "", name)["status"]["ready"], true);
    }
    assert_eq!(bench.rows("NAT", "type", "snat").len(), 1);
    assert!(bench.delete("ovn-snat-rules", "e2").is_null());
    assert!(bench.rows("NAT", "type", "snat").is_empty(), "it took the row of the first");
    assert!(bench.delete("ovn-snat-rules", "e1").is_object());
    let line = "error syncing update ovn snat rule \\\"e1\\\": not found logical router vpc1 nat 'type snat external ip 10.5.204.102 \
                logical ip 192.168.0.0/24', requeuing";
    assert_eq!(bench.said(line), 1);
    // the row put back by hand lets it go
    let own = json!(["uuid", "6f6e6500-0000-4000-8000-000000000001"]);
    let row = json!({"_uuid": own, "type": "snat", "external_ip": "10.5.204.102", "logical_ip": "192.168.0.0/24"});
    bench.0.tables.rows_mut("OVN_Northbound", "NAT").push(row);
    for router in
        bench.0.tables.rows_mut("OVN_Northbound", "Logical_Router").iter_mut().filter(|row| row["name"] == "vpc1")
    {
        router["nat"] = own.clone();
    }
    let before = bench.0.store.revision();
    look_again(&mut Hand::new(&mut bench.0, Bench::now()));
    control(&mut bench.0, before).unwrap();
    assert!(bench.get("ovn-snat-rules", "", "e1").is_null());
}

#[test]
fn a_dnat_is_a_load_balancer_of_its_name_that_stays_behind() {
    let mut bench = Bench::new();
    bench.create("ovn-eips", "e1", json!({"externalSubnet": "external204", "v4Ip": "10.5.204.150"}));
    let spec = json!({"ovnEip": "e1", "ipName": "web-1.vpc1", "protocol": "tcp", "externalPort": "80", "internalPort": "8080"});
    assert_eq!(bench.create("ovn-dnat-rules", "d1", spec.clone())["status"]["ready"], true);
    let balancer = bench.rows("Load_Balancer", "name", "d1").pop().unwrap();
    assert_eq!(balancer["vips"], json!(["map", [["10.5.204.150:80", "192.168.0.2:8080"]]]));
    assert_eq!(bench.rows("Logical_Router", "name", "vpc1")[0]["load_balancer"], balancer["_uuid"]);
    let mut loud = spec;
    loud["protocol"] = json!("TCP");
    assert!(bench.create("ovn-dnat-rules", "d2", loud)["status"].is_null());
    assert_eq!(bench.said("create load balancer d2: 1 ovsdb operations failed"), 1);
    assert!(bench.delete("ovn-dnat-rules", "d1").is_null());
    assert_eq!(bench.rows("Load_Balancer", "name", "d1")[0]["vips"], json!(["map", []]));
    assert_eq!(bench.rows("Logical_Router", "name", "vpc1")[0]["load_balancer"], json!(["set", []]));
}

#[test]
fn rules_that_lack_something_wait_for_it() {
    let mut bench = Bench::new();
    bench.create("ovn-fips", "f1", json!({"ovnEip": "late", "ipName": "web-1.vpc1"}));
    assert_eq!(bench.said(r#"error syncing add ovn fip \"f1\": ovneip.kubeovn.io \"late\" not found"#), 1);
    bench.create("ovn-eips", "late", json!({"externalSubnet": "external204"}));
    assert_eq!(bench.get("ovn-fips", "", "f1")["status"]["ready"], true);
    bench.create("ovn-snat-rules", "s1", json!({"ovnEip": "late", "vpc": "vpc1"}));
    assert_eq!(bench.said("failed to get subnet or ip cidr for snat s1"), 1);
}

#[test]
fn the_pods_of_a_changed_template_are_made_anew() {
    let mut bench = Bench::new();
    bench.create("vips", "share", json!({"subnet": "vpc1-subnet1", "namespace": "vpc1"}));
    let patch = json!({"spec": {"template": {"metadata": {"annotations": {"ovn.kubernetes.io/aaps": "share"}}}}});
    bench.merge("deployments", "vpc1", "api", patch.clone());
    bench.merge("statefulsets", "vpc1", "db", patch);
    let api = bench.get("deployments", "vpc1", "api");
    assert_eq!(
        (&api["status"]["observedGeneration"], &api["status"]["updatedReplicas"]),
        (&api["metadata"]["generation"], &json!(2))
    );
    let options = bench.rows("Logical_Switch_Port", "name", "share")[0]["options"].to_string();
    assert!(options.matches("api-").count() == 2 && options.contains("db-0.vpc1,db-1.vpc1"), "{options}");
    let pods = bench.0.store.list(kinds::of_plural("pods").unwrap(), "vpc1");
    assert_eq!(pods.filter(|pod| pod["metadata"]["labels"]["app"] == "api").count(), 2, "the old ones are gone");
    assert_eq!(bench.get("subnets", "", "vpc1-subnet1")["status"]["v4usingIPs"], 12);
}
