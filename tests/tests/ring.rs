//! The ring over real HTTP, on both databases: count, suggestion, order, push, freeze, sheet, result, ledger, next
//! suggestion; and what must hold when it is disturbed. Each test runs on SQLite and on PostgreSQL.

use std::net::IpAddr;

use xundian_device::phone::PromiseLight;
use xundian_device::store::{NewFact, Store};
use xundian_device::sync::{HttpTransport, Outcome as SyncOutcome, Request, Transport};
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order_state::Outcome as DeliveryOutcome;
use xundian_domain::sheet::ChangeKind;
use xundian_domain::store::StoreOpened;
use xundian_domain::suggestion::Advice;
use xundian_domain::{InstallId, RecordId, StoreId, Units};
use xundian_protocol::hello::HelloRequest;
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::push::{Verdict, Went};
use xundian_protocol::sign::public_key;
use xundian_protocol::{PROTO, Refusal, RefusalCode, codec};
use xundian_server::app::App;
use xundian_server::log::Log;
use xundian_server::orders::{Taken, amount_due, decide_store, record_result, sheets_of_day};
use xundian_server::photos::{Blobs, Shelf, Staging};
use xundian_server::sync::DayQuota;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const TUESDAY: &str = "2026-07-28";
const NOODLES: &str = "21010019";
const TEA: &str = "22070012";

fn freeze_at_eight(town: &Town) -> Outcome<()> {
    town.at(MONDAY, "20:31")?;
    town.app.tick()?;
    Ok(())
}

fn ordered(town: &Town, phone: &mut TownPhone) -> Outcome<(StoreId, xundian_domain::order::Order)> {
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24), (TEA, 8, 45)])?.ok_or("no order")?;
    town.at(MONDAY, "18:30")?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    Ok((store, order))
}

fn went(phone: &TownPhone) -> Outcome<Option<Went>> {
    let outbox = phone.phone.outbox()?;
    let verdict = outbox.rows.first().and_then(|row| row.verdict.clone());
    Ok(match verdict {
        Some(Verdict::Applied { order: Some(effect), .. }) => Some(effect.went),
        _ => None,
    })
}

#[test]
fn case_20_the_ring_turns_and_a_short_delivery_counts_in_the_next_suggestion() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        assert_eq!(order.promise.day, TUESDAY.parse()?);
        freeze_at_eight(town)?;
        let sheet = town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops()[0].order.id, order.id);

        town.at(TUESDAY, "09:00")?;
        let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::from_u128(9)), &order, town.app.now());
        result.lines[0].delivered = Units(12);
        result.lines[0].reason = Some("out_of_stock".parse()?);
        let (catalogue, now) = (town.app.catalogue(), town.app.now());
        let repeat = (catalogue.clone(), result.clone());
        let outcome =
            town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now))?;
        assert_eq!(outcome, Taken::InEffect(DeliveryOutcome::Short));
        town.app.db().write_now(move |tx| record_result(tx, &repeat.0, repeat.1, "driver", now))?;
        assert_eq!(town.count("SELECT count(*) FROM delivery_result")?, 1, "sent twice, taken once");

        town.at("2026-08-03", "08:00")?;
        phone.at("2026-08-03", "09:00")?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.promise, PromiseLight::Short);
        phone.phone.begin_visit(store)?;
        let line = xundian_device::visit_loop::Line::Count(xundian_tests::town::count(NOODLES.parse()?, 7));
        phone.phone.save_line(&line)?;
        let rows = phone.phone.suggestions()?;
        let row = rows.iter().find(|row| row.sku.as_str() == NOODLES).ok_or("no row")?;
        let previous = row.inputs.previous.ok_or("no previous count")?;
        assert_eq!((previous.count, previous.received), (Units(5), Some(Units(12))));
        let Advice::Suggest(suggestion) = row.advice else { return Err("no suggestion".into()) };
        assert_eq!(suggestion.sold, Some(Units(10)), "5 + 12 − 7");
        Ok(())
    });
}

