//! The rules of a `ProviderNetwork`.

use serde_json::{Value, json};

use crate::api::provider_network::ProviderNetworkSpec;
use crate::api::{ProviderNetwork, Resource as _};
use crate::check::manifest::{self, Json, Manifest, Shape, text};
use crate::check::{self, Finding, Severity, codes};
use crate::world::{Wanted, World};

/// A `ProviderNetwork` as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderNetworkIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed.
    pub spec: ProviderNetworkSpec,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: ProviderNetwork::KIND,
    texts: &["defaultInterface"],
    lists: &["excludeNodes", "vlanInterfaces"],
    others: &[
        ("autoCreateVlanSubinterfaces", Json::Bool),
        ("customInterfaces", Json::Objects),
        ("exchangeLinkName", Json::Bool),
        ("nodeSelector", Json::Object),
        ("preserveVlanInterfaces", Json::Bool),
    ],
};

/// Longest name: the bridge is `br-NAME`, and an interface of Linux has 15 letters.
const NAME: usize = 12;
/// Longest name of an interface.
const INTERFACE: usize = 15;

impl ProviderNetworkIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let spec = serde_json::from_value(SHAPE.readable(object)).unwrap_or_default();
        Self { name: text(&object["metadata"]["name"]), spec, manifest: Manifest::read(object, &SHAPE) }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        let spec = &self.spec;
        let mut fields = json!({"defaultInterface": spec.default_interface});
        if !spec.custom_interfaces.is_empty() {
            let custom =
                spec.custom_interfaces.iter().map(|one| json!({"interface": one.interface, "nodes": one.nodes}));
            fields["customInterfaces"] = custom.collect();
        }
        if !spec.exclude_nodes.is_empty() {
            fields["excludeNodes"] = json!(spec.exclude_nodes);
        }
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name}, "spec": fields})
    }

    /// The provider network as it will be there.
    #[must_use]
    pub fn as_created(&self) -> ProviderNetwork {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        ProviderNetwork { metadata, spec: self.spec.clone(), ..ProviderNetwork::default() }
    }
}

fn always(_: &ProviderNetworkIntent) -> bool {
    true
}

rules! { ProviderNetworkIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| super::place::named(&intent.name);
    KO543 [] always => |_, intent| written(intent);
    KO543 [ProviderNetworks] |intent| !intent.spec.default_interface.is_empty() => interface_free;
}

/// KO543: names that Linux takes. 1.16's API server checks the interface, and no longer the name.
fn written(intent: &ProviderNetworkIntent) -> Vec<Finding> {
    let mut findings = Vec::new();
    if intent.name.chars().count() > NAME {
        findings.push(
            Finding::new(
                codes::KO543,
                format!(
                    "the name {} is longer than {NAME} letters: the bridge br-{} cannot be made on any node",
                    intent.name, intent.name
                ),
            )
            .hint(format!("choose a name of at most {NAME} letters")),
        );
    }
    let custom = intent.spec.custom_interfaces.iter().map(|one| one.interface.as_str());
    for interface in std::iter::once(intent.spec.default_interface.as_str()).chain(custom) {
        let bad = interface.chars().any(|letter| letter == '/' || letter.is_whitespace());
        if interface.is_empty() || bad || interface.chars().count() > INTERFACE {
            findings.push(
                Finding::new(codes::KO543, format!("{interface:?} is no name of an interface: the API server refuses it"))
                    .hint(format!("write the name of the nodes' interface, at most {INTERFACE} letters without blanks and slashes: ip link shows it")),
            );
        }
    }
    findings
}

/// KO543 as a warning: an interface is in one bridge.
fn interface_free(world: &World, intent: &ProviderNetworkIntent) -> Vec<Finding> {
    let interface = intent.spec.default_interface.as_str();
    let all = world.provider_networks.known().into_iter().flatten().chain(&world.planned.provider_networks);
    let mut others =
        all.filter(|other| other.metadata.name != intent.name && other.spec.default_interface == interface);
    let Some(other) = others.next() else { return Vec::new() };
    let name = &other.metadata.name;
    vec![
        Finding::new(
            codes::KO543,
            format!("provider network {name} has the interface {interface} already: a node puts it into one bridge"),
        )
        .severity(Severity::Warning)
        .hint(format!("use provider network {name} with another vlan, or another interface")),
    ]
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i ProviderNetworkIntent>) -> Wanted {
    let needs = intents.into_iter().flat_map(|intent| check::needs(RULES, intent)).collect();
    Wanted { needs, ..Wanted::default() }
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &ProviderNetworkIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
