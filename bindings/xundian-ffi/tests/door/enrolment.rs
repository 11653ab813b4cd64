//! An enrolment before a server that answers as told, or not at all: stopped, waited for, and of which company.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use xundian_ffi::{CoreError, RepPhone};
use xundian_protocol::codec;
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::invitation::Invitation;
use xundian_protocol::journal::{ImportKey, ImportSecret};
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::push::Standing;

use crate::kit::{Kit, store};
use crate::pausing::{SOON, beside};
use crate::{conflict, counted};

/// A company's.
fn key(company: u8) -> ImportKey {
    ImportSecret::from_bytes([company; 32]).public()
}

/// Any code is good: it is this rep's, at a server of this company.
fn granted(rep: &str, company: u8) -> Vec<u8> {
    let standing = Standing {
        epoch: uuid::Uuid::from_u128(1),
        acked_dseq: 0,
        durable_upto: 0,
        server_time: 1_785_114_000_000,
        push_records: 500,
    };
    let (rep, import_key) = (rep.parse().unwrap(), Some(key(company).to_string()));
    let answer = HelloAnswer { token: "new".into(), rep, import_key, phone: None, closed: false, standing };
    codec::encode(&answer, SMALL_BYTES).unwrap()
}

/// A server's address and its door.
fn server() -> (String, TcpListener) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    (format!("http://{}", door.local_addr().unwrap()), door)
}

/// Hears one request to its end and answers it; in between something happens. Gives what was asked.
fn answer(door: &TcpListener, body: &[u8], meanwhile: impl FnOnce()) -> HelloRequest {
    let (mut phone, _) = door.accept().unwrap();
    let mut asked = BufReader::new(phone.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        assert!(asked.read_line(&mut line).unwrap() > 0, "cut off");
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
    }
    let mut hello = vec![0; length];
    asked.read_exact(&mut hello).unwrap();
    meanwhile();
    write!(phone, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).unwrap();
    phone.write_all(body).unwrap();
    codec::decode(&hello, SMALL_BYTES).unwrap()
}

#[test]
fn an_enrolment_that_is_stopped_leaves_the_phone_as_it_was_and_the_code_good() {
    let (kit, (address, door)) = (Kit::empty(), server());
    let phone = Arc::clone(&kit.phone);
    let server = std::thread::spawn(move || {
        let body = granted("ZY01", 1);
        [answer(&door, &body, || phone.cancel().unwrap()), answer(&door, &body, || ())]
    });
    let enrol = || kit.phone.enrol(address.clone(), "ABCD2345".into());
    assert_eq!(enrol(), Err(CoreError::Cancelled));
    assert_eq!((kit.phone.rep(), kit.phone.server()), (Ok(None), Ok(None)), "what was granted was not taken");
    assert_eq!(enrol(), Ok(()), "a stop is for one call");
    assert!(kit.phone.rep().unwrap().is_some());
    assert_eq!(kit.phone.server(), Ok(Some(address.clone())));
    let [first, second] = server.join().unwrap();
    assert_eq!(second, first, "the code is burnt for this install alone: the same one asks again");
}

#[test]
fn a_server_that_is_silent_holds_nobody_who_stops() {
    let (kit, (address, door)) = (Kit::empty(), server());
    let phone = Arc::clone(&kit.phone);
    let silent = std::thread::spawn(move || {
        let asked = door.accept().unwrap();
        phone.cancel().unwrap();
        asked
    });
    let (tell, ended) = channel();
    let phone = Arc::clone(&kit.phone);
    let asking = std::thread::spawn(move || tell.send(phone.enrol(address, "ABCD2345".into())));
    // An answer is waited for half a minute.
    assert_eq!(ended.recv_timeout(Duration::from_secs(15)), Ok(Err(CoreError::Cancelled)));
    asking.join().unwrap().unwrap();
    drop(silent.join().unwrap());
}

