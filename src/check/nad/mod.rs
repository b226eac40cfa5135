//! The rules of a `NetworkAttachmentDefinition`. Its configuration is a CNI plugin's; of other plugins than Kube-OVN's only what
//! their own documents demand is looked at.

use serde_json::{Value, json};

use crate::api::nad::{CNI_TYPE, Carrier, Nad, NadSpec, SOCKET};
use crate::api::{Metadata, Resource as _};
use crate::check::manifest::text;
use crate::check::{self, Difference, Finding, Rule, Severity, codes};
use crate::net::{check_label, did_you_mean, parse_address, parse_network};
use crate::world::{Need, Wanted, World};

/// A definition as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NadIntent {
    /// The object.
    pub nad: Nad,
    /// Fields that the API server refuses or does not know, as sentences.
    pub wrong_types: Vec<String>,
    /// Whether the Subnet of its provider comes with it.
    pub brings_subnet: bool,
}

impl NadIntent {
    /// Reads a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let config = &object["spec"]["config"];
        let mut wrong_types = Vec::new();
        if !(config.is_null() || config.is_string()) {
            wrong_types.push(format!("spec.config is {config}, a text with JSON in it is wanted"));
        }
        if object["apiVersion"] != Nad::KIND.api_version() {
            wrong_types.push(format!(
                "apiVersion is {}, the server has {}",
                object["apiVersion"],
                Nad::KIND.api_version()
            ));
        }
        let metadata = Metadata {
            name: text(&object["metadata"]["name"]),
            namespace: text(&object["metadata"]["namespace"]),
            ..Metadata::default()
        };
        Self { nad: Nad { metadata, spec: NadSpec { config: text(config) } }, wrong_types, brings_subnet: false }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        let Metadata { name, namespace, .. } = &self.nad.metadata;
        json!({
            "apiVersion": Nad::KIND.api_version(),
            "kind": Nad::KIND.kind,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"config": self.nad.spec.config},
        })
    }
}

/// Whether Kube-OVN has a part in it.
fn is_ours(intent: &NadIntent) -> bool {
    intent.nad.carrier() != Carrier::Foreign
}

fn always(_: &NadIntent) -> bool {
    true
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[Rule<NadIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] always => |_, intent| field_types(intent);
    KO626 [] always => |_, intent| readable(intent);
    KO633 [] always => |_, intent| name_fits(intent);
    KO627 [] is_ours => |_, intent| own_provider(intent);
    KO628 [] is_ours => |_, intent| has_socket(intent);
    KO629 [] always => |_, intent| plugin_complete(intent);
    KO631 [] is_ours => |_, intent| routes(intent);
    KO630 [AllSubnets] |intent| is_ours(intent) && !intent.brings_subnet => has_subnet;
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i NadIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(check::needs(RULES, intent));
        wanted.nads.insert(intent.nad.key());
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &NadIntent) -> Vec<Finding> {
    check::sorted(check::run(RULES, world, intent))
}

/// What a definition that is there has otherwise; its text may be written otherwise.
#[must_use]
pub fn differences(there: &Nad, intent: &NadIntent) -> Vec<Difference> {
    let (is, asked) = (&there.spec.config, &intent.nad.spec.config);
    let same =
        is == asked || there.config().ok().flatten().is_some_and(|config| Ok(Some(config)) == intent.nad.config());
    if same {
        return Vec::new();
    }
    vec![Difference { field: "config", is: is.clone(), asked: asked.clone() }]
}

fn field_types(intent: &NadIntent) -> Vec<Finding> {
    intent
        .wrong_types
        .iter()
        .map(|what| Finding::new(codes::KO218, format!("{what}: the API server refuses it")))
        .collect()
}

/// KO626. The controller and Multus read the configuration as JSON with a plugin in it.
fn readable(intent: &NadIntent) -> Vec<Finding> {
    let key = intent.nad.key();
    let finding = match intent.nad.config() {
        Err(why) => Finding::new(
            codes::KO626,
            format!(
                "the configuration of {key} is no JSON ({why}): a pod that asks for it gets no address at all, and no event says why"
            ),
        ),
        Ok(Some(config)) if intent.nad.types().is_empty() => {
            let near = config
                .as_object()
                .into_iter()
                .flatten()
                .find_map(|(field, _)| did_you_mean(field, ["type", "plugins"]));
            let finding = Finding::new(
                codes::KO626,
                format!("the configuration of {key} names no plugin: it has neither type nor plugins"),
            );
            return vec![match near {
                Some(near) => finding.hint(format!("did you mean {near}?")),
                None => finding.hint("\"type\": \"kube-ovn\", or another CNI plugin's name"),
            }];
        }
        Ok(_) => return Vec::new(),
    };
    vec![finding.hint("the text is JSON, with commas between and none behind the last")]
}

