//! Photos from the real phone to the real server: cut at every request and inside every piece, for every length at the
//! border of a piece; what both sides say about photos that have not come yet; what stands behind a photo's name; and disks
//! that are full or fail.

use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use xundian_device::phone::Phone;
use xundian_device::sync::{
    Credentials, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
};
use xundian_device::sync::{SyncReport, send_photos, send_photos_beside};
use xundian_device::visit_loop::Line;
use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, VisitId};
use xundian_protocol::limits::{BLOB_BYTES, BLOB_PIECE_BYTES, SMALL_BYTES};
use xundian_protocol::{Refusal, RefusalCode, codec, sign};
use xundian_server::app::App;
use xundian_server::db::DbError;
use xundian_server::log::Log;
use xundian_server::photos::{Blobs, Shelf, Staging, photos_pending, repeated_photos};
use xundian_server::sync::DayQuota;
use xundian_server::sync::service::{Asked, answer};
use xundian_server::web::add_account;
use xundian_tests::town::{Outcome, Town, TownPhone};

const PIECE: usize = BLOB_PIECE_BYTES;
/// Around every border that a photo can have.
const LENGTHS: [usize; 12] = [
    0,
    1,
    PIECE - 1,
    PIECE,
    PIECE + 1,
    2 * PIECE - 1,
    2 * PIECE,
    2 * PIECE + 1,
    3 * PIECE,
    300 << 10,
    5 * PIECE - 1,
    5 * PIECE,
];

/// How a line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The request never arrives.
    Before,
    /// The server has done it; its word is lost.
    After,
    /// The server dies inside the piece: so many thousandths of it are on its disk.
    Inside(usize),
}

const CUTS: [Cut; 5] = [Cut::Before, Cut::After, Cut::Inside(1), Cut::Inside(500), Cut::Inside(999)];

/// The service without HTTP, on a line that breaks at one request and stays broken.
struct Wire<'a> {
    app: &'a App,
    staging: PathBuf,
    cut: Option<(usize, Cut)>,
    requests: usize,
    /// Place and length of every piece that was put on the line.
    pieces: Vec<(u64, usize)>,
}

impl<'a> Wire<'a> {
    fn new(app: &'a App, folder: &Path, cut: Option<(usize, Cut)>) -> Self {
        Self { app, staging: folder.join("photos.half"), cut, requests: 0, pieces: Vec::new() }
    }

    fn serve(&self, request: &Request, by: &Credentials) -> Response {
        let asked = Asked {
            method: request.method.to_owned(),
            path: request.path.clone(),
            install: Some(by.install),
            token: Some(by.token.clone()),
            signature: Some(by.signature.clone()),
            body: request.body.clone(),
            from: None,
        };
        let answered = answer(self.app, &asked);
        Response { status: answered.status, body: answered.body }
    }

    /// What a server that dies inside a write leaves of it.
    fn tear(&self, request: &Request, by: &Credentials, part: usize) -> std::io::Result<()> {
        use std::io::Write;
        let name = request.path.trim_start_matches("/v1/blobs/").split('?').next().unwrap_or_default();
        let folder = self.staging.join(by.install.to_string());
        std::fs::create_dir_all(&folder)?;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(folder.join(name))?;
        file.write_all(&request.body[..request.body.len() * part / 1000])
    }
}

impl Transport for Wire<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let by = by.ok_or(TransportError("nobody asks".into()))?;
        let broken = || Err(TransportError("cut".into()));
        let (n, cut) = self.cut.unwrap_or((usize::MAX, Cut::Before));
        self.requests += 1;
        if self.requests > n.saturating_add(1) {
            return broken();
        }
        if request.method == "PUT" {
            let offset = request.path.split("offset=").nth(1).and_then(|rest| rest.split('&').next());
            let offset = offset.and_then(|offset| offset.parse().ok()).unwrap_or(u64::MAX);
            self.pieces.push((offset, request.body.len()));
        }
        if self.requests <= n {
            return Ok(self.serve(request, by));
        }
        match cut {
            Cut::After => drop(self.serve(request, by)),
            Cut::Inside(part) if request.method == "PUT" => {
                self.tear(request, by, part).map_err(|why| TransportError(why.to_string()))?;
            }
            Cut::Before | Cut::Inside(_) => {}
        }
        broken()
    }

    fn wait(&mut self, _: u64) {}
}

