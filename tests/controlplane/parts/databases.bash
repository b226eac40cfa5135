# shellcheck shell=bash disable=SC2154 # its variables come from lib.bash
# OVN's databases: northbound and southbound as three raft members each (ovn-central-0, -1, -2), northd, and the two interconnection
# databases of ovn-ic-server. Each member has a file system of its own, made of hard links to the Debian tree.

members_of_raft=(0 1 2)

make_trees() {
  local i
  mkdir -p "$run/tree"
  for i in "${members_of_raft[@]}"; do cp -al "$cache/share/debian" "$run/tree/ovn-central-$i"; done
}

# The address list that a client of all members uses.
nb_servers() { local i out=(); for i in "${members_of_raft[@]}"; do out+=("tcp:127.0.0.1:$(nb_port "$i")"); done; (IFS=,; echo "${out[*]}"); }
sb_servers() { local i out=(); for i in "${members_of_raft[@]}"; do out+=("tcp:127.0.0.1:$(sb_port "$i")"); done; (IFS=,; echo "${out[*]}"); }

# Writes the database file of a member that does not have one, and starts its server.
database() { # nb|sb MEMBER
  local kind=$1 i=$2 schema port local_address first
  case $kind in nb) schema=OVN_Northbound port=$(nb_port "$i") ;; sb) schema=OVN_Southbound port=$(sb_port "$i") ;; esac
  local_address=tcp:127.0.0.1:$(raft_port "$kind" "$i") first=tcp:127.0.0.1:$(raft_port "$kind" 0)
  if [ "$i" = 0 ]; then
    # Kube-OVN's own timer; with OVN's one second a busy machine would change leaders in the middle of a test
    within ovn-central-0 ovsdb-tool --election-timer=5000 create-cluster "/etc/ovn/ovn${kind}_db.db" "/usr/share/ovn/ovn-$kind.ovsschema" "$local_address" 2>>"$run/log/$kind-$i.log"
  else
    within "ovn-central-$i" ovsdb-tool join-cluster "/etc/ovn/ovn${kind}_db.db" "$schema" "$local_address" "$first"
  fi
  start "$kind-$i" chroot "$(tree "ovn-central-$i")" ovsdb-server -vconsole:warn -vfile:off --remote="punix:/var/run/ovn/ovn${kind}_db.sock" \
    --remote="ptcp:$port:127.0.0.1" --unixctl="/var/run/ovn/ovn${kind}_db.ctl" --pidfile="/var/run/ovn/ovn${kind}_db.pid" "/etc/ovn/ovn${kind}_db.db"
}

joined() { # nb|sb MEMBER: does it serve its database as a member of the cluster?
  local schema
  case $1 in nb) schema=OVN_Northbound ;; sb) schema=OVN_Southbound ;; esac
  within "ovn-central-$2" ovsdb-client --timeout=5 wait "unix:/var/run/ovn/ovn$1_db.sock" "$schema" connected
}

leads() { # nb|sb MEMBER
  within "ovn-central-$2" ovs-appctl --timeout=2 -t "/var/run/ovn/ovn$1_db.ctl" cluster/status "$([ "$1" = nb ] && echo OVN_Northbound || echo OVN_Southbound)" | grep -q '^Role: leader'
}

interconnection() { # nb|sb
  local db=/etc/ovn/ovn_ic_$1_db
  within ovn-central-0 ovsdb-tool create "$db.db" "/usr/share/ovn/ovn-ic-$1.ovsschema"
  start "ic-$1" chroot "$(tree ovn-central-0)" ovsdb-server -vconsole:warn -vfile:off --remote="punix:/var/run/ovn/ovn_ic_$1_db.sock" \
    --unixctl="/var/run/ovn/ovn_ic_$1_db.ctl" --pidfile="/var/run/ovn/ovn_ic_$1_db.pid" "$db.db"
}

start_databases() {
  local kind i
  for kind in nb sb; do database "$kind" 0; interconnection "$kind"; done
  for kind in nb sb; do wait_for "a leader of the $kind cluster" "$kind-0" leads "$kind" 0; done
  for kind in nb sb; do database "$kind" 1; database "$kind" 2; done
  start northd chroot "$(tree ovn-central-0)" ovn-northd -vconsole:warn -vfile:off --ovnnb-db="$(nb_servers)" --ovnsb-db="$(sb_servers)" \
    --unixctl=/var/run/ovn/ovn-northd.ctl --pidfile=/var/run/ovn/ovn-northd.pid
}

await_databases() {
  local kind i
  for kind in nb sb; do
    for i in "${members_of_raft[@]}"; do wait_for "ovn-central-$i in the $kind cluster" "$kind-$i" joined "$kind" "$i"; done
    within ovn-central-0 "ovn-${kind}ctl" --timeout=30 init
  done
}
