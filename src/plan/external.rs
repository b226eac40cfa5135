//! What has to be written to join a VPC to an external network, to part it, and to make such a network. Specs are changed as the server
//! has them, so that fields which are not known here stay.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::vpc::DEFAULT_VPC;
use crate::api::{Kind, ProviderNetwork, Resource as _, Subnet, Vlan};
use crate::check::Difference;
use crate::check::external::AttachIntent;
use crate::check::external::attach::{gateways, stale};
use crate::net::{AddressRange, SubnetCidr};
use crate::world::external::External;

/// The destination that everything without another way has.
const DEFAULT: &str = "0.0.0.0/0";

/// One write of `external attach`, in the order in which they are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Label a node as gateway.
    Label(String),
    /// Part the VPC first, so that the controller looks at it again; why.
    Part(String),
    /// Join it: the spec of the VPC.
    Join,
    /// Join the default VPC: the data of the ConfigMap, and whether there is one.
    Config(Value, bool),
}

/// What is to be done. Nothing when it is so already.
#[must_use]
pub fn attach(world: &External, intent: &AttachIntent, spec: &Value) -> Vec<Step> {
    let unlabelled = |name: &&String| !world.node(name).is_some_and(crate::api::Node::is_gateway);
    let mut nodes: Vec<&String> = intent.gateway_nodes.iter().filter(unlabelled).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let all = gateways(world, &intent.gateway_nodes);
    if intent.vpc == DEFAULT_VPC && world.by_config() {
        // the controller labels the nodes that it names
        let there = world.config.known().and_then(Option::as_ref);
        let data = config(world, intent, &all);
        let is = there.map(|config| json!(config.data)).unwrap_or_default();
        let fits = data.as_object().is_some_and(|data| data.iter().all(|(key, value)| is.get(key) == Some(value)));
        return if fits { Vec::new() } else { vec![Step::Config(data, there.is_some())] };
    }
    let mut steps: Vec<Step> = nodes.into_iter().cloned().map(Step::Label).collect();
    let link = world.vpc(&intent.vpc).and_then(|vpc| world.link(vpc, &intent.subnet));
    let waits = link.as_ref().filter(|link| link.asked && !link.vpc.status.enable_external && link.port.is_none());
    let why = waits.map(|_| "the controller has given up on it for now".to_owned());
    let why = why.or_else(|| link.as_ref().and_then(|link| stale(world, link, &all)));
    let joins = joined(spec, &intent.subnet, world.switch(), gateway(world, intent).as_deref()).is_some();
    let parted = spec["enableExternal"] != true && link.is_some_and(|link| link.vpc.status.enable_external);
    if let Some(why) = why {
        steps.extend([Step::Part(why), Step::Join]);
    } else if parted {
        steps.extend([Step::Part("the controller has not yet parted it".to_owned()), Step::Join]);
    } else if joins {
        steps.push(Step::Join);
    }
    steps
}

/// Where the default route is to lead, when it is asked for.
#[must_use]
pub fn gateway(world: &External, intent: &AttachIntent) -> Option<String> {
    let subnet = world.subnet(&intent.subnet).filter(|_| intent.default_route)?;
    subnet.spec.gateway.split(',').find(|gateway| !gateway.contains(':')).map(str::to_owned)
}

