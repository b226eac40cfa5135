//! The rules of a Vip.

pub mod attach;
mod edit;
mod kind;
mod label;
mod name;
mod selector;
pub mod state;

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{self, Asked};
use super::codes;
use super::{Finding, Rule};
use crate::api::{Vip, VipSpec, VipType};
use crate::net;
use crate::world::Need;

pub use edit::{Difference, differences};
pub use selector::{TOUCH, Term, parse as parse_selector, terms, without_touch};
pub use state::{Rows, State};

/// A Vip as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VipIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed.
    pub spec: VipSpec,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// What only a manifest can get wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// It writes `status`.
    pub has_status: bool,
    /// Fields of the wrong JSON type: path and what is there.
    pub wrong_types: Vec<String>,
    /// Fields of `spec` that the kind does not have.
    pub unknown_fields: Vec<String>,
    /// Fields of `spec` that are written as empty text.
    pub emptied: Vec<String>,
    /// All fields of `spec` that are written; `None` when there is no manifest.
    pub fields: Option<BTreeSet<String>>,
}

/// Fields of `spec` that hold text (Kube-OVN 1.16: charts/kube-ovn/templates/kube-ovn-crd.yaml).
const TEXT_FIELDS: [&str; 6] = ["subnet", "namespace", "type", "v4ip", "v6ip", "macAddress"];
/// Fields of `spec` that hold lists of text.
const LIST_FIELDS: [&str; 2] = ["selector", "attachSubnets"];

impl VipIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let spec = &object["spec"];
        let mut manifest = Manifest {
            has_status: object
                .get("status")
                .is_some_and(|status| *status != Value::Null && *status != serde_json::json!({})),
            ..Manifest::default()
        };
        for (field, value) in spec.as_object().into_iter().flatten() {
            let right = match field.as_str() {
                _ if value.is_null() => true,
                name if TEXT_FIELDS.contains(&name) => value.is_string(),
                name if LIST_FIELDS.contains(&name) => {
                    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
                }
                name => {
                    manifest.unknown_fields.push(name.to_owned());
                    true
                }
            };
            if !right {
                manifest.wrong_types.push(format!("spec.{field} is {value}"));
            }
        }
        let empty = spec.as_object().into_iter().flatten().filter(|(_, value)| *value == "");
        manifest.emptied = empty.map(|(field, _)| field.clone()).collect();
        manifest.fields = Some(spec.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect());
        let version = text(&object["apiVersion"]);
        if version != <Vip as crate::api::Resource>::KIND.api_version() {
            manifest.wrong_types.push(format!("apiVersion is {version}, the server has kubeovn.io/v1"));
        }
        if !(spec.is_null() || spec.is_object()) {
            manifest.wrong_types.push("spec is no object".to_owned());
        }
        Self {
            name: text(&object["metadata"]["name"]),
            spec: VipSpec {
                subnet: text(&spec["subnet"]),
                namespace: text(&spec["namespace"]),
                kind: text(&spec["type"]),
                v4_ip: text(&spec["v4ip"]),
                v6_ip: text(&spec["v6ip"]),
                mac_address: text(&spec["macAddress"]),
                selector: spec["selector"].as_array().into_iter().flatten().map(text).collect(),
            },
            manifest,
        }
    }

    /// Addresses and MAC in the form the controller keeps without complaint: lower case, compressed. What cannot be read stays
    /// as typed, for a rule to say so.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        for text in [&mut self.spec.v4_ip, &mut self.spec.v6_ip] {
            if let Ok(address) = net::parse_address(text) {
                *text = net::canonical(&address);
            }
        }
        if let Ok(mac) = self.spec.mac_address.parse::<net::Mac>() {
            self.spec.mac_address = mac.to_string();
        }
        self
    }

    /// What it is for; `None` for a type that the controller does not know.
    #[must_use]
    pub fn kind(&self) -> Option<VipType> {
        VipType::parse(&self.spec.kind)
    }

    /// The logical port of a typed Vip, in a subnet of provider `ovn`.
    #[must_use]
    pub fn typed_port(&self) -> String {
        crate::api::names::port_name(&self.name, &self.spec.namespace, "ovn")
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        let spec = &self.spec;
        let mut fields = serde_json::Map::new();
        let texts = [
            ("subnet", &spec.subnet),
            ("namespace", &spec.namespace),
            ("type", &spec.kind),
            ("v4ip", &spec.v4_ip),
            ("v6ip", &spec.v6_ip),
            ("macAddress", &spec.mac_address),
        ];
        fields.extend(
            texts
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(key, text)| (key.to_owned(), Value::from(text.as_str()))),
        );
        if !spec.selector.is_empty() {
            fields.insert("selector".to_owned(), Value::from(spec.selector.clone()));
        }
        serde_json::json!({"apiVersion": "kubeovn.io/v1", "kind": "Vip", "metadata": {"name": self.name}, "spec": fields})
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            name: &self.name,
            subnet: &self.spec.subnet,
            v4: ("v4ip", &self.spec.v4_ip),
            v6: ("v6ip", &self.spec.v6_ip),
            mac: ("macAddress", &self.spec.mac_address),
            settled: false,
        }
    }

    /// The same for a Vip that may be there already: one that has its address is asked for nothing.
    fn asked_in(&self, world: &crate::world::World) -> Asked<'_> {
        Asked { settled: existing(world, self).is_some_and(Vip::is_ready), ..self.asked() }
    }
}

