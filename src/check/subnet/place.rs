//! Rules about what a Subnet stands on: its name, VPC, vlan and namespaces.

use super::SubnetIntent;
use crate::api::vpc::DEFAULT_VPC;
use crate::check::{Finding, Severity, codes};
use crate::net::{check_subdomain, did_you_mean};
use crate::world::World;

/// KO412: a name that the API server takes.
pub(super) fn named(name: &str) -> Vec<Finding> {
    crate::check::nat::eip_kind::shape(name)
}

/// KO537. The controller refuses it.
pub(super) fn not_like_its_vpc(intent: &SubnetIntent) -> Vec<Finding> {
    if intent.spec.vpc != intent.name || intent.name.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO537, format!("{} is the name of its vpc too: the subnet never gets ready", intent.name))
            .hint("choose another name"),
    ]
}

/// KO427: its VPC is there, has a router, and stays.
pub(super) fn vpc_exists(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let name = intent.vpc();
    if name == DEFAULT_VPC || world.planned.vpcs.iter().any(|vpc| vpc.metadata.name == name) {
        return Vec::new();
    }
    let finding = match world.vpc(name) {
        None => Finding::new(
            codes::KO427,
            format!("there is no vpc \"{name}\": the subnet never gets ready, and no condition says so"),
        )
        .hint("kubectl get vpcs"),
        Some(vpc) if vpc.metadata.is_terminating() => {
            Finding::new(codes::KO427, format!("vpc {name} is being deleted"))
                .hint("choose another vpc, or wait until it is gone and create it anew")
        }
        Some(vpc) if !vpc.status.standby => {
            Finding::new(codes::KO427, format!("vpc {name} has no router yet: the subnet waits for it"))
                .hint(format!("kubectl get vpc {name} -o yaml; a route that cannot be read keeps it back"))
        }
        Some(_) => return Vec::new(),
    };
    vec![finding]
}

/// KO538: its vlan is there, has no rival, and its provider network is there.
pub(super) fn vlan_usable(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let name = intent.spec.vlan.as_str();
    let known = world.vlans.known().into_iter().flatten();
    let Some(vlan) = known.chain(&world.planned.vlans).find(|vlan| vlan.metadata.name == name) else {
        let finding = Finding::new(codes::KO538, format!("there is no vlan \"{name}\": the subnet never gets ready"));
        let names = world.vlans.known().into_iter().flatten().map(|vlan| vlan.metadata.name.as_str());
        return vec![match did_you_mean(name, names) {
            Some(near) => finding.hint(format!("did you mean {near}?")),
            None => finding.hint("vlan is the name of a Vlan, not a number: kubectl get vlans"),
        }];
    };
    if vlan.status.conflict {
        return vec![
            Finding::new(
                codes::KO538,
                format!(
                    "vlan {name} has the id of another one of provider network {}: the subnet never gets ready",
                    vlan.spec.provider
                ),
            )
            .hint("kubectl get vlans; use the other one, or give this one another id"),
        ];
    }
    let provider = vlan.spec.provider.as_str();
    let mut networks = world.provider_networks.known().into_iter().flatten().chain(&world.planned.provider_networks);
    if provider.is_empty() || networks.any(|network| network.metadata.name == provider) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO538,
            format!("vlan {name} is on provider network {provider}, which is not there: the subnet never gets ready"),
        )
        .hint("kubectl get provider-networks"),
    ]
}

/// KO539: a VPC of one's own names its namespaces.
pub(super) fn namespaces_of_vpc(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let name = intent.vpc();
    let planned = world.planned.vpcs.iter().find(|vpc| vpc.metadata.name == name);
    let Some(vpc) = planned.or_else(|| world.vpc(name)) else { return Vec::new() };
    let outside: Vec<&str> = intent
        .spec
        .namespaces
        .iter()
        .map(String::as_str)
        .filter(|one| !vpc.spec.namespaces.iter().any(|its| its == one))
        .collect();
    if outside.is_empty() {
        return Vec::new();
    }
    let all: Vec<&str> = vpc.spec.namespaces.iter().map(String::as_str).chain(outside.iter().copied()).collect();
    let patch = serde_json::json!({"spec": {"namespaces": all}});
    vec![
        Finding::new(codes::KO539, format!("vpc {name} does not have the namespace {}: the subnet never gets ready, and pods there land in the default subnet", outside.join(", ")))
            .hint(format!("kubectl patch vpc {name} --type=merge -p '{patch}'")),
    ]
}

/// KO539: a namespace of another VPC gets no Subnet of the default one.
pub(super) fn namespaces_of_nobody_else(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    let all = world.all_vpcs.known().into_iter().flatten().chain(&world.planned.vpcs);
    let others = all.filter(|vpc| vpc.metadata.name != DEFAULT_VPC);
    let mut findings = Vec::new();
    for vpc in others {
        if let Some(shared) = intent.spec.namespaces.iter().find(|one| vpc.spec.namespaces.contains(one)) {
            findings.push(
                Finding::new(
                    codes::KO539,
                    format!("namespace {shared} is vpc {}'s: the subnet never gets ready", vpc.metadata.name),
                )
                .hint(format!("set vpc: {}, or leave the namespace out", vpc.metadata.name)),
            );
        }
    }
    findings.dedup();
    findings
}

/// KO208 as a warning: what is written of a namespace counts once it is there.
pub(super) fn namespaces_exist(world: &World, intent: &SubnetIntent) -> Vec<Finding> {
    missing_namespaces(world, &intent.spec.namespaces)
}

/// The same of whoever lists namespaces.
pub(super) fn missing_namespaces(world: &World, namespaces: &[String]) -> Vec<Finding> {
    let there = world.namespaces.known();
    let missing = namespaces.iter().filter(|name| there.is_some_and(|there| there.get(*name) == Some(&false)));
    missing
        .map(|name| {
            let what = if check_subdomain(name).is_ok() {
                "until it is there nobody gets an address by it"
            } else {
                "no namespace can have that name"
            };
            Finding::new(codes::KO208, format!("there is no namespace \"{name}\": {what}"))
                .severity(Severity::Warning)
                .hint(format!("kubectl create namespace {name}"))
        })
        .collect()
}