/// The app starts again and sends what waits.
fn send(phone: &mut TownPhone, line: &mut Wire<'_>) -> Outcome<SyncReport> {
    phone.phone = Phone::open(&phone.file, Box::new(phone.machine.clone()))?;
    Ok(send_photos(&mut phone.phone, line, |_| true)?)
}

fn picture(length: usize, number: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..length).map(|n| ((n * 31 + n / 251 + number) % 256).to_le_bytes()[0]).collect();
    let end = number.to_le_bytes();
    let from = length.saturating_sub(end.len());
    bytes[from..].copy_from_slice(&end[..length - from]);
    bytes
}

/// Everything is there, once, and nothing is left on the way.
fn arrived(town: &Town, phone: &TownPhone, bytes: &[u8], name: &str) -> Outcome<()> {
    assert_eq!(phone.phone.photos_pending()?.count, 0);
    assert_eq!(town.app.blobs().bytes(name)?.as_deref(), Some(bytes));
    let left = |folder: PathBuf| std::fs::read_dir(folder).map_or(0, Iterator::count);
    assert_eq!(left(phone.file.with_extension("photos")), 0, "the phone keeps no file");
    for install in std::fs::read_dir(town.folder().join("photos.half"))? {
        assert_eq!(left(install?.path()), 0, "the server keeps no half file");
    }
    Ok(())
}

/// One photo, cut once, then sent over a good line.
fn cut_once(town: &Town, phone: &mut TownPhone, bytes: &[u8], cut: (usize, Cut)) -> Outcome<bool> {
    let photo = phone.phone.keep_photo(bytes)?;
    let mut bad = Wire::new(&town.app, town.folder(), Some(cut));
    let first = send(phone, &mut bad)?;
    let mut good = Wire::new(&town.app, town.folder(), None);
    assert_eq!(send(phone, &mut good)?.outcome, SyncOutcome::InStep);
    arrived(town, phone, bytes, &photo.sha256)?;

    let sent: usize = bad.pieces.iter().chain(&good.pieces).map(|(_, length)| length).sum();
    assert!(sent <= bytes.len() + PIECE, "{sent} bytes for {}", bytes.len());
    let (torn, whole) = match bad.pieces.split_last() {
        Some((torn, whole)) if bad.requests > cut.0 => (Some(*torn), whole),
        _ => (None, &bad.pieces[..]),
    };
    for (offset, length) in whole {
        let again = good.pieces.iter().any(|(from, _)| from == offset);
        assert!(!again || *length == 0, "the piece at {offset} was sent twice");
    }
    if let (Some((offset, length)), Cut::Inside(part)) = (torn, cut.1) {
        let here = offset + u64::try_from(length * part / 1000)?;
        assert_eq!(
            good.pieces.first().map(|(from, _)| *from),
            Some(here),
            "it goes on inside the torn piece"
        );
    }
    Ok(first.outcome != SyncOutcome::InStep)
}

#[test]
fn a_photo_of_any_length_cut_anywhere_goes_on_there() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let (mut number, mut cuts) = (0, 0);
    for length in LENGTHS {
        for cut in CUTS {
            // The question, every piece, and one behind the end, where nothing is cut.
            let requests = 1 + length.div_ceil(PIECE).max(1);
            for at in 0..=requests {
                number += 1;
                let bytes = picture(length, number);
                // A photo of nothing has one name only.
                let is_old = length == 0 && number > 1;
                let was_cut = !is_old && cut_once(&town, &mut phone, &bytes, (at, cut))?;
                assert!(was_cut == (at < requests) || is_old, "{length} {cut:?} at {at}");
                cuts += usize::from(was_cut);
            }
        }
    }
    assert!(cuts > 150, "{cuts}");
    Ok(())
}

