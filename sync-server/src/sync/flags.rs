//! Doubts about an order: it is accepted all the same, and people see them before the cut-off (1-field 1.3).

use xundian_domain::BusinessDate;
use xundian_domain::order::Order;
use xundian_domain::store::Store;
use xundian_protocol::push::Flag;

use crate::master::Catalogue;

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
