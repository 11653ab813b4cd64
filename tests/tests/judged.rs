//! When and on which day a fact was captured is judged once, when it comes: what is kept, what takes effect at once and
//! what takes effect later say the same, on both databases.

use uuid::Uuid;
use xundian_device::store::{NewFact, Store};
use xundian_device::sync::{Credentials, Request, Response, Transport, TransportError, sync_beside};
use xundian_domain::stamp::{Millis, Stamp, ZoneOffset};
use xundian_domain::store::StoreOpened;
use xundian_domain::{BusinessDate, RecordId};
use xundian_protocol::push::{Flag, HeldCode, Verdict};
use xundian_server::sync::is_known;
use xundian_server::trust::verify;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const NOODLES: &str = "21010019";
const TUESDAY: &str = "2026-07-28";
/// What a phone with a wrong calendar writes on its facts.
const SEALED: &str = "2026-07-29";

/// The facts of a phone that never syncs, as they wait.
fn unsent(phone: &TownPhone) -> Outcome<Vec<NewFact>> {
    Ok(Store::open(&phone.file)?.waiting(100)?.into_iter().map(|fact| fact.sealed).collect())
}

/// The same fact from a phone that had no contact since an earlier boot: its clocks say nothing but the wall's time.
fn doubtful(fact: NewFact, time: &str) -> Outcome<NewFact> {
    let wall = ZoneOffset::CHINA.moment(MONDAY.parse()?, time.parse()?);
    let captured = Stamp { wall, mono_ms: 1, boot: Uuid::from_u128(77), server_offset_ms: None };
    Ok(NewFact { captured, date: SEALED.parse()?, ..fact })
}

/// Two phones of a rep: the first one has visited stores and never syncs.
fn two_phones(town: &Town, visits: usize) -> Outcome<(TownPhone, TownPhone)> {
    let mut away = town.phone("ZY01")?;
    for store in away.route()?.into_iter().take(visits) {
        away.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    }
    let here = town.phone("ZY01")?;
    town.at(MONDAY, "18:00")?;
    here.at(MONDAY, "18:00")?;
    Ok((away, here))
}

/// What became of a visit: its day, its end, its order's day of confirmation and flags.
fn kept(town: &Town, fact: RecordId) -> Outcome<(BusinessDate, i64, BusinessDate, Vec<Flag>)> {
    let sql = "SELECT v.date, v.check_out, o.confirmed_on, o.flags FROM visit v
               JOIN store_order o ON o.fact = v.fact WHERE v.fact = $1";
    let row = town.app.db().read_now(|tx| tx.first(sql, &[fact.into()]))?.ok_or("no visit")?;
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.json(3)?))
}

fn flags(verdict: &Verdict) -> Outcome<Vec<Flag>> {
    match verdict {
        Verdict::Applied { flags, .. } => Ok(flags.clone()),
        other => Err(format!("{other:?}").into()),
    }
}

/// The verdict of a fact that holds now.
fn verdict(town: &Town, fact: RecordId) -> Outcome<Verdict> {
    let sql = "SELECT coalesce(v.verdict, f.verdict) FROM fact f LEFT JOIN fact_verdict v ON v.fact = f.id WHERE f.id = $1";
    Ok(town.app.db().read_now(|tx| tx.first(sql, &[fact.into()]))?.ok_or("no fact")?.json(0)?)
}

