//! The sheet as CSV: one row per line of a stop, for the distributor's own system. Cells that a spreadsheet would run
//! are neutralised.

use super::document::SheetDocument;
use crate::import::neutral;
use crate::text::Texts;

/// Columns, in their order; stable names for programs.
const HEADER: &[&str] = &[
    "sheet",
    "delivery_day",
    "van",
    "stop",
    "window",
    "store_no",
    "store",
    "address",
    "receiver",
    "phone",
    "order",
    "sku",
    "name",
    "cases",
    "units",
    "total_units",
    "gift",
    "amount_yuan",
    "payment",
    "change",
    "hash",
];

/// UTF-8 with BOM, so that spreadsheets show Chinese. The amount stands on the first row of a stop only, so that the
/// column adds up.
pub fn to_csv(sheet: &SheetDocument, texts: &Texts) -> Vec<u8> {
    let mut out = ::csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    // A vector takes every write.
    let _ = out.write_record(HEADER);
    let stops = sheet.stops.iter().map(|stop| (stop, String::new()));
    let changes = sheet.changes.iter().map(|change| (&change.stop, texts.coded("kind", change.kind.code())));
    for (stop, change) in stops.chain(changes) {
        for (index, line) in stop.lines.iter().enumerate() {
            let row = [
                sheet.no.to_string(),
                sheet.no.day.to_string(),
                stop.van.map(|van| van.to_string()).unwrap_or_default(),
                stop.no.to_string(),
                stop.window.map(|window| window.to_string()).unwrap_or_default(),
                stop.store_no.clone(),
                stop.store.clone(),
                stop.address.clone(),
                stop.receiver.clone(),
                stop.phone.clone(),
                stop.order.to_string(),
                line.sku.to_string(),
                line.name.clone(),
                line.quantity.cases.to_string(),
                line.quantity.units.to_string(),
                line.units.0.to_string(),
                u8::from(line.gift).to_string(),
                if index == 0 { stop.amount.to_string() } else { String::new() },
                texts.coded("pay", stop.payment.code()),
                change.clone(),
                sheet.hash.clone(),
            ];
            let _ = out.write_record(row.map(|cell| neutral(&cell)));
        }
    }
    out.into_inner().unwrap_or_default()
}
