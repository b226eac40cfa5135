//! Tables in kubectl's layout: upper-case headers, three spaces between columns, none at the end of a line.
//!
//! Measured with kubectl 1.32: a column is at least six characters wide, spaces included (its tabwriter has `minwidth` 6 and `padding` 3);
//! without rows nothing is printed, not even headers. We differ where kubectl leaves an empty cell blank (and spaces at the end of the line):
//! there stands `<none>`.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, presets};

use super::escape::cell;

/// Spaces between two columns.
const PADDING: u16 = 3;
/// The least width of a column with its padding.
const MIN_WIDTH: u16 = 6;
/// Tables with more cells are laid out by hand (see [`Table::write`]).
const COMFY_MAX_CELLS: usize = 8_000;
/// comfy-table holds widths in 16 bits and wraps what is longer; such cells are laid out by hand.
const COMFY_MAX_CELL: usize = 16_384;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The header; printed in upper case.
    pub name: String,
    /// Whether only `-o wide` shows it.
    pub wide: bool,
}

impl Column {
    /// A column that is always there.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), wide: false }
    }

    /// A column of `-o wide`.
    #[must_use]
    pub fn wide(name: &str) -> Self {
        Self { name: name.to_owned(), wide: true }
    }
}

/// How a table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Whether the wide columns are shown.
    pub wide: bool,
    /// Whether there is a line of headers (`--no-headers` has none).
    pub headers: bool,
    /// Whether it goes to a terminal: then hostile characters are escaped and cells bounded.
    pub terminal: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { wide: false, headers: true, terminal: true }
    }
}

/// Columns and rows. A missing cell of a row is as an empty one, surplus cells are not printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, in order, wide ones among them.
    pub columns: Vec<Column>,
    /// For each row a cell for each column, wide ones too.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row at the end.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Writes the table; nothing at all when it has no rows.
    ///
    /// comfy-table lays out tables of up to 8,000 cells, by how wide characters are on a terminal. Larger ones are laid out by hand if they
    /// are all ASCII, where both give the same bytes: 20,000 rows of 8 columns take 4 ms by hand and 30 ms by comfy-table (11 and
    /// 60 ms the first time; measured in a release build).
    pub fn write(&self, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let lines = self.lines(layout);
        let cells = lines.len() * self.columns.len();
        let oversized = lines.iter().flatten().any(|cell| cell.len() > COMFY_MAX_CELL);
        if oversized || (cells > COMFY_MAX_CELLS && lines.iter().flatten().all(|cell| cell.is_ascii())) {
            by_hand(&lines, out)
        } else {
            by_comfy(&lines, out)
        }
    }

    /// The table as text.
    #[must_use]
    pub fn render(&self, layout: Layout) -> String {
        let mut bytes = Vec::new();
        // a vector takes every write
        let _ = self.write(layout, &mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// The visible cells, made safe, the headers first.
    fn lines(&self, layout: Layout) -> Vec<Vec<Cow<'_, str>>> {
        let visible = || self.columns.iter().enumerate().filter(|(_, column)| layout.wide || !column.wide);
        let headers = layout.headers.then(|| {
            visible()
                .map(|(_, column)| Cow::Owned(cell(&column.name.to_uppercase(), layout.terminal).into_owned()))
                .collect()
        });
        let rows = self.rows.iter().map(|row| {
            visible()
                .map(|(index, _)| row.get(index).map_or(Cow::Borrowed("<none>"), |text| cell(text, layout.terminal)))
                .collect()
        });
        headers.into_iter().chain(rows).collect()
    }
}

fn by_comfy(lines: &[Vec<Cow<'_, str>>], out: &mut dyn Write) -> io::Result<()> {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for line in lines {
        table.add_row(line.iter().map(Cow::as_ref));
    }
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, PADDING.max(MIN_WIDTH.saturating_sub(width))));
    }
    writeln!(out, "{}", table.trim_fmt())
}

