//! Notes about stores.

use std::collections::BTreeMap;

use xundian_domain::StoreId;
use xundian_domain::store_word::StoreNoted;
use xundian_protocol::tables::{StoreNote, Table};

use super::facts::Facts;
use super::{Problems, problem};
use crate::db::{DbError, Tx};

impl Facts {
    /// Of every store the newest note stands, and no other.
    pub(super) fn notes(&self, tx: &mut Tx<'_>) -> Result<Problems, DbError> {
        let mut newest: BTreeMap<StoreId, StoreNote> = BTreeMap::new();
        for (fact, _) in self.applied("store_note") {
            let (Ok(noted), Some(date)) = (serde_json::from_str::<StoreNoted>(&fact.body), fact.date) else {
                continue;
            };
            let note = StoreNote { text: noted.text, rep: fact.rep, date, at: fact.captured };
            if newest.get(&noted.store).is_none_or(|known| note.follows(known)) {
                newest.insert(noted.store, note);
            }
        }
        let mut problems = told(tx)?;
        for row in tx.query("SELECT key, value FROM master WHERE tbl = $1", &[StoreNote::NAME.into()])? {
            let (key, note): (String, StoreNote) = (row.get(0)?, row.json(1)?);
            let follows = key.parse().ok().and_then(|store| newest.remove(&StoreId(store)));
            if follows.as_ref() != Some(&note) {
                problems.push(problem("the newest note of a store stands", key));
            }
        }
        problems.extend(newest.keys().map(|store| problem("the newest note of a store stands", store)));
        Ok(problems)
    }
}

/// Phones are told the note that stands.
fn told(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let rows = tx.query(
        "SELECT s.key FROM scope_row s LEFT JOIN master m ON m.tbl = s.tbl AND m.key = s.key
         WHERE s.tbl = $1 AND s.value IS NOT NULL AND (m.value IS NULL OR m.value <> s.value)",
        &[StoreNote::NAME.into()],
    )?;
    rows.iter().map(|row| Ok(problem("phones have the note that stands", row.get::<String>(0)?))).collect()
}
