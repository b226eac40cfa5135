//! Reserved IPs, and IPs that go (Kube-OVN: pkg/controller/ip.go).

use serde_json::{Value, json};

use super::book::{Book, joined};
use super::{Event, Hand, Handled, finalizers, has_capitals, is_going, own, rows, subnet, text};
use crate::api::names;

/// Whether nobody's finalizer is on it yet: the controller goes by that alone.
pub(super) fn waits(ip: &Value) -> bool {
    finalizers(ip).next().is_none() && !is_going(ip)
}

/// Gives a reservation its address.
pub(super) fn add(hand: &mut Hand<'_>, ip: &Value) -> Handled {
    let (name, spec) = (text(ip, "/metadata/name"), &ip["spec"]);
    let field = |key: &str| spec[key].as_str().unwrap_or_default();
    if field("subnet").is_empty() {
        return Err("subnet parameter cannot be empty".to_owned());
    }
    if !matches!(field("podType"), "" | "VirtualMachine" | "StatefulSet") {
        return Err(format!("podType {} is not supported", field("podType")));
    }
    let subnet =
        subnet(hand, field("subnet")).map_err(|why| format!("failed to get subnet {}: {why}", field("subnet")))?;
    let provider = text(&subnet, "/spec/provider");
    let port = names::port_name(field("podName"), field("namespace"), provider);
    if port != name || rows::has_port(hand, &port) {
        // not a word about it
        return Ok(());
    }
    if has_capitals(field("v6IpAddress")) {
        return Err(format!("ip {name} v6 ip address {} can not contain upper case", field("v6IpAddress")));
    }
    let asked = joined(field("v4IpAddress"), field("v6IpAddress"));
    let carried = names::is_ovn_provider(provider);
    // without an address the MAC is not looked at
    let mac = if asked.is_empty() || !carried { "" } else { field("macAddress") };
    let who = format!("{}/{}", field("namespace"), field("podName"));
    let mut book = Book::of(hand, &subnet).ok_or("CIDRInvalid")?;
    // a static address is given to whoever asks
    let given = book.give(hand, &who, &asked, mac, false).map_err(|why| {
        let what = if asked.is_empty() { "random address" } else { "static address" };
        format!("failed to acquire ip address failed to get {what} for ip {name}, {why}")
    })?;
    let reserved = text(ip, "/metadata/labels/ovn.kubernetes.io~1ip_reserved");
    // the label replaces all that the controller has put there a moment before, but for a user's own "false"
    let labels = if reserved == "false" {
        json!({names::LABEL_SUBNET: field("subnet"), "ovn.kubernetes.io/node-name": field("nodeName"), field("subnet"): ""})
    } else {
        json!({names::LABEL_IP_RESERVED: "true"})
    };
    let patch = json!({
        "metadata": {"labels": labels, "finalizers": [names::FINALIZER]},
        "spec": {
            "podName": field("podName"), "namespace": field("namespace"), "subnet": field("subnet"), "nodeName": field("nodeName"),
            "ipAddress": given.both(), "v4IpAddress": given.v4, "v6IpAddress": given.v6,
            "macAddress": if carried { given.mac.as_str() } else { "" },
            "attachIps": [], "attachMacs": [], "attachSubnets": [], "containerID": "", "podType": field("podType"),
        },
    });
    hand.merge("ips", "", name, &patch);
    Ok(())
}

/// Removes its port and lets go of it.
#[expect(clippy::unnecessary_wraps, reason = "as all deletions are called")]
pub(super) fn delete(hand: &mut Hand<'_>, ip: &Value) -> Handled {
    rows::remove_port(hand, text(ip, "/metadata/name"));
    own(hand, "ips", ip, false);
    Ok(())
}

/// Counts again, and takes note of an address that was given back.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    subnet::recount(hand, event, "subnet");
    let Some(ip) = event.before.as_ref().filter(|_| event.after.is_none()) else { return };
    let Ok(subnet) = subnet(hand, text(ip, "/spec/subnet")) else { return };
    if super::owned(ip)
        && let Some(mut book) = Book::of(hand, &subnet)
    {
        book.release(hand, [text(ip, "/spec/v4IpAddress"), text(ip, "/spec/v6IpAddress")]);
    }
}
