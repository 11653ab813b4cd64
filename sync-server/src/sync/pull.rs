//! `pull`: what changed in the scopes of a phone since its cursor, in pages (the sync contract, 3.4).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::{BusinessDate, RepNo};
use xundian_protocol::limits::PAGE_ROWS;
use xundian_protocol::pull::Page;
use xundian_protocol::tables::scope;

use crate::db::{DbError, Tx};
use crate::master::Catalogue;

/// Pages of one answer; a first pull of a territory fits into two answers.
const PAGES: usize = 24;

/// How far a phone is, per scope: the version and row after which it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    epoch: Uuid,
    scopes: BTreeMap<String, Position>,
}

/// `(version, table, key)` of the last row that the phone has.
type Position = (i64, String, String);

impl Cursor {
    /// Before everything.
    pub fn start(epoch: Uuid) -> Self {
        Self { epoch, scopes: BTreeMap::new() }
    }

    /// Reads a cursor that this server gave; one of another epoch, or one that was tampered with, starts again.
    pub fn read(text: &str, epoch: Uuid, secret: &[u8]) -> Self {
        let read = || {
            let (body, seal) = text.split_once('.')?;
            if seal != sealed(body, secret) {
                return None;
            }
            let json = URL_SAFE_NO_PAD.decode(body).ok()?;
            serde_json::from_slice::<Self>(&json).ok()
        };
        read().filter(|cursor| cursor.epoch == epoch).unwrap_or(Self::start(epoch))
    }

    fn text(&self, secret: &[u8]) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let body = URL_SAFE_NO_PAD.encode(json);
        let seal = sealed(&body, secret);
        format!("{body}.{seal}")
    }
}

