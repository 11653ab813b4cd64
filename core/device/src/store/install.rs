//! The install's row of facts as the server answers it: verdicts, a new install, and what may be forgotten (3-sync 3.1,
//! 3.3). What moves the watermark or the install is one commit; what goes through many facts before it is done in pieces.

use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, InstallId, RecordId};

use super::master::{end_refused, is_refused};
use super::place::{PLACED_AT_ONCE, place_again, place_what_waits};
use super::setting::{put, stay_there};
use super::{Store, StoreError};

/// What the server said last, written with whatever it said it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The server's epoch.
    pub epoch: Uuid,
    /// Everything up to here has its verdict.
    pub acked_dseq: u64,
    /// Everything up to here is in a confirmed backup.
    pub durable_upto: u64,
    /// The server's clock, milliseconds since 1970 UTC.
    pub server_time: i64,
    /// `boot/time`: the server's time when a boot began, milliseconds since 1970 UTC.
    pub at_boot: String,
}

/// A new enrolment, granted by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// Its id.
    pub install: InstallId,
    /// The installs that it stands for, newest first, joined by commas; empty after a code.
    pub before: String,
    /// Which phone this is to the server, as JSON; empty = an older server did not say.
    pub phone: String,
    /// Device key, as it is kept (`device_key`).
    pub key: String,
    /// Opaque.
    pub token: String,
    /// Whose phone this is.
    pub rep: String,
    /// The company's key for journals, base64; `None` = the server has none.
    pub import_key: Option<String>,
}

/// Facts stay on the phone for so many days after they were acknowledged.
const KEPT_DAYS: u32 = 30;

/// Facts of which the server's word is forgotten in one commit: a tap waits for so many, not for a month of them.
const FORGOTTEN_AT_ONCE: usize = 200;
/// Facts that go with their bodies in one commit, for the same reason: a body is pages of the file.
const PRUNED_AT_ONCE: usize = 50;

/// The server's word counts no more; where it said that an order went is told to it again. What it said in an earlier epoch
/// than the one that ends is not, for the order may have gone elsewhere since, and the answer may be lost; but for a difference:
/// by a server that believes it, it is made again on the same day; by another it follows the late policy in each epoch alike
/// (docs/adr/0012). `told_in` is the epoch that was renewed for last: in that one nothing can have gone elsewhere.
///
/// A refusal stays one in each epoch, until another word is heard: that a person must look is none, for one has looked. What waited
/// for a person does so again, for who refused it may have been lost with the phone none the wiser.
pub(super) fn forget(told_in: Told) -> String {
    let kept = match told_in {
        Told::InThisEpoch => "told",
        Told::Before => "CASE WHEN told LIKE '%\"went\":{\"difference\"%' THEN told END",
    };
    format!(
        "told = CASE WHEN verdict LIKE '%\"went\"%' OR verdict LIKE {REFUSAL} THEN verdict
                     WHEN told LIKE {REFUSAL}
                         THEN CASE WHEN verdict IS NULL OR verdict LIKE {HELD} OR verdict LIKE {PARKED} THEN told END
                     WHEN verdict LIKE {HELD} THEN verdict
                     WHEN told LIKE {HELD} THEN CASE WHEN verdict IS NULL THEN told END
                     ELSE {kept} END,
         verdict = NULL"
    )
}

/// How a refusal begins, as a text of SQL.
const REFUSAL: &str = "'{\"verdict\":\"rejected\"%'";
/// The same of what waits for a person.
const HELD: &str = "'{\"verdict\":\"held\"%'";
/// The same of what waits for a store or an order.
const PARKED: &str = "'{\"verdict\":\"parked\"%'";

/// The server has said its word, and neither a person nor another record is waited for; as a condition of SQL.
fn settled() -> String {
    format!("verdict IS NOT NULL AND verdict NOT LIKE {HELD} AND verdict NOT LIKE {PARKED}")
}

/// When the server said the words that the phone keeps for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Before the restore that this very epoch began with; the phone renews its install in it once more.
    InThisEpoch,
    /// In an epoch before the one that ends.
    Before,
}

/// Verdicts that are written in one commit, for the same reason.
const VERDICTS_AT_ONCE: usize = 100;

impl Adopted {
    /// It was granted beside the screens, to a phone that had one; a code is asked for while they wait.
    fn is_renewal(&self) -> bool {
        !self.before.is_empty()
    }
}

impl Store {
    /// Writes the verdicts of one answer in pieces, the watermark that they reach with the last of them. A fact keeps its
    /// first verdict of an epoch.
    ///
    /// # Errors
    /// A failing file; then the watermark did not move, and the same verdicts come again.
    pub fn record_verdicts(
        &mut self,
        verdicts: &[(RecordId, String)],
        heard: &Heard,
    ) -> Result<(), StoreError> {
        let (before, last) = verdicts.split_at(verdicts.len().saturating_sub(VERDICTS_AT_ONCE));
        for piece in before.chunks(VERDICTS_AT_ONCE) {
            let tx = self.writing()?;
            write_verdicts(&tx, piece, heard)?;
            tx.commit()?;
        }
        let tx = self.writing()?;
        write_verdicts(&tx, last, heard)?;
        put_heard(&tx, heard)?;
        tx.commit()
    }

