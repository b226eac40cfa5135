//! SNATs (Kube-OVN: `pkg/controller/ovn_snat.go`).

use serde_json::{Value, json};

use super::rows::{self, Nat};
use super::rule::{done, of_ip, outside};
use super::{Hand, Handled, is_going, own, subnet, text};
use crate::api::names;

/// What it says without an EIP.
const NO_EIP: &str = "failed to create ovn snat rule, should set eip";

/// What leaves: VPC, and a CIDR or address a family.
#[derive(Debug, Default)]
struct Source {
    vpc: String,
    v4: String,
    v6: String,
}

/// Whether it is not carried out yet.
pub(super) fn waits(snat: &Value) -> bool {
    snat["status"]["ready"] != true && !is_going(snat)
}

/// A CIDR before a subnet before an IP.
fn source(hand: &Hand<'_>, snat: &Value) -> Handled<Source> {
    let spec = |key: &str| snat["spec"][key].as_str().unwrap_or_default().to_owned();
    let mut source = Source { vpc: spec("vpc"), v4: spec("v4IpCidr"), v6: spec("v6IpCidr") };
    if source.v4.is_empty() && !spec("vpcSubnet").is_empty() {
        let subnet = subnet(hand, &spec("vpcSubnet"))?;
        text(&subnet, "/spec/vpc").clone_into(&mut source.vpc);
        let blocks: Vec<&str> = text(&subnet, "/spec/cidrBlock").split(',').collect();
        let block = |v6: bool| blocks.iter().find(|block| block.contains(':') == v6).map_or("", |block| *block);
        (source.v4, source.v6) = (block(false).to_owned(), block(true).to_owned());
    }
    if source.v4.is_empty() && !spec("ipName").is_empty() {
        let ip = of_ip(hand, &spec("ipName"))?;
        source = Source { vpc: ip.vpc, v4: ip.v4, v6: ip.v6 };
    }
    let name = text(snat, "/metadata/name");
    if source.vpc.is_empty() {
        return Err(format!("failed to get vpc for snat {name}"));
    }
    if source.v4.is_empty() && source.v6.is_empty() {
        return Err(format!("failed to get subnet or ip cidr for snat {name}"));
    }
    Ok(source)
}

/// Writes its rows; where there is one for its source it has none of its own, and says nothing.
pub(super) fn add(hand: &mut Hand<'_>, snat: &Value) -> Handled {
    let eip = outside(hand, snat, NO_EIP)?;
    let from = source(hand, snat)?;
    for (external, logical) in [(&eip.v4, &from.v4), (&eip.v6, &from.v6)] {
        if !external.is_empty() && !logical.is_empty() {
            rows::add_nat(hand, Nat { router: &from.vpc, kind: "snat", external, logical }, "", "", &[])?;
        }
    }
    let labels = if snat["metadata"]["labels"].as_object().is_none_or(serde_json::Map::is_empty) {
        json!({names::LABEL_EIP_V4: eip.v4, names::LABEL_EIP_V6: eip.v6})
    } else if text(snat, "/metadata/labels/ovn.kubernetes.io~1eip_v4_ip") == eip.v4 {
        json!({})
    } else {
        // letter by letter as the controller does it
        json!({names::LABEL_EIP_V4: eip.v4, names::LABEL_EIP_V6: eip.v4})
    };
    let status = json!({
        "ready": true, "vpc": from.vpc, "v4Eip": eip.v4, "v6Eip": eip.v6, "v4IpCidr": from.v4, "v6IpCidr": from.v6,
    });
    done(hand, "ovn-snat-rules", snat, &from.vpc, &labels, &status);
    Ok(())
}

/// What a ready one says to an edit.
pub(super) fn unchanged(hand: &Hand<'_>, snat: &Value) -> Handled {
    let eip = outside(hand, snat, NO_EIP)?;
    let from = source(hand, snat)?;
    for (now, kept, what) in [
        (&from.vpc, "/status/vpc", "vpc"),
        (&eip.v4, "/status/v4Eip", "v4 eip"),
        (&eip.v6, "/status/v6Eip", "v6 eip"),
        (&from.v4, "/status/v4IpCidr", "v4 ip cidr"),
        (&from.v6, "/status/v6IpCidr", "v6 ip cidr"),
    ] {
        if now != text(snat, kept) {
            return Err(format!("failed to update snat {}, {what} changed", text(snat, "/metadata/name")));
        }
    }
    Ok(())
}

/// Removes its rows; without them it hangs.
pub(super) fn delete(hand: &mut Hand<'_>, snat: &Value) -> Handled {
    let status = |key: &str| text(&snat["status"], key).to_owned();
    let router = status("/vpc");
    if !router.is_empty() {
        for (external, logical) in [(status("/v4Eip"), status("/v4IpCidr")), (status("/v6Eip"), status("/v6IpCidr"))] {
            if !external.is_empty() && !logical.is_empty() {
                rows::delete_nat(hand, Nat { router: &router, kind: "snat", external: &external, logical: &logical })?;
            }
        }
    }
    own(hand, "ovn-snat-rules", snat, false);
    Ok(())
}
