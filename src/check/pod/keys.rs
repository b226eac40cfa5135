//! Rules about the keys of annotations: one that is misspelt, or of an interface that the pod does not have, is passed over in silence.

use super::PodIntent;
use crate::api::names;
use crate::check::{Finding, Severity, codes};
use crate::net::did_you_mean;
use crate::world::World;
use crate::world::interface::Interface;

/// What stands behind `PROVIDER.kubernetes.io/` (Kube-OVN: pkg/util/const.go).
const WORDS: [&str; 40] = [
    "allocated",
    "routed",
    "routes",
    "mac_address",
    "ip_address",
    "cidr",
    "gateway",
    "ip_pool",
    "bgp",
    "snat",
    "eip",
    "vip",
    "aaps",
    "virtualmachine",
    "activation_strategy",
    "logical_router",
    "logical_switch",
    "vpc",
    "layer2_forward",
    "port_security",
    "port_vips",
    "north_gateway",
    "vlan_id",
    "provider_network",
    "ingress_rate",
    "egress_rate",
    "security_groups",
    "default_route",
    "dhcp-v4-options",
    "dhcp-v6-options",
    "mirror",
    "pod_nic_type",
    "port_name",
    "latency",
    "limit",
    "loss",
    "jitter",
    "vpc_cidrs",
    "vpc_nat_gw",
    "chassis",
];

/// Those by which somebody asks for something; with another they are Kube-OVN's beyond doubt.
const ASKING: [&str; 4] = ["ip_address", "mac_address", "ip_pool", "logical_switch"];

/// What stands behind Multus' prefix.
const MULTUS: [&str; 4] = ["networks", "networks-status", "network-status", "resourceName"];
const MULTUS_PREFIX: &str = "k8s.v1.cni.cncf.io";
const SUFFIX: &str = ".kubernetes.io";

/// A word as it may have been meant: lower case, with `_`.
fn plain(word: &str) -> String {
    word.to_ascii_lowercase().replace('-', "_")
}

/// The word of [`ASKING`] that was meant.
fn asking(word: &str) -> Option<&'static str> {
    let word = plain(word.split('.').next().unwrap_or_default());
    ASKING.into_iter().find(|known| *known == word)
}

/// Whether a key has to do with Kube-OVN or Multus, right or misspelt.
#[must_use]
pub(super) fn is_about_networks(key: &str) -> bool {
    let Some((prefix, word)) = key.split_once('/') else { return false };
    let ours =
        prefix.strip_suffix(SUFFIX).is_some_and(|provider| provider.split('.').any(|part| part == names::PROVIDER_OVN));
    ours || key == names::ANNOTATION_DEFAULT_NETWORK
        || prefix == MULTUS_PREFIX
        || asking(word).is_some()
        || did_you_mean(prefix, [MULTUS_PREFIX]).is_some()
        || did_you_mean(prefix, ["ovn.kubernetes.io"]).is_some_and(|_| did_you_mean(word, WORDS).is_some())
}

/// KO218. The API server takes text alone.
pub(super) fn are_text(intent: &PodIntent) -> Vec<Finding> {
    let wrong = intent.wrong_types.iter();
    wrong
        .map(|what| {
            Finding::new(codes::KO218, format!("{what}: the API server refuses it")).hint("put the value in quotes")
        })
        .collect()
}

/// KO603. Misspelt keys.
pub(super) fn known(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, _) = world.interfaces(&intent.asks);
    intent.asks.annotations.keys().filter_map(|key| misspelt(key, &interfaces)).collect()
}

fn misspelt(key: &str, interfaces: &[Interface]) -> Option<Finding> {
    let (prefix, word) = key.split_once('/')?;
    let silent = |hint: String| {
        let message = format!("{key} is no annotation that Kube-OVN reads: it does nothing, and nothing says so");
        Some(Finding::new(codes::KO603, message).hint(hint))
    };
    if prefix == MULTUS_PREFIX {
        let near = did_you_mean(word, MULTUS).filter(|_| !MULTUS.contains(&word))?;
        return silent(format!("did you mean {prefix}/{near}?"));
    }
    if word == "networks" && did_you_mean(prefix, [MULTUS_PREFIX]).is_some() {
        return silent(format!("did you mean {}?", names::ANNOTATION_NETWORKS));
    }
    let is_of = |provider: &str| {
        provider == names::PROVIDER_OVN || interfaces.iter().any(|interface| interface.provider == provider)
    };
    if let Some(provider) = prefix.strip_suffix(SUFFIX) {
        let base = word.split('.').next().unwrap_or_default();
        if WORDS.contains(&word)
            || (is_of(provider) && WORDS.contains(&base))
            || asking(word).is_some_and(|one| one == base)
        {
            return None;
        }
        let near = did_you_mean(&plain(word), WORDS);
        return match near {
            Some(near) if is_of(provider) || asking(near).is_some() => silent(format!("did you mean {prefix}/{near}?")),
            // a word that Kube-OVN may have in another release
            _ if provider == names::PROVIDER_OVN => {
                let message = format!("{key} is no annotation of a pod that Kube-OVN 1.16 reads");
                Some(Finding::new(codes::KO603, message).severity(Severity::Warning))
            }
            _ => None,
        };
    }
    // the word is right, what stands before it is not
    let meant = asking(word)?;
    let prefixes: Vec<String> = interfaces.iter().map(|one| format!("{}{SUFFIX}", one.provider)).collect();
    let near = did_you_mean(prefix, prefixes.iter().map(String::as_str));
    let near =
        near.or_else(|| ["kubeovn.io", "kube-ovn.io", "ovn.k8s.io"].contains(&prefix).then_some("ovn.kubernetes.io"));
    silent(format!("did you mean {}/{meant}?", near?))
}

