//! `pull`: what changed in the scopes of a phone since its cursors, in pages (the sync contract, 3.4).
//!
//! A cursor says how far a phone is in one scope: the version and row after which it goes on. It is bound to the epoch by
//! its seal; one that does not hold starts its scope again, and that scope alone.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::{BusinessDate, RepNo};
use xundian_protocol::limits::{PAGE_BYTES, PAGE_ROWS, PULL_PAGES};
use xundian_protocol::pull::{CURSOR_JOINT, Page};
use xundian_protocol::tables::scope;

use super::pack::{Answer, Packs};
use crate::db::{DbError, Row, Tx};
use crate::master::Catalogue;

/// Bytes between the parts of a row.
const ROW_JOINTS: usize = 8;
/// Scopes that a phone may name; a rep has a handful.
const SCOPES: usize = 64;
/// Bytes of a cursor's seal.
const SEAL: usize = 12;
/// Behind every table: the whole version was read.
const WHOLE: &str = "~";

/// The last row that a phone has of a scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Position {
    version: i64,
    table: String,
    key: String,
    /// The version that the scope had when the phone began with it.
    since: i64,
}

impl Position {
    /// Whether a row of this scope lies before this place, in the order in which rows are sent.
    fn is_behind(&self, version: i64, table: &str, key: &str) -> bool {
        (version, table, key) <= (self.version, self.table.as_str(), self.key.as_str())
    }

    /// Whether a phone at this place misses no deletion, where tombstones up to `floor` may be gone. What was deleted before
    /// it began was never sent to it; else everything up to there must be behind it, the last version as a whole.
    fn holds(&self, floor: i64) -> bool {
        self.since >= floor || self.version > floor || self.version == floor && self.table == WHOLE
    }
}

/// Seals cursors: a phone cannot make one that reads more than its scopes, only lose its place.
#[derive(Debug, Clone, Copy)]
pub struct Sealer<'a> {
    /// Changes with every restore: cursors of another epoch do not hold.
    pub epoch: Uuid,
    /// The server's.
    pub secret: &'a [u8],
}

impl Sealer<'_> {
    fn seal(&self, body: &[u8]) -> [u8; SEAL] {
        let keyed = || Sha256::new().chain_update(self.secret).chain_update(self.epoch.as_bytes());
        let inner = keyed().chain_update(body).finalize();
        let outer = keyed().chain_update(inner).finalize();
        let mut seal = [0; SEAL];
        seal.copy_from_slice(&outer[..SEAL]);
        seal
    }

    fn text(&self, scope: &str, at: &Position) -> String {
        let Position { version, table, key, since } = at;
        let mut bytes = format!("{scope}\0{version}\0{table}\0{key}\0{since}").into_bytes();
        let seal = self.seal(&bytes);
        bytes.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The scope that a cursor names, and its place if the seal holds.
    fn read(&self, text: &str) -> Option<(String, Option<Position>)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        let mut parts = std::str::from_utf8(body).ok()?.splitn(5, '\0');
        let scope = parts.next()?.to_owned();
        let place = || {
            let version = parts.next()?.parse().ok()?;
            let (table, key) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            // Older servers did not write when a phone began.
            let since = parts.next().map_or(Some(0), |since| since.parse().ok())?;
            Some(Position { version, table, key, since })
        };
        Some((scope, Some(place).filter(|_| seal == self.seal(body)).and_then(|mut place| place())))
    }

    /// Whether a phone with this cursor has read a row of its scope; `None` = the cursor does not hold.
    pub fn has_read(&self, cursor: &str, version: i64, table: &str, key: &str) -> Option<bool> {
        let (_, place) = self.read(cursor)?;
        place.map(|place| place.is_behind(version, table, key))
    }

    /// The scopes that a phone holds. One cursor after the other is unpacked: whatever it says, this takes no more memory than
    /// the text twice and what 64 names cost. A text is part of a path, which HTTP ends at 65,534 bytes.
    fn read_all(&self, cursors: &str) -> BTreeMap<String, Option<Position>> {
        cursors.split(CURSOR_JOINT).take(SCOPES).filter_map(|text| self.read(text)).collect()
    }
}

