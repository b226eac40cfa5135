//! What a Subnet's status says of its addresses (Kube-OVN: `pkg/controller/subnet_status.go`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::book::Book;
use super::{Event, Hand, text};
use crate::api::names;
use crate::net::{Family, RangeSet};

/// A new Subnet is counted; one that is deleted goes.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    if event.after.is_some() && event.before.as_ref().is_none_or(|before| before["spec"] != event.object()["spec"]) {
        count(hand, event.name());
    }
}

/// Counts the Subnets that an object is or was in; `field` of its spec names them.
pub(super) fn recount(hand: &mut Hand<'_>, event: &Event, field: &str) {
    let of = |object: &Value| {
        let label = text(object, "/metadata/labels/ovn.kubernetes.io~1subnet");
        [object["spec"][field].as_str().unwrap_or_default().to_owned(), label.to_owned()]
    };
    let subnets: BTreeSet<String> = [&event.before, &event.after].into_iter().flatten().flat_map(of).collect();
    for name in subnets.iter().filter(|name| !name.is_empty()) {
        count(hand, name);
    }
}

/// Writes counts and ranges.
pub(super) fn count(hand: &mut Hand<'_>, name: &str) {
    let Some(subnet) = hand.get("subnets", "", name).cloned() else { return };
    let Some(book) = Book::of(hand, &subnet) else { return };
    let used = book.used();
    let using = holders(hand, &subnet);
    let mut status = serde_json::Map::new();
    for (family, prefix) in [(Family::V4, "v4"), (Family::V6, "v6")] {
        let hosts = book.hosts().only(family);
        let (mut available, mut taken) = (0, 0);
        if !hosts.is_empty() {
            let excluded = book.excluded().intersect(&hosts).count(family);
            available = hosts.count(family).saturating_sub(excluded).saturating_sub(using);
            taken = using;
        }
        let free = hosts.subtract(book.excluded()).subtract(&used);
        status.insert(format!("{prefix}availableIPs"), number(available));
        status.insert(format!("{prefix}usingIPs"), number(taken));
        status.insert(format!("{prefix}availableIPrange"), spelled(&free).into());
        status.insert(format!("{prefix}usingIPrange"), spelled(&used.only(family)).into());
    }
    hand.merge("subnets", "", name, &json!({"status": status}));
}

/// How many use it, by the controller's count: reservations are not in it, for want of the label.
fn holders(hand: &Hand<'_>, subnet: &Value) -> u128 {
    let name = text(subnet, "/metadata/name");
    let gateways: Vec<&str> = text(subnet, "/spec/gateway").split(',').collect();
    let excluded = subnet["spec"]["excludeIps"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let excluded = RangeSet::read(excluded.filter(|item| !gateways.contains(item))).0;
    let outside = |ip: &&Value| {
        let addresses = [text(ip, "/spec/v4IpAddress"), text(ip, "/spec/v6IpAddress")];
        !addresses.iter().filter_map(|text| text.parse().ok()).any(|address| excluded.contains(&address))
    };
    let labelled = |object: &&Value| object["metadata"]["labels"][names::LABEL_SUBNET] == name;
    let ips = hand.list("ips").filter(|ip| ip["metadata"]["labels"][name] == "").filter(outside).count();
    let vips =
        hand.list("vips").filter(labelled).filter(|vip| vip["metadata"]["labels"][names::LABEL_IP_RESERVED] == "");
    let eips = hand.list("ovn-eips").filter(labelled).count() + hand.list("iptables-eips").filter(labelled).count();
    (ips + vips.count() + eips) as u128
}

/// An integer as long as it is one to Go's JSON.
#[expect(clippy::cast_precision_loss, reason = "the controller itself counts so")]
fn number(count: u128) -> Value {
    u64::try_from(count).map_or_else(|_| json!(count as f64), |count| json!(count))
}

/// `a-b,c`.
fn spelled(set: &RangeSet) -> String {
    let ranges: Vec<String> = set.ranges().iter().map(|range| range.to_string().replace("..", "-")).collect();
    ranges.join(",")
}
