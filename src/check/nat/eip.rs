//! The rules of an `OvnEip`.

use serde_json::Value;

use super::{edit, eip_kind, external};
use crate::api::{EipType, OvnEip, OvnEipSpec, Resource as _};
use crate::check::address;
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding};
use crate::world::{Wanted, World};

/// An `OvnEip` as somebody wants it.
pub type EipIntent = Draft<OvnEipSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnEip::KIND,
    texts: &["externalSubnet", "type", "v4Ip", "v6Ip", "macAddress"],
    lists: &[],
    others: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> EipIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The text fields of its spec, by name.
#[must_use]
pub fn fields(spec: &OvnEipSpec) -> [(&'static str, &str); 5] {
    [
        ("externalSubnet", &spec.external_subnet),
        ("type", &spec.kind),
        ("v4Ip", &spec.v4_ip),
        ("v6Ip", &spec.v6_ip),
        ("macAddress", &spec.mac_address),
    ]
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &EipIntent) -> Value {
    intent.manifest_with(&SHAPE, &filled(&fields(&intent.spec)))
}

fn always(_: &EipIntent) -> bool {
    true
}

fn is_static(intent: &EipIntent) -> bool {
    !intent.spec.v4_ip.is_empty()
}

fn is_unnamed(intent: &EipIntent) -> bool {
    intent.spec.external_subnet.is_empty()
}

fn is_lrp(intent: &EipIntent) -> bool {
    intent.spec.kind == EipType::Lrp.as_spec()
}

fn is_lsp(intent: &EipIntent) -> bool {
    intent.spec.kind == EipType::Lsp.as_spec()
}

/// Whether the name can be a router port's, `VPC-SUBNET`.
fn may_be_port(intent: &EipIntent) -> bool {
    !is_unnamed(intent) && eip_kind::vpc_of(&intent.name, &intent.spec.external_subnet).is_some()
}

/// The EIP of that name in the cluster.
pub(super) fn existing<'w>(world: &'w World, intent: &EipIntent) -> Option<&'w OvnEip> {
    world.eip(&intent.name)
}

rules! { EipIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| eip_kind::shape(&intent.name);
    KO406 [] always => |_, intent| eip_kind::known(intent);
    KO413 [NamedEips] always => eip_kind::name_free;
    KO414 [NamedEips] always => edit::eip_kept;
    KO401 [Controller] is_unnamed => external::named;
    KO402 [Controller Subnets] is_unnamed => external::default_exists;
    KO405 [NamedEips] |intent| !(intent.spec.v6_ip.is_empty() && intent.spec.mac_address.is_empty()) => external::no_request;
    KO101 [] is_static => |_, intent| external::written(intent);
    KO115 [Subnets] |intent| !is_unnamed(intent) => |world, intent| address::subnet_exists(world, &external::asked(world, intent));
    KO119 [Subnets] always => |world, intent| address::subnet_usable(world, &external::asked(world, intent));
    KO403 [Subnets Controller] always => external::is_underlay;
    KO404 [Subnets] always => external::is_v4;
    KO103 [Subnets] is_static => |world, intent| address::inside(world, &external::asked(world, intent));
    KO104 [Subnets] is_static => |world, intent| address::assignable(world, &external::asked(world, intent));
    KO106 [Subnets Vips Ips Eips IptablesEips Ports] is_static => |world, intent| address::free(world, &external::asked(world, intent));
    KO107 [Subnets NamedEips] is_static => |world, intent| address::set_aside(world, &external::asked(world, intent));
    KO108 [Subnets NamedEips Pools] is_static => |world, intent| address::unpooled(world, &external::asked(world, intent));
    KO120 [Subnets NamedEips WaitingPods] is_static => |world, intent| address::unawaited(world, &external::asked(world, intent));
    KO114 [Subnets NamedEips Pools] always => |world, intent| address::room(world, &external::asked(world, intent));
    KO407 [Vpcs NamedEips Ports] is_lrp => eip_kind::of_router;
    KO408 [NamedIps NamedEips Ports] is_lsp => eip_kind::of_node;
    KO409 [Vpcs NamedEips] may_be_port => eip_kind::not_a_router_port;
    KO411 [Own NamedIps NamedEips NamedIptablesEips] always => eip_kind::name_unshared;
    KO410 [NamedEips] is_static => external::guarded;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i EipIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.names.insert(intent.name.clone());
        wanted.eips.insert(intent.name.clone());
        wanted.default_switch |= is_unnamed(intent);
        wanted.ips.insert(intent.name.clone());
        wanted.ips.extend(is_lsp(intent).then(|| eip_kind::node_ip(&intent.name)));
        wanted.ports.extend(is_lsp(intent).then(|| intent.name.clone()));
        let vpc = eip_kind::vpc_of(&intent.name, &intent.spec.external_subnet);
        wanted.vpcs.extend(vpc.filter(|_| !is_unnamed(intent)).map(str::to_owned));
        wanted.subnets.extend(Some(intent.spec.external_subnet.clone()).filter(|name| !name.is_empty()));
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &EipIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
