//! A small city out of the real one: every rep with a few stores. It is read and imported once per process; every run
//! starts from a copy of that database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use xundian_domain::route::RouteRow;
use xundian_domain::{RepNo, Sku, StoreId};
use xundian_protocol::tables::Routes;
use xundian_server::command::read_folder;
use xundian_server::db::{Address, Db};
use xundian_server::import::{City, import_city};

use crate::Outcome;

/// Rows that make the company's scope longer than a page.
pub(crate) const FILLER: usize = 320;
/// Products that are kept, beside those that are ordered: what nobody touches is read again at every start of the server.
const PRODUCTS: usize = 30;
/// What is ordered.
pub(crate) const ORDERED: [&str; 2] = ["21010019", "22070012"];
/// Stores of one rep.
const STORES: usize = 5;
/// Reps who share the territories of the first ones, so that as many phones as a run may have can begin it; their names are in no
/// file, and no phone reads them.
const OTHERS: [&str; 8] = ["ZY13", "ZY14", "ZY15", "ZY16", "ZY17", "ZY18", "ZY19", "ZY20"];
/// Stores of one of those: every store costs every run.
const FEW: usize = 2;

/// The rows of the office, and a database that has them.
#[derive(Debug)]
pub(crate) struct Template {
    rows: BTreeMap<(String, String), String>,
    database: Vec<u8>,
    /// What can be counted.
    pub(crate) skus: Vec<Sku>,
    /// Reps in order, with their routes.
    pub(crate) reps: Vec<(RepNo, Vec<RouteRow>)>,
}

/// The template of this process.
pub(crate) fn template() -> Outcome<&'static Template> {
    static MADE: OnceLock<Result<Template, String>> = OnceLock::new();
    MADE.get_or_init(|| make().map_err(|why| why.to_string())).as_ref().map_err(|why| why.clone().into())
}

fn make() -> Outcome<Template> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/data/qingdao"));
    let mut city = read_folder(&folder)?;
    let reps = reps(&mut city)?;
    let kept: BTreeSet<String> =
        reps.iter().flat_map(|(_, rows)| rows).map(|row| row.store.to_string()).collect();
    let products = city.rows.keys().filter(|(table, _)| table == "product").map(|(_, sku)| sku.clone());
    let sold: BTreeSet<String> = products.take(PRODUCTS).chain(ORDERED.map(str::to_owned)).collect();
    let is_ours = |table: &str, key: &str| match table {
        "store" | "contact" => kept.contains(key),
        "product" => sold.contains(key),
        "price" => key.split_once('/').is_none_or(|(_, sku)| sold.contains(sku)),
        "target" | "event" | "competitor_item" => false,
        _ => true,
    };
    city.rows.retain(|(table, key), _| is_ours(table, key));
    // More rows than a page holds, of a table that phones do not know yet: they keep it for a newer app.
    for n in 0..FILLER {
        city.rows.insert(("filler".to_owned(), format!("{n:04}")), n.to_string());
    }
    let rows = city.rows.clone();
    let temporary = tempfile::tempdir()?;
    let file = temporary.path().join("server.db");
    let db = Db::open(&Address::Sqlite(file.clone()))?;
    db.write_now(move |tx| import_city(tx, &city, xundian_domain::stamp::Millis(0)))?;
    drop(db);
    let products = rows.keys().filter(|(table, _)| table == "product");
    let skus = products.filter_map(|(_, key)| key.parse().ok()).collect();
    Ok(Template { rows, skus, database: std::fs::read(file)?, reps })
}

/// Makes the routes of the city short, and shares some of them.
fn reps(city: &mut City) -> Outcome<Vec<(RepNo, Vec<RouteRow>)>> {
    let (mut reps, mut others) = (Vec::new(), Vec::new());
    let mut names = OTHERS.iter();
    for ((_, key), value) in city.rows.iter().filter(|((table, _), _)| table == "route") {
        let Routes(mut rows) = serde_json::from_str(value)?;
        let mut stores: BTreeSet<StoreId> = BTreeSet::new();
        rows.retain(|row| stores.len() < STORES + FEW && stores.insert(row.store));
        let mut shared = rows.split_off(STORES.min(rows.len()));
        reps.push((key.parse::<RepNo>()?, rows));
        if let Some(name) = names.next() {
            let other: RepNo = name.parse()?;
            shared.iter_mut().for_each(|row| row.rep = other);
            others.push((other, shared));
        }
    }
    reps.append(&mut others);
    for (rep, rows) in &reps {
        let text = serde_json::to_string(&Routes(rows.clone()))?;
        city.rows.insert(("route".to_owned(), rep.to_string()), text);
    }
    Ok(reps)
}

impl Template {
    /// Puts the database there.
    pub(crate) fn copy_to(&self, file: &Path) -> Outcome<()> {
        Ok(std::fs::write(file, &self.database)?)
    }

    /// A row as it was at the beginning.
    pub(crate) fn row(&self, key: &(String, String)) -> Option<String> {
        self.rows.get(key).cloned()
    }

    /// The office's rows with these routes instead.
    pub(crate) fn with_routes(&self, routes: &BTreeMap<RepNo, Vec<RouteRow>>) -> Outcome<City> {
        let mut city = City::default();
        city.rows.clone_from(&self.rows);
        for (rep, rows) in routes {
            let text = serde_json::to_string(&Routes(rows.clone()))?;
            city.rows.insert(("route".to_owned(), rep.to_string()), text);
        }
        Ok(city)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_reps_as_phones_have_stores_of_their_own() {
        let template = template().unwrap();
        let stores: Vec<StoreId> =
            template.reps.iter().flat_map(|(_, rows)| rows).map(|row| row.store).collect();
        assert_eq!((template.reps.len(), stores.len()), (20, 12 * STORES + 8 * FEW));
        assert_eq!(stores.iter().collect::<BTreeSet<_>>().len(), stores.len());
        assert!(template.reps.iter().all(|(rep, rows)| rows.iter().all(|row| row.rep == *rep)));
    }
}
