//! Stores as phones have them, with their contacts and notes.

use std::collections::BTreeMap;

use xundian_domain::StoreId;
use xundian_domain::stamp::Millis;
use xundian_domain::store::Store;
use xundian_domain::store_word::StoreNoted;
use xundian_protocol::tables::{Contact, StoreNote, Table};

use super::facts::Facts;
use super::{Problems, problem};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, wanted};

const TOLD: &[&str] = &[Store::NAME, Contact::NAME, StoreNote::NAME];
const RULE: &str = "phones have the stores of their territory as they stand";

impl Facts {
    /// Of every store the newest note stands, and no other.
    pub(super) fn notes(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let mut newest: BTreeMap<StoreId, (Millis, Vec<StoreNote>)> = BTreeMap::new();
        for (fact, _) in self.applied("store_note") {
            let (Ok(noted), Some(date)) = (serde_json::from_str::<StoreNoted>(&fact.body), fact.date) else {
                continue;
            };
            let note = StoreNote { text: noted.text, rep: fact.rep, date, at: fact.captured };
            match newest.get_mut(&noted.store) {
                Some((since, notes)) if notes.iter().all(|known| note.follows(known)) => {
                    // Of one moment, and from two phones in one moment: either may have come later.
                    notes.retain(|known| known.follows(&note) && *since == fact.since);
                    notes.push(note);
                    *since = fact.since;
                }
                Some(_) => {}
                None => drop(newest.insert(noted.store, (fact.since, vec![note]))),
            }
        }
        let mut problems = Vec::new();
        for row in tx.query("SELECT key, value FROM master WHERE tbl = $1", &[StoreNote::NAME.into()])? {
            let (key, note): (String, StoreNote) = (row.get(0)?, row.json(1)?);
            let follows = key.parse().ok().and_then(|store| newest.remove(&StoreId(store)));
            // The note of a store that was taken out of the office's files was emptied.
            let emptied = |newest: &StoreNote| StoreNote { text: String::new(), ..newest.clone() };
            let stands = |newest: &StoreNote| *newest == note || emptied(newest) == note;
            if !follows.is_some_and(|(_, notes)| notes.iter().any(stands)) {
                problems.push(problem("the newest note of a store stands", key));
            }
        }
        problems.extend(newest.keys().map(|store| problem("the newest note of a store stands", store)));
        Ok(problems)
    }
}

/// Phones of a territory have its stores with their contacts and notes as they stand, and no others.
pub(super) fn told(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let catalogue = Catalogue::load(tx)?;
    let (mut wanted, _) = wanted(tx, &catalogue)?;
    wanted.retain(|(_, table, _), _| TOLD.contains(&table.as_str()));
    let mut problems = Vec::new();
    for table in TOLD {
        let sql = "SELECT scope, key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
        for row in tx.query(sql, &[(*table).into()])? {
            let (scope, key, value): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if wanted.remove(&(scope.clone(), (*table).to_owned(), key.clone())) != Some(value) {
                problems.push(problem(RULE, format_args!("{scope} {table} {key}")));
            }
        }
    }
    let lacking =
        wanted.keys().map(|(scope, table, key)| problem(RULE, format_args!("{scope} {table} {key}")));
    problems.extend(lacking);
    Ok(problems)
}
