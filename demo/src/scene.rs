//! What a display standard asks for, drawn from its checklist: our goods in red where they must stand, others in grey.

use std::collections::BTreeMap;

use crate::canvas::{Canvas, Colour};

/// The least value of each check of a standard, by the check's code.
pub(crate) type Checks = BTreeMap<String, usize>;

const WIDTH: usize = 800;
const HEIGHT: usize = 600;
/// Where everything stands, and where the wall ends.
const GROUND: usize = 545;
const SKIRTING: usize = 500;
/// Between two pieces of furniture.
const GAP: usize = 28;
/// Beside the outer ones, at least.
const MARGIN: usize = 20;
const LONGEST_SHELF: usize = 470;
const MOST_POSTERS: usize = 4;

const WALL: Colour = [0xF1, 0xEC, 0xE2];
const FLOOR: Colour = [0xD3, 0xCA, 0xBC];
const STEEL: Colour = [0x8A, 0x8F, 0x98];
const BACK: Colour = [0xE4, 0xE7, 0xEB];
const BOARD: Colour = [0xB5, 0xBA, 0xC2];
const RED: Colour = [0xD7, 0x28, 0x2F];
const DARK_RED: Colour = [0xA8, 0x1B, 0x22];
const CREAM: Colour = [0xFF, 0xF1, 0xD6];
const GREY: Colour = [0xBD, 0xBD, 0xBD];
const DARK_GREY: Colour = [0x94, 0x94, 0x94];
const WHITE: Colour = [0xFF, 0xFF, 0xFF];
const YELLOW: Colour = [0xFF, 0xC7, 0x2C];
const GLASS: Colour = [0xDC, 0xEB, 0xF2];
const BLUE: Colour = [0x3F, 0x6C, 0x8F];
const WOOD: Colour = [0xC6, 0x9C, 0x6D];
const INK: Colour = [0x4A, 0x4A, 0x4A];

type Draw = fn(&mut Canvas, usize, usize, &Checks);

/// What a check puts beside the shelf or the table, from left to right, and how broad it is.
const FURNITURE: [(&str, usize, Draw); 4] = [
    ("END_CAP", 110, end_cap),
    ("COOLER_SHARE", 130, cooler),
    ("FLOOR_STACK", 126, floor_stack),
    ("COUNTER", 150, counter),
];

/// Draws a standard.
pub(crate) fn draw(checks: &Checks) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, WALL);
    canvas.rect(0, SKIRTING, WIDTH, HEIGHT - SKIRTING, FLOOR);
    let others: Vec<_> = FURNITURE.into_iter().filter(|(code, ..)| checks.contains_key(*code)).collect();
    let taken: usize = others.iter().map(|(_, width, _)| width + GAP).sum();
    let has_shelf = checks.keys().any(|code| code.starts_with("EYE_"));
    let longest = (WIDTH - 2 * MARGIN).saturating_sub(taken).min(LONGEST_SHELF);
    // Where nothing stands on shelves people eat.
    let (width, first): (usize, Draw) = if has_shelf { (longest, shelf) } else { (longest.min(360), table) };
    let mut x = (WIDTH - (width + taken).min(WIDTH)) / 2;
    on_the_wall(&mut canvas, x, checks);
    first(&mut canvas, x, width, checks);
    x += width + GAP;
    for (_, width, draw) in others {
        draw(&mut canvas, x, width, checks);
        x += width + GAP;
    }
    canvas
}

fn least(checks: &Checks, code: &str) -> usize {
    checks.get(code).copied().unwrap_or(0)
}

#[derive(Clone, Copy)]
enum Goods {
    Packs,
    Bottles,
}

/// One piece that a customer sees.
fn facing(
    canvas: &mut Canvas,
    goods: Goods,
    (x, bottom): (usize, usize),
    size: (usize, usize),
    is_ours: bool,
) {
    let (width, height) = size;
    let [body, edge, label] = if is_ours { [RED, DARK_RED, CREAM] } else { [GREY, DARK_GREY, WHITE] };
    match goods {
        Goods::Packs => {
            canvas.rect(x, bottom - height, width, height, body);
            canvas.rect(x, bottom - height, width, height / 9, edge);
            canvas.rect(x + width / 6, bottom - height * 5 / 8, width * 2 / 3, height / 3, label);
        }
        Goods::Bottles => {
            canvas.rect(x + width / 3, bottom - height, width - width / 3 * 2, height / 4, edge);
            canvas.rect(x, bottom - height * 3 / 4, width, height * 3 / 4, body);
            canvas.rect(x, bottom - height / 2, width, height / 4, label);
        }
    }
}

/// A board: where it is and how long, and what stands on it.
struct Row {
    x: usize,
    bottom: usize,
    length: usize,
    goods: Goods,
    size: (usize, usize),
    has_tags: bool,
}

impl Row {
    /// Between two facings.
    const AIR: usize = 5;