#[test]
fn a_short_photo_cut_at_every_byte_goes_on_there() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    for byte in 0..250 {
        let bytes = picture(250, byte);
        assert!(cut_once(&town, &mut phone, &bytes, (1, Cut::Inside(byte * 4)))?, "at {byte}");
    }
    Ok(())
}

#[test]
fn a_phone_that_is_killed_at_any_step_of_a_run_goes_on() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    for stop in 0..20 {
        let bytes = picture(2 * PIECE + 1, stop);
        let photo = phone.phone.keep_photo(&bytes)?;
        let mut line = Wire::new(&town.app, town.folder(), None);
        let mut steps = 0;
        let stopped = send_photos(&mut phone.phone, &mut line, |_| {
            steps += 1;
            steps <= stop
        })?;
        assert_eq!(stopped.outcome == SyncOutcome::Cancelled, steps > stop);
        assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
        arrived(&town, &phone, &bytes, &photo.sha256)?;
        let sent: usize = line.pieces.iter().map(|(_, length)| length).sum();
        assert_eq!(sent, bytes.len(), "stopped before step {stop}: nothing was sent twice");
    }
    Ok(())
}

#[test]
fn photos_that_lost_their_rows_are_sent_and_rows_that_lost_their_photos_wait_no_longer() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let (one, two) = (picture(1000, 1), picture(1000, 2));
    let forgotten = phone.phone.keep_photo(&one)?;
    let gone = phone.phone.keep_photo(&two)?;
    let folder = phone.file.with_extension("photos");
    std::fs::remove_file(folder.join(&gone.sha256))?;
    std::fs::write(folder.join(format!("{}.half", "0".repeat(64))), b"of another life")?;
    let forget = "DELETE FROM photo WHERE sha256 = ?1";
    rusqlite::Connection::open(&phone.file)?.execute(forget, [&forgotten.sha256])?;

    let mut line = Wire::new(&town.app, town.folder(), None);
    assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
    assert_eq!(town.app.blobs().bytes(&forgotten.sha256)?, Some(one));
    assert_eq!(phone.phone.photos_pending()?.count, 1, "its file may be being written just now");
    phone.machine.pass(2 * 3_600_000);
    assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
    let pending = phone.phone.photos_pending()?;
    assert_eq!((pending.count, pending.lost), (0, 1));
    assert_eq!(std::fs::read_dir(folder)?.count(), 0);
    let again = phone.phone.keep_photo(&two)?;
    assert_eq!((again, phone.phone.photos_pending()?.count), (gone, 1), "taken again, it waits again");
    Ok(())
}

#[test]
fn a_photo_that_was_sent_is_not_kept_or_sent_again() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let bytes = picture(1000, 1);
    let mut line = Wire::new(&town.app, town.folder(), None);
    for _ in 0..2 {
        let photo = phone.phone.keep_photo(&bytes)?;
        let mut machine = phone.machine.clone();
        send_photos_beside(&phone.file, &mut machine, &mut line, |_| true)?;
        arrived(&town, &phone, &bytes, &photo.sha256)?;
    }
    assert_eq!(line.pieces, [(0, 1000)]);
    Ok(())
}

#[test]
fn a_phone_that_sends_too_much_is_told_when_to_come_again() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let staging = Staging::in_folder(town.folder().join("photos.half"));
    let shelf = Shelf::in_folder(town.folder().join("photos"));
    let blobs = Blobs::new(town.app.db().clone(), shelf, staging).with_day_bytes(100_000);
    let (db, clock) = (town.app.db().clone(), Box::new(town.clock.clone()));
    let strict = App::start_with(db, clock, blobs, DayQuota::default(), Log::STDERR)?;
    for number in 0..2 {
        phone.phone.keep_photo(&picture(60_000, number))?;
    }
    let mut line = Wire::new(&strict, town.folder(), None);
    assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::Later { ms: 3_600_000 });
    assert_eq!(phone.phone.photos_pending()?.count, 1);
    town.at("2026-07-28", "09:00")?;
    assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
    Ok(())
}

