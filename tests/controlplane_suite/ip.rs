//! Reserved addresses: the document's examples, pods and VMs that take them, what a restart takes away.

use serde_json::{Value, json};

use super::bench::{Outcome, apply, check, ko, kubectl, object, restart_controller, same, seconds, text, until};
use super::cluster::{Mine, port};

/// What a test makes; it goes before, in case an earlier run was interrupted, and after.
pub(super) struct Reserved(Vec<String>);

impl Reserved {
    pub(super) fn of(names: &[&str]) -> Outcome<Self> {
        let reserved = Self(names.iter().map(|&name| name.to_owned()).collect());
        reserved.remove()?;
        Ok(reserved)
    }

    fn remove(&self) -> Outcome {
        for name in &self.0 {
            kubectl(&format!("delete ip {name} --ignore-not-found --wait --timeout=15s"))?;
        }
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        drop(self.remove());
    }
}

pub(super) fn ip(name: &str) -> Outcome<Value> {
    object(&format!("ip {name}"))
}

pub(super) fn address(name: &str) -> Outcome<String> {
    Ok(text(&ip(name)?, "/spec/v4IpAddress").to_owned())
}

pub(super) fn pod_address(namespace: &str, name: &str) -> Outcome<String> {
    Ok(text(&object(&format!("pod -n {namespace} {name}"))?, "/metadata/annotations/ovn.kubernetes.io~1ip_address")
        .to_owned())
}

/// What is the same for two objects of one manifest: everything but identities, and what the controller chose.
fn essence(name: &str, fixed: bool) -> Outcome<Value> {
    let mut found = ip(name)?;
    if let Some(metadata) = found["metadata"].as_object_mut() {
        metadata.retain(|key, _| matches!(key.as_str(), "name" | "labels" | "finalizers"));
    }
    let chosen = if fixed { vec!["macAddress"] } else { vec!["macAddress", "v4IpAddress", "ipAddress"] };
    for field in chosen {
        found["spec"][field] = json!("CHOSEN");
    }
    Ok(found)
}

