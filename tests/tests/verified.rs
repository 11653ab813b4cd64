//! `verify` looks at every column that follows from the journal, and at one moment: one value changed by hand is found, a
//! server that writes meanwhile is no problem. On both databases.

use uuid::Uuid;
use xundian_device::visit_loop::Line;
use xundian_domain::id::ReasonCode;
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::store::Store;
use xundian_domain::visit::stock_count::{CountRow, PlaceCount};
use xundian_domain::{OrderId, StoreId, Units};
use xundian_protocol::tables::Table;
use xundian_server::db::{DbError, Tx, Value};
use xundian_server::import::{City, import_opening, read_opening, read_table};
use xundian_server::orders::OrderRow;
use xundian_server::trust::verify;
use xundian_tests::town::{MONDAY, Outcome, Town, count, on_both};

const NOODLES: &str = "21010019";
/// One case of it brings a gift, once a store.
const CAPPED: &str = "22070104";
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

/// Whether `verify` names a rule once one order has another state in all that is said of it.
fn names(town: &Town, rule: &str, order: OrderId, change: fn(&mut OrderRow)) -> Outcome<bool> {
    town.app.db().write_now(move |tx| {
        let mut row = OrderRow::load(tx, order)?.into_iter().collect::<Vec<_>>();
        row.iter_mut().for_each(change);
        OrderRow::save_all(tx, &row)
    })?;
    Ok(town.app.db().read_now(verify)?.iter().any(|problem| problem.rule == rule))
}

#[test]
fn an_order_goes_out_by_a_fact_in_effect_alone_and_is_stopped_for_a_reason_alone() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let held = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        town.at("2026-08-15", "09:00")?;
        phone.at("2026-08-15", "09:00")?;
        phone.sync()?;
        let sold = phone.visit(store, &[(NOODLES, 5, 48)])?.ok_or("no order")?;
        phone.sync()?;
        town.app.tick()?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        let out = "an order whose visit has no effect is on no sheet and waits for none";
        assert!(names(town, out, held.id, |row| row.state =
            OrderState::Waiting { day: row.day, late: row.late })?);
        assert!(!names(town, out, held.id, |row| row.state = OrderState::Held)?);
        let stopped = "an order is stopped for a reason";
        assert!(names(town, stopped, sold.id, |row| row.state = OrderState::Held)?);
        assert!(names(town, stopped, sold.id, |row| row.state =
            OrderState::Cancelled { cause: CancelCause::Held })?);
        let rejected =
            |row: &mut OrderRow| row.state = OrderState::Cancelled { cause: CancelCause::StoreRejected };
        assert!(names(town, stopped, sold.id, rejected)?);
        assert!(!names(town, stopped, sold.id, |row| row.state =
            OrderState::Waiting { day: row.day, late: row.late })?);
        Ok(())
    });
}

#[test]
fn counts_with_which_a_company_began_are_nobodys_visits_and_a_strange_row_of_a_ledger_is() {
    on_both(|town| {
        let text = "store_no,sku,counted_on,units\nQD010001,21010019,2026-07-20,12\n";
        let ledger = read_opening(&read_table("opening_ledger.csv", text.as_bytes())?)?;
        let catalogue = town.app.catalogue();
        town.app.db().write_now(move |tx| import_opening(tx, &catalogue, &ledger))?;
        assert_eq!(town.count("SELECT count(*) FROM scope_row WHERE tbl = 'ledger'")?, 1);
        assert_eq!(town.app.db().read_now(verify)?, []);
        town.app.db().write_now(|tx| {
            tx.execute("UPDATE scope_row SET value = replace(value, '2026-07-20', '2026-07-21') WHERE tbl = 'ledger'", &[])
        })?;
        assert_eq!(town.app.db().read_now(verify)?.len(), 1, "of another day than its id says");
        Ok(())
    });
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
    ("store_order", "distributor", "'D02'"),
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

/// The same of a promotion that one order used.
const USED: &[(&str, &str, &str)] = &[
    ("promo_use", "order_id", "$1"),
    ("promo_use", "store", "$1"),
    ("promo_use", "period", "'2026-06'"),
    ("promo_use", "times", "? + 1"),
    ("promo_use", "units", "? + 1"),
];

/// A column of what a ledger tells of a visit, and how it is told otherwise.
type Retold = (&'static str, fn(&mut LedgerVisit));

/// Every one of them. What the visit has nothing of is told all the same.
const LEDGER: &[Retold] = &[
    ("date", |told| told.date = told.date.plus_days(1)),
    ("at", |told| told.at.0 += 1),
    ("counts", |told| told.entry.counts[0].1.0 *= 2),
    ("counts", |told| told.entry.counts.clear()),
    ("inflows", |told| told.entry.inflows.push(told.entry.counts[0])),
    ("outflows", |told| told.entry.outflows.push(told.entry.counts[0])),
    ("answers", |told| {
        let (sku, units) = told.entry.counts[0];
        told.entry.answers.push((OrderId(Uuid::nil()), sku, units));
    }),
    ("expiries", |told| told.entry.expiries.push((told.entry.counts[0].0, told.date))),
    ("declined", |told| {
        let (sku, _) = told.entry.counts[0];
        told.entry.declined.extend("owner".parse::<ReasonCode>().ok().map(|reason| (sku, reason)));
    }),
];

/// Rows that nothing of the journal stands behind, or that lack under their key; with what takes them back.
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
        "UPDATE scope_row SET key = key || '?' WHERE tbl = 'ledger'",
        "UPDATE scope_row SET key = replace(key, '?', '') WHERE tbl = 'ledger'",
    ),
    (
        "UPDATE scope_row SET key = key || '?' WHERE tbl = 'delivery'",
        "UPDATE scope_row SET key = replace(key, '?', '') WHERE tbl = 'delivery'",
    ),
    (
        "UPDATE scope_row SET key = key || '?' WHERE tbl = 'order_state'",
        "UPDATE scope_row SET key = replace(key, '?', '') WHERE tbl = 'order_state'",
    ),
];