fn is_sound(town: &Town) -> Outcome<()> {
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

/// A visit of a doubtful clock stands on the day and with the doubt of its first judging.
fn is_as_judged(town: &Town, fact: RecordId, time: &str) -> Outcome<()> {
    let (date, ended, confirmed_on, order_flags) = kept(town, fact)?;
    let monday = MONDAY.parse()?;
    assert_eq!((date, confirmed_on), (monday, monday), "not the sealed date");
    assert_eq!(ended, ZoneOffset::CHINA.moment(monday, time.parse()?).0);
    let told = flags(&verdict(town, fact)?)?;
    assert!(told.contains(&Flag::ClockUnverified), "{told:?}");
    assert_eq!(told, order_flags, "the order shows what the phone was told");
    is_sound(town)
}

#[test]
fn what_was_held_takes_effect_on_the_day_and_with_the_doubt_of_its_first_judging() {
    on_both(|town| {
        let (away, mut phone) = two_phones(town, 2)?;
        let [first, second] = <[NewFact; 2]>::try_from(unsent(&away)?).map_err(|_| "not two facts")?;
        let mut row = Store::open(&phone.file)?;
        row.seal(&doubtful(first.clone(), "10:00")?, &[])?;
        phone.sync()?;
        is_as_judged(town, first.id, "10:00")?;
        town.revoke("ZY01")?;
        row.seal(&doubtful(second.clone(), "11:00")?, &[])?;
        phone.sync()?;
        assert_eq!(verdict(town, second.id)?, Verdict::Held { code: HeldCode::RevokedDevice });
        town.at("2026-07-30", "09:00")?;
        town.decide(true)?;
        is_as_judged(town, second.id, "11:00")
    });
}

#[test]
fn what_waited_for_its_store_takes_effect_on_the_day_and_with_the_doubt_of_its_first_judging() {
    on_both(|town| {
        let (mut away, mut phone) = two_phones(town, 0)?;
        let known = town.app.catalogue().stores[&away.route()?[0]].clone();
        let opened = StoreOpened { name: "新店".into(), ..town.new_store(known.id)? };
        let outlet = away.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
        away.visit(outlet, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let visit = unsent(&away)?.pop().ok_or("no visit")?;
        Store::open(&phone.file)?.seal(&doubtful(visit.clone(), "10:00")?, &[])?;
        phone.sync()?;
        assert_eq!(verdict(town, visit.id)?, Verdict::Parked { missing: outlet.0 });
        is_sound(town)?;
        away.sync()?;
        is_as_judged(town, visit.id, "10:00")
    });
}

#[test]
fn a_fact_is_kept_with_the_time_it_was_judged_by() {
    on_both(|town| {
        let (away, mut phone) = two_phones(town, 2)?;
        let [first, second] = <[NewFact; 2]>::try_from(unsent(&away)?).map_err(|_| "not two facts")?;
        let mut row = Store::open(&phone.file)?;
        // One batch: the second one's wall clock went back an hour, and stays behind the first.
        row.seal(&doubtful(first.clone(), "10:00")?, &[])?;
        row.seal(&doubtful(second.clone(), "09:00")?, &[])?;
        phone.sync()?;
        is_as_judged(town, second.id, "10:00")?;
        let apart = "SELECT count(*) FROM fact f JOIN visit v ON v.fact = f.id
                     WHERE f.captured <> v.check_out OR f.effective <> v.date OR f.unverified <> 1";
        assert_eq!(town.count(apart)?, 0);
        Ok(())
    });
}

/// The fact as a phone seals it whose calendar is so many days off, in a boot without contact.
fn off_by(fact: &NewFact, days: i64) -> Outcome<NewFact> {
    let noon = ZoneOffset::CHINA.moment(MONDAY.parse()?, "12:00".parse()?);
    let wall = Millis(noon.0 + days * 86_400_000);
    let captured = Stamp { wall, mono_ms: 1, boot: Uuid::from_u128(77), server_offset_ms: None };
    Ok(NewFact { captured, date: ZoneOffset::CHINA.date(wall), ..fact.clone() })
}

#[test]
fn a_calendar_that_is_a_year_off_is_taken_and_flagged_even_as_the_first_word_of_a_phone() {
    on_both(|town| {
        let (away, mut phone) = two_phones(town, 4)?;
        let facts = unsent(&away)?;
        let said = |fact: &NewFact| -> Outcome<BusinessDate> {
            assert!(flags(&verdict(town, fact.id)?)?.contains(&Flag::ClockUnverified));
            Ok(kept(town, fact.id)?.0)
        };
        let earliest = "2026-07-13".parse()?;
        for (fact, days, day) in [(&facts[0], -365, earliest), (&facts[1], 365, MONDAY.parse()?)] {
            Store::open(&phone.file)?.seal(&off_by(fact, days)?, &[])?;
            phone.sync()?;
            assert_eq!(said(fact)?, day, "{days} days off");
        }
        Store::open(&phone.file)?.seal(&off_by(&facts[2], -365)?, &[])?;
        phone.sync()?;
        assert_eq!(said(&facts[2])?, MONDAY.parse()?, "not before what the phone said last");
        let mut copy = town.copy_of(&phone, 90)?;
        let next = phone.route()?[5];
        phone.visit(next, &[])?;
        phone.sync()?;
        Store::open(&copy.file)?.seal(&off_by(&facts[3], -365)?, &[])?;
        copy.sync()?;
        assert_eq!(said(&facts[3])?, MONDAY.parse()?, "nor when it has renewed its install");
        is_sound(town)
    });
}

#[test]
fn what_phones_send_again_long_after_a_restore_is_as_old_as_it_says_and_a_wrong_calendar_is_not() {
    on_both(|town| {
        let (away, mut phone) = two_phones(town, 2)?;
        let facts = unsent(&away)?;
        town.restored()?;
        let (_app, line, _runtime) = town.served_again()?;
        phone.network = line;
        town.at("2026-08-12", "09:00")?;
        phone.at("2026-08-12", "09:00")?;
        for (fact, days, day) in [(&facts[0], -2, "2026-07-25"), (&facts[1], -365, "2026-07-29")] {
            Store::open(&phone.file)?.seal(&off_by(fact, days)?, &[])?;
            phone.sync()?;
            assert_eq!(kept(town, fact.id)?.0, day.parse()?, "{days} days off");
        }
        is_sound(town)
    });
}

#[test]
fn a_closing_that_is_released_late_differs_from_its_day_only_if_it_did_when_it_came() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        phone.visit(route[0], &[])?;
        phone.phone.close_day()?;
        let closing = unsent(&phone)?.pop().ok_or("no closing")?.id;
        phone.visit(route[1], &[])?;
        town.at(MONDAY, "18:00")?;
        town.revoke("ZY01")?;
        phone.sync()?;
        assert_eq!(verdict(town, closing)?, Verdict::Held { code: HeldCode::RevokedDevice });
        town.decide(true)?;
        assert_eq!(flags(&verdict(town, closing)?)?, [], "the visit after it is no difference");
        is_sound(town)
    });
}

