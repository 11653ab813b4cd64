//! When something was captured, as the phone saw it, and on which business date that falls (1-field 1.2).
//! The server's own reading of a capture time is 3-sync 3.3.

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::{BusinessDate, TimeOfDay};

/// A moment as milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// The clocks of a phone at one moment. On the wire `[wall, mono, boot, offset]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[serde(from = "StampRow", into = "StampRow")]
pub struct Stamp {
    /// The phone's wall clock, which its owner can set.
    pub wall: Millis,
    /// Milliseconds since boot, which nobody can set.
    pub mono_ms: i64,
    /// Which boot `mono_ms` belongs to.
    pub boot: Uuid,
    /// Server time − wall, as last known in this boot; `None` = no contact since boot.
    pub server_offset_ms: Option<i64>,
}

type StampRow = (Millis, i64, Uuid, Option<i64>);

impl From<StampRow> for Stamp {
    fn from((wall, mono_ms, boot, server_offset_ms): StampRow) -> Self {
        Self { wall, mono_ms, boot, server_offset_ms }
    }
}

impl From<Stamp> for StampRow {
    fn from(stamp: Stamp) -> Self {
        (stamp.wall, stamp.mono_ms, stamp.boot, stamp.server_offset_ms)
    }
}

impl Stamp {
    /// The best reading of the true time: wall + offset, or the bare wall clock.
    pub fn estimate(&self) -> Millis {
        Millis(self.wall.0.saturating_add(self.server_offset_ms.unwrap_or(0)))
    }

    /// Whether the time stands on the phone's word alone (`clock_unverified`).
    pub fn is_unverified(&self) -> bool {
        self.server_offset_ms.is_none()
    }

    /// The business date in the company's time zone.
    pub fn business_date(&self, zone: ZoneOffset) -> BusinessDate {
        zone.date(self.estimate())
    }
}

/// The company's distance from UTC on a date. Rules of time zones with summer time belong to the room that has a
/// zone table; China has one offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneOffset {
    /// East is positive.
    seconds_east: i32,
}

impl ZoneOffset {
    /// 中国标准时间, UTC+8.
    pub const CHINA: Self = Self { seconds_east: 8 * 3600 };

    /// `None` beyond ±24 h.
    pub fn new(seconds_east: i32) -> Option<Self> {
        FixedOffset::east_opt(seconds_east).map(|_| Self { seconds_east })
    }

    /// The local date of a moment.
    pub fn date(self, at: Millis) -> BusinessDate {
        BusinessDate(self.local(at).date_naive())
    }

    /// The local time of day of a moment, to the minute.
    pub fn time_of_day(self, at: Millis) -> TimeOfDay {
        use chrono::Timelike;
        let local = self.local(at);
        let part = |n: u32| u16::try_from(n).unwrap_or(0);
        TimeOfDay::new(part(local.hour()), part(local.minute())).unwrap_or(TimeOfDay::MIDNIGHT)
    }

    /// The moment of a local date and time of day.
    pub fn moment(self, date: BusinessDate, time: TimeOfDay) -> Millis {
        let midnight = date.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Millis(midnight + i64::from(time.minutes()) * 60_000 - i64::from(self.seconds_east) * 1000)
    }

    fn local(self, at: Millis) -> DateTime<Utc> {
        // Shifted, so that the "UTC" fields read as local ones; years that no date can be written in stay at the epoch.
        DateTime::from_timestamp_millis(at.0.saturating_add(i64::from(self.seconds_east) * 1000))
            .filter(|local| (1..=9999).contains(&local.year()))
            .unwrap_or(DateTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stamp(wall: i64, offset: Option<i64>) -> Stamp {
        Stamp { wall: Millis(wall), mono_ms: 5, boot: Uuid::nil(), server_offset_ms: offset }
    }

    #[test]
    fn a_clock_beyond_all_years_gives_a_date_that_can_be_written() {
        for wall in [i64::MIN, -1_000_000_000_000_000, 1_000_000_000_000_000, i64::MAX] {
            let date = ZoneOffset::CHINA.date(Millis(wall));
            assert_eq!(date.to_string().parse(), Ok(date), "{wall}");
        }
    }

    #[test]
    fn a_clock_set_back_a_day_still_gives_the_true_date() {
        let noon = ZoneOffset::CHINA.moment("2026-07-27".parse().unwrap(), "12:00".parse().unwrap());
        let day = 86_400_000;
        let set_back = stamp(noon.0 - day, Some(day));
        assert_eq!(set_back.business_date(ZoneOffset::CHINA).to_string(), "2026-07-27");
        assert!(!set_back.is_unverified());
        assert!(stamp(noon.0 - day, None).is_unverified());
    }

    #[test]
    fn stamps_travel_as_a_row() {
        let json = serde_json::to_string(&stamp(7, Some(-2))).unwrap();
        assert_eq!(json, r#"[7,5,"00000000-0000-0000-0000-000000000000",-2]"#);
        assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap(), stamp(7, Some(-2)));
    }

    proptest! {
        #[test]
        fn a_local_time_and_its_moment_are_the_same(day in 0u32..20_000, minute in 0u16..1440) {
            let date = "2000-01-01".parse::<BusinessDate>().unwrap().plus_days(day);
            let time = TimeOfDay::new(minute / 60, minute % 60).unwrap();
            let at = ZoneOffset::CHINA.moment(date, time);
            prop_assert_eq!(ZoneOffset::CHINA.date(at), date);
            prop_assert_eq!(ZoneOffset::CHINA.time_of_day(at), time);
        }

        #[test]
        fn no_moment_panics(at in any::<i64>()) {
            ZoneOffset::CHINA.date(Millis(at));
            ZoneOffset::CHINA.time_of_day(Millis(at));
        }
    }
}
