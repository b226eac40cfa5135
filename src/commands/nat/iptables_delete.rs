//! Deleting EIPs and rules of gateways: rules before their EIP, an EIP in use refused, and waiting until they are gone.

use serde_json::Value;

use super::super::Context;
use super::super::leaving::Leaving;
use super::super::write::{DryRun, WriteArgs};
use super::resolve;
use crate::api::nat_kind::{NatKind, NatName, Role};
use crate::api::{IptablesEip, Metadata, Resource as _, VpcNatGateway};
use crate::check::explain;
use crate::cluster::Cluster;
use crate::cluster::rest::{Target, typed};
use crate::failure::{Cause, Exit, Failure, Result};
use crate::world::nat_entry;
use crate::world::nat_users::NatUser;

/// The names that were typed, by family.
pub(crate) struct Split {
    /// Names of OVN's family, whether they are there or not.
    pub ovn: Vec<String>,
    /// Objects of the other one.
    pub iptables: Vec<Object>,
}

/// An object of the iptables family. One whose metadata cannot be read is never deleted: its name could be anything.
pub(crate) struct Object {
    kind: NatKind,
    metadata: Metadata,
    value: Value,
}

/// Finds out which names are of the iptables family; what was typed twice is there once. A name that both families have is refused.
pub(crate) async fn split(cluster: &Cluster, role: Role, typed: &[String], ignore_not_found: bool) -> Result<Split> {
    let mut split = Split { ovn: Vec::new(), iptables: Vec::new() };
    for text in typed {
        let name = NatName::parse(text, role).map_err(Failure::usage)?;
        match name.kind {
            Some(kind) if !kind.is_iptables() => split.add(name.name),
            _ => match resolve::one(cluster, role, text).await {
                Ok((kind, object)) if kind.is_iptables() => split.add_iptables(kind, object)?,
                Ok(_) => split.add(name.name),
                Err(failure) if failure.exit == Exit::No && name.kind.is_none() => split.add(name.name),
                Err(failure) if failure.exit == Exit::No && ignore_not_found => {}
                Err(failure) => return Err(failure),
            },
        }
    }
    Ok(split)
}

impl Split {
    fn add(&mut self, name: String) {
        if !self.ovn.contains(&name) {
            self.ovn.push(name);
        }
    }

    fn add_iptables(&mut self, kind: NatKind, value: Value) -> Result<()> {
        let metadata = metadata(&value, kind)?;
        if !self.iptables.iter().any(|one| one.kind == kind && one.metadata.name == metadata.name) {
            self.iptables.push(Object { kind, metadata, value });
        }
        Ok(())
    }
}

fn metadata(object: &Value, kind: NatKind) -> Result<Metadata> {
    typed(object["metadata"].clone(), kind.kind())
}

/// The rules that use EIPs that are to be deleted; refused when there are any and they are not to go too.
pub(crate) async fn users(cluster: &Cluster, objects: &[Object], with_rules: bool) -> Result<Vec<Vec<NatUser>>> {
    if objects.iter().all(|object| object.kind.role() != Role::Eip) {
        return Ok(vec![Vec::new(); objects.len()]);
    }
    let rules = cluster.iptables_rules().await?;
    let mut all = Vec::new();
    for Object { kind, value, .. } in objects {
        let eip: IptablesEip = typed(value.clone(), kind.kind())?;
        let users = rules.users_of_iptables_eip(&eip);
        if !users.is_empty() && !with_rules {
            let name = eip.name();
            let told: Vec<String> = users.iter().map(|user| format!("  {} {}", user.named(), user.how)).collect();
            let message = format!("iptables-eip/{name} is in use, nothing was deleted\n{}", told.join("\n"));
            return Err(Failure::no(message)
                .hint(format!("kubectl ko eip delete iptables-eip/{name} --with-rules deletes the rules first")));
        }
        all.push(users);
    }
    Ok(all)
}