/// KO604. Keys of an interface that the pod does not have.
pub(super) fn of_its_interfaces(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let (interfaces, trouble) = world.interfaces(&intent.asks);
    // of attachments that cannot be read nothing is known
    if !trouble.is_empty() {
        return Vec::new();
    }
    let foreign = intent.asks.annotations.keys().filter_map(|key| foreign(key, &interfaces));
    foreign.collect()
}

fn foreign(key: &str, interfaces: &[Interface]) -> Option<Finding> {
    let (prefix, word) = key.split_once('/')?;
    let provider = prefix.strip_suffix(SUFFIX)?;
    // one that is misspelt has KO603
    let meant = asking(word).filter(|known| word.split('.').next() == Some(known))?;
    let read = |interface: &Interface| interface.keys(meant).iter().any(|one| one == key);
    let by_name = word.contains('.');
    if interfaces.iter().any(|one| read(one) && (!by_name || ["ip_address", "mac_address"].contains(&meant))) {
        return None;
    }
    // another kind of key: the prefix has to look like a provider, a NAD and a namespace
    if provider != names::PROVIDER_OVN && !provider.contains('.') {
        return None;
    }
    let attachment: Vec<&str> = provider.split('.').take(2).collect();
    let of_attachment = |one: &&Interface| {
        one.selection
            .as_ref()
            .is_some_and(|selection| attachment == [selection.name.as_str(), selection.namespace.as_str()])
    };
    let candidates: Vec<&Interface> = interfaces.iter().filter(of_attachment).collect();
    let message = format!("{key} is of no interface of the pod: it does nothing, and nothing says so");
    let finding = Finding::new(codes::KO604, message);
    let keys: Vec<String> = candidates.iter().filter_map(|one| one.keys(meant).pop()).collect();
    Some(match &keys[..] {
        [] => match did_you_mean(provider, interfaces.iter().map(|one| one.provider.as_str())) {
            Some(near) if near != provider => finding.hint(format!("did you mean {near}{SUFFIX}/{meant}?")),
            _ if provider == names::PROVIDER_OVN => {
                finding.hint("the first interface is that of v1.multus-cni.io/default-network")
            }
            _ => finding.hint(format!(
                "ask for the attachment: {}: {}",
                names::ANNOTATION_NETWORKS,
                match attachment[..] {
                    [name, namespace] => format!("{namespace}/{name}"),
                    _ => "NAMESPACE/NAME".to_owned(),
                }
            )),
        },
        keys => finding.hint(format!("write {}", keys.join(", or "))),
    })
}

/// KO621. What the controller writes when it has given an address keeps it from giving one.
pub(super) fn leaves_results_alone(world: &World, intent: &PodIntent) -> Vec<Finding> {
    let has_ip = |name: &str| world.ips.known().into_iter().flatten().any(|ip| ip.name == name);
    let results = intent.asks.annotations.iter().filter_map(|(key, value)| {
        let provider = key.strip_suffix(".kubernetes.io/allocated")?;
        let port = names::port_name(&intent.name, &intent.asks.namespace, provider);
        // a pod that is there has its address
        let there = intent.maker.is_none() && has_ip(&port);
        (value == "true" && !there).then(|| {
            let message = format!(
                "{key}: \"true\" says that the address is given already: the controller gives none, and nothing says so"
            );
            Finding::new(codes::KO621, message)
                .hint("take out what Kube-OVN wrote: allocated, routed, cidr, gateway, logical_router, pod_nic_type")
        })
    });
    results.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_others_are_left_alone() {
        for key in [
            "kubernetes.io/config.source",
            "cluster-autoscaler.kubernetes.io/safe-to-evict",
            "container.seccomp.security.alpha.kubernetes.io/c",
            "kubectl.kubernetes.io/restartedAt",
            "prometheus.io/scrape",
        ] {
            assert!(!is_about_networks(key) && misspelt(key, &[]).is_none() && foreign(key, &[]).is_none(), "{key}");
        }
        for key in ["ovn.kubernetes.io/ip_adress", "ovn.kubernets.io/ip_address", "net.team.kubernetes.io/ip_address"] {
            assert!(is_about_networks(key), "{key}");
        }
    }

    #[test]
    fn a_slip_is_told_what_was_meant() {
        let hint = |key: &str| misspelt(key, &[]).and_then(|finding| finding.hint).unwrap_or_default();
        assert_eq!(hint("ovn.kubernetes.io/ip-address"), "did you mean ovn.kubernetes.io/ip_address?");
        assert_eq!(hint("ovn.kubernetes.io/logical-swich"), "did you mean ovn.kubernetes.io/logical_switch?");
        assert_eq!(hint("kubeovn.io/ip_address"), "did you mean ovn.kubernetes.io/ip_address?");
        assert_eq!(hint("k8s.v1.cni.cncf.io/network"), "did you mean k8s.v1.cni.cncf.io/networks?");
        assert_eq!(hint("ovn.kubernetes.io/ip_address"), "");
    }
}
