//! Master rows: what the server sends down, by scope. The rows of a page and its cursor are one commit, so that nothing
//! is skipped and nothing is asked for twice (3-sync 3.4).

use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;
use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::store::Store as Shop;
use xundian_protocol::push::Verdict;
use xundian_protocol::tables::{FactState, OrderStanding, Table};

use super::{Store, StoreError};

/// One row of a pulled table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterRow {
    /// Parts joined by `/`.
    pub key: String,
    /// JSON.
    pub value: String,
}

/// One change of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// New or changed.
    Put {
        /// Table.
        table: String,
        /// The row.
        row: MasterRow,
    },
    /// Gone.
    Delete {
        /// Table.
        table: String,
        /// Key of the row.
        key: String,
    },
    /// A snapshot begins: what is here is old.
    Stale,
    /// A snapshot has ended: what is still old goes.
    Sweep,
}

/// Who stands behind a row that this phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backing {
    /// The server: it sent the row, or has the fact that made it.
    Server,
    /// This phone alone: the fact that made the row is not on the server.
    Phone,
    /// The server has the fact that made the row, which waits there for its store or another version.
    Parked,
    /// Nobody: the server takes nothing of the fact that made the row.
    Nobody,
}

/// Rows that go or are marked in one commit: a tap waits for one such piece, not for a whole scope.
const PIECE: usize = 400;

impl Store {
    /// A scope is dropped: its cursor first, because one that outlived its rows would skip them when the scope comes back, then
    /// its rows in pieces. What a kill leaves of them goes with [`Store::forget_lost_scopes`]. Facts are untouched.
    ///
    /// # Errors
    /// A failing file; then the cursor is there, or the rows are rows of no scope.
    pub fn drop_scope(&mut self, scope: &str) -> Result<(), StoreError> {
        let tx = self.writing()?;
        tx.prepare_cached("DELETE FROM scope_cursor WHERE scope = ?1")?.execute(params![scope])?;
        tx.commit()?;
        self.remove("scope = ?1", scope)
    }

    /// Applies one page of a scope together with the cursor that follows it. A row of the server ends the own one that stood in
    /// for it, unless the fact of that waits for its verdict: the server wrote without knowing of it. What goes through a whole
    /// scope is done in pieces, each a commit of its own; the end of a snapshot moves its cursor last, with the own rows that
    /// it ends. After a kill the page comes again.
    ///
    /// # Errors
    /// A failing file; then the cursor is the one before.
    pub fn apply_page(&mut self, scope: &str, changes: &[Change], cursor: &str) -> Result<(), StoreError> {
        if changes.contains(&Change::Stale) {
            self.mark_stale(scope)?;
        }
        let mut rows = changes;
        // Rows without a cursor are rows of which the server never hears: a first snapshot, which sweeps nothing, is one
        // commit. What has old rows has the cursor that they came with.
        if changes.contains(&Change::Sweep) && self.has_stale(scope)? {
            let tx = self.writing()?;
            apply_rows(&tx, scope, std::mem::take(&mut rows))?;
            tx.commit()?;
            self.remove("scope = ?1 AND stale = 1", scope)?;
        }
        let tx = self.writing()?;
        apply_rows(&tx, scope, rows)?;
        if changes.contains(&Change::Sweep) {
            end_past(&tx, scope)?;
        }
        tx.prepare_cached(
            "INSERT INTO scope_cursor (scope, cursor) VALUES (?1, ?2)
             ON CONFLICT (scope) DO UPDATE SET cursor = excluded.cursor",
        )?
        .execute(params![scope, cursor])?;
        tx.commit()
    }

