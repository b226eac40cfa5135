//! What `ip reserve` has to do.

use serde_json::{Value, json};

use crate::api::{Ip, Resource as _, names};
use crate::check::Difference;
use crate::check::ip::{IpIntent, differences, is_static, to_manifest};
use crate::world::World;

/// What has to be done so that an address is reserved as wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// There is none of that name: create it.
    Create,
    /// It is there and the controller has not finished with it.
    Unready(Box<Ip>),
    /// It is there as wanted.
    Reserved(Box<Ip>),
    /// It came with a pod: mark it.
    Mark(Box<Ip>),
    /// One of that name is there and differs.
    Differs(Vec<Difference>),
}

/// Looks what is there.
#[must_use]
pub fn plan(world: &World, intent: &IpIntent) -> Plan {
    // one that is being deleted is refused by the rule KO306
    let Some(ip) = world.ip(&intent.name).filter(|ip| !ip.metadata.is_terminating()) else { return Plan::Create };
    let differences = differences(ip, intent);
    let ip = Box::new(ip.clone());
    match () {
        () if !differences.is_empty() => Plan::Differs(differences),
        () if !ip.is_ready() => Plan::Unready(ip),
        () if ip.is_reserved() => Plan::Reserved(ip),
        () => Plan::Mark(ip),
    }
}

/// What is sent. The label of a reservation is there from the start: by it others find one that the controller has not seen yet.
#[must_use]
pub fn manifest(intent: &IpIntent) -> Value {
    let mut manifest = to_manifest(intent);
    if is_static(intent) {
        manifest["metadata"]["labels"] = json!({names::LABEL_IP_RESERVED: "true"});
    }
    manifest
}

/// The claims that a reservation writes before it: of each address and of the MAC that it asks for one.
///
/// The controller gives a static address to whoever asks, also one that somebody has, and taking such a reservation back spoils the
/// other's entry in its address book (docs/kube-ovn-behaviour.md). So it gets to see a static one only when nobody else can ask: the
/// claim's name is made of the address, and of two that write it the server lets one. It is never reserved itself: the controller
/// passes over an IP whose name is no logical port's.
#[must_use]
pub fn claims(intent: &IpIntent) -> Vec<(String, Value)> {
    let spec = &intent.spec;
    let wanted =
        [("v4IpAddress", &spec.v4_ip_address), ("v6IpAddress", &spec.v6_ip_address), ("macAddress", &spec.mac_address)];
    let asked = wanted.into_iter().filter(|(_, text)| is_static(intent) && !text.is_empty());
    let claim = |(field, text): (&str, &String)| {
        let name = names::claim_name(text, &spec.subnet);
        let manifest = json!({
            "apiVersion": Ip::KIND.api_version(),
            "kind": Ip::KIND.kind,
            "metadata": {"name": name, "annotations": {names::ANNOTATION_CLAIM: intent.name}},
            "spec": {"subnet": spec.subnet, "podName": spec.pod_name, "namespace": spec.namespace, field: text},
        });
        (name, manifest)
    };
    asked.map(claim).collect()
}

/// For how long after its claim a reservation may still be sent, seconds.
pub const CLAIM_USED: u64 = 30;

/// From which age on a claim counts no longer, seconds: whoever made it gave up, and the server, which ends a request after a minute,
/// has nothing of it on the way any more.
pub const CLAIM_STALE: u64 = 120;

/// What to do with a claim that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is of an earlier call for the same reservation, which has this many seconds left: go on with it.
    Own(u64),
    /// An interrupted call left it: put one of one's own in its place.
    Stale,
    /// Somebody else is about to have the address.
    Theirs,
}

