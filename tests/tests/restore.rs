//! A server that went back to its backup: what drivers have on paper goes out once, on both databases.

use ed25519_dalek::SigningKey;
use xundian_device::store::Store;
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome, Request, Response, Transport, TransportError, enrol,
};
use xundian_domain::order_state::{OrderState, SheetNo};
use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, Units};
use xundian_protocol::hello::{Grant, HelloRequest, PhoneRoot};
use xundian_protocol::sign::public_key;
use xundian_protocol::{PROTO, codec, sign};
use xundian_server::orders::{OrderRow, load_sheet};
use xundian_server::trust::verify;
use xundian_tests::desk::Dispatcher;
use xundian_tests::town::{MONDAY, Outcome as TownOutcome, TownPhone, on_both};

const NOODLES: &str = "21010019";
const TUESDAY: &str = "2026-07-28";

#[test]
fn a_sheet_that_was_printed_before_a_restore_is_made_again_by_its_dispatcher_alone() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        let early = phone.visit(stores[0], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let late = phone.visit(stores[1], &[(NOODLES, 5, 48)])?.ok_or("no order")?;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        phone.at(MONDAY, "22:30")?;
        phone.sync()?;
        town.at(TUESDAY, "09:00")?;
        town.app.tick()?;
        let no = SheetNo { distributor: "D01".parse()?, day: TUESDAY.parse()?, difference: 0 };
        assert_eq!(town.app.db().read_now(move |tx| load_sheet(tx, no))?, None, "not by the clock");
        for id in [early.id, late.id] {
            let row = town.app.db().read_now(move |tx| OrderRow::load(tx, id))?.ok_or("no order")?;
            assert_eq!(row.state, OrderState::Waiting { day: no.day, late: false }, "on no later sheet");
        }
        let dispatcher = Dispatcher::of(town, "D01")?;
        let make = format!("/d/sheet/{no}/make");
        assert!(dispatcher.page("/d")?.contains(&make));
        dispatcher.post(&make, &[])?;
        let sheet = town.app.db().read_now(move |tx| load_sheet(tx, no))?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().len(), 2);
        assert!(!dispatcher.page("/d")?.contains(&make), "once");
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

#[test]
fn what_was_a_night_on_its_way_to_a_restored_server_still_stands_on_the_lost_sheet() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        let order = phone.visit(stores[0], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        // Sent in the evening, taken in the morning: by its age alone it was confirmed in the night.
        town.at(TUESDAY, "09:00")?;
        phone.sync()?;
        let row = town.app.db().read_now(move |tx| OrderRow::load(tx, order.id))?.ok_or("no order")?;
        assert_eq!(
            row.state,
            OrderState::Waiting { day: TUESDAY.parse()?, late: false },
            "on no later sheet"
        );
        Ok(())
    });
}

#[test]
fn what_shops_say_between_a_restore_and_the_lost_sheet_reaches_its_paper_as_a_difference() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let stores = phone.route()?;
        let kept = phone.visit(stores[0], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let gone = phone.visit(stores[1], &[(NOODLES, 5, 48)])?.ok_or("no order")?;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        let (_app, line, _runtime) = town.served_again()?;
        phone.network = line;
        phone.at(MONDAY, "22:10")?;
        phone.sync()?;
        town.at(MONDAY, "22:30")?;
        phone.at(MONDAY, "22:30")?;
        phone.phone.amend_order(kept.id, &[(NOODLES.parse()?, Units(72))])?;
        phone.phone.cancel_order(gone.id, "store_request".parse()?)?;
        let late = phone.visit(stores[2], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        phone.sync()?;
        let row = |id| -> TownOutcome<OrderRow> {
            Ok(town.app.db().read_now(move |tx| OrderRow::load(tx, id))?.ok_or("no order")?)
        };
        assert_eq!(row(kept.id)?.order.lines[0].confirmed, Units(24), "as drivers have it on paper");
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 2);
        let day = TUESDAY.parse()?;
        assert!(row(late.id)?.day > day, "a sheet that nobody can print takes no new order");
        town.at(MONDAY, "22:40")?;
        let no = SheetNo { distributor: "D01".parse()?, day, difference: 0 };
        Dispatcher::of(town, "D01")?.post(&format!("/d/sheet/{no}/make"), &[])?;
        let sheet = |difference| {
            let no = SheetNo { difference, ..no };
            town.app.db().read_now(move |tx| load_sheet(tx, no))
        };
        let made = sheet(0)?.ok_or("no sheet")?;
        let units: Vec<_> = made.stops().iter().map(|stop| stop.order.lines[0].confirmed.0).collect();
        assert_eq!(units.iter().sum::<u32>(), 24 + 48, "what was printed");
        let changes = town.count("SELECT count(*) FROM sheet WHERE difference > 0 AND day = '2026-07-28'")?;
        assert!(changes > 0, "and what came after it");
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        assert_eq!(row(kept.id)?.order.lines[0].confirmed, Units(72));
        assert!(matches!(row(gone.id)?.state, OrderState::Cancelled { .. }));
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

#[test]
fn a_phone_that_a_restored_server_has_never_heard_of_goes_on_without_a_code() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        // It was enrolled after the copy.
        town.restored()?;
        town.app.db().write_now(|tx| tx.execute("DELETE FROM install", &[]))?;
        town.app.forget_devices();
        phone.at(MONDAY, "22:30")?;
        assert!(stolen(&mut phone)?.iter().all(|status| *status == 401), "only the server's own word opens");
        assert_eq!(phone.sync()?.outcome, Outcome::InStep);
        assert_eq!(town.count("SELECT count(*) FROM fact")?, 1);
        assert_eq!(town.count("SELECT count(*) FROM install WHERE closed IS NULL")?, 1);
        assert_eq!(town.app.db().read_now(verify)?, []);
        Ok(())
    });
}

