//! The rows of NAT rules: is there exactly what was asked, on the right router, and does nobody else lose theirs?

use crate::oracle::address::{canonical, within};
use crate::oracle::rules::case::Case;
use crate::oracle::rules::judge::{Not, broken, harms, maybe_broken};
use crate::oracle::rules::north::North;
use crate::oracle::rules::stage::{Look, leaving};
use crate::oracle::tools::text;
use crate::oracle::world::done;
use serde_json::Value;

/// What a rule asks for.
pub(crate) struct Asked {
    pub(crate) vpc: String,
    pub(crate) external: String,
    /// Address, or for SNAT the source.
    pub(crate) inside: Vec<String>,
}

/// Resolves what the manifest names.
pub(crate) fn asked(case: &Case, look: &Look) -> Result<Asked, Not> {
    let eip = look.get("OvnEip", case.asked("ovnEip"));
    if eip.is_some_and(leaving) {
        return broken(format!("EIP {} is being deleted", case.asked("ovnEip")));
    }
    let external = eip.map_or("", |eip| text(eip, "/status/v4Ip")).to_owned();
    let snat = case.kind.api == "OvnSnatRule";
    let (name, subnet) = (case.asked("ipName"), case.asked("vpcSubnet"));
    let raw: Vec<String> = if snat { ["v4IpCidr", "v6IpCidr"] } else { ["v4Ip", "v6Ip"] }
        .into_iter()
        .map(|field| case.asked(field).to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    let forms = usize::from(!name.is_empty()) + usize::from(!subnet.is_empty()) + usize::from(!raw.is_empty());
    let (vpc, inside) = if !name.is_empty() && (!snat || raw.is_empty() && subnet.is_empty()) {
        let kind = if case.asked("ipType") == "vip" { "Vip" } else { "IP" };
        let Some(target) = look.get(kind, name) else { return broken(format!("{kind} {name} does not exist")) };
        let inside = super::address::addresses(target);
        if inside.is_empty() || kind == "Vip" && text(target, "/status/mac").is_empty() {
            return broken(format!("{kind} {name} has no address"));
        }
        (look.vpc(text(target, "/spec/subnet")).to_owned(), inside)
    } else if !subnet.is_empty() && raw.is_empty() {
        let block = look.get("Subnet", subnet).map_or("", |one| text(one, "/spec/cidrBlock"));
        (look.vpc(subnet).to_owned(), block.split(',').map(str::to_owned).collect())
    } else {
        (case.asked("vpc").to_owned(), raw.clone())
    };
    if forms > 1 {
        let same =
            raw.iter().all(|one| inside.iter().any(|other| canonical(one) == canonical(other))) && subnet.is_empty();
        let why = "two ways to say the same: the controller takes one and says nothing";
        return if same && !snat { maybe_broken(why) } else { broken(why) };
    }
    if !case.asked("vpc").is_empty() && case.asked("vpc") != vpc {
        return broken(format!("spec.vpc {} was ignored: the target is in {vpc}", case.asked("vpc")));
    }
    Ok(Asked { vpc, external, inside })
}

fn family(address: &str) -> bool {
    address.contains(':')
}

/// Are the rule's rows as asked?
pub(crate) fn judge(case: &Case, object: &Value, look: &Look) -> Result<(), Not> {
    let asked = asked(case, look)?;
    let Some(router) = look.north.routers.get(&asked.vpc) else { return broken(format!("no router {}", asked.vpc)) };
    let fits: Vec<&String> = asked.inside.iter().filter(|one| family(one) == family(&asked.external)).collect();
    let [inside] = fits.as_slice() else {
        return broken(format!("{} is of another family than {}", asked.external, asked.inside.join(",")));
    };
    let other = ["v4Ip", "v6Ip", "v4IpCidr", "v6IpCidr"].into_iter().find(|field| {
        let given = case.asked(field);
        !given.is_empty() && family(given) != family(&asked.external)
    });
    if let Some(field) = other {
        return broken(format!("spec.{field} has no row: {} is of another family", asked.external));
    }
    if case.kind.api == "OvnDnatRule" {
        return balancer(case, &asked, inside, look);
    }
    let kind = if case.kind.api == "OvnFip" { "dnat_and_snat" } else { "snat" };
    let same = |nat: &&super::north::Nat| {
        nat.kind == kind
            && if kind == "snat" {
                canonical(&nat.logical) == canonical(inside)
            } else {
                nat.external == asked.external
            }
    };
    let rows: Vec<_> = router.nats.iter().filter(same).collect();
    let [row] = rows.as_slice() else {
        return broken(format!("{} rows of {} on router {}", rows.len(), asked.external, asked.vpc));
    };
    if row.external != asked.external || canonical(&row.logical) != canonical(inside) {
        return broken(format!("the row says {} {} {}", row.kind, row.external, row.logical));
    }
    if kind == "dnat_and_snat" {
        if row.stateless != (case.asked("type") == "distributed") {
            return broken(format!("type {:?}, but the row is stateless={}", case.asked("type"), row.stateless));
        }
        if !matches!(case.asked("type"), "" | "distributed" | "centralized") {
            return maybe_broken(format!("type {:?} is none", case.asked("type")));
        }
        let v4 = text(object, "/status/v4Ip");
        if canonical(v4) != canonical(inside) {
            return broken(format!("the status says {v4}"));
        }
    }
    let equal = |nat: &&super::north::Nat| within(&nat.logical, inside) && within(inside, &nat.logical);
    if kind == "snat" && router.nats.iter().filter(|nat| nat.kind == kind).filter(equal).count() > 1 {
        return harms(format!("another row has the source {inside} too"));
    }
    elsewhere(&asked, look)
}

/// Does another router answer for the EIP?
fn elsewhere(asked: &Asked, look: &Look) -> Result<(), Not> {
    let answers = |router: &super::north::Router| {
        router.nats.iter().any(|nat| nat.external == asked.external)
            || router.balancers.iter().any(|one| one.vips.keys().any(|vip| host(vip) == asked.external))
    };
    match look.north.routers.iter().find(|(name, router)| **name != asked.vpc && answers(router)) {
        Some((name, _)) => harms(format!("router {name} answers for {} too", asked.external)),
        None => Ok(()),
    }
}

/// A load balancer of somebody else has the rule's name.
pub(crate) fn name_taken(case: &Case, before: &Look) -> Result<(), Not> {
    let same = |one: &&super::north::Balancer| one.name == case.name;
    let used = before.north.routers.values().flat_map(|router| &router.balancers).any(|one| same(&one));
    let full = before.north.balancers.iter().find(same).is_some_and(|one| !one.vips.is_empty());
    let of_vpc = before.objects.values().any(|one| {
        let status = one.get("status").and_then(Value::as_object).into_iter().flatten();
        text(one, "/kind") == "Vpc" && status.into_iter().any(|(_, value)| value == case.name.as_str())
    });
    if case.kind.api == "OvnDnatRule" && (used || full || of_vpc) {
        return harms(format!("load balancer {} is somebody else's", case.name));
    }
    Ok(())
}

fn host(vip: &str) -> &str {
    vip.rsplit_once(':').map_or(vip, |(host, _)| host)
}

fn balancer(case: &Case, asked: &Asked, inside: &str, look: &Look) -> Result<(), Not> {
    let (external, internal) = (case.asked("externalPort"), case.asked("internalPort"));
    let (vip, backend) = (format!("{}:{external}", asked.external), format!("{inside}:{internal}"));
    let Some(router) = look.north.routers.get(&asked.vpc) else { return broken(format!("no router {}", asked.vpc)) };
    let Some(own) = router.balancers.iter().find(|one| one.name == case.name) else {
        return broken(format!("no load balancer {} on router {}", case.name, asked.vpc));
    };
    if own.vips.get(&vip) != Some(&backend) {
        return broken(format!("the load balancer says {:?}", own.vips));
    }
    if own.protocol != case.asked("protocol") {
        return harms(format!("the load balancer is {}", own.protocol));
    }
    for port in [external, internal] {
        match port.parse::<u16>() {
            Ok(number) if number > 0 && number.to_string() == port => {}
            Ok(number) if number > 0 => return maybe_broken(format!("{port:?} is an odd way to write {number}")),
            _ => return broken(format!("{port:?} is no port")),
        }
    }
    if own.vips.len() > 1 {
        return harms(format!("load balancer {} is somebody else's too", case.name));
    }
    let twin = |one: &&super::north::Balancer| {
        one.name != case.name && one.protocol == own.protocol && one.vips.contains_key(&vip)
    };
    match router.balancers.iter().find(twin) {
        Some(twin) => harms(format!("{} has {vip} too: one of the two serves every connection", twin.name)),
        None => elsewhere(asked, look),
    }
}

/// The row of a rule by its status: what it is, for a sentence; none when it has none.
pub(crate) fn own(object: &Value, north: &North) -> Option<String> {
    let at = |field: &str| text(object, &format!("/status/{field}"));
    let router = north.routers.get(at("vpc"))?;
    match text(object, "/kind") {
        "OvnDnatRule" => {
            let name = text(object, "/metadata/name");
            let vip = format!("{}:{}", at("v4Eip"), at("externalPort"));
            let one = router.balancers.iter().find(|one| one.name == name && one.vips.contains_key(&vip))?;
            Some(format!("{name} {} {vip} {}", one.protocol, one.vips.get(&vip)?))
        }
        kind @ ("OvnFip" | "OvnSnatRule") => {
            let (kind, inside) =
                if kind == "OvnFip" { ("dnat_and_snat", at("v4Ip")) } else { ("snat", at("v4IpCidr")) };
            let same = |nat: &&super::north::Nat| {
                nat.kind == kind && nat.external == at("v4Eip") && canonical(&nat.logical) == canonical(inside)
            };
            router.nats.iter().find(same).map(|nat| format!("{kind} {} {}", nat.external, nat.logical))
        }
        _ => None,
    }
}

/// What a rule or load balancer of the case's setup has lost.
pub(crate) fn lost(object: &Value, case: &Case, before: &Look, look: &Look) -> Option<String> {
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    let was = before.get(kind, name).filter(|_| (kind, name) != (case.kind.api, case.name.as_str()))?;
    if leaving(was) || !done(was) {
        return None;
    }
    let row = own(was, &before.north)?;
    (own(was, &look.north).as_ref() != Some(&row)).then(|| format!("the row {row} of {kind} {name}"))
}

/// A rule of the setup that uses an EIP which is gone.
pub(crate) fn user_left(case: &Case, look: &Look) -> Option<String> {
    if case.kind.api != "OvnEip" || look.objects.contains_key(&case.key()) {
        return None;
    }
    let uses = |object: &&Value| {
        text(object, "/spec/ovnEip") == case.name
            && look.get(text(object, "/kind"), text(object, "/metadata/name")).is_some()
    };
    // an EIP that is created with a given address lacks the finalizer: that is so before an edit, and not its doing
    case.setup.iter().find(uses).map(|one| format!("{} {}", text(one, "/kind"), text(one, "/metadata/name")))
}

/// A row that came with the rule and stays when it is gone.
pub(crate) fn left(case: &Case, before: &Look, made: &Look, deleted: &Look) -> Option<String> {
    if matches!(case.kind.api, "IP" | "OvnEip") || deleted.objects.contains_key(&case.key()) {
        return None;
    }
    if case.kind.api == "OvnDnatRule" {
        let external = format!(
            "{}:{}",
            made.get("OvnEip", case.asked("ovnEip")).map_or("", |eip| text(eip, "/status/v4Ip")),
            case.asked("externalPort")
        );
        let has = |look: &Look| {
            look.north.balancers.iter().any(|one| one.name == case.name && one.vips.contains_key(&external))
        };
        return (has(deleted) && !has(before)).then(|| format!("load balancer {} with {external}", case.name));
    }
    let external = made.get("OvnEip", case.asked("ovnEip")).map_or("", |eip| text(eip, "/status/v4Ip"));
    let rows = |look: &Look| -> Vec<String> {
        let nats = look.north.routers.iter().flat_map(|(name, router)| router.nats.iter().map(move |nat| (name, nat)));
        nats.filter(|(_, nat)| nat.external == external)
            .map(|(name, nat)| format!("{name} {} {} {}", nat.kind, nat.external, nat.logical))
            .collect()
    };
    let (old, new) = (rows(before), rows(made));
    rows(deleted).into_iter().find(|row| new.contains(row) && !old.contains(row)).map(|row| format!("the row {row}"))
}
