//! The rules of a pod's annotations: its own, or those that a template gives to its pods
//! (Kube-OVN: pkg/controller/pod.go; what is not read there was seen, docs/kube-ovn-behaviour.md).

mod address;
mod keys;
mod maker;
mod network;
mod pool;
mod state;
mod vip;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::{Ip, Metadata, Pod, Resource as _, names};
use crate::check::manifest::text;
use crate::check::{self, Finding, Rule, codes};
use crate::world::interface::{Asks, Interface};
use crate::world::{Need, Wanted, World};

pub use maker::Maker;
pub use state::{Got, Live, problems};

/// A pod, or the pods of a template, as somebody wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodIntent {
    /// Name of the pod, or of what makes it.
    pub name: String,
    /// What stands before the name in messages: `pod`, `deployment`, …
    pub noun: &'static str,
    /// Namespace and annotations of the pods.
    pub asks: Asks,
    /// Whether they have the node's own network.
    pub host_network: bool,
    /// What makes them; `None` for a pod itself.
    pub maker: Option<Maker>,
    /// Annotations that are no text, as `KEY is VALUE`.
    pub wrong_types: Vec<String>,
}

/// The kinds whose pods are looked at: kind, API group, what stands before the name, and where the pods' manifest is.
const KINDS: [(&str, &str, &str, &str); 7] = [
    ("Pod", "", "pod", ""),
    ("Deployment", "apps", "deployment", "/spec/template"),
    ("StatefulSet", "apps", "statefulset", "/spec/template"),
    ("DaemonSet", "apps", "daemonset", "/spec/template"),
    ("ReplicaSet", "apps", "replicaset", "/spec/template"),
    ("Job", "batch", "job", "/spec/template"),
    ("CronJob", "batch", "cronjob", "/spec/jobTemplate/spec/template"),
];

impl PodIntent {
    /// Reads a manifest of a pod or of what makes pods; `None` for any other kind.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Option<Self> {
        let (group, _) = object["apiVersion"].as_str()?.split_once('/').unwrap_or_default();
        let kind = object["kind"].as_str()?;
        let (_, _, noun, at) = *KINDS.iter().find(|(name, of, ..)| *name == kind && *of == group)?;
        let null = Value::Null;
        let pod = object.pointer(at).unwrap_or(&null);
        let annotations = pod["metadata"]["annotations"].as_object().into_iter().flatten();
        let (texts, others): (Vec<_>, Vec<_>) = annotations.partition(|(_, value)| value.is_string());
        Some(Self {
            name: text(&object["metadata"]["name"]),
            noun,
            asks: Asks {
                namespace: text(&object["metadata"]["namespace"]),
                annotations: texts.into_iter().map(|(key, value)| (key.clone(), text(value))).collect(),
            },
            host_network: pod["spec"]["hostNetwork"] == true,
            maker: Maker::read(kind, &object["spec"]),
            wrong_types: others.into_iter().map(|(key, value)| format!("annotation {key} is {value}")).collect(),
        })
    }

    /// Of a pod that is there.
    #[must_use]
    pub fn of_pod(pod: &Pod) -> Self {
        Self {
            name: pod.name().to_owned(),
            noun: "pod",
            asks: Asks { namespace: pod.metadata.namespace.clone(), annotations: pod.metadata.annotations.clone() },
            host_network: pod.spec.host_network,
            ..Self::default()
        }
    }

    /// The name of the logical port of a pod's interface; `None` for the pods of a template.
    #[must_use]
    pub fn port(&self, interface: &Interface) -> Option<String> {
        self.maker.is_none().then(|| names::port_name(&self.name, &self.asks.namespace, &interface.provider))
    }

    fn asked_keys(&self) -> impl Iterator<Item = (&String, &String)> {
        self.asks.annotations.iter()
    }
}

/// Whether any annotation is about the network at all: of a pod without, nothing has to be read.
fn is_asking(intent: &PodIntent) -> bool {
    intent.asked_keys().any(|(key, _)| keys::is_about_networks(key))
}

fn asks_static(intent: &PodIntent) -> bool {
    let words = ["ip_address", "mac_address", "ip_pool", names::ANNOTATION_NETWORKS];
    intent.asked_keys().any(|(key, _)| words.iter().any(|word| key.contains(word)))
}

fn asks_pool(intent: &PodIntent) -> bool {
    intent.asked_keys().any(|(key, _)| key.ends_with("/ip_pool"))
}

fn asks_vip(intent: &PodIntent) -> bool {
    !intent.asks.vip().is_empty()
}

fn is_on_node(intent: &PodIntent) -> bool {
    intent.host_network && is_asking(intent)
}

/// Whether it gets interfaces.
fn is_networked(intent: &PodIntent) -> bool {
    !intent.host_network && is_asking(intent)
}

