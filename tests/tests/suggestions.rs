//! The look back at suggestions, over real HTTP and on both databases: three Mondays of two stores.

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::suggestion::PolicyKind;
use xundian_domain::{RecordId, RepNo, StoreId};
use xundian_server::learning::hindsight;
use xundian_server::orders::record_result;
use xundian_tests::desk::Dispatcher;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const NOODLES: &str = "21010019";
const MONDAYS: [&str; 3] = [MONDAY, "2026-08-03", "2026-08-10"];

/// Every store on three Mondays: 30 there, 10 there and `ordered`, then `left`. What was ordered comes on Tuesday.
fn three_mondays(town: &Town, phone: &mut TownPhone, stores: &[(StoreId, u32, u32)]) -> Outcome<()> {
    for (n, monday) in MONDAYS.iter().enumerate() {
        phone.at(monday, "09:00")?;
        let mut orders = Vec::new();
        for (store, ordered, left) in stores {
            let (counted, ordered) = [(30, 0), (10, *ordered), (*left, 0)][n];
            orders.extend(phone.visit(*store, &[(NOODLES, counted, ordered)])?);
        }
        town.at(monday, "19:00")?;
        phone.sync()?;
        town.at(monday, "20:31")?;
        town.app.tick()?;
        for order in orders {
            let at = ZoneOffset::CHINA.moment("2026-08-04".parse()?, "09:00".parse()?);
            let result = DeliveryResult::in_full(RecordId(uuid::Uuid::now_v7()), &order, at);
            let (catalogue, now) = (town.app.catalogue(), town.app.now());
            town.app
                .db()
                .write_now(move |tx| record_result(tx, &catalogue, result, "driver", now).map(drop))?;
        }
        phone.sync()?;
    }
    Ok(())
}

#[test]
fn who_was_right_is_told_at_the_next_count() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        // 20 sold in a week: 30 are to last, 10 are there, 24 are suggested.
        three_mondays(town, &mut phone, &[(stores[0], 48, 8), (stores[1], 0, 0)])?;
        let reps: [RepNo; 1] = ["ZY01".parse()?];
        let span = (MONDAY.parse()?, MONDAYS[2].parse()?);
        let figures = town.app.db().read_now(|tx| hindsight(tx, &reps, span))?;
        let by_rule = figures.get(&(reps[0], PolicyKind::OneAndAHalf)).copied().unwrap_or_default();
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
