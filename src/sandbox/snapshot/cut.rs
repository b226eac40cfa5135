//! What of an object stays in a snapshot: what these commands look at, and no secret.

use serde_json::{Map, Value};

/// Annotations that are read, by a part of their name; those of others may hold anything.
const ANNOTATIONS: [&str; 4] = ["ovn.kubernetes.io/", ".kubernetes.io/", "k8s.v1.cni.cncf.io/", "kubevirt.io/"];
/// Annotations that repeat the object, or belong to somebody else.
const NOT: [&str; 3] = ["kubectl.kubernetes.io/", "deployment.kubernetes.io/", "control-plane.alpha.kubernetes.io/"];
/// What the name of a field has when its value is nobody's business, in lower case.
const SECRET: [&str; 8] = ["password", "passwd", "passphrase", "privatekey", "secretkey", "token", "authkey", "psk"];

/// Takes off what has no place in a snapshot.
pub fn cut(resource: &str, object: &mut Value) {
    let (_, group) = resource.split_once('.').unwrap_or((resource, ""));
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        cut_metadata(metadata, group == "kubeovn.io");
    }
    match resource {
        "pods" => cut_pod(object),
        "nodes" => {
            keep(object, "/spec", &["taints", "unschedulable", "podCIDR"]);
            keep(object, "/status", &["addresses", "conditions"]);
        }
        "namespaces" => keep(object, "/spec", &[]),
        "deployments.apps" | "statefulsets.apps" => {
            let fields = ["replicas", "selector", "serviceName", "strategy", "updateStrategy", "template", "paused"];
            keep(object, "/spec", &fields);
            cut_template(object);
        }
        // volumes and the user's data for the first start are in the rest
        "virtualmachines.kubevirt.io" => {
            keep(object, "/spec", &["running", "runStrategy", "template"]);
            keep(object, "/spec/template", &["metadata"]);
            cut_template(object);
        }
        "virtualmachineinstances.kubevirt.io" => {
            keep(object, "/spec", &[]);
            keep(object, "/status", &["phase", "nodeName", "interfaces", "migrationState"]);
        }
        _ => {}
    }
    cut_secrets(object);
}

/// A line of a log; one that could hold a secret says so instead.
#[must_use]
pub fn cut_line(line: String) -> String {
    let lower = line.to_ascii_lowercase();
    if SECRET.iter().any(|word| lower.contains(word)) {
        let time = line.split(' ').next().unwrap_or_default();
        return format!("{time} (left out of the snapshot: it could hold a secret)");
    }
    line
}

/// Keeps these fields of the object at a path, where there is one.
fn keep(value: &mut Value, path: &str, fields: &[&str]) {
    if let Some(object) = value.pointer_mut(path).and_then(Value::as_object_mut) {
        object.retain(|field, _| fields.contains(&field.as_str()));
    }
}

fn cut_metadata(metadata: &mut Map<String, Value>, all: bool) {
    metadata.remove("managedFields");
    metadata.remove("selfLink");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.retain(|name, _| {
            let known = all || ANNOTATIONS.iter().any(|part| name.contains(part));
            known && !NOT.iter().any(|part| name.starts_with(part))
        });
    }
}

fn cut_template(maker: &mut Value) {
    if let Some(metadata) = maker.pointer_mut("/spec/template/metadata").and_then(Value::as_object_mut) {
        cut_metadata(metadata, false);
    }
    cut_spec(maker, "/spec/template/spec", false);
}

fn cut_pod(pod: &mut Value) {
    let app = pod["metadata"]["labels"]["app"].as_str().unwrap_or_default();
    let ours = ["kube-ovn-", "ovn-", "ovs"].iter().any(|start| app.starts_with(start));
    cut_spec(pod, "/spec", ours);
    keep(pod, "/status", &["phase", "podIP", "podIPs", "hostIP", "conditions", "startTime", "reason"]);
}

/// Where it runs and with which rights; of Kube-OVN's own pods the flags as well, which say how it behaves.
fn cut_spec(value: &mut Value, path: &str, with_flags: bool) {
    keep(value, path, &["nodeName", "hostNetwork", "containers"]);
    let containers = value.pointer_mut(&format!("{path}/containers")).and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        container.retain(|field, _| match field.as_str() {
            "name" | "image" | "securityContext" => true,
            "command" | "args" => with_flags,
            _ => false,
        });
        for words in ["command", "args"] {
            if let Some(words) = container.get_mut(words).and_then(Value::as_array_mut) {
                words.retain(|word| word.as_str().is_some_and(|word| !is_secret(word)));
            }
        }
    }
}

fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace(['-', '_'], "");
    SECRET.iter().any(|word| lower.contains(word))
}

/// Fields whose name says that they are secret, at any depth.
fn cut_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| !is_secret(name) || value.is_boolean());
            fields.values_mut().for_each(cut_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(cut_secrets),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_pod_stays_what_is_looked_at() {
        let mut pod = json!({
            "metadata": {"name": "web", "managedFields": [{}], "labels": {"app": "web"}, "annotations": {
                "ovn.kubernetes.io/ip_address": "10.0.0.1", "net1.default.ovn.kubernetes.io/ip_address": "10.0.0.2",
                "vault.hashicorp.com/agent-inject-secret": "s3cret", "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
            "spec": {"nodeName": "a", "volumes": [{}], "containers": [{"name": "c", "image": "i", "args": ["--db=s3cret"],
                "env": [{"name": "A", "value": "s3cret"}], "securityContext": {"privileged": true}}]},
            "status": {"phase": "Running", "podIP": "10.0.0.1", "containerStatuses": [{}]},
        });
        cut("pods", &mut pod);
        let text = pod.to_string();
        for gone in ["s3cret", "managedFields", "last-applied", "volumes", "containerStatuses", "env"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in ["10.0.0.2", "privileged", "nodeName", "Running"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn of_the_controller_the_flags_stay_but_for_secrets() {
        let mut pod = json!({"metadata": {"labels": {"app": "kube-ovn-controller"}}, "spec": {"containers": [
            {"name": "kube-ovn-controller", "args": ["--gc-interval=0", "--some-token=s3cret"], "env": [{"value": "s3cret"}]}]}});
        cut("pods", &mut pod);
        assert_eq!(pod["spec"]["containers"][0], json!({"name": "kube-ovn-controller", "args": ["--gc-interval=0"]}));
    }

    #[test]
    fn no_secret_of_kube_ovns_own_kinds_stays() {
        let mut gateway = json!({"metadata": {"name": "gw"}, "spec": {"bgpSpeaker": {"enabled": true, "asn": 65000, "password": "s3cret"}}});
        cut("vpc-nat-gateways.kubeovn.io", &mut gateway);
        assert_eq!(gateway["spec"]["bgpSpeaker"], json!({"enabled": true, "asn": 65000}));
        let mut vm = json!({"metadata": {}, "spec": {"running": true, "template": {"metadata": {"annotations": {"ovn.kubernetes.io/a": "b"}},
            "spec": {"volumes": [{"cloudInitNoCloud": {"userData": "s3cret"}}]}}}});
        cut("virtualmachines.kubevirt.io", &mut vm);
        assert_eq!(
            vm["spec"],
            json!({"running": true, "template": {"metadata": {"annotations": {"ovn.kubernetes.io/a": "b"}}}})
        );
        assert!(cut_line("2026-01-01T00:00:00Z I0101 password=s3cret".into()).ends_with("it could hold a secret)"));
        assert_eq!(cut_line("2026-01-01T00:00:00Z I0101 add vip web".into()), "2026-01-01T00:00:00Z I0101 add vip web");
    }
}
