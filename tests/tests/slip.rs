//! A day without a server: the phone's slip goes by chat to the distributor, who pastes it; later the phone syncs. Each
//! test runs on SQLite and PostgreSQL, and whatever happened follows from the journal in the end.

use xundian_device::sync::Outcome as SyncOutcome;
use xundian_domain::order::{Order, OrderAmended};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::sheet::{ChangeKind, LineChange, OrderChange};
use xundian_domain::store::StoreOpened;
use xundian_domain::{CaseSize, Fen, InstallId, OrderId, Sku, StoreId, Units, UnitsDelta};
use xundian_protocol::push::{HeldCode, Verdict, Went};
use xundian_protocol::slip::{Goods, Names, Place, SealedSlip, Slip, read};
use xundian_tests::desk::{
    Dispatcher, NOODLES, TEA, TUESDAY, freeze, offline, row, sound, text_of, verdict, went,
};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

/// The slip of a phone with something changed in it, signed again by whoever has `signer`'s file.
fn resigned(phone: &mut TownPhone, signer: &TownPhone, change: impl Fn(&mut Slip)) -> Outcome<String> {
    let text = text_of(phone)?;
    let mut slip = read(&text).remove(0)?.open()?;
    change(&mut slip);
    let (install, _, key) = signer.identity()?;
    pages(&slip.seal(install, &key)?)
}

fn pages(sealed: &SealedSlip) -> Outcome<String> {
    Ok(sealed.pages()?.join("\n"))
}

/// Signed by a phone that no server ever met.
fn unproven(phone: &mut TownPhone) -> Outcome<String> {
    let slip = read(&text_of(phone)?).remove(0)?.open()?;
    let (_, _, key) = phone.identity()?;
    pages(&slip.seal(InstallId(uuid::Uuid::from_u128(404)), &key)?)
}

fn more_noodles(slip: &mut Slip) {
    let line = &mut slip.orders[1].order.lines[0];
    (line.confirmed, line.amount) = (Units(96), Fen::line(line.case_price, Units(96), line.case));
}

fn sheets(town: &Town) -> Outcome<i64> {
    town.count("SELECT count(*) FROM sheet WHERE day = '2026-07-28' AND distributor = 'D01'")
}

fn deltas(change: &OrderChange) -> Vec<UnitsDelta> {
    change.lines().iter().map(LineChange::delta).collect()
}

// From the chat to the sheet.

#[test]
fn a_slip_goes_on_the_sheet_of_its_day_and_the_phone_changes_nothing_later() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        assert!(dispatcher.page("/d")?.contains("粘贴微信订单"));
        let said = dispatcher.paste(&format!("张三 18:20\n「{}」\n收到", text_of(&mut phone)?))?;
        assert!(said.contains("已核实") && said.contains("业代 ZY01"), "{said}");
        assert_eq!(said.matches("新单,上 2026-07-28 的送货单").count(), 2, "{said}");
        freeze(town)?;
        let sheet = town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().len(), 2);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 0, "the visits are on the phone");

        town.at(MONDAY, "22:30")?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(went(&phone)?, Went::Waiting { day: TUESDAY.parse()?, late: false });
        assert_eq!(town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?, sheet);
        assert_eq!((sheets(town)?, town.count("SELECT count(*) FROM late_order")?), (1, 0));
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 2, "no order is there twice");
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 2);
        for order in [&first, &second] {
            let row = row(town, order.id)?;
            assert_eq!((row.order, row.slip.map(|slip| slip.version)), (order.clone(), Some(0)));
            assert!(row.fact.is_some(), "it belongs to its fact");
        }
        Ok(())
    });
}

