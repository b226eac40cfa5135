//! Subnet (Kube-OVN: pkg/apis/kubeovn/v1/subnet.go).

use serde::Deserialize;

use super::meta::or_default;
use super::vpc::DEFAULT_VPC;
use super::{Kind, Metadata, names, resource};

/// A Subnet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Subnet {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked, completed by the controller.
    #[serde(deserialize_with = "or_default")]
    pub spec: SubnetSpec,
    /// What the controller says.
    #[serde(deserialize_with = "or_default")]
    pub status: SubnetStatus,
}

resource!(Subnet, Kind::kube_ovn("Subnet", "subnets"));

/// `spec` of a Subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of Kube-OVN's resource")]
pub struct SubnetSpec {
    /// One CIDR, or an IPv4 and an IPv6 one with a comma between.
    #[serde(deserialize_with = "or_default")]
    pub cidr_block: String,
    /// One gateway address a family, in the order of the CIDRs.
    #[serde(deserialize_with = "or_default")]
    pub gateway: String,
    /// Items: an address, or `first..last`. Never given out unasked.
    #[serde(deserialize_with = "or_default")]
    pub exclude_ips: Vec<String>,
    /// Who carries it: `ovn`, `NAD.NAMESPACE.ovn`, or a CNI that only asks for addresses.
    #[serde(deserialize_with = "or_default")]
    pub provider: String,
    /// VPC it belongs to; empty for a provider that OVN does not carry.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// Vlan; not empty means an underlay network.
    #[serde(deserialize_with = "or_default")]
    pub vlan: String,
    /// Underlay only: the subnet has a router port, the gateway is OVN's.
    pub logical_gateway: bool,
    /// Underlay only: joined to a VPC's router.
    pub u2o_interconnection: bool,
    /// Whether what leaves is spread over several nodes.
    pub enable_ecmp: bool,
    /// `IPv4`, `IPv6` or `Dual`; the controller writes it, whatever was asked.
    #[serde(deserialize_with = "or_default")]
    pub protocol: String,
    /// Namespaces whose pods get their addresses here.
    #[serde(deserialize_with = "or_default")]
    pub namespaces: Vec<String>,
    /// Whether it is for namespaces that have none; the controller takes it from all but its `--default-ls`.
    pub default: bool,
    /// `distributed` or `centralized`; empty outside the default VPC.
    #[serde(deserialize_with = "or_default")]
    pub gateway_type: String,
    /// Nodes of a centralized gateway: names with commas between.
    #[serde(deserialize_with = "or_default")]
    pub gateway_node: String,
    /// Selectors of such nodes.
    #[serde(deserialize_with = "or_default")]
    pub gateway_node_selectors: Vec<serde_json::Value>,
    /// Whether what leaves the cluster gets the node's address; in the default VPC only.
    pub nat_outgoing: bool,
    /// The way out instead of the node's.
    #[serde(deserialize_with = "or_default")]
    pub external_egress_gateway: String,
    /// Routing table of that way.
    #[serde(rename = "policyRoutingTableID")]
    pub policy_routing_table_id: i64,
    /// Whether other subnets are kept out.
    pub private: bool,
    /// CIDRs that a private one lets in.
    #[serde(deserialize_with = "or_default")]
    pub allow_subnets: Vec<String>,
    /// Size of packets; 0 for the controller's choice.
    pub mtu: i64,
    /// Address of the underlay-to-overlay port, one a family.
    #[serde(rename = "u2oInterconnectionIP", deserialize_with = "or_default")]
    pub u2o_address: String,
    /// Addresses for virtual ports of an older kind.
    #[serde(deserialize_with = "or_default")]
    pub vips: Vec<String>,
    /// Rules of its logical switch.
    #[serde(deserialize_with = "or_default")]
    pub acls: Vec<Acl>,
}

/// A rule of a logical switch (OVN's table `ACL`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Acl {
    /// `from-lport` or `to-lport`.
    #[serde(deserialize_with = "or_default")]
    pub direction: String,
    /// `allow`, `drop`, ….
    #[serde(deserialize_with = "or_default")]
    pub action: String,
    /// 0 to 32767.
    pub priority: i64,
}

/// `status` of a Subnet. The counts are JSON floats, for large IPv6 ranges with an exponent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SubnetStatus {
    /// How many addresses objects hold, as the controller counts them.
    #[serde(rename = "v4usingIPs")]
    pub v4_using: f64,
    /// How many are left, by that count.
    #[serde(rename = "v4availableIPs")]
    pub v4_available: f64,
    /// The same for IPv6.
    #[serde(rename = "v6usingIPs")]
    pub v6_using: f64,
    /// The same for IPv6.
    #[serde(rename = "v6availableIPs")]
    pub v6_available: f64,
    /// Ranges that the address book has in use, without those of excludeIps.
    #[serde(rename = "v4usingIPrange", deserialize_with = "or_default")]
    pub v4_using_range: String,
    /// The same for IPv6.
    #[serde(rename = "v6usingIPrange", deserialize_with = "or_default")]
    pub v6_using_range: String,
    /// Ranges that the address book has free, those of pools included: `a-b,c`.
    #[serde(rename = "v4availableIPrange", deserialize_with = "or_default")]
    pub v4_available_range: String,
    /// The same for IPv6.
    #[serde(rename = "v6availableIPrange", deserialize_with = "or_default")]
    pub v6_available_range: String,
    /// Address of the underlay-to-overlay router port.
    #[serde(rename = "u2oInterconnectionIP", deserialize_with = "or_default")]
    pub u2o_address: String,
    /// Conditions; `Ready` is the one that counts.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

/// One condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    #[serde(deserialize_with = "or_default")]
    pub status: String,
    /// A word for the reason.
    #[serde(deserialize_with = "or_default")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
}

impl Subnet {
    /// Whether OVN has a logical switch for it.
    #[must_use]
    pub fn is_ovn(&self) -> bool {
        names::is_ovn_provider(&self.spec.provider)
    }

    /// Whether a router of OVN has a port on it, named `VPC-SUBNET`
    /// (Kube-OVN: pkg/controller/subnet.go: underlay subnets have none unless they are joined to a VPC).
    #[must_use]
    pub fn has_router_port(&self) -> bool {
        self.is_ovn() && (self.spec.vlan.is_empty() || self.spec.logical_gateway || self.spec.u2o_interconnection)
    }

    /// The name of its router port.
    #[must_use]
    pub fn router_port(&self) -> String {
        format!("{}-{}", self.spec.vpc, self.metadata.name)
    }

    /// The same Subnet as it will be once the controller made it: ready, and with room.
    #[must_use]
    pub fn as_created(mut self) -> Self {
        if self.spec.vpc.is_empty() && self.is_ovn() {
            DEFAULT_VPC.clone_into(&mut self.spec.vpc);
        }
        let ready = Condition { kind: "Ready".to_owned(), status: "True".to_owned(), ..Condition::default() };
        self.status.conditions = vec![ready];
        let (v6, v4): (Vec<&str>, Vec<&str>) = self.spec.cidr_block.split(',').partition(|cidr| cidr.contains(':'));
        self.status.v4_available_range = v4.join(",");
        self.status.v6_available_range = v6.join(",");
        self
    }

    /// What the controller has against it: the message of the condition `Error`; empty when it says nothing.
    #[must_use]
    pub fn error(&self) -> &str {
        let wrong = |condition: &&Condition| condition.kind == "Error" && condition.status == "True";
        self.status.conditions.iter().find(wrong).map_or("", |condition| condition.message.as_str())
    }

    /// Whether the controller has finished with it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
    }
}