/// The scopes of a rep's phone on a date, computed here and nowhere else.
pub fn scopes_of(catalogue: &Catalogue, rep: RepNo, date: BusinessDate) -> Vec<String> {
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

/// What a phone says when it pulls.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Where it stands in the scopes that it holds.
    pub cursors: &'a str,
    /// How many pages it can take at once; a pack is more than that to a phone that can take fewer than an answer has.
    pub pages: usize,
}

impl<'a> Wanted<'a> {
    /// A whole answer.
    pub fn all(cursors: &'a str) -> Self {
        Self { cursors, pages: PULL_PAGES }
    }
}

/// The next pages for a rep's phone that holds these cursors, as the inside of an answer.
///
/// # Errors
/// A failing database.
pub fn pull(
    tx: &mut Tx<'_>,
    scopes: &[String],
    wanted: Wanted<'_>,
    sealer: Sealer<'_>,
    packs: &Packs,
) -> Result<Answer, DbError> {
    let mut held = sealer.read_all(wanted.cursors);
    let mut answer = Answer::of(wanted.pages.clamp(1, PULL_PAGES));
    for name in held.keys().filter(|name| !scopes.contains(name)) {
        answer.page(&Page { dropped: true, ..empty_page(name.clone(), String::new()) })?;
    }
    for name in scopes {
        let floor = floor(tx, name)?;
        let place = held.remove(name).flatten().filter(|at| at.holds(floor));
        let may_be_packed = !name.starts_with("rep/") && wanted.pages >= PULL_PAGES;
        if place.is_none()
            && may_be_packed
            && let Some(pack) = packs.of(tx, name, sealer)?
        {
            if !answer.has_room(&pack) {
                return Ok(answer.unfinished());
            }
            answer.pack(pack);
            continue;
        }
        for page in Pages::new(tx, name, place, sealer) {
            if answer.is_full() {
                return Ok(answer.unfinished());
            }
            answer.page(&page?)?;
        }
    }
    Ok(answer)
}

