//! The rules of a `SwitchLBRule` (Kube-OVN: `pkg/controller/switch_lb_rule.go`). The controller writes a headless Service and, of endpoints that
//! are named, Endpoints; what the API server refuses of those stands in its log alone.

mod port;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::manifest::{self, Json, Manifest, Shape, text};
use super::subnet::named;
use super::vip::parse_selector;
use super::{Difference, Finding, Rule, Severity, codes};
use crate::api::nat::{SwitchLbPort, SwitchLbRuleSpec};
use crate::api::{Resource as _, SwitchLbRule};
use crate::net::{Pair, check_label, parse_address};
use crate::world::{Need, Wanted, World};

/// A `SwitchLBRule` as somebody wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlrIntent {
    /// Its name.
    pub name: String,
    /// Its spec, as typed; a field of the wrong type is empty.
    pub spec: SwitchLbRuleSpec,
    /// What only a manifest can get wrong.
    pub manifest: Manifest,
}

/// Its fields.
pub const SHAPE: Shape = Shape {
    kind: SwitchLbRule::KIND,
    texts: &["vip", "namespace", "sessionAffinity"],
    lists: &["selector", "endpoints"],
    others: &[("ports", Json::Objects)],
};

impl SlrIntent {
    /// From a manifest, whatever is wrong with it.
    #[must_use]
    pub fn from_manifest(object: &Value) -> Self {
        let mut fields = SHAPE.readable(object);
        // a port of the wrong type is none; the API server refuses it
        let ports = fields["ports"].as_array().cloned().unwrap_or_default();
        let readable: Vec<Value> = ports
            .iter()
            .filter(|port| serde_json::from_value::<SwitchLbPort>((*port).clone()).is_ok())
            .cloned()
            .collect();
        let mut manifest = Manifest::read(object, &SHAPE);
        if readable.len() != ports.len() {
            manifest.wrong_types.push("spec.ports has a value of the wrong type".to_owned());
        }
        if !ports.is_empty() {
            fields["ports"] = Value::from(readable);
        }
        let spec = serde_json::from_value(fields).unwrap_or_default();
        Self { name: text(&object["metadata"]["name"]), spec, manifest }
    }

    /// The manifest that asks for it.
    #[must_use]
    pub fn to_manifest(&self) -> Value {
        let spec = &self.spec;
        let mut fields =
            Map::from_iter([("vip".to_owned(), json!(spec.vip)), ("namespace".to_owned(), json!(spec.namespace))]);
        for (field, list) in [("selector", &spec.selector), ("endpoints", &spec.endpoints)] {
            if !list.is_empty() {
                fields.insert(field.to_owned(), json!(list));
            }
        }
        if !spec.session_affinity.is_empty() {
            fields.insert("sessionAffinity".to_owned(), json!(spec.session_affinity));
        }
        let port = |port: &SwitchLbPort| json!({"name": port.name, "port": port.port, "targetPort": port.target_port, "protocol": port.protocol});
        fields.insert("ports".to_owned(), spec.ports.iter().map(port).collect());
        json!({"apiVersion": SHAPE.kind.api_version(), "kind": SHAPE.kind.kind, "metadata": {"name": self.name}, "spec": fields})
    }

    /// The rule as it will be there.
    #[must_use]
    pub fn as_created(&self) -> SwitchLbRule {
        let metadata = crate::api::Metadata { name: self.name.clone(), ..crate::api::Metadata::default() };
        SwitchLbRule { metadata, spec: self.spec.clone(), ..SwitchLbRule::default() }
    }
}

/// In what a rule differs from what is asked for.
#[must_use]
pub fn differences(rule: &SwitchLbRule, intent: &SlrIntent) -> Vec<Difference> {
    let (is, asked) = (&rule.spec, &intent.spec);
    let ports = |ports: &[SwitchLbPort]| {
        let one = |port: &SwitchLbPort| {
            format!(
                "{}:{}:{}/{}",
                port.name,
                port.port,
                port.target_port,
                if port.protocol.is_empty() { "TCP" } else { &port.protocol }
            )
        };
        ports.iter().map(one).collect::<Vec<_>>().join(",")
    };
    let fields = [
        ("vip", is.vip.clone(), asked.vip.clone()),
        ("namespace", is.namespace.clone(), asked.namespace.clone()),
        ("selector", is.selector.join(","), asked.selector.join(",")),
        ("endpoints", is.endpoints.join(","), asked.endpoints.join(",")),
        ("sessionAffinity", is.session_affinity.clone(), asked.session_affinity.clone()),
        ("ports", ports(&is.ports), ports(&asked.ports)),
    ];
    fields
        .into_iter()
        .filter(|(_, is, asked)| is != asked)
        .map(|(field, is, asked)| Difference { field, is, asked })
        .collect()
}

