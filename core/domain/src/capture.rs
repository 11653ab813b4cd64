//! 采集时间: when a fact was really captured, as the server judges it from the phone's clocks (3-sync 3.3).
//! The phone's own reading is `stamp`.

use crate::stamp::{Millis, Stamp};

/// A fact can be so old at receipt, in milliseconds: 14 days.
pub const OLDEST_MS: i64 = 14 * 86_400_000;
/// A clock may run ahead so far before its time is impossible, in milliseconds.
const AHEAD_MS: i64 = 5 * 60_000;

/// The server's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Captured {
    /// When.
    pub at: Millis,
    /// It stands on the phone's word alone (`clock_unverified`).
    pub unverified: bool,
}

/// Judges a capture time from the clocks at capture, the clocks when the request was sent, and its receipt: within
/// one boot by the monotonic clock, else wall + offset, else the wall clock clamped into [`previous`, `receipt`].
pub fn capture_time(captured: &Stamp, sent: &Stamp, receipt: Millis, previous: Option<Millis>) -> Captured {
    let age = sent.mono_ms.saturating_sub(captured.mono_ms);
    if captured.boot == sent.boot && age >= 0 {
        return Captured { at: Millis(receipt.0.saturating_sub(age)), unverified: false };
    }
    if let Some(offset) = captured.server_offset_ms {
        let at = captured.wall.0.saturating_add(offset);
        return Captured { at: Millis(at.min(receipt.0)), unverified: false };
    }
    let earliest = previous.map_or(i64::MIN, |at| at.0.min(receipt.0));
    Captured { at: Millis(captured.wall.0.clamp(earliest, receipt.0)), unverified: true }
}

/// Whether a fact can have been captured then; one that cannot is held for a person.
pub fn is_possible(at: Millis, receipt: Millis) -> bool {
    let age = receipt.0.saturating_sub(at.0);
    (-AHEAD_MS..=OLDEST_MS).contains(&age)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_785_000_000_000;

    fn stamp(wall: i64, mono_ms: i64, boot: u128, server_offset_ms: Option<i64>) -> Stamp {
        Stamp { wall: Millis(wall), mono_ms, boot: Uuid::from_u128(boot), server_offset_ms }
    }

    #[test]
    fn case_14_a_clock_set_back_a_day_does_not_move_the_fact() {
        let captured = stamp(NOW - DAY, 1_000, 1, None);
        let sent = stamp(NOW - DAY + 60_000, 61_000, 1, None);
        let judged = capture_time(&captured, &sent, Millis(NOW), None);
        assert_eq!(judged, Captured { at: Millis(NOW - 60_000), unverified: false });
    }

    #[test]
    fn after_a_reboot_the_last_known_offset_counts() {
        let captured = stamp(NOW - 2 * DAY, 1_000, 1, Some(DAY));
        let judged = capture_time(&captured, &stamp(NOW, 5, 2, None), Millis(NOW), None);
        assert_eq!(judged, Captured { at: Millis(NOW - DAY), unverified: false });
    }

    #[test]
    fn case_14_a_bare_wall_clock_stays_behind_the_fact_before_it_and_is_flagged() {
        let previous = Some(Millis(NOW - 3_600_000));
        let captured = stamp(NOW - DAY, 1_000, 1, None);
        let judged = capture_time(&captured, &stamp(NOW, 5, 2, None), Millis(NOW), previous);
        assert_eq!(judged, Captured { at: Millis(NOW - 3_600_000), unverified: true });
    }

    #[test]
    fn what_is_older_than_two_weeks_or_from_tomorrow_is_impossible() {
        assert!(is_possible(Millis(NOW - 13 * DAY), Millis(NOW)));
        assert!(!is_possible(Millis(NOW - 15 * DAY), Millis(NOW)));
        assert!(!is_possible(Millis(NOW + DAY), Millis(NOW)));
    }

    proptest! {
        #[test]
        fn nothing_was_captured_after_its_receipt(wall in -DAY..DAY, mono in 0..DAY, boot in 0u128..2, offset in prop::option::of(-DAY..DAY)) {
            let captured = stamp(NOW + wall, mono, boot, offset);
            let judged = capture_time(&captured, &stamp(NOW, DAY, 0, None), Millis(NOW), None);
            prop_assert!(judged.at.0 <= NOW);
        }
    }
}
