//! What is said, used and believed in stores: their notes, and what their phones are told of promotions and beliefs.

use std::collections::BTreeMap;

use xundian_domain::StoreId;
use xundian_domain::promotion::Used;
use xundian_domain::stamp::Millis;
use xundian_domain::store_word::StoreNoted;
use xundian_domain::suggestion::Belief;
use xundian_protocol::tables::{StoreNote, Table};

use super::facts::Facts;
use super::{Problems, problem};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, territory_of};
use crate::orders::used_by_key;

const TOLD: &str = "SELECT scope, key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";

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

/// Phones have what the stores of their territory used of promotions: the sum of the booked uses, nothing where none is booked any
/// more.
pub(super) fn used(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Problems, DbError> {
    const RULE: &str = "phones have what their stores used of promotions";
    let (mut problems, mut booked) = (Vec::new(), used_by_key(tx)?);
    // What was used in a store that no phone has is told to whoever gets it.
    booked.retain(|key, _| territory(catalogue, key).is_some());
    for row in tx.query(TOLD, &[Used::NAME.into()])? {
        let (scope, key): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(territory) = territory(catalogue, &key) else { continue };
        if territory != scope || booked.remove(&key).unwrap_or_default() != row.json::<Used>(2)? {
            problems.push(problem(RULE, format_args!("{scope} {key}")));
        }
    }
    problems.extend(booked.keys().map(|key| problem(RULE, key)));
    Ok(problems)
}

/// Phones have what is believed of the stores of their territory, once.
pub(super) fn beliefs(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Problems, DbError> {
    const RULE: &str = "phones have what is believed of their stores";
    let (mut problems, mut kept) = (Vec::new(), BTreeMap::new());
    for row in tx.query("SELECT store, value FROM belief", &[])? {
        kept.insert(Belief::key(row.get::<StoreId>(0)?), row.get::<String>(1)?);
    }
    for row in tx.query(TOLD, &[Belief::NAME.into()])? {
        let (scope, key): (String, String) = (row.get(0)?, row.get(1)?);
        let is_elsewhere = territory(catalogue, &key).is_some_and(|territory| territory != scope);
        if is_elsewhere || kept.remove(&key) != Some(row.get::<String>(2)?) {
            problems.push(problem(RULE, format_args!("{scope} {key}")));
        }
    }
    problems.extend(kept.keys().map(|key| problem(RULE, key)));
    Ok(problems)
}

/// Whose phones have the store at the beginning of a key.
fn territory(catalogue: &Catalogue, key: &str) -> Option<String> {
    territory_of(catalogue, StoreId(key.split('/').next()?.parse().ok()?))
}
