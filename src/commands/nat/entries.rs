//! Reads the EIPs and rules that a list is about, all kinds side by side.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use serde_json::Value;

use super::super::listing::{self, Part};
use crate::api::nat_kind::{NatKind, NatName};
use crate::cluster::Cluster;
use crate::failure::Result;
use crate::world::nat_entry::{self, Entry};

/// Up to this many rules are read by name to find out their EIP; of more, all rules of the kind are read.
const BY_NAME: usize = 8;

/// Which objects.
pub(crate) struct Asked<'a> {
    /// Kinds, in the order of the list.
    pub kinds: &'a [NatKind],
    /// Names; none means all.
    pub names: &'a [NatName],
    /// Label selector.
    pub selector: Option<&'a str>,
}

impl Asked<'_> {
    /// The kinds that can be meant, with the names that were typed for each.
    fn parts(&self) -> Vec<(NatKind, Vec<String>)> {
        let names = |kind: NatKind| -> Vec<String> {
            let of_kind = self.names.iter().filter(|name| name.kind.is_none_or(|one| one == kind));
            of_kind.map(|name| name.name.clone()).collect()
        };
        let parts = self.kinds.iter().map(|kind| (*kind, names(*kind)));
        parts.filter(|(_, names)| self.names.is_empty() || !names.is_empty()).collect()
    }

    /// The objects as the server has them, by kind in the order of the list.
    pub(crate) async fn objects(&self, cluster: &Cluster) -> Result<Vec<(NatKind, Value)>> {
        let read = self.parts().into_iter().map(async |(kind, names)| {
            let objects = part(kind, &names, self.selector).objects(cluster).await?;
            Ok::<_, crate::failure::Failure>(objects.into_iter().map(move |object| (kind, object)).collect::<Vec<_>>())
        });
        Ok(try_join_all(read).await?.concat())
    }

    /// The entries from the server's cells, or from objects where a release lacks a column; `eips` says whether every rule must
    /// name its EIP.
    pub(crate) async fn entries(&self, cluster: &Cluster, eips: bool) -> Result<Vec<Entry>> {
        let mut parts = self.parts();
        // the cells of two kinds have the EIP's address, not its name
        let helps = eips
            && self.names.is_empty()
            && parts.iter().any(|(kind, _)| [NatKind::OvnFip, NatKind::OvnSnat].contains(kind))
            && !parts.iter().any(|(kind, _)| *kind == NatKind::OvnEip);
        if helps {
            parts.push((NatKind::OvnEip, Vec::new()));
        }
        let read = parts.iter().map(async |(kind, names)| {
            let selector = self.selector.filter(|_| self.kinds.contains(kind));
            let part = part(*kind, names, selector);
            let cells = part.cells(cluster).await?;
            if let Some(entries) = nat_entry::of_cells(*kind, &cells.columns, cells.rows) {
                return Ok(entries);
            }
            let objects = part.objects(cluster).await?;
            Ok::<_, crate::failure::Failure>(
                objects.iter().map(|object| nat_entry::of_object(*kind, object)).collect::<Vec<_>>(),
            )
        });
        let mut entries = try_join_all(read).await?.concat();
        if eips {
            let unknown = nat_entry::name_eips(&mut entries);
            self.look_up(cluster, &mut entries, &unknown).await?;
        }
        entries.retain(|entry| self.kinds.contains(&entry.kind));
        Ok(entries)
    }

    /// Reads the rules whose cells do not say enough.
    async fn look_up(&self, cluster: &Cluster, entries: &mut [Entry], unknown: &[(NatKind, String)]) -> Result<()> {
        let mut by_kind: BTreeMap<NatKind, Vec<String>> = BTreeMap::new();
        for (kind, name) in unknown {
            by_kind.entry(*kind).or_default().push(name.clone());
        }
        let read = by_kind.iter().map(async |(kind, names)| {
            let names: &[String] = if names.len() > BY_NAME { &[] } else { names };
            part(*kind, names, None).objects(cluster).await.map(|objects| (*kind, objects))
        });
        for (kind, objects) in try_join_all(read).await? {
            let mut by_name: BTreeMap<&str, &Value> =
                objects.iter().map(|object| (listing::name_in(object), object)).collect();
            for entry in entries.iter_mut().filter(|entry| entry.kind == kind && entry.eip.is_none()) {
                if let Some(object) = by_name.remove(entry.name.as_str()) {
                    *entry = nat_entry::of_object(kind, object);
                }
            }
        }
        Ok(())
    }
}

fn part<'a>(kind: NatKind, names: &'a [String], selector: Option<&'a str>) -> Part<'a> {
    Part { noun: kind.role().noun(), kind: kind.kind(), optional: true, names, selector }
}
