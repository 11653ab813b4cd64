//! The sheet on a 58 mm printer: 32 half-width characters a line, as text and as ESC/POS bytes (GB18030, as the
//! printers of this trade have it).

use super::document::{DocumentStop, SheetDocument, spoken};
use crate::text::Texts;

/// Half-width characters in a line of a 58 mm printer.
const WIDTH: usize = 32;
/// ESC @: start anew.
const RESET: &[u8] = b"\x1b@";
/// FS &: Chinese mode.
const CHINESE: &[u8] = b"\x1c&";
/// GS V: cut the paper after feeding it out.
const CUT: &[u8] = b"\x1dVB\x00";

/// Columns that a text takes: Chinese characters are two wide.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in text.chars() {
        let mut buffer = [0; 4];
        let wide = width(c.encode_utf8(&mut buffer));
        if lines.last().is_some_and(|line| width(line) + wide > WIDTH) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

/// Left and right on one line, or on two when they do not fit.
fn pair(left: &str, right: &str) -> Vec<String> {
    let used = width(left) + width(right);
    if used < WIDTH {
        return vec![format!("{left}{}{right}", " ".repeat(WIDTH - used))];
    }
    let mut lines = wrapped(left);
    lines.push(format!("{}{right}", " ".repeat(WIDTH.saturating_sub(width(right)))));
    lines
}

/// The sheet as lines of text.
pub fn to_receipt(sheet: &SheetDocument, texts: &Texts) -> String {
    let title = if sheet.no.difference > 0 { "sheet.difference_title" } else { "sheet.title" };
    let mut lines = wrapped(texts.get(title));
    lines.extend(wrapped(&sheet.distributor));
    lines.extend(pair(&sheet.no.to_string(), &sheet.no.day.to_string()));
    if let Some(van) = sheet.van {
        lines.push(texts.fill("sheet.van", &[&van]));
    }
    for stop in &sheet.stops {
        lines.push("-".repeat(WIDTH));
        lines.extend(stop_lines(stop, texts));
    }
    for change in &sheet.changes {
        lines.push("-".repeat(WIDTH));
        lines.push(format!("== {} ==", texts.coded("kind", change.kind.code())));
        lines.extend(stop_lines(&change.stop, texts));
        for (before, after) in &change.lines {
            let said = |line| spoken(line, texts.get("unit.case"), &after.unit);
            lines.extend(pair(&after.name, &format!("{} → {}", said(before.quantity), said(after.quantity))));
        }
    }
    lines.push("=".repeat(WIDTH));
    for row in &sheet.picking {
        let quantity = spoken(row.units.split(row.case), texts.get("unit.case"), &row.unit);
        lines.extend(pair(&row.name, &quantity));
    }
    lines.push("=".repeat(WIDTH));
    for (form, amount) in &sheet.cash {
        lines.extend(pair(&texts.coded("pay", form.code()), &amount.to_string()));
    }
    lines.push(format!("{} {}", texts.get("sheet.hash"), sheet.hash.get(..12).unwrap_or_default()));
    lines.join("\n") + "\n"
}

fn stop_lines(stop: &DocumentStop, texts: &Texts) -> Vec<String> {
    let window =
        stop.window.map_or_else(|| texts.get("mark.any_time").to_owned(), |window| window.to_string());
    let mut lines = pair(&format!("{}. {window}", stop.no), &stop.store_no);
    lines.extend(wrapped(&stop.store));
    lines.extend(wrapped(&stop.address));
    lines.extend(pair(&stop.receiver, &stop.phone));
    for line in &stop.lines {
        let mark = if line.gift { format!("【{}】", texts.get("mark.gift")) } else { String::new() };
        let quantity = spoken(line.quantity, texts.get("unit.case"), &line.unit);
        lines.extend(pair(&format!("{mark}{}", line.name), &quantity));
    }
    lines.extend(pair(&texts.coded("pay", stop.payment.code()), &stop.amount.to_string()));
    lines
}

/// The same for the printer.
pub fn to_escpos(sheet: &SheetDocument, texts: &Texts) -> Vec<u8> {
    let text = to_receipt(sheet, texts);
    let (bytes, ..) = encoding_rs::GB18030.encode(&text);
    [RESET, CHINESE, &bytes, CUT].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns_and_nothing_is_wider_than_the_paper() {
        assert_eq!(width("红烧24"), 6);
        assert!(wrapped("康师傅红烧牛肉面康师傅红烧牛肉面康师傅").iter().all(|line| width(line) <= WIDTH));
        assert_eq!(pair("冰红茶", "3+0"), [format!("冰红茶{}3+0", " ".repeat(23))]);
        let two = pair("康师傅无糖冰红茶五百毫升装夏季版", "12+3");
        assert_eq!((two.len(), width(&two[1])), (2, WIDTH));
    }
}
