//! Rules about pods that are to hold a Vip's address (Kube-OVN: pkg/controller/vip.go, `handleUpdateVirtualParents`).

use super::selector::{lacking, terms};
use super::{Finding, codes, state};
use crate::api::pod::Interface;
use crate::api::{Kind, Pod, PodMaker, Vip, VipType, kinds, names};
use crate::check::Severity;

/// Why a Vip can be held by no pod at all.
#[must_use]
pub fn holdable(vip: &Vip) -> Vec<Finding> {
    let stays = state::stays(vip);
    if !stays.is_empty() {
        return stays;
    }
    let kind = plain(vip);
    if !kind.is_empty() {
        return kind;
    }
    [has_namespace(vip), state::has_address(vip), one_family(vip)].concat()
}

/// KO226. The controller lists parents of plain Vips only.
fn plain(vip: &Vip) -> Vec<Finding> {
    if VipType::parse(&vip.spec.kind) == Some(VipType::Plain) {
        return Vec::new();
    }
    let name = &vip.metadata.name;
    vec![
        Finding::new(codes::KO226, format!("vip/{name} can be held by no pod: it is a {}", vip.spec.kind))
            .hint("kubectl ko vip create NAME --subnet SUBNET -n NAMESPACE makes one that pods can hold"),
    ]
}

/// KO227. Without a namespace there is no virtual port.
fn has_namespace(vip: &Vip) -> Vec<Finding> {
    if !vip.spec.namespace.is_empty() {
        return Vec::new();
    }
    let (name, subnet) = (&vip.metadata.name, &vip.spec.subnet);
    let message = format!(
        "vip/{name} can be held by no pod: it was created without a namespace and reserves an address, no more"
    );
    let again =
        format!("kubectl ko vip delete {name}, then kubectl ko vip create {name} --subnet {subnet} -n NAMESPACE");
    vec![Finding::new(codes::KO227, message).hint(again)]
}

/// KO211, of a Vip that is there: OVN reads one address of a virtual port.
fn one_family(vip: &Vip) -> Vec<Finding> {
    if vip.status.addresses().count() < 2 {
        return Vec::new();
    }
    let message = format!(
        "vip/{} can be held by no pod: it has an IPv4 and an IPv6 address, and OVN reads one of a virtual port",
        vip.metadata.name
    );
    vec![Finding::new(codes::KO211, message).hint("use a single-stack subnet")]
}

/// KO228. Pods of other namespaces are never parents.
#[must_use]
pub fn in_namespace(vip: &Vip, namespace: &str) -> Vec<Finding> {
    let wanted = &vip.spec.namespace;
    // one without a namespace has KO227
    if wanted == namespace || wanted.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "vip/{} is for pods of namespace {wanted}, not of {namespace}: only those may hold its address",
        vip.metadata.name
    );
    let another =
        format!("kubectl ko vip create NAME --subnet {} -n {namespace} makes one for that namespace", vip.spec.subnet);
    vec![Finding::new(codes::KO228, message).hint(another)]
}

/// The interface through which a pod can hold a Vip, or why it cannot.
///
/// # Errors
///
/// The findings: KO229 to KO232.
pub fn holder(vip: &Vip, pod: &Pod) -> Result<Interface, Vec<Finding>> {
    let key = pod.key();
    let cannot =
        |code, reason: &str| Finding::new(code, format!("pod {key} cannot hold vip/{}: {reason}", vip.metadata.name));
    if pod.is_finished() {
        return Err(vec![cannot(codes::KO231, "it has ended, and its address is free for others")]);
    }
    if pod.spec.host_network {
        return Err(vec![cannot(codes::KO230, HOST_NETWORK)]);
    }
    let labels = lacking(&pod.metadata.labels, &terms(&vip.spec.selector)).map(|(label, value)| {
        cannot(codes::KO229, &format!("the Vip's selector wants the label {label}={value}"))
            .hint(format!("kubectl label pod {} -n {} {label}={value}", pod.metadata.name, pod.metadata.namespace))
    });
    let interface = in_subnet(vip, pod).map_err(|reason| {
        cannot(codes::KO232, &reason)
            .hint(format!("kubectl ko vip create NAME --subnet SUBNET -n {}", pod.metadata.namespace))
    });
    match (labels, interface) {
        (None, Ok(interface)) => Ok(interface),
        (labels, interface) => Err(labels.into_iter().chain(interface.err()).collect()),
    }
}

