//! The feed of master data: for every scope the rows that its phones must have, nothing else.

use std::collections::BTreeSet;

use xundian_domain::BusinessDate;
use xundian_domain::store::Store;
use xundian_protocol::tables::{Table, scope};

use super::catalogue::keep_territory_day;
use super::wanted::{Apart, apart};
use super::{Catalogue, Feed, new_master_version};
use crate::db::{Bulk, DbError, Kind, Tx};

/// Brings the feed in line with the master data.
///
/// # Errors
/// A failing database.
pub fn publish(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let catalogue = Catalogue::load(tx)?;
    let Apart { due, changed, stray } = apart(tx, &catalogue)?;
    remember_assignments(tx, &catalogue)?;
    let mut feed = Feed::default();
    for (scope, table, key) in stray {
        feed.put_text(&scope, &table, key, None);
    }
    for (at, value) in due {
        let is_new = !changed.contains(&at);
        let (scope, table, key) = at;
        if table == Store::NAME && is_new {
            for from in kept_for(tx, &key)?.difference(&BTreeSet::from([scope.clone()])) {
                move_history(tx, &mut feed, &key, from, &scope)?;
            }
        }
        feed.put_text(&scope, &table, key, Some(value));
    }
    feed.write(tx)
}

/// Brings the territories to a business date: a store that changes hands on it goes to its next rep's phones, with its history. Until
/// this is done everybody goes by the date before, also after midnight, so that feed and master data agree at every moment.
///
/// # Errors
/// A failing database.
pub(crate) fn publish_of(tx: &mut Tx<'_>, day: BusinessDate) -> Result<(), DbError> {
    let before = Catalogue::load(tx)?;
    if before.day == Some(day) {
        return Ok(());
    }
    keep_territory_day(tx, day)?;
    // A feed that went by no day may be of another one whatever the rows say.
    if before.day.is_some() && !before.changes_hands(day) {
        return Ok(());
    }
    publish(tx)?;
    new_master_version(tx)
}

/// The territories that may have a store's history: of everybody who ever had it or said something about it. It may have been on no
/// route in between, or be on its first one now.
fn kept_for(tx: &mut Tx<'_>, store: &str) -> Result<BTreeSet<String>, DbError> {
    let Ok(store) = store.parse::<uuid::Uuid>() else { return Ok(BTreeSet::new()) };
    let rows = tx.query(
        "SELECT rep FROM assignment WHERE store = $1 UNION SELECT rep FROM fact WHERE store = $1
         UNION SELECT rep FROM store_order WHERE store = $1",
        &[store.into()],
    )?;
    rows.iter().map(|row| Ok(scope::territory(row.get(0)?))).collect()
}

/// A store that comes to another territory takes its ledger, deliveries, belief, used counts and orders along.
fn move_history(tx: &mut Tx<'_>, feed: &mut Feed, store: &str, from: &str, to: &str) -> Result<(), DbError> {
    let (first, behind) = (format!("{store}/"), format!("{store}0"));
    let mut rows = tx.query(
        "SELECT tbl, key, value FROM scope_row WHERE scope = $1 AND value IS NOT NULL
         AND (tbl IN ('delivery', 'ledger', 'used') AND key > $2 AND key < $3 OR tbl = 'belief' AND key = $4)",
        &[from.into(), first.into(), behind.into(), store.into()],
    )?;
    let here = "SELECT 1 FROM scope_row WHERE scope = $1 AND tbl = $2 AND key = $3 AND value IS NOT NULL";
    let Ok(store) = store.parse::<uuid::Uuid>() else { return Ok(()) };
    for order in tx.query("SELECT id FROM store_order WHERE store = $1", &[store.into()])? {
        let order: uuid::Uuid = order.get(0)?;
        rows.extend(tx.query(
            "SELECT tbl, key, value FROM scope_row WHERE scope = $1 AND tbl = 'order_state' AND key = $2
             AND value IS NOT NULL",
            &[from.into(), order.to_string().into()],
        )?);
    }
    for row in rows {
        let (table, key): (String, String) = (row.get(0)?, row.get(1)?);
        feed.put_text(from, &table, key.clone(), None);
        // What the new territory has of it already is newer.
        let is_here = tx.first(here, &[to.into(), table.as_str().into(), key.as_str().into()])?;
        if is_here.is_none() {
            feed.put_text(to, &table, key, row.get(2)?);
        }
    }
    Ok(())
}

