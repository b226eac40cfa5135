//! Rules about whom a reservation is for.

use super::lasts::{keeps_vms, lasting};
use super::{IpIntent, holder};
use crate::api::{Ip, PodType, names};
use crate::check::{Finding, Severity, codes};
use crate::world::{World, lenient};

/// KO307. What lasts no longer than the controller runs.
pub(super) fn outlives_a_restart(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let holder = holder(&intent.spec);
    let (pod, maker) = (world.holder_pod(&holder), world.maker(&holder));
    let kept = lasting(&holder, true, pod, maker, world.controller.known()).restart;
    let plain = PodType::parse(&holder.pod_type) == Some(PodType::Pod);
    if kept.kept && !plain {
        return Vec::new();
    }
    let why = if kept.kept {
        format!(
            "podType is empty: it lasts only as long as {} is there whenever kube-ovn-controller restarts",
            holder.told()
        )
    } else {
        format!("it lasts until kube-ovn-controller restarts: {}", kept.why)
    };
    let hint = match (maker.filter(|_| plain), holder.maker()) {
        (Some(_), Some(set)) => format!("it is a pod of StatefulSet {set}: podType StatefulSet lasts (kubectl ko ip reserve sts/{})", holder.name),
        _ if plain => "what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address".to_owned(),
        _ => format!("make {} before the controller restarts", holder.maker().map_or_else(|| holder.told(), |name| if plain || holder.pod_type == PodType::StatefulSet.as_spec() { format!("StatefulSet {}/{name}", holder.namespace) } else { holder.told() })),
    };
    vec![Finding::new(codes::KO307, why).hint(hint)]
}

/// KO315. The controller deletes the IPs of all ports of a VM that is deleted.
pub(super) fn goes_with_the_vm(intent: &IpIntent) -> Vec<Finding> {
    vec![Finding::new(
        codes::KO315,
        format!("deleting VM {}/{} deletes the reservation as well", intent.spec.namespace, intent.spec.pod_name),
    )]
}

/// KO312. Without it the pods of VMs have ports of their own names, and nobody takes the reservation.
pub(super) fn vms_are_kept(world: &World, _: &IpIntent) -> Vec<Finding> {
    if world.controller.known().is_none_or(keeps_vms) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO312,
            "kube-ovn-controller runs with --keep-vm-ip=false: the ports of VMs then have their pods' names, and no VM takes the reservation",
        )
        .hint("set --keep-vm-ip=true on the Deployment kube-ovn-controller"),
    ]
}

/// KO208, as a warning: a reservation may come before the namespace.
pub(super) fn namespace_exists(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let namespace = &intent.spec.namespace;
    let known = world.holders.namespaces.known().and_then(|known| known.get(namespace));
    if known.is_none_or(Option::is_some) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO208, format!("there is no namespace \"{namespace}\" yet"))
            .severity(Severity::Warning)
            .hint("kubectl get namespaces"),
    ]
}

/// KO308. A pod that lands in another Subnet takes another address; the controller writes that into the IP, and the one that was
/// reserved stays taken, by nobody, until the controller restarts.
pub(super) fn is_in_the_subnet(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let Some(subnet) = world.subnet(&spec.subnet) else { return Vec::new() };
    if world.ip(&intent.name).is_some_and(Ip::is_ready) {
        return Vec::new();
    }
    let holder = holder(spec);
    let (pod, maker) = (world.holder_pod(&holder), world.maker(&holder));
    let is_there = pod.is_some() || maker.is_some();
    let who = match (pod, maker) {
        (None, Some(maker)) => maker.told.clone(),
        _ => holder.told(),
    };
    let finding = |what: String| {
        let severity = if is_there { Severity::Error } else { Severity::Warning };
        Finding::new(codes::KO308, what).severity(severity)
    };
    if pod.is_some_and(|pod| pod.spec.host_network) || (pod.is_none() && maker.is_some_and(|maker| maker.host_network))
    {
        return vec![finding(format!("{who} is on its node's own network and takes no address of any subnet"))];
    }
    let provider = if subnet.spec.provider.is_empty() { names::PROVIDER_OVN } else { &subnet.spec.provider };
    if provider != names::PROVIDER_OVN {
        return attached(world, &holder, provider, &who, is_there).map(finding).into_iter().collect();
    }
    let key = names::provider_annotation(provider, "logical_switch");
    let own = world.holder_annotation(&holder, provider, "logical_switch");
    let of_namespace = world.holder_namespace(&holder, "logical_switch");
    let lands: Vec<&str> =
        if own.is_empty() { of_namespace } else { own }.split(',').filter(|name| !name.is_empty()).collect();
    match lands.iter().position(|name| *name == spec.subnet) {
        None if lands.is_empty() => Vec::new(),
        Some(0) => Vec::new(),
        Some(_) => vec![
            finding(format!(
                "namespace {} has the subnets {}: {who} gets the first one with a free address, and takes the reservation only in {}",
                holder.namespace,
                lands.join(","),
                spec.subnet
            ))
            .severity(Severity::Warning)
            .hint(format!("annotate it: {key}={}", spec.subnet)),
        ],
        None => {
            let then = if is_there { "gets its address from" } else { "would get its address from" };
            vec![
                finding(format!(
                    "{who} {then} subnet {}, not from {}: it takes another address, and the one reserved stays taken by nobody",
                    lands.join(","),
                    spec.subnet
                ))
                .hint(format!("reserve one of subnet {}, or annotate the pod from its start: {key}={}", lands[0], spec.subnet)),
            ]
        }
    }
}