/// Tables that phones have of the office; one more needs no word here.
const OFFICE: &[&str] = &[
    "area",
    "calendar",
    "competitor_item",
    "contact",
    "distributor",
    "location",
    "must_sell",
    "price",
    "product",
    "promotion",
    "reason",
    "route",
    "setting",
    "standard",
    "store",
];

/// A row that phones have: scope, table, key and value.
type Told = [String; 4];

/// The first row of every table that phones have.
fn first_of_each(town: &Town) -> Outcome<Vec<Told>> {
    let sql = "SELECT scope, tbl, key, value FROM scope_row WHERE value IS NOT NULL ORDER BY tbl, scope, key";
    let rows = town.app.db().read_now(|tx| tx.query(sql, &[]))?;
    let told = rows.iter().map(|row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]));
    let mut told = told.collect::<Result<Vec<Told>, DbError>>()?;
    told.dedup_by(|next, first| next[1] == first[1]);
    Ok(told)
}

/// Phones are told something else of a row, or that it is gone.
fn tell(town: &Town, [scope, table, key, _]: &Told, value: Option<String>) -> Outcome<()> {
    let sql = "UPDATE scope_row SET value = $4 WHERE scope = $1 AND tbl = $2 AND key = $3";
    change(town, sql, &[scope.as_str().into(), table.as_str().into(), key.as_str().into(), value.into()])
}

/// Phones of another scope are told of a row, too.
fn tell_nobody(town: &Town, [_, table, key, value]: &Told) -> Outcome<()> {
    let sql = "INSERT INTO scope_row (scope, tbl, key, version, value) VALUES ('rep/NOBODY', $1, $2, 1, $3)";
    change(town, sql, &[table.as_str().into(), key.as_str().into(), value.as_str().into()])
}

/// What `verify` names, in order.
fn named(town: &Town) -> Outcome<Vec<String>> {
    let mut named: Vec<String> =
        town.app.db().read_now(verify)?.into_iter().map(|problem| problem.at).collect();
    named.sort_unstable();
    Ok(named)
}

fn change(town: &Town, sql: &str, values: &[Value]) -> Outcome<()> {
    let (sql, values) = (sql.to_owned(), values.to_vec());
    let changed = town.app.db().write_now(move |tx| tx.execute(&sql, &values))?;
    if changed == 0 { Err("changed nothing".into()) } else { Ok(()) }
}

