//! What takes an address away, and what does not. One place for the rule, for `ip reserve` and for `ip show`.

use crate::api::{Pod, PodType};
use crate::world::Controller;
use crate::world::holder::{Holder, Maker};

/// Whether an address is kept, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Kept {
    /// Whether it is.
    pub kept: bool,
    /// Why, in words.
    pub why: String,
}

impl Kept {
    fn yes(why: impl Into<String>) -> Self {
        Self { kept: true, why: why.into() }
    }

    fn no(why: impl Into<String>) -> Self {
        Self { kept: false, why: why.into() }
    }
}

/// When an address is kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lasting {
    /// When its pod goes.
    pub pod: Kept,
    /// When kube-ovn-controller restarts.
    pub restart: Kept,
    /// When the StatefulSet is scaled below the pod or deleted, or the VM is deleted; `None` for a pod of its own.
    pub maker: Option<Kept>,
}

/// Whether VMs keep their addresses: the controller's `--keep-vm-ip`, on by default (Kube-OVN: pkg/controller/config.go).
#[must_use]
pub(super) fn keeps_vms(controller: &Controller) -> bool {
    controller.flag("keep-vm-ip", "true") != "false"
}

/// How often garbage is collected, in seconds; nothing is collected at 0.
fn collects(controller: Option<&Controller>) -> &str {
    controller.map_or("360", |controller| controller.flag("gc-interval", "360"))
}

/// When the address of `holder` is kept, of which `pod` lives and `maker` is there
/// (Kube-OVN: pkg/controller/pod.go, `handleDeletePod`; gc.go, `checkIPOwnerExists`; init.go, `InitIPAM`; each was seen).
#[must_use]
pub fn lasting(
    holder: &Holder,
    reserved: bool,
    pod: Option<&Pod>,
    maker: Option<&Maker>,
    controller: Option<&Controller>,
) -> Lasting {
    let kind = PodType::parse(&holder.pod_type).unwrap_or(PodType::Pod);
    let has_ordinal =
        |maker: &Maker| holder.ordinal().is_some_and(|ordinal| (maker.ordinals.0..maker.ordinals.1).contains(&ordinal));
    let told = maker.map_or("", |maker| maker.told.as_str());
    let when_pod_goes = match (kind, maker) {
        _ if reserved => Kept::yes("it is reserved"),
        (PodType::Pod, _) => Kept::no("it is the pod's own"),
        (PodType::StatefulSet, Some(maker)) if has_ordinal(maker) => {
            Kept::yes(format!("{told} keeps the addresses of its pods"))
        }
        (PodType::StatefulSet, Some(_)) => Kept::no(format!("{told} has no pod of that number")),
        (PodType::StatefulSet, None) => Kept::no("its StatefulSet is not there"),
        (PodType::VirtualMachine, Some(_)) if controller.is_none_or(keeps_vms) => {
            Kept::yes(format!("{told} keeps its address (--keep-vm-ip)"))
        }
        (PodType::VirtualMachine, Some(_)) => Kept::no("the controller runs with --keep-vm-ip=false"),
        (PodType::VirtualMachine, None) => Kept::no("the VM is not there"),
    };
    let interval = collects(controller);
    let collected = if interval == "0" {
        "garbage collection deletes the IP at a start (it is off now: --gc-interval=0)".to_owned()
    } else {
        format!("garbage collection deletes the IP at its start (--gc-interval={interval})")
    };
    let lives = pod.is_some_and(|pod| !pod.spec.host_network);
    let at_restart = match (kind, maker) {
        (PodType::Pod, _) if lives => Kept::yes(format!("{} is there", holder.told())),
        (PodType::Pod, _) => Kept::no(format!(
            "podType is empty and {} is not there: its address is free again, and {collected}",
            holder.told()
        )),
        (_, Some(_)) => Kept::yes(format!("{told} is there")),
        (PodType::StatefulSet, None) => Kept::no(format!(
            "there is no StatefulSet {}/{}: {collected}",
            holder.namespace,
            holder.maker().unwrap_or(&holder.name)
        )),
        (PodType::VirtualMachine, None) => Kept::no(format!("there is no {}: {collected}", holder.told())),
    };
    let when_maker_goes = match kind {
        PodType::Pod => None,
        PodType::StatefulSet if reserved => Some(Kept::yes("it is reserved")),
        PodType::StatefulSet => Some(Kept::no("it is not reserved")),
        PodType::VirtualMachine => Some(Kept::no("deleting a VM deletes its addresses, reserved or not")),
    };
    Lasting { pod: when_pod_goes, restart: at_restart, maker: when_maker_goes }
}
