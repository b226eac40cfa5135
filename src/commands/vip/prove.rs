//! After a write: ready, and in OVN as it should be. What is not proven ends with exit 5 and says what is missing.

use std::time::{Duration, Instant};

use super::super::arriving::{ADDRESS, Arriving};
use super::Context;
use crate::api::{Resource as _, Vip};
use crate::check::explain;
use crate::check::vip::{TOUCH, VipIntent, differences, without_touch};
use crate::cluster::Cluster;
use crate::cluster::leader::Waited;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::ovn::northbound::LogicalSwitchPort;

/// How long the controller may take to build a port once it was asked to; it needs some 50 ms.
const BUILD: Duration = Duration::from_secs(2);

/// Waits until the Vip has its address; else says why not, in the controller's words and in plain ones.
pub(super) async fn ready(context: &Context<'_>, vip: &Vip, limit: Duration) -> Result<Vip> {
    let name = vip.name();
    if vip.is_ready() {
        return Ok(vip.clone());
    }
    let cluster = context.cluster().await?;
    let _line = context.ui.waiting(format!("waiting for vip/{name} to get an address"));
    let (named, look) = (format!("vip/{name}"), format!("kubectl ko vip show {name}"));
    let arriving = Arriving { named: &named, lacks: ADDRESS, look: Some(look) };
    let waited = cluster.wait_ready(vip, limit).await.map_err(|failure| arriving.unwatched(failure))?;
    if matches!(waited, Waited::Said(_) | Waited::Silent(_) | Waited::Unheard(_))
        && vip.spec.selector.iter().any(|item| item == TOUCH)
    {
        // our mark does not stay behind in a Vip that waits for somebody else
        drop(cluster.edit_selector(name, unmarked).await);
    }
    arriving.ended(waited, |sentence| explain::vip(sentence, &vip.spec.subnet, name))
}

/// Looks whether the controller gave what was asked for: a release that does not know a field ignores it, and somebody may have
/// edited the object meanwhile.
pub(super) fn as_asked(vip: &Vip, intent: &VipIntent) -> Result<()> {
    let differences = differences(vip, intent);
    if differences.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    Err(unproven(vip, &format!("not as asked: {}", told.join("; ")))
        .hint(format!("kubectl ko vip show {}", vip.name())))
}

/// Looks whether OVN has the ports that the Vip needs, and makes the controller build a virtual port that it forgot.
pub(super) async fn in_ovn(context: &Context<'_>, vip: &Vip, limit: Duration) -> Result<()> {
    let name = vip.name();
    let cluster = context.cluster().await?;
    let looked = async {
        if let Some(port) = cluster.typed_port(vip).await?
            && cluster.port_appears(&port, "", BUILD.min(limit)).await?.is_none()
        {
            return Err(unproven(vip, &format!("OVN has no logical port {port}")));
        }
        if vip.wants_virtual_port() { virtual_port(cluster, vip, limit).await.map(drop) } else { Ok(()) }
    };
    looked.await.map_err(|failure| match failure.cause {
        Cause::Forbidden | Cause::Unreadable => {
            let message = format!("vip/{name} is ready, but OVN could not be looked at: {}", failure.reason());
            Failure { exit: Exit::Unproven, message, ..failure }
        }
        _ => failure,
    })
}

/// The virtual port of a ready Vip, built anew when the controller forgot it.
pub(super) async fn virtual_port(cluster: &Cluster, vip: &Vip, limit: Duration) -> Result<LogicalSwitchPort> {
    let name = vip.name();
    let deadline = Instant::now() + limit;
    // the change that makes the controller build it: the mark of `create` goes
    cluster.edit_selector(name, unmarked).await?;
    // a port that is there already needs no change
    let mut touched = vip.spec.selector.iter().any(|item| item == TOUCH);
    loop {
        let patience = if touched { BUILD } else { Duration::from_millis(50) };
        if let Some(port) = cluster.port_appears(name, "virtual", patience).await? {
            return Ok(port);
        }
        if Instant::now() >= deadline {
            let failure =
                unproven(vip, "OVN has no virtual port of that name, though the controller was asked for it again");
            return Err(failure.hint("kubectl ko nbctl find logical_switch_port type=virtual"));
        }
        touch(cluster, name).await?;
        touched = true;
    }
}

/// Changes the selector and back, which is what makes the controller look at a Vip's virtual port again.
pub(super) async fn touch(cluster: &Cluster, name: &str) -> Result<()> {
    let mark = |selector: &[String]| {
        (!selector.iter().any(|item| item == TOUCH)).then(|| [selector, &[TOUCH.to_owned()]].concat())
    };
    cluster.edit_selector(name, mark).await?;
    cluster.edit_selector(name, unmarked).await
}

/// The selector without our mark; `None` when it has none.
fn unmarked(selector: &[String]) -> Option<Vec<String>> {
    selector.iter().any(|item| item == TOUCH).then(|| without_touch(selector))
}

fn unproven(vip: &Vip, what: &str) -> Failure {
    Failure::new(Exit::Unproven, format!("vip/{} is ready, but {what}", vip.name()))
}