    fn places(&self) -> usize {
        self.length / (self.size.0 + Self::AIR)
    }

    /// Where a facing begins; all of them stand in the middle of the board.
    fn place(&self, n: usize) -> usize {
        let pitch = self.size.0 + Self::AIR;
        self.x + (self.length - self.places() * pitch + Self::AIR) / 2 + n * pitch
    }

    /// Fills it, ours first.
    fn fill(&self, canvas: &mut Canvas, ours: usize) {
        for n in 0..self.places() {
            let x = self.place(n);
            facing(canvas, self.goods, (x, self.bottom), self.size, n < ours);
            if self.has_tags {
                canvas.rect(x + self.size.0 / 2 - 8, self.bottom + 2, 16, 8, WHITE);
            }
        }
    }
}

/// The main shelf: noodles and drinks at eye level, the boards of both in yellow.
fn shelf(canvas: &mut Canvas, x: usize, width: usize, checks: &Checks) {
    canvas.rect(x, 165, width, GROUND - 165, STEEL);
    canvas.rect(x + 8, 173, width - 16, GROUND - 181, BACK);
    let (noodles, drinks) = (least(checks, "EYE_NOODLE"), least(checks, "EYE_DRINK"));
    let must_sell = usize::from(checks.contains_key("FACINGS"));
    let has_tags = checks.contains_key("PRICE_TAG");
    let row = |bottom, goods, size| Row { x: x + 12, bottom, length: width - 24, goods, size, has_tags };
    let eye = row(345, Goods::Packs, (34, 62));
    let rows = [
        (row(255, Goods::Packs, (34, 50)), 0, BOARD),
        (row(438, Goods::Bottles, (22, 66)), drinks, if drinks > 0 { YELLOW } else { BOARD }),
        (row(GROUND - 20, Goods::Packs, (50, 66)), must_sell, BOARD),
    ];
    canvas.rect(x + 8, eye.bottom, width - 16, 12, if noodles > 0 { YELLOW } else { BOARD });
    eye.fill(canvas, noodles);
    for (row, ours, board) in rows {
        canvas.rect(x + 8, row.bottom, width - 16, 12, board);
        row.fill(canvas, ours);
    }
    if checks.contains_key("NEW_PRODUCT") {
        let last = noodles.min(eye.places()).saturating_sub(1);
        canvas.disc((eye.place(last) + 30, 288), 12, YELLOW);
    }
}

/// The end of a row of shelves, all ours.
fn end_cap(canvas: &mut Canvas, x: usize, width: usize, checks: &Checks) {
    canvas.rect(x, 135, width, GROUND - 135, DARK_RED);
    canvas.rect(x, 135, width, 38, RED);
    canvas.rect(x + 14, 148, width - 28, 12, CREAM);
    canvas.rect(x + 6, 180, width - 12, GROUND - 186, BACK);
    let has_tags = checks.contains_key("PRICE_TAG");
    for bottom in [255, 345, 435, GROUND - 20] {
        canvas.rect(x + 6, bottom, width - 12, 10, BOARD);
        let (length, goods, size) = (width - 12, Goods::Packs, (27, 62));
        Row { x: x + 6, bottom, length, goods, size, has_tags }.fill(canvas, usize::MAX);
    }
}

/// Our share of what is cold.
fn cooler(canvas: &mut Canvas, x: usize, width: usize, checks: &Checks) {
    canvas.rect(x, 150, width, GROUND - 150, BLUE);
    canvas.rect(x, 150, width, 40, RED);
    canvas.rect(x + 14, 163, width - 28, 14, CREAM);
    canvas.rect(x + 8, 198, width - 16, GROUND - 230, GLASS);
    let rows = [275, 355, 435, 511].map(|bottom| {
        let (length, goods, size) = (width - 24, Goods::Bottles, (18, 64));
        Row { x: x + 12, bottom, length, goods, size, has_tags: false }
    });
    let places: usize = rows.iter().map(Row::places).sum();
    let mut ours = places * least(checks, "COOLER_SHARE").min(100) / 100;
    for row in rows {
        canvas.rect(x + 8, row.bottom, width - 16, 5, BOARD);
        row.fill(canvas, ours);
        ours = ours.saturating_sub(row.places());
    }
    canvas.rect(x + width - 14, 330, 5, 60, WHITE);
}

/// Cases on the floor, with a sign.
fn floor_stack(canvas: &mut Canvas, x: usize, width: usize, _: &Checks) {
    let (side, foot) = (width / 3, GROUND - 8);
    canvas.rect(x - 4, foot, width + 4, 8, WOOD);
    for (level, cases) in [3, 3, 2, 1].into_iter().enumerate() {
        for n in 0..cases {
            let left = x + (width - cases * side) / 2 + n * side;
            facing(canvas, Goods::Packs, (left, foot - level * 46), (side - 3, 43), true);
        }
    }
    let middle = x + width / 2;
    canvas.rect(middle - 3, GROUND - 300, 6, 110, STEEL);
    canvas.rect(middle - 36, GROUND - 345, 72, 54, YELLOW);
    canvas.rect(middle - 26, GROUND - 325, 52, 14, RED);
}