/// Each value is changed by hand, named, and put back.
fn each_is_found(town: &Town, columns: &[(&str, &str, &str)]) -> Outcome<()> {
    for (table, column, value) in columns {
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
}

#[test]
fn every_column_that_is_changed_by_hand_is_found() {
    on_both(|town| {
        visited(town)?;
        each_is_found(town, COLUMNS)
    });
}

#[test]
fn whatever_a_ledger_tells_otherwise_than_the_visit_is_found() {
    on_both(|town| {
        visited(town)?;
        let rows = first_of_each(town)?;
        let row = rows.iter().find(|row| row[1] == LedgerVisit::NAME).ok_or("no ledger")?;
        let [scope, _, key, value] = row;
        let fact = key.split_once('/').ok_or("no fact")?.1;
        for (column, retell) in LEDGER {
            let mut told: LedgerVisit = serde_json::from_str(value)?;
            retell(&mut told);
            tell(town, row, Some(serde_json::to_string(&told)?))?;
            assert_eq!(named(town)?, [fact], "{column}");
        }
        tell(town, row, None)?;
        assert_eq!(named(town)?, [fact], "it is told to nobody");
        tell(town, row, Some(value.clone()))?;
        assert_eq!(named(town)?, [""; 0]);
        change(town, "UPDATE scope_row SET scope = 'rep/ZY09' WHERE tbl = 'ledger'", &[])?;
        assert_eq!(named(town)?, [fact], "not to {scope}");
        Ok(())
    });
}

/// What is done to a row of a ledger, and whether it is a problem.
type Spoilt = (fn(&mut LedgerVisit), bool);

/// What a visit told, told otherwise, and whether a server before may have told it so.
const OLDER: &[Spoilt] = &[
    (|told| told.entry.expiries.clear(), true),
    (|told| told.entry.declined.clear(), true),
    (|told| (told.entry.expiries, told.entry.declined) = (Vec::new(), Vec::new()), true),
    (|told| told.entry.expiries[0].1 = told.date, false),
    (|told| told.entry.declined.push(told.entry.declined[0]), false),
    (|told| (told.entry.expiries, told.entry.counts) = (Vec::new(), Vec::new()), false),
];

/// A week after the first count of a product its expiry was seen, and the owner wanted none of it.
fn declined(town: &Town) -> Outcome<()> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    phone.visit(store, &[(NOODLES, 40, 0)])?;
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    phone.at("2026-08-03", "10:00")?;
    phone.phone.begin_visit(store)?;
    let seen = CountRow { expiry: Some("2026-12-01".parse()?), ..count(NOODLES.parse()?, 5) };
    phone.phone.save_line(&Line::Count(seen))?;
    phone.phone.suggestions()?;
    let reason = Some("owner_wants_less".parse()?);
    phone.phone.save_line(&Line::Intention { sku: NOODLES.parse()?, units: Units(0), reason })?;
    phone.machine.pass(60_000);
    phone.phone.check_out()?;
    town.at("2026-08-03", "18:00")?;
    phone.sync()?;
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

#[test]
fn a_row_of_a_server_that_told_neither_expiries_nor_what_was_declined_is_no_problem() {
    on_both(|town| {
        declined(town)?;
        let sql = "SELECT scope, tbl, key, value FROM scope_row WHERE tbl = 'ledger' AND value LIKE '%\"declined\"%'";
        let rows = town.app.db().read_now(|tx| tx.query(sql, &[]))?;
        let row = rows.first().ok_or("nothing was declined")?;
        let row: Told = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
        for (number, (retell, is_theirs)) in OLDER.iter().enumerate() {
            let mut told: LedgerVisit = serde_json::from_str(&row[3])?;
            retell(&mut told);
            tell(town, &row, Some(serde_json::to_string(&told)?))?;
            assert_eq!(named(town)?.is_empty(), *is_theirs, "{number}");
        }
        Ok(())
    });
}

#[test]
fn a_back_room_that_came_or_went_makes_no_count_of_before_wrong() {
    on_both(|town| {
        let (mut phone, catalogue) = (town.phone("ZY01")?, town.app.catalogue());
        let has_none = |store: &StoreId| catalogue.stores.get(store).is_some_and(|store| !store.has_backroom);
        let store = phone.route()?.into_iter().find(has_none).ok_or("every store has a back room")?;
        phone.phone.begin_visit(store)?;
        let shelf = CountRow { backroom: PlaceCount::NotCounted, ..count(NOODLES.parse()?, 5) };
        phone.phone.save_line(&Line::Count(shelf))?;
        phone.machine.pass(60_000);
        phone.phone.check_out()?;
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        let mut flipped = Ok(());
        town.import(|city| flipped = flip_back_rooms(city))?;
        flipped?;
        town.app.tick()?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

/// Stores with a back room have none, and the others one.
fn flip_back_rooms(city: &mut City) -> Outcome<()> {
    for (_, value) in city.rows.iter_mut().filter(|((table, _), _)| table == Store::NAME) {
        let mut store: Store = serde_json::from_str(value)?;
        store.has_backroom = !store.has_backroom;
        *value = serde_json::to_string(&store)?;
    }
    Ok(())
}

#[test]
fn an_order_on_a_day_that_nobody_was_told_is_found_although_all_its_columns_agree() {
    on_both(|town| {
        visited(town)?;
        for (table, column, of) in [
            ("store_order", "day", "1 = 1"),
            ("store_order", "state", "1 = 1"),
            ("scope_row", "value", "tbl = 'order_state'"),
        ] {
            let moved = format!("{column} = replace({column}, '2026-07-28', '2026-07-30')");
            change(town, &format!("UPDATE {table} SET {moved} WHERE {of}"), &[])?;
        }
        let found = town.app.db().read_now(verify)?;
        let rules: Vec<&str> = found.iter().map(|problem| problem.rule).collect();
        assert!(rules.contains(&"an order stands on the day that its phone was told"), "{rules:?}");
        assert!(!rules.contains(&"an order says one thing in all its columns"), "{rules:?}");
        Ok(())
    });
}

#[test]
fn after_a_restore_only_what_waits_for_a_lost_sheet_may_wait_with_another_distributor() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        let printed = phone.visit(stores[0], &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        let (_app, line, _runtime) = town.served_again()?;
        phone.network = line;
        phone.at(MONDAY, "22:10")?;
        phone.sync()?;
        town.at(MONDAY, "22:30")?;
        phone.at(MONDAY, "22:30")?;
        let since = phone.visit(stores[1], &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        phone.sync()?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        for (order, is_found) in [(printed, false), (since, true)] {
            let given = "UPDATE store_order SET distributor = $2 WHERE id = $1";
            change(town, given, &[order.into(), "D02".into()])?;
            let found = town.app.db().read_now(verify)?;
            let rule = "an order waits with the distributor of its store";
            assert_eq!(found.iter().any(|problem| problem.rule == rule), is_found, "{found:?}");
            change(town, given, &[order.into(), "D01".into()])?;
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
fn a_row_of_the_office_that_phones_have_otherwise_or_not_or_too_much_is_named() {
    on_both(|town| {
        let rows = first_of_each(town)?;
        for table in OFFICE {
            assert!(rows.iter().any(|row| row[1] == *table), "no phone has a {table}");
        }
        let names = |scope: Option<&str>| {
            let name = |[of, table, key, _]: &Told| format!("{} {table} {key}", scope.unwrap_or(of));
            let mut names: Vec<String> = rows.iter().map(name).collect();
            names.sort_unstable();
            names
        };
        let wrongs: [fn(&str) -> Option<String>; 2] = [|value| Some(format!("{value} ")), |_| None];
        for wrong in wrongs {
            rows.iter().try_for_each(|row| tell(town, row, wrong(&row[3])))?;
            assert_eq!(named(town)?, names(None));
            rows.iter().try_for_each(|row| tell(town, row, Some(row[3].clone())))?;
        }
        rows.iter().try_for_each(|row| tell_nobody(town, row))?;
        assert_eq!(named(town)?, names(Some("rep/NOBODY")));
        change(town, "DELETE FROM scope_row WHERE scope = 'rep/NOBODY'", &[])?;
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

#[test]
fn what_was_used_and_is_believed_is_compared_and_what_a_night_learnt_is_not_the_offices() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(CAPPED, 0, 15)])?.ok_or("no order")?;
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        let learnt = town.app.learn()?;
        assert_eq!((learnt.stores, learnt.night), (1, true));
        assert_eq!(town.app.db().read_now(verify)?, []);
        each_is_found(town, USED)?;
        let rows = first_of_each(town)?;
        for table in ["used", "belief"] {
            let row = rows.iter().find(|row| row[1] == table).ok_or(table)?;
            let [.., key, value] = row;
            let other = value.replacen(['1', '2'], "3", 1);
            assert_ne!(other, *value);
            for wrong in [Some(other), None] {
                tell(town, row, wrong)?;
                let found = named(town)?;
                assert!(!found.is_empty() && found.iter().all(|at| at.contains(key)), "{table}: {found:?}");
                tell(town, row, Some(value.clone()))?;
            }
            tell_nobody(town, row)?;
            assert_eq!(named(town)?, [format!("rep/NOBODY {key}")]);
            change(town, "DELETE FROM scope_row WHERE scope = 'rep/NOBODY'", &[])?;
        }
        change(town, "DELETE FROM belief", &[])?;
        assert_eq!(named(town)?.len(), 1, "a belief that is kept nowhere");
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
        assert_eq!(db.read_now(|tx| tx.at_one_moment(meanwhile))?, (0, 0));
        assert_eq!(db.read_now(count)?, 1, "and is there afterwards");
        // A job that fails leaves no open transaction behind.
        let failed = db.read_now(|tx| tx.at_one_moment(|tx| tx.query("SELECT nonsense", &[])));
        assert!(failed.is_err());
        assert_eq!(db.read_now(|tx| tx.at_one_moment(count))?, 1);
        Ok(())
    });
}
