//! The files of a city, by their COLUMNS.md: each kind of file has a module that turns its rows into master data.

mod calendars;
mod company;
mod distributors;
mod lists;
mod people;
mod plans;
mod prices;
mod products;
mod promotions;
mod stores;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use xundian_domain::id::DisplayStandardNo;
use xundian_domain::{DistributorNo, PriceListNo, RepNo, Sku, StoreNo};
use xundian_protocol::tables::Table as Pulled;

use super::{FileError, PictureError, Reject, Rows, Table};

/// Master data that was read from files, as rows of the table `master`.
#[derive(Debug, Default)]
pub struct City {
    /// `(table, key)` → JSON.
    pub rows: BTreeMap<(String, String), String>,
    /// Cells that cannot be taken; while there is one, nothing is written.
    pub rejects: Vec<Reject>,
    /// Rows read, by file.
    pub counts: BTreeMap<String, usize>,
    /// Pictures that rows name, by their SHA-256.
    pub pictures: BTreeMap<String, Vec<u8>>,
    known: Known,
}

/// What later files refer to.
#[derive(Debug, Default)]
struct Known {
    products: BTreeMap<Sku, xundian_domain::product::Product>,
    distributors: BTreeSet<DistributorNo>,
    people: BTreeSet<RepNo>,
    price_lists: BTreeSet<PriceListNo>,
    must_sell_lists: BTreeSet<String>,
    stores: BTreeSet<StoreNo>,
    /// `(district, street)` → code.
    streets: BTreeMap<(String, String), xundian_domain::id::StreetCode>,
    company_weekdays: BTreeSet<xundian_domain::time::Weekday>,
    distributor_weekdays: BTreeMap<DistributorNo, BTreeSet<xundian_domain::time::Weekday>>,
    pictures: BTreeMap<DisplayStandardNo, lists::PictureCell>,
}

impl City {
    fn put<T: Pulled>(&mut self, key: T::Key<'_>, value: &T) {
        self.put_as(T::NAME, T::key(key), value);
    }

    /// A row of a table that no phone pulls, or whose key is text already.
    fn put_as<T: Serialize>(&mut self, table: &str, key: String, value: &T) {
        if let Ok(text) = serde_json::to_string(value) {
            self.rows.insert((table.to_owned(), key), text);
        }
    }

    fn done(&mut self, table: &Table, rows: Rows<'_>) {
        self.counts.insert(table.file.clone(), table.rows.len());
        self.rejects.extend(rows.into_rejects());
    }
}

type FileReader = fn(&mut City, &Table) -> Result<(), FileError>;

/// Every file of a city with its reader, in the order of their references.
const FILES: &[(&str, FileReader)] = &[
    ("company", company::read),
    ("skus", products::read),
    ("distributors", distributors::read),
    ("areas", distributors::read_areas),
    ("reps", people::read),
    ("price_lists", prices::read_lists),
    ("price_list_items", prices::read_items),
    ("must_sell_lists", lists::read_must_sell),
    ("display_standards", lists::read_standards),
    ("reasons", lists::read_reasons),
    ("competitors", lists::read_competitors),
    ("promotions", promotions::read),
    ("stores", stores::read),
    ("routes", stores::read_routes),
    ("calendars", calendars::read),
    ("events", plans::read_events),
    ("targets", plans::read_targets),
];

