//! The rules of a Vpc (Kube-OVN: pkg/controller/vpc.go, `formatVpc`, `handleAddOrUpdateVpc`).

use serde_json::{Map, Value, json};

use crate::api::vpc::{DEFAULT_VPC, VpcSpec};
use crate::api::{Resource as _, Vpc};
use crate::check::manifest::{self, Json, Manifest, Shape, text};
use crate::check::{self, Finding, Severity, codes};
use crate::net::{parse_address, parse_network};
use crate::world::{Wanted, World};

/// A Vpc as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpcIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed; a field of the wrong type is empty.
    pub spec: VpcSpec,
    /// The same as JSON, fields that no rule looks at included.
    pub fields: Map<String, Value>,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: Vpc::KIND,
    texts: &["defaultSubnet"],
    lists: &["namespaces", "extraExternalSubnets"],
    others: &[
        ("bfdPort", Json::Object),
        ("enableBfd", Json::Bool),
        ("enableExternal", Json::Bool),
        ("policyRoutes", Json::Objects),
        ("staticRoutes", Json::Objects),
        ("vpcPeerings", Json::Objects),
    ],
};

impl VpcIntent {
    /// From its fields as JSON, each of its type.
    #[must_use]
    pub fn of_fields(name: &str, fields: Map<String, Value>) -> Self {
        let spec = serde_json::from_value(Value::Object(fields.clone())).unwrap_or_default();
        Self { name: name.to_owned(), spec, fields, manifest: Manifest::default() }
    }

    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let fields = match SHAPE.readable(object) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { manifest: Manifest::read(object, &SHAPE), ..Self::of_fields(&text(&object["metadata"]["name"]), fields) }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name}, "spec": self.fields})
    }

    /// The Vpc as it will be there.
    #[must_use]
    pub fn as_created(&self) -> Vpc {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        let mut vpc = Vpc { metadata, spec: self.spec.clone(), ..Vpc::default() };
        vpc.status.standby = true;
        vpc
    }
}

fn always(_: &VpcIntent) -> bool {
    true
}

fn has_extras(intent: &VpcIntent) -> bool {
    !intent.spec.extra_external_subnets.is_empty()
}

/// Whether a router of a VPC of one's own gets a port outside. The default VPC has its own ways.
fn goes_out(intent: &VpcIntent) -> bool {
    intent.spec.enable_external && intent.name != DEFAULT_VPC
}

rules! { VpcIntent;
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| super::place::named(&intent.name);
    KO547 [] always => |_, intent| routes_read(intent);
    KO548 [AllVpcs] |intent| !intent.spec.vpc_peerings.is_empty() => peers_exist;
    KO548 [AllSubnets] |intent| has_extras(intent) || !intent.spec.default_subnet.is_empty() => subnets_exist;
    KO402 [Controller AllSubnets] |intent| goes_out(intent) && !has_extras(intent) => default_exists;
    KO549 [Nodes] goes_out => gateways;
    KO539 [AllVpcs] |intent| !intent.spec.namespaces.is_empty() => namespaces_alone;
    KO208 [Namespaces] |intent| !intent.spec.namespaces.is_empty() => namespaces_exist;
}