fn both(intent: &PodIntent, other: fn(&PodIntent) -> bool) -> bool {
    is_networked(intent) && other(intent)
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[Rule<PodIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] |intent| !intent.wrong_types.is_empty() => |_, intent| keys::are_text(intent);
    KO620 [] is_on_node => |_, intent| network::has_interfaces(intent);
    KO601 [] is_networked => |_, intent| network::readable(intent);
    KO603 [Nads Bindings AllSubnets] is_networked => keys::known;
    KO602 [Nads] is_networked => network::nads_exist;
    KO626 [Nads] is_networked => network::nads_readable;
    KO619 [Nads Bindings AllSubnets] is_networked => network::named_when_twice;
    KO604 [Nads Bindings AllSubnets] is_networked => keys::of_its_interfaces;
    KO605 [Nads Bindings AllSubnets] is_networked => network::has_subnet;
    KO606 [Nads Bindings AllSubnets] is_networked => network::of_its_own;
    KO607 [Nads Bindings AllSubnets] is_networked => network::is_carried;
    KO609 [Nads Bindings AllSubnets] is_networked => network::in_its_vpc;
    KO115 [Subnets] is_networked => network::subnets_exist;
    KO119 [Subnets Nads Bindings AllSubnets] is_networked => network::usable;
    KO608 [Nads Bindings AllSubnets] is_networked => address::mac_of_ovn;
    KO101 [Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::written;
    KO613 [Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::one_a_family;
    KO109 [Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::mac_written;
    KO103 [Subnets Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::inside;
    KO104 [Subnets Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::assignable;
    KO106 [Subnets Vips Ips Eips IptablesEips Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::free;
    KO107 [Subnets Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::set_aside;
    KO108 [Subnets Pools Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::unpooled;
    KO120 [Subnets WaitingPods Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::unawaited;
    KO111 [Subnets Vips Ips Eips IptablesEips Nads Bindings AllSubnets] |intent| both(intent, asks_static) => address::mac_free;
    KO612 [Nads Bindings AllSubnets] |intent| both(intent, asks_pool) => pool::written;
    KO610 [Pools Nads Bindings AllSubnets] |intent| both(intent, asks_pool) => pool::exists;
    KO611 [Pools Nads Bindings AllSubnets] |intent| both(intent, asks_pool) => pool::of_the_subnet;
    KO625 [Subnets Vips Ips Eips IptablesEips Nads Bindings AllSubnets] |intent| both(intent, asks_pool) => pool::has_a_free_one;
    KO614 [Subnets Vips Ips Eips IptablesEips Nads Bindings AllSubnets] |intent| both(intent, |one| one.maker.is_some()) => pool::suffices;
    KO615 [Subnets Vips Ips Eips IptablesEips Nads Bindings AllSubnets] |intent| both(intent, |one| one.maker.is_some()) => pool::suffices_for_an_update;
    KO616 [Own] |intent| both(intent, asks_vip) => vip::has_address;
    KO617 [Own Nads Bindings AllSubnets] |intent| both(intent, asks_vip) => vip::is_free_and_near;
    KO618 [Nads Bindings AllSubnets] |intent| both(intent, asks_vip) => vip::alone;
    KO621 [Subnets Ips] is_networked => keys::leaves_results_alone;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i PodIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        let needs = check::needs(RULES, intent);
        if needs.is_empty() {
            continue;
        }
        wanted.needs.extend(needs);
        wanted.names.extend(Some(intent.asks.vip().to_owned()).filter(|name| !name.is_empty()));
        wanted.subnets.extend(intent.asks.named_subnets().map(str::to_owned));
        wanted.interfaces.push(intent.asks.clone());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &PodIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}

/// The annotations that somebody sets, in place of those that are there; an empty value takes one away.
#[must_use]
pub fn with(mut intent: PodIntent, changes: &BTreeMap<String, String>) -> PodIntent {
    for (key, value) in changes {
        if value.is_empty() {
            intent.asks.annotations.remove(key);
        } else {
            intent.asks.annotations.insert(key.clone(), value.clone());
        }
    }
    intent
}

/// Puts a pod into the picture for the documents behind it: its port, and the addresses it asks for.
pub fn plan(intent: &PodIntent, world: &mut World) {
    if intent.maker.is_some() {
        return;
    }
    let (interfaces, _) = world.interfaces(&intent.asks);
    for interface in interfaces {
        let Some(name) = intent.port(&interface) else { continue };
        let (_, asked) = interface.ip.clone().unwrap_or_default();
        let mut ip = Ip { metadata: Metadata { name: name.clone(), ..Metadata::default() }, ..Ip::default() };
        address::home(world, &interface, &asked).clone_into(&mut ip.spec.subnet);
        for one in asked.split(',') {
            let slot = if one.contains(':') { &mut ip.spec.v6_ip_address } else { &mut ip.spec.v4_ip_address };
            one.clone_into(slot);
        }
        ip.spec.mac_address = interface.mac.clone().unwrap_or_default().1;
        if interface.is_first() {
            world.planned.pods.insert(name);
        }
        if !asked.is_empty() || !ip.spec.mac_address.is_empty() {
            world.planned.ips.push(ip);
        }
    }
    // a pod that asks for nothing has a port all the same
    world.planned.pods.insert(names::port_name(&intent.name, &intent.asks.namespace, names::PROVIDER_OVN));
}