fn alike(name: &str, spec: &Value, fixed: bool, line: &str) -> Outcome<Reserved> {
    let reserved = Reserved::of(&[name])?;
    apply(&json!({"apiVersion": "kubeovn.io/v1", "kind": "IP", "metadata": {"name": name}, "spec": spec}).to_string())?;
    until("the document's IP", seconds(10), || Ok(!ip(name)?["metadata"]["labels"].is_null()))?;
    let theirs = essence(name, fixed)?;
    check(port(name)?.is_none(), || "a reservation has a port".to_owned())?;
    reserved.remove()?;
    ko(line).exits(0)?.prints(&format!("ip.kubeovn.io/{name} reserved: "))?;
    same("what our command made", &essence(name, fixed)?, &theirs)?;
    check(port(name)?.is_none(), || "our reservation has a port".to_owned())?;
    Ok(reserved)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_documents_dynamic_address_of_a_vm() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "podType": "VirtualMachine", "namespace": "default", "podName": "vm-dynamic-01"});
    let line = "ip reserve vm/vm-dynamic-01 --subnet ovn-default";
    alike("vm-dynamic-01.default", &spec, false, line).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_documents_static_address_of_a_pod_which_takes_it() -> Outcome {
    let spec = json!({"subnet": "ovn-default", "podType": "", "namespace": "default", "podName": "pod-static-01", "v4IpAddress": "10.16.0.33"});
    let line = "ip reserve pod/pod-static-01 --subnet ovn-default --ip 10.16.0.33";
    let _reserved = alike("pod-static-01.default", &spec, true, line)?;
    let mac = text(&ip("pod-static-01.default")?, "/spec/macAddress").to_owned();
    let mut mine = Mine::vips(&[])?;
    for _ in 0..2 {
        let pod = mine.pod("default", "pod-static-01", &json!({}), &json!({}))?;
        let annotation = |key: &str| text(&pod, &format!("/metadata/annotations/ovn.kubernetes.io~1{key}")).to_owned();
        same("the pod's address", &annotation("ip_address").as_str(), &"10.16.0.33")?;
        same("the pod's MAC", &annotation("mac_address"), &mac)?;
        ko("ip show pod/pod-static-01").exits(0)?.prints("pod default/pod-static-01 on node-a")?;
        ko("ip release pod/pod-static-01").exits(1)?.says("runs with 10.16.0.33")?;
        kubectl("delete pod -n default pod-static-01 --now --wait")?;
        until("its port to go", seconds(10), || Ok(port("pod-static-01.default")?.is_none()))?;
        same("the reservation", &address("pod-static-01.default")?.as_str(), &"10.16.0.33")?;
    }
    ko("ip release pod/pod-static-01").exits(0)?.prints("pod-static-01.default released")?;
    check(ip("pod-static-01.default")?.is_null(), || "it is still there".to_owned())
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn the_address_of_a_pod_that_is_there_outlives_it() -> Outcome {
    let _reserved = Reserved::of(&[])?;
    let mut mine = Mine::vips(&[])?;
    let pod = |mine: &mut Mine| mine.pod("vpc1", "kept", &json!({}), &json!({})).map(drop);
    pod(&mut mine)?;
    let before = address("kept.vpc1")?;
    ko("ip reserve pod/kept -n vpc1").exits(0)?.prints(&before)?;
    kubectl("delete pod -n vpc1 kept --now --wait")?;
    until("its port to go", seconds(10), || Ok(port("kept.vpc1")?.is_none()))?;
    ko(&format!("vip create steals --subnet vpc1-subnet1 --ip {before}")).exits(6)?.says("ip/kept.vpc1")?;
    pod(&mut mine)?;
    same("the next pod's address", &pod_address("vpc1", "kept")?, &before)?;
    check(port("kept.vpc1")?.is_some(), || "it has no port".to_owned())?;
    // forced, the mark goes and the network stays; the address goes with the pod
    ko("ip release pod/kept -n vpc1").exits(1)?.says("--force")?;
    ko("ip release pod/kept -n vpc1 --force").exits(0)?.prints("its pod keeps the address")?;
    check(port("kept.vpc1")?.is_some(), || "its port is gone".to_owned())?;
    kubectl("delete pod -n vpc1 kept --now --wait")?;
    until("the IP to go", seconds(10), || Ok(ip("kept.vpc1")?.is_null()))
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_second_interface_has_a_reservation_of_its_own() -> Outcome {
    let name = "second.vpc1.attachnet.default.ovn";
    let _reserved = Reserved::of(&[name])?;
    ko("ip reserve pod/second@default/attachnet -n vpc1 --ip 172.18.0.77").exits(0)?.prints(name)?;
    let mut mine = Mine::vips(&[])?;
    let pod = mine.pod("vpc1", "second", &json!({}), &json!({"k8s.v1.cni.cncf.io/networks": "default/attachnet"}))?;
    let given = text(&pod, "/metadata/annotations/attachnet.default.ovn.kubernetes.io~1ip_address");
    same("its second address", &given, &"172.18.0.77")?;
    drop(mine);
    check(!ip(name)?.is_null(), || "the reservation went with the pod".to_owned())
}

/// A StatefulSet with pods that end at once.
fn stateful_set(replicas: u32) -> Outcome {
    let template = json!({"metadata": {"labels": {"app": "kept"}}, "spec": {"terminationGracePeriodSeconds": 0,
        "tolerations": [{"operator": "Exists"}], "containers": [{"name": "c", "image": "busybox"}]}});
    apply(
        &json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "kept", "namespace": "vpc1"},
        "spec": {"replicas": replicas, "serviceName": "kept", "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": {"app": "kept"}}, "template": template}})
        .to_string(),
    )?;
    until("its pods", seconds(30), || {
        let set = object("sts -n vpc1 kept")?;
        let pods = object("pods -n vpc1 -l app=kept")?["items"].as_array().map_or(0, Vec::len);
        Ok(pods == replicas as usize
            && set["status"]["readyReplicas"].as_u64().unwrap_or_default() == u64::from(replicas))
    })
}

struct Set;