/// KO547: every route and peering can be read. One that cannot keeps all of the VPC back.
fn routes_read(intent: &VpcIntent) -> Vec<Finding> {
    let told = |what: String, hint: &str| {
        Finding::new(
            codes::KO547,
            format!("{what}: the controller then makes nothing of this vpc, not its router either"),
        )
        .hint(hint)
    };
    let mut findings = Vec::new();
    for route in &intent.spec.static_routes {
        let cidr = route.cidr.as_str();
        let reads = if cidr.contains('/') { parse_network(cidr).is_ok() } else { parse_address(cidr).is_ok() };
        if !reads {
            findings.push(told(
                format!("staticRoutes: cidr {cidr:?} is no CIDR or address"),
                "write it as 0.0.0.0/0 or 10.0.0.0/24",
            ));
        }
        if parse_address(&route.next_hop_ip).is_err() {
            findings.push(told(
                format!("staticRoutes: nextHopIP {:?} is no address", route.next_hop_ip),
                "write one address without a mask",
            ));
        }
        if !["", "policyDst", "policySrc"].contains(&route.policy.as_str()) {
            findings
                .push(told(format!("staticRoutes: policy {} is none", route.policy), "write policyDst or policySrc"));
        }
    }
    for route in &intent.spec.policy_routes {
        let action = route.action.as_str();
        if !["allow", "drop", "reroute"].contains(&action) {
            findings.push(told(
                format!("policyRoutes: action {action:?} is none that OVN knows"),
                "write allow, drop or reroute",
            ));
        }
        if action == "reroute" && route.next_hop_ip.split(',').any(|hop| parse_address(hop).is_err()) {
            findings.push(told(
                format!("policyRoutes: nextHopIP {:?} is no list of addresses", route.next_hop_ip),
                "write one address, or several with commas between and no blanks",
            ));
        }
        if !(0..=32767).contains(&route.priority) {
            findings.push(told(
                format!("policyRoutes: priority {} is not from 0 to 32767", route.priority),
                "the highest number counts",
            ));
        }
        if route.matches.trim().is_empty() {
            findings.push(
                Finding::new(codes::KO547, "policyRoutes: a route without match: OVN has it, and no packet meets it")
                    .hint("write what it is about, such as ip4.src == 10.0.0.0/24"),
            );
        }
    }
    for peering in &intent.spec.vpc_peerings {
        let ends = peering.local_connect_ip.as_str();
        if ends.split(',').any(|end| parse_network(end).is_err()) {
            findings.push(told(
                format!("vpcPeerings: localConnectIP {ends:?} is no address with a mask"),
                "write it as 169.254.0.1/30",
            ));
        }
    }
    findings
}

/// KO548: the other side of a peering is there, and is another VPC.
fn peers_exist(world: &World, intent: &VpcIntent) -> Vec<Finding> {
    let all = || world.all_vpcs.known().into_iter().flatten().chain(&world.planned.vpcs);
    let mut findings = Vec::new();
    for peering in &intent.spec.vpc_peerings {
        let remote = peering.remote_vpc.as_str();
        let what = if remote == intent.name {
            format!("vpcPeerings: {remote} is the vpc itself")
        } else if let Some(other) = all().rfind(|vpc| vpc.metadata.name == remote) {
            if !other.spec.vpc_peerings.iter().any(|back| back.remote_vpc == intent.name) {
                findings.push(
                    Finding::new(
                        codes::KO548,
                        format!(
                            "vpc {remote} has no peering back to {}: no packet passes before it has one",
                            intent.name
                        ),
                    )
                    .severity(Severity::Note)
                    .hint(format!("set spec.vpcPeerings of vpc {remote} too")),
                );
            }
            continue;
        } else {
            format!("vpcPeerings: there is no vpc {remote:?}: the router gets a port that leads nowhere")
        };
        findings.push(Finding::new(codes::KO548, what).hint("kubectl get vpcs"));
    }
    findings
}

