# shellcheck shell=bash disable=SC2154 # its variables come from lib.bash
# kube-ovn-controller, run inside the tree of ovn-central-0, where its own log file can be written.

# Flags given later win, so a caller's come last. Garbage collection is off unless asked for: an object of a test that is
# meant to have no counterpart in OVN should not vanish in the middle of it.
define_controller() { # [FLAG…]
  local log=$run/log/kube-ovn-controller home flags
  home=$(tree ovn-central-0)
  mkdir -p "$home/kube-ovn" "$home/var/log/kube-ovn"
  ln -f "$cache/bin/kube-ovn-controller" "$home/kube-ovn/kube-ovn-controller"
  install -m 600 "$KUBECONFIG" "$home/kube-ovn/kubeconfig"
  # each line twice: as it is, and for `kubectl logs` with the time at which it was written
  # shellcheck disable=SC2016 # perl's own variables
  local as_container='use Time::HiRes; open P, ">>", shift; open S, ">>", shift; select S; $| = 1; select P; $| = 1;
    while (<STDIN>) { my ($s, $u) = Time::HiRes::gettimeofday(); my @t = gmtime $s; print P;
      printf S "%d-%02d-%02dT%02d:%02d:%02d.%06d000Z stderr F %s", $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0], $u, $_ }'
  : >>"$log.served"
  flags=(--ovn-nb-addr="$(nb_servers)" --ovn-sb-addr="$(sb_servers)" --default-cidr=10.16.0.0/16 --node-switch-cidr=100.64.0.0/16
    --service-cluster-ip-range=10.96.0.0/12 --enable-eip-snat=true --external-gateway-switch=external204 --gc-interval=0
    --inspect-interval=3600 --cust-crd-retry-max-delay=2 --logtostderr=true --pprof-port="$metrics_port" "$@")
  jq -nc '$ARGS.positional' --args -- "${flags[@]}" >"$run/controller-args"
  {
    echo '#!/usr/bin/env bash'
    echo "# component kube-ovn-controller; written by ${0##*/}"
    echo 'export KUBECONFIG=/kube-ovn/kubeconfig POD_NAME=kube-ovn-controller-0 POD_NAMESPACE=kube-system NODE_NAME=node-a POD_IP=127.0.0.1 POD_IPS=127.0.0.1'
    printf 'exec'
    printf ' %q' chroot "$home" /kube-ovn/kube-ovn-controller --kubeconfig=/kube-ovn/kubeconfig "${flags[@]}"
    printf ' > >(exec perl -e %q %q %q) 2>&1\n' "$as_container" "$log.plain" "$log.served"
  } >"$run/cmd/kube-ovn-controller"
  chmod +x "$run/cmd/kube-ovn-controller"
}

# Its last words at a start: after them every worker runs, the first garbage collection is over, and the gateway nodes were looked at.
# That last one matters: without a ConfigMap ovn-external-gw-config a starting controller takes external-gw=true off every node, once; a
# label set before would be lost.
reconciles() {
  grep -qE 'gc is disabled|finish to gc vips' "$run/log/kube-ovn-controller.plain" &&
    grep -qE 'finish remove ovn external gw|finish establishing ovn external gw|default vpc only use extra external' "$run/log/kube-ovn-controller.plain"
}

holds_lease() { [ "$(k get lease -n kube-system kube-ovn-controller -o jsonpath='{.spec.holderIdentity}')" = kube-ovn-controller-0 ]; }

# The pod says how its controller was started, as in a cluster: who wants to know the flags reads them there.
show_controller() {
  k delete pod -n kube-system kube-ovn-controller-0 --ignore-not-found --force --grace-period=0 >/dev/null 2>&1
  sed "s|@ARGS@|$(sed 's/[&|\\]/\\&/g' "$run/controller-args")|" "$here/manifests/controller-pod.yaml" | k create -f - >/dev/null
}

start_controller() { # [FLAG…]
  define_controller "$@"
  show_controller
  rm -f "$run/log/kube-ovn-controller.plain" # it says which start the words above belong to
  launch kube-ovn-controller
}

await_controller() {
  wait_for "a controller that reconciles" kube-ovn-controller reconciles
  wait_for "the controller's lease" kube-ovn-controller holds_lease
  k wait --for=condition=Ready --timeout=30s subnet ovn-default join >/dev/null
}
