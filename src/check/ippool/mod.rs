//! The rules of an `IPPool` (Kube-OVN: pkg/controller/ippool.go; pkg/ipam/subnet.go, `AddOrUpdateIPPool`).

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::address::{self, Asked};
use super::manifest::{self, Json, Manifest, Shape, text};
use super::subnet::{missing_namespaces, named};
use super::{Difference, Finding, Rule, Severity, codes};
use crate::api::ip::IpPoolSpec;
use crate::api::{IpPool, Resource as _, Subnet};
use crate::net::{AddressRange, Family, RangeSet, SubnetCidr};
use crate::world::{Need, Wanted, World};

/// A pool as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed; a field of the wrong type is empty.
    pub spec: IpPoolSpec,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: IpPool::KIND,
    texts: &["subnet"],
    lists: &["ips", "namespaces"],
    others: &[("enableAddressSet", Json::Bool)],
};

impl PoolIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let spec = serde_json::from_value(SHAPE.readable(object)).unwrap_or_default();
        Self { name: text(&object["metadata"]["name"]), spec, manifest: Manifest::read(object, &SHAPE) }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        let spec = &self.spec;
        let mut fields =
            Map::from_iter([("subnet".to_owned(), json!(spec.subnet)), ("ips".to_owned(), json!(spec.ips))]);
        if !spec.namespaces.is_empty() {
            fields.insert("namespaces".to_owned(), json!(spec.namespaces));
        }
        if spec.enable_address_set {
            fields.insert("enableAddressSet".to_owned(), json!(true));
        }
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name}, "spec": fields})
    }

    /// The pool as it will be there.
    #[must_use]
    pub fn as_created(&self) -> IpPool {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        IpPool { metadata, spec: self.spec.clone(), ..IpPool::default() }
    }

    fn asked(&self) -> Asked<'_> {
        Asked { name: &self.name, subnet: &self.spec.subnet, ..Asked::default() }
    }

    /// The addresses of its items that can be read.
    fn addresses(&self) -> RangeSet {
        RangeSet::read(self.spec.ips.iter().map(String::as_str)).0
    }
}

/// In what a pool differs from what is asked for.
#[must_use]
pub fn differences(pool: &IpPool, intent: &PoolIntent) -> Vec<Difference> {
    let (is, asked) = (&pool.spec, &intent.spec);
    let mut found = Vec::new();
    let mut compare = |field, same: bool, is: String, asked: String| {
        if !same {
            found.push(Difference { field, is, asked });
        }
    };
    compare("subnet", is.subnet == asked.subnet, is.subnet.clone(), asked.subnet.clone());
    let ranges = |ips: &[String]| RangeSet::read(ips.iter().map(String::as_str)).0;
    compare("ips", ranges(&is.ips) == ranges(&asked.ips), is.ips.join(","), asked.ips.join(","));
    compare("namespaces", is.namespaces == asked.namespaces, is.namespaces.join(","), asked.namespaces.join(","));
    let set = |on: bool| on.to_string();
    compare(
        "enableAddressSet",
        is.enable_address_set == asked.enable_address_set,
        set(is.enable_address_set),
        set(asked.enable_address_set),
    );
    found
}

fn existing<'w>(world: &'w World, intent: &PoolIntent) -> Option<&'w IpPool> {
    world.pools.known()?.iter().find(|pool| pool.metadata.name == intent.name)
}

fn subnet<'w>(world: &'w World, intent: &PoolIntent) -> Option<(&'w Subnet, SubnetCidr)> {
    let subnet = world.subnet(&intent.spec.subnet)?;
    Some((subnet, SubnetCidr::parse(&subnet.spec.cidr_block).ok()?))
}

fn always(_: &PoolIntent) -> bool {
    true
}

fn names_subnet(intent: &PoolIntent) -> bool {
    !intent.spec.subnet.is_empty()
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[Rule<PoolIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| named(&intent.name);
    KO116 [] always => |_, intent| address::subnet_named(&intent.asked());
    KO550 [] always => |_, intent| written(intent);
    KO553 [] |intent| intent.spec.enable_address_set => |_, intent| one_family(intent);
    KO413 [Pools] always => stays;
    KO115 [Subnets] names_subnet => |world, intent| address::subnet_exists(world, &intent.asked());
    KO119 [Subnets] names_subnet => |world, intent| address::subnet_usable(world, &intent.asked());
    KO121 [Subnets] names_subnet => |world, intent| address::ordered(world, &intent.asked());
    KO551 [Subnets] names_subnet => inside;
    KO554 [Subnets] names_subnet => gives;
    KO552 [Pools] names_subnet => alone;
    KO555 [Subnets Pools] names_subnet => leaves_some;
    KO556 [Pools] names_subnet => keeps_its_subnet;
    KO208 [Namespaces] |intent| !intent.spec.namespaces.is_empty() => |world, intent| missing_namespaces(world, &intent.spec.namespaces);
}

/// KO550: its items can be read. One that cannot is dropped in silence, and the pool is ready without it.
fn written(intent: &PoolIntent) -> Vec<Finding> {
    let hint = "write each item as an address, as FIRST..LAST with two dots, or as a CIDR";
    if intent.spec.ips.is_empty() {
        let absent = intent.manifest.fields.as_ref().is_some_and(|fields| !fields.contains("ips"));
        let what = if absent {
            "no ips: the API server refuses it"
        } else {
            "ips is empty: the pool gets ready and has nothing to give"
        };
        return vec![Finding::new(codes::KO550, what).hint(hint)];
    }
    let wrong = intent.spec.ips.iter().filter_map(|item| {
        let reason = AddressRange::parse_pool(item).err()?;
        Some(
            Finding::new(
                codes::KO550,
                format!("ips: {reason}; the controller passes over it, and the pool gets ready without it"),
            )
            .hint(hint),
        )
    });
    wrong.collect()
}

/// KO553: OVN's address set is of one family.
fn one_family(intent: &PoolIntent) -> Vec<Finding> {
    let all = intent.addresses();
    if all.count(Family::V4) == 0 || all.count(Family::V6) == 0 {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO553, "enableAddressSet of a pool with both families: an address set of OVN has one, and the pool never gets ready")
            .hint("make a pool of each family, or leave enableAddressSet out"),
    ]
}

