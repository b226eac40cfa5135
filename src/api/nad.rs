//! `NetworkAttachmentDefinition`, and how a pod asks for one
//! (k8snetworkplumbingwg/network-attachment-definition-client: pkg/apis/k8s.cni.cncf.io/v1/types.go, pkg/utils/net-attach-def.go).

use serde::Deserialize;
use serde_json::Value;

use super::meta::or_default;
use super::{Kind, Metadata, resource};

/// The CNI plugin of Kube-OVN, and the IPAM plugin that others chain (Kube-OVN: pkg/util/const.go, `CniTypeName`).
pub const CNI_TYPE: &str = "kube-ovn";
/// Where the plugin meets its daemon when the configuration does not say otherwise.
pub const SOCKET: &str = "/run/openvswitch/kube-ovn-daemon.sock";

/// A `NetworkAttachmentDefinition`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Nad {
    /// Its metadata.
    pub metadata: Metadata,
    /// What Multus hands to a CNI plugin.
    #[serde(deserialize_with = "or_default")]
    pub spec: NadSpec,
}

resource!(
    Nad,
    Kind {
        group: "k8s.cni.cncf.io",
        version: "v1",
        plural: "network-attachment-definitions",
        kind: "NetworkAttachmentDefinition",
        namespaced: true,
    }
);

/// `spec` of a `NetworkAttachmentDefinition`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NadSpec {
    /// A CNI configuration as JSON text; empty means that the nodes have one of the definition's name.
    #[serde(deserialize_with = "or_default")]
    pub config: String,
}

/// Who gives an interface its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// OVN: the interface is a logical port.
    Ovn,
    /// Another plugin, with an address of Kube-OVN's.
    Addresses,
    /// Kube-OVN has no part in it.
    Foreign,
}

/// The plugins of a configuration: itself, or those of a list.
fn plugins(config: &Value) -> Vec<&Value> {
    match config["plugins"].as_array() {
        Some(plugins) if config["type"].as_str().unwrap_or_default().is_empty() => plugins.iter().collect(),
        _ => vec![config],
    }
}

impl Nad {
    /// `NAMESPACE/NAME`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }

    /// The configuration as JSON; `None` when it is empty, the reader's sentence when it is none.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn config(&self) -> Result<Option<Value>, String> {
        if self.spec.config.is_empty() {
            return Ok(None);
        }
        serde_json::from_str::<Value>(&self.spec.config).map(Some).map_err(|error| error.to_string())
    }

    /// The plugins that the configuration names, in order.
    #[must_use]
    pub fn types(&self) -> Vec<String> {
        let Ok(Some(config)) = self.config() else { return Vec::new() };
        plugins(&config).iter().filter_map(|plugin| plugin["type"].as_str()).map(str::to_owned).collect()
    }

    /// Who gives its interfaces their address: the controller looks for the plugin `kube-ovn`, in a list too
    /// (Kube-OVN: `pkg/util/network_attachment.go`, `IsOvnNetwork`).
    #[must_use]
    pub fn carrier(&self) -> Carrier {
        let Ok(Some(config)) = self.config() else { return Carrier::Foreign };
        let plugins = plugins(&config);
        if plugins.iter().any(|plugin| plugin["type"] == CNI_TYPE) {
            Carrier::Ovn
        } else if plugins.iter().any(|plugin| plugin["ipam"]["type"] == CNI_TYPE) {
            Carrier::Addresses
        } else {
            Carrier::Foreign
        }
    }

    /// The part of the configuration that is Kube-OVN's: the plugin, or another plugin's `ipam`.
    #[must_use]
    pub fn own_part(&self) -> Option<Value> {
        let config = self.config().ok()??;
        let plugins = plugins(&config);
        let plugin = plugins.iter().find(|plugin| plugin["type"] == CNI_TYPE);
        let ipam = || plugins.iter().map(|plugin| &plugin["ipam"]).find(|ipam| ipam["type"] == CNI_TYPE);
        plugin.copied().or_else(ipam).cloned()
    }

    /// The provider that a Subnet of it has to name: `NAME.NAMESPACE.ovn`, without `.ovn` where OVN does not carry it. The
    /// controller makes it of the definition's name; what the configuration says is for the node.
    #[must_use]
    pub fn provider(&self) -> String {
        let Metadata { name, namespace, .. } = &self.metadata;
        match self.carrier() {
            Carrier::Ovn => format!("{name}.{namespace}.ovn"),
            Carrier::Addresses | Carrier::Foreign => format!("{name}.{namespace}"),
        }
    }
}