#[test]
fn case_11_the_same_order_pushed_again_and_again_is_one_order_with_one_verdict() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (_, order) = ordered(town, &mut phone)?;
        let mut recorder = Recorder::default();
        let store = phone.route()?[1];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        let progress = xundian_device::sync::sync_once(
            &mut phone.phone,
            &mut recorder.over(&mut phone.network),
            |_| true,
        )?;
        assert_eq!(progress.outcome, SyncOutcome::InStep);
        let (request, credentials) = recorder.pushed.ok_or("nothing was pushed")?;
        let before = town.count("SELECT count(*) FROM scope_row")?;
        for _ in 0..200 {
            let answer = phone.network.send(&request, Some(&credentials))?;
            let answer: xundian_protocol::PushAnswer =
                xundian_protocol::codec::decode(&answer.body, 1 << 20)?;
            assert!(answer.verdicts.iter().all(|answered| answered.replayed));
        }
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 2);
        assert_eq!(town.count("SELECT count(*) FROM scope_row")?, before);
        assert_ne!(order.store, store);
        Ok(())
    });
}

/// Remembers the last push that went over a network.
#[derive(Default)]
struct Recorder {
    pushed: Option<(Request, xundian_device::sync::Credentials)>,
}

struct Recording<'a, T>(&'a mut Recorder, &'a mut T);

impl Recorder {
    fn over<'a, T: Transport>(&'a mut self, network: &'a mut T) -> Recording<'a, T> {
        Recording(self, network)
    }
}

impl<T: Transport> Transport for Recording<'_, T> {
    fn send(
        &mut self,
        request: &Request,
        by: Option<&xundian_device::sync::Credentials>,
    ) -> Result<xundian_device::sync::Response, xundian_device::sync::TransportError> {
        if request.method == "POST" {
            self.0.pushed = by.map(|by| (request.clone(), by.clone()));
        }
        self.1.send(request, by)
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn case_16_a_store_opened_offline_and_visited_twice_is_one_store_with_both_visits() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let known = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let opened = StoreOpened { name: "新开小卖部".into(), ..town.new_store(known.id)? };
        let store = phone.phone.open_store(
            opened,
            known.distributor,
            known.price_list,
            Some("王老板".into()),
            None,
        )?;
        phone.visit(store, &[(NOODLES, 0, 24)])?;
        phone.visit(store, &[(TEA, 0, 15)])?;
        town.at(MONDAY, "18:00")?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(town.count("SELECT count(DISTINCT store) FROM visit")?, 1);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 2);
        freeze_at_eight(town)?;
        let sheet = town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().iter().filter(|stop| stop.new_store).count(), 2, "新店待审");
        Ok(())
    });
}

#[test]
fn case_17_an_order_after_the_freeze_goes_on_a_difference_sheet_and_the_sheet_stays() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        freeze_at_eight(town)?;
        let before = town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?;
        town.at(MONDAY, "21:00")?;
        phone.sync()?;
        assert!(matches!(went(&phone)?, Some(Went::Difference { sheet }) if sheet.difference == 1));
        assert_eq!(town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?, before);
        let difference = town.sheet_of(store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(difference.changes()[0].kind(), ChangeKind::Add);
        assert_eq!(town.count("SELECT count(*) FROM late_order")?, 1);
        Ok(())
    });
}

#[test]
fn case_17_after_ten_it_moves_to_the_next_sheet_and_stands_on_the_late_list() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        freeze_at_eight(town)?;
        town.at(MONDAY, "22:30")?;
        phone.sync()?;
        let wednesday = "2026-07-29".parse()?;
        assert_eq!(went(&phone)?, Some(Went::Waiting { day: wednesday, late: true }));
        town.at(TUESDAY, "20:31")?;
        town.app.tick()?;
        assert_eq!(town.sheet_of(store, "2026-07-29", 0)?.ok_or("no sheet")?.stops().len(), 1);
        Ok(())
    });
}

