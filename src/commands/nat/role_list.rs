//! `list` of one noun: both families in one table.

use super::super::print::PrintArgs;
use super::super::{Context, listing};
use super::entries::Asked;
use super::sheet::Sheet;
use crate::api::nat_kind::{NatName, Role};
use crate::failure::{Exit, Failure, Result};
use crate::output::Column;
use crate::world::nat_entry::Entry;
use crate::world::nat_filter::Filter;

/// Lists what has this role.
pub(crate) async fn run(context: &Context<'_>, role: Role, typed: &[String], print: &PrintArgs) -> Result<Exit> {
    let names = typed.iter().map(|name| NatName::parse(name, role)).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(Failure::usage)?;
    let sheet = Sheet {
        asked: Asked { kinds: &role.kinds(), names: &names, selector: print.selector.as_deref() },
        print,
        filter: &Filter::default(),
        columns: columns(role),
        row: &|entry| row(role, entry),
    };
    if sheet.run(context).await? == 0 && names.is_empty() {
        context.ui.note("No resources found");
    }
    Ok(Exit::Success)
}

fn columns(role: Role) -> Vec<Column> {
    match role {
        Role::Eip => {
            listing::columns(&["NAME", "KIND", "V4IP", "MAC", "TYPE", "NAT", "ON", "READY"], &["V6IP", "SUBNET"])
        }
        Role::Fip => {
            listing::columns(&["NAME", "KIND", "EIP", "EXTERNAL", "INTERNAL", "TARGET", "ON", "READY"], &["TYPE"])
        }
        Role::Snat => listing::columns(&["NAME", "KIND", "EIP", "EXTERNAL", "INTERNAL", "ON", "READY"], &["TARGET"]),
        Role::Dnat => {
            listing::columns(&["NAME", "KIND", "EIP", "PROTOCOL", "EXTERNAL", "INTERNAL", "TARGET", "ON", "READY"], &[])
        }
    }
}

fn row(role: Role, entry: Entry) -> Vec<String> {
    let (external, inside) = (entry.external_shown(), entry.inside_shown());
    let place = entry.place().to_owned();
    let kind = entry.kind.word().to_owned();
    let eip = entry.eip.unwrap_or_default();
    let Entry { name, external: [v4, v6], ports: [_, _, protocol], target, subnet, mac, of_type, nat, ready, .. } =
        entry;
    match role {
        Role::Eip => vec![name, kind, v4, mac, of_type, nat, place, ready, v6, subnet],
        Role::Fip => vec![name, kind, eip, external, inside, target, place, ready, of_type],
        Role::Snat => vec![name, kind, eip, external, inside, place, ready, target],
        Role::Dnat => vec![name, kind, eip, protocol, external, inside, target, place, ready],
    }
}
