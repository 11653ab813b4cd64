//! Good frames of every message, spoilt: bits flipped, bytes cut out, parts of other messages spliced in, parts repeated; on the
//! wire, and under the compression, where no checksum stands in front of the reader.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{BusinessDate, InstallId, OrderId, RecordId};
use xundian_protocol::blobs::{HaveAnswer, HaveRequest};
use xundian_protocol::codec::{self, CodecError, Effort};
use xundian_protocol::day::{DayAnswer, DayRequest};
use xundian_protocol::hello::{Grant, HelloAgain, HelloAnswer, HelloRequest, PhoneRoot};
use xundian_protocol::limits::{PULL_BYTES, PUSH_BYTES, SMALL_BYTES};
use xundian_protocol::pull::{Page, PullAnswer};
use xundian_protocol::push::{Answered, Flag, HeldCode, OrderEffect, Private, Standing, Verdict, Went};
use xundian_protocol::{Kind, PROTO, PushAnswer, PushRequest, Record, Refusal, RefusalCode};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A message as its sender makes it, and as its receiver reads it.
struct Door {
    json: Vec<u8>,
    limit: usize,
    /// Gives what was read as JSON again.
    read: fn(&[u8], usize) -> Result<Vec<u8>, CodecError>,
}

fn door<T: Serialize + DeserializeOwned>(message: &T, limit: usize) -> Outcome<Door> {
    Ok(Door { json: serde_json::to_vec(message)?, limit, read: read_as::<T> })
}

fn read_as<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    Ok(serde_json::to_vec(&codec::decode::<T>(bytes, limit)?)?)
}

const INSTALL: InstallId = InstallId(Uuid::from_u128(1));
const FACT: RecordId = RecordId(Uuid::from_u128(2));
const NOW: i64 = 1_785_110_400_000;
const STAMP: Stamp =
    Stamp { wall: Millis(NOW), mono_ms: 5, boot: Uuid::from_u128(3), server_offset_ms: Some(-7) };
const STANDING: Standing = Standing {
    epoch: Uuid::from_u128(4),
    acked_dseq: 41,
    durable_upto: 40,
    server_time: NOW,
    push_records: 500,
};

fn push(date: BusinessDate) -> PushRequest {
    let private = Private { receiver: Some("李".into()), phone: Some("138".into()), ..Private::default() };
    let record = Record {
        dseq: 41,
        id: FACT,
        kind: Kind::VisitClosed,
        v: 1,
        captured: STAMP,
        date,
        body: "{\"店\":[1,2],\"end\":\"\\n\"}".into(),
        private: Some(private),
        went: Some(Went::AlreadyDelivered),
        refused: "stale_base".parse().ok(),
        held: Some(HeldCode::CaptureTime),
    };
    let kind = Kind::Unknown("store_dreamt".into());
    let other = Record { dseq: 42, kind, private: None, ..record.clone() };
    PushRequest {
        proto: PROTO,
        install_id: INSTALL,
        epoch_seen: Some(STANDING.epoch),
        now: STAMP,
        last_dseq: 42,
        records: vec![record, other],
    }
}

fn pushed(date: BusinessDate) -> PushAnswer {
    let order = Some(OrderEffect {
        order: OrderId(FACT.0),
        went: Went::Waiting { day: date, late: true },
        instead_of: Some(date),
    });
    let said = [
        Verdict::Applied { order, flags: vec![Flag::PriceStale, Flag::DayDiffers] },
        Verdict::Parked { missing: FACT.0 },
        Verdict::Held { code: HeldCode::CaptureTime },
        Verdict::ConflictPayload,
    ];
    let verdicts = said.into_iter().map(|verdict| Answered { id: FACT, verdict, replayed: true }).collect();
    PushAnswer { standing: STANDING, verdicts }
}

fn pulled() -> Outcome<PullAnswer> {
    let row = ("QD02/1".to_owned(), RawValue::from_string("{\"name\":\"店\",\"n\":[1,null]}".to_owned())?);
    let page = Page {
        scope: "rep/ZY01".into(),
        reset: true,
        end: true,
        dropped: false,
        put: BTreeMap::from([("store".to_owned(), vec![row])]),
        delete: BTreeMap::from([("ledger".to_owned(), vec!["gone".to_owned()])]),
        cursor: "Y3Vyc29y".into(),
    };
    Ok(PullAnswer { standing: STANDING, pages: vec![page], more: true })
}

/// A renewal at a server that has lost the install, and its answer.
fn hello() -> Outcome<(HelloRequest, HelloAnswer)> {
    let phone = PhoneRoot { root: INSTALL, since: Millis(7) };
    let was = Grant { public_key: "a2V5".into(), rep: "ZY01".parse()?, phone, before: vec![INSTALL] };
    let hello = HelloRequest {
        proto: PROTO,
        install_id: INSTALL,
        public_key: "a2V5".into(),
        code: "ABCDEFGH".into(),
        renew: Some(INSTALL),
        was: Some(was),
    };
    let granted = HelloAnswer {
        token: "dG9rZW4".into(),
        rep: "ZY01".parse()?,
        import_key: Some("a2V5".into()),
        phone: Some(phone),
        closed: true,
        standing: STANDING,
    };
    Ok((hello, granted))
}

