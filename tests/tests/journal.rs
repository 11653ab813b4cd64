//! A phone's journal as a file: what was not sent comes back once, by the rep's next phone or by the office, on both
//! databases; and what hostile files cannot do.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use xundian_device::phone::{ImportReport, JournalExport, PhoneError, StopState};
use xundian_device::store::Store;
use xundian_device::sync::Outcome as SyncOutcome;
use xundian_domain::order::OrderCancelled;
use xundian_domain::stamp::{Stamp, ZoneOffset};
use xundian_domain::{InstallId, OrderId, RecordId};
use xundian_protocol::journal::{
    Envelope, FILE_BYTES, ImportKey, Journal, JournalError, JournalFact, Opener, RecoveryCode, Sealing,
};
use xundian_protocol::push::{Flag, HeldCode, Verdict};
use xundian_protocol::sign;
use xundian_server::db::DbError;
use xundian_server::sync::{JournalImportError, JournalReport, import_journal, is_known};
use xundian_server::trust::verify;
use xundian_server::web::add_account;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const NOODLES: &str = "21010019";
const FACTS: &str = "SELECT count(*) FROM fact";
const INSTALLS: &str = "SELECT count(*) FROM install";

/// So many visits, each with an order, on the route of the day.
fn work(phone: &mut TownPhone, visits: usize) -> Outcome<()> {
    let route = phone.route()?;
    let done = phone.phone.today()?.stops.iter().filter(|stop| stop.state != StopState::ToDo).count();
    for n in done..done + visits {
        phone.visit(route[n % route.len()], &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    }
    Ok(())
}

fn is_sound(town: &Town) -> Outcome<()> {
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

fn by_office(town: &Town, file: &[u8]) -> Result<JournalReport, JournalImportError> {
    import_journal(&town.app, file, None)
}

/// Taken, known, conflicts, held, rejected.
fn counts(report: JournalReport) -> [usize; 5] {
    [report.taken, report.known, report.conflicts, report.held, report.rejected]
}

/// What a phone's key signs, whoever holds the phone: the journal with other facts in it.
fn rewritten(
    phone: &TownPhone,
    export: &JournalExport,
    change: impl FnOnce(&mut Vec<JournalFact>),
) -> Outcome<Vec<u8>> {
    signed_by(&phone.identity()?.2, phone, export, change)
}

fn signed_by(
    signer: &SigningKey,
    phone: &TownPhone,
    export: &JournalExport,
    change: impl FnOnce(&mut Vec<JournalFact>),
) -> Outcome<Vec<u8>> {
    let code: RecoveryCode = export.recovery_code.parse()?;
    let envelope = Envelope::read(&export.bytes)?;
    let mut journal = Journal::open(&envelope, &Opener::Code(&code))?;
    change(&mut journal.facts);
    let company = Store::open(&phone.file)?
        .setting("import_key")?
        .and_then(|key| ImportKey::read(&key))
        .ok_or("no key")?;
    let sealing = Sealing { made_at: envelope.made_at, signer, company: Some(company) };
    Ok(journal.seal(&sealing, &mut |bytes| bytes.fill(7))?.0)
}

fn hashes(town: &Town) -> Outcome<BTreeSet<(uuid::Uuid, [u8; 32])>> {
    let rows = town.app.db().read_now(|tx| tx.query("SELECT id, hash FROM fact", &[]))?;
    Ok(rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?)
}

#[test]
fn case_15_a_reinstall_after_30_unsent_visits_brings_all_30_back_once() {
    on_both(|town| {
        let mut lost = town.phone("ZY01")?;
        work(&mut lost, 30)?;
        let export = lost.phone.export_journal()?;
        assert_eq!((export.facts, export.left_out), (30, 0));
        let sealed: BTreeSet<_> = Store::open(&lost.file)?
            .all_facts()?
            .into_iter()
            .map(|fact| (fact.sealed.id.0, fact.hash))
            .collect();
        std::fs::remove_file(&lost.file)?;
        drop(lost);

        let mut next = town.phone("ZY01")?;
        assert_eq!(town.count(FACTS)?, 0, "nothing was sent");
        let report = next.phone.import_journal(&export.bytes, &export.recovery_code)?;
        assert_eq!(report, ImportReport { taken: 30, known: 0, differing: 0 });
        let stops = next.phone.today()?.stops;
        assert_eq!(stops.iter().filter(|stop| stop.state != StopState::ToDo).count(), stops.len().min(30));
        town.at(MONDAY, "18:30")?;
        assert_eq!(next.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(hashes(town)?, sealed, "all of them, with their bytes");
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 30);
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 30);
        let applied = next.phone.outbox()?.rows.into_iter().filter_map(|row| row.verdict);
        assert!(applied.into_iter().all(|verdict| matches!(verdict, Verdict::Applied { .. })));

        let again = next.phone.import_journal(&export.bytes, &export.recovery_code)?;
        assert_eq!(again, ImportReport { taken: 0, known: 30, differing: 0 });
        assert_eq!(next.sync()?.progress.records_up, 0);
        assert_eq!(counts(by_office(town, &export.bytes)?), [0, 30, 0, 0, 0], "nor by the office");
        assert_eq!(town.count("SELECT count(*) FROM store_order")?, 30);
        is_sound(town)
    });
}

#[test]
fn the_office_takes_what_a_phone_did_not_send_and_its_day_matches() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 3)?;
        town.at(MONDAY, "12:00")?;
        phone.sync()?;
        work(&mut phone, 4)?;
        phone.phone.close_day()?;
        let export = phone.phone.export_journal()?;
        town.at(MONDAY, "18:30")?;
        assert_eq!(counts(by_office(town, &export.bytes)?), [5, 3, 0, 0, 0]);
        assert_eq!(town.count("SELECT count(*) FROM visit WHERE date = '2026-07-27'")?, 7);
        let (rep, date, now) = ("ZY01".parse()?, MONDAY.parse()?, town.app.now());
        assert!(town.app.db().read_now(|tx| is_known(tx, rep, date, now))?, "its digest is the server's");
        assert_eq!(counts(by_office(town, &export.bytes)?), [0, 8, 0, 0, 0], "the same file again");
        assert_eq!(town.count(INSTALLS)?, 1);

        // The phone was not dead after all: it hears the verdicts and goes on.
        work(&mut phone, 1)?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(town.count(FACTS)?, 9);
        for row in phone.phone.outbox()?.rows {
            let Some(Verdict::Applied { flags, .. }) = row.verdict else { return Err("not applied".into()) };
            assert!(
                !flags.contains(&Flag::DayDiffers) && !flags.contains(&Flag::ClockUnverified),
                "{flags:?}"
            );
        }
        is_sound(town)
    });
}