/// Tombstones up to this version are gone; of the version itself some may be left.
fn floor(tx: &mut Tx<'_>, scope: &str) -> Result<i64, DbError> {
    let row = tx.first("SELECT floor FROM scope WHERE name = $1", &[scope.into()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

fn version_of(tx: &mut Tx<'_>, scope: &str) -> Result<i64, DbError> {
    let row = tx.first("SELECT version FROM scope WHERE name = $1", &[scope.into()])?;
    row.map_or(Ok(0), |row| row.get(0))
}

fn empty_page(scope: String, cursor: String) -> Page {
    Page {
        scope,
        reset: false,
        end: false,
        dropped: false,
        put: BTreeMap::new(),
        delete: BTreeMap::new(),
        cursor,
    }
}

/// The pages of one scope behind a place; a scope without a place begins with a reset, even when it is empty.
pub(super) struct Pages<'a, 'b> {
    tx: &'a mut Tx<'b>,
    scope: &'a str,
    place: Option<Position>,
    ended: bool,
    sealer: Sealer<'a>,
}

impl<'a, 'b> Pages<'a, 'b> {
    fn new(tx: &'a mut Tx<'b>, scope: &'a str, place: Option<Position>, sealer: Sealer<'a>) -> Self {
        Self { tx, scope, place, ended: false, sealer }
    }

    /// From the beginning.
    pub(super) fn all(tx: &'a mut Tx<'b>, scope: &'a str, sealer: Sealer<'a>) -> Self {
        Self::new(tx, scope, None, sealer)
    }

    fn page(&mut self) -> Result<Option<Page>, DbError> {
        let reset = self.place.is_none();
        let at = match self.place.clone() {
            Some(at) => at,
            // Read before its rows: what is deleted in between may be on an earlier page, and comes as a tombstone.
            None => Position { since: version_of(self.tx, self.scope)?, ..Position::default() },
        };
        let limit = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX);
        // What was deleted before the phone began was never sent to it.
        let rows = self.tx.query(
            "SELECT tbl, key, version, value FROM scope_row
             WHERE scope = $1 AND version >= $2 AND (version > $2 OR tbl > $3 OR (tbl = $3 AND key > $4))
             AND (value IS NOT NULL OR version > $5)
             ORDER BY version, tbl, key LIMIT $6",
            &[
                self.scope.into(),
                at.version.into(),
                at.table.as_str().into(),
                at.key.into(),
                at.since.into(),
                limit.into(),
            ],
        )?;
        if rows.is_empty() && at.table == WHOLE {
            return Ok(None);
        }
        let mut page = Page { reset, ..empty_page(self.scope.to_owned(), String::new()) };
        let taken = fill(&mut page, &rows)?;
        let mut next = Position { version: at.version, since: at.since, ..Position::default() };
        if let Some(last) = taken.checked_sub(1).and_then(|last| rows.get(last)) {
            next = Position { version: last.get(2)?, table: last.get(0)?, key: last.get(1)?, ..next };
        }
        if taken == rows.len() && taken < PAGE_ROWS {
            // A version is committed as a whole: nothing of the last one is still to come. Nor is anything of those before the
            // phone began: deletions that it does not need are not looked at again.
            let version = next.version.max(at.since);
            next = Position { version, table: WHOLE.to_owned(), key: String::new(), ..next };
            self.ended = true;
        }
        page.end = self.ended;
        page.cursor = self.sealer.text(self.scope, &next);
        self.place = Some(next);
        Ok(Some(page))
    }
}

impl Iterator for Pages<'_, '_> {
    type Item = Result<Page, DbError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended { None } else { self.page().transpose() }
    }
}

/// Puts rows into a page as long as they fit into its bytes; at least one. Gives how many.
fn fill(page: &mut Page, rows: &[Row]) -> Result<usize, DbError> {
    let mut bytes = 0;
    for (taken, row) in rows.iter().enumerate() {
        let (table, key, value): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(3)?);
        bytes += key.len() + value.as_ref().map_or(0, String::len) + ROW_JOINTS;
        if taken > 0 && bytes > PAGE_BYTES {
            return Ok(taken);
        }
        match value {
            Some(value) => {
                let raw = RawValue::from_string(value)
                    .map_err(|why| DbError::Column { column: 3, reason: why.to_string() })?;
                page.put.entry(table).or_default().push((key, raw));
            }
            None => page.delete.entry(table).or_default().push(key),
        }
    }
    Ok(rows.len())
}

#[cfg(test)]
pub(in crate::sync) mod tests {
    use xundian_protocol::codec;
    use xundian_protocol::limits::{ANSWER_BYTES, PULL_BYTES};
    use xundian_protocol::pull::PullAnswer;
    use xundian_protocol::push::Standing;

    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::master::Feed;
    use crate::sync::end_of_tombstones;

    pub(in crate::sync) const SEALER: Sealer<'static> = Sealer { epoch: Uuid::nil(), secret: b"secret" };
    const STANDING: Standing =
        Standing { epoch: Uuid::nil(), acked_dseq: 0, durable_upto: 0, server_time: 0, push_records: 500 };

    pub(in crate::sync) fn put(
        db: &Db,
        scope: &'static str,
        keys: std::ops::Range<usize>,
        value: Option<&'static str>,
    ) {
        db.write_now(move |tx| {
            let mut feed = Feed::default();
            for key in keys {
                feed.put_text(scope, "t", format!("{key:06}"), value.map(str::to_owned));
            }
            feed.write(tx)
        })
        .unwrap();
    }

    #[test]
    fn what_goes_while_the_pages_are_made_is_told_in_one_of_them() {
        let (_folder, db) = fresh();
        put(&db, "rep/ZY01", 0..PAGE_ROWS + 1, Some("1"));
        let beside = db.clone();
        let pages: Vec<Page> = db
            .read_now(|tx| {
                let mut pages = Pages::all(tx, "rep/ZY01", SEALER);
                let first = pages.next().transpose()?;
                put(&beside, "rep/ZY01", 0..1, None);
                Ok::<_, DbError>(first.into_iter().chain(pages.collect::<Result<Vec<_>, _>>()?).collect())
            })
            .unwrap();
        assert!(pages[0].put["t"].iter().any(|(key, _)| key == "000000"), "it had gone out already");
        let told: Vec<&String> = pages.iter().flat_map(|page| page.delete.get("t")).flatten().collect();
        assert_eq!(told, ["000000"]);
    }

