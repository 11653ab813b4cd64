//! The look back at suggestions, over real HTTP and on both databases: Mondays of a few stores.

use xundian_device::visit_loop::Line;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order::Order;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::Channel;
use xundian_domain::suggestion::PolicyKind;
use xundian_domain::{BusinessDate, RecordId, RepNo, StoreId};
use xundian_server::learning::{Hindsight, hindsight};
use xundian_server::orders::record_result;
use xundian_tests::desk::Dispatcher;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, count, on_both};

const NOODLES: &str = "21010019";
/// Five cases of it bring six bottles more.
const TEA: &str = "22070012";
const MONDAYS: [&str; 4] = [MONDAY, "2026-08-03", "2026-08-10", "2026-08-17"];

/// What the rule and base stock suggest to a shop that sells 22 a week and has 12.
const NUMBERS: (u32, u32) = (24, 48);

/// Every store on three Mondays: 30 there, 10 there and `ordered`, then `left`. What was ordered comes on Tuesday.
fn three_mondays(
    town: &Town,
    phone: &mut TownPhone,
    sku: &str,
    stores: &[(StoreId, u32, u32)],
) -> Outcome<()> {
    for (n, monday) in MONDAYS[..3].iter().enumerate() {
        phone.at(monday, "09:00")?;
        let mut orders = Vec::new();
        for (store, ordered, left) in stores {
            let (counted, ordered) = [(30, 0), (10, *ordered), (*left, 0)][n];
            orders.extend(phone.visit(*store, &[(sku, counted, ordered)])?);
        }
        evening(town, phone, monday, orders)?;
    }
    Ok(())
}

/// The day's end: what was ordered is on tomorrow's sheet, and comes in full at nine.
fn evening(town: &Town, phone: &mut TownPhone, monday: &str, orders: Vec<Order>) -> Outcome<()> {
    town.at(monday, "19:00")?;
    phone.sync()?;
    town.at(monday, "20:31")?;
    town.app.tick()?;
    let at = ZoneOffset::CHINA.moment(monday.parse::<BusinessDate>()?.plus_days(1), "09:00".parse()?);
    for order in orders {
        let result = DeliveryResult::in_full(RecordId(uuid::Uuid::now_v7()), &order, at);
        let (catalogue, now) = (town.app.catalogue(), town.app.now());
        town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now).map(drop))?;
    }
    phone.sync()?;
    Ok(())
}

/// What became of the rule's suggestions to ZY01 until a date.
fn by_rule(town: &Town, until: &str) -> Outcome<Hindsight> {
    let reps: [RepNo; 1] = ["ZY01".parse()?];
    let span = (MONDAY.parse()?, until.parse()?);
    let figures = town.app.db().read_now(|tx| hindsight(tx, &reps, span))?;
    Ok(figures.get(&(reps[0], PolicyKind::OneAndAHalf)).copied().unwrap_or_default())
}

#[test]
fn who_was_right_is_told_at_the_next_count() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        // 20 sold in a week: 30 are to last, 10 are there, 24 are suggested.
        three_mondays(town, &mut phone, NOODLES, &[(stores[0], 48, 8), (stores[1], 0, 0)])?;
        let by_rule = by_rule(town, MONDAYS[2])?;
        // 50 sold where 34 would have been there: the rep was right. Nothing ordered and nothing left: he was not.
        assert_eq!((by_rule.lines, by_rule.more, by_rule.less), (2, (1, 0), (0, 1)));
        assert_eq!(by_rule.ran_out, 0, "nothing was published that the other policy could go by");
        let supervisor = Dispatcher::who(town, "sv01", "supervisor", "SV01")?;
        let page = supervisor.page("/s/suggestions")?;
        assert!(page.contains("1 : 0") && page.contains("1.5 倍法"), "{page}");
        let dispatcher = Dispatcher::of(town, "D01")?;
        assert!(
            dispatcher.page("/s/suggestions").is_err()
                || !dispatcher.page("/s/suggestions")?.contains("1 : 0")
        );
        Ok(())
    });
}

