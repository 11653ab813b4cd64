//! What many runs must have seen, or they show nothing of it: every operation, fault, verdict, doubt, refusal and end that
//! the simulated world can produce.

use crate::OpKind;
use crate::report::Counts;

/// Each is counted when it strikes.
const FAULTS: &[&str] = &[
    "request lost",
    "request cut",
    "request cut silently",
    "request delayed",
    "request doubled",
    "request doubled later",
    "answer lost after the commit",
    "answer cut",
    "answer cut silently",
    "phone slept between two requests",
    "server killed before the request",
    "server without power after the commit",
    "server lost its power",
    "server killed while writing",
    "server's disk full",
    "server's read failed",
    "server's write failed",
    "server's flush failed",
    "phone killed while writing",
    "phone lost its power",
    "phone's disk full",
    "phone's read failed",
    "phone's write failed",
    "phone's flush failed",
    "server restored",
    "server killed",
    "phone killed",
    "phone restored",
    "phone cloned",
    "phone reinstalled",
    "key lost",
    "app upgraded",
    "clock set",
    "phone started again",
    "days without signal",
    "photo cut",
    "photo piece torn",
    "photo piece spoilt",
    "photo files lost",
    "photo unknown to the restored server",
];

/// What office, distributors and clock do.
const OFFICE: &[&str] = &[
    "store moved",
    "store given to another distributor",
    "distributor's day changed",
    "rep absent",
    "office changed rows",
    "price withdrawn",
    "phone revoked",
    "held fact released",
    "held fact refused",
    "store approved",
    "store rejected",
    "sheet opened",
    "sheet accepted",
    "lost sheet made again",
    "slip pasted",
    "slip pasted again",
    "slip in doubt",
    "slip went ahead of its facts",
    "journal brought",
    "journal taken into the next phone",
    "clock's work between two requests",
    "sheet frozen between two requests",
    "ledger ended",
    "delivery ended",
    "order_state ended",
    "fact_state ended",
];

/// Every verdict of the protocol, finely enough, and every doubt.
const VERDICTS: &[&str] = &[
    "applied",
    "applied difference",
    "applied late",
    "applied already_delivered",
    "applied cancelled",
    "parked",
    "held unknown_kind",
    "held capture_time",
    "held revoked_device",
    "conflict_payload",
    "rejected undecodable",
    "rejected unauthorised",
    "rejected stale_base",
    "rejected refused",
    "flag PriceStale",
    "flag OverCredit",
    "flag PromoCap",
    "flag UnlistedSku",
    "flag ClockUnverified",
    "flag OutsideTerritory",
    "flag DayDiffers",
];

/// Every kind of fact took effect.
const KINDS: &[&str] = &[
    "visit_closed applied",
    "order_amended applied",
    "order_cancelled applied",
    "store_opened applied",
    "store_note applied",
    "store_contact_changed applied",
    "day_closed applied",
];

/// Not those that a phone of today never hears: it keeps to the limits (413), is new enough to pull (426) and knows the
/// doors (404). Should they come, they are counted.
const REFUSALS: &[&str] =
    &["400 Unreadable", "401 Token", "403 Revoked", "409 Gap", "409 Fork", "409 Epoch", "503 Busy"];

/// Ends of syncs; `Update` follows a 426 alone.
const ENDS: &[&str] = &["InStep", "Later", "EnrolAgain", "Puzzled", "Cancelled"];