/// The Vip of that name in the cluster.
fn existing<'w>(world: &'w crate::world::World, intent: &VipIntent) -> Option<&'w Vip> {
    world.own.known()?.get(&intent.name)
}

fn always(_: &VipIntent) -> bool {
    true
}

fn is_static(intent: &VipIntent) -> bool {
    intent.asked().is_static()
}

fn has_mac(intent: &VipIntent) -> bool {
    intent.spec.mac_address.parse::<net::Mac>().is_ok()
}

fn names_subnet(intent: &VipIntent) -> bool {
    !intent.spec.subnet.is_empty()
}

fn static_in_subnet(intent: &VipIntent) -> bool {
    is_static(intent) && names_subnet(intent)
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules of a Vip, in the order in which their findings are told.
        pub const RULES: &[Rule<VipIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] always => |_, intent| name::field_types(intent);
    KO219 [] always => |_, intent| name::fields_known(intent);
    KO217 [Own] |intent| intent.manifest.has_status => name::no_status;
    KO201 [] always => |_, intent| name::shape(intent);
    KO204 [] always => |_, intent| kind::known(intent);
    KO205 [] always => |_, intent| kind::has_namespace(intent);
    KO216 [] always => |_, intent| kind::mac_of_router(intent);
    KO210 [] always => |_, intent| kind::selector_of_host(intent);
    KO207 [] always => |_, intent| selector::has_namespace(intent);
    KO209 [] always => |_, intent| selector::well_formed(intent);
    KO116 [] always => |_, intent| address::subnet_named(&intent.asked());
    KO101 [] is_static => |_, intent| address::written(&intent.asked());
    KO113 [] is_static => |_, intent| address::spelled(&intent.asked());
    KO109 [Own] |intent| !intent.spec.mac_address.is_empty() => |world, intent| address::mac_written(&intent.asked_in(world));
    KO115 [Subnets] names_subnet => |world, intent| address::subnet_exists(world, &intent.asked());
    KO119 [Subnets] names_subnet => |world, intent| address::subnet_usable(world, &intent.asked());
    KO121 [Subnets] names_subnet => |world, intent| address::ordered(world, &intent.asked());
    KO118 [Subnets] names_subnet => kind::carried;
    KO206 [Subnets] names_subnet => kind::has_router_port;
    KO211 [Subnets] names_subnet => kind::one_family;
    KO220 [Own] always => edit::not_terminating;
    KO212 [Own] always => edit::keeps_what_it_has;
    KO221 [Own] always => edit::recreated_not_edited;
    KO103 [Subnets] static_in_subnet => |world, intent| address::inside(world, &intent.asked());
    KO104 [Subnets] static_in_subnet => |world, intent| address::assignable(world, &intent.asked());
    KO106 [Subnets Own Vips Ips Eips] static_in_subnet => |world, intent| address::free(world, &intent.asked_in(world));
    KO107 [Subnets Own] static_in_subnet => |world, intent| address::set_aside(world, &intent.asked_in(world));
    KO108 [Subnets Own Pools] static_in_subnet => |world, intent| address::unpooled(world, &intent.asked_in(world));
    KO120 [Subnets Own WaitingPods] static_in_subnet => |world, intent| address::unawaited(world, &intent.asked_in(world));
    KO111 [Own Vips Ips Eips Ports] |intent| has_mac(intent) && names_subnet(intent) => |world, intent| address::mac_free(world, &intent.asked_in(world));
    KO114 [Subnets Own Pools] names_subnet => |world, intent| address::room(world, &intent.asked_in(world));
    KO222 [Subnets Own] names_subnet => kind::both_families;
    KO208 [Namespaces] |intent| !intent.spec.namespace.is_empty() => selector::namespace_exists;
    KO203 [NamedEips] names_subnet => name::no_eip_of_that_name;
    KO223 [NamedIps Own] |intent| !intent.spec.namespace.is_empty() && names_subnet(intent) => name::no_pod_of_that_name;
    KO202 [Ports Own] |intent| name::shape(intent).is_empty() => name::no_port_of_that_name;
    KO213 [Pods] |intent| !intent.spec.selector.is_empty() && !intent.spec.namespace.is_empty() => selector::matches_a_pod;
    KO214 [Subnets] names_subnet => kind::found_after_restart;
    KO215 [Subnets] names_subnet => kind::port_after_restart;
}

/// What has to be read to check some Vips.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i VipIntent>) -> crate::world::Wanted {
    let mut wanted = crate::world::Wanted::default();
    for intent in intents {
        wanted.needs.extend(super::needs(RULES, intent));
        wanted.names.insert(intent.name.clone());
        wanted.ports.extend([intent.name.clone(), intent.typed_port()]);
        wanted.subnets.extend(Some(intent.spec.subnet.clone()).filter(|name| !name.is_empty()));
        wanted.namespaces.extend(Some(intent.spec.namespace.clone()).filter(|name| !name.is_empty()));
    }
    wanted
}

/// The findings about one Vip, worst first.
#[must_use]
pub fn check(world: &crate::world::World, intent: &VipIntent) -> Vec<Finding> {
    let mut findings = super::run(RULES, world, intent);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}
