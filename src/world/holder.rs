//! Whom an IP is for: the pod, and the StatefulSet or VM that makes it.

use std::collections::BTreeMap;

use super::{Source, World};
use crate::api::{Metadata, Pod, PodType, names};

/// Whom an IP is for, as its `spec` says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// `spec.namespace`
    pub namespace: String,
    /// `spec.podName`: the pod's name, or the VM's.
    pub name: String,
    /// `spec.podType`, as written.
    pub pod_type: String,
}

impl Holder {
    /// `vm vpc1/db` or `pod vpc1/web-1`.
    #[must_use]
    pub fn told(&self) -> String {
        let kind = if self.pod_type == PodType::VirtualMachine.as_spec() { "VM" } else { "pod" };
        format!("{kind} {}/{}", self.namespace, self.name)
    }

    /// What makes the pod: the VM itself, or the StatefulSet that a pod with such a name would be of. The controller takes the
    /// name up to the last dash (Kube-OVN: pkg/controller/gc.go, `checkIPOwnerExists`).
    #[must_use]
    pub fn maker(&self) -> Option<&str> {
        if self.pod_type == PodType::VirtualMachine.as_spec() {
            return Some(&self.name);
        }
        let cut = self.name.rsplit_once('-');
        if self.pod_type == PodType::StatefulSet.as_spec() {
            return Some(cut.map_or(self.name.as_str(), |(set, _)| set));
        }
        let (set, ordinal) = cut?;
        (!set.is_empty() && ordinal.parse::<u32>().is_ok()).then_some(set)
    }

    /// The pod's number in its StatefulSet.
    #[must_use]
    pub fn ordinal(&self) -> Option<u64> {
        self.name.rsplit_once('-')?.1.parse().ok()
    }

    /// Whether a pod is the one that is meant: a VM's by its instance, any other by its name.
    #[must_use]
    pub fn is(&self, pod: &Pod) -> bool {
        let of_vm = pod.metadata.owner_references.iter().any(|owner| owner.kind == "VirtualMachineInstance");
        pod.metadata.namespace == self.namespace
            && pod.port_base() == self.name
            && of_vm == (self.pod_type == PodType::VirtualMachine.as_spec())
    }
}

/// A StatefulSet, or a VM of KubeVirt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maker {
    /// `StatefulSet db` or `VM db`.
    pub told: String,
    /// Metadata of its template: the annotations that its pods get.
    pub template: Metadata,
    /// Whether its pods are on their nodes' own network.
    pub host_network: bool,
    /// The ordinals that it has pods for: the first, and the one behind the last. A VM has none.
    pub ordinals: (u64, u64),
}

/// What was read of them.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// The pods that live, finished ones left out.
    pub pods: Source<BTreeMap<Holder, Option<Pod>>>,
    /// What makes them; `None` where there is none.
    pub makers: Source<BTreeMap<Holder, Option<Maker>>>,
    /// Namespaces by name; `None` where there is none.
    pub namespaces: Source<BTreeMap<String, Option<Metadata>>>,
}

impl World {
    /// The pod that an IP is for, when there is one.
    #[must_use]
    pub fn holder_pod(&self, holder: &Holder) -> Option<&Pod> {
        self.holders.pods.known()?.get(holder)?.as_ref()
    }

    /// What makes it, when it is there.
    #[must_use]
    pub fn maker(&self, holder: &Holder) -> Option<&Maker> {
        self.holders.makers.known()?.get(holder)?.as_ref()
    }

    /// An annotation that a pod has, or will have by its maker's template.
    #[must_use]
    pub fn holder_annotation(&self, holder: &Holder, provider: &str, key: &str) -> &str {
        let key = names::provider_annotation(provider, key);
        let of_maker = || self.maker(holder).map_or("", |maker| maker.template.annotation(&key));
        match self.holder_pod(holder) {
            Some(pod) => pod.metadata.annotation(&key),
            None => of_maker(),
        }
    }

    /// An annotation of its namespace.
    #[must_use]
    pub fn holder_namespace(&self, holder: &Holder, key: &str) -> &str {
        let namespace = self.holders.namespaces.known().and_then(|known| known.get(&holder.namespace)?.as_ref());
        namespace.map_or("", |namespace| namespace.annotation(&names::provider_annotation(names::PROVIDER_OVN, key)))
    }
}
