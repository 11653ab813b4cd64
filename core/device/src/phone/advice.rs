//! What the suggestions of a visit go by, read from the phone's file: the company's part is decoded in `office`, the store's
//! rows here. What is made of them is the domain's `Advisor`.

use std::collections::BTreeMap;

use xundian_domain::ledger::Ledger;
use xundian_domain::store::Store as Shop;
use xundian_domain::suggestion::rank::Declined;
use xundian_domain::suggestion::{Advisor, Belief, Market, Rates};
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, Sku, StoreId};

use xundian_protocol::tables::RatesDay;

use super::PhoneError;
use super::visit::json;
use crate::office::{self, Office};
use crate::store::{OwnRow, Store};

/// Own rows: the owner's last no to a SKU.
const DECLINED: &str = "declined";

/// What the server said about a store and its kind; empty before it has learnt anything.
#[derive(Debug, Default)]
pub(super) struct Told {
    belief: Belief,
    rates: Rates,
}

impl Told {
    pub(super) fn about(store: &Store, shop: &Shop) -> Result<Self, PhoneError> {
        let rates: Rates = office::row(store, (shop.channel, shop.class))?.unwrap_or_default();
        let day = office::row::<RatesDay>(store, ())?.map(|day| day.0);
        Ok(Self { belief: office::row(store, shop.id)?.unwrap_or_default(), rates: Rates { day, ..rates } })
    }

    /// Goes on from what was published with the phone's own visits.
    pub(super) fn advisor<'a>(
        &'a self,
        office: &'a Office,
        shop: &Shop,
        ledger: &Ledger,
        date: BusinessDate,
    ) -> Advisor<'a> {
        let (products, settings) = (&office.products, &office.settings);
        let market =
            Market::of(shop, &self.belief, products, &self.rates, &office.dispersions, &office.events);
        Advisor {
            belief: self.belief.on(date, ledger, products, &market),
            market,
            date,
            days_ahead: days_ahead(office, shop, date),
            chosen: settings.suggestion.policy(shop.class),
            service: settings.suggestion.service(shop.class),
            rounding: settings.rounding,
        }
    }
}

/// Days from a visit to the delivery after the next planned one, by the calendar that also makes the order's promise.
fn days_ahead(office: &Office, shop: &Shop, date: BusinessDate) -> Option<u32> {
    let next_visit = date.plus_days(office.plan().days_to_next_visit(shop.id, date)?);
    let delivery = office.earliest_delivery(shop.distributor, next_visit)?;
    u32::try_from(delivery.days_since(date)).ok()
}

/// What the owner declined of this phone's offers and has not taken since. Another phone's visits are not in it.
pub(super) fn declined(
    store: &Store,
    shop: StoreId,
    date: BusinessDate,
) -> Result<BTreeMap<Sku, Declined>, PhoneError> {
    let mut declined = BTreeMap::new();
    for row in store.masters(DECLINED, &format!("{shop}/"))? {
        let no: Declined = office::decode(&row.value)?;
        let sku = row.key.rsplit('/').next().and_then(|sku| sku.parse::<Sku>().ok());
        declined.extend(sku.filter(|_| no.holds_on(date)).map(|sku| (sku, no)));
    }
    Ok(declined)
}

/// The own rows that a sealed visit makes of each yes and no.
pub(super) fn declined_rows(visit: &Visit) -> Result<Vec<OwnRow>, PhoneError> {
    let Some(suggested) = visit.steps().and_then(|steps| steps.suggested_order.done()) else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for line in &suggested.lines {
        let Some(said) = Declined::said(line, visit.date) else { continue };
        let key = format!("{}/{}", visit.store, line.sku);
        let value = said.map(|no| json("own row", &no)).transpose()?;
        rows.push(OwnRow { table: DECLINED.to_owned(), key, value });
    }
    Ok(rows)
}
