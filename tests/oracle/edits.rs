//! A second apply of an object of the world: which changes does the controller follow?

use crate::oracle::classify::{Seen, Verdict, reason};
use crate::oracle::observe::ready;
use crate::oracle::selector::{matching, or_none, pair, parents};
use crate::oracle::tools::{text, texts};
use crate::oracle::world::World;
use serde_json::Value;
use std::collections::BTreeSet;

const fn verdict(class: &'static str, firm: bool, why: String) -> Verdict {
    Verdict { class, firm, why }
}

fn empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty))
}

/// None when it has to be judged like a new one.
pub(crate) fn edit(seen: &Seen, before: &Value, object: &Value, world: &World) -> Option<Verdict> {
    let (old, new) = (before.get("spec")?, object.get("spec")?);
    if !ready(before) {
        if !ready(object) && !text(object, "/status/v4ip").is_empty() {
            return Some(verdict(
                "trap",
                true,
                "the new address is in the status and nowhere else: no MAC, not taken from the pool".into(),
            ));
        }
        return ready(object).then(|| verdict("works", false, "heals at the controller's next try".into()));
    }
    let fields: BTreeSet<_> =
        [old, new].into_iter().filter_map(Value::as_object).flatten().map(|(field, _)| field.as_str()).collect();
    let differs =
        |field: &&str| old.get(*field) != new.get(*field) && !(empty(old.get(*field)) && empty(new.get(*field)));
    let changed: Vec<&str> = fields.into_iter().filter(differs).collect();
    let has_port = seen.ports.contains_key(text(object, "/metadata/name"));
    Some(match changed.as_slice() {
        [] => verdict("works", true, "nothing changed".into()),
        ["attachSubnets"] => verdict("works", false, "changes a field that nobody reads".into()),
        ["selector"] => selected(seen, object, world),
        ["namespace", "selector"] if text(old, "/namespace").is_empty() && has_port => selected(seen, object, world),
        [field, ..] => {
            // what the manifest leaves out, apply takes out of the spec, and the controller never stops complaining
            let own = |field: &&str| matches!(*field, "v4ip" | "v6ip" | "macAddress") && empty(seen.asked.get(*field));
            let said = seen.log.first().map_or("nothing in the log", |line| reason(line));
            verdict("trap", !changed.iter().all(own), format!("spec.{field} changed, nothing else did: {said}"))
        }
    })
}

/// A changed selector: do the virtual parents follow?
fn selected(seen: &Seen, object: &Value, world: &World) -> Verdict {
    let Some(port) = seen.ports.get(text(object, "/metadata/name")) else {
        return verdict("trap", true, "no virtual port has the selector".into());
    };
    let (got, selector) = (parents(port), texts(object, "/spec/selector"));
    if selector.iter().any(|item| pair(item).is_none()) {
        return verdict(
            "trap",
            true,
            format!("a selector item is not key:value and was dropped; the parents are {}", or_none(got)),
        );
    }
    if !got.is_empty() {
        return verdict("works", true, format!("the virtual parents follow: {got}"));
    }
    if matching(text(object, "/spec/namespace"), &selector, world).is_empty() {
        return verdict("trap", false, "the new selector matches no pod".into());
    }
    verdict("works", false, "virtual port exists; no pod that matches names this Vip yet".into())
}
