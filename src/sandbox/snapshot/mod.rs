//! A copy of a real cluster in the form of a sandbox's state: what goes into it, what is cut off, and how two of them differ.

mod cut;
pub mod diff;
mod pieces;
mod rows;

use serde_json::Value;

use crate::api::{
    Ip, IpPool, IptablesDnatRule, IptablesEip, IptablesFipRule, IptablesSnatRule, Kind, OvnDnatRule, OvnEip, OvnFip,
    OvnSnatRule, Pod, Resource as _, Subnet, SwitchLbRule, Vip, Vpc, VpcNatGateway, kinds,
};
pub use cut::{cut, cut_line};
pub use pieces::Pieces;

/// Whose objects of a kind are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All of them.
    All,
    /// Those of these names in Kube-OVN's namespace.
    Named(&'static [&'static str]),
}

const fn foreign(group: &'static str, kind: &'static str, plural: &'static str) -> Kind {
    Kind { group, version: "v1", plural, kind, namespaced: true }
}

/// Kube-OVN's own settings (Kube-OVN: pkg/util/const.go, `…Config`).
const SETTINGS: &[&str] = &[
    "ovn-vpc-nat-config",
    "ovn-vpc-nat-gw-config",
    "ovn-external-gw-config",
    "ovn-default-external-gw-config",
    "ovn-ic-config",
    "vpc-dns-config",
];

/// Every kind that a snapshot holds. Secrets are none of them.
pub const KINDS: &[(Kind, Whose)] = &[
    (Subnet::KIND, Whose::All),
    (Vpc::KIND, Whose::All),
    (Ip::KIND, Whose::All),
    (Vip::KIND, Whose::All),
    (OvnEip::KIND, Whose::All),
    (OvnFip::KIND, Whose::All),
    (OvnSnatRule::KIND, Whose::All),
    (OvnDnatRule::KIND, Whose::All),
    (IpPool::KIND, Whose::All),
    (SwitchLbRule::KIND, Whose::All),
    (IptablesEip::KIND, Whose::All),
    (IptablesFipRule::KIND, Whose::All),
    (IptablesSnatRule::KIND, Whose::All),
    (IptablesDnatRule::KIND, Whose::All),
    (VpcNatGateway::KIND, Whose::All),
    (Kind::kube_ovn("Vlan", "vlans"), Whose::All),
    (Kind::kube_ovn("ProviderNetwork", "provider-networks"), Whose::All),
    (Kind::kube_ovn("VpcDns", "vpc-dnses"), Whose::All),
    (Kind::kube_ovn("QoSPolicy", "qos-policies"), Whose::All),
    (Kind::kube_ovn("SecurityGroup", "security-groups"), Whose::All),
    (Pod::KIND, Whose::All),
    (Kind::core("Node", "nodes", false), Whose::All),
    (kinds::NAMESPACE, Whose::All),
    (kinds::DEPLOYMENT, Whose::All),
    (kinds::STATEFUL_SET, Whose::All),
    (kinds::LEASE, Whose::Named(&[crate::api::names::LEASE_CONTROLLER])),
    (Kind::core("ConfigMap", "configmaps", true), Whose::Named(SETTINGS)),
    (foreign("k8s.cni.cncf.io", "NetworkAttachmentDefinition", "network-attachment-definitions"), Whose::All),
    (kinds::VIRTUAL_MACHINE, Whose::All),
    (foreign("kubevirt.io", "VirtualMachineInstance", "virtualmachineinstances"), Whose::All),
];

/// `namespace/name`, or the name.
fn key(object: &Value) -> String {
    let of = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
    match of("namespace") {
        "" => of("name").to_owned(),
        namespace => format!("{namespace}/{}", of("name")),
    }
}
