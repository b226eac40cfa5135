//! The rules of an `OvnDnatRule`.

use serde_json::Value;

use super::present::{always, by_address, by_name, has_eip};
use super::{aim, edit, eip_kind, exclusive, gateway, inside, port, row, target, used};
use crate::api::{DnatSpec, OvnDnatRule, Resource as _};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding};
use crate::world::{Wanted, World};

/// An `OvnDnatRule` as somebody wants it.
pub type DnatIntent = Draft<DnatSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnDnatRule::KIND,
    texts: &["ovnEip", "ipType", "ipName", "vpc", "v4Ip", "v6Ip", "externalPort", "internalPort", "protocol"],
    lists: &[],
    others: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> DnatIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The text fields of its spec, by name.
#[must_use]
pub fn fields(spec: &DnatSpec) -> [(&'static str, &str); 9] {
    let [eip, kind, name, vpc, v4, v6] = aim::fields(&spec.target);
    let (external, internal) =
        (("externalPort", spec.external_port.as_str()), ("internalPort", spec.internal_port.as_str()));
    [eip, kind, name, vpc, v4, v6, external, internal, ("protocol", &spec.protocol)]
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &DnatIntent) -> Value {
    intent.manifest_with(&SHAPE, &filled(&fields(&intent.spec)))
}

rules! { DnatIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| eip_kind::shape(&intent.name);
    KO460 [] always => |_, intent| port::protocol(intent);
    KO461 [] always => |_, intent| port::ports(intent);
    KO464 [] always => |_, intent| exclusive::unlabelled(intent);
    KO420 [] always => |_, intent| used::named(intent);
    KO421 [NamedEips] has_eip => used::exists;
    KO422 [NamedEips] has_eip => used::has_address;
    KO413 [Dnats] always => exclusive::name_free;
    KO438 [Dnats] always => edit::dnat_kept;
    KO428 [NamedIps Own Subnets Vpcs] always => target::one_form;
    KO429 [] always => |_, intent| target::kind_known(intent);
    KO430 [NamedIps Own] by_name => target::exists;
    KO431 [NamedIps Own] by_name => target::has_address;
    KO432 [NamedIps Own Subnets Vpcs] by_name => inside::routed;
    KO101 [] by_address => |_, intent| inside::written(intent);
    KO433 [Vpcs AllSubnets] by_address => inside::inside;
    KO427 [NamedIps Own Subnets Vpcs NatRows] always => gateway::vpc_exists;
    KO403 [NamedEips Subnets Vpcs Controller] has_eip => used::external;
    KO424 [NamedEips NamedIps Own Subnets Vpcs] has_eip => used::for_rules;
    KO434 [NamedEips NamedIps Own Subnets Vpcs] has_eip => used::families_meet;
    KO425 [NamedEips NamedIps Own Subnets Vpcs Ports] has_eip => gateway::attached;
    KO426 [NamedEips NamedIps Own Subnets Vpcs Ports Gateways] has_eip => gateway::bound;
    KO435 [Own Ports] |intent| intent.spec.target.ip_type == "vip" => inside::held;
    KO466 [Own] |intent| intent.spec.target.ip_type == "vip" => inside::no_balancer;
    KO436 [Dnats NamedEips] has_eip => exclusive::no_leaving_dnat;
    KO462 [Dnats NamedEips] has_eip => exclusive::one_forward;
    KO463 [Dnats NatRows] always => row::no_balancer;
    KO443 [Fips Snats Dnats NamedEips NamedIps Own Subnets Vpcs] has_eip => used::one_vpc;
    KO441 [Fips NamedEips] has_eip => exclusive::beside;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i DnatIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        aim::want(&mut wanted, &intent.spec.target);
        wanted.load_balancers.insert(intent.name.clone());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &DnatIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