/// Widths count characters, as kubectl's do.
fn by_hand(lines: &[Vec<Cow<'_, str>>], out: &mut dyn Write) -> io::Result<()> {
    let mut widths: Vec<usize> = Vec::new();
    let length = |cell: &str| {
        if cell.is_ascii() { cell.len() } else { cell.chars().count() }
    };
    for line in lines {
        widths.resize(line.len().max(widths.len()), usize::from(MIN_WIDTH));
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(length(cell) + usize::from(PADDING));
        }
    }
    let mut text = String::new();
    for line in lines {
        text.clear();
        for (width, cell) in widths.iter().zip(line) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width - length(cell)));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn example() -> Table {
        let mut table = Table::new(vec![
            Column::new("Name"),
            Column::new("n"),
            Column::new("Value x"),
            Column::wide("wide"),
            Column::new("Last"),
        ]);
        for row in [
            ["aaaaaaaaaa", "1", "x\ny", "w", "q"],
            ["b", "22", "", "w", ""],
            ["ccc", "333", "plain", "w", "longer last"],
        ] {
            table.push(row.map(str::to_owned).to_vec());
        }
        table.push(vec!["short".into()]);
        table
    }

    #[test]
    fn the_layout_is_kubectls() {
        insta::assert_snapshot!(example().render(Layout::default()), @r#"
        NAME         N        VALUE X   LAST
        aaaaaaaaaa   1        x...      q
        b            22       <none>    <none>
        ccc          333      plain     longer last
        short        <none>   <none>    <none>
        "#);
        insta::assert_snapshot!(example().render(Layout { wide: true, headers: false, terminal: false }), @r#"
        aaaaaaaaaa   1        x...     w        q
        b            22       <none>   w        <none>
        ccc          333      plain    w        longer last
        short        <none>   <none>   <none>   <none>
        "#);
    }

    #[test]
    fn without_rows_nothing_is_printed() {
        assert_eq!(Table::new(vec![Column::new("NAME")]).render(Layout::default()), "");
    }

    #[test]
    fn hostile_cells_are_shown_on_a_terminal_only() {
        let mut table = Table::new(vec![Column::new("NAME"), Column::new("LABELS")]);
        table.push(vec!["\u{1b}[2J".into(), "a\u{202e}b".into()]);
        insta::assert_snapshot!(table.render(Layout::default()), @r#"
        NAME        LABELS
        \u{1b}[2J   a\u{202e}b
        "#);
        assert!(table.render(Layout { terminal: false, ..Layout::default() }).contains("\u{1b}[2J"));
    }

    #[test]
    fn a_very_long_cell_stays_in_one_line() {
        let mut table = Table::new(vec![Column::new("NAME"), Column::new("X")]);
        table.push(vec!["x".repeat(100_000), "y".into()]);
        assert_eq!(table.render(Layout { terminal: false, ..Layout::default() }).lines().count(), 2);
    }

    proptest! {
        #[test]
        fn both_ways_of_layout_agree(rows in prop::collection::vec(prop::collection::vec("[ -~]{0,12}", 3), 1..12)) {
            let table = Table { columns: vec![Column::new("a"), Column::new("second"), Column::new("Third one")], rows };
            let lines = table.lines(Layout::default());
            let (mut comfy, mut hand) = (Vec::new(), Vec::new());
            by_comfy(&lines, &mut comfy).map_err(|error| TestCaseError::fail(error.to_string()))?;
            by_hand(&lines, &mut hand).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(String::from_utf8_lossy(&comfy), String::from_utf8_lossy(&hand));
        }

        #[test]
        fn a_row_is_a_line_without_spaces_at_its_end(rows in prop::collection::vec(prop::collection::vec(any::<String>(), 0..5), 1..8), terminal in any::<bool>()) {
            let table = Table { columns: vec![Column::new("a"), Column::new("b"), Column::new("c")], rows };
            let text = table.render(Layout { wide: false, headers: true, terminal });
            prop_assert_eq!(text.matches('\n').count(), table.rows.len() + 1, "{}", text);
            prop_assert!(text.split('\n').all(|line| !line.ends_with(' ')));
        }
    }
}