/// KO633. Providers are split at their dots (Kube-OVN: pkg/util/subnet.go, `IsOvnProvider`).
fn name_fits(intent: &NadIntent) -> Vec<Finding> {
    let Metadata { name, .. } = &intent.nad.metadata;
    let Err(why) = check_label(name) else { return Vec::new() };
    let message = format!(
        "{why}; the provider of its subnet is the name, the namespace and ovn with dots between, and is read by these"
    );
    vec![Finding::new(codes::KO633, message).hint("name it as one word, such as attachnet")]
}

/// KO627. On the node the plugin looks for the address by the provider that is written there, the controller gives it by the name.
fn own_provider(intent: &NadIntent) -> Vec<Finding> {
    let Some(part) = intent.nad.own_part() else { return Vec::new() };
    let right = intent.nad.provider();
    let said = match &part["provider"] {
        Value::String(text) if *text == right => return Vec::new(),
        Value::String(text) if !text.is_empty() => format!("says the provider {text}"),
        _ => "says no provider, which means the pod's first interface".to_owned(),
    };
    let message = format!(
        "{} {said}; the controller gives addresses of it to {right}: the plugin finds none, and the pod does not start",
        intent.nad.key()
    );
    vec![Finding::new(codes::KO627, message).hint(format!("\"provider\": \"{right}\""))]
}

/// KO628. Without it the plugin ends with an error (Kube-OVN: cmd/cni/cni.go, `loadNetConf`).
fn has_socket(intent: &NadIntent) -> Vec<Finding> {
    let Some(part) = intent.nad.own_part() else { return Vec::new() };
    let named = part["server_socket"].as_str().unwrap_or_default();
    let finding = match named {
        "" => Finding::new(
            codes::KO628,
            format!(
                "{} has no server_socket: the plugin ends with an error, and the pod does not start",
                intent.nad.key()
            ),
        ),
        SOCKET => return Vec::new(),
        other => Finding::new(
            codes::KO628,
            format!(
                "{} names the socket {other}, Kube-OVN's daemon listens at {SOCKET} unless it was told otherwise",
                intent.nad.key()
            ),
        )
        .severity(Severity::Note),
    };
    vec![finding.hint(format!("\"server_socket\": \"{SOCKET}\""))]
}

/// KO629. What the plugins' own documents demand (containernetworking/plugins: macvlan, ipvlan, host-device).
fn plugin_complete(intent: &NadIntent) -> Vec<Finding> {
    let Ok(Some(config)) = intent.nad.config() else { return Vec::new() };
    let modes = |known: &[&'static str]| {
        let mode = config["mode"].as_str().unwrap_or_default();
        (!mode.is_empty() && !known.contains(&mode)).then(|| {
            let finding = Finding::new(
                codes::KO629,
                format!(
                    "{} has no mode {mode}: the plugin ends with an error",
                    config["type"].as_str().unwrap_or_default()
                ),
            );
            finding.hint(format!("one of {}", known.join(", ")))
        })
    };
    let found = match config["type"].as_str().unwrap_or_default() {
        "macvlan" => modes(&["bridge", "private", "vepa", "passthru"]),
        "ipvlan" => modes(&["l2", "l3", "l3s"]),
        "host-device" => {
            let named = ["device", "hwaddr", "kernelpath", "pciBusID"];
            let has = named.iter().any(|field| config[*field].as_str().is_some_and(|text| !text.is_empty()));
            (!has).then(|| {
                Finding::new(codes::KO629, format!("{} names no device of the node", intent.nad.key()))
                    .hint("\"device\": \"eth1\"; or hwaddr, kernelpath, pciBusID")
            })
        }
        _ => None,
    };
    found.into_iter().collect()
}

/// KO631. A destination that is no CIDR is the default route to the plugin (Kube-OVN: cmd/cni/cni.go, `parseRoutes`).
fn routes(intent: &NadIntent) -> Vec<Finding> {
    let Some(part) = intent.nad.own_part() else { return Vec::new() };
    let mut findings = Vec::new();
    for route in part["routes"].as_array().into_iter().flatten() {
        let (dst, gw) = (text(&route["dst"]), text(&route["gw"]));
        let wrong = match (parse_network(&dst), parse_address(&gw)) {
            (Err(_), _) if dst.is_empty() && !gw.is_empty() => {
                format!("a route over {gw} has no dst: it takes the place of the pod's default route")
            }
            (Err(why), _) => format!("dst {dst:?} of a route: {why}"),
            (_, Err(why)) if !gw.is_empty() => format!("gw of the route to {dst}: {why}"),
            (Ok(network), Ok(gateway)) if network.is_ipv4() != gateway.is_ipv4() => {
                format!("the route to {dst} goes over {gw}, which is of another family")
            }
            _ => continue,
        };
        findings.push(Finding::new(codes::KO631, wrong).hint("{\"dst\": \"19.10.0.0/16\", \"gw\": \"19.10.0.1\"}, the gateway left out where the network itself is meant"));
    }
    findings
}

