//! What a stop costs after what was handed over and what was refused (data set README, rule 8; 1-field 1.5).

use xundian_domain::delivery::{DeliveryResult, ResultLine};
use xundian_domain::order::OrderLine;
use xundian_domain::product::OrderUnit;
use xundian_domain::promotion::{Buyer, Handed, Priced, PromoUse, Wanted, price_order, to_collect};
use xundian_domain::{Fen, Sku};

use super::promo_use::used_before;
use super::row::OrderRow;
use crate::db::{DbError, Tx};
use crate::master::Catalogue;

/// To collect at a stop: Σ lines (delivered) − cuts, never below 0, on the order [`settled`] without what was refused.
///
/// # Errors
/// A failing database.
pub fn amount_due(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    row: &OrderRow,
    result: &DeliveryResult,
) -> Result<Fen, DbError> {
    let delivered = |sku| line_of(result, sku).map(|line| line.delivered).unwrap_or_default();
    let handed = row.order.lines.iter().map(|line| Handed { delivered: delivered(line.sku) });
    let handed: Vec<Handed> = handed.collect();
    let (wanted, priced) = settled(tx, catalogue, row, result)?;
    Ok(to_collect(&wanted, &priced, &handed))
}

/// The order without what was refused. If anything was, promotions are computed again with the rules and caps of the
/// confirmation on confirmed − refused; short units count as taken.
pub(super) fn settled(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    row: &OrderRow,
    result: &DeliveryResult,
) -> Result<(Vec<Wanted>, Priced), DbError> {
    let wanted = not_refused(catalogue, row, result);
    let is_refused = result.lines.iter().any(|line| !line.refused.is_zero());
    let Some(store) = catalogue.stores.get(&row.order.store).filter(|_| is_refused) else {
        return Ok((wanted, as_confirmed(row)));
    };
    let buyer = Buyer {
        date: row.confirmed_on,
        channel: store.channel,
        class: store.class,
        distributor: row.distributor,
    };
    let used = used_before(tx, catalogue, &row.order, row.confirmed_on)?;
    let used = |no| used.iter().find(|(of, _)| *of == no).map(|(_, used)| *used).unwrap_or_default();
    let gift_price = |sku| {
        let price = catalogue.prices.get(&store.price_list)?.case_price(sku, row.confirmed_on)?;
        Some((price, catalogue.products.get(&sku)?.case))
    };
    let priced = price_order(&catalogue.promotions, &buyer, &wanted, used, gift_price);
    Ok((wanted, priced))
}

fn line_of(result: &DeliveryResult, sku: Sku) -> Option<&ResultLine> {
    result.lines.iter().find(|line| !line.gift && line.sku == sku)
}

fn not_refused(catalogue: &Catalogue, row: &OrderRow, result: &DeliveryResult) -> Vec<Wanted> {
    let want = |line: &OrderLine| {
        let product = catalogue.products.get(&line.sku);
        let by_case = product.is_none_or(|product| product.order_unit == OrderUnit::Case);
        let refused = line_of(result, line.sku).map(|line| line.refused).unwrap_or_default();
        Wanted {
            sku: line.sku,
            units: line.confirmed.saturating_sub(refused),
            case: line.case,
            order_unit: if by_case { line.case.get() } else { 1 },
            case_price: line.case_price,
            position: product.map_or(u32::MAX, |product| product.position),
        }
    };
    row.order.lines.iter().map(want).collect()
}

/// The order as it was priced in the shop.
fn as_confirmed(row: &OrderRow) -> Priced {
    let uses: Vec<PromoUse> = row.order.promos.clone();
    Priced {
        amounts: row.order.lines.iter().map(|line| line.amount).collect(),
        discounted: row.order.lines.iter().map(|line| line.discounted.clone()).collect(),
        gifts: row.order.gifts.clone(),
        cuts: row.order.cuts,
        uses,
    }
}
