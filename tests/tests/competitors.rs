//! What one rep saw at competitors is offered to the others of the area, over real HTTP and on both databases: phone, push, night,
//! pull. ZY01 and ZY02 serve the stores of D01, ZY03 and ZY04 those of D02.

use xundian_device::phone::PhoneError;
use xundian_device::sync::Outcome as SyncOutcome;
use xundian_device::visit_loop::Line;
use xundian_domain::StoreId;
use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
use xundian_server::trust::verify;
use xundian_tests::desk::{TUESDAY, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

const WEDNESDAY: &str = "2026-07-29";

fn price(item: &str) -> CompetitorFact {
    CompetitorFact {
        brand: "统一".to_owned(),
        item: item.to_owned(),
        kind: FactKind::Price,
        value: "零售价 2.5-3.5 元".to_owned(),
        from: None,
        to: None,
        photo: None,
    }
}

/// A visit in which nothing else was recorded.
fn tell(phone: &mut TownPhone, store: StoreId, item: &str) -> Outcome<()> {
    phone.phone.begin_visit(store)?;
    phone.phone.save_line(&Line::Competitor(price(item)))?;
    phone.machine.pass(60_000);
    phone.phone.check_out()?;
    Ok(())
}

/// A phone finds its network.
fn meet(town: &Town, phone: &mut TownPhone, date: &str, time: &str) -> Outcome<()> {
    town.at(date, time)?;
    phone.at(date, time)?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    Ok(())
}

fn night(town: &Town, date: &str) -> Outcome<()> {
    town.at(date, "00:01")?;
    town.app.learn()?;
    Ok(())
}

/// What is offered in a store: item, stores, and whether it was seen here.
fn offered(phone: &mut TownPhone, store: StoreId) -> Outcome<Vec<(String, u32, bool)>> {
    let seen = phone.phone.seen_around(store)?.into_iter();
    Ok(seen.map(|seen| (seen.item, seen.stores, seen.here)).collect())
}

fn one(item: &str, stores: u32, here: bool) -> Vec<(String, u32, bool)> {
    vec![(item.to_owned(), stores, here)]
}

/// ZY01 has told of a fact on Monday, the server has it, and the night has merged it.
fn told(town: &Town) -> Outcome<(TownPhone, StoreId)> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    tell(&mut phone, store, "鲜橙多")?;
    meet(town, &mut phone, MONDAY, "18:30")?;
    night(town, TUESDAY)?;
    Ok((phone, store))
}

#[test]
fn what_one_rep_saw_the_others_of_the_area_confirm_and_nobody_counts_it_twice() {
    sound(|town| {
        let mut second = town.phone("ZY02")?;
        let mut stranger = town.phone("ZY03")?;
        let (here, elsewhere) = (second.route()?[0], stranger.route()?[0]);
        assert_eq!(offered(&mut second, here)?, []);
        let (mut first, there) = told(town)?;
        for phone in [&mut first, &mut second, &mut stranger] {
            meet(town, phone, TUESDAY, "08:00")?;
        }
        assert_eq!(offered(&mut first, there)?, one("鲜橙多", 1, true), "her own is in it");
        assert_eq!(offered(&mut second, here)?, one("鲜橙多", 1, false));
        assert_eq!(offered(&mut stranger, elsewhere)?, [], "another distributor's area");

        tell(&mut second, here, "鲜橙多")?;
        assert_eq!(offered(&mut second, here)?, one("鲜橙多", 2, true), "before any server knows");
        meet(town, &mut second, TUESDAY, "18:30")?;
        assert_eq!(offered(&mut second, here)?, one("鲜橙多", 2, true), "and after");
        night(town, WEDNESDAY)?;
        for (phone, store) in [(&mut first, there), (&mut second, here)] {
            meet(town, phone, WEDNESDAY, "08:00")?;
            assert_eq!(offered(phone, store)?, one("鲜橙多", 2, true));
        }
        Ok(())
    });
}

#[test]
fn a_night_on_which_nobody_saw_anything_writes_nothing_and_after_four_weeks_it_goes() {
    sound(|town| {
        told(town)?;
        let versions =
            || town.count("SELECT CAST(sum(version) AS BIGINT) FROM scope WHERE name LIKE 'rep/%'");
        let before = versions()?;
        night(town, WEDNESDAY)?;
        assert_eq!(versions()?, before);
        let mut second = town.phone("ZY02")?;
        let store = second.phone.search_stores("")?[0].store;
        assert_eq!(
            offered(&mut second, store)?,
            one("鲜橙多", 1, false),
            "a new phone has it at its first pull"
        );
        night(town, "2026-08-24")?;
        assert!(versions()? > before);
        meet(town, &mut second, "2026-08-24", "08:00")?;
        let left =
            town.count("SELECT count(*) FROM scope_row WHERE tbl LIKE 'seen%' AND value IS NOT NULL")?;
        assert_eq!((offered(&mut second, store)?, left), (vec![], 0));
        Ok(())
    });
}

