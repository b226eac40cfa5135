//! Deployments and StatefulSets whose template is changed: Kubernetes restarts their pods, and these get addresses and ports
//! (Kubernetes: pkg/controller/deployment, pkg/controller/statefulset; Kube-OVN: pkg/controller/pod.go).

use serde_json::{Value, json};

use super::book::Book;
use super::{Event, Hand, rows, subnet, text};
use crate::api::{Pod, names};

/// Makes the pods anew, when the template is another one.
pub(super) fn seen(hand: &mut Hand<'_>, event: &Event) {
    let Some((before, after)) = event.before.as_ref().zip(event.after.as_ref()) else { return };
    if before["spec"]["template"] == after["spec"]["template"] {
        return;
    }
    let (name, namespace) = (event.name(), event.namespace());
    let owned = |pod: &&Value| {
        let owner = &pod["metadata"]["ownerReferences"][0];
        let by = text(owner, "/name");
        pod["metadata"]["namespace"] == namespace
            && match text(owner, "/kind") {
                "ReplicaSet" => {
                    event.plural == "deployments" && by.rsplit_once('-').is_some_and(|(one, _)| one == name)
                }
                "StatefulSet" => event.plural == "statefulsets" && by == name,
                _ => false,
            }
    };
    let pods: Vec<Value> = hand.list("pods").filter(owned).cloned().collect();
    let template = &after["spec"]["template"]["metadata"]["annotations"];
    // the hash of a template, as far as it is one: the same template has the same
    let hash = rows::letters(&after["spec"]["template"].to_string(), 10);
    for pod in &pods {
        if event.plural == "deployments" {
            replace(hand, pod, template, (name, &hash));
        } else {
            again(hand, pod, template);
        }
    }
    let generation = after["metadata"]["generation"].clone();
    let replicas = after["spec"]["replicas"].clone();
    let status = json!({"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas});
    hand.merge(event.plural, namespace, name, &json!({"status": status}));
}

/// The Vips that a template's pods name.
fn with_pairs(mut pod: Value, template: &Value) -> Value {
    if let Some(annotations) = pod["metadata"]["annotations"].as_object_mut() {
        match template.get(names::ANNOTATION_AAPS) {
            Some(pairs) => annotations.insert(names::ANNOTATION_AAPS.to_owned(), pairs.clone()),
            None => annotations.remove(names::ANNOTATION_AAPS),
        };
    }
    pod
}

/// A pod of a StatefulSet has its name, address and port again.
fn again(hand: &mut Hand<'_>, pod: &Value, template: &Value) {
    let mut made = with_pairs(pod.clone(), template);
    if let Some(metadata) = made["metadata"].as_object_mut() {
        metadata.remove("uid");
        metadata.insert("creationTimestamp".to_owned(), Value::Null);
    }
    hand.apply("pods", made);
}

/// A pod of a Deployment goes when another one, of another name and address, is there.
fn replace(hand: &mut Hand<'_>, pod: &Value, template: &Value, (deployment, hash): (&str, &str)) {
    let (namespace, old) = (text(pod, "/metadata/namespace").to_owned(), text(pod, "/metadata/name").to_owned());
    let name = format!("{deployment}-{hash}-{}", rows::letters(&format!("{old}/{hash}"), 5));
    let Ok(parsed) = serde_json::from_value::<Pod>(pod.clone()) else { return };
    let mut made = with_pairs(pod.clone(), template);
    made["metadata"]["name"] = json!(name);
    made["metadata"]["ownerReferences"][0]["name"] = json!(format!("{deployment}-{hash}"));
    made["metadata"]["labels"]["pod-template-hash"] = json!(hash);
    if let Some(metadata) = made["metadata"].as_object_mut() {
        metadata.remove("uid");
        metadata.insert("creationTimestamp".to_owned(), Value::Null);
    }
    for interface in parsed.interfaces() {
        let Ok(subnet) = subnet(hand, &interface.subnet) else { continue };
        let Some(mut book) = Book::of(hand, &subnet) else { continue };
        let Ok(given) = book.give(hand, &format!("{namespace}/{name}"), "", "", true) else { continue };
        let annotations = &mut made["metadata"]["annotations"];
        annotations[names::provider_annotation(&interface.provider, "ip_address")] = json!(given.both());
        annotations[names::provider_annotation(&interface.provider, "mac_address")] = json!(given.mac);
        if interface.provider == names::PROVIDER_OVN {
            made["status"]["podIP"] = json!(given.v4);
            made["status"]["podIPs"] = json!([{"ip": given.v4}]);
        }
        let port = names::port_name(&name, &namespace, &interface.provider);
        let Some(mut ip) = hand.get("ips", "", &interface.port).cloned() else { continue };
        for (key, value) in
            [("podName", &name), ("ipAddress", &given.both()), ("v4IpAddress", &given.v4), ("v6IpAddress", &given.v6)]
        {
            ip["spec"][key] = json!(value);
        }
        ip["spec"]["macAddress"] = json!(given.mac);
        let metadata = json!({"name": port, "labels": ip["metadata"]["labels"], "finalizers": [names::FINALIZER]});
        let ip = json!({"apiVersion": ip["apiVersion"], "kind": ip["kind"], "metadata": metadata, "spec": ip["spec"]});
        hand.apply("ips", ip);
        let (addresses, noted) =
            (format!("{} {}", given.mac, given.both().replace(',', " ")), format!("{namespace}/{name}"));
        let mut ids = vec![("pod", noted.as_str())];
        if text(&subnet, "/spec/vpc") != "ovn-cluster" {
            ids.push(("associated_sg_default-securitygroup", "false"));
        }
        let chassis = Some(text(pod, "/spec/nodeName")).filter(|node| !node.is_empty());
        let made = rows::Port {
            name: &port,
            switch: &interface.subnet,
            kind: "",
            addresses: &addresses,
            options: &[],
            ids: &ids,
            chassis,
        };
        drop(rows::add_port(hand, made));
        hand.delete("ips", "", &interface.port);
    }
    hand.apply("pods", made);
    hand.delete("pods", &namespace, &old);
}
