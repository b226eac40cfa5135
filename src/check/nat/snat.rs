//! The rules of an `OvnSnatRule`.

use serde_json::Value;

use super::present::{always, has_eip};
use super::{edit, eip_kind, exclusive, gateway, row, traffic, used};
use crate::api::{OvnSnatRule, Resource as _, SnatSpec};
use crate::check::address::{self, Asked};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding};
use crate::world::{Wanted, World};

/// An `OvnSnatRule` as somebody wants it.
pub type SnatIntent = Draft<SnatSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnSnatRule::KIND,
    texts: &["ovnEip", "vpcSubnet", "ipName", "vpc", "v4IpCidr", "v6IpCidr"],
    lists: &[],
    others: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> SnatIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The text fields of its spec, by name.
#[must_use]
pub fn fields(spec: &SnatSpec) -> [(&'static str, &str); 6] {
    [
        ("ovnEip", &spec.ovn_eip),
        ("vpcSubnet", &spec.vpc_subnet),
        ("ipName", &spec.ip_name),
        ("vpc", &spec.vpc),
        ("v4IpCidr", &spec.v4_ip_cidr),
        ("v6IpCidr", &spec.v6_ip_cidr),
    ]
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &SnatIntent) -> Value {
    intent.manifest_with(&SHAPE, &filled(&fields(&intent.spec)))
}

fn by_name(intent: &SnatIntent) -> bool {
    !intent.spec.ip_name.is_empty()
}

fn by_subnet(intent: &SnatIntent) -> bool {
    !intent.spec.vpc_subnet.is_empty()
}

fn by_cidr(intent: &SnatIntent) -> bool {
    !(intent.spec.v4_ip_cidr.is_empty() && intent.spec.v6_ip_cidr.is_empty())
}

fn asked(intent: &SnatIntent) -> Asked<'_> {
    Asked { name: &intent.name, subnet: &intent.spec.vpc_subnet, ..Asked::default() }
}

rules! { SnatIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| eip_kind::shape(&intent.name);
    KO420 [] always => |_, intent| used::named(intent);
    KO421 [NamedEips] has_eip => used::exists;
    KO422 [NamedEips] has_eip => used::has_address;
    KO413 [Snats] always => exclusive::name_free;
    KO438 [Snats] always => edit::snat_kept;
    KO444 [NamedIps Own Subnets Vpcs] always => traffic::one_form;
    KO430 [NamedIps Own] by_name => traffic::exists;
    KO431 [NamedIps Own] by_name => traffic::has_address;
    KO115 [Subnets] by_subnet => |world, intent| address::subnet_exists(world, &asked(intent));
    KO119 [Subnets] by_subnet => |world, intent| address::subnet_usable(world, &asked(intent));
    KO432 [NamedIps Own Subnets Vpcs] always => traffic::routed;
    KO445 [] by_cidr => |_, intent| traffic::written(intent);
    KO433 [Vpcs AllSubnets] by_cidr => traffic::inside;
    KO427 [NamedIps Own Subnets Vpcs NatRows] always => gateway::vpc_exists;
    KO403 [NamedEips Subnets Vpcs Controller] has_eip => used::external;
    KO424 [NamedEips NamedIps Own Subnets Vpcs] has_eip => used::for_rules;
    KO434 [NamedEips NamedIps Own Subnets Vpcs] has_eip => used::families_meet;
    KO425 [NamedEips NamedIps Own Subnets Vpcs Ports] has_eip => gateway::attached;
    KO426 [NamedEips NamedIps Own Subnets Vpcs Ports Gateways] has_eip => gateway::bound;
    KO436 [Snats NamedIps Own Subnets Vpcs] always => exclusive::no_leaving_snat;
    KO446 [Snats NamedIps Own Subnets Vpcs] always => traffic::alone;
    KO437 [Snats NamedIps Own Subnets Vpcs NatRows] always => row::none_of_snat;
    KO443 [Fips Snats Dnats NamedEips NamedIps Own Subnets Vpcs] has_eip => used::one_vpc;
    KO441 [Fips NamedEips] has_eip => exclusive::beside;
    KO465 [Fips NamedIps Own Subnets Vpcs] always => traffic::without_fip;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i SnatIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        let spec = &intent.spec;
        wanted.eips.extend(Some(spec.ovn_eip.clone()).filter(|name| !name.is_empty()));
        // a Vip has the name when somebody takes it for one that a SNAT can use
        let named = Some(spec.ip_name.clone()).filter(|name| !name.is_empty());
        wanted.names.extend(named.clone());
        wanted.ips.extend(named);
        let source = Some(spec.vpc_subnet.clone()).filter(|name| !name.is_empty());
        wanted.subnets.extend(source.clone());
        wanted.sources.extend(source);
        wanted.vpcs.extend(Some(spec.vpc.clone()).filter(|name| !name.is_empty()));
        wanted
            .insides
            .extend([&spec.v4_ip_cidr, &spec.v6_ip_cidr].into_iter().filter(|text| !text.is_empty()).cloned());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &SnatIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
