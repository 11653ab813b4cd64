//! Somebody at the distributor looks at a sheet, or takes it on: the third light of its orders (1-field 1.3).

use std::collections::{BTreeSet, HashSet};

use xundian_domain::order_state::{OrderState, SheetNo};
use xundian_domain::stamp::Millis;

use super::book::tell_standing;
use super::row::OrderRow;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};

/// Somebody at the distributor looked at a sheet. The first time counts, and the phones of its orders hear of it.
///
/// # Errors
/// A failing database.
pub fn open(tx: &mut Tx<'_>, catalogue: &Catalogue, no: SheetNo, now: Millis) -> Result<(), DbError> {
    let touched = tx.execute(
        "UPDATE sheet SET opened = $4 WHERE distributor = $1 AND day = $2 AND difference = $3 AND opened IS NULL",
        &[no.distributor.into(), no.day.into(), no.difference.into(), now.into()],
    )?;
    if touched == 0 {
        return Ok(());
    }
    // Nothing else of an order changes: its delivery would have every suggestion of its store computed anew.
    let mut feed = Feed::default();
    let orders = OrderRow::of_day(tx, no.distributor, no.day, false)?;
    for row in orders.iter().filter(|row| on_sheet(row.state) == Some(no)) {
        tell_standing(&mut feed, catalogue, row, true);
    }
    feed.write(tx)
}

/// Somebody took it on; the first one counts. `false` = there is no such sheet, or it was accepted before.
///
/// # Errors
/// A failing database.
pub fn accept(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    no: SheetNo,
    by: &str,
    now: Millis,
) -> Result<bool, DbError> {
    open(tx, catalogue, no, now)?;
    let touched = tx.execute(
        "UPDATE sheet SET accepted = $4, accepted_by = $5
         WHERE distributor = $1 AND day = $2 AND difference = $3 AND accepted IS NULL",
        &[no.distributor.into(), no.day.into(), no.difference.into(), now.into(), by.into()],
    )?;
    Ok(touched == 1)
}

/// The sheet that an order with this state stands on, until its stop has a result.
pub(crate) fn on_sheet(state: OrderState) -> Option<SheetNo> {
    match state {
        OrderState::OnSheet { sheet } => Some(sheet),
        _ => None,
    }
}

/// Those of the sheets on which orders with these states stand that somebody opened: a question per sheet, of which there are few.
pub(super) fn opened_of(
    tx: &mut Tx<'_>,
    states: impl Iterator<Item = OrderState>,
) -> Result<HashSet<SheetNo>, DbError> {
    let sheets: BTreeSet<SheetNo> = states.filter_map(on_sheet).collect();
    let mut opened = HashSet::new();
    for no in sheets {
        let sql = "SELECT 1 FROM sheet WHERE distributor = $1 AND day = $2 AND difference = $3 AND opened IS NOT NULL";
        if tx.first(sql, &[no.distributor.into(), no.day.into(), no.difference.into()])?.is_some() {
            opened.insert(no);
        }
    }
    Ok(opened)
}

/// All sheets that somebody opened.
///
/// # Errors
/// A failing database.
pub(crate) fn all_opened(tx: &mut Tx<'_>) -> Result<HashSet<SheetNo>, DbError> {
    let rows = tx.query("SELECT distributor, day, difference FROM sheet WHERE opened IS NOT NULL", &[])?;
    let no = |row: &crate::db::Row| {
        Ok(SheetNo { distributor: row.get(0)?, day: row.get(1)?, difference: row.get(2)? })
    };
    rows.iter().map(no).collect()
}

#[cfg(test)]
mod tests {
    use xundian_domain::BusinessDate;

    use super::super::{freeze, load_sheet};
    use super::*;
    use crate::db::tests::fresh;
    use crate::import::{city_with, import_city};

    #[test]
    fn a_sheet_is_accepted_once_and_by_one() {
        let (_folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
        let catalogue = std::sync::Arc::new(db.read_now(Catalogue::load).unwrap());
        let known = catalogue.clone();
        let (now, day) = (Millis(1_785_000_000_000), "2026-07-28".parse::<BusinessDate>().unwrap());
        let sheet = db.write_now(move |tx| freeze(tx, &known, "D01".parse().unwrap(), day, now)).unwrap();
        let no = sheet.no;
        let (first, second) = (catalogue.clone(), catalogue);
        assert!(db.write_now(move |tx| accept(tx, &first, no, "d01", now)).unwrap());
        assert!(!db.write_now(move |tx| accept(tx, &second, no, "someone", now)).unwrap());
        let again = db.read_now(|tx| load_sheet(tx, no)).unwrap().unwrap();
        assert_eq!((again.opened, again.accepted), (Some(now), Some((now, "d01".to_owned()))));
        assert_eq!(again.hash, sheet.hash, "accepting changes nothing on it");
    }
}
