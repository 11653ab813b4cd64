//! Pictures of display standards: from the office's folder over the import and the real server to the phone's screen; who
//! may see them; and what a phone does with bytes that are not those of the name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    fetch_pictures,
};
use xundian_domain::StoreId;
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::tables::StandardPicture;
use xundian_protocol::{Refusal, codec, sign};
use xundian_server::command::read_folder;
use xundian_server::import::import_city;
use xundian_server::photos::Shelf;
use xundian_tests::town::{Outcome, Town, TownPhone, on_both};

/// A PNG of two by two pixels as far as anybody looks.
fn picture(number: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x02\0\0\0\x02".to_vec();
    bytes.resize(1_000 + usize::from(number), number);
    bytes
}

fn name(bytes: &[u8]) -> String {
    StandardPicture::of(bytes).sha256
}

fn shelf(town: &Town) -> Shelf {
    Shelf::in_folder(town.folder().join("photos")).beside()
}

/// Imports the city as the command does, from a folder in which these standards have pictures.
fn import(town: &Town, pictures: &[(&str, Vec<u8>)]) -> Outcome<()> {
    let office = tempfile::tempdir()?;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/data/qingdao"))? {
        let file = file?.path();
        let name = file.file_name().ok_or("no name")?;
        if file.extension().is_some_and(|ending| ending == "csv") {
            std::fs::copy(&file, office.path().join(name))?;
        }
    }
    std::fs::create_dir(office.path().join("pictures"))?;
    for (standard, bytes) in pictures {
        std::fs::write(office.path().join(format!("pictures/{standard}.png")), bytes)?;
    }
    let standards = office.path().join("display_standards.csv");
    let text = std::fs::read_to_string(&standards)?;
    let lines = text.lines().map(|line| match line.split(',').next().unwrap_or_default() {
        "standard_id" => format!("{line},picture\n"),
        no if pictures.iter().any(|(standard, _)| *standard == no) => format!("{line},pictures/{no}.png\n"),
        _ => format!("{line},\n"),
    });
    std::fs::write(&standards, lines.collect::<String>())?;
    let city = read_folder(office.path())?;
    assert_eq!(city.rejects, []);
    city.keep_pictures(&shelf(town))?;
    let now = town.app.now();
    town.app.db().write_now(move |tx| import_city(tx, &city, now))?;
    Ok(())
}

/// The standard of a store, and one of other stores.
fn standards(town: &Town, store: StoreId) -> Outcome<[String; 2]> {
    let catalogue = town.app.catalogue();
    let shop = catalogue.stores.get(&store).ok_or("no such store")?;
    let its = shop.channel.display_standard(shop.class).ok_or("no standard")?.to_string();
    let other = if its == "DS-MT-A" { "DS-MT-B" } else { "DS-MT-A" };
    Ok([its, other.to_owned()])
}

/// Fetches what lacks; how it ended and with how many requests.
fn fetch(phone: &mut TownPhone) -> Outcome<(SyncOutcome, u64)> {
    let report = fetch_pictures(&mut phone.phone, &mut phone.network, |_| true)?;
    Ok((report.outcome, report.progress.requests))
}

fn folder(phone: &TownPhone) -> PathBuf {
    phone.file.with_extension("pictures")
}

/// The names of the files that the phone keeps.
fn kept(phone: &TownPhone) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder(phone)).into_iter().flatten().flatten();
    files.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
}

/// A phone in the first store of its route, whose standard has this picture.
fn visiting(town: &Town, bytes: &[u8]) -> Outcome<TownPhone> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let [its, _] = standards(town, store)?;
    import(town, &[(&its, bytes.to_vec())])?;
    phone.sync()?;
    phone.phone.begin_visit(store)?;
    Ok(phone)
}

#[test]
fn a_picture_goes_from_the_offices_folder_to_the_visit_and_an_old_one_ends() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let [its, other] = standards(town, store)?;
        phone.phone.begin_visit(store)?;
        assert_eq!(phone.phone.standard_picture()?, None, "the standard has none");

        import(town, &[(&its, picture(1)), (&other, picture(2))])?;
        phone.sync()?;
        assert_eq!(phone.phone.standard_picture()?, None, "it has not come yet");
        assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 2));
        assert_eq!(phone.phone.standard_picture()?, Some(picture(1)));
        assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 0), "once");

        import(town, &[(&its, picture(3))])?;
        phone.sync()?;
        assert_eq!(phone.phone.standard_picture()?, None, "the old one is not shown for the new one");
        assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 1));
        assert_eq!(phone.phone.standard_picture()?, Some(picture(3)));
        assert_eq!(kept(&phone), BTreeSet::from([name(&picture(3))]));

        import(town, &[])?;
        phone.sync()?;
        assert_eq!((fetch(&mut phone)?, kept(&phone).len()), ((SyncOutcome::InStep, 0), 0));
        assert_eq!(phone.phone.standard_picture()?, None);
        assert!(town.app.db().read_now(xundian_server::trust::verify)?.is_empty());
        Ok(())
    });
}

