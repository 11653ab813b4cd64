//! I3: the rows that a phone has of its scopes, beside those of the server. That the server's are those of the master data,
//! which no phone could tell, is `verify`'s to say: [`crate::check::server_is_sound`] asks it at the end of every run.
//!
//! After every run of sync a phone is looked at: at all its rows after a run over a good line, after some of the others and when
//! everything is over, else at what changed at the server since it was in step, which is a few rows, and at how many it
//! has. Between two answers of a run nobody looks: cursors go forwards only, so that what one answer skipped is still missing
//! when the run ends.
//!
//! Rows of the phone's own are looked at whenever it is in step: they give way to the server's rows and to their ends.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;
use xundian_domain::RecordId;
use xundian_server::db::{DbError, Row};
use xundian_server::sync::scopes_of;

use crate::Outcome;
use crate::check::violation;
use crate::phone::SimPhone;
use crate::report::Violation;
use crate::server::Server;

/// Rows of one scope: table, key, value.
type Rows = Vec<(String, String, String)>;

/// Own rows of what the server ends in the night, where the phone has their store and their fact is gone or takes effect: table,
/// key, the scope of the store, and whether a scope has the same row.
const OWN_ROWS: &str = "
    SELECT own.tbl, own.key, shop.scope, EXISTS (
        SELECT 1 FROM master_row told WHERE told.tbl = own.tbl AND told.key = own.key AND told.scope <> 'own'), own.made_by
    FROM master_row own JOIN master_row shop ON shop.tbl = 'store' AND shop.scope <> 'own' AND shop.key = CASE own.tbl
        WHEN 'order_state' THEN json_extract(own.value, '$.store')
        ELSE substr(own.key, 1, instr(own.key, '/') - 1) END
    WHERE own.scope = 'own' AND own.tbl IN ('ledger', 'delivery', 'order_state') AND NOT EXISTS (
        SELECT 1 FROM fact WHERE fact.id = own.made_by
        AND (verdict IS NULL OR json_extract(verdict, '$.verdict') <> 'applied'))
    ORDER BY own.tbl, own.key, shop.scope";

/// Rows that were told and are told no more. An order that is taken back deletes its `delivery` at once: that is no
/// end, so that deliveries are counted by what the server keeps of them.
const ENDED: &str = "
    SELECT tbl, count(*) FROM (
        SELECT tbl, key FROM scope_row WHERE value IS NULL AND tbl IN ('ledger', 'order_state', 'fact_state')
        UNION SELECT tbl, key FROM past
        EXCEPT SELECT tbl, key FROM scope_row WHERE value IS NOT NULL)
    GROUP BY tbl ORDER BY tbl";

/// Up to which version of each scope a phone was found to have what the server has.
#[derive(Debug, Default, Clone)]
pub(crate) struct Equal {
    /// The server's epoch: versions of another one say nothing.
    epoch: u32,
    upto: BTreeMap<String, i64>,
}

impl Equal {
    /// A phone that is in step now.
    fn now(phone: &SimPhone, server: &Server) -> Outcome<Self> {
        let mut upto: BTreeMap<String, i64> = server.read(|tx| {
            let rows = tx.query("SELECT name, version FROM scope", &[])?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()
        })?;
        let wanted = wanted(phone, server)?;
        upto.retain(|scope, _| wanted.contains(scope));
        Ok(Self { epoch: server.epoch_number, upto })
    }

    fn upto(&self, scope: &str, epoch: u32) -> i64 {
        let known = self.upto.get(scope).filter(|_| self.epoch == epoch);
        known.copied().unwrap_or(0)
    }
}

/// How closely a phone is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// At every row.
    All,
    /// At what has changed since it was in step.
    News,
}

/// After a run of sync: who came into step has what the server has, anybody else what the cursors say.
pub(crate) fn after_a_run(
    number: usize,
    phone: &mut SimPhone,
    server: &Server,
    is_in_step: bool,
    look: Look,
) -> Outcome<Vec<Violation>> {
    let mut violations = match (is_in_step, look) {
        (true, Look::All) => scopes_equal(number, phone, server)?,
        (true, Look::News) => {
            let mut found = news_hold(number, phone, server, &phone.equal, false)?;
            found.extend(nothing_else(number, phone, server)?);
            found
        }
        (false, Look::All) => cursors_hold(number, phone, server)?,
        (false, Look::News) => news_hold(number, phone, server, &phone.equal, true)?,
    };
    if is_in_step {
        violations.extend(own_rows_gave_way(number, phone, server)?);
        phone.equal = Equal::now(phone, server)?;
    }
    Ok(violations)
}

