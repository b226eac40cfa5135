//! The controller's queues: what failed is tried again, and again, until it works or is gone.

use serde_json::Value;

use super::{Hand, dnat, eip, fip, ip, is_going, owned, snat, text, told, vip};

/// How a kind is handled: whether an object waits for it, and how it goes.
type Work = (&'static str, &'static str, fn(&Value) -> bool, fn(&mut Hand<'_>, &Value) -> super::Handled);

/// What is made, in an order in which one pass is enough most of the time, and what is deleted.
const WORK: [Work; 12] = [
    ("vips", "add vip", vip::waits, vip::add),
    ("ips", "add ip", ip::waits, ip::add),
    ("ovn-eips", "add ovn eip", eip::waits, eip::add),
    ("ovn-fips", "add ovn fip", fip::waits, fip::add),
    ("ovn-snat-rules", "add ovn snat rule", snat::waits, snat::add),
    ("ovn-dnat-rules", "add ovn dnat", dnat::waits, dnat::add),
    ("ovn-fips", "update ovn fip", goes, fip::delete),
    ("ovn-snat-rules", "update ovn snat rule", goes, snat::delete),
    ("ovn-dnat-rules", "update ovn dnat", goes, dnat::delete),
    ("ovn-eips", "update ovn eip", goes, eip::delete),
    ("vips", "update vip", goes, vip::delete),
    ("ips", "update ip", goes, ip::delete),
];

/// Marked, and held by the controller.
fn goes(object: &Value) -> bool {
    is_going(object) && owned(object)
}

/// Tries everything again that is not made or not gone yet: after an event, at a start, and after OVN was written to.
pub fn look_again(hand: &mut Hand<'_>) {
    for (plural, queue, waits, work) in WORK {
        let due: Vec<String> = hand
            .list(plural)
            .filter(|object| waits(object))
            .map(|object| text(object, "/metadata/name").to_owned())
            .collect();
        for name in due {
            // the one before may have changed it
            let Some(object) = hand.get(plural, "", &name).filter(|object| waits(object)).cloned() else { continue };
            let handled = work(hand, &object);
            told(hand, queue, &object, handled);
        }
    }
}
