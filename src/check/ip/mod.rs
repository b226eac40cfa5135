//! The rules of an IP: a reservation.

use serde_json::Value;

use crate::api::{Ip, IpSpec, Resource as _};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, Rule, codes};
use crate::world::{Wanted, World};

/// An IP: a reservation as somebody wants it.
pub type IpIntent = Draft<IpSpec>;

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: Ip::KIND,
    texts: &[
        "podName",
        "namespace",
        "subnet",
        "v4IpAddress",
        "v6IpAddress",
        "macAddress",
        "podType",
        "nodeName",
        "ipAddress",
        "containerID",
    ],
    lists: &["attachIps", "attachMacs", "attachSubnets"],
};

/// Reads a manifest, whatever is wrong with it.
#[must_use]
pub fn from_manifest(object: &Value) -> IpIntent {
    Draft::from_manifest(object, &SHAPE)
}

/// The manifest that asks for it.
#[must_use]
pub fn to_manifest(intent: &IpIntent) -> Value {
    let spec = &intent.spec;
    intent.manifest_with(
        &SHAPE,
        &filled(&[
            ("podName", &spec.pod_name),
            ("namespace", &spec.namespace),
            ("subnet", &spec.subnet),
            ("v4IpAddress", &spec.v4_ip_address),
            ("v6IpAddress", &spec.v6_ip_address),
            ("macAddress", &spec.mac_address),
            ("podType", &spec.pod_type),
        ]),
    )
}

fn always(_: &IpIntent) -> bool {
    true
}

/// The rules, in the order in which their findings are told.
pub const RULES: &[Rule<IpIntent>] = &[
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
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i IpIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.ips.insert(intent.name.clone());
        wanted.subnets.extend(Some(intent.spec.subnet.clone()).filter(|name| !name.is_empty()));
        wanted.namespaces.extend(Some(intent.spec.namespace.clone()).filter(|name| !name.is_empty()));
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &IpIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