#[test]
fn what_came_after_its_day_is_late_on_the_phone_whoever_is_to_blame() {
    for is_late_upload in [false, true] {
        came_late(is_late_upload);
    }
}

fn came_late(is_late_upload: bool) {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        if is_late_upload {
            freeze_at_eight(town)?;
            town.at(MONDAY, "22:30")?;
            phone.sync()?;
            town.at(TUESDAY, "20:31")?;
            town.app.tick()?;
        } else {
            town.at(MONDAY, "18:30")?;
            phone.sync()?;
            freeze_at_eight(town)?;
        }
        town.at("2026-07-29", "00:10")?;
        let result = DeliveryResult::in_full(RecordId(uuid::Uuid::from_u128(9)), &order, town.app.now());
        let (catalogue, now) = (town.app.catalogue(), town.app.now());
        let taken =
            town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now))?;
        assert_eq!(taken, Taken::InEffect(DeliveryOutcome::Delivered));
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.promise, PromiseLight::Late);
        Ok(())
    });
}

#[test]
fn the_streets_on_a_phone_have_the_offices_names() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let street = town.app.catalogue().stores[&phone.route()?[0]].street.ok_or("no street")?;
        let streets = phone.phone.streets()?;
        let found = streets.iter().find(|of| of.code == street).ok_or("not among them")?;
        let area = town.app.catalogue().areas[&street].clone();
        assert_eq!((&found.name, &found.district), (&area.street, &area.district));
        assert!(streets.is_sorted_by(|one, other| one.stores >= other.stores));
        Ok(())
    });
}

#[test]
fn case_18_a_cancel_after_the_freeze_is_a_row_of_a_difference_sheet() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        freeze_at_eight(town)?;
        phone.phone.cancel_order(order.id, "owner_changed_mind".parse()?)?;
        phone.sync()?;
        let difference = town.sheet_of(store, TUESDAY, 1)?.ok_or("no difference")?;
        assert_eq!(difference.changes()[0].kind(), ChangeKind::Cancel);
        assert_eq!(
            town.app
                .db()
                .read_now(|tx| sheets_of_day(tx, difference.no.distributor, difference.no.day))?
                .len(),
            2
        );
        Ok(())
    });
}

#[test]
fn an_amendment_before_the_freeze_replaces_the_order() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        phone.phone.amend_order(order.id, &[(NOODLES.parse()?, Units(48))])?;
        phone.sync()?;
        freeze_at_eight(town)?;
        let sheet = town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops()[0].order.lines[0].confirmed, Units(48));
        assert_eq!(sheet.stops()[0].order.lines.len(), 1);
        Ok(())
    });
}

#[test]
fn used_counts_of_a_capped_promotion_reach_the_next_phone_and_a_cancel_gives_them_back() {
    on_both(|town| {
        let new_product = "22070104";
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(new_product, 0, 15)])?.ok_or("no order")?;
        assert_eq!(order.gifts.len(), 1, "P2606: one case, three bottles, once");
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        let mut other = town.phone("ZY01")?;
        let second = other.visit(store, &[(new_product, 0, 15)])?.ok_or("no order")?;
        assert!(second.gifts.is_empty(), "the cap is used up");
        phone.phone.cancel_order(order.id, "owner_changed_mind".parse()?)?;
        phone.sync()?;
        let mut third = town.phone("ZY01")?;
        let again = third.visit(store, &[(new_product, 0, 15)])?.ok_or("no order")?;
        assert_eq!(again.gifts.len(), 1, "the cancel gave it back");
        Ok(())
    });
}

