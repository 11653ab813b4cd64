//! An enrolment that is stopped, before a server that answers as told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use xundian_ffi::CoreError;
use xundian_protocol::codec;
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::push::Standing;

use crate::kit::Kit;

/// Any code is good.
fn granted() -> Vec<u8> {
    let standing = Standing {
        epoch: uuid::Uuid::from_u128(1),
        acked_dseq: 0,
        durable_upto: 0,
        server_time: 1_785_114_000_000,
        push_records: 500,
    };
    let rep = "ZY01".parse().unwrap();
    let answer =
        HelloAnswer { token: "t".into(), rep, import_key: None, phone: None, closed: false, standing };
    codec::encode(&answer, SMALL_BYTES).unwrap()
}

/// Hears one request to its end and answers it; in between something happens. Gives what was asked.
fn answer(door: &TcpListener, meanwhile: impl FnOnce()) -> HelloRequest {
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
    let body = granted();
    write!(phone, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).unwrap();
    phone.write_all(&body).unwrap();
    codec::decode(&hello, SMALL_BYTES).unwrap()
}

#[test]
fn an_enrolment_that_is_stopped_leaves_the_phone_as_it_was_and_the_code_good() {
    let kit = Kit::empty();
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", door.local_addr().unwrap());
    let phone = Arc::clone(&kit.phone);
    let server =
        std::thread::spawn(move || [answer(&door, || phone.cancel().unwrap()), answer(&door, || ())]);
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
    let kit = Kit::empty();
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", door.local_addr().unwrap());
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