#[test]
fn pages_scanned_in_any_order_are_one_slip_and_a_missing_one_is_asked_for() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        for store in phone.route()?.into_iter().take(12) {
            phone.visit(store, &[(NOODLES, 5, 24), (TEA, 8, 45)])?.ok_or("no order")?;
        }
        town.at(MONDAY, "18:00")?;
        let mut pages = phone.phone.order_slips(MONDAY.parse()?)?.remove(0).pages;
        let of = pages.len();
        assert!(of >= 2, "{of} pages");
        pages.reverse();
        pages.push(pages[0].clone());
        let dispatcher = Dispatcher::of(town, "D01")?;
        let said = dispatcher.paste(&pages[..1].join("\n"))?;
        assert!(said.contains(&format!("订单共 {of} 页,缺第 1")), "{said}");
        assert!(said.contains(&pages[0]), "what was pasted stays in the box");
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 0);
        dispatcher.paste(&pages.join("\n"))?;
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 12);
        Ok(())
    });
}

#[test]
fn a_slip_that_is_pasted_twice_is_taken_once() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let (dispatcher, text) = (Dispatcher::of(town, "D01")?, text_of(&mut phone)?);
        dispatcher.paste(&text)?;
        let said = dispatcher.paste(&text)?;
        assert_eq!(said.matches("已有此单,没有变动:待上单 2026-07-28").count(), 2, "{said}");
        freeze(town)?;
        let said = dispatcher.paste(&format!("{text}\n{text}"))?;
        assert_eq!(said.matches("没有变动:已上单 D01-20260728").count(), 2, "{said}");
        assert_eq!((town.count("SELECT count(*) FROM slip")?, sheets(town)?), (1, 1));
        assert_eq!(town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?.stops().len(), 2);
        Ok(())
    });
}

#[test]
fn a_slip_after_the_phone_is_known_and_changes_nothing() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let text = text_of(&mut phone)?;
        phone.sync()?;
        let before = row(town, first.id)?;
        let said = Dispatcher::of(town, "D01")?.paste(&text)?;
        assert_eq!(said.matches("已有此单").count(), 2, "{said}");
        assert_eq!((row(town, first.id)?, town.count("SELECT count(*) FROM slip")?), (before, 0));
        Ok(())
    });
}

#[test]
fn a_slip_after_the_cut_off_follows_the_late_policy_like_any_order() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        freeze(town)?;
        town.at(MONDAY, "21:00")?;
        let said = Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        assert!(said.contains("已截单,上补单 D01-20260728.1"), "{said}");
        let difference = town.sheet_of(first.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert!(difference.changes().iter().all(|change| change.kind() == ChangeKind::Add));
        town.at(MONDAY, "21:30")?;
        phone.sync()?;
        assert!(matches!(went(&phone)?, Went::Difference { sheet } if sheet.difference == 1));
        assert_eq!(sheets(town)?, 2, "no further difference");
        Ok(())
    });
}

#[test]
fn a_later_slip_brings_the_later_version_and_the_facts_catch_up_with_both() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&text_of(&mut phone)?)?;
        let early = text_of(&mut phone)?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        let said = dispatcher.paste(&text_of(&mut phone)?)?;
        assert!(said.contains("改单,已替换 2026-07-28 送货单上的原单"), "{said}");
        freeze(town)?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(72))])?;
        town.at(MONDAY, "21:00")?;
        let said = dispatcher.paste(&text_of(&mut phone)?)?;
        assert!(said.contains("变更上补单 D01-20260728.1"), "{said}");
        assert!(!dispatcher.paste(&early)?.contains("内容不同"), "an old message is only old");
        town.at(MONDAY, "23:00")?;
        phone.sync()?;
        let now = row(town, first.id)?;
        assert_eq!((now.version, now.order.lines[0].confirmed, sheets(town)?), (3, Units(72), 2));
        assert_eq!(now.slip.map(|slip| slip.version), Some(0));
        let difference = town.sheet_of(first.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(deltas(&difference.changes()[0]), [UnitsDelta(24)]);
        Ok(())
    });
}

#[test]
fn a_change_that_could_not_be_synced_goes_by_slip_after_its_visit() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        phone.sync()?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&text_of(&mut phone)?)?;
        assert_eq!(row(town, first.id)?.order.lines[0].confirmed, Units(48));
        freeze(town)?;
        phone.sync()?;
        assert!(matches!(verdict(&phone, "order_amended")?, Verdict::Applied { .. }));
        assert_eq!((row(town, first.id)?.version, sheets(town)?), (2, 1));
        Ok(())
    });
}

