//! Vips (Kube-OVN: pkg/controller/vip.go).

use serde_json::{Value, json};

use super::book::{Book, Given, joined};
use super::{Event, Hand, Handled, has_capitals, is_going, own, owned, pair, rows, subnet, text};
use crate::api::names;

/// A Vip that a SwitchLBRule has as its front end.
const SWITCH_LB: &str = "switch_lb_vip";
/// The address of a VM in a host-network pod.
const HOST_VM: &str = "kube_host_vm_vip";

/// Whether it has no MAC yet: the controller goes by that alone.
pub(super) fn waits(vip: &Value) -> bool {
    text(vip, "/status/mac").is_empty() && !is_going(vip)
}

/// Gives it its address, and makes the ports of its type.
pub(super) fn add(hand: &mut Hand<'_>, vip: &Value) -> Handled {
    let (name, spec) = (text(vip, "/metadata/name"), &vip["spec"]);
    let field = |key: &str| spec[key].as_str().unwrap_or_default();
    if field("subnet").is_empty() {
        return Err(format!("failed to create vip '{name}', subnet should be set"));
    }
    let subnet = subnet(hand, field("subnet"))?;
    if has_capitals(field("v6ip")) {
        return Err(format!("vip {name} v6 ip address {} can not contain upper case", field("v6ip")));
    }
    let (asked, mac) = (joined(field("v4ip"), field("v6ip")), field("macAddress"));
    if asked.is_empty() && !mac.is_empty() {
        return Err("failed to parse vip ip ".to_owned());
    }
    let router_mac = if field("type") == SWITCH_LB { Some(router_mac(hand, &subnet)?) } else { None };
    let mut book = Book::of(hand, &subnet).ok_or("CIDRInvalid")?;
    let mut given = book.give(hand, name, &asked, mac, true)?;
    if let Some(mac) = router_mac {
        given.mac = mac;
    }
    let port = names::port_name(name, field("namespace"), text(&subnet, "/spec/provider"));
    if matches!(field("type"), SWITCH_LB | HOST_VM) {
        make_port(hand, &subnet, &port, (name, field("namespace")), &given)?;
        if field("type") == SWITCH_LB {
            rows::note(hand, &port, "options", "arp_proxy", Some("true"));
        }
    }
    write(hand, vip, &given);
    pair::parents(hand, name)
}

/// The MAC of the Subnet's router port, which a front end answers with.
fn router_mac(hand: &mut Hand<'_>, subnet: &Value) -> Handled<String> {
    let port = format!("{}-{}", text(subnet, "/spec/vpc"), text(subnet, "/metadata/name"));
    rows::router_port_mac(hand, &port).ok_or_else(|| format!("get logical router port {port}: object not found"))
}

fn make_port(
    hand: &mut Hand<'_>,
    subnet: &Value,
    port: &str,
    (name, namespace): (&str, &str),
    given: &Given,
) -> Handled {
    let addresses = format!("{} {}", given.mac, given.both().replace(',', " "));
    let pod = format!("{namespace}/{name}");
    let mut ids = Vec::new();
    if !namespace.is_empty() {
        ids.push(("pod", pod.as_str()));
    }
    if text(subnet, "/spec/vpc") != "ovn-cluster" {
        ids.push(("associated_sg_default-securitygroup", "false"));
    }
    let switch = text(subnet, "/metadata/name");
    rows::add_port(
        hand,
        rows::Port {
            name: port,
            switch,
            kind: "",
            addresses: addresses.trim(),
            options: &[],
            ids: &ids,
            chassis: None,
        },
    )
}

/// Labels, spec, status and finalizer, all in one write.
fn write(hand: &mut Hand<'_>, vip: &Value, given: &Given) {
    let kind = text(vip, "/spec/type");
    let mut finalizers: Vec<Value> = super::finalizers(vip).cloned().collect();
    if !owned(vip) {
        finalizers.push(json!(names::FINALIZER));
    }
    let patch = json!({
        "metadata": {
            "labels": {names::LABEL_SUBNET: text(vip, "/spec/subnet"), names::LABEL_IP_RESERVED: ""},
            "finalizers": finalizers,
        },
        "spec": {
            "namespace": text(vip, "/spec/namespace"), "type": kind,
            "v4ip": given.v4, "v6ip": given.v6, "macAddress": given.mac,
        },
        "status": {"v4ip": given.v4, "v6ip": given.v6, "mac": given.mac, "type": kind},
    });
    hand.merge("vips", "", text(vip, "/metadata/name"), &patch);
}

/// Follows an edit; what is deleted is looked at with the queues.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    subnet::recount(hand, event, "subnet");
    let name = event.name().to_owned();
    let (Some(before), Some(after)) = (&event.before, &event.after) else {
        if event.after.is_none() {
            given_back(hand, event.object());
        }
        return;
    };
    if is_going(after) {
        return;
    }
    if ["macAddress", "v4ip", "v6ip"].iter().any(|key| before["spec"][key] != after["spec"][key])
        && let Some(vip) = hand.get("vips", "", &name).cloned()
    {
        let handled = edited(hand, &vip);
        super::told(hand, "update vip", &vip, handled);
    }
    if before["spec"]["selector"] != after["spec"]["selector"] {
        // a port that cannot be made is not spoken of
        drop(pair::parents(hand, &name));
    }
}

/// A ready one refuses; one that never was copies its spec into its status, without asking whose the address is.
fn edited(hand: &mut Hand<'_>, vip: &Value) -> Handled {
    let (spec, status) = (&vip["spec"], &vip["status"]);
    let v6 = text(spec, "/v6ip");
    if has_capitals(v6) {
        return Err(format!("vip {} v6 ip address {v6} can not contain upper case", text(vip, "/metadata/name")));
    }
    for (kept, asked, what) in
        [("/mac", "/macAddress", "mac"), ("/v4ip", "/v4ip", "v4 ip"), ("/v6ip", "/v6ip", "v6 ip")]
    {
        let kept = text(status, kept);
        if !kept.is_empty() && kept != text(spec, asked) {
            return Err(format!("not support change {what} of vip"));
        }
    }
    if text(status, "/mac").is_empty() {
        let [v4, v6, mac] = ["/v4ip", "/v6ip", "/macAddress"].map(|key| text(spec, key).to_owned());
        if !(v4.is_empty() && v6.is_empty() && mac.is_empty()) {
            write(hand, vip, &Given { v4, v6, mac });
        }
    }
    Ok(())
}

/// Removes its ports and lets go of it.
pub(super) fn delete(hand: &mut Hand<'_>, vip: &Value) -> Handled {
    let name = text(vip, "/metadata/name");
    if !text(vip, "/spec/type").is_empty() {
        let subnet = subnet(hand, text(vip, "/spec/subnet"))?;
        let port = names::port_name(name, text(vip, "/spec/namespace"), text(&subnet, "/spec/provider"));
        rows::remove_port(hand, &port);
    }
    // whatever port has its name
    rows::remove_port(hand, name);
    own(hand, "vips", vip, false);
    Ok(())
}

/// The address is free again, once the object is gone.
fn given_back(hand: &mut Hand<'_>, vip: &Value) {
    let Ok(subnet) = subnet(hand, text(vip, "/spec/subnet")) else { return };
    if !text(vip, "/status/mac").is_empty()
        && let Some(mut book) = Book::of(hand, &subnet)
    {
        book.release(hand, [text(vip, "/status/v4ip"), text(vip, "/status/v6ip")]);
    }
}
