//! events.csv and targets.csv: what is expected of the market, and of people. The server keeps them for what it learns
//! (`learning`) and for the scorecards; phones pull events with what was learnt of them.

use serde::{Deserialize, Serialize};
use xundian_domain::BusinessDate;
use xundian_domain::suggestion::MarketEvent;

use super::super::{FileError, Rows, Table};
use super::City;
use super::words::{CHANNELS, hundredths};

/// A month's target of a rep or an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    month: String,
    /// rep or area.
    of: String,
    no: String,
    /// `None` = all together.
    series: Option<String>,
    cases: Option<u32>,
    effective_visits: Option<u32>,
    new_stores: Option<u32>,
}

const KINDS: &[(&str, &str)] = &[
    ("公众假期", "holiday"),
    ("节庆", "festival"),
    ("学校", "school"),
    ("天气", "weather"),
    ("竞争", "competition"),
    ("公司促销", "promotion"),
];

pub(super) fn read_events(city: &mut City, table: &Table) -> Result<(), FileError> {
    let columns = [
        "event_id",
        "name",
        "kind",
        "date_from",
        "date_to",
        "district_codes",
        "channels",
        "category_or_series",
        "multiplier_prior",
        "prior_weight_units",
    ];
    let rows = Rows::new(table, &columns)?;
    let events = rows.read(|row| {
        row.unique(&["event_id", "category_or_series"])?;
        let Some(multiplier) = hundredths(row.text("multiplier_prior")) else {
            return row.reject("multiplier_prior", "is not a factor like 1.25");
        };
        let (from, to): (BusinessDate, BusinessDate) = (row.required("date_from")?, row.required("date_to")?);
        if to < from {
            return row.reject("date_to", "lies before date_from");
        }
        Some(MarketEvent {
            id: row.required("event_id")?,
            name: row.required("name")?,
            kind: row.choice("kind", KINDS)?.to_owned(),
            from,
            to,
            districts: row.list("district_codes")?,
            channels: row.choices("channels", CHANNELS)?,
            of: row.required("category_or_series")?,
            multiplier,
            prior_weight: row.optional("prior_weight_units")?.unwrap_or_default(),
        })
    });
    city.done(table, rows);
    for event in events {
        city.put_as("event", format!("{}/{}", event.id, event.of), &event);
    }
    Ok(())
}

pub(super) fn read_targets(city: &mut City, table: &Table) -> Result<(), FileError> {
    let columns =
        ["month", "subject_kind", "subject_no", "series", "cases", "effective_visits", "new_stores"];
    let rows = Rows::new(table, &columns)?;
    let targets = rows.read(|row| {
        row.unique(&["month", "subject_kind", "subject_no", "series"])?;
        let month: String = row.required("month")?;
        if format!("{month}-01").parse::<BusinessDate>().is_err() {
            return row.reject("month", "is not a month, like 2026-07");
        }
        Some(Target {
            month,
            of: row.choice("subject_kind", &[("rep", "rep"), ("area", "area")])?.to_owned(),
            no: row.required("subject_no")?,
            series: row.optional("series")?,
            cases: row.optional("cases")?,
            effective_visits: row.optional("effective_visits")?,
            new_stores: row.optional("new_stores")?,
        })
    });
    city.done(table, rows);
    for target in targets {
        let series = target.series.as_deref().unwrap_or("all");
        city.put_as("target", format!("{}/{}/{}/{series}", target.of, target.no, target.month), &target);
    }
    Ok(())
}
