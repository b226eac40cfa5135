//! Rules about who may hold a Vip's address, and how a selector is read (Kube-OVN: pkg/controller/vip.go,
//! `handleUpdateVirtualParents`).

use std::collections::BTreeMap;

use super::{Finding, VipIntent, codes};
use crate::api::{Metadata, VipType, names};
use crate::check::Severity;
use crate::world::World;

/// An item that is no `key:value`: the controller drops it, so it changes nobody's rights, but a change of the list makes the
/// controller build the virtual port anew. Written and removed again by this tool alone.
pub const TOUCH: &str = "touched-by-kubectl-ko";

/// One `key:value` item.
pub type Term = (String, String);

/// Reads one item; the reason when it is none.
pub fn parse(item: &str) -> Result<Term, String> {
    let parts: Vec<&str> = item.trim().split(':').map(str::trim).collect();
    match parts[..] {
        _ if item.trim().is_empty() => Err("it is empty".to_owned()),
        [key, value] if !key.is_empty() => {
            super::label::key(key).map_err(|reason| format!("the key {key}: {reason}"))?;
            super::label::value(value).map_err(|reason| format!("the value {value}: {reason}"))?;
            Ok((key.to_owned(), value.to_owned()))
        }
        [_] => Err("it has no colon".to_owned()),
        [_, _] => Err("its key is empty".to_owned()),
        _ => Err("it has more than one colon".to_owned()),
    }
}

/// The labels that a pod must have, as the controller reads the items: of two with one key the later wins, what is none is dropped.
#[must_use]
pub fn terms(selector: &[String]) -> BTreeMap<String, String> {
    selector.iter().filter_map(|item| parse(item).ok()).collect()
}

/// The items without our own mark.
#[must_use]
pub fn without_touch(selector: &[String]) -> Vec<String> {
    selector.iter().filter(|item| item.as_str() != TOUCH).cloned().collect()
}

/// KO209. The controller drops an item of another form, and an empty selector is every pod of the namespace.
pub(super) fn well_formed(intent: &VipIntent) -> Vec<Finding> {
    let items = intent.spec.selector.iter().filter(|item| item.as_str() != TOUCH);
    let wrong = items.filter_map(|item| parse(item).err().map(|reason| (item, reason)));
    wrong
        .map(|(item, reason)| {
            Finding::new(codes::KO209, format!("selector item `{item}` is no key:value: {reason}; the controller drops it, so that more pods match than it says"))
                .hint(match item.split_once('=') {
                Some((key, value)) => format!("write \"{}:{}\"", key.trim(), value.trim()),
                None => "write one label an item: --selector app=web, or \"app:web\" in a manifest".to_owned(),
            })
        })
        .collect()
}

/// KO207. Without a namespace no virtual port is made.
pub(super) fn has_namespace(intent: &VipIntent) -> Vec<Finding> {
    if intent.spec.selector.is_empty() || !intent.spec.namespace.is_empty() || intent.kind() != Some(VipType::Plain) {
        return Vec::new();
    }
    vec![
        Finding::new(
            codes::KO207,
            "a selector without a namespace: no virtual port is made, so no pod may hold the address",
        )
        .hint("name the pods' namespace: -n NAMESPACE, or spec.namespace"),
    ]
}

/// KO208. The controller accepts any text.
pub(super) fn namespace_exists(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let namespace = &intent.spec.namespace;
    if world.namespaces.known().and_then(|known| known.get(namespace)).copied().unwrap_or(false) {
        return Vec::new();
    }
    vec![Finding::new(codes::KO208, format!("there is no namespace \"{namespace}\"")).hint("kubectl get namespaces")]
}

/// The first label that a selector wants and a pod lacks; `None` when the pod matches.
pub(super) fn lacking<'t>(
    labels: &BTreeMap<String, String>,
    terms: &'t BTreeMap<String, String>,
) -> Option<(&'t String, &'t String)> {
    terms.iter().find(|(key, value)| labels.get(*key) != Some(value))
}

/// KO213. A pod becomes a parent when the selector matches and its annotation names the Vip.
pub(super) fn matches_a_pod(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let wanted = terms(&intent.spec.selector);
    let here = world.pods.known().into_iter().flatten().filter(|pod| pod.namespace == intent.spec.namespace);
    let matching: Vec<&Metadata> = here.filter(|pod| lacking(&pod.labels, &wanted).is_none()).collect();
    if intent.kind() != Some(VipType::Plain) {
        return Vec::new();
    }
    if matching.is_empty() {
        let text = wanted.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",");
        return vec![
            Finding::new(
                codes::KO213,
                format!(
                    "no pod of namespace {} has the labels {text}: nobody may hold the address yet",
                    intent.spec.namespace
                ),
            )
            .hint(format!("kubectl get pods -n {} -l {text}", intent.spec.namespace)),
        ];
    }
    let names = |pod: &&Metadata| names::aaps_entitle(pod.annotation(names::ANNOTATION_AAPS), &intent.name);
    if matching.iter().any(names) {
        return Vec::new();
    }
    vec![
        unnamed()
            .hint(format!("kubectl ko vip attach {} {} -n {}", intent.name, matching[0].name, intent.spec.namespace)),
    ]
}

/// KO213. Nobody names the Vip, though somebody could.
pub(super) fn unnamed() -> Finding {
    Finding::new(
        codes::KO213,
        "no pod names the Vip in its annotation ovn.kubernetes.io/aaps yet, so nobody may hold the address",
    )
    .severity(Severity::Note)
}