/// A keyed hash over the cursor: a phone cannot make one that reads more than its scopes, only lose its place.
fn sealed(body: &str, secret: &[u8]) -> String {
    let inner = Sha256::new().chain_update(secret).chain_update(body.as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(&Sha256::new().chain_update(secret).chain_update(inner).finalize()[..16])
}

/// The scopes of a rep's phone on a date, computed here and nowhere else.
fn scopes_of(catalogue: &Catalogue, rep: RepNo, date: BusinessDate) -> Vec<String> {
    let mut reps: BTreeSet<RepNo> = BTreeSet::from([rep]);
    for day in 0..7 {
        reps.extend(catalogue.absent_reps(rep, date.plus_days(day)));
    }
    let lists: BTreeSet<_> = catalogue
        .routes
        .iter()
        .filter(|row| reps.contains(&row.rep))
        .filter_map(|row| catalogue.stores.get(&row.store).map(|store| store.price_list))
        .collect();
    let mut scopes = vec![scope::COMPANY.to_owned()];
    scopes.extend(lists.into_iter().map(scope::price_list));
    scopes.extend(reps.into_iter().map(scope::territory));
    scopes
}

/// The next pages for a rep's phone, and whether there are more.
///
/// # Errors
/// A failing database.
pub fn pull(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    rep: RepNo,
    date: BusinessDate,
    mut cursor: Cursor,
    secret: &[u8],
) -> Result<(Vec<Page>, bool), DbError> {
    let scopes = scopes_of(catalogue, rep, date);
    let mut pages = Vec::new();
    let dropped: Vec<String> = cursor.scopes.keys().filter(|name| !scopes.contains(name)).cloned().collect();
    for name in dropped {
        cursor.scopes.remove(&name);
        pages.push(Page { dropped: true, ..empty_page(name, cursor.text(secret)) });
    }
    for name in scopes {
        loop {
            if pages.len() >= PAGES {
                return Ok((pages, true));
            }
            let Some(page) = next_page(tx, &name, &mut cursor, secret)? else { break };
            pages.push(page);
        }
    }
    Ok((pages, false))
}

fn empty_page(scope: String, cursor: String) -> Page {
    Page { scope, reset: false, dropped: false, put: BTreeMap::new(), delete: BTreeMap::new(), cursor }
}

fn next_page(
    tx: &mut Tx<'_>,
    name: &str,
    cursor: &mut Cursor,
    secret: &[u8],
) -> Result<Option<Page>, DbError> {
    let new = !cursor.scopes.contains_key(name);
    let (version, table, key) = cursor.scopes.get(name).cloned().unwrap_or_default();
    let rows = tx.query(
        "SELECT tbl, key, version, value FROM scope_row
         WHERE scope = $1 AND version >= $2 AND (version > $2 OR tbl > $3 OR (tbl = $3 AND key > $4))
         ORDER BY version, tbl, key LIMIT $5",
        &[
            name.into(),
            version.into(),
            table.into(),
            key.into(),
            i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX).into(),
        ],
    )?;
    let Some(last) = rows.last() else { return Ok(None) };
    cursor.scopes.insert(name.to_owned(), (last.get(2)?, last.get(0)?, last.get(1)?));
    let mut page = Page { reset: new, ..empty_page(name.to_owned(), cursor.text(secret)) };
    for row in &rows {
        let (table, key, value): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(3)?);
        match value {
            Some(value) => {
                let raw = RawValue::from_string(value)
                    .map_err(|why| DbError::Column { column: 3, reason: why.to_string() })?;
                page.put.entry(table).or_default().push((key, raw));
            }
            // A phone that starts has nothing to forget.
            None if new => {}
            None => page.delete.entry(table).or_default().push(key),
        }
    }
    Ok(Some(page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;
    use crate::master::Feed;

    const SECRET: &[u8] = b"secret";

    fn put(db: &crate::db::Db, scope: &'static str, keys: std::ops::Range<usize>) {
        db.write_now(move |tx| {
            let mut feed = Feed::default();
            for key in keys {
                feed.put_text(scope, "t", format!("{key:06}"), Some("1".into()));
            }
            feed.write(tx)
        })
        .unwrap();
    }

    /// Pulls everything; gives the keys in order and the last cursor.
    fn drain(db: &crate::db::Db, mut cursor: Cursor) -> (Vec<String>, Cursor) {
        let (rep, date) = ("ZY01".parse().unwrap(), "2026-07-27".parse().unwrap());
        let catalogue = Catalogue::default();
        let mut keys = Vec::new();
        loop {
            let at = cursor.clone();
            let (pages, more) = db.read_now(|tx| pull(tx, &catalogue, rep, date, at, SECRET)).unwrap();
            for page in pages {
                let rows = page.put.into_values().flatten().map(|(key, _)| key);
                keys.extend(rows.chain(page.delete.into_values().flatten().map(|key| format!("-{key}"))));
                cursor = Cursor::read(&page.cursor, cursor.epoch, SECRET);
            }
            if !more {
                return (keys, cursor);
            }
        }
    }

    #[test]
    fn page_borders_lose_and_double_nothing() {
        for rows in [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 3 * PAGE_ROWS, PAGES * PAGE_ROWS + 7] {
            let (_folder, db) = fresh();
            put(&db, "rep/ZY01", 0..rows);
            put(&db, "rep/ZY02", 0..3);
            let (keys, cursor) = drain(&db, Cursor::start(Uuid::nil()));
            let all: Vec<_> = (0..rows).map(|n| format!("{n:06}")).collect();
            assert_eq!(keys, all, "{rows} rows");
            assert!(drain(&db, cursor).0.is_empty());
        }
    }

    #[test]
    fn only_what_changed_since_comes_again_and_deletions_come_too() {
        let (_folder, db) = fresh();
        put(&db, "rep/ZY01", 0..5);
        let (_, cursor) = drain(&db, Cursor::start(Uuid::nil()));
        put(&db, "rep/ZY01", 3..4);
        db.write_now(|tx| {
            let mut feed = Feed::default();
            feed.put_text("rep/ZY01", "t", "000001".into(), None);
            feed.write(tx)
        })
        .unwrap();
        assert_eq!(drain(&db, cursor).0, ["000003", "-000001"]);
    }

    #[test]
    fn a_forged_cursor_or_one_of_another_epoch_starts_again() {
        let mut cursor = Cursor::start(Uuid::nil());
        cursor.scopes.insert("rep/ZY01".into(), (9, "t".into(), "k".into()));
        let text = cursor.text(SECRET);
        assert_eq!(Cursor::read(&text, Uuid::nil(), SECRET), cursor);
        let other = Uuid::from_u128(1);
        assert_eq!(Cursor::read(&text, other, SECRET), Cursor::start(other));
        assert_eq!(Cursor::read(&text, Uuid::nil(), b"other"), Cursor::start(Uuid::nil()));
        assert_eq!(Cursor::read("nonsense", Uuid::nil(), SECRET), Cursor::start(Uuid::nil()));
    }
}