/// Renewals of the lost phone with one thing wrong in each; gives how they are answered.
fn stolen(phone: &mut TownPhone) -> TownOutcome<Vec<u16>> {
    let (install, token, key) = phone.identity()?;
    let said = Store::open(&phone.file)?.setting("phone")?.ok_or("it was not told which phone it is")?;
    let root: PhoneRoot = serde_json::from_str(&said)?;
    let other = SigningKey::from_bytes(&[9; 32]);
    let grant = Grant { public_key: public_key(&key), rep: "ZY01".parse()?, phone: root, before: Vec::new() };
    let rep = Grant { rep: "ZY02".parse()?, ..grant.clone() };
    let since = Grant { phone: PhoneRoot { since: Millis(root.since.0 + 1), ..root }, ..grant.clone() };
    let keys = Grant { public_key: public_key(&other), ..grant.clone() };
    let tries = [
        (Some(rep), &token, &key),
        (Some(since), &token, &key),
        (Some(keys), &token, &other),
        (Some(grant.clone()), &token, &other),
        (Some(grant), &"0".repeat(64), &key),
        (None, &token, &key),
    ];
    let mut statuses = Vec::new();
    for (was, token, key) in tries {
        let renew = Some(install);
        let install_id = InstallId(uuid::Uuid::now_v7());
        let hello = HelloRequest {
            proto: PROTO,
            install_id,
            public_key: public_key(key),
            code: String::new(),
            renew,
            was,
        };
        let request =
            Request { method: "POST", path: "/v1/hello".into(), body: codec::encode(&hello, 1 << 16)? };
        let signed = sign::Request { method: "POST", path: &request.path, install, body: &request.body };
        let by = Credentials { install, token: token.clone(), signature: signed.sign(key) };
        statuses.push(phone.network.send(&request, Some(&by))?.status);
    }
    Ok(statuses)
}

/// Everything arrives, no answer comes back.
struct Deaf<'a>(&'a mut HttpTransport);

impl Transport for Deaf<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.0.send(request, by)?;
        Err(TransportError("lost".into()))
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn a_sync_between_two_tries_of_a_code_does_not_burn_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        // No restore: nothing but a code helps.
        town.app.db().write_now(|tx| tx.execute("DELETE FROM install", &[]))?;
        town.app.forget_devices();
        assert_eq!(phone.sync()?.outcome, Outcome::EnrolAgain);
        let code = town.code("ZY01")?;
        assert!(enrol(&mut phone.phone, &mut Deaf(&mut phone.network), &code).is_err());
        assert_eq!(phone.sync()?.outcome, Outcome::EnrolAgain);
        enrol(&mut phone.phone, &mut phone.network, &code)?;
        assert_eq!(phone.sync()?.outcome, Outcome::InStep);
        Ok(())
    });
}

#[test]
fn only_a_lost_sheet_is_made_by_hand() {
    on_both(|town| {
        let dispatcher = Dispatcher::of(town, "D01")?;
        town.restored()?;
        dispatcher.post("/d/sheet/D01-20260730/make", &[])?;
        assert_eq!(town.count("SELECT count(*) FROM sheet")?, 0, "its cut-off is to come");
        dispatcher.post("/d/sheet/D02-20260728/make", &[])?;
        assert_eq!(town.count("SELECT count(*) FROM sheet")?, 0, "another distributor's");
        Ok(())
    });
}