#[test]
fn two_phones_offline_overrun_a_cap_and_the_order_is_honoured_and_flagged() {
    on_both(|town| {
        let new_product = "22070104";
        let (mut one, mut two) = (town.phone("ZY01")?, town.phone("ZY01")?);
        let store = one.route()?[0];
        one.visit(store, &[(new_product, 0, 15)])?;
        let second = two.visit(store, &[(new_product, 0, 15)])?.ok_or("no order")?;
        assert_eq!(second.gifts.len(), 1);
        town.at(MONDAY, "18:00")?;
        one.sync()?;
        two.sync()?;
        let verdict = two.phone.outbox()?.rows[0].verdict.clone();
        let Some(Verdict::Applied { flags, .. }) = verdict else { return Err("not applied".into()) };
        assert!(flags.contains(&xundian_protocol::push::Flag::PromoCap), "{flags:?}");
        Ok(())
    });
}

#[test]
fn a_push_that_comes_right_behind_an_import_goes_where_its_store_is_now() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        town.hand_over("ZY01", "ZY02")?;
        // The server has not looked for imports yet.
        phone.sync()?;
        let of = |rep: &str| {
            let scope = format!("scope = 'rep/{rep}' AND key LIKE '{store}/%' AND value IS NOT NULL");
            town.count(&format!("SELECT count(*) FROM scope_row WHERE tbl = 'ledger' AND {scope}"))
        };
        assert_eq!((of("ZY01")?, of("ZY02")?), (0, 1));
        Ok(())
    });
}

#[test]
fn a_rejected_store_takes_its_waiting_orders_with_it_and_an_approved_one_gets_its_number() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let known = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let mut open = |name: &str| -> Outcome<StoreId> {
            let opened = StoreOpened { name: name.into(), ..town.new_store(known.id)? };
            let store = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
            phone.visit(store, &[(NOODLES, 0, 24)])?;
            Ok(store)
        };
        let (good, bad) = (open("好店")?, open("重复的店")?);
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        for (store, number) in [(good, Some("QD019999".parse()?)), (bad, None)] {
            let (catalogue, now) = (town.app.catalogue(), town.app.now());
            town.app.db().write_now(move |tx| decide_store(tx, &catalogue, store, number, now))?;
            town.app.reload()?;
        }
        freeze_at_eight(town)?;
        let sheet = town.sheet_of(good, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().iter().map(|stop| stop.order.store).collect::<Vec<_>>(), [good]);
        assert!(!sheet.stops()[0].new_store);
        phone.sync()?;
        assert_eq!(phone.phone.store_card(good)?.shop.number, Some("QD019999".parse()?));
        assert!(!phone.phone.store_card(bad)?.shop.status.is_served());
        Ok(())
    });
}

#[test]
fn a_database_belongs_to_one_server_at_a_time() {
    let address = xundian_tests::postgres::shared().and_then(xundian_tests::postgres::Postgres::database);
    let judged = address.map_err(Into::into).and_then(|address| -> Outcome<()> {
        let address: xundian_server::db::Address = address.parse()?;
        let first = xundian_server::db::Db::open(&address)?;
        let second = xundian_server::db::Db::open(&address);
        assert!(matches!(second, Err(xundian_server::db::DbError::InUse)));
        drop(first);
        Ok(())
    });
    assert!(judged.is_ok(), "{}", judged.err().map(|why| why.to_string()).unwrap_or_default());
}

