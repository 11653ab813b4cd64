//! Writing an import: the rows of the office replace those of the last import, and the feed gets exactly what changed
//! for each scope. All of it is one transaction.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::store::{Store, StoreStatus};
use xundian_domain::{PriceListNo, RepNo, StoreId};
use xundian_protocol::tables::{Contact, Prices, Routes, StoreNote, Table, scope};

use super::City;
use crate::db::{Bulk, DbError, Kind, Tx};
use crate::master::{Catalogue, ContactTold, Feed};
use crate::orders::json;
use crate::setting;

const MASTER: Bulk = Bulk {
    table: "master",
    columns: &[("tbl", Kind::Text), ("key", Kind::Text), ("value", Kind::Text)],
    tail: "ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value",
};

const DELETE: &str = "DELETE FROM master WHERE tbl = $1 AND key = $2";

/// Tables that only the server knows.
const SERVER_ONLY: &[&str] = &["event", "person", "price_list", "target", "zone"];

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that are new or different.
    pub changed: usize,
    /// Rows that are gone.
    pub gone: usize,
    /// Rows that stayed as they were.
    pub same: usize,
}

/// Writes what was read from the files. The caller has looked at the rejects.
///
/// # Errors
/// A failing database; then nothing changed.
pub fn import_city(tx: &mut Tx<'_>, city: &City) -> Result<Imported, DbError> {
    let mut imported = Imported::default();
    let mut before: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in tx.query("SELECT tbl, key, value FROM master", &[])? {
        before.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    let mut changed = Vec::new();
    for ((table, key), value) in &city.rows {
        let known = before.remove(&(table.clone(), key.clone()));
        if known.as_ref() == Some(value) {
            imported.same += 1;
            continue;
        }
        imported.changed += 1;
        if table == Contact::NAME {
            // The office's newer word.
            before.remove(&(ContactTold::NAME.to_owned(), key.clone()));
            tx.execute(DELETE, &[ContactTold::NAME.into(), key.as_str().into()])?;
        }
        changed.push(vec![table.as_str().into(), key.as_str().into(), value.as_str().into()]);
    }
    tx.insert_many(&MASTER, changed)?;
    for ((table, key), value) in before {
        if is_the_phones_own(&table, &value) {
            continue;
        }
        tx.execute(DELETE, &[table.into(), key.into()])?;
        imported.gone += 1;
    }
    publish(tx)?;
    if imported.changed + imported.gone > 0 {
        new_master_version(tx)?;
    }
    Ok(imported)
}

/// Name of the setting by which a running server sees that another process imported.
const MASTER_VERSION: &str = "master_version";

fn new_master_version(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let next = master_version(tx)? + 1;
    setting::keep(tx, MASTER_VERSION, next)
}

/// Changes with every import that changes something.
///
/// # Errors
/// A failing database.
pub fn master_version(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    Ok(setting::read(tx, MASTER_VERSION)?.unwrap_or(0))
}

/// A store that a rep opened is not in the office's file yet; it stays, and so do contacts and notes.
fn is_the_phones_own(table: &str, value: &str) -> bool {
    let proposed =
        |value| serde_json::from_str::<Store>(value).is_ok_and(|store| store.status == StoreStatus::Proposed);
    [Contact::NAME, ContactTold::NAME, StoreNote::NAME].contains(&table)
        || table == Store::NAME && proposed(value)
}

/// Brings the feed in line with the master data: for every scope the rows that its phones must have, nothing else.
///
/// # Errors
/// A failing database.
pub fn publish(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let catalogue = Catalogue::load(tx)?;
    let mut wanted: BTreeMap<(String, String, String), String> = BTreeMap::new();
    let mut tables: Vec<String> = Vec::new();
    for row in tx.query("SELECT tbl, key, value FROM master ORDER BY tbl, key", &[])? {
        let (mut table, key): (String, String) = (row.get(0)?, row.get(1)?);
        let mut value: String = row.get(2)?;
        if table == ContactTold::NAME {
            // It comes behind the office's word, in whose place it goes.
            table = Contact::NAME.to_owned();
            value = json(&row.json::<ContactTold>(2)?.contact)?;
        }
        if let Some(scope) = scope_of(&catalogue, &table, &key) {
            if tables.last() != Some(&table) {
                tables.push(table.clone());
            }
            wanted.insert((scope, table, key), value);
        }
    }
    remember_assignments(tx, &catalogue)?;
    let mut feed = Feed::default();
    let mut left: BTreeMap<String, String> = BTreeMap::new();
    for table in tables {
        let sql = "SELECT scope, key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
        for row in tx.query(sql, &[table.as_str().into()])? {
            let at = (row.get(0)?, table.clone(), row.get(1)?);
            match wanted.get(&at) {
                Some(value) if *value == row.get::<String>(2)? => drop(wanted.remove(&at)),
                Some(_) => {}
                None => {
                    if table == Store::NAME {
                        left.insert(at.2.clone(), at.0.clone());
                    }
                    feed.put_text(&at.0, &at.1, at.2, None);
                }
            }
        }
    }
    for ((scope, table, key), value) in wanted {
        if table == Store::NAME
            && let Some(from) = left.remove(&key)
        {
            move_history(tx, &mut feed, &key, &from, &scope)?;
        }
        feed.put_text(&scope, &table, key, Some(value));
    }
    feed.write(tx)
}

/// A store that goes to another territory takes its ledger, deliveries, belief, used counts and orders along.
fn move_history(tx: &mut Tx<'_>, feed: &mut Feed, store: &str, from: &str, to: &str) -> Result<(), DbError> {
    let (first, behind) = (format!("{store}/"), format!("{store}0"));
    let mut rows = tx.query(
        "SELECT tbl, key, value FROM scope_row WHERE scope = $1 AND value IS NOT NULL
         AND (tbl IN ('delivery', 'ledger', 'used') AND key > $2 AND key < $3 OR tbl = 'belief' AND key = $4)",
        &[from.into(), first.into(), behind.into(), store.into()],
    )?;
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
        feed.put_text(to, &table, key, row.get(2)?);
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

/// Who pulls a row; `None` = nobody.
fn scope_of(catalogue: &Catalogue, table: &str, key: &str) -> Option<String> {
    match table {
        _ if SERVER_ONLY.contains(&table) => None,
        Store::NAME | Contact::NAME | StoreNote::NAME => {
            let id = StoreId(key.parse().ok()?);
            let opened_by = || catalogue.stores.get(&id).and_then(|store| store.opened_by);
            let rep = catalogue.route_of(id).map(|(rep, _)| rep).or_else(opened_by)?;
            Some(scope::territory(rep))
        }
        Routes::NAME => Some(scope::territory(key.parse::<RepNo>().ok()?)),
        Prices::NAME => Some(scope::price_list(key.split_once('/')?.0.parse::<PriceListNo>().ok()?)),
        _ => Some(scope::COMPANY.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::city::tests::city_with;
    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;

    fn import(db: &Db, changed: Option<(&str, &str, &str)>) -> Imported {
        let city = city_with(changed);
        db.write_now(move |tx| import_city(tx, &city)).unwrap()
    }

    fn versions(db: &Db) -> Vec<(String, i64)> {
        let rows = db.read_now(|tx| tx.query("SELECT name, version FROM scope ORDER BY name", &[])).unwrap();
        rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
    }

    #[test]
    fn the_same_files_again_change_nothing() {
        let (_folder, db) = fresh();
        let first = import(&db, None);
        assert!(first.changed > 3000 && first.gone == 0);
        let before = versions(&db);
        assert_eq!(before.len(), 1 + 3 + 12, "company, three price lists, twelve territories");
        let second = import(&db, None);
        assert_eq!((second.changed, second.gone), (0, 0));
        assert_eq!(versions(&db), before);
    }

    #[test]
    fn one_changed_store_reaches_one_territory() {
        let (_folder, db) = fresh();
        import(&db, None);
        let before = versions(&db);
        assert_eq!(import(&db, Some(("stores", "寿张路小卖部", "寿张路超市"))).changed, 1);
        let bumped: Vec<_> =
            before.iter().zip(versions(&db)).filter(|(a, b)| **a != *b).map(|(a, _)| a.0.clone()).collect();
        assert_eq!(bumped, ["rep/ZY01"]);
    }

    #[test]
    fn the_catalogue_knows_what_was_imported() {
        let (_folder, db) = fresh();
        import(&db, None);
        let catalogue = db.read_now(Catalogue::load).unwrap();
        let (rep, monday) = ("ZY01".parse().unwrap(), "2026-07-27".parse().unwrap());
        assert_eq!((catalogue.stores.len(), catalogue.promotions.len()), (1800, 10));
        assert!(catalogue.planned(rep, monday).len() >= 25);
        let substitute = "ZY03".parse().unwrap();
        assert_eq!(catalogue.absent_reps(substitute, "2026-08-06".parse().unwrap()).len(), 1);
    }
}