#[test]
fn who_stands_in_for_another_rep_has_both_territories_and_each_store_is_right() {
    sound(|town| {
        // ZY04 is on leave on Wednesday, and ZY03's phone has the territory a week before.
        town.at("2026-08-03", "08:00")?;
        let (mut absent, mut substitute) = (town.phone("ZY04")?, town.phone("ZY03")?);
        let (there, own) = (absent.route()?[0], substitute.route()?[0]);
        tell(&mut absent, there, "鲜橙多")?;
        tell(&mut substitute, own, "老坛")?;
        for phone in [&mut absent, &mut substitute] {
            meet(town, phone, "2026-08-03", "18:30")?;
        }
        night(town, "2026-08-04")?;
        meet(town, &mut substitute, "2026-08-04", "08:00")?;
        let here = |offered: Vec<(String, u32, bool)>| -> Vec<String> {
            offered
                .into_iter()
                .filter(|(_, stores, here)| *stores == 1 && *here)
                .map(|(item, ..)| item)
                .collect()
        };
        for (store, item) in [(there, "鲜橙多"), (own, "老坛")] {
            let offered = offered(&mut substitute, store)?;
            assert_eq!((offered.len(), here(offered)), (2, vec![item.to_owned()]));
        }
        Ok(())
    });
}

#[test]
fn a_store_that_changes_hands_takes_what_was_seen_in_it_along() {
    sound(|town| {
        let (mut first, store) = told(town)?;
        let mut next = town.phone("ZY03")?;
        town.hand_over("ZY01", "ZY03")?;
        town.app.tick()?;
        town.app.learn()?;
        meet(town, &mut next, TUESDAY, "08:00")?;
        assert_eq!(offered(&mut next, store)?, one("鲜橙多", 1, true));
        meet(town, &mut first, TUESDAY, "08:00")?;
        assert!(matches!(first.phone.seen_around(store), Err(PhoneError::UnknownStore(_))));
        let left = "SELECT count(*) FROM scope_row WHERE scope = 'rep/ZY01' AND tbl LIKE 'seen%' AND value IS NOT NULL";
        assert_eq!(town.count(left)?, 0, "who has no store is told nothing");
        Ok(())
    });
}

#[test]
fn what_comes_by_a_journal_is_offered_by_the_phone_that_took_it() {
    sound(|town| {
        let mut old = town.phone("ZY01")?;
        let store = old.route()?[0];
        tell(&mut old, store, "鲜橙多")?;
        let journal = old.phone.export_journal()?;
        let mut next = town.phone("ZY01")?;
        assert_eq!(next.phone.import_journal(&journal.bytes, &journal.recovery_code)?.taken, 1);
        assert_eq!(offered(&mut next, store)?, one("鲜橙多", 1, true), "without the server");
        Ok(())
    });
}

/// Lines that nobody told, with what takes them back.
const UNTOLD: &[(&str, &str)] = &[
    (
        "UPDATE scope_row SET value = replace(value, '\"stores\":1', '\"stores\":2') WHERE tbl = 'seen'",
        "UPDATE scope_row SET value = replace(value, '\"stores\":2', '\"stores\":1') WHERE tbl = 'seen'",
    ),
    (
        "UPDATE scope_row SET value = replace(value, '\"last\":\"2026-07-27\"', '\"last\":\"2026-07-28\"') WHERE tbl = 'seen'",
        "UPDATE scope_row SET value = replace(value, '\"last\":\"2026-07-28\"', '\"last\":\"2026-07-27\"') WHERE tbl = 'seen'",
    ),
    (
        "UPDATE scope_row SET value = replace(value, '鲜橙多', '冰红茶') WHERE tbl = 'seen'",
        "UPDATE scope_row SET value = replace(value, '冰红茶', '鲜橙多') WHERE tbl = 'seen'",
    ),
    (
        "INSERT INTO scope_row (scope, tbl, key, version, value) SELECT 'rep/ZY02', tbl, 'x', 1, value FROM scope_row WHERE tbl = 'seen_in'",
        "DELETE FROM scope_row WHERE tbl = 'seen_in' AND key = 'x'",
    ),
];

#[test]
fn a_line_that_nobody_told_is_found() {
    sound(|town| {
        told(town)?;
        for (wrong, right) in UNTOLD {
            town.app.db().write_now(move |tx| tx.execute(wrong, &[]))?;
            assert!(!town.app.db().read_now(verify)?.is_empty(), "{wrong} is not found");
            town.app.db().write_now(move |tx| tx.execute(right, &[]))?;
            assert_eq!(town.app.db().read_now(verify)?, [], "{right}");
        }
        Ok(())
    });
}
