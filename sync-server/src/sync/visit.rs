//! What one visit means to the server: a row of the ledger, a line of the day's coverage, an order, doubts.

use std::collections::HashMap;

use xundian_domain::ledger::{LedgerVisit, VisitEntry};
use xundian_domain::order::Order;
use xundian_domain::stamp::Millis;
use xundian_domain::store::{Channel, Store};
use xundian_domain::visit::stock_count::RequiredPlaces;
use xundian_domain::visit::{StockCount, Visit};
use xundian_domain::{BusinessDate, CaseSize, Sku, Units};
use xundian_protocol::push::Flag;

use crate::master::Catalogue;

/// The places that a complete count of this store covers.
pub(super) fn required_places(store: &Store) -> RequiredPlaces {
    let _: Channel = store.channel;
    RequiredPlaces { backroom: store.has_backroom, cooler: false }
}

/// What the ledger keeps of a visit; `None` if nothing was counted and nothing moved.
pub(super) fn ledger_row(
    visit: &Visit,
    store: &Store,
    date: BusinessDate,
    at: Millis,
) -> Option<LedgerVisit> {
    let count = visit.steps()?.stock_count.done()?;
    Some(LedgerVisit { date, at, entry: entry(count, required_places(store)) })
}

fn entry(count: &StockCount, required: RequiredPlaces) -> VisitEntry {
    let answers = count
        .deliveries
        .iter()
        .flat_map(|seen| seen.lines.iter().map(|(sku, units)| (seen.order, *sku, *units)));
    VisitEntry {
        counts: count.rows.iter().filter_map(|row| Some((row.sku, row.total(required)?))).collect(),
        inflows: sums(count.inflows.iter().map(|inflow| (inflow.sku, inflow.units))),
        outflows: sums(count.outflows.iter().map(|outflow| (outflow.sku, outflow.units))),
        answers: answers.collect(),
    }
}

fn sums(rows: impl Iterator<Item = (Sku, Units)>) -> Vec<(Sku, Units)> {
    let mut sums: HashMap<Sku, Units> = HashMap::new();
    for (sku, units) in rows {
        *sums.entry(sku).or_default() += units;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable_by_key(|(sku, _)| *sku);
    sums
}

/// Doubts about an order: it is accepted all the same (1-field 1.3).
pub(super) fn order_flags(
    catalogue: &Catalogue,
    store: &Store,
    order: &Order,
    date: BusinessDate,
) -> Vec<Flag> {
    let mut flags = Vec::new();
    let Some(prices) = catalogue.prices.get(&store.price_list) else { return vec![Flag::UnlistedSku] };
    for line in &order.lines {
        let case: Option<CaseSize> = catalogue.products.get(&line.sku).map(|product| product.case);
        match prices.case_price(line.sku, date) {
            None => flags.push(Flag::UnlistedSku),
            Some(price) if price != line.case_price || case != Some(line.case) => {
                flags.push(Flag::PriceStale)
            }
            Some(_) => {}
        }
    }
    flags
}
