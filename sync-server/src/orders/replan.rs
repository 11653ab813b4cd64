//! 改期: the office's calendars and distributors change under orders that are on their way. What waits for a day on which nobody
//! delivers would wait for ever: no sheet of that day is ever made.

use std::collections::BTreeMap;

use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};

use super::book::OrderBook;
use super::lost::LostPaper;
use super::row::OrderRow;
use crate::db::{DbError, Tx, json};
use crate::master::{Catalogue, Feed};

/// Places orders again, after an import, that wait for a day or a distributor that is no more, and those that found no distributor
/// before. Their phones are told. Gives how many.
///
/// # Errors
/// A failing database.
pub fn replan_waiting(tx: &mut Tx<'_>, catalogue: &Catalogue, now: Millis) -> Result<usize, DbError> {
    let mut book = OrderBook::new(catalogue, now);
    let mut stranded = on_days_without_delivery(tx, catalogue, &mut book)?;
    stranded.extend(without_distributor(tx)?);
    let count = stranded.len();
    for mut row in stranded {
        let of_store = catalogue.stores.get(&row.order.store).map(|store| store.distributor);
        if !catalogue.distributors.contains_key(&row.distributor) {
            row.distributor = of_store.unwrap_or(row.distributor);
        }
        // What was said in the shop is asked again: the day that the server took in its place may be the one that is gone.
        row.order.promise.day = row.promised;
        book.place_again(tx, row, LostPaper::None)?;
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    Ok(count)
}

/// What waits for a day on which its distributor does not deliver any more. The sheet of a day that a restore has lost is printed: it
/// stays on it.
fn on_days_without_delivery(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    book: &mut OrderBook<'_>,
) -> Result<Vec<OrderRow>, DbError> {
    let days = tx.query("SELECT DISTINCT distributor, day FROM store_order WHERE waiting = 1", &[])?;
    let mut stranded = BTreeMap::new();
    for row in days {
        let (distributor, day): (DistributorNo, BusinessDate) = (row.get(0)?, row.get(1)?);
        let known = catalogue.distributors.get(&distributor);
        let works = known.is_some_and(|known| catalogue.delivery_rules(known).calendar.works(day));
        if works || book.is_lost(tx, distributor, day)? {
            continue;
        }
        for row in OrderRow::of_day(tx, distributor, day, true)? {
            stranded.insert(row.order.id, row);
        }
    }
    Ok(stranded.into_values().collect())
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