#[test]
fn the_last_handle_of_a_database_may_end_inside_an_async_task() -> Outcome<()> {
    let address = xundian_tests::postgres::shared().and_then(xundian_tests::postgres::Postgres::database)?;
    let db = xundian_server::db::Db::open(&address.parse()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let read = runtime.block_on(async move {
        let read = db.read(|tx| tx.first("SELECT value FROM server_setting", &[])).await;
        // The connection that has just read is idle and ends here.
        drop(db);
        read
    });
    assert!(read?.is_none());
    Ok(())
}

#[test]
fn rows_of_many_ids_are_found_as_often_as_they_are_asked_for() {
    on_both(|town| {
        let found = town.app.db().write_now(|tx| {
            for (store, rep) in [(1u8, "ZY01"), (2, "ZY02"), (3, "ZY01")] {
                let id = [store; 32];
                tx.execute("INSERT INTO fact_private (id, value) VALUES ($1, $2)", &[id.into(), rep.into()])?;
            }
            let asked = [[3u8; 32], [9; 32], [1; 32], [3; 32]].map(Into::into);
            tx.query_each("SELECT p.value FROM fact_private p WHERE p.id", &asked)
        })?;
        let values = found.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, _>>()?;
        assert_eq!(values, ["ZY01", "ZY01", "ZY01"]);
        Ok(())
    });
}

#[test]
fn who_guesses_enrolment_codes_waits_and_another_address_does_not() -> Outcome<()> {
    let town = Town::new()?;
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let ask = |from: [u8; 4], code: &str| -> Outcome<u16> {
        let hello = HelloRequest {
            proto: PROTO,
            install_id: InstallId(uuid::Uuid::from_u128(1)),
            public_key: public_key(&key),
            code: code.to_owned(),
            renew: None,
            was: None,
        };
        let client =
            reqwest::blocking::Client::builder().no_proxy().local_address(IpAddr::from(from)).build()?;
        let body = codec::encode(&hello, SMALL_BYTES)?;
        let url = format!("{}/v1/hello", town.address);
        // Nobody vouches for this header on a server without a proxy.
        let request = client.post(url).header("x-forwarded-for", format!("192.0.2.{}", code.len()));
        Ok(request.body(body).send()?.status().as_u16())
    };
    for wrong in ["A", "AA", "AAA", "AAAA", "AAAAA"] {
        assert_eq!(ask([127, 0, 0, 1], wrong)?, 401);
    }
    let code = town.code("ZY01")?;
    assert_eq!(ask([127, 0, 0, 1], &code)?, 503);
    assert_eq!(ask([127, 0, 0, 2], &code)?, 200);
    Ok(())
}

/// Beside the town's server another one on its database, for which a phone sends less in a day.
struct Strict {
    line: HttpTransport,
    _runtime: tokio::runtime::Runtime,
}

impl Strict {
    fn of(town: &Town, records: u64) -> Outcome<Self> {
        let (shelf, half) = (town.folder().join("photos"), town.folder().join("photos.half"));
        let blobs = Blobs::new(town.app.db().clone(), Shelf::in_folder(shelf), Staging::in_folder(half));
        let quota = DayQuota { records, ..DayQuota::default() };
        let (db, clock) = (town.app.db().clone(), Box::new(town.clock.clone()));
        let strict = App::start_with(db, clock, blobs, quota, Log::STDERR)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let line = HttpTransport::new(&format!("http://{}", listener.local_addr()?))?;
        runtime.spawn(xundian_server::web::serve(strict, listener, std::future::pending()));
        Ok(Self { line, _runtime: runtime })
    }

    fn sync(&mut self, phone: &mut TownPhone) -> Outcome<SyncOutcome> {
        Ok(xundian_device::sync::sync_once(&mut phone.phone, &mut self.line, |_| true)?.outcome)
    }
}

#[test]
fn a_phone_that_sends_more_than_the_day_allows_goes_on_tomorrow() -> Outcome<()> {
    let town = Town::new()?;
    let (mut phone, mut strict) = (town.phone("ZY01")?, Strict::of(&town, 2)?);
    let route = phone.route()?;
    for store in &route[..2] {
        phone.visit(*store, &[(NOODLES, 5, 24)])?;
    }
    assert_eq!(strict.sync(&mut phone)?, SyncOutcome::InStep);
    phone.visit(route[2], &[(NOODLES, 5, 24)])?;
    assert_eq!(strict.sync(&mut phone)?, SyncOutcome::Later { ms: 3_600_000 });
    assert_eq!(town.count("SELECT count(*) FROM fact")?, 2);
    town.at(TUESDAY, "07:00")?;
    assert_eq!(strict.sync(&mut phone)?, SyncOutcome::InStep);
    assert_eq!(town.count("SELECT count(*) FROM fact")?, 3);
    Ok(())
}

#[test]
fn what_ends_in_quarantine_counts_for_the_day_like_what_takes_effect() {
    on_both(|town| {
        let (phone, hostile) = (town.phone("ZY01")?, town.phone("ZY02")?);
        let (mut phone, mut hostile, mut strict) = (phone, hostile, Strict::of(town, 2)?);
        for _ in 0..3 {
            let id = phone.seal("store_dreamt", "{}".to_owned())?;
            let fact = Store::open(&phone.file)?.facts_of(MONDAY.parse()?)?;
            let known = fact.into_iter().find(|fact| fact.sealed.id == id).ok_or("not sealed")?;
            let other = NewFact { body: "{\"other\":1}".to_owned(), ..known.sealed };
            Store::open(&hostile.file)?.seal(&other, &[])?;
        }
        phone.sync()?;
        assert_eq!(strict.sync(&mut hostile)?, SyncOutcome::Later { ms: 3_600_000 });
        assert_eq!(town.count("SELECT count(*) FROM quarantine")?, 0);
        hostile.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM quarantine")?, 3);
        let counted = "SELECT CAST(sum(records) AS BIGINT) FROM install_day";
        assert_eq!(town.count(counted)?, 6, "the first ones, and what came with their ids");
        Ok(())
    });
}

#[test]
fn one_fact_at_ever_new_places_counts_for_the_day_like_new_ones() {
    on_both(|town| {
        let (mut phone, mut strict) = (town.phone("ZY01")?, Strict::of(town, 4)?);
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        assert_eq!(strict.sync(&mut phone)?, SyncOutcome::InStep);
        let id = Store::open(&phone.file)?.facts_of(MONDAY.parse()?)?[0].sealed.id;
        let again =
            |phone: &TownPhone| -> Outcome<()> { Ok(Store::open(&phone.file)?.day_listed(id, &[id])?) };
        for _ in 0..3 {
            again(&phone)?;
            assert_eq!(strict.sync(&mut phone)?, SyncOutcome::InStep, "a day may be listed");
        }
        again(&phone)?;
        assert_eq!(strict.sync(&mut phone)?, SyncOutcome::Later { ms: 3_600_000 });
        assert_eq!(town.count("SELECT count(*) FROM pushed")?, 4);
        Ok(())
    });
}

#[test]
fn a_renewed_install_does_not_begin_a_new_count_of_the_day() {
    on_both(|town| {
        let (mut phone, mut strict) = (town.phone("ZY01")?, Strict::of(town, 2)?);
        let mut copy = town.copy_of(&phone, 90)?;
        let route = phone.route()?;
        for store in &route[..2] {
            phone.visit(*store, &[(NOODLES, 5, 24)])?;
        }
        copy.visit(route[2], &[(NOODLES, 5, 24)])?;
        assert_eq!(strict.sync(&mut phone)?, SyncOutcome::InStep);
        assert_eq!(strict.sync(&mut copy)?, SyncOutcome::Later { ms: 3_600_000 });
        assert_eq!(town.count("SELECT count(*) FROM install WHERE renewed_from IS NOT NULL")?, 1);
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 2);
        town.at(TUESDAY, "07:00")?;
        assert_eq!(strict.sync(&mut copy)?, SyncOutcome::InStep);
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 3);
        Ok(())
    });
}

