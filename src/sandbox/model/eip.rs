//! EIPs of OVN (Kube-OVN: `pkg/controller/ovn_eip.go`).

use serde_json::{Value, json};

use super::book::Book;
use super::{Event, Hand, Handled, has_capitals, is_going, own, owned, rows, subnet, text};
use crate::api::names;

/// The Subnet of an EIP that names none: `--external-gateway-switch` of the controller, as its pod has it.
fn default_switch(hand: &Hand<'_>) -> String {
    let flags = hand.list("pods").filter(|pod| pod["metadata"]["labels"]["app"] == "kube-ovn-controller");
    let flags =
        flags.filter_map(|pod| pod["spec"]["containers"].as_array()).flatten().filter_map(|one| one["args"].as_array());
    let found =
        flags.flatten().filter_map(Value::as_str).find_map(|flag| flag.strip_prefix("--external-gateway-switch="));
    found.unwrap_or("external").to_owned()
}

/// Whether it has no MAC yet: the controller goes by that alone.
pub(super) fn waits(eip: &Value) -> bool {
    text(eip, "/status/macAddress").is_empty() && !is_going(eip)
}

/// Gives it its address.
pub(super) fn add(hand: &mut Hand<'_>, eip: &Value) -> Handled {
    let (name, spec) = (text(eip, "/metadata/name"), &eip["spec"]);
    let field = |key: &str| spec[key].as_str().unwrap_or_default();
    let external =
        if field("externalSubnet").is_empty() { default_switch(hand) } else { field("externalSubnet").to_owned() };
    let subnet = subnet(hand, &external)?;
    if has_capitals(field("v6Ip")) {
        return Err(format!("eip {name} v6 ip address {} can not contain upper case", field("v6Ip")));
    }
    let mut book = Book::of(hand, &subnet).ok_or("CIDRInvalid")?;
    let given = book.give(hand, name, field("v4Ip"), "", true)?;
    let kind = if field("type").is_empty() { "nat" } else { field("type") };
    if kind == "lsp" {
        let addresses = format!("{} {}", given.mac, given.both().replace(',', " "));
        let port = rows::Port {
            name,
            switch: &external,
            kind: "",
            addresses: &addresses,
            options: &[],
            ids: &[],
            chassis: None,
        };
        rows::add_port(hand, port)?;
    }
    if given.v6.contains(':') {
        // the address is written into a label, which may have no colon
        return Err(format!(
            "failed to update ovn eip '{name}', OvnEip.kubeovn.io \"{name}\" is invalid: metadata.labels: Invalid value: \"{}\": \
             a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            given.v6
        ));
    }
    // a request for IPv6 is not looked at, and repeated
    let v6 = field("v6Ip");
    let labels = json!({
        names::LABEL_SUBNET: external, "ovn.kubernetes.io/ovn_eip_type": kind,
        names::LABEL_EIP_V4: given.v4, names::LABEL_EIP_V6: given.v6,
    });
    let spec = json!({"macAddress": given.mac, "v4Ip": given.v4, "v6Ip": v6, "type": kind});
    hand.merge("ovn-eips", "", name, &json!({"metadata": {"labels": labels}, "spec": spec}));
    let status =
        json!({"v4Ip": given.v4, "v6Ip": v6, "macAddress": given.mac, "type": kind, "nat": "", "ready": kind != "lsp"});
    hand.merge("ovn-eips", "", name, &json!({"status": status}));
    Ok(())
}

/// Follows an edit, and takes note of an address that was given back.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    subnet::recount(hand, event, "externalSubnet");
    let Some(after) = &event.after else { return given_back(hand, event.object()) };
    let Some(before) = event.before.as_ref().filter(|_| !is_going(after)) else { return };
    let [old, new] = [before, after]
        .map(|eip| ["v4Ip", "v6Ip", "macAddress"].map(|key| eip["spec"][key].as_str().unwrap_or_default()));
    if (!old[0].is_empty() && old[0] != new[0]) || (!old[2].is_empty() && old[2] != new[2]) {
        count_rules(hand, event.name());
    } else if old[..2] != new[..2]
        && let Some(eip) = hand.get("ovn-eips", "", event.name()).cloned()
    {
        if !owned(&eip) {
            // so one that came with an address of its own never gets it
            own(hand, "ovn-eips", &eip, true);
        }
        let handled = unchanged(&eip);
        super::told(hand, "update ovn eip", &eip, handled);
    }
}

/// A ready one cannot be changed.
fn unchanged(eip: &Value) -> Handled {
    if eip["status"]["ready"] != true {
        return Ok(());
    }
    let name = text(eip, "/metadata/name");
    for (key, what) in [("v4Ip", "v4 ip"), ("v6Ip", "v6 ip"), ("macAddress", "mac address"), ("type", "type")] {
        let [spec, status] = ["spec", "status"].map(|part| eip[part][key].as_str().unwrap_or_default());
        if status != spec {
            return Err(format!("not support change {what} for ovn eip {name}"));
        }
    }
    Ok(())
}

/// The kinds of the rules that carry the EIP's address in their label, as its status has them.
fn used_by(hand: &Hand<'_>, eip: &Value) -> String {
    let address = &eip["spec"]["v4Ip"];
    let kinds = [("ovn-dnat-rules", "dnat"), ("ovn-fips", "fip"), ("ovn-snat-rules", "snat")];
    let used = kinds.iter().filter(|(plural, _)| {
        hand.list(plural).any(|rule| rule["metadata"]["labels"][names::LABEL_EIP_V4] == *address)
    });
    used.map(|(_, kind)| *kind).collect::<Vec<_>>().join(",")
}

/// Writes into its status which kinds of rules use it.
pub(super) fn count_rules(hand: &mut Hand<'_>, name: &str) {
    let Some(eip) = hand.get("ovn-eips", "", name).filter(|eip| !is_going(eip)).cloned() else { return };
    if !text(&eip, "/status/macAddress").is_empty() {
        let nat = used_by(hand, &eip);
        hand.merge("ovn-eips", "", name, &json!({"status": {"nat": nat}}));
    }
}

/// Lets go of it once no rule uses it.
pub(super) fn delete(hand: &mut Hand<'_>, eip: &Value) -> Handled {
    let name = text(eip, "/metadata/name");
    let used = used_by(hand, eip);
    if !used.is_empty() {
        return Err(format!("ovn eip {name} is still being used by NAT rules: {used}, waiting for them to be deleted"));
    }
    own(hand, "ovn-eips", eip, false);
    Ok(())
}

/// The address is free again, once the object is gone; so is its port.
fn given_back(hand: &mut Hand<'_>, eip: &Value) {
    if text(eip, "/spec/type") == "lsp" {
        rows::remove_port(hand, text(eip, "/metadata/name"));
    }
    let label = text(eip, "/metadata/labels/ovn.kubernetes.io~1subnet");
    if let Ok(subnet) = subnet(hand, label)
        && let Some(mut book) = Book::of(hand, &subnet)
    {
        book.release(hand, [text(eip, "/status/v4Ip"), text(eip, "/status/v6Ip")]);
    }
}
