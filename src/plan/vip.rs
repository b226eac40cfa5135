//! What `vip create` has to do.

use crate::api::Vip;
use crate::check::Difference;
use crate::check::vip::{TOUCH, VipIntent, differences};
use crate::world::World;

/// What has to be done so that a Vip is as wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// There is none of that name: create it.
    Create,
    /// It is there as wanted; what an earlier call left undone is finished.
    Finish(Box<Vip>),
    /// One of that name is there and differs.
    Differs(Vec<Difference>),
}

/// Looks what is there.
#[must_use]
pub fn plan(world: &World, intent: &VipIntent) -> Plan {
    let existing = world.own.known().and_then(|own| own.get(&intent.name));
    match existing {
        // being deleted: the rule KO220 refuses it
        None => Plan::Create,
        Some(vip) => {
            let differences = differences(vip, intent);
            if differences.is_empty() { Plan::Finish(Box::new(vip.clone())) } else { Plan::Differs(differences) }
        }
    }
}

/// Whether the controller is to make a virtual port, which it forgets about half the time unless the selector changes after
/// the address was given (docs/kube-ovn-behaviour.md).
#[must_use]
pub fn needs_touch(intent: &VipIntent) -> bool {
    Vip { spec: intent.spec.clone(), ..Vip::default() }.wants_virtual_port()
}

/// The manifest that is sent: with a mark in the selector, whose removal makes the controller build the virtual port.
#[must_use]
pub fn manifest(intent: &VipIntent) -> serde_json::Value {
    let mut manifest = intent.to_manifest();
    if needs_touch(intent) {
        let mut selector = intent.spec.selector.clone();
        selector.push(TOUCH.to_owned());
        manifest["spec"]["selector"] = selector.into();
    }
    manifest
}
