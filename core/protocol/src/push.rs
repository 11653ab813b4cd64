//! `POST /v1/push`: facts on their way up, and the server's word about each (the contract, 3.3).

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xundian_domain::id::ReasonCode;
use xundian_domain::order_state::SheetNo;
use xundian_domain::owner_code::OwnerCode;
use xundian_domain::stamp::Stamp;
use xundian_domain::{BusinessDate, InstallId, OrderId, RecordId};

/// What a fact is. One that this program does not know keeps its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Kind {
    /// A visit at check-out.
    VisitClosed,
    /// A later version of an order.
    OrderAmended,
    /// An order taken back.
    OrderCancelled,
    /// A new outlet.
    StoreOpened,
    /// A note about a store.
    StoreNote,
    /// Whom to ask for in a store is another one.
    StoreContactChanged,
    /// The day summary.
    DayClosed,
    /// From a newer app.
    Unknown(String),
}

const KINDS: &[(Kind, &str)] = &[
    (Kind::VisitClosed, "visit_closed"),
    (Kind::OrderAmended, "order_amended"),
    (Kind::OrderCancelled, "order_cancelled"),
    (Kind::StoreOpened, "store_opened"),
    (Kind::StoreNote, "store_note"),
    (Kind::StoreContactChanged, "store_contact_changed"),
    (Kind::DayClosed, "day_closed"),
];

impl Kind {
    /// Every kind that this program knows.
    pub fn known() -> impl Iterator<Item = &'static Self> {
        KINDS.iter().map(|(kind, _)| kind)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => KINDS.iter().find(|(kind, _)| kind == known).map_or("", |(_, name)| name),
        }
    }
}

impl From<String> for Kind {
    fn from(name: String) -> Self {
        let known = KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| kind.clone());
        known.unwrap_or(Self::Unknown(name))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

/// What travels beside a fact: deletable, never hashed, in no export (1-field 1.10).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Private {
    /// 店主, of a changed contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// 收货人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// Of the receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 收货码, made for a new order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_code: Option<OwnerCode>,
    /// Position fixes `[lng, lat, accuracy in m]`, WGS-84: check-in and check-out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<(f64, f64, f32)>,
}

/// One fact in its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Place in the install's row, from 1, without gaps.
    pub dseq: u64,
    /// Its id.
    pub id: RecordId,
    /// What it is.
    pub kind: Kind,
    /// Version of the kind's schema.
    pub v: u32,
    /// The clocks at sealing.
    pub captured: Stamp,
    /// As sealed.
    pub date: BusinessDate,
    /// A string whose UTF-8 bytes are exactly the sealed bytes.
    pub body: String,
    /// Beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<Private>,
    /// Where its order went, as this server said before it was restored: it may stand on paper that the server has lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<Went>,
    /// Why this server had refused it, as it said before it was restored: what was decided is not decided anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<ReasonCode>,
    /// Why it waited for a person, as this server said before it was restored: the phone need not have heard what he said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldCode>,
}

/// Bytes of a body on the wire: it travels as a JSON string, in which quotes and what cannot be seen grow.
pub fn wire_len(body: &str) -> usize {
    let grown = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    body.bytes().map(grown).sum()
}

impl Record {
    /// Bytes on the wire before they are packed, with what travels beside the body and the comma after it.
    pub fn wire_len(&self) -> usize {
        let mut count = Count(1);
        match serde_json::to_writer(&mut count, self) {
            Ok(()) => count.0,
            Err(_) => usize::MAX,
        }
    }
}

/// Counts what is written.
struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A batch of facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PushRequest {
    /// Version of this message.
    pub proto: u32,
    /// Who pushes.
    pub install_id: InstallId,
    /// The server's epoch as the phone knows it; `None` before the first answer.
    pub epoch_seen: Option<Uuid>,
    /// The phone's clocks when it sent.
    pub now: Stamp,
    /// The highest place given so far: the phone is drained when the server has acknowledged it.
    pub last_dseq: u64,
    /// In order, without gaps.
    pub records: Vec<Record>,
}