    #[test]
    fn tombstones_that_end_while_the_pages_are_made_are_told() {
        let (_folder, db) = fresh();
        let scope = "rep/ZY01";
        put(&db, scope, 0..20, Some("1"));
        let mut phone = Puller::default();
        phone.drain(&db, &Packs::default(), SEALER, &[scope]);
        put(&db, scope, 0..10, None);
        let [first, late] = ["2026-01-01", "2026-04-02"].map(|date| date.parse().unwrap());
        end_of_tombstones(&db, first).unwrap();
        let (cursor, writer) = (phone.cursors[scope].clone(), db.clone());
        let pages: Vec<Page> = db
            .read_now(|tx| {
                tx.at_one_moment(|tx| {
                    let place = SEALER.read_all(&cursor).remove(scope).flatten();
                    assert!(place.as_ref().unwrap().holds(floor(tx, scope)?));
                    end_of_tombstones(&writer, late)?;
                    Pages::new(tx, scope, place, SEALER).collect::<Result<_, _>>()
                })
            })
            .unwrap();
        pages.into_iter().for_each(|page| phone.take(page));
        assert_eq!(phone.rows[scope].len(), 10);
        let gone = db.read_now(|tx| tx.first("SELECT 1 FROM scope_row WHERE value IS NULL", &[])).unwrap();
        assert!(gone.is_none(), "they did end");
    }

    /// A phone as far as pulling goes.
    #[derive(Default)]
    pub(in crate::sync) struct Puller {
        /// Pages that it can take at once; `None` = a whole answer.
        few: Option<usize>,
        cursors: BTreeMap<String, String>,
        pub(in crate::sync) rows: BTreeMap<String, BTreeSet<String>>,
        seen: Vec<String>,
        /// Bytes of its longest answer, and of the longest page of a rep's own.
        longest: usize,
        longest_page: usize,
    }

    /// What a phone with these cursors is told, over the wire.
    fn told(
        db: &Db,
        packs: &Packs,
        sealer: Sealer<'static>,
        scopes: &[&str],
        wanted: Wanted<'_>,
    ) -> PullAnswer {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let answer = db.read_now(|tx| pull(tx, &scopes, wanted, sealer, packs)).unwrap();
        codec::decode(&answer.bytes(&STANDING).unwrap(), PULL_BYTES).unwrap()
    }

    impl Puller {
        fn told(&self, db: &Db, packs: &Packs, sealer: Sealer<'static>, scopes: &[&str]) -> PullAnswer {
            let joint = CURSOR_JOINT.to_string();
            let cursors = self.cursors.values().cloned().collect::<Vec<_>>().join(&joint);
            let pages = self.few.unwrap_or(PULL_PAGES);
            let answer = told(db, packs, sealer, scopes, Wanted { cursors: &cursors, pages });
            // What is dropped says no more than that.
            let full = answer.pages.iter().filter(|page| !page.dropped).count();
            assert!(self.few.is_none_or(|few| full <= few), "{full} pages");
            answer
        }

        /// Pulls everything; gives the keys in order of arrival.
        pub(in crate::sync) fn drain(
            &mut self,
            db: &Db,
            packs: &Packs,
            sealer: Sealer<'static>,
            scopes: &[&str],
        ) -> Vec<String> {
            self.seen.clear();
            for _ in 0..200 {
                let answer = self.told(db, packs, sealer, scopes);
                let text = |pages: &[Page]| serde_json::to_string(pages).unwrap().len();
                self.longest = self.longest.max(text(&answer.pages));
                for page in answer.pages {
                    if page.scope.starts_with("rep/") {
                        self.longest_page = self.longest_page.max(text(std::slice::from_ref(&page)));
                    }
                    self.take(page);
                }
                if !answer.more {
                    return std::mem::take(&mut self.seen);
                }
            }
            panic!("it does not end");
        }