/// Runs a judge on both engines.
fn on_both(judge: impl Fn(&Town) -> Outcome<()>) {
    for town in [Town::new(), Town::on_postgres()] {
        let judged = town.and_then(|town| judge(&town));
        assert!(judged.is_ok(), "{}", judged.err().map(|why| why.to_string()).unwrap_or_default());
    }
}

/// A visit that shows these pictures.
fn visit_with(phone: &mut TownPhone, pictures: &[Vec<u8>]) -> Outcome<VisitId> {
    let store = phone.route()?[0];
    let visit = phone.phone.begin_visit(store)?;
    for bytes in pictures {
        let photo = phone.phone.keep_photo(bytes)?;
        phone.phone.save_line(&Line::PhotoBefore(photo))?;
    }
    phone.phone.check_out()?;
    Ok(visit)
}

#[test]
fn both_sides_say_how_many_photos_of_a_visit_wait() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let visit = visit_with(&mut phone, &[picture(1000, 1), picture(PIECE + 1, 2)])?;
        let on_server = || town.app.db().read_now(|tx| photos_pending(tx, visit));
        assert_eq!(on_server()?, 0, "the visit is not there yet");
        phone.sync()?;
        assert_eq!((on_server()?, phone.phone.outbox()?.rows[0].photos), (2, 2));
        let mut line = Wire::new(&town.app, town.folder(), Some((2, Cut::Before)));
        send(&mut phone, &mut line)?;
        assert_eq!((on_server()?, phone.phone.outbox()?.rows[0].photos), (1, 1));
        send(&mut phone, &mut Wire::new(&town.app, town.folder(), None))?;
        assert_eq!((on_server()?, phone.phone.outbox()?.rows[0].photos), (0, 0));
        assert!(town.app.db().read_now(xundian_server::trust::verify)?.is_empty());
        Ok(())
    });
}

#[test]
fn the_page_of_a_store_says_how_many_photos_wait() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    visit_with(&mut phone, &[picture(1000, 1), picture(1000, 2)])?;
    phone.sync()?;
    let password = add_account(town.app.db(), "boss", "office", "", town.app.now())?;
    let client = reqwest::blocking::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let entered = client
        .post(format!("{}/login", town.address))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("login=boss&password={password}"))
        .send()?;
    let cookie = entered.headers().get("set-cookie").ok_or("no cookie")?.to_str()?.to_owned();
    let page = || -> Outcome<String> {
        let url = format!("{}/s/store/{store}", town.address);
        Ok(client.get(url).header("cookie", &cookie).send()?.text()?)
    };
    assert!(page()?.contains("照片待传 2 张"), "{}", page()?);
    send(&mut phone, &mut Wire::new(&town.app, town.folder(), None))?;
    assert!(!page()?.contains("照片待传"), "{}", page()?);
    Ok(())
}

#[test]
fn the_step_that_named_photos_in_rows_still_runs_on_old_databases() -> Outcome<()> {
    let texts = [
        (Town::new()?, include_str!("../../sync-server/migrations/005_photos.sqlite.sql"), "BLOB"),
        (Town::on_postgres()?, include_str!("../../sync-server/migrations/005_photos.postgres.sql"), "BYTEA"),
    ];
    for (town, text, bytes) in texts {
        let mut phone = town.phone("ZY01")?;
        visit_with(&mut phone, &[picture(1000, 1), picture(1000, 2), picture(1000, 1)])?;
        phone.sync()?;
        let table = format!("CREATE TABLE visit_photo (fact {bytes}, sha256 TEXT)");
        town.app.db().write_now(move |tx| tx.execute(&table, &[]))?;
        town.app.db().write_now(move |tx| tx.execute(text.trim().trim_end_matches(';'), &[]))?;
        assert_eq!(town.count("SELECT count(*) FROM visit_photo")?, 2);
    }
    Ok(())
}

