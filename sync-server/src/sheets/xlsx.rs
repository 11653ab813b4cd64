//! The sheet as XLSX: stops, picking totals and cash on a page each. Text cells are text, never formulas.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError as WriterError};

use super::document::SheetDocument;
use crate::text::Texts;

/// More than anybody reads; Excel's own end is 32,767 UTF-16 units.
const CELL_CHARS: usize = 1_000;

/// The workbook cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook could not be written: {0}")]
pub struct XlsxError(#[from] WriterError);

/// Writes the workbook.
///
/// # Errors
/// The writer refuses.
pub fn to_xlsx(sheet: &SheetDocument, texts: &Texts) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    stops(workbook.add_worksheet(), sheet, texts, &bold)?;
    picking(workbook.add_worksheet(), sheet, texts, &bold)?;
    cash(workbook.add_worksheet(), sheet, texts, &bold)?;
    Ok(workbook.save_to_buffer()?)
}

/// As much of a text as a cell holds: one that is longer would take the whole workbook with it.
fn text(of: &str) -> String {
    of.chars().take(CELL_CHARS).collect()
}

fn header(page: &mut Worksheet, titles: &[&str], bold: &Format) -> Result<(), WriterError> {
    for (column, title) in (0u16..).zip(titles) {
        page.write_string_with_format(0, column, *title, bold)?;
    }
    page.set_freeze_panes(1, 0)?;
    Ok(())
}

fn stops(
    page: &mut Worksheet,
    sheet: &SheetDocument,
    texts: &Texts,
    bold: &Format,
) -> Result<(), WriterError> {
    page.set_name(texts.get("sheet.stops"))?;
    let keys = [
        "col.no",
        "col.window",
        "col.store",
        "col.sku",
        "col.name",
        "col.quantity",
        "col.units",
        "col.amount",
        "col.payment",
        "col.change",
    ];
    header(page, &keys.map(|key| texts.get(key)), bold)?;
    let stops = sheet.stops.iter().map(|stop| (stop, String::new()));
    let changes = sheet.changes.iter().map(|change| (&change.stop, texts.coded("kind", change.kind.code())));
    let mut row = 1;
    for (stop, change) in stops.chain(changes) {
        for (index, line) in stop.lines.iter().enumerate() {
            page.write_number(row, 0, number(stop.no))?;
            page.write_string(row, 1, stop.window.map(|window| window.to_string()).unwrap_or_default())?;
            page.write_string(row, 2, text(&format!("{} {}", stop.store, stop.store_no)))?;
            page.write_string(row, 3, line.sku.to_string())?;
            let gift = if line.gift { format!("【{}】", texts.get("mark.gift")) } else { String::new() };
            page.write_string(row, 4, text(&format!("{gift}{}", line.name)))?;
            page.write_string(row, 5, format!("{}+{}", line.quantity.cases, line.quantity.units))?;
            page.write_number(row, 6, f64::from(line.units.0))?;
            if index == 0 {
                page.write_number(row, 7, yuan(stop.amount))?;
            }
            page.write_string(row, 8, texts.coded("pay", stop.payment.code()))?;
            page.write_string(row, 9, &change)?;
            row += 1;
        }
    }
    page.set_column_width(2, 28)?;
    page.set_column_width(4, 28)?;
    Ok(())
}

fn picking(
    page: &mut Worksheet,
    sheet: &SheetDocument,
    texts: &Texts,
    bold: &Format,
) -> Result<(), WriterError> {
    page.set_name(texts.get("sheet.picking"))?;
    let keys = ["col.sku", "col.name", "col.case", "col.quantity", "col.units", "col.gifts"];
    header(page, &keys.map(|key| texts.get(key)), bold)?;
    for (row, total) in (1u32..).zip(&sheet.picking) {
        let split = total.units.split(total.case);
        page.write_string(row, 0, total.sku.to_string())?;
        page.write_string(row, 1, text(&total.name))?;
        page.write_number(row, 2, f64::from(total.case.get()))?;
        page.write_string(row, 3, format!("{}+{}", split.cases, split.units))?;
        page.write_number(row, 4, f64::from(total.units.0))?;
        page.write_number(row, 5, f64::from(total.gifts.0))?;
    }
    page.set_column_width(1, 28)?;
    Ok(())
}

fn cash(
    page: &mut Worksheet,
    sheet: &SheetDocument,
    texts: &Texts,
    bold: &Format,
) -> Result<(), WriterError> {
    page.set_name(texts.get("sheet.cash"))?;
    header(page, &["col.payment", "col.amount"].map(|key| texts.get(key)), bold)?;
    for (row, (form, amount)) in (1u32..).zip(&sheet.cash) {
        page.write_string(row, 0, texts.coded("pay", form.code()))?;
        page.write_number(row, 1, yuan(*amount))?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "amounts of a sheet are far below 2^53 fen")]
fn yuan(amount: xundian_domain::Fen) -> f64 {
    amount.0 as f64 / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "a sheet has few stops")]
fn number(n: usize) -> f64 {
    n as f64
}
