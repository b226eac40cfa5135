//! An EIP that is wanted: created where it is not there, and waited for.

use serde_json::{Value, json};

use super::super::Context;
use super::super::arriving::{ADDRESS, Arriving, gone};
use super::super::write::WriteArgs;
use super::mend_eip;
use crate::api::{EipType, OvnEip, Resource as _, names};
use crate::check::explain;
use crate::check::nat::eip::{EipIntent, to_manifest};
use crate::check::nat::eip_differences;
use crate::cluster::leader::Waited;
use crate::cluster::rest::PatchType;
use crate::cluster::{Cluster, rest};
use crate::failure::{Cause, Exit, Failure, Result};

/// How long kube-ovn-cni may take to set up a node's own EIP before that is told.
const NODE: std::time::Duration = std::time::Duration::from_secs(5);

/// How often an EIP that others write to is written.
const HOLDS: usize = 5;

/// Creates an EIP. Somebody who was faster with the very same is no error; the second value says whether it was there.
pub(in super::super) async fn create(cluster: &Cluster, intent: &EipIntent) -> Result<(OvnEip, bool)> {
    match cluster.create(Cluster::eip(&intent.name), &to_manifest(intent), false).await {
        Ok(created) => Ok((rest::typed(created, OvnEip::KIND)?, false)),
        Err(failure) if failure.cause == Cause::AlreadyExists => {
            let Some(eip) = cluster.find::<OvnEip>("", &intent.name).await? else { return Err(failure) };
            same(&eip, intent)?;
            Ok((eip, true))
        }
        Err(failure) => Err(failure),
    }
}

/// Whether the EIP that is there is the one wanted.
pub(in super::super) fn same(eip: &OvnEip, intent: &EipIntent) -> Result<()> {
    let differences: Vec<String> = eip_differences(eip, intent).iter().map(ToString::to_string).collect();
    if differences.is_empty() {
        return Ok(());
    }
    let name = eip.name();
    let message = format!("oeip/{name} is there already and differs, nothing was written: {}", differences.join("; "));
    Err(Failure::new(Exit::Refused, message)
        .hint(format!("kubectl get ovn-eip {name}"))
        .hint("choose another name, or delete it and create it anew: an EIP does not change"))
}

/// Whether an EIP that is there lacks the finalizer that was asked for with its address: without it it goes while rules use it.
pub(in super::super) fn lacks_hold(eip: &OvnEip, intent: &EipIntent) -> bool {
    let held = |one: &String| names::is_own_finalizer(one);
    intent.finalizers.iter().any(held) && !eip.metadata.is_terminating() && !eip.metadata.finalizers.iter().any(held)
}

/// Gives it that finalizer. Somebody who wrote meanwhile comes first: it is looked at again.
pub(in super::super) async fn hold(cluster: &Cluster, eip: &OvnEip, intent: &EipIntent, dry_run: bool) -> Result<()> {
    let name = eip.name();
    let mut now = eip.clone();
    for _ in 0..HOLDS {
        let finalizers: Vec<&String> = now.metadata.finalizers.iter().chain(&intent.finalizers).collect();
        let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": now.metadata.resource_version}});
        match cluster.patch(Cluster::eip(name), PatchType::Merge, &patch, dry_run).await {
            Err(failure) if failure.cause == Cause::Conflict => {}
            done => {
                let why = format!("oeip/{name} has no finalizer of Kube-OVN's, so it goes while rules use it");
                return done.map(drop).map_err(|failure| failure.during(why));
            }
        }
        let Some(again) = cluster.find::<OvnEip>("", name).await? else { return Err(gone(&format!("oeip/{name}"))) };
        if again.metadata.uid != eip.metadata.uid || !lacks_hold(&again, intent) {
            return Ok(());
        }
        now = again;
    }
    Err(Failure::no(format!("oeip/{name} is written to all the time; it has no finalizer of Kube-OVN's"))
        .hint("the same command again"))
}

/// Waits until an EIP has its address; else says why not, in the controller's words and in plain ones.
pub(in super::super) async fn ready(context: &Context<'_>, eip: &OvnEip, args: &WriteArgs) -> Result<OvnEip> {
    let name = eip.name();
    let cluster = context.cluster().await?;
    let named = format!("oeip/{name}");
    let arriving = Arriving { named: &named, lacks: ADDRESS, look: None };
    let given = if eip.has_address() && (eip.status.ready || eip.kind() == Some(EipType::Lsp)) {
        Waited::Done(eip.clone())
    } else {
        let _line = context.ui.waiting(format!("waiting for oeip/{name} to get an address"));
        cluster.wait_eip(eip, args.timeout).await.map_err(|failure| arriving.unwatched(failure))?
    };
    let given = match &given {
        Waited::Done(now) if !now.has_address() => Box::pin(mended(context, now, false, args)).await?.unwrap_or(given),
        Waited::Said(_) | Waited::Silent(_) | Waited::Unheard(_) => {
            Box::pin(mended(context, eip, true, args)).await?.unwrap_or(given)
        }
        Waited::Done(_) | Waited::Gone => given,
    };
    let eip = arriving.ended(given, |sentence| explain::eip(sentence, &eip.spec.external_subnet, name))?;
    if eip.kind() == Some(EipType::Lsp) && !eip.status.ready {
        return on_node(context, &eip, args).await;
    }
    Ok(eip)
}

/// What became of an EIP whose status the controller had lost; `None` when it had not.
async fn mended(context: &Context<'_>, eip: &OvnEip, waited: bool, args: &WriteArgs) -> Result<Option<Waited<OvnEip>>> {
    let cluster = context.cluster().await?;
    match mend_eip::lost(cluster, eip, waited).await? {
        Some(eip) => Box::pin(mend_eip::mend(context, cluster, &eip, args)).await.map(Some),
        None => Ok(None),
    }
}

/// An EIP of type lsp is a node's own: kube-ovn-cni of that node sets it up and calls it ready.
async fn on_node(context: &Context<'_>, eip: &OvnEip, args: &WriteArgs) -> Result<OvnEip> {
    let name = eip.name();
    let _line = context.ui.waiting(format!("waiting for kube-ovn-cni on {name}"));
    match context.cluster().await?.wait_node(eip, args.timeout.min(NODE)).await? {
        Waited::Done(eip) => Ok(eip),
        Waited::Gone => Err(gone(&format!("oeip/{name}"))),
        Waited::Said(_) | Waited::Silent(_) | Waited::Unheard(_) => {
            let addresses: Vec<&str> = eip.addresses().collect();
            let message = format!(
                "oeip/{name} has the address {} and is not ready: kube-ovn-cni on {name} sets this, once it has put the address on ovnext0",
                addresses.join(",")
            );
            Err(Failure::new(Exit::Unproven, message)
                .hint(format!("kubectl get pods -A -l app=kube-ovn-cni --field-selector spec.nodeName={name}"))
                .hint("--wait=false leaves it at the address"))
        }
    }
}

/// `10.5.204.101 (02:00:…) from subnet external204`
pub(in super::super) fn told(eip: &OvnEip) -> String {
    let addresses: Vec<&str> = eip.addresses().collect();
    format!("{} ({}) from subnet {}", addresses.join(","), eip.status.mac_address, eip.subnet())
}

/// The object as the server has it now, or as it was sent.
pub(in super::super) async fn object(cluster: &Cluster, name: &str) -> Result<Value> {
    Ok(cluster.get(Cluster::eip(name)).await?.unwrap_or_default())
}
