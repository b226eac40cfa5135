# shellcheck shell=bash disable=SC2154 # its variables come from lib.bash
# etcd, the API server, the controllers that turn Deployments and StatefulSets into pods, the scheduler, and kwok's nodes.

start_kubernetes() {
  local url=http://127.0.0.1:$etcd_port peer=http://127.0.0.1:$etcd_peer_port user
  start etcd "$cache/bin/etcd" --data-dir "$run/etcd" --listen-client-urls "$url" --advertise-client-urls "$url" --listen-peer-urls "$peer" \
    --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" --unsafe-no-fsync --quota-backend-bytes=8589934592 --log-level=warn

  # keys are good for every instance of this folder and cost a second: made once
  if [ ! -f "$cache/keys/kubelet.crt" ]; then
    rm -rf "$cache/keys.new" && mkdir -p "$cache/keys.new"
    (
      cd "$cache/keys.new" || exit 1
      openssl genrsa -out sa.key 2048 && openssl rsa -in sa.key -pubout -out sa.pub
      openssl req -x509 -newkey rsa:2048 -nodes -keyout kubelet.key -out kubelet.crt -days 3650 -subj /CN=kubelet -addext subjectAltName=IP:127.0.0.1
    ) 2>"$run/log/openssl.log"
    mv -T "$cache/keys.new" "$cache/keys" 2>/dev/null || [ -f "$cache/keys/kubelet.crt" ] # another instance may have been first
  fi

  # the users, and what they may do: manifests/users.yaml
  printf '%s\n' 'admin-token,admin,admin,"system:masters"' 'viewer-token,viewer,viewer,"viewers"' 'app-token,app,app,"app-team"' 'nobody-token,nobody,nobody' >"$run/tokens.csv"
  start kube-apiserver "$cache/bin/kube-apiserver" --etcd-servers="$url" --secure-port="$api_port" --bind-address=127.0.0.1 --cert-dir="$run/certs" \
    --service-account-key-file="$cache/keys/sa.pub" --service-account-signing-key-file="$cache/keys/sa.key" --service-account-issuer=https://kubernetes.default \
    --token-auth-file="$run/tokens.csv" --authorization-mode=RBAC --disable-admission-plugins=ServiceAccount --service-cluster-ip-range=10.96.0.0/12 \
    --allow-privileged --kubelet-preferred-address-types=InternalIP --feature-gates=AllAlpha=false

  {
    echo "apiVersion: v1"
    echo "kind: Config"
    echo "clusters: [{name: controlplane-$instance, cluster: {server: \"https://127.0.0.1:$api_port\", insecure-skip-tls-verify: true}}]"
    echo "users:"
    for user in admin viewer app nobody; do echo "- {name: $user, user: {token: $user-token}}"; done
    echo "contexts:"
    for user in admin viewer app nobody; do echo "- {name: $user, context: {cluster: controlplane-$instance, user: $user}}"; done
    echo "current-context: admin"
  } >"$run/kubeconfig"
}

# One request for all of them: `kubectl wait` makes one for each.
established() { k get crd -o json | jq -e 'all(.items[]; any(.status.conditions[]?; .type == "Established" and .status == "True"))'; }

await_kubernetes() {
  wait_for "a ready API server" kube-apiserver k get --raw /readyz
  wait_for "the namespace kube-system" kube-apiserver k get namespace kube-system default
  k apply --server-side -f "$cache/share/manifests/crds" -f "$here/manifests/kubevirt.yaml" >/dev/null
  wait_for "all definitions to be established" kube-apiserver established
  k apply -f "$here/manifests/users.yaml" >/dev/null
}

start_workloads() {
  start kube-controller-manager "$cache/bin/kube-controller-manager" --kubeconfig="$KUBECONFIG" --leader-elect=false --bind-address=127.0.0.1 \
    --secure-port="$kcm_port" --cert-dir="$run/certs" --node-monitor-grace-period=10m `# a busy machine: kwok is late, and no pod would be ready again` \
    --controllers=deployment-controller,replicaset-controller,statefulset-controller,garbage-collector-controller,namespace-controller,node-lifecycle-controller,endpointslice-controller,endpointslice-mirroring-controller,job-controller
  start kube-scheduler "$cache/bin/kube-scheduler" --kubeconfig="$KUBECONFIG" --leader-elect=false --bind-address=127.0.0.1 --secure-port="$scheduler_port" --cert-dir="$run/certs"
}

# kwok plays the kubelet. For an exec it runs the command on this machine, found in its PATH: there each program of the Debian tree is a
# link to one script, which runs it inside the tree (and network namespace) of the pod that was meant.
start_nodes() {
  local node chassis program
  mkdir -p "$run/exec"
  cp "$here/parts/exec-in-pod" "$run/exec/.exec-in-pod"
  (cd "$(tree ovn-central-0)" && ls usr/bin usr/sbin) | grep -E '^[A-Za-z0-9]' | grep -v : | while read -r program; do ln -sfn .exec-in-pod "$run/exec/$program"; done
  fill kwok.yaml >"$run/kwok.yaml"
  fill kube-system.yaml >"$run/kube-system.yaml"
  start kwok env PATH="$run/exec" "$cache/bin/kwok" --manage-all-nodes --kubeconfig="$KUBECONFIG" --config="$run/kwok.yaml" --config="$cache/share/manifests/stages.yaml" \
    --node-port="$kubelet_port" --server-address="0.0.0.0:$kubelet_port" --tls-cert-file="$cache/keys/kubelet.crt" --tls-private-key-file="$cache/keys/kubelet.key"
  k create -f "$run/kube-system.yaml" >/dev/null
  # what ovn-controller of each node would write
  for node in node-a node-b; do
    chassis=$(k get node "$node" -o jsonpath='{.metadata.annotations.ovn\.kubernetes\.io/chassis}')
    within ovn-central-0 ovn-sbctl --timeout=30 -- chassis-add "$chassis" geneve "$(node_ip "$node")" -- set chassis "$chassis" hostname="$node"
  done
}
