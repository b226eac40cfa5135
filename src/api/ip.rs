//! IP (an address of a pod, node or reservation) and IPPool (Kube-OVN: pkg/apis/kubeovn/v1/ip.go, ip-pool.go).

use serde::Deserialize;

use super::meta::or_default;
use super::subnet::Condition;
use super::{Kind, Metadata, names, resource};

/// An IP object. It has no status; readiness is a finalizer and `spec.ipAddress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ip {
    /// Its metadata; the name is the logical port's.
    pub metadata: Metadata,
    /// Who has which address.
    #[serde(deserialize_with = "or_default")]
    pub spec: IpSpec,
}

resource!(Ip, Kind::kube_ovn("IP", "ips"));

/// `spec` of an IP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpSpec {
    /// Subnet the address is from.
    #[serde(deserialize_with = "or_default")]
    pub subnet: String,
    /// IPv4 address, or empty.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip_address: String,
    /// IPv6 address, or empty.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip_address: String,
    /// MAC as the controller keeps it.
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    /// Name of the pod, VM or node.
    #[serde(deserialize_with = "or_default")]
    pub pod_name: String,
    /// Its namespace; empty for a node.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// Nothing, `StatefulSet` or `VirtualMachine`: who keeps the address when the pod goes; see [`PodType`].
    #[serde(deserialize_with = "or_default")]
    pub pod_type: String,
    /// Node it was given on; empty for a reservation.
    #[serde(deserialize_with = "or_default")]
    pub node_name: String,
    /// All addresses with a comma between; written by the controller.
    #[serde(deserialize_with = "or_default")]
    pub ip_address: String,
}

/// Who keeps an address when its pod goes (Kube-OVN: pkg/controller/ip.go, `handleAddReservedIP`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodType {
    /// A pod of its own name.
    Pod,
    /// A StatefulSet's pod.
    StatefulSet,
    /// A VM of KubeVirt.
    VirtualMachine,
}

impl PodType {
    /// Reads `spec.podType`; `None` is a type that the controller refuses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Pod),
            "StatefulSet" => Some(Self::StatefulSet),
            "VirtualMachine" => Some(Self::VirtualMachine),
            _ => None,
        }
    }

    /// The text of `spec.podType`.
    #[must_use]
    pub fn as_spec(self) -> &'static str {
        match self {
            Self::Pod => "",
            Self::StatefulSet => "StatefulSet",
            Self::VirtualMachine => "VirtualMachine",
        }
    }
}

impl Ip {
    /// Whether the controller gave it an address: there is no other sign than finalizer and addresses.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.metadata.finalizers.is_empty() && !self.spec.ip_address.is_empty()
    }

    /// Whether a user reserved it: it outlives its pod.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.metadata.label(names::LABEL_IP_RESERVED) == "true"
    }

    /// Of a claim, the name of the IP for which it keeps the address; empty for every other IP.
    #[must_use]
    pub fn claimed_for(&self) -> &str {
        self.metadata.annotation(names::ANNOTATION_CLAIM)
    }

    /// Whether it is a claim: it keeps an address while that is being reserved, and the controller passes over it.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        !self.claimed_for().is_empty()
    }

    /// The addresses, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [self.spec.v4_ip_address.as_str(), self.spec.v6_ip_address.as_str()]
            .into_iter()
            .filter(|address| !address.is_empty())
    }
}

/// A named set of addresses of a Subnet, given out only to who asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IpPool {
    /// Its metadata.
    pub metadata: Metadata,
    /// Which addresses.
    #[serde(deserialize_with = "or_default")]
    pub spec: IpPoolSpec,
    /// What the controller says.
    #[serde(deserialize_with = "or_default")]
    pub status: IpPoolStatus,
}

resource!(IpPool, Kind::kube_ovn("IPPool", "ippools"));

/// `status` of an IPPool, as far as it is text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IpPoolStatus {
    /// Ranges of it that the address book has free.
    #[serde(rename = "v4AvailableIPRange", deserialize_with = "or_default")]
    pub v4_available_range: String,
    /// The same for IPv6.
    #[serde(rename = "v6AvailableIPRange", deserialize_with = "or_default")]
    pub v6_available_range: String,
    /// Ranges of it that are in use.
    #[serde(rename = "v4UsingIPRange", deserialize_with = "or_default")]
    pub v4_using_range: String,
    /// The same for IPv6.
    #[serde(rename = "v6UsingIPRange", deserialize_with = "or_default")]
    pub v6_using_range: String,
    /// Conditions; `Ready` is the one that counts.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

/// `spec` of an IPPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpPoolSpec {
    /// Subnet the pool is cut from.
    #[serde(deserialize_with = "or_default")]
    pub subnet: String,
    /// Items: an address, `first..last`, or a CIDR.
    #[serde(deserialize_with = "or_default")]
    pub ips: Vec<String>,
    /// Namespaces whose pods get addresses of it and of no other pool.
    #[serde(deserialize_with = "or_default")]
    pub namespaces: Vec<String>,
    /// Whether OVN has an address set with its addresses.
    pub enable_address_set: bool,
}

impl IpPool {
    /// Whether the controller has it in its address book. One that holds nothing is ready too.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
    }

    /// What the controller has against it; empty when it says nothing.
    #[must_use]
    pub fn error(&self) -> &str {
        let wrong = |condition: &&Condition| condition.kind == "Ready" && condition.status == "False";
        self.status.conditions.iter().find(wrong).map_or("", |condition| condition.message.as_str())
    }
}
