//! What phones must have of the master data, scope by scope, and how far the feed is from it: `publish` brings it in line, `verify`
//! says where it is not.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::promotion::Used;
use xundian_domain::store::Store;
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, Rates};
use xundian_domain::visit::competitor_merge::SeenFact;
use xundian_domain::{PriceListNo, RepNo, StoreId};
use xundian_protocol::tables::{
    Contact, FactState, OrderStanding, Prices, RatesDay, Routes, SeenIn, StoreLocation, StoreNote, Table,
    scope,
};

use super::{Catalogue, ContactTold};
use crate::db::{DbError, Row, Tx, json};

/// Tables of the master data that only the server knows.
const SERVER_ONLY: &[&str] = &["event", "person", "price_list", "target", "zone"];

/// Tables of the feed that others fill: facts, orders, what is learnt. Any other row of it is the master data's, or nobody's and
/// goes: a table of the master data needs no word here, be it new, renamed or empty, and one of somebody else that lacks here is
/// named by `verify`.
const FED_BY_OTHERS: &[&str] = &[
    Belief::NAME,
    Dispersions::NAME,
    FactState::NAME,
    LearntEvent::NAME,
    LedgerDelivery::NAME,
    LedgerVisit::NAME,
    OrderStanding::NAME,
    Rates::NAME,
    RatesDay::NAME,
    SeenFact::NAME,
    SeenIn::NAME,
    Used::NAME,
];

/// Scope, table and key of a row.
type At = (String, String, String);

/// What lies between the master data and the feed.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Rows that phones must have and the feed lacks, or has with another value.
    pub(crate) due: BTreeMap<At, String>,
    /// Those of them that it has.
    pub(super) changed: BTreeSet<At>,
    /// Rows that it has and phones must not have.
    pub(crate) stray: BTreeSet<At>,
}

/// Compares the feed with the master data, in both directions.
///
/// # Errors
/// A failing database.
pub(crate) fn apart(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Apart, DbError> {
    let mut apart = Apart { due: wanted(tx, catalogue)?, ..Apart::default() };
    for row in fed(tx)? {
        let at: At = (row.get(0)?, row.get(1)?, row.get(2)?);
        match apart.due.get(&at) {
            Some(value) if *value == row.get::<String>(3)? => drop(apart.due.remove(&at)),
            Some(_) => drop(apart.changed.insert(at)),
            None => drop(apart.stray.insert(at)),
        }
    }
    Ok(apart)
}

/// The rows of the feed that no others fill: scope, table, key and value.
fn fed(tx: &mut Tx<'_>) -> Result<Vec<Row>, DbError> {
    let others = FED_BY_OTHERS.join("', '");
    let sql = format!(
        "SELECT scope, tbl, key, value FROM scope_row WHERE value IS NOT NULL AND tbl NOT IN ('{others}')"
    );
    tx.query(&sql, &[])
}

/// The rows that phones must have.
fn wanted(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<BTreeMap<At, String>, DbError> {
    let mut wanted = BTreeMap::new();
    for row in tx.query("SELECT tbl, key, value FROM master ORDER BY tbl, key", &[])? {
        let (mut table, key): (String, String) = (row.get(0)?, row.get(1)?);
        let mut value: String = row.get(2)?;
        if table == ContactTold::NAME {
            // It comes behind the office's word, in whose place it goes.
            let Some(told) = row.json::<ContactTold>(2)?.contact else { continue };
            (table, value) = (Contact::NAME.to_owned(), json(&told)?);
        }
        if let Some(scope) = scope_of(catalogue, &table, &key) {
            wanted.insert((scope, table, key), value);
        }
    }
    Ok(wanted)
}

/// The territory whose phones have a store; `None` = nobody's. What is left of a store that is gone is nobody's.
pub(crate) fn territory_of(catalogue: &Catalogue, store: StoreId) -> Option<String> {
    catalogue.stores.get(&store)?;
    Some(scope::territory(catalogue.keeper_of(store)?))
}

/// Who pulls a row; `None` = nobody.
fn scope_of(catalogue: &Catalogue, table: &str, key: &str) -> Option<String> {
    match table {
        _ if SERVER_ONLY.contains(&table) => None,
        Store::NAME | StoreLocation::NAME | Contact::NAME | StoreNote::NAME => {
            territory_of(catalogue, StoreId(key.parse().ok()?))
        }
        Routes::NAME => Some(scope::territory(key.parse::<RepNo>().ok()?)),
        Prices::NAME => Some(scope::price_list(key.split_once('/')?.0.parse::<PriceListNo>().ok()?)),
        _ => Some(scope::COMPANY.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use xundian_domain::stamp::Millis;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::import::{City, city_with, import_city};
    use crate::master::Feed;

    fn import(db: &Db, city: City) {
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
    }

    /// Rows of a table that phones have.
    fn live(db: &Db, table: &str) -> i64 {
        let sql = "SELECT count(*) FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
        db.read_now(|tx| tx.first(sql, &[table.into()])).unwrap().unwrap().get(0).unwrap()
    }

    #[test]
    fn files_without_a_single_place_take_the_places_from_the_phones() {
        let (_folder, db) = fresh();
        import(&db, city_with(None));
        let stores = live(&db, Store::NAME);
        assert_eq!(live(&db, StoreLocation::NAME), stores);
        let mut city = city_with(None);
        city.rows.retain(|(table, _), _| table != StoreLocation::NAME);
        import(&db, city);
        assert_eq!((live(&db, StoreLocation::NAME), live(&db, Store::NAME)), (0, stores));
    }

    #[test]
    fn an_import_takes_what_nobody_feeds_any_more_and_leaves_what_others_feed() {
        const RENAMED_SINCE: &str = "reason_of_an_older_server";
        let (_folder, db) = fresh();
        let mut feed = Feed::default();
        for table in FED_BY_OTHERS.iter().chain(&[RENAMED_SINCE]) {
            feed.put_text(scope::COMPANY, table, "key".to_owned(), Some("{}".to_owned()));
        }
        db.write_now(move |tx| feed.write(tx)).unwrap();
        import(&db, city_with(None));
        let left: Vec<i64> = FED_BY_OTHERS.iter().map(|table| live(&db, table)).collect();
        assert_eq!(left, vec![1; FED_BY_OTHERS.len()]);
        assert_eq!(live(&db, RENAMED_SINCE), 0);
    }
}