/// A later version of an order that another phone of its rep pushed: its order is not here yet, or nobody stands behind it.
fn changed_elsewhere(town: &Town, order: &Order) -> Outcome<TownPhone> {
    let mut second = town.phone("ZY01")?;
    let mut changed = order.clone();
    let line = &mut changed.lines[0];
    (line.confirmed, line.amount) = (Units(96), Fen::line(line.case_price, Units(96), line.case));
    let amended = OrderAmended { base_version: 1, order: changed };
    second.seal("order_amended", serde_json::to_string(&amended)?)?;
    second.sync()?;
    assert_eq!(verdict(&second, "order_amended")?, Verdict::Parked { missing: order.id.0 });
    Ok(second)
}

/// Another phone's change of an order, to six cases of noodles.
fn changed_by(phone: &mut TownPhone, order: &Order, base_version: u32) -> Outcome<Verdict> {
    let mut changed = order.clone();
    let line = &mut changed.lines[0];
    (line.confirmed, line.amount) = (Units(144), Fen::line(line.case_price, Units(144), line.case));
    let amended = OrderAmended { base_version, order: changed };
    phone.seal("order_amended", serde_json::to_string(&amended)?)?;
    phone.sync()?;
    verdict(phone, "order_amended")
}

#[test]
fn a_change_that_waited_for_the_version_of_a_later_slip_follows_it_at_once() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&text_of(&mut phone)?)?;
        let mut second = town.phone("ZY01")?;
        let waits = Verdict::Parked { missing: first.id.0 };
        assert_eq!(changed_by(&mut second, &first, 2)?, waits, "nobody told the second version");
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        dispatcher.paste(&text_of(&mut phone)?)?;
        let now = row(town, first.id)?;
        assert_eq!((now.version, now.order.lines[0].confirmed), (3, Units(144)));
        phone.sync()?;
        assert_eq!(row(town, first.id)?.order, now.order, "its facts are the older versions");
        Ok(())
    });
}

#[test]
fn a_substitutes_change_of_an_older_version_does_not_take_the_place_of_a_signed_slip() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        town.import(|city| {
            let away =
                r#"{"weekdays":[1,2,3,4,5],"exceptions":{"2026-07-27":{"works":false,"substitute":"ZY02"}}}"#;
            city.rows.insert(("calendar".to_owned(), "rep/ZY01".to_owned()), away.to_owned());
        })?;
        town.app.tick()?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        let mut substitute = town.phone("ZY02")?;
        let stale = Verdict::Rejected { code: "stale_base".parse()?, current: Some(2) };
        assert_eq!(changed_by(&mut substitute, &first, 1)?, stale);
        phone.sync()?;
        assert!(
            matches!(verdict(&phone, "order_amended")?, Verdict::Applied { .. }),
            "its own is the second"
        );
        assert_eq!(row(town, first.id)?.order.lines[0].confirmed, Units(48));
        Ok(())
    });
}

#[test]
fn a_change_that_waited_for_its_order_follows_the_slip_that_places_it() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        changed_elsewhere(town, &first)?;
        let text = text_of(&mut phone)?;
        Dispatcher::of(town, "D01")?.paste(&text)?;
        let placed = row(town, first.id)?;
        assert_eq!((placed.version, placed.order.lines[0].confirmed), (2, Units(96)));
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        phone.sync()?;
        assert_eq!(row(town, first.id)?.order, placed.order, "its visit is the older version");
        Ok(())
    });
}

#[test]
fn a_change_that_waited_follows_an_order_that_the_dispatcher_accepts() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&unproven(&mut phone)?)?;
        changed_elsewhere(town, &first)?;
        changed_elsewhere(town, &second)?;
        dispatcher.decide("refuse", &[second.id])?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 2, "nobody stands behind them");
        dispatcher.decide("accept", &[first.id])?;
        let placed = row(town, first.id)?;
        assert_eq!((placed.version, placed.order.lines[0].confirmed), (2, Units(96)));
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 1);
        Ok(())
    });
}

// What the fact tells differently.

