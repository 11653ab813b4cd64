//! distributors.csv and areas.csv: who delivers, when, with what, and whose area a 街道 is.

use std::collections::BTreeSet;

use xundian_domain::Fen;
use xundian_domain::distributor::{Capacity, Distributor, LatePolicy};
use xundian_domain::time::Weekday;
use xundian_protocol::tables::Area;

use super::super::{FileError, Row, Rows, Table};
use super::City;
use super::words::PAYMENT;

const COLUMNS: &[&str] = &[
    "distributor_no",
    "name",
    "cutoff_time",
    "lead_days",
    "time_zone",
    "working_weekdays",
    "late_policy",
    "late_until",
    "accept_by_minutes",
    "delivery_windows",
    "vehicles",
    "max_stops_per_day",
    "max_cases_per_day",
    "payment_methods",
];

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, COLUMNS)?;
    let found = rows.read(|row| {
        row.unique(&["distributor_no"])?;
        let weekdays = row.list::<u8>("working_weekdays")?.into_iter();
        let weekdays: Option<BTreeSet<Weekday>> = weekdays
            .map(|n| Weekday::try_from(n).ok().or_else(|| row.reject("working_weekdays", "must be 1 to 7")))
            .collect();
        let zone: chrono_tz::Tz = row.required("time_zone")?;
        Some((distributor(row)?, weekdays?, zone.name()))
    });
    city.done(table, rows);
    for (distributor, weekdays, zone) in found {
        city.known.distributors.insert(distributor.no);
        city.known.distributor_weekdays.insert(distributor.no, weekdays);
        city.put_as("zone", distributor.no.to_string(), &zone);
        city.put(distributor.no, &distributor);
    }
    Ok(())
}

fn distributor(row: &Row<'_>) -> Option<Distributor> {
    let late = match row.text("late_policy") {
        "difference" => LatePolicy::Difference { until: row.required("late_until")? },
        "next_day" => LatePolicy::NextDay,
        _ => return row.reject("late_policy", "is not one of difference|next_day"),
    };
    let min_order = row.optional("min_order")?.unwrap_or(Fen::ZERO);
    if min_order < Fen::ZERO {
        return row.reject("min_order", "must not be negative");
    }
    Some(Distributor {
        no: row.required("distributor_no")?,
        name: row.required("name")?,
        cutoff: row.required("cutoff_time")?,
        lead_days: row.required("lead_days")?,
        late,
        accept_by_minutes: row.required("accept_by_minutes")?,
        windows: row.required("delivery_windows")?,
        capacity: Capacity {
            vehicles: row.required("vehicles")?,
            stops: row.required("max_stops_per_day")?,
            cases: row.required("max_cases_per_day")?,
        },
        payment_forms: row.choices("payment_methods", PAYMENT)?,
        min_order,
    })
}

pub(super) fn read_areas(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, &["street_code", "district", "street", "distributor_no"])?;
    let areas = rows.read(|row| {
        row.unique(&["street_code"])?;
        Some(Area {
            code: row.required("street_code")?,
            street: row.required("street")?,
            district: row.required("district")?,
            distributor: row.known("distributor_no", |no| city.known.distributors.contains(no))?,
        })
    });
    city.done(table, rows);
    for area in areas {
        city.known.streets.insert((area.district.clone(), area.street.clone()), area.code);
        city.put(area.code, &area);
    }
    Ok(())
}