/// Asks for a picture over HTTP, signed as this phone or by nobody.
fn ask(phone: &mut TownPhone, name: &str, is_signed: bool) -> Outcome<Response> {
    let (install, token, key) = phone.identity()?;
    let request = Request { method: "GET", path: format!("/v1/pictures/{name}"), body: Vec::new() };
    let signed = sign::Request { method: request.method, path: &request.path, install, body: &request.body };
    let by = Credentials { install, token, signature: signed.sign(&key) };
    Ok(phone.network.send(&request, Some(&by).filter(|_| is_signed))?)
}

/// The status of a refusal in the server's own words.
fn refused(phone: &mut TownPhone, name: &str, is_signed: bool) -> Outcome<u16> {
    let answer = ask(phone, name, is_signed)?;
    let refusal: Refusal = codec::decode(&answer.body, SMALL_BYTES)?;
    assert_eq!(answer.status, refusal.code.status());
    Ok(answer.status)
}

#[test]
fn an_enrolled_phone_sees_what_a_standard_names_and_nobody_sees_anything_else() {
    on_both(|town| {
        let mut phone = visiting(town, &picture(1))?;
        let (named, unnamed) = (name(&picture(1)), name(&picture(2)));
        shelf(town).put_picture(&unnamed, picture(2))?;
        let answer = ask(&mut phone, &named, true)?;
        assert_eq!((answer.status, answer.body), (200, picture(1)));
        for nothing in [unnamed.as_str(), &named[1..], &named.to_uppercase(), "", "%2e%2e%2fserver.db"] {
            assert_eq!(refused(&mut phone, nothing, true)?, 404, "{nothing}");
        }
        assert_eq!(refused(&mut phone, &named, false)?, 401);
        town.revoke("ZY01")?;
        assert_eq!(refused(&mut phone, &named, true)?, 403);
        assert_eq!(fetch(&mut phone)?, (SyncOutcome::EnrolAgain, 1));
        Ok(())
    });
}

/// A line on which answers come otherwise than they were sent.
struct Spoilt<'a> {
    line: &'a mut HttpTransport,
    how: fn(&mut Vec<u8>),
}

impl Transport for Spoilt<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let mut answer = self.line.send(request, by)?;
        (self.how)(&mut answer.body);
        Ok(answer)
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn torn_and_wrong_bytes_are_not_shown_and_come_right_with_the_next_run() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = visiting(&town, &picture(1))?;
    let ways: [fn(&mut Vec<u8>); 4] =
        [|body| body.truncate(999), |body| body.push(1), |body| body[500] ^= 1, |body| *body = picture(2)];
    for how in ways {
        let mut line = Spoilt { line: &mut phone.network, how };
        let report = fetch_pictures(&mut phone.phone, &mut line, |_| true)?;
        assert_eq!((report.outcome, report.progress.requests), (SyncOutcome::InStep, 1), "not in a loop");
        assert_eq!((phone.phone.standard_picture()?, kept(&phone).len()), (None, 0));
    }
    assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 1));
    assert_eq!(phone.phone.standard_picture()?, Some(picture(1)));
    Ok(())
}

#[test]
fn a_file_that_was_spoilt_on_the_phone_is_not_shown_and_fetched_again() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = visiting(&town, &picture(1))?;
    fetch(&mut phone)?;
    let file = folder(&phone).join(name(&picture(1)));
    std::fs::write(&file, vec![0; picture(1).len()])?;
    std::fs::write(folder(&phone).join(format!("{}.half", name(&picture(1)))), b"PNG")?;
    assert_eq!(phone.phone.standard_picture()?, None);
    assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 1));
    assert_eq!(phone.phone.standard_picture()?, Some(picture(1)));
    assert_eq!(kept(&phone).len(), 1, "nothing half is left");
    Ok(())
}

#[test]
fn a_run_that_is_stopped_at_any_step_shows_nothing_half_and_the_next_one_goes_on() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = visiting(&town, &picture(1))?;
    for stop in 0..3u64 {
        let mut steps = 0;
        let report = fetch_pictures(&mut phone.phone, &mut phone.network, |_| {
            steps += 1;
            steps <= stop
        })?;
        assert_eq!((report.outcome, report.progress.requests), (SyncOutcome::Cancelled, stop.min(1)));
        let is_kept = stop == 2;
        assert_eq!(phone.phone.standard_picture()?.is_some(), is_kept, "stopped before step {stop}");
    }
    assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 0));
    Ok(())
}

#[test]
fn a_picture_that_vanished_from_the_shelf_is_put_there_by_the_next_import() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = visiting(&town, &picture(1))?;
    std::fs::remove_dir_all(town.folder().join("photos/pictures"))?;
    assert_eq!(fetch(&mut phone)?, (SyncOutcome::InStep, 1));
    assert_eq!(phone.phone.standard_picture()?, None);
    let store = phone.route()?[0];
    let [its, _] = standards(&town, store)?;
    import(&town, &[(&its, picture(1))])?;
    fetch(&mut phone)?;
    assert_eq!(phone.phone.standard_picture()?, Some(picture(1)));
    Ok(())
}
