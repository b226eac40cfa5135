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
}

/// `status` of an `IptablesEIP`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IptablesEipStatus {
    /// IPv4 address given.
    #[serde(deserialize_with = "or_default")]
    pub ip: String,
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