#[test]
fn another_quantity_of_the_fact_replaces_a_waiting_order_in_its_place() {
    sound(|town| {
        let (mut phone, [_, second]) = offline(town)?;
        let thief = town.phone("ZY01")?;
        let changed = resigned(&mut phone, &thief, more_noodles)?;
        Dispatcher::of(town, "D01")?.paste(&changed)?;
        assert_eq!(row(town, second.id)?.order.lines[0].confirmed, Units(96));
        phone.sync()?;
        freeze(town)?;
        let sheet = town.sheet_of(second.store, TUESDAY, 0)?.ok_or("no sheet")?;
        let stop = sheet.stops().iter().find(|stop| stop.order.id == second.id).ok_or("no stop")?;
        assert_eq!((&stop.order, sheets(town)?), (&second, 1));
        Ok(())
    });
}

#[test]
fn another_quantity_of_the_fact_after_the_freeze_is_a_difference_and_the_equal_order_is_none() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let thief = town.phone("ZY01")?;
        let changed = resigned(&mut phone, &thief, more_noodles)?;
        Dispatcher::of(town, "D01")?.paste(&changed)?;
        freeze(town)?;
        let before = town.sheet_of(second.store, TUESDAY, 0)?.ok_or("no sheet")?;
        town.at(MONDAY, "23:00")?;
        phone.sync()?;
        assert_eq!(town.sheet_of(second.store, TUESDAY, 0)?.ok_or("no sheet")?, before);
        let difference = town.sheet_of(second.store, TUESDAY, 1)?.ok_or("no difference")?;
        let [change] = difference.changes() else { return Err("one order differs".into()) };
        assert_eq!(
            (change.order().map(|order| order.id), change.kind()),
            (Some(second.id), ChangeKind::Change)
        );
        assert_eq!(deltas(change), [UnitsDelta(48 - 96)]);
        assert_eq!(row(town, first.id)?.state, OrderState::OnSheet { sheet: before.no });
        Ok(())
    });
}

#[test]
fn used_counts_of_promotions_are_those_of_the_fact() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        let first = phone.visit(route[0], &[("22070104", 0, 15)])?.ok_or("no order")?;
        let second = phone.visit(route[1], &[(NOODLES, 2, 48)])?.ok_or("no order")?;
        assert!(!first.promos.is_empty() && second.promos.is_empty());
        town.at(MONDAY, "18:00")?;
        let thief = town.phone("ZY01")?;
        let swapped = resigned(&mut phone, &thief, |slip| {
            slip.orders[1].order.promos = std::mem::take(&mut slip.orders[0].order.promos);
        })?;
        let booked = |town: &Town| -> Outcome<Vec<OrderId>> {
            let rows = town.app.db().read_now(|tx| tx.query("SELECT order_id FROM promo_use", &[]))?;
            Ok(rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?)
        };
        Dispatcher::of(town, "D01")?.paste(&swapped)?;
        assert_eq!(booked(town)?, [second.id]);
        phone.sync()?;
        assert_eq!(booked(town)?, [first.id]);
        Ok(())
    });
}

#[test]
fn a_slip_of_a_changed_order_is_caught_up_by_both_of_its_facts() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        assert_eq!(row(town, first.id)?.version, 2);
        freeze(town)?;
        town.at(MONDAY, "23:00")?;
        phone.sync()?;
        let now = row(town, first.id)?;
        assert_eq!((now.version, now.order.lines[0].confirmed, sheets(town)?), (2, Units(48), 1));
        assert!(matches!(verdict(&phone, "order_amended")?, Verdict::Applied { order: Some(_), .. }));
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(24))])?;
        phone.sync()?;
        let difference = town.sheet_of(first.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(deltas(&difference.changes()[0]), [UnitsDelta(-24)]);
        Ok(())
    });
}

#[test]
fn facts_that_come_when_their_order_has_ended_by_the_slip_change_nothing() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        freeze(town)?;
        town.at("2026-08-03", "09:00")?;
        town.app.tick()?;
        let ended = row(town, first.id)?;
        assert!(matches!(ended.state, OrderState::Ended { .. }), "nobody reported: {:?}", ended.state);
        phone.sync()?;
        let now = row(town, first.id)?;
        assert_eq!((now.version, now.state, now.order), (2, ended.state, ended.order));
        let Verdict::Applied { order: Some(effect), .. } = verdict(&phone, "order_amended")? else {
            panic!("the change has its place");
        };
        assert_eq!(effect.went, Went::AlreadyDelivered);
        Ok(())
    });
}

