//! `list`, `find` and `get`, which all tools of OVN have (Open vSwitch: lib/db-ctl-base.c).

use super::cell::uuid;
use super::datum::{Atom, Datum};
use super::exec::Call;
use super::schema::{Column, Table, UUID_COLUMN};
use super::style::Sheet;
use super::view::{View, column, datum};
use super::words::{Condition, whole};

/// `list TABLE [RECORD…]`.
pub(super) fn list(view: View<'_>, call: &Call) -> Result<Sheet, String> {
    let (table, columns) = table_and_columns(view, call)?;
    let mut sheet = sheet(&columns);
    let records = &call.words[1..];
    for record in records {
        match view.find(&table, record)? {
            Some(row) => sheet.rows.push(cells(row, &columns)),
            None if call.option("--if-exists").is_some() => {}
            None => return Err(format!("no row \"{record}\" in table {}", table.name)),
        }
    }
    if records.is_empty() {
        sheet.rows = view.rows(table.name).iter().map(|row| cells(row, &columns)).collect();
    }
    Ok(sheet)
}

/// `find TABLE CONDITION…`.
pub(super) fn find(view: View<'_>, call: &Call) -> Result<Sheet, String> {
    let (table, columns) = table_and_columns(view, call)?;
    let mut sheet = sheet(&columns);
    let conditions =
        call.words[1..].iter().map(|word| Condition::parse(word, &table)).collect::<Result<Vec<_>, _>>()?;
    for row in view.rows(table.name) {
        let mut fits = true;
        for condition in &conditions {
            fits = fits && condition.holds(&datum(row, condition.column()))?;
        }
        if fits {
            sheet.rows.push(cells(row, &columns));
        }
    }
    Ok(sheet)
}

/// `get TABLE RECORD [COLUMN[:KEY]…]`.
pub(super) fn get(view: View<'_>, call: &Call) -> Result<String, String> {
    let table = view.table(&call.words[0])?;
    let lenient = call.option("--if-exists").is_some();
    let record = &call.words[1];
    let places = call.words[2..].iter().filter(|word| !is_uuid_column(word));
    places.map(|word| whole(word, &table)).collect::<Result<Vec<_>, _>>()?;
    let Some(row) = view.find(&table, record)? else {
        let missing = format!("no row \"{record}\" in table {}", table.name);
        return if lenient { Ok(String::new()) } else { Err(missing) };
    };
    let mut out = String::new();
    for word in &call.words[2..] {
        if is_uuid_column(word) {
            out.extend([uuid(row), "\n"]);
            continue;
        }
        let place = whole(word, &table)?;
        let have = datum(row, place.column);
        let Column { name, kind } = place.column;
        let printed = match &place.key {
            None => have.printed(kind),
            Some(_) if kind.value.is_none() => {
                return Err(format!("cannot specify key to get for non-map column {name}"));
            }
            Some(key) => match have.value(&Atom::parse(kind.key, key)?) {
                Some(value) => value.printed(),
                None if lenient => String::new(),
                None => return Err(format!("no key \"{key}\" in {} record \"{record}\" column {name}", table.name)),
            },
        };
        out.extend([printed.as_str(), "\n"]);
    }
    Ok(out)
}

fn is_uuid_column(word: &str) -> bool {
    word.eq_ignore_ascii_case("_uuid") || word.eq_ignore_ascii_case("-uuid")
}

fn table_and_columns(view: View<'_>, call: &Call) -> Result<(Table, Vec<Column>), String> {
    let table = view.table(&call.words[0])?;
    let columns = match call.option("--columns") {
        None => std::iter::once(UUID_COLUMN).chain(table.columns.iter().copied()).collect(),
        Some(names) => {
            let chosen = |name: &str| {
                if name.eq_ignore_ascii_case("_uuid") { Ok(UUID_COLUMN) } else { column(&table, name) }
            };
            let names = names.split([',', ' ']).filter(|name| !name.is_empty());
            let columns = names.map(chosen).collect::<Result<Vec<_>, _>>()?;
            if columns.is_empty() {
                return Err("must specify at least one column name".to_owned());
            }
            columns
        }
    };
    Ok((table, columns))
}

fn sheet(columns: &[Column]) -> Sheet {
    Sheet { headings: columns.iter().map(|column| column.name).collect(), rows: Vec::new() }
}

fn cells(row: &serde_json::Value, columns: &[Column]) -> Vec<(super::schema::Type, Datum)> {
    columns.iter().map(|column| (column.kind, datum(row, *column))).collect()
}