#[test]
fn gifts_come_whatever_is_suggested() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let catalogue = town.app.catalogue();
        let is_kiosk = |store: &StoreId| catalogue.stores[store].channel == Channel::Kiosk;
        let store = phone.route()?.into_iter().find(is_kiosk).ok_or("no kiosk")?;
        // 10 there, 24 suggested, 75 ordered with 6 more as a gift: 36 were sold, and 40 would have been there.
        three_mondays(town, &mut phone, TEA, &[(store, 75, 55)])?;
        let by_rule = by_rule(town, MONDAYS[2])?;
        assert_eq!((by_rule.lines, by_rule.more, by_rule.less), (1, (0, 1), (0, 0)));
        Ok(())
    });
}

/// A suggestion as the rep sees it: the number and the other policy's.
fn suggested(phone: &mut TownPhone, store: StoreId, counted: u32) -> Outcome<(u32, Option<u32>)> {
    phone.phone.begin_visit(store)?;
    phone.phone.save_line(&Line::Count(count(NOODLES.parse()?, counted)))?;
    let rows = phone.phone.suggestions()?;
    let row = rows.iter().find(|row| row.sku.to_string() == NOODLES).ok_or("no row")?;
    let shadow = row.shadow.and_then(|advice| advice.quantity());
    Ok((row.suggested.ok_or("no number")?.0, shadow.map(|units| units.0)))
}

/// 20 sold a week; on the third Monday, after a night of learning, both policies have a number.
fn a_third_monday(town: &Town, phone: &mut TownPhone, stores: &[StoreId]) -> Outcome<Vec<(u32, u32)>> {
    for (monday, counted, ordered) in [(MONDAYS[0], 30, 0), (MONDAYS[1], 10, 24)] {
        phone.at(monday, "09:00")?;
        let visits: Outcome<Vec<_>> =
            stores.iter().map(|store| phone.visit(*store, &[(NOODLES, counted, ordered)])).collect();
        evening(town, phone, monday, visits?.into_iter().flatten().collect())?;
    }
    town.at("2026-08-05", "00:01")?;
    phone.at("2026-08-05", "00:01")?;
    assert!(town.app.learn()?.night);
    phone.sync()?;
    phone.at(MONDAYS[2], "09:00")?;
    let mut numbers = Vec::new();
    for store in stores {
        let (spoke, shadow) = suggested(phone, *store, 12)?;
        numbers.push((spoke, shadow.ok_or("the other policy has no number")?));
        phone.machine.pass(60_000);
        phone.phone.check_out()?;
    }
    evening(town, phone, MONDAYS[2], Vec::new())?;
    Ok(numbers)
}

#[test]
fn the_other_policys_shelves_are_its_own() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let catalogue = town.app.catalogue();
        let kind = |store: &StoreId| (catalogue.stores[store].channel, catalogue.stores[store].class);
        let route = phone.route()?;
        let alike: Vec<StoreId> =
            route.iter().filter(|store| kind(store) == kind(&route[0])).copied().take(2).collect();
        let numbers = a_third_monday(town, &mut phone, &alike)?;
        assert_eq!(numbers, [NUMBERS; 2]);
        // Nothing was ordered on it: one shelf of 12 sold 7, the other one ran empty.
        phone.at(MONDAYS[3], "09:00")?;
        phone.visit(alike[0], &[(NOODLES, 5, 0)])?;
        phone.visit(alike[1], &[(NOODLES, 0, 0)])?;
        evening(town, &mut phone, MONDAYS[3], Vec::new())?;
        let figures = by_rule(town, MONDAYS[3])?;
        assert_eq!(figures.asked, (2 * 24, 2 * 48));
        assert_eq!(
            (figures.compared, figures.ran_out),
            (1, 1),
            "what an empty shelf would have sold nobody knows"
        );
        assert_eq!((figures.spoke.left, figures.shadow.left), (12 + 24 - 7, 12 + 48 - 7));
        let page = Dispatcher::who(town, "sv01", "supervisor", "SV01")?.page("/s/suggestions")?;
        let place = |text: &str| page.find(text).ok_or_else(|| format!("{text} is not on {page}"));
        let columns = [place(">48 / 96<")?, place(">29.0 / 0<")?, place(">53.0 / 0<")?];
        assert!(columns.is_sorted(), "{page}");
        Ok(())
    });
}
