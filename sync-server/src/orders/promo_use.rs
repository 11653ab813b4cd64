//! What stores used of capped promotions. Used counts travel with the master data, so that the next phone knows them;
//! cancel, amendment and refusal give them back (data set README, rules 6 and 8).

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::order::Order;
use xundian_domain::order_state::{OrderState, Outcome};
use xundian_domain::promotion::{CapPeriod, Used};
use xundian_domain::{BusinessDate, OrderId, PromoNo, StoreId};
use xundian_protocol::tables::{Table, scope};

use super::row::OrderRow;
use crate::db::{Bulk, DbError, Kind, Row, Tx};
use crate::master::{Catalogue, Feed};

const ROWS: Bulk = Bulk {
    table: "promo_use",
    columns: &[
        ("order_id", Kind::Blob),
        ("promo", Kind::Text),
        ("store", Kind::Blob),
        ("period", Kind::Text),
        ("times", Kind::Int),
        ("units", Kind::Int),
    ],
    tail: "",
};

/// One promotion's use by an order, under the period of its cap.
struct Use {
    promo: PromoNo,
    period: String,
    used: Used,
}

/// Each promotion once, whatever an order says: a phone may name one twice.
fn uses(catalogue: &Catalogue, order: &Order, date: BusinessDate) -> Vec<Use> {
    let mut uses: Vec<Use> = Vec::new();
    for named in &order.promos {
        let promotion = catalogue.promotions.iter().find(|promotion| promotion.no == named.promo);
        let Some(promotion) = promotion.filter(|known| known.cap_period != CapPeriod::Order) else {
            continue;
        };
        let Some(period) = promotion.cap_period.key(date) else { continue };
        match uses.iter_mut().find(|of_order| of_order.promo == named.promo) {
            Some(of_order) => {
                let Used { times, qty_thousandths } = &mut of_order.used;
                *times = times.saturating_add(named.used.times);
                *qty_thousandths = qty_thousandths.saturating_add(named.used.qty_thousandths);
            }
            None => uses.push(Use { promo: named.promo, period, used: named.used }),
        }
    }
    uses
}

/// Whether an order uses more of a promotion than its cap allows this store.
pub(crate) fn is_over_cap(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    order: &Order,
    date: BusinessDate,
) -> Result<bool, DbError> {
    for of_order in uses(catalogue, order, date) {
        let promotion = catalogue.promotions.iter().find(|promotion| promotion.no == of_order.promo);
        let Some(promotion) = promotion else { continue };
        let before = total(tx, order.store, of_order.promo, &of_order.period, Some(order.id))?;
        let times = before.times.saturating_add(of_order.used.times);
        let quantity = before.qty_thousandths.saturating_add(of_order.used.qty_thousandths);
        let over_times = promotion.cap_times.is_some_and(|cap| times > cap);
        if over_times || promotion.cap_qty.is_some_and(|cap| quantity > cap.saturating_mul(1000)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the store used of each promotion in the running periods, without this order: the caps of its confirmation.
pub(super) fn used_before(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    order: &Order,
    date: BusinessDate,
) -> Result<Vec<(PromoNo, Used)>, DbError> {
    let mut used = Vec::new();
    for promotion in catalogue.promotions.iter().filter(|promotion| promotion.cap_period != CapPeriod::Order)
    {
        let Some(period) = promotion.cap_period.key(date) else { continue };
        used.push((promotion.no, total(tx, order.store, promotion.no, &period, Some(order.id))?));
    }
    Ok(used)
}

fn total(
    tx: &mut Tx<'_>,
    store: StoreId,
    promo: PromoNo,
    period: &str,
    without: Option<OrderId>,
) -> Result<Used, DbError> {
    let row = tx.first(
        "SELECT CAST(coalesce(sum(times), 0) AS BIGINT), CAST(coalesce(sum(units), 0) AS BIGINT) FROM promo_use
         WHERE store = $1 AND promo = $2 AND period = $3 AND order_id <> $4",
        &[store.into(), promo.into(), period.into(), without.map_or(uuid::Uuid::nil(), |id| id.0).into()],
    )?;
    row.map_or(Ok(Used::default()), |row| summed(&row, 0))
}

/// Two sums of a row, from a column on. Many absurd orders may sum up beyond the type: then it is simply used up.
fn summed(row: &Row, first: usize) -> Result<Used, DbError> {
    let within = |sum: i64| u32::try_from(sum).unwrap_or(u32::MAX);
    Ok(Used { times: within(row.get(first)?), qty_thousandths: within(row.get(first + 1)?) })
}

/// What every store used of every promotion in every period, by the key of its row in the feed.
///
/// # Errors
/// A failing database.
pub(crate) fn used_by_key(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Used>, DbError> {
    let rows = tx.query(
        "SELECT store, promo, period, CAST(sum(times) AS BIGINT), CAST(sum(units) AS BIGINT) FROM promo_use
         GROUP BY store, promo, period",
        &[],
    )?;
    let used = |row: &Row| {
        let (store, promo, period): (StoreId, PromoNo, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((Used::key((store, promo, period.as_str())), summed(row, 3)?))
    };
    rows.iter().map(used).collect()
}

/// Whether an order uses anything: what was cancelled or refused gives all of it back.
pub(crate) fn uses_count(state: OrderState) -> bool {
    !matches!(state, OrderState::Cancelled { .. } | OrderState::Ended { outcome: Outcome::Refused, .. })
}

/// Books the uses of orders that changed, and tells the territory.
pub(super) fn book<'a>(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    feed: &mut Feed,
    orders: impl Iterator<Item = &'a OrderRow>,
) -> Result<(), DbError> {
    let mut changed: BTreeSet<(StoreId, PromoNo, String)> = BTreeSet::new();
    let mut rows = Vec::new();
    let mut reps = BTreeMap::new();
    for row in orders {
        let counts = uses_count(row.state);
        let now = if counts { uses(catalogue, &row.order, row.confirmed_on) } else { Vec::new() };
        // A first version without uses has booked nothing before, unless a refusal took its uses away or a slip told it
        // differently.
        let is_ended = matches!(row.state, OrderState::Ended { .. });
        if row.version == 1 && row.slip.is_none() && !is_ended && counts && now.is_empty() {
            continue;
        }
        let store = row.order.store;
        reps.insert(store, catalogue.keeper_of(store).unwrap_or(row.rep));
        let before = tx.query(
            "DELETE FROM promo_use WHERE order_id = $1 RETURNING promo, period",
            &[row.order.id.into()],
        )?;
        for gone in before {
            changed.insert((store, gone.get(0)?, gone.get(1)?));
        }
        for of_order in now {
            let (times, units) = (of_order.used.times, of_order.used.qty_thousandths);
            let period = of_order.period;
            changed.insert((store, of_order.promo, period.clone()));
            rows.push(vec![
                row.order.id.into(),
                of_order.promo.into(),
                store.into(),
                period.into(),
                times.into(),
                units.into(),
            ]);
        }
    }
    tx.insert_many(&ROWS, rows)?;
    for (store, promo, period) in changed {
        let used = total(tx, store, promo, &period, None)?;
        if let Some(rep) = reps.get(&store) {
            feed.put(&scope::territory(*rep), (store, promo, period.as_str()), &used);
        }
    }
    Ok(())
}
