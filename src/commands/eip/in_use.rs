//! Who needs an EIP that is to be deleted: rules, the router whose address it is, or VPCs whose way out a node's EIP is.

use crate::api::{EipType, OvnEip, Resource as _, Subnet, Vpc};
use crate::cluster::Cluster;
use crate::cluster::rest::Select;
use crate::commands::write::DryRun;
use crate::failure::{Failure, Result};
use crate::plan::bind::users;
use crate::world::lsp_users::{may_route, vpcs_over};
use crate::world::nat_rule::NatRule;

/// What is told instead of a deletion that would take an address from rules.
pub(super) fn refused(eip: &OvnEip, users: &[&NatRule]) -> Failure {
    let name = eip.name();
    let told: Vec<String> = users
        .iter()
        .map(|rule| {
            let going = if rule.metadata().is_terminating() { ", being deleted" } else { "" };
            format!("  {}: {}{going}", rule.named(), rule.leads_to())
        })
        .collect();
    Failure::no(format!("oeip/{name} is in use, nothing was deleted\n{}", told.join("\n")))
        .hint(format!("kubectl ko eip delete {name} --with-rules deletes the rules first"))
        .hint(format!("kubectl ko eip unbind {name} --all keeps the EIP"))
}

/// Refuses what somebody bound since it was looked at. A dry run on the server has left the rules where they were.
pub(super) async fn look_again(cluster: &Cluster, eip: &OvnEip, dry_run: DryRun) -> Result<()> {
    if dry_run != DryRun::None {
        return Ok(());
    }
    let rules = cluster.all_rules().await?;
    let since: Vec<String> =
        users(eip, &rules).iter().map(|rule| format!("  {}: {}", rule.named(), rule.leads_to())).collect();
    if since.is_empty() {
        return Ok(());
    }
    let name = eip.name();
    Err(Failure::no(format!(
        "oeip/{name} is in use since it was looked at, so it was left alone\n{}",
        since.join("\n")
    ))
    .hint(format!("kubectl ko eip show {name}")))
}

/// Refuses an EIP that is the way out of a VPC, by its type.
pub(super) async fn no_way_out(cluster: &Cluster, eip: &OvnEip) -> Result<()> {
    match eip.kind() {
        Some(EipType::Lrp) => not_a_routers(cluster, eip).await,
        Some(EipType::Lsp) => not_a_nodes(cluster, eip).await,
        _ => Ok(()),
    }
}

/// The EIP of a router's own port: deleting it cuts the VPC off, and nothing makes it anew.
async fn not_a_routers(cluster: &Cluster, eip: &OvnEip) -> Result<()> {
    let name = eip.name();
    let vpcs = cluster.list::<Vpc>(None, Select::default()).await?;
    let of = |vpc: &&Vpc| vpc.spec.enable_external && name == format!("{}-{}", vpc.name(), eip.subnet());
    let Some(vpc) = vpcs.iter().find(of) else { return Ok(()) };
    let vpc = vpc.name();
    let message = format!(
        "oeip/{name} is the address of router {vpc} on subnet {}, nothing was deleted: the VPC would lose its way out, and the controller does not make it anew",
        eip.subnet()
    );
    Err(Failure::no(message).hint(format!(
        "kubectl patch vpc {vpc} --type=merge -p '{{\"spec\":{{\"enableExternal\":false}}}}' takes the VPC off all external networks, and this EIP with that"
    )))
}

/// The EIP of a node that VPCs send their traffic over: what is routed there is lost, and BFD sees that only where it is on.
async fn not_a_nodes(cluster: &Cluster, eip: &OvnEip) -> Result<()> {
    let vpcs = cluster.list::<Vpc>(None, Select::default()).await?;
    let subnets =
        if vpcs.iter().any(may_route) { cluster.list::<Subnet>(None, Select::default()).await? } else { Vec::new() };
    let over = vpcs_over(eip, &vpcs, &subnets);
    let Some(first) = over.first() else { return Ok(()) };
    let name = eip.name();
    let told: Vec<String> = over.iter().map(|over| format!("  vpc/{}: {}", over.vpc, over.how)).collect();
    let message =
        format!("oeip/{name} is a node's own, and the way out of VPCs; nothing was deleted\n{}", told.join("\n"));
    Err(Failure::no(message)
        .hint(format!("kubectl edit vpc {} takes what leads there out of its spec", first.vpc))
        .hint(format!("kubectl delete ovn-eip {name} deletes it all the same")))
}