#[test]
fn an_order_that_was_cancelled_on_the_phone_after_the_slip_is_cancelled_when_it_syncs() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        freeze(town)?;
        phone.phone.cancel_order(first.id, "owner_changed_mind".parse()?)?;
        town.at(MONDAY, "23:00")?;
        phone.sync()?;
        let difference = town.sheet_of(first.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(difference.changes()[0].kind(), ChangeKind::Cancel);
        assert_eq!(row(town, first.id)?.state, OrderState::Cancelled { cause: CancelCause::Owner });
        Ok(())
    });
}

// What cannot be verified.

#[test]
fn an_unverified_slip_is_on_no_sheet_until_the_dispatcher_accepts_it() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        let said = dispatcher.paste(&unproven(&mut phone)?)?;
        assert!(said.contains("未核实:系统不认识这部手机"), "{said}");
        assert!(said.contains("待您确认的订单") && said.contains("全部接收(2 单)"), "{said}");
        assert!(dispatcher.page("/d")?.contains("2 单待您确认"));
        freeze(town)?;
        assert_eq!(town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?.stops().len(), 0);
        let stranger = Dispatcher::of(town, "D02")?;
        assert!(stranger.decide("accept", &[first.id])?.contains("已经处理过"), "not its order");
        town.at(MONDAY, "21:00")?;
        let said = dispatcher.decide("accept", &[first.id, first.id])?;
        assert_eq!(said.matches("已截单,上补单 D01-20260728.1").count(), 1, "{said}");
        assert!(dispatcher.decide("refuse", &[second.id])?.contains("已取消"));
        assert!(dispatcher.decide("accept", &[second.id])?.contains("已经处理过"), "decided is decided");
        let difference = town.sheet_of(first.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(difference.changes()[0].order().map(|order| order.id), Some(first.id));
        assert_eq!(row(town, second.id)?.state, OrderState::Cancelled { cause: CancelCause::Held });
        assert!(!dispatcher.page("/d/slip")?.contains("待您确认的订单"));
        let said = dispatcher.paste(&unproven(&mut phone)?)?;
        assert!(
            said.contains("没有变动:已取消") && !said.contains("待您确认的订单"),
            "refused is refused: {said}"
        );
        Ok(())
    });
}

#[test]
fn an_accepted_order_is_followed_by_its_fact_and_a_refused_one_begins_with_it() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&unproven(&mut phone)?)?;
        dispatcher.decide("accept", &[first.id])?;
        dispatcher.decide("refuse", &[second.id])?;
        phone.sync()?;
        freeze(town)?;
        let sheet = town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!((sheet.stops().len(), sheets(town)?), (2, 1));
        assert!(row(town, first.id)?.slip.is_some() && row(town, second.id)?.slip.is_none());
        Ok(())
    });
}

#[test]
fn a_fact_needs_no_dispatcher_where_its_unverified_slip_still_waits() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.paste(&unproven(&mut phone)?)?;
        phone.sync()?;
        assert!(!dispatcher.page("/d/slip")?.contains("待您确认的订单"));
        assert!(
            dispatcher.decide("refuse", &[first.id])?.contains("已经处理过"),
            "there is nothing to refuse"
        );
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1 AND slip IS NULL")?, 2);
        Ok(())
    });
}

