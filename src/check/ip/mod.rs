//! The rules of an IP: a reservation.

mod edit;
mod holder;
mod lasts;
mod name;
mod state;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::api::{Ip, IpSpec, PodType, Resource as _};
use crate::check::address::{self, Asked};
use crate::check::draft::Draft;
use crate::check::manifest::{self, Shape, filled};
use crate::check::{self, Finding, Rule, codes};
use crate::net;
use crate::world::holder::Holder;
use crate::world::{Need, Wanted, World};

pub use edit::differences;
pub use lasts::{Kept, Lasting, lasting};
pub use state::{State, problems};

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
    others: &[],
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

/// Addresses and MAC in the form that the controller keeps without complaint: lower case, compressed. What cannot be read stays
/// as typed, for a rule to say so.
#[must_use]
pub fn canonical(mut intent: IpIntent) -> IpIntent {
    for text in [&mut intent.spec.v4_ip_address, &mut intent.spec.v6_ip_address] {
        if let Ok(address) = net::parse_address(text) {
            *text = net::canonical(&address);
        }
    }
    if let Ok(mac) = intent.spec.mac_address.parse::<net::Mac>() {
        intent.spec.mac_address = mac.to_string();
    }
    intent
}

/// Whom an IP is for.
#[must_use]
pub fn holder(spec: &IpSpec) -> Holder {
    Holder { namespace: spec.namespace.clone(), name: spec.pod_name.clone(), pod_type: spec.pod_type.clone() }
}

/// Whether an address or a MAC is asked for: then the controller does not look whether somebody has it.
#[must_use]
pub fn is_static(intent: &IpIntent) -> bool {
    asked(intent).is_static()
}

fn asked(intent: &IpIntent) -> Asked<'_> {
    let spec = &intent.spec;
    Asked {
        name: "",
        subnet: &spec.subnet,
        v4: ("v4IpAddress", &spec.v4_ip_address),
        v6: ("v6IpAddress", &spec.v6_ip_address),
        mac: ("macAddress", &spec.mac_address),
        settled: false,
        ip: Some(&intent.name),
        made_by: None,
    }
}

/// The same for an IP that may be there already: one that has its address is asked for nothing.
fn asked_in<'i>(world: &World, intent: &'i IpIntent) -> Asked<'i> {
    Asked { settled: world.ip(&intent.name).is_some_and(Ip::is_ready), ..asked(intent) }
}

/// KO106 and KO111 alone: whether the address and the MAC are still to be had, by all that could be read.
#[must_use]
pub fn taken(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let asked = Asked { settled: false, ..asked_in(world, intent) };
    let mut findings = address::free(world, &asked);
    if has_mac(intent) {
        findings.extend(address::mac_free(world, &asked));
    }
    findings
}

/// KO106 and KO111 again, as far as something that [`taken`] looks at could not be read.
#[must_use]
pub fn not_known_taken(world: &World, intent: &IpIntent) -> Vec<Finding> {
    let Some(lack) = HOLDERS.iter().find_map(|need| world.unknown(*need)) else { return Vec::new() };
    let codes = [is_static(intent).then_some(codes::KO106), has_mac(intent).then_some(codes::KO111)];
    codes.into_iter().flatten().map(|code| Finding::unchecked(code, lack)).collect()
}

/// Who may have an address.
const HOLDERS: [Need; 5] = [Need::Subnets, Need::Vips, Need::Ips, Need::Eips, Need::IptablesEips];

/// What has to be read for [`taken`].
#[must_use]
pub fn wanted_by_taken(intent: &IpIntent) -> Wanted {
    let needs = HOLDERS.into_iter().collect();
    Wanted { needs, subnets: std::iter::once(intent.spec.subnet.clone()).collect(), ..Wanted::default() }
}

fn always(_: &IpIntent) -> bool {
    true
}

fn has_mac(intent: &IpIntent) -> bool {
    intent.spec.mac_address.parse::<net::Mac>().is_ok()
}

fn names_subnet(intent: &IpIntent) -> bool {
    !intent.spec.subnet.is_empty()
}

fn static_in_subnet(intent: &IpIntent) -> bool {
    is_static(intent) && names_subnet(intent)
}