#[test]
fn screens_go_on_while_a_server_lets_an_enrolment_wait() {
    let (kit, (address, door)) = (Kit::filled(), server());
    kit.phone.begin_visit(store(1)).unwrap();
    let asking = beside(&kit, move |phone| phone.enrol(address, "ABCD2345".into()));
    let _silent = door.accept().unwrap();
    let tapped = beside(&kit, |phone| -> Result<_, CoreError> {
        phone.today()?;
        phone.save_line(counted(5))?;
        Ok(phone.current_visit()?.map(|visit| visit.lines))
    });
    assert_eq!(tapped.recv_timeout(SOON), Ok(Ok(Some(vec![counted(5)]))), "before any answer is missed");
    kit.phone.cancel().unwrap();
    assert_eq!(asking.recv_timeout(SOON), Ok(Err(CoreError::Cancelled)));
}

/// A code hands the phone to another rep, while something is done on it.
fn handed_over(kit: &Kit, meanwhile: impl FnOnce(&RepPhone) + Send + 'static) -> Result<(), CoreError> {
    let (address, door) = server();
    let phone = Arc::clone(&kit.phone);
    let server = std::thread::spawn(move || answer(&door, &granted("ZY02", 1), || meanwhile(&phone)));
    let joined = kit.phone.enrol(address, "ABCD2345".into());
    server.join().unwrap();
    joined
}

#[test]
fn what_is_begun_while_the_server_is_asked_stops_a_hand_over() {
    let kit = Kit::filled();
    let joined = handed_over(&kit, |phone| {
        phone.begin_visit(store(1)).unwrap();
    });
    assert_eq!(joined, Err(conflict("visit_open")));
    assert_eq!(kit.phone.rep(), Ok(Some("ZY01".parse().unwrap())));
    assert!(kit.phone.current_visit().unwrap().is_some());
}

#[test]
fn whose_phone_it_is_now_is_seen_by_the_screens_at_once() {
    let kit = Kit::filled();
    assert_eq!(kit.phone.today().unwrap().stops.len(), 2);
    assert_eq!(handed_over(&kit, |_| ()), Ok(()));
    assert_eq!(kit.phone.rep(), Ok(Some("ZY02".parse().unwrap())));
    assert_eq!(kit.phone.today().unwrap().stops.len(), 0, "the route is another one's");
}

#[test]
fn another_companys_invitation_is_refused_before_anything_is_sent() {
    let (kit, (server, door)) = (Kit::filled(), server());
    kit.set("import_key", &key(1).to_string());
    door.set_nonblocking(true).unwrap();
    let invitation = Invitation { server, code: "ABCD2345".into(), key: key(2).fingerprint() };
    let (field, reason) = ("invitation".into(), "other_company".into());
    let refused = CoreError::InvalidInput { field, reason };
    assert_eq!(kit.phone.enrol_invited(invitation.to_string()), Err(refused));
    assert_eq!(door.accept().map(drop).map_err(|why| why.kind()), Err(ErrorKind::WouldBlock), "nobody came");
    assert_eq!(kit.setting("code_install"), None, "nothing was prepared either");
}

#[test]
fn a_server_of_another_company_takes_over_no_phone_by_a_typed_code() {
    let (kit, (address, door)) = (Kit::filled(), server());
    kit.set("import_key", &key(1).to_string());
    let server =
        std::thread::spawn(move || [2, 1].map(|company| answer(&door, &granted("ZY01", company), || ())));
    let enrol = || kit.phone.enrol(address.clone(), "ABCD2345".into());
    assert_eq!(enrol(), Err(CoreError::Unauthorized { reason: "other_company".into() }));
    assert_eq!((kit.setting("token"), kit.phone.server()), (None, Ok(None)), "nothing of it was taken");
    assert_eq!(kit.setting("import_key"), Some(key(1).to_string()));
    assert_eq!(enrol(), Ok(()), "its own is welcome");
    assert_eq!((kit.setting("token"), kit.phone.server()), (Some("new".into()), Ok(Some(address.clone()))));
    server.join().unwrap();
}