const HOST_NETWORK: &str = "it has the node's own network and no logical port";

/// The interface that OVN carries in the Vip's subnet, or why there is none.
fn in_subnet(vip: &Vip, pod: &Pod) -> Result<Interface, String> {
    let subnet = &vip.spec.subnet;
    let interfaces = pod.interfaces();
    let (carried, others): (Vec<&Interface>, Vec<&Interface>) = interfaces
        .iter()
        .filter(|interface| interface.subnet == *subnet)
        .partition(|interface| names::is_ovn_provider(&interface.provider));
    if let Some(interface) = carried.first() {
        return Ok((*interface).clone());
    }
    if let Some(other) = others.first() {
        return Err(format!(
            "its interface in subnet {subnet} is of provider {}, which OVN does not carry",
            other.provider
        ));
    }
    let has: Vec<&str> =
        interfaces.iter().map(|interface| interface.subnet.as_str()).filter(|subnet| !subnet.is_empty()).collect();
    Err(match has[..] {
        [] => format!("the Vip is of subnet {subnet}, it has no address yet"),
        _ => format!("the Vip is of subnet {subnet}, it has interfaces in {} only", has.join(", ")),
    })
}

/// What a template's pods will lack to hold a Vip. Their interfaces are looked at on the pods that run; of a template without
/// pods nothing is known of them.
#[must_use]
pub fn template(vip: &Vip, printed: &str, maker: &PodMaker, pods: &[Pod]) -> Vec<Finding> {
    let cannot = |code, reason: &str| {
        Finding::new(code, format!("pods of {printed} cannot hold vip/{}: {reason}", vip.metadata.name))
    };
    let template = &maker.spec.template;
    let edit = format!("kubectl edit {printed} -n {}", maker.metadata.namespace);
    if template.spec.host_network {
        return vec![cannot(codes::KO230, HOST_NETWORK)];
    }
    let mut findings = Vec::new();
    if let Some((label, value)) = lacking(&template.metadata.labels, &terms(&vip.spec.selector)) {
        let reason = format!("the Vip's selector wants the label {label}={value} in their template");
        findings.push(cannot(codes::KO229, &reason).hint(edit));
    }
    // labels come from the template at the restart: what the present pods have does not count
    let of_pods = pods.iter().filter_map(|pod| holder(vip, pod).err()).flatten();
    findings.extend(of_pods.filter(|finding| finding.code != codes::KO229));
    if pods.is_empty() {
        let message = format!("not checked: {} ({printed} has no pods now)", codes::KO232.title);
        findings.push(Finding::new(codes::KO232, message).severity(Severity::Unknown(false)));
    }
    findings
}

