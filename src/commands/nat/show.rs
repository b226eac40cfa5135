//! `show` of one noun: which object is meant, and who reports on it.

use super::super::{Context, print};
use super::{resolve, show_eip, show_iptables, show_rule};
use crate::api::nat_kind::{NatKind, Role};
use crate::api::{OvnDnatRule, OvnFip, OvnSnatRule};
use crate::cluster::rest::typed;
use crate::failure::{Exit, Result};
use crate::world::nat_rule::NatRule;

/// Shows what has this role and name.
pub(crate) async fn run(context: &Context<'_>, noun: Role, typed_name: &str, output: Option<&str>) -> Result<Exit> {
    let format = print::parse_format(output)?;
    let cluster = context.cluster().await?;
    let (kind, mut object) = resolve::one(cluster, noun, typed_name).await?;
    drop(object["metadata"].as_object_mut().map(|metadata| metadata.remove("managedFields")));
    let report = match kind {
        NatKind::OvnEip => Box::pin(show_eip::report(cluster, object)).await?,
        NatKind::OvnFip => {
            let rule = NatRule::Fip(typed::<OvnFip>(object.clone(), kind.kind())?);
            Box::pin(show_rule::report(cluster, kind, object, rule)).await?
        }
        NatKind::OvnSnat => {
            let rule = NatRule::Snat(typed::<OvnSnatRule>(object.clone(), kind.kind())?);
            Box::pin(show_rule::report(cluster, kind, object, rule)).await?
        }
        NatKind::OvnDnat => {
            let rule = NatRule::Dnat(typed::<OvnDnatRule>(object.clone(), kind.kind())?);
            Box::pin(show_rule::report(cluster, kind, object, rule)).await?
        }
        _ => Box::pin(show_iptables::report(cluster, kind, object)).await?,
    };
    report.print(context, format)
}
