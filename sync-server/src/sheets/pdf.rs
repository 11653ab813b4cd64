//! The sheet on A4. A stop is a row that is never torn; the header comes back on every page.

use xundian_domain::Fen;
use xundian_domain::sheet::ChangeKind;

use super::document::{DocumentChange, DocumentLine, DocumentStop, SheetDocument, spoken};
use crate::print::{A4, Cell, Column, Fonts, PrintError, Printout, Table};
use crate::text::Texts;

/// Text of tables, in points: readable at arm's length in a van.
const SIZE: f32 = 9.5;
/// Side of the QR code, in points.
const QR: f32 = 62.0;

/// Prints a sheet or a difference.
///
/// # Errors
/// The PDF writer refuses.
pub fn to_pdf(sheet: &SheetDocument, fonts: &Fonts, texts: &Texts) -> Result<Vec<u8>, PrintError> {
    let mut out = Printout::new(fonts, A4);
    header(&mut out, sheet, texts)?;
    if sheet.changes.is_empty() {
        stops(&mut out, sheet, texts);
        totals(&mut out, sheet, texts);
    } else {
        changes(&mut out, sheet, texts);
    }
    let number = sheet.no.to_string();
    out.finish(|page, pages| format!("{number}    {}", texts.fill("sheet.page", &[&page, &pages])))
}

fn header(out: &mut Printout<'_>, sheet: &SheetDocument, texts: &Texts) -> Result<(), PrintError> {
    out.qr(&sheet.qr(), QR)?;
    let title = if sheet.no.difference > 0 { "sheet.difference_title" } else { "sheet.title" };
    out.text_within(texts.get(title), 19.0, true, QR);
    out.text_within(&sheet.distributor, 12.0, true, QR);
    let van = match sheet.van {
        Some(van) => texts.fill("sheet.van", &[&van]),
        None => texts.get("sheet.all_vans").to_owned(),
    };
    let (number, day, printed) =
        (texts.get("sheet.number"), texts.get("sheet.day"), texts.get("sheet.printed"));
    out.text_within(&format!("{number} {}    {day} {}    {van}", sheet.no, sheet.no.day), 11.0, false, QR);
    let hash = sheet.hash.get(..12).unwrap_or_default();
    let check = texts.get("sheet.hash");
    out.text_within(&format!("{printed} {}    {check} {hash}", sheet.printed), 8.0, false, QR);
    if sheet.no.difference == 0 {
        let count = texts.fill("sheet.stop_count", &[&sheet.stops.len(), &sheet.cases()]);
        out.text(&count, 11.0, true);
    }
    if sheet.overflow > 0 && sheet.van.is_none() {
        out.text(&texts.fill("sheet.overflow", &[&sheet.overflow]), 11.0, true);
    }
    out.space(4.0);
    Ok(())
}

fn stops(out: &mut Printout<'_>, sheet: &SheetDocument, texts: &Texts) {
    if sheet.stops.is_empty() {
        out.text(texts.get("sheet.none"), 12.0, false);
        return;
    }
    let columns = vec![
        Column::right(texts.get("col.no"), 4.0),
        Column::left(texts.get("col.window"), 9.5),
        Column::left(texts.get("col.store"), 31.0),
        Column::left(texts.get("col.goods"), 37.0),
        Column::right(texts.get("col.amount"), 11.5),
        Column::left(texts.get("col.code"), 7.0),
    ];
    let rows = sheet.stops.iter().map(|stop| stop_row(stop, texts)).collect();
    Table { columns, rows, size: SIZE }.print(out);
}

fn stop_row(stop: &DocumentStop, texts: &Texts) -> Vec<Cell> {
    let payment = texts.coded("pay", stop.payment.code());
    vec![
        Cell::bold(stop.no.to_string()),
        Cell::bold(window(stop, texts)),
        Cell::plain(place(stop, texts)),
        Cell::plain(goods(stop, texts)),
        Cell::bold(format!("{}\n{payment}", stop.amount)),
        Cell::plain(""),
    ]
}

fn window(stop: &DocumentStop, texts: &Texts) -> String {
    stop.window.map_or_else(
        || texts.get("mark.any_time").to_owned(),
        |window| format!("{}\n{}", window.from(), window.to()),
    )
}

