//! What `eip bind`, `unbind` and the verbs of fip, snat and dnat share: rules are written, seen in OVN, and taken away again.

mod amends;
pub(super) mod apply;
mod carry;
mod contest;
pub(super) mod delete;
pub(super) mod eip;
pub(super) mod flags;
mod leftover;
mod mend_eip;
mod prove;
pub(super) mod release;
pub(super) mod remove;
mod target;
pub(super) mod told;

use crate::api::{Kind, OvnEip, Resource as _};
use crate::cluster::Cluster;
use crate::failure::{Failure, Result};
use crate::net::did_you_mean;

/// kubectl's sentence for an object that is not there, with the name that may have been meant.
pub(super) async fn missing(cluster: &Cluster, kind: Kind, noun: &str, name: &str) -> Failure {
    let names = cluster.names(kind).await.unwrap_or_default();
    let failure = Failure::no(format!("Error from server (NotFound): {} \"{name}\" not found", kind.resource()));
    match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint(format!("kubectl ko {noun} list")),
    }
}

/// The EIP of that name.
pub(super) async fn the_eip(cluster: &Cluster, name: &str) -> Result<OvnEip> {
    match cluster.find::<OvnEip>("", name).await? {
        Some(eip) => Ok(eip),
        None => Err(missing(cluster, OvnEip::KIND, "eip", name).await),
    }
}
