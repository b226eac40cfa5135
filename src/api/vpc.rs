//! Vpc: a logical router of its own (Kube-OVN: pkg/apis/kubeovn/v1/vpc.go).

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// The VPC that every cluster has (`--default-vpc` / `--cluster-router`).
pub const DEFAULT_VPC: &str = "ovn-cluster";

/// A Vpc.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vpc {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked.
    #[serde(deserialize_with = "or_default")]
    pub spec: VpcSpec,
    /// What the controller says; `enableExternal` in it cannot be trusted (docs/kube-ovn-behaviour.md).
    #[serde(deserialize_with = "or_default")]
    pub status: VpcStatus,
}

resource!(Vpc, Kind::kube_ovn("Vpc", "vpcs"));

/// `spec` of a Vpc, as far as it is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VpcSpec {
    /// Namespaces whose pods are in its subnets.
    #[serde(deserialize_with = "or_default")]
    pub namespaces: Vec<String>,
    /// Whether its router has a port on an external network.
    pub enable_external: bool,
    /// External Subnets besides (or instead of) the controller's `--external-gateway-switch`.
    #[serde(deserialize_with = "or_default")]
    pub extra_external_subnets: Vec<String>,
    /// Whether its way out is watched; with `enableEcmp` of a Subnet it goes over the nodes' own EIPs.
    pub enable_bfd: bool,
    /// Routes that were asked for, those that the controller added too.
    #[serde(deserialize_with = "or_default")]
    pub static_routes: Vec<StaticRoute>,
    /// The same of the kind that has priorities.
    #[serde(deserialize_with = "or_default")]
    pub policy_routes: Vec<PolicyRoute>,
    /// Links to routers of other Vpcs.
    #[serde(deserialize_with = "or_default")]
    pub vpc_peerings: Vec<Peering>,
    /// The Subnet of its namespaces that have none.
    #[serde(deserialize_with = "or_default")]
    pub default_subnet: String,
}

/// A link between the routers of two Vpcs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Peering {
    /// The other Vpc.
    #[serde(deserialize_with = "or_default")]
    pub remote_vpc: String,
    /// The address of this router's end, with its mask.
    #[serde(rename = "localConnectIP", deserialize_with = "or_default")]
    pub local_connect_ip: String,
}

/// A static route of a Vpc, as far as it is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StaticRoute {
    /// Destination, or with the policy `policySrc` source.
    #[serde(deserialize_with = "or_default")]
    pub cidr: String,
    /// Where it leads.
    #[serde(rename = "nextHopIP", deserialize_with = "or_default")]
    pub next_hop_ip: String,
    /// `policyDst`, `policySrc`, or nothing, which means the first.
    #[serde(deserialize_with = "or_default")]
    pub policy: String,
    /// The table it is in; empty is the main one.
    #[serde(rename = "routeTable", deserialize_with = "or_default")]
    pub route_table: String,
    /// `ecmp_symmetric_reply` of a route that the controller made for BFD; empty otherwise.
    #[serde(rename = "ecmpMode", deserialize_with = "or_default")]
    pub ecmp_mode: String,
}

/// A policy route of a Vpc, as far as it is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PolicyRoute {
    /// 0 to 32767, the highest counts.
    pub priority: i64,
    /// `allow`, `drop` or `reroute`.
    #[serde(deserialize_with = "or_default")]
    pub action: String,
    /// What it is about, in OVN's language.
    #[serde(rename = "match", deserialize_with = "or_default")]
    pub matches: String,
    /// Where it leads; more than one with commas between; empty where it does not reroute.
    #[serde(rename = "nextHopIP", deserialize_with = "or_default")]
    pub next_hop_ip: String,
}

/// `status` of a Vpc.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VpcStatus {
    /// Whether its router is there.
    pub standby: bool,
    /// Whether the controller joined it to its external networks; not to be trusted of the default VPC, nor after a port went away.
    pub enable_external: bool,
    /// The external Subnets it was joined to.
    #[serde(deserialize_with = "or_default")]
    pub extra_external_subnets: Vec<String>,
    /// Whether its way out is watched.
    pub enable_bfd: bool,
    /// Names of its Subnets.
    #[serde(deserialize_with = "or_default")]
    pub subnets: Vec<String>,
}
