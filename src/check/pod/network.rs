//! Rules about which interfaces a pod gets, and in which Subnets.

use super::{PodIntent, keys};
use crate::api::Resource as _;
use crate::api::nad::{Carrier, Nad};
use crate::check::address::{self, Asked};
use crate::check::{Finding, codes};
use crate::net::did_you_mean;
use crate::world::World;
use crate::world::interface::{self, Interface, Trouble, Why};

/// KO620. A pod with the node's network has no interface of Kube-OVN's.
pub(super) fn has_interfaces(intent: &PodIntent) -> Vec<Finding> {
    let keys: Vec<&str> =
        intent.asks.annotations.keys().map(String::as_str).filter(|key| keys::is_about_networks(key)).collect();
    let message =
        format!("hostNetwork is true: the pod has the node's own interfaces, and {} does nothing", keys.join(", "));
    vec![Finding::new(codes::KO620, message).hint("take hostNetwork out, or the annotations")]
}

/// KO601. What cannot be read stops the whole pod.
pub(super) fn readable(intent: &PodIntent) -> Vec<Finding> {
    let (_, trouble) = interface::selections(&intent.asks);
    let unreadable = trouble.into_iter().filter_map(|one| match one {
        Trouble::Unreadable(key, why) => Some(
            Finding::new(codes::KO601, format!("{key}: {why}; the pod gets no address, and no event says why"))
                .hint("write NAMESPACE/NAME@INTERFACE with commas between, or a JSON list of objects with name, namespace and interface"),
        ),
        _ => None,
    });
    unreadable.collect()
}

/// KO602. A definition that is not there stops the whole pod.
pub(super) fn nads_exist(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let missing = world.interfaces(&intent.asks).1.into_iter().filter_map(|one| match one {
        Trouble::NoNad(key) => Some(key),
        _ => None,
    });
    missing
        .map(|key| {
            let (namespace, name) = key.split_once('/').unwrap_or(("", &key));
            let finding = Finding::new(
                codes::KO602,
                format!("there is no network-attachment-definition {key}: the pod gets no address at all, and no event says why"),
            );
            if name.is_empty() {
                return finding.hint("a comma too many in k8s.v1.cni.cncf.io/networks is a network without a name");
            }
            finding.hint(match did_you_mean(name, world.nad_names.iter().filter_map(|known| {
                let (of, name) = known.split_once('/')?;
                (of == namespace).then_some(name)
            })) {
                Some(near) => format!("did you mean {namespace}/{near}?"),
                None => match world.nad_names.iter().find(|known| known.rsplit('/').next() == Some(name)) {
                    Some(elsewhere) => format!("write {elsewhere}: a name without a namespace is looked for in the pod's own"),
                    None => format!("kubectl ko nad create {name} -n {namespace}"),
                },
            })
        })
        .collect()
}

/// KO626. A configuration that is no JSON stops the whole pod.
pub(super) fn nads_readable(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let broken = world.interfaces(&intent.asks).1.into_iter().filter_map(|one| match one {
        Trouble::BadNad(key, why) => Some(Finding::new(
            codes::KO626,
            format!("the configuration of network-attachment-definition {key} is no JSON ({why}): the pod gets no address at all, and no event says why"),
        )),
        _ => None,
    });
    broken.collect()
}

/// KO619. Two of one attachment without interface names are one to the controller.
pub(super) fn named_when_twice(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let twice = world.interfaces(&intent.asks).1.into_iter().filter_map(|one| match one {
        Trouble::Twice(key) => Some(
            Finding::new(
                codes::KO619,
                format!("{key} is asked for twice without a name for each interface: the controller gives one address, the second interface gets none"),
            )
            .hint(match world.nad(&key).map(Nad::carrier) {
                Some(Carrier::Ovn) | None => format!("name the interfaces: {key}@net1,{key}@net2"),
                Some(_) => "make another network: OVN does not carry this one, and the names of its interfaces do not count".to_owned(),
            }),
        ),
        _ => None,
    });
    twice.collect()
}