#[test]
fn every_doubt_is_said_and_none_of_them_reaches_a_sheet() {
    sound(|town| {
        let (mut phone, _) = offline(town)?;
        let other = town.phone("ZY02")?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        let ids = |slip: &mut Slip, seed: u128| {
            for (n, told) in (0..).zip(&mut slip.orders) {
                told.order.id = OrderId(uuid::Uuid::from_u128(seed + n));
            }
        };
        let mut forged =
            read(&resigned(&mut phone, &other, |slip| ids(slip, 100))?).remove(0)?.bytes().to_vec();
        forged[1..17].copy_from_slice(phone.identity()?.0.0.as_bytes());
        let signature = pages(&SealedSlip::from_bytes(forged)?)?;
        let mine = town.phone("ZY01")?;
        let ahead = resigned(&mut phone, &mine, |slip| {
            ids(slip, 200);
            slip.date = slip.date.plus_days(1);
        })?;
        let other_rep = resigned(&mut phone, &other, |slip| ids(slip, 300))?;
        let revoked = resigned(&mut phone, &mine, |slip| ids(slip, 400))?;
        for (text, doubt) in [(signature, "签名不对"), (ahead, "日期不对"), (other_rep, "不是这位业代的手机")]
        {
            let said = dispatcher.paste(&text)?;
            assert!(said.contains(&format!("未核实:{doubt}")), "{doubt}: {said}");
        }
        let now = town.app.now();
        let revoke = "UPDATE install SET revoked = $1 WHERE rep = 'ZY01'";
        town.app.db().write_now(move |tx| tx.execute(revoke, &[now.into()]))?;
        assert!(dispatcher.paste(&revoked)?.contains("未核实:这部手机已停用"));
        freeze(town)?;
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE state = '\"held\"'")?, 8);
        assert_eq!(town.count("SELECT count(*) FROM sheet WHERE body LIKE '%21010019%'")?, 0);
        assert_eq!(
            town.count("SELECT count(*) FROM scope_row WHERE tbl = 'delivery' AND value IS NOT NULL")?,
            0,
            "no suggestion counts on them"
        );
        Ok(())
    });
}

#[test]
fn a_forgery_that_came_first_does_not_stand_in_the_way_of_the_signed_slip() {
    sound(|town| {
        let (mut phone, [_, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        let elsewhere = town.phone("ZY02")?.route()?[0];
        let (_, _, key) = phone.identity()?;
        let mut slip = read(&text_of(&mut phone)?).remove(0)?.open()?;
        more_noodles(&mut slip);
        slip.orders[0].order.store = elsewhere;
        let forged = slip.seal(InstallId(uuid::Uuid::from_u128(404)), &key)?;
        dispatcher.paste(&pages(&forged)?)?;
        let said = dispatcher.paste(&text_of(&mut phone)?)?;
        assert_eq!(said.matches("新单,上 2026-07-28 的送货单").count(), 2, "{said}");
        assert_eq!(row(town, second.id)?.order, second);
        assert!(dispatcher.paste(&pages(&forged)?)?.contains("已有此单但内容不同,没有改动"));
        assert_eq!(row(town, second.id)?.order, second);
        Ok(())
    });
}

#[test]
fn the_signed_slip_corrects_what_was_accepted_without_proof() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let dispatcher = Dispatcher::of(town, "D01")?;
        let (_, _, key) = phone.identity()?;
        let mut slip = read(&text_of(&mut phone)?).remove(0)?.open()?;
        more_noodles(&mut slip);
        let forged = slip.seal(InstallId(uuid::Uuid::from_u128(404)), &key)?;
        dispatcher.paste(&pages(&forged)?)?;
        dispatcher.decide("accept", &[first.id, second.id])?;
        freeze(town)?;
        town.at(MONDAY, "21:00")?;
        let said = dispatcher.paste(&text_of(&mut phone)?)?;
        assert!(said.contains("变更上补单 D01-20260728.1") && said.contains("已有此单,没有变动"), "{said}");
        let difference = town.sheet_of(second.store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(deltas(&difference.changes()[0]), [UnitsDelta(48 - 96)]);
        phone.sync()?;
        assert_eq!(sheets(town)?, 2);
        Ok(())
    });
}

