//! Reads whom IPs are for.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use serde_json::Value;

use super::Cluster;
use super::gather::{optional, source};
use super::rest::{Select, Target};
use crate::api::{Kind, Metadata, Pod, PodType, kinds, names};
use crate::failure::{Cause, Result};
use crate::world::holder::{Holder, Holders, Maker};
use crate::world::{Need, Wanted};

impl Cluster {
    /// The pods, StatefulSets, VMs and namespaces that the IPs looked at are for.
    pub(super) async fn holders(&self, wanted: &Wanted) -> Result<Holders> {
        let needs = |need| wanted.needs.contains(&need);
        let of = |holder: &Holder| holder.clone();
        let namespaces: std::collections::BTreeSet<&str> =
            wanted.holders.iter().map(|holder| holder.namespace.as_str()).filter(|name| !name.is_empty()).collect();
        let pods = async {
            let found = try_join_all(wanted.holders.iter().map(|holder| self.holder_pod(holder))).await?;
            Ok(wanted.holders.iter().map(of).zip(found).collect::<BTreeMap<_, _>>())
        };
        let makers = async {
            let found = try_join_all(wanted.holders.iter().map(|holder| self.maker(holder))).await?;
            Ok(wanted.holders.iter().map(of).zip(found).collect::<BTreeMap<_, _>>())
        };
        let spaces = async {
            let read = namespaces.iter().map(|name| self.get(Target::one(kinds::NAMESPACE, "", name)));
            let found = try_join_all(read).await?.into_iter();
            let metadata = |object: Value| metadata(&object["metadata"]);
            let found = found.map(|object| object.map(metadata));
            Ok(namespaces.iter().map(|name| (*name).to_owned()).zip(found).collect::<BTreeMap<_, _>>())
        };
        let (pods, makers, spaces) = tokio::join!(
            optional(needs(Need::HolderPods), pods),
            optional(needs(Need::Makers), makers),
            optional(needs(Need::HolderNamespaces), spaces),
        );
        Ok(Holders { pods: source(pods)?, makers: source(makers)?, namespaces: source(spaces)? })
    }

    /// The pod that lives under that name, or runs that VM; one that has ended gave its address back.
    pub async fn holder_pod(&self, holder: &Holder) -> Result<Option<Pod>> {
        if holder.name.is_empty() || holder.namespace.is_empty() {
            return Ok(None);
        }
        let pods: Vec<Pod> = if holder.pod_type == PodType::VirtualMachine.as_spec() {
            let labels = format!("{}=virt-launcher", names::LABEL_KUBEVIRT);
            self.list(Some(&holder.namespace), Select { labels: Some(&labels), fields: None }).await?
        } else {
            self.find::<Pod>(&holder.namespace, &holder.name).await?.into_iter().collect()
        };
        let mut alive: Vec<Pod> = pods.into_iter().filter(|pod| !pod.is_finished() && holder.is(pod)).collect();
        // while a VM moves there are two: the one that has been there longer
        alive.sort_by(|one, other| one.metadata.creation_timestamp.cmp(&other.metadata.creation_timestamp));
        Ok(alive.into_iter().next())
    }

    /// What makes the pod, when it is there. Without KubeVirt there are no VMs.
    pub async fn maker(&self, holder: &Holder) -> Result<Option<Maker>> {
        let is_vm = holder.pod_type == PodType::VirtualMachine.as_spec();
        let kind: Kind = if is_vm { kinds::VIRTUAL_MACHINE } else { kinds::STATEFUL_SET };
        let Some(name) = holder.maker().filter(|_| !holder.namespace.is_empty()) else { return Ok(None) };
        let object = match self.get(Target::one(kind, &holder.namespace, name)).await {
            Err(failure) if failure.cause == Cause::UnknownKind => None,
            other => other?,
        };
        Ok(object.map(|object| {
            let spec = &object["spec"];
            let first = spec["ordinals"]["start"].as_u64().unwrap_or_default();
            Maker {
                told: format!("{} {name}", if is_vm { "VM" } else { "StatefulSet" }),
                template: metadata(&spec["template"]["metadata"]),
                host_network: spec["template"]["spec"]["hostNetwork"] == true,
                ordinals: if is_vm { (0, 0) } else { (first, first + spec["replicas"].as_u64().unwrap_or(1)) },
            }
        }))
    }
}

fn metadata(value: &Value) -> Metadata {
    serde_json::from_value(value.clone()).unwrap_or_default()
}
