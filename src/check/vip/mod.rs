//! The rules of a Vip.

pub mod attach;
mod edit;
mod kind;
mod label;
mod name;
mod selector;
pub mod state;

use serde_json::Value;

use super::address::{self, Asked};
use super::codes;
use super::manifest::{self, Manifest, Shape, filled, text};
use super::{Finding, Rule};
use crate::api::{Vip, VipSpec, VipType};
use crate::net;
use crate::world::Need;

pub use edit::differences;
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

/// The fields of a Vip.
pub const SHAPE: Shape = Shape {
    kind: <Vip as crate::api::Resource>::KIND,
    texts: &["subnet", "namespace", "type", "v4ip", "v6ip", "macAddress"],
    lists: &["selector", "attachSubnets"],
    others: &[],
};

impl VipIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let spec = &object["spec"];
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
            manifest: Manifest::read(object, &SHAPE),
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
        let mut fields = filled(&[
            ("subnet", &spec.subnet),
            ("namespace", &spec.namespace),
            ("type", &spec.kind),
            ("v4ip", &spec.v4_ip),
            ("v6ip", &spec.v6_ip),
            ("macAddress", &spec.mac_address),
        ]);
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
            ip: None,
            made_by: None,
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
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
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
    KO106 [Subnets Own Vips Ips Eips IptablesEips] static_in_subnet => |world, intent| address::free(world, &intent.asked_in(world));
    KO107 [Subnets Own] static_in_subnet => |world, intent| address::set_aside(world, &intent.asked_in(world));
    KO108 [Subnets Own Pools] static_in_subnet => |world, intent| address::unpooled(world, &intent.asked_in(world));
    KO120 [Subnets Own WaitingPods] static_in_subnet => |world, intent| address::unawaited(world, &intent.asked_in(world));
    KO111 [Own Vips Ips Eips IptablesEips Ports] |intent| has_mac(intent) && names_subnet(intent) => |world, intent| address::mac_free(world, &intent.asked_in(world));
    KO114 [Subnets Own Pools] names_subnet => |world, intent| address::room(world, &intent.asked_in(world));
    KO222 [Subnets Own] names_subnet => kind::both_families;
    KO208 [Namespaces] |intent| !intent.spec.namespace.is_empty() => selector::namespace_exists;
    KO203 [NamedEips NamedIptablesEips] names_subnet => name::no_eip_of_that_name;
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
    super::sorted(super::run(RULES, world, intent))
}
