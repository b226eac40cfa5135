//! The rules of load balancers in switches, on a small world.

use serde_json::{Value, json};

use super::{SlrIntent, check, problems};
use crate::api::SwitchLbRule;
use crate::world::{Source, World};

fn read<T: serde::de::DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

fn world() -> World {
    let spec = json!({"vip": "172.20.0.9", "namespace": "ns1", "ports": [{"name": "a", "port": 80, "targetPort": 80}]});
    World {
        namespaces: Source::Known([("ns1".to_owned(), true), ("nosuch".to_owned(), false)].into()),
        slrs: Source::Known(vec![read(json!({"metadata": {"name": "old"}, "spec": spec}))]),
        ..World::default()
    }
}

#[test]
fn a_rule_is_judged_field_by_field() {
    let good = json!({"vip": "172.20.0.1", "namespace": "ns1", "selector": ["app:web"], "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]});
    let with = |field: &str, value: Value| {
        let mut spec = good.clone();
        spec[field] = value;
        spec
    };
    let port = |port: Value| json!([port]);
    for (name, spec, expected) in [
        ("web", good.clone(), ""),
        ("web.x", good.clone(), "KO566"),
        ("web", with("vip", json!("")), "KO560"),
        ("web", with("vip", json!("172.20.0.1/24")), "KO560"),
        ("web", with("vip", json!("172.20.0.1,fd00::1")), ""),
        ("web", with("namespace", json!("")), "KO561"),
        ("web", with("namespace", json!("nosuch")), "KO208"),
        ("web", with("ports", json!([])), "KO562"),
        ("web", with("ports", port(json!({"name": "http", "port": 0, "targetPort": 80}))), "KO562"),
        ("web", with("ports", port(json!({"name": "http", "port": 80, "targetPort": 80, "protocol": "tcp"}))), "KO562"),
        ("web", with("ports", port(json!({"port": 80, "targetPort": 80}))), ""),
        ("web", with("ports", json!([{"port": 80, "targetPort": 80}, {"port": 81, "targetPort": 81}])), "KO562 KO562"),
        ("web", with("ports", port(json!({"name": "http", "port": "80", "targetPort": 80}))), "KO218 KO562"),
        ("web", with("selector", json!([])), "KO563"),
        ("web", with("endpoints", json!(["10.0.0.1"])), "KO563"),
        ("web", with("selector", json!(["app=web"])), "KO209"),
        ("web", with("sessionAffinity", json!("clientip")), "KO565"),
        ("web", with("vip", json!("172.20.0.9")), "KO564"),
        ("old", with("vip", json!("172.20.0.9")), ""),
    ] {
        let object =
            json!({"apiVersion": "kubeovn.io/v1", "kind": "SwitchLBRule", "metadata": {"name": name}, "spec": spec});
        let found = check(&world(), &SlrIntent::from_manifest(&object));
        let codes: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
        assert_eq!(codes.join(" "), expected, "{object}");
    }
}

#[test]
fn a_front_end_that_ovn_lacks_is_told() {
    let spec = json!({"vip": "172.20.0.9,fd00::9", "ports": [{"port": 80, "targetPort": 80}]});
    let rule: SwitchLbRule = read(json!({"metadata": {"name": "web"}, "spec": spec}));
    let front = |front: &str, ends: &str| (front.to_owned(), ends.to_owned());
    assert_eq!(problems(&rule, None), []);
    assert_eq!(
        problems(&rule, Some(&[front("172.20.0.9:80", "10.0.0.1:80"), front("[fd00::9]:80", "[fd00::1]:80")])),
        []
    );
    let told = problems(&rule, Some(&[front("172.20.0.9:80", "")]));
    assert!(told[0].message.contains("172.20.0.9:80, [fd00::9]:80"), "{told:?}");
}
