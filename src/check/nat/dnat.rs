//! The rules of an `OvnDnatRule`.

use serde_json::Value;

use crate::api::{DnatSpec, OvnDnatRule, Resource as _};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, Rule, codes};
use crate::world::{Wanted, World};

/// An `OvnDnatRule` as somebody wants it.
pub type DnatIntent = Draft<DnatSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: OvnDnatRule::KIND,
    texts: &["ovnEip", "ipType", "ipName", "vpc", "v4Ip", "v6Ip", "externalPort", "internalPort", "protocol"],
    lists: &[],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> DnatIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &DnatIntent) -> Value {
    let spec = &intent.spec;
    intent.manifest_with(
        &SHAPE,
        &filled(&[
            ("ovnEip", &spec.target.ovn_eip),
            ("ipType", &spec.target.ip_type),
            ("ipName", &spec.target.ip_name),
            ("vpc", &spec.target.vpc),
            ("v4Ip", &spec.target.v4_ip),
            ("v6Ip", &spec.target.v6_ip),
            ("externalPort", &spec.external_port),
            ("internalPort", &spec.internal_port),
            ("protocol", &spec.protocol),
        ]),
    )
}

fn always(_: &DnatIntent) -> bool {
    true
}

/// The rules, in the order in which their findings are told.
pub const RULES: &[Rule<DnatIntent>] = &[
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
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i DnatIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.eips.extend(Some(intent.spec.target.ovn_eip.clone()).filter(|name| !name.is_empty()));
        if intent.spec.target.ip_type == "vip" {
            wanted.names.insert(intent.spec.target.ip_name.clone());
            wanted.ports.insert(intent.spec.target.ip_name.clone());
        } else if !intent.spec.target.ip_name.is_empty() {
            wanted.ips.insert(intent.spec.target.ip_name.clone());
        }
        wanted.vpcs.extend(Some(intent.spec.target.vpc.clone()).filter(|name| !name.is_empty()));
        wanted.insides.extend(
            [&intent.spec.target.v4_ip, &intent.spec.target.v6_ip].into_iter().filter(|text| !text.is_empty()).cloned(),
        );
        wanted.load_balancers.insert(intent.name.clone());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &DnatIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