/// KO548: the external subnets are there, on a physical network; the default subnet is there.
fn subnets_exist(world: &World, intent: &VpcIntent) -> Vec<Finding> {
    let find = |name: &str| {
        let mut all = world.all_subnets.known().into_iter().flatten().chain(&world.planned.subnets);
        all.find(|subnet| subnet.metadata.name == name)
    };
    let mut findings = Vec::new();
    for name in &intent.spec.extra_external_subnets {
        let finding = match find(name) {
            None => Finding::new(codes::KO548, format!("extraExternalSubnets: there is no subnet {name:?}: none of them is joined")).hint("kubectl get subnets"),
            Some(subnet) if subnet.is_ovn() && subnet.spec.vlan.is_empty() => {
                Finding::new(codes::KO548, format!("extraExternalSubnets: {name} is an overlay network: the router gets a port on it that leads nowhere"))
                    .hint("name a subnet with a vlan: kubectl get subnets -o wide")
            }
            Some(_) => continue,
        };
        findings.push(finding);
    }
    if !intent.spec.extra_external_subnets.is_empty() && !intent.spec.enable_external {
        findings.push(
            Finding::new(codes::KO548, "extraExternalSubnets without enableExternal: no port is made")
                .severity(Severity::Warning)
                .hint("set enableExternal: true"),
        );
    }
    let default = intent.spec.default_subnet.as_str();
    if !default.is_empty() && find(default).is_none() {
        findings.push(
            Finding::new(codes::KO548, format!("defaultSubnet: there is no subnet {default:?} yet"))
                .severity(Severity::Warning)
                .hint("kubectl get subnets"),
        );
    }
    findings
}

/// KO402: the Subnet that the controller joins routers to which name none.
fn default_exists(world: &World, _: &VpcIntent) -> Vec<Finding> {
    let Some(controller) = world.controller.known() else { return Vec::new() };
    let default = controller.flag("external-gateway-switch", "external");
    let mut all = world.all_subnets.known().into_iter().flatten().chain(&world.planned.subnets);
    if all.any(|subnet| subnet.metadata.name == default) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO402, format!("enableExternal without extraExternalSubnets, and there is no subnet {default}, which the controller takes then (--external-gateway-switch): no port is made"))
            .hint("set spec.extraExternalSubnets; kubectl get subnets"),
    ]
}

/// KO549: a node is a gateway, and each that is has a chassis; one without keeps the whole VPC back.
fn gateways(world: &World, _: &VpcIntent) -> Vec<Finding> {
    let Some(nodes) = world.nodes.known() else { return Vec::new() };
    let mut gateways = nodes.iter().filter(|node| node.is_gateway()).peekable();
    if gateways.peek().is_none() {
        return vec![
            Finding::new(codes::KO549, "enableExternal, and no node has the label ovn.kubernetes.io/external-gw=true: the router gets no port outside")
                .hint("kubectl label node NODE ovn.kubernetes.io/external-gw=true"),
        ];
    }
    let bare = gateways.filter(|node| node.chassis().is_empty());
    bare.map(|node| {
        let name = &node.metadata.name;
        Finding::new(
            codes::KO549,
            format!("node {name} is a gateway without a chassis: no router gets a port outside while it is one"),
        )
        .hint(format!(
            "start kube-ovn-cni on it, or kubectl label node {name} ovn.kubernetes.io/external-gw=false --overwrite"
        ))
    })
    .collect()
}

/// KO539 as a warning: a namespace is of one VPC.
fn namespaces_alone(world: &World, intent: &VpcIntent) -> Vec<Finding> {
    let all = world.all_vpcs.known().into_iter().flatten().chain(&world.planned.vpcs);
    let mut findings = Vec::new();
    for other in all.filter(|vpc| vpc.metadata.name != intent.name) {
        let shared = intent.spec.namespaces.iter().filter(|one| other.spec.namespaces.contains(one));
        findings.extend(shared.map(|namespace| {
            Finding::new(
                codes::KO539,
                format!(
                    "namespace {namespace} is vpc {}'s too: which of the two its pods are in is left to chance",
                    other.metadata.name
                ),
            )
            .severity(Severity::Warning)
            .hint("leave it in one of the two")
        }));
    }
    findings.dedup();
    findings
}

/// KO208 as a warning.
fn namespaces_exist(world: &World, intent: &VpcIntent) -> Vec<Finding> {
    super::place::missing_namespaces(world, &intent.spec.namespaces)
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i VpcIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.namespaces.extend(intent.spec.namespaces.iter().cloned());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &VpcIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}
