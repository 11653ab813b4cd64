//! The door as a shell uses it: a visit through it, and what goes wrong at it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod codes;
mod damage;
mod enrolment;
mod kit;
mod pausing;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kit::{Kit, NOODLES, Shell, serving, store};
use xundian_device::phone::{OrderLight, PhotoShows, PhotoState, StopState, VisitPhoto};
use xundian_device::sync::Outcome;
use xundian_device::visit_loop::Line;
use xundian_domain::store::Channel;
use xundian_domain::visit::VisitResult;
use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount};
use xundian_domain::{Fen, StoreId, Units};
use xundian_ffi::{Changed, CoreError, NewStore, RepPhone};

fn counted(units: u32) -> Line {
    Line::Count(CountRow {
        sku: NOODLES.parse().unwrap(),
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(units)),
        backroom: PlaceCount::NotCounted,
        cooler: PlaceCount::NotCounted,
        expiry: None,
    })
}

fn wanted(units: u32) -> Line {
    Line::Intention { sku: NOODLES.parse().unwrap(), units: Units(units), reason: None }
}

fn conflict(reason: &str) -> CoreError {
    CoreError::Conflict { reason: reason.into() }
}

#[test]
fn a_visit_goes_through_the_door_and_ends_with_a_card_for_the_owner() {
    let kit = Kit::filled();
    assert!(kit.phone.is_ready().unwrap());
    kit.phone.begin_visit(store(1)).unwrap();
    let stop = kit.phone.today().unwrap().stops.remove(0);
    assert_eq!((stop.state, stop.distance_m), (StopState::Visiting, Some(0)), "the shell says where it is");
    let street = kit.phone.streets().unwrap().remove(0);
    assert_eq!((street.name.as_str(), street.stores, street.distance_m), ("云南路街道", 2, Some(0)));
    assert!(kit.phone.count_items().unwrap().iter().any(|item| item.sku.as_str() == NOODLES));
    kit.phone.save_line(counted(5)).unwrap();
    kit.phone.suggestions().unwrap();
    kit.phone.save_line(wanted(48)).unwrap();
    assert_eq!(kit.phone.current_visit().unwrap().unwrap().lines.len(), 3, "count, advice, intention");
    let quote = kit.phone.quote().unwrap();
    assert_eq!((quote.lines[0].confirmed, quote.total), (Units(48), Fen(9200)));
    let done = kit.phone.check_out().unwrap();
    let card = done.order.unwrap();
    assert_eq!(
        (done.result, card.total, card.lines[0].confirmed),
        (VisitResult::Partial, Fen(9200), Units(48))
    );
    assert!(card.code.is_some() && card.qr.contains(&card.order.to_string()));
    assert_eq!(kit.phone.order_card(card.order).unwrap(), card, "it can be shown again");
    let orders = kit.phone.orders_of_today().unwrap();
    assert_eq!((orders[0].light, orders[0].total), (OrderLight::OnPhone, Fen(9200)));
    let less = kit.phone.amend_order(card.order, vec![(NOODLES.parse().unwrap(), Units(24)).into()]).unwrap();
    assert_eq!((less.total, less.code), (Fen(4600), card.code), "the owner's code stays");
    assert_eq!(kit.phone.day_report().unwrap().unsent, 2);
    assert_eq!(kit.phone.outbox().unwrap().rows.len(), 2);
}

#[test]
fn the_photos_of_the_visit_come_back_to_an_app_that_died() {
    let Kit { folder, phone, .. } = Kit::filled();
    phone.begin_visit(store(1)).unwrap();
    let photo = phone.keep_photo(b"shelf".to_vec()).unwrap();
    phone.save_line(Line::PhotoBefore(photo.clone())).unwrap();
    drop(phone);
    let kit = Kit::opened(folder);
    let (shows, state) = (PhotoShows::Before, PhotoState::Waiting);
    assert_eq!(kit.phone.visit_photos().unwrap(), [VisitPhoto { photo: photo.clone(), shows, state }]);
    assert_eq!(kit.phone.kept_photo(photo).unwrap().as_deref(), Some(&b"shelf"[..]));
    kit.phone.check_out().unwrap();
    assert_eq!(kit.phone.visit_photos(), Err(conflict("no_visit")));
}