/// The rows that a phone has of its scopes are the server's, no more, no fewer, none older.
pub(crate) fn scopes_equal(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let wanted = wanted(phone, server)?;
    let mut violations = held(number, &db, &wanted)?;
    for scope in &wanted {
        let here = server.read(|tx| {
            let rows = tx.query(
                "SELECT tbl, key, value FROM scope_row WHERE scope = $1 AND value IS NOT NULL ORDER BY tbl, key",
                &[scope.as_str().into()],
            )?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect::<Result<Rows, DbError>>()
        })?;
        let there = rows_of(&db, scope)?;
        if here != there {
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (here.iter().collect(), there.iter().collect());
            let differing = ours.symmetric_difference(&theirs).next();
            violations.push(violation(
                "I3",
                format_args!(
                    "phone {number}, scope {scope}: {} rows there, {} here; {differing:?}",
                    there.len(),
                    here.len()
                ),
            ));
        }
    }
    Ok(violations)
}

/// In the middle of a run: what a phone has read by its cursors it has as the server has it, and what was deleted up to
/// there it has not, unless a snapshot of the scope is still coming.
pub(crate) fn cursors_hold(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    news_hold(number, phone, server, &Equal::default(), true)
}

/// The same of what changed after it was `equal`; of whoever is in step all of it, whatever the cursors say.
fn news_hold(
    number: usize,
    phone: &SimPhone,
    server: &Server,
    equal: &Equal,
    by_cursor: bool,
) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let sealer = server.app()?.sealer();
    let coming = texts(&db, "SELECT DISTINCT scope FROM master_row WHERE stale = 1")?;
    let mut find =
        db.prepare_cached("SELECT value FROM master_row WHERE tbl = ?1 AND key = ?2 AND scope = ?3")?;
    let mut violations = Vec::new();
    for (scope, cursor) in cursors_of(&db)? {
        let is_whole = !coming.contains(&scope);
        let upto = equal.upto(&scope, server.epoch_number);
        let rows = server.read(|tx| {
            let sql = "SELECT tbl, key, version, value FROM scope_row WHERE scope = $1 AND version > $2";
            tx.query(sql, &[scope.as_str().into(), upto.into()])
        })?;
        for row in rows {
            let (table, key, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let value: Option<String> = row.get(3)?;
            if by_cursor && sealer.has_read(&cursor, version, &table, &key) != Some(true) {
                continue;
            }
            let has: Option<String> = find.query_row([&table, &key, &scope], |row| row.get(0)).optional()?;
            if has != value && (is_whole || value.is_some()) {
                let what = format_args!(
                    "phone {number} has read {table} {key} of {scope} in version {version}, and has {has:?} instead of {value:?}"
                );
                violations.push(violation("I3", what));
            }
        }
    }
    Ok(violations)
}

/// Whoever has every row of the server's, and as many as the server, has no other.
fn nothing_else(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let wanted = wanted(phone, server)?;
    let mut violations = held(number, &db, &wanted)?;
    let mut count = db.prepare_cached("SELECT count(*) FROM master_row WHERE scope = ?1")?;
    for scope in &wanted {
        let here: i64 = server.read(|tx| {
            let sql = "SELECT count(*) FROM scope_row WHERE scope = $1 AND value IS NOT NULL";
            tx.first(sql, &[scope.as_str().into()])?.map_or(Ok(0), |row| row.get(0))
        })?;
        let there: i64 = count.query_row([scope], |row| row.get(0))?;
        if here != there {
            let what = format_args!("phone {number}, scope {scope}: {there} rows there, {here} here");
            violations.push(violation("I3", what));
        }
    }
    Ok(violations)
}

