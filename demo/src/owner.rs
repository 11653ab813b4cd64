//! Owners: how they answer. The probabilities are this file's constants and the demo's documentation.

use xundian_domain::{Pack, Units};

use crate::chance::Chance;

/// Of 1,000 suggestions so many are taken as they are…
const TAKES: u64 = 720;
/// …so many are changed by one pack, up or down; the rest are refused.
const CHANGES: u64 = 180;
/// Of 1,000 visits so many end without an order although something was suggested.
const NOTHING_TODAY: u64 = 60;
/// Of 1,000 must-sell or new SKUs that the shop does not carry so many are tried with one pack.
const TRIES: u64 = 60;
/// Of 1,000 empty shelves without a suggestion so many make the owner ask for a pack: he knows what he could sell.
const ASKS: u64 = 450;
/// Of 1,000 visits so many find a closed door.
const CLOSED: u64 = 12;
/// Of 1,000 deliveries so many lack a case of one line.
const SHORT: u64 = 30;
/// Of 1,000 deliveries so many are refused as not ordered.
const NOT_ORDERED: u64 = 3;
/// Of 1,000 deliveries so many come after their window.
const LATE: u64 = 40;
/// Of 1,000 deliveries so many are never reported.
const NOT_REPORTED: u64 = 8;
/// Of 1,000 deliveries so many have no owner's code.
const NO_CODE: u64 = 150;

/// What becomes of a visit before it begins.
pub fn finds_closed_door(chance: &mut Chance) -> bool {
    chance.per_mille(CLOSED)
}

/// Whether the owner wants nothing today.
pub fn wants_nothing(chance: &mut Chance) -> bool {
    chance.per_mille(NOTHING_TODAY)
}

/// What the owner wants of a suggestion, and the code of the reason if it is not the suggestion.
pub fn answers(chance: &mut Chance, suggested: Units, pack: Pack) -> (Units, Option<&'static str>) {
    let throw = chance.below(1000);
    if throw < TAKES {
        return (suggested, None);
    }
    if throw < TAKES + CHANGES {
        let more = chance.per_mille(500);
        let units = if more { suggested.0 + pack.get() } else { suggested.0.saturating_sub(pack.get()) };
        return (Units(units), Some(if more { "event_ahead" } else { "owner_wants_less" }));
    }
    (Units::ZERO, Some("owner_wants_less"))
}

/// Whether the owner takes a pack of something that has no suggestion and is not there; `sold_before` = he had it.
pub fn takes_unsuggested(chance: &mut Chance, sold_before: bool) -> bool {
    chance.per_mille(if sold_before { ASKS } else { TRIES })
}

/// How a delivery goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As promised.
    Well,
    /// A line is short.
    Short,
    /// The owner says that nobody ordered.
    NotOrdered,
    /// After the window.
    Late,
    /// Delivered, and the driver forgets to say so.
    NotReported,
}

/// How a delivery goes, and whether the owner says the code.
pub fn delivery(chance: &mut Chance) -> (Delivery, bool) {
    let throw = chance.below(1000);
    let borders = [
        (SHORT, Delivery::Short),
        (SHORT + NOT_ORDERED, Delivery::NotOrdered),
        (SHORT + NOT_ORDERED + LATE, Delivery::Late),
        (SHORT + NOT_ORDERED + LATE + NOT_REPORTED, Delivery::NotReported),
    ];
    let found = borders.iter().find(|(border, _)| throw < *border).map(|(_, delivery)| *delivery);
    (found.unwrap_or(Delivery::Well), !chance.per_mille(NO_CODE))
}
