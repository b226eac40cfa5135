//! The rules of an `OvnSnatRule`.

use serde_json::Value;

use crate::api::{OvnSnatRule, Resource as _, SnatSpec};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, Rule, codes};
use crate::world::{Wanted, World};

/// An `OvnSnatRule` as somebody wants it.
pub type SnatIntent = Draft<SnatSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnSnatRule::KIND,
    texts: &["ovnEip", "vpcSubnet", "ipName", "vpc", "v4IpCidr", "v6IpCidr"],
    lists: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> SnatIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &SnatIntent) -> Value {
    let spec = &intent.spec;
    intent.manifest_with(
        &SHAPE,
        &filled(&[
            ("ovnEip", &spec.ovn_eip),
            ("vpcSubnet", &spec.vpc_subnet),
            ("ipName", &spec.ip_name),
            ("vpc", &spec.vpc),
            ("v4IpCidr", &spec.v4_ip_cidr),
            ("v6IpCidr", &spec.v6_ip_cidr),
        ]),
    )
}

fn always(_: &SnatIntent) -> bool {
    true
}

/// The rules, in the order in which their findings are told.
pub const RULES: &[Rule<SnatIntent>] = &[
    Rule {
        code: codes::KO218,
        needs: &[],
        applies: always,
        check: |_, intent| manifest::field_types(&intent.manifest),
    },
    Rule {
        code: codes::KO219,
        needs: &[],
        applies: always,
        check: |_, intent| manifest::fields_known(&intent.manifest, &SHAPE),
    },
];

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i SnatIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        let spec = &intent.spec;
        wanted.eips.extend(Some(spec.ovn_eip.clone()).filter(|name| !name.is_empty()));
        wanted.ips.extend(Some(spec.ip_name.clone()).filter(|name| !name.is_empty()));
        wanted.subnets.extend(Some(spec.vpc_subnet.clone()).filter(|name| !name.is_empty()));
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
