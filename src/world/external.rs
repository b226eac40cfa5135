//! The picture of the external networks: which VPC is joined to which, by which nodes, and what OVN has of it.

use std::collections::BTreeSet;

use super::nat_rule::NatRule;
use super::{Controller, Source};
use crate::api::vpc::DEFAULT_VPC;
use crate::api::{ConfigMap, Node, OvnEip, ProviderNetwork, Resource as _, Subnet, Vlan, Vpc};
use crate::ovn::gateway::{Bfd, Chassis, GatewayChassis, Route, RouterWays};
use crate::ovn::northbound::{LogicalRouterPort, PortBinding};

/// What was read of the external networks.
#[derive(Clone, Debug, Default)]
pub struct External {
    /// Every Subnet.
    pub subnets: Vec<Subnet>,
    /// Every Vpc.
    pub vpcs: Vec<Vpc>,
    /// Every `OvnEip`.
    pub eips: Vec<OvnEip>,
    /// Every rule of OVN's NAT.
    pub rules: Vec<NatRule>,
    /// Every Vlan.
    pub vlans: Source<Vec<Vlan>>,
    /// Every ProviderNetwork.
    pub networks: Source<Vec<ProviderNetwork>>,
    /// Every node.
    pub nodes: Source<Vec<Node>>,
    /// How kube-ovn-controller was started.
    pub controller: Source<Controller>,
    /// How kube-ovn-cni of each node was started, by node.
    pub cni: Source<Vec<(String, Controller)>>,
    /// The ConfigMap of the default VPC, `None` when there is none.
    pub config: Source<Option<ConfigMap>>,
    /// Kube-OVN's own namespace.
    pub home: String,
    /// The northbound database.
    pub northbound: Source<Ways>,
    /// The southbound database.
    pub southbound: Source<Places>,
}

/// Routers and their ways out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// All routers.
    pub routers: Vec<RouterWays>,
    /// All router ports.
    pub ports: Vec<LogicalRouterPort>,
    /// All chassis of gateway ports.
    pub chassis: Vec<GatewayChassis>,
    /// All routes.
    pub routes: Vec<Route>,
    /// All BFD sessions.
    pub bfds: Vec<Bfd>,
}

/// Where gateway ports are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The bindings of all gateway ports.
    pub bindings: Vec<PortBinding>,
    /// All chassis.
    pub chassis: Vec<Chassis>,
}

/// The name of a router's port on a Subnet, and of its EIP (Kube-OVN: pkg/controller/vpc.go, `handleAddVpcExternalSubnet`).
#[must_use]
pub fn port_name(vpc: &str, subnet: &str) -> String {
    format!("{vpc}-{subnet}")
}

/// One VPC on one external network.
#[derive(Clone, Debug, PartialEq)]
pub struct Link<'w> {
    /// The VPC.
    pub vpc: &'w Vpc,
    /// The external Subnet.
    pub subnet: String,
    /// Whether the VPC's spec, or of the default VPC the ConfigMap, asks for it.
    pub asked: bool,
    /// The router's own EIP there.
    pub eip: Option<&'w OvnEip>,
    /// The router's port; `None` too when the northbound database could not be read.
    pub port: Option<&'w LogicalRouterPort>,
    /// Nodes that may have the port, the first of which gets it; by chassis name where no node has that chassis.
    pub gateways: Vec<String>,
    /// The node that has it; `None` when none has, or when that could not be read.
    pub bound: Option<String>,
    /// Where the router's default route leads, when it leads into this Subnet.
    pub default_route: Option<String>,
    /// Rules whose way this is: `ofip/web`.
    pub rules: Vec<String>,
}

impl External {
    /// The controller's default external Subnet, also while its flags are not known
    /// (Kube-OVN: pkg/controller/config.go, `--external-gateway-switch`).
    #[must_use]
    pub fn switch(&self) -> &str {
        self.controller.known().map_or("external", |controller| controller.flag("external-gateway-switch", "external"))
    }

    /// Whether the controller joins the default VPC by the ConfigMap, not by its spec (`--enable-eip-snat`).
    #[must_use]
    pub fn by_config(&self) -> bool {
        self.controller.known().is_none_or(|controller| controller.flag("enable-eip-snat", "true") != "false")
    }

