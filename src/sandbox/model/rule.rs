//! What FIPs, SNATs and DNATs have in common: their EIP, what they lead to, and the marks the controller leaves
//! (Kube-OVN: `ovn_fip.go`, `ovn_snat.go` and `ovn_dnat.go` of pkg/controller).

use serde_json::{Value, json};

use super::{Event, Hand, Handled, eip, is_going, not_found, own, subnet, text};
use crate::api::names;

/// Addresses of the EIP of a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    pub(super) v4: String,
    pub(super) v6: String,
}

/// What a rule leads to.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside {
    pub(super) vpc: String,
    pub(super) v4: String,
    pub(super) v6: String,
    /// Of an IP; a Vip's is that of whoever holds it.
    pub(super) mac: String,
}

/// The EIP that a rule names. `missing` is what the controller says when it names none.
pub(super) fn outside(hand: &Hand<'_>, rule: &Value, missing: &str) -> Handled<Outside> {
    let name = text(rule, "/spec/ovnEip");
    if name.is_empty() {
        return Err(missing.to_owned());
    }
    let eip = hand.get("ovn-eips", "", name).ok_or_else(|| not_found("ovneip", name))?;
    let [v4, v6] = ["/status/v4Ip", "/status/v6Ip"].map(|path| text(eip, path).to_owned());
    if v4.is_empty() && v6.is_empty() {
        return Err(format!("eip '{name}' is not ready, has no ip"));
    }
    if text(eip, "/spec/type") == "lsp" {
        return Err(format!("ovn nat {} can not use type lsp eip {name}", text(rule, "/metadata/name")));
    }
    Ok(Outside { v4, v6 })
}

/// What a FIP or DNAT leads to: an IP or a Vip by name, else the address and VPC of its own spec.
pub(super) fn inside(hand: &Hand<'_>, rule: &Value) -> Handled<Inside> {
    let spec = |key: &str| rule["spec"][key].as_str().unwrap_or_default().to_owned();
    let name = spec("ipName");
    if name.is_empty() {
        return Ok(Inside { vpc: spec("vpc"), v4: spec("v4Ip"), v6: spec("v6Ip"), mac: String::new() });
    }
    if spec("ipType") == "vip" {
        let vip = hand.get("vips", "", &name).ok_or_else(|| not_found("vip", &name))?;
        let [v4, v6] = ["/status/v4ip", "/status/v6ip"].map(|path| text(vip, path).to_owned());
        return Ok(Inside { vpc: vpc(hand, text(vip, "/spec/subnet"))?, v4, v6, mac: String::new() });
    }
    of_ip(hand, &name)
}

/// What an IP has.
pub(super) fn of_ip(hand: &Hand<'_>, name: &str) -> Handled<Inside> {
    let ip = hand.get("ips", "", name).ok_or_else(|| not_found("ip", name))?;
    let [v4, v6, mac] =
        ["/spec/v4IpAddress", "/spec/v6IpAddress", "/spec/macAddress"].map(|path| text(ip, path).to_owned());
    Ok(Inside { vpc: vpc(hand, text(ip, "/spec/subnet"))?, v4, v6, mac })
}

/// The VPC of a Subnet.
pub(super) fn vpc(hand: &Hand<'_>, name: &str) -> Handled<String> {
    Ok(text(&subnet(hand, name)?, "/spec/vpc").to_owned())
}

/// The marks of a rule that was carried out: on its EIP, on itself, and its status.
pub(super) fn done(hand: &mut Hand<'_>, plural: &str, rule: &Value, vpc: &str, labels: &Value, status: &Value) {
    let (name, eip) = (text(rule, "/metadata/name"), text(rule, "/spec/ovnEip"));
    if super::finalizers(rule).next().is_none() {
        own(hand, plural, rule, true);
    }
    let subnet =
        hand.get("ovn-eips", "", eip).map(|eip| text(eip, "/spec/externalSubnet").to_owned()).unwrap_or_default();
    let of_eip = json!({"metadata": {
        "labels": {names::LABEL_SUBNET: subnet, "ovn.kubernetes.io/vpc": vpc},
        "annotations": {"ovn.kubernetes.io/vpc_nat": name},
    }});
    hand.merge("ovn-eips", "", eip, &of_eip);
    let metadata = json!({"annotations": {names::ANNOTATION_VPC_EIP: eip}, "labels": labels});
    hand.merge(plural, "", name, &json!({"metadata": metadata}));
    hand.merge(plural, "", name, &json!({"status": status}));
    eip::count_rules(hand, eip);
}

/// Follows edits of what must not be edited, and the end of a rule.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    let eip = |rule: &Option<Value>| rule.as_ref().map(|rule| text(rule, "/spec/ovnEip").to_owned());
    let (before, after) = (eip(&event.before), eip(&event.after));
    if before != after
        && let Some(name) = before
    {
        eip::count_rules(hand, &name);
    }
    let Some((before, after)) = event.before.as_ref().zip(event.after.as_ref()).filter(|(_, after)| !is_going(after))
    else {
        return;
    };
    if before["spec"] != after["spec"] && after["status"]["ready"] == true {
        let (queue, handled) = match event.plural {
            "ovn-fips" => ("update ovn fip", super::fip::unchanged(hand, after)),
            "ovn-snat-rules" => ("update ovn snat rule", super::snat::unchanged(hand, after)),
            _ => ("update ovn dnat", super::dnat::unchanged(hand, after)),
        };
        super::told(hand, queue, after, handled);
    }
}
