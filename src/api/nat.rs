//! Rules that point at an address: `OvnFip`, `OvnSnatRule`, `OvnDnatRule`, `SwitchLBRule` (Kube-OVN: pkg/apis/kubeovn/v1/).

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
    /// Name of the IP or Vip; wins over `v4Ip`, `v6Ip` and `vpc`.
    #[serde(deserialize_with = "or_default")]
    pub ip_name: String,
    /// VPC of a bare address.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// A bare IPv4 address.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// A bare IPv6 address.
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
    pub spec: FipSpec,
    /// What was written to OVN.
    #[serde(deserialize_with = "or_default")]
    pub status: RuleStatus,
}

resource!(OvnFip, Kind::kube_ovn("OvnFip", "ovn-fips"));

/// `spec` of an `OvnFip`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FipSpec {
    /// Where it points.
    #[serde(flatten)]
    pub target: TargetSpec,
    /// `distributed`, `centralized`, or nothing for the gateway's own way.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

/// `status` of the three kinds: what the controller wrote to OVN, and takes from there when the rule is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleStatus {
    /// Whether rows were written.
    pub ready: bool,
    /// The router's VPC.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// External IPv4 address.
    #[serde(deserialize_with = "or_default")]
    pub v4_eip: String,
    /// External IPv6 address.
    #[serde(deserialize_with = "or_default")]
    pub v6_eip: String,
    /// Inside IPv4 address (FIP, DNAT).
    #[serde(deserialize_with = "or_default")]
    pub v4_ip: String,
    /// Inside IPv6 address (FIP, DNAT); a FIP's is never written up to 1.16.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip: String,
    /// Inside IPv4 CIDR or address (SNAT).
    #[serde(deserialize_with = "or_default")]
    pub v4_ip_cidr: String,
    /// Inside IPv6 CIDR or address (SNAT).
    #[serde(deserialize_with = "or_default")]
    pub v6_ip_cidr: String,
    /// External port (DNAT).
    #[serde(deserialize_with = "or_default")]
    pub external_port: String,
    /// Inside port (DNAT).
    #[serde(deserialize_with = "or_default")]
    pub internal_port: String,
    /// Protocol (DNAT).
    #[serde(deserialize_with = "or_default")]
    pub protocol: String,
}

/// Outgoing traffic of a source leaves with an external address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OvnSnatRule {
    /// Its metadata.
    pub metadata: Metadata,
    /// Whose traffic.
    #[serde(deserialize_with = "or_default")]
    pub spec: SnatSpec,
    /// What was written to OVN.
    #[serde(deserialize_with = "or_default")]
    pub status: RuleStatus,
}

resource!(OvnSnatRule, Kind::kube_ovn("OvnSnatRule", "ovn-snat-rules"));

/// `spec` of an `OvnSnatRule`. Of several forms of a source `v4IpCidr` wins over `vpcSubnet`, and that over `ipName`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SnatSpec {
    /// The EIP it uses.
    #[serde(deserialize_with = "or_default")]
    pub ovn_eip: String,
    /// A whole Subnet.
    #[serde(deserialize_with = "or_default")]
    pub vpc_subnet: String,
    /// Name of an IP; never a Vip.
    #[serde(deserialize_with = "or_default")]
    pub ip_name: String,
    /// VPC of a CIDR.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// IPv4 address or CIDR.
    #[serde(deserialize_with = "or_default")]
    pub v4_ip_cidr: String,
    /// IPv6 address or CIDR.
    #[serde(deserialize_with = "or_default")]
    pub v6_ip_cidr: String,
}

/// A forwarded port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OvnDnatRule {
    /// Its metadata.
    pub metadata: Metadata,
    /// Where it points.
    #[serde(deserialize_with = "or_default")]
    pub spec: DnatSpec,
    /// What was written to OVN.
    #[serde(deserialize_with = "or_default")]
    pub status: RuleStatus,
}

resource!(OvnDnatRule, Kind::kube_ovn("OvnDnatRule", "ovn-dnat-rules"));

/// `spec` of an `OvnDnatRule`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DnatSpec {
    /// Where it points.
    #[serde(flatten)]
    pub target: TargetSpec,
    /// Port of the EIP, 1 to 65535, as text.
    #[serde(deserialize_with = "or_default")]
    pub external_port: String,
    /// Port of the target, 1 to 65535, as text.
    #[serde(deserialize_with = "or_default")]
    pub internal_port: String,
    /// `tcp`, `udp` or `sctp`, in lower case.
    #[serde(deserialize_with = "or_default")]
    pub protocol: String,
}

/// A load balancer inside a switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SwitchLbRule {
    /// Its metadata.
    pub metadata: Metadata,
    /// Its front end.
    #[serde(deserialize_with = "or_default")]
    pub spec: SwitchLbRuleSpec,
    /// What the controller says.
    #[serde(deserialize_with = "or_default")]
    pub status: SwitchLbRuleStatus,
}

/// `status` of a `SwitchLBRule`: what was asked, repeated once the Service is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SwitchLbRuleStatus {
    /// `80/TCP,81/UDP`
    #[serde(deserialize_with = "or_default")]
    pub ports: String,
    /// `NAMESPACE/slr-NAME`
    #[serde(deserialize_with = "or_default")]
    pub service: String,
}

/// A port of a `SwitchLBRule`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SwitchLbPort {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Port of the front end.
    pub port: i64,
    /// Port of the back ends.
    pub target_port: i64,
    /// `TCP`, `UDP` or `SCTP`; empty means the first.
    #[serde(deserialize_with = "or_default")]
    pub protocol: String,
}

resource!(SwitchLbRule, Kind::kube_ovn("SwitchLBRule", "switch-lb-rules"));

/// `spec` of a `SwitchLBRule`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SwitchLbRuleSpec {
    /// Front-end address.
    #[serde(deserialize_with = "or_default")]
    pub vip: String,
    /// Namespace of its Service and of the pods.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// `key:value`, all of which a pod must have.
    #[serde(deserialize_with = "or_default")]
    pub selector: Vec<String>,
    /// Back ends, instead of the selector.
    #[serde(deserialize_with = "or_default")]
    pub endpoints: Vec<String>,
    /// `ClientIP`, `None`, or nothing.
    #[serde(deserialize_with = "or_default")]
    pub session_affinity: String,
    /// Its ports.
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<SwitchLbPort>,
}