    fn has_stale(&self, scope: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM master_row WHERE scope = ?1 AND stale = 1)";
        Ok(self.db.prepare_cached(sql)?.query_row([scope], |row| row.get(0))?)
    }

    /// Removes rows in pieces.
    fn remove(&mut self, which: &str, scope: &str) -> Result<(), StoreError> {
        let some = format!("SELECT tbl, key, scope FROM master_row WHERE {which} LIMIT {PIECE}");
        loop {
            let keys: Vec<[String; 3]> = {
                let mut statement = self.db.prepare_cached(&some)?;
                let rows = statement.query_map([scope], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
                rows.collect::<Result<_, _>>()?
            };
            if keys.is_empty() {
                return Ok(());
            }
            let tx = self.writing()?;
            for [table, key, scope] in &keys {
                tx.prepare_cached("DELETE FROM master_row WHERE tbl = ?1 AND key = ?2 AND scope = ?3")?
                    .execute(params![table, key, scope])?;
            }
            tx.commit()?;
        }
    }

    /// Marks every row of a scope in pieces. Marks that a kill left are harmless: only the end of a snapshot looks at them,
    /// and its beginning marks all.
    fn mark_stale(&mut self, scope: &str) -> Result<(), StoreError> {
        let (mut table, mut key) = (String::new(), String::new());
        loop {
            let keys: Vec<(String, String)> = {
                let mut statement = self.db.prepare_cached(
                    "SELECT tbl, key FROM master_row WHERE scope = ?1 AND (tbl, key) > (?2, ?3)
                     ORDER BY tbl, key LIMIT ?4",
                )?;
                let rows = statement
                    .query_map(params![scope, table, key, PIECE], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<Result<_, _>>()?
            };
            let Some(last) = keys.last().cloned() else { return Ok(()) };
            let tx = self.writing()?;
            for (table, key) in &keys {
                tx.prepare_cached(
                    "UPDATE master_row SET stale = 1 WHERE tbl = ?1 AND key = ?2 AND scope = ?3 AND stale = 0",
                )?
                .execute(params![table, key, scope])?;
            }
            tx.commit()?;
            (table, key) = last;
        }
    }

    /// After a whole pull: rows of scopes that have no cursor go. A file of the first schema knew no cursors by scope, so
    /// that the server could not be told what it holds.
    ///
    /// # Errors
    /// A failing file.
    pub fn forget_lost_scopes(&mut self) -> Result<(), StoreError> {
        self.remove("scope <> ?1 AND scope NOT IN (SELECT scope FROM scope_cursor)", "own")
    }

    /// How far each scope was pulled: scope and cursor.
    ///
    /// # Errors
    /// A failing file.
    pub fn cursors(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement =
            self.db.prepare_cached("SELECT scope, cursor FROM scope_cursor ORDER BY scope")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every row of a scope as `(table, key, value)`, by table and key: what the server must have, too.
    ///
    /// # Errors
    /// A failing file.
    pub fn rows_of_scope(&self, scope: &str) -> Result<Vec<(String, String, String)>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached("SELECT tbl, key, value FROM master_row WHERE scope = ?1 ORDER BY tbl, key")?;
        let rows = statement.query_map(params![scope], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One row of a table; an own row first, because it is newer than the server's; scopes hold the same.
    ///
    /// # Errors
    /// A failing file.
    pub fn master(&self, table: &str, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT value FROM master_row WHERE tbl = ?1 AND key = ?2 ORDER BY scope = 'own' DESC LIMIT 1",
        )?;
        Ok(statement.query_row(params![table, key], |row| row.get(0)).optional()?)
    }

    /// Who stands behind the row that [`Store::master`] gives.
    ///
    /// # Errors
    /// A failing file.
    pub fn backing(&self, table: &str, key: &str) -> Result<Backing, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT verdict FROM master_row JOIN fact ON fact.id = master_row.made_by
             WHERE tbl = ?1 AND key = ?2 AND scope = 'own' AND left_by IS NULL",
        )?;
        let made: Option<Option<String>> =
            statement.query_row(params![table, key], |row| row.get(0)).optional()?;
        Ok(match made {
            Some(None) => Backing::Phone,
            Some(Some(verdict)) if is_refused(&verdict) => Backing::Nobody,
            Some(Some(verdict)) if is_parked(&verdict) => Backing::Parked,
            _ => Backing::Server,
        })
    }

    /// All rows of a table whose key starts with `prefix`, by key, each once.
    ///
    /// # Errors
    /// A failing file.
    pub fn masters(&self, table: &str, prefix: &str) -> Result<Vec<MasterRow>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT key, value, max(scope = 'own') FROM master_row
             WHERE tbl = ?1 AND key >= ?2 AND key < ?2 || char(1114111) GROUP BY key ORDER BY key",
        )?;
        let rows = statement.query_map(params![table, prefix], |row| {
            Ok(MasterRow { key: row.get(0)?, value: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn apply_rows(tx: &Transaction<'_>, scope: &str, changes: &[Change]) -> Result<(), StoreError> {
    let mut put = tx.prepare_cached(
        "INSERT INTO master_row (tbl, key, scope, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tbl, key, scope) DO UPDATE SET value = excluded.value, stale = 0",
    )?;
    let mut delete =
        tx.prepare_cached("DELETE FROM master_row WHERE tbl = ?1 AND key = ?2 AND scope = ?3")?;
    let mut end_own = tx.prepare_cached(
        "DELETE FROM master_row WHERE tbl = ?1 AND key = ?2 AND scope = 'own' AND NOT EXISTS (
             SELECT 1 FROM fact WHERE fact.id = master_row.made_by AND verdict IS NULL AND left_by IS NULL)",
    )?;
    for change in changes {
        match change {
            Change::Put { table, row } => {
                put.execute(params![table, row.key, scope, row.value])?;
                end_own.execute(params![table, row.key])?;
                if table == FactState::NAME
                    && let Ok(fact) = row.key.parse()
                {
                    hear_later(tx, fact, &row.value)?;
                }
            }
            Change::Delete { table, key } => {
                end_own.execute(params![table, key])?;
                delete.execute(params![table, key, scope])?;
            }
            Change::Stale | Change::Sweep => {}
        }
    }
    Ok(())
}

/// What a fact waited for has come, or a person looked at it: this word counts from here on, on the screen and when the server
/// is told its words again.
fn hear_later(tx: &Transaction<'_>, fact: Uuid, verdict: &str) -> Result<(), StoreError> {
    if serde_json::from_str::<Verdict>(verdict).is_err() {
        return Ok(());
    }
    tx.prepare_cached(
        "UPDATE fact SET verdict = ?2, answered = coalesce(
             (SELECT date(value / 1000, 'unixepoch') FROM setting WHERE name = 'last_contact'), answered)
         WHERE id = ?1 AND verdict <> ?2",
    )?
    .execute(params![fact, verdict])?;
    if is_refused(verdict) {
        end_refused(tx, fact)?;
    }
    Ok(())
}

/// Whether nothing of the fact takes effect.
pub(super) fn is_refused(verdict: &str) -> bool {
    let verdict = serde_json::from_str::<Verdict>(verdict);
    matches!(verdict, Ok(Verdict::Rejected { .. } | Verdict::ConflictPayload))
}

fn is_parked(verdict: &str) -> bool {
    matches!(serde_json::from_str(verdict), Ok(Verdict::Parked { .. }))
}

/// What a refused fact made here gives way to the server's row, which will not come again for it. What no row of the
/// server stands behind is what the rep did, and stays.
pub(super) fn end_refused(tx: &Transaction<'_>, fact: Uuid) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM master_row WHERE scope = 'own' AND made_by = ?1 AND EXISTS (
             SELECT 1 FROM master_row told WHERE told.tbl = master_row.tbl AND told.key = master_row.key
             AND told.scope <> 'own')",
    )?
    .execute(params![fact])?;
    Ok(())
}