#[test]
fn oversized_and_cut_off_messages_get_a_typed_error_and_change_nothing() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        let bomb =
            xundian_protocol::codec::compress(&vec![b' '; 8 << 20], xundian_protocol::codec::Effort::Phone)?;
        let refused = phone.send_as_push(bomb)?;
        assert_eq!((refused.0, refused.1.code), (413, xundian_protocol::RefusalCode::Limit));
        let refused = phone.send_as_push(b"cut off".to_vec())?;
        assert_eq!((refused.0, refused.1.code), (400, xundian_protocol::RefusalCode::Unreadable));
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 0);
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 1, "the phone kept it");
        Ok(())
    });
}

#[test]
fn a_short_delivery_keeps_the_combo_and_a_refusal_takes_it_back() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = StoreId::from_number("QD010001".parse()?);
        let order = phone.visit(store, &[(NOODLES, 5, 24), (TEA, 8, 15)])?.ok_or("no order")?;
        assert_eq!((order.cuts.0, order.total().0), (300, 7_300), "P2605: 46 + 30 − 3");
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        let due = |refused: bool| -> Outcome<i64> {
            let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::nil()), &order, town.app.now());
            let tea = result.lines.iter_mut().find(|line| line.sku.as_str() == TEA).ok_or("no tea")?;
            if refused {
                tea.refused = tea.delivered;
            }
            (tea.delivered, tea.reason) = (Units::ZERO, Some("out_of_stock".parse()?));
            let catalogue = town.app.catalogue();
            Ok(town.app.db().read_now(|tx| -> Result<_, xundian_server::db::DbError> {
                let row = xundian_server::orders::OrderRow::load(tx, order.id)?;
                row.map_or(Ok(0), |row| amount_due(tx, &catalogue, &row, &result).map(|fen| fen.0))
            })?)
        };
        assert_eq!((due(false)?, due(true)?), (4_300, 4_600));
        Ok(())
    });
}

