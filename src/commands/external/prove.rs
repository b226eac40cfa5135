//! After a VPC was joined: its router has a port with an address, and a node has the port. What is not proven ends with exit 5 and names
//! the broken link.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::Context;
use crate::api::Vpc;
use crate::api::vpc::DEFAULT_VPC;
use crate::check::explain;
use crate::check::external::state;
use crate::cluster::leader::Waited;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::world::external::{External, port_name};

/// A joined VPC, as OVN has it.
pub(in super::super) struct Joined {
    /// The router port.
    pub(in super::super) port: String,
    /// Its addresses.
    pub(in super::super) networks: String,
    /// The node that has it.
    pub(in super::super) node: String,
}

impl Joined {
    /// In a sentence.
    pub(in super::super) fn told(&self) -> String {
        format!("router port {} ({}) on {}", self.port, self.networks, self.node)
    }
}

fn unproven(vpc: &str, subnet: &str, what: &str) -> Failure {
    Failure::new(Exit::Unproven, format!("vpc/{vpc} was joined to {subnet}, but {what}"))
        .hint(format!("kubectl ko external show {subnet}"))
}

/// Waits until the controller took a VPC's spec up; else says why it does not. `object` is the VPC as it was written.
pub(in super::super) async fn taken(
    context: &Context<'_>,
    object: &Value,
    limit: Duration,
    done: fn(&Vpc) -> bool,
) -> Result<()> {
    let cluster = context.cluster().await?;
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let _line = context.ui.waiting(format!("waiting for the controller to look at vpc/{name}"));
    let waited = cluster.wait_vpc(object, done, limit).await.map_err(|failure| {
        failure.ending(Exit::Unproven).during(format_args!("vpc/{name} was written, but cannot be watched"))
    })?;
    let written = |message: String| Failure::new(Exit::Unproven, message);
    match waited {
        Waited::Done(_) => Ok(()),
        Waited::Said(sentence) => {
            let explained = explain::vpc(&sentence, &name);
            let message = format!(
                "vpc/{name} was written, but is not as asked: {}\n  kube-ovn-controller: {sentence}",
                explained.meaning
            );
            Err(written(message).hints(Some(explained.repair).filter(|repair| !repair.is_empty())))
        }
        Waited::Silent(known) | Waited::Unheard(known) => {
            Err(written(format!("vpc/{name} was written, but is not as asked yet: {known}"))
                .hint(format!("kubectl ko vpc show {name}"))
                .hint("kubectl get pods -A -l app=kube-ovn-controller"))
        }
        Waited::Gone => Err(Failure::new(
            Exit::Incomplete,
            format!("vpc/{name} was written, and deleted by somebody else meanwhile"),
        )),
    }
}

/// Looks whether OVN has the way: the port, its address, the node.
pub(in super::super) async fn joined(
    context: &Context<'_>,
    vpc: &str,
    subnet: &str,
    limit: Duration,
) -> Result<Joined> {
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for the router port {} to be on a node", port_name(vpc, subnet)));
    let port = port_name(vpc, subnet);
    let deadline = Instant::now() + limit;
    let looked = async {
        if !cluster.router_port_is(&port, true, limit).await? {
            return Err(broken(&Box::pin(cluster.external()).await?, vpc, subnet));
        }
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
        if !cluster.gateway_binds(&port, left).await? {
            return Err(broken(&Box::pin(cluster.external()).await?, vpc, subnet));
        }
        let world = Box::pin(cluster.external()).await?;
        let link = world.vpc(vpc).and_then(|vpc| world.link(vpc, subnet));
        let found = link.as_ref().and_then(|link| Some((link.port?, link.bound.clone()?)));
        let Some((row, node)) = found.filter(|(row, _)| !row.networks.is_empty()) else {
            return Err(broken(&world, vpc, subnet));
        };
        Ok(Joined { port: port.clone(), networks: row.networks.join(", "), node })
    };
    looked.await.map_err(|failure: Failure| match failure.cause {
        Cause::Forbidden | Cause::Unreadable => {
            let message =
                format!("vpc/{vpc} was joined to {subnet}, but OVN could not be looked at: {}", failure.reason());
            Failure { exit: Exit::Unproven, message, ..failure }
        }
        _ => failure,
    })
}

/// The first broken link of the way.
fn broken(world: &External, vpc: &str, subnet: &str) -> Failure {
    let link = world.vpc(vpc).and_then(|vpc| world.link(vpc, subnet));
    let findings = link.as_ref().map(|link| state::of_link(world, link)).unwrap_or_default();
    match findings.into_iter().find(|finding| finding.severity == crate::check::Severity::Error) {
        Some(finding) => {
            let failure = unproven(
                vpc,
                subnet,
                &format!("\n  {} {}: {}", finding.code.id, finding.severity.word(), finding.message),
            );
            failure.hints(finding.hint)
        }
        None if vpc == DEFAULT_VPC => unproven(vpc, subnet, "its router has no port there yet")
            .hint("the controller tells in its log why it cannot establish ovn-external-gw"),
        None => unproven(vpc, subnet, "its router has no port there yet"),
    }
}