/// All keys of the ConfigMap (Kube-OVN: `pkg/controller/external_gw.go`, `pkg/daemon/gateway_linux.go`). Those that somebody set otherwise stay.
fn config(world: &External, intent: &AttachIntent, nodes: &[String]) -> Value {
    let there = world.config.known().and_then(Option::as_ref).map(|config| config.data.clone()).unwrap_or_default();
    let subnet = world.subnet(&intent.subnet);
    let bits =
        subnet.and_then(|subnet| subnet.spec.cidr_block.split(',').next()?.split_once('/')).map(|(_, bits)| bits);
    let gateway = subnet.map(|subnet| subnet.spec.gateway.split(',').next().unwrap_or_default()).unwrap_or_default();
    let interface =
        subnet.and_then(|subnet| world.network_of(subnet)).map(|network| network.spec.default_interface.clone());
    let listed = there.get("external-gw-nodes").map_or("", String::as_str).split(',').map(str::trim);
    let mut all: Vec<&str> = listed.filter(|name| !name.is_empty()).chain(nodes.iter().map(String::as_str)).collect();
    all.sort_unstable();
    all.dedup();
    let mut data = BTreeMap::from([
        ("enable-external-gw", "true".to_owned()),
        ("type", "centralized".to_owned()),
        ("external-gw-nodes", all.join(",")),
        ("external-gw-nic", interface.unwrap_or_default()),
        ("external-gw-addr", bits.map(|bits| format!("{gateway}/{bits}")).unwrap_or_default()),
    ]);
    data.retain(|key, value| {
        !value.is_empty() && (matches!(*key, "enable-external-gw" | "external-gw-nodes") || !there.contains_key(*key))
    });
    json!(data)
}

/// The patch that joins a VPC to a Subnet, `None` when its spec says so already. `switch` is the controller's default external Subnet,
/// to which a VPC without a list is joined; `route` is where a default route is to lead.
#[must_use]
pub fn joined(spec: &Value, subnet: &str, switch: &str, route: Option<&str>) -> Option<Value> {
    let enabled = spec["enableExternal"] == true;
    let extra = texts(&spec["extraExternalSubnets"]);
    let wanted: Vec<String> = match (enabled, extra.is_empty(), extra.iter().any(|one| one == subnet)) {
        (_, false, true) => extra.clone(),
        (true, true, _) if subnet == switch => Vec::new(),
        // joined to the default one without a word: a list takes its place
        (true, true, _) => vec![switch.to_owned(), subnet.to_owned()],
        (true, false, false) => extra.iter().cloned().chain([subnet.to_owned()]).collect(),
        (false, ..) => vec![subnet.to_owned()],
    };
    let mut patch = Map::new();
    if !enabled {
        patch.insert("enableExternal".to_owned(), json!(true));
    }
    if wanted != extra {
        patch.insert("extraExternalSubnets".to_owned(), json!(wanted));
    }
    let mut routes = spec["staticRoutes"].as_array().cloned().unwrap_or_default();
    if let Some(hop) = route.filter(|hop| !routes.iter().any(|route| is_default(route) && route["nextHopIP"] == *hop)) {
        routes.push(json!({"cidr": DEFAULT, "nextHopIP": hop, "policy": "policyDst"}));
        patch.insert("staticRoutes".to_owned(), routes.into());
    }
    (!patch.is_empty()).then(|| json!({"spec": patch}))
}

/// The patch that parts a VPC from a Subnet, `None` when its spec does not ask for it. `leads` says whether a next hop lies there: default
/// routes to it go too.
#[must_use]
pub fn parted(spec: &Value, subnet: &str, switch: &str, leads: impl Fn(&str) -> bool) -> Option<Value> {
    let enabled = spec["enableExternal"] == true;
    let extra = texts(&spec["extraExternalSubnets"]);
    let rest: Vec<&String> = extra.iter().filter(|one| *one != subnet).collect();
    let mut patch = Map::new();
    if extra.is_empty() && enabled && subnet == switch {
        patch.insert("enableExternal".to_owned(), json!(false));
    }
    if rest.len() < extra.len() {
        patch.insert("extraExternalSubnets".to_owned(), if rest.is_empty() { Value::Null } else { json!(rest) });
        if rest.is_empty() && enabled {
            patch.insert("enableExternal".to_owned(), json!(false));
        }
    }
    let routes = spec["staticRoutes"].as_array().cloned().unwrap_or_default();
    let dead = |route: &&Value| is_default(route) && leads(route["nextHopIP"].as_str().unwrap_or_default());
    let left: Vec<&Value> = routes.iter().filter(|route| !dead(route)).collect();
    if left.len() < routes.len() {
        patch.insert("staticRoutes".to_owned(), if left.is_empty() { Value::Null } else { json!(left) });
    }
    (!patch.is_empty()).then(|| json!({"spec": patch}))
}