#[test]
fn a_partly_refused_delivery_gives_used_counts_back() {
    on_both(|town| {
        let new_product = "22070104";
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24), (new_product, 0, 15)])?.ok_or("no order")?;
        assert!(order.promos.iter().any(|used| used.promo.as_str() == "P2606"));
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        freeze_at_eight(town)?;
        town.at(TUESDAY, "09:00")?;
        let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::from_u128(8)), &order, town.app.now());
        for line in result.lines.iter_mut().filter(|line| line.sku.as_str() == new_product) {
            (line.refused, line.delivered) = (line.delivered, Units::ZERO);
            line.reason = Some("changed_mind".parse()?);
        }
        let booked = "SELECT count(*) FROM promo_use WHERE promo = 'P2606'";
        assert_eq!(town.count(booked)?, 1);
        let (catalogue, now) = (town.app.catalogue(), town.app.now());
        town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now))?;
        assert_eq!(town.count(booked)?, 0, "the noodles stay, the gift's use comes back");
        Ok(())
    });
}

#[test]
fn an_order_is_its_reps_and_another_one_cannot_take_it_back() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (_, order) = ordered(town, &mut phone)?;
        let mut stranger = town.phone("ZY02")?;
        let cancelled = xundian_domain::order::OrderCancelled {
            base_version: 1,
            order: order.id,
            reason: "owner_changed_mind".parse()?,
        };
        stranger.seal("order_cancelled", serde_json::to_string(&cancelled)?)?;
        stranger.sync()?;
        let rejected = Verdict::Rejected { code: "unauthorised".parse()?, current: None };
        assert_eq!(stranger.phone.outbox()?.rows[0].verdict, Some(rejected));
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 1);
        Ok(())
    });
}

#[test]
fn an_import_by_a_command_reaches_the_running_server_and_the_phones() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let renamed = town.rename(store, "改名的店")?;
        assert_eq!(renamed.changed, 1);
        town.app.tick()?;
        assert_eq!(town.app.catalogue().stores[&store].name, "改名的店");
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.shop.name, "改名的店");
        Ok(())
    });
}

#[test]
fn a_rep_sees_his_own_territory_and_nobody_elses() {
    on_both(|town| {
        let mut one = town.phone("ZY01")?;
        let two = town.phone("ZY02")?;
        let mine = one.route()?[0];
        assert!(two.phone.search_stores("")?.iter().all(|hit| hit.store != mine));
        Ok(())
    });
}