/// KO630. Addresses come from the Subnet of the provider.
fn has_subnet(world: &World, intent: &NadIntent) -> Vec<Finding> {
    let provider = intent.nad.provider();
    if world.subnets_of_provider(&provider).next().is_some() {
        return Vec::new();
    }
    let key = intent.nad.key();
    let finding = match intent.nad.carrier() {
        Carrier::Addresses => Finding::new(codes::KO630, format!("no subnet has the provider {provider}: an interface of {key} gets no address, and nothing says so")),
        // the documents' own way to a second interface in the pod's subnet
        _ => Finding::new(codes::KO630, format!("no subnet has the provider {provider}: an interface of {key} gets an address of the pod's own subnet, or of the one its annotation names"))
            .severity(Severity::Note),
    };
    let near: Vec<&str> =
        world.every_subnet().map(|subnet| subnet.spec.provider.as_str()).filter(|known| !known.is_empty()).collect();
    // a slip in the name alone: namespaces and endings make any two providers alike
    let slip = || {
        let (name, rest) = provider.split_once('.')?;
        let others = near.iter().filter_map(|one| one.split_once('.')).filter(|(_, of)| *of == rest);
        did_you_mean(name, others.map(|(name, _)| name)).map(|name| format!("{name}.{rest}"))
    };
    let meant = if let Some(cut) = provider.strip_suffix(".ovn") {
        near.contains(&cut).then(|| cut.to_owned())
    } else {
        let with = format!("{provider}.ovn");
        near.contains(&with.as_str()).then_some(with)
    };
    vec![match meant.or_else(slip) {
        Some(near) => finding.hint(format!("a subnet has the provider {near}: set its spec.provider to {provider}")),
        None => finding.hint(format!("make a Subnet with spec.provider {provider}")),
    }]
}

/// KO115, KO607. A Subnet that is named for it has its provider: the controller looks for no other sign.
#[must_use]
pub fn of_its_provider(world: &World, intent: &NadIntent, name: &str) -> Vec<Finding> {
    if world.all_subnets.known().is_none() {
        return Vec::new();
    }
    let Some(subnet) = world.any_subnet(name) else {
        let finding = Finding::new(codes::KO115, format!("there is no subnet \"{name}\""));
        return vec![match did_you_mean(name, world.every_subnet().map(super::super::api::Resource::name)) {
            Some(near) => finding.hint(format!("did you mean {near}?")),
            None => finding.hint("--cidr makes one"),
        }];
    };
    let provider = intent.nad.provider();
    let has = &subnet.spec.provider;
    if *has == provider {
        return Vec::new();
    }
    let finding = Finding::new(
        codes::KO607,
        format!(
            "subnet {name} has the provider {has}, addresses of {} are from a subnet with the provider {provider}",
            intent.nad.key()
        ),
    );
    vec![match intent.nad.carrier() {
        Carrier::Ovn if subnet.is_ovn() => finding.hint(format!(
            "leave --subnet out here; a pod asks for it: kubectl ko pod annotate POD --nad {} --subnet {name}",
            intent.nad.key()
        )),
        _ => finding.hint(format!("make a subnet with --cidr, or set spec.provider of subnet {name} to {provider}")),
    }]
}

/// What `nad create` writes: the configuration of a plugin, with Kube-OVN's part in it.
#[must_use]
pub fn config(kind: &str, provider: &str, master: Option<&str>, mode: Option<&str>, routes: &[Value]) -> String {
    let mut own = json!({"type": CNI_TYPE, "server_socket": SOCKET, "provider": provider});
    if !routes.is_empty() {
        own["routes"] = routes.into();
    }
    let mut config = json!({"cniVersion": "0.3.0"});
    if kind == CNI_TYPE {
        for field in ["type", "server_socket", "provider", "routes"] {
            if !own[field].is_null() {
                config[field] = own[field].take();
            }
        }
    } else {
        config["type"] = kind.into();
        let device = if kind == "host-device" { "device" } else { "master" };
        for (field, value) in [(device, master), ("mode", mode)] {
            if let Some(value) = value {
                config[field] = value.into();
            }
        }
        config["ipam"] = own;
    }
    config.to_string()
}