fn always(_: &SlrIntent) -> bool {
    true
}

fn in_namespace(intent: &SlrIntent) -> bool {
    !intent.spec.namespace.is_empty()
}

macro_rules! rules {
    ($($code:ident [$($need:ident)*] $applies:expr => $check:expr;)*) => {
        /// The rules, in the order in which their findings are told.
        pub const RULES: &[Rule<SlrIntent>] = &[$(Rule {
            code: codes::$code, needs: &[$(Need::$need),*], applies: $applies, check: $check,
        }),*];
    };
}

rules! {
    KO218 [] always => |_, intent| manifest::field_types(&intent.manifest);
    KO219 [] always => |_, intent| manifest::fields_known(&intent.manifest, &SHAPE);
    KO412 [] always => |_, intent| named(&intent.name);
    KO566 [] always => |_, intent| service_named(intent);
    KO560 [] always => |_, intent| front(intent);
    KO561 [] always => |_, intent| namespaced(intent);
    KO562 [] always => |_, intent| port::written(intent);
    KO563 [] always => |_, intent| backends(intent);
    KO209 [] |intent| intent.spec.endpoints.is_empty() => |_, intent| selector(intent);
    KO565 [] always => |_, intent| affinity(intent);
    KO208 [Namespaces] in_namespace => namespace_exists;
    KO564 [Slrs] always => alone;
}

/// KO566: the Service is `slr-NAME`, and the name of a Service is a DNS label.
fn service_named(intent: &SlrIntent) -> Vec<Finding> {
    let service = format!("slr-{}", intent.name);
    let Err(reason) = check_label(&service) else { return Vec::new() };
    vec![
        Finding::new(
            codes::KO566,
            format!("its Service would be called {service}: {reason}; the controller tries for ever"),
        )
        .hint("choose a name without dots, of at most 59 letters"),
    ]
}

/// KO560: one front-end address a family.
fn front(intent: &SlrIntent) -> Vec<Finding> {
    let vip = intent.spec.vip.as_str();
    let what = if vip.is_empty() {
        "vip is empty: the controller passes over the rule".to_owned()
    } else {
        match Pair::parse(vip) {
            Ok(_) if vip.chars().any(char::is_uppercase) => {
                format!("vip {vip} has upper-case letters: OVN has it otherwise, and its health checks do not find it")
            }
            Ok(_) => return Vec::new(),
            Err(reason) => format!("vip {reason}: a Service is made, and OVN gets no load balancer of it"),
        }
    };
    vec![
        Finding::new(codes::KO560, what)
            .hint("write one address without a mask, such as that of a Vip of type switch_lb_vip"),
    ]
}

/// KO561: its namespace is named.
fn namespaced(intent: &SlrIntent) -> Vec<Finding> {
    if in_namespace(intent) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO561, "namespace is empty: the controller cannot make its Service, and tries for ever")
            .hint("set spec.namespace to that of the pods"),
    ]
}

/// KO208: it is there.
fn namespace_exists(world: &World, intent: &SlrIntent) -> Vec<Finding> {
    let name = intent.spec.namespace.as_str();
    if world.namespaces.known().is_none_or(|there| there.get(name) != Some(&false)) {
        return Vec::new();
    }
    vec![
        Finding::new(codes::KO208, format!("there is no namespace \"{name}\": its Service cannot be made"))
            .hint(format!("kubectl create namespace {name}")),
    ]
}

