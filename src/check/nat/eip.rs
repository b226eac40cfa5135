//! The rules of an `OvnEip`.

use serde_json::Value;

use crate::api::{OvnEip, OvnEipSpec, Resource as _};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, Rule, codes};
use crate::world::{Wanted, World};

/// An `OvnEip` as somebody wants it.
pub type EipIntent = Draft<OvnEipSpec>;

/// Its fields.
pub const SHAPE: Shape =
    Shape { kind: OvnEip::KIND, texts: &["externalSubnet", "type", "v4Ip", "v6Ip", "macAddress"], lists: &[] };

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> EipIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &EipIntent) -> Value {
    let spec = &intent.spec;
    intent.manifest_with(
        &SHAPE,
        &filled(&[
            ("externalSubnet", &spec.external_subnet),
            ("type", &spec.kind),
            ("v4Ip", &spec.v4_ip),
            ("v6Ip", &spec.v6_ip),
            ("macAddress", &spec.mac_address),
        ]),
    )
}

fn always(_: &EipIntent) -> bool {
    true
}

/// The rules, in the order in which their findings are told.
pub const RULES: &[Rule<EipIntent>] = &[
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
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i EipIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.eips.insert(intent.name.clone());
        wanted.subnets.extend(Some(intent.spec.external_subnet.clone()).filter(|name| !name.is_empty()));
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &EipIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
