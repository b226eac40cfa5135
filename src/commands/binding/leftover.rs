//! A rule that is deleted before the controller is through with it may leave its row behind, and has no status that says which
//! (docs/kube-ovn-behaviour.md): looked for by what the rule asks for.

use super::super::Context;
use crate::api::{Ip, OvnEip, Subnet, Vip};
use crate::cluster::Cluster;
use crate::failure::{Exit, Failure, Result};
use crate::ovn::northbound::Northbound;
use crate::world::nat_rows::{balancer_of, own_row};
use crate::world::nat_rule::NatRule;

/// Ends well only where OVN has nothing of a rule that is gone and had no status. `silent`: the controller had not worked on it, so
/// that it may yet do so.
pub(super) async fn look(context: &Context<'_>, rule: &NatRule, silent: bool) -> Result<()> {
    let cluster = context.cluster().await?;
    let named = rule.named();
    let would = as_written(cluster, rule).await?;
    let northbound = match &would {
        Some(would) => Some(cluster.rows_of(&[would]).await),
        None => None,
    };
    match (&would, northbound) {
        (Some(would), Some(Ok(northbound))) if has(would, &northbound) && !is_anothers(cluster, would).await? => {
            let message = format!(
                "{named} is deleted, but OVN has its row: kube-ovn-controller was not through with it, and leaves it there"
            );
            return Err(Failure::new(Exit::Incomplete, message).hint(removes(would)));
        }
        (_, Some(Err(failure))) => {
            context.ui.warning(&format!("{named} is deleted; OVN was not looked at: {}", failure.reason()));
        }
        _ => {}
    }
    if !silent {
        return Ok(());
    }
    let message = format!(
        "{named} is deleted; kube-ovn-controller had done nothing with it, and may yet write its row when it works again"
    );
    let router = would.as_ref().map_or("VPC", |would| would.status().vpc.as_str());
    let list = if matches!(rule, NatRule::Dnat(_)) { "lr-lb-list" } else { "lr-nat-list" };
    let mut failure = Failure::new(Exit::Unproven, message)
        .hint(super::super::leaving::CONTROLLER)
        .hint(format!("kubectl ko nbctl {list} {router} shows the row, once the controller is back"));
    if let Some(would) = &would {
        failure = failure.hint(format!("{} then takes it away", removes(would)));
    }
    Err(failure)
}

fn has(rule: &NatRule, northbound: &Northbound) -> bool {
    own_row(rule, northbound).is_some() || balancer_of(rule, northbound).is_some()
}

/// Whether a rule that is there has the very same row, as two SNATs of one source and EIP have.
async fn is_anothers(cluster: &Cluster, rule: &NatRule) -> Result<bool> {
    let all = cluster.rules_and_makers(rule.kind()).await?;
    let same = |one: &NatRule| {
        let (theirs, mine) = (one.status(), rule.status());
        theirs.vpc == mine.vpc
            && theirs.v4_eip == mine.v4_eip
            && one.inside_addresses().eq(rule.inside_addresses())
            && (one.name() == rule.name() || !matches!(rule, NatRule::Dnat(_)))
    };
    Ok(all.iter().any(|(one, _)| same(one)))
}

/// The command that takes the row of a rule away.
fn removes(rule: &NatRule) -> String {
    let status = rule.status();
    match rule {
        NatRule::Fip(_) => format!("kubectl ko nbctl lr-nat-del {} dnat_and_snat {}", status.vpc, status.v4_eip),
        NatRule::Snat(_) => format!("kubectl ko nbctl lr-nat-del {} snat {}", status.vpc, status.v4_ip_cidr),
        NatRule::Dnat(_) => format!("kubectl ko nbctl lb-del {}", rule.name()),
    }
}

/// The rule with the status that the controller would write; `None` where it would not get that far.
async fn as_written(cluster: &Cluster, rule: &NatRule) -> Result<Option<NatRule>> {
    let Some(eip) = cluster.find::<OvnEip>("", rule.eip()).await? else { return Ok(None) };
    let (mut vpc, mut inside, mut subnet) = (String::new(), String::new(), String::new());
    match rule {
        NatRule::Snat(snat) if !snat.spec.v4_ip_cidr.is_empty() => {
            (vpc, inside) = (snat.spec.vpc.clone(), snat.spec.v4_ip_cidr.clone());
        }
        NatRule::Snat(snat) if !snat.spec.vpc_subnet.is_empty() => subnet.clone_from(&snat.spec.vpc_subnet),
        NatRule::Snat(snat) => {
            let Some(ip) = cluster.find::<Ip>("", &snat.spec.ip_name).await? else { return Ok(None) };
            (inside, subnet) = (ip.spec.v4_ip_address, ip.spec.subnet);
        }
        NatRule::Fip(_) | NatRule::Dnat(_) => {
            let Some(target) = rule.target() else { return Ok(None) };
            if target.ip_name.is_empty() {
                (vpc, inside) = (target.vpc.clone(), target.v4_ip.clone());
            } else if target.ip_type == "vip" {
                let Some(vip) = cluster.find::<Vip>("", &target.ip_name).await? else { return Ok(None) };
                (inside, subnet) = (vip.status.v4_ip, vip.spec.subnet);
            } else {
                let Some(ip) = cluster.find::<Ip>("", &target.ip_name).await? else { return Ok(None) };
                (inside, subnet) = (ip.spec.v4_ip_address, ip.spec.subnet);
            }
        }
    }
    if !subnet.is_empty() {
        let Some(subnet) = cluster.find::<Subnet>("", &subnet).await? else { return Ok(None) };
        if inside.is_empty() {
            subnet.spec.cidr_block.split(',').next().unwrap_or_default().clone_into(&mut inside);
        }
        vpc = subnet.spec.vpc;
    }
    if vpc.is_empty() || inside.is_empty() || eip.status.v4_ip.is_empty() {
        return Ok(None);
    }
    let mut written = rule.clone();
    match &mut written {
        NatRule::Fip(fip) => (fip.status.vpc, fip.status.v4_eip, fip.status.v4_ip) = (vpc, eip.status.v4_ip, inside),
        NatRule::Snat(snat) => {
            (snat.status.vpc, snat.status.v4_eip, snat.status.v4_ip_cidr) = (vpc, eip.status.v4_ip, inside);
        }
        NatRule::Dnat(dnat) => {
            let (external, internal) = (dnat.spec.external_port.clone(), dnat.spec.internal_port.clone());
            (dnat.status.vpc, dnat.status.v4_eip, dnat.status.v4_ip) = (vpc, eip.status.v4_ip, inside);
            (dnat.status.external_port, dnat.status.internal_port) = (external, internal);
        }
    }
    Ok(Some(written))
}
