//! What a restored server cannot know and its phones can: what had been refused, and whose turn it was (docs/adr/0012). A real
//! copy, put back while the phones go on.

use xundian_device::store::Store;
use xundian_domain::order::{Order, OrderAmended};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{OrderId, Units};
use xundian_protocol::push::{HeldCode, Verdict};
use xundian_server::app::App;
use xundian_server::import::City;
use xundian_server::orders::{OrderRow, lost_sheets};
use xundian_server::sync::service::here;
use xundian_server::sync::{HeldWord, decide_held, held_facts};
use xundian_server::trust::verify;
use xundian_tests::desk::{NOODLES, TUESDAY, verdict};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

type Done = Outcome<()>;

/// ZY01 is away, ZY02 stands in.
fn stands_in(city: &mut City) {
    off(city, "rep/ZY01", MONDAY, Some("ZY02"));
}

/// A day on which a rep or a distributor does not work.
fn off(city: &mut City, whose: &str, day: &str, substitute: Option<&str>) {
    let key = ("calendar".to_owned(), whose.to_owned());
    let known =
        city.rows.get(&key).cloned().unwrap_or_else(|| r#"{"weekdays":[],"exceptions":{}}"#.to_owned());
    let mut days: serde_json::Value = serde_json::from_str(&known).unwrap_or_default();
    days["exceptions"][day] = serde_json::json!({ "works": false, "substitute": substitute });
    city.rows.insert(key, days.to_string());
}

/// Somebody says that the order shall be so many.
fn change(phone: &mut TownPhone, order: &Order, units: u32) -> Done {
    say(phone, order, units)?;
    phone.sync()?;
    Ok(())
}

/// Without a network.
fn say(phone: &TownPhone, order: &Order, units: u32) -> Done {
    let mut order = order.clone();
    order.lines[0].confirmed = Units(units);
    let amended = OrderAmended { base_version: 1, order };
    phone.seal("order_amended", serde_json::to_string(&amended)?)?;
    Ok(())
}

fn order(app: &App, id: OrderId) -> Outcome<OrderRow> {
    Ok(app.db().read_now(move |tx| OrderRow::load(tx, id))?.ok_or("no order")?)
}

fn rejected(code: &str) -> Outcome<Verdict> {
    Ok(Verdict::Rejected { code: code.parse()?, current: None })
}

fn is_sound(app: &App) -> Done {
    assert_eq!(app.db().read_now(verify)?, []);
    Ok(())
}

/// A visit that comes so late that a person must look at it.
fn held(town: &Town) -> Outcome<(TownPhone, Order)> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let sold = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    town.at("2026-08-15", "09:00")?;
    phone.at("2026-08-15", "09:00")?;
    phone.sync()?;
    Ok((phone, sold))
}

#[test]
fn what_a_person_refused_stays_refused() -> Done {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let copy = town.backup()?;
    let sold = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    // So late that a person must look at it.
    town.at("2026-08-15", "09:00")?;
    phone.at("2026-08-15", "09:00")?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, Verdict::Held { code: HeldCode::CaptureTime });
    town.decide(false)?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, rejected("refused")?);
    let (app, line, _runtime) = town.restored_from(&copy)?;
    phone.network = line;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, rejected("refused")?);
    assert_eq!(order(&app, sold.id)?.state, OrderState::Cancelled { cause: CancelCause::Held });
    is_sound(&app)
}

#[test]
fn the_change_that_came_first_stays_the_first() -> Done {
    let town = Town::new()?;
    let (mut rep, mut substitute) = (town.phone("ZY01")?, town.phone("ZY02")?);
    let store = rep.route()?[0];
    town.import(stands_in)?;
    town.app.tick()?;
    let sold = rep.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    rep.sync()?;
    let copy = town.backup()?;
    change(&mut rep, &sold, 48)?;
    change(&mut substitute, &sold, 72)?;
    let stale = Verdict::Rejected { code: "stale_base".parse()?, current: Some(2) };
    assert_eq!(verdict(&substitute, "order_amended")?, stale);
    town.at(MONDAY, "18:00")?;
    let (app, line, _runtime) = town.restored_from(&copy)?;
    substitute.network = line.clone();
    substitute.sync()?;
    assert_eq!(verdict(&substitute, "order_amended")?, rejected("stale_base")?, "though it comes first now");
    rep.network = line;
    rep.sync()?;
    assert_eq!(order(&app, sold.id)?.order.lines[0].confirmed, Units(48), "as the shop was told");
    is_sound(&app)
}

