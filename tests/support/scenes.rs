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

/// kube-ovn-controller's only pod, `kube-ovn-controller-0`, and the lease that says since just now that it leads.
pub(crate) fn controller() -> String {
    let now = jiff::Timestamp::now();
    let pod = pod("kube-system", "kube-ovn-controller-0", "kube-ovn-controller", "app: kube-ovn-controller", true);
    format!(
        "{pod}---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {{name: kube-ovn-controller, namespace: kube-system}}
spec: {{holderIdentity: kube-ovn-controller-0, leaseDurationSeconds: 15, renewTime: '{now}'}}
"
    )
}

/// An IPv4 overlay subnet of the default VPC that is ready and has room; `cidr` is a /16 to /24, its first address the gateway.
pub(crate) fn subnet(name: &str, cidr: &str) -> String {
    let network: ipnetwork::Ipv4Network = cidr.parse().expect("a CIDR");
    let gateway = network.nth(1).expect("a first address");
    let (first, last) =
        (network.nth(2).expect("a second address"), network.nth(network.size() - 2).expect("a last one"));
    format!(
        "---
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: {{name: {name}}}
spec:
  cidrBlock: {cidr}
  gateway: {gateway}
  excludeIps: [{gateway}]
  protocol: IPv4
  provider: ovn
  vpc: ovn-cluster
  gatewayType: distributed
  namespaces: []
status:
  v4availableIPs: 200
  v4availableIPrange: {first}-{last}
  v4usingIPs: 1
  v6availableIPs: 0
  v6usingIPs: 0
  conditions:
  - {{type: Validated, status: 'True'}}
  - {{type: Ready, status: 'True'}}
"
    )
}

/// A cluster with OVN, its controller, namespace `default` and subnet `ovn-default` (10.16.0.0/16).
pub(crate) fn cluster() -> String {
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n";
    [ovn(), controller(), namespace.to_owned(), subnet("ovn-default", "10.16.0.0/16")].concat()
}

/// A line of kube-ovn-controller's log: a work item that failed. Quotes inside are escaped, as klog escapes them.
pub(crate) fn complaint(queue: &str, name: &str, text: &str) -> String {
    let text = text.replace('"', "\\\"");
    let error = format!("error syncing {queue} \\\"{name}\\\": {text}, requeuing");
    format!(
        r#"E1121 04:10:00.123456       7 controller.go:1579] "Unhandled Error" err="{error}" logger="UnhandledError""#
    )
}