    /// Where the server stands, without verdicts.
    ///
    /// # Errors
    /// A failing file.
    pub fn hear(&mut self, heard: &Heard) -> Result<(), StoreError> {
        self.record_verdicts(&[], heard)
    }

    /// A new install begins: facts that the server is not known to have get places in its row, in the order of their
    /// capture; the others stay as they are. `all` = the server was restored in between, nothing is known of any. An install
    /// of another rep takes none of the facts that were here. A renewal goes through the facts in pieces, as taps go on beside
    /// it; after a code nobody can tap, and one commit is faster than many.
    ///
    /// # Errors
    /// A failing file; then the old install goes on.
    pub fn adopt(&mut self, adopted: &Adopted, heard: &Heard, all: bool) -> Result<(), StoreError> {
        let before = self.setting("rep")?.filter(|before| *before != adopted.rep);
        let told = match self.setting("epoch")? == Some(heard.epoch.to_string()) {
            true => Told::InThisEpoch,
            false => Told::Before,
        };
        self.drop_next_row()?;
        // Of a phone that is handed over its commit says what waits.
        if before.is_none() && adopted.is_renewal() {
            self.prepare_row(all.then_some(told))?;
        }
        let tx = self.writing()?;
        if let Some(before) = before {
            hand_over(&tx, &before, &adopted.rep)?;
        }
        if all {
            forget_verdicts(&tx, told, usize::MAX >> 1)?;
        }
        place_what_waits(&tx)?;
        put(
            &tx,
            &[
                ("install", &adopted.install.to_string()),
                ("installs_before", &adopted.before),
                ("phone", &adopted.phone),
                ("device_key", &adopted.key),
                ("token", &adopted.token),
                ("rep", &adopted.rep),
                // A key of another server would seal journals for somebody else.
                ("import_key", adopted.import_key.as_deref().unwrap_or_default()),
            ],
        )?;
        put_heard(&tx, &Heard { acked_dseq: 0, durable_upto: 0, ..heard.clone() })?;
        if !adopted.is_renewal() {
            stay_there(&tx)?;
        }
        tx.execute(
            "DELETE FROM setting WHERE name IN ('next_install', 'next_key', 'next_way', 'next_all')",
            [],
        )?;
        // A code that was entered and is to be entered again gives the install that it was asked for.
        if !adopted.is_renewal() {
            tx.execute("DELETE FROM setting WHERE name IN ('code_install', 'code_key', 'code_server')", [])?;
        }
        tx.commit()
    }

    /// What goes through many facts before an install is adopted, in pieces, so that a tap need not wait for a year of them. A
    /// kill in between is harmless: an epoch that was never heard to its end is renewed for again, nobody reads the row in the
    /// making, and this begins anew. `forgotten` = the server is not known to have anything.
    fn prepare_row(&mut self, forgotten: Option<Told>) -> Result<(), StoreError> {
        if let Some(told) = forgotten {
            while self.forget_verdicts(told, FORGOTTEN_AT_ONCE)? == FORGOTTEN_AT_ONCE {}
        }
        while self.place_next(PLACED_AT_ONCE)? == PLACED_AT_ONCE {}
        Ok(())
    }

    fn forget_verdicts(&mut self, told: Told, most: usize) -> Result<usize, StoreError> {
        let tx = self.writing()?;
        let rows = forget_verdicts(&tx, told, most)?;
        tx.commit()?;
        Ok(rows)
    }