#[test]
fn requests_without_a_name_or_with_a_forged_one_change_nothing() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let body = b"nonsense".to_vec();
        let request = Request { method: "POST", path: "/v1/push".into(), body };
        assert_eq!(phone.network.send(&request, None)?.status, 401);
        let mut recorder = Recorder::default();
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        xundian_device::sync::sync_once(&mut phone.phone, &mut recorder.over(&mut phone.network), |_| true)?;
        let (pushed, credentials) = recorder.pushed.ok_or("nothing was pushed")?;
        let mut forged = pushed.clone();
        forged.body.truncate(pushed.body.len() - 4);
        let answer = phone.network.send(&forged, Some(&credentials))?;
        assert_eq!(answer.status, 503, "the signature is the body's: it was cut on its way, and comes again");
        let refusal: Refusal = codec::decode(&answer.body, SMALL_BYTES)?;
        assert_eq!((refusal.code, refusal.retry_after_s), (RefusalCode::Busy, Some(1)));
        let elsewhere = Request { path: "/v1/push?x".into(), ..pushed };
        assert_eq!(phone.network.send(&elsewhere, Some(&credentials))?.status, 503);
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 1);
        Ok(())
    });
}

/// A network that breaks after so many requests, and the pieces of photos that went over it.
struct Breaking<'a, T>(&'a mut T, u32, Vec<String>);

impl<T: Transport> Transport for Breaking<'_, T> {
    fn send(
        &mut self,
        request: &Request,
        by: Option<&xundian_device::sync::Credentials>,
    ) -> Result<xundian_device::sync::Response, xundian_device::sync::TransportError> {
        self.1 = self.1.checked_sub(1).ok_or(xundian_device::sync::TransportError("cut".into()))?;
        if request.method == "PUT" {
            self.2.push(request.path.clone());
        }
        self.0.send(request, by)
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn a_photo_goes_on_where_it_was_cut_and_comes_whole() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let bytes: Vec<u8> =
            (0..300 * 1024u32).map(|n| (n % 251).to_le_bytes()[0] ^ (n >> 12).to_le_bytes()[0]).collect();
        let photo = phone.phone.keep_photo(&bytes)?;
        assert_eq!(phone.phone.keep_photo(&bytes)?, photo, "the same picture is one photo");
        assert_eq!(phone.phone.photos_pending()?.count, 1);
        let mut pieces = Vec::new();
        for requests in [0, 1, 3, 2, 9] {
            let mut network = Breaking(&mut phone.network, requests, Vec::new());
            xundian_device::sync::send_photos(&mut phone.phone, &mut network, |_| true)?;
            pieces.extend(network.2);
        }
        assert_eq!(phone.phone.photos_pending()?.count, 0);
        let once: std::collections::BTreeSet<&String> = pieces.iter().collect();
        assert_eq!((pieces.len(), once.len()), (5, 5), "no piece that arrived goes again: {pieces:?}");
        let install =
            town.app.db().read_now(|tx| tx.first("SELECT id FROM install", &[]))?.ok_or("no install")?;
        assert!(town.app.blobs().has(xundian_domain::InstallId(install.get(0)?), &photo.sha256)?);
        Ok(())
    });
}

#[test]
fn a_copied_phone_renews_its_install_without_a_code_and_goes_on() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let mut copy = town.copy_of(&phone, 90)?;
        for (phone, n) in [(&mut phone, 0), (&mut copy, 1)] {
            let store = phone.route()?[n];
            phone.visit(store, &[(NOODLES, 5, 24)])?;
        }
        town.at(MONDAY, "18:00")?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(copy.sync()?.outcome, SyncOutcome::InStep, "its place was taken, its key is good");
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 2);
        assert_eq!(town.count("SELECT count(*) FROM install")?, 2);
        Ok(())
    });
}