#[test]
fn a_picture_of_two_reps_is_flagged_and_one_that_is_only_named_still_waits() {
    on_both(|town| {
        let (mut one, mut two) = (town.phone("ZY01")?, town.phone("ZY02")?);
        let shelf = picture(2000, 1);
        visit_with(&mut one, std::slice::from_ref(&shelf))?;
        let copied = visit_with(&mut two, &[shelf])?;
        for phone in [&mut one, &mut two] {
            phone.sync()?;
        }
        send(&mut one, &mut Wire::new(&town.app, town.folder(), None))?;
        let pending = || town.app.db().read_now(|tx| photos_pending(tx, copied));
        let repeated = || town.app.db().read_now(|tx| repeated_photos(tx, Millis(0)));
        assert_eq!((pending()?, repeated()?.len()), (1, 0));
        send(&mut two, &mut Wire::new(&town.app, town.folder(), None))?;
        assert_eq!(pending()?, 0);
        let flagged = repeated()?;
        let reps: Vec<String> = flagged[0].senders.iter().map(|sender| sender.rep.to_string()).collect();
        assert_eq!((flagged.len(), reps), (1, vec!["ZY01".to_owned(), "ZY02".to_owned()]));
        Ok(())
    });
}

#[test]
fn a_photo_ends_after_its_days_and_its_visit_does_not_wait_for_it_again() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let bytes = picture(2000, 1);
        let visit = visit_with(&mut phone, std::slice::from_ref(&bytes))?;
        phone.sync()?;
        let name = phone.phone.keep_photo(&bytes)?.sha256;
        send(&mut phone, &mut Wire::new(&town.app, town.folder(), None))?;
        town.at("2027-01-22", "08:00")?;
        assert_eq!(town.app.tend_photos()?.ended, 0);
        town.at("2027-01-23", "08:01")?;
        assert_eq!(town.app.tend_photos()?.ended, 1, "company.csv says 180 days");
        assert_eq!(town.app.blobs().bytes(&name)?, None);
        assert_eq!(town.app.db().read_now(|tx| photos_pending(tx, visit))?, 0);
        Ok(())
    });
}

#[test]
fn a_revoked_phone_sends_no_photo_from_that_moment_on() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    phone.phone.keep_photo(&picture(1000, 1))?;
    let now = town.app.now();
    town.app.db().write_now(move |tx| {
        tx.execute("UPDATE install SET revoked = $1", &[now.into()])?;
        Ok::<_, DbError>(())
    })?;
    let mut line = Wire::new(&town.app, town.folder(), None);
    assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::EnrolAgain);
    assert!(line.pieces.is_empty());
    let row = town.app.db().read_now(|tx| tx.first("SELECT id FROM install", &[]))?.ok_or("no install")?;
    assert_eq!(town.app.blobs().offset(row.get::<InstallId>(0)?, &"a".repeat(64))?, 0);
    Ok(())
}

/// Puts a piece under any path over HTTP, signed as this phone.
fn put(phone: &mut TownPhone, path: &str, piece: &[u8]) -> Outcome<Response> {
    let (install, token, key) = phone.identity()?;
    let request = Request { method: "PUT", path: path.to_owned(), body: piece.to_vec() };
    let signed = sign::Request { method: request.method, path, install, body: piece };
    let signature = signed.sign(&key);
    Ok(phone.network.send(&request, Some(&Credentials { install, token, signature }))?)
}

/// Puts a piece that the server has to refuse in its own words, which phones understand; gives why.
fn refused(phone: &mut TownPhone, path: &str, piece: &[u8]) -> Outcome<RefusalCode> {
    let answer = put(phone, path, piece)?;
    let why = codec::decode::<Refusal>(&answer.body, SMALL_BYTES);
    let why = why.map_err(|none| format!("{path}: status {} and no refusal: {none}", answer.status))?;
    assert_eq!(answer.status, why.code.status(), "{path}");
    assert!((400..500).contains(&answer.status), "{path}: {why:?}");
    Ok(why.code)
}

