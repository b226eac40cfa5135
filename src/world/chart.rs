//! The addresses of a block as rows of cells, long runs of one use folded: what a map of a Subnet shows.

use std::net::IpAddr;

use super::occupancy::Use;
use crate::net::AddressRange;

/// One cell of a row: one address, or 2^n of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// All its addresses have this use.
    One(Use),
    /// So many tenths of it, 1 to 9, are not free: several uses.
    Mixed(u8),
}

/// One line of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The first address of the row, and its cells in order.
    Row(IpAddr, Vec<Cell>),
    /// A run of whole rows of one use.
    Run(AddressRange, Use),
}

/// A block of addresses, drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// How many addresses a cell has: a power of two.
    pub per_cell: u128,
    /// From the first address to the last.
    pub lines: Vec<Line>,
}

impl Chart {
    /// Draws a block with `width` cells a row (a power of two). `runs` cover it, in order and without gaps
    /// ([`super::occupancy::Occupancy::runs`]). A cell stands for as few addresses as make at most `most` lines; with so many
    /// for a cell that the block is a single row there are no more to be saved.
    #[must_use]
    pub fn draw(block: &AddressRange, runs: &[(AddressRange, Use)], width: u32, most: usize) -> Self {
        let (first, last) = block.numbers();
        let runs: Vec<(u128, u128, Use)> = runs
            .iter()
            .filter(|(run, _)| block.contains(&run.first()))
            .map(|(run, what)| (run.numbers().0, run.numbers().1, *what))
            .collect();
        let mut per_cell: u128 = 1;
        loop {
            let drawing = Drawing { block: *block, first, last, runs: &runs, per_cell, width: u128::from(width) };
            let chart = Self { per_cell, lines: drawing.lines() };
            let row = per_cell.checked_mul(u128::from(width));
            if chart.lines.len() <= most || row.is_none_or(|row| row > last - first) {
                return chart;
            }
            per_cell *= 2;
        }
    }
}

struct Drawing<'r> {
    block: AddressRange,
    first: u128,
    last: u128,
    runs: &'r [(u128, u128, Use)],
    per_cell: u128,
    width: u128,
}

impl Drawing<'_> {
    fn lines(&self) -> Vec<Line> {
        // more addresses than there are: one row
        let row = self.per_cell.checked_mul(self.width);
        let mut lines = Vec::new();
        let mut at = 0;
        let mut next = Some(self.first);
        while let Some(start) = next.filter(|start| *start <= self.last) {
            while self.runs.get(at).is_some_and(|run| run.1 < start) {
                at += 1;
            }
            let Some((_, run_last, what)) = self.runs.get(at).copied() else { break };
            let end = row.and_then(|row| start.checked_add(row - 1)).map_or(self.last, |end| end.min(self.last));
            // the end of the last row that is all of this run
            let whole = match row {
                _ if run_last >= self.last => self.last,
                Some(row) if run_last >= end => start + (run_last + 1 - start) / row * row - 1,
                _ => start,
            };
            let end = if whole > end {
                lines.push(Line::Run(self.range(start, whole), what));
                whole
            } else {
                lines.push(Line::Row(self.range(start, end).first(), self.cells(start, end, at)));
                end
            };
            next = end.checked_add(1);
        }
        lines
    }

    fn range(&self, first: u128, last: u128) -> AddressRange {
        AddressRange::of_numbers(self.block.family(), first, last)
    }

    fn cells(&self, start: u128, end: u128, mut at: usize) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut next = Some(start);
        while let Some(from) = next.filter(|from| *from <= end) {
            let to = from.saturating_add(self.per_cell - 1).min(end);
            while self.runs.get(at).is_some_and(|run| run.1 < from) {
                at += 1;
            }
            let here = || self.runs[at..].iter().take_while(|run| run.0 <= to);
            let mut uses = here().map(|run| run.2);
            let one = uses.next();
            cells.push(match one {
                Some(what) if uses.all(|other| other == what) => Cell::One(what),
                _ => {
                    let free = here().filter(|run| run.2 == Use::Free);
                    let free: u128 = free.map(|run| run.1.min(to) - run.0.max(from) + 1).sum();
                    Cell::Mixed(tenths(free, to - from + 1))
                }
            });
            next = to.checked_add(1);
        }
        cells
    }
}

