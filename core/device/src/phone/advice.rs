//! What the suggestions of a visit go by, read from the phone's file: the company's part is decoded in `office`, the store's
//! rows here. What is made of them is the domain's `Advisor`.

use xundian_domain::BusinessDate;
use xundian_domain::ledger::Ledger;
use xundian_domain::store::Store as Shop;
use xundian_domain::suggestion::{Advisor, Belief, Market, Rates};
use xundian_protocol::tables::RatesDay;

use super::PhoneError;
use crate::office::{self, Office};
use crate::store::Store;

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
