//! `verify` looks at every column that follows from the journal, and at one moment: one value changed by hand is found, a
//! server that writes meanwhile is no problem. On both databases.

use uuid::Uuid;
use xundian_server::db::{DbError, Tx, Value};
use xundian_server::trust::{at_one_moment, verify};
use xundian_tests::town::{MONDAY, Outcome, Town, on_both};

const NOODLES: &str = "21010019";
const OTHER_DAY: &str = "'2026-08-30'";
const FLIPPED: &str = "1 - ?";

/// One visit with one order, waiting for its sheet.
fn visited(town: &Town) -> Outcome<()> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

/// What must be found: a value of the one row of a table; `?` = the value that is there, `$1` = a strange id.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("visit", "id", "$1"),
    ("visit", "fact", "$1"),
    ("visit", "store", "$1"),
    ("visit", "rep", "'ZY02'"),
    ("visit", "date", OTHER_DAY),
    ("visit", "check_in", "? + 1"),
    ("visit", "check_out", "? + 1"),
    ("visit", "planned", FLIPPED),
    ("visit", "result", "'failed'"),
    ("visit", "counted", FLIPPED),
    ("visit", "effective", FLIPPED),
    ("store_order", "id", "$1"),
    ("store_order", "store", "$1"),
    ("store_order", "rep", "'ZY02'"),
    ("store_order", "version", "? + 1"),
    ("store_order", "confirmed_on", OTHER_DAY),
    ("store_order", "promised", OTHER_DAY),
    ("store_order", "day", OTHER_DAY),
    ("store_order", "waiting", FLIPPED),
    ("store_order", "late", FLIPPED),
    ("store_order", "state", "'\"held\"'"),
    ("store_order", "flags", "'[\"clock_unverified\"]'"),
    ("store_order", "body", "replace(?, '\"payment\":\"cash\"', '\"payment\":\"on_account\"')"),
    ("store_order", "fact", "$1"),
];

/// Rows that nothing of the journal stands behind, or that lack; with what takes them back.
const ROWS: &[(&str, &str)] = &[
    ("INSERT INTO held (fact, code) SELECT id, 'capture_time' FROM fact", "DELETE FROM held"),
    ("INSERT INTO parked (fact, missing) SELECT id, id FROM fact", "DELETE FROM parked"),
    (
        "INSERT INTO late_order (order_id, distributor, promised, went, cause, at) SELECT fact, 'D01', '', '', '', 0 FROM visit",
        "DELETE FROM late_order",
    ),
    (
        "INSERT INTO promo_use (order_id, promo, store, period, times, units) SELECT id, 'P01', store, '', 9, 9 FROM store_order",
        "DELETE FROM promo_use WHERE times = 9",
    ),
    (
        "INSERT INTO scope_row (scope, tbl, key, version, value) SELECT 'rep/ZY09', tbl, key, 1, value FROM scope_row WHERE tbl = 'ledger'",
        "DELETE FROM scope_row WHERE scope = 'rep/ZY09' AND tbl = 'ledger'",
    ),
    (
        "UPDATE scope_row SET tbl = 'ledger?' WHERE tbl = 'ledger'",
        "UPDATE scope_row SET tbl = 'ledger' WHERE tbl = 'ledger?'",
    ),
    (
        "UPDATE scope_row SET tbl = 'delivery?' WHERE tbl = 'delivery'",
        "UPDATE scope_row SET tbl = 'delivery' WHERE tbl = 'delivery?'",
    ),
    (
        "UPDATE scope_row SET tbl = 'contact?' WHERE tbl = 'contact'",
        "UPDATE scope_row SET tbl = 'contact' WHERE tbl = 'contact?'",
    ),
    (
        "INSERT INTO scope_row (scope, tbl, key, version, value) SELECT 'rep/NOBODY', tbl, key, 1, value FROM scope_row WHERE tbl = 'store' AND scope = 'rep/ZY01'",
        "DELETE FROM scope_row WHERE scope = 'rep/NOBODY'",
    ),
    (
        "UPDATE scope_row SET tbl = 'order_state?' WHERE tbl = 'order_state'",
        "UPDATE scope_row SET tbl = 'order_state' WHERE tbl = 'order_state?'",
    ),
];

fn change(town: &Town, sql: &str, values: &[Value]) -> Outcome<()> {
    let (sql, values) = (sql.to_owned(), values.to_vec());
    let changed = town.app.db().write_now(move |tx| tx.execute(&sql, &values))?;
    if changed == 0 { Err("changed nothing".into()) } else { Ok(()) }
}

#[test]
fn every_column_that_is_changed_by_hand_is_found() {
    on_both(|town| {
        visited(town)?;
        for (table, column, value) in COLUMNS {
            change(town, &format!("CREATE TABLE kept AS SELECT {column} FROM {table}"), &[]).ok();
            let ids: &[Value] = if value.contains('$') { &[Uuid::from_u128(9).into()] } else { &[] };
            let value = value.replace('?', column);
            change(town, &format!("UPDATE {table} SET {column} = {value}"), ids)?;
            let found = town.app.db().read_now(verify)?;
            assert!(!found.is_empty(), "{table}.{column} = {value} is not found");
            change(town, &format!("UPDATE {table} SET {column} = (SELECT {column} FROM kept)"), &[])?;
            change(town, "DROP TABLE kept", &[]).ok();
            assert_eq!(town.app.db().read_now(verify)?, [], "{table}.{column} is as it was");
        }
        Ok(())
    });
}

#[test]
fn a_row_that_lacks_or_has_nothing_behind_it_is_found() {
    on_both(|town| {
        visited(town)?;
        for (wrong, right) in ROWS {
            change(town, wrong, &[])?;
            assert!(!town.app.db().read_now(verify)?.is_empty(), "{wrong} is not found");
            change(town, right, &[])?;
            assert_eq!(town.app.db().read_now(verify)?, [], "{right}");
        }
        Ok(())
    });
}

#[test]
fn what_is_committed_meanwhile_is_not_seen_half() {
    on_both(|town| {
        visited(town)?;
        let count = |tx: &mut Tx<'_>| -> Result<i64, DbError> {
            tx.first("SELECT count(*) FROM held", &[])?.map_or(Ok(0), |row| row.get(0))
        };
        let db = town.app.db();
        let meanwhile = |tx: &mut Tx<'_>| {
            let before = count(tx)?;
            db.write_now(|tx| tx.execute("INSERT INTO held (fact, code) SELECT id, '' FROM fact", &[]))?;
            Ok::<_, DbError>((before, count(tx)?))
        };
        assert_eq!(db.read_now(|tx| at_one_moment(tx, meanwhile))?, (0, 0));
        assert_eq!(db.read_now(count)?, 1, "and is there afterwards");
        // A job that fails leaves no open transaction behind.
        let failed = db.read_now(|tx| at_one_moment(tx, |tx| tx.query("SELECT nonsense", &[])));
        assert!(failed.is_err());
        assert_eq!(db.read_now(|tx| at_one_moment(tx, count))?, 1);
        Ok(())
    });
}