#[test]
fn a_visit_keeps_its_day_when_its_journal_comes_two_days_later() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 1)?;
        let export = phone.phone.export_journal()?;
        town.at("2026-07-29", "10:00")?;
        assert_eq!(counts(by_office(town, &export.bytes)?), [1, 0, 0, 0, 0]);
        assert_eq!(town.count("SELECT count(*) FROM visit WHERE date = '2026-07-27'")?, 1);
        let contact = town.count("SELECT last_contact FROM install")?;
        let age = town.app.now().0 - contact;
        assert!(age > 86_400_000, "the phone was heard when it wrote the file, not now");
        Ok(())
    });
}

#[test]
fn a_revoked_phones_journal_is_held_until_a_person_releases_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 2)?;
        let export = phone.phone.export_journal()?;
        town.at(MONDAY, "18:30")?;
        town.revoke("ZY01")?;
        assert_eq!(counts(by_office(town, &export.bytes)?), [0, 0, 0, 2, 0]);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 0);
        let why = format!("SELECT count(*) FROM held WHERE code = '{}'", HeldCode::RevokedDevice.as_str());
        assert_eq!(town.count(&why)?, 2);
        assert_eq!(counts(by_office(town, &export.bytes)?), [0, 2, 0, 0, 0]);
        town.decide(true)?;
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 2);
        // Whatever stands in for a revoked phone is revoked, too.
        let earlier = vec![fact(0, 1, 11)?];
        let earlier = rewritten(&phone, &export, |all| *all = earlier)?;
        assert_eq!(counts(by_office(town, &earlier)?), [0, 0, 0, 1, 0]);
        is_sound(town)
    });
}

#[test]
fn the_journal_of_a_replaced_install_comes_in_under_one_that_stands_in_for_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 2)?;
        town.at(MONDAY, "12:00")?;
        phone.sync()?;
        work(&mut phone, 3)?;
        let export = phone.phone.export_journal()?;
        town.app.db().write_now(|tx| tx.execute("UPDATE install SET closed = 1", &[]))?;
        assert_eq!(counts(by_office(town, &export.bytes)?), [3, 2, 0, 0, 0]);
        assert_eq!(counts(by_office(town, &export.bytes)?), [0, 5, 0, 0, 0]);
        assert_eq!(town.count(INSTALLS)?, 2, "once");
        let open = "SELECT count(*) FROM install WHERE closed IS NULL OR rep <> 'ZY01'";
        assert_eq!(town.count(open)?, 0);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 5);
        is_sound(town)
    });
}

