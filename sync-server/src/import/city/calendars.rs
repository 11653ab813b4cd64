//! calendars.csv: exceptions over the weekdays of the company and of each distributor.

use std::collections::BTreeMap;

use xundian_domain::calendar::{DayException, WorkingDays};
use xundian_domain::time::Weekday;
use xundian_protocol::tables::{Calendar, CalendarOf};

use super::super::{FileError, Row, Rows, Table};
use super::City;
use super::words::YES_NO;

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let columns = ["subject_kind", "subject_no", "date", "works", "as_weekday", "substitute_rep_no"];
    let rows = Rows::new(table, &columns)?;
    let exceptions = rows.read(|row| {
        row.unique(&["subject_kind", "subject_no", "date"])?;
        Some((subject(row)?, row.required("date")?, exception(row)?))
    });
    city.done(table, rows);
    let mut calendars: BTreeMap<CalendarOf, WorkingDays> = BTreeMap::new();
    let of_company = WorkingDays { weekdays: city.known.company_weekdays.clone(), ..WorkingDays::default() };
    calendars.insert(CalendarOf::Company, of_company.clone());
    for (distributor, weekdays) in &city.known.distributor_weekdays {
        let days = WorkingDays { weekdays: weekdays.clone(), ..WorkingDays::default() };
        calendars.insert(CalendarOf::Distributor(*distributor), days);
    }
    for (subject, date, exception) in exceptions {
        let days = calendars.entry(subject).or_insert_with(|| of_company.clone());
        days.exceptions.insert(date, exception);
    }
    for (subject, days) in calendars {
        city.put(subject, &Calendar(days));
    }
    Ok(())
}

fn subject(row: &Row<'_>) -> Option<CalendarOf> {
    match row.text("subject_kind") {
        "company" => Some(CalendarOf::Company),
        "rep" => Some(CalendarOf::Rep(row.required("subject_no")?)),
        "distributor" => Some(CalendarOf::Distributor(row.required("subject_no")?)),
        _ => row.reject("subject_kind", "is not one of company|distributor|rep"),
    }
}

fn exception(row: &Row<'_>) -> Option<DayException> {
    let as_weekday = match row.optional::<u8>("as_weekday")? {
        None => None,
        Some(n) => Some(Weekday::try_from(n).ok().or_else(|| row.reject("as_weekday", "must be 1 to 7"))?),
    };
    let substitute = row.optional("substitute_rep_no")?;
    Some(DayException { works: row.choice("works", YES_NO)?, as_weekday, substitute })
}
