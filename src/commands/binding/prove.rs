//! After a write: ready, and in OVN as it should be. What is not proven ends with exit 5 and names the broken link.

use super::super::Context;
use super::super::arriving::Arriving;
use super::amends;
use crate::api::OvnEip;
use crate::check::nat::rows::{self, Seen};
use crate::check::{Severity, explain};
use crate::cluster::nat::NatView;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan::bind::{target_addresses, target_mac};
use crate::world::World;
use crate::world::nat_rows::is_there;
use crate::world::nat_rule::NatRule;

/// Waits until a rule is ready; else says why not. `in_spite` of complaints when another writer is about to step back.
pub(super) async fn ready(
    context: &Context<'_>,
    rule: &NatRule,
    in_spite: bool,
    limit: std::time::Duration,
) -> Result<NatRule> {
    if rule.status().ready {
        return Ok(rule.clone());
    }
    let named = rule.named();
    let _line = context.ui.waiting(format!("waiting for {named} to be ready"));
    let arriving = Arriving { named: &named, lacks: ["is not ready", "is not ready yet"], look: None };
    let waited = context.cluster().await?.wait_rule(rule, in_spite, limit).await;
    let waited = waited.map_err(|failure| arriving.unwatched(failure))?;
    arriving.ended(waited, |sentence| explain::rule(sentence, rule.noun(), rule.name()))
}

/// Looks whether OVN carries the ready rules out, and returns what it saw.
pub(super) async fn in_ovn(
    context: &Context<'_>,
    world: &World,
    eip: &OvnEip,
    ready: &[NatRule],
    contested: bool,
) -> Result<NatView> {
    let cluster = context.cluster().await?;
    if contested {
        for rule in ready {
            if amends::restore(context, world, rule).await? {
                let named = rule.noun();
                context.ui.warning(&format!(
                    "{named}/{} was ready without its row in OVN: it was written again",
                    rule.name()
                ));
            }
        }
    }
    let rules: Vec<&NatRule> = ready.iter().collect();
    let looked = cluster.view(&rules, |northbound| ready.iter().all(|rule| is_there(rule, northbound))).await;
    let view = looked.map_err(|failure| match failure.cause {
        Cause::Forbidden | Cause::Unreadable => {
            let message = format!("{} is ready, but OVN could not be looked at: {}", all(ready), failure.reason());
            Failure { exit: Exit::Unproven, message, ..failure }
        }
        _ => failure,
    })?;
    let mut broken = Vec::new();
    let mut hints = Vec::new();
    for rule in ready {
        let target = target_addresses(world, rule);
        let seen = Seen {
            rule,
            eip: Some(eip),
            northbound: &view.northbound,
            gateways: Some(&view.gateways),
            target: &target,
            mac: target_mac(world, rule),
        };
        for finding in rows::check(&seen) {
            if finding.severity == Severity::Error {
                broken.push(format!("  {} {}", finding.code.id, finding.message));
                hints.extend(finding.hint);
            } else {
                context.ui.warning(&format!("{} {}", finding.code.id, finding.message));
            }
        }
    }
    if broken.is_empty() {
        return Ok(view);
    }
    broken.dedup();
    hints.dedup();
    let (is, does) = if ready.len() > 1 { ("are", "do") } else { ("is", "does") };
    let message = format!("{} {is} ready, but {does} not work\n{}", all(ready), broken.join("\n"));
    Err(Failure::new(Exit::Unproven, message).hints(hints))
}

fn all(rules: &[NatRule]) -> String {
    let names: Vec<String> = rules.iter().map(NatRule::named).collect();
    crate::output::joined(&names, 4)
}
