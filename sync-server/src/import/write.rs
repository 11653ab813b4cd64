//! Writing an import: the rows of the office replace those of the last import, and the feed gets exactly what changed
//! for each scope (`publish`). All of it is one transaction.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::StoreId;
use xundian_domain::stamp::Millis;
use xundian_domain::store::Store;
use xundian_protocol::tables::{Contact, StoreNote, Table};

use super::City;
use crate::db::{DbError, Tx, json};
use crate::master::{ContactTold, keep, new_master_version, publish};
use crate::setting;

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

/// Writes what was read from the files at a moment. The caller has looked at the rejects.
///
/// # Errors
/// A failing database; then nothing changed.
pub fn import_city(tx: &mut Tx<'_>, city: &City, now: Millis) -> Result<Imported, DbError> {
    let mut imported = Imported::default();
    let mut before: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in tx.query("SELECT tbl, key, value FROM master", &[])? {
        before.insert((row.get(0)?, row.get(1)?), row.get(2)?);
    }
    let approved = Approved::of(&before);
    let (mut changed, mut contacts) = (Vec::new(), Vec::new());
    for ((table, key), value) in &city.rows {
        let (key, value) = (approved.named(key).into_owned(), approved.named(value));
        let known = before.remove(&(table.clone(), key.clone()));
        if known.as_deref() == Some(&*value) {
            imported.same += 1;
            continue;
        }
        imported.changed += 1;
        let was_said = known.is_some() || before.contains_key(&told(&key));
        if table == Contact::NAME && was_said && is_news(known.as_deref(), &value) {
            contacts.push(key.clone());
        }
        changed.push(vec![table.as_str().into(), key.into(), value.into_owned().into()]);
    }
    keep(tx, changed)?;
    for store in &contacts {
        before.remove(&told(store));
        outdate(tx, store, now)?;
    }
    imported.gone = delete_gone(tx, before)?;
    publish(tx)?;
    // After a restore records wait for the files, whatever is in them.
    if imported.changed + imported.gone > 0 || setting::awaits_files(tx)? {
        new_master_version(tx)?;
    }
    setting::keep(tx, setting::IMPORTED, now.0)?;
    Ok(imported)
}

/// Whether the office says something else of a contact than it said before; nothing is what it said of a new store.
fn is_news(known: Option<&str>, value: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Contact>(text).unwrap_or_default();
    known.map(read).unwrap_or_default() != read(value)
}

fn told(store: &str) -> (String, String) {
    (ContactTold::NAME.to_owned(), store.to_owned())
}

/// Deletes what the files have no more; gives how many rows.
fn delete_gone(tx: &mut Tx<'_>, left: BTreeMap<(String, String), String>) -> Result<usize, DbError> {
    let mut stores = BTreeSet::new();
    for row in tx.query("SELECT key, value FROM master WHERE tbl = $1", &[Store::NAME.into()])? {
        let key: String = row.get(0)?;
        let is_left = left.contains_key(&(Store::NAME.to_owned(), key.clone()));
        if !is_left || is_opened(&row.json(1)?) {
            stores.insert(key);
        }
    }
    let gone = left.into_iter().filter(|((table, key), value)| !stays(table, key, value, &stores));
    let mut deleted = 0;
    for ((table, key), value) in gone {
        if table == StoreNote::NAME {
            empty_note(tx, &key, &value)?;
            continue;
        }
        tx.execute("DELETE FROM master WHERE tbl = $1 AND key = $2", &[table.into(), key.into()])?;
        deleted += 1;
    }
    Ok(deleted)
}

/// Of a note whose store is gone only that there was one is left, so that no older one comes back with the store.
fn empty_note(tx: &mut Tx<'_>, store: &str, value: &str) -> Result<(), DbError> {
    let Ok(note) = serde_json::from_str::<StoreNote>(value) else { return Ok(()) };
    let emptied = StoreNote { text: String::new(), ..note };
    keep(tx, vec![vec![StoreNote::NAME.into(), store.into(), json(&emptied)?.into()]])
}

/// What reps made and the office's files do not have: stores that they opened, and contacts and notes of stores that stay.
fn stays(table: &str, key: &str, value: &str, stores: &BTreeSet<String>) -> bool {
    match table {
        Store::NAME => serde_json::from_str::<Store>(value).is_ok_and(|store| is_opened(&store)),
        Contact::NAME | ContactTold::NAME | StoreNote::NAME => stores.contains(key),
        _ => false,
    }
}

/// The id of an office's store follows from its number, that of a rep's was made on his phone and is kept for life.
fn is_opened(store: &Store) -> bool {
    store.number.is_none_or(|number| StoreId::from_number(number) != store.id)
}

/// Stores that reps opened and the office approved: its files name them by their numbers.
struct Approved(Vec<(String, String)>);

impl Approved {
    fn of(before: &BTreeMap<(String, String), String>) -> Self {
        let stores = before.iter().filter(|((table, _), _)| table == Store::NAME);
        let opened = stores.filter_map(|(_, value)| serde_json::from_str::<Store>(value).ok());
        let opened = opened.filter(is_opened).filter_map(|store| Some((store.number?, store.id)));
        Self(opened.map(|(number, id)| (StoreId::from_number(number).to_string(), id.to_string())).collect())
    }

    /// A key or value with the ids that these stores have for life; an id stands nowhere but for its store.
    fn named<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.iter().fold(Cow::Borrowed(text), |text, (by_number, id)| {
            if text.contains(by_number) { Cow::Owned(text.replace(by_number, id)) } else { text }
        })
    }
}

/// The office's newer word about a contact: what reps said before holds no longer, whenever it comes.
fn outdate(tx: &mut Tx<'_>, store: &str, now: Millis) -> Result<(), DbError> {
    let said = ContactTold { contact: None, at: now };
    keep(tx, vec![vec![ContactTold::NAME.into(), store.into(), json(&said)?.into()]])
}

#[cfg(test)]
mod tests {
    use super::super::city::tests::city_with;
    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::master::Catalogue;

    fn import(db: &Db, changed: Option<(&str, &str, &str)>) -> Imported {
        let city = city_with(changed);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap()
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
