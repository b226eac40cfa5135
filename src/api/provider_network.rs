//! Where an external network is on the nodes: `ProviderNetwork` and Vlan (Kube-OVN: pkg/apis/kubeovn/v1/provider-network.go, vlan.go).

use serde::Deserialize;

use super::meta::or_default;
use super::subnet::Condition;
use super::{Kind, Metadata, resource};

/// An interface of the nodes that OVN may use: bridge `br-NAME` on each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProviderNetwork {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked.
    #[serde(deserialize_with = "or_default")]
    pub spec: ProviderNetworkSpec,
    /// What kube-ovn-cni of the nodes says.
    #[serde(deserialize_with = "or_default")]
    pub status: ProviderNetworkStatus,
}

resource!(ProviderNetwork, Kind::kube_ovn("ProviderNetwork", "provider-networks"));

/// `spec` of a `ProviderNetwork`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderNetworkSpec {
    /// The interface on every node that has no other.
    #[serde(deserialize_with = "or_default")]
    pub default_interface: String,
    /// Interfaces of some nodes.
    #[serde(deserialize_with = "or_default")]
    pub custom_interfaces: Vec<CustomInterface>,
    /// Nodes that are not part of it.
    #[serde(deserialize_with = "or_default")]
    pub exclude_nodes: Vec<String>,
}

/// An interface of some nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CustomInterface {
    /// The interface.
    #[serde(deserialize_with = "or_default")]
    pub interface: String,
    /// Names of the nodes.
    #[serde(deserialize_with = "or_default")]
    pub nodes: Vec<String>,
}

/// `status` of a `ProviderNetwork`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderNetworkStatus {
    /// Whether every node is ready.
    pub ready: bool,
    /// Nodes that have the bridge.
    #[serde(deserialize_with = "or_default")]
    pub ready_nodes: Vec<String>,
    /// Nodes that do not.
    #[serde(deserialize_with = "or_default")]
    pub not_ready_nodes: Vec<String>,
    /// Names of its Vlans.
    #[serde(deserialize_with = "or_default")]
    pub vlans: Vec<String>,
    /// What each node says.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<NodeCondition>,
}

/// What one node says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodeCondition {
    /// Name of the node.
    #[serde(deserialize_with = "or_default")]
    pub node: String,
    /// Its condition.
    #[serde(flatten)]
    pub condition: Condition,
}

/// A tag on a `ProviderNetwork`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vlan {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked.
    #[serde(deserialize_with = "or_default")]
    pub spec: VlanSpec,
    /// What the controller says.
    #[serde(deserialize_with = "or_default")]
    pub status: VlanStatus,
}

resource!(Vlan, Kind::kube_ovn("Vlan", "vlans"));

/// `spec` of a Vlan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VlanSpec {
    /// The tag; 0 means frames without one. 1.16 takes any number (docs/kube-ovn-behaviour.md).
    pub id: i64,
    /// The `ProviderNetwork`.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
}

/// `status` of a Vlan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VlanStatus {
    /// Names of the Subnets on it.
    #[serde(deserialize_with = "or_default")]
    pub subnets: Vec<String>,
    /// Whether another Vlan of the `ProviderNetwork` has the same tag.
    pub conflict: bool,
}