#[test]
fn what_competitors_do_in_one_shop_is_offered_in_the_next() {
    let kit = Kit::filled();
    let (brand, item, value) = ("统一".to_owned(), "鲜橙多".to_owned(), "3.0".to_owned());
    let kind = FactKind::Price;
    let told = CompetitorFact { brand, item, kind, value, from: None, to: None, photo: None };
    kit.phone.begin_visit(store(1)).unwrap();
    kit.phone.save_line(Line::Competitor(told.clone())).unwrap();
    kit.phone.begin_visit(store(2)).unwrap();
    let seen = kit.phone.seen_around(store(2)).unwrap().remove(0);
    assert_eq!((seen.item, seen.value, seen.kind), (told.item, told.value, told.kind));
    assert_eq!((seen.stores, seen.here), (1, false));
    assert!(kit.phone.seen_around(store(1)).unwrap()[0].here);
    let unknown = CoreError::NotFound { reason: "unknown_store".into() };
    assert_eq!(kit.phone.seen_around(store(9)), Err(unknown));
}

#[test]
fn the_watcher_hears_after_the_lock_is_free_and_may_call_back_or_throw() {
    let kit = Kit::filled();
    *kit.ears.phone.lock().unwrap() = Some(Arc::downgrade(&kit.phone));
    kit.phone.begin_visit(store(1)).unwrap();
    assert_eq!(*kit.ears.heard.lock().unwrap(), [Changed::Visit]);
    assert_eq!(kit.ears.seen.load(Ordering::Relaxed), 2, "it asked for the route from inside");
    kit.ears.heard.lock().unwrap().clear();
    kit.phone.begin_visit(store(2)).unwrap();
    assert_eq!(*kit.ears.heard.lock().unwrap(), [Changed::Visit, Changed::Facts], "the first one is sealed");
    kit.ears.throws.store(true, Ordering::Relaxed);
    kit.phone.save_line(wanted(24)).unwrap();
    assert!(kit.phone.check_out().unwrap().order.is_some(), "a shell that throws stops nothing");
}

#[test]
fn a_shell_without_clocks_or_position_loses_no_visit() {
    let kit = Kit::filled();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.shell.fails.store(true, Ordering::Relaxed);
    kit.phone.save_line(wanted(24)).unwrap();
    assert_eq!(kit.phone.check_out().unwrap().result, VisitResult::Partial);
}

#[test]
fn a_paused_phone_says_so_and_goes_on_where_it_was() {
    let kit = Kit::filled();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.phone.save_line(counted(5)).unwrap();
    kit.phone.pause().unwrap();
    assert_eq!(kit.phone.today(), Err(conflict("paused")));
    assert_eq!(kit.phone.save_line(counted(6)), Err(conflict("paused")));
    assert_eq!(kit.phone.sync(), Err(conflict("paused")));
    assert_eq!(kit.phone.server(), Err(conflict("paused")), "nobody opens the file on the way");
    kit.phone.resume().unwrap();
    kit.phone.resume().unwrap();
    assert_eq!(kit.phone.current_visit().unwrap().unwrap().lines, [counted(5)]);
}

#[test]
fn a_long_call_says_how_far_it_is_and_is_stopped_from_there_and_the_next_one_runs() {
    let kit = Kit::enrolled();
    *kit.ears.phone.lock().unwrap() = Some(Arc::downgrade(&kit.phone));
    kit.ears.cancels.store(true, Ordering::Relaxed);
    assert_eq!(kit.phone.sync().unwrap().outcome, Outcome::Cancelled);
    assert_eq!(kit.phone.send_photos().unwrap().outcome, Outcome::Cancelled);
    let steps = kit.ears.steps.load(Ordering::Relaxed);
    assert!(steps >= 2, "{steps}");
    kit.ears.cancels.store(false, Ordering::Relaxed);
    assert_eq!(kit.phone.sync().unwrap().outcome, Outcome::Later { ms: 0 }, "nobody is there");
    assert!(kit.ears.steps.load(Ordering::Relaxed) > steps);
}