/// How a claim of `age` seconds stands for the reservation `name`.
#[must_use]
pub fn standing(claim: &Ip, name: &str, age: u64) -> Standing {
    match () {
        () if claim.claimed_for() == name && age < CLAIM_USED => Standing::Own(CLAIM_USED - age),
        () if claim.claimed_for() == name || age >= CLAIM_STALE => Standing::Stale,
        () => Standing::Theirs,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::check::ip::from_manifest;
    use crate::world::Source;

    fn db(more: &Value) -> IpIntent {
        let mut spec = json!({"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet"});
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        from_manifest(
            &json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": "db-0.vpc1"}, "spec": spec}),
        )
    }

    #[test]
    fn what_is_asked_for_by_name_is_claimed_under_a_name_that_no_port_has() {
        let intent = db(&json!({"v4IpAddress": "192.168.0.60", "macAddress": "02:00:00:00:00:60"}));
        let claims = claims(&intent);
        let names: Vec<&str> = claims.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ko-claim-192-168-0-60-web-net", "ko-claim-02-00-00-00-00-60-web-net"]);
        for (name, manifest) in &claims {
            let claim: Ip = serde_json::from_value(manifest.clone()).unwrap_or_default();
            assert!(!name.contains('.') && claim.claimed_for() == "db-0.vpc1" && !claim.is_reserved(), "{manifest}");
        }
        assert_eq!(manifest(&intent)["metadata"]["labels"][names::LABEL_IP_RESERVED], "true");
        assert_eq!(super::claims(&db(&json!({}))), []);
    }

    #[test]
    fn a_claim_is_its_makers_for_a_while_and_nobodys_later() {
        let claim = |name: &str| {
            let metadata = json!({"name": "ko-claim-x", "annotations": {names::ANNOTATION_CLAIM: name}});
            serde_json::from_value::<Ip>(json!({"metadata": metadata})).unwrap_or_default()
        };
        for (whose, age, expected) in [
            ("db-0.vpc1", 0, Standing::Own(CLAIM_USED)),
            ("db-0.vpc1", CLAIM_USED - 1, Standing::Own(1)),
            ("db-0.vpc1", CLAIM_USED, Standing::Stale),
            ("a.vpc1", CLAIM_STALE - 1, Standing::Theirs),
            ("a.vpc1", CLAIM_STALE, Standing::Stale),
        ] {
            assert_eq!(standing(&claim(whose), "db-0.vpc1", age), expected, "{whose} {age}");
        }
    }

    #[test]
    fn what_is_there_decides_what_is_to_be_done() {
        let intent = db(&json!({}));
        let mut world = World::default();
        let ip = |label: &str, finalizers: Value, spec: Value| {
            let metadata = json!({"name": "db-0.vpc1", "labels": {"ovn.kubernetes.io/ip_reserved": label}, "finalizers": finalizers});
            let ip: Ip = serde_json::from_value(json!({"metadata": metadata, "spec": spec})).unwrap_or_default();
            ip
        };
        let spec = json!({"podName": "db-0", "namespace": "vpc1", "subnet": "web-net", "podType": "StatefulSet", "ipAddress": "192.168.0.9", "v4IpAddress": "192.168.0.9"});
        let kubeovn = json!(["kubeovn.io/kube-ovn-controller"]);
        let mut seen = |ip: Ip| {
            world.named_ips = Source::Known(BTreeMap::from([("db-0.vpc1".to_owned(), ip)]));
            plan(&world, &intent)
        };
        assert!(matches!(seen(ip("true", kubeovn.clone(), spec.clone())), Plan::Reserved(_)));
        assert!(matches!(seen(ip("false", kubeovn.clone(), spec.clone())), Plan::Mark(_)));
        assert!(matches!(seen(ip("", json!([]), spec.clone())), Plan::Unready(_)));
        let mut other = spec;
        other["subnet"] = json!("other-net");
        assert!(matches!(seen(ip("true", kubeovn, other)), Plan::Differs(_)));
        world.named_ips = Source::Known(BTreeMap::new());
        assert_eq!(plan(&world, &intent), Plan::Create);
    }
}