/// Whether it names a pod, or a VM, in a namespace.
fn names_holder(intent: &IpIntent) -> bool {
    !intent.spec.pod_name.is_empty() && !intent.spec.namespace.is_empty()
}

fn of_subnet_for_holder(intent: &IpIntent) -> bool {
    names_subnet(intent) && names_holder(intent)
}

fn is_of_vm(intent: &IpIntent) -> bool {
    PodType::parse(&intent.spec.pod_type) == Some(PodType::VirtualMachine)
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[Rule<IpIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO302 [] always => |_, intent| name::names_its_pod(intent);
    KO303 [] always => |_, intent| name::known_type(intent);
    KO310 [] names_holder => |_, intent| name::has_ordinal(intent);
    KO219 [] always => |_, intent| name::no_status(intent);
    KO314 [NamedIps] always => name::no_finalizer;
    KO116 [] always => |_, intent| address::subnet_named(&asked(intent));
    KO304 [NamedIps] always => name::in_its_own_field;
    KO101 [] is_static => |_, intent| address::written(&asked(intent));
    KO113 [] is_static => |_, intent| address::spelled(&asked(intent));
    KO109 [NamedIps] |intent| !intent.spec.mac_address.is_empty() => |world, intent| address::mac_written(&asked_in(world, intent));
    KO115 [Subnets] names_subnet => |world, intent| address::subnet_exists(world, &asked(intent));
    KO119 [Subnets] names_subnet => |world, intent| address::subnet_usable(world, &asked(intent));
    KO121 [Subnets] names_subnet => |world, intent| address::ordered(world, &asked(intent));
    KO301 [Subnets] of_subnet_for_holder => name::as_the_controller_computes;
    KO316 [Subnets] |intent| !intent.spec.mac_address.is_empty() => name::mac_of_ovn;
    KO306 [NamedIps] always => edit::not_terminating;
    KO305 [NamedIps] always => edit::keeps_what_it_has;
    KO313 [NamedIps] always => edit::is_reserved;
    KO317 [NamedIps] always => edit::leaves_a_pods_own;
    KO103 [Subnets] static_in_subnet => |world, intent| address::inside(world, &asked(intent));
    KO104 [Subnets] static_in_subnet => |world, intent| address::assignable(world, &asked(intent));
    KO106 [Subnets NamedIps Vips Ips Eips IptablesEips Ports] static_in_subnet => |world, intent| address::free(world, &asked_in(world, intent));
    KO107 [Subnets NamedIps] static_in_subnet => |world, intent| address::set_aside(world, &asked_in(world, intent));
    KO108 [Subnets NamedIps Pools] static_in_subnet => |world, intent| address::unpooled(world, &asked_in(world, intent));
    KO120 [Subnets NamedIps WaitingPods] static_in_subnet => |world, intent| address::unawaited(world, &asked_in(world, intent));
    KO111 [NamedIps Vips Ips Eips IptablesEips Ports] |intent| has_mac(intent) && names_subnet(intent) => |world, intent| address::mac_free(world, &asked_in(world, intent));
    KO114 [Subnets NamedIps Pools] names_subnet => |world, intent| address::room(world, &asked_in(world, intent));
    KO222 [Subnets NamedIps] names_subnet => name::both_families;
    KO311 [Ports NamedIps] always => name::no_port_of_that_name;
    KO312 [Controller] is_of_vm => holder::vms_are_kept;
    KO208 [HolderNamespaces] names_holder => holder::namespace_exists;
    KO308 [Subnets NamedIps HolderPods Makers HolderNamespaces] of_subnet_for_holder => holder::is_in_the_subnet;
    KO309 [Subnets NamedIps HolderPods Makers HolderNamespaces] of_subnet_for_holder => holder::asks_for_no_other;
    KO307 [HolderPods Makers Controller] names_holder => holder::outlives_a_restart;
    KO315 [] is_of_vm => |_, intent| holder::goes_with_the_vm(intent);
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i IpIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.ips.insert(intent.name.clone());
        wanted.ports.insert(intent.name.clone());
        wanted.subnets.extend(Some(intent.spec.subnet.clone()).filter(|name| !name.is_empty()));
        wanted.namespaces.extend(Some(intent.spec.namespace.clone()).filter(|name| !name.is_empty()));
        wanted.holders.insert(holder(&intent.spec));
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &IpIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
