//! Which object a name of a noun of both families means.

use serde_json::Value;

use super::super::listing;
use crate::api::nat_kind::{NatKind, NatName, Role};
use crate::cluster::Cluster;
use crate::cluster::rest::Target;
use crate::failure::{Cause, Failure, Result};

/// The one object of that name, and its kind. A name that both families have is refused.
pub(crate) async fn one(cluster: &Cluster, role: Role, typed: &str) -> Result<(NatKind, Value)> {
    let name = NatName::parse(typed, role).map_err(Failure::usage)?;
    let get = async |kind: NatKind| {
        if name.kind.is_some_and(|one| one != kind) {
            return Ok(None);
        }
        match cluster.get(Target::one(kind.kind(), "", &name.name)).await {
            // a release without the family has none of its objects; without the right one cannot be meant by the bare name
            Err(failure) if failure.cause == Cause::UnknownKind => Ok(None),
            Err(failure) if failure.cause == Cause::Forbidden && kind.is_iptables() && name.kind.is_none() => Ok(None),
            read => read.map(|found| found.map(|object| (kind, object))),
        }
    };
    let [first, second] = role.kinds();
    match tokio::try_join!(get(first), get(second))? {
        (Some(_), Some(_)) => {
            let [ovn, iptables] = [first, second].map(|kind| kind.named(&name.name));
            Err(Failure::usage(format!("{} is the name of two objects: write {ovn} or {iptables}", name.name)))
        }
        (Some(found), None) | (None, Some(found)) => Ok(found),
        (None, None) => Err(listing::missing(role.noun(), name.kind.unwrap_or(first).kind(), &name.name)),
    }
}