/// How many messages there are.
const DOORS: usize = 11;

/// Every message of the contract.
fn doors() -> Outcome<[Door; DOORS]> {
    let date: BusinessDate = "2026-07-27".parse()?;
    let (hello, granted) = hello()?;
    let sha256 = vec!["ab".repeat(32), "cd".repeat(32)];
    let have = HaveAnswer { missing: sha256.clone(), offsets: vec![0, 65_536], standing: Some(STANDING) };
    let facts = vec![(FACT, "ab".repeat(32)), (FACT, "cd".repeat(32))];
    let refusal = Refusal {
        acked_dseq: Some(41),
        epoch: Some(STANDING.epoch),
        retry_after_s: Some(30),
        ..Refusal::new(RefusalCode::Epoch, "the server was restored")
    };
    Ok([
        door(&push(date), PUSH_BYTES)?,
        door(&pushed(date), PUSH_BYTES)?,
        door(&hello, SMALL_BYTES)?,
        door(&granted, SMALL_BYTES)?,
        door::<HelloAgain>(&STANDING, SMALL_BYTES)?,
        door(&DayRequest { date, facts }, PUSH_BYTES)?,
        door(&DayAnswer { standing: STANDING, missing: vec![FACT] }, PUSH_BYTES)?,
        door(&pulled()?, PULL_BYTES)?,
        door(&HaveRequest { sha256 }, SMALL_BYTES)?,
        door(&have, SMALL_BYTES)?,
        door(&refusal, SMALL_BYTES)?,
    ])
}

#[test]
fn every_good_frame_is_read_as_what_was_written() -> Outcome<()> {
    for door in doors()? {
        let frame = codec::compress(&door.json, Effort::Phone)?;
        assert_eq!((door.read)(&frame, door.limit)?, door.json);
        assert!(matches!((door.read)(&frame, door.json.len() - 1), Err(CodecError::TooLarge { .. })));
    }
    Ok(())
}

/// One thing that happens to bytes; where it happens is counted round.
#[derive(Debug, Clone)]
enum Harm {
    Flip { at: usize, bit: u32 },
    Cut { at: usize, length: usize },
    Splice { at: usize, other: usize, from: usize, length: usize },
    Repeat { at: usize, length: usize, times: usize },
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = any::<usize>;
    prop_oneof![
        (place(), 0u32..8).prop_map(|(at, bit)| Harm::Flip { at, bit }),
        (place(), 1usize..200).prop_map(|(at, length)| Harm::Cut { at, length }),
        (place(), 0..DOORS, place(), 1usize..200).prop_map(|(at, other, from, length)| Harm::Splice {
            at,
            other,
            from,
            length
        }),
        (place(), 1usize..200, 1usize..400).prop_map(|(at, length, times)| Harm::Repeat {
            at,
            length,
            times
        }),
    ]
}

/// The bytes from a place on, at most so many.
fn part(bytes: &[u8], at: usize, length: usize) -> std::ops::Range<usize> {
    let at = at % (bytes.len() + 1);
    at..bytes.len().min(at + length)
}

fn spoil(bytes: &mut Vec<u8>, harm: &Harm, others: &[Vec<u8>]) {
    match *harm {
        Harm::Flip { at, bit } => {
            let range = part(bytes, at, 1);
            bytes[range].iter_mut().for_each(|byte| *byte ^= 1 << bit);
        }
        Harm::Cut { at, length } => {
            let range = part(bytes, at, length);
            drop(bytes.drain(range));
        }
        Harm::Splice { at, other, from, length } => {
            let (at, other) = (part(bytes, at, 0).start, &others[other]);
            drop(bytes.splice(at..at, other[part(other, from, length)].to_vec()));
        }
        Harm::Repeat { at, length, times } => {
            let range = part(bytes, at, length);
            let again = bytes[range.clone()].repeat(times);
            drop(bytes.splice(range.start..range.start, again));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn a_spoilt_frame_is_a_message_within_its_limit_or_a_typed_error(
        n in 0..DOORS,
        harms in proptest::collection::vec(harm(), 1..4),
        under_the_compression in any::<bool>(),
    ) {
        let doors = doors().unwrap();
        let packed = |json: &[u8]| codec::compress(json, Effort::Phone).unwrap();
        let made = |door: &Door| if under_the_compression { door.json.clone() } else { packed(&door.json) };
        let (others, door) = (doors.iter().map(made).collect::<Vec<_>>(), &doors[n]);
        let mut bytes = others[n].clone();
        harms.iter().for_each(|harm| spoil(&mut bytes, harm, &others));
        let frame = if under_the_compression { packed(&bytes) } else { bytes };
        if let Ok(json) = codec::decompress(&frame, door.limit) {
            prop_assert!(json.len() <= door.limit);
        }
        // What was taken for a message is one: it can be said again, and is read as the same.
        if let Ok(said) = (door.read)(&frame, door.limit) {
            prop_assert_eq!((door.read)(&packed(&said), PULL_BYTES).ok(), Some(said));
        }
    }
}
