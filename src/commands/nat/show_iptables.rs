//! `show` of an EIP or rule of a gateway. What the gateway's pod has is not looked at.

use serde_json::{Map, Value, json};

use super::report::{Report, readable};
use crate::api::nat_kind::{NatKind, Role};
use crate::api::{IptablesEip, Metadata, Resource as _, VpcNatGateway};
use crate::check;
use crate::check::nat::state::{self, Iptables};
use crate::cluster::Cluster;
use crate::failure::{Cause, Result};
use crate::world::nat_entry;

/// Reads all of it.
pub(super) async fn report(cluster: &Cluster, kind: NatKind, object: Value) -> Result<Report> {
    let entry = nat_entry::of_object(kind, &object);
    let metadata: Metadata = serde_json::from_value(object["metadata"].clone()).unwrap_or_default();
    let is_eip = kind.role() == Role::Eip;
    let eip_name = entry.eip.clone().unwrap_or_default();
    let eip = if is_eip || eip_name.is_empty() { None } else { cluster.find::<IptablesEip>("", &eip_name).await? };
    // a rule without a status has the gateway of its EIP
    let of_eip = eip.as_ref().map(|eip| eip.spec.nat_gw_dp.clone()).unwrap_or_default();
    let gateway = if entry.gateway.is_empty() { of_eip } else { entry.gateway.clone() };
    let (found, users) = tokio::join!(find_gateway(cluster, &gateway), async {
        if is_eip { Some(cluster.iptables_rules().await) } else { None }
    });
    let found = readable(found)?;
    let users = match users {
        None => None,
        Some(rules) => {
            let eip: IptablesEip = crate::cluster::rest::typed(object.clone(), kind.kind())?;
            Some(readable(rules)?.map(|rules| rules.users_of_iptables_eip(&eip)))
        }
    };
    let named = entry.named();
    let seen = Iptables {
        name: &named,
        metadata: &metadata,
        ready: object["status"]["ready"] == true,
        gateway: &gateway,
        gateway_exists: found.as_ref().ok().map(Option::is_some),
        eip: (!is_eip && !eip_name.is_empty()).then_some((eip_name.as_str(), eip.as_ref())),
        users: users.as_ref().and_then(|users| users.as_deref().ok()).unwrap_or_default(),
    };
    let problems = check::sorted(state::iptables(&seen));
    let vpc = found.as_ref().ok().and_then(Option::as_ref).map(|gateway| gateway.spec.vpc.clone()).unwrap_or_default();
    let at = match (&found, gateway.as_str()) {
        (_, "") => String::new(),
        (Ok(None), name) => format!("{name} (which does not exist)"),
        (Ok(Some(_)), name) => format!("{name} (VPC {vpc})"),
        (Err(why), name) => format!("{name} (not looked at: {why})"),
    };
    let mut lines = if is_eip {
        vec![("Subnet", entry.subnet.clone()), ("Address", entry.external_shown()), ("MAC", entry.mac.clone())]
    } else {
        let eip_shown = match &eip {
            Some(eip) if eip.status.ip.is_empty() => format!("{eip_name} (no address yet)"),
            Some(eip) => format!("{eip_name} ({})", eip.status.ip),
            None => format!("{eip_name} (which does not exist)"),
        };
        vec![("EIP", eip_shown), ("External", entry.external_shown()), ("Inside", entry.inside_shown())]
    };
    if kind.role() == Role::Dnat {
        lines.push(("Protocol", entry.ports[2].clone()));
    }
    lines.push(("Gateway", at));
    if is_eip {
        lines.push(("Counted", entry.nat.clone()));
    }
    let exists = found.as_ref().ok().map(Option::is_some);
    let data = json!({"name": gateway, "exists": exists, "vpc": vpc});
    Ok(Report {
        kind,
        ready: seen.ready,
        lines,
        data: [("gateway".to_owned(), data)].into_iter().collect::<Map<_, _>>(),
        users: users.clone(),
        ovn: None,
        problems,
        metadata: metadata.clone(),
        object,
    })
}

async fn find_gateway(cluster: &Cluster, name: &str) -> Result<Option<VpcNatGateway>> {
    if name.is_empty() {
        return Ok(None);
    }
    match cluster.find::<VpcNatGateway>("", name).await {
        Err(failure) if failure.cause == Cause::UnknownKind => Ok(None),
        found => found.map(|found| found.filter(|gateway| gateway.name() == name)),
    }
}
