//! What was published about the market, as the phones have it: beliefs are made with it and with nothing else, so that a
//! phone that goes on from a belief goes on in the same market.

use std::collections::BTreeMap;

use xundian_domain::BusinessDate;
use xundian_domain::product::Product;
use xundian_domain::store::Store;
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, Market, Rates};
use xundian_protocol::tables::{RatesDay, Table, scope};

use crate::db::{DbError, Tx};
use crate::log::Log;

/// The rows of the company's scope that are learnt: `(table, key)` → JSON.
pub(super) type Rows = BTreeMap<(String, String), String>;

/// All of them.
///
/// # Errors
/// A failing database.
pub(super) fn rows(tx: &mut Tx<'_>) -> Result<Rows, DbError> {
    let mut rows = Rows::new();
    for table in [Dispersions::NAME, LearntEvent::NAME, Rates::NAME, RatesDay::NAME] {
        let sql = "SELECT key, value FROM scope_row WHERE scope = $1 AND tbl = $2 AND value IS NOT NULL";
        for row in tx.query(sql, &[scope::COMPANY.into(), table.into()])? {
            rows.insert((table.to_owned(), row.get(0)?), row.get(1)?);
        }
    }
    Ok(rows)
}

/// The same, read.
#[derive(Debug, Default)]
pub(super) struct Published {
    day: Option<BusinessDate>,
    rates: BTreeMap<String, Rates>,
    dispersions: Dispersions,
    events: Vec<LearntEvent>,
}

impl Published {
    /// A row that cannot be read is left out: what it says counts as not known until the next night writes it again.
    ///
    /// # Errors
    /// A failing database.
    pub(super) fn load(tx: &mut Tx<'_>, log: Log) -> Result<Self, DbError> {
        let mut published = Self::default();
        for ((table, key), value) in rows(tx)? {
            if let Err(why) = published.take(&table, &key, &value) {
                log.say(format_args!("{table} {key} of the suggestions cannot be read: {why}"));
            }
        }
        let day = published.day;
        published.rates.values_mut().for_each(|rates| rates.day = day);
        Ok(published)
    }

    fn take(&mut self, table: &str, key: &str, value: &str) -> Result<(), serde_json::Error> {
        match table {
            Rates::NAME => drop(self.rates.insert(key.to_owned(), serde_json::from_str(value)?)),
            RatesDay::NAME => self.day = Some(serde_json::from_str::<RatesDay>(value)?.0),
            Dispersions::NAME => self.dispersions = serde_json::from_str(value)?,
            _ => self.events.push(serde_json::from_str(value)?),
        }
        Ok(())
    }

    /// The market of a shop, to learn in: nothing is taken out of its rates.
    pub(super) fn market<'a>(&'a self, shop: &Store, own: &'a Belief, products: &'a [Product]) -> Market<'a> {
        let (none, key) = (Rates::default(), Rates::key((shop.channel, shop.class)));
        let rates = self.rates.get(&key).unwrap_or(&none);
        Market::of(shop, own, products, rates, &self.dispersions, &self.events)
    }
}
