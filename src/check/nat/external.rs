//! Rules about the external network that an EIP is from.

use super::eip::{EipIntent, existing};
use crate::api::{OvnEip, names};
use crate::check::address::Asked;
use crate::check::{Finding, codes};
use crate::net::{Family, SubnetCidr, parse_address};
use crate::world::World;

/// The Subnet of EIPs that name none (Kube-OVN: pkg/controller/config.go, `--external-gateway-switch`). Nothing while it is not
/// known how the controller was started.
pub(super) fn default_switch(world: &World) -> Option<&str> {
    Some(world.controller.known()?.flag("external-gateway-switch", "external"))
}

/// The Subnet of an EIP: the one it names, or the default; empty while that is not known.
pub(super) fn subnet<'w>(world: &'w World, intent: &'w EipIntent) -> &'w str {
    match intent.spec.external_subnet.as_str() {
        "" => default_switch(world).unwrap_or_default(),
        name => name,
    }
}

/// What an EIP asks of its Subnet. An IPv6 address or a MAC it cannot ask for.
pub(super) fn asked<'w>(world: &'w World, intent: &'w EipIntent) -> Asked<'w> {
    Asked {
        name: &intent.name,
        subnet: subnet(world, intent),
        v4: ("v4Ip", &intent.spec.v4_ip),
        v6: ("v6Ip", ""),
        mac: ("macAddress", ""),
        settled: existing(world, intent).is_some_and(OvnEip::has_address),
        ip: None,
        made_by: None,
    }
}

/// KO101, KO102: the address is one plain IPv4 address.
pub(super) fn written(intent: &EipIntent) -> Vec<Finding> {
    let text = intent.spec.v4_ip.as_str();
    let finding = match parse_address(text) {
        Err(reason) => Finding::new(codes::KO101, format!("v4Ip {reason}; the controller would try for ever"))
            .hint("write one address without mask, such as 10.5.204.120"),
        Ok(found) if found.is_ipv6() => Finding::new(codes::KO102, format!("v4Ip holds {text}, which is IPv6"))
            .hint("no EIP can ask for an IPv6 address"),
        Ok(_) => return Vec::new(),
    };
    vec![finding]
}

/// KO401: it names its Subnet. At its start the controller registers the addresses of EIPs in the Subnet that their spec names.
pub(super) fn named(world: &World, intent: &EipIntent) -> Vec<Finding> {
    if !intent.spec.external_subnet.is_empty() {
        return Vec::new();
    }
    let default = default_switch(world).unwrap_or_default();
    vec![
        Finding::new(codes::KO401, format!("externalSubnet is empty: it gets an address of {default}, and after a restart of kube-ovn-controller that address is free for others"))
            .hint(format!("set spec.externalSubnet: {default}")),
    ]
}

/// KO402: the default is there.
pub(super) fn default_exists(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let Some(default) = default_switch(world) else { return Vec::new() };
    if !intent.spec.external_subnet.is_empty() || world.subnet(default).is_some() {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO402, format!("externalSubnet is empty, and there is no subnet {default}, which the controller takes then (--external-gateway-switch): it never gives an address"))
            .hint("set spec.externalSubnet; kubectl get subnets"),
    ]
}

/// KO403: the Subnet is an external network, not one of OVN's own.
pub(super) fn is_underlay(world: &World, intent: &EipIntent) -> Vec<Finding> {
    underlay(world, subnet(world, intent), "externalSubnet")
}

/// The same for whoever uses the Subnet; `noun` stands before its name.
pub(super) fn underlay(world: &World, name: &str, noun: &str) -> Vec<Finding> {
    let Some(subnet) = world.subnet(name) else { return Vec::new() };
    // the default switch has its way out by the ConfigMap, whatever its Subnet says
    if subnet.is_ovn() && (!subnet.spec.vlan.is_empty() || default_switch(world) == Some(name)) {
        return Vec::new();
    }
    let what = if subnet.is_ovn() {
        "an overlay network, which no host outside reaches".to_owned()
    } else {
        format!("carried by {}, not by OVN", subnet.spec.provider)
    };
    vec![
        Finding::new(
            codes::KO403,
            format!("{noun} {name} is {what}: the EIP would be ready, and no packet would pass"),
        )
        .hint("choose a subnet with a vlan: kubectl get subnets -o wide"),
    ]
}

/// KO404: it has IPv4 only. The controller writes the address into a label, which takes no colon (up to 1.16).
pub(super) fn is_v4(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let name = subnet(world, intent);
    let Some(subnet) = world.subnet(name) else { return Vec::new() };
    let cidr = SubnetCidr::parse(&subnet.spec.cidr_block);
    if !cidr.is_ok_and(|cidr| cidr.network(Family::V6).is_some()) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO404,
            format!(
                "subnet {name} has IPv6 ({}): up to Kube-OVN 1.16 no EIP of such a subnet is ever ready",
                subnet.spec.cidr_block
            ),
        )
        .hint("choose an IPv4 subnet with a vlan: kubectl get subnets -o wide"),
    ]
}

/// KO405: requests that the controller does not honour.
pub(super) fn no_request(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let status = existing(world, intent).filter(|eip| eip.has_address()).map(|eip| &eip.status);
    let same = |text: &str, given: fn(&crate::api::eip::OvnEipStatus) -> &String| {
        status.is_some_and(|status| given(status) == text)
    };
    let mut findings = Vec::new();
    let (v6, mac) = (intent.spec.v6_ip.as_str(), intent.spec.mac_address.as_str());
    if !v6.is_empty() && !same(v6, |status| &status.v6_ip) {
        findings.push(
            Finding::new(codes::KO405, format!("v6Ip {v6} is not a request that the controller honours: its status would repeat the address, and nobody would have it"))
                .hint("leave v6Ip out"),
        );
    }
    if !mac.is_empty() && !same(mac, |status| &status.mac_address) {
        findings.push(
            Finding::new(
                codes::KO405,
                format!(
                    "macAddress {mac} is overwritten by a random one, and such an EIP can be deleted under its users"
                ),
            )
            .hint("leave macAddress out"),
        );
    }
    findings
}

/// KO410: a static EIP has the controller's finalizer from the beginning, or never.
pub(super) fn guarded(world: &World, intent: &EipIntent) -> Vec<Finding> {
    let there = existing(world, intent);
    let has = there.is_some_and(|eip| holds_its_rules(&eip.metadata.finalizers));
    // one that asked for nothing has its address in the spec once it is there
    if intent.spec.v4_ip.is_empty() || has || holds_its_rules(&intent.finalizers) {
        return Vec::new();
    }
    let finding = Finding::new(
        codes::KO410,
        "a static EIP without the controller's finalizer: it can be deleted while rules use it, and its address goes to somebody else",
    );
    vec![match there {
        Some(eip) => finding.hint(finalizer_set(eip)),
        None => finding.hint(format!("set metadata.finalizers: [{}]", names::FINALIZER)),
    }]
}

/// Whether an EIP stays until its rules are gone: KO410 of one that is wanted, KO482 of one that is there.
pub(super) fn holds_its_rules(finalizers: &[String]) -> bool {
    finalizers.iter().any(|one| names::is_own_finalizer(one))
}

/// The command that gives an EIP the controller's finalizer, beside those it has.
pub(super) fn finalizer_set(eip: &OvnEip) -> String {
    let all: Vec<&str> = eip.metadata.finalizers.iter().map(String::as_str).chain([names::FINALIZER]).collect();
    format!(
        "kubectl patch ovn-eip {} --type=merge -p '{}'",
        eip.metadata.name,
        serde_json::json!({"metadata": {"finalizers": all}})
    )
}
