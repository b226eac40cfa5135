//! The forms in which `list` and `find` print (Open vSwitch: lib/table.c).

use serde_json::{Value, json};

use super::datum::Datum;
use super::schema::Type;

/// What `--format` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    List,
    Table,
    Csv,
    Json,
    Html,
}

/// What `--data` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Text,
    Bare,
    Json,
}

/// How rows are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) format: Format,
    pub(super) data: Data,
    pub(super) headings: bool,
    pub(super) pretty: bool,
}

/// Some columns of some rows.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) headings: Vec<&'static str>,
    pub(super) rows: Vec<Vec<(Type, Datum)>>,
}

impl Style {
    /// What the tools do unasked.
    pub(super) const DEFAULT: Self = Self { format: Format::List, data: Data::Text, headings: true, pretty: false };

    fn cell(self, (kind, datum): &(Type, Datum)) -> String {
        match self.data {
            Data::Text => datum.printed(*kind),
            Data::Bare => datum.bare(),
            Data::Json => datum.to_json(*kind).to_string(),
        }
    }

    /// The text of a sheet; an empty line stands before every one but the first of a call.
    pub(super) fn print(self, sheet: &Sheet, first: bool) -> String {
        let before = if first || matches!(self.format, Format::Json | Format::Html) { "" } else { "\n" };
        let cells = || sheet.rows.iter().map(|row| row.iter().map(|cell| self.cell(cell)).collect::<Vec<_>>());
        let body = match self.format {
            Format::List => self.list(sheet, cells()),
            Format::Table => self.table(sheet, &cells().collect::<Vec<_>>()),
            Format::Csv => self.csv(sheet, cells()),
            Format::Json => self.json(sheet),
            Format::Html => self.html(sheet, cells()),
        };
        before.to_owned() + &body
    }

    fn list(self, sheet: &Sheet, rows: impl Iterator<Item = Vec<String>>) -> String {
        let line = |(heading, cell): (&&str, String)| {
            if self.headings { format!("{heading:<20}: {cell}\n") } else { cell + "\n" }
        };
        let rows = rows.map(|row| sheet.headings.iter().zip(row).map(line).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }

    fn table(self, sheet: &Sheet, rows: &[Vec<String>]) -> String {
        // the tools count bytes
        let widest = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or_default();
        let heading = |heading: &str| if self.headings { heading.len() } else { 0 };
        let widths: Vec<usize> =
            sheet.headings.iter().enumerate().map(|(at, name)| widest(at).max(heading(name))).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells.zip(&widths).map(|(cell, width)| cell.to_owned() + &" ".repeat(width - cell.len()));
            padded.collect::<Vec<_>>().join(" ").trim_end_matches(' ').to_owned() + "\n"
        };
        let mut out = String::new();
        if self.headings {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            out.extend([line(&mut sheet.headings.iter().copied()), rules.join(" "), "\n".to_owned()]);
        }
        out.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
        out
    }

    fn csv(self, sheet: &Sheet, rows: impl Iterator<Item = Vec<String>>) -> String {
        let cell = |cell: &str| {
            if cell.contains(['\n', '"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
        };
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let headings = self.headings.then(|| line(sheet.headings.iter().map(|heading| cell(heading)).collect()));
        headings.into_iter().chain(rows.map(|row| line(row.iter().map(|text| cell(text)).collect()))).collect()
    }

    fn json(self, sheet: &Sheet) -> String {
        let rows = sheet.rows.iter().map(|row| row.iter().map(|(kind, datum)| datum.to_json(*kind)).collect());
        let document = json!({"headings": sheet.headings, "data": rows.collect::<Vec<Vec<Value>>>()});
        let text = if self.pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
        text.unwrap_or_default() + "\n"
    }

    fn html(self, sheet: &Sheet, rows: impl Iterator<Item = Vec<String>>) -> String {
        let escape =
            |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let mut out = "<table border=1>\n".to_owned();
        if self.headings {
            let cells = sheet.headings.iter().map(|heading| format!("    <th>{}</th>\n", escape(heading)));
            out.extend(["  <tr>\n".to_owned(), cells.collect(), "  </tr>\n".to_owned()]);
        }
        for row in rows {
            let cell = |(heading, text): (&&str, &String)| match *heading {
                "_uuid" => format!("    <td><a name=\"{text}\">{}</a></td>\n", text.get(..8).unwrap_or(text)),
                _ => format!("    <td>{}</td>\n", linked(text, escape)),
            };
            let cells = sheet.headings.iter().zip(&row).map(cell).collect();
            out.extend(["  <tr>\n".to_owned(), cells, "  </tr>\n".to_owned()]);
        }
        out + "</table>\n"
    }
}

/// UUIDs as links to their rows.
fn linked(text: &str, escape: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(uuid) = rest.get(..36).filter(|uuid| super::datum::is_uuid(uuid)) {
            out.extend(["<a href=\"#", uuid, "\">", &uuid[..8], "</a>"]);
            rest = &rest[36..];
        } else {
            let (one, behind) = rest.split_at(first.len_utf8());
            out += &escape(one);
            rest = behind;
        }
    }
    out
}
