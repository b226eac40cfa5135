//! Prints EIPs and rules of several kinds as one list.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Context;
use super::super::listing::{self, Rows};
use super::super::print::PrintArgs;
use super::entries::Asked;
use crate::api::nat_kind::NatKind;
use crate::failure::Result;
use crate::output::{Column, Format};
use crate::world::nat_entry::{self, Entry};
use crate::world::nat_filter::Filter;

/// Up to this many names are read one by one, as objects.
const FEW: usize = 8;

/// A list to print.
pub(super) struct Sheet<'a> {
    /// What is read.
    pub asked: Asked<'a>,
    /// How it is printed.
    pub print: &'a PrintArgs,
    /// Which of it is shown.
    pub filter: &'a Filter,
    /// The columns; the first is the name.
    pub columns: Vec<Column>,
    /// The row of an entry.
    pub row: &'a dyn Fn(Entry) -> Vec<String>,
}

impl Sheet<'_> {
    /// Reads and prints; how many there were. A name that is not there is kubectl's error.
    pub(super) async fn run(self, context: &Context<'_>) -> Result<usize> {
        let Self { asked, print, filter, columns, row } = self;
        let format = print.format()?;
        let cluster = context.cluster().await?;
        let mut rows = Rows::new(columns);
        let few = !asked.names.is_empty() && asked.names.len() <= FEW && asked.selector.is_none();
        let whole = matches!(format, Format::Json | Format::Yaml | Format::Wide) || print.sorts_by_field() || few;
        if !whole {
            let mut entries = asked.entries(cluster, format != Format::Name || !filter.is_empty()).await?;
            all_found(&asked, &entries.iter().map(|entry| (entry.kind, entry.name.as_str())).collect::<Vec<_>>())?;
            filter.apply(&mut entries);
            for entry in entries {
                rows.push(entry.kind.kind(), row(entry));
            }
            let count = rows.count();
            rows.print(context, print, format)?;
            return Ok(count);
        }
        let found = asked.objects(cluster).await?;
        all_found(&asked, &found.iter().map(|(kind, object)| (*kind, listing::name_in(object))).collect::<Vec<_>>())?;
        let mut entries: Vec<Entry> = found.iter().map(|(kind, object)| nat_entry::of_object(*kind, object)).collect();
        filter.apply(&mut entries);
        let stays: BTreeSet<(NatKind, &str)> = entries.iter().map(|entry| (entry.kind, entry.name.as_str())).collect();
        let found = found.into_iter().filter(|(kind, object)| stays.contains(&(*kind, listing::name_in(object))));
        let mut objects: Vec<Value> = found.map(|(_, object)| object).collect();
        let count = objects.len();
        if matches!(format, Format::Json | Format::Yaml) {
            print.objects(context, format, objects, asked.names.len() == 1 && count == 1)?;
            return Ok(count);
        }
        let print = listing::in_order(print, &mut objects)?;
        for object in &objects {
            if let Some(kind) = NatKind::ALL.into_iter().find(|kind| object["kind"] == kind.kind().kind) {
                rows.push(kind.kind(), row(nat_entry::of_object(kind, object)));
            }
        }
        rows.print(context, &print, format)?;
        Ok(count)
    }
}

/// Every name that was typed has to be there, in one family at least.
fn all_found(asked: &Asked<'_>, found: &[(NatKind, &str)]) -> Result<()> {
    let missing = asked.names.iter().find(|name| !found.iter().any(|(kind, one)| name.is(*kind, one)));
    match (missing, asked.kinds.first()) {
        (Some(name), Some(first)) => {
            let kind = name.kind.unwrap_or(*first);
            Err(listing::missing(kind.role().noun(), kind.kind(), &name.name))
        }
        _ => Ok(()),
    }
}