/// KO605. A plugin that asks Kube-OVN for addresses gets none without a Subnet of its provider.
pub(super) fn has_subnet(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let without = interfaces.iter().filter(|one| one.subnet.is_none());
    without
        .map(|one| match &one.selection {
            Some(selection) => Finding::new(
                codes::KO605,
                format!(
                    "interface {} of {}: no subnet has the provider {}, so no address is given, and no event says why",
                    one.device,
                    selection.key(),
                    one.provider
                ),
            )
            .hint(format!("make a Subnet with spec.provider {}", one.provider)),
            None => Finding::new(
                codes::KO605,
                format!("namespace {} has no subnet: the pod gets no address", intent.asks.namespace),
            )
            .hint("kubectl get subnets, then name one with --subnet or in spec.namespaces of a Subnet"),
        })
        .collect()
}

/// KO606. Without a Subnet of its own an attachment shares the first interface's.
pub(super) fn of_its_own(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let shared = interfaces.iter().filter_map(|one| match &one.subnet {
        Some((name, Why::Fallback)) => Some((one, name)),
        _ => None,
    });
    shared
        .map(|(one, name)| {
            Finding::new(
                codes::KO606,
                format!(
                    "interface {}: no subnet has the provider {}, so its address is of subnet {name}, the pod's own",
                    one.device, one.provider
                ),
            )
            .hint(format!("{}: SUBNET chooses another", one.key("logical_switch")))
        })
        .collect()
}

/// KO607. An interface of OVN needs a Subnet of OVN, and one that is not OVN's is told its Subnet by the provider alone.
pub(super) fn is_carried(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let wrong = interfaces.iter().filter_map(|one| {
        let key = one.key("logical_switch");
        let named = intent.asks.annotation(&key);
        if one.carrier == Carrier::Ovn {
            let subnet = world.any_subnet(one.subnet_name()).filter(|subnet| !subnet.is_ovn())?;
            let message = format!(
                "interface {} is of OVN, and subnet {} is of provider {}, which OVN does not carry: the port cannot be made",
                one.device,
                subnet.name(),
                subnet.spec.provider
            );
            return Some(Finding::new(codes::KO607, message).hint("choose a subnet of provider ovn, or of the attachment"));
        }
        let given = one.subnet_name();
        (!named.is_empty() && named != given).then(|| {
            let gets = if given.is_empty() { "no address".to_owned() } else { format!("an address of subnet {given}") };
            let message = format!("{key}: {named} is taken out again: OVN does not carry {}, and it gets {gets} by its provider", one.provider);
            Finding::new(codes::KO607, message).hint(format!("set spec.provider of subnet {named} to {}", one.provider))
        })
    });
    wrong.collect()
}

/// KO609. Nothing looks whether a Subnet is the namespace's.
pub(super) fn in_its_vpc(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let Some(first) = interfaces.iter().find(|one| one.is_first()) else { return Vec::new() };
    let Some((name, Why::Annotation(key))) = &first.subnet else { return Vec::new() };
    let vpc = |name: &str| world.any_subnet(name).map(|subnet| subnet.spec.vpc.clone()).filter(|vpc| !vpc.is_empty());
    let bound = world.bound(&intent.asks.namespace);
    let (Some(asked), Some(own)) = (vpc(name), bound.first().and_then(|name| vpc(name))) else { return Vec::new() };
    if asked == own {
        return Vec::new();
    }
    let message = format!(
        "{key}: subnet {name} is of vpc {asked}, namespace {} is bound to vpc {own}: the pod is put into {asked} without a word, and services of {own} do not reach it",
        intent.asks.namespace
    );
    vec![Finding::new(codes::KO609, message).hint(format!("kubectl get subnets shows those of vpc {own}"))]
}

/// KO115. The Subnets that annotations name exist.
pub(super) fn subnets_exist(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let mut seen: Vec<&str> = intent.asks.named_subnets().collect();
    seen.sort_unstable();
    seen.dedup();
    let missing = seen.into_iter().filter(|name| world.any_subnet(name).is_none());
    let missing = missing.flat_map(|subnet| address::subnet_exists(world, &Asked { subnet, ..Asked::default() }));
    missing
        .map(|mut finding| {
            finding.message.push_str(": the pod gets no address at all, and no event says why");
            finding
        })
        .collect()
}

/// KO117, KO119. The Subnet of each interface is one for workloads, and stays.
pub(super) fn usable(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    let mut subnets: Vec<&str> = interfaces.iter().map(Interface::subnet_name).collect();
    subnets.sort_unstable();
    subnets.dedup();
    subnets
        .into_iter()
        .flat_map(|subnet| {
            let asked = Asked { subnet, ..Asked::default() };
            [address::subnet_usable(world, &asked), address::ordered(world, &asked)].concat()
        })
        .collect()
}