/// KO563: something stands behind it.
fn backends(intent: &SlrIntent) -> Vec<Finding> {
    let spec = &intent.spec;
    let mut findings = Vec::new();
    let told = |what: String, hint: &str| Finding::new(codes::KO563, what).hint(hint);
    if spec.endpoints.is_empty() && spec.selector.is_empty() {
        findings.push(told(
            "neither selector nor endpoints: nobody answers".to_owned(),
            "set spec.selector to the labels of the pods",
        ));
    }
    if !spec.endpoints.is_empty() && !spec.selector.is_empty() {
        findings.push(
            told("endpoints are given, and the selector counts for nothing".to_owned(), "leave one of the two out")
                .severity(Severity::Warning),
        );
    }
    let families = Pair::parse(&spec.vip).ok();
    for endpoint in &spec.endpoints {
        match parse_address(endpoint) {
            Err(reason) => findings.push(told(
                format!("endpoints: {reason}: the API server refuses them, and the controller tries for ever"),
                "write one address an item",
            )),
            Ok(address) => {
                let fits = families.as_ref().is_none_or(|pair| pair.get(crate::net::Family::of(&address)).is_some());
                if !fits {
                    findings.push(told(
                        format!(
                            "endpoints: {endpoint} is of another family than vip {}: no packet gets there",
                            spec.vip
                        ),
                        "write back ends of the front end's family",
                    ));
                }
            }
        }
    }
    findings
}

/// KO209: an item that is not key:value is passed over, and then more pods match than were meant.
fn selector(intent: &SlrIntent) -> Vec<Finding> {
    let wrong = intent.spec.selector.iter().filter(|item| parse_selector(item).is_err());
    wrong
        .map(|item| {
            Finding::new(codes::KO209, format!("selector {item:?} is not key:value: the controller passes over it"))
                .hint(format!("write {:?}", item.replacen('=', ":", 1)))
        })
        .collect()
}

/// KO565: a value that a Service takes.
fn affinity(intent: &SlrIntent) -> Vec<Finding> {
    let text = intent.spec.session_affinity.as_str();
    if ["", "None", "ClientIP"].contains(&text) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO565,
            format!("sessionAffinity {text} is none: the Service is refused, and the controller tries for ever"),
        )
        .hint("write ClientIP, or leave it out"),
    ]
}

/// KO564: a port of a front end is one rule's. The back ends of the younger take the place of the other's.
fn alone(world: &World, intent: &SlrIntent) -> Vec<Finding> {
    let all = world.slrs.known().into_iter().flatten().chain(&world.planned.slrs);
    let mut findings = Vec::new();
    for other in all.filter(|other| other.metadata.name != intent.name) {
        let same_front = other
            .spec
            .vip
            .split(',')
            .any(|one| intent.spec.vip.split(',').any(|ours| crate::world::same(one, ours) && !one.is_empty()));
        let shared = intent.spec.ports.iter().find(|port| {
            other
                .spec
                .ports
                .iter()
                .any(|their| their.port == port.port && port::protocol(their) == port::protocol(port))
        });
        if let Some(port) = shared.filter(|_| same_front) {
            findings.push(
                Finding::new(codes::KO564, format!("slr/{} has port {}/{} of {} already: of one VPC, the back ends of the two take each other's place", other.metadata.name, port.port, port::protocol(port), intent.spec.vip))
                    .hint(format!("choose another port, or kubectl ko slr delete {}", other.metadata.name)),
            );
        }
    }
    findings
}

/// What has to be read to check some of them.
#[must_use]
pub fn wanted<'i>(intents: impl IntoIterator<Item = &'i SlrIntent>) -> Wanted {
    let mut wanted = Wanted::default();
    for intent in intents {
        wanted.needs.extend(super::needs(RULES, intent));
        wanted.namespaces.extend(Some(intent.spec.namespace.clone()).filter(|name| !name.is_empty()));
    }
    wanted
}

/// The findings about one, worst first.
#[must_use]
pub fn check(world: &World, intent: &SlrIntent) -> Vec<Finding> {
    super::sorted(super::run(RULES, world, intent))
}

/// KO567: what is wrong with a rule that is there: OVN has a front end for each port. `fronts` are those that OVN has, when that is known.
#[must_use]
pub fn problems(rule: &SwitchLbRule, fronts: Option<&[(String, String)]>) -> Vec<Finding> {
    let Some(fronts) = fronts.filter(|_| !rule.metadata.is_terminating()) else { return Vec::new() };
    let name = &rule.metadata.name;
    let lacking = crate::world::slr::lacking(rule, fronts);
    if lacking.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO567,
            format!("OVN has no load balancer for {}: nobody answers there", lacking.join(", ")),
        )
        .hint(format!(
            "kubectl get endpointslices -n {} -l kubernetes.io/service-name=slr-{name} says which pods match",
            rule.spec.namespace
        )),
    ]
}