/// What never came.
pub(crate) fn never(counts: &Counts) -> Vec<&'static str> {
    let operations = OpKind::ALL.iter().map(|(kind, _)| kind.name());
    let operations = operations.filter(|name| !counts.operations.contains_key(*name));
    let lists = [
        (FAULTS, &counts.faults),
        (OFFICE, &counts.office),
        (VERDICTS, &counts.verdicts),
        (KINDS, &counts.verdicts),
        (REFUSALS, &counts.refusals),
        (ENDS, &counts.ends),
    ];
    let others = lists
        .into_iter()
        .flat_map(|(names, seen)| names.iter().copied().filter(move |name| !seen.contains_key(*name)));
    operations.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::OrderId;
    use xundian_domain::order_state::SheetNo;
    use xundian_protocol::RefusalCode;
    use xundian_protocol::push::{Flag, HeldCode, Kind, OrderEffect, Verdict, Went};

    use super::*;
    use crate::line::name_of_refusal;
    use crate::phone::{flags_of, name_of};

    /// Every doubt: a new one does not compile before it has its place.
    fn next_flag(flag: Flag) -> Option<Flag> {
        match flag {
            Flag::PriceStale => Some(Flag::OverCredit),
            Flag::OverCredit => Some(Flag::PromoCap),
            Flag::PromoCap => Some(Flag::UnlistedSku),
            Flag::UnlistedSku => Some(Flag::ClockUnverified),
            Flag::ClockUnverified => Some(Flag::OutsideTerritory),
            Flag::OutsideTerritory => Some(Flag::DayDiffers),
            Flag::DayDiffers => None,
        }
    }

    /// Every refusal, likewise.
    fn next_refusal(code: RefusalCode) -> Option<RefusalCode> {
        match code {
            RefusalCode::Token => Some(RefusalCode::Revoked),
            RefusalCode::Revoked => Some(RefusalCode::Unreadable),
            RefusalCode::Unreadable => Some(RefusalCode::Gap),
            RefusalCode::Gap => Some(RefusalCode::Fork),
            RefusalCode::Fork => Some(RefusalCode::Epoch),
            RefusalCode::Epoch => Some(RefusalCode::Limit),
            RefusalCode::Limit => Some(RefusalCode::Upgrade),
            RefusalCode::Upgrade => Some(RefusalCode::Busy),
            RefusalCode::Busy => Some(RefusalCode::NotFound),
            RefusalCode::NotFound => None,
        }
    }

    /// Every way of an order, likewise.
    fn next_way(went: Went) -> Option<Went> {
        let day = "2026-07-28".parse().unwrap();
        let sheet = SheetNo { distributor: "D01".parse().unwrap(), day, difference: 1 };
        match went {
            Went::Waiting { late: false, .. } => Some(Went::Waiting { day, late: true }),
            Went::Waiting { late: true, .. } => Some(Went::Difference { sheet }),
            Went::Difference { .. } => Some(Went::AlreadyDelivered),
            Went::AlreadyDelivered => Some(Went::Cancelled),
            Went::Cancelled => None,
        }
    }

    #[test]
    fn every_verdict_and_doubt_of_the_protocol_must_come() {
        let flags = std::iter::successors(Some(Flag::PriceStale), |flag| next_flag(*flag)).collect();
        let none = Verdict::Applied { order: None, flags };
        let mut names: Vec<String> = flags_of(&none).chain([name_of(&none)]).collect();
        assert_eq!(names.len(), 8);
        let first = Went::Waiting { day: "2026-07-28".parse().unwrap(), late: false };
        for went in std::iter::successors(Some(first), |went| next_way(*went)) {
            let order = Some(OrderEffect { order: OrderId(Uuid::nil()), went, instead_of: None });
            names.push(name_of(&Verdict::Applied { order, flags: Vec::new() }));
        }
        for code in [HeldCode::UnknownKind, HeldCode::CaptureTime, HeldCode::RevokedDevice] {
            names.push(name_of(&Verdict::Held { code }));
        }
        for code in ["undecodable", "unauthorised", "stale_base", "refused"] {
            names.push(name_of(&Verdict::Rejected { code: code.parse().unwrap(), current: None }));
        }
        names
            .extend([Verdict::Parked { missing: Uuid::nil() }, Verdict::ConflictPayload].iter().map(name_of));
        let unlisted: Vec<_> = names.iter().filter(|name| !VERDICTS.contains(&name.as_str())).collect();
        assert!(unlisted.is_empty(), "{unlisted:?}");
        let unknown: Vec<_> =
            VERDICTS.iter().filter(|name| !names.iter().any(|known| known == **name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn every_kind_must_take_effect() {
        for name in KINDS {
            let kind = Kind::from(name.trim_end_matches(" applied").to_owned());
            assert!(!matches!(kind, Kind::Unknown(_)), "{name}");
        }
    }

    #[test]
    fn every_refusal_must_come_that_a_phone_of_today_can_hear() {
        let never_heard = [RefusalCode::Limit, RefusalCode::Upgrade, RefusalCode::NotFound];
        for code in std::iter::successors(Some(RefusalCode::Token), |code| next_refusal(*code)) {
            let name = name_of_refusal(code);
            assert_ne!(REFUSALS.contains(&name.as_str()), never_heard.contains(&code), "{name}");
        }
    }

    #[test]
    fn what_came_is_not_missed_and_everything_else_is() {
        let mut counts = Counts::default();
        let all = never(&counts);
        assert!(
            ["Visit", "request lost", "price withdrawn", "parked", "409 Fork", "InStep"]
                .iter()
                .all(|name| all.contains(name))
        );
        counts.operation("Visit");
        counts.refusal("409 Fork");
        let left: Vec<_> = all.into_iter().filter(|name| !["Visit", "409 Fork"].contains(name)).collect();
        assert_eq!(never(&counts), left);
    }
}