/// The lengths of all files of photos that a server has, half or whole.
fn lying(town: &Town) -> Outcome<Vec<u64>> {
    let mut lengths = Vec::new();
    let mut folders = vec![town.folder().join("photos"), town.folder().join("photos.half")];
    while let Some(folder) = folders.pop() {
        // What was never made has nothing in it.
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                lengths.push(entry.metadata()?.len());
            }
        }
    }
    Ok(lengths)
}

/// Behind the name of a photo of 1,000 bytes, where `HERE` is how many of them have come: no two numbers …
const UNREADABLE: [&str; 20] = [
    "",
    "?offset&total",
    "?offset=HERE",
    "?total=1000",
    "?offset=&total=1000",
    "?offset=HERE&total=",
    "?offset=-1&total=1000",
    "?offset=HERE&total=-1",
    "?offset=1e9&total=1000",
    "?offset=HERE&total=1e9",
    "?offset=HERE.0&total=1000",
    "?offset=0x0&total=1000",
    "?offset=all&total=1000",
    "?offset=HERE&total=NaN",
    "?offset=%30&total=1000",
    "?offset=HERE%20&total=1000",
    "?offset=HERE;total=1000",
    "?OFFSET=HERE&TOTAL=1000",
    "?offset=18446744073709551616&total=1000",
    "?offset=HERE&total=18446744073709551616",
];

/// … a place where the photo does not go on …
const ELSEWHERE: [&str; 7] = [
    "?offset=1&total=1000",
    "?offset=1000&total=10",
    "?offset=1&total=0",
    "?offset=1000&total=1000",
    "?offset=9223372036854775808&total=1000",
    "?offset=18446744073709551615&total=1000",
    "?offset=18446744073709551615&total=0",
];

/// … and more than a photo has.
const TOO_LONG: [&str; 5] = [
    "?offset=HERE&total=8388609",
    "?offset=HERE&total=1000000000",
    "?offset=HERE&total=9223372036854775808",
    "?offset=HERE&total=18446744073709551615",
    "?offset=18446744073709551615&total=18446744073709551615",
];

/// Each of these with the reason why it is refused.
fn queries(here: usize) -> impl Iterator<Item = (String, RefusalCode)> {
    let here = here.to_string();
    let unreadable = UNREADABLE.into_iter().map(|query| (query, RefusalCode::Unreadable));
    let elsewhere = ELSEWHERE.into_iter().map(|query| (query, RefusalCode::Gap));
    let too_long = TOO_LONG.into_iter().map(|query| (query, RefusalCode::Limit));
    let all = unreadable.chain(elsewhere).chain(too_long);
    all.map(move |(query, code)| (query.replace("HERE", &here), code))
}

#[test]
fn whatever_stands_behind_the_name_of_a_photo_is_refused_in_words_and_leaves_nothing() {
    assert_eq!(BLOB_BYTES, 8_388_608, "as it stands in the queries");
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let bytes = picture(1_000, 1);
        let name = phone.phone.keep_photo(&bytes)?.sha256;
        let door = format!("/v1/blobs/{name}");
        for here in [0, 400] {
            if here > 0 {
                let first = put(&mut phone, &format!("{door}?offset=0&total={BLOB_BYTES}"), &bytes[..here])?;
                assert_eq!(first.status, 200, "the largest photo may begin");
            }
            let before = lying(town)?;
            assert_eq!(before.iter().sum::<u64>(), u64::try_from(here)?);
            for (query, code) in queries(here) {
                let why = refused(&mut phone, &format!("{door}{query}"), &bytes[here..here + 10])?;
                assert_eq!(why, code, "{query}");
                assert_eq!(lying(town)?, before, "{query}");
            }
            // It says that it ends before its piece does: it is looked at as a whole one, and thrown away.
            let short = format!("{door}?offset={here}&total=9");
            assert_eq!(refused(&mut phone, &short, &bytes[here..here + 10])?, RefusalCode::Unreadable);
            assert!(lying(town)?.is_empty(), "behind {here} bytes");
        }
        let mut line = Wire::new(&town.app, town.folder(), None);
        assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
        arrived(town, &phone, &bytes, &name)
    });
}

