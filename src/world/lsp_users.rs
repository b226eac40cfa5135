//! Who uses an EIP of type lsp, a node's own port on the external network: no rule can, VPCs send their traffic over it.
//!
//! Kube-OVN: `pkg/controller/subnet.go`, `reconcileCustomVpcBfdStaticRoute`: with `enableBfd` of a VPC and `enableEcmp` of one of its
//! Subnets it routes over every EIP of type lsp, of which it wants two at least.

use crate::api::vpc::DEFAULT_VPC;
use crate::api::{OvnEip, Subnet, Vpc};

/// A VPC that sends traffic over a node's EIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Its name.
    pub vpc: String,
    /// How, in words.
    pub how: String,
}

/// Whether a VPC may have the controller route over the EIPs of type lsp, should one of its Subnets ask for that.
#[must_use]
pub fn may_route(vpc: &Vpc) -> bool {
    vpc.spec.enable_external && vpc.spec.enable_bfd && vpc.metadata.name != DEFAULT_VPC
}

/// The VPCs that send traffic over the EIP: by their routes, and by what has the controller make such routes.
#[must_use]
pub fn vpcs_over(eip: &OvnEip, vpcs: &[Vpc], subnets: &[Subnet]) -> Vec<Over> {
    let addresses: Vec<&str> = eip.addresses().collect();
    let leads = |hop: &str| hop.split(',').any(|one| addresses.iter().any(|address| super::same(one.trim(), address)));
    let mut over = Vec::new();
    for vpc in vpcs {
        let name = &vpc.metadata.name;
        let mut add = |how: String| over.push(Over { vpc: name.clone(), how });
        for route in vpc.spec.static_routes.iter().filter(|route| leads(&route.next_hop_ip)) {
            add(format!("its static route of {} leads to {}", route.cidr, route.next_hop_ip));
        }
        for route in vpc.spec.policy_routes.iter().filter(|route| leads(&route.next_hop_ip)) {
            add(format!("its policy route {} leads to {}", route.priority, route.next_hop_ip));
        }
        let asks = |subnet: &&Subnet| subnet.spec.vpc == *name && subnet.spec.enable_ecmp;
        for subnet in subnets.iter().filter(asks).filter(|_| may_route(vpc)) {
            let subnet = &subnet.metadata.name;
            add(format!("it has enableBfd, and its subnet {subnet} enableEcmp: that goes over every EIP of type lsp"));
        }
    }
    over
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(vpc: &Value, ecmp: bool) -> Vec<String> {
        let eip = json!({"metadata": {"name": "node-a"}, "spec": {"type": "lsp"}, "status": {"v4Ip": "10.5.204.110"}});
        let subnet = json!({"metadata": {"name": "s"}, "spec": {"vpc": "vpc1", "enableEcmp": ecmp}});
        let eip: OvnEip = serde_json::from_value(eip).expect("an EIP");
        let vpc: Vpc = serde_json::from_value(json!({"metadata": {"name": "vpc1"}, "spec": vpc})).expect("a VPC");
        let subnet: Subnet = serde_json::from_value(subnet).expect("a Subnet");
        vpcs_over(&eip, &[vpc], &[subnet]).into_iter().map(|over| over.how).collect()
    }

    #[test]
    fn a_vpc_uses_it_by_a_route_or_by_asking_for_one() {
        let route = |hop: &str| json!([{"cidr": "192.168.0.0/24", "nextHopIP": hop, "ecmpMode": "ecmp"}]);
        assert_eq!(
            told(&json!({"staticRoutes": route("10.5.204.110")}), false),
            ["its static route of 192.168.0.0/24 leads to 10.5.204.110"]
        );
        assert!(told(&json!({"staticRoutes": route("10.5.204.11")}), false).is_empty());
        let policy = json!([{"priority": 10, "match": "ip4", "action": "reroute", "nextHopIP": "10.5.204.110"}]);
        assert_eq!(told(&json!({"policyRoutes": policy}), false), ["its policy route 10 leads to 10.5.204.110"]);
        let bfd = json!({"enableExternal": true, "enableBfd": true});
        assert!(told(&bfd, true)[0].contains("subnet s enableEcmp"));
        assert!(told(&bfd, false).is_empty());
        assert!(told(&json!({"enableExternal": true}), true).is_empty());
    }
}
