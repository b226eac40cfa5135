//! The claims of a reservation: of several who want one address the server lets one write the claim, and that one alone writes its IP.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::Context;
use crate::api::{Ip, Metadata, Resource as _};
use crate::check::ip::{self as rules, IpIntent};
use crate::cluster::Cluster;
use crate::cluster::rest::typed;
use crate::failure::{Cause, Exit, Failure, Result};
use crate::plan::ip::{self as plan, CLAIM_STALE, CLAIM_USED, Standing};

/// How often a claim is tried to be written while others come and go.
const ATTEMPTS: usize = 4;

/// The claims that this call holds, and until when they may be used.
pub(super) struct Claims {
    held: Vec<Metadata>,
    until: Instant,
}

impl Claims {
    /// Writes the claims of a reservation, then looks whether the addresses are still to be had. Of two calls the one that has the
    /// claims sees the other's IP, or the other does not get the claims.
    pub(super) async fn take(context: &Context<'_>, intent: &IpIntent) -> Result<Self> {
        let cluster = context.cluster().await?;
        let mut claims = Self { held: Vec::new(), until: Instant::now() + Duration::from_secs(CLAIM_USED) };
        let taken = async {
            for (name, manifest) in plan::claims(intent) {
                claims.one(context, cluster, &name, &manifest, intent).await?;
            }
            still_free(cluster, intent).await
        };
        match taken.await {
            Ok(()) => Ok(claims),
            Err(failure) => {
                claims.leave(context).await;
                Err(failure)
            }
        }
    }

    async fn one(
        &mut self,
        context: &Context<'_>,
        cluster: &Cluster,
        name: &str,
        manifest: &Value,
        intent: &IpIntent,
    ) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let written = Instant::now();
            match cluster.create(Cluster::ip(name), manifest, false).await {
                Ok(claim) => {
                    self.hold(context, typed(claim, Ip::KIND)?, written + Duration::from_secs(CLAIM_USED));
                    return Ok(());
                }
                Err(failure) if failure.cause == Cause::AlreadyExists => {}
                Err(failure) => return Err(failure),
            }
            let Some(there) = cluster.find::<Ip>("", name).await? else { continue };
            let age = age(cluster, &there, manifest).await?;
            match plan::standing(&there, &intent.name, age) {
                Standing::Own(left) => {
                    self.hold(context, there, written + Duration::from_secs(left));
                    return Ok(());
                }
                Standing::Stale => {
                    match cluster.delete_as_read(Cluster::ip(name), &there.metadata, false).await {
                        Ok(_) => {}
                        Err(failure) if failure.cause == Cause::Conflict => {}
                        Err(failure) => return Err(failure),
                    }
                    context.ui.note(&format!(
                        "ip/{name}, a claim that an interrupted reservation of ip/{} left {age} s ago, was taken away",
                        there.claimed_for()
                    ));
                }
                Standing::Theirs => return Err(lost(&there, &intent.name, age)),
            }
        }
        Err(Failure::new(
            Exit::Refused,
            format!("ip/{} was not reserved: others write and remove ip/{name}", intent.name),
        )
        .hint("run the same command again"))
    }

    fn hold(&mut self, context: &Context<'_>, claim: Ip, until: Instant) {
        self.until = self.until.min(until);
        let written = format!("the claim ip/{} for ip/{} was written", claim.name(), claim.claimed_for());
        context
            .ui
            .so_far(written, format!("the same command again goes on; kubectl ko ip show ip/{}", claim.claimed_for()));
        self.held.push(claim.metadata);
    }

    /// Whether the reservation may still be sent: others put theirs in the place of a claim that is too old.
    pub(super) fn in_time(&self, intent: &IpIntent) -> Result<()> {
        if Instant::now() < self.until {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Incomplete,
            format!(
                "ip/{} was not reserved: the API server took more than {CLAIM_USED} s, in which others may have come",
                intent.name
            ),
        )
        .hint("run the same command again"))
    }

    /// Takes the claims back. One that stays behind is told; nothing depends on it.
    pub(super) async fn leave(&self, context: &Context<'_>) {
        for claim in &self.held {
            let left = async { context.cluster().await?.delete(Cluster::ip(&claim.name), &claim.uid, false).await };
            if let Err(failure) = left.await {
                context.ui.warning(&format!(
                    "the claim ip/{} stays behind: {}; it counts no longer {CLAIM_STALE} s after it was written",
                    claim.name,
                    failure.reason()
                ));
            }
        }
    }
}

/// Takes away what an earlier call for a reservation, which was interrupted behind its last write but one, left of claims.
pub(super) async fn sweep(context: &Context<'_>, intent: &IpIntent) -> Result<()> {
    let cluster = context.cluster().await?;
    for (name, _) in plan::claims(intent) {
        let Some(claim) = cluster.find::<Ip>("", &name).await? else { continue };
        if claim.claimed_for() == intent.name {
            cluster.delete(Cluster::ip(&name), &claim.metadata.uid, false).await?;
        }
    }
    Ok(())
}

/// How old a claim is, in seconds of the server's clock: that of this machine may be wrong. A write that is only tried says what
/// time the server has.
async fn age(cluster: &Cluster, claim: &Ip, manifest: &Value) -> Result<u64> {
    let mut now = manifest.clone();
    let name = format!("{}-now", claim.name());
    now["metadata"]["name"] = name.clone().into();
    let now: Ip = typed(cluster.create(Cluster::ip(&name), &now, true).await?, Ip::KIND)?;
    let time = |ip: &Ip| ip.metadata.creation_timestamp.parse::<jiff::Timestamp>().ok();
    let seconds = time(&now).zip(time(claim)).map(|(now, then)| now.duration_since(then).as_secs());
    Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default())
}

/// Whether nobody has the addresses, now that nobody else can ask for them.
async fn still_free(cluster: &Cluster, intent: &IpIntent) -> Result<()> {
    let wanted = rules::wanted_by_taken(intent);
    let world = Box::pin(cluster.gather(&wanted)).await?;
    if let Some(first) = rules::taken(&world, intent).first() {
        return Err(Failure::new(
            Exit::Refused,
            format!(
                "ip/{} was not reserved: somebody was first\n  {} error: {}",
                intent.name, first.code.id, first.message
            ),
        )
        .hints(first.hint.clone()));
    }
    match wanted.needs.into_iter().find_map(|need| world.unknown(need)) {
        None => Ok(()),
        Some(lack) => Err(Failure::new(
            Exit::Incomplete,
            format!("ip/{} was not reserved: whether the address is free is not known: {}", intent.name, lack.why),
        )
        .hints(lack.repair.clone())),
    }
}

fn lost(claim: &Ip, name: &str, age: u64) -> Failure {
    let wanted: Vec<&str> =
        claim.addresses().chain(Some(claim.spec.mac_address.as_str())).filter(|text| !text.is_empty()).collect();
    Failure::new(
        Exit::Refused,
        format!(
            "ip/{name} was not reserved: somebody was first\n  {} is being reserved for ip/{}, since {age} s (claim ip/{})",
            wanted.join(","),
            claim.claimed_for(),
            claim.name()
        ),
    )
    .hint(format!("if that was interrupted, its claim counts no longer after {CLAIM_STALE} s: run the same command again then"))
}
