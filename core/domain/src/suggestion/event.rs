//! Events of the market: days on which people buy more or less. What they do to a SKU is learnt (`prior`); here is which of
//! them concern a shop.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::product::Product;
use crate::store::{Channel, Store};
use crate::time::BusinessDate;

use super::exposure::{EventSpan, Multiplier};

/// One row of the office's calendar of events: an event and one category or series that it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketEvent {
    /// Number of the event; its rows share it.
    pub id: String,
    /// 名称.
    pub name: String,
    /// Kind, as a code (`holiday`, `festival`, `school`, `weather`, `competition`, `promotion`).
    pub kind: String,
    /// First day.
    pub from: BusinessDate,
    /// Last day, included.
    pub to: BusinessDate,
    /// Beginnings of the codes of streets; empty = everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub districts: Vec<String>,
    /// Empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Category or series.
    pub of: String,
    /// What the office expects, in hundredths.
    pub multiplier: u32,
    /// What its expectation is worth, in units; 0 = it names nothing, and the usual weight holds.
    pub prior_weight: u32,
}

/// A promotion of the company loads the trade and says nothing about consumers (data set README, "Events").
const OF_THE_TRADE: &str = "promotion";

coded_enum! {
    /// What is believed of an event before anything was sold in one.
    EventPrior {
        /// Nothing: only what was learnt moves a number.
        Learned = "learned",
        /// What the office expects.
        Office = "office",
    }
}

impl Default for EventPrior {
    /// As the demo rules it (data set README, "Events").
    fn default() -> Self {
        Self::Learned
    }
}

impl EventPrior {
    pub(super) fn of(self, event: &MarketEvent) -> Multiplier {
        match self {
            Self::Learned => Multiplier::ONE,
            Self::Office => {
                let thousandths = event.multiplier.saturating_mul(10);
                Multiplier(u16::try_from(thousandths).unwrap_or(u16::MAX)).within_limits()
            }
        }
    }
}

impl MarketEvent {
    /// Whether it says anything about what consumers buy.
    pub fn is_of_consumers(&self) -> bool {
        self.kind != OF_THE_TRADE
    }

    /// Whether it reaches a shop.
    pub fn reaches(&self, shop: &Store) -> bool {
        let is_near =
            |street: &str| self.districts.iter().any(|district| street.starts_with(district.as_str()));
        let is_here = self.districts.is_empty()
            || shop.street.as_ref().is_some_and(|street| is_near(&street.to_string()));
        is_here && (self.channels.is_empty() || self.channels.contains(&shop.channel))
    }

    /// Whether it names a product, by its series or its category.
    pub(super) fn names(&self, product: &Product) -> bool {
        self.closeness(product) > 0
    }

    /// How closely it names a product: 2 = its series, 1 = its category, 0 = not at all.
    fn closeness(&self, product: &Product) -> u8 {
        if self.of == product.series { 2 } else { u8::from(self.of == product.category) }
    }
}

/// The rows that hold for a product, one per event: the series row wins over the category's.
pub fn of_product<'a>(
    reaching: &[&'a MarketEvent],
    product: &Product,
) -> impl Iterator<Item = &'a MarketEvent> {
    let mut closest: Vec<&MarketEvent> = Vec::new();
    for event in reaching.iter().filter(|event| event.names(product)) {
        match closest.iter_mut().find(|known| known.id == event.id && known.from == event.from) {
            Some(known) if known.closeness(product) < event.closeness(product) => *known = event,
            Some(_) => {}
            None => closest.push(event),
        }
    }
    closest.into_iter()
}

impl MarketEvent {
    /// Its days with a multiplier.
    pub fn span(&self, multiplier: Multiplier) -> EventSpan {
        EventSpan { from: self.from, to: self.to, multiplier }
    }
}
