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
