//! The rules of pools, on a small world.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{PoolIntent, check};
use crate::api::{IpPool, Subnet};
use crate::world::{Source, World};

fn read<T: serde::de::DeserializeOwned + Default>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_default()
}

fn world() -> World {
    let ready = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    let subnet = |name: &str, cidr: &str| -> (String, Option<Subnet>) {
        let spec =
            json!({"cidrBlock": cidr, "gateway": "10.0.0.1", "excludeIps": ["10.0.0.1..10.0.0.3"], "provider": "ovn"});
        (name.to_owned(), Some(read(json!({"metadata": {"name": name}, "spec": spec, "status": ready}))))
    };
    let pool: IpPool = read(json!({"metadata": {"name": "old"}, "spec": {"subnet": "s", "ips": ["10.0.0.9"]}}));
    World {
        subnets: Source::Known([subnet("s", "10.0.0.0/28"), subnet("dual", "10.0.0.0/24,fd00::/112")].into()),
        pools: Source::Known(vec![pool]),
        namespaces: Source::Known(BTreeMap::new()),
        ..World::default()
    }
}

#[test]
fn a_pool_is_judged_item_by_item() {
    let dual = json!({"subnet": "dual", "ips": ["10.0.0.5", "fd00::5"], "enableAddressSet": true});
    for (name, spec, expected) in [
        ("new", json!({"subnet": "s", "ips": ["10.0.0.5..10.0.0.6"]}), ""),
        ("new", json!({"subnet": "s", "ips": []}), "KO550"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.5-10.0.0.6", "10.0.0.7"]}), "KO550"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.7..10.0.0.5"]}), "KO550"),
        ("new", json!({"subnet": "s", "ips": ["10.9.0.0/24"]}), "KO551"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.14..10.0.0.40"]}), "KO551"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.8/30"]}), "KO552"),
        ("old", json!({"subnet": "s", "ips": ["10.0.0.8/30"]}), ""),
        ("new", dual, "KO553"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.1..10.0.0.2"]}), "KO554"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.4..10.0.0.8", "10.0.0.10..10.0.0.14"]}), "KO555"),
        ("old", json!({"subnet": "dual", "ips": ["10.0.0.9"]}), "KO556"),
        ("new", json!({"subnet": "s", "ips": ["10.0.0.5"], "enableAddressset": true}), "KO219"),
    ] {
        let object = json!({"apiVersion": "kubeovn.io/v1", "kind": "IPPool", "metadata": {"name": name}, "spec": spec});
        let found = check(&world(), &PoolIntent::from_manifest(&object));
        let codes: Vec<&str> = found.iter().map(|finding| finding.code.id).collect();
        assert_eq!(codes.join(" "), expected, "{object}");
    }
}