fn is_default(route: &Value) -> bool {
    route["cidr"] == DEFAULT
        && route["policy"] != "policySrc"
        && route["routeTable"].as_str().unwrap_or_default().is_empty()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An external network as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkIntent {
    /// The Subnet.
    pub subnet: String,
    /// The provider network.
    pub network: String,
    /// The interface of the nodes, of a new provider network.
    pub interface: String,
    /// The VLAN tag; 0 for none.
    pub vlan: i64,
    /// Its CIDR.
    pub cidr: String,
    /// Its gateway, which is no address of OVN's.
    pub gateway: String,
    /// Items of `excludeIps`.
    pub exclude: Vec<String>,
}

/// One object of an external network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// As it is wanted.
    pub manifest: Value,
    /// Whether it is there.
    pub there: bool,
    /// What is otherwise there.
    pub differences: Vec<Difference>,
}

/// The provider network, the Vlan and the Subnet, in the order in which they are made. A Vlan of that tag which is there is taken.
#[must_use]
pub fn pieces(world: &External, intent: &NetworkIntent) -> [Piece; 3] {
    let networks = world.networks.known().into_iter().flatten();
    let network = networks.clone().find(|network| network.name() == intent.network);
    let vlans: Vec<&Vlan> = world.vlans.known().into_iter().flatten().collect();
    let fits = |vlan: &&&Vlan| vlan.spec.provider == intent.network && vlan.spec.id == intent.vlan;
    let plain = format!("vlan{}", intent.vlan);
    let vlan = vlans.iter().find(fits);
    let taken = vlans.iter().any(|vlan| vlan.name() == plain);
    let vlan_name = match vlan {
        Some(vlan) => vlan.name().to_owned(),
        None if taken => format!("{}-{plain}", intent.network),
        None => plain,
    };
    let object = |kind: Kind, name: &str, spec: Value| json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": name}, "spec": spec});
    let mut spec = json!({
        "protocol": "IPv4",
        "cidrBlock": intent.cidr,
        "gateway": intent.gateway,
        "vlan": vlan_name,
    });
    if !intent.exclude.is_empty() {
        spec["excludeIps"] = json!(intent.exclude);
    }
    let subnet = world.subnet(&intent.subnet);
    [
        Piece {
            kind: ProviderNetwork::KIND,
            name: intent.network.clone(),
            manifest: object(ProviderNetwork::KIND, &intent.network, json!({"defaultInterface": intent.interface})),
            there: network.is_some(),
            differences: network.map(|network| interface(network, intent)).unwrap_or_default(),
        },
        Piece {
            kind: Vlan::KIND,
            name: vlan_name.clone(),
            manifest: object(Vlan::KIND, &vlan_name, json!({"id": intent.vlan, "provider": intent.network})),
            there: vlan.is_some(),
            differences: Vec::new(),
        },
        Piece {
            kind: Subnet::KIND,
            name: intent.subnet.clone(),
            manifest: object(Subnet::KIND, &intent.subnet, spec),
            there: subnet.is_some(),
            differences: subnet.map(|subnet| differences(subnet, intent, &vlan_name)).unwrap_or_default(),
        },
    ]
}

fn interface(network: &ProviderNetwork, intent: &NetworkIntent) -> Vec<Difference> {
    let is = &network.spec.default_interface;
    let same = intent.interface.is_empty() || *is == intent.interface;
    if same {
        return Vec::new();
    }
    vec![Difference { field: "defaultInterface", is: is.clone(), asked: intent.interface.clone() }]
}