        /// Pulls and dies after the first page.
        fn first_page(&mut self, db: &Db, packs: &Packs, scope: &str) {
            let answer = self.told(db, packs, SEALER, &[scope]);
            self.take(answer.pages.into_iter().next().unwrap());
        }

        fn take(&mut self, page: Page) {
            if page.dropped {
                self.rows.remove(&page.scope);
                self.cursors.remove(&page.scope);
                self.seen.push(format!("dropped {}", page.scope));
                return;
            }
            let rows = self.rows.entry(page.scope.clone()).or_default();
            if page.reset {
                rows.clear();
                self.seen.push(format!("reset {}", page.scope));
            }
            for (key, _) in page.put.into_values().flatten() {
                rows.insert(key.clone());
                self.seen.push(key);
            }
            for key in page.delete.into_values().flatten() {
                rows.remove(&key);
                self.seen.push(format!("-{key}"));
            }
            self.cursors.insert(page.scope, page.cursor);
        }
    }

    #[test]
    fn page_borders_lose_and_double_nothing() {
        const ANSWER: usize = PULL_PAGES * PAGE_ROWS;
        let pages = [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 3 * PAGE_ROWS];
        let answers = [ANSWER - 1, ANSWER, ANSWER + 1, ANSWER + 7];
        for scope in ["rep/ZY01", "price/PL"] {
            for rows in pages.into_iter().chain(answers) {
                let (_folder, db) = fresh();
                put(&db, scope, 0..rows, Some("1"));
                put(&db, "rep/ZY02", 0..3, Some("1"));
                let (mut phone, packs) = (Puller::default(), Packs::default());
                let mut keys = phone.drain(&db, &packs, SEALER, &[scope]);
                assert_eq!(keys.remove(0), format!("reset {scope}"));
                let all: Vec<_> = (0..rows).map(|n| format!("{n:06}")).collect();
                assert_eq!(keys, all, "{rows} rows");
                assert!(phone.drain(&db, &packs, SEALER, &[scope]).is_empty());
            }
        }
    }

    #[test]
    fn a_phone_on_a_thin_line_gets_everything_page_by_page() {
        let scopes = ["company", "price/PL", "rep/ZY01"];
        for (few, rows) in [(1, 3 * PAGE_ROWS), (1, 0), (2, 3 * PAGE_ROWS + 1), (8, 7)] {
            let (_folder, db) = fresh();
            scopes.iter().for_each(|scope| put(&db, scope, 0..rows, Some("1")));
            let (mut thin, packs) = (Puller { few: Some(few), ..Puller::default() }, Packs::default());
            thin.drain(&db, &packs, SEALER, &scopes);
            let mut thick = Puller::default();
            thick.drain(&db, &packs, SEALER, &scopes);
            assert_eq!(thin.rows, thick.rows);
            assert!(thin.drain(&db, &packs, SEALER, &scopes).is_empty());
            assert!(thin.drain(&db, &packs, SEALER, &scopes[..1]).len() == 2, "two scopes are dropped");
        }
    }

    #[test]
    fn no_page_is_asked_for_and_one_comes() {
        let (_folder, db) = fresh();
        put(&db, "rep/ZY01", 0..3, Some("1"));
        let nothing = Wanted { cursors: "", pages: 0 };
        let answer = told(&db, &Packs::default(), SEALER, &["rep/ZY01"], nothing);
        assert_eq!((answer.pages.len(), answer.more), (1, false));
    }

    /// Rows of `length` bytes each.
    fn put_long(db: &Db, scope: &'static str, rows: usize, length: usize) {
        db.write_now(move |tx| {
            let mut feed = Feed::default();
            for key in 0..rows {
                let value = format!("\"{}\"", "x".repeat(length - 2));
                feed.put_text(scope, "t", format!("{key:06}"), Some(value));
            }
            feed.write(tx)
        })
        .unwrap();
    }