#[test]
fn who_stood_in_by_an_import_that_is_lost_waits_for_the_next_one() -> Done {
    let town = Town::new()?;
    let mut stranger = town.phone("ZY03")?;
    let (mut rep, mut substitute) = (town.phone("ZY01")?, town.phone("ZY02")?);
    let store = rep.route()?[0];
    let sold = rep.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    rep.sync()?;
    let copy = town.backup()?;
    town.import(stands_in)?;
    town.app.tick()?;
    change(&mut substitute, &sold, 72)?;
    assert!(matches!(verdict(&substitute, "order_amended")?, Verdict::Applied { .. }));
    town.at(MONDAY, "18:00")?;
    let (app, line, _runtime) = town.restored_from(&copy)?;
    substitute.network = line.clone();
    substitute.sync()?;
    assert_eq!(verdict(&substitute, "order_amended")?, Verdict::Parked { missing: store.0 });
    assert_eq!(order(&app, sold.id)?.order.lines[0].confirmed, Units(24));
    is_sound(&app)?;
    town.import_into(app.db(), stands_in)?;
    app.tick()?;
    assert_eq!(order(&app, sold.id)?.order.lines[0].confirmed, Units(72), "as the shop was told");
    // What is said after the restore is judged as ever.
    town.at(MONDAY, "18:30")?;
    stranger.network = line;
    stranger.at(MONDAY, "18:30")?;
    change(&mut stranger, &sold, 96)?;
    assert_eq!(verdict(&stranger, "order_amended")?, rejected("unauthorised")?);
    is_sound(&app)
}

#[test]
fn what_a_person_refused_stays_refused_also_where_the_copy_has_it_still_held() -> Done {
    let town = Town::new()?;
    let (mut phone, sold) = held(&town)?;
    let copy = town.backup()?;
    town.decide(false)?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, rejected("refused")?);
    let (app, line, _runtime) = town.restored_from(&copy)?;
    phone.network = line;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, rejected("refused")?);
    assert_eq!(app.db().read_now(held_facts)?, [], "nobody is asked once more");
    assert_eq!(order(&app, sold.id)?.state, OrderState::Cancelled { cause: CancelCause::Held });
    is_sound(&app)
}

#[test]
fn what_a_person_released_since_the_restore_is_not_refused_by_what_its_phone_had_heard_before() -> Done {
    let town = Town::new()?;
    let mut lost = town.phone("ZY01")?;
    let store = lost.route()?[0];
    let sold = lost.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    let mut phone = town.phone("ZY01")?;
    say(&phone, &sold, 48)?;
    town.at("2026-08-15", "09:00")?;
    phone.at("2026-08-15", "09:00")?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "order_amended")?, Verdict::Held { code: HeldCode::CaptureTime });
    let copy = town.backup()?;
    town.decide(false)?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "order_amended")?, rejected("refused")?);
    let (app, line, _runtime) = town.restored_from(&copy)?;
    let fact = app.db().read_now(held_facts)?[0].id;
    let (catalogue, here) = (app.catalogue(), here(&app));
    let word = HeldWord { release: true, login: "sv01".into() };
    app.db().write_now(move |tx| decide_held(tx, &catalogue, here, fact, &word))?;
    phone.network = line;
    phone.sync()?;
    let now = verdict(&phone, "order_amended")?;
    assert!(matches!(now, Verdict::Parked { .. }), "it waits for its order alone: {now:?}");
    is_sound(&app)
}

#[test]
fn what_a_person_refused_before_its_phone_heard_of_it_waits_for_one_again() -> Done {
    let town = Town::new()?;
    let copy = town.backup()?;
    let (mut phone, sold) = held(&town)?;
    town.decide(false)?;
    let (app, line, _runtime) = town.restored_from(&copy)?;
    phone.network = line;
    phone.sync()?;
    assert_eq!(verdict(&phone, "visit_closed")?, Verdict::Held { code: HeldCode::CaptureTime });
    assert_eq!(order(&app, sold.id)?.state, OrderState::Held, "nobody delivers it meanwhile");
    is_sound(&app)
}

#[test]
fn nobody_says_what_became_of_the_fact_of_another_rep() -> Done {
    let town = Town::new()?;
    let mut hostile = town.phone("ZY02")?;
    let (phone, sold) = held(&town)?;
    let copy = town.backup()?;
    let fact = Store::open(&phone.file)?.all_facts()?.remove(0);
    Store::open(&hostile.file)?.seal(&fact.sealed, &[])?;
    let told = r#"UPDATE fact SET told = '{"verdict":"rejected","code":"refused"}'"#;
    assert_eq!(rusqlite::Connection::open(&hostile.file)?.execute(told, [])?, 1);
    let (app, line, _runtime) = town.restored_from(&copy)?;
    hostile.network = line;
    hostile.sync()?;
    assert_eq!(order(&app, sold.id)?.state, OrderState::Held);
    is_sound(&app)
}

