//! The map of a Subnet in a terminal: letters, so that it reads without colours.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::api::Subnet;
use crate::net::{AddressRange, Family};
use crate::output::escape;
use crate::world::chart::{Cell, Chart, Line};
use crate::world::occupancy::{Occupancy, Use};

/// A block gets cells of more addresses when it would have more lines.
const LINES: usize = 48;
/// Cells between two gaps.
const GROUP: usize = 8;

/// Draws it for so many columns; colours are ANSI's.
pub(super) fn draw(subnet: &Subnet, occupancy: &Occupancy, width: usize) -> String {
    let mut out = String::new();
    let spec = &subnet.spec;
    put(
        &mut out,
        &format!("{}  {}  gateway {}", escape(&subnet.metadata.name), escape(&spec.cidr_block), escape(&spec.gateway)),
    );
    let runs = occupancy.runs();
    let mut seen: BTreeMap<Use, u128> = BTreeMap::new();
    for block in &occupancy.blocks {
        let label = longest(block);
        let cells = cells(width.saturating_sub(label + 2));
        let chart = Chart::draw(block, &runs, cells, LINES);
        let counts = occupancy.counts(block.family());
        out.push('\n');
        put(&mut out, &summary(block, &runs, &counts));
        if chart.per_cell > 1 {
            let text = format!(
                "each cell has {} addresses; where they differ, the digit says how many tenths are not free",
                chart.per_cell
            );
            put(&mut out, &text);
        }
        for line in &chart.lines {
            self::line(&mut out, line, label, width);
        }
        for (what, count) in counts {
            let sum = seen.entry(what).or_default();
            *sum = sum.saturating_add(count);
        }
    }
    out.push('\n');
    for (what, count) in Use::ALL.iter().filter_map(|what| Some((what, seen.get(what)?))) {
        let style = style(*what);
        put(&mut out, &format!("{style}{}{style:#} {:<20}{count}", what.letter(), what.word()));
    }
    for (address, owners) in occupancy.held.iter().filter(|(address, _)| {
        occupancy.blocks.iter().any(|block| block.contains(address)) && occupancy.of(**address) == Use::Twice
    }) {
        let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
        put(&mut out, &format!("{address} is held by {}", escape(&owners.join(" and by "))));
    }
    for (address, owners) in occupancy.outside() {
        let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
        put(&mut out, &format!("{address} is outside of the subnet: {}", escape(&owners.join(", "))));
    }
    out
}

fn summary(block: &AddressRange, runs: &[(AddressRange, Use)], counts: &BTreeMap<Use, u128>) -> String {
    let held: u128 = counts.iter().filter(|(what, _)| what.is_held()).map(|(_, count)| count).sum();
    let of = |what: Use| counts.get(&what).copied().unwrap_or_default();
    let largest = runs.iter().filter(|(run, what)| *what == Use::Free && block.contains(&run.first()));
    let largest = largest.max_by_key(|(run, _)| (run.count(), std::cmp::Reverse(run.first())));
    let run = largest.map_or_else(String::new, |(run, _)| format!("\nlongest free run: {run}"));
    let kept = match of(Use::Pool) {
        0 => String::new(),
        pool => format!(", {pool} in pools"),
    };
    format!("{}: {held} held, {} free{kept}{run}", block_text(block), of(Use::Free))
}

fn block_text(block: &AddressRange) -> String {
    let bits = u32::from(block.family().bits());
    let length = bits - block.count().checked_ilog2().unwrap_or_default();
    format!("{}/{length}", block.first())
}

/// Characters of the longest address that a line of the block can begin with.
fn longest(block: &AddressRange) -> usize {
    match block.family() {
        Family::V4 => block.last().to_string().len(),
        Family::V6 => block.last().to_string().len().max(block.first().to_string().len()),
    }
}

/// The greatest power of two of cells that fits, with a gap behind every eight.
fn cells(room: usize) -> u32 {
    [64u32, 32, 16].into_iter().find(|count| (*count as usize) + (*count as usize) / GROUP <= room + 1).unwrap_or(8)
}

fn line(out: &mut String, line: &Line, label: usize, width: usize) {
    match line {
        Line::Run(range, what) => {
            let style = style(*what);
            let first = range.first().to_string();
            let long = format!("{}, {} addresses up to {}", what.word(), range.count(), range.last());
            let fits = label + 4 + long.chars().count() <= width;
            let text = if fits { long } else { format!("{} to {}", what.word(), range.last()) };
            put(out, &format!("{first:<label$}  {style}{}{style:#} {text}", what.letter()));
        }
        Line::Row(first, cells) => {
            let mut text = format!("{:<label$} ", first.to_string());
            let mut now = Style::new();
            for (index, cell) in cells.iter().enumerate() {
                let (style, letter) = match cell {
                    Cell::One(what) => (style(*what), what.letter()),
                    Cell::Mixed(tenths) => (Style::new().bold(), char::from(b'0' + tenths)),
                };
                if style != now {
                    let _ = write!(text, "{now:#}{style}");
                    now = style;
                }
                if index % GROUP == 0 {
                    text.push(' ');
                }
                text.push(letter);
            }
            let _ = write!(text, "{now:#}");
            put(out, &text);
        }
    }
}

fn style(what: Use) -> Style {
    let color = match what {
        Use::Twice => return AnsiColor::Red.on_default().bold(),
        Use::Free | Use::End | Use::Excluded => return Style::new().dimmed(),
        Use::Pod => AnsiColor::Green,
        Use::Reservation => AnsiColor::Yellow,
        Use::Vip => AnsiColor::Cyan,
        Use::Eip => AnsiColor::Magenta,
        Use::Router | Use::Gateway => AnsiColor::Blue,
        Use::Pool => AnsiColor::BrightBlack,
    };
    color.on_default()
}

fn put(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}
