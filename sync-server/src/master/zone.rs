//! Time zones by name. The rules of the trade know offsets only; the table lives here.

use chrono::{Offset, TimeZone};
use xundian_domain::stamp::{Millis, ZoneOffset};

/// The distance from UTC of a zone at a moment; `None` for a name that is in no table.
pub fn offset_of(name: &str, at: Millis) -> Option<ZoneOffset> {
    let zone: chrono_tz::Tz = name.parse().ok()?;
    let moment = zone.timestamp_millis_opt(at.0).single()?;
    ZoneOffset::new(moment.offset().fix().local_minus_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shanghai_is_eight_hours_ahead_and_nowhere_is_nowhere() {
        assert_eq!(offset_of("Asia/Shanghai", Millis(1_785_000_000_000)), Some(ZoneOffset::CHINA));
        assert_eq!(offset_of("Asia/Nowhere", Millis(0)), None);
    }
}
