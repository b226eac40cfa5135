//! The map of a Subnet as a picture: a square for each cell, whose title says who has it.

use svg::Document;
use svg::node::element::{Group, Rectangle, Text, Title};

use crate::api::Subnet;
use crate::net::AddressRange;
use crate::world::chart::{Cell, Chart, Line};
use crate::world::occupancy::{Occupancy, Use};

/// Cells in a row.
const CELLS: u16 = 64;
/// A block gets cells of more addresses when it would have more lines.
const LINES: usize = 256;
/// Pixels from one cell to the next, and from one line to the next.
const STEP: f64 = 14.0;
/// Pixels of a cell.
const SIDE: f64 = 12.0;
/// Pixels of a character of the labels.
const CHARACTER: f64 = 7.2;

/// A picture that is built from the top.
struct Canvas {
    /// Where the next line begins.
    y: f64,
    group: Group,
}

impl Canvas {
    fn text(&mut self, x: f64, text: &str) {
        let text = Text::new(text).set("x", x).set("y", self.y + SIDE - 2.0);
        self.group = std::mem::replace(&mut self.group, Group::new()).add(text);
    }

    fn cell(&mut self, x: f64, width: f64, fill: &str, title: &str) {
        let cell = Rectangle::new()
            .set("x", x)
            .set("y", self.y)
            .set("width", width)
            .set("height", SIDE)
            .set("rx", 2)
            .set("fill", fill)
            .add(Title::new(title));
        self.group = std::mem::replace(&mut self.group, Group::new()).add(cell);
    }
}

/// Draws it: an SVG document, with a newline behind it.
pub(super) fn draw(subnet: &Subnet, occupancy: &Occupancy) -> String {
    let ends = occupancy.blocks.iter().flat_map(|block| [block.first(), block.last()]);
    let label = ends.map(|address| address.to_string().len()).max().unwrap_or_default();
    let left = STEP + CHARACTER * f64::from(u16::try_from(label).unwrap_or_default() + 1);
    let mut canvas = Canvas {
        y: STEP,
        group: Group::new().set("font-family", "monospace").set("font-size", SIDE).set("fill", "#24292f"),
    };
    let spec = &subnet.spec;
    canvas.text(STEP, &format!("{}  {}  gateway {}", subnet.metadata.name, spec.cidr_block, spec.gateway));
    let runs = occupancy.runs();
    for block in &occupancy.blocks {
        let chart = Chart::draw(block, &runs, u32::from(CELLS), LINES);
        canvas.y += 2.0 * STEP;
        for line in &chart.lines {
            self::line(&mut canvas, line, chart.per_cell, left, occupancy);
            canvas.y += STEP;
        }
    }
    canvas.y += STEP;
    for (index, what) in Use::ALL.iter().filter(|what| runs.iter().any(|(_, of)| of == *what)).enumerate() {
        let x = STEP + 170.0 * f64::from(u8::try_from(index % 6).unwrap_or_default());
        canvas.y += if index > 0 && index % 6 == 0 { STEP } else { 0.0 };
        canvas.cell(x, SIDE, fill(*what), what.word());
        canvas.text(x + STEP + 2.0, what.word());
    }
    let (width, height) = (STEP + left + STEP * f64::from(CELLS) + 6.0 * 8.0 + STEP, canvas.y + 2.0 * STEP);
    let ground = Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#ffffff");
    let document = Document::new()
        .set("viewBox", (0, 0, width.ceil(), height.ceil()))
        .set("width", width.ceil())
        .set("height", height.ceil())
        .add(ground)
        .add(canvas.group);
    format!("{document}\n")
}

fn line(canvas: &mut Canvas, line: &Line, per_cell: u128, left: f64, occupancy: &Occupancy) {
    match line {
        Line::Run(range, what) => {
            canvas.text(STEP, &range.first().to_string());
            canvas.cell(left, SIDE, fill(*what), what.word());
            canvas.text(
                left + 2.0 * STEP,
                &format!("{}, {} addresses up to {}", what.word(), range.count(), range.last()),
            );
        }
        Line::Row(first, cells) => {
            canvas.text(STEP, &first.to_string());
            let (mut at, _) = AddressRange::single(*first).numbers();
            for (index, cell) in cells.iter().enumerate() {
                let index = u16::try_from(index).unwrap_or_default();
                let x = left + STEP * f64::from(index) + 6.0 * f64::from(index / 8);
                let last = at.saturating_add(per_cell - 1);
                let range = AddressRange::of_numbers(crate::net::Family::of(first), at, last);
                let title = match (cell, occupancy.held.get(&range.first())) {
                    (Cell::One(_), Some(owners)) if per_cell == 1 => {
                        format!("{range} {}", owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                    }
                    (Cell::One(what), _) => format!("{range} {}", what.word()),
                    (Cell::Mixed(tenths), _) => format!("{range} {tenths} tenths are not free"),
                };
                let fill = match cell {
                    Cell::One(what) => fill(*what).to_owned(),
                    // from light to dark as it fills
                    Cell::Mixed(tenths) => format!("hsl(140,40%,{}%)", 90 - tenths * 5),
                };
                canvas.cell(x, SIDE, &fill, &title);
                at = last.saturating_add(1);
            }
        }
    }
}

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito, Color Universal Design).
fn fill(what: Use) -> &'static str {
    match what {
        Use::Twice => "#d00000",
        Use::Pod => "#009e73",
        Use::Reservation => "#e69f00",
        Use::Vip => "#56b4e9",
        Use::Eip => "#cc79a7",
        Use::Router => "#0072b2",
        Use::Gateway => "#d55e00",
        Use::End => "#24292f",
        Use::Excluded => "#8c959f",
        Use::Pool => "#f0e442",
        Use::Free => "#e8ecef",
    }
}
