//! What a stop costs after what was handed over and what was refused (data set README, rule 8; 1-field 1.5).

use xundian_domain::Fen;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::product::OrderUnit;
use xundian_domain::promotion::{Buyer, Handed, Priced, PromoUse, Wanted, price_order, to_collect};

use super::promo_use::used_before;
use super::row::OrderRow;
use crate::db::{DbError, Tx};
use crate::master::Catalogue;

/// To collect at a stop: Σ lines (delivered) − cuts, never below 0. If anything was refused, promotions are computed
/// again with the rules and caps of the confirmation on confirmed − refused; short units count as taken.
///
/// # Errors
/// A failing database.
pub fn amount_due(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    row: &OrderRow,
    result: &DeliveryResult,
) -> Result<Fen, DbError> {
    let of = |sku| result.lines.iter().find(|line| !line.gift && line.sku == sku);
    let handed: Vec<Handed> = row
        .order
        .lines
        .iter()
        .map(|line| Handed { delivered: of(line.sku).map(|line| line.delivered).unwrap_or_default() })
        .collect();
    let wanted: Vec<Wanted> = row
        .order
        .lines
        .iter()
        .map(|line| {
            let product = catalogue.products.get(&line.sku);
            let by_case = product.is_none_or(|product| product.order_unit == OrderUnit::Case);
            Wanted {
                sku: line.sku,
                units: line
                    .confirmed
                    .saturating_sub(of(line.sku).map(|line| line.refused).unwrap_or_default()),
                case: line.case,
                order_unit: if by_case { line.case.get() } else { 1 },
                case_price: line.case_price,
                position: product.map_or(u32::MAX, |product| product.position),
            }
        })
        .collect();
    if result.lines.iter().all(|line| line.refused.is_zero()) {
        return Ok(to_collect(&wanted, &as_confirmed(row), &handed));
    }
    let Some(store) = catalogue.stores.get(&row.order.store) else {
        return Ok(to_collect(&wanted, &as_confirmed(row), &handed));
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
    Ok(to_collect(&wanted, &priced, &handed))
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
