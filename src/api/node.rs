//! Nodes, as far as they are gateways.

use serde::Deserialize;

use super::meta::or_default;
use super::subnet::Condition;
use super::{Kind, Metadata, names, resource};

/// A Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its metadata; Kube-OVN keeps everything about a node in labels and annotations.
    pub metadata: Metadata,
    /// How it is.
    #[serde(deserialize_with = "or_default")]
    pub status: NodeStatus,
}

resource!(Node, Kind::core("Node", "nodes", false));

/// `status` of a Node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// Conditions; `Ready` is the one that counts.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    /// Its addresses and names.
    #[serde(deserialize_with = "or_default")]
    pub addresses: Vec<NodeAddress>,
}

/// An address of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeAddress {
    /// `InternalIP`, `Hostname`, ….
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// The address.
    #[serde(deserialize_with = "or_default")]
    pub address: String,
}

impl Node {
    /// Its addresses inside the cluster, as text.
    pub fn internal_addresses(&self) -> impl Iterator<Item = &str> {
        self.status.addresses.iter().filter(|one| one.kind == "InternalIP").map(|one| one.address.as_str())
    }

    /// Whether it is labelled as a gateway to external networks.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.metadata.label(names::LABEL_EXTERNAL_GATEWAY) == "true"
    }

    /// The name of its chassis in OVN; empty before kube-ovn-cni wrote it.
    #[must_use]
    pub fn chassis(&self) -> &str {
        self.metadata.annotation(names::ANNOTATION_CHASSIS)
    }

    /// Whether the controller has seen it: it writes `false` over a gateway label that was set before.
    #[must_use]
    pub fn is_allocated(&self) -> bool {
        self.metadata.annotation(names::ANNOTATION_ALLOCATED) == "true"
    }

    /// Whether the kubelet says it is ready. One that says nothing of it counts as ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().all(|condition| condition.kind != "Ready" || condition.status == "True")
    }
}