/// Tenths that are not free, of a cell that has several uses: never 0 and never 10.
fn tenths(free: u128, all: u128) -> u8 {
    let taken = all.saturating_sub(free);
    // a cell of more than 2^120 addresses: the tenth of the tenth does not matter
    let tenths = if all > u128::MAX >> 8 { taken / (all / 10) } else { taken * 10 / all };
    u8::try_from(tenths).unwrap_or(9).clamp(1, 9)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::net::{Family, RangeSet};

    fn chart(block: &str, held: &[&str], width: u32, most: usize) -> String {
        let block = AddressRange::of_network(&crate::net::parse_network(block).unwrap());
        let runs = runs(&block, held);
        let chart = Chart::draw(&block, &runs, width, most);
        let line = |line: &Line| match line {
            Line::Run(range, what) => format!("{range} {}", what.word()),
            Line::Row(first, cells) => format!("{first} {}", cells.iter().copied().map(letter).collect::<String>()),
        };
        format!("{}: {}", chart.per_cell, chart.lines.iter().map(line).collect::<Vec<_>>().join(" | "))
    }

    fn letter(cell: Cell) -> char {
        match cell {
            Cell::One(what) => what.letter(),
            Cell::Mixed(tenths) => char::from(b'0' + tenths),
        }
    }

    fn runs(block: &AddressRange, held: &[&str]) -> Vec<(AddressRange, Use)> {
        let held: RangeSet = RangeSet::read(held.iter().copied()).0;
        let all: RangeSet = [*block].into_iter().collect();
        let mut runs: Vec<_> = all.intersect(&held).ranges().iter().map(|range| (*range, Use::Pod)).collect();
        runs.extend(all.subtract(&held).ranges().iter().map(|range| (*range, Use::Free)));
        runs.sort_unstable();
        runs
    }

    #[test]
    fn rows_of_one_use_are_folded() {
        assert_eq!(
            chart("10.0.0.0/25", &["10.0.0.2", "10.0.0.64..10.0.0.99"], 16, 9),
            "1: 10.0.0.0 ..p............. | 10.0.0.16..10.0.0.63 free | 10.0.0.64..10.0.0.95 pod, VM or node | \
             10.0.0.96 pppp............ | 10.0.0.112 ................"
        );
        assert_eq!(chart("10.0.0.0/30", &["10.0.0.2"], 16, 9), "1: 10.0.0.0 ..p.");
        assert_eq!(chart("10.0.0.0/30", &[], 16, 9), "1: 10.0.0.0 ....");
    }

    #[test]
    fn what_has_too_many_lines_gets_larger_cells() {
        assert_eq!(
            chart("10.0.0.0/26", &["10.0.0.2", "10.0.0.16..10.0.0.31", "10.0.0.33", "10.0.0.48", "10.0.0.50"], 16, 2),
            "2: 10.0.0.0 .5......pppppppp | 10.0.0.32 5.......55......"
        );
    }

    #[test]
    fn the_largest_blocks_are_drawn() {
        assert_eq!(
            chart("fd00::/64", &["fd00::2"], 8, 9),
            "1: fd00:: ..p..... | fd00::8..fd00::ffff:ffff:ffff:ffff free"
        );
        assert_eq!(chart("::/0", &[], 8, 9), "1: ::..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff free");
        assert_eq!(
            chart("::/0", &["8000::/1"], 8, 1),
            "42535295865117307932921825928971026432: :: ....pppp"
                .replace("42535295865117307932921825928971026432", &(1u128 << 125).to_string())
        );
    }

    proptest! {
        #[test]
        fn every_address_is_drawn_once(length in 20..=32u8, held in proptest::collection::vec((0..4096u32, 1..99u32), 0..30), width in 3..7u32, most in 1..40usize) {
            let block = AddressRange::of_network(&crate::net::parse_network(&format!("10.0.0.0/{length}")).unwrap());
            let base = u32::from(std::net::Ipv4Addr::new(10, 0, 0, 0));
            let held: Vec<String> = held.iter().map(|(at, count)| format!("{}..{}", std::net::Ipv4Addr::from(base + at), std::net::Ipv4Addr::from(base + at + count))).collect();
            let held: Vec<&str> = held.iter().map(String::as_str).collect();
            let runs = runs(&block, &held);
            let chart = Chart::draw(&block, &runs, 1 << width, most);
            let mut next = block.numbers().0;
            for line in &chart.lines {
                match line {
                    Line::Run(range, what) => {
                        prop_assert_eq!(range.numbers().0, next);
                        prop_assert!(runs.iter().any(|(run, of)| of == what && run.contains(&range.first()) && run.contains(&range.last())));
                        next = range.numbers().1 + 1;
                    }
                    Line::Row(first, cells) => {
                        prop_assert_eq!(AddressRange::single(*first).numbers().0, next);
                        prop_assert!(!cells.is_empty() && cells.len() <= 1 << width);
                        for cell in cells {
                            let last = (next + chart.per_cell - 1).min(block.numbers().1);
                            let range = AddressRange::of_numbers(Family::V4, next, last);
                            let of = |what: Use| runs.iter().any(|(run, of)| *of == what && run.contains(&range.first()) && run.contains(&range.last()));
                            match cell {
                                Cell::One(what) => prop_assert!(of(*what)),
                                Cell::Mixed(_) => prop_assert!(!of(Use::Free) && !of(Use::Pod)),
                            }
                            next = last + 1;
                        }
                    }
                }
            }
            prop_assert_eq!(next, block.numbers().1 + 1);
        }
    }
}