/// Whoever is in step has no own row of whose row, or end, it has heard since its fact took effect (docs/adr/0018).
pub(crate) fn own_rows_gave_way(number: usize, phone: &SimPhone, server: &Server) -> Outcome<Vec<Violation>> {
    let db = phone.look()?;
    let mut statement = db.prepare_cached(OWN_ROWS)?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, Option<Uuid>>(4)?))
    })?;
    let mut violations = Vec::new();
    for row in rows {
        let (table, key, scope, is_told, made_by): (String, String, String, bool, _) = row?;
        let has_heard = is_told || has_heard(&phone.equal, server, [&scope, &table, &key])?;
        if has_heard && !waits_at_the_office(server, made_by)? {
            let what = format_args!("phone {number} still has its own {table} {key} beside {scope}");
            violations.push(violation("I3", what));
        }
    }
    Ok(violations)
}

/// A phone may have forgotten a fact that still waits for a person or for a lost sheet: nothing was told of it yet.
fn waits_at_the_office(server: &Server, fact: Option<Uuid>) -> Outcome<bool> {
    let Some(fact) = fact.map(RecordId) else { return Ok(false) };
    let waits = server.read(|tx| {
        let sql = "SELECT 1 FROM parked WHERE fact = $1 UNION ALL SELECT 1 FROM held WHERE fact = $1";
        tx.first(sql, &[fact.into()])
    })?;
    Ok(waits.is_some())
}

/// Whether somebody who was `equal` and is in step has heard of a row since. Who did not hold its scope then, or in this epoch, was
/// told all of it; of a file that was never looked at nobody knows.
fn has_heard(equal: &Equal, server: &Server, [scope, table, key]: [&str; 3]) -> Outcome<bool> {
    let upto = equal.upto(scope, server.epoch_number);
    if equal.epoch == 0 || upto == 0 {
        return Ok(equal.epoch > 0);
    }
    let news = server.read(|tx| {
        let sql = "SELECT 1 FROM scope_row WHERE scope = $1 AND tbl = $2 AND key = $3 AND version > $4";
        tx.first(sql, &[scope.into(), table.into(), key.into(), upto.into()])
    })?;
    Ok(news.is_some())
}

/// What ended in the nights, by the names under which it is counted: `ledger ended`.
pub(crate) fn ended(server: &Server) -> Outcome<Vec<(String, u64)>> {
    server.read(|tx| {
        let rows = tx.query(ENDED, &[])?;
        let name = |row: &Row| row.get::<String>(0).map(|table| format!("{table} ended"));
        rows.iter().map(|row| Ok((name(row)?, row.get(1)?))).collect::<Result<_, DbError>>()
    })
}

/// The scopes that the phone's rep has today.
fn wanted(phone: &SimPhone, server: &Server) -> Outcome<BTreeSet<String>> {
    let app = server.app()?;
    let (catalogue, now) = (app.catalogue(), app.now());
    Ok(scopes_of(&catalogue, phone.rep, catalogue.zone().date(now)).into_iter().collect())
}

/// It holds these scopes, and has rows of no other.
fn held(number: usize, db: &Connection, wanted: &BTreeSet<String>) -> Outcome<Vec<Violation>> {
    let held = texts(db, "SELECT scope FROM scope_cursor")?;
    let mut violations = Vec::new();
    if *wanted != held {
        violations.push(violation("I3", format_args!("phone {number} holds {held:?} instead of {wanted:?}")));
    }
    let stray = texts(db, "SELECT DISTINCT scope FROM master_row WHERE scope <> 'own'")?;
    for scope in stray.difference(wanted) {
        violations.push(violation("I3", format_args!("phone {number} has rows of {scope}, which it lost")));
    }
    Ok(violations)
}

fn cursors_of(db: &Connection) -> Outcome<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT scope, cursor FROM scope_cursor")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn texts(db: &Connection, sql: &str) -> Outcome<BTreeSet<String>> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn rows_of(db: &Connection, scope: &str) -> Outcome<Rows> {
    let mut statement =
        db.prepare_cached("SELECT tbl, key, value FROM master_row WHERE scope = ?1 ORDER BY tbl, key")?;
    let rows = statement.query_map([scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_equal_is_no_news_until_a_restore() {
        let equal = Equal { epoch: 2, upto: BTreeMap::from([("company".to_owned(), 7)]) };
        assert_eq!(["company", "rep/ZY01"].map(|scope| equal.upto(scope, 2)), [7, 0]);
        assert_eq!(equal.upto("company", 3), 0);
    }
}
