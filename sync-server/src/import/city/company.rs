//! company.csv: one value per key.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use xundian_domain::Fen;
use xundian_domain::settings::{ClassSuggestion, CompanySettings, PHOTO_KEEP_DAYS, SuggestionSettings};
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::StoreClass;
use xundian_domain::suggestion::base_stock::ServiceLevel;
use xundian_domain::suggestion::{Coefficient, PolicyKind};
use xundian_domain::time::Weekday;

use super::super::{FileError, Reject, Rows, Table};
use super::City;
use super::words::hundredths;

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["key", "value"])?;
    let values = rows.read(|row| {
        row.unique(&["key"])?;
        Some((row.text("key").to_owned(), (row.number, row.text("value").to_owned())))
    });
    city.done(table, rows);
    let mut values = Values { file: &table.file, values: values.into_iter().collect(), rejects: Vec::new() };
    let settings = settings(&mut values);
    let weekdays: Option<Vec<Weekday>> = values.read("working_weekdays", |text| {
        text.split('|').map(|n| n.parse::<u8>().ok().and_then(|n| Weekday::try_from(n).ok())).collect()
    });
    city.rejects.append(&mut values.rejects);
    if let (Some(settings), Some(weekdays)) = (settings, weekdays) {
        city.known.company_weekdays = weekdays.into_iter().collect();
        city.put((), &settings);
    }
    Ok(())
}

fn settings(values: &mut Values<'_>) -> Option<CompanySettings> {
    let zone_name: Option<String> = values.parsed("time_zone");
    let zone = values.read("time_zone", |name| {
        // Summer time would need a date; the offset is brought up to date by every import.
        let zone: chrono_tz::Tz = name.parse().ok()?;
        crate::master::offset_of(zone.name(), xundian_domain::stamp::Millis(1_785_000_000_000))
    });
    let hundredths_of = values.read("coefficient_default", hundredths);
    // Everything is read before the first `?`, so that all bad values are named at once.
    let company_no = values.parsed("company_no");
    let name = values.parsed("name");
    let week_anchor = values.parsed("week_anchor");
    let rounding = values.parsed("rounding");
    let mut number = |key| values.parsed::<u32>(key);
    let cycle_days_default = number("cycle_days_default");
    let promise_max_days = number("promise_max_days");
    let count_list_weeks = number("count_list_weeks");
    let expiry_ask_days = number("expiry_ask_days");
    let handling_days = number("handling_days");
    let owner_code_tries = number("owner_code_tries");
    let same_share_alert_pct = number("same_share_alert_pct");
    let photo_keep_days =
        if values.has("photo_keep_days") { values.parsed("photo_keep_days") } else { Some(PHOTO_KEEP_DAYS) };
    let suggestion = suggestion(values);
    Some(CompanySettings {
        company_no: company_no?,
        name: name?,
        time_zone: zone_name?,
        zone: zone.unwrap_or(ZoneOffset::CHINA),
        week_anchor: week_anchor?,
        cycle_days_default: cycle_days_default?,
        coefficient_default: Coefficient(hundredths_of?),
        rounding: rounding?,
        promise_max_days: promise_max_days?,
        count_list_weeks: count_list_weeks?,
        expiry_ask_days: expiry_ask_days?,
        handling_days: handling_days?,
        owner_code_tries: owner_code_tries?,
        same_share_alert_pct: same_share_alert_pct?,
        photo_keep_days: photo_keep_days?,
        suggestion: suggestion?,
    })
}

/// `suggestion_policy` and `service_level` (hundredths: .95), for all classes and with `_A` … `_D` for one. Instead of a level
/// `margin` and `holding` (yuan per unit) may be given, from which it follows. `event_prior` is the company's alone.
fn suggestion(values: &mut Values<'_>) -> Option<SuggestionSettings> {
    fn optional<T>(
        values: &mut Values<'_>,
        key: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        if values.has(key) { values.read(key, read).map(Some) } else { Some(None) }
    }
    let policy = |text: &str| text.parse::<PolicyKind>().ok();
    fn service(values: &mut Values<'_>, of: &str) -> Option<Option<ServiceLevel>> {
        let level = |text: &str| ServiceLevel::new(u16::try_from(hundredths(text)?.checked_mul(10)?).ok()?);
        let (margin, holding) = (format!("margin{of}"), format!("holding{of}"));
        if values.has(&margin) || values.has(&holding) {
            if values.has(&format!("service_level{of}")) {
                // Which of the two is meant only the office can say.
                return values.read(&margin, |_| None);
            }
            let earned: Fen = values.parsed(&margin)?;
            let following = |text: &str| ServiceLevel::from_margin(earned, text.parse().ok()?);
            return values.read(&holding, following).map(Some);
        }
        optional(values, &format!("service_level{of}"), level)
    }
    let usual = SuggestionSettings::default();
    let mut classes = BTreeMap::new();
    for class in StoreClass::ALL {
        let own = ClassSuggestion {
            policy: optional(values, &format!("suggestion_policy_{class}"), policy)?,
            service: service(values, &format!("_{class}"))?,
        };
        if own != ClassSuggestion::default() {
            classes.insert(*class, own);
        }
    }
    Some(SuggestionSettings {
        policy: optional(values, "suggestion_policy", policy)?.unwrap_or(usual.policy),
        service: service(values, "")?.unwrap_or(usual.service),
        events: optional(values, "event_prior", |text| text.parse().ok())?.unwrap_or_default(),
        classes,
    })
}

struct Values<'a> {
    file: &'a str,
    values: BTreeMap<String, (u32, String)>,
    rejects: Vec<Reject>,
}

impl Values<'_> {
    fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        self.read(key, |text| text.parse().ok())
    }

    fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    fn read<T>(&mut self, key: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (row, value) = self.values.get(key).cloned().unwrap_or_default();
        let found = read(&value);
        if found.is_none() {
            let reason = if row == 0 { "is missing" } else { "cannot be read" };
            self.rejects.push(Reject {
                file: self.file.to_owned(),
                row,
                column: key.to_owned(),
                value,
                reason: reason.to_owned(),
            });
        }
        found
    }
}