/// One attachment that a pod asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Namespace of the definition; the pod's own when it says nothing.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Name of the interface; empty when Multus is to choose (`net1`, `net2`, …).
    pub interface: String,
    /// Addresses asked for in the list itself, with commas between.
    pub ips: String,
    /// MAC asked for there.
    pub mac: String,
}

impl Selection {
    /// `NAMESPACE/NAME`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Reads the value of `k8s.v1.cni.cncf.io/networks` as the controller does: JSON, or `[NAMESPACE/]NAME[@INTERFACE]` with commas
    /// between. An empty value is no attachment at all.
    ///
    /// # Errors
    ///
    /// What the controller cannot read.
    pub fn parse(text: &str, namespace: &str) -> Result<Vec<Self>, String> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut selections = if text.contains(['[', '{', '"']) {
            Self::json(text)?
        } else {
            text.split(',').map(|item| Self::item(item.trim())).collect::<Result<_, _>>()?
        };
        for selection in selections.iter_mut().filter(|selection| selection.namespace.is_empty()) {
            namespace.clone_into(&mut selection.namespace);
        }
        Ok(selections)
    }

    fn json(text: &str) -> Result<Vec<Self>, String> {
        let items: Vec<Value> =
            serde_json::from_str(text).map_err(|error| format!("{text} is no JSON list: {error}"))?;
        let word = |item: &Value, key: &str| match &item[key] {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            other => Err(format!("{key} is {other}, not text")),
        };
        let read = |item: &Value| {
            if !item.is_object() {
                return Err(format!("{item} is no object with a name"));
            }
            let ips = match &item["ips"] {
                Value::Null => Vec::new(),
                Value::Array(ips) if ips.iter().all(Value::is_string) => ips.iter().filter_map(Value::as_str).collect(),
                other => return Err(format!("ips is {other}, not a list of text")),
            };
            Ok(Self {
                namespace: word(item, "namespace")?,
                name: word(item, "name")?,
                interface: word(item, "interface")?,
                ips: ips.join(","),
                mac: word(item, "mac")?,
            })
        };
        items.iter().map(read).collect()
    }

    fn item(item: &str) -> Result<Self, String> {
        let (namespace, rest) = item.split_once('/').unwrap_or(("", item));
        let (name, interface) = rest.split_once('@').unwrap_or((rest, ""));
        let [namespace, name, interface] = [namespace, name, interface].map(str::trim);
        let is_label = |text: &str| {
            let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let bytes = text.as_bytes();
            bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
                && bytes.first().is_none_or(alphanumeric)
                && bytes.last().is_none_or(alphanumeric)
        };
        if [namespace, name, interface].into_iter().all(is_label) {
            Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                interface: interface.to_owned(),
                ..Self::default()
            })
        } else {
            Err(format!("{item:?} is not written as [NAMESPACE/]NAME[@INTERFACE], in lower case"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nad(config: &str) -> Nad {
        let metadata = Metadata { name: "net".to_owned(), namespace: "team".to_owned(), ..Metadata::default() };
        Nad { metadata, spec: NadSpec { config: config.to_owned() } }
    }

    #[test]
    fn the_provider_follows_from_the_plugin_and_not_from_what_the_configuration_says() {
        assert_eq!(nad(r#"{"type": "kube-ovn", "provider": "x.y.ovn"}"#).provider(), "net.team.ovn");
        assert_eq!(nad(r#"{"type": "macvlan", "ipam": {"type": "kube-ovn"}}"#).provider(), "net.team");
        let list = r#"{"name": "l", "plugins": [{"type": "kube-ovn"}, {"type": "tuning"}]}"#;
        assert_eq!((nad(list).carrier(), nad(list).types().len()), (Carrier::Ovn, 2));
        assert_eq!(nad(r#"{"type": "macvlan", "ipam": {"type": "dhcp"}}"#).carrier(), Carrier::Foreign);
        assert_eq!(nad("").config(), Ok(None));
        assert!(nad("{").config().is_err());
    }

    #[test]
    fn attachments_are_read_as_the_controller_reads_them() {
        let read = |text: &str| {
            let found = Selection::parse(text, "own");
            found.map(|all| {
                all.iter().map(|one| format!("{}@{}", one.key(), one.interface)).collect::<Vec<_>>().join(" ")
            })
        };
        assert_eq!(read("a, b/c@e5"), Ok("own/a@ b/c@e5".to_owned()));
        assert_eq!(read(r#"[{"name": "a", "interface": "e5"}]"#), Ok("own/a@e5".to_owned()));
        // a comma too many is a network without a name
        assert_eq!(read("a,"), Ok("own/a@ own/@".to_owned()));
        for wrong in ["a@b@c", "a/b/c", "Big", "[{]", r#"{"name": "a"}"#, r#"[{"name": 1}]"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