/// The till, and a stand of ours on it.
fn counter(canvas: &mut Canvas, x: usize, width: usize, _: &Checks) {
    canvas.rect(x, 430, width, GROUND - 430, WOOD);
    canvas.rect(x - 4, 420, width + 8, 12, INK);
    canvas.rect(x + width - 58, 375, 50, 45, DARK_GREY);
    canvas.rect(x + width - 52, 381, 38, 18, GLASS);
    canvas.rect(x + 4, 330, 76, 90, STEEL);
    canvas.rect(x + 8, 334, 68, 82, BACK);
    for bottom in [372, 414] {
        let (goods, size) = (Goods::Packs, (16, 32));
        Row { x: x + 8, bottom, length: 68, goods, size, has_tags: false }.fill(canvas, usize::MAX);
    }
}

/// A table with ours on it, and two stools.
fn table(canvas: &mut Canvas, x: usize, width: usize, _: &Checks) {
    let (left, board) = (x + 60, width.saturating_sub(120));
    let middle = left + board / 2;
    canvas.rect(left, 430, board, 14, WOOD);
    canvas.rect(middle - 8, 444, 16, GROUND - 444, INK);
    canvas.rect(middle - 50, GROUND - 8, 100, 8, INK);
    for stool in [x, left + board + 4] {
        canvas.rect(stool, 475, 56, 12, RED);
        canvas.rect(stool + 6, 487, 8, GROUND - 487, INK);
        canvas.rect(stool + 42, 487, 8, GROUND - 487, INK);
    }
    for n in 0..3 {
        facing(canvas, Goods::Bottles, (middle - 50 + n * 36, 430), (22, 74), true);
    }
}

/// Posters and the menu.
fn on_the_wall(canvas: &mut Canvas, mut x: usize, checks: &Checks) {
    for _ in 0..least(checks, "POP").min(MOST_POSTERS) {
        canvas.rect(x, 27, 90, 104, WHITE);
        canvas.rect(x + 3, 30, 84, 98, RED);
        canvas.disc((x + 45, 70), 26, CREAM);
        canvas.disc((x + 45, 70), 14, YELLOW);
        canvas.rect(x + 15, 106, 60, 10, CREAM);
        x += 90 + GAP;
    }
    if checks.contains_key("MENU") {
        canvas.rect(x, 27, 190, 104, WOOD);
        canvas.rect(x + 6, 33, 178, 92, INK);
        for (n, length) in [90, 127, 124, 121].into_iter().enumerate() {
            let (dish, price) = if n == 1 { (RED, YELLOW) } else { (CREAM, CREAM) };
            canvas.rect(x + 18, 45 + n * 20, length, 8, dish);
            canvas.rect(x + 150, 45 + n * 20, 22, 8, price);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [&str; 12] = [
        "EYE_NOODLE",
        "EYE_DRINK",
        "FACINGS",
        "END_CAP",
        "FLOOR_STACK",
        "COOLER_SHARE",
        "COUNTER",
        "MENU",
        "POP",
        "PRICE_TAG",
        "NEW_PRODUCT",
        "FRESH",
    ];

    fn png(checks: &[(&str, usize)]) -> Vec<u8> {
        draw(&checks.iter().map(|(code, least)| ((*code).to_owned(), *least)).collect()).png().unwrap()
    }

    #[test]
    fn whatever_a_checklist_asks_for_can_be_drawn() {
        let all = (1u32 << CODES.len()) - 1;
        for chosen in (0..all).step_by(409).chain([all]) {
            let codes = || (0..CODES.len()).filter(|n| (chosen >> n) & 1 == 1).map(|n| CODES[n].to_owned());
            for least in [0, 3, usize::MAX] {
                draw(&codes().map(|code| (code, least)).collect());
            }
        }
    }

    #[test]
    fn a_drawing_repeats_itself_and_shows_what_is_asked_for() {
        let plain = [("EYE_NOODLE", 2), ("COOLER_SHARE", 30)];
        let drawn = png(&plain);
        assert_eq!(png(&plain), drawn);
        for more in [[("EYE_NOODLE", 3), ("COOLER_SHARE", 30)], [("EYE_NOODLE", 2), ("COOLER_SHARE", 60)]] {
            assert_ne!(png(&more), drawn);
        }
        for code in CODES.into_iter().filter(|code| !["EYE_NOODLE", "COOLER_SHARE", "FRESH"].contains(code)) {
            assert_ne!(png(&[plain[0], plain[1], (code, 2)]), drawn, "{code}");
        }
    }
}
