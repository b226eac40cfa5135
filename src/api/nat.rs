//! Rules that point at an address: `OvnFip`, `OvnDnatRule`, `SwitchLBRule` (Kube-OVN: pkg/apis/kubeovn/v1/).

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// Where a rule points (`spec` of `OvnFip` and `OvnDnatRule`, as far as it is about the target).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetSpec {
    /// The EIP it uses.
    #[serde(deserialize_with = "or_default")]
    pub ovn_eip: String,
    /// `vip`: `ipName` is a Vip. Anything else: it is an IP.
    #[serde(deserialize_with = "or_default")]
    pub ip_type: String,
    /// Name of the IP or Vip; wins over `v4Ip`.
    #[serde(deserialize_with = "or_default")]
    pub ip_name: String,
    /// VPC of the target; empty when `ipName` says it.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// IPv4 address it points at when there is no `ipName`.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// The same for IPv6.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip: String,
}

/// Where it points since the controller was at work (`status` of `OvnFip` and `OvnDnatRule`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetStatus {
    /// VPC of the target.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// Its IPv4 address.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// Its IPv6 address.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip: String,
}

/// A floating IP: one external address for one inside address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OvnFip {
    /// Its metadata.
    pub metadata: Metadata,
    /// Where it points.
    #[serde(deserialize_with = "or_default")]
    pub spec: TargetSpec,
    /// Where the controller made it point.
    #[serde(deserialize_with = "or_default")]
    pub status: TargetStatus,
}

resource!(OvnFip, Kind::kube_ovn("OvnFip", "ovn-fips"));

/// A forwarded port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OvnDnatRule {
    /// Its metadata.
    pub metadata: Metadata,
    /// Where it points.
    #[serde(deserialize_with = "or_default")]
    pub spec: TargetSpec,
    /// Where the controller made it point.
    #[serde(deserialize_with = "or_default")]
    pub status: TargetStatus,
}

resource!(OvnDnatRule, Kind::kube_ovn("OvnDnatRule", "ovn-dnat-rules"));

/// A load balancer inside a switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SwitchLbRule {
    /// Its metadata.
    pub metadata: Metadata,
    /// Its front end.
    #[serde(deserialize_with = "or_default")]
    pub spec: SwitchLbRuleSpec,
}

resource!(SwitchLbRule, Kind::kube_ovn("SwitchLBRule", "switch-lb-rules"));

/// `spec` of a `SwitchLBRule`, as far as it is about the front end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SwitchLbRuleSpec {
    /// Front-end address.
    #[serde(deserialize_with = "or_default")]
    pub vip: String,
}
