//! `ConfigMaps` that Kube-OVN reads.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::meta::or_default;
use super::{Metadata, kinds, resource};

/// The `ConfigMap` that joins the default VPC to an external network, in Kube-OVN's namespace (Kube-OVN: pkg/util/const.go,
/// `ExternalGatewayConfig`).
pub const EXTERNAL_GATEWAY: &str = "ovn-external-gw-config";

/// A `ConfigMap`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConfigMap {
    /// Its metadata.
    pub metadata: Metadata,
    /// What it holds.
    #[serde(deserialize_with = "or_default")]
    pub data: BTreeMap<String, String>,
}

resource!(ConfigMap, kinds::CONFIG_MAP);

impl ConfigMap {
    /// The value of a key, empty when it is not there.
    #[must_use]
    pub fn value(&self, key: &str) -> &str {
        self.data.get(key).map_or("", String::as_str)
    }
}
