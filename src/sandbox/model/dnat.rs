//! DNATs: a load balancer each, named like the rule (Kube-OVN: `pkg/controller/ovn_dnat.go`).

use serde_json::{Value, json};

use super::rule::{done, inside, outside};
use super::{Hand, Handled, is_going, own, rows, text};
use crate::api::names;
use crate::ovn::northbound::front;

/// A user's label that makes the controller look for a second rule of an EIP and port.
const LABEL_PORT: &str = "ovn.kubernetes.io/vpc_dnat_eport";

/// Whether it is not carried out yet.
pub(super) fn waits(dnat: &Value) -> bool {
    (dnat["status"]["ready"] != true || text(dnat, "/status/v4Ip").is_empty()) && !is_going(dnat)
}

/// Writes its front ends.
pub(super) fn add(hand: &mut Hand<'_>, dnat: &Value) -> Handled {
    let name = text(dnat, "/metadata/name");
    let spec = |key: &str| dnat["spec"][key].as_str().unwrap_or_default();
    let lacks = |what: &str| format!("failed to create dnat {name}, no {what}");
    let eip = outside(hand, dnat, &format!("failed to create dnat {name}, should set eip"))?;
    let target = inside(hand, dnat)?;
    if target.v4.is_empty() && target.v6.is_empty() {
        return Err(lacks("internal ip"));
    }
    if target.vpc.is_empty() {
        return Err(lacks("vpc"));
    }
    if spec("externalPort").is_empty() {
        return Err(lacks("external port"));
    }
    alone(hand, name, dnat)?;
    if spec("internalPort").is_empty() {
        return Err(lacks("internal port"));
    }
    if spec("protocol").is_empty() {
        return Err(lacks("protocol"));
    }
    for (external, internal) in [(&eip.v4, &target.v4), (&eip.v6, &target.v6)] {
        if !external.is_empty() && !internal.is_empty() {
            let (front, back) = (front(external, spec("externalPort")), front(internal, spec("internalPort")));
            rows::add_front(hand, &target.vpc, name, spec("protocol"), (&front, &back))?;
        }
    }
    let labels = if dnat["metadata"]["labels"].as_object().is_none_or(serde_json::Map::is_empty) {
        json!({names::LABEL_EIP_V4: eip.v4, names::LABEL_EIP_V6: eip.v6})
    } else {
        json!({names::LABEL_EIP_V4: eip.v4})
    };
    let status = json!({
        "ready": true, "vpc": target.vpc, "v4Eip": eip.v4, "v6Eip": eip.v6, "v4Ip": target.v4, "v6Ip": target.v6,
        "protocol": spec("protocol"), "ipName": spec("ipName"), "internalPort": spec("internalPort"),
        "externalPort": spec("externalPort"),
    });
    done(hand, "ovn-dnat-rules", dnat, &target.vpc, &labels, &status);
    Ok(())
}

fn alone(hand: &Hand<'_>, name: &str, dnat: &Value) -> Handled {
    let (eip, port) = (text(dnat, "/spec/ovnEip"), text(dnat, "/spec/externalPort"));
    let other = hand.list("ovn-dnat-rules").find(|other| {
        other["metadata"]["labels"][LABEL_PORT] == port
            && other["metadata"]["name"] != name
            && other["spec"]["ovnEip"] == eip
    });
    match other {
        Some(other) => Err(format!(
            "failed to create dnat {name}, duplicate, same eip {eip}, same external port '{port}' is used by dnat {}",
            text(other, "/metadata/name")
        )),
        None => Ok(()),
    }
}

/// What a ready one says to an edit: the first mismatch.
pub(super) fn unchanged(hand: &Hand<'_>, dnat: &Value) -> Handled {
    let name = text(dnat, "/metadata/name");
    let eip = outside(hand, dnat, &format!("failed to create dnat {name}, should set eip"))?;
    let target = inside(hand, dnat)?;
    let spec = |key: &str| dnat["spec"][key].as_str().unwrap_or_default().to_owned();
    for (now, kept, what) in [
        (spec("externalPort"), "/status/externalPort", "external port"),
        (spec("internalPort"), "/status/internalPort", "internal port"),
        (spec("protocol"), "/status/protocol", "protocol"),
        (eip.v4, "/status/v4Eip", "eip"),
        (target.v4, "/status/v4Ip", "internal ip"),
        (target.vpc, "/status/vpc", "vpc"),
    ] {
        if now != text(dnat, kept) {
            return Err(format!("not support change {what} for dnat {name}"));
        }
    }
    Ok(())
}

/// Removes its front ends; without the load balancer it hangs.
pub(super) fn delete(hand: &mut Hand<'_>, dnat: &Value) -> Handled {
    let status = |key: &str| dnat["status"][key].as_str().unwrap_or_default().to_owned();
    let (router, port) = (status("vpc"), status("externalPort"));
    if !router.is_empty() && !port.is_empty() {
        for external in [status("v4Eip"), status("v6Eip")].iter().filter(|external| !external.is_empty()) {
            rows::delete_front(hand, &router, text(dnat, "/metadata/name"), &front(external, &port))?;
        }
    }
    own(hand, "ovn-dnat-rules", dnat, false);
    Ok(())
}