/// A fact that waits for an order which never comes: taken, and without effect on others.
fn fact(dseq: u64, id: u128, order: u128) -> Outcome<JournalFact> {
    let order = OrderId(uuid::Uuid::from_u128(order));
    let cancelled = OrderCancelled { base_version: 1, order, reason: "owner_changed_mind".parse()? };
    Ok(JournalFact {
        dseq,
        id: RecordId(uuid::Uuid::from_u128(id)),
        kind: "order_cancelled".to_owned().into(),
        v: 1,
        captured: Stamp {
            wall: ZoneOffset::CHINA.moment(MONDAY.parse()?, "09:00".parse()?),
            mono_ms: 1,
            boot: uuid::Uuid::nil(),
            server_offset_ms: Some(0),
        },
        date: MONDAY.parse()?,
        body: serde_json::to_string(&cancelled)?,
    })
}

#[test]
fn a_copy_whose_places_hold_other_records_loses_nothing() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let export = phone.phone.export_journal()?;
        let journal = |facts: Vec<JournalFact>| rewritten(&phone, &export, |all| *all = facts);
        let first = journal(vec![fact(1, 1, 11)?])?;
        let copy = journal(vec![fact(1, 2, 12)?, fact(2, 3, 13)?])?;
        let behind = journal(vec![fact(7, 4, 14)?, fact(8, 5, 15)?])?;
        assert_eq!(counts(by_office(town, &first)?), [1, 0, 0, 0, 0]);
        assert_eq!(counts(by_office(town, &copy)?), [2, 0, 0, 0, 0], "a fork");
        assert_eq!(counts(by_office(town, &behind)?), [2, 0, 0, 0, 0], "a gap");
        assert_eq!(counts(by_office(town, &copy)?), [0, 2, 0, 0, 0]);
        assert_eq!(
            town.count("SELECT acked_dseq FROM install WHERE closed IS NULL")?,
            1,
            "its row is its own"
        );
        assert_eq!((town.count(FACTS)?, town.count(INSTALLS)?), (5, 3));
        is_sound(town)
    });
}

#[test]
fn facts_of_an_earlier_install_of_the_phone_come_too_if_they_are_not_known() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let export = phone.phone.export_journal()?;
        let facts = vec![fact(0, 1, 11)?, fact(0, 2, 12)?, fact(1, 3, 13)?];
        let file = rewritten(&phone, &export, |all| *all = facts)?;
        assert_eq!(counts(by_office(town, &file)?), [3, 0, 0, 0, 0]);
        assert_eq!(counts(by_office(town, &file)?), [0, 3, 0, 0, 0]);
        assert_eq!(town.count("SELECT acked_dseq FROM install WHERE closed IS NULL")?, 1);
        is_sound(town)
    });
}

#[test]
fn other_bytes_under_a_known_id_go_to_quarantine_and_the_first_stay() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let export = phone.phone.export_journal()?;
        let journal = |facts: Vec<JournalFact>| rewritten(&phone, &export, |all| *all = facts);
        by_office(town, &journal(vec![fact(1, 1, 11)?])?)?;
        let before = hashes(town)?;
        for spoiled in [journal(vec![fact(1, 1, 12)?])?, journal(vec![fact(0, 1, 13)?])?] {
            assert_eq!(counts(by_office(town, &spoiled)?), [0, 0, 1, 0, 0]);
            assert_eq!(counts(by_office(town, &spoiled)?), [0, 0, 1, 0, 0]);
        }
        assert_eq!(hashes(town)?, before);
        let kept = "SELECT count(*) FROM quarantine WHERE reason = 'conflict_payload'";
        assert_eq!((town.count(kept)?, town.count(INSTALLS)?), (2, 2));
        is_sound(town)
    });
}

#[test]
fn a_hostile_phones_journal_changes_nothing_of_another_rep() {
    on_both(|town| {
        let mut victim = town.phone("ZY02")?;
        let store = victim.route()?[0];
        let order = victim.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        town.at(MONDAY, "12:00")?;
        victim.sync()?;
        let mut phone = town.phone("ZY01")?;
        let export = phone.phone.export_journal()?;
        let facts = vec![fact(1, 1, order.id.0.as_u128())?];
        let file = rewritten(&phone, &export, |all| *all = facts)?;
        assert_eq!(counts(by_office(town, &file)?), [0, 0, 0, 0, 1], "unauthorised");
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 1);
        is_sound(town)
    });
}