/// What the server ended while the phone did not hold the scope comes neither as a row nor as one that is gone: at the end of
/// a snapshot own rows of its stores go that no scope has and whose fact is gone or takes effect (docs/adr/0018).
fn end_past(tx: &Transaction<'_>, scope: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM master_row WHERE scope = 'own' AND tbl IN (?2, ?3, ?4) AND EXISTS (
             SELECT 1 FROM master_row shop WHERE shop.tbl = ?5 AND shop.scope = ?1 AND shop.key = CASE master_row.tbl
                 WHEN ?4 THEN json_extract(CASE WHEN json_valid(master_row.value) THEN master_row.value END, '$.store')
                 ELSE substr(master_row.key, 1, instr(master_row.key, '/') - 1) END)
         AND NOT EXISTS (
             SELECT 1 FROM master_row told WHERE told.tbl = master_row.tbl AND told.key = master_row.key
             AND told.scope <> 'own')
         AND NOT EXISTS (
             SELECT 1 FROM fact WHERE fact.id = master_row.made_by
             AND (verdict IS NULL OR verdict NOT LIKE '{\"verdict\":\"applied\"%'))",
    )?
    .execute(params![scope, LedgerVisit::NAME, LedgerDelivery::NAME, OrderStanding::NAME, Shop::NAME])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use xundian_domain::RecordId;

    use super::super::{Heard, OwnRow};
    use super::*;

    fn put(key: &str, value: &str) -> Change {
        Change::Put { table: "price".into(), row: MasterRow { key: key.into(), value: value.into() } }
    }

    fn keys(store: &Store, prefix: &str) -> Vec<String> {
        store.masters("price", prefix).unwrap().into_iter().map(|row| row.key).collect()
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("phone.db")).unwrap();
        (dir, store)
    }

    #[test]
    fn a_page_moves_rows_and_cursor_together() {
        let (_dir, mut store) = store();
        store.apply_page("pl:TR", &[put("TR/1", "1"), put("TR/2", "2"), put("CV/1", "3")], "c1").unwrap();
        let gone = Change::Delete { table: "price".into(), key: "TR/1".into() };
        store.apply_page("pl:TR", &[gone, put("TR/2", "22")], "c2").unwrap();
        assert_eq!(keys(&store, "TR/"), ["TR/2"]);
        assert_eq!(store.master("price", "TR/2").unwrap().as_deref(), Some("22"));
        assert_eq!(store.cursors().unwrap(), [("pl:TR".to_owned(), "c2".to_owned())]);
    }

    #[test]
    fn a_dropped_scope_leaves_rows_that_another_one_holds() {
        let (_dir, mut store) = store();
        store.apply_page("a", &[put("TR/1", "1"), put("TR/2", "2")], "c").unwrap();
        store.apply_page("b", &[put("TR/2", "2")], "c").unwrap();
        assert_eq!(keys(&store, ""), ["TR/1", "TR/2"]);
        store.drop_scope("a").unwrap();
        assert_eq!(keys(&store, ""), ["TR/2"]);
        assert_eq!(store.cursors().unwrap(), [("b".to_owned(), "c".to_owned())]);
    }

    #[test]
    fn a_dropped_scope_takes_no_fact_that_waits_and_no_row_of_its_own_along() {
        let (_dir, mut store) = with_own();
        store.drop_scope("a").unwrap();
        assert_eq!((shown(&store).as_str(), store.waiting_count().unwrap()), ("own", 1));
        store.seal(&super::super::fact::tests::fact(2, "{}"), &[]).unwrap();
        let row: Vec<_> =
            store.facts_after(0, 9).unwrap().into_iter().map(|f| (f.dseq, f.sealed.id)).collect();
        assert_eq!(row, [(1, RecordId(Uuid::from_u128(1))), (2, RecordId(Uuid::from_u128(2)))]);
    }

    #[test]
    fn rows_of_a_scope_without_a_cursor_go_after_a_whole_pull_and_own_ones_stay() {
        let (_dir, mut store) = store();
        store.apply_page("a", &[put("TR/1", "1")], "c").unwrap();
        store.apply_page("b", &[put("TR/2", "2")], "c").unwrap();
        let own = OwnRow { table: "price".into(), key: "TR/3".into(), value: Some("own".into()) };
        store.seal(&super::super::fact::tests::fact(1, "{}"), &[own]).unwrap();
        store.db.execute("DELETE FROM scope_cursor WHERE scope = 'a'", []).unwrap();
        store.forget_lost_scopes().unwrap();
        assert_eq!(keys(&store, ""), ["TR/2", "TR/3"]);
    }

    #[test]
    fn a_snapshot_that_is_cut_leaves_the_old_rows_and_a_whole_one_ends_them() {
        let (_dir, mut store) = store();
        store.apply_page("a", &[put("TR/1", "1"), put("TR/2", "2"), put("TR/3", "3")], "c").unwrap();
        store.apply_page("a", &[Change::Stale, put("TR/1", "11")], "d").unwrap();
        assert_eq!(keys(&store, ""), ["TR/1", "TR/2", "TR/3"]);
        store.apply_page("a", &[put("TR/3", "33"), Change::Sweep], "e").unwrap();
        assert_eq!(keys(&store, ""), ["TR/1", "TR/3"]);
    }

    /// A phone with an old row of the server and an own one over it, whose fact waits.
    fn with_own() -> (tempfile::TempDir, Store) {
        let (dir, mut store) = store();
        store.apply_page("a", &[put("TR/1", "old")], "c").unwrap();
        let own = OwnRow { table: "price".into(), key: "TR/1".into(), value: Some("own".into()) };
        store.seal(&super::super::fact::tests::fact(1, "{}"), &[own]).unwrap();
        (dir, store)
    }

    fn answer(store: &mut Store, verdict: &str) {
        answer_of(store, 1, verdict);
    }

    fn answer_of(store: &mut Store, fact: u128, verdict: &str) {
        let heard = Heard {
            epoch: Uuid::nil(),
            acked_dseq: 1,
            durable_upto: 0,
            server_time: 5,
            at_boot: "x/0".into(),
        };
        store.record_verdicts(&[(RecordId(Uuid::from_u128(fact)), verdict.to_owned())], &heard).unwrap();
    }

    fn shown(store: &Store) -> String {
        let (one, all) = (store.master("price", "TR/1").unwrap(), store.masters("price", "TR/").unwrap());
        assert_eq!(one.as_deref(), Some(all[0].value.as_str()));
        one.unwrap()
    }

    const APPLIED: &str = r#"{"verdict":"applied"}"#;
    const REJECTED: &str = r#"{"verdict":"rejected","code":"unauthorised"}"#;

    #[test]
    fn a_row_has_the_phone_behind_it_until_the_server_has_its_fact_and_nobody_when_that_is_refused() {
        let (_dir, mut store) = with_own();
        let behind = |store: &Store| store.backing("price", "TR/1").unwrap();
        assert_eq!(behind(&store), Backing::Phone);
        answer(&mut store, APPLIED);
        assert_eq!(behind(&store), Backing::Server);
        let alone = OwnRow { table: "price".into(), key: "TR/9".into(), value: Some("own".into()) };
        store.seal(&super::super::fact::tests::fact(2, "{}"), &[alone]).unwrap();
        answer_of(&mut store, 2, REJECTED);
        assert_eq!(store.backing("price", "TR/9").unwrap(), Backing::Nobody);
        assert_eq!(store.backing("price", "TR/77").unwrap(), Backing::Server, "no own row");
    }

    #[test]
    fn an_own_row_stands_in_until_the_servers_row_comes() {
        let (_dir, mut store) = with_own();
        assert_eq!(shown(&store), "own");
        answer(&mut store, APPLIED);
        assert_eq!(shown(&store), "own");
        store.apply_page("a", &[put("TR/1", "new")], "d").unwrap();
        assert_eq!(shown(&store), "new");
    }

    #[test]
    fn a_row_that_the_server_wrote_before_it_knew_of_the_fact_does_not_end_the_own_one() {
        let (_dir, mut store) = with_own();
        store.apply_page("a", &[put("TR/1", "older")], "d").unwrap();
        assert_eq!(shown(&store), "own");
        store.apply_page("a", &[Change::Delete { table: "price".into(), key: "TR/1".into() }], "e").unwrap();
        assert_eq!(shown(&store), "own");
        answer(&mut store, APPLIED);
        store.apply_page("a", &[put("TR/1", "new")], "f").unwrap();
        assert_eq!(shown(&store), "new");
    }

    #[test]
    fn what_a_refused_fact_made_gives_way_to_the_servers_row_where_there_is_one() {
        let (_dir, mut store) = with_own();
        store.apply_page("a", &[put("TR/1", "older")], "d").unwrap();
        let alone = OwnRow { table: "price".into(), key: "TR/9".into(), value: Some("own".into()) };
        store.seal(&super::super::fact::tests::fact(2, "{}"), &[alone]).unwrap();
        answer(&mut store, REJECTED);
        assert_eq!(shown(&store), "older");
        assert_eq!(keys(&store, ""), ["TR/1", "TR/9"]);
    }

    #[test]
    fn what_a_person_refused_later_gives_way_too() {
        let (_dir, mut store) = with_own();
        answer(&mut store, r#"{"verdict":"held","code":"capture_time"}"#);
        let state = |value: &str| {
            let row = MasterRow { key: Uuid::from_u128(1).to_string(), value: value.into() };
            Change::Put { table: FactState::NAME.into(), row }
        };
        store.apply_page("a", &[state(r#"{"verdict":"applied","at":5}"#)], "d").unwrap();
        assert_eq!(shown(&store), "own");
        let refused = r#"{"verdict":"rejected","code":"unauthorised","at":6}"#;
        store.apply_page("a", &[state(refused)], "e").unwrap();
        assert_eq!(shown(&store), "old");
        assert_eq!(store.all_facts().unwrap().remove(0).verdict.as_deref(), Some(refused), "the newest word");
    }

    const SHOP: &str = "00000000-0000-0000-0000-000000000001";
    const OTHER: &str = "00000000-0000-0000-0000-000000000002";

    /// Three own rows of a store, one of each table that the server ends in the night, made by the fact of this number.
    fn sell(store: &mut Store, fact: u128, shop: &str) {
        let own = |table: &str, key: String, value: &str| OwnRow {
            table: table.into(),
            key,
            value: Some(value.into()),
        };
        let rows = [
            own("ledger", format!("{shop}/{fact}"), "{}"),
            own("delivery", format!("{shop}/{fact}"), "{}"),
            own("order_state", fact.to_string(), &format!(r#"{{"store":"{shop}","version":1}}"#)),
        ];
        store.seal(&super::super::fact::tests::fact(fact, "{}"), &rows).unwrap();
    }

    /// A snapshot of a scope with these rows.
    fn snapshot(store: &mut Store, scope: &str, rows: &[(&str, &str)]) {
        let put = |(table, key): &(&str, &str)| Change::Put {
            table: (*table).into(),
            row: MasterRow { key: (*key).into(), value: "{}".into() },
        };
        let mut changes = vec![Change::Stale];
        changes.extend(rows.iter().map(put));
        changes.push(Change::Sweep);
        store.apply_page(scope, &changes, "c").unwrap();
    }

    /// The own rows of a fact that are left.
    fn left(store: &Store, fact: u128) -> Vec<String> {
        let rows = store.rows_of_scope("own").unwrap().into_iter();
        let of_fact = |key: &str| key.rsplit('/').next() == Some(fact.to_string().as_str());
        rows.filter(|(_, key, _)| of_fact(key)).map(|(table, _, _)| table).collect()
    }

    const ALL: [&str; 3] = ["delivery", "ledger", "order_state"];
    const NONE: [&str; 0] = [];

    #[test]
    fn what_the_server_ended_while_its_scope_was_not_here_goes_with_the_snapshot_that_has_its_store() {
        let (_dir, mut store) = store();
        for fact in [1, 2, 3, 4, 5] {
            sell(&mut store, fact, if fact == 5 { OTHER } else { SHOP });
        }
        answer_of(&mut store, 1, r#"{"verdict":"applied","flags":["day_differs"]}"#);
        answer_of(&mut store, 2, r#"{"verdict":"held","code":"capture_time"}"#);
        answer_of(&mut store, 3, &format!(r#"{{"verdict":"parked","missing":"{OTHER}"}}"#));
        answer_of(&mut store, 5, APPLIED);
        snapshot(&mut store, "b", &[("store", OTHER)]);
        assert_eq!(left(&store, 5), NONE);
        for fact in [1, 2, 3, 4] {
            assert_eq!(left(&store, fact), ALL, "the store of {fact} is in no scope");
        }
        let shop = MasterRow { key: SHOP.into(), value: "{}".into() };
        let begun = [Change::Stale, Change::Put { table: "store".into(), row: shop }];
        store.apply_page("a", &begun, "c").unwrap();
        assert_eq!(left(&store, 1), ALL, "the snapshot has not ended");
        snapshot(&mut store, "a", &[("store", SHOP)]);
        assert_eq!(left(&store, 1), NONE);
        for (fact, why) in [(2, "held"), (3, "parked"), (4, "sealed between push and pull")] {
            assert_eq!(left(&store, fact), ALL, "{why}");
        }
    }

    #[test]
    fn own_rows_whose_fact_is_gone_go_and_those_that_a_scope_has_end_with_the_servers_row_alone() {
        let (_dir, mut store) = store();
        sell(&mut store, 1, SHOP);
        sell(&mut store, 2, SHOP);
        let delivery = format!("{SHOP}/2");
        snapshot(&mut store, "b", &[("delivery", delivery.as_str())]);
        answer_of(&mut store, 2, APPLIED);
        store.db.execute("DELETE FROM fact WHERE id = ?1", [Uuid::from_u128(1)]).unwrap();
        snapshot(&mut store, "a", &[("store", SHOP)]);
        assert_eq!((left(&store, 1), left(&store, 2)), (vec![], vec!["delivery".to_owned()]));
        snapshot(&mut store, "b", &[("delivery", delivery.as_str())]);
        assert_eq!(left(&store, 2), NONE, "the put of the server ends it");
    }
}
