//! The rules of an `OvnFip`.

use serde_json::Value;

use super::present::{always, by_address, by_name, has_eip};
use super::{aim, edit, eip_kind, exclusive, gateway, inside, row, target, used};
use crate::api::{FipSpec, OvnFip, Resource as _};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, codes};
use crate::world::{Wanted, World};

/// An `OvnFip` as somebody wants it.
pub type FipIntent = Draft<FipSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnFip::KIND,
    texts: &["ovnEip", "ipType", "ipName", "vpc", "v4Ip", "v6Ip", "type"],
    lists: &[],
    others: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> FipIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The text fields of its spec, by name.
#[must_use]
pub fn fields(spec: &FipSpec) -> [(&'static str, &str); 7] {
    let [eip, kind, name, vpc, v4, v6] = aim::fields(&spec.target);
    [eip, kind, name, vpc, v4, v6, ("type", &spec.kind)]
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &FipIntent) -> Value {
    intent.manifest_with(&SHAPE, &filled(&fields(&intent.spec)))
}

rules! { FipIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| eip_kind::shape(&intent.name);
    KO442 [] always => |_, intent| kind_known(intent);
    KO420 [] always => |_, intent| used::named(intent);
    KO421 [NamedEips] has_eip => used::exists;
    KO422 [NamedEips] has_eip => used::has_address;
    KO413 [Fips] always => exclusive::name_free;
    KO438 [Fips] always => edit::fip_kept;
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
    KO436 [Fips NamedEips] has_eip => exclusive::no_leaving_fip;
    KO440 [Fips NamedEips] has_eip => exclusive::one_fip;
    KO437 [Fips NamedEips NatRows] has_eip => row::none_of_fip;
    KO443 [Fips Snats Dnats NamedEips NamedIps Own Subnets Vpcs] has_eip => used::one_vpc;
    KO441 [Snats Dnats NamedEips] has_eip => exclusive::beside;
}

/// KO442: anything but `distributed` makes a centralized FIP.
fn kind_known(intent: &FipIntent) -> Vec<Finding> {
    let text = intent.spec.kind.as_str();
    if ["", "distributed", "centralized"].contains(&text) {
        return Vec::new();
    }
    let finding = Finding::new(
        codes::KO442,
        format!("type `{text}` is none that the controller knows; it makes a centralized FIP of it"),
    );
    let near = ["distributed", "centralized"].into_iter().find(|one| one.eq_ignore_ascii_case(text.trim()));
    vec![match near {
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None => finding.hint("leave it out, or write distributed or centralized"),
    }]
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i FipIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        aim::want(&mut wanted, &intent.spec.target);
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &FipIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