fn differences(subnet: &Subnet, intent: &NetworkIntent, vlan: &str) -> Vec<Difference> {
    let cidr = |text: &str| {
        SubnetCidr::parse(text).map_or_else(
            |_| text.to_owned(),
            |cidr| cidr.networks().map(|network| network.to_string()).collect::<Vec<_>>().join(","),
        )
    };
    let pairs = [
        ("cidrBlock", cidr(&subnet.spec.cidr_block), cidr(&intent.cidr)),
        ("gateway", subnet.spec.gateway.clone(), intent.gateway.clone()),
        ("vlan", subnet.spec.vlan.clone(), vlan.to_owned()),
    ];
    let differs = pairs.into_iter().filter(|(_, is, asked)| is != asked);
    let mut found: Vec<Difference> = differs.map(|(field, is, asked)| Difference { field, is, asked }).collect();
    // the controller adds the gateway of its own accord
    let range = |text: &String| AddressRange::parse_exclude(text).ok();
    let (is, asked) = (&subnet.spec.exclude_ips, &intent.exclude);
    let has = |list: &[String], item: &String| list.contains(item) || list.iter().any(|one| range(one) == range(item));
    let gateway = intent.gateway.clone();
    let lacks = asked.iter().any(|item| !has(is, item));
    let more = is.iter().any(|item| !has(asked, item) && *item != gateway);
    if lacks || more {
        found.push(Difference { field: "excludeIps", is: is.join(","), asked: asked.join(",") });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vpc_is_joined_beside_what_it_has() {
        let join =
            |spec: Value, subnet: &str| joined(&spec, subnet, "external", None).map(|patch| patch["spec"].clone());
        assert_eq!(join(json!({}), "a"), Some(json!({"enableExternal": true, "extraExternalSubnets": ["a"]})));
        let listed = json!({"enableExternal": true, "extraExternalSubnets": ["a"]});
        assert_eq!(join(listed.clone(), "a"), None);
        assert_eq!(join(listed, "b"), Some(json!({"extraExternalSubnets": ["a", "b"]})));
        // the default network, which nobody lists, is not lost
        assert_eq!(join(json!({"enableExternal": true}), "external"), None);
        assert_eq!(
            join(json!({"enableExternal": true}), "b"),
            Some(json!({"extraExternalSubnets": ["external", "b"]}))
        );
        // parted on the way to being joined again: what it had stays; what somebody parted for good does not come back
        let closed = json!({"enableExternal": false, "extraExternalSubnets": ["a", "b"]});
        assert_eq!(join(closed.clone(), "a"), Some(json!({"enableExternal": true})));
        assert_eq!(join(closed, "c"), Some(json!({"enableExternal": true, "extraExternalSubnets": ["c"]})));
    }

    #[test]
    fn a_default_route_is_written_once_and_beside_others() {
        let other = json!({"cidr": "10.0.0.0/8", "nextHopIP": "10.5.204.9", "policy": "policyDst", "bfdId": "x"});
        let spec = json!({"enableExternal": true, "extraExternalSubnets": ["a"], "staticRoutes": [other]});
        let patch = joined(&spec, "a", "external", Some("10.5.204.254")).unwrap();
        assert_eq!(patch["spec"]["staticRoutes"][0], other);
        assert_eq!(patch["spec"]["staticRoutes"][1]["cidr"], DEFAULT);
        let mut spec = spec;
        spec["staticRoutes"] = patch["spec"]["staticRoutes"].clone();
        assert_eq!(joined(&spec, "a", "external", Some("10.5.204.254")), None);
        let back = parted(&spec, "a", "external", |hop| hop.starts_with("10.5.204.")).unwrap();
        assert_eq!(
            back["spec"],
            json!({"enableExternal": false, "extraExternalSubnets": null, "staticRoutes": [other]})
        );
    }

    #[test]
    fn a_vpc_is_parted_from_one_network_alone() {
        let part =
            |spec: Value, subnet: &str| parted(&spec, subnet, "external", |_| false).map(|patch| patch["spec"].clone());
        let both = json!({"enableExternal": true, "extraExternalSubnets": ["a", "b"]});
        assert_eq!(part(both.clone(), "a"), Some(json!({"extraExternalSubnets": ["b"]})));
        assert_eq!(part(both, "c"), None);
        assert_eq!(part(json!({"enableExternal": true}), "external"), Some(json!({"enableExternal": false})));
        assert_eq!(part(json!({"enableExternal": true}), "a"), None);
        assert_eq!(part(json!({}), "external"), None);
    }
}
