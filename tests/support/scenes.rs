//! Objects that many tests need.

/// A kubeconfig with one context, `fake`, whose namespace is `default`.
pub(crate) fn kubeconfig(server: &str, token: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: fake
contexts:
- name: fake
  context: {{cluster: fake, user: fake, namespace: default}}
clusters:
- name: fake
  cluster: {{server: '{server}'}}
users:
- name: fake
  user: {{token: {token}}}
"
    )
}

/// A pod with one container; labels as `k: v, k: v`.
pub(crate) fn pod(namespace: &str, name: &str, container: &str, labels: &str, ready: bool) -> String {
    let ready = if ready { "True" } else { "False" };
    format!(
        "---
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: {namespace}
  labels: {{{labels}}}
spec:
  nodeName: node-a
  containers:
  - name: {container}
    image: docker.io/kubeovn/kube-ovn:v1.16.2
status:
  phase: Running
  podIP: 10.0.0.1
  conditions:
  - {{type: Ready, status: '{ready}'}}
  containerStatuses:
  - {{name: {container}, ready: {}, restartCount: 0, image: x, imageID: x}}
",
        ready == "True"
    )
}

/// One member of the OVN databases in a namespace; leads both when `leads`.
pub(crate) fn ovn_central(namespace: &str, name: &str, leads: bool, ready: bool) -> String {
    let leader = if leads { ", ovn-nb-leader: 'true', ovn-sb-leader: 'true', ovn-northd-leader: 'true'" } else { "" };
    pod(namespace, name, "ovn-central", &format!("app: ovn-central{leader}"), ready)
}

/// Three members in kube-system, of which `ovn-central-0` leads.
pub(crate) fn ovn() -> String {
    ["ovn-central-0", "ovn-central-1", "ovn-central-2"]
        .map(|name| ovn_central("kube-system", name, name == "ovn-central-0", true))
        .concat()
}