    /// The Subnet of that name.
    #[must_use]
    pub fn subnet(&self, name: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.name() == name)
    }

    /// The Vpc of that name.
    #[must_use]
    pub fn vpc(&self, name: &str) -> Option<&Vpc> {
        self.vpcs.iter().find(|vpc| vpc.name() == name)
    }

    /// The Vlan of that name.
    #[must_use]
    pub fn vlan(&self, name: &str) -> Option<&Vlan> {
        self.vlans.known()?.iter().find(|vlan| vlan.name() == name)
    }

    /// The ProviderNetwork that a Subnet is on, by its Vlan.
    #[must_use]
    pub fn network_of(&self, subnet: &Subnet) -> Option<&ProviderNetwork> {
        let vlan = self.vlan(&subnet.spec.vlan)?;
        self.networks.known()?.iter().find(|network| network.name() == vlan.spec.provider)
    }

    /// Nodes that are labelled as gateways.
    pub fn gateway_nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.known().into_iter().flatten().filter(|node| node.is_gateway())
    }

    /// The node of that name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.known()?.iter().find(|node| node.name() == name)
    }

    /// The external Subnets that a VPC asks for (Kube-OVN: `pkg/controller/vpc.go`, `handleUpdateVpcExternal`; `external_gw.go` of the
    /// default VPC).
    #[must_use]
    pub fn asked(&self, vpc: &Vpc) -> Vec<String> {
        if vpc.name() == DEFAULT_VPC && self.by_config() {
            let on = self.config.known().and_then(Option::as_ref);
            let on = on.is_some_and(|config| config.value("enable-external-gw") != "false");
            return if on { vec![self.switch().to_owned()] } else { Vec::new() };
        }
        match (vpc.spec.enable_external, vpc.spec.extra_external_subnets.as_slice()) {
            (false, _) => Vec::new(),
            (true, []) => vec![self.switch().to_owned()],
            (true, extra) => extra.to_vec(),
        }
    }

    /// The external networks: underlay Subnets that OVN carries and that are no VPC's own, the controller's default one, and those that a VPC
    /// asks for.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        let under = self.subnets.iter().filter(|subnet| is_external(subnet)).map(|subnet| subnet.name().to_owned());
        let default = self.subnet(self.switch()).map(|subnet| subnet.name().to_owned());
        under.chain(default).chain(self.vpcs.iter().flat_map(|vpc| self.asked(vpc))).collect()
    }

    /// The VPCs that ask for an external Subnet, or have a port or EIP of their router there.
    #[must_use]
    pub fn links(&self, subnet: &str) -> Vec<Link<'_>> {
        self.vpcs.iter().filter_map(|vpc| self.link(vpc, subnet)).collect()
    }

    /// A VPC on an external Subnet; `None` when neither it nor OVN has to do with it.
    #[must_use]
    pub fn link<'w>(&'w self, vpc: &'w Vpc, subnet: &str) -> Option<Link<'w>> {
        let name = port_name(vpc.name(), subnet);
        let asked = self.asked(vpc).iter().any(|one| one == subnet);
        let eip = self.eips.iter().find(|eip| eip.name() == name);
        let ways = self.northbound.known();
        let is_gateway = |port: &&LogicalRouterPort| !port.gateway_chassis.is_empty();
        let port = ways.and_then(|ways| ways.ports.iter().find(|port| port.name == name));
        // a VPC has ports on its own Subnets too
        let own = self.subnet(subnet).is_some_and(|one| one.spec.vpc == vpc.name() && !is_external(one));
        let port = port.filter(|port| !own || is_gateway(port));
        if !asked && eip.is_none() && port.is_none() {
            return None;
        }
        let default_route = self.default_routes(vpc.name()).into_iter().find(|hop| self.leads_into(hop, subnet));
        Some(Link {
            vpc,
            asked,
            eip,
            port,
            gateways: port.map(|port| self.gateways_of(port)).unwrap_or_default(),
            bound: self.bound(&name),
            default_route,
            rules: self.rules_on(vpc.name(), subnet),
            subnet: subnet.to_owned(),
        })
    }

    /// Next hops of a VPC's default routes, as OVN has them, or as the spec asks when OVN could not be read.
    #[must_use]
    pub fn default_routes(&self, vpc: &str) -> Vec<String> {
        let Some(ways) = self.northbound.known() else {
            let routes = self.vpc(vpc).map(|vpc| vpc.spec.static_routes.as_slice()).unwrap_or_default();
            let default = routes.iter().filter(|route| route.cidr == "0.0.0.0/0" && route.policy != "policySrc");
            return default.map(|route| route.next_hop_ip.clone()).collect();
        };
        let routes = ways.routers.iter().find(|router| router.name == vpc).map(|router| &router.routes);
        let of_router = |route: &&Route| routes.is_some_and(|routes| routes.contains(&route.uuid));
        let default = ways.routes.iter().filter(of_router).filter(|route| route.is_default());
        default.map(|route| route.next_hop.clone()).collect()
    }

    /// Whether an address lies in a Subnet.
    #[must_use]
    pub fn leads_into(&self, address: &str, subnet: &str) -> bool {
        let (Some(address), Some(subnet)) = (super::lenient(address), self.subnet(subnet)) else { return false };
        crate::net::SubnetCidr::parse(&subnet.spec.cidr_block).is_ok_and(|cidr| cidr.contains(&address))
    }

    /// The nodes that may have a gateway port, the first of which gets it.
    #[must_use]
    pub fn gateways_of(&self, port: &LogicalRouterPort) -> Vec<String> {
        let ways = self.northbound.known().map(|ways| ways.chassis.as_slice()).unwrap_or_default();
        let mut chassis: Vec<&GatewayChassis> =
            ways.iter().filter(|chassis| port.gateway_chassis.contains(&chassis.uuid)).collect();
        chassis.sort_by_key(|chassis| std::cmp::Reverse(chassis.priority));
        chassis.iter().map(|chassis| self.node_of_chassis(&chassis.chassis_name)).collect()
    }

    /// The node that has a chassis; the chassis itself when that is not known.
    fn node_of_chassis(&self, name: &str) -> String {
        let node = self.nodes.known().into_iter().flatten().find(|node| node.chassis() == name);
        let chassis = || self.southbound.known()?.chassis.iter().find(|chassis| chassis.name == name);
        node.map(|node| node.name().to_owned())
            .or_else(|| chassis().map(|chassis| chassis.hostname.clone()))
            .unwrap_or_else(|| name.to_owned())
    }

    /// The node that a router's gateway port is bound to.
    #[must_use]
    pub fn bound(&self, port: &str) -> Option<String> {
        let places = self.southbound.known()?;
        let name = format!("cr-{port}");
        let binding =
            places.bindings.iter().find(|binding| binding.logical_port == name && !binding.chassis.is_empty())?;
        let chassis = places.chassis.iter().find(|chassis| chassis.uuid == binding.chassis);
        Some(chassis.map_or_else(|| binding.chassis.clone(), |chassis| chassis.hostname.clone()))
    }

    /// Rules of a VPC whose EIP is from an external Subnet.
    #[must_use]
    pub fn rules_on(&self, vpc: &str, subnet: &str) -> Vec<String> {
        let from = |rule: &&NatRule| {
            let eip = self.eips.iter().find(|eip| eip.name() == rule.eip());
            eip.is_some_and(|eip| eip.subnet() == subnet || (eip.subnet().is_empty() && subnet == self.switch()))
        };
        self.rules_of(vpc).filter(from).map(NatRule::named).collect()
    }

    /// The rules of a VPC: by what the controller wrote, before that by what they ask for.
    pub fn rules_of<'w>(&'w self, vpc: &'w str) -> impl Iterator<Item = &'w NatRule> {
        self.rules.iter().filter(move |rule| match rule.status().vpc.as_str() {
            "" => self.asked_vpc(rule) == vpc,
            written => written == vpc,
        })
    }

    /// The VPC that a rule names, itself or by its Subnet; empty where only its target knows it.
    fn asked_vpc<'w>(&'w self, rule: &'w NatRule) -> &'w str {
        match rule {
            NatRule::Snat(snat) if !snat.spec.vpc_subnet.is_empty() => {
                self.subnet(&snat.spec.vpc_subnet).map_or("", |subnet| subnet.spec.vpc.as_str())
            }
            NatRule::Snat(snat) => &snat.spec.vpc,
            _ => rule.target().map_or("", |target| target.vpc.as_str()),
        }
    }
}

/// Whether a Subnet is an external network: underlay, carried by OVN, and its gateway is none of OVN's.
#[must_use]
pub fn is_external(subnet: &Subnet) -> bool {
    subnet.is_ovn() && !subnet.spec.vlan.is_empty() && !subnet.spec.logical_gateway
}