/// A doubt that never rejects or holds an order (1-field 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Another price was valid on that date.
    PriceStale,
    /// Credit limit exceeded.
    OverCredit,
    /// More uses of a promotion than its cap.
    PromoCap,
    /// A SKU that the store's price list does not have.
    UnlistedSku,
    /// The time stands on the phone's word alone.
    ClockUnverified,
    /// A store that was not the rep's on that date.
    OutsideTerritory,
    /// The day's digest is another one here: the phone lists the day (`day`).
    DayDiffers,
}

/// Where the order of a fact went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Went {
    /// For the sheet of this day.
    Waiting {
        /// Delivery day.
        day: BusinessDate,
        /// By the late policy.
        #[serde(default)]
        late: bool,
    },
    /// On a difference sheet.
    Difference {
        /// Which.
        sheet: SheetNo,
    },
    /// The stop already has a result: nothing changes.
    AlreadyDelivered,
    /// It was cancelled in time.
    Cancelled,
}

/// The effect on one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OrderEffect {
    /// Which.
    pub order: OrderId,
    /// Where it went.
    pub went: Went,
    /// The day that was said, if another one had to be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<BusinessDate>,
}

/// The server's word about one record; it is kept with the id and repeated on replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// Stored and effective.
    Applied {
        /// What it did to an order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<OrderEffect>,
        /// Doubts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flags: Vec<Flag>,
    },
    /// Stored; waits for a parent.
    Parked {
        /// Which.
        missing: Uuid,
    },
    /// Stored; a person must look.
    Held {
        /// Why.
        code: HeldCode,
    },
    /// Same id, other bytes; or the id of an order or store that another fact made. The first stays, these are in
    /// quarantine.
    ConflictPayload,
    /// Not stored as a fact; its bytes are in quarantine.
    Rejected {
        /// Why: `undecodable`, `unauthorised` or `stale_base`.
        code: ReasonCode,
        /// The server's version of the order, for `stale_base`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        current: Option<u32>,
    },
}

/// Why a fact is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum HeldCode {
    /// This server does not know the kind yet.
    UnknownKind,
    /// No time within 14 days is possible.
    CaptureTime,
    /// The phone was revoked.
    RevokedDevice,
}

impl HeldCode {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownKind => "unknown_kind",
            Self::CaptureTime => "capture_time",
            Self::RevokedDevice => "revoked_device",
        }
    }
}

/// One record's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which record.
    pub id: RecordId,
    /// The first verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// It was known already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

/// What every answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Changes with every restore.
    pub epoch: Uuid,
    /// Everything up to here is committed.
    pub acked_dseq: u64,
    /// Everything up to here is in a confirmed backup.
    pub durable_upto: u64,
    /// Milliseconds since 1970 UTC.
    pub server_time: i64,
    /// Records that one push may hold; the phone takes the smaller of this and its own limit.
    #[serde(default = "most_records")]
    pub push_records: u32,
}

fn most_records() -> u32 {
    u32::try_from(crate::limits::PUSH_RECORDS).unwrap_or(u32::MAX)
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAnswer {
    /// Where the server stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// One per record, in the order of the request.
    pub verdicts: Vec<Answered>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_a_newer_app_keeps_its_name() {
        let kind: Kind = serde_json::from_str("\"store_dreamt\"").unwrap();
        assert_eq!(kind, Kind::Unknown("store_dreamt".to_owned()));
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"store_dreamt\"");
        assert_eq!(serde_json::to_string(&Kind::DayClosed).unwrap(), "\"day_closed\"");
    }

    #[test]
    fn a_body_has_the_length_that_it_has_on_the_wire() {
        for body in ["", "{}", "{\"a\":\"点\\n\"}", "tab\t line\n \u{1}"] {
            let text = serde_json::to_string(body).unwrap();
            assert!(wire_len(body) + 2 >= text.len(), "{text}");
        }
        assert_eq!(wire_len("{\"a\":1}") + 2, serde_json::to_string("{\"a\":1}").unwrap().len());
    }

    #[test]
    fn an_applied_verdict_is_one_short_object() {
        let answered = Answered {
            id: RecordId(Uuid::nil()),
            verdict: Verdict::Applied { order: None, flags: vec![] },
            replayed: false,
        };
        let text = serde_json::to_string(&answered).unwrap();
        assert_eq!(text, r#"{"id":"00000000-0000-0000-0000-000000000000","verdict":"applied"}"#);
        assert_eq!(serde_json::from_str::<Answered>(&text).unwrap(), answered);
    }
}
