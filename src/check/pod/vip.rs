//! Rules about a Vip that a pod takes as its own address (`ovn.kubernetes.io/vip`; Kube-OVN: pkg/controller/vip.go, `podReuseVip`).

use super::PodIntent;
use crate::api::names;
use crate::check::{Finding, codes};
use crate::world::World;

/// KO616. The Vip is there and has its address.
pub(super) fn has_address(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let name = intent.asks.vip();
    let planned = world.planned_vips.iter().any(|vip| vip.metadata.name == name);
    let finding = match world.vip(name) {
        None if planned => return Vec::new(),
        None => Finding::new(codes::KO616, format!("there is no vip \"{name}\": the pod gets no address"))
            .hint(format!("kubectl ko vip create {name} --subnet SUBNET")),
        Some(vip) if vip.is_ready() => return Vec::new(),
        Some(_) => Finding::new(
            codes::KO616,
            format!("vip/{name} has no address yet: the pod is said to have its address, which is empty"),
        )
        .hint(format!("kubectl ko vip show {name}")),
    };
    vec![finding]
}

/// KO617. The Vip is lent to nobody else, and is of the Subnet of the pod.
pub(super) fn is_free_and_near(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let Some(vip) = world.vip(intent.asks.vip()) else { return Vec::new() };
    let name = &vip.metadata.name;
    let mut findings = Vec::new();
    let (interfaces, _) = world.interfaces(&intent.asks);
    let holder = vip.metadata.label(names::LABEL_IP_RESERVED);
    let own = interfaces.iter().any(|one| intent.port(one).as_deref() == Some(holder));
    let of_template = intent.maker.is_some() && holder.starts_with(&format!("{}-", intent.name));
    if !holder.is_empty() && !own && !of_template {
        let message = format!("vip/{name} is in use by {holder}: the pod waits until that one goes");
        findings.push(Finding::new(codes::KO617, message).hint(format!("kubectl ko vip show {name}")));
    }
    if let Some(first) =
        interfaces.first().filter(|one| !one.subnet_name().is_empty() && one.subnet_name() != vip.spec.subnet)
    {
        let own = first.subnet_name();
        let message = format!(
            "vip/{name} is of subnet {}, the pod of subnet {own}: it gets an address that its network does not have",
            vip.spec.subnet
        );
        findings.push(Finding::new(codes::KO617, message).hint(format!(
            "set {}: {} as well",
            first.key("logical_switch"),
            vip.spec.subnet
        )));
    }
    findings
}

/// KO618. The Vip is for every interface, and can be lent once.
pub(super) fn alone(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    if interfaces.len() < 2 {
        return Vec::new();
    }
    let message = format!(
        "{} is for every interface of a pod, and this one has {}: the Vip is lent to one, and the pod waits for the others for ever",
        names::ANNOTATION_VIP,
        interfaces.len()
    );
    vec![
        Finding::new(codes::KO618, message)
            .hint("ask for the address with ip_address instead, or reserve it: kubectl ko ip reserve"),
    ]
}
