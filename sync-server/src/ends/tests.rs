//! Nights over ledgers of a few stores; orders and verdicts, and both databases, are in `tests/tests/ends.rs`.

use uuid::Uuid;
use xundian_domain::ledger::{LedgerVisit, VisitEntry};
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::{RecordId, StoreId, Units};

use super::*;
use crate::master::Feed;
use crate::orders::begin_why_missed;

const FIRST: &str = "rep/ZY01";
const SECOND: &str = "rep/ZY02";
const DAY: i64 = 86_400_000;

/// A database that has no order to tell again of.
fn fresh() -> (tempfile::TempDir, Db) {
    let (folder, db) = crate::db::tests::fresh();
    db.write_now(begin_why_missed).unwrap();
    (folder, db)
}

/// So many days after the first visits and two months, in which nobody came.
fn on(db: &Db, day: u32) -> Arc<Catalogue> {
    soon(db, 60 + day)
}

/// So many days after the first visits.
fn soon(db: &Db, day: u32) -> Arc<Catalogue> {
    let mut catalogue = db.read_now(Catalogue::load).unwrap();
    catalogue.day = Some(ZoneOffset::CHINA.date(Millis(0)).plus_days(day));
    Arc::new(catalogue)
}

/// One visit a day in each of so many stores.
fn visit(db: &Db, scope: &'static str, stores: u128, days: std::ops::Range<u32>) {
    let mut feed = Feed::default();
    for store in 1..=stores {
        for day in days.clone() {
            let at = Millis(i64::from(day) * DAY);
            let date: BusinessDate = ZoneOffset::CHINA.date(at);
            let fact = RecordId(Uuid::from_u128(store << 32 | u128::from(day)));
            let visit = LedgerVisit { date, at, entry: VisitEntry::default() };
            feed.put(scope, (StoreId(Uuid::from_u128(store)), fact), &visit);
        }
    }
    db.write_now(move |tx| feed.write(tx)).unwrap();
}

/// Rows that phones of a territory have, and rows that only the server has.
fn left(db: &Db, scope: &'static str) -> (i64, i64) {
    let count = |sql: &str, values: &[crate::db::Value]| -> i64 {
        db.read_now(|tx| tx.first(sql, values)).unwrap().unwrap().get(0).unwrap()
    };
    let has = "SELECT count(*) FROM scope_row WHERE scope = $1 AND value IS NOT NULL";
    (count(has, &[scope.into()]), count("SELECT count(*) FROM past", &[]))
}

#[test]
fn a_night_over_fifteen_visits_leaves_thirteen_and_the_server_has_all() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 1, 0..15);
    end_past(&db, &on(&db, 15)).unwrap();
    assert_eq!(left(&db, FIRST), (13, 2));
    let store = StoreId(Uuid::from_u128(1));
    let ledger = db.read_now(|tx| whole_ledger(tx, FIRST, store)).unwrap();
    let times: Vec<i64> = ledger.visits.iter().map(|visit| visit.at.0 / DAY).collect();
    assert_eq!(times, (0..15).collect::<Vec<_>>());
    visit(&db, FIRST, 1, 15..16);
    end_past(&db, &on(&db, 15)).unwrap();
    assert_eq!(left(&db, FIRST), (14, 2), "once a day");
    end_past(&db, &on(&db, 16)).unwrap();
    assert_eq!(left(&db, FIRST), (13, 3));
}

#[test]
fn a_row_that_comes_again_is_the_newer_one_and_ends_again() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 1, 0..15);
    end_past(&db, &on(&db, 15)).unwrap();
    visit(&db, FIRST, 1, 0..1);
    let all = db.read_now(entries::<LedgerVisit>).unwrap();
    assert_eq!((all.len(), all.iter().filter(|entry| entry.is_past()).count()), (15, 1));
    let (store, fact) = (StoreId(Uuid::from_u128(1)), RecordId(Uuid::from_u128(1 << 32)));
    let counts = vec![("21010019".parse().unwrap(), Units(7))];
    let entry = VisitEntry { counts, ..VisitEntry::default() };
    let newer = LedgerVisit { date: ZoneOffset::CHINA.date(Millis(0)), at: Millis(0), entry };
    let mut feed = Feed::default();
    feed.put(FIRST, (store, fact), &newer);
    db.write_now(move |tx| feed.write(tx)).unwrap();
    let ledger = db.read_now(|tx| whole_ledger(tx, FIRST, store)).unwrap();
    assert_eq!((ledger.visits.len(), &ledger.visits[0]), (15, &newer));
    end_past(&db, &on(&db, 16)).unwrap();
    assert_eq!(left(&db, FIRST), (13, 2));
}

#[test]
fn what_was_found_in_an_older_version_of_a_territory_is_looked_for_again() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 1, 0..15);
    let term = Term::of(&on(&db, 15)).unwrap();
    let found = db.read_now(|tx| Found::of(tx, FIRST.to_owned(), term)).unwrap();
    visit(&db, FIRST, 1, 15..16);
    assert!(!found.end(&db).unwrap());
    assert_eq!(left(&db, FIRST), (16, 0));
}

#[test]
fn a_territory_with_a_year_behind_it_ends_in_pieces_and_the_next_one_after_it() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 60, 0..23);
    visit(&db, SECOND, 1, 0..14);
    let today = on(&db, 23);
    end_past(&db, &today).unwrap();
    assert_eq!((left(&db, FIRST).0, left(&db, SECOND).0), (60 * 13, 14));
    let version = "SELECT version FROM scope WHERE name = $1";
    let version = db.read_now(|tx| tx.first(version, &[FIRST.into()])).unwrap().unwrap();
    assert_eq!(version.get::<i64>(0).unwrap(), 3, "600 rows are two commits");
    end_past(&db, &today).unwrap();
    assert_eq!(left(&db, SECOND).0, 13);
}

#[test]
fn before_phones_were_told_again_of_every_order_nothing_ends() {
    let (_folder, db) = crate::db::tests::fresh();
    visit(&db, FIRST, 1, 0..15);
    end_past(&db, &on(&db, 15)).unwrap();
    assert_eq!(left(&db, FIRST), (15, 0));
    db.write_now(begin_why_missed).unwrap();
    end_past(&db, &on(&db, 15)).unwrap();
    assert_eq!(left(&db, FIRST), (13, 2), "on the same day");
}

#[test]
fn visits_of_the_last_weeks_stay_however_many_they_are() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 1, 0..40);
    end_past(&db, &soon(&db, 40)).unwrap();
    assert_eq!(left(&db, FIRST), (30, 10));
}

#[test]
fn before_a_company_has_a_day_nothing_ends() {
    let (_folder, db) = fresh();
    visit(&db, FIRST, 1, 0..15);
    let catalogue = Arc::new(db.read_now(Catalogue::load).unwrap());
    end_past(&db, &catalogue).unwrap();
    assert_eq!(left(&db, FIRST), (15, 0));
}
