//! Photos of the open visit and of those behind it.

use xundian_device::phone::{PhoneError, PhotoShows, PhotoState, VisitPhoto};
use xundian_device::store::Store;
use xundian_device::sync::{Credentials, Outcome, Request, Response, Transport, TransportError, send_photos};
use xundian_device::visit_loop::Line;
use xundian_domain::visit::PhotoRef;
use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
use xundian_protocol::blobs::{HaveAnswer, HaveRequest};
use xundian_protocol::codec;
use xundian_protocol::limits::SMALL_BYTES;

use super::kit::{Kit, NOODLES, enrolled, store};

#[test]
fn a_visit_says_how_many_of_its_photos_wait_and_is_complete_without_them() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    let before = kit.phone.keep_photo(b"shelf").unwrap();
    kit.save(&Line::PhotoBefore(before.clone()));
    let after = kit.phone.keep_photo(b"better").unwrap();
    kit.save(&Line::PhotoAfter(after));
    kit.phone.keep_photo(b"of nothing").unwrap();
    kit.phone.check_out().unwrap();
    let outbox = kit.phone.outbox().unwrap();
    assert_eq!((outbox.rows[0].photos, outbox.photos.count, outbox.photos.bytes), (2, 3, 21));
    Store::open(&kit.file).unwrap().photo_sent(&before.sha256).unwrap();
    assert_eq!(kit.phone.outbox().unwrap().rows[0].photos, 1);
}

#[test]
fn the_photos_of_the_open_visit_are_found_again_and_read_until_the_server_has_them() {
    let mut kit = Kit::new();
    assert!(matches!(kit.phone.visit_photos(), Err(PhoneError::NoVisit)));
    kit.phone.begin_visit(store(1)).unwrap();
    let before = kit.phone.keep_photo(b"shelf").unwrap();
    let after = kit.phone.keep_photo(b"better").unwrap();
    let seen = kit.phone.keep_photo(b"their price").unwrap();
    kit.phone.keep_photo(b"of nothing").unwrap();
    kit.save(&Line::PhotoAfter(after.clone()));
    kit.save(&Line::PhotoBefore(before.clone()));
    kit.save(&Line::Competitor(CompetitorFact {
        brand: "b".into(),
        item: "i".into(),
        kind: FactKind::Price,
        value: "v".into(),
        from: None,
        to: None,
        photo: Some(seen.clone()),
    }));
    Store::open(&kit.file).unwrap().photo_sent(&before.sha256).unwrap();
    kit.die();
    let photo = |photo: &PhotoRef, shows, state| VisitPhoto { photo: photo.clone(), shows, state };
    let mut found = kit.phone.visit_photos().unwrap();
    found.sort_by_key(|photo| photo.shows as u8);
    let expected = [
        photo(&before, PhotoShows::Before, PhotoState::Sent),
        photo(&after, PhotoShows::After, PhotoState::Waiting),
        photo(&seen, PhotoShows::Competitor, PhotoState::Waiting),
    ];
    assert_eq!(found, expected);
    let read = |photo: &PhotoRef| kit.phone.kept_photo(photo).unwrap();
    assert_eq!(read(&after).as_deref(), Some(&b"better"[..]));
    assert_eq!(read(&before), None, "it is the server's");
    let outside = PhotoRef { sha256: "../phone.db".into(), len: 1 };
    assert_eq!(read(&outside), None, "no other file is a photo");
    std::fs::remove_file(kit.file.with_extension("photos").join(&after.sha256)).unwrap();
    assert_eq!(read(&after), None);
}

#[test]
fn case_13_an_app_killed_while_taking_a_photo_leaves_the_visit_and_no_half_photo() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    let kept = kit.phone.keep_photo(b"shelf").unwrap();
    // Killed between the row and the whole file: what lies there is a half one.
    let folder = kit.file.with_extension("photos");
    std::fs::rename(folder.join(&kept.sha256), folder.join(format!("{}.half", kept.sha256))).unwrap();
    kit.die();
    assert_eq!(kit.phone.count_items().unwrap().len(), 1);
    assert_eq!(kit.phone.keep_photo(b"shelf").unwrap(), kept, "taken again, it is whole");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [kept.sha256.as_str()]);
}

/// Stands before a server that lacks every photo, and answers each piece with a page.
struct Portal {
    pieces: usize,
}

impl Transport for Portal {
    fn send(&mut self, request: &Request, _: Option<&Credentials>) -> Result<Response, TransportError> {
        if request.method == "PUT" {
            self.pieces += 1;
            return Ok(Response { status: 200, body: b"<html>".to_vec() });
        }
        let HaveRequest { sha256: missing } = codec::decode(&request.body, SMALL_BYTES).unwrap();
        let answer = HaveAnswer { offsets: vec![0; missing.len()], missing, standing: None };
        Ok(Response { status: 200, body: codec::encode(&answer, SMALL_BYTES).unwrap() })
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn a_page_in_the_place_of_the_servers_word_costs_no_photo() {
    let mut kit = enrolled();
    let photo = kit.phone.keep_photo(b"shelf").unwrap();
    let mut portal = Portal { pieces: 0 };
    let report = send_photos(&mut kit.phone, &mut portal, |_| true).unwrap();
    assert_eq!(
        (report.outcome, portal.pieces),
        (Outcome::Later { ms: 0 }, 3),
        "the whole of it, three times"
    );
    assert_eq!(kit.phone.photos_pending().unwrap().count, 1);
    assert_eq!(kit.phone.kept_photo(&photo).unwrap().as_deref(), Some(&b"shelf"[..]));
}