fn place(stop: &DocumentStop, texts: &Texts) -> String {
    let mut place = format!("{} {}", stop.store, stop.store_no);
    if stop.new_store {
        place = format!("【{}】{place}", texts.get("mark.new_store"));
    }
    format!("{place}\n{}\n{} {} {}", stop.address, texts.get("mark.receiver"), stop.receiver, stop.phone)
}

/// The quantity stands before the name, so that a name that wraps never separates the two.
fn goods(stop: &DocumentStop, texts: &Texts) -> String {
    let mut lines: Vec<String> = stop.lines.iter().map(|line| good(line, texts)).collect();
    lines.extend(
        stop.pick_ups.iter().map(|line| format!("【{}】{}", texts.get("mark.pick_up"), good(line, texts))),
    );
    lines.join("\n")
}

fn good(line: &DocumentLine, texts: &Texts) -> String {
    let mark = if line.gift { format!("【{}】", texts.get("mark.gift")) } else { String::new() };
    format!("{mark}{}  {}", quantity(line, texts), line.name)
}

fn quantity(line: &DocumentLine, texts: &Texts) -> String {
    spoken(line.quantity, texts.get("unit.case"), &line.unit)
}

fn totals(out: &mut Printout<'_>, sheet: &SheetDocument, texts: &Texts) {
    if sheet.stops.is_empty() {
        return;
    }
    out.space(10.0);
    out.text(texts.get("sheet.picking"), 13.0, true);
    let columns = vec![
        Column::left(texts.get("col.sku"), 14.0),
        Column::left(texts.get("col.name"), 42.0),
        Column::right(texts.get("col.case"), 9.0),
        Column::right(texts.get("col.quantity"), 15.0),
        Column::right(texts.get("col.gifts"), 12.0),
    ];
    let rows = sheet.picking.iter().map(|row| {
        vec![
            Cell::plain(row.sku.to_string()),
            Cell::plain(&*row.name),
            Cell::plain(row.case.get().to_string()),
            Cell::bold(spoken(row.units.split(row.case), texts.get("unit.case"), &row.unit)),
            Cell::plain(if row.gifts.is_zero() { String::new() } else { row.gifts.0.to_string() }),
        ]
    });
    Table { columns, rows: rows.collect(), size: SIZE }.print(out);
    out.space(10.0);
    out.text(texts.get("sheet.cash"), 13.0, true);
    let columns =
        vec![Column::left(texts.get("col.payment"), 30.0), Column::right(texts.get("col.amount"), 20.0)];
    let rows = sheet.cash.iter().map(|(form, amount)| {
        vec![Cell::plain(texts.coded("pay", form.code())), Cell::bold(amount.to_string())]
    });
    Table { columns, rows: rows.collect(), size: SIZE }.print(out);
}

fn changes(out: &mut Printout<'_>, sheet: &SheetDocument, texts: &Texts) {
    let columns = vec![
        Column::left(texts.get("col.change"), 8.0),
        Column::left(texts.get("col.window"), 9.0),
        Column::left(texts.get("col.store"), 30.0),
        Column::left(texts.get("col.before_after"), 41.0),
        Column::right(texts.get("col.amount"), 12.0),
    ];
    let rows = sheet.changes.iter().map(|change| change_row(change, texts)).collect();
    Table { columns, rows, size: SIZE }.print(out);
}

fn change_row(change: &DocumentChange, texts: &Texts) -> Vec<Cell> {
    let line = |(before, after): &(DocumentLine, DocumentLine)| {
        format!("{} → {}  {}", quantity(before, texts), quantity(after, texts), after.name)
    };
    let amount = if change.kind == ChangeKind::Cancel { Fen::ZERO } else { change.stop.amount };
    let payment = texts.coded("pay", change.stop.payment.code());
    vec![
        Cell::bold(texts.coded("kind", change.kind.code())),
        Cell::bold(window(&change.stop, texts)),
        Cell::plain(place(&change.stop, texts)),
        Cell::plain(change.lines.iter().map(line).collect::<Vec<_>>().join("\n")),
        Cell::bold(format!("{amount}\n{payment}")),
    ]
}
