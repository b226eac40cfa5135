//! The controller in the sandbox, narrow: what kube-ovn-controller 1.16.2 does about the objects of its documents.
//!
//! It sees one event after another, its own changes included, as the controller does; it does what is to be done at once, and
//! nothing when all is as it should be. There are no clocks and no waits in it. Where the controller fails it says so in its log, in its
//! own words, and the model tries again with every event that follows. A file a kind; the facts are those of
//! docs/kube-ovn-behaviour.md and of the sources the files name.

mod again;
mod book;
mod dnat;
mod eip;
mod fip;
mod hand;
mod ip;
mod pair;
mod rows;
mod rule;
mod snat;
mod subnet;
mod vip;
mod workload;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

pub use again::look_again;
pub use hand::{Event, Hand};

use crate::api::names;

/// What a handler of the controller returns: its sentence when it failed, which its log repeats.
type Handled<T = ()> = Result<T, String>;

/// Does what the controller does about one object.
pub fn react(hand: &mut Hand<'_>, event: &Event) {
    match event.plural {
        "vips" => vip::seen(hand, event),
        "ips" => ip::seen(hand, event),
        "ovn-eips" => eip::seen(hand, event),
        "ovn-fips" | "ovn-snat-rules" | "ovn-dnat-rules" => rule::seen(hand, event),
        "pods" => pair::pod_seen(hand, event),
        "deployments" | "statefulsets" => workload::seen(hand, event),
        "subnets" => subnet::seen(hand, event),
        _ => return,
    }
    look_again(hand);
}

/// What the controller does when it starts on a world that it has not seen: it counts the addresses of every Subnet.
pub fn begin(hand: &mut Hand<'_>) {
    let names: Vec<String> = hand.list("subnets").map(|subnet| text(subnet, "/metadata/name").to_owned()).collect();
    for name in names {
        subnet::count(hand, &name);
    }
}

/// A text at a JSON pointer; empty when there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the controller's finalizer is on an object.
fn owned(object: &Value) -> bool {
    finalizers(object).any(|one| one == names::FINALIZER)
}

fn finalizers(object: &Value) -> impl Iterator<Item = &Value> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten()
}

fn is_going(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Puts the controller's finalizer on an object, or takes it off: then it goes away, if it is marked and nobody else's holds it.
fn own(hand: &mut Hand<'_>, plural: &str, object: &Value, own: bool) {
    let mut list: Vec<Value> = finalizers(object).filter(|one| *one != names::FINALIZER).cloned().collect();
    if own {
        list.push(json!(names::FINALIZER));
    }
    let list = if list.is_empty() { Value::Null } else { Value::from(list) };
    hand.merge(plural, "", text(object, "/metadata/name"), &json!({"metadata": {"finalizers": list}}));
}

/// `subnet.kubeovn.io "nope" not found`, as the API machinery says it.
fn not_found(kind: &str, name: &str) -> String {
    format!("{kind}.kubeovn.io \"{name}\" not found")
}

/// A Subnet by name, or the sentence that there is none.
fn subnet(hand: &Hand<'_>, name: &str) -> Handled<Value> {
    hand.get("subnets", "", name).cloned().ok_or_else(|| not_found("subnet", name))
}

/// An address of IPv6 with a capital letter, which the controller refuses.
fn has_capitals(address: &str) -> bool {
    address.chars().any(|c| c.is_ascii_uppercase())
}

/// Writes to the log what the controller says when it fails, unless it said the very same of this object before.
fn told(hand: &mut Hand<'_>, queue: &str, object: &Value, handled: Handled) {
    let Err(sentence) = handled else { return };
    let error = format!(
        "error syncing {queue} \\\"{}\\\": {}, requeuing",
        text(object, "/metadata/name"),
        sentence.replace('"', "\\\"")
    );
    let since = text(object, "/metadata/creationTimestamp").get(..19).unwrap_or_default();
    let said =
        hand.logged().iter().rev().take_while(|line| line.get(..19) >= Some(since)).any(|line| line.contains(&error));
    if !said {
        let now = hand.now();
        let (day, time) = (now.get(5..10).unwrap_or_default().replace('-', ""), now.get(11..19).unwrap_or_default());
        hand.log(&format!(
            "E{day} {time}.000000       7 controller.go:1579] \"Unhandled Error\" err=\"{error}\" logger=\"UnhandledError\""
        ));
    }
}