#[test]
fn a_fault_in_a_long_call_is_an_error_and_the_next_one_runs() {
    let kit = Kit::enrolled();
    kit.ears.breaks.store(true, Ordering::Relaxed);
    let fault = CoreError::Internal { reason: "the ears broke".into() };
    assert_eq!(kit.phone.sync(), Err(fault.clone()));
    let told = kit.ears.heard.lock().unwrap().clone();
    assert_eq!(told, [Changed::Facts, Changed::Master], "what it had written by then is on the disk");
    assert_eq!(kit.phone.send_photos(), Err(fault), "nobody is busy any more");
    assert!(kit.phone.rep().unwrap().is_some(), "taps go on");
    kit.ears.breaks.store(false, Ordering::Relaxed);
    assert_eq!(kit.phone.sync().unwrap().outcome, Outcome::Later { ms: 0 }, "nobody is there");
}

#[test]
fn photos_wait_for_a_network_that_is_good_for_them_and_facts_do_not() {
    let kit = Kit::enrolled();
    kit.shell.saves_data.store(true, Ordering::Relaxed);
    assert_eq!(kit.phone.send_photos().unwrap().outcome, Outcome::Cancelled);
    assert_eq!(kit.phone.sync().unwrap().outcome, Outcome::Later { ms: 0 }, "it tried");
    kit.shell.is_mute.store(true, Ordering::Relaxed);
    assert_ne!(
        kit.phone.send_photos().unwrap().outcome,
        Outcome::Cancelled,
        "a shell that fails keeps nothing back"
    );
}

#[test]
fn the_standards_picture_comes_over_a_network_that_is_good_for_it_and_is_shown() {
    const PICTURE: &[u8] = b"\x89PNG\r\n\x1A\n a shelf";
    let (server, asked) = serving(PICTURE);
    let kit = Kit::working_at(&server);
    assert_eq!(kit.phone.standard_picture(), Err(conflict("no_visit")));
    kit.phone.begin_visit(store(1)).unwrap();
    assert_eq!(kit.phone.standard_picture(), Ok(None), "the standard has none");
    kit.name_picture(PICTURE);
    kit.shell.saves_data.store(true, Ordering::Relaxed);
    assert_eq!(kit.phone.send_photos().unwrap().outcome, Outcome::Cancelled);
    assert_eq!((asked.load(Ordering::Relaxed), kit.phone.standard_picture()), (0, Ok(None)));
    kit.shell.saves_data.store(false, Ordering::Relaxed);
    kit.ears.heard.lock().unwrap().clear();
    let report = kit.phone.send_photos().unwrap();
    assert_eq!((report.outcome, report.progress.requests), (Outcome::InStep, 1));
    assert_eq!(*kit.ears.heard.lock().unwrap(), [Changed::Facts, Changed::Master], "the screen asks again");
    assert_eq!(kit.phone.standard_picture(), Ok(Some(PICTURE.to_vec())));
    assert_eq!(kit.phone.send_photos().unwrap().progress.requests, 0);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "once");
}

#[test]
fn calls_from_many_threads_wait_for_each_other() {
    let kit = Kit::filled();
    kit.phone.begin_visit(store(1)).unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let phone = &kit.phone;
            scope.spawn(move || {
                for units in 0..20 {
                    phone.save_line(counted(n * 20 + units)).unwrap();
                    phone.count_items().unwrap();
                }
            });
        }
    });
    assert_eq!(kit.phone.current_visit().unwrap().unwrap().lines.len(), 1, "one SKU, one line");
}

