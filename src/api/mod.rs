//! Kube-OVN's resources as typed structs, read tolerantly: a field that a release lacks is empty, a field that is not known
//! here is left alone. Field names are the JSON ones of `kubeovn.io/v1` (Kube-OVN: pkg/apis/kubeovn/v1).
//!
//! What is printed back (`-o yaml`) is always the object as the server sent it, never one of these structs.

pub mod config_map;
pub mod eip;
pub mod ip;
pub mod iptables;
pub mod meta;
pub mod nad;
pub mod names;
pub mod nat;
pub mod nat_kind;
pub mod node;
pub mod pod;
pub mod provider_network;
pub mod subnet;
pub mod template;
pub mod vip;
pub mod vpc;

pub use config_map::ConfigMap;
pub use eip::{EipType, IptablesEip, OvnEip, OvnEipSpec};
pub use ip::{Ip, IpPool, IpSpec, PodType};
pub use iptables::{IptablesDnatRule, IptablesFipRule, IptablesSnatRule, VpcNatGateway};
pub use meta::Metadata;
pub use nad::Nad;
pub use nat::{DnatSpec, FipSpec, OvnDnatRule, OvnFip, OvnSnatRule, RuleStatus, SnatSpec, SwitchLbRule, TargetSpec};
pub use node::Node;
pub use pod::Pod;
pub use provider_network::{ProviderNetwork, Vlan};
pub use subnet::Subnet;
pub use template::PodMaker;
pub use vip::{Vip, VipSpec, VipType};
pub use vpc::Vpc;

use serde::de::DeserializeOwned;

/// Where the API server keeps a kind, and what kubectl calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version inside the group.
    pub version: &'static str,
    /// Plural name: the path and the RBAC resource.
    pub plural: &'static str,
    /// `kind:` of a manifest.
    pub kind: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
}

impl Kind {
    /// A cluster-scoped kind of `kubeovn.io/v1`; all kinds of this tool are.
    #[must_use]
    pub const fn kube_ovn(kind: &'static str, plural: &'static str) -> Self {
        Self { group: "kubeovn.io", version: "v1", plural, kind, namespaced: false }
    }

    /// A kind of the core group, version v1.
    #[must_use]
    pub const fn core(kind: &'static str, plural: &'static str, namespaced: bool) -> Self {
        Self { group: "", version: "v1", plural, kind, namespaced }
    }

    /// A kind of `apps/v1`; they live in namespaces.
    #[must_use]
    pub const fn apps(kind: &'static str, plural: &'static str) -> Self {
        Self { group: "apps", version: "v1", plural, kind, namespaced: true }
    }

    /// `group/version`, or `v1`: the `apiVersion:` of a manifest.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `vip.kubeovn.io/NAME`, as `kubectl -o name` prints it.
    #[must_use]
    pub fn printed(&self, name: &str) -> String {
        let kind = self.kind.to_ascii_lowercase();
        if self.group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{}/{name}", self.group) }
    }

    /// `vips.kubeovn.io`, as RBAC and kubectl write a resource.
    #[must_use]
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// A typed view of an object of one kind.
pub trait Resource: DeserializeOwned {
    /// Where it lives.
    const KIND: Kind;
    /// Its metadata.
    fn metadata(&self) -> &Metadata;
    /// `metadata.name`.
    fn name(&self) -> &str {
        &self.metadata().name
    }
}

/// Implements [`Resource`] for a struct with a field `metadata`.
macro_rules! resource {
    ($type:ty, $kind:expr) => {
        impl crate::api::Resource for $type {
            const KIND: crate::api::Kind = $kind;
            fn metadata(&self) -> &crate::api::Metadata {
                &self.metadata
            }
        }
    };
}
pub(crate) use resource;

/// Kinds that are only named, never read into a struct.
pub mod kinds {
    use super::Kind;

    /// `Namespace`
    pub const NAMESPACE: Kind = Kind::core("Namespace", "namespaces", false);
    /// ConfigMap
    pub const CONFIG_MAP: Kind = Kind::core("ConfigMap", "configmaps", true);
    /// `Deployment`
    pub const DEPLOYMENT: Kind = Kind::apps("Deployment", "deployments");
    /// `StatefulSet`
    pub const STATEFUL_SET: Kind = Kind::apps("StatefulSet", "statefulsets");
    /// `DaemonSet`
    pub const DAEMON_SET: Kind = Kind::apps("DaemonSet", "daemonsets");
    /// `Event`
    pub const EVENT: Kind = Kind::core("Event", "events", true);
    /// `VirtualMachine` of KubeVirt
    pub const VIRTUAL_MACHINE: Kind = Kind {
        group: "kubevirt.io",
        version: "v1",
        plural: "virtualmachines",
        kind: "VirtualMachine",
        namespaced: true,
    };
    /// The leader election record of kube-ovn-controller.
    pub const LEASE: Kind =
        Kind { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", namespaced: true };
}
