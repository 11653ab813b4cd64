//! What the company learns reaches the phones, over real HTTP and on both databases: a visit, a late result, a store that
//! changes hands, a night.

use xundian_device::store::Store as PhoneStore;
use xundian_device::sync::Outcome as SyncOutcome;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order::Order;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::suggestion::{Belief, Rates, prior::RateSums};
use xundian_domain::{RecordId, Sku, StoreId, Units};
use xundian_protocol::tables::{RatesDay, Table, scope};
use xundian_server::learning::Learnt;
use xundian_server::orders::record_result;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const NOODLES: &str = "21010019";
const TEA: &str = "22070012";

/// Two Mondays: 5 and 8 there, 24 noodles ordered for Tuesday; 7 and 3 there, and nobody has said whether they came.
fn two_mondays(town: &Town, phone: &mut TownPhone) -> Outcome<(StoreId, Order)> {
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24), (TEA, 8, 0)])?.ok_or("no order")?;
    town.at(MONDAY, "18:30")?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    town.at(MONDAY, "20:31")?;
    town.app.tick()?;
    phone.at("2026-08-03", "09:00")?;
    phone.visit(store, &[(NOODLES, 7, 0), (TEA, 3, 0)])?;
    town.at("2026-08-03", "18:30")?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    Ok((store, order))
}

/// Twelve came on Tuesday, and it is told now.
fn late_result(town: &Town, order: &Order) -> Outcome<()> {
    let at = ZoneOffset::CHINA.moment("2026-07-28".parse()?, "09:00".parse()?);
    let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::from_u128(9)), order, at);
    result.lines[0].delivered = Units(12);
    result.lines[0].reason = Some("out_of_stock".parse()?);
    let (catalogue, now) = (town.app.catalogue(), town.app.now());
    town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now).map(drop))?;
    Ok(())
}

/// The server's row of a scope, as text.
fn served<T: Table>(town: &Town, scope: &str, key: T::Key<'_>) -> Outcome<Option<String>> {
    let sql = "SELECT value FROM scope_row WHERE scope = $1 AND tbl = $2 AND key = $3";
    let at = [scope.into(), T::NAME.into(), T::key(key).into()];
    let row = town.app.db().read_now(|tx| tx.first(sql, &at))?;
    Ok(row.map(|row| row.get(0)).transpose()?.flatten())
}

/// The phone's row, as text.
fn pulled(phone: &TownPhone, store: StoreId) -> Outcome<Option<String>> {
    let rows = PhoneStore::open(&phone.file)?.masters(Belief::NAME, &store.to_string())?;
    Ok(rows.into_iter().next().map(|row| row.value))
}

fn sums(belief: &str, sku: &str) -> Outcome<RateSums> {
    let belief: Belief = serde_json::from_str(belief)?;
    Ok(belief.sums(sku.parse::<Sku>()?, 0))
}

#[test]
fn a_phone_has_what_its_server_believes_also_after_a_late_result() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = two_mondays(town, &mut phone)?;
        let territory = scope::territory("ZY01".parse()?);
        assert_eq!(served::<Belief>(town, &territory, store)?, None);
        assert_eq!(town.app.learn()?, Learnt { stores: 1, night: true });
        let before = served::<Belief>(town, &territory, store)?.ok_or("no belief")?;
        assert_eq!(sums(&before, NOODLES)?, RateSums::default(), "nobody knows what came");
        assert_eq!(sums(&before, TEA)?, RateSums { units: 5.0, weeks: 1.0 });
        phone.sync()?;
        assert_eq!(pulled(&phone, store)?.as_ref(), Some(&before));

        late_result(town, &order)?;
        assert_eq!(town.app.learn()?, Learnt { stores: 1, night: false });
        let after = served::<Belief>(town, &territory, store)?.ok_or("no belief")?;
        assert_eq!(sums(&after, NOODLES)?, RateSums { units: 10.0, weeks: 1.0 }, "5 + 12 − 7");
        assert_eq!(town.app.learn()?, Learnt::default(), "nothing is left to learn");
        phone.sync()?;
        assert_eq!(pulled(&phone, store)?, Some(after));
        Ok(())
    });
}

#[test]
fn who_takes_a_store_over_has_its_belief_at_the_first_pull() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = two_mondays(town, &mut phone)?;
        late_result(town, &order)?;
        town.app.learn()?;
        let belief = served::<Belief>(town, &scope::territory("ZY01".parse()?), store)?;
        assert!(belief.is_some());
        town.hand_over("ZY01", "ZY02")?;
        town.app.tick()?;
        assert_eq!(pulled(&town.phone("ZY02")?, store)?, belief, "before anything is learnt again");
        assert!(town.app.learn()?.night, "an import");
        assert_eq!(served::<Belief>(town, &scope::territory("ZY02".parse()?), store)?, belief);
        assert_eq!(served::<Belief>(town, &scope::territory("ZY01".parse()?), store)?, None);
        assert_eq!(town.app.learn()?, Learnt::default());
        Ok(())
    });
}

#[test]
fn the_nights_rates_are_what_the_stores_remember_and_reach_everybody() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = two_mondays(town, &mut phone)?;
        late_result(town, &order)?;
        town.app.learn()?;
        town.at("2026-08-10", "00:01")?;
        assert_eq!(town.app.learn()?, Learnt { stores: 0, night: true });
        let shop = town.app.catalogue().stores.get(&store).cloned().ok_or("no store")?;
        let rates = served::<Rates>(town, scope::COMPANY, (shop.channel, shop.class))?.ok_or("no rates")?;
        // a week has passed since the second Monday: nine tenths of 10 and of 5, in tenths of units
        assert_eq!(rates, format!(r#"[["{NOODLES}",90,90],["{TEA}",45,90]]"#));
        assert_eq!(served::<RatesDay>(town, scope::COMPANY, ())?.as_deref(), Some("\"2026-08-10\""));
        let mut other = town.phone("ZY07")?;
        other.sync()?;
        let key = Rates::key((shop.channel, shop.class));
        let rows = PhoneStore::open(&other.file)?.masters(Rates::NAME, &key)?;
        assert_eq!(rows.first().map(|row| row.value.clone()), Some(rates));
        Ok(())
    });
}
