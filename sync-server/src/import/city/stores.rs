//! stores.csv and routes.csv.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::id::StreetCode;
use xundian_domain::location::Location;
use xundian_domain::route::RouteRow;
use xundian_domain::store::{Store, StoreStatus};
use xundian_domain::time::Weekday;
use xundian_domain::{RepNo, StoreId, StoreNo};
use xundian_protocol::tables::{Contact, Routes, StoreLocation};

use super::super::{FileError, Row, Rows, Table};
use super::words::{CHANNELS, ONE_ZERO, TERMS};
use super::{City, Known};

const COLUMNS: &[&str] = &[
    "store_no",
    "name",
    "channel",
    "class",
    "district",
    "street",
    "address",
    "distributor_no",
    "freq_code",
    "receiving_hours",
    "payment_terms",
    "credit_limit",
    "outstanding",
    "price_list",
    "must_sell_list",
    "has_backroom",
    "status",
];
/// Characters of a name that fit on every sheet and screen.
const NAME_LENGTH: usize = 60;

pub(super) fn read(city: &mut City, table: &Table) -> Result<(), FileError> {
    let rows = Rows::new(table, COLUMNS)?;
    let known = &city.known;
    let stores = rows.read(|row| {
        row.unique(&["store_no"])?;
        Some((store(row, known)?, contact(row), location(row)?))
    });
    city.done(table, rows);
    for (store, contact, location) in stores {
        city.known.stores.extend(store.number);
        // Whom nobody visits any more nobody need know.
        let contact = if store.status.is_served() { contact } else { Contact::default() };
        city.put(store.id, &contact);
        if let Some(location) = location {
            city.put(store.id, &location);
        }
        city.put(store.id, &store);
    }
    Ok(())
}

fn store(row: &Row<'_>, known: &Known) -> Option<Store> {
    let number: StoreNo = row.required("store_no")?;
    let name: String = row.required("name")?;
    if name.chars().count() > NAME_LENGTH {
        return row.reject("name", "is longer than 60 characters");
    }
    let must_sell = row.text("must_sell_list");
    if !known.must_sell_lists.contains(must_sell) {
        return row.reject("must_sell_list", "does not exist");
    }
    let credit_limit: xundian_domain::Fen = row.required("credit_limit")?;
    if credit_limit.0 < 0 {
        return row.reject("credit_limit", "must not be negative");
    }
    Some(Store {
        id: StoreId::from_number(number),
        number: Some(number),
        name,
        channel: row.choice("channel", CHANNELS)?,
        class: row.required("class")?,
        street: Some(street(row, known)?),
        address: row.required("address")?,
        distributor: row.known("distributor_no", |no| known.distributors.contains(no))?,
        frequency: row.required("freq_code")?,
        receiving_hours: row.optional("receiving_hours")?.unwrap_or_default(),
        terms: row.choice("payment_terms", TERMS)?,
        credit_limit,
        outstanding: row.required("outstanding")?,
        price_list: row.known("price_list", |no| known.price_lists.contains(no))?,
        must_sell_list: row.required("must_sell_list")?,
        has_cooler: !row.text("cooler_no").is_empty(),
        has_backroom: row.choice("has_backroom", ONE_ZERO)?,
        opened_by: row.optional("opened_by")?,
        status: row.choice("status", &[("open", StoreStatus::Approved), ("closed", StoreStatus::Closed)])?,
    })
}

fn street(row: &Row<'_>, known: &Known) -> Option<StreetCode> {
    let street = (row.text("district").to_owned(), row.text("street").to_owned());
    let code = known.streets.get(&street).copied();
    code.or_else(|| row.reject("street", "is not a street office of this district"))
}

/// Where it is; without the columns, or empty, nobody knows.
fn location(row: &Row<'_>) -> Option<Option<StoreLocation>> {
    let (east, north) = (row.optional("lng")?, row.optional("lat")?);
    let (east, north): (f64, f64) = match (east, north) {
        (None, None) => return Some(None),
        (Some(east), Some(north)) => (east, north),
        (Some(_), None) => return row.reject("lat", "is missing beside lng"),
        (None, Some(_)) => return row.reject("lng", "is missing beside lat"),
    };
    if !matches!(row.text("datum"), "" | "WGS-84") {
        return row.reject("datum", "must be WGS-84: convert lng and lat, or leave them empty");
    }
    match Location::of_degrees(north, east) {
        Some(place) => Some(Some(StoreLocation(place))),
        None => row.reject("lat", "is no place: lat is 90 at most, lng 180"),
    }
}

fn contact(row: &Row<'_>) -> Contact {
    let owner = row.text("owner").to_owned();
    let receiver = row.text("delivery_contact");
    let receiver = if receiver == owner { String::new() } else { receiver.to_owned() };
    Contact { owner, phone: row.text("phone").to_owned(), receiver }
}

/// A store has one rep on a day, and is walked once on a weekday.
fn one_rep_at_a_time(row: &Row<'_>, before: &mut Vec<RouteRow>, route: RouteRow) -> Option<RouteRow> {
    let ends_before = |one: &RouteRow, next: &RouteRow| one.valid_to.is_some_and(|to| to < next.valid_from);
    let meets = before.iter().find(|known| {
        let is_together = !ends_before(known, &route) && !ends_before(&route, known);
        is_together && (known.rep != route.rep || known.weekday == route.weekday)
    });
    if let Some(known) = meets {
        let until = known.valid_to.map_or_else(|| "further notice".to_owned(), |to| to.to_string());
        let from = known.valid_from;
        let rep = known.rep;
        return row.reject("store_no", format!("is on the route of {rep} from {from} until {until}"));
    }
    before.push(route.clone());
    Some(route)
}

pub(super) fn read_routes(city: &mut City, table: &Table) -> Result<(), FileError> {
    let columns = ["rep_no", "weekday", "week_pattern", "seq", "store_no", "valid_from", "valid_to"];
    let rows = Rows::new(table, &columns)?;
    let known = &city.known;
    let mut served: BTreeMap<StoreId, Vec<RouteRow>> = BTreeMap::new();
    let found = rows.read(|row| {
        row.unique(&["rep_no", "weekday", "store_no", "valid_from"])?;
        let weekday: u8 = row.required("weekday")?;
        let weekday = Weekday::try_from(weekday).ok().or_else(|| row.reject("weekday", "must be 1 to 7"));
        let route = RouteRow {
            rep: row.known("rep_no", |no: &RepNo| known.people.contains(no))?,
            weekday: weekday?,
            pattern: row.required("week_pattern")?,
            seq: row.required("seq")?,
            store: StoreId::from_number(row.known("store_no", |no| known.stores.contains(no))?),
            valid_from: row.required("valid_from")?,
            valid_to: row.optional("valid_to")?,
        };
        one_rep_at_a_time(row, served.entry(route.store).or_default(), route)
    });
    city.done(table, rows);
    let mut routes: BTreeMap<RepNo, Vec<RouteRow>> = BTreeMap::new();
    for route in found {
        routes.entry(route.rep).or_default().push(route);
    }
    let reps: BTreeSet<RepNo> = routes.keys().copied().collect();
    for rep in reps {
        let rows = routes.remove(&rep).unwrap_or_default();
        city.put(rep, &Routes(rows));
    }
    Ok(())
}
