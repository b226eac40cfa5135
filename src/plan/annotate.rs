//! Which annotations give a pod the interfaces that are asked for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::api::nad::{Carrier, Selection};
use crate::api::names;
use crate::world::World;
use crate::world::interface::{Asks, Interface};

/// What is asked for one interface; `None` leaves it as it is, an empty text takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The attachment; `None` for the pod's own interface.
    pub selection: Option<Selection>,
    /// `logical_switch`
    pub subnet: Option<String>,
    /// `ip_address`
    pub ip: Option<String>,
    /// `mac_address`
    pub mac: Option<String>,
    /// `ip_pool`
    pub pool: Option<String>,
}

/// The list of attachments with those that are asked for: what is there stays as it is written, in its form.
///
/// # Errors
///
/// Why the list that is there cannot be read.
pub fn networks(asks: &Asks, wanted: &[Selection]) -> Result<Option<String>, String> {
    let present = asks.annotation(names::ANNOTATION_NETWORKS);
    let there = Selection::parse(present, &asks.namespace)?;
    let mut asked: Vec<&Selection> = Vec::new();
    for one in wanted {
        // an interface that is named is another one; one that is not is the one that is there
        let same = |other: &Selection| {
            other.key() == one.key() && (one.interface.is_empty() || other.interface == one.interface)
        };
        if !there.iter().any(same) {
            asked.push(one);
        }
    }
    if asked.is_empty() {
        return Ok(None);
    }
    if present.contains(['[', '{', '"']) {
        let mut items: Vec<Value> = serde_json::from_str(present).map_err(|error| error.to_string())?;
        items.extend(asked.into_iter().map(|one| {
            let mut item = json!({"name": one.name, "namespace": one.namespace});
            if !one.interface.is_empty() {
                item["interface"] = one.interface.as_str().into();
            }
            item
        }));
        return Ok(Some(Value::from(items).to_string()));
    }
    let written = |one: &&Selection| match (one.namespace == asks.namespace, one.interface.as_str()) {
        (true, "") => one.name.clone(),
        (false, "") => one.key(),
        (_, interface) => format!("{}@{interface}", one.key()),
    };
    let all: Vec<String> =
        Some(present.to_owned()).filter(|text| !text.is_empty()).into_iter().chain(asked.iter().map(written)).collect();
    Ok(Some(all.join(",")))
}

/// The annotations to be set, an empty value for one that is to go. `world` knows the attachments.
///
/// # Errors
///
/// Why the annotations that are there cannot be read, or that an interface is not to be had.
pub fn changes(
    world: &World,
    asks: &Asks,
    wanted: &[Wanted],
    vip: Option<&str>,
) -> Result<BTreeMap<String, String>, String> {
    let selections: Vec<Selection> = wanted.iter().filter_map(|one| one.selection.clone()).collect();
    let mut changes = BTreeMap::new();
    let mut then = asks.clone();
    if let Some(list) = networks(asks, &selections)? {
        then.annotations.insert(names::ANNOTATION_NETWORKS.to_owned(), list.clone());
        changes.insert(names::ANNOTATION_NETWORKS.to_owned(), list);
    }
    if let Some(vip) = vip {
        changes.insert(names::ANNOTATION_VIP.to_owned(), vip.to_owned());
    }
    let (interfaces, _) = world.interfaces(&then);
    for one in wanted {
        let wishes = [
            ("logical_switch", &one.subnet),
            ("ip_address", &one.ip),
            ("mac_address", &one.mac),
            ("ip_pool", &one.pool),
        ];
        if wishes.iter().all(|(_, value)| value.is_none()) {
            continue;
        }
        let Some(interface) = interfaces.iter().find(|interface| is_of(interface, one.selection.as_ref())) else {
            // a rule says why: the attachment is not there, or is asked for twice
            continue;
        };
        for (word, value) in wishes {
            let Some(value) = value else { continue };
            let by_name = interface.carrier != Carrier::Ovn && word == "mac_address";
            let keys = if word == "ip_address" || word == "mac_address" {
                interface.keys(word)
            } else {
                vec![interface.key(word)]
            };
            let Some(key) = (if by_name { keys.first() } else { keys.last() }) else { continue };
            changes.insert(key.clone(), value.clone());
            // the others of the same meaning would go before it, or be a wish that does nothing
            let other = match word {
                "ip_address" => Some("ip_pool"),
                "ip_pool" => Some("ip_address"),
                _ => None,
            };
            let others = other.map(|other| interface.keys(other)).unwrap_or_default();
            for old in keys.iter().chain(&others).filter(|old| *old != key && asks.annotations.contains_key(*old)) {
                changes.entry(old.clone()).or_default();
            }
        }
    }
    changes.retain(|key, value| asks.annotations.get(key).map_or(!value.is_empty(), |there| there != value));
    Ok(changes)
}

fn is_of(interface: &Interface, selection: Option<&Selection>) -> bool {
    match (&interface.selection, selection) {
        (None, None) => true,
        (Some(has), Some(wanted)) => {
            has.key() == wanted.key() && (wanted.interface.is_empty() || wanted.interface == has.interface)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(list: &str) -> Asks {
        let annotations = [(names::ANNOTATION_NETWORKS.to_owned(), list.to_owned())].into();
        Asks { namespace: "own".to_owned(), annotations }
    }

    fn select(text: &str) -> Vec<Selection> {
        Selection::parse(text, "own").unwrap_or_default()
    }

    #[test]
    fn a_list_of_networks_keeps_its_form_and_what_is_in_it() {
        let with = |list: &str, more: &str| networks(&asks(list), &select(more));
        assert_eq!(with("", "a,b/c"), Ok(Some("a,b/c".to_owned())));
        assert_eq!(with("a", "a"), Ok(None));
        assert_eq!(with("a@e5", "a@e6"), Ok(Some("a@e5,own/a@e6".to_owned())));
        let json = with(r#"[{"name": "a", "cni-args": {"x": 1}}]"#, "b/c@e5");
        assert_eq!(
            json,
            Ok(Some(r#"[{"cni-args":{"x":1},"name":"a"},{"interface":"e5","name":"c","namespace":"b"}]"#.to_owned()))
        );
        assert!(with("[{", "a").is_err());
    }

    #[test]
    fn an_address_takes_the_place_of_a_pool() {
        let mut asks = asks("");
        asks.annotations.insert("ovn.kubernetes.io/ip_pool".to_owned(), "pool".to_owned());
        let wanted = [Wanted { ip: Some("10.0.0.9".to_owned()), ..Wanted::default() }];
        let changes = changes(&World::default(), &asks, &wanted, None).unwrap_or_default();
        let told: Vec<String> = changes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(told, ["ovn.kubernetes.io/ip_address=10.0.0.9", "ovn.kubernetes.io/ip_pool="]);
    }
}
