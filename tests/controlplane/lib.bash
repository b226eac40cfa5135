# shellcheck shell=bash
# What every command here shares: which instance is meant, where its files and ports are, and how its processes are started, awaited and ended.
# A command sources this file first; `--instance N` (or N=… or KO_INSTANCE=…) is taken off its arguments, the rest stays in "$@".

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${KO_CONTROLPLANE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-ko-controlplane}

fail() { echo "${0##*/}: $*" >&2; exit 1; }

instance=${N:-${KO_INSTANCE:-0}}
case ${1-} in
  -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;; # the comment that each command begins with
  --instance) instance=${2?a number is missing}; shift 2 ;;
  --instance=*) instance=${1#*=}; shift ;;
esac
[[ $instance =~ ^[0-9]{1,2}$ ]] || fail "an instance is a number from 0 to 99, not '$instance'"

# Everything of instance N lies in one folder, listens on one hundred ports of its own, and has one prefix for network namespaces.
run=$cache/run/$instance
base=$((20000 + 100 * instance))
# shellcheck disable=SC2034 # used by those who source this file
etcd_port=$base etcd_peer_port=$((base + 1)) api_port=$((base + 2)) kubelet_port=$((base + 3))
# shellcheck disable=SC2034
metrics_port=$((base + 4)) kcm_port=$((base + 5)) scheduler_port=$((base + 6))
nb_port() { echo $((base + 10 + $1)); } # northbound server of ovn-central-$1, for clients
sb_port() { echo $((base + 20 + $1)); }
raft_port() { case $1 in nb) echo $((base + 30 + $2)) ;; sb) echo $((base + 40 + $2)) ;; esac; }
node_ip() { case $1 in node-a) echo 127.$((instance + 1)).0.1 ;; node-b) echo 127.$((instance + 1)).0.2 ;; esac; }
netns() { echo "ko$instance-$1"; }
export KUBECONFIG=$run/kubeconfig

# Each ovn-central pod has a file system of its own; node-a shares the one of ovn-central-0 and node-b that of ovn-central-1, as
# /run/ovn and /run/openvswitch are the node's in a real cluster.
tree() { case $1 in node-a) echo "$run/tree/ovn-central-0" ;; node-b) echo "$run/tree/ovn-central-1" ;; *) echo "$run/tree/$1" ;; esac; }
within() { local where=$1; shift; chroot "$(tree "$where")" "$@"; }

# The command of each component is a small script in $run/cmd, so that it can be read, ended and started again by hand.
define() { # NAME COMMAND…
  local name=$1
  shift
  mkdir -p "$run/cmd"
  { printf '#!/usr/bin/env bash\n# component %s; written by %s\nexec' "$name" "${0##*/}"; printf ' %q' "$@"; echo; } >"$run/cmd/$name"
  chmod +x "$run/cmd/$name"
}

# A session of its own for each, so that a component and its children end together; the variable marks them all as this instance's.
launch() { # NAME
  mkdir -p "$run/log" "$run/pid"
  (cd "$run" && KO_CONTROLPLANE_MEMBER_OF=$run exec setsid "$run/cmd/$1" >>"$run/log/$1.log" 2>&1 </dev/null 200>&-) &
  local pid=$!
  echo "$pid" >"$run/pid/$1"
  disown # bash is not to say that it was killed
  # the mark is there once the shell has become the component: whoever looks earlier would take it for dead
  until alive "$1" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
}

start() { define "$@"; launch "$1"; }

# The process ids of this instance, by the mark alone: a pid file may be stale or missing, the mark cannot be.
members() { grep -lzxF "KO_CONTROLPLANE_MEMBER_OF=$run" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 || true; }

# An environment reads as empty while a process goes from one program to the next (exec), and for good once it has ended: only the
# first of the two is looked at again, or a component would be taken for dead in the middle of its own start.
alive() { # NAME: is this component running?
  local pid stat environment
  pid=$(cat "$run/pid/$1" 2>/dev/null) || return 1
  while true; do
    environment=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ") 2>/dev/null || return 1
    [ -z "$environment" ] || break
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
    case ${stat##*) } in [ZX]*) return 1 ;; esac
  done
  grep -qxF "KO_CONTROLPLANE_MEMBER_OF=$run" <<<"$environment"
}

gone() { ! alive "$1"; }

stop() { # NAME [SIGNAL]
  alive "$1" || return 0
  kill "-${2:-TERM}" -- "-$(cat "$run/pid/$1")"
  kill -CONT -- "-$(cat "$run/pid/$1")" 2>/dev/null || true
  wait_for "the end of $1" - gone "$1"
  rm -f "$run/pid/$1"
}

# The only place that waits by looking again. COMPONENT is whose log is shown when it takes too long, and whose death ends the wait; `-`: nobody's.
wait_for() { # WHAT COMPONENT COMMAND…
  local what=$1 component=$2 limit=${KO_CONTROLPLANE_TIMEOUT:-90} why=''
  local end=$((SECONDS + limit))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= end)); then why="waited $limit s in vain for $what"; fi
    if [ "$component" != - ] && ! alive "$component"; then why="$component ended before there was $what"; fi
    if [ -n "$why" ]; then
      echo "${0##*/}: $why; the last try:" >&2
      "$@" >&2 || true
      if [ "$component" != - ]; then echo "--- $run/log/$component.log" >&2; tail -n 20 "$run/log/$component.log" >&2 || true; fi
      exit 1
    fi
    sleep 0.1
  done
}

# Fills the @NAMES@ of a manifest.
fill() {
  sed -e "s|@RUN@|$run|g" -e "s|@INSTANCE@|$instance|g" -e "s|@NODE_A_IP@|$(node_ip node-a)|g" -e "s|@NODE_B_IP@|$(node_ip node-b)|g" "$here/manifests/$1"
}

# Is the control plane up, as far as its callers need it?
need_up() { alive kube-apiserver || fail "instance $instance is not up: run tests/controlplane/up first"; }

# kubectl, but a hanging API server is a failure soon.
k() { kubectl --request-timeout=20s "$@"; }
