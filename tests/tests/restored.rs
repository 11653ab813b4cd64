//! What a restored server cannot know and its phones can: what had been refused, and whose turn it was (docs/adr/0012). A real
//! copy, put back while the phones go on.

use xundian_domain::order::{Order, OrderAmended};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{OrderId, Units};
use xundian_protocol::push::{HeldCode, Verdict};
use xundian_server::app::App;
use xundian_server::import::City;
use xundian_server::orders::OrderRow;
use xundian_server::trust::verify;
use xundian_tests::desk::{NOODLES, verdict};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

type Done = Outcome<()>;

/// ZY01 is away, ZY02 stands in.
fn stands_in(city: &mut City) {
    let key = ("calendar".to_owned(), "rep/ZY01".to_owned());
    let known =
        city.rows.get(&key).cloned().unwrap_or_else(|| r#"{"weekdays":[],"exceptions":{}}"#.to_owned());
    let mut days: serde_json::Value = serde_json::from_str(&known).unwrap_or_default();
    days["exceptions"][MONDAY] = serde_json::json!({ "works": false, "substitute": "ZY02" });
    city.rows.insert(key, days.to_string());
}

/// Somebody says that the order shall be so many.
fn change(phone: &mut TownPhone, order: &Order, units: u32) -> Done {
    let mut order = order.clone();
    order.lines[0].confirmed = Units(units);
    let amended = OrderAmended { base_version: 1, order };
    phone.seal("order_amended", serde_json::to_string(&amended)?)?;
    phone.sync()?;
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