/// KO413.
fn stays(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    if !existing(world, intent).is_some_and(|pool| pool.metadata.is_terminating()) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO413, format!("ippool/{} is being deleted", intent.name))
            .hint(format!("kubectl get ippool {}", intent.name)),
    ]
}

/// KO551: it lies in its subnet.
fn inside(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    let Some((subnet, cidr)) = subnet(world, intent) else { return Vec::new() };
    let all: RangeSet = cidr.networks().map(|network| AddressRange::of_network(&network)).collect();
    let ours = intent.addresses();
    let outside = ours.subtract(&all);
    if outside.is_empty() {
        return Vec::new();
    }
    let name = &subnet.metadata.name;
    let hint = format!("subnet {name} is {cidr}");
    vec![if outside == ours {
        Finding::new(
            codes::KO551,
            format!("{outside} lies outside subnet {name}: the pool gets ready and has nothing to give"),
        )
        .hint(hint)
    } else {
        Finding::new(codes::KO551, format!("{outside} lies outside subnet {name}, where it counts for nothing"))
            .severity(Severity::Warning)
            .hint(hint)
    }]
}

/// KO554: something is left of it once the subnet's gateway and excludeIps are taken off.
fn gives(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    let Some((subnet, cidr)) = subnet(world, intent) else { return Vec::new() };
    let hosts: RangeSet = cidr.families().filter_map(|family| cidr.hosts(family)).collect();
    let within: RangeSet = cidr.networks().map(|network| AddressRange::of_network(&network)).collect();
    let ours = intent.addresses().intersect(&within);
    let aside =
        RangeSet::read(subnet.spec.exclude_ips.iter().map(String::as_str).chain(subnet.spec.gateway.split(','))).0;
    if ours.is_empty() || !ours.intersect(&hosts).subtract(&aside).is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO554, format!("all of {ours} is the gateway's, excluded, or the first or last address of subnet {}: the pool gets ready and has nothing to give", subnet.metadata.name))
            .hint("choose addresses outside excludeIps"),
    ]
}

/// KO552: no other pool of the subnet has an address of it.
fn alone(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    let ours = intent.addresses();
    let all = world.pools.known().into_iter().flatten().chain(&world.planned.pools);
    let others = all.filter(|pool| pool.metadata.name != intent.name && pool.spec.subnet == intent.spec.subnet);
    let mut findings = Vec::new();
    for other in others {
        let theirs = RangeSet::read(other.spec.ips.iter().map(String::as_str)).0;
        let shared = ours.intersect(&theirs);
        if !shared.is_empty() {
            findings.push(
                Finding::new(
                    codes::KO552,
                    format!("ippool/{} has {shared} too: the younger of the two never gets ready", other.metadata.name),
                )
                .hint("kubectl ko ippool list shows what is taken"),
            );
        }
    }
    findings
}

/// KO555: the subnet has addresses left outside its pools, which is where Vips, EIPs and other pods get theirs.
fn leaves_some(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    let Some((subnet, cidr)) = subnet(world, intent) else { return Vec::new() };
    let hosts: RangeSet = cidr.families().filter_map(|family| cidr.hosts(family)).collect();
    let aside =
        RangeSet::read(subnet.spec.exclude_ips.iter().map(String::as_str).chain(subnet.spec.gateway.split(','))).0;
    let mut pooled = intent.addresses();
    for pool in world.pools.known().into_iter().flatten().chain(&world.planned.pools) {
        if pool.spec.subnet == intent.spec.subnet && pool.metadata.name != intent.name {
            pooled = pooled.union(&RangeSet::read(pool.spec.ips.iter().map(String::as_str)).0);
        }
    }
    let left = hosts.subtract(&aside);
    let lacking: Vec<Family> = cidr
        .families()
        .filter(|family| left.count(*family) > 0 && left.subtract(&pooled).count(*family) == 0)
        .collect();
    lacking
        .into_iter()
        .map(|family| {
            Finding::new(
                codes::KO555,
                format!(
                    "no {family} address of subnet {} is left outside its pools: who asks for any address gets none",
                    subnet.metadata.name
                ),
            )
            .hint("leave some addresses out of the pool")
        })
        .collect()
}

/// KO556: a pool stays where it was made.
fn keeps_its_subnet(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    let Some(there) = existing(world, intent).filter(|pool| pool.spec.subnet != intent.spec.subnet) else {
        return Vec::new();
    };
    let difference = Difference { field: "subnet", is: there.spec.subnet.clone(), asked: intent.spec.subnet.clone() };
    vec![
        Finding::new(codes::KO556, format!("ippool/{} is there: {difference}: the old subnet keeps its addresses set aside until the controller restarts", intent.name))
            .hint(format!("kubectl ko ippool delete {}, then create it anew", intent.name)),
    ]
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i PoolIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(super::needs(RULES, intent));
        wanted.subnets.extend(Some(intent.spec.subnet.clone()).filter(|name| !name.is_empty()));
        wanted.namespaces.extend(intent.spec.namespaces.iter().cloned());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &PoolIntent) -> Vec<Finding> {
    super::sorted(super::run(RULES, world, intent))
}
