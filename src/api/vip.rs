//! Vip: a virtual address (Kube-OVN: pkg/apis/kubeovn/v1/vip.go). It has no status subresource: a PUT without `status` erases it.

use serde::Deserialize;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// A Vip as the server has it, or as a manifest writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Vip {
    /// Its metadata.
    pub metadata: Metadata,
    /// What was asked; the controller writes the address it gave into it as well.
    #[serde(deserialize_with = "or_default")]
    pub spec: VipSpec,
    /// What the controller gave.
    #[serde(deserialize_with = "or_default")]
    pub status: VipStatus,
}

resource!(Vip, Kind::kube_ovn("Vip", "vips"));

/// `spec` of a Vip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VipSpec {
    /// Subnet the address is from. Never change it: deletion would free the wrong one.
    #[serde(deserialize_with = "or_default")]
    pub subnet: String,
    /// Namespace whose pods may hold the address. Empty: no virtual port, so no allowed address pair.
    #[serde(deserialize_with = "or_default")]
    pub namespace: String,
    /// Nothing, `switch_lb_vip` or `kube_host_vm_vip`; see [`VipType`].
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// IPv4 address asked for; given by the controller when empty.
    #[serde(rename = "v4ip", deserialize_with = "or_default")]
    pub v4_ip: String,
    /// IPv6 address asked for; given by the controller when empty.
    #[serde(rename = "v6ip", deserialize_with = "or_default")]
    pub v6_ip: String,
    /// MAC asked for; honoured only together with an address.
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    /// `key:value` items, all of which a pod's labels must have. An item of another form is dropped in silence.
    #[serde(deserialize_with = "or_default")]
    pub selector: Vec<String>,
}

/// `status` of a Vip; written once, together with the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VipStatus {
    /// IPv4 address given.
    #[serde(rename = "v4ip", deserialize_with = "or_default")]
    pub v4_ip: String,
    /// IPv6 address given.
    #[serde(rename = "v6ip", deserialize_with = "or_default")]
    pub v6_ip: String,
    /// MAC given. Not empty is the only sign of readiness since 1.14.
    #[serde(deserialize_with = "or_default")]
    pub mac: String,
    /// Type at the time the address was given.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

impl VipStatus {
    /// The addresses, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [self.v4_ip.as_str(), self.v6_ip.as_str()].into_iter().filter(|address| !address.is_empty())
    }
}

/// What a Vip is for (Kube-OVN: pkg/util/const.go, `SwitchLBRuleVip`, `KubeHostVMVip`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VipType {
    /// A plain address: reserved, or with a namespace an allowed address pair.
    Plain,
    /// Front-end address of a SwitchLBRule.
    SwitchLb,
    /// Address of a VM that runs in a pod of the host network.
    HostVm,
}

impl VipType {
    /// Reads `spec.type`; `None` is a type that the controller does not know.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Plain),
            "switch_lb_vip" => Some(Self::SwitchLb),
            "kube_host_vm_vip" => Some(Self::HostVm),
            _ => None,
        }
    }

    /// The text of `spec.type`.
    #[must_use]
    pub fn as_spec(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::SwitchLb => "switch_lb_vip",
            Self::HostVm => "kube_host_vm_vip",
        }
    }
}

impl Vip {
    /// Whether the controller gave it an address. `status.v4ip` alone proves nothing: an edit of a Vip that was never ready
    /// lands there without an allocation.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.status.mac.is_empty() && self.status.addresses().next().is_some()
    }

    /// Whether the controller makes a virtual port for it: it has a namespace and is no VM's own address
    /// (Kube-OVN: pkg/controller/vip.go, `handleUpdateVirtualParents`).
    #[must_use]
    pub fn wants_virtual_port(&self) -> bool {
        !self.spec.namespace.is_empty() && self.spec.kind != VipType::HostVm.as_spec()
    }
}
