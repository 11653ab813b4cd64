//! When: business dates, times of day and the ranges between them.
//! Clocks are elsewhere; which days are worked is `calendar`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The local date, in the company's time zone, to which work is booked (1-field 1.2).
///
/// Read from a text of ten characters only: a year beyond 9999 would be written in a form that no table reads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(pub NaiveDate);

impl BusinessDate {
    /// So many days later; stays at the last date that chrono knows.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        Self(self.0.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX))
    }

    /// So many days earlier; stays at the first date that chrono knows.
    #[must_use]
    pub fn minus_days(self, days: u32) -> Self {
        Self(self.0.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN))
    }

    /// Days from `earlier` to this date, negative if it lies after.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// 1 = Monday … 7 = Sunday.
    pub fn weekday(self) -> Weekday {
        Weekday(u8::try_from(self.0.weekday().number_from_monday()).unwrap_or(1))
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no date, time or range of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not `yyyy-mm-dd`, or no such day.
    #[error("not a date, like 2026-07-27")]
    Date,
    /// Not `hh:mm`.
    #[error("not a time, like 08:30")]
    Time,
    /// Not `hh:mm-hh:mm`, or it ends before it starts.
    #[error("not a range of times, like 08:30-11:30, that ends after it starts")]
    Range,
    /// Not 1…7.
    #[error("not a weekday from 1 (Monday) to 7 (Sunday)")]
    Weekday,
}

impl FromStr for BusinessDate {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if text.len() != 10 || !text.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(TimeError::Date);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| TimeError::Date)
    }
}

/// 1 = Monday … 7 = Sunday, as routes and calendars write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Weekday(u8);

impl Weekday {
    /// 1…7.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Weekday {
    type Error = TimeError;
    fn try_from(number: u8) -> Result<Self, TimeError> {
        if (1..=7).contains(&number) { Ok(Self(number)) } else { Err(TimeError::Weekday) }
    }
}

impl From<Weekday> for u8 {
    fn from(day: Weekday) -> u8 {
        day.0
    }
}

/// A local time of day to the minute, 00:00…23:59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// 00:00.
    pub const MIDNIGHT: Self = Self(0);

    /// `None` if there is no such time.
    pub fn new(hour: u16, minute: u16) -> Option<Self> {
        (hour < 24 && minute < 60).then(|| Self(hour * 60 + minute))
    }

    /// Minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (hour, minute) = text.split_once(':').ok_or(TimeError::Time)?;
        let two_digits = |part: &str| match part.len() {
            2 if part.bytes().all(|b| b.is_ascii_digit()) => part.parse().map_err(|_| TimeError::Time),
            _ => Err(TimeError::Time),
        };
        Self::new(two_digits(hour)?, two_digits(minute)?).ok_or(TimeError::Time)
    }
}

/// From one time to a later one of the same day; a time belongs to it from the start up to and with the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl TimeRange {
    /// `None` unless it ends after it starts.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Start.
    pub fn from(self) -> TimeOfDay {
        self.from
    }

    /// End.
    pub fn to(self) -> TimeOfDay {
        self.to
    }

    /// Whether the time lies inside, both ends included: 10:00 keeps a promise of 09:00–10:00.
    pub fn contains(self, time: TimeOfDay) -> bool {
        self.from <= time && time <= self.to
    }

    /// What both have in common, if it lasts.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// Of plain letters; the dash may be a double one, and the hours before ten may have one digit.
    fn typed(text: &str) -> Result<Self, TimeError> {
        let time =
            |text: &str| if text.len() == 4 { format!("0{text}").parse::<TimeOfDay>() } else { text.parse() };
        let (from, to) = text.split_once('-').ok_or(TimeError::Range)?;
        Self::new(time(from)?, time(to.trim_start_matches('-'))?).ok_or(TimeError::Range)
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for TimeRange {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let (from, to) = text.split_once('-').ok_or(TimeError::Range)?;
        Self::new(from.parse()?, to.parse()?).ok_or(TimeError::Range)
    }
}

/// Several ranges of one day (`08:30-11:30;14:00-18:00`), sorted; empty means that nothing is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TimeRanges(Vec<TimeRange>);

impl TimeRanges {
    /// Sorts what it is given.
    pub fn new(mut ranges: Vec<TimeRange>) -> Self {
        ranges.sort_unstable();
        Self(ranges)
    }

    /// As a person types them: a Chinese keyboard writes ８：３０——１１：３０；14：00～18：00；. Nothing typed = unknown hours.
    ///
    /// # Errors
    /// What is no time or no range even so.
    pub fn typed(text: &str) -> Result<Self, TimeError> {
        let plain = |letter: char| match letter {
            // Full width: so far behind their own in ASCII.
            '０'..='９' | '：' | '；' | '－' => {
                char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter)
            }
            '—' | '–' | '～' | '~' => '-',
            other => other,
        };
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).map(plain).collect();
        let ranges = text.split(';').filter(|range| !range.is_empty());
        ranges.map(TimeRange::typed).collect::<Result<_, _>>().map(Self::new)
    }

    /// In order of time.
    pub fn as_slice(&self) -> &[TimeRange] {
        &self.0
    }

    /// The windows in which a distributor can come and the store can receive (1-field 1.2 step 5). A store whose
    /// hours are unknown takes every window.
    #[must_use]
    pub fn within(&self, hours: &Self) -> Self {
        if hours.0.is_empty() {
            return self.clone();
        }
        Self::new(self.0.iter().flat_map(|a| hours.0.iter().filter_map(|b| a.intersect(*b))).collect())
    }
}

impl fmt::Display for TimeRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            write!(f, "{}{range}", if i > 0 { ";" } else { "" })?;
        }
        Ok(())
    }
}

impl FromStr for TimeRanges {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(';').map(str::parse).collect::<Result<_, _>>().map(Self::new)
    }
}

macro_rules! serde_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

serde_as_text!(BusinessDate, TimeOfDay, TimeRange, TimeRanges);

#[cfg(test)]
mod tests;