#[test]
fn a_journal_that_its_phone_did_not_sign_or_that_nobody_knows_is_refused() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 1)?;
        let export = phone.phone.export_journal()?;
        let forger = SigningKey::from_bytes(&[9; 32]);
        let forged = signed_by(&forger, &phone, &export, |_| ())?;
        let refused = |file: &[u8], code: Option<&str>| {
            let refused = import_journal(&town.app, file, code).err();
            refused.map(|why| why.code()).ok_or("it was taken")
        };
        assert_eq!(refused(&forged, None)?, "signature");
        let wrong = "0000-0000-0000";
        assert_eq!(refused(&export.bytes, Some(wrong))?, "wrong_code");
        assert_eq!(refused(b"a photo album", None)?, "not_a_journal");
        let mut broken = export.bytes.clone();
        broken[300] ^= 1;
        assert_eq!(refused(&broken, None)?, "damaged");
        let elsewhere = Town::new()?;
        let unknown = by_office(&elsewhere, &export.bytes);
        assert!(matches!(unknown, Err(JournalImportError::UnknownInstall(_))));
        assert_eq!(town.count(FACTS)?, 0);
        assert_eq!(import_journal(&town.app, &export.bytes, Some(&export.recovery_code))?.taken, 1);
        Ok(())
    });
}

#[test]
fn a_journal_opens_with_the_key_of_the_company_that_enrolled_its_phone() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let export = phone.phone.export_journal()?;
        let elsewhere = Town::new()?;
        let mut theirs = elsewhere.phone("ZY01")?;
        let refused = theirs.phone.import_journal(&export.bytes, &export.recovery_code);
        assert!(matches!(refused, Err(PhoneError::Journal(JournalError::OtherCompany))), "{refused:?}");
        // Known here, but sealed for the other company.
        let install: InstallId = Envelope::read(&export.bytes)?.install;
        let key = sign::public_key(&phone.identity()?.2);
        elsewhere.app.db().write_now(move |tx| {
            tx.execute("UPDATE install SET id = $1, public_key = $2", &[install.into(), key.into()])
        })?;
        assert!(matches!(
            by_office(&elsewhere, &export.bytes),
            Err(JournalImportError::File(JournalError::OtherCompany))
        ));
        Ok(())
    });
}

/// Posts a form with a file to the office's page; gives status and page.
fn posted(town: &Town, cookie: &str, file: &[u8], code: &str) -> Outcome<(u16, String)> {
    let (mut body, edge) = (Vec::new(), "xundian-edge");
    for (name, value) in [("code\"", code.as_bytes()), ("file\"; filename=\"j.xdj\"", file)] {
        body.extend(format!("--{edge}\r\ncontent-disposition: form-data; name=\"{name}\r\n\r\n").bytes());
        body.extend(value);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{edge}--\r\n").bytes());
    let answer = reqwest::blocking::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?
        .post(format!("{}/o/journal", town.address))
        .header("cookie", cookie)
        .header("accept-language", "en")
        .header("content-type", format!("multipart/form-data; boundary={edge}"))
        .body(body)
        .send()?;
    Ok((answer.status().as_u16(), answer.text()?))
}

fn logged_in(town: &Town, role: &str, subject: &str) -> Outcome<String> {
    let password = add_account(town.app.db(), role, role, subject, town.app.now())?;
    let entered = reqwest::blocking::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?
        .post(format!("{}/login", town.address))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("login={role}&password={password}"))
        .send()?;
    Ok(entered.headers().get("set-cookie").ok_or("no cookie")?.to_str()?.to_owned())
}

#[test]
fn the_office_uploads_a_journal_and_reads_what_became_of_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 2)?;
        let export = phone.phone.export_journal()?;
        let office = logged_in(town, "office", "")?;
        let says = |page: &str, what: &str, n: usize| {
            assert!(page.contains(&format!("<td>{what}</td><td class=\"n\">{n}</td>")), "{what} {n}: {page}");
        };
        let (status, page) = posted(town, &office, &export.bytes, "")?;
        assert_eq!(status, 200);
        says(&page, "Taken", 2);
        let (_, page) = posted(town, &office, &export.bytes, &export.recovery_code)?;
        says(&page, "Taken", 0);
        says(&page, "Here already", 2);
        for (file, code, said) in [
            (b"a photo album".as_slice(), "", "This is no phone journal"),
            (&export.bytes[..200], "", "The file is damaged"),
            (&export.bytes, "0000-0000-0000", "The recovery code is wrong"),
            (&vec![0; FILE_BYTES + (64 << 10)], "", "The file is too large"),
        ] {
            let (status, page) = posted(town, &office, file, code)?;
            assert!(status == 422 && page.contains(said), "{said}: {status} {page}");
        }
        Ok(())
    });
}

#[test]
fn nobody_but_the_office_uploads_journals() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        work(&mut phone, 1)?;
        let export = phone.phone.export_journal()?;
        for (role, subject) in [("supervisor", "SV01"), ("distributor", "D01")] {
            let cookie = logged_in(town, role, subject)?;
            assert_eq!(posted(town, &cookie, &export.bytes, "")?.0, 404, "{role}");
        }
        assert_eq!(posted(town, "xundian=nobody", &export.bytes, "")?.0, 303, "to the login");
        assert_eq!(town.count(FACTS)?, 0);
        Ok(())
    });
}