/// Deletes the objects, the rules of an EIP before it.
pub(crate) async fn delete(
    context: &Context<'_>,
    objects: &[Object],
    users: &[Vec<NatUser>],
    write: &WriteArgs,
) -> Result<()> {
    let mut done: Vec<String> = Vec::new();
    for (at, Object { kind, metadata, value }) in objects.iter().enumerate() {
        let entry = nat_entry::of_object(*kind, value);
        gateway_gone(context, &entry.named(), &entry.gateway).await?;
        let rules = users.get(at).into_iter().flatten();
        let rules = rules.map(|user| (user.kind, &user.metadata, true));
        for (kind, metadata, is_rule) in rules.chain([(*kind, metadata, false)]) {
            // the EIP goes only behind its rules: they are waited for
            let waits = WriteArgs { wait: write.wait || is_rule, ..write.clone() };
            one(context, kind, metadata, &entry.gateway, &waits).await.map_err(|failure| match done.as_slice() {
                [] => failure,
                done => failure.once_written(&format!("{} deleted", done.join(", "))),
            })?;
            done.push(kind.named(&metadata.name));
            let printed = kind.kind().printed(&metadata.name);
            let line = format!(
                "{} \"{}\" deleted{}",
                kind.kind().printed("").trim_end_matches('/'),
                metadata.name,
                write.suffix()
            );
            context.ui.line(if write.format()?.is_table() { &line } else { &printed })?;
        }
    }
    Ok(())
}

/// Without its gateway the controller has no pod to take anything from; that is worth knowing, and no hindrance.
async fn gateway_gone(context: &Context<'_>, name: &str, gateway: &str) -> Result<()> {
    if gateway.is_empty() {
        return Ok(());
    }
    match context.cluster().await?.find::<VpcNatGateway>("", gateway).await {
        Ok(None) => {
            context.ui.warning(&format!("{name} is of gateway {gateway}, which is gone: nothing carried it out"));
        }
        Err(failure) if ![Cause::UnknownKind, Cause::Forbidden].contains(&failure.cause) => return Err(failure),
        _ => {}
    }
    Ok(())
}

async fn one(
    context: &Context<'_>,
    kind: NatKind,
    metadata: &Metadata,
    gateway: &str,
    write: &WriteArgs,
) -> Result<()> {
    if write.dry_run == DryRun::Client {
        return Ok(());
    }
    let cluster = context.cluster().await?;
    let named = kind.named(&metadata.name);
    let target = Target::one(kind.kind(), "", &metadata.name);
    let dry_run = write.dry_run == DryRun::Server;
    match cluster.delete(target, &metadata.uid, dry_run).await {
        Err(failure) if failure.cause == Cause::Conflict => {
            return Err(Failure::no(format!(
                "{named} was deleted and made anew by somebody else meanwhile; the new one was left alone"
            )));
        }
        other => other?,
    };
    if dry_run || !write.wait {
        return Ok(());
    }
    let _line = context.ui.waiting(format!("waiting for {named} to go"));
    let Some(now) = cluster.get(target).await? else { return Ok(()) };
    let now = self::metadata(&now, kind).map_err(|failure| failure.once_written(&format!("{named} was deleted")))?;
    if now.uid != metadata.uid {
        return Ok(());
    }
    let since = now.deletion_timestamp.clone().unwrap_or_default();
    // Kube-OVN: pkg/controller/controller.go, the names of the work queues
    let queue = match kind.role() {
        Role::Eip => "update iptables eip",
        Role::Fip => "update iptables fip",
        Role::Snat => "update iptables snat rule",
        Role::Dnat => "update iptables dnat rule",
    };
    let waited = cluster.wait_gone(target, &since, &[queue], write.timeout).await?;
    let look = format!("kubectl ko {} show {named}", kind.role().noun());
    let leaving = Leaving { named: &named, finalizers: &now.finalizers, look: &look };
    leaving.ended(&waited, |sentence| explain::gateway(sentence, gateway, &look))
}