#[test]
fn a_day_that_a_copy_closed_before_it_renewed_its_install_is_known_until_something_comes_later() {
    on_both(|town| {
        let known = || -> Outcome<bool> {
            let (rep, date, now) = ("ZY01".parse()?, MONDAY.parse()?, town.app.now());
            Ok(town.app.db().read_now(|tx| is_known(tx, rep, date, now))?)
        };
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        town.at(MONDAY, "12:00")?;
        phone.visit(route[0], &[])?;
        phone.sync()?;
        let mut copy = town.copy_of(&phone, 90)?;
        // The phone sends one more and is lost; its copy goes on and closes the day before it meets the server.
        phone.visit(route[1], &[])?;
        phone.sync()?;
        drop(phone);
        copy.visit(route[2], &[])?;
        copy.phone.close_day()?;
        town.at(MONDAY, "18:00")?;
        assert!(!known()?, "not closed");
        copy.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM install WHERE renewed_from IS NOT NULL")?, 1);
        assert!(known()?, "what the copy counted is here, in two rows");
        copy.visit(route[3], &[])?;
        copy.sync()?;
        assert!(!known()?, "a later fact of that day asks for another closing");
        copy.phone.close_day()?;
        copy.sync()?;
        assert!(known()?);
        is_sound(town)
    });
}

#[test]
fn after_a_restore_an_order_of_which_nobody_knows_the_day_waits_for_the_dispatcher() {
    on_both(|town| {
        let (away, mut phone) = two_phones(town, 1)?;
        let fact = unsent(&away)?.pop().ok_or("no visit")?;
        town.restored()?;
        town.at(TUESDAY, "16:00")?;
        phone.at(TUESDAY, "16:00")?;
        let wall = ZoneOffset::CHINA.moment(TUESDAY.parse()?, "10:00".parse()?);
        let captured = Stamp { wall, mono_ms: 1, boot: Uuid::from_u128(77), server_offset_ms: None };
        Store::open(&phone.file)?.seal(&NewFact { captured, date: TUESDAY.parse()?, ..fact.clone() }, &[])?;
        phone.sync()?;
        let (_, _, confirmed_on, _) = kept(town, fact.id)?;
        assert_eq!(confirmed_on, TUESDAY.parse()?, "by its word it is for Wednesday");
        let on_lost = "SELECT count(*) FROM store_order WHERE day <= '2026-07-28' AND late = 0";
        assert_eq!(town.count(on_lost)?, 1, "it may stand on the paper that was lost");
        is_sound(town)
    });
}

/// The app sleeps for a night with every answer unread.
struct Asleep<'a>(&'a mut TownPhone);

impl Transport for Asleep<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = self.0.network.send(request, by)?;
        self.0.machine.pass(8 * 3_600_000);
        Ok(answer)
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn an_answer_that_lay_unread_for_a_night_moves_no_clock() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let known = |phone: &TownPhone| -> Outcome<Option<String>> {
        Ok(Store::open(&phone.file)?.setting("server_at_boot")?)
    };
    let before = known(&phone)?;
    assert!(before.is_some());
    let (file, machine) = (phone.file.clone(), phone.machine.clone());
    sync_beside(&file, &mut machine.clone(), &mut Asleep(&mut phone), |_| true)?;
    assert_eq!(known(&phone)?, before);
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    assert_ne!(known(&phone)?, before, "one that came at once says the time");
    Ok(())
}
