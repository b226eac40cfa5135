//! The target of a rule: it has to have an address before anything is written, and is waited for.

use super::super::Context;
use crate::api::{Ip, Pod, Resource as _, Vip};
use crate::cluster::leader::Waited;
use crate::failure::{Exit, Failure, Result};
use crate::plan::ask::Ask;
use crate::plan::target::Target;
use crate::world::World;
use crate::world::nat_rule::NatRule;

/// Waits until the target of a rule has an address. Returns whether it had to wait: the picture is old then.
pub(super) async fn settled(
    context: &Context<'_>,
    ask: &Ask,
    rule: &NatRule,
    world: &World,
    limit: std::time::Duration,
) -> Result<bool> {
    let (is_vip, name) = match rule {
        NatRule::Fip(fip) => (fip.spec.target.ip_type == "vip", fip.spec.target.ip_name.as_str()),
        NatRule::Dnat(dnat) => (dnat.spec.target.ip_type == "vip", dnat.spec.target.ip_name.as_str()),
        NatRule::Snat(snat) => (false, snat.spec.ip_name.as_str()),
    };
    if name.is_empty() {
        return Ok(false);
    }
    if is_vip {
        return match world.vip(name) {
            Some(vip) if vip.is_ready() => Ok(false),
            Some(vip) => wait_vip(context, vip, limit).await,
            None => Err(super::missing(context.cluster().await?, Vip::KIND, "vip", name).await),
        };
    }
    match world.ip(name) {
        _ if world.named_ips.known().is_none() => return Ok(false),
        // one that goes gets nothing any more: a rule says so
        Some(ip) if ip.is_ready() || ip.metadata.is_terminating() => return Ok(false),
        // a reservation shows the address it asks for before the controller has given it
        Some(_) => {}
        None => waiting_pod(context, ask, name).await?,
    }
    let _line = context.ui.waiting(format!("waiting for ip/{name} to get an address"));
    if context.cluster().await?.ip_appears(name, limit).await?.is_some() {
        return Ok(true);
    }
    let message = format!("{} has no address within {} s, nothing was written", ask.target, limit.as_secs());
    Err(Failure::new(Exit::Refused, message).hint(format!("kubectl describe {} -n {}", ask.target, ask.namespace)))
}

async fn wait_vip(context: &Context<'_>, vip: &Vip, limit: std::time::Duration) -> Result<bool> {
    let name = vip.name();
    let _line = context.ui.waiting(format!("waiting for vip/{name} to get an address"));
    match context.cluster().await?.wait_ready(vip, limit).await? {
        Waited::Done(_) => Ok(true),
        Waited::Gone => Err(Failure::no(format!("vip/{name} was deleted meanwhile, nothing was written"))),
        Waited::Said(why) | Waited::Silent(why) | Waited::Unheard(why) => {
            let message = format!("vip/{name} has no address, nothing was written: {why}");
            Err(Failure::new(Exit::Refused, message).hint(format!("kubectl ko vip show {name}")))
        }
    }
}

/// Whether a pod that has no IP may still get one: it is there, and not on its node's own network.
async fn waiting_pod(context: &Context<'_>, ask: &Ask, ip: &str) -> Result<()> {
    let cluster = context.cluster().await?;
    let name = match &ask.target {
        Target::Pod(name, _) => name.clone(),
        Target::StatefulSet(set, Some(ordinal), _) => format!("{set}-{ordinal}"),
        // a VM's IP has the VM's name; the pod it runs in has another
        Target::Vm(..) => return Ok(()),
        _ => return Err(super::missing(cluster, Ip::KIND, "ip", ip).await),
    };
    let namespace = &ask.namespace;
    let Some(pod) = cluster.find::<Pod>(namespace, &name).await? else {
        let failure = Failure::no(format!("Error from server (NotFound): pods \"{name}\" not found"));
        return Err(failure.hint(format!("kubectl get pods -n {namespace}")));
    };
    if pod.spec.host_network {
        let message = format!(
            "pod {namespace}/{name} is on its node's own network: OVN has no port for it, and no rule reaches it"
        );
        return Err(Failure::new(Exit::Refused, message).hint("a Service of type NodePort reaches such a pod"));
    }
    if let Target::Pod(_, Some(nad)) | Target::StatefulSet(_, _, Some(nad)) = &ask.target {
        let interfaces = pod.interfaces();
        if !interfaces.is_empty() && !interfaces.iter().any(|interface| interface.port == ip) {
            let ports: Vec<String> = interfaces.into_iter().map(|interface| interface.port).collect();
            let message = format!("pod {namespace}/{name} has no port of OVN by the attachment {nad}");
            return Err(Failure::new(Exit::Refused, message)
                .hint(format!("its ports are {}", crate::output::joined(&ports, 6))));
        }
    }
    if pod.metadata.is_terminating() || matches!(pod.status.phase.as_str(), "Succeeded" | "Failed") {
        let message = format!("pod {namespace}/{name} has ended and gets no address any more");
        return Err(Failure::new(Exit::Refused, message));
    }
    Ok(())
}