#[test]
fn a_place_that_is_said_twice_is_none() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let bytes = picture(1_000, 1);
        let name = phone.phone.keep_photo(&bytes)?.sha256;
        for query in [
            "?offset=0&offset=400&total=1000",
            "?offset=400&offset=0&total=1000",
            "?offset=0&offset=0&total=1000",
            "?offset=0&total=1000&total=2000",
            "?total=1000&offset=0&total=10",
            "?offset=0&total=1000&offset=",
        ] {
            let why = refused(&mut phone, &format!("/v1/blobs/{name}{query}"), &bytes[..10])?;
            assert_eq!(why, RefusalCode::Unreadable, "{query}");
            assert!(lying(town)?.is_empty(), "{query}");
        }
        Ok(())
    });
}

/// Disks that take or give nothing. Rights would stop nobody who is root: what stands in the way stops him, too.
#[cfg(target_os = "linux")]
mod disks {
    use xundian_device::phone::PhoneError;
    use xundian_device::store::StoreError;
    use xundian_device::sync::SyncError;

    use super::*;

    /// What stands in the place of a folder or a file.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Obstacle {
        /// A file, where a folder is wanted.
        File,
        /// A disk on which no byte is free.
        Full,
    }

    const OBSTACLES: [Obstacle; 2] = [Obstacle::File, Obstacle::Full];

    /// What happens meanwhile; afterwards everything lies as it did.
    fn obstructed<T>(place: &Path, obstacle: Obstacle, meanwhile: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let (aside, was_there) = (place.with_extension("aside"), place.exists());
        if was_there {
            std::fs::rename(place, &aside)?;
        }
        std::fs::create_dir_all(place.parent().ok_or("no folder")?)?;
        match obstacle {
            Obstacle::File => std::fs::write(place, "in the way")?,
            Obstacle::Full => std::os::unix::fs::symlink("/dev/full", place)?,
        }
        let seen = meanwhile()?;
        // The phone removes a half file that it could not write.
        if place.symlink_metadata().is_ok() {
            std::fs::remove_file(place)?;
        }
        if was_there {
            std::fs::rename(aside, place)?;
        }
        Ok(seen)
    }

    /// A piece is refused with a pause, and the phone obeys; its visits do not wait for its photos.
    fn is_put_off(town: &Town, phone: &mut TownPhone, bytes: &[u8], name: &str) -> Outcome<()> {
        let path = format!("/v1/blobs/{name}?offset=0&total={}", bytes.len());
        let answer = put(phone, &path, &bytes[..PIECE])?;
        let refusal: Refusal = codec::decode(&answer.body, SMALL_BYTES)?;
        assert_eq!(
            (answer.status, refusal.code, refusal.retry_after_s),
            (503, RefusalCode::Busy, Some(30)),
            "{refusal:?}"
        );
        let mut line = Wire::new(&town.app, town.folder(), None);
        assert_eq!(send(phone, &mut line)?.outcome, SyncOutcome::Later { ms: 30_000 });
        assert_eq!(phone.phone.photos_pending()?.count, 1);
        let store = phone.route()?[0];
        phone.visit(store, &[])?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        Ok(())
    }

    #[test]
    fn a_server_that_cannot_write_a_piece_puts_it_off_and_gets_the_rest_later() -> Outcome<()> {
        let town = Town::new()?;
        let mut phone = town.phone("ZY01")?;
        let half = town.folder().join("photos.half");
        let mut number = 0;
        for obstacle in OBSTACLES {
            // Of three pieces so many are there before.
            for there in 0..3 {
                number += 1;
                let bytes = picture(2 * PIECE + 1, number);
                let name = phone.phone.keep_photo(&bytes)?.sha256;
                send(&mut phone, &mut Wire::new(&town.app, town.folder(), Some((1 + there, Cut::Before))))?;
                let place = match obstacle {
                    Obstacle::File => half.clone(),
                    Obstacle::Full => half.join(phone.identity()?.0.to_string()).join(&name),
                };
                obstructed(&place, obstacle, || is_put_off(&town, &mut phone, &bytes, &name))?;

                let mut line = Wire::new(&town.app, town.folder(), None);
                assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
                arrived(&town, &phone, &bytes, &name)?;
                let sent: usize = line.pieces.iter().map(|(_, length)| length).sum();
                assert_eq!(sent, bytes.len() - there * PIECE, "{obstacle:?} behind {there} pieces");
            }
        }
        assert_eq!(town.count("SELECT count(*) FROM visit")?, i64::try_from(number)?);
        Ok(())
    }

    #[test]
    fn a_phone_that_cannot_write_a_photo_says_so_and_keeps_it_at_the_next_try() -> Outcome<()> {
        let town = Town::new()?;
        // The other one tells the name that the photo will have.
        let (mut phone, mut other) = (town.phone("ZY01")?, town.phone("ZY02")?);
        let folder = phone.file.with_extension("photos");
        let store = phone.route()?[0];
        for (number, obstacle) in OBSTACLES.into_iter().enumerate() {
            let bytes = picture(PIECE + 1, number);
            let name = other.phone.keep_photo(&bytes)?.sha256;
            let place = match obstacle {
                Obstacle::File => folder.clone(),
                Obstacle::Full => folder.join(format!("{name}.half")),
            };
            let refused = obstructed(&place, obstacle, || {
                let refused = phone.phone.keep_photo(&bytes).err();
                assert_eq!(phone.phone.photos_pending()?.count, 0, "nobody waits for it");
                phone.visit(store, &[])?;
                assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
                Ok(refused)
            })?;
            let is_said = match refused {
                Some(PhoneError::Storage(StoreError::Full)) => obstacle == Obstacle::Full,
                Some(PhoneError::Storage(StoreError::Unreadable { what: "photo", .. })) => {
                    obstacle == Obstacle::File
                }
                _ => false,
            };
            assert!(is_said, "{obstacle:?}: {refused:?}");

            assert_eq!(phone.phone.keep_photo(&bytes)?.sha256, name);
            let mut line = Wire::new(&town.app, town.folder(), None);
            assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
            arrived(&town, &phone, &bytes, &name)?;
        }
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 2);
        Ok(())
    }

    #[test]
    fn a_phone_that_cannot_read_its_photos_says_so_and_sends_them_when_it_can() -> Outcome<()> {
        let town = Town::new()?;
        let mut phone = town.phone("ZY01")?;
        let folder = phone.file.with_extension("photos");
        let bytes = picture(2 * PIECE + 1, 1);
        let name = phone.phone.keep_photo(&bytes)?.sha256;
        let mut line = Wire::new(&town.app, town.folder(), None);
        let failed = obstructed(&folder, Obstacle::File, || Ok(send(&mut phone, &mut line).err()))?;
        let why = failed.and_then(|why| why.downcast::<SyncError>().ok());
        assert!(
            matches!(
                why.as_deref(),
                Some(SyncError::Phone(PhoneError::Storage(StoreError::Unreadable { what: "photo", .. })))
            ),
            "{why:?}"
        );
        let pending = phone.phone.photos_pending()?;
        assert_eq!((pending.count, pending.lost), (1, 0));
        assert_eq!(send(&mut phone, &mut line)?.outcome, SyncOutcome::InStep);
        arrived(&town, &phone, &bytes, &name)
    }
}
