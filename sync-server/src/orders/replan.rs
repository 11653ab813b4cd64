//! 改期: the office's calendars and distributors change under orders that are on their way. What waits for a day on which nobody
//! delivers would wait for ever: no sheet of that day is ever made. What waits with a distributor that has its store no more would be
//! a stop among those of others.

use std::collections::BTreeMap;

use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};

use super::book::OrderBook;
use super::lost::LostPaper;
use super::row::OrderRow;
use crate::db::{DbError, Tx, json};
use crate::master::{Catalogue, Feed};
use crate::setting::restored;

/// Places orders again, after an import, that wait for a day or a distributor that is no more or has their store no more, and those
/// that found no distributor before. Their phones are told. Gives how many.
///
/// # Errors
/// A failing database.
pub fn replan_waiting(tx: &mut Tx<'_>, catalogue: &Catalogue, now: Millis) -> Result<usize, DbError> {
    let mut book = OrderBook::new(catalogue, now);
    give_held_slips(tx, catalogue, &mut book)?;
    let mut stranded = waiting_in_vain(tx, catalogue, &mut book)?;
    stranded.extend(without_distributor(tx)?);
    let (count, restored) = (stranded.len(), restored(tx)?);
    for mut row in stranded {
        let distributor = deliverer(catalogue, &row);
        if distributor != row.distributor {
            // On the late list is what came too late for the sheets of that distributor; the next one has its own.
            tx.execute("DELETE FROM late_order WHERE order_id = $1", &[row.order.id.into()])?;
            (row.distributor, row.late) = (distributor, false);
        }
        // What was said in the shop is asked again: the day that the server took in its place may be the one that is gone.
        row.order.promise.day = row.promised;
        let paper = paper_of(tx, &row, restored)?;
        book.place_again(tx, row, paper)?;
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    Ok(count)
}

/// Whether an order may be on paper already: the server before a restore may have heard of the same files, moved it, and printed.
fn paper_of(tx: &mut Tx<'_>, row: &OrderRow, restored: Option<Millis>) -> Result<LostPaper, DbError> {
    let Some(restored) = restored else { return Ok(LostPaper::None) };
    let captured = match row.fact {
        Some(fact) => tx.first("SELECT captured FROM fact WHERE id = $1", &[fact.into()])?,
        None => None,
    };
    let captured: Option<Millis> = captured.map(|row| row.get(0)).transpose()?;
    Ok(if captured.is_some_and(|at| at > restored) { LostPaper::None } else { LostPaper::Unknown })
}

/// Who has the store of an order now; of a store that is gone, who had it.
fn deliverer(catalogue: &Catalogue, row: &OrderRow) -> DistributorNo {
    catalogue.stores.get(&row.order.store).map_or(row.distributor, |store| store.distributor)
}

/// What waits for a day on which its distributor does not deliver any more, or with a distributor that has its store no more. The
/// sheet of a day that a restore has lost is printed: what waits for it stays on it.
fn waiting_in_vain(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    book: &mut OrderBook<'_>,
) -> Result<Vec<OrderRow>, DbError> {
    let days = tx.query("SELECT DISTINCT distributor, day FROM store_order WHERE waiting = 1", &[])?;
    let mut stranded = BTreeMap::new();
    for row in days {
        let (distributor, day): (DistributorNo, BusinessDate) = (row.get(0)?, row.get(1)?);
        if book.is_lost(tx, distributor, day)? {
            continue;
        }
        let known = catalogue.distributors.get(&distributor);
        let works = known.is_some_and(|known| catalogue.delivery_rules(known).calendar.works(day));
        for row in OrderRow::of_day(tx, distributor, day, true)? {
            if !works || deliverer(catalogue, &row) != distributor {
                stranded.insert(row.order.id, row);
            }
        }
    }
    Ok(stranded.into_values().collect())
}

/// Orders of unproven slips wait for the word of whoever has their store.
fn give_held_slips(tx: &mut Tx<'_>, catalogue: &Catalogue, book: &mut OrderBook<'_>) -> Result<(), DbError> {
    let sql = "SELECT id FROM store_order WHERE state = $1 AND fact IS NULL ORDER BY id";
    let ids = tx.query(sql, &[json(&OrderState::Held)?.into()])?;
    let ids = ids.iter().map(|row| Ok(row.get::<OrderId>(0)?.into())).collect::<Result<Vec<_>, DbError>>()?;
    for row in OrderRow::load_all(tx, &ids)? {
        let distributor = deliverer(catalogue, &row);
        if distributor != row.distributor {
            book.hold(OrderRow { distributor, ..row });
        }
    }
    Ok(())
}

/// Orders of facts in effect that stand on no sheet because there was no distributor: nobody else holds them.
fn without_distributor(tx: &mut Tx<'_>) -> Result<Vec<OrderRow>, DbError> {
    let ids = tx.query(
        "SELECT o.id FROM store_order o WHERE o.state = $1 AND o.fact IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM held h WHERE h.fact = o.fact) ORDER BY o.id",
        &[json(&OrderState::Held)?.into()],
    )?;
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(OrderRow::load(tx, id.get::<OrderId>(0)?)?);
    }
    Ok(rows)
}
