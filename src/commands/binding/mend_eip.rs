//! An EIP whose status the controller lost: written again from its spec, or, where that right is missing and nobody uses it, made
//! anew (docs/kube-ovn-behaviour.md).

use serde_json::json;

use super::super::Context;
use super::super::write::WriteArgs;
use super::eip::create;
use crate::api::{OvnEip, Resource as _, names};
use crate::check::nat::eip::EipIntent;
use crate::cluster::Cluster;
use crate::cluster::leader::Waited;
use crate::cluster::rest::PatchType;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan::bind;

/// How often the status is written again: the controller, which writes it in several steps, may be between two of them.
const ATTEMPTS: usize = 5;

/// The EIP as it is now, when its status is lost. `waited` says that the controller had its time: until then only one that it called
/// ready is lost, any other may be written in the next moment.
pub(super) async fn lost(cluster: &Cluster, eip: &OvnEip, waited: bool) -> Result<Option<OvnEip>> {
    let now = cluster.find::<OvnEip>("", eip.name()).await?;
    let is_lost = |now: &OvnEip| {
        now.metadata.uid == eip.metadata.uid && (now.lost_status() || waited && now.may_have_lost_status())
    };
    Ok(now.filter(is_lost))
}

/// Brings it back, with the address that the controller keeps for it.
pub(super) async fn mend(
    context: &Context<'_>,
    cluster: &Cluster,
    eip: &OvnEip,
    args: &WriteArgs,
) -> Result<Waited<OvnEip>> {
    let name = eip.name();
    let mut eip = eip.clone();
    for attempt in 0..ATTEMPTS {
        match write_again(cluster, &eip).await {
            Ok(()) if attempt == 0 => {
                let note = format!("oeip/{name}: the controller lost its status, which is written again from its spec");
                context.ui.note(&note);
            }
            Ok(()) => {}
            Err(failure) if failure.cause == Cause::Conflict => {}
            Err(failure) if failure.cause == Cause::Forbidden => {
                unused(cluster, &eip, &failure).await?;
                context.ui.note(&format!("oeip/{name}: the controller lost its status; it is made anew"));
                return again(cluster, &eip, args).await;
            }
            Err(failure) => return Err(failure.during(format_args!("the controller lost the status of oeip/{name}"))),
        }
        match cluster.wait_eip(&eip, args.timeout).await? {
            Waited::Done(now) if !now.has_address() => eip = now,
            waited => return Ok(waited),
        }
    }
    Ok(Waited::Silent("the controller lost its status again and again".to_owned()))
}

/// What the controller itself would have written (Kube-OVN: `pkg/controller/ovn_eip.go`, `patchOvnEipStatus`). Somebody who wrote
/// meanwhile comes first.
async fn write_again(cluster: &Cluster, eip: &OvnEip) -> Result<()> {
    let spec = &eip.spec;
    let kind = if spec.kind.is_empty() { "nat" } else { &spec.kind };
    let status = json!({
        "metadata": {"resourceVersion": eip.metadata.resource_version},
        "status": {"v4Ip": spec.v4_ip, "v6Ip": spec.v6_ip, "macAddress": spec.mac_address, "type": kind, "ready": true},
    });
    let target = Cluster::eip(eip.name());
    cluster.patch(target.subresource("status"), PatchType::Merge, &status, false).await?;
    if eip.metadata.label(names::LABEL_SUBNET).is_empty() {
        let labels = json!({"metadata": {"labels": {
            names::LABEL_SUBNET: spec.external_subnet, names::LABEL_EIP_TYPE: kind,
            names::LABEL_EIP_V4: spec.v4_ip, names::LABEL_EIP_V6: spec.v6_ip,
        }}});
        cluster.patch(target, PatchType::Merge, &labels, false).await?;
    }
    Ok(())
}

/// Whether nobody uses it; else who does, and what whoever may write the status has to run.
async fn unused(cluster: &Cluster, eip: &OvnEip, forbidden: &Failure) -> Result<()> {
    let rules = cluster.all_rules().await?;
    let users: Vec<String> = bind::users(eip, &rules).into_iter().map(crate::world::nat_rule::NatRule::named).collect();
    if users.is_empty() {
        return Ok(());
    }
    let name = eip.name();
    let message = format!(
        "the controller lost the status of oeip/{name}, it cannot be written again ({}), and {} use it, so it cannot be made anew either",
        forbidden.reason(),
        crate::output::joined(&users, 4)
    );
    Err(Failure::new(Exit::Unproven, message).hint(format!(
        "kubectl ko eip create {name} --subnet {} as somebody who may patch ovn-eips/status mends it",
        eip.subnet()
    )))
}

/// Makes it anew under the same address; nobody uses it.
async fn again(cluster: &Cluster, eip: &OvnEip, args: &WriteArgs) -> Result<Waited<OvnEip>> {
    let name = eip.name();
    let left = |failure: Failure| failure.ending(Exit::Incomplete).once_written(&format!("oeip/{name}"));
    cluster.delete(Cluster::eip(name), &eip.metadata.uid, false).await.map_err(left)?;
    let Waited::Gone = cluster.wait_gone(Cluster::eip(name), "", &[], args.timeout).await.map_err(left)? else {
        let known = "the controller lost its status, and does not let it go".to_owned();
        return Ok(Waited::Silent(known));
    };
    let mut intent = EipIntent { name: name.to_owned(), spec: eip.spec.clone(), ..EipIntent::default() };
    intent.spec.mac_address.clear();
    intent.spec.v6_ip.clear();
    // one with an address of its own choice gets none from the controller
    intent.finalizers.push(names::FINALIZER.to_owned());
    let (eip, _) = create(cluster, &intent).await.map_err(left)?;
    cluster.wait_eip(&eip, args.timeout).await.map_err(left)
}