const ASSIGNMENTS: Bulk = Bulk {
    table: "assignment",
    columns: &[("store", Kind::Blob), ("since", Kind::Text), ("rep", Kind::Text)],
    tail: "ON CONFLICT (store, since, rep) DO NOTHING",
};

/// Rights of the past stay known when the plan changes (the sync contract, 3.3).
fn remember_assignments(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<(), DbError> {
    let plan: BTreeSet<_> = catalogue.routes.iter().map(|row| (row.store, row.valid_from, row.rep)).collect();
    let rows = plan.into_iter().map(|(store, since, rep)| vec![store.into(), since.into(), rep.into()]);
    tx.insert_many(&ASSIGNMENTS, rows.collect())
}

#[cfg(test)]
mod tests {
    use xundian_domain::stamp::Millis;
    use xundian_protocol::tables::Routes;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::import::{City, city_with, import_city};
    use crate::master::master_version;

    fn import(db: &Db, city: City) {
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
    }

    /// The master version after a day began.
    fn begun(db: &Db, day: &str) -> i64 {
        let day = day.parse().unwrap();
        db.write_now(move |tx| {
            publish_of(tx, day)?;
            master_version(tx)
        })
        .unwrap()
    }

    /// Stores that the phones of two reps have.
    fn stores(db: &Db) -> [i64; 2] {
        ["rep/ZY01", "rep/ZY02"].map(|scope| {
            let sql =
                "SELECT count(*) FROM scope_row WHERE scope = $1 AND tbl = 'store' AND value IS NOT NULL";
            db.read_now(|tx| tx.first(sql, &[scope.into()])).unwrap().unwrap().get(0).unwrap()
        })
    }

    #[test]
    fn a_day_on_which_no_store_changes_hands_is_noted_and_no_more() {
        let (_folder, db) = fresh();
        import(&db, city_with(None));
        let first = begun(&db, "2026-07-27");
        assert_eq!((begun(&db, "2026-07-27"), begun(&db, "2026-07-28")), (first, first));
        assert_eq!(db.read_now(Catalogue::load).unwrap().day, Some("2026-07-28".parse().unwrap()));
    }

    #[test]
    fn a_store_goes_to_its_next_rep_when_his_day_begins_and_not_at_the_import() {
        let (_folder, db) = fresh();
        let mut city = city_with(None);
        let [first, second] = ["ZY01", "ZY02"].map(|rep| ("route".to_owned(), rep.to_owned()));
        let mut given: Routes = serde_json::from_str(&city.rows[&first]).unwrap();
        let mut taken: Routes = serde_json::from_str(&city.rows[&second]).unwrap();
        let rep = "ZY02".parse().unwrap();
        for row in &mut given.0 {
            taken.0.push(xundian_domain::route::RouteRow {
                rep,
                valid_from: "2026-09-01".parse().unwrap(),
                ..row.clone()
            });
            row.valid_to = Some("2026-08-31".parse().unwrap());
        }
        city.rows.insert(first, serde_json::to_string(&given).unwrap());
        city.rows.insert(second, serde_json::to_string(&taken).unwrap());
        begun(&db, "2026-08-15");
        import(&db, city);
        assert_eq!(stores(&db), [150, 150]);
        let before = begun(&db, "2026-08-31");
        assert_eq!(stores(&db), [150, 150]);
        assert_eq!(begun(&db, "2026-09-01"), before + 1, "whoever has a catalogue reads it again");
        assert_eq!(stores(&db), [0, 300]);
    }
}