impl Drop for Set {
    fn drop(&mut self) {
        drop(kubectl("delete sts -n vpc1 kept --ignore-not-found --wait"));
        drop(kubectl("wait pod -n vpc1 -l app=kept --for=delete --timeout=20s"));
    }
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_stateful_set_keeps_its_addresses_and_reservations_outlive_it() -> Outcome {
    let names = ["kept-0.vpc1", "kept-1.vpc1", "kept-2.vpc1"];
    let _set = Set;
    drop(Set);
    let _reserved = Reserved::of(&names)?;
    stateful_set(2)?;
    let own = address(names[0])?;
    // one that is there and one that is to come; the first is the set's own to keep
    let reserved = address(names[1])?;
    ko("ip reserve sts/kept-1 -n vpc1").exits(0)?.prints(&reserved)?;
    ko("ip reserve sts/kept-2 -n vpc1 --ip 192.168.0.202").exits(0)?;
    ko("ip show sts/kept-0 -n vpc1")
        .exits(0)?
        .prints("StatefulSet kept keeps the addresses")?
        .prints("no: it is not reserved")?;
    kubectl("rollout restart -n vpc1 sts/kept")?;
    kubectl("rollout status -n vpc1 sts/kept --timeout=60s")?;
    same("rolled, its own", &pod_address("vpc1", "kept-0")?, &own)?;
    same("rolled, reserved", &pod_address("vpc1", "kept-1")?, &reserved)?;
    stateful_set(3)?;
    same("scaled up", &pod_address("vpc1", "kept-2")?.as_str(), &"192.168.0.202")?;
    stateful_set(0)?;
    until("its own to go", seconds(10), || Ok(ip(names[0])?.is_null()))?;
    same(
        "scaled down, reserved",
        &[address(names[1])?, address(names[2])?],
        &[reserved.clone(), "192.168.0.202".to_owned()],
    )?;
    stateful_set(2)?;
    same("scaled up again", &pod_address("vpc1", "kept-1")?, &reserved)?;
    kubectl("delete sts -n vpc1 kept --wait")?;
    kubectl("wait pod -n vpc1 -l app=kept --for=delete --timeout=20s")?;
    until("its own to go", seconds(10), || Ok(ip(names[0])?.is_null()))?;
    same("deleted, reserved", &address(names[1])?, &reserved)?;
    ko("ip show sts/kept-1 -n vpc1").exits(0)?.prints("there is no StatefulSet vpc1/kept")?;
    ko("ip release kept-1.vpc1 kept-2.vpc1").exits(0).map(drop)
}

/// A VM as virt-controller would run it: its instance, and a pod of that.
pub(super) struct Vm(&'static str);

impl Vm {
    fn run(name: &'static str) -> Outcome<Self> {
        let vm = Self::define(name)?;
        vm.launch("first", &json!({}))?;
        Ok(vm)
    }

    /// The VM and its instance; nothing runs yet.
    pub(super) fn define(name: &'static str) -> Outcome<Self> {
        let vm = Self(name);
        vm.remove();
        apply(&json!({"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": name, "namespace": "vpc1"},
            "spec": {"running": true, "template": {"metadata": {}, "spec": {}}}}).to_string())?;
        let owner = vm.owner("VirtualMachine", "vm")?;
        apply(
            &json!({"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachineInstance",
            "metadata": {"name": name, "namespace": "vpc1", "ownerReferences": [owner]}, "spec": {}})
            .to_string(),
        )?;
        Ok(vm)
    }

    fn owner(&self, kind: &str, plural: &str) -> Outcome<Value> {
        let uid = text(&object(&format!("{plural} -n vpc1 {}", self.0))?, "/metadata/uid").to_owned();
        Ok(json!({"apiVersion": "kubevirt.io/v1", "kind": kind, "name": self.0, "uid": uid, "controller": true}))
    }

    pub(super) fn pod(&self, tail: &str) -> String {
        format!("virt-launcher-{}-{tail}", self.0)
    }

    /// The pod that the VM runs in.
    pub(super) fn launch(&self, tail: &str, annotations: &Value) -> Outcome {
        let owner = self.owner("VirtualMachineInstance", "vmi")?;
        let pod = self.pod(tail);
        apply(
            &json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod, "namespace": "vpc1", "labels": {"kubevirt.io": "virt-launcher"},
                "annotations": annotations, "ownerReferences": [owner]},
            "spec": {"nodeName": "node-a", "terminationGracePeriodSeconds": 0, "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "compute", "image": "busybox"}]}})
            .to_string(),
        )?;
        until("the VM's address", seconds(30), || Ok(!pod_address("vpc1", &pod)?.is_empty()))
    }

    fn remove(&self) {
        for line in [
            format!("delete vmi -n vpc1 {}", self.0),
            "delete pod -n vpc1 -l kubevirt.io=virt-launcher".to_owned(),
            format!("delete vm -n vpc1 {}", self.0),
        ] {
            drop(kubectl(&format!("{line} --ignore-not-found --wait --timeout=20s")));
        }
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.remove();
    }
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_vm_takes_its_reservation_which_goes_with_the_vm() -> Outcome {
    // the controller looks for KubeVirt every ten seconds after its start
    let _reserved = Reserved::of(&["machine.vpc1"])?;
    let line = "ip reserve vm/machine -n vpc1 --ip 192.168.0.203 --mac 02:00:00:00:02:03";
    ko(line).exits(0)?.says("KO307")?.says("KO315")?;
    let vm = Vm::run("machine")?;
    same("its first pod", &pod_address("vpc1", &vm.pod("first"))?.as_str(), &"192.168.0.203")?;
    ko("ip show vm/machine -n vpc1")
        .exits(0)?
        .prints(&format!("pod vpc1/{}", vm.pod("first")))?
        .prints("VM machine is there")?;
    ko("ip release vm/machine -n vpc1").exits(1)?.says("runs with 192.168.0.203")?;
    kubectl(&format!("delete pod -n vpc1 {} --wait", vm.pod("first")))?;
    vm.launch("second", &json!({}))?;
    same("its second pod", &pod_address("vpc1", &vm.pod("second"))?.as_str(), &"192.168.0.203")?;
    same("the MAC", &text(&ip("machine.vpc1")?, "/spec/macAddress"), &"02:00:00:00:02:03")?;
    drop(vm);
    until("the reservation to go with the VM", seconds(20), || Ok(ip("machine.vpc1")?.is_null()))
}

/// What the controller reads is what the commands say.
#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn what_a_restart_takes_away_was_said_and_the_flags_are_read() -> Outcome {
    let names = ["lasts-0.vpc1", "lost-0.vpc1", "lost.vpc1", "db-0.vpc1", "db-7.vpc1"];
    let _reserved = Reserved::of(&["lasts-0.vpc1", "lost-0.vpc1", "lost.vpc1", "db-7.vpc1"])?;
    ko("ip reserve pod/lost -n vpc1").exits(0)?.says("KO307")?.says("--gc-interval=0")?;
    ko("ip reserve pod/lost -n vpc1 --strict").exits(6)?.says("KO307")?;
    ko("ip reserve sts/lost-0 -n vpc1").exits(0)?.says("KO307")?.says("there is no StatefulSet vpc1/lost")?;
    let kept = ko("ip reserve sts/db-7 -n vpc1 --ip 192.168.0.207 --strict").exits(0)?;
    check(!kept.err.contains("KO307"), || kept.shown())?;
    restart_controller("--gc-interval=360 --keep-vm-ip=false")?;
    for name in names {
        let is_there = !ip(name)?.is_null();
        same(name, &is_there, &name.starts_with("db-"))?;
    }
    // held, not only there
    ko("vip create probes --subnet vpc1-subnet1 --ip 192.168.0.207 --ignore KO106 --timeout 5s")
        .exits(5)?
        .says("AddressConflict")?;
    ko("vip delete probes").exits(0)?;
    ko("ip reserve vm/machine -n vpc1").exits(6)?.says("KO312")?;
    ko("ip reserve pod/lost -n vpc1 --dry-run").exits(0)?.says("--gc-interval=360")?;
    restart_controller("")
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn of_twenty_that_reserve_one_address_one_wins() -> Outcome {
    let pods: Vec<String> = (0..20).map(|number| format!("race-{number}")).collect();
    let names: Vec<String> = pods.iter().map(|pod| format!("{pod}.vpc1")).collect();
    let _reserved = Reserved::of(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let ran: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = pods
            .iter()
            .map(|pod| scope.spawn(move || ko(&format!("ip reserve pod/{pod} -n vpc1 --ip 192.168.0.210"))))
            .collect();
        all.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let won = ran.iter().filter(|one| one.code == 0).count();
    same("winners", &won, &1)?;
    for one in ran.into_iter().filter(|one| one.code != 0) {
        let told = one.exits(6)?;
        // before the write by what is there, or behind it by whose claim was first
        let is_told = told.err.contains("KO106") || told.err.contains("somebody was first");
        check(is_told, || format!("a loser is told nothing: {}", told.err))?;
    }
    let left: Vec<&String> = names.iter().filter(|name| ip(name).is_ok_and(|ip| !ip.is_null())).collect();
    same("reservations", &left.len(), &1)?;
    // the address book holds it for the winner alone: whoever else asks is refused by the controller itself
    ko("vip create probes --subnet vpc1-subnet1 --ip 192.168.0.210 --ignore KO106 --timeout 5s")
        .exits(5)?
        .says("AddressConflict")?;
    ko("vip delete probes").exits(0)?;
    ko(&format!("ip release {}", left[0])).exits(0)?;
    ko("vip create probes --subnet vpc1-subnet1 --ip 192.168.0.210").exits(0)?;
    ko("vip delete probes").exits(0).map(drop)
}

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_subnet_that_the_pod_is_not_in_is_told() -> Outcome {
    let _reserved = Reserved::of(&["astray.vpc1"])?;
    ko("ip reserve sts/db-1 -n vpc1 --subnet ovn-default --dry-run").exits(6)?;
    ko("ip reserve pod/astray -n vpc1 --subnet ovn-default").exits(0)?.says("KO308")?.says("vpc1-subnet1")?;
    let mut mine = Mine::vips(&[])?;
    let annotations = json!({"ovn.kubernetes.io/logical_switch": "ovn-default"});
    let reserved = address("astray.vpc1")?;
    mine.pod("vpc1", "astray", &json!({}), &annotations)?;
    same("with the annotation that the hint names", &pod_address("vpc1", "astray")?, &reserved)
}
