//! Pods, and the Deployments and StatefulSets that make them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cluster;
use super::rest::{PatchType, Select, Target};
use crate::api::{Kind, Metadata, Pod, Resource as _, kinds};
use crate::failure::{Cause, Failure, Result};

/// How often a write that met another writer is tried again.
const CONFLICTS: usize = 8;

/// What carries an annotation for pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Pod, Deployment or StatefulSet.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl Workload {
    /// Reads `POD`, `pod/N`, `deploy/N` or `sts/N`, with kubectl's other spellings.
    pub fn parse(text: &str) -> Result<Self> {
        let (kind, name) = text.split_once('/').unwrap_or(("pod", text));
        let kind = match kind {
            "pod" | "pods" | "po" => Pod::KIND,
            "deploy" | "deployment" | "deployments" | "deployment.apps" => kinds::DEPLOYMENT,
            "sts" | "statefulset" | "statefulsets" | "statefulset.apps" => kinds::STATEFUL_SET,
            other => {
                return Err(Failure::usage(format!("`{text}`: {other} is no kind of workload here"))
                    .hint("write POD, pod/NAME, deploy/NAME or sts/NAME; the namespace is the Vip's"));
            }
        };
        if name.is_empty() || name.contains('/') {
            return Err(Failure::usage(format!("`{text}` names no object"))
                .hint("write POD, pod/NAME, deploy/NAME or sts/NAME"));
        }
        Ok(Self { kind, name: name.to_owned() })
    }

    /// Whether it is a pod itself, not a template of pods.
    #[must_use]
    pub fn is_pod(&self) -> bool {
        self.kind == Pod::KIND
    }

    /// `deployment.apps/api`, as kubectl prints it.
    #[must_use]
    pub fn printed(&self) -> String {
        self.kind.printed(&self.name)
    }

    /// The annotations it gives to pods: its own, or its template's.
    #[must_use]
    pub fn annotations<'v>(&self, object: &'v Value) -> &'v Value {
        if self.is_pod() {
            &object["metadata"]["annotations"]
        } else {
            &object["spec"]["template"]["metadata"]["annotations"]
        }
    }

    /// Whether a pod was made by it: a Deployment's by one of its `ReplicaSet`s, `NAME-HASH`.
    fn owns(&self, pod: &Pod) -> bool {
        let owners = pod.metadata.owner_references.iter();
        owners.filter(|owner| owner.controller).any(|owner| match owner.kind.as_str() {
            "ReplicaSet" => {
                self.kind == kinds::DEPLOYMENT && owner.name.rsplit_once('-').is_some_and(|(name, _)| name == self.name)
            }
            kind => kind == self.kind.kind && owner.name == self.name,
        })
    }

    /// How many pods a template makes: `spec.replicas`, 1 when it says nothing.
    #[must_use]
    pub fn replicas(object: &Value) -> u64 {
        object["spec"]["replicas"].as_u64().unwrap_or(1)
    }

    /// A merge patch that sets one annotation, or removes it.
    #[must_use]
    pub fn patch(&self, key: &str, value: Option<&str>, version: &str) -> Value {
        let annotations = json!({key: value});
        if self.is_pod() {
            json!({"metadata": {"resourceVersion": version, "annotations": annotations}})
        } else {
            json!({"metadata": {"resourceVersion": version}, "spec": {"template": {"metadata": {"annotations": annotations}}}})
        }
    }
}

/// How far a rollout is (Kubernetes: kubectl `pkg/polymorphichelpers/rollout_status.go`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    metadata: Metadata,
    spec: RolloutSpec,
    status: RolloutStatus,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RolloutSpec {
    replicas: u64,
}

impl Default for RolloutSpec {
    fn default() -> Self {
        Self { replicas: 1 }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RolloutStatus {
    observed_generation: u64,
    replicas: u64,
    updated_replicas: u64,
    ready_replicas: u64,
}

impl Rollout {
    /// Whether every pod is of the present template and ready.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let status = &self.status;
        let wanted = self.spec.replicas;
        status.observed_generation >= self.metadata.generation
            && status.updated_replicas == wanted
            && status.replicas == wanted
            && status.ready_replicas == wanted
    }
}

impl Cluster {
    /// Sets an annotation of a workload from its present value; `edit` says what it is to be, `None` for nothing to do.
    /// Somebody else's edit in between is met by trying again with theirs. Returns the object as it is then, and whether it
    /// was changed.
    pub async fn edit_annotation(
        &self,
        namespace: &str,
        workload: &Workload,
        key: &str,
        edit: impl Fn(&str) -> Option<String>,
        dry_run: bool,
    ) -> Result<(Value, bool)> {
        let target = Target::one(workload.kind, namespace, &workload.name);
        let mut attempt = 0;
        loop {
            let Some(object) = self.get(target).await? else { return Err(missing(namespace, workload)) };
            let present = workload.annotations(&object)[key].as_str().unwrap_or_default();
            let Some(next) = edit(present) else { return Ok((object, false)) };
            let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            let patch = workload.patch(key, Some(next.as_str()).filter(|next| !next.is_empty()), version);
            match self.patch(target, PatchType::Merge, &patch, dry_run).await {
                Err(failure) if failure.cause == Cause::Conflict && attempt < CONFLICTS => attempt += 1,
                done => return Ok((done?, true)),
            }
        }
    }

    /// The pods of a workload: the pod itself, or what its selector matches and it owns.
    pub async fn pods(&self, namespace: &str, workload: &Workload, object: &Value) -> Result<Vec<Pod>> {
        if workload.is_pod() {
            return Ok(vec![super::rest::typed(object.clone(), Pod::KIND)?]);
        }
        let labels = object["spec"]["selector"]["matchLabels"].as_object().into_iter().flatten();
        let labels: Vec<String> =
            labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
        let labels = labels.join(",");
        let labels = Some(labels.as_str()).filter(|labels| !labels.is_empty());
        let pods: Vec<Pod> = self.list(Some(namespace), Select { labels, fields: None }).await?;
        let alive = pods.into_iter().filter(|pod| !pod.metadata.is_terminating() && !pod.is_finished());
        Ok(alive.filter(|pod| workload.owns(pod)).collect())
    }
}

/// There is no workload of that name there.
#[must_use]
pub fn missing(namespace: &str, workload: &Workload) -> Failure {
    let resource = workload.kind.resource();
    Failure::no(format!(
        "Error from server (NotFound): {resource} \"{}\" not found in namespace {namespace}",
        workload.name
    ))
    .caused_by(Cause::NotFound)
    .hint(format!("kubectl get {} -n {namespace}", workload.kind.plural))
}