#[test]
fn orders_of_other_distributors_and_of_stores_not_yet_here_are_not_taken_and_say_why() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        let known = town.app.catalogue().stores[&route[0]].clone();
        phone.visit(route[0], &[(NOODLES, 5, 24)])?;
        let opened = StoreOpened { name: "新开小卖部".into(), ..town.new_store(known.id)? };
        let store = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
        phone.visit(store, &[(NOODLES, 0, 24)])?;
        town.at(MONDAY, "18:00")?;
        let text = text_of(&mut phone)?;
        assert!(text.contains("新开小卖部 新店 贵州路1号"), "{text}");
        let said = Dispatcher::of(town, "D02")?.paste(&text)?;
        assert!(said.contains("不是您的门店") && said.contains("系统里还没有这家新店"), "{said}");
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 0);
        Dispatcher::of(town, "D01")?.paste(&text)?;
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 1);
        phone.sync()?;
        assert_eq!(
            town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?,
            2,
            "the new store, too"
        );
        Ok(())
    });
}

#[test]
fn only_a_distributor_has_the_page_and_nonsense_is_answered_in_words() {
    sound(|town| {
        let dispatcher = Dispatcher::of(town, "D01")?;
        assert!(dispatcher.paste("今天的单呢?")?.contains("没有找到订单"));
        assert!(dispatcher.paste(&"单".repeat(100_000))?.contains("一次粘贴的文字太多"));
        let nobody = Dispatcher::nobody(town)?;
        assert_eq!(nobody.post("/d/slip", &[("text", "x")])?.status(), 303, "to the log-in");
        assert!(dispatcher.decide("perhaps", &[])?.contains("没有这一页"));
        Ok(())
    });
}

#[test]
fn a_revoked_phones_facts_are_held_and_its_slip_order_stands_as_it_was_verified() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        let now = town.app.now();
        let revoke = "UPDATE install SET revoked = $1 WHERE rep = 'ZY01'";
        town.app.db().write_now(move |tx| tx.execute(revoke, &[now.into()]))?;
        phone.sync()?;
        assert_eq!(verdict(&phone, "visit_closed")?, Verdict::Held { code: HeldCode::RevokedDevice });
        freeze(town)?;
        let sheet = town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!((sheet.stops().len(), sheets(town)?), (2, 1));
        Ok(())
    });
}

/// The readable half of a block names what it does not know by its id.
struct Ids;

impl Names for Ids {
    fn store(&self, store: StoreId) -> Place {
        Place { name: store.to_string(), ..Place::default() }
    }

    fn goods(&self, sku: Sku) -> Goods {
        Goods { name: sku.to_string(), unit: String::new(), case: CaseSize::ONE }
    }
}

#[test]
fn what_is_written_by_hand_above_the_letters_orders_nothing() {
    sound(|town| {
        let (mut phone, [first, second]) = offline(town)?;
        let sealed = read(&text_of(&mut phone)?).remove(0)?;
        let slip = sealed.open()?;
        let text = sealed.text(&slip, &Ids)?;
        let (words, letters) = text.split_once("XD1/").ok_or("no letters")?;
        let edited = format!("{}XD1/{letters}", words.replace("1箱", "100箱"));
        assert_ne!(edited, text);
        Dispatcher::of(town, "D01")?.paste(&edited)?;
        assert_eq!(row(town, first.id)?.order.lines, first.lines);
        assert_eq!(row(town, second.id)?.order.lines, second.lines);
        Ok(())
    });
}

#[test]
fn an_order_from_a_rejected_store_stands_on_no_sheet_whichever_way_it_comes() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let known = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let opened = town.new_store(known.id)?;
        let store = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
        phone.sync()?;
        let order = phone.visit(store, &[(NOODLES, 0, 24)])?.ok_or("no order")?;
        town.reject(store)?;
        let rejected = OrderState::Cancelled { cause: CancelCause::StoreRejected };
        let distributor = town.app.catalogue().stores[&store].distributor.to_string();
        let said = Dispatcher::of(town, &distributor)?.paste(&text_of(&mut phone)?)?;
        assert!(said.contains("已取消"), "{said}");
        assert_eq!(row(town, order.id)?.state, rejected);
        phone.sync()?;
        assert_eq!(went(&phone)?, Went::Cancelled);
        assert_eq!(row(town, order.id)?.state, rejected);
        freeze(town)?;
        assert!(town.sheet_of(store, TUESDAY, 0)?.is_none_or(|sheet| sheet.stops().is_empty()));
        Ok(())
    });
}
