//! FIPs (Kube-OVN: `pkg/controller/ovn_fip.go`).

use serde_json::{Value, json};

use super::rows::{self, Nat};
use super::rule::{done, inside, outside};
use super::{Hand, Handled, is_going, own, text};
use crate::api::names;

const KIND: &str = "dnat_and_snat";

/// Whether it is not carried out yet.
pub(super) fn waits(fip: &Value) -> bool {
    (fip["status"]["ready"] != true || text(fip, "/status/v4Ip").is_empty()) && !is_going(fip)
}

/// Writes its rows.
pub(super) fn add(hand: &mut Hand<'_>, fip: &Value) -> Handled {
    let name = text(fip, "/metadata/name");
    let eip = outside(hand, fip, "failed to create fip rule, should set eip")?;
    alone(hand, name, &eip.v4)?;
    let target = inside(hand, fip)?;
    if target.vpc.is_empty() {
        return Err(format!("failed to create fip {name}, no vpc"));
    }
    if target.v4.is_empty() && target.v6.is_empty() {
        return Err(format!("failed to create fip {name}, no internal ip"));
    }
    let stateless = if text(fip, "/spec/type") == "distributed" { "true" } else { "false" };
    for (external, logical) in pairs([&eip.v4, &eip.v6], [&target.v4, &target.v6]) {
        let nat = Nat { router: &target.vpc, kind: KIND, external, logical };
        rows::add_nat(hand, nat, &target.mac, text(fip, "/spec/ipName"), &[("stateless", stateless)])?;
    }
    let status = json!({
        "ready": true, "vpc": target.vpc, "v4Eip": eip.v4, "v4Ip": target.v4, "v6Eip": "", "v6Ip": "", "macAddress": "",
    });
    done(hand, "ovn-fips", fip, &target.vpc, &json!({names::LABEL_EIP_V4: eip.v4}), &status);
    Ok(())
}

/// An address of each family with one of its own, or the only two with each other.
fn pairs<'a>([v4_eip, v6_eip]: [&'a str; 2], [v4, v6]: [&'a str; 2]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = vec![(v4_eip, v4), (v6_eip, v6)];
    match (v4_eip.is_empty(), v6_eip.is_empty(), v4.is_empty(), v6.is_empty()) {
        (true, false, false, true) => pairs.push((v6_eip, v4)),
        (false, true, true, false) => pairs.push((v4_eip, v6)),
        _ => {}
    }
    pairs.retain(|(external, logical)| !external.is_empty() && !logical.is_empty());
    pairs
}

/// One EIP has one FIP, going by the label of those that were carried out.
fn alone(hand: &Hand<'_>, name: &str, address: &str) -> Handled {
    let others =
        |fip: &&Value| fip["metadata"]["labels"][names::LABEL_EIP_V4] == address && fip["metadata"]["name"] != name;
    match hand.list("ovn-fips").find(others) {
        Some(other) => Err(format!(
            "failed to add fip {name}, {address} is used by the other fip {}",
            text(other, "/metadata/name")
        )),
        None => Ok(()),
    }
}

/// What a ready one says to an edit. It names the EIP.
pub(super) fn unchanged(hand: &Hand<'_>, fip: &Value) -> Handled {
    let eip = outside(hand, fip, "failed to create fip rule, should set eip")?;
    let target = inside(hand, fip)?;
    let name = text(fip, "/spec/ovnEip");
    for (now, kept, what) in [
        (&target.vpc, "/status/vpc", "vpc"),
        (&target.v4, "/status/v4Ip", "v4 ip"),
        (&target.v6, "/status/v6Ip", "v6 ip"),
        (&eip.v4, "/status/v4Eip", "eip"),
    ] {
        if now != text(fip, kept) {
            return Err(format!("not support change {what} for ovn fip {name}"));
        }
    }
    Ok(())
}

/// Removes its rows; without them it hangs.
pub(super) fn delete(hand: &mut Hand<'_>, fip: &Value) -> Handled {
    let status = |key: &str| text(&fip["status"], key).to_owned();
    let router = status("/vpc");
    if !router.is_empty() {
        for (external, logical) in [(status("/v4Eip"), status("/v4Ip")), (status("/v6Eip"), status("/v6Ip"))] {
            if !external.is_empty() && !logical.is_empty() {
                rows::delete_nat(hand, Nat { router: &router, kind: KIND, external: &external, logical: &logical })?;
            }
        }
    }
    own(hand, "ovn-fips", fip, false);
    Ok(())
}