#[test]
fn a_phone_that_is_nobodys_says_what_to_do() {
    let kit = Kit::empty();
    assert_eq!(kit.phone.rep(), Ok(None));
    assert_eq!(kit.phone.is_ready(), Ok(false));
    let not_enrolled = CoreError::Unauthorized { reason: "not_enrolled".into() };
    assert_eq!(kit.phone.today(), Err(not_enrolled.clone()));
    assert_eq!(kit.phone.sync(), Err(not_enrolled));
    let input = |field: &str, reason: &str| {
        Err(CoreError::InvalidInput { field: field.into(), reason: reason.into() })
    };
    assert_eq!(kit.phone.enrol("ftp://x".into(), "A1".into()), input("server", "bad_address"));
    // Of what Unicode allows in names of hosts nothing is known here.
    assert_eq!(kit.phone.enrol("https://巡店.example".into(), "A1".into()), input("server", "bad_address"));
    assert_eq!(kit.phone.enrol("http://127.0.0.1:9".into(), "  ".into()), input("code", "empty"));
    let no_answer = CoreError::Network { retryable: true, reason: "no_answer".into() };
    assert_eq!(kit.phone.enrol("http://127.0.0.1:9".into(), "A1B2".into()), Err(no_answer));
    assert_eq!(kit.phone.server(), Ok(None), "what failed is not kept");
    assert_eq!(
        kit.phone.begin_visit(StoreId(uuid::Uuid::nil())),
        Err(CoreError::NotFound { reason: "unknown_store".into() })
    );
    assert_eq!(kit.phone.check_out(), Err(conflict("no_visit")));
    let nearby = NewStore {
        name: "街角小店".into(),
        channel: Channel::Kiosk,
        street: "370202001".into(),
        address: "云南路1号".into(),
        receiving_hours: "08:30-11:30".into(),
        owner: None,
        phone: None,
    };
    let typed = |kit: &Kit, street: &str, hours: &str| {
        let (street, receiving_hours) = (street.to_owned(), hours.to_owned());
        kit.phone.open_store(NewStore { street, receiving_hours, ..nearby.clone() }).map(drop)
    };
    assert_eq!(typed(&kit, "云南路街道", ""), input("street", "invalid"));
    assert_eq!(typed(&kit, "370202001", "8点-11点"), input("receiving_hours", "invalid"));
    let not_pulled = Err(CoreError::NotFound { reason: "not_pulled".into() });
    assert_eq!(typed(&kit, " 370202001 ", " 8：30～11：30 "), not_pulled, "as far as it goes without a pull");
    let working = Kit::filled();
    assert_eq!(typed(&working, "370202001", ""), input("street", "invalid"), "no area has it");
    assert_eq!(typed(&working, "370202004", ""), Ok(()));
    assert_eq!(kit.phone.streets(), Ok(vec![]));
}

#[test]
fn the_shells_key_store_keeps_the_key_and_what_it_throws_is_told() {
    let kit = Kit::enrolled();
    assert!(matches!(kit.phone.sync().unwrap().outcome, Outcome::Later { .. }));
    let wrapped = format!("wrapped:08{}", "07".repeat(31));
    assert_eq!(kit.setting("device_key"), Some(wrapped), "wrapped at the first occasion");
    assert!(kit.phone.export_journal().is_ok(), "and unwrapped to sign");
    kit.shell.fails.store(true, Ordering::Relaxed);
    let lost = CoreError::Unauthorized { reason: "key_lost".into() };
    assert_eq!(kit.phone.sync(), Err(lost.clone()));
    assert_eq!(kit.phone.export_journal().err(), Some(lost));
    assert!(kit.ears.warned.load(Ordering::Relaxed) > 0, "the log has it");
    kit.shell.fails.store(false, Ordering::Relaxed);
    assert!(kit.phone.export_journal().is_ok(), "nothing was lost by it");
}

#[test]
fn a_damaged_file_is_put_aside_once_and_a_newer_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.db");
    std::fs::write(&path, [7u8; 8192]).unwrap();
    let open = || {
        let shell = Arc::new(Shell::default());
        RepPhone::open(path.to_string_lossy().into_owned(), shell, None, None, None, None)
    };
    let Err(CoreError::Corrupt { kept_as }) = open() else { panic!("not told") };
    assert!(folder.path().join(kept_as).exists());
    assert!(open().is_ok(), "a new one begins");
    kit::set_version(&path, 9_999);
    let newer = CoreError::IncompatibleVersion { reason: "newer_database".into() };
    assert_eq!(open().err(), Some(newer));
}
