//! Would a packet pass? Modelled: the router has a port on the EIP's network, on a gateway that lives, the network is a real one,
//! and somebody has the address inside. What packets do in these cases was seen on a data path.

use crate::oracle::address::{canonical, overlap, within};
use crate::oracle::rules::case::Case;
use crate::oracle::rules::judge::{Not, broken, maybe_broken};
use crate::oracle::rules::row::asked;
use crate::oracle::rules::stage::Look;
use crate::oracle::tools::{text, texts};
use serde_json::Value;

pub(crate) fn judge(case: &Case, look: &Look) -> Result<(bool, String), Not> {
    let asked = asked(case, look)?;
    let Some(router) = look.north.routers.get(&asked.vpc) else { return broken("no router") };
    let Some(port) = router.ports.iter().find(|port| port.networks.iter().any(|one| overlap(one, &asked.external)))
    else {
        return broken(format!("router {} has no port on the network of {}", asked.vpc, asked.external));
    };
    let network = port.name.strip_prefix(&format!("{}-", asked.vpc)).unwrap_or(&port.name);
    if !look.north.ports.values().any(|one| one.switch == network && one.kind == "localnet") {
        return broken(format!("{network} leads out of nothing"));
    }
    if !port.bound {
        return broken(format!("router port {} is bound on no gateway", port.name));
    }
    let eip = look.get("OvnEip", case.asked("ovnEip"));
    let of_router = port.networks.iter().any(|one| one.split('/').next() == Some(asked.external.as_str()));
    if case.kind.api == "OvnFip" && of_router {
        return maybe_broken("the router's own address, and all that leaves by it");
    }
    let odd = eip.is_none_or(|eip| {
        text(eip, "/spec/externalSubnet").is_empty() || text(eip, "/status/type") != "nat" && !of_router
    });
    let inside = asked.inside.iter().find(|one| !one.contains(':')).map_or("", String::as_str);
    let plain = case.kind.api == "OvnSnatRule" || inside.trim().parse::<std::net::IpAddr>().is_ok();
    if !plain {
        return broken(format!("{inside:?} is no address"));
    }
    if inside.trim() != inside {
        return maybe_broken(format!("{inside:?} is an odd way to write it"));
    }
    let subnets: Vec<&Value> = look
        .objects
        .values()
        .filter(|one| text(one, "/kind") == "Subnet" && text(one, "/spec/vpc") == asked.vpc)
        .filter(|one| text(one, "/spec/cidrBlock").split(',').any(|block| overlap(block, inside)))
        .collect();
    if subnets.is_empty() {
        return broken(format!("{inside} is in no subnet of {}", asked.vpc));
    }
    if subnets.iter().any(|one| !text(one, "/spec/vlan").is_empty()) {
        return broken(format!("{inside} is outside of the router"));
    }
    if case.kind.api == "OvnSnatRule" && inside.contains('/') && !inside.ends_with("/32") {
        let whole =
            subnets.iter().any(|one| text(one, "/spec/cidrBlock").split(',').any(|block| within(inside, block)));
        return Ok((whole && !odd, "row, and a way out".into()));
    }
    let address = inside.split('/').next().unwrap_or(inside);
    live(case, address, &subnets, look).map(|(firm, why)| (firm && !odd, why))
}

/// Has anybody the address?
fn live(case: &Case, address: &str, subnets: &[&Value], look: &Look) -> Result<(bool, String), Not> {
    let fip = |nat: &super::north::Nat| nat.kind == "dnat_and_snat" && canonical(&nat.logical) == canonical(address);
    if case.kind.api == "OvnSnatRule" && look.north.routers.values().flat_map(|router| &router.nats).any(fip) {
        return maybe_broken(format!("a floating IP of {address} goes first"));
    }
    for subnet in subnets {
        let name = text(subnet, "/metadata/name");
        if text(subnet, "/spec/gateway").split(',').any(|one| one == address) {
            return broken(format!("{address} is the router's own"));
        }
        let mine = |one: &&Value| {
            text(one, "/kind") == "Vip"
                && text(one, "/spec/subnet") == name
                && text(one, "/status/v4ip") == address
                && !text(one, "/status/mac").is_empty()
        };
        if let Some(vip) = look.objects.values().find(mine) {
            return vip_is_live(text(vip, "/metadata/name"), look);
        }
        if let Some(port) = look.north.holder(name, address) {
            return Ok((true, format!("row, a way, and port {port}")));
        }
    }
    // made before its pod, as reservations are: no packet passes until then
    Ok((false, format!("row and a way; nobody has {address} yet")))
}

fn vip_is_live(vip: &str, look: &Look) -> Result<(bool, String), Not> {
    match look.north.ports.get(vip).filter(|port| port.kind == "virtual") {
        Some(port) if port.options.get("virtual-parents").is_none_or(String::is_empty) => {
            maybe_broken(format!("the virtual port of Vip {vip} has no parent"))
        }
        Some(_) => Ok((true, format!("row, a way, and the parents of Vip {vip}"))),
        None => {
            let object = look.get("Vip", vip);
            if object.is_some_and(|one| text(one, "/spec/type") == "switch_lb_vip") {
                return maybe_broken("no pod has the address of a switch LB Vip");
            }
            let selects = object.is_some_and(|one| !texts(one, "/spec/selector").is_empty());
            Ok((!selects, "row and a way; a pod has to have the Vip's address".into()))
        }
    }
}
