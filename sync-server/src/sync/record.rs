//! A pushed record, read before it comes near the database: its hash, and what its body says.

use sha2::{Digest, Sha256};
use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::store::StoreOpened;
use xundian_domain::store_word::{StoreContactChanged, StoreNoted};
use xundian_domain::visit::Visit;
use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::{OrderId, StoreId};
use xundian_protocol::push::{Kind, Record};

/// What the body says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A visit.
    Visit(Box<Visit>),
    /// A later version of an order.
    Amended(Box<OrderAmended>),
    /// An order taken back.
    Cancelled(OrderCancelled),
    /// A new outlet.
    StoreOpened(Box<StoreOpened>),
    /// A note about a store.
    StoreNoted(StoreNoted),
    /// Another contact of a store.
    StoreContactChanged(StoreContactChanged),
    /// The day's summary.
    DayClosed(Box<DayClosed>),
    /// A kind or version of a newer app.
    Unknown,
    /// Not what its kind says.
    Undecodable(String),
}

/// A record with what can be known without the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// As it came.
    pub record: Record,
    /// SHA-256 of the body's bytes.
    pub hash: [u8; 32],
    /// What it says.
    pub content: Content,
}

/// The newest schema of every kind that this server knows.
const SCHEMA: u32 = 1;

/// Whether this server knows records of this kind and version.
pub(super) fn knows(kind: &Kind, version: u32) -> bool {
    version <= SCHEMA && !matches!(kind, Kind::Unknown(_))
}

/// Reads records; a body that cannot be read is a content of its own, never the end of the batch.
pub fn parse(records: Vec<Record>) -> Vec<Parsed> {
    let parse_one = |record: Record| {
        let hash = Sha256::digest(record.body.as_bytes()).into();
        let content = parse_kept(&record.kind, record.v, &record.body);
        Parsed { record, hash, content }
    };
    records.into_iter().map(parse_one).collect()
}

/// What kept bytes say.
pub(crate) fn parse_kept(kind: &Kind, version: u32, body: &str) -> Content {
    fn read<'a, T: serde::Deserialize<'a>>(body: &'a str, wrap: impl Fn(T) -> Content) -> Content {
        serde_json::from_str(body).map_or_else(|why| Content::Undecodable(why.to_string()), wrap)
    }
    match kind {
        kind if !knows(kind, version) => Content::Unknown,
        Kind::VisitClosed => read(body, |visit: Visit| {
            let fits = |order: &Order| order.store == visit.store && order.is_countable();
            let fits = visit.is_bounded() && visit.order().is_none_or(fits);
            fitting(fits, Content::Visit(Box::new(visit)))
        }),
        Kind::OrderAmended => read(body, |amended: OrderAmended| {
            fitting(amended.order.is_countable(), Content::Amended(Box::new(amended)))
        }),
        Kind::OrderCancelled => read(body, Content::Cancelled),
        Kind::StoreOpened => read(body, |opened: StoreOpened| {
            fitting(opened.is_bounded(), Content::StoreOpened(Box::new(opened)))
        }),
        Kind::StoreNote => {
            read(body, |noted: StoreNoted| fitting(noted.is_bounded(), Content::StoreNoted(noted)))
        }
        Kind::StoreContactChanged => read(body, Content::StoreContactChanged),
        Kind::DayClosed => read(body, |closed| Content::DayClosed(Box::new(closed))),
        Kind::Unknown(_) => Content::Unknown,
    }
}

/// Numbers that no order has would break the sums of a sheet, an order for another store than its visit's would stand on a
/// sheet where nobody looks for it, and lists and notes that no screen can make would fill the phones of others: they are
/// not to suffer from any of them.
fn fitting(fits: bool, content: Content) -> Content {
    if fits { content } else { Content::Undecodable("more than a screen can make".to_owned()) }
}

impl Content {
    /// The order that begins with it.
    pub fn new_order(&self) -> Option<OrderId> {
        match self {
            Self::Visit(visit) => visit.order().map(|order| order.id),
            _ => None,
        }
    }

    /// The store it is about.
    pub fn store(&self) -> Option<StoreId> {
        match self {
            Self::Visit(visit) => Some(visit.store),
            Self::Amended(amended) => Some(amended.order.store),
            Self::StoreOpened(opened) => Some(opened.id),
            Self::StoreNoted(noted) => Some(noted.store),
            Self::StoreContactChanged(changed) => Some(changed.store),
            Self::Cancelled(_) | Self::DayClosed(_) | Self::Unknown | Self::Undecodable(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::RecordId;
    use xundian_domain::stamp::{Millis, Stamp};

    use super::*;

    fn record(kind: &str, v: u32, body: &str) -> Record {
        let captured = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
        let date = "2026-07-27".parse().unwrap();
        let kind = Kind::from(kind.to_owned());
        Record {
            dseq: 1,
            id: RecordId(Uuid::nil()),
            kind,
            v,
            captured,
            date,
            body: body.into(),
            private: None,
            went: None,
            refused: None,
            held: None,
        }
    }

    #[test]
    fn one_bad_body_does_not_spoil_its_batch() {
        let good = r#"{"base_version":1,"order":"00000000-0000-0000-0000-000000000001","reason":"owner"}"#;
        let parsed = parse(vec![record("visit_closed", 1, "{nonsense"), record("order_cancelled", 1, good)]);
        assert!(matches!(parsed[0].content, Content::Undecodable(_)));
        assert!(matches!(parsed[1].content, Content::Cancelled(_)));
    }

    #[test]
    fn a_newer_kind_or_version_is_unknown_and_not_undecodable() {
        let parsed = parse(vec![record("store_dreamt", 1, "?"), record("visit_closed", 2, "?")]);
        assert!(parsed.iter().all(|record| record.content == Content::Unknown));
    }
}
