//! EIPs and rules as they are in the cluster and in OVN, read past the program under test, and gone again when a test ends.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bench::{Outcome, kubectl, object, seconds, text, until};
use super::cluster::{northbound, tool};

pub(crate) const KINDS: [&str; 3] = ["ovn-fips", "ovn-snat-rules", "ovn-dnat-rules"];

/// Every rule whose EIP has the test's prefix: `PLURAL/NAME` to its spec.
pub(crate) fn rules(prefix: &str) -> Outcome<BTreeMap<String, Value>> {
    let mut found = BTreeMap::new();
    for kind in KINDS {
        for rule in object(kind)?["items"].as_array().into_iter().flatten() {
            if text(rule, "/spec/ovnEip").starts_with(prefix) {
                found.insert(format!("{kind}/{}", text(rule, "/metadata/name")), rule["spec"].clone());
            }
        }
    }
    Ok(found)
}

/// What routers do with an external address: `vpc1 dnat_and_snat ADDRESS INSIDE`, `vpc1 tcp ADDRESS:80 INSIDE:80`.
pub(crate) fn rows(address: &str) -> Outcome<BTreeSet<String>> {
    let uuids = |cell: &Value| -> Vec<String> {
        match cell.as_array().map(Vec::as_slice) {
            Some([Value::String(tag), Value::Array(items)]) if tag == "set" => {
                items.iter().filter_map(|item| item[1].as_str().map(str::to_owned)).collect()
            }
            Some([_, Value::String(uuid)]) => vec![uuid.clone()],
            _ => Vec::new(),
        }
    };
    let nats = northbound("NAT", &json!([]), &["_uuid", "type", "external_ip", "logical_ip"])?;
    let balancers = northbound("Load_Balancer", &json!([]), &["_uuid", "protocol", "vips"])?;
    let mut found = BTreeSet::new();
    for router in northbound("Logical_Router", &json!([]), &["name", "nat", "load_balancer"])? {
        let name = text(&router, "/name");
        let [of_router, of_balancers] = [uuids(&router["nat"]), uuids(&router["load_balancer"])];
        for nat in nats.iter().filter(|nat| of_router.iter().any(|uuid| *uuid == text(nat, "/_uuid/1"))) {
            if text(nat, "/external_ip") == address {
                found.insert(format!("{name} {} {address} {}", text(nat, "/type"), text(nat, "/logical_ip")));
            }
        }
        for balancer in balancers.iter().filter(|row| of_balancers.iter().any(|uuid| *uuid == text(row, "/_uuid/1"))) {
            for pair in balancer["vips"][1].as_array().into_iter().flatten() {
                let front = pair[0].as_str().unwrap_or_default();
                if front.starts_with(&format!("{address}:")) {
                    let back = pair[1].as_str().unwrap_or_default();
                    found.insert(format!("{name} {} {front} {back}", text(balancer, "/protocol")));
                }
            }
        }
    }
    Ok(found)
}

/// The address of an EIP.
pub(crate) fn address(eip: &str) -> Outcome<String> {
    Ok(text(&object(&format!("ovn-eip {eip}"))?, "/status/v4Ip").to_owned())
}

/// The address of a pod of vpc1.
pub(crate) fn pod(name: &str) -> Outcome<String> {
    Ok(text(&object(&format!("ip {name}.vpc1"))?, "/spec/v4IpAddress").to_owned())
}

/// Runs ovn-nbctl on the member that leads.
pub(crate) fn nbctl(line: &str) -> Outcome<String> {
    let instance: u32 = super::bench::instance().parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
    let servers = [0, 1, 2].map(|member| format!("tcp:127.0.0.1:{}", 20010 + 100 * instance + member)).join(",");
    let database = format!("--db={servers}");
    let words: Vec<&str> = ["ovn-nbctl", &database].into_iter().chain(line.split_whitespace()).collect();
    tool(&words)
}

/// The EIPs with the test's prefix and their rules; they go before the test and after it.
pub(crate) struct Eips(&'static str);

impl Eips {
    pub(crate) fn of(prefix: &'static str) -> Outcome<Self> {
        let mine = Self(prefix);
        mine.remove()?;
        Ok(mine)
    }

    pub(crate) fn remove(&self) -> Outcome {
        let rules: Vec<String> = rules(self.0)?.into_keys().collect();
        for rule in &rules {
            kubectl(&format!("delete {} --ignore-not-found --wait=false", rule.replace('/', " ")))?;
        }
        for rule in &rules {
            until(&format!("the end of {rule}"), seconds(25), || Ok(object(&rule.replace('/', " "))?.is_null()))?;
        }
        let listed = object("ovn-eips")?;
        let eips = listed["items"].as_array().into_iter().flatten().map(|eip| text(eip, "/metadata/name"));
        for eip in eips.filter(|eip| eip.starts_with(self.0)) {
            kubectl(&format!("delete ovn-eip {eip} --ignore-not-found --wait --timeout=25s"))?;
        }
        Ok(())
    }
}

impl Drop for Eips {
    fn drop(&mut self) {
        drop(self.remove());
    }
}
