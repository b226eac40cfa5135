//! What is served: `/api`, `/apis` and the resource lists below them, so that a real kubectl can be pointed here too.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::kinds::{KINDS, Kind};
use super::live::Live;
use super::reply::Reply;

/// The answer at a discovery path; `None` for any other path.
pub(crate) fn answer(live: &Live, path: &str) -> Option<Reply> {
    let served = || KINDS.iter().filter(|kind| live.serves(kind));
    let body = match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ["apis"] => {
            let groups: BTreeSet<&str> = served().map(|kind| kind.group).filter(|group| !group.is_empty()).collect();
            let groups: Vec<Value> = groups.into_iter().map(group).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        ["api", "v1"] => resources("v1", served().filter(|kind| kind.group.is_empty())),
        ["apis", name, "v1"] if served().any(|kind| kind.group == *name) => {
            resources(&format!("{name}/v1"), served().filter(|kind| kind.group == *name))
        }
        _ => return None,
    };
    Some(Reply::json(200, &body))
}

fn group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn resources<'a>(version: &str, kinds: impl Iterator<Item = &'a Kind>) -> Value {
    let verbs = ["create", "delete", "get", "list", "patch", "watch"];
    let list: Vec<Value> = kinds
        .map(|kind| {
            let singular = kind.name.to_lowercase();
            json!({"name": kind.plural, "singularName": singular, "namespaced": kind.namespaced, "kind": kind.name, "verbs": verbs})
        })
        .collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": list})
}
