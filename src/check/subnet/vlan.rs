//! The rules of a Vlan (Kube-OVN: pkg/controller/vlan.go).

use serde_json::{Value, json};

use crate::api::provider_network::VlanSpec;
use crate::api::{Resource as _, Vlan};
use crate::check::manifest::{self, Json, Manifest, Shape, text};
use crate::check::{self, Finding, Severity, codes};
use crate::net::did_you_mean;
use crate::world::{Wanted, World};

/// A Vlan as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VlanIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed.
    pub spec: VlanSpec,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: Vlan::KIND,
    texts: &["provider", "providerInterfaceName"],
    lists: &[],
    others: &[("id", Json::Number), ("vlanId", Json::Number)],
};

impl VlanIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let spec = serde_json::from_value(SHAPE.readable(object)).unwrap_or_default();
        Self { name: text(&object["metadata"]["name"]), spec, manifest: Manifest::read(object, &SHAPE) }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name},
            "spec": {"id": self.spec.id, "provider": self.spec.provider}})
    }

    /// The Vlan as it will be there.
    #[must_use]
    pub fn as_created(&self) -> Vlan {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        Vlan { metadata, spec: self.spec.clone(), ..Vlan::default() }
    }
}

fn always(_: &VlanIntent) -> bool {
    true
}

rules! { VlanIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| super::place::named(&intent.name);
    KO544 [] always => |_, intent| tag(intent);
    KO545 [Vlans] always => alone;
    KO546 [ProviderNetworks] |intent| !intent.spec.provider.is_empty() => provider_exists;
    KO546 [] always => |_, intent| provider_named(intent);
    KO546 [Controller ProviderNetworks] |intent| intent.spec.provider.is_empty() => default_provider;
}

/// KO544: a tag that a frame can have. 1.16 takes any number.
fn tag(intent: &VlanIntent) -> Vec<Finding> {
    if (0..=4095).contains(&intent.spec.id) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO544,
            format!("id {} is not from 0 to 4095: subnets on it get ready, and their port has no tag", intent.spec.id),
        )
        .hint("write the number of the VLAN, or 0 for frames without a tag"),
    ]
}

/// KO545: no other Vlan of the provider network has the tag.
fn alone(world: &World, intent: &VlanIntent) -> Vec<Finding> {
    if intent.spec.id == 0 {
        return Vec::new();
    }
    let all = world.vlans.known().into_iter().flatten().chain(&world.planned.vlans);
    let mut rivals = all.filter(|other| {
        other.metadata.name != intent.name
            && other.spec.provider == intent.spec.provider
            && other.spec.id == intent.spec.id
    });
    let Some(rival) = rivals.next() else { return Vec::new() };
    let name = &rival.metadata.name;
    vec![
        Finding::new(
            codes::KO545,
            format!(
                "vlan {name} has the id {} of provider network {} already: subnets on this one never get ready",
                intent.spec.id, intent.spec.provider
            ),
        )
        .hint(format!("use vlan {name}, or another id")),
    ]
}

/// KO546: the provider network is there.
fn provider_exists(world: &World, intent: &VlanIntent) -> Vec<Finding> {
    let provider = intent.spec.provider.as_str();
    let all = || world.provider_networks.known().into_iter().flatten().chain(&world.planned.provider_networks);
    if all().any(|network| network.metadata.name == provider) {
        return Vec::new();
    }
    let finding = Finding::new(
        codes::KO546,
        format!("there is no provider network \"{provider}\": subnets on the vlan wait for it"),
    );
    vec![match did_you_mean(provider, all().map(|network| network.metadata.name.as_str())) {
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None => finding.hint("kubectl get provider-networks"),
    }]
}

/// KO546: the provider network is named.
fn provider_named(intent: &VlanIntent) -> Vec<Finding> {
    let written = intent.manifest.fields.as_ref().is_none_or(|fields| fields.contains("provider"));
    if written {
        return Vec::new();
    }
    let finding = Finding::new(codes::KO546, "no provider is named: the API server refuses it");
    vec![finding.hint("set spec.provider: kubectl get provider-networks")]
}

/// KO546: of one that is empty the controller takes its `--default-provider-name`.
fn default_provider(world: &World, intent: &VlanIntent) -> Vec<Finding> {
    let written = intent.manifest.fields.as_ref().is_none_or(|fields| fields.contains("provider"));
    let Some(controller) = world.controller.known().filter(|_| written) else { return Vec::new() };
    let default = controller.flag("default-provider-name", "provider");
    let mut all = world.provider_networks.known().into_iter().flatten().chain(&world.planned.provider_networks);
    let there = all.any(|network| network.metadata.name == default);
    let what = format!("provider is empty: the controller takes {default} (--default-provider-name)");
    let finding = if there {
        Finding::new(codes::KO546, what).severity(Severity::Warning)
    } else {
        Finding::new(codes::KO546, format!("{what}, which is not there: subnets on the vlan wait for it"))
    };
    vec![finding.hint("set spec.provider: kubectl get provider-networks")]
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i VlanIntent>) -> Wanted {
    let needs = intents.into_iter().flat_map(|intent| check::needs(RULES, intent)).collect();
    Wanted { needs, ..Wanted::default() }
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &VlanIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
