//! Deployments and StatefulSets as makers of pods: their template, and whether a change of it restarts the pods
//! (Kubernetes: k8s.io/api/apps/v1).

use serde::Deserialize;

use super::Metadata;
use super::meta::or_default;

/// A Deployment or StatefulSet, as far as it is about the pods it makes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PodMaker {
    /// Its metadata.
    pub metadata: Metadata,
    /// What it makes, and how.
    #[serde(deserialize_with = "or_default")]
    pub spec: PodMakerSpec,
}

/// `spec` of a Deployment or StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodMakerSpec {
    /// How many pods; 1 when nothing is said.
    pub replicas: Option<u64>,
    /// A Deployment that is paused leaves its pods as they are.
    pub paused: bool,
    /// How a StatefulSet replaces its pods.
    #[serde(deserialize_with = "or_default")]
    pub update_strategy: UpdateStrategy,
    /// The pods' manifest.
    #[serde(deserialize_with = "or_default")]
    pub template: Template,
}

/// `updateStrategy` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateStrategy {
    /// `RollingUpdate`, or `OnDelete`: pods are replaced once somebody deletes them.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Of a rolling update.
    #[serde(deserialize_with = "or_default")]
    pub rolling_update: RollingUpdate,
}

/// `updateStrategy.rollingUpdate` of a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RollingUpdate {
    /// Pods with a lower ordinal are left as they are.
    #[serde(deserialize_with = "or_default")]
    pub partition: u64,
}

/// The pods' manifest.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Their labels and annotations.
    #[serde(deserialize_with = "or_default")]
    pub metadata: Metadata,
    /// What runs where.
    #[serde(deserialize_with = "or_default")]
    pub spec: super::pod::PodSpec,
}
