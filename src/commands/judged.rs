//! The rules over manifests that a command is about to write, each seen behind those before it.

use serde_json::Value;

use crate::check::Finding;
use crate::check::any::Intent;
use crate::check::sorted;
use crate::cluster::Cluster;
use crate::failure::Result;
use crate::world::Wanted;

/// All findings, worst first. A kind without rules has none.
pub(super) async fn judge(cluster: &Cluster, manifests: &[&Value]) -> Result<Vec<Finding>> {
    let intents: Vec<Intent> = manifests.iter().filter_map(|manifest| Intent::from_manifest(manifest)).collect();
    let mut wanted = Wanted::default();
    for intent in &intents {
        wanted.extend(intent.wanted());
    }
    let mut world = Box::pin(cluster.gather(&wanted)).await?;
    let mut findings = Vec::new();
    for intent in intents {
        findings.extend(intent.check(&world));
        intent.plan(&mut world);
    }
    Ok(sorted(findings))
}
