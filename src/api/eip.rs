//! External addresses: `OvnEip` and `IptablesEIP` (Kube-OVN: pkg/apis/kubeovn/v1/ovn-eip.go, iptables-eip.go).

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// An external address of OVN's own NAT.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OvnEip {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked.
    #[serde(deserialize_with = "or_default")]
    pub spec: OvnEipSpec,
    /// What was given.
    #[serde(deserialize_with = "or_default")]
    pub status: OvnEipStatus,
}

resource!(OvnEip, Kind::kube_ovn("OvnEip", "ovn-eips"));

/// `spec` of an `OvnEip`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OvnEipSpec {
    /// External Subnet; may be empty, then it is the controller's `--external-gateway-switch`.
    #[serde(deserialize_with = "or_default")]
    pub external_subnet: String,
    /// IPv4 address asked for; given by the controller when empty.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// IPv6 address; never honoured as a request.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip: String,
    /// MAC; never honoured as a request, overwritten by the controller.
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    /// Nothing, `nat`, `lrp` or `lsp`; see [`EipType`].
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

/// `status` of an `OvnEip`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OvnEipStatus {
    /// IPv4 address given.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// IPv6 address given.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip: String,
    /// MAC given.
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    /// Type at the time the address was given.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Kinds of the rules that use it, with commas between: `dnat,fip,snat`. Lags, and counts by label.
    #[serde(deserialize_with = "or_default")]
    pub nat: String,
    /// Whether an address was given; says nothing of routers.
    pub ready: bool,
}

/// What an `OvnEip` is for (Kube-OVN: pkg/util/const.go, `OvnEipTypeNAT`, `OvnEipTypeLRP`, `OvnEipTypeLSP`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EipType {
    /// For NAT rules.
    Nat,
    /// The address of a VPC's router port on the external network, named `VPC-SUBNET`.
    Lrp,
    /// The address of a node's own port (`ovnext0`), named like the node.
    Lsp,
}

impl EipType {
    /// Reads `spec.type`; `None` is a type that the controller does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "nat" => Some(Self::Nat),
            "lrp" => Some(Self::Lrp),
            "lsp" => Some(Self::Lsp),
            _ => None,
        }
    }

    /// The text of `spec.type`.
    #[must_use]
    pub fn as_spec(self) -> &'static str {
        match self {
            Self::Nat => "nat",
            Self::Lrp => "lrp",
            Self::Lsp => "lsp",
        }
    }
}

impl OvnEip {
    /// The Subnet its address is from: the label the controller wrote, else the spec.
    #[must_use]
    pub fn subnet(&self) -> &str {
        match self.metadata.label(super::names::LABEL_SUBNET) {
            "" => &self.spec.external_subnet,
            label => label,
        }
    }

    /// Whether the controller gave it an address. One of type lsp has an address long before kube-ovn-cni calls it ready.
    #[must_use]
    pub fn has_address(&self) -> bool {
        !self.status.mac_address.is_empty() && self.addresses().next().is_some()
    }

    /// Whether the controller gave it an address, called it ready, and then wrote the rest of its status empty again: it takes such an
    /// EIP for done and never looks at it again (docs/kube-ovn-behaviour.md).
    #[must_use]
    pub fn lost_status(&self) -> bool {
        self.status.ready && self.may_have_lost_status()
    }

    /// Whether its spec has what the controller gave, and its status does not: lost, or written in the next moment.
    #[must_use]
    pub fn may_have_lost_status(&self) -> bool {
        let given = !self.spec.v4_ip.is_empty() || !self.spec.v6_ip.is_empty();
        given && !self.spec.mac_address.is_empty() && !self.has_address() && !self.metadata.is_terminating()
    }

    /// The addresses given, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [self.status.v4_ip.as_str(), self.status.v6_ip.as_str()].into_iter().filter(|address| !address.is_empty())
    }

    /// What it is for: by status once it has one, else by spec; `None` for a type that the controller does not know.
    #[must_use]
    pub fn kind(&self) -> Option<EipType> {
        EipType::parse(if self.status.kind.is_empty() { &self.spec.kind } else { &self.status.kind })
    }
}

/// An external address of a `VpcNatGateway`'s pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IptablesEip {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked.
    #[serde(deserialize_with = "or_default")]
    pub spec: IptablesEipSpec,
    /// What was given.
    #[serde(deserialize_with = "or_default")]
    pub status: IptablesEipStatus,
}

resource!(IptablesEip, Kind::kube_ovn("IptablesEIP", "iptables-eips"));

/// `spec` of an `IptablesEIP`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IptablesEipSpec {
    /// External Subnet; empty means `ovn-vpc-external-network`.
    #[serde(deserialize_with = "or_default")]
    pub external_subnet: String,
    /// MAC given.
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    /// The `VpcNatGateway`.
    #[serde(deserialize_with = "or_default")]
    pub nat_gw_dp: String,
    /// IPv4 address asked for, or given.
    #[serde(rename = "v4ip", deserialize_with = "or_default")]
    pub v4_ip: String,
}

/// `status` of an `IptablesEIP`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IptablesEipStatus {
    /// IPv4 address given.
    #[serde(deserialize_with = "or_default")]
    pub ip: String,
    /// Kinds of the rules that use it, with commas between.
    #[serde(deserialize_with = "or_default")]
    pub nat: String,
    /// Whether the gateway's pod has it.
    pub ready: bool,
}

impl IptablesEip {
    /// The Subnet its address is from: the label the controller wrote, else the spec, else the documented default
    /// (Kube-OVN: pkg/util/const.go, `VpcExternalNet`).
    #[must_use]
    pub fn subnet(&self) -> &str {
        match (self.metadata.label(super::names::LABEL_SUBNET), self.spec.external_subnet.as_str()) {
            ("", "") => "ovn-vpc-external-network",
            ("", spec) => spec,
            (label, _) => label,
        }
    }
}