/// KO240. What a changed template does not do by itself.
#[must_use]
pub fn restarts(kind: Kind, printed: &str, maker: &PodMaker) -> Vec<Finding> {
    let (name, namespace) = (&maker.metadata.name, &maker.metadata.namespace);
    let replicas = maker.spec.replicas.unwrap_or(1);
    let strategy = &maker.spec.update_strategy;
    let partition = strategy.rolling_update.partition;
    let stay = "those that run keep the annotations they have";
    let (why, repair) = match kind {
        _ if replicas == 0 => return Vec::new(),
        kinds::DEPLOYMENT if maker.spec.paused => (
            format!("{printed} is paused and does not replace its pods: {stay}"),
            format!("kubectl rollout resume {}/{name} -n {namespace}, then the same command again", kind.plural),
        ),
        kinds::STATEFUL_SET if strategy.kind == "OnDelete" => (
            format!("{printed} has the update strategy OnDelete and replaces only pods that are deleted: {stay}"),
            format!(
                "kubectl delete pod {name}-0 -n {namespace}, and so on with each of its pods; then the same command again"
            ),
        ),
        kinds::STATEFUL_SET if partition > 0 => (
            format!(
                "{printed} replaces only pods from ordinal {partition} on (updateStrategy.rollingUpdate.partition): of the others {stay}"
            ),
            format!("set the partition of {printed} to 0, then the same command again"),
        ),
        _ => return Vec::new(),
    };
    vec![Finding::new(codes::KO240, why).hint(repair)]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vip() -> Vip {
        let spec = json!({"subnet": "s", "namespace": "n", "selector": ["app:web"]});
        serde_json::from_value(json!({"metadata": {"name": "v"}, "spec": spec})).unwrap_or_default()
    }

    fn pod(labels: &serde_json::Value, provider: &str, subnet: &str) -> Pod {
        let annotations = json!({format!("{provider}.kubernetes.io/allocated"): "true", format!("{provider}.kubernetes.io/logical_switch"): subnet});
        let metadata = json!({"name": "p", "namespace": "n", "labels": labels, "annotations": annotations});
        serde_json::from_value(json!({"metadata": metadata})).unwrap_or_default()
    }

    fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn a_pod_is_told_everything_that_it_lacks_at_once() {
        let web = json!({"app": "web"});
        let found = |pod: &Pod| holder(&vip(), pod).map(|interface| interface.port);
        assert_eq!(found(&pod(&web, "ovn", "s")), Ok("p.n".to_owned()));
        assert_eq!(found(&pod(&web, "net.n.ovn", "s")), Ok("p.n.net.n.ovn".to_owned()));
        let both = found(&pod(&json!({}), "ovn", "other")).unwrap_err();
        assert_eq!(codes(&both), ["KO229", "KO232"]);
        let macvlan = found(&pod(&web, "macvlan.n", "s")).unwrap_err();
        assert!(macvlan[0].message.contains("of provider macvlan.n, which OVN does not carry"), "{macvlan:?}");
    }

    #[test]
    fn of_a_template_its_own_labels_count_and_the_interfaces_of_its_pods() {
        let maker = |labels| {
            let template = json!({"metadata": {"labels": labels}});
            serde_json::from_value::<PodMaker>(
                json!({"metadata": {"name": "d", "namespace": "n"}, "spec": {"template": template}}),
            )
            .unwrap_or_default()
        };
        let old = pod(&json!({}), "ovn", "s");
        let found = |labels, pods: &[Pod]| codes(&template(&vip(), "deployment.apps/d", &maker(labels), pods));
        assert_eq!(found(json!({"app": "web"}), std::slice::from_ref(&old)), [""; 0], "the restart brings the labels");
        assert_eq!(found(json!({}), std::slice::from_ref(&old)), ["KO229"]);
        assert_eq!(found(json!({"app": "web"}), &[pod(&json!({}), "ovn", "other")]), ["KO232"]);
        let unknown = template(&vip(), "deployment.apps/d", &maker(json!({"app": "web"})), &[]);
        assert_eq!(unknown[0].severity, Severity::Unknown(false));
    }

    #[test]
    fn what_does_not_replace_its_pods_is_said() {
        let found = |kind, spec| {
            let maker = serde_json::from_value::<PodMaker>(json!({"metadata": {"name": "x"}, "spec": spec}));
            codes(&restarts(kind, "x", &maker.unwrap_or_default()))
        };
        let (deployment, set) = (kinds::DEPLOYMENT, kinds::STATEFUL_SET);
        assert_eq!(found(deployment, json!({"paused": true})), ["KO240"]);
        assert_eq!(found(deployment, json!({"paused": true, "replicas": 0})), [""; 0]);
        assert_eq!(found(deployment, json!({})), [""; 0]);
        assert_eq!(found(set, json!({"updateStrategy": {"type": "OnDelete"}})), ["KO240"]);
        assert_eq!(
            found(set, json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}})),
            ["KO240"]
        );
        assert_eq!(found(set, json!({"updateStrategy": {"type": "RollingUpdate"}})), [""; 0]);
    }
}
