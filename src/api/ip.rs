//! IP (an address of a pod, node or reservation) and IPPool (Kube-OVN: pkg/apis/kubeovn/v1/ip.go, ip-pool.go).

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

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
}

resource!(IpPool, Kind::kube_ovn("IPPool", "ippools"));

/// `spec` of an IPPool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IpPoolSpec {
    /// Subnet the pool is cut from.
    #[serde(deserialize_with = "or_default")]
    pub subnet: String,
    /// Items: an address, `first..last`, or a CIDR.
    #[serde(deserialize_with = "or_default")]
    pub ips: Vec<String>,
}
