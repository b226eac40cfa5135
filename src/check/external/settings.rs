//! Rules about how kube-ovn-controller and kube-ovn-cni were started.

use super::{Finding, codes};
use crate::api::vpc::DEFAULT_VPC;
use crate::world::external::External;

/// KO506. The default VPC is joined by the ConfigMap, to the one Subnet of `--external-gateway-switch`.
pub(super) fn default_vpc(world: &External, vpc: &str, subnet: &str) -> Vec<Finding> {
    if vpc != DEFAULT_VPC {
        return Vec::new();
    }
    if let Some(lack) = world.controller.unknown() {
        return vec![Finding::unchecked(codes::KO506, lack)];
    }
    if !world.by_config() {
        return Vec::new();
    }
    if let Some(lack) = world.config.unknown() {
        return vec![Finding::unchecked(codes::KO506, lack)];
    }
    let switch = world.switch();
    let place =
        world.controller.known().map_or("kube-system", |one| one.flag("external-gateway-config-ns", "kube-system"));
    let extra = world
        .vpc(vpc)
        .filter(|vpc| !vpc.spec.extra_external_subnets.is_empty() || !vpc.status.extra_external_subnets.is_empty());
    let finding = |text: String, hint: String| vec![Finding::new(codes::KO506, text).hint(hint)];
    if subnet != switch {
        return finding(
            format!("the controller joins the default vpc to {switch} alone (--external-gateway-switch)"),
            format!(
                "kubectl ko external attach {switch} --vpc {vpc}, or start the controller and kube-ovn-cni with --external-gateway-switch={subnet}"
            ),
        );
    }
    if extra.is_some() {
        return finding(
            format!(
                "vpc {vpc} has extraExternalSubnets: the controller passes over the ConfigMap then, and with --enable-eip-snat=true over them too"
            ),
            format!(
                "kubectl patch vpc {vpc} --type=merge -p '{{\"spec\":{{\"enableExternal\":false,\"extraExternalSubnets\":null}}}}', or start the controller with --enable-eip-snat=false"
            ),
        );
    }
    if place != world.home {
        return finding(
            format!(
                "the controller looks for the ConfigMap in {place} (--external-gateway-config-ns), and sees only {}, its own namespace",
                world.home
            ),
            format!("start it with --external-gateway-config-ns={}", world.home),
        );
    }
    let net = world.controller.known().map_or("external", |one| one.flag("external-gateway-net", "external"));
    if net != switch {
        return finding(
            format!(
                "the controller writes {net} (--external-gateway-net) over the name of the provider network of {switch} then: no packet of any vpc passes there, while all objects are ready"
            ),
            format!("start it with --external-gateway-net={switch}"),
        );
    }
    Vec::new()
}

/// KO507. Of the default VPC, and of BFD, kube-ovn-cni has its own part (Kube-OVN: `pkg/daemon/gateway_linux.go`, `setExGateway`; read, not
/// seen).
pub(super) fn flags(world: &External, vpc: &str, subnet: &str) -> Vec<Finding> {
    let Some(controller) = world.controller.known() else { return Vec::new() };
    let watched = world.vpc(vpc).is_some_and(|vpc| vpc.spec.enable_bfd);
    if subnet != world.switch() || !(vpc == DEFAULT_VPC || watched) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut differs = |text: String, hint: String| findings.push(Finding::new(codes::KO507, text).hint(hint));
    let other =
        |(_, cni): &&(String, crate::world::Controller)| cni.flag("external-gateway-switch", "external") != subnet;
    let others: Vec<&(String, crate::world::Controller)> =
        world.cni.known().into_iter().flatten().filter(other).collect();
    if let Some((_, one)) = others.first() {
        let nodes: Vec<&str> = others.iter().take(3).map(|(node, _)| node.as_str()).collect();
        let means = one.flag("external-gateway-switch", "external");
        differs(
            format!(
                "kube-ovn-controller means {subnet} by --external-gateway-switch, kube-ovn-cni on {} means {means}: there it takes the interface of external-gw-nic from its bridge, which it deletes, to br-{means}",
                nodes.join(", ")
            ),
            format!("start kube-ovn-cni with --external-gateway-switch={subnet}"),
        );
    }
    let Some(vlan) = world.subnet(subnet).and_then(|found| world.vlan(&found.spec.vlan)) else { return findings };
    if vpc == DEFAULT_VPC && others.is_empty() && vlan.spec.provider != subnet {
        differs(
            format!(
                "provider network {} has the bridge br-{}, and kube-ovn-cni takes the interface of external-gw-nic from there, deletes it, and makes br-{subnet}",
                vlan.spec.provider, vlan.spec.provider
            ),
            format!("the provider network has to be called like the subnet, {subnet}"),
        );
    }
    let id = controller.flags.get("external-gateway-vlanid");
    if let Some(id) = id.filter(|id| **id != vlan.spec.id.to_string()) {
        differs(
            format!(
                "the controller was started with --external-gateway-vlanid={id}, and {subnet} is on vlan {}",
                vlan.spec.id
            ),
            format!("start it with --external-gateway-vlanid={}", vlan.spec.id),
        );
    }
    findings
}
