//! Doubts about an order: it is accepted all the same, and people see them before the cut-off (1-field 1.3).

use xundian_domain::order::{Order, PaymentForm};
use xundian_domain::order_state::OrderState;
use xundian_domain::store::Store;
use xundian_domain::{BusinessDate, Fen};
use xundian_protocol::push::Flag;

use crate::db::{DbError, Tx};
use crate::master::Catalogue;
use crate::orders::is_over_cap;

/// All doubts about a new order, each once.
pub(crate) fn order_flags(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: &Store,
    order: &Order,
    date: BusinessDate,
) -> Result<Vec<Flag>, DbError> {
    let mut flags = price_flags(catalogue, store, order, date);
    if is_over_cap(tx, catalogue, order, date)? {
        flags.push(Flag::PromoCap);
    }
    if is_over_credit(tx, store, order)? {
        flags.push(Flag::OverCredit);
    }
    Ok(flags)
}

fn price_flags(catalogue: &Catalogue, store: &Store, order: &Order, date: BusinessDate) -> Vec<Flag> {
    let mut flags = Vec::new();
    let Some(prices) = catalogue.prices.get(&store.price_list) else { return vec![Flag::UnlistedSku] };
    for line in &order.lines {
        let case = catalogue.products.get(&line.sku).map(|product| product.case);
        match prices.case_price(line.sku, date) {
            None => flags.push(Flag::UnlistedSku),
            Some(price) if price != line.case_price || case != Some(line.case) => {
                flags.push(Flag::PriceStale);
            }
            Some(_) => {}
        }
    }
    flags
}

/// Outstanding (as of its import) + 挂账 of orders that were not cancelled + this order > credit limit (1-field 1.5).
fn is_over_credit(tx: &mut Tx<'_>, store: &Store, order: &Order) -> Result<bool, DbError> {
    if order.payment != PaymentForm::OnAccount {
        return Ok(false);
    }
    let mut owed = store.outstanding + order.total();
    let sql =
        "SELECT body, state FROM store_order WHERE store = $1 AND (fact IS NOT NULL OR state <> '\"held\"')";
    for row in tx.query(sql, &[store.id.into()])? {
        let (other, state): (Order, OrderState) = (row.json(0)?, row.json(1)?);
        let counts = other.payment == PaymentForm::OnAccount && other.id != order.id;
        if counts && !matches!(state, OrderState::Cancelled { .. }) {
            owed += other.total();
        }
    }
    Ok(owed > store.credit_limit.max(Fen::ZERO))
}
