//! Rules about a Vip that is there already.

use super::selector::{terms, without_touch};
use super::{Finding, VipIntent, codes, existing};
use crate::api::{Vip, names};
use crate::check::{Difference, Severity};
use crate::world::{World, same};

/// In what a Vip differs from what is asked for. What is not asked for does not differ: the controller fills it in. Texts that
/// mean the same are the same.
#[must_use]
pub fn differences(vip: &Vip, intent: &VipIntent) -> Vec<Difference> {
    let (have, want) = (&vip.spec, &intent.spec);
    // the status tells the truth where an edit spoilt the spec
    let given = |status: &str, spec: &str| if status.is_empty() { spec.to_owned() } else { status.to_owned() };
    let fields = [
        ("subnet", have.subnet.clone(), &want.subnet, have.subnet == want.subnet),
        ("namespace", have.namespace.clone(), &want.namespace, have.namespace == want.namespace),
        ("type", have.kind.clone(), &want.kind, have.kind == want.kind),
        (
            "v4ip",
            given(&vip.status.v4_ip, &have.v4_ip),
            &want.v4_ip,
            same(&given(&vip.status.v4_ip, &have.v4_ip), &want.v4_ip),
        ),
        (
            "v6ip",
            given(&vip.status.v6_ip, &have.v6_ip),
            &want.v6_ip,
            same(&given(&vip.status.v6_ip, &have.v6_ip), &want.v6_ip),
        ),
        (
            "macAddress",
            given(&vip.status.mac, &have.mac_address),
            &want.mac_address,
            given(&vip.status.mac, &have.mac_address).eq_ignore_ascii_case(&want.mac_address),
        ),
    ];
    let changed = fields.into_iter().filter(|(_, _, asked, same)| !asked.is_empty() && !same);
    let mut differences: Vec<Difference> =
        changed.map(|(field, is, asked, _)| Difference { field, is, asked: asked.clone() }).collect();
    if !want.selector.is_empty() && terms(&have.selector) != terms(&want.selector) {
        differences.push(Difference {
            field: "selector",
            is: without_touch(&have.selector).join(", "),
            asked: want.selector.join(", "),
        });
    }
    differences
}

/// KO220. The controller is still at work on it.
pub(super) fn not_terminating(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let Some(vip) = existing(world, intent).filter(|vip| vip.metadata.is_terminating()) else { return Vec::new() };
    vec![
        Finding::new(codes::KO220, format!("vip/{} is being deleted", vip.metadata.name))
            .hint(format!("kubectl ko vip delete {} waits until it is gone", vip.metadata.name)),
    ]
}

/// KO212. After the address was given only the selector can change; an edit of anything else stays without effect, or makes
/// the deletion free the wrong address.
pub(super) fn keeps_what_it_has(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let Some(vip) = existing(world, intent).filter(|vip| vip.is_ready() && !vip.metadata.is_terminating()) else {
        return Vec::new();
    };
    let again = format!("kubectl ko vip delete {}, then create it anew, or choose another name", intent.name);
    let changed = differences(vip, intent).into_iter().filter(|difference| difference.field != "selector");
    let changed = changed.map(|difference| {
        Finding::new(codes::KO212, format!("vip/{} is there and cannot change: {difference}", intent.name))
            .hint(again.clone())
    });
    // the same in other letters, or emptied: without effect, and the controller complains until it is set back
    let asked_mac = intent.spec.mac_address.as_str();
    let other_letters = asked_mac != vip.status.mac && asked_mac.eq_ignore_ascii_case(&vip.status.mac);
    let letters = other_letters.then_some(("macAddress", vip.status.mac.as_str()));
    let set = [
        ("v4ip", vip.status.v4_ip.as_str()),
        ("v6ip", vip.status.v6_ip.as_str()),
        ("macAddress", vip.status.mac.as_str()),
    ];
    let emptied = set
        .into_iter()
        .filter(|(field, value)| !value.is_empty() && intent.manifest.emptied.iter().any(|one| one == field));
    let removed = removed(vip, intent);
    let removed = set.into_iter().filter(|(field, value)| !value.is_empty() && removed.iter().any(|one| one == field));
    let useless = letters.into_iter().chain(emptied).chain(removed).map(|(field, value)| {
        Finding::new(codes::KO212, format!("spec.{field} would be written otherwise, with no effect but an error in the controller's log: the Vip keeps {value}"))
            .severity(Severity::Warning)
            .hint(format!("write {value}, or leave {field} out"))
    });
    changed.chain(useless).collect()
}

/// Fields that the manifest leaves out and the one applied before had: `kubectl apply` removes them.
fn removed(vip: &Vip, intent: &VipIntent) -> Vec<String> {
    let Some(fields) = &intent.manifest.fields else { return Vec::new() };
    let applied: serde_json::Value =
        serde_json::from_str(vip.metadata.annotation(names::ANNOTATION_LAST_APPLIED)).unwrap_or_default();
    let before = applied["spec"].as_object().into_iter().flatten();
    before.filter(|(field, value)| **value != "" && !fields.contains(*field)).map(|(field, _)| field.clone()).collect()
}

/// KO221. An edit of a Vip that never got an address is written into its status without an allocation.
pub(super) fn recreated_not_edited(world: &World, intent: &VipIntent) -> Vec<Finding> {
    let pending = existing(world, intent).filter(|vip| !vip.is_ready() && !vip.metadata.is_terminating());
    let Some(vip) = pending else { return Vec::new() };
    // the controller tries again with another subnet or selector; an address or a MAC it takes for given
    let mut changed = differences(vip, intent);
    changed.retain(|difference| ["v4ip", "v6ip", "macAddress"].contains(&difference.field));
    if changed.is_empty() {
        return Vec::new();
    }
    let told: Vec<String> = changed.iter().map(ToString::to_string).collect();
    vec![
        Finding::new(
            codes::KO221,
            format!(
                "vip/{} is there, never got an address, and would now get one only in name: {}",
                intent.name,
                told.join("; ")
            ),
        )
        .hint(format!("kubectl ko vip delete {}, then create it anew", intent.name)),
    ]
}
