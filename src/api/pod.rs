//! Pods, as far as their addresses and their place in OVN go.

use serde::Deserialize;
use serde_json::Value;

use super::meta::or_default;
use super::{Kind, Metadata, names, resource};

/// A Pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Its metadata; Kube-OVN keeps everything about a pod in the annotations.
    pub metadata: Metadata,
    /// What runs where.
    #[serde(deserialize_with = "or_default")]
    pub spec: PodSpec,
    /// How it is.
    #[serde(deserialize_with = "or_default")]
    pub status: PodStatus,
}

resource!(Pod, Kind::core("Pod", "pods", true));

/// `spec` of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node it is on; empty while it waits for one.
    #[serde(deserialize_with = "or_default")]
    pub node_name: String,
    /// Whether it has the node's own network; such a pod has no logical port.
    pub host_network: bool,
    /// Its containers, in the order of the manifest.
    #[serde(deserialize_with = "or_default")]
    pub containers: Vec<Container>,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Its image.
    #[serde(deserialize_with = "or_default")]
    pub image: String,
    /// The program and its arguments; empty means the image's own.
    #[serde(deserialize_with = "or_default")]
    pub command: Vec<String>,
    /// Arguments.
    #[serde(deserialize_with = "or_default")]
    pub args: Vec<String>,
    /// Its rights, as the manifest has them.
    #[serde(deserialize_with = "or_default")]
    pub security_context: Value,
}

impl Container {
    /// Whether a process in it may set addresses: privileged, or the capability `NET_ADMIN` (or `ALL`) was added
    /// (capabilities(7)).
    #[must_use]
    pub fn may_set_addresses(&self) -> bool {
        self.security_context["privileged"] == true
            || self.security_context["capabilities"]["add"]
                .as_array()
                .is_some_and(|added| added.iter().any(|name| name == "NET_ADMIN" || name == "ALL"))
    }
}

/// `status` of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    #[serde(deserialize_with = "or_default")]
    pub phase: String,
    /// Conditions; `Ready` is the one that counts.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<super::subnet::Condition>,
}

/// One interface of a pod that Kube-OVN gave an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its provider: `ovn` for the first one.
    pub provider: String,
    /// Its name inside the pod; a guess from the order of attachments (`net1`, `net2`), as Multus gives them.
    pub device: String,
    /// The Subnet its address is from; empty for a provider that OVN does not carry.
    pub subnet: String,
    /// Its addresses: one a family, with a comma between.
    pub addresses: String,
    /// Its logical port.
    pub port: String,
}

impl Pod {
    /// `NAMESPACE/NAME`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// Whether it runs and all its containers say they are ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status.phase == "Running"
            && !self.metadata.is_terminating()
            && self.status.conditions.iter().any(|condition| condition.kind == "Ready" && condition.status == "True")
    }

    /// Whether it has ended and gave its address back.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// The name its logical ports begin with: the VM's for a pod of KubeVirt, else its own
    /// (Kube-OVN: pkg/controller/pod.go, `getNameByPod`, with the default `--keep-vm-ip=true`).
    #[must_use]
    pub fn port_base(&self) -> &str {
        self.metadata
            .owner_references
            .iter()
            .find(|owner| owner.kind == "VirtualMachineInstance")
            .map_or(self.metadata.name.as_str(), |owner| owner.name.as_str())
    }

    /// What Multus says of its interfaces: provider (`NAD.NAMESPACE.ovn` and without `.ovn`) and device.
    fn attached_devices(&self) -> Vec<(String, String)> {
        let status = self.metadata.annotation("k8s.v1.cni.cncf.io/network-status");
        let entries: Vec<Value> = serde_json::from_str(status).unwrap_or_default();
        let devices = entries.iter().filter_map(|entry| {
            let (namespace, nad) = entry["name"].as_str()?.split_once('/')?;
            Some((format!("{nad}.{namespace}"), entry["interface"].as_str()?.to_owned()))
        });
        devices
            .flat_map(|(provider, device)| [(format!("{provider}.ovn"), device.clone()), (provider, device)])
            .collect()
    }

    /// The interfaces that Kube-OVN gave an address: the first one before the attachments, those by provider.
    #[must_use]
    pub fn interfaces(&self) -> Vec<Interface> {
        const MARK: &str = ".kubernetes.io/allocated";
        let providers = self.metadata.annotations.keys().filter_map(|key| key.strip_suffix(MARK));
        let mut attachments: Vec<&str> =
            providers.clone().filter(|provider| *provider != names::PROVIDER_OVN).collect();
        let order: Vec<&str> = self.metadata.annotation(names::ANNOTATION_NETWORKS).split(',').map(str::trim).collect();
        // `NAMESPACE/NAD@INTERFACE`, in the order of the interfaces
        let place = |provider: &str| {
            let nad = provider.split('.').next().unwrap_or_default();
            let named = |item: &&str| item.split('@').next().is_some_and(|item| item.rsplit('/').next() == Some(nad));
            order.iter().position(named).unwrap_or(usize::MAX)
        };
        attachments.sort_by_key(|provider| (place(provider), provider.to_owned()));
        let devices = self.attached_devices();
        let guess = |index: usize| format!("net{index}");
        let device = |provider: &str, index: usize| match devices.iter().find(|(attached, _)| attached == provider) {
            Some((_, device)) => device.clone(),
            None if provider == names::PROVIDER_OVN => "eth0".to_owned(),
            None => guess(index),
        };
        let first = providers.filter(|provider| *provider == names::PROVIDER_OVN);
        let counted = first.map(|provider| (0, provider)).chain((1..).zip(attachments));
        counted
            .map(|(index, provider)| Interface {
                provider: provider.to_owned(),
                device: device(provider, index),
                subnet: self.metadata.annotation(&names::provider_annotation(provider, "logical_switch")).to_owned(),
                addresses: self.metadata.annotation(&names::provider_annotation(provider, "ip_address")).to_owned(),
                port: names::port_name(self.port_base(), &self.metadata.namespace, provider),
            })
            .collect()
    }
}
