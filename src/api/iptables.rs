//! The other family of NAT: rules of iptables inside a `VpcNatGateway`'s pod (Kube-OVN: pkg/apis/kubeovn/v1/vpc-nat-gateway.go,
//! iptables-fip-rule.go, iptables-snat-rule.go, iptables-dnat-rule.go). They are listed, shown and deleted; never created here.

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// A gateway: a pod that has the external addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VpcNatGateway {
    /// Its metadata.
    pub metadata: Metadata,
    /// Where it stands.
    #[serde(deserialize_with = "or_default")]
    pub spec: VpcNatGatewaySpec,
}

resource!(VpcNatGateway, Kind::kube_ovn("VpcNatGateway", "vpc-nat-gateways"));

/// `spec` of a `VpcNatGateway`, as far as it is read here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VpcNatGatewaySpec {
    /// The VPC it serves.
    #[serde(deserialize_with = "or_default")]
    pub vpc: String,
    /// Subnet of its inside address.
    #[serde(deserialize_with = "or_default")]
    pub subnet: String,
    /// Its inside address.
    #[serde(deserialize_with = "or_default")]
    pub lan_ip: String,
}

/// `spec` of the three kinds of rules; a field that a kind lacks is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IptablesRuleSpec {
    /// The `IptablesEIP`.
    #[serde(deserialize_with = "or_default")]
    pub eip: String,
    /// Inside address (FIP, DNAT).
    #[serde(deserialize_with = "or_default")]
    pub internal_ip: String,
    /// Inside CIDR (SNAT).
    #[serde(rename = "internalCIDR", deserialize_with = "or_default")]
    pub internal_cidr: String,
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

/// `status` of the three kinds of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IptablesRuleStatus {
    /// Whether the gateway's pod has it.
    pub ready: bool,
    /// External address.
    #[serde(rename = "v4ip", deserialize_with = "or_default")]
    pub v4_ip: String,
    /// The gateway.
    #[serde(deserialize_with = "or_default")]
    pub nat_gw_dp: String,
}

macro_rules! rule {
    ($(#[$doc:meta])* $type:ident $kind:literal $plural:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default)]
        pub struct $type {
            /// Its metadata.
            pub metadata: Metadata,
            /// What was asked.
            #[serde(deserialize_with = "or_default")]
            pub spec: IptablesRuleSpec,
            /// What the gateway has.
            #[serde(deserialize_with = "or_default")]
            pub status: IptablesRuleStatus,
        }
        resource!($type, Kind::kube_ovn($kind, $plural));
    };
}

rule!(
    /// One external address for one inside address.
    IptablesFipRule "IptablesFIPRule" "iptables-fip-rules"
);
rule!(
    /// Traffic of a CIDR leaves with an external address.
    IptablesSnatRule "IptablesSnatRule" "iptables-snat-rules"
);
rule!(
    /// A forwarded port.
    IptablesDnatRule "IptablesDnatRule" "iptables-dnat-rules"
);