/// A pod that is there, or its template, has no attachment of the provider.
fn attached(
    world: &World,
    holder: &crate::world::holder::Holder,
    provider: &str,
    who: &str,
    is_there: bool,
) -> Option<String> {
    let mut parts = provider.split('.');
    let (nad, namespace) = (parts.next()?, parts.next()?);
    let networks = match (world.holder_pod(holder), world.maker(holder)) {
        (Some(pod), _) => pod.metadata.annotation(names::ANNOTATION_NETWORKS),
        (None, Some(maker)) => maker.template.annotation(names::ANNOTATION_NETWORKS),
        (None, None) => return None,
    };
    // the names are in there in Multus' short form and in its JSON alike
    let short = networks.split(',').map(|item| item.trim().split('@').next().unwrap_or_default());
    let named = |item: &str| match item.split_once('/') {
        Some((of, name)) => of == namespace && name == nad,
        None => item == nad && holder.namespace == namespace,
    };
    let is_json = networks.trim_start().starts_with('[');
    let listed = if is_json { networks.contains(&format!("\"{nad}\"")) } else { short.into_iter().any(named) };
    (is_there && !listed)
        .then(|| format!("{who} is not attached to {namespace}/{nad}, and takes no address of provider {provider}"))
}

/// KO309. What the pod itself asks for comes first: the reservation is rewritten, and its address given back.
pub(super) fn asks_for_no_other(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let Some(subnet) = world.subnet(&spec.subnet) else { return Vec::new() };
    let provider = if subnet.spec.provider.is_empty() { names::PROVIDER_OVN } else { &subnet.spec.provider };
    let holder = holder(spec);
    // a pod that has its address shows it in the same annotation
    if world.ip(&intent.name).is_some_and(Ip::is_ready) {
        return Vec::new();
    }
    let own = |key| world.holder_annotation(&holder, provider, key);
    let asked = own("ip_address");
    let wanted = [&spec.v4_ip_address, &spec.v6_ip_address];
    let same = !asked.is_empty()
        && asked
            .split(',')
            .all(|one| lenient(one).is_some() && wanted.iter().any(|text| lenient(text) == lenient(one)));
    let pool = match own("ip_pool") {
        "" if provider == names::PROVIDER_OVN => world.holder_namespace(&holder, "ip_pool"),
        pool => pool,
    };
    let vip = if provider == names::PROVIDER_OVN { own("vip") } else { "" };
    let other = [("ip_address", if same { "" } else { asked }), ("ip_pool", pool), ("vip", vip)];
    let other = other.into_iter().filter(|(_, value)| !value.is_empty());
    other
        .map(|(key, value)| {
            Finding::new(
                codes::KO309,
                format!(
                    "{} asks for {} {value} itself, which comes first: the address reserved is given back then",
                    holder.told(),
                    names::provider_annotation(provider, key)
                ),
            )
            .hint("remove the annotation, or reserve that very address")
        })
        .collect()
}