    #[test]
    fn no_answer_is_longer_than_a_phone_takes_however_long_its_rows_are() {
        let (_folder, db) = fresh();
        put_long(&db, "company", 7, 1 << 20);
        put_long(&db, "price/PL", 10, 1 << 20);
        put_long(&db, "rep/ZY01", 500, 40_000);
        let (mut phone, packs) = (Puller::default(), Packs::default());
        let scopes = ["company", "price/PL", "rep/ZY01"];
        phone.drain(&db, &packs, SEALER, &scopes);
        let rows: Vec<usize> = scopes.iter().map(|scope| phone.rows[*scope].len()).collect();
        assert_eq!(rows, [7, 10, 500]);
        assert!(phone.longest > ANSWER_BYTES / 2 && phone.longest <= ANSWER_BYTES + (1 << 20) + (1 << 16));
        assert!(phone.longest_page < PAGE_BYTES + 40_000 + (1 << 10), "{}", phone.longest_page);
        assert!(phone.drain(&db, &packs, SEALER, &scopes).is_empty(), "nothing comes twice");
    }

    #[test]
    fn only_what_changed_since_comes_again_and_deletions_come_too() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..5, Some("1"));
        phone.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        put(&db, "rep/ZY01", 3..4, Some("2"));
        put(&db, "rep/ZY01", 1..2, None);
        assert_eq!(phone.drain(&db, &packs, SEALER, &["rep/ZY01"]), ["000003", "-000001"]);
    }

    #[test]
    fn a_scope_that_is_no_longer_the_reps_is_dropped_also_after_a_restore() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..2, Some("1"));
        put(&db, "rep/ZY02", 0..2, Some("1"));
        phone.drain(&db, &packs, SEALER, &["rep/ZY01", "rep/ZY02"]);
        let other = Sealer { epoch: Uuid::from_u128(1), ..SEALER };
        let seen = phone.drain(&db, &packs, other, &["rep/ZY01"]);
        assert_eq!(seen, ["dropped rep/ZY02", "reset rep/ZY01", "000000", "000001"]);
        assert!(phone.drain(&db, &packs, other, &["rep/ZY01"]).is_empty());
    }

    #[test]
    fn a_forged_cursor_starts_its_own_scope_again_and_nonsense_nothing() {
        let at = Position { version: 9, table: "t".into(), key: "k".into(), since: 3 };
        let text = SEALER.text("rep/ZY01", &at);
        assert_eq!(SEALER.read(&text), Some(("rep/ZY01".to_owned(), Some(at))));
        let forged = Sealer { secret: b"other", ..SEALER };
        assert_eq!(forged.read(&text), Some(("rep/ZY01".to_owned(), None)));
        for nonsense in ["", "nonsense", "~~~", "AAAA"] {
            assert_eq!(SEALER.read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_cursor_of_an_older_server_still_holds() {
        let mut bytes = ["rep/ZY01", "9", "t", "k"].join("\0").into_bytes();
        let seal = SEALER.seal(&bytes);
        bytes.extend_from_slice(&seal);
        let (scope, place) = SEALER.read(&URL_SAFE_NO_PAD.encode(bytes)).unwrap();
        assert_eq!(scope, "rep/ZY01");
        assert_eq!(place, Some(Position { version: 9, table: "t".into(), key: "k".into(), since: 0 }));
    }

    #[test]
    fn a_cursor_that_was_cut_or_changed_on_its_way_starts_its_scope_again() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..5, Some("1"));
        phone.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        let good = phone.cursors["rep/ZY01"].clone();
        let spoilt = (0..good.len()).flat_map(|n| {
            let changed =
                ["A", "z", "_", "~", "=", "%", "é"].map(|c| format!("{}{c}{}", &good[..n], &good[n + 1..]));
            changed.into_iter().chain([good[..n].to_owned()])
        });
        for cursor in spoilt.filter(|cursor| *cursor != good) {
            let answer = told(&db, &packs, SEALER, &["rep/ZY01"], Wanted::all(&cursor));
            let (mine, others): (Vec<_>, Vec<_>) =
                answer.pages.iter().partition(|page| page.scope == "rep/ZY01");
            assert_eq!((mine.len(), mine[0].reset, mine[0].end), (1, true, true), "{cursor}");
            assert_eq!(mine[0].put["t"].len(), 5, "{cursor}");
            assert!(others.iter().all(|page| page.dropped), "{cursor}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_cursor_that_was_cut_or_changed_has_no_place(
            (version, since) in (0i64..i64::MAX, 0i64..i64::MAX),
            (table, key) in ("[a-z~]{0,8}", "\\PC{0,40}"),
            (at, other) in (proptest::num::usize::ANY, b' '..=b'~'),
        ) {
            let good = SEALER.text("rep/ZY01", &Position { version, table, key, since });
            let place = |text: &str| SEALER.read(text).and_then(|(_, place)| place);
            proptest::prop_assert!(place(&good).is_some());
            let at = at % good.len();
            proptest::prop_assert_eq!(place(&good[..at]), None);
            let changed = format!("{}{}{}", &good[..at], char::from(other), &good[at + 1..]);
            proptest::prop_assert!(changed == good || place(&changed).is_none());
        }

        #[test]
        fn no_text_makes_a_cursor(text in "\\PC{0,400}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = SEALER.read_all(&text);
            let forged = URL_SAFE_NO_PAD.encode(&bytes);
            let place = SEALER.read(&forged).and_then(|(_, place)| place);
            proptest::prop_assert_eq!(place, None, "the seal is not to be guessed");
        }
    }

    #[test]
    fn no_cursors_take_more_memory_than_is_stated() {
        const PATH: usize = 65_534;
        // A scope without end whose seal does not hold, one with a place, and as many of both as fit.
        let (hundred, endless) = ("YWFh".repeat(25), "YWFh".repeat(PATH / 4));
        let at = Position { version: 9, table: "t".repeat(9_000), key: "k".repeat(9_000), since: 3 };
        let placed = SEALER.text(&"s".repeat(20_000), &at);
        let many: Vec<_> = (0..PATH).map(|n| URL_SAFE_NO_PAD.encode(format!("{n:06}no seal here"))).collect();
        let (many, joints) = (many.join("~"), "~".repeat(PATH));
        for text in ["", hundred.as_str(), endless.as_str(), placed.as_str(), &many[..PATH], joints.as_str()]
        {
            let held = allocation_counter::measure(|| drop(SEALER.read_all(text))).bytes_max;
            let most = 2 * text.len() + SCOPES * 256;
            assert!(held <= most as u64, "{} bytes of text: {held} held, {most} stated", text.len());
        }
        let held = allocation_counter::measure(|| drop(SEALER.read_all(&endless))).bytes_max;
        assert!(held > 3 * PATH as u64 / 4, "the counter sees what is unpacked");
    }

    #[test]
    fn a_pack_is_made_once_and_again_when_its_scope_changed() {
        let (_folder, db) = fresh();
        let packs = Packs::default();
        put(&db, "company", 0..PAGE_ROWS + 3, Some("1"));
        let first = db.read_now(|tx| packs.of(tx, "company", SEALER)).unwrap().unwrap();
        let again = db.read_now(|tx| packs.of(tx, "company", SEALER)).unwrap().unwrap();
        assert!(std::sync::Arc::ptr_eq(&first, &again));
        put(&db, "company", 0..1, Some("2"));
        let newer = db.read_now(|tx| packs.of(tx, "company", SEALER)).unwrap().unwrap();
        assert!(!std::sync::Arc::ptr_eq(&first, &newer));
        let mut phone = Puller::default();
        phone.drain(&db, &packs, SEALER, &["company"]);
        assert_eq!(phone.rows["company"].len(), PAGE_ROWS + 3);
    }

    #[test]
    fn tombstones_end_after_ninety_days_and_who_slept_longer_starts_again() {
        let (_folder, db) = fresh();
        let packs = Packs::default();
        let (mut awake, mut asleep) = (Puller::default(), Puller::default());
        put(&db, "rep/ZY01", 0..3, Some("1"));
        asleep.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        put(&db, "rep/ZY01", 1..2, None);
        awake.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        let first: BusinessDate = "2026-01-01".parse().unwrap();
        for day in [0, 50, 91, 92] {
            end_of_tombstones(&db, first.plus_days(day)).unwrap();
        }
        let left = db.read_now(|tx| tx.query("SELECT key FROM scope_row WHERE value IS NULL", &[])).unwrap();
        assert!(left.is_empty());
        assert!(awake.drain(&db, &packs, SEALER, &["rep/ZY01"]).is_empty());
        assert_eq!(asleep.drain(&db, &packs, SEALER, &["rep/ZY01"]), ["reset rep/ZY01", "000000", "000002"]);
    }

    #[test]
    fn who_starts_is_told_of_no_row_that_went_before_on_whatever_page() {
        const GONE: usize = 2 * PAGE_ROWS;
        for few in [Some(1), None] {
            let (_folder, db) = fresh();
            put(&db, "rep/ZY01", 0..4 * PAGE_ROWS, Some("1"));
            put(&db, "rep/ZY01", 0..GONE, None);
            let (mut phone, packs) = (Puller { few, ..Puller::default() }, Packs::default());
            let live = (GONE..4 * PAGE_ROWS).map(|n| format!("{n:06}"));
            let wanted: Vec<String> = std::iter::once("reset rep/ZY01".to_owned()).chain(live).collect();
            assert_eq!(phone.drain(&db, &packs, SEALER, &["rep/ZY01"]), wanted);
            put(&db, "rep/ZY01", GONE..GONE + 1, None);
            assert_eq!(phone.drain(&db, &packs, SEALER, &["rep/ZY01"]), [format!("-{GONE:06}")]);
        }
    }

    /// Tombstones that are there now end.
    fn ninety_days_pass(db: &Db) {
        let first: BusinessDate = "2026-01-01".parse().unwrap();
        for day in [0, 91] {
            end_of_tombstones(db, first.plus_days(day)).unwrap();
        }
    }

    #[test]
    fn who_slept_in_the_middle_of_deletions_that_are_gone_starts_again() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..PAGE_ROWS + 10, Some("1"));
        phone.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        put(&db, "rep/ZY01", 0..PAGE_ROWS + 10, None);
        phone.first_page(&db, &packs, "rep/ZY01");
        assert_eq!(phone.rows["rep/ZY01"].len(), 10, "ten deletions are still to come");
        ninety_days_pass(&db);
        assert_eq!(phone.drain(&db, &packs, SEALER, &["rep/ZY01"]), ["reset rep/ZY01"]);
        assert!(phone.rows["rep/ZY01"].is_empty());
        assert!(phone.drain(&db, &packs, SEALER, &["rep/ZY01"]).is_empty());
    }

    #[test]
    fn a_first_pull_of_several_answers_ends_where_old_deletions_are_gone() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..PULL_PAGES * PAGE_ROWS + 7, Some("1"));
        put(&db, "rep/ZY01", 0..1, None);
        ninety_days_pass(&db);
        let seen = phone.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        assert_eq!(seen.iter().filter(|key| key.starts_with("reset")).count(), 1);
        assert_eq!(phone.rows["rep/ZY01"].len(), PULL_PAGES * PAGE_ROWS + 6);
    }

    #[test]
    fn who_slept_in_the_middle_of_a_first_pull_starts_again_when_deletions_are_gone_since() {
        let (_folder, db) = fresh();
        let (mut phone, packs) = (Puller::default(), Packs::default());
        put(&db, "rep/ZY01", 0..PAGE_ROWS + 10, Some("1"));
        phone.first_page(&db, &packs, "rep/ZY01");
        put(&db, "rep/ZY01", 0..1, None);
        ninety_days_pass(&db);
        let seen = phone.drain(&db, &packs, SEALER, &["rep/ZY01"]);
        assert_eq!(seen[0], "reset rep/ZY01");
        assert!(!phone.rows["rep/ZY01"].contains("000000"), "it was deleted while the phone slept");
    }
}