/// Reads all files of a city. `file` gives the table of a file by its name without ending, or `None` if it is not
/// there; all of them must be there. `picture` gives the bytes of a picture by the name that a row has for it.
///
/// # Errors
/// The first file that cannot be read at all. Bad rows are no error here: they are in [`City::rejects`].
pub fn read_city(
    mut file: impl FnMut(&str) -> Result<Option<Table>, FileError>,
    picture: impl Fn(&str) -> Result<Vec<u8>, PictureError>,
) -> Result<City, FileError> {
    let mut city = City::default();
    for (name, read) in FILES {
        match file(name)? {
            Some(table) => read(&mut city, &table)?,
            None => {
                let reason = "the file is missing".to_owned();
                return Err(FileError::Damaged { file: format!("{name}.csv"), reason });
            }
        }
    }
    lists::take_pictures(&mut city, picture);
    Ok(city)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::super::{read_picture, read_table};
    use super::*;

    /// The demo's city, with one cell of one file changed.
    pub(crate) fn city_with(changed: Option<(&str, &str, &str)>) -> City {
        city_in(Path::new("."), |name, text| match changed.filter(|(file, ..)| *file == name) {
            Some((_, from, to)) => {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            }
            None => text,
        })
    }

    /// The demo's city with the text of its files changed, and with its pictures in this folder.
    pub(crate) fn city_in(pictures: &Path, change: impl Fn(&str, String) -> String) -> City {
        let folder = format!("{}/../demo/data/qingdao", env!("CARGO_MANIFEST_DIR"));
        let file = |name: &str| {
            let text = std::fs::read_to_string(format!("{folder}/{name}.csv")).unwrap();
            read_table(&format!("{name}.csv"), change(name, text).as_bytes()).map(Some)
        };
        read_city(file, |name| read_picture(pictures, name)).unwrap()
    }

    #[test]
    fn the_whole_city_is_read_without_a_reject() {
        let city = city_with(None);
        assert_eq!(city.rejects, []);
        let count = |table: &str| city.rows.keys().filter(|(tbl, _)| tbl == table).count();
        assert_eq!((count("product"), count("store"), count("distributor")), (80, 1800, 6));
        assert_eq!((count("promotion"), count("standard"), count("must_sell")), (10, 16, 16));
        assert_eq!((count("route"), count("event"), count("target")), (12, 53, 1242));
    }

    #[test]
    fn an_event_that_names_no_weight_has_the_usual_one() {
        let row = |cell: &str| {
            let city = city_with(Some(("events", ",方便面,1.05,25,", &format!(",方便面,1.05,{cell},"))));
            assert_eq!(city.rejects, []);
            city.rows
                .iter()
                .filter(|((table, _), row)| table == "event" && row.contains("\"prior_weight\":0"))
                .count()
        };
        assert_eq!((row("25"), row("")), (0, 1));
    }

    #[test]
    fn a_store_of_a_distributor_that_does_not_exist_is_named() {
        let city = city_with(Some(("stores", ",D01,ZY01,W1,", ",D09,ZY01,W1,")));
        let reject = &city.rejects[0];
        assert_eq!((reject.row, reject.column.as_str(), reject.value.as_str()), (2, "distributor_no", "D09"));
    }

    #[test]
    fn a_store_that_is_nowhere_on_earth_is_named_and_one_without_a_place_is_a_store() {
        let first = ",120.305104,36.063500,WGS-84,";
        let stores = |city: &City| city.rows.keys().filter(|(table, _)| table == "location").count();
        assert_eq!(stores(&city_with(None)), 1800);
        let wrong = [
            (",36.063500,120.305104,WGS-84,", "lat"),
            (",120.305104,36.063500,GCJ-02,", "datum"),
            (",120°18′,36.063500,WGS-84,", "lng"),
            (",120.305104,,WGS-84,", "lat"),
        ];
        for (place, column) in wrong {
            let city = city_with(Some(("stores", first, place)));
            assert_eq!(city.rejects[0].column, column, "{place}");
        }
        let city = city_with(Some(("stores", first, ",,,,")));
        assert_eq!((city.rejects.len(), stores(&city)), (0, 1799));
    }

    #[test]
    fn a_store_has_one_rep_on_a_day_and_may_change_hands_and_come_back() {
        let first = "ZY01-1,ZY01,1,EVERY,1,QD010001,456,2026-06-01,2026-12-31";
        let rows = |rows: [&str; 3]| city_with(Some(("routes", first, &rows.join("\n")))).rejects;
        let from_june = "ZY01-1,ZY01,1,EVERY,1,QD010001,456,2026-06-01,2026-08-31";
        let from_september = "ZY02-1,ZY02,1,EVERY,90,QD010001,456,2026-09-01,2026-10-31";
        let again = "ZY01-1,ZY01,1,EVERY,1,QD010001,456,2026-11-01,";
        assert_eq!(rows([from_june, from_september, again]), []);
        let early = "ZY02-1,ZY02,3,EVERY,90,QD010001,456,2026-08-31,2026-10-31";
        let named = &rows([from_june, early, again])[0];
        assert_eq!((named.row, named.column.as_str()), (3, "store_no"));
        assert!(named.reason.contains("ZY01 from 2026-06-01 until 2026-08-31"), "{}", named.reason);
        let twice = "ZY01-1,ZY01,1,EVERY,7,QD010001,456,2026-07-01,";
        assert_eq!(rows([from_june, from_september, twice]).len(), 1, "twice on one weekday");
    }

    #[test]
    fn two_prices_for_one_day_are_named() {
        let city = city_with(Some(("price_list_items", "2026-01-01,2026-08-31", "2026-01-01,2026-12-31")));
        assert!(city.rejects.iter().any(|reject| reject.reason.contains("overlaps")), "{:?}", city.rejects);
    }
}
