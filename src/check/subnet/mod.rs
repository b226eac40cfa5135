//! The rules of a Subnet, and of what it stands on: Vpc, Vlan, `ProviderNetwork`.

/// A kind's table of rules: code, needs, when it applies, the rule.
macro_rules! rules {
    ($intent:ty; $($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[$crate::check::Rule<$intent>] = &[$($crate::check::Rule {
            code: $crate::check::codes::$code,
            needs: &[$($crate::world::Need::$need),*],
            applies: $applies,
            check: $check,
        }),*];
    };
}

mod cidr;
mod edit;
mod exclude;
mod gateway;
mod option;
mod overlap;
mod place;
pub mod provider_network;
#[cfg(test)]
mod tests;
pub mod vlan;
pub mod vpc;

use serde_json::{Map, Value, json};

use super::Finding;
use super::manifest::{self, Json, Manifest, Shape, text};
use crate::api::subnet::SubnetSpec;
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{Resource as _, Subnet, names};
use crate::net::SubnetCidr;
use crate::world::{Wanted, World};

pub use edit::differences;

/// A Subnet as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubnetIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed; a field of the wrong type is empty.
    pub spec: SubnetSpec,
    /// The same as JSON, fields that no rule looks at included.
    pub fields: Map<String, Value>,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// The fields of a Subnet.
pub const SHAPE: Shape = Shape {
    kind: Subnet::KIND,
    texts: &[
        "cidrBlock",
        "gateway",
        "protocol",
        "provider",
        "vpc",
        "vlan",
        "gatewayType",
        "gatewayNode",
        "externalEgressGateway",
        "dhcpV4Options",
        "dhcpV6Options",
        "ipv6RAConfigs",
        "nodeNetwork",
        "routeTable",
        "u2oInterconnectionIP",
    ],
    lists: &["excludeIps", "namespaces", "allowSubnets", "vips"],
    others: &[
        ("acls", Json::Objects),
        ("allowEWTraffic", Json::Bool),
        ("default", Json::Bool),
        ("disableGatewayCheck", Json::Bool),
        ("disableInterConnection", Json::Bool),
        ("enableDHCP", Json::Bool),
        ("enableEcmp", Json::Bool),
        ("enableExternalLBAddress", Json::Bool),
        ("enableIPv6RA", Json::Bool),
        ("enableLb", Json::Bool),
        ("enableMulticastSnoop", Json::Bool),
        ("gatewayNodeSelectors", Json::Objects),
        ("logicalGateway", Json::Bool),
        ("mtu", Json::Number),
        ("namespaceSelectors", Json::Objects),
        ("natOutgoing", Json::Bool),
        ("natOutgoingPolicyRules", Json::Objects),
        ("policyRoutingPriority", Json::Number),
        ("policyRoutingTableID", Json::Number),
        ("private", Json::Bool),
        ("u2oFeatures", Json::Object),
        ("u2oInterconnection", Json::Bool),
    ],
};

impl SubnetIntent {
    /// From its fields as JSON, each of its type.
    #[must_use]
    pub fn of_fields(name: &str, fields: Map<String, Value>) -> Self {
        let spec = serde_json::from_value(Value::Object(fields.clone())).unwrap_or_default();
        Self { name: name.to_owned(), spec, fields, manifest: Manifest::default() }
    }

    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let fields = match SHAPE.readable(object) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let name = text(&object["metadata"]["name"]);
        Self { manifest: Manifest::read(object, &SHAPE), ..Self::of_fields(&name, fields) }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name}, "spec": self.fields})
    }

    /// The Subnet as it will be there.
    #[must_use]
    pub fn as_created(&self) -> Subnet {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        Subnet { metadata, spec: self.spec.clone(), ..Subnet::default() }.as_created()
    }

    /// Whether OVN has a logical switch for it.
    fn is_ovn(&self) -> bool {
        names::is_ovn_provider(&self.spec.provider)
    }

    /// The VPC it will be in: the controller writes the default one where OVN carries it; else it is as written.
    #[must_use]
    pub fn vpc(&self) -> &str {
        if self.spec.vpc.is_empty() && self.is_ovn() { DEFAULT_VPC } else { &self.spec.vpc }
    }

    /// Its networks, when they can be read and are in order: other rules about what lies inside say nothing otherwise.
    fn cidr(&self) -> Option<SubnetCidr> {
        if self.spec.cidr_block.contains(' ') {
            return None;
        }
        SubnetCidr::parse(&self.spec.cidr_block).ok()
    }
}

/// The Subnet of that name in the cluster.
fn existing<'w>(world: &'w World, intent: &SubnetIntent) -> Option<&'w Subnet> {
    world.all_subnets.known()?.iter().find(|subnet| subnet.metadata.name == intent.name)
}

fn always(_: &SubnetIntent) -> bool {
    true
}

fn in_a_vpc(intent: &SubnetIntent) -> bool {
    intent.is_ovn()
}

fn has_vlan(intent: &SubnetIntent) -> bool {
    !intent.spec.vlan.is_empty()
}

fn has_namespaces(intent: &SubnetIntent) -> bool {
    !intent.spec.namespaces.is_empty()
}

fn in_default_vpc(intent: &SubnetIntent) -> bool {
    intent.vpc() == DEFAULT_VPC && intent.is_ovn()
}

rules! { SubnetIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| place::named(&intent.name);
    KO537 [] always => |_, intent| place::not_like_its_vpc(intent);
    KO530 [] always => |_, intent| cidr::written(intent);
    KO121 [] always => |_, intent| cidr::ordered(intent);
    KO532 [] always => |_, intent| cidr::no_host_bits(intent);
    KO531 [] always => |_, intent| cidr::not_reserved(intent);
    KO533 [] |intent| !intent.spec.gateway.is_empty() => |_, intent| gateway::inside(intent);
    KO534 [] always => |_, intent| exclude::written(intent);
    KO535 [] always => |_, intent| exclude::inside(intent);
    KO540 [] always => |_, intent| option::taken(intent);
    KO541 [] always => |_, intent| option::with_effect(intent);
    KO413 [AllSubnets] always => edit::stays;
    KO542 [AllSubnets Ips Vips Eips IptablesEips] always => edit::keeps_its_addresses;
    KO427 [Vpcs] in_a_vpc => place::vpc_exists;
    KO538 [Vlans ProviderNetworks] has_vlan => place::vlan_usable;
    KO539 [Vpcs] |intent| has_namespaces(intent) && in_a_vpc(intent) && !in_default_vpc(intent) => place::namespaces_of_vpc;
    KO539 [AllVpcs] |intent| has_namespaces(intent) && in_default_vpc(intent) => place::namespaces_of_nobody_else;
    KO208 [Namespaces] has_namespaces => place::namespaces_exist;
    KO536 [AllSubnets] always => overlap::subnets;
    KO536 [Nodes] |intent| in_default_vpc(intent) && !has_vlan(intent) => overlap::nodes;
    KO536 [Controller] in_default_vpc => overlap::services;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i SubnetIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(super::needs(RULES, intent));
        wanted.vpcs.insert(intent.vpc().to_owned());
        // nothing has the label of a Subnet whose name is none
        wanted.subnets.extend(Some(intent.name.clone()).filter(|name| crate::net::check_subdomain(name).is_ok()));
        wanted.namespaces.extend(intent.spec.namespaces.iter().cloned());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    super::sorted(super::run(RULES, world, intent))
}