#[test]
fn a_later_word_is_heard_again_by_a_phone_that_meets_the_restored_server_with_a_pull() -> Done {
    let town = Town::new()?;
    let (mut phone, _) = held(&town)?;
    town.decide(true)?;
    phone.sync()?;
    assert!(matches!(verdict(&phone, "visit_closed")?, Verdict::Applied { .. }));
    let copy = town.backup()?;
    let (app, line, _runtime) = town.restored_from(&copy)?;
    phone.network = line;
    phone.sync()?;
    let word = verdict(&phone, "visit_closed")?;
    assert!(matches!(word, Verdict::Applied { .. }), "the first word was another one: {word:?}");
    is_sound(&app)
}

#[test]
fn who_never_had_the_right_is_told_so_when_the_files_are_here_whatever_is_in_them() -> Done {
    let town = Town::new()?;
    let (mut rep, mut stranger) = (town.phone("ZY01")?, town.phone("ZY03")?);
    let store = rep.route()?[0];
    let sold = rep.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    rep.sync()?;
    let copy = town.backup()?;
    say(&stranger, &sold, 96)?;
    town.at(MONDAY, "18:00")?;
    let (app, line, _runtime) = town.restored_from(&copy)?;
    stranger.network = line;
    stranger.sync()?;
    assert_eq!(verdict(&stranger, "order_amended")?, Verdict::Parked { missing: sold.store.0 });
    town.at(MONDAY, "18:05")?;
    town.import_into(app.db(), |_| ())?;
    app.tick()?;
    stranger.sync()?;
    assert_eq!(verdict(&stranger, "order_amended")?, rejected("unauthorised")?);
    is_sound(&app)
}

#[test]
fn an_order_that_an_import_had_moved_to_a_paper_that_is_lost_stays_on_it() -> Done {
    const WEDNESDAY: &str = "2026-07-29";
    let no_tuesday = |city: &mut City| off(city, "distributor/D01", TUESDAY, None);
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let sold = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    let copy = town.backup()?;
    town.import(no_tuesday)?;
    town.app.tick()?;
    let wednesday = OrderState::Waiting { day: WEDNESDAY.parse()?, late: false };
    assert_eq!(order(&town.app, sold.id)?.state, wednesday);
    town.at(MONDAY, "20:31")?;
    town.app.tick()?;
    assert!(
        matches!(order(&town.app, sold.id)?.state, OrderState::OnSheet { .. }),
        "drivers have it on paper"
    );
    town.at(MONDAY, "21:00")?;
    let (app, _line, _runtime) = town.restored_from(&copy)?;
    town.import_into(app.db(), no_tuesday)?;
    app.tick()?;
    assert_eq!(order(&app, sold.id)?.state, wednesday, "until the dispatcher has made that sheet again");
    is_sound(&app)
}

#[test]
fn sheets_that_the_copy_lacks_from_long_before_it_was_made_never_were() -> Done {
    let lost = |live_since: &str| -> Outcome<Vec<String>> {
        let town = Town::new()?;
        let (live_since, friday) = (live_since.to_owned(), "2026-07-31");
        town.app.db().write_now(move |tx| {
            let sql = "UPDATE server_setting SET value = $1 WHERE name = 'live_since'";
            tx.execute(sql, &[live_since.as_str().into()])
        })?;
        town.at(MONDAY, "20:31")?;
        town.app.tick()?;
        let copy = town.backup()?;
        town.at(friday, "09:00")?;
        let (app, _line, _runtime) = town.restored_from(&copy)?;
        let (catalogue, distributor) = (app.catalogue(), "D01".parse()?);
        let lost = app.db().read_now(move |tx| lost_sheets(tx, &catalogue, distributor))?;
        Ok(lost.iter().map(ToString::to_string).collect())
    };
    let after_the_copy = ["2026-07-29", "2026-07-30", "2026-07-31"];
    assert_eq!(lost("2026-07-26")?, after_the_copy, "Monday's would have been made before the first start");
    let since_march = lost("2026-03-01")?;
    assert!(since_march.iter().all(|day| day.as_str() >= "2026-06-27"), "{since_march:?}");
    assert_eq!(since_march[since_march.len() - 3..], after_the_copy);
    Ok(())
}