    /// Closings whose day the server has otherwise and that were not listed yet, the newest one of each date.
    ///
    /// # Errors
    /// A failing file.
    pub fn unlisted_days(&self) -> Result<Vec<RecordId>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT id FROM fact closing WHERE kind = 'day_closed' AND listed = 0
             AND EXISTS (SELECT 1 FROM place WHERE place.fact = closing.n) AND left_by IS NULL AND verdict LIKE '%\"day_differs\"%' AND NOT EXISTS (
                 SELECT 1 FROM fact later WHERE later.kind = 'day_closed' AND later.n > closing.n
                 AND later.business_date = closing.business_date AND later.left_by IS NULL)
             ORDER BY business_date",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.map(|id| id.map(RecordId)).collect::<Result<_, _>>()?)
    }

    /// The day of a closing was listed. Records of it that the server lacks although their places are acknowledged get new
    /// places at the end of the row, in pieces; the last one remembers that the day was listed.
    ///
    /// # Errors
    /// A failing file; then the day is listed again, and what has its new place keeps it.
    pub fn day_listed(&mut self, closing: RecordId, missing: &[RecordId]) -> Result<(), StoreError> {
        let (before, last) = missing.split_at(missing.len().saturating_sub(VERDICTS_AT_ONCE));
        for piece in before.chunks(VERDICTS_AT_ONCE) {
            let tx = self.writing()?;
            place_again(&tx, piece)?;
            tx.commit()?;
        }
        let tx = self.writing()?;
        place_again(&tx, last)?;
        tx.prepare_cached("UPDATE fact SET listed = 1 WHERE id = ?1")?.execute(params![closing.0])?;
        tx.commit()
    }

    /// Facts that neither the server nor an exported journal has; of a server that was restored those that no confirmed backup
    /// has either.
    ///
    /// # Errors
    /// A failing file.
    pub fn unkept_count(&self, is_restored: bool) -> Result<u64, StoreError> {
        let durable = if is_restored { self.durable_upto()? } else { u64::MAX };
        let sql = "SELECT count(*) FROM fact LEFT JOIN place ON place.fact = fact.n
                   WHERE left_by IS NULL AND journaled = 0 AND (verdict IS NULL OR coalesce(dseq, 1) > ?1)";
        Ok(self
            .db
            .prepare_cached(sql)?
            .query_row([i64::try_from(durable).unwrap_or(i64::MAX)], |row| row.get(0))?)
    }

    /// How far a confirmed backup of the server has this install's row.
    fn durable_upto(&self) -> Result<u64, StoreError> {
        Ok(self.setting("durable_upto")?.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// The newest fact on this phone by the order in which they came to it; 0 = there is none.
    ///
    /// # Errors
    /// A failing file.
    pub fn newest_fact(&self) -> Result<i64, StoreError> {
        let newest = "SELECT coalesce(max(n), 0) FROM fact";
        Ok(self.db.prepare_cached(newest)?.query_row([], |row| row.get(0))?)
    }

    /// What waits of this rep's facts up to this one is in a journal that left the phone.
    ///
    /// # Errors
    /// A failing file.
    pub fn mark_journaled(&mut self, upto: i64) -> Result<(), StoreError> {
        let tx = self.writing()?;
        let sql = "UPDATE fact SET journaled = 1 WHERE n <= ?1 AND verdict IS NULL AND left_by IS NULL";
        tx.prepare_cached(sql)?.execute(params![upto])?;
        tx.commit()
    }

    /// Forgets facts that were sealed and answered more than 30 days before `today`, wait for nobody and are behind the server's
    /// confirmed backup; with one that was refused go the rows that it made here. Gives how many.
    ///
    /// # Errors
    /// A failing file.
    pub fn prune(&mut self, today: BusinessDate) -> Result<usize, StoreError> {
        let durable = self.durable_upto()?;
        let before = today.minus_days(KEPT_DAYS).to_string();
        // Facts that an earlier install of this epoch pushed have no place: a backup that holds anything of this install was
        // made after them. What was sealed by a clock that was slow is as young as its answer.
        let sql = format!(
            "SELECT n FROM fact LEFT JOIN place ON place.fact = fact.n
             WHERE coalesce(dseq, 1) <= ?1 AND {} AND left_by IS NULL AND business_date < ?2
             AND coalesce(answered, business_date) < ?2",
            settled()
        );
        // Looked for before the writer is taken: a year of facts is read, and a tap need not wait for that. Whatever is
        // asked for again meanwhile stays.
        let old: Vec<i64> = {
            let mut statement = self.db.prepare_cached(&sql)?;
            statement.query_map(params![durable, before], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let mut gone = 0;
        for piece in old.chunks(PRUNED_AT_ONCE) {
            let tx = self.writing()?;
            for n in piece {
                gone += usize::from(forget_fact(&tx, *n)?);
            }
            tx.commit()?;
        }
        Ok(gone)
    }
}

/// A fact that is settled, with what it made here if the server takes nothing of it: without its fact nobody would know that any
/// more. Gives whether it was there.
fn forget_fact(tx: &Transaction<'_>, n: i64) -> Result<bool, StoreError> {
    let settled = settled();
    let sql =
        format!("DELETE FROM fact WHERE n = ?1 AND {settled} AND left_by IS NULL RETURNING id, verdict");
    let gone: Option<(Uuid, String)> =
        tx.prepare_cached(&sql)?.query_row([n], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((fact, verdict)) = gone else { return Ok(false) };
    if is_refused(&verdict) {
        tx.prepare_cached("DELETE FROM master_row WHERE scope = 'own' AND made_by = ?1")?.execute([fact])?;
    }
    Ok(true)
}

/// What was sealed for another rep goes in nobody else's name: his facts stay here, in no row, until he has the phone
/// again; then all of them are sent, whatever the server said before. Rows that only this phone made are gone.
fn hand_over(tx: &Transaction<'_>, before: &str, rep: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE fact SET left_by = ?1 WHERE left_by IS NULL", [before])?;
    let forget = forget(Told::Before);
    let sql = format!("UPDATE fact SET left_by = NULL, {forget}, listed = 0 WHERE left_by = ?1");
    tx.execute(&sql, [rep])?;
    tx.execute("DELETE FROM master_row WHERE scope = 'own'", [])?;
    Ok(())
}

/// What the server said counts no more; it is only told to it again. Gives how many facts it was known of.
fn forget_verdicts(tx: &Transaction<'_>, told: Told, most: usize) -> Result<usize, StoreError> {
    let forget = forget(told);
    // A fact that has lost its place was seen.
    let sql = format!(
        "UPDATE fact SET {forget}, listed = 0 WHERE n IN (
             SELECT n FROM fact LEFT JOIN place ON place.fact = fact.n WHERE left_by IS NULL
             AND (verdict IS NOT NULL OR listed <> 0 OR dseq IS NOT NULL) LIMIT ?1) RETURNING n"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(params![most], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for n in &rows {
        tx.prepare_cached("DELETE FROM place WHERE fact = ?1")?.execute([n])?;
    }
    Ok(rows.len())
}

fn write_verdicts(
    tx: &Transaction<'_>,
    verdicts: &[(RecordId, String)],
    heard: &Heard,
) -> Result<(), StoreError> {
    let today = ZoneOffset::new(0).map(|utc| utc.date(Millis(heard.server_time)).to_string());
    let mut statement =
        tx.prepare_cached("UPDATE fact SET verdict = ?2, answered = ?3 WHERE id = ?1 AND verdict IS NULL")?;
    for (id, verdict) in verdicts {
        let is_first = statement.execute(params![id.0, verdict, today])? > 0;
        if is_first && is_refused(verdict) {
            end_refused(tx, id.0)?;
        }
    }
    Ok(())
}

fn put_heard(tx: &Transaction<'_>, heard: &Heard) -> Result<(), StoreError> {
    put(
        tx,
        &[
            ("acked_dseq", &heard.acked_dseq.to_string()),
            ("durable_upto", &heard.durable_upto.to_string()),
            ("epoch", &heard.epoch.to_string()),
            ("server_at_boot", &heard.at_boot),
            ("last_contact", &heard.server_time.to_string()),
        ],
    )
}

#[cfg(test)]
pub(super) mod tests {
    use xundian_domain::order_state::SheetNo;
    use xundian_domain::{DistributorNo, OrderId};
    use xundian_protocol::push::{OrderEffect, Verdict, Went};

    use super::super::OwnRow;
    use super::super::fact::tests::fact;
    use super::*;

    const EPOCH: Uuid = Uuid::from_u128(1);

    pub(in super::super) fn store(facts: u128) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        for n in 1..=facts {
            store.seal(&fact(n, "a"), &[]).unwrap();
        }
        (dir, store)
    }

    pub(in super::super) fn heard(acked_dseq: u64) -> Heard {
        Heard { epoch: EPOCH, acked_dseq, durable_upto: acked_dseq, server_time: 5, at_boot: "x/0".into() }
    }

    pub(in super::super) fn acknowledge(store: &mut Store, upto: u64) {
        let ids = store.facts_after(0, 100).unwrap().into_iter().filter(|fact| fact.dseq <= upto);
        let verdicts: Vec<_> = ids.map(|fact| (fact.sealed.id, "\"applied\"".to_owned())).collect();
        store.record_verdicts(&verdicts, &heard(upto)).unwrap();
    }

    pub(in super::super) fn adopted() -> Adopted {
        Adopted {
            install: InstallId(Uuid::from_u128(7)),
            before: String::new(),
            phone: String::new(),
            key: "k".into(),
            token: "t".into(),
            rep: "ZY01".into(),
            import_key: None,
        }
    }

    /// As [`adopted`], by a renewal.
    pub(in super::super) fn renewed() -> Adopted {
        Adopted { before: Uuid::from_u128(6).to_string(), ..adopted() }
    }

    pub(in super::super) fn row(store: &Store) -> Vec<(u64, u128)> {
        store.facts_after(0, 100).unwrap().iter().map(|f| (f.dseq, f.sealed.id.0.as_u128())).collect()
    }

    #[test]
    fn the_first_verdict_stays_and_comes_with_its_watermark() {
        let (_dir, mut store) = store(1);
        acknowledge(&mut store, 1);
        let other = [(RecordId(Uuid::from_u128(1)), "\"rejected\"".to_owned())];
        store.record_verdicts(&other, &heard(1)).unwrap();
        assert_eq!(store.facts_after(0, 9).unwrap()[0].verdict.as_deref(), Some("\"applied\""));
        assert_eq!(store.setting("acked_dseq").unwrap().as_deref(), Some("1"));
    }

    #[test]
    fn a_new_install_gets_what_waits_from_place_one_and_goes_on_from_there() {
        let (_dir, mut store) = store(5);
        acknowledge(&mut store, 3);
        store.adopt(&adopted(), &heard(9), false).unwrap();
        assert_eq!(row(&store), [(1, 4), (2, 5)]);
        assert_eq!(store.seal(&fact(6, "a"), &[]).unwrap().dseq, 3);
        assert_eq!(store.setting("acked_dseq").unwrap().as_deref(), Some("0"));
    }

    #[test]
    fn the_server_of_a_code_comes_with_its_install_and_no_renewal_moves_it() {
        let (_dir, mut store) = store(1);
        store.ask_at("https://a.example").unwrap();
        assert_eq!(store.server().unwrap(), None, "nobody took the code yet");
        store.adopt(&adopted(), &heard(0), false).unwrap();
        assert_eq!(store.server().unwrap().as_deref(), Some("https://a.example"));
        store.ask_at("https://b.example").unwrap();
        store.adopt(&renewed(), &heard(0), true).unwrap();
        assert_eq!(store.server().unwrap().as_deref(), Some("https://a.example"), "b never answered");
    }

    #[test]
    fn a_new_install_at_a_restored_server_gets_everything() {
        let (_dir, mut store) = store(4);
        acknowledge(&mut store, 3);
        store.adopt(&adopted(), &heard(0), true).unwrap();
        assert_eq!(row(&store), [(1, 1), (2, 2), (3, 3), (4, 4)]);
        assert_eq!(store.waiting_count().unwrap(), 4);
    }

    #[test]
    fn an_adoption_that_was_cut_after_any_piece_loses_and_doubles_nothing() {
        for (forgotten, placed) in [(0, 0), (1, 0), (2, 0), (4, 0), (4, 1), (4, 2), (4, 4)] {
            let (dir, mut cut) = store(7);
            acknowledge(&mut cut, 5);
            cut.drop_next_row().unwrap();
            for _ in 0..forgotten {
                cut.forget_verdicts(Told::Before, 2).unwrap();
            }
            for _ in 0..placed {
                cut.place_next(2).unwrap();
            }
            drop(cut);
            let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
            assert_eq!(store.all_facts().unwrap().len(), 7);
            assert_eq!(
                store.setting("acked_dseq").unwrap().as_deref(),
                Some("5"),
                "the old install is there"
            );
            store.seal(&fact(8, "a"), &[]).unwrap();
            store.adopt(&renewed(), &heard(0), true).unwrap();
            assert_eq!(row(&store), (1..=8).map(|n| (n, u128::from(n))).collect::<Vec<_>>());
            assert_eq!(store.waiting_count().unwrap(), 8, "{forgotten} and {placed} pieces");
        }
    }

    #[test]
    fn only_a_renewal_is_made_in_pieces() {
        for (adopted, forgotten) in [(adopted(), 0), (renewed(), 3)] {
            let (_dir, mut store) = store(3);
            acknowledge(&mut store, 3);
            let no_room = "CREATE TEMP TRIGGER no_room BEFORE INSERT ON setting WHEN new.name = 'install'
                        BEGIN SELECT raise(ABORT, 'no room'); END";
            store.db.execute_batch(no_room).unwrap();
            assert!(store.adopt(&adopted, &heard(0), true).is_err());
            assert_eq!(store.waiting_count().unwrap(), forgotten, "commits before the last one");
            store.db.execute_batch("DROP TRIGGER no_room").unwrap();
            store.adopt(&adopted, &heard(0), true).unwrap();
            assert_eq!(row(&store), [(1, 1), (2, 2), (3, 3)]);
        }
    }

    #[test]
    fn a_closing_between_two_pieces_counts_what_waits_for_its_place_and_never_what_has_none() {
        let (_dir, mut store) = store(3);
        let counted = |store: &Store| -> Vec<_> {
            let facts = store.facts_of("2026-07-27".parse().unwrap()).unwrap().into_iter();
            facts.map(|fact| (fact.dseq, fact.is_counted())).collect()
        };
        acknowledge(&mut store, 3);
        store.forget_verdicts(Told::Before, 2).unwrap();
        assert_eq!(counted(&store), [(0, true), (0, true), (3, true)]);
        store.adopt(&renewed(), &heard(0), true).unwrap();
        assert_eq!(counted(&store), [(1, true), (2, true), (3, true)]);
        acknowledge(&mut store, 3);
        store.adopt(&renewed(), &heard(3), false).unwrap();
        assert_eq!(counted(&store), [(0, false); 3], "an earlier install pushed them");
    }

    #[test]
    fn what_the_server_lacks_gets_a_new_place_and_leaves_none_to_another() {
        let (_dir, mut store) = store(3);
        acknowledge(&mut store, 3);
        store.day_listed(RecordId(Uuid::nil()), &[RecordId(Uuid::from_u128(2))]).unwrap();
        assert_eq!(row(&store), [(1, 1), (3, 3), (4, 2)]);
        assert_eq!(store.seal(&fact(6, "a"), &[]).unwrap().dseq, 5);
    }

    /// Closes a day and hears that the server has it otherwise.
    fn close(store: &mut Store, n: u128, verdict: &str) -> RecordId {
        let closing = super::super::NewFact { kind: "day_closed".into(), ..fact(n, "a") };
        let place = store.seal(&closing, &[]).unwrap().dseq;
        store.record_verdicts(&[(closing.id, verdict.to_owned())], &heard(place)).unwrap();
        closing.id
    }

    const DIFFERS: &str = r#"{"verdict":"applied","flags":["day_differs"]}"#;
    const AGREES: &str = r#"{"verdict":"applied"}"#;

    #[test]
    fn the_newest_closing_of_a_day_is_listed_once() {
        let (_dir, mut store) = store(2);
        acknowledge(&mut store, 2);
        close(&mut store, 3, DIFFERS);
        let newest = close(&mut store, 4, DIFFERS);
        assert_eq!(store.unlisted_days().unwrap(), [newest]);
        store.day_listed(newest, &[RecordId(Uuid::from_u128(2))]).unwrap();
        assert_eq!((store.unlisted_days().unwrap(), store.waiting_count().unwrap()), (vec![], 1));
        close(&mut store, 5, DIFFERS);
        close(&mut store, 6, AGREES);
        assert!(store.unlisted_days().unwrap().is_empty(), "the last word is that it agrees");
    }

    #[test]
    fn facts_of_another_rep_get_no_place_in_a_new_row_until_he_has_the_phone_again() {
        let (_dir, mut store) = store(4);
        acknowledge(&mut store, 2);
        let second = Adopted { rep: "ZY02".into(), ..adopted() };
        store.adopt(&adopted(), &heard(9), false).unwrap();
        store.adopt(&second, &heard(9), true).unwrap();
        assert_eq!((row(&store), store.waiting_count().unwrap()), (vec![], 0));
        assert!(store.facts_of("2026-07-27".parse().unwrap()).unwrap().is_empty(), "not in his day either");
        assert!(store.all_facts().unwrap().is_empty(), "nor in his journal");
        store.seal(&fact(5, "b"), &[]).unwrap();
        store.adopt(&second, &heard(0), true).unwrap();
        assert_eq!(row(&store), [(1, 5)], "a renewal after a restore sends his own only");
        store.adopt(&adopted(), &heard(0), false).unwrap();
        assert_eq!(row(&store), [(1, 1), (2, 2), (3, 3), (4, 4)]);
    }

    #[test]
    fn only_what_is_old_acknowledged_and_backed_up_goes_and_its_place_is_not_given_again() {
        let (_dir, mut store) = store(3);
        let (young, old) = ("2026-08-20".parse().unwrap(), "2026-09-20".parse().unwrap());
        assert_eq!(store.prune(old).unwrap(), 0, "nothing is confirmed");
        acknowledge(&mut store, 2);
        assert_eq!(store.prune(young).unwrap(), 0, "not old enough");
        assert_eq!(store.prune(old).unwrap(), 2);
        assert_eq!(row(&store), [(3, 3)]);
        acknowledge(&mut store, 3);
        assert_eq!(store.prune(old).unwrap(), 1);
        assert_eq!(store.seal(&fact(6, "a"), &[]).unwrap().dseq, 4);
    }

    #[test]
    fn what_waits_is_kept_until_it_is_settled_and_what_a_refused_one_made_goes_with_it() {
        let (_dir, mut store) = store(0);
        let words = [
            r#"{"verdict":"applied"}"#,
            r#"{"verdict":"held","code":"capture_time"}"#,
            r#"{"verdict":"parked","missing":"00000000-0000-0000-0000-000000000001"}"#,
            r#"{"verdict":"rejected","code":"refused"}"#,
            r#"{"verdict":"conflict_payload"}"#,
        ];
        let mut verdicts = Vec::new();
        for (n, word) in (1..).zip(words) {
            let row = OwnRow { table: "ledger".into(), key: format!("shop/{n}"), value: Some("{}".into()) };
            store.seal(&fact(n, "a"), &[row]).unwrap();
            verdicts.push((RecordId(Uuid::from_u128(n)), word.to_owned()));
        }
        store.record_verdicts(&verdicts, &heard(5)).unwrap();
        assert_eq!(store.prune("2026-09-20".parse().unwrap()).unwrap(), 3);
        let left: Vec<_> = store.all_facts().unwrap().iter().map(|fact| fact.sealed.id.0.as_u128()).collect();
        assert_eq!(left, [2, 3]);
        let rows: Vec<_> = store.masters("ledger", "shop/").unwrap().into_iter().map(|row| row.key).collect();
        assert_eq!(rows, ["shop/1", "shop/2", "shop/3"]);
    }

    #[test]
    fn where_an_order_went_is_told_until_the_next_restore_however_often_the_install_is_renewed() {
        let (_dir, mut store) = store(1);
        let went = r#"{"verdict":"applied","order":{"went":{"waiting":{"day":"2026-07-28"}}}}"#;
        let id = RecordId(Uuid::from_u128(1));
        store.record_verdicts(&[(id, went.to_owned())], &heard(1)).unwrap();
        let told = |store: &Store| store.all_facts().unwrap().remove(0).told;
        let restored = Heard { epoch: Uuid::from_u128(77), ..heard(0) };
        for _ in 0..2 {
            store.adopt(&adopted(), &restored, true).unwrap();
            assert_eq!(told(&store).as_deref(), Some(went));
        }
        let again = Heard { epoch: Uuid::from_u128(78), ..heard(0) };
        store.adopt(&adopted(), &again, true).unwrap();
        assert_eq!(told(&store), None, "in between it may have gone elsewhere, and the answer was lost");
    }

    #[test]
    fn a_refusal_is_told_through_every_restore_until_another_word_is_heard() {
        let (_dir, mut store) = store(1);
        let refused = r#"{"verdict":"rejected","code":"refused"}"#;
        let id = RecordId(Uuid::from_u128(1));
        store.record_verdicts(&[(id, refused.to_owned())], &heard(1)).unwrap();
        let told = |store: &Store| store.all_facts().unwrap().remove(0).told;
        for epoch in 77..80 {
            let restored = Heard { epoch: Uuid::from_u128(epoch), ..heard(0) };
            store.adopt(&adopted(), &restored, true).unwrap();
            assert_eq!(told(&store).as_deref(), Some(refused), "in epoch {epoch}");
        }
        for (epoch, word, kept) in [
            (79, r#"{"verdict":"held","code":"capture_time"}"#, Some(refused)),
            (80, r#"{"verdict":"parked","missing":"00000000-0000-0000-0000-000000000001"}"#, Some(refused)),
            (81, r#"{"verdict":"applied"}"#, None),
        ] {
            let heard = Heard { epoch: Uuid::from_u128(epoch), ..heard(1) };
            store.record_verdicts(&[(id, word.to_owned())], &heard).unwrap();
            let restored = Heard { epoch: Uuid::from_u128(epoch + 1), ..heard };
            store.adopt(&adopted(), &restored, true).unwrap();
            assert_eq!(told(&store).as_deref(), kept, "{word}");
        }
    }

    #[test]
    fn what_waited_for_a_person_is_told_until_a_word_is_heard() {
        let (_dir, mut store) = store(1);
        let (held, applied) = (r#"{"verdict":"held","code":"capture_time"}"#, r#"{"verdict":"applied"}"#);
        let id = RecordId(Uuid::from_u128(1));
        let told = |store: &Store| store.all_facts().unwrap().remove(0).told;
        store.record_verdicts(&[(id, held.to_owned())], &heard(1)).unwrap();
        for epoch in [77, 78, 78] {
            store.adopt(&adopted(), &Heard { epoch: Uuid::from_u128(epoch), ..heard(0) }, true).unwrap();
            assert_eq!(told(&store).as_deref(), Some(held));
        }
        store
            .record_verdicts(&[(id, applied.to_owned())], &Heard { epoch: Uuid::from_u128(78), ..heard(1) })
            .unwrap();
        store.adopt(&adopted(), &Heard { epoch: Uuid::from_u128(79), ..heard(0) }, true).unwrap();
        assert_eq!(told(&store), None);
    }

    #[test]
    fn that_an_order_is_on_a_difference_is_told_through_every_restore_until_the_server_says_otherwise() {
        let (_dir, mut store) = store(1);
        let sheet = SheetNo {
            distributor: "D01".parse::<DistributorNo>().unwrap(),
            day: "2026-07-28".parse().unwrap(),
            difference: 1,
        };
        let id = RecordId(Uuid::from_u128(1));
        let verdict = |went| {
            let order = Some(OrderEffect { order: OrderId(id.0), went, instead_of: None });
            serde_json::to_string(&Verdict::Applied { order, flags: Vec::new() }).unwrap()
        };
        let difference = verdict(Went::Difference { sheet });
        store.record_verdicts(&[(id, difference.clone())], &heard(1)).unwrap();
        let told = |store: &Store| store.all_facts().unwrap().remove(0).told;
        for epoch in 77..80 {
            let restored = Heard { epoch: Uuid::from_u128(epoch), ..heard(0) };
            store.adopt(&adopted(), &restored, true).unwrap();
            assert_eq!(
                told(&store).as_ref(),
                Some(&difference),
                "nothing was heard in the epoch before {epoch}"
            );
        }
        let waiting = verdict(Went::Waiting { day: "2026-07-29".parse().unwrap(), late: true });
        store
            .record_verdicts(&[(id, waiting.clone())], &Heard { epoch: Uuid::from_u128(79), ..heard(1) })
            .unwrap();
        store.adopt(&adopted(), &Heard { epoch: Uuid::from_u128(80), ..heard(0) }, true).unwrap();
        assert_eq!(told(&store), Some(waiting), "its last word counts");
    }

    #[test]
    fn what_a_slow_clock_dated_a_year_back_stays_thirty_days_after_its_answer() {
        let (_dir, mut store) = store(0);
        let slow = super::super::NewFact { date: "2025-07-27".parse().unwrap(), ..fact(1, "a") };
        store.seal(&slow, &[]).unwrap();
        let answered: BusinessDate = "2026-07-27".parse().unwrap();
        let server_time = ZoneOffset::CHINA.moment(answered, "12:00".parse().unwrap()).0;
        let verdicts = [(slow.id, AGREES.to_owned())];
        store.record_verdicts(&verdicts, &Heard { server_time, ..heard(1) }).unwrap();
        assert_eq!(store.prune(answered).unwrap(), 0, "durable and a year old by its clock");
        assert_eq!(store.prune(answered.plus_days(KEPT_DAYS)).unwrap(), 0, "the thirtieth day");
        assert_eq!(store.prune(answered.plus_days(KEPT_DAYS + 1)).unwrap(), 1);
    }

    #[test]
    fn what_an_earlier_install_pushed_goes_with_the_first_backup_of_this_one() {
        let (_dir, mut store) = store(2);
        let old = "2026-09-20".parse().unwrap();
        acknowledge(&mut store, 2);
        store.adopt(&adopted(), &heard(2), false).unwrap();
        store.seal(&fact(3, "a"), &[]).unwrap();
        let unsafe_yet = Heard { durable_upto: 0, ..heard(1) };
        store.record_verdicts(&[(RecordId(Uuid::from_u128(3)), AGREES.to_owned())], &unsafe_yet).unwrap();
        assert_eq!(store.prune(old).unwrap(), 0, "no backup of this install is confirmed");
        store.hear(&heard(1)).unwrap();
        assert_eq!(store.prune("2026-08-20".parse().unwrap()).unwrap(), 0, "not old enough");
        assert_eq!(store.prune(old).unwrap(), 3);
    }

    #[test]
    fn what_an_earlier_install_pushed_is_among_the_newest_facts() {
        let (_dir, mut store) = store(2);
        acknowledge(&mut store, 2);
        store.adopt(&adopted(), &heard(2), false).unwrap();
        store.seal(&fact(3, "a"), &[]).unwrap();
        let newest = |limit| -> Vec<_> {
            let facts = store.newest_facts(limit).unwrap().into_iter();
            facts.map(|fact| (fact.sealed.id.0.as_u128(), fact.dseq > 0)).collect()
        };
        assert_eq!(newest(9), [(3, true), (2, false), (1, false)]);
        assert_eq!(newest(2), [(3, true), (2, false)]);
    }

    #[test]
    fn what_waits_is_among_the_newest_facts_however_old_it_is() {
        let (_dir, mut store) = store(4);
        acknowledge(&mut store, 4);
        let newest = |store: &Store, limit| -> Vec<_> {
            store.newest_facts(limit).unwrap().into_iter().map(|fact| fact.sealed.id.0.as_u128()).collect()
        };
        assert_eq!(newest(&store, 2), [4, 3]);
        store.day_listed(RecordId(Uuid::nil()), &[2, 1].map(|n| RecordId(Uuid::from_u128(n)))).unwrap();
        assert_eq!(newest(&store, 3), [4, 2, 1]);
        assert_eq!(newest(&store, 1), [2], "of what waits the newest");
        assert_eq!(newest(&store, 9), [4, 3, 2, 1]);
    }

    #[test]
    fn what_another_rep_left_here_is_never_forgotten() {
        let (_dir, mut store) = store(2);
        acknowledge(&mut store, 2);
        store.adopt(&adopted(), &heard(2), false).unwrap();
        store.adopt(&Adopted { rep: "ZY02".into(), ..adopted() }, &heard(2), false).unwrap();
        store.seal(&fact(3, "a"), &[]).unwrap();
        acknowledge(&mut store, 1);
        assert_eq!(store.prune("2026-09-20".parse().unwrap()).unwrap(), 1);
        store.adopt(&adopted(), &heard(0), false).unwrap();
        assert_eq!(row(&store), [(1, 1), (2, 2)], "sent again when he is back");
    }
}
